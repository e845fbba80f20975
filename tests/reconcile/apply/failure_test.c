#include "reconcile/apply/failure.h"
#include <criterion/criterion.h>

#define STACK "AWS::CloudFormation::Stack"

/* Newest first, as AWS gives them: an update whose queue failed, on top of an earlier failure. */
static const FailureEvent events[] = {
    {90, "orders", "arn", STACK, "UPDATE_ROLLBACK_COMPLETE", NULL, "t2"},
    {80, "orders", "arn", STACK, "UPDATE_ROLLBACK_IN_PROGRESS",
     "The following resource(s) failed to update: [Queue, F].", "t2"},
    {70, "F", "f", "AWS::Lambda::Function", "UPDATE_FAILED", "Resource update cancelled", "t2"},
    {65, "Other", "o", "AWS::SNS::Topic", "CREATE_FAILED", "came second", "t2"},
    {60, "Queue", "q", "AWS::SQS::Queue", "UPDATE_FAILED", "Invalid value for\nDelaySeconds", "t2"},
    {50, "orders", "arn", STACK, "UPDATE_IN_PROGRESS", "User Initiated", "t2"},
    {40, "orders", "arn", STACK, "UPDATE_ROLLBACK_COMPLETE", NULL, "t1"},
    {30, "Table", "t", "AWS::DynamoDB::Table", "UPDATE_FAILED", "an older failure", "t1"},
};

Test(failure, the_first_cause_of_this_operation_is_found)
{
    g_autoptr(Failure) failure = failure_find(events, G_N_ELEMENTS(events), "orders", "t2", 0);
    g_autofree char *text = failure_to_text(failure);

    cr_expect_str_eq(text, "Queue (AWS::SQS::Queue): Invalid value for DelaySeconds");
    cr_expect_eq(failure->class, FAILURE_LASTING);
}

Test(failure, without_tokens_the_time_tells_operations_apart)
{
    FailureEvent plain[G_N_ELEMENTS(events)];

    for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
        plain[i] = events[i];
        plain[i].client_token = NULL;
    }
    g_autoptr(Failure) failure = failure_find(plain, G_N_ELEMENTS(plain), "orders", "t2", 45);
    cr_expect_str_eq(failure->logical_id, "Queue");
    g_autoptr(Failure) loose = failure_find(plain, G_N_ELEMENTS(plain), "orders", "t2", 0);
    cr_expect_str_eq(loose->logical_id, "Queue",
                     "what was before the operation began does not count, whatever the clocks say");
}

Test(failure, a_stack_that_failed_without_a_resource_tells_its_own_reason)
{
    const FailureEvent only[] = {
        {20, "orders", "arn", STACK, "UPDATE_ROLLBACK_IN_PROGRESS",
         "Export orders-arn cannot be deleted as it is in use", NULL},
        {10, "orders", "arn", STACK, "UPDATE_IN_PROGRESS", "User Initiated", NULL},
    };
    g_autoptr(Failure) failure = failure_find(only, 2, "orders", NULL, 0);
    g_autofree char *text = failure_to_text(failure);

    cr_expect_str_eq(text, "Export orders-arn cannot be deleted as it is in use");
    cr_expect_null(failure->logical_id);
}

Test(failure, no_failure_is_found_where_none_is)
{
    cr_expect_null(failure_find(NULL, 0, "orders", "t", 0));
    cr_expect_null(failure_find(&events[5], 1, "orders", "t2", 0));
}

Test(failure, what_passes_by_itself_is_told_from_what_lasts)
{
    static const char *const passing[] = {
        "Rate exceeded (Service: Lambda, Status Code: 429)",
        "The role defined for the function cannot be assumed by Lambda.",
        "Throttling: please slow down",
        "Service Unavailable",
        "Internal Failure",
        ("You must wait 60 seconds after deleting a queue before you can create another with the "
         "same name."),
    };
    static const char *const lasting[] = {
        "API Key value should be at least 20 characters",
        "orders already exists in stack arn:aws:…",
        "Access denied for operation 'lambda:CreateFunction'",
        "",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(passing); i++)
        cr_expect_eq(failure_classify(passing[i]), FAILURE_PASSING, "%s", passing[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(lasting); i++)
        cr_expect_eq(failure_classify(lasting[i]), FAILURE_LASTING, "%s", lasting[i]);
    cr_expect_eq(failure_classify(NULL), FAILURE_LASTING);
}

Test(failure, both_words_for_an_empty_change_set_are_known)
{
    cr_expect(change_set_reason_is_empty(
        "The submitted information didn't contain changes. Submit different information."));
    cr_expect(change_set_reason_is_empty("No updates are to be performed."));
    cr_expect_not(change_set_reason_is_empty("Template error"));
    cr_expect_not(change_set_reason_is_empty(NULL));
}

Test(failure, what_only_a_log_search_wants_is_left_out)
{
    const FailureEvent wrapped = {
        20,
        "F",
        "f",
        "AWS::Lambda::Function",
        "CREATE_FAILED",
        "Resource handler returned message: \"Code \"a\" is missing (Service: Lambda, Status "
        "Code: 400, Request ID: 0) (SDK Attempt Count: 1)\" (RequestToken: 1, HandlerErrorCode: "
        "InvalidRequest)",
        NULL};
    g_autoptr(Failure) failure = failure_find(&wrapped, 1, "orders", NULL, 0);

    cr_expect_str_eq(failure->reason, "Code \"a\" is missing");
    cr_expect_eq(failure->class, FAILURE_LASTING);
    cr_expect_eq(failure_classify("x (RequestToken: 1, HandlerErrorCode: ServiceInternalError)"),
                 FAILURE_PASSING);
}
