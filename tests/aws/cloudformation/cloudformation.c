#include "tests/aws/cloudformation/cloudformation.h"
#include "tests/aws/cloudformation/operations.h"

static const ApiOperation OPERATIONS[] = {
    {"CreateChangeSet", cfn_create_change_set},
    {"DescribeChangeSet", cfn_describe_change_set},
    {"ExecuteChangeSet", cfn_execute_change_set},
    {"DeleteChangeSet", cfn_delete_change_set},
    {"ListChangeSets", cfn_list_change_sets},
    {"CreateStack", cfn_create_stack},
    {"UpdateStack", cfn_update_stack},
    {"DeleteStack", cfn_delete_stack},
    {"ContinueUpdateRollback", cfn_continue_update_rollback},
    {"RollbackStack", cfn_rollback_stack},
    {"CancelUpdateStack", cfn_cancel_update_stack},
    {"UpdateTerminationProtection", cfn_update_termination_protection},
    {"SetStackPolicy", cfn_set_stack_policy},
    {"GetStackPolicy", cfn_get_stack_policy},
    {"DescribeStacks", cfn_describe_stacks},
    {"ListStacks", cfn_list_stacks},
    {"DescribeStackEvents", cfn_describe_stack_events},
    {"DescribeEvents", cfn_describe_events},
    {"DescribeStackResource", cfn_describe_stack_resource},
    {"DescribeStackResources", cfn_describe_stack_resources},
    {"ListStackResources", cfn_list_stack_resources},
    {"ListExports", cfn_list_exports},
    {"ListImports", cfn_list_imports},
    {"GetTemplate", cfn_get_template},
    {"GetTemplateSummary", cfn_get_template_summary},
    {"ValidateTemplate", cfn_validate_template},
    {"DetectStackDrift", cfn_detect_stack_drift},
    {"DetectStackResourceDrift", cfn_detect_stack_resource_drift},
    {"DescribeStackDriftDetectionStatus", cfn_describe_stack_drift_detection_status},
    {"DescribeStackResourceDrifts", cfn_describe_stack_resource_drifts},
    {NULL, NULL},
};

const ApiService CLOUDFORMATION_SERVICE = {
    .name = "cloudformation",
    .protocol = PROTOCOL_QUERY,
    .version = "2010-05-15",
    .xml_namespace = "http://cloudformation.amazonaws.com/doc/2010-05-15/",
    .operations = OPERATIONS,
};
