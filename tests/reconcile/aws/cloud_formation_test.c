#include "reconcile/aws/cloud_formation.h"
#include "scripted_transport.h"

#define ANSWER(action, result) \
    "<" action "Response><" action "Result>" result "</" action "Result></" action "Response>"
#define QUERY_ERROR(code, message)                                                    \
    "<ErrorResponse><Error><Type>Sender</Type><Code>" code "</Code><Message>" message \
    "</Message></Error>"                                                              \
    "<RequestId>7f3e</RequestId></ErrorResponse>"

static void script(ScriptedAws *aws, const ScriptedAnswer *answers, size_t count)
{
    scripted_aws_init(aws, answers, count, NULL);
}

static const char *text(json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

Test(cloud_formation, a_stack_is_read_with_all_that_it_says)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = ANSWER(
             "DescribeStacks",
             "<Stacks><member><StackId>arn:s</StackId><StackName>s</StackName>"
             "<CreationTime>2015-08-30T12:36:00.123Z</CreationTime><StackStatus>UPDATE_COMPLETE</"
             "StackStatus>"
             "<StackStatusReason/><RoleARN>arn:r</RoleARN><ParentId>arn:p</ParentId><RootId>arn:q</"
             "RootId>"
             "<Parameters><member><ParameterKey>Key</ParameterKey><ParameterValue>/ssm</"
             "ParameterValue>"
             "<ResolvedValue>v</ResolvedValue></member></Parameters>"
             "<Outputs><member><OutputKey>Url</OutputKey><OutputValue>https://x</OutputValue>"
             "<ExportName>s-url</ExportName></member><member><OutputKey>E</OutputKey><OutputValue/"
             "></member></Outputs>"
             "<Tags><member><Key>a</Key><Value>b</Value></member></Tags>"
             "<Capabilities><member>CAPABILITY_IAM</member></Capabilities><NotificationARNs/>"
             "<EnableTerminationProtection>true</EnableTerminationProtection>"
             "<DriftInformation><StackDriftStatus>DRIFTED</StackDriftStatus>"
             "<LastCheckTimestamp>2015-08-30T12:36:00Z</LastCheckTimestamp></DriftInformation>"
             "</member></Stacks>")}};
    g_auto(ScriptedAws) aws;
    g_autoptr(CloudFormationStack) stack = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_describe_stack(aws.client, "s", &stack, NULL));
    cr_expect_str_eq(stack->id, "arn:s");
    cr_expect_str_eq(stack->status, "UPDATE_COMPLETE");
    cr_expect_null(stack->status_reason);
    cr_expect_str_eq(stack->root_id, "arn:q");
    cr_expect_eq(stack->creation_time_ms, INT64_C(1440938160123));
    cr_expect_eq(stack->last_updated_time_ms, 0);
    cr_expect_null(stack->last_updated_time);
    cr_expect_str_eq(text(json_object_get(stack->parameters, "Key"), "resolved"), "v");
    cr_expect_str_eq(text(stack->outputs, "Url"), "https://x");
    cr_expect_str_eq(text(stack->outputs, "E"), "");
    cr_expect_str_eq(text(stack->exports, "s-url"), "Url");
    cr_expect_eq(json_object_size(stack->exports), 1);
    cr_expect_str_eq(text(stack->tags, "a"), "b");
    cr_expect_eq(json_array_size(stack->capabilities), 1);
    cr_expect_eq(json_array_size(stack->notification_arns), 0);
    cr_expect(stack->termination_protection);
    cr_expect_str_eq(stack->drift_status, "DRIFTED");
    cr_expect_eq(stack->drift_check_time_ms, INT64_C(1440938160000));
}

Test(cloud_formation, a_stack_that_does_not_exist_is_no_error_but_other_validation_is)
{
    const ScriptedAnswer answers[] = {
        {.status = 400, .body = QUERY_ERROR("ValidationError", "Stack with id s does not exist")},
        {.status = 400, .body = QUERY_ERROR("ValidationError", "1 validation error detected")},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    CloudFormationStack *stack = (CloudFormationStack *)1;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_describe_stack(aws.client, "s", &stack, &error));
    cr_expect_null(stack);
    cr_assert_not(cloud_formation_describe_stack(aws.client, "s", &stack, &error));
    cr_expect_str_eq(
        error->message,
        "describe stack s: ValidationError: 1 validation error detected (request 7f3e)");
}

