#include "drift/correct.h"
#include "config/document.h"
#include "config/resource_types.h"
#include "reconcile/plan/template_reference.h"
#include <string.h>

#define PLACEHOLDER_ID                                                                             \
    "DriftlessPlaceholder" /* a template without resources is refused; a wait handle makes nothing \
                            */

void correction_clear(Correction *correction)
{
    json_decref(correction->adjusted);
    g_free(correction->held_reason);
    *correction = (Correction){0};
}

static void held(Correction *correction, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void held(Correction *correction, const char *format, ...)
{
    va_list arguments;

    if (correction->held_reason)
        return;
    va_start(arguments, format);
    correction->held_reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

/* The first segment of a difference's path: the top-level property. (transfer full) */
static char *top_level(const char *path)
{
    const char *begin = path[0] == '/' ? path + 1 : path;
    const char *end = strchr(begin, '/');

    return end ? g_strndup(begin, (gsize)(end - begin)) : g_strdup(begin);
}

typedef struct {
    json_t *parameters;
    bool found;
} SecretSearch;

static void secret_reference(const char *id, const char *attribute, void *data)
{
    SecretSearch *search = data;
    json_t *flag = json_object_get(json_object_get(search->parameters, id), "NoEcho");

    if (!attribute && (json_is_true(flag) || g_strcmp0(json_string_value(flag), "true") == 0))
        search->found = true;
}

static bool holds_dynamic_reference(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_string(value))
        return strstr(json_string_value(value), "{{resolve:") != NULL;
    json_array_foreach(value, i, item)
    {
        if (holds_dynamic_reference(item))
            return true;
    }
    json_object_foreach(value, key, item)
    {
        if (holds_dynamic_reference(item))
            return true;
    }
    return false;
}

/* Whether what a template says of a property leads to a secret, which must not be copied into a
 * template in clear. */
static bool leads_to_secret(json_t *template, json_t *value)
{
    SecretSearch search = {json_object_get(template, "Parameters"), false};

    template_references(value, secret_reference, &search);
    return search.found || holds_dynamic_reference(value);
}

/* A copy without what is AWS's own: "Arn" of a property and its like are refused when sent. */
static json_t *without_read_only(const ResourceType *type, const char *path, json_t *value)
{
    const char *key;
    json_t *item, *copy;
    size_t i;
    Property property;

    if (json_is_array(value)) {
        g_autofree char *items = g_strconcat(path, "/*", NULL);
        copy = json_array();
        json_array_foreach(value, i, item)
            json_array_append_new(copy, without_read_only(type, items, item));
        return copy;
    }
    if (!json_is_object(value))
        return json_deep_copy(value);
    copy = json_object();
    json_object_foreach(value, key, item)
    {
        g_autofree char *below = g_strconcat(path, "/", key, NULL);
        if (type && resource_type_property(type, below, &property) &&
            property.flags & PROPERTY_READ_ONLY)
            continue;
        json_object_set_new(copy, key, without_read_only(type, below, item));
    }
    return copy;
}

/* Sets one difference's place inside a property, leaving the expressions beside it; false where the
 * template has no plain objects on the way. */
static bool set_inside(json_t *properties, json_t *actual, const char *path)
{
    g_auto(GStrv) segments = g_strsplit(path[0] == '/' ? path + 1 : path, "/", -1);
    json_t *target = properties, *source = actual;
    guint last = g_strv_length(segments) - 1;

    for (guint i = 0; i < last; i++) {
        target = json_object_get(target, segments[i]);
        source = json_object_get(source, segments[i]);
        if (!json_is_object(target) ||
            (json_object_size(target) == 1 && json_object_get(target, "Ref")))
            return false;
    }
    json_t *value = json_object_get(source, segments[last]);
    if (value)
        json_object_set_new(target, segments[last], json_deep_copy(value));
    else
        json_object_del(target, segments[last]);
    return true;
}

static void adjust_with_secret(Correction *correction, json_t *template, json_t *properties,
                               const Finding *finding, const Difference *difference)
{
    json_t *value = pointer_get(properties, difference->path);

    if ((value && leads_to_secret(template, value)) ||
        !set_inside(properties, finding->actual, difference->path))
        held(correction,
             "%s %s leads to a secret (NoEcho or {{resolve:…}}): its actual value may not be "
             "copied into a template; put "
             "it right by hand",
             finding->logical_id, difference->path);
}

static void adjust_property(Correction *correction, json_t *template, json_t *properties,
                            const Finding *finding, const Difference *difference)
{
    const ResourceType *type = resource_type_find(finding->type);
    g_autofree char *name = top_level(difference->path);
    json_t *declared = json_object_get(properties, name),
           *actual = json_object_get(finding->actual, name);
    Property property;

    if (type && resource_type_property(type, difference->path + 1, &property) &&
        property.flags & (PROPERTY_CREATE_ONLY | PROPERTY_READ_ONLY)) {
        held(correction,
             "%s %s cannot change in place: replace the resource, or put it right by hand",
             finding->logical_id, difference->path);
        return;
    }
    if (leads_to_secret(template, declared)) {
        adjust_with_secret(correction, template, properties, finding, difference);
        return;
    }
    if (holds_dynamic_reference(actual)) {
        held(correction,
             "%s %s holds a {{resolve:…}} that somebody put there: put it right by hand",
             finding->logical_id, difference->path);
        return;
    }
    if (actual)
        json_object_set_new(properties, name, without_read_only(type, name, actual));
    else
        json_object_del(properties, name);
}

static void adjust_modified(Correction *correction, json_t *template, const Finding *finding)
{
    json_t *resource = json_object_get(json_object_get(template, "Resources"), finding->logical_id);
    json_t *properties = json_object_get(resource, "Properties");

    if (!resource) {
        held(correction, "%s is not in the stack's template", finding->logical_id);
        return;
    }
    if (!finding->actual) {
        held(correction, "%s: CloudFormation does not say what its properties are now",
             finding->logical_id);
        return;
    }
    if (!properties) {
        properties = json_object();
        json_object_set_new(resource, "Properties", properties);
    }
    for (guint i = 0; i < finding->differences->len && !correction->held_reason; i++) {
        const Difference *difference = finding->differences->pdata[i];
        if (!difference->ignored)
            adjust_property(correction, template, properties, finding, difference);
    }
}

typedef struct {
    json_t *known;
    const GPtrArray *findings;
    Correction *correction;
} Literals;

static bool is_deleted(const GPtrArray *findings, const char *logical_id)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->kind == FINDING_DELETED && finding_is_open(finding) &&
            g_strcmp0(finding->logical_id, logical_id) == 0)
            return true;
    }
    return false;
}

