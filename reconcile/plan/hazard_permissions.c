#include "config/json_text.h"
#include "reconcile/plan/hazard_finders.h"
#include <string.h>

/* What a statement grants, flattened: one action of one principal on one resource under one
 * condition. */
typedef struct {
    char *action, *resource, *principal,
        *condition; /* JSON text where no string; "" where absent */
} Grant;

static void grant_free(gpointer pointer)
{
    Grant *grant = pointer;

    g_free(grant->action);
    g_free(grant->resource);
    g_free(grant->principal);
    g_free(grant->condition);
    g_free(grant);
}

static char *text_of(json_t *value)
{
    if (!value)
        return g_strdup("");
    return json_is_string(value) ? g_strdup(json_string_value(value))
                                 : json_text(value, JSON_TEXT_SORT_KEYS);
}

/* One value or each of a list. */
static GPtrArray *texts_of(json_t *value)
{
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    json_t *item;
    size_t i;

    if (!json_is_array(value))
        g_ptr_array_add(texts, text_of(value));
    json_array_foreach(value, i, item) g_ptr_array_add(texts, text_of(item));
    return texts;
}

/* {"AWS": [a, b], "Service": c} as "AWS a", "AWS b", "Service c". */
static GPtrArray *principals_of(json_t *principal)
{
    const char *kind;
    json_t *value;

    if (!json_is_object(principal) || json_object_get(principal, "Ref"))
        return texts_of(principal);
    GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
    json_object_foreach(principal, kind, value)
    {
        g_autoptr(GPtrArray) names = texts_of(value);
        for (guint i = 0; i < names->len; i++)
            g_ptr_array_add(texts, strcmp(names->pdata[i], "*") == 0
                                       ? g_strdup("*")
                                       : g_strconcat(kind, " ", (char *)names->pdata[i], NULL));
    }
    return texts;
}

static void grants_of_statement(json_t *statement, const char *effect, GPtrArray *grants)
{
    if (g_strcmp0(json_string_value(json_object_get(statement, "Effect")), effect) != 0)
        return;
    /* NotAction and NotResource allow nearly everything; they are kept apart by their key. */
    json_t *not_action = json_object_get(statement, "NotAction");
    json_t *not_resource = json_object_get(statement, "NotResource");
    g_autoptr(GPtrArray) actions =
        texts_of(not_action ? not_action : json_object_get(statement, "Action"));
    g_autoptr(GPtrArray) resources =
        texts_of(not_resource ? not_resource : json_object_get(statement, "Resource"));
    g_autoptr(GPtrArray) principals = principals_of(json_object_get(statement, "Principal"));
    g_autofree char *condition = text_of(json_object_get(statement, "Condition"));

    for (guint a = 0; a < actions->len; a++)
        for (guint r = 0; r < resources->len; r++)
            for (guint p = 0; p < principals->len; p++) {
                Grant *grant = g_new0(Grant, 1);
                grant->action =
                    g_strconcat(not_action ? "all but " : "", (char *)actions->pdata[a], NULL);
                grant->resource =
                    g_strconcat(not_resource ? "all but " : "", (char *)resources->pdata[r], NULL);
                grant->principal = g_strdup(principals->pdata[p]);
                grant->condition = g_strdup(condition);
                g_ptr_array_add(grants, grant);
            }
}

static void grants_of_document(json_t *document, const char *effect, GPtrArray *grants)
{
    json_t *statements = json_object_get(document, "Statement"), *statement;
    size_t i;

    if (json_is_object(statements))
        grants_of_statement(statements, effect, grants);
    json_array_foreach(statements, i, statement) grants_of_statement(statement, effect, grants);
}

/* Everything that a resource of a policy-bearing type allows (or denies). */
static GPtrArray *grants_of(json_t *resource, const char *effect)
{
    GPtrArray *grants = g_ptr_array_new_with_free_func(grant_free);
    json_t *properties = json_object_get(resource, "Properties"), *policy;
    size_t i;

    grants_of_document(json_object_get(properties, "PolicyDocument"), effect, grants);
    grants_of_document(json_object_get(properties, "AssumeRolePolicyDocument"), effect, grants);
    json_array_foreach(json_object_get(properties, "Policies"), i, policy)
        grants_of_document(json_object_get(policy, "PolicyDocument"), effect, grants);
    return grants;
}

/* IAM's wildcards: * and ?; actions are compared without case, as IAM does. */
static bool covers(const char *pattern, const char *text, bool ignore_case)
{
    if (!ignore_case)
        return g_pattern_match_simple(pattern, text);
    g_autofree char *low_pattern = g_ascii_strdown(pattern, -1),
                    *low_text = g_ascii_strdown(text, -1);
    return g_pattern_match_simple(low_pattern, low_text);
}

