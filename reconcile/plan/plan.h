/* reconcile/plan/plan.h
 *
 * What would change in a stack: the template and parameters it has against those it should have,
 * property by property. Prediction of replacement comes from AWS's resource schemas (create-only
 * properties); AWS's own change set has the last word, and reconcile/apply adds what only that one
 * knows.
 *
 * Pure: no I/O, no clock, no globals; thread-safe. A Plan borrows nothing. */
#pragma once
#include "config/settings.h"
#include "reconcile/plan/hazard.h"
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#define PLAN_ERROR plan_error_quark()
GQuark plan_error_quark(void);
typedef enum {
    PLAN_ERROR_NOT_A_TEMPLATE, /* no object, no Resources object, or a resource without a Type */
} PlanError;

typedef enum {
    CHANGE_ADD,
    CHANGE_MODIFY,
    CHANGE_REMOVE,
    CHANGE_RETAIN, /* leaves the stack, but its DeletionPolicy keeps the resource itself */
} ChangeAction;

typedef enum {
    REPLACEMENT_NEVER,
    REPLACEMENT_CONDITIONAL, /* AWS decides while updating */
    REPLACEMENT_ALWAYS,
} Replacement;

typedef struct {
    char *path; /* JSON pointer below the resource: "/Properties/Timeout", "/DeletionPolicy" */
    json_t *before, *after;  /* NULL: not there */
    Replacement replacement; /* what this change alone makes of the resource */
    char *follows; /* before equals after, but it refers to this resource, which is replaced; else
                      NULL */
} PropertyChange;

typedef struct ResourceChange {
    ChangeAction action;
    char *logical_id;
    char *type;        /* as desired; of a removed resource: as it was */
    char *type_before; /* when the type itself changes (always a replacement), else NULL */
    Replacement replacement;
    bool retains_replaced; /* UpdateReplacePolicy keeps the old one */
    GPtrArray *properties; /* PropertyChange*; of an added or removed resource: empty */
    json_t *definition;    /* added: the desired resource; removed: the live one; else NULL */
} ResourceChange;

/* A change outside Resources. */
typedef struct {
    const char *section; /* "Parameters" (values), "Outputs", "Conditions", "Mappings", …;
                            "RestApiStage" */
    char *name;
    json_t *before, *after; /* NULL: not there */
    bool secret;            /* a NoEcho parameter: values are never shown */
} SectionChange;

typedef struct {
    bool creates_stack;
    GPtrArray *resources; /* ResourceChange*: in the desired template's order, then what leaves */
    GPtrArray *sections;  /* SectionChange* */
    GPtrArray *hazards;   /* Hazard* (hazard.h) */
} Plan;

/* Compares. `live_template` NULL: the stack does not exist, everything is added. Parameters are
 * objects of strings (NULL: none): the live ones as DescribeStacks gives them ("****" under NoEcho:
 * taken as unchanged), the desired ones as they would be sent; a desired parameter that is absent
 * keeps its live value (UsePreviousValue). A changed parameter counts as a change of every property
 * that refers to it. Returns (transfer full). Errors: PLAN_ERROR_NOT_A_TEMPLATE. */
G_GNUC_WARN_UNUSED_RESULT
Plan *plan_compare(json_t *live_template, json_t *desired_template, json_t *live_parameters,
                   json_t *desired_parameters, GError **error);

/* Adds a change of what no template carries; `section` is a constant, values are borrowed (NULL:
 * not there). */
void plan_add_setting(Plan *plan, const char *section, const char *name, json_t *before,
                      json_t *after);

void plan_free(Plan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Plan, plan_free)

bool plan_is_empty(const Plan *plan);

/* The change of one resource, borrowed, or NULL. */
const ResourceChange *plan_resource(const Plan *plan, const char *logical_id);

/* Puts AWS's own word on a resource's replacement, from a change set, in place of the prediction. A
 * resource that the plan does not know is added as modified. */
void plan_set_replacement(Plan *plan, const char *logical_id, const char *type,
                          Replacement replacement);

/* Whether a person has to say yes first. APPROVE_REPLACEMENTS (`approve: replacements`): only when
 * data would be destroyed; APPROVE_ALWAYS: for every plan that is not empty; APPROVE_NEVER: no
 * plan. */
bool plan_needs_approval(const Plan *plan, ApprovePolicy policy);

/* As `driftless plan` prints it: hazards first, then resources (+ add, ~ change, - remove, ±
 * replace), property by property
 * ("Timeout: 6 → 10"). Versions of Lambda functions and REST deployments, whose ids change with
 * every deploy, are one line each. `secrets` (char*, may be NULL) are hidden wherever they occur.
 * (transfer full); "" for an empty plan. */
char *plan_to_text(const Plan *plan, const GPtrArray *secrets, bool colour);

/* {"createsStack":…,"resources":[{"action":"Modify","logicalId":…,"type":…,"replacement":"Never","properties":
 *  [{"path":…,"before":…,"after":…,"replacement":…}]}],"sections":[…],"hazards":[{"kind":…,"logicalId":…,"text":…}]},
 * a new reference. */
json_t *plan_to_json(const Plan *plan, const GPtrArray *secrets);

/* "2 to add, 1 to change, 1 to remove, 1 to replace" (transfer full); "no changes". */
char *plan_summary(const Plan *plan);

/* Names as the plan shows them, constants: "Add", "Modify", …; "Never", "Conditional", "Always". */
const char *change_action_name(ChangeAction action);
const char *replacement_name(Replacement replacement);
