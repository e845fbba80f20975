#include "reconcile/package/rules.h"

#include "reconcile/package/glob.h"

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

typedef struct {
    Glob *glob;
    bool excludes;
} Rule;

struct Rules {
    GArray *rules; /* Rule, in order */
};

static void rule_clear(void *data)
{
    glob_free(((Rule *)data)->glob);
}

/* `excludes`: what the pattern does without a "!" before it. */
static bool add_rule(Rules *rules, const char *pattern, bool excludes, GError **error)
{
    const bool turns = *pattern == '!';
    Rule rule = {.excludes = excludes != turns};

    rule.glob = glob_compile(pattern + turns, GLOB_MATCH, error);
    if (rule.glob)
        g_array_append_val(rules->rules, rule);
    return rule.glob != NULL;
}

Rules *rules_new(const GPtrArray *exclusions, const GPtrArray *patterns, GError **error)
{
    g_autoptr(Rules) rules = g_new0(Rules, 1);

    rules->rules = g_array_new(FALSE, FALSE, sizeof(Rule));
    g_array_set_clear_func(rules->rules, rule_clear);
    for (size_t i = 0; i < G_N_ELEMENTS(default_exclusions); i++)
        if (!add_rule(rules, default_exclusions[i], true, error))
            return NULL;
    for (guint i = 0; i < exclusions->len; i++)
        if (!add_rule(rules, g_ptr_array_index(exclusions, i), true, error))
            return NULL;
    for (guint i = 0; i < patterns->len; i++)
        if (!add_rule(rules, g_ptr_array_index(patterns, i), false, error))
            return NULL;
    return g_steal_pointer(&rules);
}

void rules_free(Rules *rules)
{
    if (!rules)
        return;
    g_array_unref(rules->rules);
    g_free(rules);
}

bool rules_take(Rules *rules, const char *path)
{
    for (guint i = rules->rules->len; i > 0; i--) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i - 1);

        if (glob_matches(rule->glob, path))
            return !rule->excludes;
    }
    return true;
}

bool rules_skip_folder(Rules *rules, const char *path)
{
    for (guint i = rules->rules->len; i > 0; i--) {
        const Rule *rule = &g_array_index(rules->rules, Rule, i - 1);
        const GlobBelow below = glob_below(rule->glob, path);

        if (rule->excludes ? below == GLOB_ALL_BELOW : below != GLOB_NONE_BELOW)
            return rule->excludes;
    }
    return false;
}

uint64_t rules_steps(const Rules *rules)
{
    uint64_t steps = 0;

    for (guint i = 0; i < rules->rules->len; i++)
        steps += glob_steps(g_array_index(rules->rules, Rule, i).glob);
    return steps;
}
