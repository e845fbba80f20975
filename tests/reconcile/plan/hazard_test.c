#include "reconcile/plan/plan.h"
#include <criterion/criterion.h>
#include <string.h>

static json_t *template_of(const char *resource)
{
    g_autofree char *text = g_strdup_printf("{\"Resources\":{\"R\":%s}}", resource);
    g_strdelimit(text, "'", '"');
    json_t *value = json_loads(text, 0, NULL);

    cr_assert(value, "%s", text);
    return value;
}

/* The hazards between two definitions of one resource, one line each; before NULL: the stack is
 * new. */
static char *hazards(const char *before, const char *after)
{
    json_t *live = before ? template_of(before) : NULL;
    json_t *desired = after ? template_of(after) : json_pack("{s:{}}", "Resources");
    g_autoptr(Plan) plan = plan_compare(live, desired, NULL, NULL, NULL);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < plan->hazards->len; i++) {
        const Hazard *hazard = plan->hazards->pdata[i];
        g_string_append_printf(text, "%s%s%s: %s", i > 0 ? "\n" : "", hazard_name(hazard->kind),
                               hazard->blocks ? "!" : "", hazard->text);
    }
    json_decref(live);
    json_decref(desired);
    return g_string_free(text, FALSE);
}

static void expect(const char *before, const char *after, const char *wanted)
{
    g_autofree char *found = hazards(before, after);

    cr_expect_str_eq(found, wanted);
}

Test(hazard, replacing_what_holds_nothing_is_told_but_stops_nobody)
{
    expect("{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'a'}}",
           "{'Type':'AWS::Lambda::Function','Properties':{'FunctionName':'b'}}",
           "replaces: R (AWS::Lambda::Function) is replaced because FunctionName cannot change in "
           "place");
}

Test(hazard, replacing_or_removing_what_holds_data_stops)
{
    const char *table = "{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'a'}}";

    expect(table, "{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'b'}}",
           "destroys data!: R (AWS::DynamoDB::Table) is replaced by an empty one because TableName "
           "cannot change in place");
    expect(table, NULL,
           "destroys data!: R (AWS::DynamoDB::Table) is removed with the data in it; "
           "DeletionPolicy: Retain would keep it");
}

Test(hazard, a_replaced_table_that_is_kept_loses_nothing)
{
    expect(
        "{'Type':'AWS::DynamoDB::Table','UpdateReplacePolicy':'Retain','Properties':{'TableName':'"
        "a'}}",
        "{'Type':'AWS::DynamoDB::Table','UpdateReplacePolicy':'Retain','Properties':{'TableName':'"
        "b'}}",
        "replaces: R (AWS::DynamoDB::Table) is replaced because TableName cannot change in place");
}

Test(hazard, logs_that_go_with_their_function_stop_nobody)
{
    expect("{'Type':'AWS::Logs::LogGroup','Properties':{'LogGroupName':'a'}}", NULL,
           "destroys data: R (AWS::Logs::LogGroup) is removed with the data in it; DeletionPolicy: "
           "Retain would keep it");
}

#define ROLE(statement)                                                                        \
    "{'Type':'AWS::IAM::Role','Properties':{'Policies':[{'PolicyName':'p','PolicyDocument':{'" \
    "Statement':[" statement "]}}]}}"

Test(hazard, more_actions_or_resources_widen_permissions)
{
    const char *narrow =
        ROLE("{'Effect':'Allow','Action':['s3:GetObject'],'Resource':'arn:aws:s3:::a/*'}");

    expect(narrow,
           ROLE("{'Effect':'Allow','Action':['s3:GetObject','s3:PutObject'],'Resource':'arn:aws:s3:"
                "::a/*'}"),
           "widens permissions: R (AWS::IAM::Role) allows s3:PutObject on arn:aws:s3:::a/*");
    expect(narrow, ROLE("{'Effect':'Allow','Action':['s3:GetObject'],'Resource':'*'}"),
           "widens permissions: R (AWS::IAM::Role) allows s3:GetObject on *");
    expect(narrow,
           ROLE("{'Effect':'Allow','Action':'*','Resource':'*'},"
                "{'Effect':'Allow','Action':'iam:PassRole','Resource':'*'}"),
           "widens permissions: R (AWS::IAM::Role) allows * on * and 1 more");
}

Test(hazard, less_or_the_same_in_other_words_widens_nothing)
{
    const char *wide = ROLE("{'Effect':'Allow','Action':['s3:*'],'Resource':'*'}");

    expect(wide, ROLE("{'Effect':'Allow','Action':'S3:GetObject','Resource':'arn:aws:s3:::a'}"),
           "");
    expect(wide, ROLE("{'Effect':'Allow','Resource':['*'],'Action':'s3:*','Sid':'x'}"), "");
}

Test(hazard, a_denial_that_goes_and_a_condition_that_goes_widen)
{
    expect(ROLE("{'Effect':'Deny','Action':'s3:DeleteObject','Resource':'*'}"), ROLE(""),
           "widens permissions: R (AWS::IAM::Role) no longer denies s3:DeleteObject on *");
    expect(ROLE("{'Effect':'Allow','Action':'s3:GetObject','Resource':'a','Condition':{'Bool':{'x':"
                "'true'}}}"),
           ROLE("{'Effect':'Allow','Action':'s3:GetObject','Resource':'a'}"),
           "widens permissions: R (AWS::IAM::Role) allows s3:GetObject on a");
}

