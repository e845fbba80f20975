/* Package patterns: lines before an empty line are patterns, lines after it paths. */
#include "reconcile/package/glob.h"
#include "reconcile/package/rules.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define MAX_LINES 64

static void match_all(const char *pattern, char **paths)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Glob) glob = glob_compile(pattern, GLOB_FRAMEWORK, &error);
    G_GNUC_UNUSED g_autoptr(GPtrArray) expanded = glob_expand_braces(pattern, NULL);
    g_autofree char *base = glob_base(pattern);

    HOLDS(!glob == (error != NULL));
    HOLDS(base);
    for (; glob && *paths; paths++)
        if (glob_matches(glob, *paths))
            HOLDS(g_str_has_prefix(*paths, glob_prefix(glob)));
}

static void take_all(const GPtrArray *patterns, char **paths)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Rules) rules = rules_new(patterns, &error);
    g_autoptr(RulesFolder) root = NULL, folder = NULL;

    HOLDS(!rules == (error != NULL));
    if (!rules)
        return;
    root = rules_enter(rules, NULL, "");
    folder = rules_enter(rules, root, "src");
    for (; *paths; paths++) {
        g_autofree char *inside = g_strdup_printf("src/%s", *paths);

        if (rules_take(rules, folder, inside))
            HOLDS(!rules_skip_folder(rules, "src"));
        (void)rules_take(rules, root, *paths);
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
        match_all(*pattern, paths);
        g_ptr_array_add(list, *pattern);
    }
    take_all(list, paths);
    return 0;
}
