#include "tests/aws/resources/live.h"
#include "config/resource_types.h"
#include "tests/aws/resources/identity.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

void live_free(Live *live)
{
    if (live == NULL)
        return;
    g_free(live->type);
    g_free(live->physical_id);
    g_free(live->identifier);
    g_free(live->seed);
    json_decref(live->properties);
    json_decref(live->attributes);
    json_decref(live->hidden);
    g_clear_pointer(&live->blob, g_bytes_unref);
    g_free(live->stack_id);
    g_free(live->stack_name);
    g_free(live->logical_id);
    g_free(live);
}

/* IAM's names are the account's, whatever the region. */
static Region *home_of(Region *region, const char *type)
{
    return g_str_has_prefix(type, "AWS::IAM::") ? region->account->global : region;
}

static char *key_of(const char *type, const char *id)
{
    return g_strdup_printf("%s|%s", type, id);
}

Live *live_find(Region *region, const char *type, const char *physical_id)
{
    g_autofree char *key = NULL;

    if (physical_id == NULL)
        return NULL;
    key = key_of(type, physical_id);
    return g_hash_table_lookup(home_of(region, type)->live_by_physical, key);
}

Live *live_find_identifier(Region *region, const char *type, const char *identifier)
{
    g_autofree char *key = key_of(type, identifier);

    return g_hash_table_lookup(home_of(region, type)->live_by_identifier, key);
}

Live *live_find_function(Region *region, const char *name)
{
    const char *mark = name != NULL ? strstr(name, "function:") : NULL;
    g_autofree char *plain = NULL;
    char *colon = NULL;

    if (name == NULL)
        return NULL;
    plain = g_strdup(mark != NULL ? mark + strlen("function:") : name);
    colon = strchr(plain, ':');
    if (colon != NULL) {
        /* "123456789012:function:name" was handled above; what is left is a version or an alias. */
        *colon = '\0';
    }
    return live_find_identifier(region, "AWS::Lambda::Function", plain);
}

bool handler_failure(const Live *live, GError **error, const char *code, const char *format, ...)
{
    g_autofree char *token = double_uuid(live->home->account->aws);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(
        error, DOUBLE_ERROR, 400,
        "Resource handler returned message: \"%s\" (RequestToken: %s, HandlerErrorCode: %s)",
        message, token, code);
    return false;
}

static Live *live_new(const LiveOwner *owner, const char *type, json_t *properties)
{
    Live *live = g_new0(Live, 1);

    live->home = home_of(owner->region, type);
    live->type = g_strdup(type);
    live->properties = json_deep_copy(properties);
    live->attributes = json_object();
    live->hidden = json_object();
    live->stack_id = g_strdup(owner->stack_id);
    live->stack_name = g_strdup(owner->stack_name);
    live->logical_id = g_strdup(owner->logical_id);
    live->created_ms = owner->now_ms;
    live->seed = g_strdup_printf("%s %s %s %u", owner->stack_id != NULL ? owner->stack_id : "",
                                 owner->logical_id != NULL ? owner->logical_id : "", type,
                                 owner->generation);
    return live;
}

static bool name_is_free(const Live *live, GError **error)
{
    g_autofree char *key = key_of(live->type, live->identifier);
    const Live *other = g_hash_table_lookup(live->home->live_by_identifier, key);

    if (other == NULL)
        return true;
    if (other->stack_id != NULL && g_strcmp0(other->stack_id, live->stack_id) != 0) {
        g_set_error(error, DOUBLE_ERROR, 400, "%s already exists in stack %s", live->physical_id,
                    other->stack_id);
        return false;
    }
    return handler_failure(live, error, "AlreadyExists",
                           "Resource of type '%s' with identifier '%s' already exists.", live->type,
                           live->identifier);
}

Live *live_create(const LiveOwner *owner, const char *type, json_t *properties, GError **error)
{
    Live *live = live_new(owner, type, properties);
    const LiveKind *kind = live_kind_of(type);
    bool good = true;

    if (kind != NULL && kind->prepare != NULL)
        good = kind->prepare(live, owner->now_ms, error);
    if (good) {
        identity_assign(live);
        good = name_is_free(live, error);
    }
    if (good && kind != NULL && kind->create != NULL)
        good = kind->create(live, owner->now_ms, error);
    if (!good) {
        live_free(live);
        return NULL;
    }
    g_hash_table_insert(live->home->live_by_physical, key_of(type, live->physical_id), live);
    g_hash_table_insert(live->home->live_by_identifier, key_of(type, live->identifier), live);
    return live;
}

Live *live_find_named(const LiveOwner *owner, const char *type, json_t *properties)
{
    const char *property = identity_name_property(type);
    Live *probe = NULL, *found = NULL;

    if (property == NULL || json_text_of(properties, property) == NULL)
        return NULL;
    probe = live_new(owner, type, properties);
    identity_assign(probe);
    found = live_find_identifier(owner->region, type, probe->identifier);
    live_free(probe);
    return found;
}

