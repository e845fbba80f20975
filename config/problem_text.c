#include "config/problem_text.h"

#include <string.h>

/* A quoted line wider than this is cut to a window around the caret. */
#define QUOTE_WIDTH 120
#define QUOTE_BEFORE_CARET 60

static const struct {
    const char *word, *colour;
} severities[] = {
    [PROBLEM_ERROR] = {"error", "\033[1;31m"},
    [PROBLEM_WARNING] = {"warning", "\033[1;33m"},
    [PROBLEM_NOTICE] = {"notice", "\033[1;36m"},
};

static void append_quote(GString *text, const char *source, unsigned column)
{
    glong length = g_utf8_strlen(source, -1);
    glong caret = column > 0 ? (glong)column - 1 : 0;
    glong start =
        length > QUOTE_WIDTH && caret > QUOTE_BEFORE_CARET ? caret - QUOTE_BEFORE_CARET : 0;
    glong end = MIN(length, start + QUOTE_WIDTH);
    g_autofree char *window = NULL;

    if (start > length)
        return;
    window = g_utf8_substring(source, start, end);
    g_string_append_printf(text, "    %s%s%s\n", start > 0 ? "…" : "", window,
                           end < length ? "…" : "");
    if (column == 0 || caret > length)
        return;
    g_string_append(text, start > 0 ? "     " : "    ");
    /* A tab above is a tab below: only so does the caret stand under its character. */
    for (const char *at = window; start < caret; start++, at = g_utf8_next_char(at))
        g_string_append_c(text, *at == '\t' ? '\t' : ' ');
    g_string_append(text, "^\n");
}

static void append_hint(GString *text, const char *hint)
{
    g_auto(GStrv) lines = g_strsplit(hint, "\n", -1);

    for (char **line = lines; *line; line++)
        g_string_append_printf(text, "  %s\n", *line);
}

static void append_problem(GString *text, const Problem *problem, bool colour)
{
    if (problem->file) {
        g_string_append(text, problem->file);
        if (problem->line)
            g_string_append_printf(text, ":%u", problem->line);
        if (problem->line && problem->column)
            g_string_append_printf(text, ":%u", problem->column);
        g_string_append(text, ": ");
    }
    g_string_append_printf(text, "%s%s%s: %s\n", colour ? severities[problem->severity].colour : "",
                           severities[problem->severity].word, colour ? "\033[0m" : "",
                           problem->message);
    if (problem->source)
        append_quote(text, problem->source, problem->column);
    if (problem->hint)
        append_hint(text, problem->hint);
}

char *problems_to_text(const Problems *problems, bool colour)
{
    GString *text = g_string_new(NULL);
    const Problem *problem;

    for (size_t i = 0; (problem = problems_get(problems, i)); i++)
        append_problem(text, problem, colour);
    if (problems_left_out(problems))
        g_string_append_printf(text, "and %zu more that are not shown\n",
                               problems_left_out(problems));
    return g_string_free(text, FALSE);
}

json_t *problems_to_json(const Problems *problems)
{
    json_t *list = json_array();
    const Problem *problem;

    for (size_t i = 0; (problem = problems_get(problems, i)); i++) {
        json_t *item = json_object();

        json_object_set_new(item, "severity", json_string(severities[problem->severity].word));
        json_object_set_new(item, "file", problem->file ? json_string(problem->file) : json_null());
        json_object_set_new(item, "line",
                            problem->line ? json_integer(problem->line) : json_null());
        json_object_set_new(item, "column",
                            problem->column ? json_integer(problem->column) : json_null());
        json_object_set_new(item, "message", json_string(problem->message));
        json_object_set_new(item, "hint", problem->hint ? json_string(problem->hint) : json_null());
        json_array_append_new(list, item);
    }
    return list;
}
