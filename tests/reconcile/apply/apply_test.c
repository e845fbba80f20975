#include "reconcile/apply/apply.h"
#include "tests/reconcile/aws/scripted_transport.h"

#define ENDPOINT "http://127.0.0.1:1"
#define STACK_ARN "arn:aws:cloudformation:eu-west-1:111122223333:stack/orders-dev/1"
#define CHANGE_SET_ARN "arn:aws:cloudformation:eu-west-1:111122223333:changeSet/x/1"

#define STACK(status, time, more)                                                               \
    {                                                                                           \
        200, 0,                                                                                 \
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackId>" STACK_ARN \
            "</StackId><StackName>orders-dev</StackName><CreationTime>2026-01-01T00:00:00Z</"   \
            "CreationTime>"                                                                     \
            "<LastUpdatedTime>" time "</LastUpdatedTime><StackStatus>" status                   \
            "</StackStatus>" more                                                               \
            "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>",               \
        {                                                                                       \
            0                                                                                   \
        }                                                                                       \
    }
#define REFUSED(code, message)                                                                \
    {                                                                                         \
        400, 0,                                                                               \
            "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message \
            "</Message></Error><RequestId>r</RequestId></ErrorResponse>",                     \
        {                                                                                     \
            0                                                                                 \
        }                                                                                     \
    }
#define ABSENT REFUSED("ValidationError", "Stack with id orders-dev does not exist")
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
#define CHANGE_SET(status, execution, more)                                                    \
    {                                                                                          \
        200, 0,                                                                                \
            "<DescribeChangeSetResponse><DescribeChangeSetResult><ChangeSetId>" CHANGE_SET_ARN \
            "</ChangeSetId><ChangeSetName>n</ChangeSetName><StackId>" STACK_ARN                \
            "</StackId><StackName>orders-dev</StackName><Status>" status                       \
            "</Status><ExecutionStatus>" execution "</ExecutionStatus>" more                   \
            "</DescribeChangeSetResult></DescribeChangeSetResponse>",                          \
        {                                                                                      \
            0                                                                                  \
        }                                                                                      \
    }
#define DONE(action)                                                            \
    {                                                                           \
        200, 0, "<" action "Response><" action "Result/></" action "Response>", \
        {                                                                       \
            0                                                                   \
        }                                                                       \
    }
#define TEMPLATE_IS(text)                                                 \
    {                                                                     \
        200, 0,                                                           \
            "<GetTemplateResponse><GetTemplateResult><TemplateBody>" text \
            "</TemplateBody></GetTemplateResult></GetTemplateResponse>",  \
        {                                                                 \
            0                                                             \
        }                                                                 \
    }
#define EVENTS(reason)                                                                            \
    {                                                                                             \
        200, 0,                                                                                   \
            "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents><member><"      \
            "EventId>1"                                                                           \
            "</EventId><LogicalResourceId>Queue</LogicalResourceId><ResourceType>AWS::SQS::Queue" \
            "</ResourceType><ResourceStatus>UPDATE_FAILED</"                                      \
            "ResourceStatus><ResourceStatusReason>" reason                                        \
            "</ResourceStatusReason><Timestamp>2026-01-01T00:00:00Z</Timestamp></member></"       \
            "StackEvents>"                                                                        \
            "</DescribeStackEventsResult></DescribeStackEventsResponse>",                         \
        {                                                                                         \
            0                                                                                     \
        }                                                                                         \
    }
#define OUR_TAG "<Tags><member><Key>driftless:service</Key><Value>orders</Value></member></Tags>"

/* A stack's steps over a script. */
typedef struct {
    ScriptedAws aws;
    Desired *desired;
    Record *record;
    StepResult result;
    unsigned saves;
    guint requests_at_save; /* how many calls had been made when the record was last saved */
    ApplyPhase saved_phase;
    const char *approved;
} Bench;

static bool save(const Record *record, void *data, GError **error)
{
    Bench *bench = data;

    (void)error;
    bench->saves++;
    bench->requests_at_save = bench->aws.transport.requests->len;
    bench->saved_phase = record->phase;
    return true;
}

static void bench_init(Bench *bench, const ScriptedAnswer *answers, size_t count)
{
    json_t *template =
        json_loads("{\"Parameters\":{\"Size\":{\"Type\":\"String\",\"Default\":\"1\"}},"
                   "\"Resources\":{\"Queue\":{\"Type\":\"AWS::SQS::Queue\"}}}",
                   0, NULL);
    json_t *settings = json_pack("{s:s}", "StackName", "orders-dev");

    *bench = (Bench){0};
    scripted_aws_init(&bench->aws, answers, count, ENDPOINT);
    bench->desired = desired_new(template, settings, NULL, "orders", NULL, NULL);
    bench->record = record_new("orders-dev");
    cr_assert(bench->desired);
    json_decref(template);
    json_decref(settings);
}

static void bench_clear(Bench *bench)
{
    scripted_aws_clear(&bench->aws);
    desired_free(bench->desired);
    record_free(bench->record);
    step_result_clear(&bench->result);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Bench, bench_clear)

static bool try_step(Bench *bench, Intent intent, GError **error)
{
    ApplyContext context = {.client = bench->aws.client,
                            .approve = APPROVE_REPLACEMENTS,
                            .approved_digest = bench->approved,
                            .owner = "orders",
                            .now_ms = bench->aws.now_ms,
                            .save = save,
                            .data = bench};

    return apply_step(&context, bench->desired, bench->record, intent, &bench->result, error);
}

static StepOutcome step(Bench *bench, Intent intent)
{
    g_autoptr(GError) error = NULL;

    cr_assert(try_step(bench, intent, &error), "%s", error ? error->message : "");
    return bench->result.outcome;
}

/* As after a change set was made: `digest` NULL takes the desired one. */
static void in_phase(Bench *bench, ApplyPhase phase)
{
    Record *record = bench->record;

    record->phase = phase;
    record->attempt = 3;
    record->stack_id = g_strdup(STACK_ARN);
    record->change_set_name = desired_change_set_name(bench->desired, 3);
    record->change_set_id = g_strdup(CHANGE_SET_ARN);
    record->change_set_digest = g_strdup(bench->desired->digest);
}

static void expect_sent(const Bench *bench, guint i, const char *part)
{
    const ScriptedRequest *request = scripted_request(&bench->aws.transport, i);

    cr_expect(strstr(request->body, part), "call %u lacks %s: %s", i, part, request->body);
}

Test(apply, a_stack_that_does_not_exist_is_created_by_a_change_set)
{
    const ScriptedAnswer answers[] = {
        ABSENT,
        MADE,
        STACK("REVIEW_IN_PROGRESS", "", ""),
        CHANGE_SET("CREATE_COMPLETE", "AVAILABLE", ""),
        DONE("ExecuteChangeSet"),
        STACK("CREATE_IN_PROGRESS", "", OUR_TAG),
        STACK("CREATE_COMPLETE", "", OUR_TAG),
        CHANGE_SET("CREATE_COMPLETE", "EXECUTE_COMPLETE", ""),
        STACK("CREATE_COMPLETE", "", OUR_TAG),
    };
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&bench, 1, "Action=CreateChangeSet");
    expect_sent(&bench, 1, "ChangeSetType=CREATE");
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&bench, 4, "RetainExceptOnCreate=true");
    expect_sent(&bench, 4, "ClientRequestToken=driftless-");
    cr_expect_eq(bench.saved_phase, PHASE_EXECUTING);
    cr_expect_eq(bench.requests_at_save, 4,
                 "the record is saved before the execution is asked for");
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_eq(bench.result.status, STACK_CREATE_IN_PROGRESS);
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_DONE);
    cr_expect(bench.result.changed);
    cr_expect_str_eq(bench.record->deployed_digest, bench.desired->digest);
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_DONE);
    cr_expect_not(bench.result.changed, "the second time one call is enough");
    cr_expect_eq(bench.aws.slept_ms, 0);
}

