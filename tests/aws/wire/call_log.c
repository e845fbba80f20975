#include "tests/aws/wire/call_log.h"

enum { LIST_LIMIT = 10000 };

struct CallLog {
    int64_t total;
    json_t *counts;
    GQueue list; /* json_t* */
};

CallLog *call_log_new(void)
{
    CallLog *log = g_new0(CallLog, 1);

    log->counts = json_object();
    g_queue_init(&log->list);
    return log;
}

void call_log_clear(CallLog *log)
{
    json_t *call = NULL;

    log->total = 0;
    json_object_clear(log->counts);
    while ((call = g_queue_pop_head(&log->list)) != NULL)
        json_decref(call);
}

void call_log_free(CallLog *log)
{
    if (log == NULL)
        return;
    call_log_clear(log);
    json_decref(log->counts);
    g_free(log);
}

void call_log_add(CallLog *log, const ApiCall *call, unsigned status)
{
    g_autofree char *name = g_strdup_printf("%s:%s", call->service, call->action);
    json_int_t before = json_integer_value(json_object_get(log->counts, name));
    json_t *entry = json_object();

    log->total++;
    json_object_set_new(log->counts, name, json_integer(before + 1));
    json_set_text(entry, "service", call->service);
    json_set_text(entry, "action", call->action);
    json_object_set_new(entry, "timeMs", json_integer(call->now_ms));
    json_object_set_new(entry, "status", json_integer(status));
    if (call->region != NULL) {
        json_set_text(entry, "region", call->region->name);
        json_set_text(entry, "account", call->region->account->id);
    }
    json_set_text(entry, "stackName", api_text(call, "StackName"));
    json_set_text(entry, "method", call->http->method);
    json_set_text(entry, "path", call->http->path);
    json_set_text(entry, "userAgent", http_request_header(call->http, "user-agent"));
    g_queue_push_tail(&log->list, entry);
    if (g_queue_get_length(&log->list) > LIST_LIMIT)
        json_decref(g_queue_pop_head(&log->list));
}

json_t *call_log_to_json(const CallLog *log, bool with_list)
{
    json_t *answer = json_object();

    json_object_set_new(answer, "total", json_integer(log->total));
    json_object_set_new(answer, "counts", json_deep_copy(log->counts));
    if (with_list) {
        json_t *list = json_array();

        for (GList *at = log->list.head; at != NULL; at = at->next)
            json_array_append(list, at->data);
        json_object_set_new(answer, "calls", list);
    }
    return answer;
}
