#include "controller/cli/arguments.h"

#include "controller/cli/failure.h"

#include <stdio.h>
#include <string.h>

/* GOption writes through pointers, so the tables are filled for one Arguments at a time. */
static void add_service_entries(GOptionContext *context, Arguments *to)
{
    const GOptionEntry entries[] = {
        {"stage", 's', 0, G_OPTION_ARG_STRING, &to->stage, "Stage (default: the service's, or dev)",
         "STAGE"},
        {"region", 'r', 0, G_OPTION_ARG_STRING, &to->region, "AWS region", "REGION"},
        {"param", 0, 0, G_OPTION_ARG_STRING_ARRAY, &to->params, "A ${param:…}; may be repeated",
         "KEY=VALUE"},
        {"opt", 0, 0, G_OPTION_ARG_STRING_ARRAY, &to->opts, "A ${opt:…}; may be repeated",
         "KEY=VALUE"},
        {"stack-name", 0, 0, G_OPTION_ARG_STRING, &to->stack_name, "Name of the stack", "NAME"},
        {"template", 't', 0, G_OPTION_ARG_FILENAME, &to->template_file,
         "SAM or CloudFormation file in FOLDER", "FILE"},
        {"bucket", 0, 0, G_OPTION_ARG_STRING, &to->bucket,
         "Where artifacts go: stack, account or a bucket's name", "BUCKET"},
        {"allow-javascript", 0, 0, G_OPTION_ARG_NONE, &to->allow_javascript,
         "Run the service's JavaScript and TypeScript, in a sandbox", NULL},
        {"build", 0, 0, G_OPTION_ARG_NONE, &to->build,
         "Let the service's own bundler run, and pip, in a sandbox", NULL},
        {"build-step", 0, 0, G_OPTION_ARG_STRING_ARRAY, &to->build_steps,
         "Run it in a sandbox before compiling; may be repeated", "COMMAND"},
        {"build-network", 0, 0, G_OPTION_ARG_STRING_ARRAY, &to->build_network,
         "A host that steps and pip may reach, or all; may be repeated", "HOST"},
        {0}};

    g_option_context_add_main_entries(context, entries, NULL);
}

static void add_entries(GOptionContext *context, unsigned takes, Arguments *to)
{
    const GOptionEntry settings[] = {{"config", 'c', 0, G_OPTION_ARG_FILENAME, &to->settings_file,
                                      "driftless.yml to use (default: ./driftless.yml)", "FILE"},
                                     {0}};
    const GOptionEntry aws[] = {
        {"profile", 0, 0, G_OPTION_ARG_STRING, &to->profile, "AWS profile", "NAME"},
        {"execution-role", 0, 0, G_OPTION_ARG_STRING, &to->execution_role,
         "Role that CloudFormation acts in", "ARN"},
        {0}};
    const GOptionEntry output[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &to->output, "Write there instead", "PATH"}, {0}};
    const GOptionEntry package[] = {
        {"package", 'p', 0, G_OPTION_ARG_FILENAME, &to->output, "The same as --output", "PATH"},
        {0}};
    const GOptionEntry explain[] = {{"explain", 0, 0, G_OPTION_ARG_STRING, &to->explain,
                                     "Tell which lines made a resource of the template", "ID"},
                                    {0}};
    const GOptionEntry log[] = {
        {"log", 0, 0, G_OPTION_ARG_STRING, &to->log, "Form of the log: text or json", "FORM"}, {0}};
    const GOptionEntry target[] = {{"to", 0, 0, G_OPTION_ARG_STRING, &to->to,
                                    "The revision to return to (default: the one before)",
                                    "REVISION"},
                                   {0}};
    const GOptionEntry yes[] = {{"yes", 'y', 0, G_OPTION_ARG_NONE, &to->yes,
                                 "Do not ask; approve what the plan shows", NULL},
                                {0}};
    const GOptionEntry recompile[] = {{"recompile", 0, 0, G_OPTION_ARG_NONE, &to->recompile,
                                       "Compile every service anew, also the unchanged ones", NULL},
                                      {0}};
    const GOptionEntry always[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &to->json, "Print JSON", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &to->operands, NULL, NULL},
        {0}};
    const struct {
        unsigned group;
        const GOptionEntry *entries;
    } groups[] = {{TAKES_SETTINGS, settings},   {TAKES_AWS, aws},
                  {TAKES_OUTPUT, output},       {TAKES_LOG, log},
                  {TAKES_TO, target},           {TAKES_YES, yes},
                  {TAKES_RECOMPILE, recompile}, {TAKES_PACKAGE, package},
                  {TAKES_EXPLAIN, explain}};

    if (takes & TAKES_SERVICE)
        add_service_entries(context, to);
    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        if (takes & groups[i].group)
            g_option_context_add_main_entries(context, groups[i].entries, NULL);
    g_option_context_add_main_entries(context, always, NULL);
}