bool live_update(Live *live, json_t *before, json_t *after, int64_t now_ms, GError **error)
{
    const LiveKind *kind = live_kind_of(live->type);
    json_auto_t *changed = json_object();
    json_auto_t *kept = json_incref(live->properties);
    const char *key = NULL;
    json_t *value = NULL;

    json_object_foreach(after, key, value)
    {
        if (before == NULL || !json_equal(json_object_get(before, key), value))
            json_object_set(changed, key, value);
    }
    live->properties = json_deep_copy(kept);
    json_decref(kept);
    json_object_update(live->properties, changed);
    json_object_foreach(before, key, value)
    {
        if (json_object_get(after, key) == NULL) {
            json_object_set_new(changed, key, json_null());
            json_object_del(live->properties, key);
        }
    }
    if (kind != NULL && kind->update != NULL && !kind->update(live, changed, now_ms, error)) {
        json_decref(live->properties);
        live->properties = json_incref(kept);
        return false;
    }
    identity_refresh(live);
    return true;
}

bool live_delete(Live *live, int64_t now_ms, GError **error)
{
    const LiveKind *kind = live_kind_of(live->type);
    g_autofree char *physical = key_of(live->type, live->physical_id);
    g_autofree char *identifier = key_of(live->type, live->identifier);
    Region *home = live->home;

    if (kind != NULL && kind->remove != NULL && !kind->remove(live, now_ms, error))
        return false;
    if (g_hash_table_lookup(home->live_by_physical, physical) == live)
        g_hash_table_remove(home->live_by_physical, physical);
    g_hash_table_remove(home->live_by_identifier, identifier);
    return true;
}

json_t *live_attribute(const Live *live, const char *attribute)
{
    g_auto(GStrv) parts = g_strsplit(attribute, ".", -1);
    json_t *value = json_object_get(live->attributes, attribute);

    if (value != NULL)
        return json_incref(value);
    value = json_object_get(live->attributes, parts[0]);
    if (value == NULL)
        value = json_object_get(live->properties, parts[0]);
    for (size_t i = 1; parts[i] != NULL && value != NULL; i++)
        value = json_object_get(value, parts[i]);
    if (value != NULL)
        return json_incref(value);
    /* Nested read-only values (Endpoint.Address) and whatever a custom resource would have
     * answered. */
    if (g_str_has_prefix(live->type, "Custom::") || parts[1] != NULL ||
        strcmp(live->type, "AWS::CloudFormation::CustomResource") == 0) {
        g_autofree char *text = g_strdup_printf("%s-%s", live->physical_id, attribute);

        return json_string(text);
    }
    return NULL;
}

static void drop_write_only(const ResourceType *schema, GString *path, json_t *value)
{
    size_t length = path->len;
    const char *key = NULL;
    json_t *item = NULL;
    void *next = NULL;
    size_t i = 0;

    json_object_foreach_safe(value, next, key, item)
    {
        Property property;

        g_string_append_printf(path, "%s%s", length > 0 ? "/" : "", key);
        if (resource_type_property(schema, path->str, &property) &&
            (property.flags & PROPERTY_WRITE_ONLY) != 0)
            json_object_del(value, key);
        else
            drop_write_only(schema, path, item);
        g_string_truncate(path, length);
    }
    json_array_foreach(value, i, item)
    {
        g_string_append(path, "/*");
        drop_write_only(schema, path, item);
        g_string_truncate(path, length);
    }
}

json_t *live_model(const Live *live)
{
    const ResourceType *schema = resource_type_find(live->type);
    json_t *model = json_deep_copy(live->properties);
    g_autoptr(GString) path = g_string_new(NULL);

    if (schema != NULL)
        drop_write_only(schema, path, model);
    json_object_update(model, live->attributes);
    return model;
}

LiveState *live_state_of(const Live *live)
{
    LiveState *state = g_new0(LiveState, 1);

    state->properties = json_deep_copy(live->properties);
    state->attributes = json_deep_copy(live->attributes);
    state->hidden = json_deep_copy(live->hidden);
    state->blob = live->blob != NULL ? g_bytes_ref(live->blob) : NULL;
    return state;
}

void live_state_restore(Live *live, const LiveState *state)
{
    /* Published versions and messages outlive whatever is rolled back. */
    static const char *const outliving[] = {"Versions", "LastVersion", "Messages"};
    json_auto_t *before = live->hidden;

    live->hidden = json_deep_copy(state->hidden);
    for (size_t i = 0; i < G_N_ELEMENTS(outliving); i++) {
        json_t *value = json_object_get(before, outliving[i]);

        if (value != NULL)
            json_object_set(live->hidden, outliving[i], value);
    }
    json_decref(live->properties);
    json_decref(live->attributes);
    g_clear_pointer(&live->blob, g_bytes_unref);
    live->properties = json_deep_copy(state->properties);
    live->attributes = json_deep_copy(state->attributes);
    live->blob = state->blob != NULL ? g_bytes_ref(state->blob) : NULL;
}

void live_state_free(LiveState *state)
{
    if (state == NULL)
        return;
    json_decref(state->properties);
    json_decref(state->attributes);
    json_decref(state->hidden);
    g_clear_pointer(&state->blob, g_bytes_unref);
    g_free(state);
}