Test(cloud_formation, a_page_of_all_stacks_gives_the_token_of_the_next)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = ANSWER("DescribeStacks",
                        "<Stacks><member><StackName>a</StackName></member><member><StackName>b"
                        "</StackName></member></Stacks><NextToken>t/1</NextToken>")},
        {.status = 200, .body = ANSWER("DescribeStacks", "<Stacks/>")},
    };
    g_auto(ScriptedAws) aws;
    g_autofree char *token = NULL;
    g_autoptr(GPtrArray) first = NULL, second = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_describe_stacks(aws.client, &token, &first, NULL));
    cr_expect_eq(first->len, 2);
    cr_expect_str_eq(token, "t/1");
    cr_assert(cloud_formation_describe_stacks(aws.client, &token, &second, NULL));
    cr_expect_eq(second->len, 0);
    cr_expect_null(token);
    cr_expect_str_eq(scripted_request(&aws.transport, 1)->body,
                     "Action=DescribeStacks&Version=2010-05-15&NextToken=t%2F1");
}

Test(cloud_formation, a_change_set_asks_for_everything_by_the_api_names)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = ANSWER("CreateChangeSet", "<Id>arn:c</Id><StackId>arn:s</StackId>")}};
    g_auto(ScriptedAws) aws;
    g_autofree char *id = NULL;
    json_t *parameters = json_pack("{s:s, s:{s:b}}", "P", "v", "Q", "UsePreviousValue", 1);
    json_t *tags = json_pack("{s:s}", "t", "u"), *capabilities = json_pack("[s]", "CAPABILITY_IAM");
    json_t *rollback = json_pack("{s:[{s:s, s:s}], s:i}", "RollbackTriggers", "Arn", "a", "Type",
                                 "T", "MonitoringTimeInMinutes", 3);
    json_t *imports = json_pack("[{s:s, s:s, s:{s:s}}]", "ResourceType", "R", "LogicalResourceId",
                                "L", "ResourceIdentifier", "Name", "n");
    const CloudFormationChangeSetRequest request = {.stack_name = "s",
                                                    .name = "c",
                                                    .type = "IMPORT",
                                                    .template_body = "{}",
                                                    .parameters = parameters,
                                                    .tags = tags,
                                                    .capabilities = capabilities,
                                                    .resources_to_import = imports,
                                                    .rollback_configuration = rollback,
                                                    .role_arn = "arn:r",
                                                    .client_token = "k",
                                                    .deployment_mode = "REVERT_DRIFT",
                                                    .on_stack_failure = "ROLLBACK",
                                                    .include_nested_stacks = true,
                                                    .import_existing_resources = true};

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_create_change_set(aws.client, &request, &id, NULL, NULL));
    cr_expect_str_eq(id, "arn:c");
    cr_expect_str_eq(
        scripted_request(&aws.transport, 0)->body,
        "Action=CreateChangeSet&Version=2010-05-15&StackName=s&ChangeSetName=c&ChangeSetType="
        "IMPORT&TemplateBody=%7B%7D"
        "&Parameters.member.1.ParameterKey=P&Parameters.member.1.ParameterValue=v&Parameters."
        "member.2.ParameterKey=Q"
        "&Parameters.member.2.UsePreviousValue=true&Tags.member.1.Key=t&Tags.member.1.Value=u"
        "&Capabilities.member.1=CAPABILITY_IAM&ResourcesToImport.member.1.ResourceType=R"
        "&ResourcesToImport.member.1.LogicalResourceId=L&ResourcesToImport.member.1."
        "ResourceIdentifier.entry.1.key=Name"
        "&ResourcesToImport.member.1.ResourceIdentifier.entry.1.value=n"
        "&RollbackConfiguration.RollbackTriggers.member.1.Arn=a&RollbackConfiguration."
        "RollbackTriggers.member.1.Type=T"
        "&RollbackConfiguration.MonitoringTimeInMinutes=3&RoleARN=arn%3Ar&ClientToken=k&"
        "DeploymentMode=REVERT_DRIFT"
        "&OnStackFailure=ROLLBACK&ImportExistingResources=true&IncludeNestedStacks=true");
    json_decref(parameters);
    json_decref(tags);
    json_decref(capabilities);
    json_decref(rollback);
    json_decref(imports);
}

