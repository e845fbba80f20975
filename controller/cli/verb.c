#include "controller/cli/verb.h"

#include "config/problem.h"
#include "controller/cli/failure.h"
#include "reconcile/source/repository.h"

#include <stdio.h>
#include <string.h>

#define SERVICE_OPERAND "[FOLDER | SERVICE]"

// clang-format off
static const Verb verbs[] = {
    {"run",      "",              "run the controller",                                       TAKES_SETTINGS | TAKES_LOG, verb_run},
    {"sync",     "",              "one pass over every service, then exit",                   TAKES_SETTINGS | TAKES_LOG | TAKES_RECOMPILE, verb_sync},
    {"validate", "[FOLDER]",      "check driftless.yml, or the service in FOLDER",            TAKES_SETTINGS | TAKES_SERVICE, verb_validate},
    {"compile",  "[FOLDER]",      "print the CloudFormation template of a service",           TAKES_SERVICE | TAKES_EXPLAIN | TAKES_OUTPUT | TAKES_AWS, verb_compile},
    {"package",  "[FOLDER]",      "write the template and the archives of a service",         TAKES_SERVICE | TAKES_OUTPUT | TAKES_PACKAGE | TAKES_AWS, verb_package},
    {"plan",     SERVICE_OPERAND, "show what a deploy would change",                          TAKES_SERVICE | TAKES_SETTINGS | TAKES_AWS, verb_plan},
    {"deploy",   "[FOLDER]",      "deploy a service from a folder",                           TAKES_SERVICE | TAKES_AWS | TAKES_YES, verb_deploy},
    {"remove",   SERVICE_OPERAND, "delete a service's stack",                                 TAKES_SERVICE | TAKES_SETTINGS | TAKES_AWS | TAKES_YES, verb_remove},
    {"drift",    SERVICE_OPERAND, "show where a live stack differs from its commit",          TAKES_SERVICE | TAKES_SETTINGS | TAKES_AWS, verb_drift},
    {"verify",   "[FOLDER | SERVICE | STACK]", "show whether what runs is what the commit gives",          TAKES_SERVICE | TAKES_SETTINGS | TAKES_AWS, verb_verify},
    {"info",     SERVICE_OPERAND, "show endpoints, functions and outputs",                    TAKES_SERVICE | TAKES_SETTINGS | TAKES_AWS, verb_info},
    {"status",   "[SERVICE…]",    "show what became of every service",                        TAKES_SETTINGS, verb_status},
    {"history",  "SERVICE",       "show a service's deployments",                             TAKES_SETTINGS, verb_history},
    {"approve",  "SERVICE",       "let a held change go ahead",                               TAKES_SETTINGS, verb_approve},
    {"adopt",    "SERVICE",       "take over a stack that exists already",                    TAKES_SETTINGS | TAKES_YES, verb_adopt},
    {"suspend",  "SERVICE",       "leave a service alone until resumed",                      TAKES_SETTINGS, verb_suspend},
    {"resume",   "SERVICE",       "end a suspension",                                         TAKES_SETTINGS, verb_resume},
    {"rollback", "SERVICE",       "return to an earlier revision until a newer commit comes", TAKES_SETTINGS | TAKES_TO, verb_rollback},
};
// clang-format on

/* What a verb's --help says below its options. */
static const struct {
    const char *verb, *text;
} notes[] = {
    {"compile", "What AWS would refuse of the template is told as a warning, and the template is "
                "printed all the\n"
                "same, with exit status 0. driftless validate, package, plan and deploy, and the "
                "controller, take\n"
                "it for an error and end with 2."},
    {"drift", "A folder's stack is held against what was deployed; settings of a REST API's stage, "
              "which no stack\n"
              "remembers, against the folder."},
};

static const char *notes_of(const char *verb)
{
    for (size_t i = 0; i < G_N_ELEMENTS(notes); i++)
        if (!strcmp(notes[i].verb, verb))
            return notes[i].text;
    return NULL;
}

static int operands_width(void)
{
    glong width = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        width = MAX(width, g_utf8_strlen(verbs[i].operands, -1));
    return (int)width;
}

static void print_usage(FILE *to)
{
    const int width = operands_width();

    fputs("usage: driftless VERB [OPTION…] [OPERAND…]\n\n", to);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        fprintf(to, "  %-9s %s%*s  %s\n", verbs[i].name, verbs[i].operands,
                width - (int)g_utf8_strlen(verbs[i].operands, -1), "", verbs[i].summary);
    fputs("\ndriftless VERB --help tells more. Exit status: 0 done, 1 failed, 2 usage or invalid "
          "input,\n"
          "3 changes, drift or other code found.\n",
          to);
}

static int unknown_verb(const char *word, char **argv)
{
    const Arguments arguments = {.json = g_strv_contains((const char *const *)argv, "--json")};
    const char *names[G_N_ELEMENTS(verbs) + 1] = {NULL};
    const char *near;

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        names[i] = verbs[i].name;
    near = nearest_word(word, names);
    if (near)
        failure_tell(&arguments, NULL, NULL, "no verb '%s': did you mean '%s'?", word, near);
    else
        failure_tell(&arguments, NULL, "driftless --help lists them", "no verb '%s'", word);
    return EXIT_USAGE;
}

int verb_main(int argc, char **argv)
{
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    if (!strcmp(argv[1], "help") && argc == 3) {
        char *help[] = {argv[0], argv[2], (char *)"--help", NULL};

        return verb_main(3, help);
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        print_usage(stdout);
        return EXIT_DONE;
    }
    if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "version")) {
        puts("driftless " DRIFTLESS_VERSION);
        return EXIT_DONE;
    }
    /* The restricted child of repository_fetch, not for people. */
    if (!strcmp(argv[1], "fetch-worker"))
        return repository_fetch_worker();

    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (!strcmp(verbs[i].name, argv[1])) {
            g_auto(Arguments) arguments = {0};
            int status;

            if (!arguments_parse(verbs[i].name, verbs[i].operands, verbs[i].summary,
                                 notes_of(verbs[i].name), verbs[i].takes, argc, argv, &arguments,
                                 &status))
                return status;
            return verbs[i].run(&arguments);
        }
    return unknown_verb(argv[1], argv);
}