Test(apply, the_name_is_saved_before_the_change_set_is_made)
{
    const ScriptedAnswer answers[] = {ABSENT,
                                      {0, HTTP_ERROR_NOT_SENT, NULL, {0}},
                                      {0, HTTP_ERROR_NOT_SENT, NULL, {0}},
                                      {0, HTTP_ERROR_NOT_SENT, NULL, {0}},
                                      {0, HTTP_ERROR_NOT_SENT, NULL, {0}}};
    g_auto(Bench) bench;
    g_autoptr(GError) error = NULL;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_not(try_step(&bench, INTENT_DEPLOY, &error),
                  "a network that is away says nothing about the request");
    cr_expect_eq(bench.saved_phase, PHASE_CHANGE_SET);
    cr_expect_eq(bench.requests_at_save, 1);
    cr_expect_null(bench.record->failed_digest);
}

Test(apply, a_lost_create_is_repeated_under_the_same_name)
{
    const ScriptedAnswer answers[] = {ABSENT, ABSENT, MADE};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));
    in_phase(&bench, PHASE_CHANGE_SET);
    g_clear_pointer(&bench.record->change_set_id, g_free);

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_eq(bench.record->attempt, 3);
    expect_sent(&bench, 2, "-3");
}

Test(apply, a_name_that_exists_is_described_not_feared)
{
    const ScriptedAnswer answers[] = {
        STACK("UPDATE_COMPLETE", "t", OUR_TAG),
        REFUSED("AlreadyExistsException", "ChangeSet x already exists"),
        STACK("UPDATE_COMPLETE", "t", OUR_TAG),
        CHANGE_SET("CREATE_IN_PROGRESS", "UNAVAILABLE", "")};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&bench, 3, "Action=DescribeChangeSet");
}