#define CHANGE(id)                                                                                \
    "<member><Type>Resource</Type><ResourceChange><Action>Modify</Action><LogicalResourceId>" id  \
    "</LogicalResourceId><Scope><member>Properties</member></Scope><Details/></ResourceChange></" \
    "member>"

Test(cloud_formation, a_change_set_is_read_with_all_its_pages)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = ANSWER("DescribeChangeSet",
                        "<ChangeSetName>c</ChangeSetName><Status>CREATE_COMPLETE</Status>"
                        "<ExecutionStatus>AVAILABLE</ExecutionStatus><Changes>" CHANGE(
                            "A") "</Changes><NextToken>2</NextToken>")},
        {.status = 200, .body = ANSWER("DescribeChangeSet", "<Changes>" CHANGE("B") "</Changes>")},
    };
    g_auto(ScriptedAws) aws;
    g_autoptr(CloudFormationChangeSet) set = NULL;
    json_t *change;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_describe_change_set(aws.client, "s", "c", &set, NULL));
    cr_expect_str_eq(set->execution_status, "AVAILABLE");
    cr_expect_null(set->deployment_mode);
    cr_assert_eq(json_array_size(set->changes), 2);
    change = json_object_get(json_array_get(set->changes, 1), "ResourceChange");
    cr_expect_str_eq(text(change, "LogicalResourceId"), "B");
    cr_expect_eq(json_array_size(json_object_get(change, "Scope")), 1);
    cr_expect(json_is_array(json_object_get(change, "Details")));
    cr_expect(strstr(scripted_request(&aws.transport, 0)->body, "&IncludePropertyValues=true"));
}

Test(cloud_formation, pages_without_end_are_given_up)
{
    g_autofree ScriptedAnswer *answers = g_new0(ScriptedAnswer, 1001);
    g_auto(ScriptedAws) aws;
    g_autoptr(GError) error = NULL;
    GPtrArray *resources = NULL;

    for (int i = 0; i < 1001; i++)
        answers[i] =
            (ScriptedAnswer){.status = 200,
                             .body = ANSWER("ListStackResources",
                                            "<StackResourceSummaries/><NextToken>x</NextToken>")};
    script(&aws, answers, 1001);
    cr_assert_not(cloud_formation_list_stack_resources(aws.client, "s", &resources, &error));
    cr_expect_str_eq(
        error->message,
        "list the resources of stack s: UnreadableAnswer: the list has more than 1000 pages");
    cr_expect_null(resources);
}

Test(cloud_formation, a_change_set_that_is_not_there_is_absent_and_deleted)
{
    const ScriptedAnswer absent = {
        .status = 404, .body = QUERY_ERROR("ChangeSetNotFound", "ChangeSet [c] does not exist")};
    const ScriptedAnswer answers[] = {absent, absent};
    g_auto(ScriptedAws) aws;
    CloudFormationChangeSet *set = (CloudFormationChangeSet *)1;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_describe_change_set(aws.client, "s", "c", &set, NULL));
    cr_expect_null(set);
    cr_assert(cloud_formation_delete_change_set(aws.client, "s", "c", NULL));
}

#define EVENT(id, time)                                    \
    "<member><EventId>" id "</EventId><Timestamp>" time    \
    "</Timestamp><LogicalResourceId>L</LogicalResourceId>" \
    "<ResourceProperties>{\"A\":1}</ResourceProperties></member>"

Test(cloud_formation, events_are_read_until_the_one_that_is_known)
{
    const ScriptedAnswer page = {
        .status = 200,
        .body = ANSWER("DescribeStackEvents",
                       "<StackEvents>" EVENT("3", "2015-08-30T12:36:03Z")
                           EVENT("2", "2015-08-30T12:36:02Z")
                               EVENT("1", "2015-08-30T12:36:01Z") "</StackEvents>"
                                                                  "<NextToken>n</NextToken>")};
    const ScriptedAnswer answers[] = {page, page, page, page};
    g_auto(ScriptedAws) aws;
    g_autoptr(GPtrArray) until = NULL, since = NULL, pages = NULL;
    const CloudFormationEvent *event;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_describe_stack_events(aws.client, "s", "1", 0, 0, &until, NULL));
    cr_expect_eq(until->len, 2);
    event = until->pdata[0];
    cr_expect_str_eq(event->event_id, "3");
    cr_expect_eq(json_integer_value(json_object_get(event->properties, "A")), 1);
    cr_assert(cloud_formation_describe_stack_events(aws.client, "s", NULL, INT64_C(1440938163000),
                                                    0, &since, NULL));
    cr_expect_eq(since->len, 1);
    cr_assert(cloud_formation_describe_stack_events(aws.client, "s", NULL, 0, 2, &pages, NULL));
    cr_expect_eq(pages->len, 6);
}

