#include "reconcile/plan/hazard.h"
#include "config/resource_types.h"
#include "reconcile/plan/hazard_finders.h"
#include <string.h>

const char *hazard_name(HazardKind kind)
{
    static const char *const names[] = {
#define ROW(kind, name) name,
        HAZARDS(ROW)
#undef ROW
    };

    return names[kind];
}

void hazard_free(Hazard *hazard)
{
    if (!hazard)
        return;
    g_free(hazard->logical_id);
    g_free(hazard->text);
    g_free(hazard);
}

void hazards_add(GPtrArray *hazards, HazardKind kind, const char *logical_id, const char *format,
                 ...)
{
    Hazard *hazard = g_new0(Hazard, 1);
    va_list arguments;

    va_start(arguments, format);
    hazard->kind = kind;
    hazard->logical_id = g_strdup(logical_id);
    hazard->text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_ptr_array_add(hazards, hazard);
}

/* Logs go with the function whose they are: worth telling, but no reason to stop a commit that
 * removes a function. */
static bool worth_a_person(const char *type)
{
    return strcmp(type, "AWS::Logs::LogGroup") != 0;
}

/* What makes the resource go: the first property that cannot change in place. */
static char *replacement_cause(const ResourceChange *change)
{
    if (change->type_before)
        return g_strdup_printf("its type was %s", change->type_before);
    for (guint i = 0; i < change->properties->len; i++) {
        const PropertyChange *property = change->properties->pdata[i];
        if (property->replacement == REPLACEMENT_NEVER)
            continue;
        const char *name =
            g_str_has_prefix(property->path, "/Properties/") ? property->path + 12 : property->path;
        if (property->follows)
            return g_strdup_printf("its %s follows %s, which is replaced", name, property->follows);
        return g_strdup_printf("%s cannot change in place", name);
    }
    return g_strdup("CloudFormation says so");
}

void hazards_add_loss(const ResourceChange *change, GPtrArray *hazards)
{
    const char *lost_type = change->type_before ? change->type_before : change->type;
    bool holds_data = resource_type_holds_data(lost_type);
    guint first = hazards->len;

    if (change->action == CHANGE_REMOVE && holds_data) {
        hazards_add(hazards, HAZARD_DESTROYS_DATA, change->logical_id,
                    "%s (%s) is removed with the data in it; DeletionPolicy: Retain would keep it",
                    change->logical_id, lost_type);
    } else if (change->action == CHANGE_MODIFY && change->replacement != REPLACEMENT_NEVER) {
        const char *may = change->replacement == REPLACEMENT_ALWAYS ? "is" : "may be";
        g_autofree char *cause = replacement_cause(change);
        if (holds_data && !change->retains_replaced)
            hazards_add(hazards, HAZARD_DESTROYS_DATA, change->logical_id,
                        "%s (%s) %s replaced by an empty one because %s", change->logical_id,
                        lost_type, may, cause);
        else
            hazards_add(hazards, HAZARD_REPLACES, change->logical_id,
                        "%s (%s) %s replaced because %s", change->logical_id, lost_type, may,
                        cause);
    }
    for (guint i = first; i < hazards->len; i++) {
        Hazard *hazard = hazards->pdata[i];
        hazard->blocks = hazard->kind == HAZARD_DESTROYS_DATA && worth_a_person(lost_type);
    }
}

GPtrArray *hazards_find(const GPtrArray *changes, json_t *live, json_t *desired)
{
    GPtrArray *hazards = g_ptr_array_new_with_free_func((GDestroyNotify)hazard_free);

    for (guint i = 0; i < changes->len; i++) {
        const ResourceChange *change = changes->pdata[i];
        json_t *before = json_object_get(live, change->logical_id);
        json_t *after = json_object_get(desired, change->logical_id);
        hazards_add_loss(change, hazards);
        hazards_add_permissions(change, before, after, hazards);
        hazards_add_openings(change, before, after, hazards);
    }
    return hazards;
}
