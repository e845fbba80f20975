#include "reconcile/plan/plan.h"
#include <criterion/criterion.h>
#include <string.h>

/* JSON with ' for ", so that templates stay readable here. */
static json_t *json(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), "'", '"');
    json_error_t failure;
    json_t *value = json_loads(copy, 0, &failure);

    cr_assert(value, "%s: %s", failure.text, text);
    return value;
}

static Plan *compare_with(const char *live, const char *desired, const char *live_parameters,
                          const char *desired_parameters)
{
    json_t *before = live ? json(live) : NULL, *after = json(desired);
    json_t *old = live_parameters ? json(live_parameters) : NULL;
    json_t *new = desired_parameters ? json(desired_parameters) : NULL;
    g_autoptr(GError) error = NULL;
    Plan *plan = plan_compare(before, after, old, new, &error);

    cr_assert(plan, "%s", error ? error->message : "");
    json_decref(before);
    json_decref(after);
    json_decref(old);
    json_decref(new);
    return plan;
}

static Plan *compare(const char *live, const char *desired)
{
    return compare_with(live, desired, NULL, NULL);
}

static const PropertyChange *property(const Plan *plan, const char *id, const char *path)
{
    const ResourceChange *change = plan_resource(plan, id);

    for (guint i = 0; change && i < change->properties->len; i++) {
        const PropertyChange *property = change->properties->pdata[i];
        if (strcmp(property->path, path) == 0)
            return property;
    }
    return NULL;
}

#define FUNCTION(timeout)                                                                \
    "{'Resources':{'F':{'Type':'AWS::Lambda::Function','Properties':{'Timeout':" timeout \
    ",'Role':'r','Code':{'S3Key':'k'}}}}}"

Test(plan, equal_templates_change_nothing)
{
    g_autoptr(Plan) plan = compare(FUNCTION("6"), FUNCTION("6"));
    g_autofree char *text = plan_to_text(plan, NULL, false), *summary = plan_summary(plan);

    cr_expect(plan_is_empty(plan));
    cr_expect_str_eq(text, "");
    cr_expect_str_eq(summary, "no changes");
    cr_expect_not(plan_needs_approval(plan, APPROVE_ALWAYS));
}

Test(plan, a_stack_that_does_not_exist_adds_everything)
{
    g_autoptr(Plan) plan = compare(NULL, FUNCTION("6"));

    cr_expect(plan->creates_stack);
    cr_assert_eq(plan->resources->len, 1);
    cr_expect_eq(plan_resource(plan, "F")->action, CHANGE_ADD);
}

Test(plan, a_changed_property_is_told_with_both_values)
{
    g_autoptr(Plan) plan = compare(FUNCTION("6"), FUNCTION("10"));
    g_autofree char *text = plan_to_text(plan, NULL, false);
    const PropertyChange *timeout = property(plan, "F", "/Properties/Timeout");

    cr_assert(timeout);
    cr_expect_eq(timeout->replacement, REPLACEMENT_NEVER);
    cr_expect_str_eq(text, "~ F AWS::Lambda::Function\n    Timeout: 6 → 10\n1 to change\n");
}

Test(plan, one_item_put_in_front_of_an_array_is_one_change)
{
    g_autoptr(Plan) plan =
        compare("{'Resources':{'R':{'Type':'Custom::X','Properties':{'A':[1,2,3]}}}}",
                "{'Resources':{'R':{'Type':'Custom::X','Properties':{'A':[0,1,2,3]}}}}");

    cr_expect_eq(plan_resource(plan, "R")->properties->len, 1);
    cr_expect(property(plan, "R", "/Properties/A/0"));
}

Test(plan, a_create_only_property_replaces)
{
    g_autoptr(Plan) plan = compare(
        "{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'a'}}}}",
        "{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'b'}}}}");

    cr_expect_eq(plan_resource(plan, "T")->replacement, REPLACEMENT_ALWAYS);
    cr_expect(plan_needs_approval(plan, APPROVE_REPLACEMENTS));
    cr_expect_not(plan_needs_approval(plan, APPROVE_NEVER));
}

Test(plan, a_create_only_property_given_by_a_function_may_replace)
{
    g_autoptr(Plan) plan = compare(
        "{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'a-dev'}}}}",
        "{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':{'Fn::Sub':'a-$"
        "{AWS::Region}'}}}}}");

    cr_expect_eq(plan_resource(plan, "T")->replacement, REPLACEMENT_CONDITIONAL);
}