static json_t *literal_of(const char *id, const char *attribute, void *data)
{
    Literals *literals = data;

    if (!is_deleted(literals->findings, id))
        return NULL;
    json_t *value =
        json_object_get(json_object_get(literals->known, id), attribute ? attribute : "Ref");
    if (!value)
        held(literals->correction,
             "%s was deleted, and what its %s was is not known: nothing that refers to it can be "
             "left untouched; bring it back by "
             "deploying a commit",
             id, attribute ? attribute : "Ref");
    return value ? json_incref(value) : NULL;
}

/* DependsOn without what is gone. */
static void drop_dependencies(json_t *resource, const GPtrArray *findings)
{
    json_t *depends = json_object_get(resource, "DependsOn");

    if (json_is_string(depends) && is_deleted(findings, json_string_value(depends))) {
        json_object_del(resource, "DependsOn");
        return;
    }
    for (size_t i = json_array_size(depends); i > 0; i--) {
        const char *id = json_string_value(json_array_get(depends, i - 1));
        if (id && is_deleted(findings, id))
            json_array_remove(depends, i - 1);
    }
    if (json_is_array(depends) && json_array_size(depends) == 0)
        json_object_del(resource, "DependsOn");
}

static void substitute_section(json_t *template, const char *section, Literals *literals)
{
    json_t *value = json_object_get(template, section);

    if (value)
        json_object_set_new(template, section, template_substitute(value, literal_of, literals));
}

static void take_out_deleted(Correction *correction, json_t *template, const GPtrArray *findings,
                             json_t *known)
{
    Literals literals = {known, findings, correction};
    json_t *resources = json_object_get(template, "Resources"), *resource;
    bool any = false;
    const char *id;

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->kind != FINDING_DELETED || !finding_is_open(finding))
            continue;
        any = true;
        json_object_del(resources, finding->logical_id);
    }
    if (!any)
        return;
    json_object_foreach(resources, id, resource) drop_dependencies(resource, findings);
    substitute_section(template, "Resources", &literals);
    substitute_section(template, "Outputs", &literals);
    resources = json_object_get(template, "Resources");
    if (json_object_size(resources) == 0)
        json_object_set_new(resources, PLACEHOLDER_ID,
                            json_pack("{s:s}", "Type", "AWS::CloudFormation::WaitConditionHandle"));
}

void correction_make(json_t *template, const GPtrArray *findings, json_t *last_known,
                     Correction *ret)
{
    json_t *adjusted = json_deep_copy(template);

    *ret = (Correction){0};
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding->kind == FINDING_MODIFIED && finding_is_open(finding))
            adjust_modified(ret, adjusted, finding);
    }
    take_out_deleted(ret, adjusted, findings, last_known);
    if (ret->held_reason)
        json_decref(adjusted);
    else
        ret->adjusted = adjusted;
}

bool correction_redeploys_rest_api(const GPtrArray *findings)
{
    static const char *const types[] = {"AWS::ApiGateway::Method",
                                        "AWS::ApiGateway::Resource",
                                        "AWS::ApiGateway::Model",
                                        "AWS::ApiGateway::Authorizer",
                                        "AWS::ApiGateway::RequestValidator",
                                        "AWS::ApiGateway::GatewayResponse",
                                        "AWS::ApiGateway::RestApi"};

    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (finding_is_open(finding) && finding->kind == FINDING_NO_STAGE)
            return true;
        for (size_t k = 0; finding_is_open(finding) && k < G_N_ELEMENTS(types); k++) {
            if (g_strcmp0(finding->type, types[k]) == 0)
                return true;
        }
    }
    return false;
}
