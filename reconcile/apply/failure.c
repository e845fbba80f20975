#include "reconcile/apply/failure.h"
#include <string.h>

/* A resource that stopped because another one failed. */
static bool is_consequence(const char *reason)
{
    static const char *const texts[] = {"Resource creation cancelled", "Resource update cancelled",
                                        "Resource deletion cancelled",
                                        "Resource creation Initiated"};

    for (size_t i = 0; reason && i < G_N_ELEMENTS(texts); i++) {
        if (g_ascii_strncasecmp(reason, texts[i], strlen(texts[i])) == 0)
            return true;
    }
    return false;
}

/* The text between a start and the last occurrence of an end, else NULL. (transfer full) */
static char *between(const char *text, const char *start, const char *end)
{
    const char *begin = strstr(text, start);
    const char *last = begin ? g_strrstr(begin + strlen(start), end) : NULL;

    return last ? g_strndup(begin + strlen(start), (gsize)(last - begin) - strlen(start)) : NULL;
}

/* AWS's words, on one line, without what only a log search wants: resource handlers wrap the
 * service's message in 'Resource handler returned message: "… (Service: X, Status Code: 400,
 * Request ID: …)" (RequestToken: …, HandlerErrorCode: …)'. */
static char *one_line(const char *text)
{
    g_autofree char *inner =
        text ? between(text, "Resource handler returned message: \"", "\"") : NULL;
    g_autofree char *line = g_strdup(inner ? inner : text ? text : "CloudFormation gave no reason");
    char *service = strstr(line, " (Service: ");

    if (service && g_str_has_suffix(line, ")"))
        *service = '\0';
    g_strdelimit(line, "\r\n\t", ' ');
    return g_strdup(g_strstrip(line));
}

static bool contains_any(const char *text, const char *const *pieces, size_t count)
{
    g_autofree char *low = g_ascii_strdown(text, -1);

    for (size_t i = 0; i < count; i++) {
        if (strstr(low, pieces[i]))
            return true;
    }
    return false;
}

FailureClass failure_classify(const char *reason)
{
    /* What service handlers are seen to answer for rates, for IAM that has not spread yet, and for
     * their own trouble. */
    static const char *const passing[] = {
        "rate exceeded",
        "throttl",
        "toomanyrequests",
        "too many requests",
        "requestlimitexceeded",
        "slowdown",
        "limit exceeded for concurrent",
        "cannot be assumed by lambda",
        "the role defined for the function cannot be assumed",
        "is unable to assume role",
        "unable to assume the provided role",
        "invalid principal in policy",       /* a role that was just made */
        "does not have permissions to call", /* a policy that was just attached */
        "service unavailable",
        "serviceunavailable",
        "internal failure",
        "internalfailure",
        "internal error",
        "internalerror",
        "resource is not in the state",
        "resourceconflictexception",
        "the operation cannot be performed at this time",
        "exceeded attempts to wait",
        "connection reset",
        "handlererrorcode: throttling",
        "handlererrorcode: servicetimeout",
        "handlererrorcode: networkfailure",
        "handlererrorcode: serviceinternalerror",
        "seconds after deleting a queue", /* SQS keeps a deleted queue's name */
    };

    return reason && contains_any(reason, passing, G_N_ELEMENTS(passing)) ? FAILURE_PASSING
                                                                          : FAILURE_LASTING;
}

bool change_set_reason_is_empty(const char *reason)
{
    static const char *const texts[] = {
        "didn't contain changes",
        "no updates are to be performed", /* where the template has a Transform */
    };

    return reason && contains_any(reason, texts, G_N_ELEMENTS(texts));
}

/* Whether events of this operation are told apart by the token: some of its events carry it. */
static bool token_is_used(const FailureEvent *events, size_t count, const char *client_token)
{
    for (size_t i = 0; client_token && i < count; i++) {
        if (g_strcmp0(events[i].client_token, client_token) == 0)
            return true;
    }
    return false;
}

static bool belongs(const FailureEvent *event, const char *client_token, int64_t since_ms)
{
    if (client_token)
        return g_strcmp0(event->client_token, client_token) == 0;
    return event->time_ms == 0 || event->time_ms >= since_ms;
}

static bool is_stack(const FailureEvent *event, const char *stack_name)
{
    return g_strcmp0(event->type, "AWS::CloudFormation::Stack") == 0 &&
           g_strcmp0(event->logical_id, stack_name) == 0;
}

static bool begins_operation(const char *status)
{
    return strcmp(status, "CREATE_IN_PROGRESS") == 0 || strcmp(status, "UPDATE_IN_PROGRESS") == 0;
}

static Failure *failure_of(const FailureEvent *event, bool stack)
{
    Failure *failure = g_new0(Failure, 1);

    failure->logical_id = stack ? NULL : g_strdup(event->logical_id);
    failure->type = stack ? NULL : g_strdup(event->type);
    failure->reason = one_line(event->reason);
    failure->class = failure_classify(event->reason);
    return failure;
}

Failure *failure_find(const FailureEvent *events, size_t count, const char *stack_name,
                      const char *client_token, int64_t since_ms)
{
    const char *token = token_is_used(events, count, client_token) ? client_token : NULL;
    const FailureEvent *resource = NULL, *consequence = NULL, *stack = NULL;

    for (size_t i = 0; i < count; i++) { /* newest first: the last one found is the earliest */
        const FailureEvent *event = &events[i];
        if (!event->status || !belongs(event, token, since_ms))
            continue;
        bool failed = g_str_has_suffix(event->status, "_FAILED");
        if (is_stack(event, stack_name)) {
            if (begins_operation(event->status))
                break; /* what is older belongs to an earlier operation, whatever the clocks say */
            if ((failed || strstr(event->status, "ROLLBACK")) && event->reason &&
                event->reason[0] != '\0')
                stack = event;
        } else if (failed && is_consequence(event->reason)) {
            consequence = event;
        } else if (failed) {
            resource = event;
        }
    }
    if (resource)
        return failure_of(resource, false);
    if (stack)
        return failure_of(stack, true);
    return consequence ? failure_of(consequence, false) : NULL;
}

void failure_free(Failure *failure)
{
    if (!failure)
        return;
    g_free(failure->logical_id);
    g_free(failure->type);
    g_free(failure->reason);
    g_free(failure);
}

char *failure_to_text(const Failure *failure)
{
    if (!failure->logical_id)
        return g_strdup(failure->reason);
    return g_strdup_printf("%s (%s): %s", failure->logical_id,
                           failure->type ? failure->type : "unknown type", failure->reason);
}
