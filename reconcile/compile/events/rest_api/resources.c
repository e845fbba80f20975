#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

json_t *rest_api_resource(const RestApi *api, const char *path)
{
    json_t *root = json_object_get(api->config, "restApiRootResourceId");

    if (*path)
        return json_incref(g_hash_table_lookup(api->resource_of, path));
    return js_is_truthy(root) ? json_incref(root)
                              : json_get_att("ApiGatewayRestApi", "RootResourceId");
}

static void add_known(RestApi *api, const char *path, json_t *id)
{
    size_t length;

    if (*path == '/')
        path++;
    length = strlen(path);
    if (length > 0 && path[length - 1] == '/')
        length--;
    if (length > 0 && id)
        g_hash_table_replace(api->resource_of, g_strndup(path, length), json_incref(id));
}

/* provider.apiGateway.restApiResources: [{path, resourceId}] or {path: resourceId}, which the API
 * has already. */
static void read_known(RestApi *api)
{
    json_t *known = json_object_get(api->config, "restApiResources");
    const char *path;
    json_t *item;
    size_t i;

    json_object_foreach(known, path, item)
    {
        add_known(api, path, item);
    }
    json_array_foreach(known, i, item)
    {
        if ((path = property_string(item, "path")))
            add_known(api, path, json_object_get(item, "resourceId"));
    }
}

/* A resource that is known makes those above it exist as well: they cannot be made here. */
static const char *known_below(GHashTable *known, const char *path, size_t length)
{
    GHashTableIter iterator;
    gpointer other;

    g_hash_table_iter_init(&iterator, known);
    while (g_hash_table_iter_next(&iterator, &other, NULL))
        if (strncmp(other, path, length) == 0 && ((const char *)other)[length] == '/')
            return other;
    return NULL;
}

/* Made already of the same path, by http events of functions before those of state machines. */
static bool is_same(json_t *present, const char *part, json_t *parent)
{
    return g_strcmp0(json_string_value(pointer_get(present, "/Properties/PathPart")), part) == 0 &&
           json_equal(pointer_get(present, "/Properties/ParentId"), parent);
}

static void add_resource(RestApi *api, const char *path, const char *part, const char *parent)
{
    json_t *parent_id = rest_api_resource(api, parent), *present;
    g_autofree char *name = naming_path(path);
    g_autofree char *id = g_strconcat("ApiGatewayResource", name, NULL);

    present = json_object_get(api->compilation->resources, id);
    if (present && !is_same(present, part, parent_id))
        compilation_problem(api->compilation, PROBLEM_WARNING, api->compilation->maker,
                            "Name the paths so that they differ in letters and digits",
                            "path \"%s\" has the same logical id as another one (%s), and takes "
                            "its place",
                            path, id);
    compilation_add_resource(api->compilation, id, "AWS::ApiGateway::Resource",
                             json_pack("{s:o,s:s,s:o}", "ParentId", parent_id, "PathPart", part,
                                       "RestApiId", rest_api_id(api)));
    g_hash_table_insert(api->resource_of, g_strdup(path), json_ref(id));
}

/* What lies above the deepest known resource of a path is there already. */
static size_t known_length(GHashTable *known, char **parts)
{
    g_autoptr(GString) path = g_string_new(NULL);
    size_t length = 0;

    for (char **part = parts; *part; part++) {
        g_string_append_printf(path, "%s%s", part == parts ? "" : "/", *part);
        if (g_hash_table_contains(known, path->str))
            length = path->len;
    }
    return length;
}

static void add_path(RestApi *api, const Endpoint *endpoint, GHashTable *known)
{
    g_auto(GStrv) parts = g_strsplit(endpoint->path, "/", -1);
    g_autoptr(GString) path = g_string_new(NULL);
    size_t start = known_length(known, parts);

    for (char **part = parts; *part; part++) {
        g_autofree char *parent = g_strdup(path->str);
        const char *below;

        g_string_append_printf(path, "%s%s", part == parts ? "" : "/", *part);
        if (path->len <= start || g_hash_table_contains(api->resource_of, path->str))
            continue;
        below = known_below(known, path->str, path->len);
        if (below) {
            endpoint_error(api->compilation, endpoint, "/path",
                           "Add its id to provider.apiGateway.restApiResources",
                           "needs the resource of path \"%s\", which exists already because \"%s\" "
                           "does",
                           path->str, below);
            return;
        }
        add_resource(api, path->str, *part, parent);
    }
}

void rest_api_add_resources(RestApi *api)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter iterator;
    gpointer path;

    read_known(api);
    g_hash_table_iter_init(&iterator, api->resource_of);
    while (g_hash_table_iter_next(&iterator, &path, NULL))
        g_hash_table_add(known, g_strdup(path));
    for (guint i = 0; i < api->endpoints->len; i++) {
        const Endpoint *endpoint = api->endpoints->pdata[i];

        compilation_set_maker(api->compilation, endpoint->pointer);
        if (*endpoint->path)
            add_path(api, endpoint, known);
    }
}
