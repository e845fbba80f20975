#include "drift/drift.h"
#include "config/json_text.h"
#include "drift/correct.h"
#include "drift/direct.h"
#include "drift/ignore.h"
#include "drift/last_known.h"
#include "reconcile/apply/rest_api_stage.h"
#include "reconcile/plan/redact.h"
#include <string.h>

#define DETECT_TIMEOUT_MS 600000
#define DETECTION_BUSY_MS 2000

typedef struct {
    const DriftContext *context;
    Record *record;
    DriftRecord *drift;
    DriftResult *result;
} DriftStep;

void drift_result_clear(DriftResult *result)
{
    g_free(result->what);
    g_clear_pointer(&result->findings, g_ptr_array_unref);
    g_free(result->approval_digest);
    *result = (DriftResult){0};
}

static bool save(const DriftStep *step, GError **error)
{
    if (step->context->save_drift(step->drift, step->context->apply.data, error))
        return true;
    g_prefix_error(error,
                   "stack %s: its drift record could not be saved: ", step->record->stack_name);
    return false;
}

static bool enter(DriftStep *step, DriftPhase phase, GError **error)
{
    step->drift->phase = phase;
    step->drift->phase_started_ms = step->context->apply.now_ms;
    step->drift->polls = 0;
    return save(step, error);
}

static void set_what(DriftStep *step, const char *what)
{
    g_free(step->result->what);
    step->result->what = redact_text(what, step->context->apply.secrets);
}

static bool again(DriftStep *step, unsigned again_ms, const char *what)
{
    step->result->outcome = DRIFT_AGAIN_OUTCOME;
    step->result->again_ms = again_ms;
    set_what(step, what);
    return true;
}

static void tell(const DriftStep *step, const char *what, const char *detail)
{
    const ApplyContext *apply = &step->context->apply;
    g_autofree char *safe = redact_text(detail, apply->secrets);
    ApplyEvent event = {what, step->record->stack_name, safe};

    if (apply->report)
        apply->report(&event, apply->data);
}

/* Back to idle with an outcome; the findings that the correction was about go with it. */
static bool end(DriftStep *step, DriftOutcome outcome, const char *what, GError **error)
{
    DriftRecord *drift = step->drift;

    if (!step->result->findings)
        step->result->findings =
            drift->findings ? g_steal_pointer(&drift->findings) : findings_new();
    g_clear_pointer(&drift->findings, g_ptr_array_unref);
    g_clear_pointer(&drift->detection_id, g_free);
    g_clear_pointer(&drift->unexplained, g_free);
    json_decref(drift->adjusted_template);
    drift->adjusted_template = NULL;
    if (!enter(step, DRIFT_PHASE_IDLE, error))
        return false;
    step->result->outcome = outcome;
    set_what(step, what);
    tell(step, drift_outcome_name(outcome), outcome == DRIFT_IN_SYNC_OUTCOME ? NULL : what);
    return true;
}

/* Everything that differs, ignore rules applied. */
static GPtrArray *collect(const DriftStep *step, unsigned *ret_unchecked, GError **error)
{
    const DriftContext *context = step->context;
    g_autoptr(GPtrArray) findings = NULL;

    if (!drift_detection_findings(context->apply.client, step->record->stack_id, &findings,
                                  ret_unchecked, error) ||
        !direct_detect(context->apply.client, step->record->stack_id, context->desired,
                       context->sha256_by_key, findings, error))
        return NULL;
    findings_ignore(findings, context->ignore);
    return g_steal_pointer(&findings);
}

static bool start(DriftStep *step, DriftPhase phase, GError **error)
{
    DriftRecord *drift = step->drift;
    g_autofree char *id = NULL;

    if (!drift_detection_start(step->context->apply.client, step->record->stack_id, &id, error))
        return false;
    if (!id)
        return again(step, DETECTION_BUSY_MS, "another operation is under way");
    g_free(drift->detection_id);
    drift->detection_id = g_steal_pointer(&id);
    return enter(step, phase, error) && again(step, poll_interval_ms(0), "detecting drift");
}

