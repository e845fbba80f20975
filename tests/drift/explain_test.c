#include "drift/correct.h"
#include <criterion/criterion.h>
#include <string.h>

static json_t *json(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), "'", '"');
    json_t *value = json_loads(copy, 0, NULL);

    cr_assert(value, "%s", text);
    return value;
}

#define TEMPLATE                                                                                \
    "{'Resources':{'Queue':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'orders'}},"     \
    "'Nameless':{'Type':'AWS::SQS::Queue'},"                                                    \
    "'Worker':{'Type':'AWS::Lambda::Function','Properties':{'Timeout':6,'Environment':{'"       \
    "Variables':{'Q':{'Ref':'Nameless'}}}}},"                                                   \
    "'Mapping':{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':{'Fn::" \
    "GetAtt':['Queue','Arn']}}},"                                                               \
    "'Method':{'Type':'AWS::ApiGateway::Method','Properties':{'ResourceId':{'Ref':'Path'}}},"   \
    "'Path':{'Type':'AWS::ApiGateway::Resource'},"                                              \
    "'Other':{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':{'Fn::"   \
    "GetAtt':['Nameless',"                                                                      \
    "'Arn']}}}}}"

/* Why a change set of one change is refused, for a Worker whose Timeout differs and two deleted
 * queues; NULL: it may be executed. */
static char *refusal(const char *change)
{
    g_autofree char *changes = g_strdup_printf("[{'Type':'Resource','ResourceChange':%s}]", change);
    CloudFormationChangeSet change_set = {.changes = json(changes)};
    json_t *template = json(TEMPLATE);
    g_autoptr(GPtrArray) findings = findings_new();
    Finding *worker = finding_new(FINDING_MODIFIED, "Worker", "AWS::Lambda::Function", "w");
    char *reason = NULL;

    finding_add(worker, DIFFERENCE_NOT_EQUAL, "/Timeout", "6", "30");
    g_ptr_array_add(findings, worker);
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Queue", "AWS::SQS::Queue", "q"));
    g_ptr_array_add(findings, finding_new(FINDING_DELETED, "Nameless", "AWS::SQS::Queue", "n"));
    bool explained = correction_is_explained(&change_set, findings, template, &reason);
    cr_expect_eq(explained, reason == NULL);
    json_decref(change_set.changes);
    json_decref(template);
    return reason;
}

static void expect_explained(const char *change)
{
    g_autofree char *reason = refusal(change);

    cr_expect_null(reason, "%s: %s", change, reason);
}

static void expect_refused(const char *change, const char *wanted)
{
    g_autofree char *reason = refusal(change);

    cr_assert(reason, "%s", change);
    cr_expect_str_eq(reason, wanted);
}

Test(explain, what_was_found_may_be_put_back)
{
    expect_explained("{'Action':'Modify','LogicalResourceId':'Worker','Replacement':'False','"
                     "Details':[{'Target':{"
                     "'Attribute':'Properties','Name':'Timeout','Path':'/Properties/Timeout'}}]}");
    expect_explained("{'Action':'Add','LogicalResourceId':'Queue'}");
    expect_explained("{'Action':'SyncWithActual','LogicalResourceId':'Anything'}");
}

Test(explain, what_no_finding_explains_is_refused)
{
    expect_refused("{'Action':'Modify','LogicalResourceId':'Stranger','Replacement':'False'}",
                   "it would Modify Stranger, which was not found to differ");
    expect_refused("{'Action':'Modify','LogicalResourceId':'Worker','Replacement':'False','Details'"
                   ":[{'Target':{"
                   "'Attribute':'Properties','Name':'MemorySize'}}]}",
                   "it would change MemorySize of Worker, which was not found to differ");
    expect_refused("{'Action':'Remove','LogicalResourceId':'Worker'}",
                   "it would Remove Worker, which only differs");
    expect_refused("{'Action':'Modify','LogicalResourceId':'Worker','Replacement':'True'}",
                   "it would replace Worker");
}

Test(explain, a_replacement_is_explained_only_by_a_recreated_resource_of_the_same_name)
{
    expect_explained(
        "{'Action':'Modify','LogicalResourceId':'Mapping','Replacement':'Conditional'}");
    expect_refused("{'Action':'Modify','LogicalResourceId':'Other','Replacement':'Conditional'}",
                   "it would Modify Other, which was not found to differ");
}

Test(explain, details_without_a_modification_count_for_nothing)
{
    expect_explained("{'Action':'Modify','LogicalResourceId':'Worker','Replacement':'False','"
                     "Details':[{'ChangeSource':"
                     "'NoModification','Target':{'Attribute':'Properties','Name':'MemorySize'}}]}");
}

Test(explain, what_refers_to_a_recreated_resource_may_change_in_place)
{
    expect_explained("{'Action':'Modify','LogicalResourceId':'Worker','Replacement':'False','"
                     "Details':[{'Target':{"
                     "'Attribute':'Properties','Name':'Environment','Path':'/Properties/"
                     "Environment/Variables/Q'}}]}");
    expect_explained("{'Action':'Modify','LogicalResourceId':'Other','Replacement':'False'}");
}

Test(explain, a_method_in_sync_that_a_change_set_would_replace_is_refused)
{
    expect_refused("{'Action':'Modify','LogicalResourceId':'Method','ResourceType':'AWS::ApiGateway"
                   "::Method','Replacement':'True','ResourceDriftStatus':'IN_SYNC','Details':[{'"
                   "Target':{'Attribute':'Properties','Name':'ResourceId','RequiresRecreation':'"
                   "Always'}}]}",
                   "it would Modify Method, which was not found to differ");
}
