#include "config/problem.h"

#include <string.h>

#include "config/problem_text.h"

#define MAX_QUOTED_LINE 4000 /* bytes */

struct Problems {
    GPtrArray *kept;  /* Problem* */
    GHashTable *seen; /* place and message of each → itself */
    size_t counts[3]; /* by severity, of the kept ones */
    size_t left_out;
    Problem *last; /* what problems_quote speaks of; NULL when the last one was dropped */
};

static void problem_free(Problem *problem)
{
    g_free(problem->file);
    g_free(problem->message);
    g_free(problem->hint);
    g_free(problem->source);
    g_free(problem);
}

Problems *problems_new(void)
{
    Problems *problems = g_new0(Problems, 1);

    problems->kept = g_ptr_array_new_with_free_func((GDestroyNotify)problem_free);
    problems->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return problems;
}

void problems_free(Problems *problems)
{
    if (!problems)
        return;
    g_ptr_array_unref(problems->kept);
    g_hash_table_unref(problems->seen);
    g_free(problems);
}

/* Text that strangers wrote reaches a terminal: no control character passes. */
static char *printable(const char *text, bool keep_newlines)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *result = g_string_sized_new(strlen(valid));

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool keep = !g_unichar_iscntrl(c) || c == '\t' || (c == '\n' && keep_newlines);

        g_string_append_unichar(result, keep ? c : 0xfffd);
    }
    return g_string_free(result, FALSE);
}

/* A list that is full of warnings must still show why the run failed. */
static bool make_room(Problems *problems, ProblemSeverity severity)
{
    if (problems->kept->len < PROBLEMS_MAX)
        return true;
    problems->left_out++;
    if (severity != PROBLEM_ERROR)
        return false;
    for (guint i = problems->kept->len; i > 0; i--) {
        const Problem *old = g_ptr_array_index(problems->kept, i - 1);

        if (old->severity != PROBLEM_ERROR) {
            problems->counts[old->severity]--;
            g_ptr_array_remove_index(problems->kept, i - 1);
            return true;
        }
    }
    return false;
}

static void problems_take(Problems *problems, Problem *problem)
{
    char *key = g_strdup_printf("%s:%u:%u:%s", problem->file ? problem->file : "", problem->line,
                                problem->column, problem->message);

    problems->last = NULL;
    if (!g_hash_table_add(problems->seen, key) || !make_room(problems, problem->severity)) {
        problem_free(problem);
        return;
    }
    problems->counts[problem->severity]++;
    g_ptr_array_add(problems->kept, problem);
    problems->last = problem;
}

void problems_add(Problems *problems, ProblemSeverity severity, const Position *at,
                  const char *hint, const char *format, ...)
{
    Problem *problem = g_new0(Problem, 1);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    problem->severity = severity;
    problem->message = printable(message, false);
    problem->hint = hint ? printable(hint, true) : NULL;
    if (at) {
        problem->file = at->file ? printable(at->file, false) : NULL;
        problem->line = at->line;
        problem->column = at->column;
    }
    problems_take(problems, problem);
}

void problems_quote(Problems *problems, const char *line, size_t length)
{
    g_autofree char *text = NULL;

    if (!problems->last || !line || length > MAX_QUOTED_LINE)
        return;
    text = g_strndup(line, length);
    g_free(problems->last->source);
    problems->last->source = printable(text, false);
}

/* What follows the folder `from` where `path` is it or lies in it; else NULL. */
static const char *rest_of(const char *path, const char *from)
{
    size_t length = strlen(from);
    const char *rest = path + length;

    if (strncmp(path, from, length) != 0 || (length && *rest && !strchr("/:", *rest)))
        return NULL;
    return rest + (*rest == '/');
}

static char *place(const char *rest, const char *to)
{
    if (!*rest || *rest == ':')
        return g_strconcat(to, rest, NULL);
    return strcmp(to, ".") == 0 ? g_strdup(rest) : g_build_filename(to, rest, NULL);
}

/* A path beside the folder `from`, as it is reached from it, and that from `to`. */
static char *place_beside(const char *path, const char *from, const char *to)
{
    g_auto(GStrv) there = g_strsplit(path, "/", -1), here = g_strsplit(from, "/", -1);
    g_autofree char *base = g_strdup(to), *rest = NULL;
    guint shared = 0, up;

    while (there[shared] && g_strcmp0(there[shared], here[shared]) == 0)
        shared++;
    rest = g_strjoinv("/", there + shared);
    for (up = g_strv_length(here) - shared; up; up--) {
        g_autofree char *last = g_path_get_basename(base), *above = g_path_get_dirname(base);

        if (strcmp(last, ".") == 0 || strcmp(last, "..") == 0)
            break;
        g_free(base);
        base = g_steal_pointer(&above);
    }
    for (; up; up--) {
        char *longer = g_strconcat("../", rest, NULL);

        g_free(rest);
        rest = longer;
    }
    return place(rest, base);
}

char *problem_path(const char *path, const char *from, const char *to)
{
    const char *rest = rest_of(path, from);

    if (rest)
        return place(rest, to);
    return *path == '/' ? g_strdup(path) : place_beside(path, from, to);
}

static void replace(char **text, char *placed)
{
    g_free(*text);
    *text = placed;
}

/* Every path below the folder in a sentence: a word, or what a quotation mark or a bracket begins.
 * The folder itself may be a word like any other. */
static void replace_words(char **text, const char *from, const char *to)
{
    g_auto(GStrv) words = g_strsplit(*text, " ", -1);
    const bool is_word = strchr(from, '/') == NULL;

    for (char **word = words; *word; word++) {
        const size_t before = strspn(*word, "\"'(");
        const char *rest = rest_of(*word + before, from);
        g_autofree char *placed = NULL, *whole = NULL;

        if (!rest || (is_word && rest[-1] != '/' && word != words))
            continue;
        placed = place(rest, to);
        whole = g_strdup_printf("%.*s%s", (int)before, *word, placed);
        g_free(*word);
        *word = g_steal_pointer(&whole);
    }
    g_free(*text);
    *text = g_strjoinv(" ", words);
}

void problems_relocate(Problems *problems, const char *from, const char *to)
{
    for (guint i = 0; i < problems->kept->len; i++) {
        Problem *problem = g_ptr_array_index(problems->kept, i);

        if (problem->file)
            replace(&problem->file, problem_path(problem->file, from, to));
        if (*from)
            replace_words(&problem->message, from, to);
    }
}

void problems_append(Problems *to, Problems *from)
{
    gsize count = 0;
    g_autofree Problem **moved = (Problem **)g_ptr_array_steal(from->kept, &count);

    for (gsize i = 0; i < count; i++)
        problems_take(to, moved[i]);
    to->left_out += from->left_out;
    to->last = NULL;
    g_hash_table_remove_all(from->seen);
    memset(from->counts, 0, sizeof from->counts);
    from->left_out = 0;
    from->last = NULL;
}

size_t problems_count(const Problems *problems, ProblemSeverity severity)
{
    return problems->counts[severity];
}

bool problems_have_errors(const Problems *problems)
{
    return problems->counts[PROBLEM_ERROR] > 0;
}

const Problem *problems_get(const Problems *problems, size_t i)
{
    return i < problems->kept->len ? g_ptr_array_index(problems->kept, i) : NULL;
}

size_t problems_left_out(const Problems *problems)
{
    return problems->left_out;
}

const char *value_kind(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "a map";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "a text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        break;
    }
    return "nothing";
}
