#include "reconcile/package/rules.h"

#include "reconcile/package/glob.h"
#include "reconcile/package/package.h"

#include <string.h>

#define PATTERNS_MAX 5000

static const char *const default_exclusions[] = {
    ".git/**",
    ".gitignore",
    ".DS_Store",
    "npm-debug.log",
    "yarn-*.log",
    ".serverless/**",
    ".serverless_plugins/**",
    ".slsignore",
};

/* One of a pattern's brace expansions, as the search for files uses it. */
typedef struct {
    Glob *glob;
    char *base;
    bool plain;
    bool keeps_out; /* of an exclusion: the search does not enter folders that it matches */
    bool covers;    /* ends in a globstar segment: with a folder it matches all below */
} Finder;

typedef struct {
    bool excludes, is_default;
    Glob *glob;
    GArray *finders; /* Finder */
} Rule;

struct Rules {
    GArray *rules; /* Rule, in order */
};

struct RulesFolder {
    int *kept_out; /* per rule: length of the longest folder here or above that it keeps the search
                      out of; -1: none */
};

static void finder_clear(void *data)
{
    Finder *finder = data;

    glob_free(finder->glob);
    g_free(finder->base);
}

static void rule_clear(void *data)
{
    Rule *rule = data;

    glob_free(rule->glob);
    g_array_unref(rule->finders);
}

/* Only such exclusions keep a search from descending: those whose last segment is plain, and
 * globstars. */
static bool keeps_out(const char *pattern)
{
    const char *slash = strrchr(pattern, '/');

    return g_str_has_suffix(pattern, "/**") || glob_is_plain(slash ? slash + 1 : pattern);
}

static bool add_finder(Rule *rule, const char *pattern, GError **error)
{
    Finder finder = {.glob = glob_compile(pattern, GLOB_FRAMEWORK, error)};

    if (!finder.glob)
        return false;
    finder.base = glob_base(pattern);
    finder.plain = glob_is_plain(pattern);
    finder.keeps_out = keeps_out(pattern);
    finder.covers = g_str_has_suffix(pattern, "/**") && !strstr(pattern, "!(");
    g_array_append_val(rule->finders, finder);
    return true;
}

static bool leads_out(const char *pattern)
{
    if (g_str_has_prefix(pattern, "./"))
        pattern += 2;
    return g_str_has_prefix(pattern, "../") || strcmp(pattern, "..") == 0;
}

static bool add_rule(Rules *rules, const char *text, bool is_default, GError **error)
{
    const bool excludes = is_default || *text == '!';
    const char *pattern = text + (*text == '!');
    g_autoptr(GPtrArray) expansions = NULL;
    Rule rule = {.excludes = excludes, .is_default = is_default};
    bool added = true;

    if (!*pattern || (excludes && leads_out(pattern)))
        return true; /* nothing that is found could match it */
    if (leads_out(pattern)) {
        g_set_error(
            error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN,
            "pattern \"%s\": leads out of the service; files from elsewhere are not packaged "
            "yet: move or copy them into the service's folder",
            pattern);
        return false;
    }
    expansions = glob_expand_braces(pattern, error);
    if (!expansions)
        return false;
    rule.glob = glob_compile(pattern, GLOB_FRAMEWORK, error);
    rule.finders = g_array_new(FALSE, FALSE, sizeof(Finder));
    g_array_set_clear_func(rule.finders, finder_clear);
    for (guint i = 0; rule.glob && i < expansions->len && added; i++)
        if (*(char *)g_ptr_array_index(expansions, i))
            added = add_finder(&rule, g_ptr_array_index(expansions, i), error);
    if (!rule.glob || !added) {
        rule_clear(&rule);
        return false;
    }
    g_array_append_val(rules->rules, rule);
    return true;
}

/* The first pattern is the exclusion of the service's own file, which the framework does not search
 * by. */
static bool is_configuration_file(const Rules *rules, guint i)
{
    const Rule *rule = &g_array_index(rules->rules, Rule, i);

    return i == G_N_ELEMENTS(default_exclusions) && rule->excludes && rule->finders->len == 1 &&
           g_array_index(rule->finders, Finder, 0).plain;
}

/* The framework searches for neighbouring inclusions together: if one of them starts at the root,
 * all do. */
static void join_bases(Rules *rules)
{
    guint start = 0;
    bool at_root = true; /* before the first pattern stands the framework's own "everything" */

    for (guint i = 0; i <= rules->rules->len; i++) {
        const Rule *rule = i < rules->rules->len ? &g_array_index(rules->rules, Rule, i) : NULL;

        if (rule && (rule->is_default || is_configuration_file(rules, i))) {
            start = i + 1;
            continue;
        }
        if (rule && !rule->excludes) {
            for (guint f = 0; f < rule->finders->len; f++) {
                const Finder *finder = &g_array_index(rule->finders, Finder, f);

                at_root |= !finder->plain && !*finder->base;
            }
            continue;
        }
        for (; start < i; start++) {
            GArray *finders = g_array_index(rules->rules, Rule, start).finders;

            for (guint f = 0; at_root && f < finders->len; f++)
                *g_array_index(finders, Finder, f).base = '\0';
        }
        start = i + 1;
        at_root = false;
    }
}

