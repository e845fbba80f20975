#include "reconcile/apply/decide.h"
#include <string.h>

#define POLL_FIRST_MS 5
#define POLL_MAX_MS 5000
#define UNKNOWN_STATUS_MS 60000
#define CONTINUE_FIRST_MS 2000 /* between ContinueUpdateRollback calls, doubled each time */
#define CONTINUE_MAX_MS 300000

/* What a cell of the table says; the guards below stand before it. */
typedef enum {
    RULE_UNKNOWN, /* a status from a later AWS */
    RULE_WAIT,
    RULE_CREATE,
    RULE_UPDATE,
    RULE_DISCARD,   /* nothing useful is left of a first creation */
    RULE_CONTINUE,  /* ContinueUpdateRollback until it ends */
    RULE_ROLL_BACK, /* an update that failed and was kept for inspection */
    RULE_DELETE,
    RULE_GONE,
    RULE_HOLD_ABSENT, /* nothing there to correct */
    RULE_HOLD_BROKEN, /* a deploy has to repair it first */
    RULE_HOLD_UNDEAD, /* DELETE_FAILED */
} Rule;

// clang-format off
static const Rule table[STACK_STATUS_COUNT][INTENT_COUNT] = {
    /*                                         DEPLOY           CORRECT           ROLL_BACK        REMOVE       */
    [STACK_ABSENT]                           = {RULE_CREATE,    RULE_HOLD_ABSENT, RULE_CREATE,    RULE_GONE},
    [STACK_UNKNOWN]                          = {RULE_UNKNOWN,   RULE_UNKNOWN,     RULE_UNKNOWN,   RULE_UNKNOWN},
    [STACK_CREATE_IN_PROGRESS]               = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_CREATE_FAILED]                    = {RULE_DISCARD,   RULE_HOLD_BROKEN, RULE_DISCARD,   RULE_DELETE},
    [STACK_CREATE_COMPLETE]                  = {RULE_UPDATE,    RULE_UPDATE,      RULE_UPDATE,    RULE_DELETE},
    [STACK_ROLLBACK_IN_PROGRESS]             = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_ROLLBACK_FAILED]                  = {RULE_DISCARD,   RULE_HOLD_BROKEN, RULE_DISCARD,   RULE_DELETE},
    [STACK_ROLLBACK_COMPLETE]                = {RULE_DISCARD,   RULE_HOLD_BROKEN, RULE_DISCARD,   RULE_DELETE},
    [STACK_DELETE_IN_PROGRESS]               = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_DELETE_FAILED]                    = {RULE_HOLD_UNDEAD, RULE_HOLD_UNDEAD, RULE_HOLD_UNDEAD, RULE_DELETE},
    [STACK_DELETE_COMPLETE]                  = {RULE_CREATE,    RULE_HOLD_ABSENT, RULE_CREATE,    RULE_GONE},
    [STACK_UPDATE_IN_PROGRESS]               = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_UPDATE_COMPLETE_CLEANUP_IN_PROGRESS] = {RULE_WAIT,   RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_UPDATE_COMPLETE]                  = {RULE_UPDATE,    RULE_UPDATE,      RULE_UPDATE,    RULE_DELETE},
    [STACK_UPDATE_FAILED]                    = {RULE_ROLL_BACK, RULE_ROLL_BACK,   RULE_ROLL_BACK, RULE_DELETE},
    [STACK_UPDATE_ROLLBACK_IN_PROGRESS]      = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_UPDATE_ROLLBACK_FAILED]           = {RULE_CONTINUE,  RULE_CONTINUE,    RULE_CONTINUE,  RULE_DELETE},
    [STACK_UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS] = {RULE_WAIT, RULE_WAIT, RULE_WAIT,      RULE_WAIT},
    [STACK_UPDATE_ROLLBACK_COMPLETE]         = {RULE_UPDATE,    RULE_UPDATE,      RULE_UPDATE,    RULE_DELETE},
    [STACK_REVIEW_IN_PROGRESS]               = {RULE_CREATE,    RULE_HOLD_ABSENT, RULE_CREATE,    RULE_DELETE},
    [STACK_IMPORT_IN_PROGRESS]               = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_IMPORT_COMPLETE]                  = {RULE_UPDATE,    RULE_UPDATE,      RULE_UPDATE,    RULE_DELETE},
    [STACK_IMPORT_ROLLBACK_IN_PROGRESS]      = {RULE_WAIT,      RULE_WAIT,        RULE_WAIT,      RULE_WAIT},
    [STACK_IMPORT_ROLLBACK_FAILED]           = {RULE_UPDATE,    RULE_UPDATE,      RULE_UPDATE,    RULE_DELETE},
    [STACK_IMPORT_ROLLBACK_COMPLETE]         = {RULE_UPDATE,    RULE_UPDATE,      RULE_UPDATE,    RULE_DELETE},
};
// clang-format on

