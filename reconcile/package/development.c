#include "reconcile/package/development.h"

#include <jansson.h>
#include <string.h>

static void add(GHashTable *paths, const char *folder, const char *path)
{
    g_hash_table_add(paths, *folder ? g_strconcat(folder, "/", path, NULL) : g_strdup(path));
}

/* "node_modules/@scope/name" → "name": what a command is called when the package names it with a
 * mere path. */
static void add_commands(GHashTable *paths, const char *folder, const char *key, json_t *commands)
{
    const char *package = g_strrstr(key, "node_modules/") + strlen("node_modules/");
    const char *slash = strchr(package, '/');
    const char *command;
    json_t *target;

    if (json_is_string(commands)) {
        g_autofree char *link =
            g_strdup_printf("%.*s.bin/%s", (int)(package - key), key, slash ? slash + 1 : package);

        add(paths, folder, link);
    }
    json_object_foreach(commands, command, target)
    {
        g_autofree char *link = g_strdup_printf("%.*s.bin/%s", (int)(package - key), key, command);

        add(paths, folder, link);
    }
}

void development_add(GHashTable *paths, const char *folder, const char *lock, size_t size)
{
    json_t *root = json_loadb(lock, size, 0, NULL);
    const char *key;
    json_t *package;

    json_object_foreach(json_object_get(root, "packages"), key, package)
    {
        if (!json_is_true(json_object_get(package, "dev")) || !g_strrstr(key, "node_modules/"))
            continue;
        add(paths, folder, key);
        add_commands(paths, folder, key, json_object_get(package, "bin"));
    }
    json_decref(root);
}
