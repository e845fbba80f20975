/* reconcile/compile/plugins/step_functions/api.h
 *
 * Inside this folder only: http events of state machines. They go to the REST API that http events
 * of functions have made, or make one: both have the same logical ids, and what both say of a
 * resource is merged.
 *
 *     http events ─ api_events.c ─▶ ApiEvent[] ─ api.c ─┬ api_methods.c ─ api_templates.c
 *                                                      └ resources, validators, authorizers of
 *                                                        events/rest_api */
#pragma once
#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/plugins/step_functions/step_functions.h"

#define API_ROLE_ID "ApigatewayToStepFunctionsRole"

typedef struct {
    const StateMachine *machine;
    Endpoint *endpoint; /* of no function; owned by the RestApi */
    json_t *cors;       /* with its defaults, owned by the endpoint's http, or NULL */
} ApiEvent;

/* api_events.c: all http events; those that are wrong are reported and left out. `endpoints` gets
 * what an event is for the REST API. Returns ApiEvent[], to be freed. */
GArray *api_events_read(Compilation *compilation, const GPtrArray *machines, GPtrArray *endpoints);

/* The value of Access-Control-Allow-Origin. (transfer full) */
char *api_cors_origin(json_t *cors);

/* api_methods.c */
void api_add_method(RestApi *api, const ApiEvent *event);
json_t *api_method_role(const ApiEvent *event);

/* api_templates.c: {content type: template} that makes the machine's input of a request; a new
 * reference. */
json_t *api_request_templates(const StateMachine *machine, json_t *http);

/* Merges a resource into the one of the same id; `resource_new` is stolen. */
void api_merge_resource(Compilation *compilation, const char *id, json_t *resource_new);
