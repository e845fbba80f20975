#include "reconcile/compile/events/events.h"
#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* An API of another stack keeps that stack's settings, also where no function `used` it, and its
 * root must be known. */
static void check_external(Compilation *compilation, json_t *config, bool used)
{
    static const struct {
        const char *pointer, *what;
    } refused[] = {
        {"/provider/tracing/apiGateway", "tracing"},
        {"/provider/logs/restApi", "logs"},
    };

    if (!js_is_truthy(json_object_get(config, "restApiId")))
        return;
    if (used && !js_is_truthy(json_object_get(config, "restApiRootResourceId")))
        compilation_problem(compilation, PROBLEM_ERROR, "/provider/apiGateway/restApiId",
                            "Add restApiRootResourceId (aws apigateway get-resources)",
                            "restApiId needs restApiRootResourceId beside it");
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
        if (js_is_present(pointer_get(compilation->config, refused[i].pointer)))
            compilation_problem(compilation, PROBLEM_ERROR, refused[i].pointer,
                                "Set it where the API is made",
                                "%s cannot be set for a REST API of another stack "
                                "(provider.apiGateway.restApiId)",
                                refused[i].what);
}

/* The stage is part of every URL of the API. */
static void check_stage(Compilation *compilation)
{
    if (!g_regex_match_simple("^[-_a-zA-Z0-9]+$", compilation->stage, 0, 0))
        compilation_problem(compilation, PROBLEM_ERROR, "/provider/stage",
                            "Use letters, digits, - and _",
                            "stage \"%s\" cannot be the stage of a REST API", compilation->stage);
}

static void read_endpoints(RestApi *api)
{
    EventCursor cursor = {0};

    while (compilation_next_event(api->compilation, "http", &cursor)) {
        Endpoint *endpoint = endpoint_read(api->compilation, &cursor);

        if (endpoint)
            g_ptr_array_add(api->endpoints, endpoint);
    }
    if (api->endpoints->len > 0)
        check_stage(api->compilation);
}

void http_compile(Compilation *compilation)
{
    size_t errors = problems_count(compilation->problems, PROBLEM_ERROR);
    g_auto(RestApi) api = {0};

    rest_api_init(&api, compilation);
    read_endpoints(&api);
    check_external(compilation, api.config, api.endpoints->len > 0);
    if (api.endpoints->len == 0 || problems_count(compilation->problems, PROBLEM_ERROR) > errors)
        return;
    compilation_set_maker(compilation, "/provider/apiGateway");
    rest_api_add(&api);
    rest_api_add_resources(&api);
    if (problems_count(compilation->problems, PROBLEM_ERROR) > errors)
        return;
    rest_api_add_preflights(&api);
    rest_api_add_methods(&api);
    rest_api_add_validators(&api);
    rest_api_add_authorizers(&api);
    compilation_set_maker(compilation, "/provider/apiGateway");
    rest_api_add_deployment(&api);
    rest_api_add_api_keys(&api);
    rest_api_add_usage_plans(&api);
    rest_api_add_permissions(&api);
    compilation_set_maker(compilation, "/provider/apiGateway");
    rest_api_add_log_group(&api);
    compilation_set_maker(compilation, NULL);
}
