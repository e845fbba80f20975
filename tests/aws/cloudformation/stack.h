/* tests/aws/cloudformation/stack.h
 *
 * Stacks, what they hold, and what happened to them. A Region owns its stacks and change sets; a
 * stack owns its resource records, events and operation. */
#pragma once
#include "tests/aws/double.h"
#include "tests/aws/template/parameters.h"
#include "tests/aws/template/template.h"

typedef struct Operation Operation;

/* A resource as its stack knows it: not what is there (that is Live), but what was deployed last.
 */
typedef struct {
    char *logical_id, *type, *physical_id;
    char *status, *reason;
    int64_t updated_ms;
    json_t *definition;      /* of the template */
    json_t *properties;      /* as resolved when last deployed */
    json_t *attributes;      /* as last seen, for when the resource is gone */
    GPtrArray *dependencies; /* char* logical ids */
    char *drift_status;      /* NULL: never checked */
    int64_t drift_checked_ms;
    json_t *drift; /* the last StackResourceDrift */
} StackResource;

typedef struct {
    char *id, *logical_id, *physical_id, *type, *status, *reason, *properties, *token,
        *operation_id;
    int64_t at_ms;
} StackEvent;

/* What a stack is deployed with. */
typedef struct {
    Template *template;
    StackParameters parameters;
    json_t *tags, *capabilities, *notification_arns; /* arrays */
} Deployment;

typedef struct Stack {
    Region *region;
    uint64_t serial;
    char *id, *name;
    char *status, *status_reason;
    int64_t created_ms, updated_ms, deleted_ms; /* 0: not yet */
    Deployment deployed;
    json_t *outputs; /* as DescribeStacks lists them */
    char *role_arn, *policy, *change_set_id;
    bool disable_rollback, termination_protection;
    GHashTable *resources;  /* logical id → StackResource, owned */
    GPtrArray *events;      /* StackEvent*, oldest first */
    GPtrArray *change_sets; /* ChangeSet*, borrowed from the region */
    GHashTable *imports;    /* names of exports that are used, owned */
    Operation *operation;   /* under way, or NULL */
    Operation *undo;        /* what a failed operation left to be rolled back, or NULL */
    json_t *last_operations;
    unsigned made_count; /* resources made so far: each gets other ids */
    char *drift_status;  /* NULL: never checked */
    int64_t drift_checked_ms;
} Stack;

typedef struct {
    Region *region;
    Stack *stack;
    char *id, *name, *description, *type; /* CREATE, UPDATE, IMPORT */
    char *status, *status_reason, *execution_status;
    int64_t created_ms, ready_ms; /* complete from then on */
    char *client_token, *executed_token;
    Deployment deployment;
    char *role_arn, *on_stack_failure;
    bool include_nested, import_existing, revert_drift;
    json_t *changes;          /* ResourceChange objects with all values */
    char *stack_drift_status; /* of drift-aware change sets */
} ChangeSet;

typedef struct {
    char *name, *value;
    Stack *stack;
    GHashTable *importers; /* Stack* set */
} Export;

void stack_free(Stack *stack);
void change_set_free(ChangeSet *change_set);
void export_free(Export *export);
void stack_resource_free(StackResource *record);
StackResource *stack_resource_copy(const StackResource *record);
void deployment_clear(Deployment *deployment);
void deployment_copy(Deployment *to, const Deployment *from);

/* Makes a stack in `status` and puts it into the region's tables. Borrowed. */
Stack *stack_new(Region *region, const char *name, const char *status, int64_t now_ms);

/* By name, or by ARN also when deleted. Borrowed, or NULL. */
Stack *stack_find(Region *region, const char *name_or_id);

/* Takes a stack out of the tables of the living. */
void stack_mark_deleted(Stack *stack, int64_t now_ms);

/* Sets the status and notes an event of the stack itself. */
void stack_set_status(Stack *stack, const char *status, const char *reason, int64_t at_ms);

/* Notes an event of a resource and sets its record's status. */
void stack_resource_event(Stack *stack, StackResource *record, const char *status,
                          const char *reason, int64_t at_ms);

/* Notes an event of something that has no record (any more). */
void stack_event(Stack *stack, const char *logical_id, const char *physical_id, const char *type,
                 const char *status, const char *reason, int64_t at_ms);

bool stack_is_busy(const Stack *stack);

/* Records sorted by logical id. (transfer container) */
GPtrArray *stack_resources_sorted(const Stack *stack);

ChangeSet *stack_change_set_find(const Stack *stack, const char *name);
void stack_change_set_remove(Stack *stack, ChangeSet *change_set);

static inline void text_replace(char **at, const char *text)
{
    char *copy = g_strdup(text);

    g_free(*at);
    *at = copy;
}
