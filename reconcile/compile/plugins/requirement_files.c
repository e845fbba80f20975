#include "reconcile/compile/plugins/requirement_files.h"
#include <string.h>

#define TEXT_MAX_BYTES (1 << 20)
#define FILES_MAX 100
#define BLANKS " \t\r\f\v"

void requirement_files_clear(RequirementFiles *files)
{
    g_free(files->name);
    json_decref(files->read);
    *files = (RequirementFiles){0};
}

/* One file is read with all that it names. */
typedef struct {
    const PluginTurn *turn;
    json_t *lines, *constraints;
    unsigned files;
    bool local, failed;
} Reading;

static char *below(const char *folder, const char *name)
{
    return *folder ? g_strconcat(folder, "/", name, NULL) : g_strdup(name);
}

/* A text below the service; NULL where there is no such file. (transfer full) */
static char *text_of(const PluginTurn *turn, const char *folder, const char *name)
{
    g_autofree char *path = below(folder, name);
    g_autofree char *resolved = source_path_resolve(turn->service->path, path, NULL);
    char *text = NULL;
    size_t size;

    return resolved && source_tree_read(turn->tree, resolved, TEXT_MAX_BYTES, &text, &size, NULL) &&
                   g_utf8_validate(text, (gssize)size, NULL)
               ? text
               : (g_free(text), NULL);
}

static bool exists(const PluginTurn *turn, const char *path)
{
    g_autofree char *resolved = source_path_resolve(turn->service->path, path, NULL);
    SourceEntry entry = {0};

    return resolved && source_tree_entry(turn->tree, resolved, true, &entry, NULL) &&
           entry.kind != SOURCE_MISSING;
}

bool requirement_files_has(const PluginTurn *turn, const char *word)
{
    const char *value = strchr(word, '=');

    if (g_str_has_prefix(word, "-") && value)
        word = value + 1;
    return *word && *word != '-' && !strstr(word, "://") && exists(turn, word);
}

static void complain(Reading *reading, const char *file, unsigned line, const char *hint,
                     const char *message, const char *what)
{
    const Position at = {.file = file, .line = line};

    problems_add(reading->turn->problems, PROBLEM_ERROR, &at, hint, message, what);
    reading->failed = true;
}

/* Whether a requirement is a path and not a name or an address. */
static bool is_path(const char *word)
{
    return (*word == '.' || strchr(word, '/') || g_str_has_suffix(word, ".whl") ||
            g_str_has_suffix(word, ".zip") || g_str_has_suffix(word, ".tar.gz")) &&
           !strstr(word, "://") && !g_path_is_absolute(word);
}

/* Notes what a line names of the service's files. */
static void look_at_words(Reading *reading, const char *file, unsigned line, const char *text)
{
    g_auto(GStrv) words = g_strsplit_set(text, BLANKS "=", -1);

    for (char **word = words; *word && **word != '#' && **word != ';'; word++) {
        g_autofree char *path = g_strndup(*word, strcspn(*word, "[;"));
        g_autofree char *resolved = NULL;

        if (g_str_has_prefix(*word, "file:"))
            reading->local = true;
        if (!is_path(path))
            continue;
        reading->local = true;
        resolved = source_path_resolve(reading->turn->service->path, path, NULL);
        if (!resolved)
            complain(reading, file, line, "a service's packages are in its repository",
                     "%s leads out of the repository", path);
    }
}

static const char *after_option(const char *line, const char *brief, const char *whole)
{
    const char *value = NULL;

    if (g_str_has_prefix(line, whole) && strchr(BLANKS "=", line[strlen(whole)]))
        value = line + strlen(whole);
    else if (g_str_has_prefix(line, brief))
        value = line + strlen(brief);
    return value ? value + strspn(value, BLANKS "=") : NULL;
}

static char *read_named(Reading *reading, const char *file, unsigned line, const char *name,
                        char **ret_path)
{
    g_autofree char *folder = g_path_get_dirname(file);
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;
    char *text = NULL;
    size_t size;

    path = source_path_resolve(g_str_equal(folder, ".") ? "" : folder, name, &error);
    if (!path) {
        complain(reading, file, line, NULL, "%s leads out of the repository", name);
        return NULL;
    }
    if (!source_tree_read(reading->turn->tree, path, TEXT_MAX_BYTES, &text, &size, &error)) {
        complain(reading, file, line, NULL, "%s", error->message);
        return NULL;
    }
    if (!g_utf8_validate(text, (gssize)size, NULL)) {
        complain(reading, file, line, NULL, "%s is no text in UTF-8", path);
        g_free(text);
        return NULL;
    }
    *ret_path = g_steal_pointer(&path);
    return text;
}

static void read_lines(Reading *reading, const char *file, const char *text);

/* A file of more requirements, which takes the line's place. */
static void read_more(Reading *reading, const char *file, unsigned line, const char *name)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;

    if (++reading->files > FILES_MAX) {
        complain(reading, file, line, "look for files that name one another in a circle",
                 "more than " G_STRINGIFY(FILES_MAX) " files of requirements are read for %s",
                 name);
        return;
    }
    text = read_named(reading, file, line, name, &path);
    if (text)
        read_lines(reading, path, text);
}