/* True with *ret_done false: the outcome is set. */
static bool wait_for_detection(DriftStep *step, bool *ret_done, char **ret_failure, GError **error)
{
    DriftRecord *drift = step->drift;
    unsigned timeout =
        step->context->detect_timeout_ms ? step->context->detect_timeout_ms : DETECT_TIMEOUT_MS;

    if (!drift_detection_poll(step->context->apply.client, drift->detection_id, ret_done,
                              ret_failure, error))
        return false;
    if (*ret_done)
        return true;
    if (step->context->apply.now_ms - drift->phase_started_ms > timeout)
        return end(step, DRIFT_FAILED_OUTCOME, "drift detection did not end in time", error);
    return again(step, poll_interval_ms(drift->polls++), "detecting drift");
}

static bool has_kind(const GPtrArray *findings, FindingKind kind)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->kind == kind && finding_is_open(finding))
            return true;
    }
    return false;
}

static bool has_template_drift(const GPtrArray *findings)
{
    return has_kind(findings, FINDING_MODIFIED) || has_kind(findings, FINDING_DELETED);
}

/* The record is stored: without secrets. What a correction needs of values it asks AWS for. */
static void keep_findings(DriftStep *step, GPtrArray *findings)
{
    json_t *json = findings_to_json(findings, step->context->apply.secrets);

    g_clear_pointer(&step->drift->findings, g_ptr_array_unref);
    step->drift->findings = findings_from_json(json);
    json_decref(json);
}

/* What comes after the template has been put right, or needed nothing. */
static bool after_template(DriftStep *step, GError **error)
{
    if (has_kind(step->drift->findings, FINDING_CODE) ||
        has_kind(step->drift->findings, FINDING_STAGE))
        return enter(step, DRIFT_PHASE_DIRECT, error) &&
               again(step, 0, "putting back what no change set carries");
    return start(step, DRIFT_PHASE_VERIFYING, error);
}

static bool begin_correction(DriftStep *step, GError **error)
{
    GPtrArray *findings = step->result->findings;
    DriftPhase phase = DRIFT_PHASE_DIRECT;

    keep_findings(step, findings);
    if (has_template_drift(findings))
        phase = step->drift->no_drift_aware ? DRIFT_PHASE_ADJUSTING : DRIFT_PHASE_REVERTING;
    return enter(step, phase, error) && again(step, 0, "correcting");
}

static bool detected(DriftStep *step, const char *failure, GError **error)
{
    DriftResult *result = step->result;
    GPtrArray *findings = collect(step, &result->unchecked, error);

    if (!findings)
        return false;
    if (failure) { /* at least one resource could not be looked at; what could be is there */
        Finding *unknown = finding_new(FINDING_UNKNOWN, step->record->stack_name,
                                       "AWS::CloudFormation::Stack", step->record->stack_id);
        unknown->reason = g_strdup(failure);
        g_ptr_array_add(findings, unknown);
    }
    result->findings = findings;
    result->newly_found = true;
    g_autofree char *text = findings_to_text(findings, step->context->apply.secrets);
    g_autofree char *line = g_strdelimit(g_strchomp(g_strdup(text)), "\n", ';');
    if (findings_count(findings, false) == 0)
        return findings_count(findings, true) > 0
                   ? end(step, DRIFT_UNKNOWN_OUTCOME, line, error)
                   : end(step, DRIFT_IN_SYNC_OUTCOME, "in sync", error);
    if (step->context->mode != DRIFT_CORRECT)
        return end(step, DRIFT_DRIFTED_OUTCOME, line, error);
    tell(step, "drifted", line);
    return begin_correction(step, error);
}

static bool step_detecting(DriftStep *step, GError **error)
{
    bool done = false;
    g_autofree char *failure = NULL;

    if (!wait_for_detection(step, &done, &failure, error))
        return false;
    return done ? detected(step, failure, error) : true;
}

/* What apply_step's callbacks get while correcting: the caller's own, and what the gate has to
 * know. */
typedef struct {
    const DriftStep *step;
    char *unexplained; /* what a drift-aware change set would do that no finding explains */
} Correcting;

static void correcting_clear(Correcting *correcting)
{
    g_free(correcting->unexplained);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Correcting, correcting_clear)

