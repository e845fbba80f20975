#include "reconcile/apply/failure.h"
#include "reconcile/apply/step.h"
#include "reconcile/aws/s3.h"
#include <string.h>

#define STACK_BUSY_AGAIN_MS 1000
#define APPROVAL_ASKED "driftless plan shows what would change"

/* Parameters as the API wants them. One that the service does not set keeps its value: left out, it
 * would fall back to its default. */
static json_t *request_parameters(const Step *step)
{
    json_t *parameters = json_copy(step->desired->parameters);
    json_t *declared = json_object_get(step->desired->template, "Parameters"), *definition;
    const char *name;

    json_object_foreach(declared, name, definition)
    {
        if (step->stack && !json_object_get(parameters, name) &&
            json_object_get(step->stack->parameters, name))
            json_object_set_new(parameters, name, json_pack("{s:b}", "UsePreviousValue", 1));
    }
    return parameters;
}

/* A template too large for the call goes to S3. `ret_url` stays NULL when it fits. */
static bool template_upload(const Step *step, char **ret_url, GError **error)
{
    const Desired *desired = step->desired;
    size_t size = strlen(desired->template_text);

    if (size <= TEMPLATE_INLINE_MAX_BYTES)
        return true;
    if (!desired->artifact_bucket) {
        g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_TOO_LARGE,
                    "its template has %zu bytes, more than the %d that a call carries, and there "
                    "is no artifact bucket to put it in: set artifactBucket",
                    size, TEMPLATE_INLINE_MAX_BYTES);
        return false;
    }
    g_autofree char *key =
        g_strdup_printf("driftless/templates/%s/%s.json", desired->stack_name, desired->digest);
    S3Upload upload = {.bucket = desired->artifact_bucket,
                       .key = key,
                       .data = desired->template_text,
                       .size = size,
                       .content_type = "application/json",
                       .encrypt = true};
    if (!s3_put_object(step->context->client, &upload, NULL, NULL, error))
        return false;
    *ret_url = s3_object_url(step->context->client, desired->artifact_bucket, key);
    return true;
}

static bool create_call(Step *step, const char *type, GError **error)
{
    const Desired *desired = step->desired;
    Record *record = step->record;
    g_autofree char *url = NULL, *id = NULL, *stack_id = NULL;

    if (!template_upload(step, &url, error))
        return false;
    json_t *parameters = request_parameters(step);
    CloudFormationChangeSetRequest request = {
        .stack_name = desired->stack_name,
        .name = record->change_set_name,
        .type = type,
        .template_body = url ? NULL : desired->template_text,
        .template_url = url,
        .parameters = parameters,
        .tags = desired->tags,
        .capabilities = desired->capabilities,
        .notification_arns = desired->notification_arns,
        .rollback_configuration = desired->rollback_configuration,
        .role_arn = desired->role_arn,
        .client_token = record->change_set_name,
        .deployment_mode = desired->deployment_mode,
    };
    bool made =
        cloud_formation_create_change_set(step->context->client, &request, &id, &stack_id, error);
    json_decref(parameters);
    if (!made)
        return false;
    g_free(record->change_set_id);
    record->change_set_id = g_steal_pointer(&id);
    if (stack_id) {
        g_free(record->stack_id);
        record->stack_id = g_steal_pointer(&stack_id);
    }
    if (strcmp(type, "CREATE") == 0)
        record->created_by_us = true;
    return true;
}

static bool create_refused(Step *step, GError *refusal, GError **error)
{
    g_autoptr(GError) owned = refusal;

    if (aws_error_is(owned, "AlreadyExistsException")) {
        /* Ours, from a step whose answer was lost: it is described next. */
        return step_again(step, 0, "change set %s exists already: looking at it",
                          step->record->change_set_name);
    }
    if (g_error_matches(owned, REQUEST_ERROR, REQUEST_ERROR_TOO_LARGE))
        return step_held(step, "%s", owned->message);
    if (error_is_about_request(owned))
        return step_failed(step, step->desired->digest, owned->message, NULL, error);
    if (aws_error_is(owned, "ValidationError")) /* an operation of somebody else began in between */
        return step_again(step, STACK_BUSY_AGAIN_MS, "%s", owned->message);
    g_propagate_error(error, g_steal_pointer(&owned));
    return false;
}

static bool create(Step *step, const char *type, GError **error)
{
    g_autoptr(GError) refusal = NULL;

    if (!create_call(step, type, &refusal))
        return create_refused(step, g_steal_pointer(&refusal), error);
    if (!step_save(step, error))
        return false;
    step_report(step, "change set created", step->record->change_set_name);
    return step_again(step, poll_interval_ms(0), "change set %s created",
                      step->record->change_set_name);
}

/* Takes down the name first, then creates. Every change set gets a number of its own:
 * CloudFormation refuses a name used before. */
