#include "drift/ignore.h"
#include <string.h>

static bool names(const DriftIgnore *rule, const Finding *finding)
{
    return rule->resource &&
           ((finding->logical_id && g_pattern_match_simple(rule->resource, finding->logical_id)) ||
            (finding->type && g_pattern_match_simple(rule->resource, finding->type)));
}

/* Rules point below the resource ("/Properties/Tags"), differences below its Properties
 * ("/Tags/0/Value"). */
static bool covers(const char *rule_path, const char *path)
{
    const char prefix[] = "/Properties";
    const char *below =
        g_str_has_prefix(rule_path, prefix) ? rule_path + strlen(prefix) : rule_path;
    size_t length = strlen(below);

    while (length > 0 && below[length - 1] == '/')
        length--;
    return strncmp(path, below, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static void mark(Finding *finding, const DriftIgnore *rule)
{
    bool open = false;

    if (!names(rule, finding))
        return;
    if (!rule->path) {
        g_free(finding->ignored_by);
        finding->ignored_by = g_strdup(rule->resource);
        return;
    }
    if ((finding->kind != FINDING_MODIFIED && finding->kind != FINDING_STAGE) ||
        finding->differences->len == 0)
        return;
    for (guint i = 0; i < finding->differences->len; i++) {
        Difference *difference = finding->differences->pdata[i];
        if (covers(rule->path, difference->path))
            difference->ignored = true;
        open |= !difference->ignored;
    }
    if (!open && !finding->ignored_by)
        finding->ignored_by = g_strdup_printf("%s %s", rule->resource, rule->path);
}

void findings_ignore(GPtrArray *findings, const GPtrArray *rules)
{
    for (guint i = 0; i < findings->len; i++) {
        for (guint k = 0; rules && k < rules->len; k++)
            mark(findings->pdata[i], rules->pdata[k]);
    }
}
