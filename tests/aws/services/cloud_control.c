/* Cloud Control: any live resource, by its primary identifier. */
#include "config/document.h"
#include "config/json_text.h"
#include "config/resource_types.h"
#include "tests/aws/resources/live.h"
#include "tests/aws/services/services.h"
#include <string.h>

static bool type_is_known(ApiCall *call, const char *type)
{
    if (type != NULL && resource_type_find(type) != NULL)
        return true;
    api_fail(call, 400, "TypeNotFoundException", "The type '%s' cannot be found.",
             type != NULL ? type : "");
    return false;
}

static Live *resource_of(ApiCall *call)
{
    const char *type = api_text(call, "TypeName");
    const char *identifier = api_text(call, "Identifier");
    Live *live = NULL;

    if (!type_is_known(call, type))
        return NULL;
    live = identifier != NULL ? live_find_identifier(call->region, type, identifier) : NULL;
    if (live == NULL)
        api_fail(call, 400, "ResourceNotFoundException",
                 "Resource of type '%s' with identifier '%s' was not found.", type,
                 identifier != NULL ? identifier : "");
    return live;
}

static json_t *description(const Live *live)
{
    json_auto_t *model = live_model(live);
    g_autofree char *text = json_text(model, JSON_TEXT_COMPACT);

    return json_pack("{s:s, s:s}", "Identifier", live->identifier, "Properties", text);
}

static json_t *get_resource(ApiCall *call)
{
    const Live *live = resource_of(call);

    return live != NULL ? json_pack("{s:s, s:o}", "TypeName", live->type, "ResourceDescription",
                                    description(live))
                        : NULL;
}

static json_t *list_resources(ApiCall *call)
{
    const char *type = api_text(call, "TypeName");
    Region *home = NULL;
    GHashTableIter iterator;
    void *value = NULL;
    json_t *list = NULL;

    if (!type_is_known(call, type))
        return NULL;
    home = g_str_has_prefix(type, "AWS::IAM::") ? call->region->account->global : call->region;
    list = json_array();
    g_hash_table_iter_init(&iterator, home->live_by_identifier);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        if (strcmp(((Live *)value)->type, type) == 0)
            json_array_append_new(list, description(value));
    }
    return json_pack("{s:s, s:o}", "TypeName", type, "ResourceDescriptions", list);
}

/* A finished request. `trouble` NULL for success; it is freed. */
static json_t *progress(ApiCall *call, const char *type, const char *identifier,
                        const char *operation, json_t *model, GError *trouble)
{
    g_autofree char *token = double_uuid(call->aws);
    g_autofree char *text = model != NULL ? json_text(model, JSON_TEXT_COMPACT) : NULL;
    json_t *event = json_object();

    json_set_text(event, "TypeName", type);
    json_set_text(event, "Identifier", identifier);
    json_set_text(event, "RequestToken", token);
    json_set_text(event, "Operation", operation);
    json_set_text(event, "OperationStatus", trouble == NULL ? "SUCCESS" : "FAILED");
    json_object_set_new(event, "EventTime", json_real((double)call->now_ms / 1000.0));
    json_set_text(event, "ResourceModel", text);
    if (trouble != NULL) {
        json_set_text(event, "StatusMessage", trouble->message);
        json_set_text(event, "ErrorCode",
                      strstr(trouble->message, "already exists") != NULL ? "AlreadyExists"
                                                                         : "InvalidRequest");
        g_error_free(trouble);
    }
    g_hash_table_insert(call->region->control_requests, g_strdup(token), json_incref(event));
    return json_pack("{s:o}", "ProgressEvent", event);
}

static json_t *get_resource_request_status(ApiCall *call)
{
    const char *token = api_text(call, "RequestToken");
    json_t *event =
        token != NULL ? g_hash_table_lookup(call->region->control_requests, token) : NULL;

    if (event == NULL)
        return api_fail(call, 400, "RequestTokenNotFoundException",
                        "Request with token %s was not found", token != NULL ? token : "");
    return json_pack("{s:O}", "ProgressEvent", event);
}

