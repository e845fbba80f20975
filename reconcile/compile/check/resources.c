/* A resource: its attributes, its type, its properties. */
#include "reconcile/compile/check/checking.h"
#include <string.h>

static const char *const attributes[] = {"Type",
                                         "Properties",
                                         "DependsOn",
                                         "Condition",
                                         "Metadata",
                                         "CreationPolicy",
                                         "UpdatePolicy",
                                         "DeletionPolicy",
                                         "UpdateReplacePolicy",
                                         "Version",
                                         NULL};

static const char *const attributes_of_sam[] = {"Connectors", "IgnoreGlobals", NULL};

static const char *const policies[] = {"Delete", "Retain", "RetainExceptOnCreate", "Snapshot",
                                       NULL};

static bool is_among(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(word, *words) == 0)
            return true;
    return false;
}

static void unknown_attribute(Checking *checking, const Spot *at, const char *name)
{
    const ResourceType *type = checking->type_name ? resource_type_find(checking->type_name) : NULL;
    g_autofree char *hint = NULL;
    ResourceMember member;

    if (type && resource_shape_find(resource_type_shape(type), name, strlen(name), &member))
        hint = g_strdup("it belongs below Properties");
    else
        hint = check_suggestion(checking, name, attributes,
                                "a resource has Type, Properties, DependsOn, Condition, Metadata "
                                "and policies");
    check_problem(checking, PROBLEM_ERROR, at, true, hint, "a resource has no attribute %s", name);
}

static void check_policy(Checking *checking, const Spot *at, const char *name, json_t *value)
{
    const char *text = json_string_value(value);
    g_autofree char *hint = NULL;

    if (checking->has_extensions && is_function(value))
        return;
    if (text && is_among(text, policies) &&
        (strcmp(text, "RetainExceptOnCreate") != 0 || strcmp(name, "DeletionPolicy") == 0))
        return;
    hint = check_suggestion(checking, text ? text : "", policies,
                            "expected Delete, Retain, Snapshot or RetainExceptOnCreate");
    check_problem(checking, PROBLEM_ERROR, at, false, hint, "expected a policy, found %s",
                  text ? text : value_kind(value));
}

static void check_attribute(Checking *checking, const Spot *at, const char *name, json_t *value)
{
    if (strcmp(name, "DependsOn") == 0) {
        check_dependencies(checking, at, value);
    } else if (strcmp(name, "Condition") == 0) {
        check_condition_name(checking, at, value);
    } else if (strcmp(name, "DeletionPolicy") == 0 || strcmp(name, "UpdateReplacePolicy") == 0) {
        check_policy(checking, at, name, value);
    } else if (is_among(name, attributes) ||
               (checking->is_sam && is_among(name, attributes_of_sam))) {
        if (json_is_object(value))
            check_value(checking, at, value, RESOURCE_SHAPE_UNKNOWN);
    } else {
        unknown_attribute(checking, at, name);
        check_value(checking, at, value, RESOURCE_SHAPE_UNKNOWN);
    }
}

static void report_type(Checking *checking, const Spot *at, const char *name)
{
    size_t count = resource_type_count();
    g_autofree const char **names = g_new0(const char *, count + 1);
    g_autofree char *hint = NULL;

    for (size_t i = 0; i < count; i++)
        names[i] = resource_type_name(resource_type_at(i));
    hint = check_suggestion(checking, name, names, NULL);
    if (hint)
        check_problem(checking, checking->strictness, at, false, hint, "AWS has no type %s", name);
    else
        check_problem(checking, PROBLEM_WARNING, at, false,
                      "see the spelling; a type younger than this version of Driftless passes",
                      "no type %s is known, so its properties are not checked", name);
}

/* The type's schema, or NULL. Only AWS's own are known: Custom::, SAM's and those of registries are
 * others'. */
