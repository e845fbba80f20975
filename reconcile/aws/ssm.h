/* reconcile/aws/ssm.h
 *
 * SSM parameters, ten a call. Errors: AWS_ERROR. Source of shapes: botocore's model of ssm
 * 2014-11-06. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

#define SSM_GET_PARAMETERS_MAX 10

/* Reads any number of names (char*, no two alike; "/path/name", "name:3", "name:label"), decrypted
 * or as SSM keeps them, in calls of ten. `ret` (a new reference): {name as asked: {"value": …,
 * "type": "String|StringList|SecureString", "version": n}}. `ret_invalid` (transfer full, may be
 * NULL): char*, the names that SSM does not have. Values may be secret. */
G_GNUC_WARN_UNUSED_RESULT
bool ssm_get_parameters(AwsClient *client, const GPtrArray *names, bool decrypted, json_t **ret,
                        GPtrArray **ret_invalid, GError **error);
