/* reconcile/compile/events/http_api_configuration.h
 *
 * Inside events/ only: what provider.httpApi and all httpApi events say together, before anything
 * is made of it. */
#pragma once
#include "reconcile/compile/events/event_properties.h"

typedef struct {
    char *name;         /* as Name says it */
    json_t *config;     /* provider.httpApi.authorizers.<key> (borrowed) */
    Function *function; /* that decides, or NULL */
    bool is_request;    /* a function decides; otherwise JWT */
} HttpApiAuthorizer;

typedef struct {
    char *key;     /* "GET /users/{id}", or "*" */
    char *pointer; /* of the event */
    const Function *function;
    const char *authorization; /* "CUSTOM", "JWT", "AWS_IAM"; NULL: open */
    json_t *authorizer_id;     /* a new reference, or NULL */
    json_t *scopes;            /* a new reference, or NULL */
} HttpApiRoute;

typedef struct {
    json_t *config;            /* provider.httpApi (borrowed), or NULL */
    bool external;             /* provider.httpApi.id: the API is not of this stack */
    GPtrArray *authorizers;    /* HttpApiAuthorizer*, in order */
    GHashTable *authorizer_of; /* char* key → HttpApiAuthorizer* */
    GPtrArray *routes;         /* HttpApiRoute*, in order */
    json_t *cors;              /* CorsConfiguration, or NULL */
    const char *log_format;    /* of access logs, or NULL */
} HttpApiConfiguration;

/* Reads it all; problems are reported. (transfer full) */
HttpApiConfiguration *http_api_configuration_read(Compilation *compilation);
void http_api_configuration_free(HttpApiConfiguration *configuration);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpApiConfiguration, http_api_configuration_free)