Test(apply, a_change_set_of_a_lost_record_decides_nothing)
{
    const ScriptedAnswer executed[] = {STACK("UPDATE_COMPLETE", "t", OUR_TAG),
                                       CHANGE_SET("CREATE_COMPLETE", "EXECUTE_COMPLETE", ""), MADE};
    const ScriptedAnswer empty[] = {
        STACK("UPDATE_COMPLETE", "t", OUR_TAG),
        CHANGE_SET("FAILED", "UNAVAILABLE",
                   "<StatusReason>No updates are to be performed.</StatusReason>"),
        MADE};
    const ScriptedAnswer *const scripts[] = {executed, empty};

    for (size_t i = 0; i < G_N_ELEMENTS(scripts); i++) {
        g_auto(Bench) bench;
        bench_init(&bench, scripts[i], 3);
        in_phase(&bench, PHASE_CHANGE_SET);
        g_clear_pointer(&bench.record->change_set_id, g_free);

        cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
        expect_sent(&bench, 2, "Action=CreateChangeSet");
        cr_expect_eq(bench.record->attempt, 4);
    }
}

Test(apply, an_empty_change_set_is_cleared_away_and_nothing_changed)
{
    static const char *const reasons[] = {
        "<StatusReason>The submitted information didn&apos;t contain changes. Submit different "
        "information to create a "
        "change set.</StatusReason>",
        "<StatusReason>No updates are to be performed.</StatusReason>"};

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++) {
        const ScriptedAnswer parts[] = {STACK("UPDATE_COMPLETE", "t", OUR_TAG),
                                        CHANGE_SET("FAILED", "UNAVAILABLE", "%s"),
                                        DONE("DeleteChangeSet")};
        g_autofree char *body = g_strdup_printf(parts[1].body, reasons[i]);
        const ScriptedAnswer answers[] = {parts[0], {200, 0, body, {0}}, parts[2]};
        g_auto(Bench) bench;
        bench_init(&bench, answers, G_N_ELEMENTS(answers));
        in_phase(&bench, PHASE_CHANGE_SET);

        cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_DONE, "%s", bench.result.what);
        cr_expect_not(bench.result.changed);
        expect_sent(&bench, 2, "Action=DeleteChangeSet");
        cr_expect_str_eq(bench.record->deployed_digest, bench.desired->digest);
    }
}

Test(apply, a_parameter_that_the_service_does_not_set_keeps_its_value)
{
    const ScriptedAnswer answers[] = {
        STACK("UPDATE_COMPLETE", "t",
              OUR_TAG "<Parameters><member><ParameterKey>Size</ParameterKey><ParameterValue>7"
                      "</ParameterValue></member></Parameters>"),
        MADE};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&bench, 1, "ParameterKey=Size");
    expect_sent(&bench, 1, "UsePreviousValue=true");
}