const char *intent_name(Intent intent)
{
    static const char *const names[INTENT_COUNT] = {"deploy", "correct", "roll back", "remove"};

    return names[intent];
}

const char *action_name(ActionKind action)
{
    static const char *const names[ACTION_COUNT] = {
#define ROW(name, text) [ACTION_##name] = text,
        APPLY_ACTIONS(ROW)
#undef ROW
    };

    return names[action];
}

unsigned poll_interval_ms(unsigned polls)
{
    unsigned interval = POLL_FIRST_MS;

    for (unsigned i = 0; i < polls && interval < POLL_MAX_MS; i++)
        interval += interval / 2;
    return MIN(interval, POLL_MAX_MS);
}

bool stack_is_ours(const Observed *observed, const Record *record, const char *owner)
{
    if (record->stack_id && g_strcmp0(record->stack_id, observed->stack_id) == 0)
        return true;
    return observed->owner_tag && (!owner || strcmp(observed->owner_tag, owner) == 0);
}

/* There is nothing in it that could be anybody's. */
static bool is_vacant(StackStatus status)
{
    return status == STACK_ABSENT || status == STACK_DELETE_COMPLETE ||
           status == STACK_REVIEW_IN_PROGRESS;
}

static Decision decision(ActionKind action, const char *reason)
{
    return (Decision){action, reason, 0};
}

static Decision wait_ms(const char *reason, unsigned look_again_ms)
{
    return (Decision){ACTION_WAIT, reason, look_again_ms};
}

static Decision decide_continue(const Record *record, int64_t now_ms)
{
    if (record->rollback_loops >= ROLLBACK_LOOPS_MAX)
        return decision(
            ACTION_HOLD,
            "the rollback of an update keeps failing: repair what its events name, or skip "
            "those resources with ContinueUpdateRollback");
    if (record->phase == PHASE_CONTINUING && record->retry_at_ms > now_ms) {
        int64_t wait = record->retry_at_ms - now_ms;
        return wait_ms("waiting before the rollback is continued again",
                       (unsigned)MIN(wait, CONTINUE_MAX_MS));
    }
    return decision(ACTION_CONTINUE_ROLLBACK, "the rollback of an update failed: continuing it");
}

static Decision decide_discard(const Observed *observed)
{
    if (observed->termination_protection)
        return decision(
            ACTION_HOLD,
            "its first creation failed and termination protection keeps it from being deleted");
    if (!observed->data_known)
        return decision(ACTION_LOOK_FOR_DATA,
                        "its first creation failed: looking whether anything in it holds data");
    if (observed->holds_data)
        return decision(
            ACTION_HOLD,
            "its first creation failed, but left resources that hold data: keep or delete them, "
            "then delete the stack");
    return decision(ACTION_DISCARD,
                    "its first creation failed: deleting what is left before creating it again");
}

static Decision decide_delete(const Observed *observed, const Record *record)
{
    if (observed->termination_protection)
        return decision(ACTION_HOLD,
                        "termination protection is on: turn it off to remove the stack");
    if (observed->status == STACK_DELETE_FAILED && record->phase == PHASE_DELETING)
        return decision(
            ACTION_HOLD,
            "deleting failed: empty or release what its events name, then remove it again");
    return decision(ACTION_DELETE, "deleting");
}

