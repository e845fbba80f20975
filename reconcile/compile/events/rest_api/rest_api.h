/* reconcile/compile/events/rest_api/rest_api.h
 *
 * Inside rest_api/, and for the plugin that adds http events of state machines
 * (plugins/step_functions/api.h): the REST API of a service, made of its http events.
 *
 *     events ─ endpoint.c ─▶ Endpoint[] ─▶ resources, cors, methods, validators, authorizers,
 * deployment, usage plans, permissions
 *
 * An Endpoint is one event after the framework's defaults; all parts read endpoints and add to the
 * compilation. */
#pragma once
#include "reconcile/compile/events/api_gateway.h"

typedef enum {
    INTEGRATION_AWS_PROXY, /* Lambda gets the request as it is: the default */
    INTEGRATION_AWS,       /* Lambda behind templates ("lambda") */
    INTEGRATION_HTTP,
    INTEGRATION_HTTP_PROXY,
    INTEGRATION_MOCK,
} Integration;

typedef struct {
    const char *type; /* as written or "AWS_IAM"; NULL: TOKEN */
    const char *name; /* borrowed from the endpoint; NULL where the API has it already or for IAM */
    char *owned_name; /* where the name comes from an ARN */
    json_t *arn;      /* of the function or user pool, owned; NULL where the API has the authorizer
                         already */
    json_t *id;       /* of an authorizer that the API has already (borrowed), or NULL */
    const Function *function; /* of this service that decides, or NULL */
    bool managed_externally;
    json_t *ttl;                     /* owned, or NULL */
    const char *identity_source;     /* or NULL */
    const char *identity_validation; /* or NULL */
    json_t *claims, *scopes;         /* borrowed, or NULL */
} Authorizer;

typedef struct {
    Function *function; /* NULL: a state machine's */
    char *owner;        /* 'function "hello"', for what people are told */
    char *pointer;      /* "/functions/hello/events/0/http" */
    json_t *http;       /* the event as a map, a copy of its own with defaults filled in */
    char *path;         /* "users/{id}", without slashes at its ends */
    char *name;         /* of the path in logical ids: "UsersIdVar" */
    char *method;       /* "GET" */
    char *method_id;    /* "ApiGatewayMethodUsersIdVarGet" */
    Integration integration;
    json_t
        *parameters; /* {"method.request.path.id": true or a map}, or NULL (borrowed from http) */
    json_t
        *statuses; /* {"200": {"pattern": …}} in order, or NULL: no response (borrowed from http) */
    json_t *cors; /* {origin | origins, methods, headers, …}, or NULL (borrowed from http) */
    Authorizer *authorizer; /* or NULL */
} Endpoint;

typedef struct {
    Compilation *compilation;
    json_t *config;          /* provider.apiGateway (borrowed), or NULL */
    GPtrArray *endpoints;    /* Endpoint* */
    json_t *preflights;      /* {path: cors of all its methods} */
    GHashTable *resource_of; /* char* path → json_t* the resource's id */
    json_t *method_ids;      /* what the deployment waits for, in order */
    char *deployment_id;     /* logical id; NULL before rest_api_add_deployment */
} RestApi;

/* endpoint.c: reads one event of a function. (transfer full) NULL, with an error, where it cannot
 * be compiled. */
Endpoint *endpoint_read(Compilation *compilation, const EventCursor *cursor);
/* An endpoint of which only `http` is known, for whoever reads the rest; owner and pointer are
 * stolen. (transfer full) */
Endpoint *endpoint_new(char *owner_new, char *pointer_new, json_t *event);
/* Method and path, and what ids are made of. False, with an error, where there are none. */
bool endpoint_read_route(Compilation *compilation, Endpoint *endpoint);
void endpoint_free(Endpoint *endpoint);
void endpoint_error(Compilation *compilation, const Endpoint *endpoint, const char *below,
                    const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* {"Ref":"ApiGatewayRestApi"} or provider.apiGateway.restApiId; a new reference. */
json_t *rest_api_id(const RestApi *api);
/* The id of a path's resource; a new reference. */
json_t *rest_api_resource(const RestApi *api, const char *path);

/* api.c */
void rest_api_init(RestApi *api, Compilation *compilation);
void rest_api_clear(RestApi *api);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RestApi, rest_api_clear)
json_t *rest_api_identity(const RestApi *api); /* {Name, EndpointConfiguration}, a new reference */
void rest_api_add(RestApi *api);
void rest_api_add_deployment(RestApi *api);
void rest_api_add_log_group(RestApi *api);

/* resources.c: one resource a path segment, but for those that the API has already. */
void rest_api_add_resources(RestApi *api);

/* cors.c: what an event says of CORS with its defaults (a new reference), and the answers to
 * preflight requests. */
json_t *cors_read(json_t *written, const char *method);
void rest_api_add_preflights(RestApi *api);

/* methods.c */
void rest_api_add_methods(RestApi *api);
void rest_api_add_permissions(RestApi *api);

/* integration.c: the method's Integration; a new reference. */
json_t *integration_of(const RestApi *api, const Endpoint *endpoint);
const char *integration_type(Integration integration);

/* responses.c: new references. */
json_t *default_statuses(void);
json_t *integration_responses(const Endpoint *endpoint);
json_t *method_responses(const Endpoint *endpoint);

/* authorizer.c */
/* Who decides, of what an authorizer's text or map names: type, id, arn, name, function. False,
 * with an error, where that is nobody. */
bool authorizer_choose(Compilation *compilation, const Endpoint *endpoint, Authorizer *authorizer,
                       json_t *written);
bool authorizer_read(Compilation *compilation, Endpoint *endpoint);
void authorizer_free(Authorizer *authorizer);
bool authorizer_is_cognito(const Authorizer *authorizer);
/* Sets AuthorizationType and its companions; the id of the authorizer that the method waits for, or
 * NULL. (transfer full) */
char *authorizer_apply(const Authorizer *authorizer, json_t *properties);
void rest_api_add_authorizers(RestApi *api);
void rest_api_add_authorizer_permission(RestApi *api, const Endpoint *endpoint);

/* request_validation.c */
void rest_api_add_validators(RestApi *api);

/* usage_plans.c */
void rest_api_add_api_keys(RestApi *api);
void rest_api_add_usage_plans(RestApi *api);