Test(hazard, of_a_new_role_only_the_unlimited_is_told)
{
    expect(NULL, ROLE("{'Effect':'Allow','Action':'s3:GetObject','Resource':'*'}"), "");
    expect(NULL, ROLE("{'Effect':'Allow','Action':'*','Resource':'*'}"),
           "widens permissions: R (AWS::IAM::Role) allows * on *");
    expect(NULL, ROLE("{'Effect':'Allow','NotAction':'iam:*','Resource':'*'}"),
           "widens permissions: R (AWS::IAM::Role) allows all but iam:* on *");
}

Test(hazard, whom_a_role_trusts_and_what_is_attached_count)
{
    expect("{'Type':'AWS::IAM::Role','Properties':{'AssumeRolePolicyDocument':{'Statement':[{'"
           "Effect':'Allow','Action':"
           "'sts:AssumeRole','Principal':{'Service':'lambda.amazonaws.com'}}]}}}",
           "{'Type':'AWS::IAM::Role','Properties':{'ManagedPolicyArns':['arn:aws:iam::aws:policy/"
           "ReadOnlyAccess'],"
           "'AssumeRolePolicyDocument':{'Statement':[{'Effect':'Allow','Action':'sts:AssumeRole','"
           "Principal':{'Service':"
           "'lambda.amazonaws.com','AWS':'111122223333'}}]}}}",
           "widens permissions: R (AWS::IAM::Role) allows sts:AssumeRole for AWS 111122223333\n"
           "widens permissions: R (AWS::IAM::Role) gets the managed policy "
           "arn:aws:iam::aws:policy/ReadOnlyAccess");
}

Test(hazard, a_permission_for_everybody_is_told)
{
    expect(
        NULL,
        "{'Type':'AWS::Lambda::Permission','Properties':{'Principal':'*','Action':'lambda:"
        "InvokeFunction'}}",
        "widens permissions: R (AWS::Lambda::Permission) lets any AWS account invoke the function");
    expect(NULL,
           "{'Type':'AWS::Lambda::Permission','Properties':{'Principal':'*','FunctionUrlAuthType':'"
           "NONE','Action':'x'}}",
           "");
}

Test(hazard, a_function_url_without_authentication_opens)
{
    const char *open = "{'Type':'AWS::Lambda::Url','Properties':{'AuthType':'NONE'}}";

    expect(NULL, open,
           "opens to the internet: R (AWS::Lambda::Url) answers anybody: AuthType is NONE");
    expect("{'Type':'AWS::Lambda::Url','Properties':{'AuthType':'AWS_IAM'}}", open,
           "opens to the internet: R (AWS::Lambda::Url) answers anybody: AuthType is NONE");
    expect(open,
           "{'Type':'AWS::Lambda::Url','Properties':{'AuthType':'NONE','InvokeMode':'BUFFERED'}}",
           "");
}

Test(hazard, a_security_group_for_everybody_opens)
{
    expect("{'Type':'AWS::EC2::SecurityGroup','Properties':{'GroupDescription':'g'}}",
           "{'Type':'AWS::EC2::SecurityGroup','Properties':{'GroupDescription':'g','"
           "SecurityGroupIngress':[{'CidrIp':"
           "'0.0.0.0/0','FromPort':22},{'CidrIp':'10.0.0.0/8','FromPort':80}]}}",
           "opens to the internet: R (AWS::EC2::SecurityGroup) lets everybody in on port 22");
}

Test(hazard, a_bucket_that_stops_blocking_opens)
{
    expect("{'Type':'AWS::S3::Bucket','Properties':{'PublicAccessBlockConfiguration':{'"
           "BlockPublicAcls':true,"
           "'BlockPublicPolicy':true}}}",
           "{'Type':'AWS::S3::Bucket','Properties':{'PublicAccessBlockConfiguration':{'"
           "BlockPublicAcls':true}}}",
           "opens to the internet: R (AWS::S3::Bucket) no longer blocks public access: "
           "BlockPublicPolicy is off");
    expect(NULL, "{'Type':'AWS::S3::Bucket','Properties':{'AccessControl':'PublicRead'}}",
           "opens to the internet: R (AWS::S3::Bucket) is readable by everybody: AccessControl is "
           "PublicRead");
    expect(NULL, "{'Type':'AWS::S3::Bucket','Properties':{}}", "");
}

Test(hazard, a_method_that_no_longer_asks_who_calls_opens)
{
    expect("{'Type':'AWS::ApiGateway::Method','Properties':{'AuthorizationType':'CUSTOM','"
           "HttpMethod':'GET'}}",
           "{'Type':'AWS::ApiGateway::Method','Properties':{'AuthorizationType':'NONE','HttpMethod'"
           ":'GET'}}",
           "opens to the internet: R (AWS::ApiGateway::Method) answers anybody: its authorization "
           "CUSTOM is removed");
    expect(NULL,
           "{'Type':'AWS::ApiGateway::Method','Properties':{'AuthorizationType':'NONE','HttpMethod'"
           ":'GET'}}",
           "");
}

Test(hazard, a_policy_for_everybody_opens_unless_a_condition_closes_it)
{
    g_autofree char *open = hazards(
        NULL, "{'Type':'AWS::SQS::QueuePolicy','Properties':{'PolicyDocument':{'Statement':[{"
              "'Effect':'Allow','Principal':'*','Action':'sqs:SendMessage','Resource':'q'}]}}}");

    cr_expect(strstr(open, "opens to the internet: R (AWS::SQS::QueuePolicy) allows everybody"));
    expect(NULL,
           "{'Type':'AWS::SQS::QueuePolicy','Properties':{'PolicyDocument':{'Statement':[{'Effect':"
           "'Allow','Principal':'*',"
           "'Action':'sqs:SendMessage','Resource':'q','Condition':{'ArnEquals':{'aws:SourceArn':'t'"
           "}}}]}}}",
           "");
}
