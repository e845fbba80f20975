#include "reconcile/package/ignore_file.h"

#include "reconcile/package/glob.h"

#include <string.h>

#define LINES_MAX 10000

typedef struct {
    Glob *glob;
    bool includes, only_directories;
} Line;

struct IgnoreFile {
    GArray *lines; /* Line */
};

static void line_clear(void *data)
{
    glob_free(((Line *)data)->glob);
}

/* Trailing spaces count only behind a backslash. */
static void trim(char *line)
{
    size_t length = strlen(line);

    if (length && line[length - 1] == '\r')
        line[--length] = '\0';
    while (length && line[length - 1] == ' ' && !(length > 1 && line[length - 2] == '\\'))
        line[--length] = '\0';
}

static bool add_line(IgnoreFile *file, char *text, GError **error)
{
    Line line = {0};
    g_autofree char *pattern = NULL;
    size_t length;

    trim(text);
    if (!*text || *text == '#')
        return true;
    if (*text == '!') {
        line.includes = true;
        text++;
    }
    length = strlen(text);
    if (length && text[length - 1] == '/') {
        line.only_directories = true;
        text[--length] = '\0';
    }
    if (!length)
        return true;
    if (*text == '/')
        pattern = g_strdup(text + 1);
    else /* without a slash in it, at any depth */
        pattern = strchr(text, '/') ? g_strdup(text) : g_strconcat("**/", text, NULL);
    line.glob = glob_compile(pattern, GLOB_IGNORE_FILE, error);
    if (!line.glob)
        return false;
    g_array_append_val(file->lines, line);
    return true;
}

IgnoreFile *ignore_file_parse(const char *text, size_t size, GError **error)
{
    g_autoptr(IgnoreFile) file = g_new0(IgnoreFile, 1);
    g_autofree char *whole = g_strndup(text, size);
    char **lines = g_strsplit(whole, "\n", LINES_MAX);
    bool parsed = true;

    file->lines = g_array_new(FALSE, FALSE, sizeof(Line));
    g_array_set_clear_func(file->lines, line_clear);
    for (unsigned i = 0; lines[i] && parsed; i++) {
        parsed = add_line(file, lines[i], error);
        if (!parsed)
            g_prefix_error(error, "line %u: ", i + 1);
    }
    g_strfreev(lines);
    return parsed ? g_steal_pointer(&file) : NULL;
}

void ignore_file_free(IgnoreFile *file)
{
    if (!file)
        return;
    g_array_unref(file->lines);
    g_free(file);
}

bool ignore_file_ignores(IgnoreFile *file, const char *path, bool is_directory)
{
    for (guint i = file->lines->len; i > 0; i--) {
        const Line *line = &g_array_index(file->lines, Line, i - 1);

        if ((is_directory || !line->only_directories) && glob_matches(line->glob, path))
            return !line->includes;
    }
    return false;
}
