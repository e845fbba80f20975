#include "drift/drift.h"
#include "tests/reconcile/aws/scripted_transport.h"

#define ENDPOINT "http://127.0.0.1:1"
#define STACK_ARN "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders-dev/1"
#define CHANGE_SET_ARN "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/x/1"

#define STARTED                                                                             \
    {                                                                                       \
        200, 0,                                                                             \
            "<DetectStackDriftResponse><DetectStackDriftResult><StackDriftDetectionId>d1"   \
            "</StackDriftDetectionId></DetectStackDriftResult></DetectStackDriftResponse>", \
        {                                                                                   \
            0                                                                               \
        }                                                                                   \
    }
#define DETECTION(status, drift)                                                                   \
    {                                                                                              \
        200, 0,                                                                                    \
            "<DescribeStackDriftDetectionStatusResponse><DescribeStackDriftDetectionStatusResult>" \
            "<StackDriftDetectionId>d1</StackDriftDetectionId><DetectionStatus>" status            \
            "</DetectionStatus><DetectionStatusReason>one resource failed</DetectionStatusReason>" \
            "<StackDriftStatus>" drift                                                             \
            "</StackDriftStatus></DescribeStackDriftDetectionStatusResult>"                        \
            "</DescribeStackDriftDetectionStatusResponse>",                                        \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define DRIFTS(members)                                                                 \
    {                                                                                   \
        200, 0,                                                                         \
            "<DescribeStackResourceDriftsResponse><DescribeStackResourceDriftsResult><" \
            "StackResourceDrifts>" members                                              \
            "</StackResourceDrifts></DescribeStackResourceDriftsResult>"                \
            "</DescribeStackResourceDriftsResponse>",                                   \
        {                                                                               \
            0                                                                           \
        }                                                                               \
    }
#define RESOURCE(id, type, status, more)                                                          \
    "<member><LogicalResourceId>" id "</LogicalResourceId><PhysicalResourceId>p-" id              \
    "</PhysicalResourceId><ResourceType>" type "</ResourceType><StackResourceDriftStatus>" status \
    "</StackResourceDriftStatus>" more "</member>"
#define TIMEOUT_DIFFERS                                                                          \
    RESOURCE(                                                                                    \
        "Worker", "AWS::Lambda::Function", "MODIFIED",                                           \
        "<ExpectedProperties>{\"Timeout\":6}</ExpectedProperties><ActualProperties>"             \
        "{\"Timeout\":30}</ActualProperties><PropertyDifferences><member><PropertyPath>/Timeout" \
        "</PropertyPath><ExpectedValue>6</ExpectedValue><ActualValue>30</ActualValue>"           \
        "<DifferenceType>NOT_EQUAL</DifferenceType></member></PropertyDifferences>")
#define STACK(status)                                                                           \
    {                                                                                           \
        200, 0,                                                                                 \
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>" STACK_ARN \
            "</StackId><StackName>orders-dev</StackName><CreationTime>2026-01-01T00:00:00Z</"   \
            "CreationTime>"                                                                     \
            "<StackStatus>" status "</StackStatus></member></Stacks></DescribeStacksResult>"    \
            "</DescribeStacksResponse>",                                                        \
        {                                                                                       \
            0                                                                                   \
        }                                                                                       \
    }
#define MADE                                                                      \
    {                                                                             \
        200, 0,                                                                   \
            "<CreateChangeSetResponse><CreateChangeSetResult><Id>" CHANGE_SET_ARN \
            "</Id><StackId>" STACK_ARN                                            \
            "</StackId></CreateChangeSetResult></CreateChangeSetResponse>",       \
        {                                                                         \
            0                                                                     \
        }                                                                         \
    }
#define CHANGE_SET(execution, more)                                                            \
    {                                                                                          \
        200, 0,                                                                                \
            "<DescribeChangeSetResponse><DescribeChangeSetResult><ChangeSetId>" CHANGE_SET_ARN \
            "</ChangeSetId><StackId>" STACK_ARN "</StackId><Status>CREATE_COMPLETE</Status>"   \
            "<ExecutionStatus>" execution "</ExecutionStatus>" more                            \
            "</DescribeChangeSetResult></DescribeChangeSetResponse>",                          \
        {                                                                                      \
            0                                                                                  \
        }                                                                                      \
    }
#define EMPTY_CHANGE_SET                                                                          \
    {                                                                                             \
        200, 0,                                                                                   \
            "<DescribeChangeSetResponse><DescribeChangeSetResult><ChangeSetId>" CHANGE_SET_ARN    \
            "</ChangeSetId><Status>FAILED</Status><ExecutionStatus>UNAVAILABLE</ExecutionStatus>" \
            "<StatusReason>The submitted information didn&apos;t contain changes.</StatusReason>" \
            "</DescribeChangeSetResult></DescribeChangeSetResponse>",                             \
        {                                                                                         \
            0                                                                                     \
        }                                                                                         \
    }
#define REVERTS(id) REVERTS_AS(id, "False")
#define REVERTS_AS(id, replacement)                                                                \
    "<DeploymentMode>REVERT_DRIFT</DeploymentMode><Changes><member><Type>Resource</Type>"          \
    "<ResourceChange><Action>Modify</Action><LogicalResourceId>" id "</LogicalResourceId>"         \
    "<ResourceType>AWS::Lambda::Function</ResourceType><Replacement>" replacement "</Replacement>" \
    "</ResourceChange></member></Changes>"
#define TEMPLATE                                                                                  \
    "{\"Resources\":{\"Worker\":{\"Type\":\"AWS::Lambda::Function\",\"Properties\":{\"Timeout\":" \
    "6}},"                                                                                        \
    "\"Table\":{\"Type\":\"AWS::DynamoDB::Table\"}}}"
#define LIVE_TEMPLATE                                                         \
    {                                                                         \
        200, 0,                                                               \
            "<GetTemplateResponse><GetTemplateResult><TemplateBody>" TEMPLATE \
            "</TemplateBody></GetTemplateResult></GetTemplateResponse>",      \
        {                                                                     \
            0                                                                 \
        }                                                                     \
    }
#define DONE(action)                                                            \
    {                                                                           \
        200, 0, "<" action "Response><" action "Result/></" action "Response>", \
        {                                                                       \
            0                                                                   \
        }                                                                       \
    }

/* A timeout put right in two steps, and looked at again. */
#define TWO_STEPS                                                                                \
    DRIFTS(TIMEOUT_DIFFERS), STACK("UPDATE_COMPLETE"), LIVE_TEMPLATE, STACK("UPDATE_COMPLETE"),  \
        MADE, STACK("UPDATE_COMPLETE"), CHANGE_SET("AVAILABLE", ""), LIVE_TEMPLATE,              \
        DONE("ExecuteChangeSet"), STACK("UPDATE_COMPLETE"), CHANGE_SET("EXECUTE_COMPLETE", ""),  \
        STACK("UPDATE_COMPLETE"), MADE, STACK("UPDATE_COMPLETE"), CHANGE_SET("AVAILABLE", ""),   \
        LIVE_TEMPLATE, DONE("ExecuteChangeSet"), STACK("UPDATE_COMPLETE"),                       \
        CHANGE_SET("EXECUTE_COMPLETE", ""), STARTED, DETECTION("DETECTION_COMPLETE", "IN_SYNC"), \
        DRIFTS("")

typedef struct {
    ScriptedAws aws;
    Desired *desired;
    Record *record;
    DriftRecord *drift;
    DriftResult result;
    DriftMode mode;
} Bench;

static bool save(const Record *record, void *data, GError **error)
{
    (void)record;
    (void)data;
    (void)error;
    return true;
}

/* As a store does: what is kept is what goes on. */
static bool save_drift(const DriftRecord *record, void *data, GError **error)
{
    json_t *json = drift_record_to_json(record);
    g_autoptr(DriftRecord) back = drift_record_from_json(json);

    (void)data;
    (void)error;
    cr_expect_eq(back->phase, record->phase);
    cr_expect_eq(!back->findings, !record->findings);
    json_decref(json);
    return true;
}

static void bench_init(Bench *bench, const ScriptedAnswer *answers, size_t count, DriftMode mode)
{
    json_t *template = json_loads(TEMPLATE, 0, NULL),
           *settings = json_pack("{s:s}", "StackName", "orders-dev");

    *bench = (Bench){.mode = mode};
    scripted_aws_init(&bench->aws, answers, count, ENDPOINT);
    bench->desired = desired_new(template, settings, NULL, NULL, NULL, NULL);
    bench->record = record_new("orders-dev");
    bench->record->stack_id = g_strdup(STACK_ARN);
    bench->record->deployed_digest = g_strdup(bench->desired->digest);
    bench->drift = drift_record_new();
    json_decref(template);
    json_decref(settings);
}

static void bench_clear(Bench *bench)
{
    scripted_aws_clear(&bench->aws);
    desired_free(bench->desired);
    record_free(bench->record);
    drift_record_free(bench->drift);
    drift_result_clear(&bench->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static DriftOutcome step(Bench *bench)
{
    g_autoptr(GError) error = NULL;
    DriftContext context = {.apply = {.client = bench->aws.client,
                                      .approve = APPROVE_REPLACEMENTS,
                                      .now_ms = bench->aws.now_ms,
                                      .save = save,
                                      .data = bench},
                            .mode = bench->mode,
                            .desired = bench->desired,
                            .save_drift = save_drift};

    cr_assert(drift_step(&context, bench->record, bench->drift, &bench->result, &error), "%s",
              error ? error->message : "");
    return bench->result.outcome;
}

/* Steps to the end, or to the end of the script. */
static DriftOutcome run(Bench *bench)
{
    DriftOutcome outcome;

    do {
        outcome = step(bench);
    } while (outcome == DRIFT_AGAIN_OUTCOME);
    cr_expect_eq(bench->aws.transport.requests->len, bench->aws.transport.count,
                 "the script was not played to its end");
    return outcome;
}

Test(drift, a_stack_in_sync_is_told_so_and_what_is_not_checked_is_counted)
{
    const ScriptedAnswer answers[] = {
        STARTED, DETECTION("DETECTION_IN_PROGRESS", ""), DETECTION("DETECTION_COMPLETE", "IN_SYNC"),
        DRIFTS(RESOURCE("Worker", "AWS::Lambda::Function", "IN_SYNC", "")
                   RESOURCE("Map", "AWS::Lambda::EventSourceMapping", "NOT_CHECKED", ""))};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);

    cr_expect_eq(run(&bench), DRIFT_IN_SYNC_OUTCOME);
    cr_expect_eq(bench.result.unchecked, 1);
    cr_expect_eq(bench.drift->phase, DRIFT_PHASE_IDLE);
}

Test(drift, unknown_is_never_taken_for_in_sync)
{
    const ScriptedAnswer answers[] = {
        STARTED, DETECTION("DETECTION_COMPLETE", "IN_SYNC"),
        DRIFTS(RESOURCE("Role", "AWS::IAM::Role", "UNKNOWN",
                        "<DriftStatusReason>Rate exceeded</DriftStatusReason>"))};
    const ScriptedAnswer failed[] = {STARTED, DETECTION("DETECTION_FAILED", "IN_SYNC"), DRIFTS("")};
    g_auto(Bench) one, all;
    bench_init(&one, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);
    bench_init(&all, failed, G_N_ELEMENTS(failed), DRIFT_CORRECT);

    cr_expect_eq(run(&one), DRIFT_UNKNOWN_OUTCOME);
    cr_expect_str_eq(one.result.what,
                     "Role (AWS::IAM::Role) could not be looked at: Rate exceeded");
    cr_expect_eq(run(&all), DRIFT_UNKNOWN_OUTCOME);
}

Test(drift, reporting_changes_nothing)
{
    const ScriptedAnswer answers[] = {STARTED, DETECTION("DETECTION_COMPLETE", "DRIFTED"),
                                      DRIFTS(TIMEOUT_DIFFERS)};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_REPORT);

    cr_expect_eq(run(&bench), DRIFT_DRIFTED_OUTCOME);
    cr_expect_str_eq(bench.result.what, "Worker Timeout: 30, expected 6");
    cr_expect(bench.result.newly_found);
}

Test(drift, a_drift_aware_change_set_that_is_explained_is_executed_and_looked_at_again)
{
    const ScriptedAnswer answers[] = {
        STARTED,
        DETECTION("DETECTION_COMPLETE", "DRIFTED"),
        DRIFTS(TIMEOUT_DIFFERS),
        STACK("UPDATE_COMPLETE"),
        MADE,
        STACK("UPDATE_COMPLETE"),
        CHANGE_SET("AVAILABLE", REVERTS("Worker")),
        LIVE_TEMPLATE,
        DONE("ExecuteChangeSet"),
        STACK("UPDATE_COMPLETE"),
        CHANGE_SET("EXECUTE_COMPLETE", REVERTS("Worker")),
        STARTED,
        DETECTION("DETECTION_COMPLETE", "IN_SYNC"),
        DRIFTS(RESOURCE("Worker", "AWS::Lambda::Function", "IN_SYNC", "")),
    };
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);
    bench.record->failed_digest = g_strdup("a newer revision");

    cr_expect_eq(run(&bench), DRIFT_CORRECTED_OUTCOME, "%s", bench.result.what);
    cr_expect(
        strstr(scripted_request(&bench.aws.transport, 4)->body, "DeploymentMode=REVERT_DRIFT"));
    cr_expect_str_eq(bench.record->deployed_digest, bench.desired->digest);
    cr_expect_str_eq(bench.record->failed_digest, "a newer revision",
                     "correcting forgives no revision");
}

/* The change set that is not wanted, then two steps; none but theirs is executed. */
#define WITH_A_PHANTOM(replacement)                                               \
    STARTED, DETECTION("DETECTION_COMPLETE", "DRIFTED"), DRIFTS(TIMEOUT_DIFFERS), \
        STACK("UPDATE_COMPLETE"), MADE, STACK("UPDATE_COMPLETE"),                 \
        CHANGE_SET("AVAILABLE", REVERTS_AS("Stranger", replacement)), DONE("DeleteChangeSet")

static void goes_in_two_steps(const ScriptedAnswer *answers, size_t count)
{
    g_auto(Bench) bench;
    bench_init(&bench, answers, count, DRIFT_CORRECT);

    cr_expect_eq(run(&bench), DRIFT_CORRECTED_OUTCOME, "%s", bench.result.what);
    cr_expect(strstr(scripted_request(&bench.aws.transport, 7)->body, "Action=DeleteChangeSet"));
    for (guint i = 0; i < 8; i++)
        cr_expect_not(
            strstr(scripted_request(&bench.aws.transport, i)->body, "Action=ExecuteChangeSet"));
    g_autofree char *first =
        g_uri_unescape_string(scripted_request(&bench.aws.transport, 12)->body, NULL);
    cr_expect(strstr(first, "\"Timeout\": 30"), "%s", first);
    cr_expect_not(bench.drift->no_drift_aware, "they are offered");
    cr_expect_null(bench.drift->unexplained);
}

Test(drift, where_a_drift_aware_change_set_does_more_two_steps_do_it)
{
    const ScriptedAnswer answers[] = {WITH_A_PHANTOM("False"), TWO_STEPS};
    goes_in_two_steps(answers, G_N_ELEMENTS(answers));
}

Test(drift, a_replacement_of_what_is_in_sync_is_never_executed)
{
    const ScriptedAnswer answers[] = {WITH_A_PHANTOM("True"), TWO_STEPS};
    goes_in_two_steps(answers, G_N_ELEMENTS(answers));
}

Test(drift, what_neither_way_can_do_is_held_with_both_reasons)
{
    const ScriptedAnswer answers[] = {
        WITH_A_PHANTOM("True"),
        DRIFTS(RESOURCE("Worker", "AWS::Lambda::Function", "MODIFIED",
                        "<PropertyDifferences><member><PropertyPath>/Timeout</PropertyPath>"
                        "<ExpectedValue>6</ExpectedValue><ActualValue>30</ActualValue>"
                        "<DifferenceType>NOT_EQUAL</DifferenceType></member>"
                        "</PropertyDifferences>")),
        STACK("UPDATE_COMPLETE"), LIVE_TEMPLATE};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);

    cr_expect_eq(run(&bench), DRIFT_HELD_OUTCOME);
    cr_expect_str_eq(bench.result.what,
                     "Worker: CloudFormation does not say what its properties are now (a "
                     "drift-aware change set would do more than was found: it would Modify "
                     "Stranger, which was not found to differ)");
}

