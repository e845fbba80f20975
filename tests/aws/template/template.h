/* tests/aws/template/template.h
 *
 * A CloudFormation template: read, checked as CloudFormation checks it before anything is created,
 * and evaluated. Error messages are CloudFormation's own, as callers match on them. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    TEMPLATE_INLINE_LIMIT_BYTES = 51200,
    TEMPLATE_LIMIT_BYTES = 1000000,
    TEMPLATE_RESOURCES_LIMIT = 500,
    TEMPLATE_OUTPUTS_LIMIT = 200,
    TEMPLATE_PARAMETERS_LIMIT = 200,
};

typedef struct {
    unsigned references;
    char *body;
    json_t *root; /* short tags in their long form */
    /* Sections, borrowed from root; empty objects when absent. */
    json_t *parameters, *mappings, *conditions, *resources, *outputs;
    json_t *empty;
} Template;

/* Reads and checks. (transfer full), NULL with an error's message as CloudFormation words it. */
G_GNUC_WARN_UNUSED_RESULT
Template *template_new(const char *body, size_t size, GError **error);
/* Templates are immutable and shared. */
Template *template_ref(Template *template);
void template_free(Template *template); /* gives back one reference */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Template, template_free)

/* CAPABILITY_IAM, CAPABILITY_NAMED_IAM or NULL: what the template's resources need; `ret_types`
 * (transfer full) is why. */
const char *template_capability(const Template *template, char **ret_types);

typedef struct Evaluation Evaluation;

/* What an evaluation asks its surroundings. Each returns a new reference, or NULL with an error. */
typedef struct {
    /* The physical id of a resource, or its attribute. */
    json_t *(*reference)(void *data, const char *logical_id, const char *attribute, GError **error);
    json_t *(*import)(void *data, const char *export_name, GError **error);
    /* `{{resolve:ssm:NAME:VERSION}}`; `service` is "ssm", "ssm-secure" or "secretsmanager". */
    json_t *(*dynamic)(void *data, const char *service, const char *key, GError **error);
} EvaluationHooks;

struct Evaluation {
    const Template *template;
    json_t *parameters; /* name → value: a string, or an array for list types. Borrowed */
    const char *region, *account, *stack_id, *stack_name;
    json_t *notification_arns; /* or NULL. Borrowed */
    EvaluationHooks hooks;
    void *data;
    /* What conditions turned out to be: name → true, false, or null while being found out. */
    json_t *conditions;
};

void evaluation_init(Evaluation *evaluation, const Template *template);
void evaluation_clear(Evaluation *evaluation);

/* `value` with all functions carried out. A new reference; NULL with an error. AWS::NoValue members
 * are gone. */
G_GNUC_WARN_UNUSED_RESULT
json_t *evaluate(Evaluation *evaluation, json_t *value, GError **error);

/* Whether the resource or output is there: its Condition holds, or it has none. */
G_GNUC_WARN_UNUSED_RESULT
bool evaluation_is_active(Evaluation *evaluation, json_t *definition, bool *ret, GError **error);

G_GNUC_WARN_UNUSED_RESULT
bool evaluate_condition(Evaluation *evaluation, const char *name, bool *ret, GError **error);

/* Used by change sets for what is not known before it is made. Functions on it give it again. */
#define KNOWN_AFTER_APPLY "{{changeSet:KNOWN_AFTER_APPLY}}"

/* One thing that a value refers to. */
typedef struct {
    char *name;      /* resource, parameter or pseudo parameter */
    char *attribute; /* of Fn::GetAtt, or NULL */
} Reference;

/* Reference* of all that `value` refers to; with an evaluation only in the branches of Fn::If that
 * hold. Repeats are dropped. (transfer full) */
GPtrArray *references_of(json_t *value, Evaluation *evaluation);

/* The logical ids that a resource waits for: references and DependsOn, without itself. char*,
 * (transfer full). */
GPtrArray *dependencies_of(const Template *template, json_t *definition, Evaluation *evaluation);

/* Active logical ids in an order in which none comes before what it depends on. char*, borrowed
 * from the template; (transfer container). */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *resources_in_order(Evaluation *evaluation, GError **error);

/* The name of the intrinsic function when `value` is a call of one ({"Ref":…}, {"Fn::…":…},
 * {"Condition":…}), and its argument; otherwise NULL. */
const char *function_of(json_t *value, json_t **ret_argument);
