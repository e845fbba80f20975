/* reconcile/aws/api_gateway.h
 *
 * Stages of REST APIs, as far as no template sets them. Errors: AWS_ERROR. Source of shapes:
 * botocore's model of apigateway 2015-07-09. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

/* {"tracingEnabled":…, "methodSettings":{path/method:{…}}, "accessLogSettings":{…}, "tags":{…}, …},
 * a new reference; `ret` gets NULL when the API has no such stage, which is no error. */
G_GNUC_WARN_UNUSED_RESULT
bool api_gateway_get_stage(AwsClient *client, const char *rest_api, const char *stage, json_t **ret,
                           GError **error);

/* `operations`: [{"op":"replace", "path":"/tracingEnabled", "value":"true"}]. */
G_GNUC_WARN_UNUSED_RESULT
bool api_gateway_update_stage(AwsClient *client, const char *rest_api, const char *stage,
                              json_t *operations, GError **error);

/* `tags`: an object of strings, added to those there are; `keys`: an array of strings. */
G_GNUC_WARN_UNUSED_RESULT
bool api_gateway_tag(AwsClient *client, const char *arn, json_t *tags, GError **error);
G_GNUC_WARN_UNUSED_RESULT
bool api_gateway_untag(AwsClient *client, const char *arn, json_t *keys, GError **error);