static bool correcting_save(const Record *record, void *data, GError **error)
{
    const ApplyContext *apply = &((Correcting *)data)->step->context->apply;

    return apply->save(record, apply->data, error);
}

static void correcting_report(const ApplyEvent *event, void *data)
{
    const ApplyContext *apply = &((Correcting *)data)->step->context->apply;

    if (apply->report)
        apply->report(event, apply->data);
}

static GateVerdict correcting_gate(const CloudFormationChangeSet *change_set, void *data,
                                   char **ret_reason)
{
    Correcting *correcting = data;
    const DriftStep *step = correcting->step;

    if (g_strcmp0(change_set->deployment_mode, "REVERT_DRIFT") != 0)
        return GATE_UNSUPPORTED;
    if (correction_is_explained(change_set, step->drift->findings, step->context->desired->template,
                                &correcting->unexplained))
        return GATE_PASS;
    *ret_reason = g_strdup_printf("the drift-aware change set does more than was found: %s",
                                  correcting->unexplained);
    return GATE_HOLD;
}

static bool apply_correction(const DriftStep *step, const Desired *desired, Correcting *correcting,
                             StepResult *ret, GError **error)
{
    g_auto(Correcting) ungated = {.step = step};
    ApplyContext apply = step->context->apply;

    apply.save = correcting_save;
    apply.report = correcting_report;
    apply.gate = correcting ? correcting_gate : NULL;
    apply.data = correcting ? correcting : &ungated;
    return apply_step(&apply, desired, step->record, INTENT_CORRECT, ret, error);
}

/* Outcomes that are the same for every change set of a correction. False: DONE, which the caller
 * goes on from. */
static bool correction_ended(DriftStep *step, const StepResult *applied, bool *ret_ok,
                             GError **error)
{
    switch (applied->outcome) {
    case STEP_AGAIN:
        *ret_ok = again(step, applied->again_ms, applied->what);
        return true;
    case STEP_HELD:
        *ret_ok = end(step, DRIFT_HELD_OUTCOME, applied->what, error);
        return true;
    case STEP_FAILED:
        *ret_ok = end(step, DRIFT_FAILED_OUTCOME, applied->what, error);
        return true;
    case STEP_DONE:
        break;
    }
    return false;
}

static bool hold_deleted_data(DriftStep *step, bool *ret_held, GError **error)
{
    const DriftContext *context = step->context;

    *ret_held = false;
    for (guint i = 0; i < step->drift->findings->len; i++) {
        const Finding *finding = step->drift->findings->pdata[i];
        if (finding->kind != FINDING_DELETED || !finding_is_open(finding) ||
            !finding_held_data(finding) || context->apply.approve == APPROVE_NEVER ||
            g_strcmp0(context->apply.approved_digest, context->desired->digest) == 0)
            continue;
        g_autofree char *what = g_strdup_printf(
            "%s (%s) was deleted with its data: making it again, empty, waits for approval",
            finding->logical_id, finding->type);
        *ret_held = true;
        step->result->approval_digest = g_strdup(context->desired->digest);
        return end(step, DRIFT_HELD_OUTCOME, what, error);
    }
    return true;
}

/* Drift-aware change sets are not there: two steps instead. */
static bool fall_back(DriftStep *step, GError **error)
{
    step->drift->no_drift_aware = true;
    return enter(step, DRIFT_PHASE_ADJUSTING, error) &&
           again(step, 0, "drift-aware change sets are not offered here: correcting in two steps");
}

/* CloudFormation's drift-aware change sets hold changes of resources that are in sync (a method of
 * a REST API, wherever it refers to an AWS::ApiGateway::Resource), some of them replacements: such
 * a change set is never executed. Two steps touch what was found and nothing else. */
static bool go_without(DriftStep *step, const char *unexplained, GError **error)
{
    g_autofree char *what = g_strdup_printf(
        "the drift-aware change set does more than was found: %s; correcting in two steps",
        unexplained);

    step->drift->unexplained = g_strdup(unexplained);
    tell(step, "corrected in two steps", unexplained);
    return enter(step, DRIFT_PHASE_ADJUSTING, error) && again(step, 0, what);
}

