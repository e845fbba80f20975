/* That what is named is there. */
#include "reconcile/compile/check/checking.h"
#include <string.h>

static const char *const pseudo_parameters[] = {
    "AWS::AccountId", "AWS::NoValue",   "AWS::NotificationARNs",
    "AWS::Partition", "AWS::Region",    "AWS::StackId",
    "AWS::StackName", "AWS::URLSuffix", NULL};

static bool is_pseudo_parameter(const char *name)
{
    for (size_t i = 0; pseudo_parameters[i]; i++)
        if (strcmp(name, pseudo_parameters[i]) == 0)
            return true;
    return false;
}

/* SAM makes resources whose ids start with those of its own, or with Serverless. */
static bool is_made_by_sam(const Checking *checking, const char *name)
{
    const char *id;
    json_t *resource;

    if (!checking->is_sam)
        return false;
    if (g_str_has_prefix(name, "Serverless"))
        return true;
    json_object_foreach(checking->resources, id, resource)
    {
        const char *type = json_string_value(json_object_get(resource, "Type"));

        if (type && g_str_has_prefix(type, "AWS::Serverless::") && g_str_has_prefix(name, id))
            return true;
    }
    return false;
}

/* What the resource that is walked needs. Who SAM's own resources need is SAM's to say. */
static void add_dependency(Checking *checking, const Spot *at, guint number)
{
    const Dependency dependency = {checking->current, number};

    if (checking->wanted == number) {
        if (!checking->found)
            checking->found = spot_pointer(at);
        return;
    }
    if (checking->current != NO_RESOURCE && checking->wanted == NO_RESOURCE &&
        !(checking->type_name && g_str_has_prefix(checking->type_name, "AWS::Serverless::")))
        g_array_append_val(checking->dependencies, dependency);
}

static bool find_resource(Checking *checking, const Spot *at, const char *name)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(checking->numbers, name));

    if (number == 0)
        return false;
    add_dependency(checking, at, number - 1);
    return true;
}

/* Whether nothing certain can be said of a name. */
static bool is_beyond_us(const Checking *checking, const char *name)
{
    return checking->has_more_names || is_made_by_sam(checking, name);
}

static void report_name(Checking *checking, const Spot *at, const char *whole, const char *name,
                        json_t *variables)
{
    g_autofree char *hint = NULL;

    if (g_str_has_prefix(name, "AWS::"))
        hint = check_suggestion(checking, name, pseudo_parameters, NULL);
    else
        hint = check_suggestion_of_keys(checking, name, "add it below Resources or Parameters",
                                        checking->resources,
                                        checking->parameters ? checking->parameters : variables,
                                        checking->parameters ? variables : NULL, NULL);
    check_missing(checking, at, whole, name, hint, "no resource or parameter is called");
}

/* `whole`: the "${…}" it stands in, or NULL. */
static void check_name(Checking *checking, const Spot *at, const char *name, const char *whole,
                       json_t *variables)
{
    json_t *parameters = checking->parameters;

    if (json_object_get(parameters, name) || is_pseudo_parameter(name) ||
        (!checking->is_in_conditions && find_resource(checking, at, name)) ||
        is_beyond_us(checking, name))
        return;
    if (checking->is_in_conditions && json_object_get(checking->resources, name))
        check_problem(checking, PROBLEM_ERROR, at, false, "use a parameter",
                      "a condition can name no resource, as %s", name);
    else
        report_name(checking, at, whole, name, variables);
}

void check_ref(Checking *checking, const Spot *at, json_t *name)
{
    if (json_is_string(name))
        check_name(checking, at, json_string_value(name), NULL, NULL);
    else if (!checking->has_extensions)
        check_problem(checking, PROBLEM_ERROR, at, false,
                      "write the logical id of a resource, or a parameter", "expected a name");
}

/* Types whose attributes are made by others. */
static bool has_free_attributes(const char *type, const char *attribute)
{
    static const char *const prefixes[] = {"Custom::", "AWS::CloudFormation::CustomResource",
                                           "AWS::Serverless::"};
    static const char *const outputs[] = {"AWS::CloudFormation::Stack",
                                          "AWS::ServiceCatalog::CloudFormationProvisionedProduct"};

    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
        if (g_str_has_prefix(type, prefixes[i]))
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(outputs); i++)
        if (strcmp(type, outputs[i]) == 0 && g_str_has_prefix(attribute, "Outputs."))
            return true;
    return false;
}

