/* reconcile/compile/events/api_gateway.h
 *
 * Inside events/ only: what REST (http), HTTP (httpApi) and WebSocket APIs share. All results are
 * new references. */
#pragma once
#include "reconcile/compile/events/event_properties.h"

/* What API Gateway calls to run the function behind `function_arn_new` (stolen):
 * arn:PARTITION:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations. */
json_t *api_lambda_uri(json_t *function_arn_new);

/* arn:PARTITION:execute-api:REGION:ACCOUNT:API<suffix>; `api_id_new` is stolen. */
json_t *api_execution_arn(json_t *api_id_new, const char *suffix);

/* <scheme>API.execute-api.REGION.SUFFIX<path>; `api_id_new` is stolen, `path` may be NULL. */
json_t *api_url(const char *scheme, json_t *api_id_new, const char *path);

/* A log group for access logs, with the retention and data protection of provider. */
void api_add_log_group(Compilation *compilation, const char *id, const char *name);

/* Lets API Gateway write logs in this account (Custom::ApiGatewayAccountRole), unless
 * provider.logs.restApi says that its role is managed elsewhere. */
void api_require_logging_role(Compilation *compilation);