static bool begin(Step *step, const char *type, GError **error)
{
    Record *record = step->record;

    record->attempt++;
    g_free(record->change_set_name);
    record->change_set_name = desired_change_set_name(step->desired, record->attempt);
    g_free(record->change_set_digest);
    record->change_set_digest = g_strdup(step->desired->digest);
    g_clear_pointer(&record->change_set_id, g_free);
    g_clear_pointer(&record->approval_digest, g_free);
    record->phase = PHASE_CHANGE_SET;
    record->polls = 0;
    record->retry_at_ms = 0;
    if (!step_save(step, error))
        return false;
    return create(step, type, error);
}

static bool clear_away(Step *step, GError **error)
{
    if (!step->stack)
        return true;
    return cloud_formation_delete_change_set(step->context->client, step->stack->id,
                                             step->record->change_set_name, error);
}

/* An empty change set counts against the thousand that a stack may have. */
static bool end_empty(Step *step, GError **error)
{
    if (!clear_away(step, error))
        return false;
    return step_settle(step, false, "no changes", error);
}

static bool end_failed(Step *step, const char *reason, GError **error)
{
    Record *record = step->record;
    const char *why = reason && reason[0] != '\0' ? reason : "CloudFormation gave no reason";

    if (!clear_away(step, error))
        return false;
    if (failure_classify(why) == FAILURE_PASSING && record->retries < RETRIES_MAX) {
        record->retries++;
        record->retry_at_ms = step->context->now_ms + 5000;
        record->phase = PHASE_IDLE;
        if (!step_save(step, error))
            return false;
        return step_again(step, 5000, "change set failed, trying again: %s", why);
    }
    g_autofree char *text = g_strdup_printf("change set: %s", why);
    return step_failed(step, step->desired->digest, text, NULL, error);
}

static bool hold(Step *step, const char *reason, bool unsupported, GError **error)
{
    if (!clear_away(step, error))
        return false;
    step->record->phase = PHASE_IDLE;
    if (!step_save(step, error))
        return false;
    step->result->unsupported = unsupported;
    return step_held(step, "%s", reason);
}

bool step_hold_for_approval(Step *step, const char *reason, GError **error)
{
    const Desired *desired = step->desired;

    if (g_strcmp0(step->record->approval_digest, desired->digest) != 0) {
        g_free(step->record->approval_digest);
        step->record->approval_digest = g_strdup(desired->digest);
        if (!step_save(step, error))
            return false;
    }
    step->result->approval_digest = g_strdup(desired->digest);
    return step_held(step, "waits for approval: %s", reason);
}

const char *approval_reason(const Plan *plan)
{
    for (guint i = 0; i < plan->hazards->len; i++) {
        const Hazard *hazard = plan->hazards->pdata[i];
        if (hazard->blocks)
            return hazard->text;
    }
    return "every change of this service does";
}

static bool is_approved(const Step *step)
{
    return g_strcmp0(step->context->approved_digest, step->desired->digest) == 0;
}

bool step_needs_approval(const Step *step, const Plan *plan)
{
    return step->intent != INTENT_CORRECT && plan_needs_approval(plan, step->context->approve) &&
           !is_approved(step);
}

static bool execute_refused(Step *step, GError *refusal, GError **error)
{
    g_autoptr(GError) owned = refusal;

    if (aws_error_is(owned, "InvalidChangeSetStatus") || aws_error_is(owned, "ChangeSetNotFound")) {
        step->record->phase = PHASE_CHANGE_SET;
        return step_again(step, STACK_BUSY_AGAIN_MS, "%s", owned->message);
    }
    if (error_is_about_request(owned))
        return step_failed(step, step->desired->digest, owned->message, NULL, error);
    g_propagate_error(error, g_steal_pointer(&owned));
    return false;
}

/* What a drift-aware change set does cannot be told from templates, which are equal. */
static char *execution_summary(const Step *step)
{
    g_autofree char *planned = step->result->plan ? plan_summary(step->result->plan) : NULL;

    if (step->desired->deployment_mode)
        return g_strdup("drift is reverted");
    if (step->intent == INTENT_CORRECT)
        return g_strdup_printf("a drift correction%s%s", planned ? ": " : "",
                               planned ? planned : "");
    return g_steal_pointer(&planned);
}

static bool execute(Step *step, const CloudFormationChangeSet *change_set, GError **error)
{
    Record *record = step->record;
    g_autoptr(GError) refusal = NULL;

    record->phase = PHASE_EXECUTING;
    record->operation_started_ms = step->context->now_ms;
    record->polls = 0;
    g_clear_pointer(&record->approval_digest, g_free);
    if (!step_save(step, error))
        return false;
    CloudFormationExecution execution = {
        .stack = change_set->stack_id ? change_set->stack_id : step->desired->stack_name,
        .change_set = change_set->id ? change_set->id : record->change_set_name,
        .client_token = record->change_set_name,
        .retain_except_on_create = !step->desired->disable_rollback,
        .disable_rollback = step->desired->disable_rollback,
    };
    if (!cloud_formation_execute_change_set(step->context->client, &execution, &refusal))
        return execute_refused(step, g_steal_pointer(&refusal), error);
    g_autofree char *summary = execution_summary(step);
    step_report(step, "executed", summary);
    return step_again(step, poll_interval_ms(0), "executing: %s",
                      summary ? summary : record->change_set_name);
}