static const ResourceType *find_type(Checking *checking, const Spot *at, const char *name)
{
    const ResourceType *type = resource_type_find(name);

    if (!type && strncmp(name, "AWS::", 5) == 0 && strncmp(name, "AWS::Serverless::", 17) != 0)
        report_type(checking, at, name);
    if (!type && !strstr(name, "::"))
        check_problem(checking, PROBLEM_ERROR, at, false, "as AWS::S3::Bucket or Custom::Name",
                      "%s is no type", name);
    return type;
}

static void check_read_only(Checking *checking, const Spot *at, const ResourceType *type,
                            json_t *properties)
{
    const char *path;
    unsigned flags;

    for (size_t i = 0; (path = resource_type_flagged(type, i, &flags)); i++)
        if (flags & PROPERTY_READ_ONLY && json_object_get(properties, path)) {
            const Spot here = {.above = at, .key = path};

            check_problem(checking, checking->strictness, &here, true,
                          "take it out; read it with Fn::GetAtt", "is AWS's to give");
        }
}

static void check_properties(Checking *checking, const Spot *resource_at, const ResourceType *type,
                             json_t *resource)
{
    const Spot at = {.above = resource_at, .key = "Properties"};
    json_t *properties = json_object_get(resource, "Properties");
    ResourceShape shape = type ? resource_type_shape(type) : RESOURCE_SHAPE_UNKNOWN;
    json_t *nothing;

    if (properties) {
        if (!json_is_object(properties))
            check_problem(checking, PROBLEM_ERROR, &at, true, NULL, "expected a map, found %s",
                          value_kind(properties));
        else
            check_value(checking, &at, properties, shape);
        if (type)
            check_read_only(checking, &at, type, properties);
        check_names(checking, &at, resource);
        check_policies(checking, &at, resource);
    } else if (type) {
        nothing = json_object();
        check_members_together(checking, resource_at, nothing, shape);
        json_decref(nothing);
    }
}

void check_resource(Checking *checking, const char *id, json_t *resource, guint number)
{
    const Spot section = {.key = "Resources"}, at = {.above = &section, .key = id};
    const Spot type_at = {.above = &at, .key = "Type"};
    const char *name, *key;
    json_t *value;

    checking->current = number;
    checking->type_name = name = json_string_value(json_object_get(resource, "Type"));
    checking->size_bytes += strlen(id) + 4;
    json_object_foreach(resource, key, value)
    {
        const Spot here = {.above = &at, .key = key};

        checking->size_bytes += strlen(key) + 4;
        if (strcmp(key, "Properties") != 0)
            check_attribute(checking, &here, key, value);
    }
    if (name)
        check_properties(checking, &at, find_type(checking, &type_at, name), resource);
    else if (checking->service->kind != SERVICE_SERVERLESS) /* told by resources.c otherwise */
        check_problem(checking, PROBLEM_ERROR, &at, true, "add Type: AWS::…", "has no Type");
    checking->current = NO_RESOURCE;
    checking->type_name = NULL;
}

/* What the framework made of nothing in particular, as its role, repeats what others say better. */
static bool is_repetition(const Checking *checking, const char *id)
{
    const char *maker = checking->makers ? g_hash_table_lookup(checking->makers, id) : id;

    return checking->service->kind == SERVICE_SERVERLESS &&
           (!maker || g_str_has_prefix(maker, "/provider"));
}

typedef struct {
    const char *id;
    json_t *resource;
    guint number;
} Repetition;

void check_resources(Checking *checking)
{
    g_autoptr(GArray) repetitions = g_array_new(FALSE, FALSE, sizeof(Repetition));
    const char *id;
    json_t *resource;
    guint number = 0;

    json_object_foreach(checking->resources, id, resource)
    {
        const Repetition this = {id, resource, number++};

        if (!json_is_object(resource) || g_str_has_prefix(id, "Fn::"))
            continue;
        if (is_repetition(checking, id))
            g_array_append_val(repetitions, this);
        else
            check_resource(checking, id, resource, this.number);
    }
    for (guint i = 0; i < repetitions->len; i++) {
        const Repetition *last = &g_array_index(repetitions, Repetition, i);

        check_resource(checking, last->id, last->resource, last->number);
    }
}
