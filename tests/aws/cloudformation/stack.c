#include "tests/aws/cloudformation/stack.h"
#include "config/json_text.h"
#include "tests/aws/cloudformation/execution.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

void stack_resource_free(StackResource *record)
{
    if (record == NULL)
        return;
    g_free(record->logical_id);
    g_free(record->type);
    g_free(record->physical_id);
    g_free(record->status);
    g_free(record->reason);
    json_decref(record->definition);
    json_decref(record->properties);
    json_decref(record->attributes);
    g_clear_pointer(&record->dependencies, g_ptr_array_unref);
    g_free(record->drift_status);
    json_decref(record->drift);
    g_free(record);
}

StackResource *stack_resource_copy(const StackResource *record)
{
    StackResource *copy = g_new0(StackResource, 1);

    *copy = *record;
    copy->logical_id = g_strdup(record->logical_id);
    copy->type = g_strdup(record->type);
    copy->physical_id = g_strdup(record->physical_id);
    copy->status = g_strdup(record->status);
    copy->reason = g_strdup(record->reason);
    copy->definition = json_incref(record->definition);
    copy->properties = json_incref(record->properties);
    copy->attributes = json_incref(record->attributes);
    copy->dependencies =
        record->dependencies != NULL ? g_ptr_array_ref(record->dependencies) : NULL;
    copy->drift_status = g_strdup(record->drift_status);
    copy->drift = json_incref(record->drift);
    return copy;
}

static void stack_event_free(void *data)
{
    StackEvent *event = data;

    g_free(event->id);
    g_free(event->logical_id);
    g_free(event->physical_id);
    g_free(event->type);
    g_free(event->status);
    g_free(event->reason);
    g_free(event->properties);
    g_free(event->token);
    g_free(event->operation_id);
    g_free(event);
}

void deployment_clear(Deployment *deployment)
{
    template_free(deployment->template);
    stack_parameters_clear(&deployment->parameters);
    json_decref(deployment->tags);
    json_decref(deployment->capabilities);
    json_decref(deployment->notification_arns);
    memset(deployment, 0, sizeof *deployment);
}

void deployment_copy(Deployment *to, const Deployment *from)
{
    memset(to, 0, sizeof *to);
    to->template = template_ref(from->template);
    to->parameters.list = json_incref(from->parameters.list);
    to->parameters.values = json_incref(from->parameters.values);
    to->tags = json_incref(from->tags);
    to->capabilities = json_incref(from->capabilities);
    to->notification_arns = json_incref(from->notification_arns);
}

void stack_free(Stack *stack)
{
    if (stack == NULL)
        return;
    g_free(stack->id);
    g_free(stack->name);
    g_free(stack->status);
    g_free(stack->status_reason);
    deployment_clear(&stack->deployed);
    json_decref(stack->outputs);
    g_free(stack->role_arn);
    g_free(stack->policy);
    g_free(stack->change_set_id);
    g_hash_table_unref(stack->resources);
    g_ptr_array_unref(stack->events);
    g_ptr_array_unref(stack->change_sets);
    g_hash_table_unref(stack->imports);
    operation_free(stack->operation);
    operation_free(stack->undo);
    json_decref(stack->last_operations);
    g_free(stack->drift_status);
    g_free(stack);
}

void change_set_free(ChangeSet *change_set)
{
    if (change_set == NULL)
        return;
    g_free(change_set->id);
    g_free(change_set->name);
    g_free(change_set->description);
    g_free(change_set->type);
    g_free(change_set->status);
    g_free(change_set->status_reason);
    g_free(change_set->execution_status);
    g_free(change_set->client_token);
    g_free(change_set->executed_token);
    deployment_clear(&change_set->deployment);
    g_free(change_set->role_arn);
    g_free(change_set->on_stack_failure);
    json_decref(change_set->changes);
    g_free(change_set->stack_drift_status);
    g_free(change_set);
}

void export_free(Export *export)
{
    g_free(export->name);
    g_free(export->value);
    g_hash_table_unref(export->importers);
    g_free(export);
}

