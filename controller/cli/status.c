#include "controller/cli/declared.h"

#include <stdio.h>

static bool is_asked_for(const Arguments *arguments, const char *name)
{
    return !arguments->operands[0] ||
           g_strv_contains((const char *const *)arguments->operands, name);
}

static ExitStatus print_status(const Arguments *arguments, json_t *services)
{
    json_t *service;
    size_t i;
    unsigned shown = 0;

    json_array_foreach(services, i, service)
    {
        g_autofree char *changed = declared_time(json_object_get(service, "changedAt"));

        if (!is_asked_for(arguments, declared_text(service, "name")))
            continue;
        if (!shown++)
            printf("%-24s %-11s %-8s %-20s %s\n", "service", "state", "revision", "since", "what");
        printf("%-24s %-11s %-8.7s %-20s %s\n", declared_text(service, "name"),
               declared_text(service, "state"), declared_text(service, "revision"), changed,
               declared_text(service, "message"));
    }
    if (shown)
        return EXIT_DONE;
    fputs(arguments->operands[0] ? "driftless status: no such service\n" : "no service yet\n",
          stderr);
    return arguments->operands[0] ? EXIT_FAILED : EXIT_DONE;
}

ExitStatus verb_status(const Arguments *arguments)
{
    json_t *answer = declared_ask(arguments, "GET", "/api/services", NULL);
    ExitStatus status;

    if (!answer)
        return EXIT_FAILED;
    if (arguments->json)
        return declared_print_json(answer, EXIT_DONE);
    status = print_status(arguments, json_object_get(answer, "services"));
    json_decref(answer);
    return status;
}