/* Whether "Endpoint/Address" gives "Endpoint.Address", or lies above it. */
static bool gives(const char *path, const char *attribute)
{
    for (; *path && *attribute; path++, attribute++)
        if (*path != *attribute && !(*path == '/' && *attribute == '.'))
            return false;
    return *path == '\0' && (*attribute == '\0' || *attribute == '.');
}

static char *suggest_attribute(Checking *checking, const ResourceType *type, const char *attribute)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) known = g_string_new(NULL);
    const char *path;
    unsigned flags;

    for (size_t i = 0; (path = resource_type_flagged(type, i, &flags)); i++)
        if (flags & (PROPERTY_READ_ONLY | PROPERTY_ATTRIBUTE) && !strchr(path, '*')) {
            char *name = g_strdelimit(g_strdup(path), "/", '.');

            if (flags & PROPERTY_READ_ONLY)
                g_string_append_printf(known, "%s%s", known->len ? ", " : "it has ", name);
            g_ptr_array_add(names, name);
        }
    g_ptr_array_add(names, NULL);
    return check_suggestion(checking, attribute, (const char *const *)names->pdata,
                            known->len ? known->str : "it has none; use Ref");
}

static void check_attribute(Checking *checking, const Spot *at, const char *whole, const char *id,
                            const char *attribute)
{
    json_t *resource = json_object_get(checking->resources, id);
    const char *name = json_string_value(json_object_get(resource, "Type"));
    const ResourceType *type = name ? resource_type_find(name) : NULL;
    g_autofree char *hint = NULL, *message = NULL;
    const char *path;
    unsigned flags;

    if (!type || has_free_attributes(name, attribute))
        return;
    for (size_t i = 0; (path = resource_type_flagged(type, i, &flags)); i++)
        if (flags & (PROPERTY_READ_ONLY | PROPERTY_ATTRIBUTE) && gives(path, attribute))
            return;
    hint = suggest_attribute(checking, type, attribute);
    message = g_strdup_printf("%s is of type %s, which has no attribute", id, name);
    check_missing(checking, at, whole, attribute, hint, message);
}

static void report_resource(Checking *checking, const Spot *at, const char *whole, const char *id)
{
    g_autofree char *hint = NULL;

    if (is_beyond_us(checking, id))
        return;
    hint =
        check_suggestion_of_keys(checking, id, "add it below Resources", checking->resources, NULL);
    check_missing(checking, at, whole, id, hint, "no resource is called");
}

/* `at` is where the id stands, `attribute_at` where the attribute does. */
static void check_resource_attribute(Checking *checking, const Spot *at, const Spot *attribute_at,
                                     const char *whole, const char *id, const char *attribute)
{
    if (checking->is_in_conditions || !find_resource(checking, at, id))
        report_resource(checking, at, whole, id);
    else if (attribute)
        check_attribute(checking, attribute_at, whole, id, attribute);
}

/* [ID, ATTRIBUTE] where both are to be texts, or "ID.ATTRIBUTE". */
void check_get_att(Checking *checking, const Spot *at, json_t *argument)
{
    json_t *id = json_array_get(argument, 0), *attribute = json_array_get(argument, 1);
    const char *text = json_string_value(argument);
    const Spot first = {.above = at, .index = 0}, second = {.above = at, .index = 1};

    if (text && strchr(text, '.')) {
        g_autofree char *name = g_strndup(text, (gsize)(strchr(text, '.') - text));

        check_resource_attribute(checking, at, at, NULL, name, strchr(text, '.') + 1);
    } else if (json_array_size(argument) == 2 && json_is_string(id)) {
        check_resource_attribute(checking, &first, &second, NULL, json_string_value(id),
                                 json_string_value(attribute));
        if (!json_is_string(attribute))
            check_value(checking, &second, attribute, RESOURCE_SHAPE_UNKNOWN);
    } else if (!checking->has_extensions) {
        check_problem(checking, PROBLEM_ERROR, at, true, "write [LOGICAL-ID, ATTRIBUTE]",
                      "expected a logical id and an attribute");
    }
}

static void check_variable(Checking *checking, const Spot *at, const char *name, const char *whole,
                           json_t *variables)
{
    const char *dot = strchr(name, '.');

    if (json_object_get(variables, name))
        return;
    if (strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:&") <
            strlen(name) ||
        !*name || dot == name) {
        check_problem_in_text(checking, at, whole, "write ${!…} for the text itself",
                              "%s names nothing that Fn::Sub could put in", whole);
        return;
    }
    if (!dot) {
        check_name(checking, at, name, whole, variables);
        return;
    }
    g_autofree char *id = g_strndup(name, (gsize)(dot - name));

    check_resource_attribute(checking, at, at, whole, id, dot + 1);
}

