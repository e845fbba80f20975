#include "reconcile/apply/decide.h"
#include <criterion/criterion.h>
#include <string.h>

#define NOW INT64_C(1000000)

// clang-format off
/* Every cell, for a stack of ours that holds no data and differs from the request. */
static const struct {
    StackStatus status;
    ActionKind deploy, correct, roll_back, remove;
} cells[] = {
    {STACK_ABSENT,                              ACTION_CREATE,          ACTION_HOLD,            ACTION_CREATE,          ACTION_GONE},
    {STACK_UNKNOWN,                             ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_CREATE_IN_PROGRESS,                  ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_CREATE_FAILED,                       ACTION_DISCARD,         ACTION_HOLD,            ACTION_DISCARD,         ACTION_DELETE},
    {STACK_CREATE_COMPLETE,                     ACTION_UPDATE,          ACTION_UPDATE,          ACTION_UPDATE,          ACTION_DELETE},
    {STACK_ROLLBACK_IN_PROGRESS,                ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_ROLLBACK_FAILED,                     ACTION_DISCARD,         ACTION_HOLD,            ACTION_DISCARD,         ACTION_DELETE},
    {STACK_ROLLBACK_COMPLETE,                   ACTION_DISCARD,         ACTION_HOLD,            ACTION_DISCARD,         ACTION_DELETE},
    {STACK_DELETE_IN_PROGRESS,                  ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_DELETE_FAILED,                       ACTION_HOLD,            ACTION_HOLD,            ACTION_HOLD,            ACTION_DELETE},
    {STACK_DELETE_COMPLETE,                     ACTION_CREATE,          ACTION_HOLD,            ACTION_CREATE,          ACTION_GONE},
    {STACK_UPDATE_IN_PROGRESS,                  ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_UPDATE_COMPLETE,                     ACTION_UPDATE,          ACTION_UPDATE,          ACTION_UPDATE,          ACTION_DELETE},
    {STACK_UPDATE_FAILED,                       ACTION_ROLL_BACK_STACK, ACTION_ROLL_BACK_STACK, ACTION_ROLL_BACK_STACK, ACTION_DELETE},
    {STACK_UPDATE_ROLLBACK_IN_PROGRESS,         ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_UPDATE_ROLLBACK_FAILED,              ACTION_CONTINUE_ROLLBACK, ACTION_CONTINUE_ROLLBACK, ACTION_CONTINUE_ROLLBACK, ACTION_DELETE},
    {STACK_UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, ACTION_WAIT,   ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_UPDATE_ROLLBACK_COMPLETE,            ACTION_UPDATE,          ACTION_UPDATE,          ACTION_UPDATE,          ACTION_DELETE},
    {STACK_REVIEW_IN_PROGRESS,                  ACTION_CREATE,          ACTION_HOLD,            ACTION_CREATE,          ACTION_DELETE},
    {STACK_IMPORT_IN_PROGRESS,                  ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_IMPORT_COMPLETE,                     ACTION_UPDATE,          ACTION_UPDATE,          ACTION_UPDATE,          ACTION_DELETE},
    {STACK_IMPORT_ROLLBACK_IN_PROGRESS,         ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT,            ACTION_WAIT},
    {STACK_IMPORT_ROLLBACK_FAILED,              ACTION_UPDATE,          ACTION_UPDATE,          ACTION_UPDATE,          ACTION_DELETE},
    {STACK_IMPORT_ROLLBACK_COMPLETE,            ACTION_UPDATE,          ACTION_UPDATE,          ACTION_UPDATE,          ACTION_DELETE},
};
// clang-format on

static Desired desired = {.stack_name = (char *)"orders-dev", .digest = (char *)"new"};

static Record ours(void)
{
    return (Record){.stack_name = (char *)"orders-dev",
                    .stack_id = (char *)"arn:1",
                    .deployed_digest = (char *)"old",
                    .last_updated_time = (char *)"10:00"};
}