/* Whether the stack was last brought to this very request and nobody updated it since. */
static bool is_there_already(const Observed *observed, const Desired *desired, const Record *record)
{
    return g_strcmp0(record->deployed_digest, desired->digest) == 0 &&
           g_strcmp0(record->stack_id, observed->stack_id) == 0 &&
           g_strcmp0(record->last_updated_time, observed->last_updated_time) == 0;
}

/* What holds for every cell that would change something for a request. */
static bool decide_request(const Observed *observed, const Desired *desired, const Record *record,
                           Intent intent, Rule rule, int64_t now_ms, Decision *ret)
{
    if (rule != RULE_CREATE && rule != RULE_UPDATE && rule != RULE_DISCARD &&
        rule != RULE_ROLL_BACK)
        return false;
    if (intent != INTENT_CORRECT && rule == RULE_UPDATE &&
        is_there_already(observed, desired, record)) {
        *ret = decision(ACTION_NOTHING, "the stack is what this revision asks for");
        return true;
    }
    if (g_strcmp0(record->failed_digest, desired->digest) == 0) {
        *ret = decision(
            ACTION_FAIL,
            "this revision failed before: waits for a new commit, a changed input or a person");
        return true;
    }
    if (record->retry_at_ms > now_ms) {
        *ret = wait_ms("waiting before a retry",
                       (unsigned)MIN(record->retry_at_ms - now_ms, UNKNOWN_STATUS_MS));
        return true;
    }
    return false;
}

static Decision decide_rule(Rule rule, const Observed *observed, const Record *record,
                            int64_t now_ms)
{
    switch (rule) {
    case RULE_UNKNOWN:
        return wait_ms(
            "CloudFormation reports a status that this version of Driftless does not know",
            UNKNOWN_STATUS_MS);
    case RULE_WAIT:
        return wait_ms("CloudFormation is at work", poll_interval_ms(record->polls));
    case RULE_CREATE:
        return decision(ACTION_CREATE, "the stack does not exist");
    case RULE_UPDATE:
        return decision(ACTION_UPDATE, "the stack differs from the request");
    case RULE_DISCARD:
        return decide_discard(observed);
    case RULE_CONTINUE:
        return decide_continue(record, now_ms);
    case RULE_ROLL_BACK:
        return decision(ACTION_ROLL_BACK_STACK,
                        "an update failed and was left as it was: rolling it back first");
    case RULE_DELETE:
        return decide_delete(observed, record);
    case RULE_GONE:
        return decision(ACTION_GONE, "the stack does not exist");
    case RULE_HOLD_ABSENT:
        return decision(ACTION_HOLD, "the stack does not exist: a deploy creates it again");
    case RULE_HOLD_BROKEN:
        return decision(
            ACTION_HOLD,
            "its first creation failed: a deploy has to repair it before drift can be corrected");
    case RULE_HOLD_UNDEAD:
        return decision(ACTION_HOLD,
                        "deleting it failed: finish the deletion (driftless remove), then deploy");
    }
    return wait_ms("undecided", UNKNOWN_STATUS_MS);
}

Decision decide(const Observed *observed, const Desired *desired, const Record *record,
                Intent intent, const char *owner, int64_t now_ms)
{
    Rule rule = table[observed->status][intent];
    bool vacant = is_vacant(observed->status);
    Decision early;

    if (!stack_is_ours(observed, record, owner) && (!vacant || rule == RULE_DELETE))
        return decision(
            ACTION_HOLD,
            observed->owner_tag
                ? "the stack belongs to another service: give one of them another stackName"
                : "the stack was not made by Driftless: driftless adopt shows what would "
                  "change and takes it over");
    if (rule == RULE_UNKNOWN || rule == RULE_WAIT)
        return decide_rule(rule, observed, record, now_ms);
    if (record->phase == PHASE_EXECUTING)
        return decision(ACTION_JUDGE, "the operation ended");
    if (rule != RULE_DELETE && desired &&
        decide_request(observed, desired, record, intent, rule, now_ms, &early))
        return early;
    return decide_rule(rule, observed, record, now_ms);
}