Test(plan, a_changed_type_replaces)
{
    g_autoptr(Plan) plan = compare("{'Resources':{'A':{'Type':'AWS::SQS::Queue'}}}",
                                   "{'Resources':{'A':{'Type':'AWS::SNS::Topic'}}}");

    cr_expect_eq(plan_resource(plan, "A")->replacement, REPLACEMENT_ALWAYS);
    cr_expect_str_eq(plan_resource(plan, "A")->type_before, "AWS::SQS::Queue");
}

#define QUEUE_AND_MAPPING(name)                                                                    \
    "{'Resources':{"                                                                               \
    "'M':{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':{'Fn::GetAtt':[" \
    "'Q','Arn']},"                                                                                 \
    "'FunctionName':'f'}},"                                                                        \
    "'P':{'Type':'AWS::SSM::Parameter','Properties':{'Type':'String','Value':{'Fn::Sub':'${Q.Arn}" \
    "'}}},"                                                                                        \
    "'Q':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'" name "'}}}}"

Test(plan, a_replacement_replaces_what_refers_to_it_by_a_create_only_property)
{
    g_autoptr(Plan) plan = compare(QUEUE_AND_MAPPING("a"), QUEUE_AND_MAPPING("b"));
    const PropertyChange *source = property(plan, "M", "/Properties/EventSourceArn");

    cr_assert(source);
    cr_expect_str_eq(source->follows, "Q");
    cr_expect_eq(plan_resource(plan, "M")->replacement, REPLACEMENT_ALWAYS);
    cr_expect_eq(plan_resource(plan, "P")->replacement, REPLACEMENT_NEVER,
                 "its value changes in place");
    cr_assert_eq(plan->resources->len, 3);
    cr_expect_str_eq(((ResourceChange *)plan->resources->pdata[0])->logical_id, "M",
                     "template order is kept");
    cr_expect_str_eq(((ResourceChange *)plan->resources->pdata[2])->logical_id, "Q");
}

Test(plan, a_replacement_goes_on_through_a_chain)
{
    const char *format =
        "{'Resources':{"
        "'A':{'Type':'AWS::SQS::Queue','Properties':{'QueueName':'%s'}},"
        "'B':{'Type':'AWS::Lambda::EventSourceMapping','Properties':{'EventSourceArn':{'Fn::GetAtt'"
        ":['A',"
        "'Arn']},'FunctionName':'f'}},"
        "'C':{'Type':'AWS::Lambda::Permission','Properties':{'FunctionName':{'Ref':'B'}}}}}";
    g_autofree char *live = g_strdup_printf(format, "a"), *desired = g_strdup_printf(format, "b");
    g_autoptr(Plan) plan = compare(live, desired);

    cr_expect_eq(plan_resource(plan, "C")->replacement, REPLACEMENT_ALWAYS);
}

Test(plan, a_removed_resource_with_a_retain_policy_is_kept)
{
    g_autoptr(Plan) plan =
        compare("{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','DeletionPolicy':'Retain'}}}",
                "{'Resources':{}}");

    cr_expect_eq(plan_resource(plan, "T")->action, CHANGE_RETAIN);
    cr_expect_not(plan_needs_approval(plan, APPROVE_REPLACEMENTS));
}

#define WITH_PARAMETER                                                                             \
    "{'Parameters':{'Size':{'Type':'String','Default':'1'},'Key':{'Type':'String','NoEcho':true}}" \
    ","                                                                                            \
    "'Resources':{'F':{'Type':'AWS::Lambda::Function','Properties':{'MemorySize':{'Ref':'Size'},'" \
    "Description':"                                                                                \
    "{'Fn::Sub':'size ${Size}'}}}}}"

Test(plan, a_changed_parameter_shows_up_where_it_is_used)
{
    g_autoptr(Plan) plan = compare_with(WITH_PARAMETER, WITH_PARAMETER, "{'Size':'1','Key':'****'}",
                                        "{'Size':'2','Key':'secret'}");
    const PropertyChange *memory = property(plan, "F", "/Properties/MemorySize");
    const PropertyChange *description = property(plan, "F", "/Properties/Description");

    cr_assert_eq(plan->sections->len, 1, "what is under NoEcho cannot be compared");
    cr_assert(memory && description);
    cr_expect_str_eq(json_string_value(memory->before), "1");
    cr_expect_str_eq(json_string_value(memory->after), "2");
    cr_expect_str_eq(json_string_value(description->after), "size 2");
}