Stack *stack_new(Region *region, const char *name, const char *status, int64_t now_ms)
{
    Stack *stack = g_new0(Stack, 1);
    g_autofree char *uuid = double_uuid(region_double(region));

    stack->region = region;
    stack->serial = ++region_double(region)->serial;
    stack->name = g_strdup(name);
    stack->id = g_strdup_printf("arn:aws:cloudformation:%s:%s:stack/%s/%s", region->name,
                                region->account->id, name, uuid);
    stack->created_ms = now_ms;
    stack->status = g_strdup(status);
    stack->outputs = json_array();
    stack->resources =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)stack_resource_free);
    stack->events = g_ptr_array_new_with_free_func(stack_event_free);
    stack->change_sets = g_ptr_array_new();
    stack->imports = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    stack->last_operations = json_array();
    g_hash_table_insert(region->stacks_by_name, g_strdup(name), stack);
    g_hash_table_insert(region->stacks_by_id, g_strdup(stack->id), stack);
    g_ptr_array_add(region->stacks, stack);
    return stack;
}

Stack *stack_find(Region *region, const char *name_or_id)
{
    if (name_or_id == NULL)
        return NULL;
    if (g_str_has_prefix(name_or_id, "arn:"))
        return g_hash_table_lookup(region->stacks_by_id, name_or_id);
    return g_hash_table_lookup(region->stacks_by_name, name_or_id);
}

void stack_mark_deleted(Stack *stack, int64_t now_ms)
{
    Region *region = stack->region;

    stack->deleted_ms = now_ms;
    if (g_hash_table_lookup(region->stacks_by_name, stack->name) == stack)
        g_hash_table_remove(region->stacks_by_name, stack->name);
    g_ptr_array_remove(region->stacks, stack);
    g_ptr_array_add(region->deleted_stacks, stack);
    while (stack->change_sets->len > 0)
        stack_change_set_remove(stack, stack->change_sets->pdata[0]);
}

void stack_event(Stack *stack, const char *logical_id, const char *physical_id, const char *type,
                 const char *status, const char *reason, int64_t at_ms)
{
    StackEvent *event = g_new0(StackEvent, 1);
    g_autofree char *time = time_text_ms(at_ms);
    g_autofree char *uuid = double_uuid(region_double(stack->region));
    bool own = strcmp(type, "AWS::CloudFormation::Stack") == 0;

    event->id =
        own ? g_strdup(uuid) : g_strdup_printf("%s-%s-%s-%.8s", logical_id, status, time, uuid);
    event->logical_id = g_strdup(logical_id);
    event->physical_id = g_strdup(physical_id != NULL ? physical_id : "");
    event->type = g_strdup(type);
    event->status = g_strdup(status);
    event->reason = g_strdup(reason);
    event->at_ms = at_ms;
    event->token = g_strdup(operation_token(stack));
    event->operation_id = g_strdup(operation_id(stack));
    g_ptr_array_add(stack->events, event);
}

void stack_set_status(Stack *stack, const char *status, const char *reason, int64_t at_ms)
{
    text_replace(&stack->status, status);
    text_replace(&stack->status_reason, reason);
    stack_event(stack, stack->name, stack->id, "AWS::CloudFormation::Stack", status, reason, at_ms);
}

void stack_resource_event(Stack *stack, StackResource *record, const char *status,
                          const char *reason, int64_t at_ms)
{
    StackEvent *event = NULL;

    text_replace(&record->status, status);
    text_replace(&record->reason, reason);
    record->updated_ms = at_ms;
    stack_event(stack, record->logical_id, record->physical_id, record->type, status, reason,
                at_ms);
    event = stack->events->pdata[stack->events->len - 1];
    if (record->properties != NULL)
        event->properties = json_text(record->properties, JSON_TEXT_COMPACT);
}

bool stack_is_busy(const Stack *stack)
{
    return stack->operation != NULL;
}

static int compare_records(const void *a, const void *b)
{
    const StackResource *left = *(StackResource *const *)a;
    const StackResource *right = *(StackResource *const *)b;

    return strcmp(left->logical_id, right->logical_id);
}

GPtrArray *stack_resources_sorted(const Stack *stack)
{
    GPtrArray *sorted = g_ptr_array_new();
    GHashTableIter iterator;
    void *record = NULL;

    g_hash_table_iter_init(&iterator, stack->resources);
    while (g_hash_table_iter_next(&iterator, NULL, &record))
        g_ptr_array_add(sorted, record);
    g_ptr_array_sort(sorted, compare_records);
    return sorted;
}

ChangeSet *stack_change_set_find(const Stack *stack, const char *name)
{
    for (guint i = 0; i < stack->change_sets->len; i++) {
        ChangeSet *change_set = stack->change_sets->pdata[i];

        if (strcmp(change_set->name, name) == 0)
            return change_set;
    }
    return NULL;
}

void stack_change_set_remove(Stack *stack, ChangeSet *change_set)
{
    g_ptr_array_remove(stack->change_sets, change_set);
    g_hash_table_remove(stack->region->change_sets, change_set->id);
}
