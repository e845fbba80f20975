/* Which members an object has, against those that AWS knows. */
#include "reconcile/compile/check/checking.h"
#include <string.h>

/* How deep a misplaced member is searched for, and how many shapes are looked into. */
#define MAX_DEPTH 4
#define MAX_SHAPES 400

/* Looks for the path of `name` below a shape, nearest to the top. */
static bool find_below(ResourceShape shape, const char *name, unsigned depth, unsigned *budget,
                       GString *path)
{
    size_t length = path->len;
    ResourceMember found;

    if (*budget == 0)
        return false;
    --*budget;
    if (depth == 0)
        return resource_shape_find(shape, name, strlen(name), &found);
    if (resource_shape_item(shape) != RESOURCE_SHAPE_UNKNOWN) {
        g_string_append(path, "[]");
        if (find_below(resource_shape_item(shape), name, depth, budget, path))
            return true;
        g_string_truncate(path, length);
    }
    for (size_t i = 0; i < resource_shape_member_count(shape); i++) {
        ResourceMember member = resource_shape_member_at(shape, i);

        g_string_append_printf(path, ".%s", member.name);
        if (find_below(member.shape, name, depth - 1, budget, path))
            return true;
        g_string_truncate(path, length);
    }
    return false;
}

/* "it belongs below Properties.Environment", where the type has such a member somewhere else. */
static char *find_home(const Checking *checking, const char *name)
{
    const ResourceType *type = resource_type_find(checking->type_name);
    unsigned budget = MAX_SHAPES;

    for (unsigned depth = 0; type && depth < MAX_DEPTH; depth++) {
        g_autoptr(GString) path = g_string_new("Properties");

        if (find_below(resource_type_shape(type), name, depth, &budget, path))
            return g_strdup_printf("it belongs directly below %s", path->str);
    }
    return NULL;
}

static bool is_attribute(const char *name)
{
    static const char *const attributes[] = {
        "Condition", "CreationPolicy", "DeletionPolicy",     "DependsOn",
        "Metadata",  "UpdatePolicy",   "UpdateReplacePolicy"};

    for (size_t i = 0; i < G_N_ELEMENTS(attributes); i++)
        if (strcmp(name, attributes[i]) == 0)
            return true;
    return false;
}

static bool is_read_only(const Checking *checking, ResourceShape shape, const char *name)
{
    const ResourceType *type = checking->type_name ? resource_type_find(checking->type_name) : NULL;
    const char *path;
    unsigned flags;

    for (size_t i = 0; type && resource_type_shape(type) == shape &&
                       (path = resource_type_flagged(type, i, &flags));
         i++)
        if (flags & PROPERTY_READ_ONLY && strcmp(path, name) == 0)
            return true;
    return false;
}

static char *list_members(const char *const *names)
{
    GString *list = g_string_new(names[0] && names[1] ? "expected one of " : "expected ");
    size_t i;

    for (i = 0; names[i] && list->len < 200; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", names[i]);
    if (names[i])
        g_string_append(list, ", …");
    return g_string_free(list, FALSE);
}

static char *suggest_member(Checking *checking, const char *name, json_t *object,
                            ResourceShape shape)
{
    size_t count = resource_shape_member_count(shape), free = 0, taken = 0;
    g_autofree const char **names = g_new0(const char *, count + 1);
    g_autofree const char **present = g_new0(const char *, count + 1);
    g_autofree char *near = NULL, *home = NULL;

    for (size_t i = 0; i < count; i++) {
        const char *member = resource_shape_member_at(shape, i).name;

        if (is_read_only(checking, shape, member))
            continue;
        if (json_object_get(object, member))
            present[taken++] = member;
        else
            names[free++] = member;
    }
    /* What is there already was hardly meant, unless the framework has put it there. */
    near = check_suggestion(checking, name, names, NULL);
    if (near)
        return g_steal_pointer(&near);
    if (is_attribute(name))
        return g_strdup("it belongs beside Properties, not below");
    near = check_suggestion(checking, name, present, NULL);
    if (near)
        return g_steal_pointer(&near);
    home = checking->type_name ? find_home(checking, name) : NULL;
    if (home)
        return g_steal_pointer(&home);
    return free > 0 ? list_members(names) : NULL;
}

void check_unknown_member(Checking *checking, const Spot *at, json_t *object, const char *name,
                          ResourceShape shape)
{
    g_autofree char *hint = suggest_member(checking, name, object, shape);

    check_problem(checking, checking->strictness, at, true, hint, "%s has no such property",
                  checking->type_name);
}

static bool has_all(json_t *object, const char *const *names)
{
    for (; *names; names++)
        if (!json_object_get(object, *names))
            return false;
    return true;
}

static bool surely_has(json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);

    return value && !may_be_absent(value);
}