static bool is_covered(const Grant *grant, const GPtrArray *grants)
{
    for (guint i = 0; i < grants->len; i++) {
        const Grant *known = grants->pdata[i];
        if (covers(known->action, grant->action, true) &&
            covers(known->resource, grant->resource, false) &&
            (strcmp(known->principal, grant->principal) == 0 ||
             strcmp(known->principal, "*") == 0) &&
            (known->condition[0] == '\0' || strcmp(known->condition, grant->condition) == 0))
            return true;
    }
    return false;
}

/* "*", "s3:*" on everything, everybody. */
static bool is_unlimited(const Grant *grant)
{
    bool all_actions = strcmp(grant->action, "*") == 0 || g_str_has_suffix(grant->action, ":*") ||
                       g_str_has_prefix(grant->action, "all but ");
    bool everywhere =
        strcmp(grant->resource, "*") == 0 || g_str_has_prefix(grant->resource, "all but ");

    return (all_actions && everywhere) ||
           (strcmp(grant->principal, "*") == 0 && grant->condition[0] == '\0');
}

static char *grant_text(const Grant *grant)
{
    GString *text = g_string_new(grant->action);

    if (grant->resource[0] != '\0')
        g_string_append_printf(text, " on %s", grant->resource);
    if (grant->principal[0] != '\0')
        g_string_append_printf(text, " for %s", grant->principal);
    return g_string_free(text, FALSE);
}

static void tell(const ResourceChange *change, const GPtrArray *found, const char *verb,
                 GPtrArray *hazards)
{
    if (found->len == 0)
        return;
    g_autofree char *first = grant_text(found->pdata[0]);
    g_autofree char *more =
        found->len > 1 ? g_strdup_printf(" and %u more", found->len - 1) : g_strdup("");
    hazards_add(hazards, HAZARD_WIDENS_PERMISSIONS, change->logical_id, "%s (%s) %s %s%s",
                change->logical_id, change->type, verb, first, more);
}

static void compare_grants(const ResourceChange *change, json_t *before, json_t *after,
                           GPtrArray *hazards)
{
    g_autoptr(GPtrArray) old_allowed = grants_of(before, "Allow"),
                         allowed = grants_of(after, "Allow");
    g_autoptr(GPtrArray) old_denied = grants_of(before, "Deny"), denied = grants_of(after, "Deny");
    g_autoptr(GPtrArray) wider = g_ptr_array_new(), freed = g_ptr_array_new();

    for (guint i = 0; i < allowed->len; i++) {
        if (before ? !is_covered(allowed->pdata[i], old_allowed) : is_unlimited(allowed->pdata[i]))
            g_ptr_array_add(wider, allowed->pdata[i]);
    }
    for (guint i = 0; i < old_denied->len; i++) {
        if (!is_covered(old_denied->pdata[i], denied))
            g_ptr_array_add(freed, old_denied->pdata[i]);
    }
    tell(change, wider, "allows", hazards);
    tell(change, freed, "no longer denies", hazards);
}

static void compare_managed_policies(const ResourceChange *change, json_t *before, json_t *after,
                                     GPtrArray *hazards)
{
    json_t *old = json_object_get(json_object_get(before, "Properties"), "ManagedPolicyArns");
    g_autoptr(GPtrArray) had = texts_of(old);
    g_autoptr(GPtrArray) has =
        texts_of(json_object_get(json_object_get(after, "Properties"), "ManagedPolicyArns"));

    for (guint i = 0; i < has->len; i++) {
        const char *arn = has->pdata[i];
        bool unlimited =
            g_str_has_suffix(arn, "/AdministratorAccess") || g_str_has_suffix(arn, "FullAccess");
        if (arn[0] == '\0' || g_ptr_array_find_with_equal_func(had, arn, g_str_equal, NULL))
            continue;
        if (before || unlimited)
            hazards_add(hazards, HAZARD_WIDENS_PERMISSIONS, change->logical_id,
                        "%s (%s) gets the managed policy %s", change->logical_id, change->type,
                        arn);
    }
}

/* AWS::Lambda::Permission: who may invoke. */
static void compare_invokers(const ResourceChange *change, json_t *after, GPtrArray *hazards)
{
    json_t *properties = json_object_get(after, "Properties");
    const char *principal = json_string_value(json_object_get(properties, "Principal"));

    if (g_strcmp0(principal, "*") != 0 || json_object_get(properties, "FunctionUrlAuthType") ||
        json_object_get(properties, "InvokedViaFunctionUrl") ||
        json_object_get(properties, "PrincipalOrgID"))
        return; /* a public function URL is told where the URL is */
    hazards_add(hazards, HAZARD_WIDENS_PERMISSIONS, change->logical_id,
                "%s (AWS::Lambda::Permission) lets any AWS account invoke the function",
                change->logical_id);
}

void hazards_add_permissions(const ResourceChange *change, json_t *before, json_t *after,
                             GPtrArray *hazards)
{
    if (!after)
        return;
    compare_grants(change, before, after, hazards);
    compare_managed_policies(change, before, after, hazards);
    if (strcmp(change->type, "AWS::Lambda::Permission") == 0)
        compare_invokers(change, after, hazards);
}
