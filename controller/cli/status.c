#include "controller/cli/declared.h"
#include "controller/cli/failure.h"

#include <string.h>

/* The services that the operands name, all without any: a new list. NULL where one names none,
 * which is told. */
static json_t *choose(const Arguments *arguments, json_t *services)
{
    json_t *chosen = arguments->operands[0] ? json_array() : json_incref(services), *service;
    size_t i;

    for (char **name = arguments->operands; *name; name++) {
        json_t *found = NULL;

        json_array_foreach(services, i, service) if (!strcmp(declared_text(service, "name"), *name))
            found = service;
        if (!found) {
            failure_tell(arguments, "status", "driftless status lists them",
                         "no service is called \"%s\"", *name);
            json_decref(chosen);
            return NULL;
        }
        json_array_append(chosen, found);
    }
    return chosen;
}

ExitStatus verb_status(const Arguments *arguments)
{
    ExitStatus status;
    json_t *answer = declared_ask(arguments, "GET", "/api/services", NULL, &status), *chosen;

    if (!answer)
        return status;
    chosen = choose(arguments, json_object_get(answer, "services"));
    json_decref(answer);
    if (!chosen)
        return EXIT_FAILED;
    if (arguments->json)
        return declared_print_json(json_pack("{s:o}", "services", chosen), EXIT_DONE);
    declared_print_services(chosen);
    json_decref(chosen);
    return EXIT_DONE;
}
