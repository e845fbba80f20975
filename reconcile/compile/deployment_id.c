/* The framework names an API's deployment by its clock, so that every deploy replaces it, and
 * `${sls:instanceId}` is the same number. Here the id is made of what the deployment publishes: it
 * changes when the API does, and only then. */
#include "config/json_text.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/variables/variables.h"
#include <string.h>

#define ID_LENGTH 13

/* What a deployment does not publish. */
static bool is_published(const char *type)
{
    static const char *const apart[] = {"Account",           "ApiKey",     "BasePathMapping",
                                        "ClientCertificate", "DomainName", "UsagePlan",
                                        "UsagePlanKey",      "VpcLink"};
    static const char prefix[] = "AWS::ApiGateway::";

    if (!type || !g_str_has_prefix(type, prefix))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(apart); i++)
        if (strcmp(type + strlen(prefix), apart[i]) == 0)
            return false;
    return true;
}

/* The API's resources; the whole template where there is no API and only `${sls:instanceId}` asks
 * for an id. */
static json_t *scope_of(Compilation *compilation)
{
    json_t *scope = json_object(), *resource;
    const char *id;

    json_object_foreach(
        compilation->resources, id,
        resource) if (is_published(json_string_value(json_object_get(resource, "Type"))))
        json_object_set(scope, id, resource);
    if (json_object_size(scope) > 0)
        return scope;
    json_decref(scope);
    return json_incref(compilation->template);
}

static char *id_of(json_t *scope, unsigned nonce)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    g_autofree char *text = json_text(scope, JSON_TEXT_COMPACT | JSON_TEXT_SORT_KEYS);
    g_autofree char *raised = nonce ? g_strdup_printf("#%u", nonce) : g_strdup("");
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;
    char *id = g_malloc0(ID_LENGTH + 1);

    g_checksum_update(checksum, (const guchar *)text, -1);
    g_checksum_update(checksum, (const guchar *)raised, -1);
    g_checksum_get_digest(checksum, digest, &size);
    for (size_t i = 0; i < ID_LENGTH; i++)
        id[i] = digits[digest[i] % 36];
    return id;
}

/* `text` with the id in place of each placeholder, or NULL where it has none. */
static char *substitute_text(const char *text, size_t length, const char *id)
{
    if (length < strlen(VARIABLES_INSTANCE_ID) || !strstr(text, VARIABLES_INSTANCE_ID))
        return NULL;
    g_auto(GStrv) parts = g_strsplit(text, VARIABLES_INSTANCE_ID, -1);
    return g_strjoinv(id, parts);
}

static json_t *substitute(json_t *value, const char *id);

static json_t *members_before(json_t *object, void *end)
{
    json_t *result = json_object();

    for (void *at = json_object_iter(object); at != end; at = json_object_iter_next(object, at))
        json_object_set(result, json_object_iter_key(at), json_object_iter_value(at));
    return result;
}

/* By iterators, as this looks at every member of the template. */
static json_t *substitute_members(json_t *object, const char *id)
{
    json_t *result = NULL;

    for (void *at = json_object_iter(object); at; at = json_object_iter_next(object, at)) {
        const char *key = json_object_iter_key(at);
        g_autofree char *name = substitute_text(key, json_object_iter_key_len(at), id);
        json_t *item = json_object_iter_value(at), *below = substitute(item, id);

        if (!result && (name || below))
            result = members_before(object, at);
        if (result)
            json_object_set_new(result, name ? name : key, below ? below : json_incref(item));
    }
    return result;
}

static json_t *substitute_items(json_t *array, const char *id)
{
    json_t *result = NULL, *item;
    size_t i;

    json_array_foreach(array, i, item)
    {
        json_t *below = substitute(item, id);

        if (!below)
            continue;
        if (!result)
            result = json_copy(array);
        json_array_set_new(result, i, below);
    }
    return result;
}

/* `value` with the id in place of each placeholder (a new reference), or NULL where it has none, as
 * most of a template. */
static json_t *substitute(json_t *value, const char *id)
{
    g_autofree char *text = NULL;

    if (json_is_object(value))
        return substitute_members(value, id);
    if (json_is_array(value))
        return substitute_items(value, id);
    text = json_is_string(value)
               ? substitute_text(json_string_value(value), json_string_length(value), id)
               : NULL;
    return text ? json_string(text) : NULL;
}

/* What is made here for an API, or for what belongs to no stack, may hold a placeholder; anything
 * may where the service itself asks for the id. */
static bool may_hold(const json_t *resource, bool is_asked_for)
{
    const char *type = json_string_value(json_object_get(resource, "Type"));

    return is_asked_for || (type && (g_str_has_prefix(type, "AWS::ApiGateway::") ||
                                     g_str_has_prefix(type, "Custom::")));
}

static bool any_holds(const Compilation *compilation, bool is_asked_for)
{
    const char *id;
    json_t *resource;

    json_object_foreach(compilation->resources, id,
                        resource) if (may_hold(resource, is_asked_for)) return true;
    return false;
}

static json_t *substitute_resources(json_t *resources, const char *id)
{
    json_t *result = json_object(), *resource;
    const char *name;

    json_object_foreach(resources, name, resource)
    {
        g_autofree char *new_name = substitute_text(name, strlen(name), id);
        json_t *below = may_hold(resource, false) ? substitute(resource, id) : NULL;

        json_object_set_new_nocheck(result, new_name ? new_name : name,
                                    below ? below : json_incref(resource));
    }
    return result;
}

static void rename_makers(Compilation *compilation, const char *id)
{
    g_autoptr(GList) names = g_hash_table_get_keys(compilation->makers);

    for (GList *at = names; at; at = at->next) {
        char *name = substitute_text(at->data, strlen(at->data), id);

        if (name)
            g_hash_table_replace(compilation->makers, name,
                                 g_strdup(g_hash_table_lookup(compilation->makers, at->data)));
    }
}

static json_t *substitute_template(json_t *template, const char *id, bool is_asked_for)
{
    json_t *result = is_asked_for ? substitute(template, id) : json_copy(template);

    if (!is_asked_for)
        json_object_set_new(result, "Resources",
                            substitute_resources(json_object_get(template, "Resources"), id));
    return result;
}

void compile_deployment_id(Compilation *compilation)
{
    json_t *asking = substitute(compilation->config, ""), *scope, *substituted;
    const bool is_asked_for = asking != NULL;
    g_autofree char *id = NULL;

    json_decref(asking);
    if (!any_holds(compilation, is_asked_for))
        return;
    scope = scope_of(compilation);
    id = id_of(scope, compilation->options->deployment_nonce);
    json_decref(scope);
    substituted = substitute_template(compilation->template, id, is_asked_for);
    if (!substituted)
        return;
    json_decref(compilation->template);
    compilation->template = substituted;
    compilation->resources = json_object_get(substituted, "Resources");
    compilation->outputs = json_object_get(substituted, "Outputs");
    rename_makers(compilation, id);
}
