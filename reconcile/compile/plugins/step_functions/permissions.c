/* What the tasks of a state machine may do, by the resource that each names. */
#include "reconcile/compile/plugins/step_functions/tasks.h"

#include "reconcile/compile/javascript.h"
#include <string.h>

#define MAX_DEPTH 100
#define RULE "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/"

/* What a task asks for; `action` is the row's. */
typedef void (*Strategy)(Tasks *tasks, json_t *state, const char *action);

void task_allow(Tasks *tasks, const char *action, json_t *resource_new)
{
    json_array_append_new(tasks->permissions, json_pack("{s:s,s:o}", "action", action, "resource",
                                                        resource_new ? resource_new : json_null()));
}

json_t *task_sub(const char *text)
{
    return json_sub("%s", text);
}

json_t *task_sub_alone(const char *text)
{
    return json_pack("{s:[s,{}]}", "Fn::Sub", text);
}

json_t *task_sub_one(const char *text, const char *name, json_t *value)
{
    return json_pack("{s:[s,{s:O}]}", "Fn::Sub", text, name, value);
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

bool task_is_dynamic(json_t *state, const char *key)
{
    g_autofree char *path = g_strconcat(key, ".$", NULL);
    const char *argument = text_of(json_object_get(state, "Arguments"), key);

    while (argument && g_ascii_isspace(*argument))
        argument++;
    return js_is_truthy(json_object_get(json_object_get(state, "Parameters"), path)) ||
           (argument && g_str_has_prefix(argument, "{%"));
}

json_t *task_parameter(json_t *state, const char *key)
{
    const char *language = text_of(state, "QueryLanguage");
    json_t *parameters = json_object_get(state, "Parameters"),
           *arguments = json_object_get(state, "Arguments");

    if (g_strcmp0(language, "JSONata") == 0)
        return json_object_get(arguments, key);
    if (g_strcmp0(language, "JSONPath") == 0)
        return json_object_get(parameters, key);
    if (parameters && arguments)
        return NULL;
    return json_object_get(parameters ? parameters : arguments, key);
}

/* Only JSONPath's, where the plugin knows nothing else. */
static json_t *path_parameter(json_t *state, const char *key)
{
    return json_object_get(json_object_get(state, "Parameters"), key);
}

json_t *task_everything(void)
{
    return json_string("*");
}

static void anything(Tasks *tasks, json_t *state, const char *action)
{
    (void)state;
    task_allow(tasks, action, task_everything());
}

static json_t *queue_arn(json_t *url)
{
    const char *text = json_string_value(url), *reference = text_of(url, "Ref");
    g_autoptr(GRegex) shape = g_regex_new("https://sqs.(.*).amazonaws.com/(.*)/(.*)", 0, 0, NULL);
    g_autoptr(GMatchInfo) match = NULL;
    g_autofree char *region = NULL, *account = NULL, *name = NULL, *arn = NULL;

    if (reference)
        return json_get_att(reference, "Arn");
    if (!text)
        return task_everything();
    if (!g_regex_match(shape, text, 0, &match))
        return json_array();
    region = g_match_info_fetch(match, 1);
    account = g_match_info_fetch(match, 2);
    name = g_match_info_fetch(match, 3);
    arn = g_strdup_printf("arn:%s:sqs:%s:%s:%s",
                          g_str_has_prefix(region, "us-gov") ? "aws-us-gov"
                          : g_str_has_prefix(region, "cn-")  ? "aws-cn"
                                                             : "aws",
                          region, account, name);
    return json_string(arn);
}

static void send_message(Tasks *tasks, json_t *state, const char *action)
{
    json_t *url = path_parameter(state, "QueueUrl"), *dynamic = path_parameter(state, "QueueUrl.$");

    if (url || dynamic)
        task_allow(tasks, action, js_is_truthy(dynamic) ? task_everything() : queue_arn(url));
}

static void publish(Tasks *tasks, json_t *state, const char *action)
{
    json_t *topic = path_parameter(state, "TopicArn"),
           *dynamic = path_parameter(state, "TopicArn.$");

    if (topic || dynamic)
        task_allow(tasks, action, js_is_truthy(dynamic) ? task_everything() : json_incref(topic));
}

static json_t *table_arn(json_t *table)
{
    const char *reference = text_of(table, "Ref");
    g_autofree char *name =
        g_strdup_printf("table/%s", json_is_string(table) ? json_string_value(table) : "undefined");

    if (reference)
        return json_get_att(reference, "Arn");
    if (json_object_get(table, "Fn::ImportValue"))
        return json_pack("{s:[s,[s,{s:s},s,{s:s},{s:s},{s:[s,[s,O]]}]]}", "Fn::Join", ":", "arn",
                         "Ref", "AWS::Partition", "dynamodb", "Ref", "AWS::Region", "Ref",
                         "AWS::AccountId", "Fn::Join", "/", "table", table);
    return json_pack("{s:[s,[s,{s:s},s,{s:s},{s:s},s]]}", "Fn::Join", ":", "arn", "Ref",
                     "AWS::Partition", "dynamodb", "Ref", "AWS::Region", "Ref", "AWS::AccountId",
                     name);
}

/* An index of a table that only CloudFormation knows lies below the table's own ARN. */
static json_t *index_arn(json_t *table, const char *index)
{
    json_auto_t *name = NULL;

    if (!json_is_string(table))
        return json_pack("{s:[s,[o,s,s]]}", "Fn::Join", "/", table_arn(table), "index", index);
    name = json_sprintf("%s/index/%s", json_string_value(table), index);
    return table_arn(name);
}

static void use_table(Tasks *tasks, json_t *state, const char *action)
{
    json_t *table = task_parameter(state, "TableName"), *index = task_parameter(state, "IndexName");

    if (task_is_dynamic(state, "TableName"))
        task_allow(tasks, action, task_everything());
    else if (task_is_dynamic(state, "IndexName") || json_is_object(index))
        task_allow(tasks, action, index_arn(table, "*"));
    else if (js_is_truthy(index))
        task_allow(tasks, action, index_arn(table, json_string_value(index)));
    else
        task_allow(tasks, action, table_arn(table));
}

static void use_tables(Tasks *tasks, json_t *state, const char *action)
{
    json_t *items = task_parameter(state, "RequestItems"), *item;
    const char *table;

    if (task_is_dynamic(state, "RequestItems")) {
        task_allow(tasks, action, task_everything());
        return;
    }
    json_object_foreach(items, table, item)
    {
        const size_t length = strlen(table) - (g_str_has_suffix(table, ".$") ? 2 : 0);
        json_t *name = json_stringn(table, length);

        task_allow(tasks, action, table_arn(name));
        json_decref(name);
    }
}

static json_t *rule_arn(const char *rule)
{
    g_autofree char *name = g_strconcat("rule/", rule, NULL);

    return json_pack("{s:[s,[s,{s:s},s,{s:s},{s:s},s]]}", "Fn::Join", ":", "arn", "Ref",
                     "AWS::Partition", "events", "Ref", "AWS::Region", "Ref", "AWS::AccountId",
                     name);
}

#define WATCH_EVENTS "events:PutTargets,events:PutRule,events:DescribeRule"

static void run_container(Tasks *tasks, json_t *state, const char *action)
{
    (void)state;
    task_allow(tasks, action, task_everything());
    task_allow(tasks, WATCH_EVENTS, rule_arn("StepFunctionsGetEventsForECSTaskRule"));
}

static void submit_job(Tasks *tasks, json_t *state, const char *action)
{
    (void)state;
    task_allow(tasks, action, task_everything());
    task_allow(tasks, WATCH_EVENTS, rule_arn("StepFunctionsGetEventsForBatchJobsRule"));
}

/* `arn` with a name behind it; one that only CloudFormation knows is its parameter, where the
 * plugin has "[object Object]". */
static json_t *arn_of_name(const char *arn, json_t *name, const char *absent, const char *end)
{
    const char *text = json_is_string(name) ? json_string_value(name) : absent;
    g_autofree char *whole = g_strconcat(arn, json_is_object(name) ? "${name}" : text, end, NULL);

    return json_is_object(name) ? task_sub_one(whole, "name", name) : task_sub_alone(whole);
}

static void start_build(Tasks *tasks, json_t *state, const char *action)
{
    task_allow(
        tasks, action,
        arn_of_name("arn:${AWS::Partition}:codebuild:${AWS::Region}:${AWS::AccountId}:project/",
                    path_parameter(state, "ProjectName"), "undefined", ""));
    task_allow(tasks, WATCH_EVENTS,
               task_sub_alone(RULE "StepFunctionsGetEventForCodeBuildStartBuildRule"));
}

static void transform(Tasks *tasks, json_t *state, const char *action)
{
    task_allow(
        tasks, action,
        arn_of_name(
            "arn:${AWS::Partition}:sagemaker:${AWS::Region}:${AWS::AccountId}:transform-job/",
            path_parameter(state, "TransformJobName"), "", "*"));
    task_allow(tasks, "sagemaker:ListTags", task_everything());
    task_allow(tasks, WATCH_EVENTS,
               task_sub_alone(RULE "StepFunctionsGetEventsForSageMakerTransformJobsRule"));
}

static json_t *machine_arn(json_t *state)
{
    json_t *arguments = json_object_get(state, "Arguments"),
           *parameters = json_object_get(state, "Parameters"), *arn;

    if (g_strcmp0(text_of(state, "Mode"), "DISTRIBUTED") == 0) {
        g_autofree char *own = g_strdup_printf(
            "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:%s",
            text_of(state, "StateMachineName"));

        return task_sub_alone(own);
    }
    if (arguments)
        return task_is_dynamic(state, "StateMachineArn")
                   ? task_everything()
                   : json_incref(json_object_get(arguments, "StateMachineArn"));
    if (parameters && js_is_truthy(json_object_get(parameters, "StateMachineArn.$")))
        return task_everything();
    arn = json_object_get(parameters ? parameters : state, "StateMachineArn");
    return js_is_truthy(arn) ? json_incref(arn) : parameters ? NULL : task_everything();
}

static char *executions_of(const char *machine)
{
    GString *text = g_string_new(machine);

    g_string_replace(text, ":stateMachine:", ":execution:", 1);
    g_string_append(text, ":*");
    return g_string_free(text, FALSE);
}

static json_t *execution_arn(json_t *machine)
{
    json_t *text = json_object_get(machine, "Fn::Sub");
    const char *written = json_is_string(machine) ? json_string_value(machine)
                          : json_is_string(text)  ? json_string_value(text)
                                                  : json_string_value(json_array_get(text, 0));
    g_autofree char *executions = written ? executions_of(written) : NULL;

    if (!written || strcmp(written, "*") == 0)
        return task_everything();
    if (json_is_string(machine))
        return json_string(executions);
    if (json_is_string(text))
        return task_sub(executions);
    return json_pack("{s:[s,O]}", "Fn::Sub", executions, json_array_get(text, 1));
}

static void start_machine(Tasks *tasks, json_t *state, const char *action)
{
    json_t *machine = machine_arn(state);

    task_allow(tasks, action, json_incref(machine));
    task_allow(tasks, "states:DescribeExecution,states:StopExecution", execution_arn(machine));
    task_allow(tasks, WATCH_EVENTS,
               task_sub_alone(RULE "StepFunctionsGetEventsForStepFunctionsExecutionRule"));
    json_decref(machine);
}

static void put_events(Tasks *tasks, json_t *state, const char *action)
{
    json_t *entry, *resources = json_array(), *fallback = json_string("default");
    size_t i, at;

    json_array_foreach(task_parameter(state, "Entries"), i, entry)
    {
        json_t *bus = json_object_get(entry, "EventBusName"), *known;
        json_t *resource =
            task_sub_one("arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:"
                         "event-bus/${eventBus}",
                         "eventBus", js_is_truthy(bus) ? bus : fallback);
        bool is_known = false;

        /* a JavaScript Set: texts are the same, objects never are */
        json_array_foreach(resources, at, known) is_known |=
            !json_is_object(bus) && json_equal(known, resource);
        if (is_known)
            json_decref(resource);
        else
            json_array_append_new(resources, resource);
    }
    json_decref(fallback);
    task_allow(tasks, action, resources);
}

static void put_targets(Tasks *tasks, json_t *state, const char *action)
{
    json_t *rule = task_parameter(state, "Rule"), *bus = task_parameter(state, "EventBusName");

    if (task_is_dynamic(state, "Rule"))
        task_allow(tasks, action, task_everything());
    else if (js_is_truthy(bus))
        task_allow(tasks, action,
                   json_pack("{s:[s,{s:O,s:O?}]}", "Fn::Sub", RULE "${eventBusName}/${ruleName}",
                             "eventBusName", bus, "ruleName", rule));
    else
        task_allow(tasks, action,
                   json_pack("{s:[s,{s:O?}]}", "Fn::Sub", RULE "${ruleName}", "ruleName", rule));
}

static void use_scheduler(Tasks *tasks, json_t *state, const char *action)
{
    json_t *group = task_parameter(state, "GroupName"),
           *role = json_object_get(task_parameter(state, "Target"), "RoleArn"),
           *fallback = json_string("default");

    task_allow(
        tasks, action,
        task_sub_one("arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/"
                     "${scheduleGroupName}/*",
                     "scheduleGroupName", js_is_truthy(group) ? group : fallback));
    if (js_is_truthy(role))
        task_allow(tasks, "iam:PassRole", json_incref(role));
    json_decref(fallback);
}

static void call_http(Tasks *tasks, json_t *state, const char *action)
{
    json_t *connection = pointer_get(state, "/Parameters/Authentication/ConnectionArn");

    task_allow(tasks, action, task_everything());
    task_allow(tasks, "events:RetrieveConnectionCredentials",
               js_is_truthy(connection) ? json_incref(connection) : task_everything());
    task_allow(
        tasks, "secretsmanager:GetSecretValue,secretsmanager:DescribeSecret",
        task_sub("arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:"
                 "events!connection/*"));
}

/* `text` with ${bucket}, which is a parameter only where the bucket is one. */
static json_t *bucket_arn(json_t *bucket, const char *text)
{
    g_autoptr(GString) arn = g_string_new(text);

    if (step_functions_is_intrinsic(bucket))
        return task_sub_one(text, "bucket", bucket);
    g_string_replace(arn, "${bucket}", json_is_string(bucket) ? json_string_value(bucket) : "*", 0);
    return task_sub(arn->str);
}

static void list_objects(Tasks *tasks, json_t *state, const char *action)
{
    json_t *bucket = path_parameter(state, "Bucket");

    (void)action;
    for (int i = 0; i < 2; i++)
        task_allow(tasks, i == 0 ? "s3:Get*" : "s3:List*",
                   json_pack("[o,o]", bucket_arn(bucket, "arn:${AWS::Partition}:s3:::${bucket}"),
                             bucket_arn(bucket, "arn:${AWS::Partition}:s3:::${bucket}/*")));
}

static void use_object(Tasks *tasks, json_t *state, const char *action)
{
    json_t *bucket = path_parameter(state, "Bucket"), *key = path_parameter(state, "Key");
    const char *prefix = text_of(json_object_get(state, "Parameters"), "Prefix");
    const char *name =
        json_is_string(key) && *json_string_value(key) ? json_string_value(key) : "*";
    g_autofree char *arn =
        prefix && *prefix
            ? g_strdup_printf("arn:${AWS::Partition}:s3:::${bucket}/%s/%s", prefix, name)
            : g_strdup_printf("arn:${AWS::Partition}:s3:::${bucket}/%s", name);
    const bool everything =
        !(prefix && *prefix) && strcmp(name, "*") == 0 &&
        (!js_is_truthy(bucket) || g_strcmp0(json_string_value(bucket), "*") == 0);

    task_allow(tasks, action,
               json_pack("[o]", everything ? task_everything() : bucket_arn(bucket, arn)));
}

static void invoke_model(Tasks *tasks, json_t *state, const char *action)
{
    json_t *model = path_parameter(state, "ModelId");

    task_allow(tasks, action,
               json_is_string(model) && g_str_has_prefix(json_string_value(model), "arn:")
                   ? json_incref(model)
                   : arn_of_name("arn:${AWS::Partition}:bedrock:${AWS::Region}::foundation-model/",
                                 model, "undefined", ""));
}

static void create_cluster(Tasks *tasks, json_t *state, const char *action)
{
    (void)state;
    task_allow(tasks, action, task_everything());
    task_allow(tasks, "iam:PassRole", task_everything());
}

// clang-format off
static const struct {
    const char *resource; /* behind "arn:aws:states:::" */
    Strategy strategy;
    const char *action;
} rows[] = {
    {"sqs:sendMessage",                              send_message,    "sqs:SendMessage"},
    {"sqs:sendMessage.waitForTaskToken",             send_message,    "sqs:SendMessage"},
    {"sns:publish",                                  publish,         "sns:Publish"},
    {"sns:publish.waitForTaskToken",                 publish,         "sns:Publish"},
    {"dynamodb:updateItem",                          use_table,       "dynamodb:UpdateItem"},
    {"aws-sdk:dynamodb:updateItem",                  use_table,       "dynamodb:UpdateItem"},
    {"aws-sdk:dynamodb:updateItem.waitForTaskToken", use_table,       "dynamodb:UpdateItem"},
    {"dynamodb:putItem",                             use_table,       "dynamodb:PutItem"},
    {"aws-sdk:dynamodb:putItem",                     use_table,       "dynamodb:PutItem"},
    {"aws-sdk:dynamodb:putItem.waitForTaskToken",    use_table,       "dynamodb:PutItem"},
    {"dynamodb:getItem",                             use_table,       "dynamodb:GetItem"},
    {"dynamodb:deleteItem",                          use_table,       "dynamodb:DeleteItem"},
    {"aws-sdk:dynamodb:updateTable",                 use_table,       "dynamodb:UpdateTable"},
    {"aws-sdk:dynamodb:query",                       use_table,       "dynamodb:Query"},
    {"aws-sdk:dynamodb:scan",                        use_table,       "dynamodb:Scan"},
    {"aws-sdk:dynamodb:batchGetItem",                use_tables,      "dynamodb:BatchGetItem"},
    {"aws-sdk:dynamodb:batchWriteItem",              use_tables,      "dynamodb:BatchWriteItem"},
    {"batch:submitJob",                              submit_job,      "batch:SubmitJob,batch:DescribeJobs,batch:TerminateJob"},
    {"batch:submitJob.sync",                         submit_job,      "batch:SubmitJob,batch:DescribeJobs,batch:TerminateJob"},
    {"glue:startJobRun",                             anything,        "glue:StartJobRun,glue:GetJobRun,glue:GetJobRuns,glue:BatchStopJobRun"},
    {"glue:startJobRun.sync",                        anything,        "glue:StartJobRun,glue:GetJobRun,glue:GetJobRuns,glue:BatchStopJobRun"},
    {"ecs:runTask",                                  run_container,   "ecs:RunTask,ecs:StopTask,ecs:DescribeTasks,ecs:TagResource,iam:PassRole"},
    {"ecs:runTask.sync",                             run_container,   "ecs:RunTask,ecs:StopTask,ecs:DescribeTasks,ecs:TagResource,iam:PassRole"},
    {"ecs:runTask.waitForTaskToken",                 run_container,   "ecs:RunTask,ecs:StopTask,ecs:DescribeTasks,ecs:TagResource,iam:PassRole"},
    {"lambda:invoke",                                task_invoke_function, "lambda:InvokeFunction"},
    {"lambda:invoke.waitForTaskToken",               task_invoke_function, "lambda:InvokeFunction"},
    {"states:startExecution",                        start_machine,   "states:StartExecution"},
    {"states:startExecution.sync",                   start_machine,   "states:StartExecution"},
    {"states:startExecution.sync:2",                 start_machine,   "states:StartExecution"},
    {"states:startExecution.waitForTaskToken",       start_machine,   "states:StartExecution"},
    {"aws-sdk:sfn:startSyncExecution",               start_machine,   "states:StartSyncExecution"},
    {"codebuild:startBuild",                         start_build,     "codebuild:StartBuild,codebuild:StopBuild,codebuild:BatchGetBuilds"},
    {"codebuild:startBuild.sync",                    start_build,     "codebuild:StartBuild,codebuild:StopBuild,codebuild:BatchGetBuilds"},
    {"elasticmapreduce:createCluster",               create_cluster,  "elasticmapreduce:RunJobFlow"},
    {"elasticmapreduce:createCluster.sync",          create_cluster,  "elasticmapreduce:RunJobFlow,elasticmapreduce:DescribeCluster,elasticmapreduce:TerminateJobFlows"},
    {"elasticmapreduce:runJobFlow",                  create_cluster,  "elasticmapreduce:RunJobFlow"},
    {"elasticmapreduce:terminateCluster",            anything,        "elasticmapreduce:TerminateJobFlows,elasticmapreduce:DescribeCluster"},
    {"elasticmapreduce:terminateCluster.sync",       anything,        "elasticmapreduce:TerminateJobFlows,elasticmapreduce:DescribeCluster"},
    {"elasticmapreduce:addStep",                     anything,        "elasticmapreduce:AddJobFlowSteps,elasticmapreduce:DescribeStep,elasticmapreduce:CancelSteps"},
    {"elasticmapreduce:addStep.sync",                anything,        "elasticmapreduce:AddJobFlowSteps,elasticmapreduce:DescribeStep,elasticmapreduce:CancelSteps"},
    {"elasticmapreduce:cancelStep",                  anything,        "elasticmapreduce:CancelSteps"},
    {"elasticmapreduce:setClusterTerminationProtection", anything,    "elasticmapreduce:SetTerminationProtection"},
    {"elasticmapreduce:modifyInstanceFleetByName",   anything,        "elasticmapreduce:ModifyInstanceFleet,elasticmapreduce:ListInstanceFleets"},
    {"elasticmapreduce:modifyInstanceGroupByName",   anything,        "elasticmapreduce:ModifyInstanceGroups,elasticmapreduce:ListInstanceGroups"},
    {"sagemaker:createTransformJob.sync",            transform,       "sagemaker:CreateTransformJob,sagemaker:DescribeTransformJob,sagemaker:StopTransformJob"},
    {"bedrock:invokeModel",                          invoke_model,    "bedrock:InvokeModel"},
    {"events:putEvents",                             put_events,      "events:PutEvents"},
    {"events:putEvents.waitForTaskToken",            put_events,      "events:PutEvents"},
    {"aws-sdk:eventbridge:putTargets",               put_targets,     "events:PutTargets"},
    {"aws-sdk:eventbridge:putTargets.waitForTaskToken", put_targets,  "events:PutTargets"},
    {"aws-sdk:scheduler:createSchedule",             use_scheduler,   "scheduler:CreateSchedule"},
    {"aws-sdk:scheduler:deleteSchedule",             use_scheduler,   "scheduler:DeleteSchedule"},
    {"http:invoke",                                  call_http,       "states:InvokeHTTPEndpoint"},
    {"s3:getObject",                                 use_object,      "s3:GetObject"},
    {"aws-sdk:s3:getObject",                         use_object,      "s3:GetObject"},
    {"s3:putObject",                                 use_object,      "s3:PutObject"},
    {"aws-sdk:s3:putObject",                         use_object,      "s3:PutObject"},
    {"s3:listObjectsV2",                             list_objects,    NULL},
    {"aws-sdk:s3:listObjectsV2",                     list_objects,    NULL},
    {"athena:startQueryExecution",                   task_start_query, "athena:startQueryExecution,athena:getDataCatalog"},
    {"athena:startQueryExecution.sync",              task_start_query, "athena:startQueryExecution,athena:stopQueryExecution,athena:getQueryExecution,athena:getDataCatalog,athena:GetWorkGroup,athena:BatchGetQueryExecution,athena:GetQueryResults,athena:ListQueryExecutions"},
    {"athena:stopQueryExecution",                    task_use_query,  "athena:stopQueryExecution"},
    {"athena:getQueryExecution",                     task_use_query,  "athena:getQueryExecution"},
    {"athena:getQueryResults",                       task_use_query,  "athena:getQueryResults"},
    {"aws-sdk:redshiftdata:executeStatement",        task_run_statement, "redshift-data:ExecuteStatement"},
    {"aws-sdk:redshiftdata:batchExecuteStatement",   task_run_statement, "redshift-data:BatchExecuteStatement"},
    {"aws-sdk:redshiftdata:listStatements",          anything,        "redshift-data:ListStatements"},
    {"aws-sdk:redshiftdata:describeStatement",       anything,        "redshift-data:DescribeStatement"},
    {"aws-sdk:redshiftdata:getStatementResult",      anything,        "redshift-data:GetStatementResult"},
    {"aws-sdk:redshiftdata:cancelStatement",         anything,        "redshift-data:CancelStatement"},
    {"aws-sdk:sesv2:sendEmail",                      anything,        "ses:SendEmail"},
};
// clang-format on

/* "arn:aws-cn:states:::x" and "arn:${AWS::Partition}:states:::x" give "x"; NULL for others. */
static const char *integration_of(const char *resource)
{
    static const char states[] = "states:::";
    const char *rest;

    if (!resource || !g_str_has_prefix(resource, "arn:"))
        return NULL;
    rest = strstr(resource, states);
    return rest && rest[-1] == ':' && rest - resource <= 24 ? rest + strlen(states) : NULL;
}

static void add_task(Tasks *tasks, json_t *state)
{
    const char *integration = integration_of(text_of(state, "Resource"));
    g_autofree char *pointer = g_strconcat(tasks->machine->pointer, "/definition", NULL);

    for (size_t i = 0; integration && i < G_N_ELEMENTS(rows); i++)
        if (strcmp(rows[i].resource, integration) == 0) {
            rows[i].strategy(tasks, state, rows[i].action);
            return;
        }
    task_invoke_resource(tasks, json_object_get(state, "Resource"));
    if (integration)
        compilation_problem(tasks->compilation, PROBLEM_WARNING, pointer,
                            "give what it needs under iamRoleStatements of the state machine",
                            "state machine %s: no permissions are known for a task with %s",
                            tasks->machine->key, integration);
}

static void add_states(Tasks *tasks, json_t *states, unsigned depth);

/* A distributed Map starts executions of its own machine. */
static void add_map(Tasks *tasks, json_t *state, unsigned depth)
{
    json_t *processor = json_object_get(state, "ItemProcessor"),
           *name = json_object_get(tasks->machine->config, "name"), *own;

    add_states(
        tasks,
        json_object_get(processor ? processor : json_object_get(state, "Iterator"), "States"),
        depth);
    if (g_strcmp0(json_string_value(pointer_get(processor, "/ProcessorConfig/Mode")),
                  "DISTRIBUTED") == 0) {
        own = json_pack("{s:s,s:s,s:s}", "Resource", "arn:aws:states:::states:startExecution",
                        "Mode", "DISTRIBUTED", "StateMachineName",
                        js_is_truthy(name) ? json_string_value(name) : tasks->machine->key);
        add_task(tasks, own);
        json_decref(own);
    }
    if (json_object_get(state, "ItemReader"))
        add_task(tasks, json_object_get(state, "ItemReader"));
    if (json_object_get(state, "ResultWriter"))
        add_task(tasks, json_object_get(state, "ResultWriter"));
}

static void add_states(Tasks *tasks, json_t *states, unsigned depth)
{
    const char *name, *type;
    json_t *state, *branch;
    size_t i;

    if (depth == MAX_DEPTH)
        return;
    json_object_foreach(states, name, state)
    {
        type = text_of(state, "Type");
        if (g_strcmp0(type, "Task") == 0)
            add_task(tasks, state);
        else if (g_strcmp0(type, "Map") == 0)
            add_map(tasks, state, depth + 1);
        else if (g_strcmp0(type, "Parallel") == 0)
            json_array_foreach(json_object_get(state, "Branches"), i, branch)
                add_states(tasks, json_object_get(branch, "States"), depth + 1);
    }
}

json_t *step_functions_permissions(Compilation *compilation, const StateMachine *machine,
                                   json_t *states)
{
    Tasks tasks = {.compilation = compilation, .machine = machine, .permissions = json_array()};

    add_states(&tasks, states, 0);
    return tasks.permissions;
}