void check_sub_text(Checking *checking, const Spot *at, json_t *text, json_t *variables)
{
    const char *from = json_string_value(text), *end;

    checking->size_bytes += json_string_length(text) + 2;
    while ((from = strstr(from, "${")) && (end = strchr(from, '}'))) {
        if (from[2] != '!') {
            g_autofree char *whole = g_strndup(from, (gsize)(end - from) + 1);
            g_autofree char *name = g_strstrip(g_strndup(from + 2, (gsize)(end - from) - 2));

            check_variable(checking, at, name, whole, variables);
        }
        from = end + 1;
    }
}

void check_condition_name(Checking *checking, const Spot *at, json_t *name)
{
    const char *text = json_string_value(name);
    g_autofree char *hint = NULL;

    if (!text) {
        if (!checking->is_in_conditions)
            check_problem(checking, PROBLEM_ERROR, at, false, "name one of Conditions",
                          "expected the name of a condition");
        return;
    }
    if (json_object_get(checking->conditions, text) || checking->has_more_names)
        return;
    hint = check_suggestion_of_keys(checking, text, "add it below Conditions", checking->conditions,
                                    NULL);
    check_problem(checking, PROBLEM_ERROR, at, false, hint, "Conditions has no %s", text);
}

static void check_dependency(Checking *checking, const Spot *at, json_t *name)
{
    const char *text = json_string_value(name);

    if (!text) {
        check_problem(checking, PROBLEM_ERROR, at, true, "write the logical id as it is",
                      "expected the name of a resource");
        return;
    }
    if (!find_resource(checking, at, text))
        report_resource(checking, at, NULL, text);
}

void check_dependencies(Checking *checking, const Spot *at, json_t *depends_on)
{
    json_t *item;
    size_t i;

    if (!json_is_array(depends_on)) {
        check_dependency(checking, at, depends_on);
        return;
    }
    json_array_foreach(depends_on, i, item)
    {
        const Spot here = {.above = at, .index = i};

        check_dependency(checking, &here, item);
    }
}

/* NULL where nothing is known: so are region and stack name of a service whose settings were not
 * read. */
static const char *text_of_ref(const Checking *checking, const char *name)
{
    if (strcmp(name, "AWS::Region") == 0)
        return checking->service->region;
    if (strcmp(name, "AWS::StackName") == 0)
        return checking->service->stack_name;
    if (strcmp(name, "AWS::AccountId") == 0 && !json_object_get(checking->parameters, name))
        return "111122223333";
    return NULL;
}

static size_t length_of_ref(const Checking *checking, const char *name, bool *ret_exact)
{
    const char *text = text_of_ref(checking, name);

    if (!text)
        *ret_exact = false;
    return text ? strlen(text) : 0;
}

static size_t length_of_sub(const Checking *checking, const char *text, bool *ret_exact)
{
    size_t length = 0;

    while (*text) {
        const char *end = text[0] == '$' && text[1] == '{' ? strchr(text, '}') : NULL;

        if (!end) {
            length += ((guchar)*text++ & 0xc0) != 0x80;
        } else {
            g_autofree char *name = g_strndup(text + 2, (gsize)(end - text) - 2);

            length += *name == '!' ? strlen(name) + 2 : length_of_ref(checking, name, ret_exact);
            text = end + 1;
        }
    }
    return length;
}

static size_t length_of_join(const Checking *checking, json_t *argument, bool *ret_exact)
{
    json_t *items = json_array_get(argument, 1), *item;
    const char *delimiter = json_string_value(json_array_get(argument, 0));
    size_t length = 0, i;

    if (!delimiter || !json_is_array(items)) {
        *ret_exact = false;
        return 0;
    }
    json_array_foreach(items, i, item)
    {
        if (may_be_absent(item))
            *ret_exact = false;
        else
            length += least_length(checking, item, ret_exact) +
                      (i > 0 ? (size_t)g_utf8_strlen(delimiter, -1) : 0);
    }
    return length;
}

size_t least_length(const Checking *checking, json_t *value, bool *ret_exact)
{
    json_t *argument;

    if (json_is_string(value))
        return (size_t)g_utf8_strlen(json_string_value(value), -1);
    if ((argument = json_object_get(value, "Fn::Join")))
        return length_of_join(checking, argument, ret_exact);
    if (json_is_string(argument = json_object_get(value, "Ref")))
        return length_of_ref(checking, json_string_value(argument), ret_exact);
    if (json_is_string(argument = json_object_get(value, "Fn::Sub")))
        return length_of_sub(checking, json_string_value(argument), ret_exact);
    *ret_exact = false;
    return 0;
}
