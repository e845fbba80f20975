#include "reconcile/plan/plan.h"
#include "reconcile/plan/change.h"
#include <string.h>

bool plan_is_empty(const Plan *plan)
{
    return plan->resources->len == 0 && plan->sections->len == 0;
}

const ResourceChange *plan_resource(const Plan *plan, const char *logical_id)
{
    for (guint i = 0; i < plan->resources->len; i++) {
        const ResourceChange *change = plan->resources->pdata[i];
        if (strcmp(change->logical_id, logical_id) == 0)
            return change;
    }
    return NULL;
}

static void forget_losses(Plan *plan, const char *logical_id)
{
    for (guint i = plan->hazards->len; i > 0; i--) {
        const Hazard *hazard = plan->hazards->pdata[i - 1];
        if ((hazard->kind == HAZARD_REPLACES || hazard->kind == HAZARD_DESTROYS_DATA) &&
            strcmp(hazard->logical_id, logical_id) == 0)
            g_ptr_array_remove_index(plan->hazards, i - 1);
    }
}

void plan_set_replacement(Plan *plan, const char *logical_id, const char *type,
                          Replacement replacement)
{
    ResourceChange *change = (ResourceChange *)plan_resource(plan, logical_id);

    if (!change) {
        change = resource_change_new(CHANGE_MODIFY, logical_id, type);
        g_ptr_array_add(plan->resources, change);
    }
    if (change->action != CHANGE_MODIFY)
        return;
    change->replacement = replacement;
    for (guint i = 0; i < change->properties->len; i++) {
        PropertyChange *property = change->properties->pdata[i];
        property->replacement = MIN(property->replacement, replacement);
    }
    forget_losses(plan, logical_id);
    hazards_add_loss(change, plan->hazards);
}

bool plan_needs_approval(const Plan *plan, ApprovePolicy policy)
{
    if (policy == APPROVE_NEVER || plan_is_empty(plan))
        return false;
    if (policy == APPROVE_ALWAYS)
        return true;
    for (guint i = 0; i < plan->hazards->len; i++) {
        if (((const Hazard *)plan->hazards->pdata[i])->blocks)
            return true;
    }
    return false;
}

char *plan_summary(const Plan *plan)
{
    guint added = 0, changed = 0, removed = 0, retained = 0, replaced = 0;
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < plan->resources->len; i++) {
        const ResourceChange *change = plan->resources->pdata[i];
        if (change->action == CHANGE_ADD)
            added++;
        else if (change->action == CHANGE_REMOVE)
            removed++;
        else if (change->action == CHANGE_RETAIN)
            retained++;
        else if (change->replacement == REPLACEMENT_ALWAYS)
            replaced++;
        else
            changed++;
    }
    const struct {
        guint count;
        const char *what;
    } parts[] = {{added, "to add"},
                 {changed, "to change"},
                 {replaced, "to replace"},
                 {removed, "to remove"},
                 {retained, "to keep outside the stack"}};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        if (parts[i].count > 0)
            g_string_append_printf(text, "%s%u %s", text->len > 0 ? ", " : "", parts[i].count,
                                   parts[i].what);
    }
    if (plan->resources->len == 0)
        g_string_append(text, plan->sections->len > 0 ? "no resource changes" : "no changes");
    return g_string_free(g_steal_pointer(&text), FALSE);
}