static Observed seen(StackStatus status)
{
    bool absent = status == STACK_ABSENT || status == STACK_DELETE_COMPLETE;

    return (Observed){.status = status,
                      .status_text = stack_status_name(status),
                      .stack_id = absent ? NULL : "arn:1",
                      .last_updated_time = "10:00",
                      .data_known = true};
}

static ActionKind decided(const Observed *observed, const Record *record, Intent intent)
{
    return decide(observed, &desired, record, intent, "orders", NOW).action;
}

Test(decide, every_status_and_intent_has_its_action)
{
    const Record record = ours();

    cr_assert_eq(sizeof cells / sizeof cells[0], STACK_STATUS_COUNT);
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        const ActionKind wanted[INTENT_COUNT] = {cells[i].deploy, cells[i].correct,
                                                 cells[i].roll_back, cells[i].remove};
        const Observed observed = seen(cells[i].status);
        for (int intent = 0; intent < INTENT_COUNT; intent++) {
            ActionKind action = decided(&observed, &record, (Intent)intent);
            cr_expect_eq(action, wanted[intent], "%s, %s: %s, not %s",
                         stack_status_name(cells[i].status), intent_name((Intent)intent),
                         action_name(wanted[intent]), action_name(action));
        }
    }
}

Test(decide, nothing_is_changed_in_a_stack_that_is_not_ours)
{
    Record record = {.stack_name = (char *)"orders-dev"};

    for (int status = STACK_ABSENT; status < STACK_STATUS_COUNT; status++) {
        for (int intent = 0; intent < INTENT_COUNT; intent++) {
            Observed observed = seen((StackStatus)status);
            ActionKind action = decided(&observed, &record, (Intent)intent);
            bool vacant = status == STACK_ABSENT || status == STACK_DELETE_COMPLETE ||
                          status == STACK_REVIEW_IN_PROGRESS;
            if (vacant && intent != INTENT_REMOVE)
                continue;
            cr_expect(action == ACTION_HOLD || action == ACTION_GONE, "%s, %s: %s",
                      stack_status_name((StackStatus)status), intent_name((Intent)intent),
                      action_name(action));
        }
    }
}

Test(decide, a_foreign_stack_is_held_and_told_how_to_adopt)
{
    Record record = {.stack_name = (char *)"orders-dev"};
    Observed observed = seen(STACK_UPDATE_COMPLETE);
    Decision decision = decide(&observed, &desired, &record, INTENT_DEPLOY, "orders", NOW);

    cr_expect_eq(decision.action, ACTION_HOLD);
    cr_expect(strstr(decision.reason, "driftless adopt"));
}

Test(decide, our_tag_makes_a_stack_ours_and_anothers_does_not)
{
    Record record = {.stack_name = (char *)"orders-dev"};
    Observed observed = seen(STACK_UPDATE_COMPLETE);

    observed.owner_tag = "orders";
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_UPDATE);
    observed.owner_tag = "payments";
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_HOLD);
}

Test(decide, a_stack_deleted_and_made_again_by_somebody_is_not_ours)
{
    Record record = ours();
    Observed observed = seen(STACK_CREATE_COMPLETE);

    observed.stack_id = "arn:2";
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_HOLD);
}

Test(decide, a_stack_that_is_there_already_needs_nothing)
{
    Record record = ours();
    Observed observed = seen(STACK_UPDATE_COMPLETE);

    record.deployed_digest = (char *)"new";
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_NOTHING);
    cr_expect_eq(decided(&observed, &record, INTENT_CORRECT), ACTION_UPDATE,
                 "drift is not seen in the digest");
    observed.status = STACK_UPDATE_ROLLBACK_COMPLETE;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_NOTHING,
                 "what was rolled back to is this request");
    observed.last_updated_time = "11:00";
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_UPDATE, "somebody updated it");
}