/* RFC 6902's add, replace, remove and test on a document. False with what is wrong. */
static bool patch_one(json_t *document, json_t *step, GError **error)
{
    const char *operation = json_text_of(step, "op");
    const char *path = json_text_of(step, "path");
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    g_autofree char *parent_path = slash != NULL ? g_strndup(path, (size_t)(slash - path)) : NULL;
    json_t *parent = parent_path != NULL ? pointer_get(document, parent_path) : NULL;
    json_t *value = json_object_get(step, "value");
    const char *key = slash != NULL ? slash + 1 : NULL;
    bool removes = g_strcmp0(operation, "remove") == 0;
    bool adds = g_strcmp0(operation, "add") == 0;

    if (g_strcmp0(operation, "test") == 0 && value != NULL && pointer_get(document, path) != NULL &&
        json_equal(pointer_get(document, path), value))
        return true;
    if (json_is_object(parent) && removes && json_object_del(parent, key) == 0)
        return true;
    if (json_is_object(parent) && value != NULL &&
        (adds || (g_strcmp0(operation, "replace") == 0 && json_object_get(parent, key) != NULL))) {
        json_object_set(parent, key, value);
        return true;
    }
    if (json_is_array(parent)) {
        bool at_end = strcmp(key, "-") == 0;
        size_t index = at_end ? json_array_size(parent) : (size_t)g_ascii_strtoull(key, NULL, 10);

        if (removes && json_array_remove(parent, index) == 0)
            return true;
        if (adds && value != NULL && json_array_insert(parent, index, value) == 0)
            return true;
        if (g_strcmp0(operation, "replace") == 0 && value != NULL &&
            json_array_set(parent, index, value) == 0)
            return true;
    }
    g_set_error(error, DOUBLE_ERROR, 400, "[%s] at %s cannot be applied",
                operation != NULL ? operation : "", path != NULL ? path : "");
    return false;
}

static bool changes_create_only(const Live *live, json_t *patch, GError **error)
{
    const ResourceType *schema = resource_type_find(live->type);
    size_t i = 0;
    json_t *step = NULL;

    json_array_foreach(patch, i, step)
    {
        const char *path = json_text_of(step, "path");
        Property property;

        if (path != NULL && *path == '/' && resource_type_property(schema, path + 1, &property) &&
            (property.flags & (PROPERTY_CREATE_ONLY | PROPERTY_READ_ONLY)) != 0) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Encountered read-only or create-only properties: %s", path);
            return true;
        }
    }
    return false;
}

static json_t *update_resource(ApiCall *call)
{
    Live *live = resource_of(call);
    const char *text = api_text(call, "PatchDocument");
    json_auto_t *patch = text != NULL ? json_loads(text, 0, NULL) : NULL;
    json_auto_t *wanted = NULL;
    json_auto_t *checked = NULL;
    json_auto_t *before = NULL;
    json_auto_t *model = NULL;
    GError *error = NULL;
    size_t i = 0;
    json_t *step = NULL;
    bool good = false;

    if (live == NULL)
        return NULL;
    if (!json_is_array(patch))
        return api_fail(call, 400, "InvalidRequestException",
                        "PatchDocument is not a list of operations");
    wanted = json_deep_copy(live->properties);
    good = !changes_create_only(live, patch, &error);
    json_array_foreach(patch, i, step) good = good && patch_one(wanted, step, &error);
    if (!good) {
        api_fail(call, 400, "InvalidRequestException", "%s", error->message);
        g_error_free(error);
        return NULL;
    }
    checked = live_properties_checked(live->type, "resource", wanted, &error);
    before = json_deep_copy(live->properties);
    if (checked != NULL && live_update(live, before, checked, call->now_ms, &error))
        model = live_model(live);
    return progress(call, live->type, live->identifier, "UPDATE", model, error);
}

static json_t *delete_resource(ApiCall *call)
{
    Live *live = resource_of(call);
    const char *type = api_text(call, "TypeName");
    const char *identifier = api_text(call, "Identifier");
    GError *error = NULL;

    if (live == NULL)
        return NULL;
    if (!live_delete(live, call->now_ms, &error))
        return progress(call, type, identifier, "DELETE", NULL, error);
    return progress(call, type, identifier, "DELETE", NULL, NULL);
}

static json_t *create_resource(ApiCall *call)
{
    const char *type = api_text(call, "TypeName");
    const char *text = api_text(call, "DesiredState");
    json_auto_t *wanted = text != NULL ? json_loads(text, 0, NULL) : NULL;
    LiveOwner owner = {call->region, NULL, NULL, "resource", (unsigned)++call->aws->serial,
                       call->now_ms};
    json_auto_t *checked = NULL;
    json_auto_t *model = NULL;
    GError *error = NULL;
    const Live *live = NULL;

    if (!type_is_known(call, type))
        return NULL;
    if (!json_is_object(wanted))
        return api_fail(call, 400, "InvalidRequestException", "DesiredState is not an object");
    checked = live_properties_checked(type, "resource", wanted, &error);
    live = checked != NULL ? live_create(&owner, type, checked, &error) : NULL;
    if (live == NULL)
        return progress(call, type, NULL, "CREATE", NULL, error);
    model = live_model(live);
    return progress(call, type, live->identifier, "CREATE", model, NULL);
}

static const ApiOperation OPERATIONS[] = {
    {"GetResource", get_resource},
    {"ListResources", list_resources},
    {"CreateResource", create_resource},
    {"UpdateResource", update_resource},
    {"DeleteResource", delete_resource},
    {"GetResourceRequestStatus", get_resource_request_status},
    {NULL, NULL},
};

const ApiService CLOUD_CONTROL_SERVICE = {
    .name = "cloudcontrolapi",
    .protocol = PROTOCOL_JSON,
    .target_prefix = "CloudApiService",
    .json_type = "application/x-amz-json-1.0",
    .operations = OPERATIONS,
};