/* The change set is ready: looks at it, asks whoever must be asked, executes. */
static bool gate(Step *step, const CloudFormationChangeSet *change_set, GError **error)
{
    const ApplyContext *context = step->context;
    g_autofree char *reason = NULL;
    GateVerdict verdict =
        context->gate ? context->gate(change_set, context->data, &reason) : GATE_PASS;

    if (verdict != GATE_PASS)
        return hold(step, reason ? reason : "drift-aware change sets are not offered here",
                    verdict == GATE_UNSUPPORTED, error);
    bool first =
        step->observed.status == STACK_ABSENT || step->observed.status == STACK_REVIEW_IN_PROGRESS;
    Plan *plan =
        plan_against_stack(context->client, step->desired, first ? NULL : step->stack, error);
    if (!plan)
        return false;
    step->result->plan = plan;
    if (step->intent != INTENT_CORRECT &&
        !plan_add_settings(plan, context->client, step->desired, first ? NULL : step->stack, error))
        return false;
    plan_take_change_set(plan, change_set);
    if (step_needs_approval(step, plan))
        return step_hold_for_approval(step, approval_reason(plan), error);
    return execute(step, change_set, error);
}

/* A name that was taken when we asked for it, by a record that is lost (or by a verb on a folder,
 * which keeps none): what that change set did or found says nothing about the stack as it is now.
 * Executions of ours are noted before they start. */
static bool is_of_an_earlier_life(const Step *step, const char *status, const char *execution)
{
    return !step->record->change_set_id &&
           (strcmp(status, "FAILED") == 0 || strcmp(execution, "EXECUTE_COMPLETE") == 0 ||
            strcmp(execution, "EXECUTE_FAILED") == 0);
}

static bool look(Step *step, const char *type, const CloudFormationChangeSet *change_set,
                 GError **error)
{
    const char *status = change_set->status ? change_set->status : "";
    const char *execution = change_set->execution_status ? change_set->execution_status : "";

    if (is_of_an_earlier_life(step, status, execution))
        return begin(step, type, error);
    if (strcmp(status, "FAILED") == 0)
        return change_set_reason_is_empty(change_set->status_reason)
                   ? end_empty(step, error)
                   : end_failed(step, change_set->status_reason, error);
    if (strcmp(execution, "OBSOLETE") == 0 || g_str_has_prefix(status, "DELETE_"))
        return begin(step, type, error);
    if (g_str_has_prefix(execution, "EXECUTE_")) {
        step->record->phase = PHASE_EXECUTING;
        if (!step_save(step, error))
            return false;
        return step_again(step, poll_interval_ms(0), "executing");
    }
    if (strcmp(status, "CREATE_COMPLETE") == 0 && strcmp(execution, "AVAILABLE") == 0)
        return gate(step, change_set, error);
    return step_again(step, poll_interval_ms(step->record->polls++), "change set %s: %s",
                      step->record->change_set_name, status);
}

/* Its change set waits for approval: nothing new to ask AWS about. */
static bool waits_for_approval(const Step *step)
{
    return step->intent != INTENT_CORRECT && !is_approved(step) &&
           g_strcmp0(step->record->approval_digest, step->desired->digest) == 0;
}

bool step_change_set(Step *step, const char *type, GError **error)
{
    Record *record = step->record;
    g_autoptr(CloudFormationChangeSet) change_set = NULL;

    if (waits_for_approval(step) && record->phase == PHASE_IDLE) /* its change set was empty */
        return step_hold_for_approval(step, APPROVAL_ASKED, error);
    if (record->phase != PHASE_CHANGE_SET ||
        g_strcmp0(record->change_set_digest, step->desired->digest) != 0) {
        /* A newer request takes the place of one that waited. */
        if (record->phase == PHASE_CHANGE_SET && !clear_away(step, error))
            return false;
        return begin(step, type, error);
    }
    if (!cloud_formation_describe_change_set(step->context->client, step->desired->stack_name,
                                             record->change_set_name, &change_set, error))
        return false;
    if (!change_set) /* the call that makes it never arrived, or somebody deleted it since */
        return record->change_set_id ? begin(step, type, error) : create(step, type, error);
    if (waits_for_approval(step) && g_strcmp0(change_set->execution_status, "AVAILABLE") == 0)
        return step_hold_for_approval(step, APPROVAL_ASKED, error);
    return look(step, type, change_set, error);
}
