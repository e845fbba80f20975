#include "config/json_text.h"
#include "controller/cli/folder.h"
#include "controller/cli/verb.h"

#include <stdio.h>

/* To standard output, or to --output. */
static ExitStatus print_template(const Arguments *arguments, const char *text, size_t length)
{
    g_autoptr(GError) error = NULL;

    if (!arguments->output) {
        fwrite(text, 1, length, stdout);
        if (fflush(stdout) == 0)
            return EXIT_DONE;
        perror("driftless compile: standard output");
        return EXIT_FAILED;
    }
    if (g_file_set_contents(arguments->output, text, (gssize)length, &error))
        return EXIT_DONE;
    fprintf(stderr, "driftless compile: %s\n", error->message);
    return EXIT_FAILED;
}

ExitStatus verb_compile(const Arguments *arguments)
{
    g_auto(Folder) folder = {0};
    g_autoptr(Build) build = NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    if (!folder_open(arguments, &folder))
        return EXIT_USAGE;
    folder.template_only = true;
    folder.options.draft = true;
    build = folder_build(&folder, arguments);
    if (!build)
        return EXIT_USAGE;
    json_text_append(text, template_json(build->compiled), JSON_TEXT_INDENT);
    g_string_append_c(text, '\n');
    return print_template(arguments, text->str, text->len);
}