static void read_line(Reading *reading, const char *file, unsigned line, const char *text)
{
    const char *more = after_option(text, "-r", "--requirement");
    const char *constraint = after_option(text, "-c", "--constraint");
    g_autofree char *path = NULL;
    g_autofree char *content = NULL;

    if (more) {
        read_more(reading, file, line, more);
        return;
    }
    json_array_append_new(reading->lines, json_string(text));
    if (!constraint) {
        look_at_words(reading, file, line, text);
        return;
    }
    if (strstr(constraint, "://"))
        return;
    content = read_named(reading, file, line, constraint, &path);
    if (content)
        json_object_set_new(reading->constraints, text, json_string(content));
}

/* A line that ends in a backslash goes on in the next one. */
static void read_lines(Reading *reading, const char *file, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GString) whole = g_string_new(NULL);
    unsigned number = 1;

    if (lines[0] && g_str_has_prefix(lines[0], "\xef\xbb\xbf")) /* a mark of UTF-8 */
        memmove(lines[0], lines[0] + 3, strlen(lines[0]) - 2);
    for (unsigned i = 0; lines[i] && !reading->failed; i++) {
        g_string_append(whole, lines[i]);
        if (lines[i + 1] && g_str_has_suffix(lines[i], "\\")) {
            whole->str[whole->len - 1] = ' ';
            continue;
        }
        g_strstrip(whole->str);
        read_line(reading, file, number, whole->str);
        g_string_truncate(whole, 0);
        number = i + 2;
    }
}

/* Of [build-system] in a pyproject.toml: whether a package that it requires begins with "poetry".
 */
static bool is_poetry(const char *pyproject)
{
    g_auto(GStrv) lines = pyproject ? g_strsplit(pyproject, "\n", -1) : NULL;
    bool inside = false, requires = false;

    for (char **line = lines; line && *line; line++) {
        const char *text = g_strstrip(*line);

        if (*text == '[' && !requires) {
            inside = g_str_has_prefix(text, "[build-system]");
            continue;
        }
        requires |= inside && g_str_has_prefix(text, "requires");
        if (!requires)
            continue;
        if (strstr(text, "\"poetry") || strstr(text, "'poetry"))
            return true;
        requires = !g_str_has_suffix(text, "]");
    }
    return false;
}

static bool wants(json_t *options, const char *option)
{
    json_t *value = json_object_get(options, option);

    return !value || (!json_is_false(value) && !json_is_null(value));
}

/* A lock file that names folders and files beside it. */
static bool locks_files(const char *lock)
{
    static const char *const marks[] = {"type = \"directory\"", "type = \"file\"",
                                        "\"path\":", "\"file\": \"."};

    for (size_t i = 0; lock && i < G_N_ELEMENTS(marks); i++)
        if (strstr(lock, marks[i]))
            return true;
    return false;
}

/* A project's file with the lock file beside it; `text` is given away. */
static void take_locked(const PluginTurn *turn, const char *folder, const char *file, char *text,
                        const char *lock_file, const char *kind, RequirementFiles *ret)
{
    g_autofree char *lock = text_of(turn, folder, lock_file);

    ret->name = below(folder, file);
    ret->read = json_pack("{s:s, s:s?}", kind, text, "lock", lock);
    ret->local = locks_files(lock);
    g_free(text);
}

static bool read_requirements(const PluginTurn *turn, const char *path, RequirementFiles *ret)
{
    Reading reading = {.turn = turn, .lines = json_array(), .constraints = json_object()};
    g_autofree char *resolved = source_path_resolve(turn->service->path, path, NULL);
    g_autofree char *name = g_path_get_basename(path);
    g_autofree char *inside = NULL;
    g_autofree char *text = resolved ? read_named(&reading, resolved, 0, name, &inside) : NULL;

    if (text)
        read_lines(&reading, resolved, text);
    if (!text || reading.failed) {
        json_decref(reading.lines);
        json_decref(reading.constraints);
        return false;
    }
    ret->name = g_strdup(path);
    ret->read = json_pack("{s:o, s:o}", "lines", reading.lines, "constraints", reading.constraints);
    ret->local = reading.local;
    return true;
}

bool requirement_files_find(const PluginTurn *turn, const char *module, json_t *options,
                            RequirementFiles *ret)
{
    const char *own = json_string_value(json_object_get(options, "fileName"));
    g_autofree char *path = below(module, own ? own : "requirements.txt");
    char *text;

    if (wants(options, "usePoetry")) {
        text = text_of(turn, module, "pyproject.toml");
        if (is_poetry(text)) {
            take_locked(turn, module, "pyproject.toml", text, "poetry.lock", "pyproject", ret);
            return true;
        }
        g_free(text);
    }
    if (wants(options, "usePipenv") && (text = text_of(turn, "", "Pipfile"))) {
        take_locked(turn, "", "Pipfile", text, "Pipfile.lock", "pipfile", ret);
        return true;
    }
    return exists(turn, path) && read_requirements(turn, path, ret);
}
