#include "reconcile/apply/request.h"
#include <criterion/criterion.h>
#include <string.h>

static json_t *json(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), "'", '"');
    json_t *value = json_loads(copy, 0, NULL);

    cr_assert(value, "%s", text);
    return value;
}

static Desired *make(const char *template, const char *settings, const char *owner)
{
    json_t *body = json(template), *options = json(settings);
    g_autoptr(GError) error = NULL;
    Desired *desired = desired_new(body, options, "arn:role", owner, "bucket", &error);

    cr_assert(desired, "%s", error ? error->message : "");
    json_decref(body);
    json_decref(options);
    return desired;
}

#define TEMPLATE "{'Resources':{'A':{'Type':'AWS::SQS::Queue'},'B':{'Type':'AWS::SNS::Topic'}}}"

Test(request, the_order_of_keys_and_the_artifact_bucket_do_not_change_the_digest)
{
    g_autoptr(Desired) first = make(TEMPLATE, "{'StackName':'s','Tags':{'a':'1','b':'2'}}", NULL);
    g_autoptr(Desired) second =
        make("{'Resources':{'B':{'Type':'AWS::SNS::Topic'},'A':{'Type':'AWS::SQS::Queue'}}}",
             "{'Tags':{'b':'2','a':'1'},'StackName':'s'}", NULL);

    g_free(second->artifact_bucket);
    second->artifact_bucket = NULL;
    cr_expect_str_eq(first->digest, second->digest);
    cr_expect_eq(strlen(first->digest), 64);
}

Test(request, everything_that_cloudformation_gets_changes_the_digest)
{
    static const char *const settings[] = {
        "{'StackName':'s'}",
        "{'StackName':'t'}",
        "{'StackName':'s','Tags':{'a':'1'}}",
        "{'StackName':'s','Parameters':{'a':'1'}}",
        "{'StackName':'s','Capabilities':[]}",
        "{'StackName':'s','RoleARN':'arn:other'}",
        "{'StackName':'s','NotificationARNs':['arn']}",
        "{'StackName':'s','RollbackConfiguration':{'MonitoringTimeInMinutes':1}}",
        "{'StackName':'s','DisableRollback':true}",
        "{'StackName':'s','StackPolicy':{'Statement':[]}}",
        "{'StackName':'s','TerminationProtection':true}",
        "{'StackName':'s','TerminationProtection':false}",
    };
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_autoptr(Desired) desired = make(TEMPLATE, settings[i], NULL);
        cr_expect(g_hash_table_add(seen, g_strdup(desired->digest)), "%s", settings[i]);
    }
}

Test(request, the_owner_becomes_a_tag_and_the_execution_role_stands_in)
{
    g_autoptr(Desired) desired = make(TEMPLATE, "{'StackName':'s'}", "orders");

    cr_expect_str_eq(json_string_value(json_object_get(desired->tags, OWNER_TAG)), "orders");
    cr_expect_str_eq(desired->role_arn, "arn:role");
    cr_expect_eq(json_array_size(desired->capabilities), 3);
    cr_expect_eq(desired->termination_protection, -1);
}

Test(request, a_change_sets_name_is_the_digest_and_the_attempt)
{
    g_autoptr(Desired) desired = make(TEMPLATE, "{'StackName':'s'}", NULL);
    g_autofree char *name = desired_change_set_name(desired, 7),
                    *digits = g_strndup(desired->digest, 32);
    g_autofree char *wanted = g_strdup_printf("driftless-%s-7", digits);

    cr_expect_str_eq(name, wanted);
    cr_expect_leq(strlen(name), CHANGE_SET_NAME_MAX);
}

Test(request, a_kept_request_reads_back_the_same)
{
    g_autoptr(Desired) desired =
        make(TEMPLATE,
             "{'StackName':'s','Parameters':{'Size':3,'On':true},'Tags':{'a':'1'},"
             "'TerminationProtection':false,'DisableRollback':true,'StackPolicy':{'x':1}}",
             "orders");
    json_t *kept = desired_to_json(desired);
    g_autoptr(Desired) back = desired_from_json(kept, NULL);

    cr_assert(back);
    cr_expect_str_eq(back->digest, desired->digest);
    cr_expect_str_eq(back->artifact_bucket, "bucket");
    cr_expect_str_eq(json_string_value(json_object_get(back->parameters, "Size")), "3");
    cr_expect_str_eq(json_string_value(json_object_get(back->parameters, "On")), "true");
    json_decref(kept);
}

Test(request, another_template_or_mode_is_another_request)
{
    g_autoptr(Desired) desired = make(TEMPLATE, "{'StackName':'s'}", "orders");
    g_autoptr(Desired) same = desired_with_template(desired, desired->template, NULL, NULL);
    g_autoptr(Desired) revert =
        desired_with_template(desired, desired->template, "REVERT_DRIFT", NULL);

    cr_expect_str_eq(same->digest, desired->digest);
    cr_expect_str_neq(revert->digest, desired->digest);
    cr_expect_str_eq(revert->deployment_mode, "REVERT_DRIFT");
}

Test(request, what_is_wrong_is_told)
{
    json_t *template = json(TEMPLATE), *none = json("{}"),
           *list = json("{'StackName':'s','Parameters':{'a':[1]}}");
    json_t *named = json("{'StackName':'s'}");
    g_autoptr(GError) nameless = NULL, shape = NULL, empty = NULL;

    cr_expect_null(desired_new(template, none, NULL, NULL, NULL, &nameless));
    cr_expect_str_eq(nameless->message, "the stack's settings name no StackName");
    cr_expect_null(desired_new(template, list, NULL, NULL, NULL, &shape));
    cr_expect_str_eq(shape->message, "stack s: Parameters.a must be a string");
    cr_expect_null(desired_new(none, named, NULL, NULL, NULL, &empty));
    cr_expect_str_eq(empty->message, "stack s: its template has no Resources");
    json_decref(template);
    json_decref(none);
    json_decref(list);
    json_decref(named);
}

Test(request, a_template_above_a_megabyte_is_refused_before_aws_is_asked)
{
    g_autofree char *large = g_strnfill(TEMPLATE_MAX_BYTES + 1, 'x');
    json_t *template =
        json_pack("{s:{s:{s:s, s:s}}}", "Resources", "A", "Type", "Custom::X", "Metadata", large);
    json_t *named = json("{'StackName':'s'}");
    g_autoptr(GError) error = NULL;

    cr_expect_null(desired_new(template, named, NULL, NULL, NULL, &error));
    cr_expect(g_error_matches(error, REQUEST_ERROR, REQUEST_ERROR_TOO_LARGE));
    json_decref(template);
    json_decref(named);
}