static char *join_sets(const ResourceRule *rule)
{
    GString *text = g_string_new(NULL);
    const char *const *name = rule->sets;

    for (size_t set = 0; set < rule->set_count; set++, name++) {
        g_string_append(text, set ? " or " : "");
        for (bool first = true; *name; name++, first = false)
            g_string_append_printf(text, "%s%s", first ? "" : " with ", *name);
    }
    return g_string_free(text, FALSE);
}

static void check_sets(Checking *checking, const Spot *at, json_t *object, const ResourceRule *rule)
{
    const char *const *set = rule->sets;
    g_autofree char *choice = NULL;

    for (size_t i = 0; i < rule->set_count; i++) {
        if (has_all(object, set))
            return;
        while (*set++)
            ;
    }
    choice = join_sets(rule);
    check_problem(checking, checking->strictness, at, true, NULL, "%s wants %s",
                  checking->type_name, choice);
}

static void check_one(Checking *checking, const Spot *at, json_t *object, const ResourceRule *rule)
{
    const char *present = NULL;

    for (const char *const *name = rule->sets; *name; name++) {
        if (!surely_has(object, *name))
            continue;
        if (present) {
            const Spot here = {.above = at, .key = *name};

            check_problem(checking, checking->strictness, &here, true, "remove one of them",
                          "excludes %s", present);
            return;
        }
        present = *name;
    }
}

static void check_with(Checking *checking, const Spot *at, json_t *object, const ResourceRule *rule)
{
    const Spot here = {.above = at, .key = rule->sets[0]};

    if (!surely_has(object, rule->sets[0]))
        return;
    for (const char *const *name = rule->sets + 1; *name; name++)
        if (rule->kind == RESOURCE_RULE_EXCLUDES && surely_has(object, *name))
            check_problem(checking, checking->strictness, &here, true, "remove one of them",
                          "excludes %s", *name);
        else if (rule->kind == RESOURCE_RULE_NEEDS && !json_object_get(object, *name))
            check_problem(checking, checking->strictness, &here, true, NULL, "needs %s beside it",
                          *name);
}

/* Whether a member that AWS does not know was meant to be this one: it is told of already. */
static bool is_misspelt(json_t *object, const char *name, ResourceShape shape)
{
    const char *const only[] = {name, NULL};
    ResourceMember member;
    const char *key;
    json_t *value;

    json_object_foreach(object, key, value)
    {
        if (!resource_shape_find(shape, key, strlen(key), &member) && nearest_word(key, only))
            return true;
    }
    return false;
}

/* Whether what is written may add to what the compiler makes of functions and events, which has all
 * that is needed and is not there yet. */
static bool may_add(const Checking *checking, const Spot *at)
{
    static const char *const made[] = {"AWS::Lambda::", "AWS::ApiGateway",
                                       "AWS::Events::", "AWS::IAM::Role", "AWS::Cognito::UserPool"};
    bool is_top = g_strcmp0(at->key, "Properties") == 0 || !at->above->above;

    if (!checking->is_unpackaged || checking->service->kind != SERVICE_SERVERLESS || !is_top)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++)
        if (g_str_has_prefix(checking->type_name, made[i]))
            return true;
    return false;
}

static void check_required(Checking *checking, const Spot *at, json_t *object, ResourceShape shape)
{
    size_t count = may_add(checking, at) ? 0 : resource_shape_member_count(shape);

    for (size_t i = 0; i < count; i++) {
        ResourceMember member = resource_shape_member_at(shape, i);

        if (member.is_required && !json_object_get(object, member.name) &&
            !is_misspelt(object, member.name, shape))
            check_problem(checking, checking->strictness, at, true, NULL,
                          "%s is missing; %s needs it", member.name, checking->type_name);
    }
}

void check_members_together(Checking *checking, const Spot *at, json_t *object, ResourceShape shape)
{
    ResourceRule rule = {0};

    check_required(checking, at, object, shape);
    while (resource_shape_next_rule(shape, &rule))
        switch (rule.kind) {
        case RESOURCE_RULE_SETS:
            check_sets(checking, at, object, &rule);
            break;
        case RESOURCE_RULE_ONE:
            check_one(checking, at, object, &rule);
            break;
        default:
            check_with(checking, at, object, &rule);
        }
}