Test(plan, a_parameter_that_is_not_sent_keeps_its_value)
{
    g_autoptr(Plan) plan =
        compare_with(WITH_PARAMETER, WITH_PARAMETER, "{'Size':'7','Key':'****'}", "{}");

    cr_expect(plan_is_empty(plan));
}

Test(plan, new_versions_and_deployments_are_one_line)
{
    g_autoptr(Plan) plan =
        compare("{'Resources':{'FVersionAbc':{'Type':'AWS::Lambda::Version','DeletionPolicy':'"
                "Retain','Properties':{"
                "'CodeSha256':'a'}}},'Outputs':{'Arn':{'Value':{'Ref':'FVersionAbc'}}}}",
                "{'Resources':{'FVersionXyz':{'Type':'AWS::Lambda::Version','DeletionPolicy':'"
                "Retain','Properties':{"
                "'CodeSha256':'b'}}},'Outputs':{'Arn':{'Value':{'Ref':'FVersionXyz'}}}}");
    g_autofree char *text = plan_to_text(plan, NULL, false);

    cr_expect_str_eq(text, "+ 1 new Lambda version\n1 to add, 1 to keep outside the stack\n");
}

Test(plan, secrets_are_hidden_in_text_and_json)
{
    g_autoptr(Plan) plan = compare(
        "{'Resources':{'F':{'Type':'AWS::Lambda::Function','Properties':{'Description':'x'}}}}",
        "{'Resources':{'F':{'Type':'AWS::Lambda::Function','Properties':{'Description':'key "
        "hunter22!'}}}}");
    g_autoptr(GPtrArray) secrets = g_ptr_array_new();
    g_ptr_array_add(secrets, (gpointer) "hunter22");
    g_autofree char *text = plan_to_text(plan, secrets, true);
    json_t *value = plan_to_json(plan, secrets);
    g_autofree char *dump = json_dumps(value, 0);

    cr_expect_not(strstr(text, "hunter22"));
    cr_expect(strstr(text, "key ********!"));
    cr_expect_not(strstr(dump, "hunter22"));
    json_decref(value);
}

Test(plan, json_names_everything)
{
    g_autoptr(Plan) plan = compare(FUNCTION("6"), FUNCTION("10"));
    json_t *value = plan_to_json(plan, NULL);
    g_autofree char *dump = json_dumps(value, JSON_COMPACT);

    cr_expect_str_eq(dump, "{\"createsStack\":false,\"resources\":[{\"action\":\"Modify\","
                           "\"logicalId\":\"F\",\"type\":"
                           "\"AWS::Lambda::Function\",\"replacement\":\"Never\",\"properties\":[{"
                           "\"path\":\"/Properties/"
                           "Timeout\",\"replacement\":\"Never\",\"before\":6,\"after\":10}]}],"
                           "\"sections\":[],\"hazards\":[]}");
    json_decref(value);
}

Test(plan, aws_has_the_last_word_on_a_replacement)
{
    g_autoptr(Plan) plan = compare(
        "{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':'a-dev'}}}}",
        "{'Resources':{'T':{'Type':'AWS::DynamoDB::Table','Properties':{'TableName':{'Fn::Sub':'a-$"
        "{AWS::Region}'}}}}}");

    cr_assert_eq(plan->hazards->len, 1);
    plan_set_replacement(plan, "T", "AWS::DynamoDB::Table", REPLACEMENT_NEVER);
    cr_expect_eq(plan->hazards->len, 0);
    cr_expect_not(plan_needs_approval(plan, APPROVE_REPLACEMENTS));
    plan_set_replacement(plan, "T", "AWS::DynamoDB::Table", REPLACEMENT_ALWAYS);
    cr_expect(plan_needs_approval(plan, APPROVE_REPLACEMENTS));
}

Test(plan, what_is_no_template_is_an_error_that_says_which)
{
    json_t *none = json("{}"), *typeless = json("{'Resources':{'A':{}}}"),
           *good = json("{'Resources':{}}");
    g_autoptr(GError) first = NULL, second = NULL;

    cr_expect_null(plan_compare(none, good, NULL, NULL, &first));
    cr_expect_str_eq(first->message, "the live template has no Resources");
    cr_expect_null(plan_compare(NULL, typeless, NULL, NULL, &second));
    cr_expect_str_eq(second->message, "resource A of the desired template has no Type");
    json_decref(none);
    json_decref(typeless);
    json_decref(good);
}
