#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include <string.h>

/* What CloudWatch Logs takes (docs: "CloudWatch Logs quotas", subscription filters). */
enum { MAX_FILTERS_OF_GROUP = 2 };

typedef struct {
    const Function *function;
    unsigned number;      /* of its events so far */
    char *prefix;         /* what the names of its log groups start with */
    GHashTable *count_of; /* char* log group → number of its filters */
} LogFilters;

/* People escape quotes that need no escaping: where the first backslash stands before the first
 * quote, one layer of escapes is taken off. (transfer full) */
static char *filter_pattern(const char *written)
{
    g_autofree char *line = text_without_line_ends(written);
    const char *slash = strchr(line, '\\');
    const char *quote = strchr(line, '"');
    GString *pattern = g_string_new(NULL);

    for (const char *at = line; *at; at++) {
        if (slash && quote && quote > slash && at[0] == '\\' && at[1] && strchr("\"\\'", at[1]))
            at++;
        g_string_append_c(pattern, *at);
    }
    return g_string_free(pattern, FALSE);
}

static void shorten_prefix(LogFilters *filters, const char *group)
{
    size_t length = 0;

    if (!filters->prefix) {
        filters->prefix = g_strdup(group);
        return;
    }
    while (filters->prefix[length] && filters->prefix[length] == group[length])
        length++;
    filters->prefix[length] = '\0';
}

/* One permission a function, for all groups whose names start alike. */
static void add_permission(Compilation *compilation, const LogFilters *filters, const char *id)
{
    bool several = filters->number > 1 && !g_str_has_suffix(filters->prefix, "*");
    g_autofree char *groups = g_strconcat(filters->prefix, several ? "*" : "", NULL);
    json_t *permission = compilation_add_permission(
        compilation, id, filters->function, "",
        json_join("", json_pack("[s,{s:s},s,{s:s},s,{s:s},s,s,s]", "arn:", "Ref", "AWS::Partition",
                                ":logs:", "Ref", "AWS::Region", ":", "Ref", "AWS::AccountId",
                                ":log-group:", groups, ":*")));

    json_object_set_new(
        json_object_get(permission, "Properties"), "Principal",
        json_join("", json_pack("[s,{s:s},s]", "logs.", "Ref", "AWS::Region", ".amazonaws.com")));
    if (filters->function->alias_id)
        json_object_set_new(permission, "DependsOn", json_pack("[s]", filters->function->alias_id));
}

static bool count_filter(Compilation *compilation, const EventCursor *cursor, LogFilters *filters,
                         const char *group)
{
    unsigned count = GPOINTER_TO_UINT(g_hash_table_lookup(filters->count_of, group)) + 1;

    g_hash_table_replace(filters->count_of, g_strdup(group), GUINT_TO_POINTER(count));
    if (count <= MAX_FILTERS_OF_GROUP)
        return true;
    event_error(compilation, cursor, "cloudwatchLog", NULL, "Let one function pass on what it gets",
                "cloudwatchLog event of function \"%s\": log group \"%s\" would have %u "
                "subscription filters, and %d is the most",
                cursor->function->key, group, count, MAX_FILTERS_OF_GROUP);
    return false;
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, LogFilters *filters)
{
    const char *written = event_string(compilation, cursor, "cloudwatchLog", "logGroup");
    const char *filter = property_string(cursor->event, "filter");
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *permission =
        g_strconcat(function, "LambdaPermissionLogsSubscriptionFilterCloudWatchLog", NULL);
    g_autofree char *id =
        g_strdup_printf("%sLogsSubscriptionFilterCloudWatchLog%u", function, filters->number);
    g_autofree char *group = written ? text_without_line_ends(written) : NULL;
    g_autofree char *pattern = filter_pattern(filter ? filter : "");
    json_t *resource;

    if (!group || !count_filter(compilation, cursor, filters, group))
        return;
    shorten_prefix(filters, group);
    resource = compilation_add_resource(compilation, id, "AWS::Logs::SubscriptionFilter",
                                        json_pack("{s:s,s:s,s:o}", "LogGroupName", group,
                                                  "FilterPattern", pattern, "DestinationArn",
                                                  function_target_arn(cursor->function)));
    resource_depend_on(resource, permission);
    resource_depend_on(resource, cursor->function->alias_id);
    add_permission(compilation, filters, permission);
}

void cloudwatch_log_compile(Compilation *compilation)
{
    g_autoptr(GHashTable) count_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    LogFilters filters = {.count_of = count_of};
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "cloudwatchLog", &cursor)) {
        if (cursor.function != filters.function) {
            g_clear_pointer(&filters.prefix, g_free);
            filters.number = 0;
        }
        filters.function = cursor.function;
        filters.number++;
        compile_event(compilation, &cursor, &filters);
    }
    g_free(filters.prefix);
}
