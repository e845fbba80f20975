#include "tests/aws/wire/faults.h"
#include <string.h>

typedef struct {
    json_t *script;
    int64_t seen, struck;
    bool gone;
} Fault;

struct Faults {
    GPtrArray *list; /* Fault*; spent ones stay, so that reasons handed out stay valid */
};

static void fault_free(void *data)
{
    Fault *fault = data;

    json_decref(fault->script);
    g_free(fault);
}

Faults *faults_new(void)
{
    Faults *faults = g_new0(Faults, 1);

    faults->list = g_ptr_array_new_with_free_func(fault_free);
    return faults;
}

void faults_free(Faults *faults)
{
    if (faults == NULL)
        return;
    g_ptr_array_unref(faults->list);
    g_free(faults);
}

void faults_clear(Faults *faults)
{
    g_ptr_array_set_size(faults->list, 0);
}

static bool fault_check(json_t *script, GError **error)
{
    static const char *const known[] = {"action",  "nth",       "times",      "status",
                                        "code",    "message",   "drop",       "truncate",
                                        "delayMs", "resource",  "logicalId",  "operation",
                                        "fail",    "stackName", "dropAnswer", NULL};
    const char *key = NULL;
    json_t *value = NULL;

    if (!json_is_object(script)) {
        g_set_error(error, DOUBLE_ERROR, 400, "a fault is an object");
        return false;
    }
    json_object_foreach(script, key, value)
    {
        if (!g_strv_contains(known, key)) {
            g_set_error(error, DOUBLE_ERROR, 400, "a fault has no member '%s'", key);
            return false;
        }
    }
    if (json_object_get(script, "action") == NULL && json_object_get(script, "resource") == NULL &&
        json_object_get(script, "logicalId") == NULL &&
        json_object_get(script, "operation") == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "a fault needs 'action' (of a call) or 'resource', 'logicalId' or 'operation'");
        return false;
    }
    return true;
}

bool faults_add(Faults *faults, json_t *list, GError **error)
{
    size_t i = 0;
    json_t *script = NULL;

    if (!json_is_array(list)) {
        g_set_error(error, DOUBLE_ERROR, 400, "faults are a list");
        return false;
    }
    json_array_foreach(list, i, script)
    {
        if (!fault_check(script, error))
            return false;
    }
    json_array_foreach(list, i, script)
    {
        Fault *fault = g_new0(Fault, 1);

        fault->script = json_incref(script);
        g_ptr_array_add(faults->list, fault);
    }
    return true;
}

json_t *faults_to_json(const Faults *faults)
{
    json_t *list = json_array();

    for (guint i = 0; i < faults->list->len; i++) {
        const Fault *fault = faults->list->pdata[i];
        json_t *entry = json_deep_copy(fault->script);

        json_object_set_new(entry, "seen", json_integer(fault->seen));
        json_object_set_new(entry, "struck", json_integer(fault->struck));
        json_array_append_new(list, entry);
    }
    return list;
}

/* Counts one more match; whether this is one that the fault strikes. */
static bool fault_strikes(Fault *fault)
{
    json_t *times_value = json_object_get(fault->script, "times");
    json_int_t nth = json_integer_value(json_object_get(fault->script, "nth"));
    json_int_t times = times_value != NULL ? json_integer_value(times_value) : 1;

    fault->seen++;
    if (fault->seen < nth || (times > 0 && fault->struck >= times))
        return false;
    fault->struck++;
    return true;
}

static bool text_matches(json_t *script, const char *key, const char *text)
{
    const char *wanted = json_text_of(script, key);

    return wanted == NULL || g_strcmp0(wanted, text) == 0;
}

static bool action_matches(const ApiCall *call, const char *wanted)
{
    size_t service = strlen(call->service);

    if (strncmp(wanted, call->service, service) == 0 && wanted[service] == ':')
        wanted += service + 1;
    return strcmp(wanted, call->action) == 0;
}

CallFault faults_take_call(Faults *faults, const ApiCall *call)
{
    for (guint i = 0; i < faults->list->len; i++) {
        Fault *fault = faults->list->pdata[i];
        json_t *script = fault->script;
        const char *action = json_text_of(script, "action");
        const char *stack = json_text_of(script, "stackName");

        if (action == NULL || !action_matches(call, action))
            continue;
        if (stack != NULL && g_strcmp0(stack, api_text(call, "StackName")) != 0)
            continue;
        if (fault_strikes(fault)) {
            CallFault result = {0};

            result.status = (unsigned)json_integer_value(json_object_get(script, "status"));
            result.code = json_text_of(script, "code");
            result.message = json_text_of(script, "message");
            result.drop = json_is_true(json_object_get(script, "drop"));
            result.drop_answer = json_is_true(json_object_get(script, "dropAnswer"));
            result.truncate_bytes = (size_t)json_integer_value(json_object_get(script, "truncate"));
            result.delay_ms = json_integer_value(json_object_get(script, "delayMs"));
            return result;
        }
    }
    return (CallFault){0};
}

const char *faults_take_resource(Faults *faults, const char *stack_name, const char *logical_id,
                                 const char *type, const char *operation, int64_t *ret_delay_ms)
{
    const char *reason = NULL;
    int64_t delay_ms = 0;

    for (guint i = 0; i < faults->list->len && reason == NULL; i++) {
        Fault *fault = faults->list->pdata[i];
        json_t *script = fault->script;

        if (json_object_get(script, "action") != NULL || !text_matches(script, "resource", type) ||
            !text_matches(script, "logicalId", logical_id) ||
            !text_matches(script, "stackName", stack_name) ||
            !text_matches(script, "operation", operation))
            continue;
        if (fault_strikes(fault)) {
            reason = json_text_of(script, "fail");
            delay_ms += json_integer_value(json_object_get(script, "delayMs"));
        }
    }
    if (ret_delay_ms != NULL)
        *ret_delay_ms = delay_ms;
    return reason;
}
