#include "controller/cli/declared.h"

#include <stdio.h>

ExitStatus verb_history(const Arguments *arguments)
{
    g_autofree char *path = NULL;
    json_t *answer, *deployment;
    ExitStatus status;
    size_t i;

    if (!declared_is_one(arguments, "history"))
        return EXIT_USAGE;
    path = declared_path(arguments, "history");
    answer = declared_ask(arguments, "GET", path, NULL, &status);
    if (!answer)
        return status;
    if (arguments->json)
        return declared_print_json(answer, EXIT_DONE);
    printf("%-20s %-9s %-8s %-11s %s\n", "started", "intent", "revision", "outcome", "what");
    json_array_foreach(json_object_get(answer, "deployments"), i, deployment)
    {
        g_autofree char *started = declared_time(json_object_get(deployment, "startedAt"));
        const char *outcome = declared_text(deployment, "outcome");

        printf("%-20s %-9s %-8.7s %-11s %s\n", started, declared_text(deployment, "intent"),
               declared_text(deployment, "revision"), *outcome ? outcome : "under way",
               *declared_text(deployment, "summary") ? declared_text(deployment, "summary")
                                                     : declared_text(deployment, "message"));
    }
    json_decref(answer);
    return EXIT_DONE;
}