Test(cloud_formation, drift_is_read_property_by_property)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = ANSWER("DetectStackDrift", "<StackDriftDetectionId>d</StackDriftDetectionId>")},
        {.status = 200,
         .body = ANSWER("DescribeStackDriftDetectionStatus",
                        "<StackId>arn:s</StackId><StackDriftDetectionId>d</StackDriftDetectionId>"
                        "<StackDriftStatus>DRIFTED</"
                        "StackDriftStatus><DetectionStatus>DETECTION_COMPLETE</DetectionStatus>"
                        "<DriftedStackResourceCount>2</"
                        "DriftedStackResourceCount><Timestamp>2015-08-30T12:36:00Z</Timestamp>")},
        {.status = 200,
         .body = ANSWER("DescribeStackResourceDrifts",
                        "<StackResourceDrifts><member><LogicalResourceId>F</"
                        "LogicalResourceId><ResourceType>T</ResourceType>"
                        "<StackResourceDriftStatus>MODIFIED</StackResourceDriftStatus>"
                        "<ExpectedProperties>{\"Timeout\":6}</"
                        "ExpectedProperties><ActualProperties>not json</ActualProperties>"
                        "<PropertyDifferences><member><PropertyPath>/Timeout</"
                        "PropertyPath><ExpectedValue>6</ExpectedValue>"
                        "<ActualValue>30</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></"
                        "member></PropertyDifferences>"
                        "<PhysicalResourceIdContext><member><Key>Api</Key><Value>x</Value></"
                        "member></PhysicalResourceIdContext>"
                        "</member><member><LogicalResourceId>G</"
                        "LogicalResourceId><StackResourceDriftStatus>UNKNOWN"
                        "</StackResourceDriftStatus><DriftStatusReason>Rate "
                        "exceeded</DriftStatusReason></member>"
                        "</StackResourceDrifts>")},
    };
    g_auto(ScriptedAws) aws;
    g_autofree char *id = NULL;
    g_autoptr(CloudFormationDriftDetection) detection = NULL;
    g_autoptr(GPtrArray) drifts = NULL;
    const char *statuses[] = {"MODIFIED", "UNKNOWN", NULL};
    const CloudFormationResourceDrift *drift;
    const CloudFormationDifference *difference;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_detect_stack_drift(aws.client, "s", &id, NULL));
    cr_assert(cloud_formation_describe_drift_detection(aws.client, id, &detection, NULL));
    cr_expect_eq(detection->drifted_count, 2);
    cr_expect_str_eq(detection->drift_status, "DRIFTED");
    cr_assert(cloud_formation_describe_resource_drifts(aws.client, "s", statuses, &drifts, NULL));
    cr_expect(strstr(scripted_request(&aws.transport, 2)->body,
                     "&StackResourceDriftStatusFilters.member.2=UNKNOWN"));
    drift = drifts->pdata[0];
    cr_expect_eq(json_integer_value(json_object_get(drift->expected_properties, "Timeout")), 6);
    cr_expect_null(drift->actual_properties);
    cr_expect_str_eq(text(drift->physical_id_context, "Api"), "x");
    difference = drift->differences->pdata[0];
    cr_expect_str_eq(difference->path, "/Timeout");
    cr_expect_str_eq(difference->actual, "30");
    drift = drifts->pdata[1];
    cr_expect_str_eq(drift->status_reason, "Rate exceeded");
    cr_expect_eq(drift->differences->len, 0);
}

