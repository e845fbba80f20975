#include "config/json_text.h"
#include "controller/cli/declared.h"
#include "controller/cli/folder_stack.h"
#include "controller/cli/verb.h"
#include "drift/drift.h"
#include "reconcile/aws/s3.h"

#include <stdio.h>

static bool keep_nothing(const Record *record, void *data, GError **error)
{
    (void)record, (void)data, (void)error;
    return true;
}

static bool keep_no_drift(const DriftRecord *record, void *data, GError **error)
{
    (void)record, (void)data, (void)error;
    return true;
}

static bool detect(const FolderStack *stack, DriftResult *result, GError **error)
{
    g_autoptr(CloudFormationStack) live = NULL;
    g_autoptr(Record) record = record_new(stack->desired->stack_name);
    g_autoptr(DriftRecord) drift = drift_record_new();
    DriftContext context = {
        .apply = {.client = stack->client, .save = keep_nothing, .secrets = service_secrets(stack->build->service)},
        .mode = DRIFT_REPORT,
        .desired = stack->desired,
        .save_drift = keep_no_drift,
    };

    if (!cloud_formation_describe_stack(stack->client, stack->desired->stack_name, &live, error))
        return false;
    if (!live) {
        g_set_error(error, AWS_ERROR, AWS_ERROR_REFUSED, "there is no stack %s in %s", stack->desired->stack_name,
                    stack->region);
        return false;
    }
    record->stack_id = g_strdup(live->id);
    do {
        if (result->again_ms)
            g_usleep(result->again_ms * 1000ul);
        context.apply.now_ms = g_get_real_time() / 1000;
        if (!drift_step(&context, record, drift, result, error))
            return false;
    } while (result->outcome == DRIFT_AGAIN_OUTCOME);
    return true;
}

ExitStatus verb_drift(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_auto(DriftResult) result = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    json_t *json;
    int status;

    if (!folder_is_meant(arguments))
        return declared_drift(arguments);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    if (!detect(&stack, &result, &error))
        return (ExitStatus)verb_fail("drift", error);
    if (arguments->json) {
        json = json_pack("{s:s, s:s, s:o}", "stack", stack.desired->stack_name, "outcome", drift_outcome_name(result.outcome),
                         "findings", findings_to_json(result.findings, service_secrets(stack.build->service)));
        text = json_text(json, JSON_TEXT_INDENT);
        json_decref(json);
        puts(text);
    } else {
        text = findings_to_text(result.findings, service_secrets(stack.build->service));
        printf("stack %s: %s\n%s", stack.desired->stack_name, result.what ? result.what : drift_outcome_name(result.outcome),
               text);
    }
    if (result.outcome == DRIFT_FAILED_OUTCOME)
        return EXIT_FAILED;
    return findings_count(result.findings, true) ? EXIT_CHANGES : EXIT_DONE;
}
