/* Package patterns: lines before an empty line are patterns, lines after it paths. */
#include "reconcile/package/glob.h"
#include "reconcile/package/rules.h"
#include "reconcile/package/search.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define MAX_LINES 64

/* What is said of a folder must hold for all that lies in it. */
static void look_below(Glob *glob, const char *path)
{
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        g_autofree char *folder = g_strndup(path, (gsize)(slash - path));
        const bool plain = !strstr(path, "//") && slash[1] && !g_str_has_suffix(path, "/") &&
                           !strstr(path, "./") && !g_str_has_suffix(path, ".") && *path != '/';

        if (plain && glob_below(glob, folder) == GLOB_NONE_BELOW)
            HOLDS(!glob_matches(glob, path));
        if (plain && glob_below(glob, folder) == GLOB_ALL_BELOW)
            HOLDS(glob_matches(glob, path) || strpbrk(path, "\n\r"));
    }
}

static void match_all(const char *pattern, GlobSyntax syntax, char **paths)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Glob) glob = glob_compile(pattern, syntax, &error);
    G_GNUC_UNUSED g_autoptr(GPtrArray) expanded = glob_expand_braces(pattern, NULL);

    HOLDS(!glob == (error != NULL));
    for (; glob && *paths; paths++) {
        (void)glob_matches(glob, *paths);
        look_below(glob, *paths);
    }
}

static void take_all(const GPtrArray *patterns, char **paths)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(Rules) rules = rules_new(none, patterns, &error);
    g_autoptr(Search) search = rules ? search_new(patterns, &error) : NULL;

    HOLDS(!search == (error != NULL));
    for (guint i = 0; search && i < search_tasks(search)->len; i++) {
        SearchTask *task = g_ptr_array_index(search_tasks(search), i);

        for (char **path = paths; *path; path++) {
            g_autofree char *inside = g_strdup_printf("src/%s", *path);

            if (rules_take(rules, inside) && **path && !strchr(*path, '/'))
                HOLDS(!rules_skip_folder(rules, "src"));
            (void)search_task_finds(task, inside);
            if (search_task_base(task))
                (void)search_task_enters(task, inside);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) parts = g_strsplit(text, "\n\n", 2);
    g_auto(GStrv) patterns = g_strsplit(parts[0] ? parts[0] : "", "\n", MAX_LINES);
    g_auto(GStrv) paths = g_strsplit(parts[0] && parts[1] ? parts[1] : "a/b.js", "\n", MAX_LINES);
    g_autoptr(GPtrArray) list = g_ptr_array_new();

    for (char **pattern = patterns; *pattern; pattern++) {
        match_all(*pattern, GLOB_MATCH, paths);
        match_all(*pattern, GLOB_SEARCH, paths);
        g_ptr_array_add(list, *pattern);
    }
    take_all(list, paths);
    return 0;
}