Test(cloud_formation, calls_that_act_carry_their_tokens)
{
    const ScriptedAnswer done = {.status = 200, .body = "<R/>"};
    const ScriptedAnswer answers[] = {done, done, done, done, done, done};
    g_auto(ScriptedAws) aws;
    json_t *ids = json_pack("[s]", "Q"), *policy = json_pack("{s:[]}", "Statement");
    const CloudFormationExecution execution = {
        .stack = "s", .change_set = "c", .client_token = "k", .retain_except_on_create = true};
    const char *bodies[] = {
        "Action=ExecuteChangeSet&Version=2010-05-15&ChangeSetName=c&StackName=s&ClientRequestToken="
        "k&RetainExceptOnCreate=true",
        "Action=DeleteStack&Version=2010-05-15&StackName=s&ClientRequestToken=k&RoleARN=r&"
        "RetainResources.member.1=Q",
        "Action=ContinueUpdateRollback&Version=2010-05-15&StackName=s&ClientRequestToken=k&"
        "ResourcesToSkip.member.1=Q",
        "Action=RollbackStack&Version=2010-05-15&StackName=s&ClientRequestToken=k&"
        "RetainExceptOnCreate=true",
        "Action=UpdateTerminationProtection&Version=2010-05-15&StackName=s&"
        "EnableTerminationProtection=false",
        "Action=SetStackPolicy&Version=2010-05-15&StackName=s&StackPolicyBody=%7B%22Statement%22%"
        "3A%5B%5D%7D",
    };

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_execute_change_set(aws.client, &execution, NULL));
    cr_assert(cloud_formation_delete_stack(aws.client, "s", "k", "r", ids, NULL));
    cr_assert(cloud_formation_continue_update_rollback(aws.client, "s", ids, NULL, "k", NULL));
    cr_assert(cloud_formation_rollback_stack(aws.client, "s", NULL, "k", true, NULL));
    cr_assert(cloud_formation_update_termination_protection(aws.client, "s", false, NULL));
    cr_assert(cloud_formation_set_stack_policy(aws.client, "s", policy, NULL));
    for (guint i = 0; i < G_N_ELEMENTS(bodies); i++)
        cr_expect_str_eq(scripted_request(&aws.transport, i)->body, bodies[i]);
    json_decref(ids);
    json_decref(policy);
}

Test(cloud_formation, a_template_and_a_resource_are_read)
{
    const ScriptedAnswer answers[] = {
        {.status = 200,
         .body = ANSWER("GetTemplate", "<TemplateBody>{&quot;a&quot;: 1}\n</TemplateBody>")},
        {.status = 200,
         .body = ANSWER("DescribeStackResources",
                        "<StackResources><member><LogicalResourceId>L</LogicalResourceId>"
                        "<PhysicalResourceId>p</PhysicalResourceId></member></StackResources>")},
        {.status = 400,
         .body = QUERY_ERROR("ValidationError", "Resource L does not exist for stack s")},
    };
    g_auto(ScriptedAws) aws;
    g_autofree char *body = NULL;
    g_autoptr(CloudFormationResource) resource = NULL, absent = NULL;

    script(&aws, answers, G_N_ELEMENTS(answers));
    cr_assert(cloud_formation_get_template(aws.client, "s", TEMPLATE_STAGE_PROCESSED, &body, NULL));
    cr_expect_str_eq(body, "{\"a\": 1}\n");
    cr_expect(strstr(scripted_request(&aws.transport, 0)->body, "TemplateStage=Processed"));
    cr_assert(cloud_formation_describe_stack_resource(aws.client, "s", "L", &resource, NULL));
    cr_expect_str_eq(resource->physical_id, "p");
    cr_assert(cloud_formation_describe_stack_resource(aws.client, "s", "L", &absent, NULL));
    cr_expect_null(absent);
}

/* Any prefix of an answer is an error or an answer, never a crash: the corpus of a fuzzer that
 * needs none. */
Test(cloud_formation, an_answer_cut_anywhere_is_survived)
{
    static const char whole[] = ANSWER(
        "DescribeChangeSet", "<ChangeSetName>c</ChangeSetName><Changes>" CHANGE("A") "</Changes>");

    for (size_t length = 0; length < sizeof whole - 1; length++) {
        g_autofree char *cut = g_strndup(whole, length);
        const ScriptedAnswer answers[] = {{.status = 200, .body = cut}};
        g_auto(ScriptedAws) aws;
        g_autoptr(GError) error = NULL;
        g_autoptr(CloudFormationChangeSet) set = NULL;

        script(&aws, answers, G_N_ELEMENTS(answers));
        cr_assert_not(cloud_formation_describe_change_set(aws.client, "s", "c", &set, &error));
        cr_expect(
            strstr(error->message, "describe change set c: UnreadableAnswer: the XML is cut off"),
            "%s", error->message);
    }
}
