#include "config/resource_types.h"
#include "drift/correct.h"
#include "reconcile/plan/template_reference.h"
#include <string.h>

static const char *text_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static const Finding *finding_for(const GPtrArray *findings, const char *logical_id)
{
    const Finding *finding = findings_get(findings, logical_id);

    return finding && finding_is_open(finding) && finding_is_of_template(finding) ? finding : NULL;
}

/* Whether the template names the resource itself, so that made again it has the same name: a
 * create-only property that ends in Name. */
static bool has_explicit_name(json_t *resource)
{
    const ResourceType *type = resource_type_find(text_at(resource, "Type"));
    const char *name;
    json_t *value;
    Property property;

    json_object_foreach(json_object_get(resource, "Properties"), name, value)
    {
        if (g_str_has_suffix(name, "Name") && type &&
            resource_type_property(type, name, &property) && property.flags & PROPERTY_CREATE_ONLY)
            return true;
    }
    return false;
}

/* Whether a part of the template refers to a resource that was deleted and is made again; `named`:
 * under the same name, so that what it is known by does not change. */
static bool follows_recreation(json_t *template, const GPtrArray *findings, json_t *part,
                               bool named)
{
    json_t *resources = json_object_get(template, "Resources");

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->kind == FINDING_DELETED && finding_is_open(finding) &&
            template_refers_to(part, finding->logical_id) &&
            (!named || has_explicit_name(json_object_get(resources, finding->logical_id))))
            return true;
    }
    return false;
}

/* Whether a changed property ("Timeout", or a path "/Properties/Timeout/…") is one that was found
 * to differ. */
static bool is_among(const Finding *finding, const char *property)
{
    const char *name =
        g_str_has_prefix(property, "/Properties/") ? property + strlen("/Properties/") : property;
    size_t length = strcspn(name, "/");

    for (guint i = 0; i < finding->differences->len; i++) {
        const Difference *difference = finding->differences->pdata[i];
        const char *path = difference->path[0] == '/' ? difference->path + 1 : difference->path;
        if (!difference->ignored && strcspn(path, "/") == length &&
            strncmp(path, name, length) == 0)
            return true;
    }
    return false;
}

/* The top-level property that a change is about, in the template. Borrowed; NULL: not there. */
static json_t *declared_property(json_t *resource, const char *property)
{
    const char *name =
        g_str_has_prefix(property, "/Properties/") ? property + strlen("/Properties/") : property;
    g_autofree char *top = g_strndup(name, strcspn(name, "/"));

    return json_object_get(json_object_get(resource, "Properties"), top);
}

static bool properties_are_explained(json_t *change, const Finding *finding,
                                     const GPtrArray *findings, json_t *template, char **ret_reason)
{
    json_t *resource = json_object_get(json_object_get(template, "Resources"), finding->logical_id);
    json_t *detail;
    size_t i;

    json_array_foreach(json_object_get(change, "Details"), i, detail)
    {
        json_t *target = json_object_get(detail, "Target");
        const char *path = text_at(target, "Path"), *name = text_at(target, "Name");
        const char *property = path ? path : name;
        if (g_strcmp0(text_at(detail, "ChangeSource"), "NoModification") == 0 || !property ||
            g_strcmp0(text_at(target, "AttributeChangeType"), "SyncWithActual") == 0 ||
            g_strcmp0(text_at(target, "Attribute"), "Properties") != 0)
            continue;
        if (is_among(finding, property) ||
            follows_recreation(template, findings, declared_property(resource, property), false))
            continue;
        *ret_reason = g_strdup_printf("it would change %s of %s, which was not found to differ",
                                      property, finding->logical_id);
        return false;
    }
    return true;
}

static bool change_is_explained(json_t *change, const GPtrArray *findings, json_t *template,
                                char **ret_reason)
{
    const char *id = text_at(change, "LogicalResourceId"), *action = text_at(change, "Action");
    const char *replacement = text_at(change, "Replacement");
    const Finding *finding = finding_for(findings, id ? id : "");
    bool replaces = replacement && strcmp(replacement, "False") != 0;
    json_t *resource = id ? json_object_get(json_object_get(template, "Resources"), id) : NULL;

    if (g_strcmp0(action, "SyncWithActual") == 0)
        return true; /* CloudFormation's memory only */
    if (finding && finding->kind == FINDING_DELETED)
        return true; /* it is made again, whatever that is called */
    if (!finding && g_strcmp0(action, "Modify") == 0 &&
        follows_recreation(template, findings, resource, replaces))
        return true;
    if (!finding) {
        *ret_reason =
            g_strdup_printf("it would %s %s, which was not found to differ",
                            action ? action : "change", id ? id : "a resource without a name");
        return false;
    }
    if (g_strcmp0(action, "Modify") != 0) {
        *ret_reason =
            g_strdup_printf("it would %s %s, which only differs", action ? action : "change", id);
        return false;
    }
    if (replaces && !follows_recreation(template, findings, resource, true)) {
        *ret_reason = g_strdup_printf("it would replace %s", id);
        return false;
    }
    return properties_are_explained(change, finding, findings, template, ret_reason);
}

bool correction_is_explained(const CloudFormationChangeSet *change_set, const GPtrArray *findings,
                             json_t *template, char **ret_reason)
{
    json_t *entry;
    size_t i;

    json_array_foreach(change_set->changes, i, entry)
    {
        json_t *change = json_object_get(entry, "ResourceChange");
        if (change && !change_is_explained(change, findings, template, ret_reason))
            return false;
    }
    return true;
}
