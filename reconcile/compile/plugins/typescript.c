/* serverless-plugin-typescript 2.1 (MIT): compiles what handlers and tsconfig.json name with the
 * service's own TypeScript into .build, and packages that folder in place of the service. What is
 * compiled is said here; it is run by whoever packages, in the sandbox. */
#include "reconcile/compile/plugins/bundling.h"
#include <string.h>

#define LOCATION "/custom/serverlessPluginTypescript/tsConfigFileLocation"

/* The file of a handler, as the plugin looks for it; (transfer full), NULL: none. */
static char *entry_of(const PluginTurn *turn, const char *handler)
{
    static const char *const endings[] = {"ts", "js"};
    const char *dot = strrchr(handler, '.');

    for (size_t i = 0; dot && i < G_N_ELEMENTS(endings); i++) {
        g_autofree char *file =
            g_strdup_printf("%.*s%s", (int)(dot + 1 - handler), handler, endings[i]);

        if (bundling_is_file(turn, file))
            return g_steal_pointer(&file);
    }
    return NULL;
}

static void add_entries(const PluginTurn *turn, json_t *entries)
{
    const char *key;
    json_t *function;

    json_object_foreach(json_object_get(turn->service->config, "functions"), key, function)
    {
        const char *handler = json_string_value(json_object_get(function, "handler"));
        g_autofree char *pointer = g_strdup_printf("/functions/%s/handler", key);
        g_autofree char *entry = NULL;

        if (!bundling_is_node(turn->service, function))
            continue;
        entry = entry_of(turn, handler);
        if (entry)
            json_array_append_new(entries, json_string(entry));
        else
            plugin_problem(turn, PROBLEM_ERROR, pointer, NULL,
                           "function %s: no file of handler %s with the ending .ts or .js", key,
                           handler);
    }
}

/* Names without a wildcard may be folders, of which all is meant. */
static void add_pattern(const PluginTurn *turn, json_t *patterns, const char *pattern)
{
    const char *path = *pattern == '!' ? pattern + 1 : pattern;
    g_autofree char *resolved = source_path_resolve(turn->service->path, path, NULL);
    g_autofree char *below = NULL;
    SourceEntry entry = {0};

    if (!strpbrk(path, "*?[{(") && resolved &&
        source_tree_entry(turn->tree, resolved, true, &entry, NULL) &&
        entry.kind == SOURCE_DIRECTORY)
        below = g_build_filename(pattern, "**", NULL);
    json_array_append_new(patterns, json_string(below ? below : pattern));
}

/* What lies beside what was compiled, in the order of the plugin. A new reference. */
static json_t *extras_of(const PluginTurn *turn)
{
    static const char *const lists[] = {"/package/include", "/package/patterns"};
    json_t *patterns = json_array(), *pattern;
    size_t j;

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        json_array_foreach(pointer_get(turn->service->config, lists[i]), j, pattern)
        {
            if (json_is_string(pattern))
                add_pattern(turn, patterns, json_string_value(pattern));
        }
    return patterns;
}

/* Whether a pattern says a name with a dot in front. */
static bool says_dot(const json_t *patterns)
{
    json_t *pattern;
    size_t i;

    json_array_foreach((json_t *)patterns, i, pattern)
    {
        const char *text = json_string_value(pattern);

        if (*text == '!')
            continue;
        for (const char *at = strchr(text, '.'); at; at = strchr(at + 1, '.'))
            if ((at == text || at[-1] == '/') && !strchr("./", at[1]))
                return true;
    }
    return false;
}

static void package(PluginTurn *turn)
{
    json_t *location = pointer_get(turn->service->config, LOCATION), *entries, *patterns;
    const char *path = location ? json_string_value(location) : "tsconfig.json";

    if (!bundling_allowed(turn, "TypeScript"))
        return;
    if (!path) {
        plugin_problem(turn, PROBLEM_ERROR, LOCATION, NULL,
                       "tsConfigFileLocation is to be the path of a file");
        return;
    }
    entries = json_array();
    add_entries(turn, entries);
    patterns = extras_of(turn);
    turn->service->bundle =
        json_pack("{s:s, s:s, s:b, s:s, s:b, s:{s:{s:o, s:[o]}}}", "bundler", "typescript",
                  "folder", ".build", "replaces", 1, "tsconfig", path, "dotted", says_dot(patterns),
                  "archives", ".", "entries", entries, "patterns", patterns);
}

const Plugin plugin_typescript = {
    .name = "serverless-plugin-typescript",
    .configure = {[PLUGIN_PACKAGE] = package},
};