Test(drift, where_the_mode_is_passed_over_two_steps_do_it)
{
    const ScriptedAnswer answers[] = {
        STARTED,
        DETECTION("DETECTION_COMPLETE", "DRIFTED"),
        DRIFTS(TIMEOUT_DIFFERS),
        STACK("UPDATE_COMPLETE"), /* REVERT_DRIFT: ends empty, as templates were compared */
        MADE,
        STACK("UPDATE_COMPLETE"),
        EMPTY_CHANGE_SET,
        DONE("DeleteChangeSet"),
        TWO_STEPS,
    };
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);

    cr_expect_eq(run(&bench), DRIFT_CORRECTED_OUTCOME, "%s", bench.result.what);
    g_autofree char *first =
        g_uri_unescape_string(scripted_request(&bench.aws.transport, 12)->body, NULL);
    g_autofree char *second =
        g_uri_unescape_string(scripted_request(&bench.aws.transport, 20)->body, NULL);
    cr_expect(strstr(first, "\"Timeout\": 30"), "%s", first);
    cr_expect(strstr(second, "\"Timeout\": 6"), "%s", second);
    cr_expect(bench.drift->no_drift_aware, "it is not asked for again");
}

Test(drift, a_deleted_table_waits_for_approval)
{
    const ScriptedAnswer answers[] = {
        STARTED, DETECTION("DETECTION_COMPLETE", "DRIFTED"),
        DRIFTS(RESOURCE("Table", "AWS::DynamoDB::Table", "DELETED", ""))};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);

    cr_expect_eq(run(&bench), DRIFT_HELD_OUTCOME);
    cr_expect_str_eq(bench.result.approval_digest, bench.desired->digest);
    cr_expect_eq(bench.result.findings->len, 1);
}

Test(drift, what_still_differs_afterwards_is_no_success)
{
    const ScriptedAnswer answers[] = {STARTED, DETECTION("DETECTION_COMPLETE", "DRIFTED"),
                                      DRIFTS(TIMEOUT_DIFFERS)};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers), DRIFT_CORRECT);
    bench.drift->phase = DRIFT_PHASE_VERIFYING;
    bench.drift->detection_id = g_strdup("d1");
    bench.drift->findings = findings_new();
    g_ptr_array_add(bench.drift->findings,
                    finding_new(FINDING_DELETED, "Worker", "AWS::Lambda::Function", "w"));
    /* The first answer belongs to a start that is behind us. */
    bench.aws.transport.answers++;
    bench.aws.transport.count--;

    cr_expect_eq(run(&bench), DRIFT_FAILED_OUTCOME);
    cr_expect_str_eq(bench.result.what, "still differs after it was corrected: Worker");
}
