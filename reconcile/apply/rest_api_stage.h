/* reconcile/apply/rest_api_stage.h
 *
 * Settings of a REST API's stage that no template carries, because its deployment makes the stage:
 * access and execution logs, metrics, tracing, tags. They are set by API Gateway's own interface
 * after a change set, as the framework does it (osls 4.3.1,
 * events/api-gateway/lib/hack/update-stage.js).
 *
 *     settings.RestApiStage ─ wanted ─▶ Desired ─ changes (against the live stage) ─▶ plan, set
 *     (settle.c after a change, drift/stage.c for what was changed by hand)
 *
 * Pure but for rest_api_stage_look. Thread-safe. */
#pragma once
#include "reconcile/aws/aws_client.h"
#include <jansson.h>

/* {"RestApi": logical id, "StageName":…, "Settings":{path of a patch: text}, "AccessLogGroup": name
 * or false (no access log), "Tags":{}}: `settings` (which has all but RestApi; NULL: none) for the
 * one REST API of `template` whose deployment makes that stage. NULL where there is none. A new
 * reference. */
json_t *rest_api_stage_wanted(json_t *template, json_t *settings);

/* [{"path":…, "before":…, "after":…}] where the live stage (GetStage's answer; NULL: none yet) is
 * not as wanted; a tag's path is "/tags/KEY"; what is not there is left out. Log groups lie in the
 * account of `stack_id` (NULL, where there is no stack: they go by their names). A new reference.
 */
json_t *rest_api_stage_changes(json_t *wanted, json_t *live, const char *stack_id);

/* The API's id in the stack, and the stage as it is; both NULL where they are not there. (transfer
 * full; a new reference) */
G_GNUC_WARN_UNUSED_RESULT
bool rest_api_stage_look(AwsClient *client, const char *stack_id, json_t *wanted, char **ret_id,
                         json_t **ret_live, GError **error);

/* Makes the calls for `changes`, and for nothing else. */
G_GNUC_WARN_UNUSED_RESULT
bool rest_api_stage_set(AwsClient *client, const char *stack_id, json_t *wanted, const char *id,
                        json_t *changes, GError **error);

/* Whether API Gateway refuses the setting itself: no use in trying it again. */
bool rest_api_stage_is_refused(const GError *error);