static bool step_reverting(DriftStep *step, GError **error)
{
    const Desired *desired = step->context->desired;
    g_auto(Correcting) correcting = {.step = step};
    g_auto(StepResult) applied = {0};
    bool held = false, ok = false;

    if (!hold_deleted_data(step, &held, error))
        return false;
    if (held)
        return true;
    g_autoptr(Desired) revert =
        desired_with_template(desired, desired->template, "REVERT_DRIFT", error);
    if (!revert || !apply_correction(step, revert, &correcting, &applied, error))
        return false;
    /* An empty change set for what was found to differ: the mode was passed over, and templates
     * were compared. */
    if ((applied.outcome == STEP_HELD && applied.unsupported) ||
        (applied.outcome == STEP_DONE && !applied.changed))
        return fall_back(step, error);
    if (applied.outcome == STEP_FAILED && applied.what && strstr(applied.what, "eploymentMode"))
        return fall_back(step, error);
    if (applied.outcome == STEP_HELD && correcting.unexplained)
        return go_without(step, correcting.unexplained, error);
    if (correction_ended(step, &applied, &ok, error))
        return ok;
    /* The template is the desired one: what is deployed is that request, by whatever way. */
    g_free(step->record->deployed_digest);
    step->record->deployed_digest = g_strdup(desired->digest);
    if (!step->context->apply.save(step->record, step->context->apply.data, error))
        return false;
    return after_template(step, error);
}

static json_t *live_template(const DriftStep *step, GError **error)
{
    g_autofree char *text = NULL;

    if (!cloud_formation_get_template(step->context->apply.client, step->record->stack_id,
                                      TEMPLATE_STAGE_PROCESSED, &text, error))
        return NULL;
    json_t *template = json_text_read(text);
    if (!template) /* processed templates are JSON; where an emulator gives YAML back, ours is what
                      it was given */
        template = json_deep_copy(step->context->desired->template);
    return template;
}

/* Step one's template. Made again after a restart it is the same, or, once it is the live one, asks
 * for no changes. */
static bool make_adjusted(DriftStep *step, Correction *ret, GError **error)
{
    AwsClient *client = step->context->apply.client;
    g_autoptr(CloudFormationStack) stack = NULL;
    g_autoptr(GPtrArray) findings =
        collect(step, NULL, error); /* with actual values, which are not kept */

    if (!findings || !cloud_formation_describe_stack(client, step->record->stack_id, &stack, error))
        return false;
    json_t *template = live_template(step, error);
    if (!template)
        return false;
    json_t *known = last_known_values(template, findings, stack ? stack->outputs : NULL,
                                      step->record->stack_id);
    correction_make(template, findings, known, ret);
    json_decref(known);
    json_decref(template);
    return true;
}

/* Neither way: a person has to know why of both. */
static bool hold_correction(DriftStep *step, const char *reason, GError **error)
{
    const char *unexplained = step->drift->unexplained;
    g_autofree char *what =
        unexplained ? g_strdup_printf("%s (a drift-aware change set would do more than was found: "
                                      "%s)",
                                      reason, unexplained)
                    : g_strdup(reason);

    return end(step, DRIFT_HELD_OUTCOME, what, error);
}

static bool prepare_adjusting(DriftStep *step, bool *ret_go_on, GError **error)
{
    g_auto(Correction) correction = {0};
    bool held = false;

    *ret_go_on = false;
    if (!hold_deleted_data(step, &held, error))
        return false;
    if (held)
        return true;
    if (!make_adjusted(step, &correction, error))
        return false;
    if (!correction.adjusted)
        return hold_correction(step, correction.held_reason, error);
    step->drift->adjusted_template = g_steal_pointer(&correction.adjusted);
    *ret_go_on = true;
    return save(step, error);
}

static bool step_adjusting(DriftStep *step, GError **error)
{
    g_auto(StepResult) applied = {0};
    bool go_on = true, ok = false;

    if (!step->drift->adjusted_template && !prepare_adjusting(step, &go_on, error))
        return false;
    if (!go_on)
        return true;
    g_autoptr(Desired) adjusted =
        desired_with_template(step->context->desired, step->drift->adjusted_template, NULL, error);
    if (!adjusted || !apply_correction(step, adjusted, NULL, &applied, error))
        return false;
    if (correction_ended(step, &applied, &ok, error))
        return ok;
    return enter(step, DRIFT_PHASE_RESTORING, error) &&
           again(step, 0, "what is there is in the template: restoring");
}

