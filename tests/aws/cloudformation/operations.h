/* tests/aws/cloudformation/operations.h
 *
 * The calls of CloudFormation, listed in cloudformation.c. */
#pragma once
#include "tests/aws/wire/api_call.h"

/* change_sets.c, change_set_queries.c */
json_t *cfn_create_change_set(ApiCall *call);
json_t *cfn_execute_change_set(ApiCall *call);
json_t *cfn_delete_change_set(ApiCall *call);
json_t *cfn_describe_change_set(ApiCall *call);
json_t *cfn_list_change_sets(ApiCall *call);

/* stack_operations.c */
json_t *cfn_create_stack(ApiCall *call);
json_t *cfn_update_stack(ApiCall *call);
json_t *cfn_delete_stack(ApiCall *call);
json_t *cfn_continue_update_rollback(ApiCall *call);
json_t *cfn_rollback_stack(ApiCall *call);
json_t *cfn_cancel_update_stack(ApiCall *call);
json_t *cfn_update_termination_protection(ApiCall *call);
json_t *cfn_set_stack_policy(ApiCall *call);
json_t *cfn_get_stack_policy(ApiCall *call);

/* stack_queries.c */
json_t *cfn_describe_stacks(ApiCall *call);
json_t *cfn_list_stacks(ApiCall *call);
json_t *cfn_describe_stack_events(ApiCall *call);
json_t *cfn_describe_events(ApiCall *call);
json_t *cfn_describe_stack_resource(ApiCall *call);
json_t *cfn_describe_stack_resources(ApiCall *call);
json_t *cfn_list_stack_resources(ApiCall *call);
json_t *cfn_list_exports(ApiCall *call);
json_t *cfn_list_imports(ApiCall *call);

/* template_queries.c */
json_t *cfn_get_template(ApiCall *call);
json_t *cfn_get_template_summary(ApiCall *call);
json_t *cfn_validate_template(ApiCall *call);

/* drift_operations.c */
json_t *cfn_detect_stack_drift(ApiCall *call);
json_t *cfn_detect_stack_resource_drift(ApiCall *call);
json_t *cfn_describe_stack_drift_detection_status(ApiCall *call);
json_t *cfn_describe_stack_resource_drifts(ApiCall *call);
