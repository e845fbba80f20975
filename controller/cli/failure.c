#include "controller/cli/failure.h"

#include "config/json_text.h"
#include "controller/cli/terminal.h"
#include "reconcile/aws/aws_error.h"

#include <stdio.h>
#include <string.h>

void failure_print(const Problems *problems, const Arguments *arguments, bool failed)
{
    if (arguments->json && failed) {
        json_t *list = problems_to_json(problems);
        g_autofree char *text = json_text(list, JSON_TEXT_INDENT);

        puts(text);
        json_decref(list);
        return;
    }
    g_autofree char *text = problems_to_text(problems, terminal_has_colour(stderr));

    fputs(text, stderr);
}

static void print_text(const char *verb, const char *message, const char *hint)
{
    g_auto(GStrv) lines = g_strsplit(hint ? hint : "", "\n", -1);

    fprintf(stderr, "driftless%s%s: %s\n", verb ? " " : "", verb ? verb : "", message);
    for (char **line = lines; *line; line++)
        fprintf(stderr, "  %s\n", *line);
}

void failure_tell(const Arguments *arguments, const char *verb, const char *hint,
                  const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list words;

    va_start(words, format);
    message = g_strdup_vprintf(format, words);
    va_end(words);
    if (arguments->json) {
        g_autoptr(Problems) problems = problems_new();

        problems_add(problems, PROBLEM_ERROR, NULL, hint, "%s", message);
        failure_print(problems, arguments, true);
    } else {
        print_text(verb, message, hint);
    }
}

const char *failure_hint(const GError *error)
{
    return strstr(error->message, "AWS_PROFILE") ? NULL : aws_error_hint(error);
}

ExitStatus verb_fail(const Arguments *arguments, const char *verb, const GError *error)
{
    failure_tell(arguments, verb, failure_hint(error), "%s", error->message);
    return EXIT_FAILED;
}