/* Whether there are no more operands than the usage line shows: "", "[FOLDER]", "[SERVICE…]". */
static bool fits(const char *operands, char **given)
{
    return strstr(operands, "…") || g_strv_length(given) <= (*operands ? 1 : 0);
}

/* A script whose variable is not set gives `--stage ""`, and means no other stage by it. */
static const char *empty_one(const Arguments *arguments)
{
    const struct {
        const char *option, *value;
    } texts[] = {
        {"--stage", arguments->stage},           {"--region", arguments->region},
        {"--stack-name", arguments->stack_name}, {"--template", arguments->template_file},
        {"--bucket", arguments->bucket},         {"--config", arguments->settings_file},
        {"--profile", arguments->profile},       {"--execution-role", arguments->execution_role},
        {"--output", arguments->output},         {"--to", arguments->to}};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        if (texts[i].value && !*texts[i].value)
            return texts[i].option;
    return NULL;
}

bool arguments_parse(const char *verb, const char *operands, const char *summary, const char *notes,
                     unsigned takes, int argc, char **argv, Arguments *ret, int *ret_exit)
{
    g_autofree char *title = g_strdup_printf("%s - %s", operands, summary);
    g_autoptr(GOptionContext) context = g_option_context_new(title);
    g_autofree char *program = g_strdup_printf("driftless %s", verb);
    g_autofree char *help = g_strdup_printf("driftless %s --help lists what it takes", verb);
    g_autofree char **words = g_new0(char *, (size_t)argc + 1);
    g_autoptr(GError) error = NULL;
    const char *empty;
    int count = argc - 1;

    words[0] = program;
    for (int i = 2; i < argc; i++)
        words[i - 1] = argv[i];
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_set_description(context, notes);
    add_entries(context, takes, ret);
    for (int i = 2; i < argc; i++)
        if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
            g_set_prgname(program);
            g_autofree char *whole = g_option_context_get_help(context, TRUE, NULL);

            fputs(whole, stdout);
            *ret_exit = EXIT_DONE;
            return false;
        }
    if (!g_option_context_parse(context, &count, &words, &error)) {
        ret->json = g_strv_contains((const char *const *)argv, "--json");
        failure_tell(ret, verb, help, "%s", error->message);
        *ret_exit = EXIT_USAGE;
        return false;
    }
    if (!ret->operands)
        ret->operands = g_new0(char *, 1);
    *ret_exit = EXIT_USAGE;
    empty = empty_one(ret);
    if (empty)
        failure_tell(ret, verb, "give it a value, or leave it out", "%s is empty", empty);
    else if (!fits(operands, ret->operands))
        failure_tell(ret, verb, help, "takes %s", *operands ? "one operand" : "no operands");
    else
        return true;
    return false;
}

void arguments_clear(Arguments *arguments)
{
    g_free(arguments->stage);
    g_free(arguments->region);
    g_free(arguments->stack_name);
    g_free(arguments->template_file);
    g_free(arguments->bucket);
    g_strfreev(arguments->params);
    g_strfreev(arguments->build_steps);
    g_strfreev(arguments->build_network);
    g_strfreev(arguments->opts);
    g_free(arguments->settings_file);
    g_free(arguments->profile);
    g_free(arguments->execution_role);
    g_free(arguments->output);
    g_free(arguments->explain);
    g_free(arguments->log);
    g_free(arguments->to);
    g_strfreev(arguments->operands);
    *arguments = (Arguments){0};
}
