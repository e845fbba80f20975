#include "config/json_text.h"
#include "controller/cli/failure.h"
#include "controller/cli/folder.h"
#include "controller/cli/verb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Two bytes for each that CloudFormation takes in a template: indentation is not counted. */
#define TEMPLATE_SPACE_BYTES ((size_t)2 << 20)

static bool write_all(FILE *file, const char *text, size_t length)
{
    return fwrite(text, 1, length, file) == length && fflush(file) == 0;
}

/* A file is replaced as a whole; a device or a pipe stays what it is. */
static bool write_output(const char *path, const char *text, size_t length, GError **error)
{
    FILE *file;
    bool written;

    if (!g_file_test(path, G_FILE_TEST_EXISTS) || g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return g_file_set_contents(path, text, (gssize)length, error);
    file = fopen(path, "we");
    written = file && write_all(file, text, length);
    if (!written)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "write %s: %s", path,
                    g_strerror(errno));
    if (file)
        fclose(file);
    return written;
}

/* To standard output, or to --output. */
static ExitStatus print_template(const Arguments *arguments, const char *text, size_t length)
{
    g_autoptr(GError) error = NULL;

    if (!arguments->output) {
        if (write_all(stdout, text, length))
            return EXIT_DONE;
        perror("driftless compile: standard output");
        return EXIT_FAILED;
    }
    if (write_output(arguments->output, text, length, &error))
        return EXIT_DONE;
    return verb_fail(arguments, "compile", error);
}

static json_t *lines_to_json(const Problems *lines)
{
    json_t *list = json_array();
    const Problem *line;

    for (size_t i = 0; (line = problems_get(lines, i)); i++)
        json_array_append_new(list,
                              json_pack("{s:s, s:i, s:i, s:s, s:s}", "file", line->file, "line",
                                        (int)line->line, "column", (int)line->column, "what",
                                        line->message, "text", line->source ? line->source : ""));
    return list;
}

static void print_lines(const char *id, const char *type, const Problems *lines, bool as_json)
{
    const Problem *line;

    if (as_json) {
        json_t *json = json_pack("{s:s, s:s, s:o}", "resource", id, "type", type, "madeBy",
                                 lines_to_json(lines));
        g_autofree char *text = json_text(json, JSON_TEXT_INDENT);

        puts(text);
        json_decref(json);
        return;
    }
    printf("%s (%s)\n", id, type);
    for (size_t i = 0; (line = problems_get(lines, i)); i++) {
        printf("  %s:%u:%u: %s\n", line->file, line->line, line->column, line->message);
        if (line->source)
            printf("      %s\n", line->source);
    }
}

static ExitStatus explain(Folder *folder, const Build *build, const Arguments *arguments)
{
    json_t *resources = json_object_get(template_json(build->compiled), "Resources");
    const char *type =
        json_string_value(json_object_get(json_object_get(resources, arguments->explain), "Type"));

    problems_free(folder->problems);
    folder->problems = problems_new();
    if (!template_explain(build->service, build->compiled, arguments->explain, folder->problems)) {
        folder_print_problems(folder, arguments, true);
        return EXIT_USAGE;
    }
    problems_relocate(folder->problems, folder->path, folder->given);
    print_lines(arguments->explain, type ? type : "", folder->problems, arguments->json);
    return EXIT_DONE;
}

ExitStatus verb_compile(const Arguments *arguments)
{
    g_auto(Folder) folder = {0};
    g_autoptr(Build) build = NULL;
    g_autoptr(GString) text = NULL;
    ExitStatus status;

    if (!folder_open(arguments, &folder))
        return EXIT_USAGE;
    folder.template_only = true;
    folder.options.draft = true;
    build = folder_build(&folder, arguments);
    if (!build)
        return folder.exit;
    if (arguments->explain)
        return explain(&folder, build, arguments);
    /* Space is not memory until it is written, and growing copies what was. */
    text = g_string_sized_new(TEMPLATE_SPACE_BYTES);
    json_text_append(text, template_json(build->compiled), JSON_TEXT_INDENT);
    g_string_append_c(text, '\n');
    status = print_template(arguments, text->str, text->len);
    folder_clear(&folder);
    exit(status); /* which gives back at once what freeing takes apart piece by piece */
}