static bool step_restoring(DriftStep *step, GError **error)
{
    g_auto(StepResult) applied = {0};
    bool ok = false;

    if (!apply_correction(step, step->context->desired, NULL, &applied, error))
        return false;
    if (correction_ended(step, &applied, &ok, error))
        return ok;
    return after_template(step, error);
}

static bool step_direct(DriftStep *step, GError **error)
{
    const DriftContext *context = step->context;
    g_autoptr(GError) failure = NULL;

    if (direct_correct(context->apply.client, step->record->stack_id, context->desired,
                       context->sha256_by_key, step->drift->findings, &failure))
        return start(step, DRIFT_PHASE_VERIFYING, error);
    if (rest_api_stage_is_refused(failure))
        return end(step, DRIFT_FAILED_OUTCOME, failure->message, error);
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* Each corrected resource is judged on its own: others may have drifted meanwhile, and ignored ones
 * stay. A stage that is gone comes back with the next deployment only. */
static char *still_differing(const GPtrArray *corrected, const GPtrArray *now)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < corrected->len; i++) {
        const Finding *before = corrected->pdata[i];
        bool differs = false;
        if (!finding_is_open(before) || before->kind == FINDING_UNKNOWN ||
            before->kind == FINDING_NO_STAGE)
            continue;
        for (guint k = 0; k < now->len; k++) {
            const Finding *finding = now->pdata[k];
            differs |= finding_is_open(finding) && finding->kind != FINDING_NO_STAGE &&
                       g_strcmp0(finding->logical_id, before->logical_id) == 0;
        }
        if (differs)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ", " : "", before->logical_id);
    }
    return g_string_free(names, FALSE);
}

static bool step_verifying(DriftStep *step, GError **error)
{
    bool done = false;
    g_autofree char *failure = NULL;

    if (!wait_for_detection(step, &done, &failure, error))
        return false;
    if (!done)
        return true;
    g_autoptr(GPtrArray) now = collect(step, &step->result->unchecked, error);
    if (!now)
        return false;
    g_autofree char *names = still_differing(step->drift->findings, now);
    if (names[0] != '\0') {
        g_autofree char *what = g_strdup_printf("still differs after it was corrected: %s", names);
        return end(step, DRIFT_FAILED_OUTCOME, what, error);
    }
    step->result->redeploy_rest_api = correction_redeploys_rest_api(step->drift->findings);
    g_autofree char *text = findings_to_text(step->drift->findings, step->context->apply.secrets);
    g_autofree char *line = g_strdelimit(g_strchomp(g_strdup(text)), "\n", ';');
    return end(step, DRIFT_CORRECTED_OUTCOME, line, error);
}

static bool step_idle(DriftStep *step, GError **error)
{
    if (step->context->mode == DRIFT_OFF)
        return end(step, DRIFT_UNKNOWN_OUTCOME, "drift detection is off", error);
    if (!step->record->stack_id)
        return end(step, DRIFT_UNKNOWN_OUTCOME, "nothing is deployed yet", error);
    return start(step, DRIFT_PHASE_DETECTING, error);
}

bool drift_step(const DriftContext *context, Record *record, DriftRecord *drift, DriftResult *ret,
                GError **error)
{
    static bool (*const phases[DRIFT_PHASE_COUNT])(DriftStep * step, GError * *error) = {
        [DRIFT_PHASE_IDLE] = step_idle,           [DRIFT_PHASE_DETECTING] = step_detecting,
        [DRIFT_PHASE_REVERTING] = step_reverting, [DRIFT_PHASE_ADJUSTING] = step_adjusting,
        [DRIFT_PHASE_RESTORING] = step_restoring, [DRIFT_PHASE_DIRECT] = step_direct,
        [DRIFT_PHASE_VERIFYING] = step_verifying,
    };
    DriftStep step = {context, record, drift, ret};

    drift_result_clear(ret);
    if (phases[drift->phase](&step, error))
        return true;
    drift_result_clear(ret);
    return false;
}
