#include "drift/finding.h"
#include "config/resource_types.h"
#include "reconcile/plan/redact.h"
#include <string.h>

#define VALUE_TEXT_MAX 120 /* characters of one value in a line */

static const char *const kind_names[] = {
#define ROW(kind, name) [FINDING_##kind] = name,
    FINDING_KINDS(ROW)
#undef ROW
};
static const char *const difference_names[] = {"add", "remove", "not equal"};

const char *finding_kind_name(FindingKind kind)
{
    return kind_names[kind];
}

static void difference_free(gpointer pointer)
{
    Difference *difference = pointer;

    g_free(difference->path);
    g_free(difference->expected);
    g_free(difference->actual);
    g_free(difference);
}

Finding *finding_new(FindingKind kind, const char *logical_id, const char *type,
                     const char *physical_id)
{
    Finding *finding = g_new0(Finding, 1);

    finding->kind = kind;
    finding->logical_id = g_strdup(logical_id);
    finding->type = g_strdup(type);
    finding->physical_id = g_strdup(physical_id);
    finding->differences = g_ptr_array_new_with_free_func(difference_free);
    return finding;
}

void finding_add(Finding *finding, DifferenceKind kind, const char *path, const char *expected,
                 const char *actual)
{
    Difference *difference = g_new0(Difference, 1);

    difference->kind = kind;
    difference->path = g_strdup(path);
    difference->expected = g_strdup(expected);
    difference->actual = g_strdup(actual);
    g_ptr_array_add(finding->differences, difference);
}

void finding_free(Finding *finding)
{
    if (!finding)
        return;
    g_free(finding->logical_id);
    g_free(finding->type);
    g_free(finding->physical_id);
    g_ptr_array_unref(finding->differences);
    json_decref(finding->actual);
    json_decref(finding->expected);
    g_free(finding->reason);
    g_free(finding->ignored_by);
    g_free(finding);
}

GPtrArray *findings_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)finding_free);
}

bool finding_is_open(const Finding *finding)
{
    return !finding->ignored_by;
}

bool finding_held_data(const Finding *finding)
{
    static const char *const passing[] = {"AWS::SQS::Queue", "AWS::Kinesis::Stream",
                                          "AWS::Logs::LogGroup"};

    for (size_t i = 0; i < G_N_ELEMENTS(passing); i++) {
        if (g_strcmp0(finding->type, passing[i]) == 0)
            return false;
    }
    return finding->type && resource_type_holds_data(finding->type);
}

bool finding_is_of_template(const Finding *finding)
{
    return finding->kind == FINDING_MODIFIED || finding->kind == FINDING_DELETED;
}

guint findings_count(const GPtrArray *findings, bool unknown)
{
    guint count = 0;

    for (guint i = 0; findings && i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        count += finding_is_open(finding) && (unknown || finding->kind != FINDING_UNKNOWN);
    }
    return count;
}

const Finding *findings_get(const GPtrArray *findings, const char *logical_id)
{
    for (guint i = 0; findings && i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];
        if (g_strcmp0(finding->logical_id, logical_id) == 0)
            return finding;
    }
    return NULL;
}

static char *short_value(const char *value, const GPtrArray *secrets)
{
    if (!value)
        return g_strdup("(none)");
    g_autofree char *safe = redact_text(value, secrets);
    if (safe[0] == '\0')
        return g_strdup("\"\"");
    g_autofree char *line = g_strdelimit(g_utf8_make_valid(safe, -1), "\r\n\t", ' ');
    if (g_utf8_strlen(line, -1) <= VALUE_TEXT_MAX)
        return g_steal_pointer(&line);
    g_autofree char *start = g_utf8_substring(line, 0, VALUE_TEXT_MAX);
    return g_strconcat(start, "…", NULL);
}

/* "/Environment/Variables/LOG" as "Environment.Variables.LOG"; of a stage as `plan` and patches
 * have it, with the stage's name */
static char *path_text(const Finding *finding, const char *pointer)
{
    const char *path = pointer[0] == '/' ? pointer + 1 : pointer;

    return finding->kind == FINDING_STAGE
               ? g_strdup_printf("stage %s %s", finding->physical_id, path)
               : g_strdelimit(g_strdup(path), "/", '.');
}

/* Somebody may have put another secret in the place of one: where what is expected is hidden, so is
 * what is there. (transfer full) */
static char *actual_text(const Difference *difference, const GPtrArray *secrets)
{
    g_autofree char *expected = redact_text(difference->expected, secrets);

    return g_strcmp0(expected, difference->expected) != 0 && difference->actual
               ? g_strdup(REDACTED)
               : redact_text(difference->actual, secrets);
}

static void difference_to_text(GString *text, const Finding *finding, const Difference *difference,
                               const GPtrArray *secrets)
{
    g_autofree char *path = path_text(finding, difference->path);
    g_autofree char *safe = actual_text(difference, secrets);
    g_autofree char *actual = short_value(safe, NULL);
    g_autofree char *expected = short_value(difference->expected, secrets);

    g_string_append_printf(text, "%s %s: %s, expected %s", finding->logical_id, path, actual,
                           expected);
    if (finding->ignored_by)
        g_string_append_printf(text, " (ignored: %s)", finding->ignored_by);
    else if (difference->ignored)
        g_string_append(text, " (ignored)");
    g_string_append_c(text, '\n');
}

