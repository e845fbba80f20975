#include "tests/aws/cloudformation/drift.h"
#include "config/json_text.h"
#include "tests/aws/cloudformation/difference.h"
#include "tests/aws/resources/live.h"
#include "tests/aws/wire/api_call.h"
#include "tests/aws/wire/faults.h"
#include <string.h>

/* Types that drift detection does not look at. */
static bool is_checked(const char *type)
{
    return !g_str_has_prefix(type, "Custom::") && !g_str_has_prefix(type, "AWS::CloudFormation::");
}

/* Only what the template sets is compared, and only what can be read. */
static json_t *expected_of(const StackResource *record)
{
    return readable_properties(record->type, record->properties);
}

static json_t *actual_of(const StackResource *record, const Live *live)
{
    json_auto_t *readable = readable_properties(record->type, live->properties);
    json_t *actual = json_object();
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(readable, key, value)
    {
        if (json_object_get(record->properties, key) != NULL)
            json_object_set(actual, key, value);
    }
    return actual;
}

char *drift_status_of(Stack *stack, const StackResource *record)
{
    const Live *live = live_find(stack->region, record->type, record->physical_id);
    json_auto_t *expected = NULL;
    json_auto_t *actual = NULL;

    if (!is_checked(record->type) || record->physical_id == NULL)
        return g_strdup("NOT_CHECKED");
    if (live == NULL)
        return g_strdup("DELETED");
    expected = expected_of(record);
    actual = actual_of(record, live);
    return g_strdup(json_equal(expected, actual) ? "IN_SYNC" : "MODIFIED");
}

static char *shown(json_t *value)
{
    if (value == NULL)
        return g_strdup("null");
    return json_is_string(value) ? g_strdup(json_string_value(value))
                                 : json_text(value, JSON_TEXT_COMPACT);
}

static json_t *property_differences(json_t *expected, json_t *actual)
{
    g_autoptr(GPtrArray) differences = differences_between(expected, actual);
    json_t *list = json_array();

    for (guint i = 0; i < differences->len; i++) {
        const Difference *difference = differences->pdata[i];
        g_autofree char *before = shown(difference->before);
        g_autofree char *after = shown(difference->after);
        json_t *entry = json_object();

        json_set_text(entry, "PropertyPath", difference->path);
        json_set_text(entry, "ExpectedValue", before);
        json_set_text(entry, "ActualValue", after);
        json_set_text(entry, "DifferenceType",
                      difference->before == NULL  ? "ADD"
                      : difference->after == NULL ? "REMOVE"
                                                  : "NOT_EQUAL");
        json_array_append_new(list, entry);
    }
    return list;
}

static void set_properties(json_t *drift, const char *name, json_t *properties)
{
    g_autofree char *text = json_text(properties, JSON_TEXT_COMPACT);

    json_set_text(drift, name, text);
}

void drift_check(Stack *stack, StackResource *record, int64_t now_ms)
{
    const char *trouble = faults_take_resource(region_double(stack->region)->faults, stack->name,
                                               record->logical_id, record->type, "READ", NULL);
    const Live *live = live_find(stack->region, record->type, record->physical_id);
    json_t *drift = json_object();

    g_free(record->drift_status);
    record->drift_status = trouble != NULL ? g_strdup("UNKNOWN") : drift_status_of(stack, record);
    record->drift_checked_ms = now_ms;
    json_set_text(drift, "StackId", stack->id);
    json_set_text(drift, "LogicalResourceId", record->logical_id);
    json_set_text(drift, "PhysicalResourceId", record->physical_id);
    json_set_text(drift, "ResourceType", record->type);
    if (strcmp(record->drift_status, "NOT_CHECKED") != 0) {
        json_auto_t *expected = expected_of(record);

        set_properties(drift, "ExpectedProperties", expected);
        if (live != NULL && trouble == NULL) {
            json_auto_t *actual = actual_of(record, live);

            set_properties(drift, "ActualProperties", actual);
            json_object_set_new(drift, "PropertyDifferences",
                                property_differences(expected, actual));
        }
    }
    json_set_text(drift, "StackResourceDriftStatus", record->drift_status);
    json_set_text(drift, "DriftStatusReason", trouble);
    json_set_time(drift, "Timestamp", now_ms);
    json_decref(record->drift);
    record->drift = drift;
}