Test(apply, an_execution_that_never_arrived_is_asked_for_again)
{
    const ScriptedAnswer answers[] = {
        STACK("UPDATE_COMPLETE", "t", OUR_TAG), CHANGE_SET("CREATE_COMPLETE", "AVAILABLE", ""),
        STACK("UPDATE_COMPLETE", "t", OUR_TAG), CHANGE_SET("CREATE_COMPLETE", "AVAILABLE", ""),
        TEMPLATE_IS("{\"Resources\":{}}"),      DONE("ExecuteChangeSet")};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));
    in_phase(&bench, PHASE_EXECUTING);

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_eq(bench.result.again_ms, 0);
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&bench, 5, "Action=ExecuteChangeSet");
    cr_expect_eq(bench.record->attempt, 3, "under the same name, so that two executions are one");
    cr_assert(bench.result.plan);
    cr_expect_eq(plan_resource(bench.result.plan, "Queue")->action, CHANGE_ADD);
}

Test(apply, a_failed_update_tells_its_first_cause_and_waits)
{
    const ScriptedAnswer answers[] = {STACK("UPDATE_ROLLBACK_COMPLETE", "t2", OUR_TAG),
                                      CHANGE_SET("CREATE_COMPLETE", "EXECUTE_FAILED", ""),
                                      EVENTS("Invalid DelaySeconds"),
                                      STACK("UPDATE_ROLLBACK_COMPLETE", "t2", OUR_TAG)};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));
    in_phase(&bench, PHASE_EXECUTING);
    bench.record->deployed_digest = g_strdup("before");

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_FAILED);
    cr_expect_str_eq(bench.result.what, "Queue (AWS::SQS::Queue): Invalid DelaySeconds");
    cr_expect_str_eq(bench.result.failed_resource, "Queue");
    cr_expect_str_eq(bench.record->deployed_digest, "before",
                     "what was before is what is deployed");
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_FAILED);
    cr_expect_str_eq(bench.result.failed_resource, "Queue", "and it is still known why");
}

Test(apply, what_fails_in_passing_is_tried_again_but_not_for_ever)
{
    const ScriptedAnswer once[] = {STACK("UPDATE_ROLLBACK_COMPLETE", "t2", OUR_TAG),
                                   CHANGE_SET("CREATE_COMPLETE", "EXECUTE_FAILED", ""),
                                   EVENTS("Rate exceeded")};
    g_auto(Bench) first, last;
    bench_init(&first, once, G_N_ELEMENTS(once));
    in_phase(&first, PHASE_EXECUTING);
    bench_init(&last, once, G_N_ELEMENTS(once));
    in_phase(&last, PHASE_EXECUTING);
    last.record->retries = RETRIES_MAX;

    cr_assert_eq(step(&first, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_eq(first.result.again_ms, 5000);
    cr_expect_null(first.record->failed_digest);
    cr_assert_eq(step(&last, INTENT_DEPLOY), STEP_FAILED);
}

Test(apply, a_queues_name_is_waited_for)
{
    const ScriptedAnswer answers[] = {STACK("UPDATE_ROLLBACK_COMPLETE", "t2", OUR_TAG),
                                      CHANGE_SET("CREATE_COMPLETE", "EXECUTE_FAILED", ""),
                                      EVENTS("You must wait 60 seconds after deleting a queue "
                                             "before you can create another with the same name.")};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));
    in_phase(&bench, PHASE_EXECUTING);

    cr_assert_eq(step(&bench, INTENT_CORRECT), STEP_AGAIN);
    cr_expect_eq(bench.result.again_ms, 60000);
}

Test(apply, a_stuck_rollback_is_continued)
{
    const ScriptedAnswer answers[] = {STACK("UPDATE_ROLLBACK_FAILED", "t2", OUR_TAG),
                                      DONE("ContinueUpdateRollback"),
                                      STACK("UPDATE_ROLLBACK_FAILED", "t2", OUR_TAG)};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&bench, 1, "Action=ContinueUpdateRollback");
    cr_expect_eq(bench.saved_phase, PHASE_CONTINUING);
    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_geq(bench.result.again_ms, 1000, "not again at once");
}