Test(decide, what_failed_is_not_tried_again)
{
    Record record = ours();
    Observed observed = seen(STACK_UPDATE_ROLLBACK_COMPLETE);

    record.failed_digest = (char *)"new";
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_FAIL);
    observed.status = STACK_ROLLBACK_COMPLETE;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_FAIL);
    observed.status = STACK_UPDATE_ROLLBACK_FAILED;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_CONTINUE_ROLLBACK,
                 "a stuck stack is freed all the same");
    record.failed_digest = (char *)"another";
    observed.status = STACK_UPDATE_ROLLBACK_COMPLETE;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_UPDATE);
}

Test(decide, a_retry_waits_for_its_time)
{
    Record record = ours();
    Observed observed = seen(STACK_UPDATE_ROLLBACK_COMPLETE);

    record.retry_at_ms = NOW + 5000;
    Decision decision = decide(&observed, &desired, &record, INTENT_DEPLOY, "orders", NOW);
    cr_expect_eq(decision.action, ACTION_WAIT);
    cr_expect_eq(decision.look_again_ms, 5000);
    cr_expect_eq(decide(&observed, &desired, &record, INTENT_DEPLOY, "orders", NOW + 5000).action,
                 ACTION_UPDATE);
}

Test(decide, an_execution_that_ended_is_judged_before_anything_else)
{
    Record record = ours();

    record.phase = PHASE_EXECUTING;
    for (int status = STACK_UNKNOWN + 1; status < STACK_STATUS_COUNT; status++) {
        Observed observed = seen((StackStatus)status);
        if (status == STACK_REVIEW_IN_PROGRESS || status == STACK_DELETE_COMPLETE)
            continue;
        cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY),
                     stack_status_is_busy((StackStatus)status) ? ACTION_WAIT : ACTION_JUDGE, "%s",
                     stack_status_name((StackStatus)status));
    }
}

Test(decide, what_holds_data_is_never_discarded)
{
    Record record = ours();
    Observed observed = seen(STACK_CREATE_FAILED);

    observed.data_known = false;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_LOOK_FOR_DATA);
    observed.data_known = true;
    observed.holds_data = true;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_HOLD);
    observed.holds_data = false;
    observed.termination_protection = true;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_HOLD);
}

Test(decide, a_rollback_is_continued_with_pauses_and_not_for_ever)
{
    Record record = ours();
    Observed observed = seen(STACK_UPDATE_ROLLBACK_FAILED);

    record.phase = PHASE_CONTINUING;
    record.rollback_loops = 1;
    record.retry_at_ms = NOW + 1;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_WAIT);
    record.retry_at_ms = NOW;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_CONTINUE_ROLLBACK);
    record.rollback_loops = ROLLBACK_LOOPS_MAX;
    cr_expect_eq(decided(&observed, &record, INTENT_DEPLOY), ACTION_HOLD);
}

Test(decide, removal_minds_termination_protection_and_what_could_not_be_deleted)
{
    Record record = ours();
    Observed observed = seen(STACK_UPDATE_COMPLETE);

    observed.termination_protection = true;
    cr_expect_eq(decided(&observed, &record, INTENT_REMOVE), ACTION_HOLD);
    observed = seen(STACK_DELETE_FAILED);
    record.phase = PHASE_DELETING;
    cr_expect_eq(decided(&observed, &record, INTENT_REMOVE), ACTION_HOLD);
}

Test(decide, looks_come_quickly_at_first_and_slowly_later)
{
    unsigned before = 0, total = 0;

    for (unsigned polls = 0; polls < 40; polls++) {
        unsigned interval = poll_interval_ms(polls);
        cr_expect_geq(interval, before);
        if (polls < 5)
            total += interval;
        before = interval;
    }
    cr_expect_leq(poll_interval_ms(0), 20);
    cr_expect_leq(total, 100, "five looks take %u ms", total);
    cr_expect_eq(before, 5000);
}