static void finding_to_text(GString *text, const Finding *finding, const GPtrArray *secrets)
{
    const bool by_property = finding->kind == FINDING_MODIFIED || finding->kind == FINDING_STAGE;

    for (guint i = 0; i < finding->differences->len && by_property; i++)
        difference_to_text(text, finding, finding->differences->pdata[i], secrets);
    if (by_property && finding->differences->len > 0)
        return;
    g_string_append_printf(text, "%s (%s)", finding->logical_id,
                           finding->type ? finding->type : "unknown type");
    if (finding->kind == FINDING_CODE)
        g_string_append(text, " runs other code than was deployed");
    else if (finding->kind == FINDING_NO_STAGE)
        g_string_append_printf(text, " has no stage %s", finding->physical_id);
    else if (finding->kind == FINDING_UNKNOWN)
        g_string_append_printf(text, " could not be looked at: %s",
                               finding->reason ? finding->reason : "no reason given");
    else
        g_string_append_printf(text, " %s", finding_kind_name(finding->kind));
    if (finding->kind == FINDING_CODE && finding->differences->len > 0) {
        const Difference *code = finding->differences->pdata[0];
        g_string_append_printf(text, ": %s, expected %s", code->actual, code->expected);
    }
    if (finding->ignored_by)
        g_string_append_printf(text, " (ignored: %s)", finding->ignored_by);
    g_string_append_c(text, '\n');
}

char *findings_to_text(const GPtrArray *findings, const GPtrArray *secrets)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; findings && i < findings->len; i++)
        finding_to_text(text, findings->pdata[i], secrets);
    return g_string_free(text, FALSE);
}

static void set_text(json_t *object, const char *key, const char *text, const GPtrArray *secrets)
{
    g_autofree char *safe = redact_text(text, secrets);

    if (safe)
        json_object_set_new(object, key, json_string(safe));
}

static json_t *difference_to_json(const Difference *difference, const GPtrArray *secrets)
{
    json_t *json = json_object();
    g_autofree char *actual = actual_text(difference, secrets);

    set_text(json, "path", difference->path, NULL);
    set_text(json, "kind", difference_names[difference->kind], NULL);
    set_text(json, "expected", difference->expected, secrets);
    set_text(json, "actual", actual, NULL);
    if (difference->ignored)
        json_object_set_new(json, "ignored", json_true());
    return json;
}

static json_t *finding_to_json(const Finding *finding, const GPtrArray *secrets)
{
    json_t *json = json_object(), *differences = json_array();

    set_text(json, "logicalId", finding->logical_id, NULL);
    set_text(json, "type", finding->type, NULL);
    set_text(json, "physicalId", finding->physical_id, secrets);
    set_text(json, "kind", finding_kind_name(finding->kind), NULL);
    for (guint i = 0; i < finding->differences->len; i++)
        json_array_append_new(differences,
                              difference_to_json(finding->differences->pdata[i], secrets));
    json_object_set_new(json, "differences", differences);
    set_text(json, "ignoredBy", finding->ignored_by, NULL);
    set_text(json, "reason", finding->reason, secrets);
    return json;
}

json_t *findings_to_json(const GPtrArray *findings, const GPtrArray *secrets)
{
    json_t *list = json_array();

    for (guint i = 0; findings && i < findings->len; i++)
        json_array_append_new(list, finding_to_json(findings->pdata[i], secrets));
    return list;
}

static size_t name_index(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; name && i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return i;
    }
    return count - 1;
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

GPtrArray *findings_from_json(json_t *json)
{
    GPtrArray *findings = findings_new();
    json_t *item, *difference;
    size_t i, k;

    json_array_foreach(json, i, item)
    {
        size_t kind = name_index(kind_names, G_N_ELEMENTS(kind_names), text_of(item, "kind"));
        Finding *finding = finding_new((FindingKind)kind, text_of(item, "logicalId"),
                                       text_of(item, "type"), text_of(item, "physicalId"));
        finding->ignored_by = g_strdup(text_of(item, "ignoredBy"));
        finding->reason = g_strdup(text_of(item, "reason"));
        json_array_foreach(json_object_get(item, "differences"), k, difference)
        {
            size_t what = name_index(difference_names, G_N_ELEMENTS(difference_names),
                                     text_of(difference, "kind"));
            const char *path = text_of(difference, "path");
            finding_add(finding, (DifferenceKind)what, path ? path : "",
                        text_of(difference, "expected"), text_of(difference, "actual"));
            ((Difference *)finding->differences->pdata[finding->differences->len - 1])->ignored =
                json_is_true(json_object_get(difference, "ignored"));
        }
        g_ptr_array_add(findings, finding);
    }
    return findings;
}