Rules *rules_new(const GPtrArray *patterns, GError **error)
{
    g_autoptr(Rules) rules = g_new0(Rules, 1);

    rules->rules = g_array_new(FALSE, FALSE, sizeof(Rule));
    g_array_set_clear_func(rules->rules, rule_clear);
    if (patterns->len > PATTERNS_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN, "%u patterns; at most %d are read",
                    patterns->len, PATTERNS_MAX);
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(default_exclusions); i++)
        if (!add_rule(rules, default_exclusions[i], true, error))
            return NULL;
    for (guint i = 0; i < patterns->len; i++)
        if (!add_rule(rules, g_ptr_array_index(patterns, i), false, error))
            return NULL;
    join_bases(rules);
    return g_steal_pointer(&rules);
}

void rules_free(Rules *rules)
{
    if (!rules)
        return;
    g_array_unref(rules->rules);
    g_free(rules);
}

static bool rule_keeps_out(const Rule *rule, const char *path)
{
    for (guint i = 0; i < rule->finders->len; i++) {
        const Finder *finder = &g_array_index(rule->finders, Finder, i);

        if (finder->keeps_out && glob_matches(finder->glob, path))
            return true;
    }
    return false;
}

RulesFolder *rules_enter(Rules *rules, const RulesFolder *parent, const char *path)
{
    RulesFolder *folder = g_new0(RulesFolder, 1);

    folder->kept_out = g_new(int, MAX(1, rules->rules->len));
    for (guint i = 0; i < rules->rules->len; i++) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i);

        folder->kept_out[i] = parent ? parent->kept_out[i] : -1;
        if (rule->excludes && !rule->is_default && *path && rule_keeps_out(rule, path))
            folder->kept_out[i] = (int)strlen(path);
    }
    return folder;
}

void rules_folder_free(RulesFolder *folder)
{
    if (!folder)
        return;
    g_free(folder->kept_out);
    g_free(folder);
}

static bool finds(const Rule *rule, const char *path, size_t *ret_base)
{
    bool found = false;

    for (guint i = 0; i < rule->finders->len; i++) {
        const Finder *finder = &g_array_index(rule->finders, Finder, i);

        if (!glob_matches(finder->glob, path))
            continue;
        *ret_base = MAX(*ret_base, strlen(finder->plain ? path : finder->base));
        found = true;
    }
    return found;
}

/* The first use of the patterns: whether the search finds the file. */
static bool is_found(const Rules *rules, const RulesFolder *folder, const char *path)
{
    size_t base =
        0; /* where the search started that found it; exclusions at or above do not end it */
    bool found = true;

    for (guint i = 0; i < rules->rules->len; i++) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i);
        size_t start = 0;

        if (rule->is_default)
            continue;
        if (rule->excludes && found) {
            if (folder->kept_out[i] > (int)base || (folder->kept_out[i] >= 0 && base == 0) ||
                finds(rule, path, &start))
                found = false;
        } else if (!rule->excludes && finds(rule, path, &start)) {
            base = found ? MAX(base, start) : start;
            found = true;
        }
    }
    return found;
}

/* The second use: the last pattern that matches decides. */
static bool is_included(const Rules *rules, const char *path)
{
    for (guint i = rules->rules->len; i > 0; i--) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i - 1);

        if (glob_matches(rule->glob, path))
            return !rule->excludes;
    }
    return true;
}

bool rules_take(Rules *rules, const RulesFolder *folder, const char *path)
{
    return is_included(rules, path) && is_found(rules, folder, path);
}

/* Whether an inclusion from the `first` rule on might match something below the folder. */
static bool may_include_below(const Rules *rules, guint first, const char *path)
{
    const size_t length = strlen(path);

    for (guint i = first; i < rules->rules->len; i++) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i);
        const char *prefix = glob_prefix(rule->glob);
        const size_t known = strlen(prefix);

        if (!rule->excludes && strncmp(prefix, path, MIN(known, length)) == 0 &&
            (known <= length || prefix[length] == '/'))
            return true;
    }
    return false;
}

bool rules_skip_folder(Rules *rules, const char *path)
{
    for (guint i = rules->rules->len; i > 0; i--) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i - 1);

        if (!rule->excludes)
            continue;
        for (guint f = 0; f < rule->finders->len; f++) {
            const Finder *finder = &g_array_index(rule->finders, Finder, f);

            if ((!finder->covers && (rule->is_default || !finder->keeps_out)) ||
                !glob_matches(finder->glob, path))
                continue;
            if (!may_include_below(rules, finder->covers ? i : 0, path))
                return true;
        }
    }
    return false;
}
