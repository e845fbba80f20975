/* reconcile/aws/json_call.h
 *
 * The JSON protocols: AWS JSON 1.0/1.1 (a target header, everything posted to "/") and REST with
 * JSON (Lambda, API Gateway). For this room's own use. */
#pragma once
#include "reconcile/aws/aws_call.h"
#include <jansson.h>

#define JSON_ANSWER_MAX_BYTES (16u << 20)

typedef struct {
    AwsService service;
    const char *action;
    const char *version; /* "1.0", "1.1" */
    const char *target;  /* before the action's name: "AmazonSSM" */
    json_t *body;        /* object */
} JsonCall;

/* True with the answer (a new reference: an object); else AWS_ERROR. */
G_GNUC_WARN_UNUSED_RESULT
bool json_call(AwsClient *client, const JsonCall *call, json_t **ret, GError **error);

typedef struct {
    AwsService service;
    const char *action, *method;
    const char *path, *query; /* encoded; query may be NULL */
    json_t *body;             /* or NULL */
} RestCall;
G_GNUC_WARN_UNUSED_RESULT
bool rest_json_call(AwsClient *client, const RestCall *call, json_t **ret, GError **error);

/* A string member, copied; NULL when it is none. */
char *json_call_text(json_t *object, const char *name);