Test(apply, what_a_failed_creation_left_is_deleted_unless_it_holds_data)
{
#define RESOURCES(type, status)                                                                  \
    {                                                                                            \
        200, 0,                                                                                  \
            "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries><"    \
            "member>"                                                                            \
            "<LogicalResourceId>R</LogicalResourceId><PhysicalResourceId>p</PhysicalResourceId>" \
            "<ResourceType>" type "</ResourceType><ResourceStatus>" status                       \
            "</ResourceStatus></member>"                                                         \
            "</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>", \
        {                                                                                        \
            0                                                                                    \
        }                                                                                        \
    }
    const ScriptedAnswer empty[] = {STACK("ROLLBACK_COMPLETE", "", OUR_TAG),
                                    RESOURCES("AWS::DynamoDB::Table", "DELETE_COMPLETE"),
                                    DONE("DeleteStack")};
    const ScriptedAnswer full[] = {STACK("CREATE_FAILED", "", OUR_TAG),
                                   RESOURCES("AWS::DynamoDB::Table", "CREATE_COMPLETE")};
    g_auto(Bench) first, second;
    bench_init(&first, empty, G_N_ELEMENTS(empty));
    bench_init(&second, full, G_N_ELEMENTS(full));

    cr_assert_eq(step(&first, INTENT_DEPLOY), STEP_AGAIN);
    expect_sent(&first, 2, "Action=DeleteStack");
    cr_assert_eq(step(&second, INTENT_DEPLOY), STEP_HELD);
    cr_expect(strstr(second.result.what, "hold data"));
}

Test(apply, a_foreign_stack_is_not_touched)
{
    const ScriptedAnswer answers[] = {STACK("UPDATE_COMPLETE", "t", "")};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_HELD);
    cr_expect(strstr(bench.result.what, "driftless adopt"));
    cr_expect_eq(bench.saves, 0);
}

Test(apply, what_aws_refuses_about_the_request_fails_it)
{
    const ScriptedAnswer answers[] = {
        STACK("UPDATE_COMPLETE", "t", OUR_TAG),
        REFUSED("ValidationError", "Template error: unresolved Ref X")};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_FAILED);
    cr_expect(strstr(bench.result.what, "Template error: unresolved Ref X"), "%s",
              bench.result.what);
    cr_expect_str_eq(bench.record->failed_digest, bench.desired->digest);
}

Test(apply, an_operation_of_somebody_else_is_waited_for)
{
    const ScriptedAnswer answers[] = {
        STACK("UPDATE_COMPLETE", "t", OUR_TAG),
        REFUSED("ValidationError",
                "Stack:arn is in UPDATE_IN_PROGRESS state and can not be updated.")};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_null(bench.record->failed_digest);
}

Test(apply, a_missing_permission_fails_no_revision)
{
    const ScriptedAnswer answers[] = {STACK("UPDATE_COMPLETE", "t", OUR_TAG),
                                      REFUSED("AccessDenied", "not authorized")};
    g_auto(Bench) bench;
    g_autoptr(GError) error = NULL;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_not(try_step(&bench, INTENT_DEPLOY, &error));
    cr_expect(strstr(error->message, "AccessDenied"));
    cr_expect_null(bench.record->failed_digest);
}

Test(apply, a_status_of_a_later_aws_is_waited_out)
{
    const ScriptedAnswer answers[] = {STACK("TELEPORT_IN_PROGRESS", "t", OUR_TAG)};
    g_auto(Bench) bench;
    bench_init(&bench, answers, G_N_ELEMENTS(answers));

    cr_assert_eq(step(&bench, INTENT_DEPLOY), STEP_AGAIN);
    cr_expect_eq(bench.result.again_ms, 60000);
    cr_expect(g_str_has_prefix(bench.result.what, "TELEPORT_IN_PROGRESS: "));
}

Test(apply, settled_is_what_needs_no_call)
{
    g_auto(Bench) bench;
    bench_init(&bench, NULL, 0);
    CloudFormationStack stack = {.id = (char *)STACK_ARN,
                                 .status = (char *)"UPDATE_COMPLETE",
                                 .last_updated_time = (char *)"t"};

    cr_expect_not(apply_is_settled(bench.record, bench.desired, &stack));
    bench.record->stack_id = g_strdup(STACK_ARN);
    bench.record->deployed_digest = g_strdup(bench.desired->digest);
    bench.record->last_updated_time = g_strdup("t");
    cr_expect(apply_is_settled(bench.record, bench.desired, &stack));
    cr_expect_not(apply_is_settled(bench.record, bench.desired, NULL), "it is gone");
    stack.last_updated_time = (char *)"u";
    cr_expect_not(apply_is_settled(bench.record, bench.desired, &stack), "somebody updated it");
}
