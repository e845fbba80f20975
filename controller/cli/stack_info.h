/* controller/cli/stack_info.h
 *
 * A live stack as people want to see it: endpoints, functions with their log groups, outputs. */
#pragma once
#include "controller/cli/verb.h"
#include "reconcile/aws/cloud_formation.h"

/* {"stack","status","region","endpoints":[…],"functions":[{"name","logicalId","arn","logGroup"}],"outputs":{…}},
 * a new reference; NULL without an error when there is no such stack. */
G_GNUC_WARN_UNUSED_RESULT
bool stack_info_read(AwsClient *client, const char *stack_name, json_t **ret, GError **error);

/* The same as lines for people. (transfer full) */
char *stack_info_to_text(json_t *info);

/* Prints it on standard output, as JSON where asked. */
ExitStatus stack_info_print(AwsClient *client, const char *stack_name, const Arguments *arguments);
