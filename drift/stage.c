#include "drift/stage.h"
#include "reconcile/apply/rest_api_stage.h"
#include "reconcile/aws/api_gateway.h"
#include "reconcile/aws/aws_error.h"

#define STAGE_TYPE "AWS::ApiGateway::Stage"

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A value of a change as a line shows it; NULL: not there. (transfer full) */
static char *value_text(json_t *value)
{
    char *dump, *text;

    if (!value || json_is_string(value))
        return g_strdup(json_string_value(value));
    dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    text = g_strdup(dump);
    free(dump);
    return text;
}

static void add_differences(Finding *finding, json_t *changes)
{
    json_t *change;
    size_t i;

    json_array_foreach(changes, i, change)
    {
        g_autofree char *actual = value_text(json_object_get(change, "before")),
                        *expected = value_text(json_object_get(change, "after"));

        finding_add(finding,
                    !expected ? DIFFERENCE_ADD
                    : actual  ? DIFFERENCE_NOT_EQUAL
                              : DIFFERENCE_REMOVE,
                    text_of(change, "path"), expected, actual);
    }
}

static bool api_is_gone(const GPtrArray *findings, const char *api)
{
    const Finding *finding = findings_get(findings, api);

    return finding && finding->kind == FINDING_DELETED;
}

static bool unknown(GPtrArray *findings, json_t *wanted, const GError *refusal)
{
    Finding *finding = finding_new(FINDING_UNKNOWN, text_of(wanted, "RestApi"), STAGE_TYPE,
                                   text_of(wanted, "StageName"));

    finding->reason = g_strdup(refusal->message);
    g_ptr_array_add(findings, finding);
    return true;
}

bool stage_detect(AwsClient *client, const char *stack_id, json_t *wanted, const char *rest_api_id,
                  GPtrArray *findings, GError **error)
{
    const char *api = text_of(wanted, "RestApi"), *stage = text_of(wanted, "StageName");
    g_autoptr(GError) failure = NULL;
    g_autoptr(Finding) finding = NULL;
    json_auto_t *live = NULL, *changes = NULL;

    if (!rest_api_id || api_is_gone(findings, api))
        return true;
    if (!api_gateway_get_stage(client, rest_api_id, stage, &live, &failure)) {
        if (aws_error_is_retryable(failure) ||
            !g_error_matches(failure, AWS_ERROR, AWS_ERROR_REFUSED)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        return unknown(findings, wanted, failure);
    }
    finding = finding_new(live ? FINDING_STAGE : FINDING_NO_STAGE, api, STAGE_TYPE, stage);
    if (live) {
        changes = rest_api_stage_changes(wanted, live, stack_id);
        if (json_array_size(changes) == 0)
            return true;
        add_differences(finding, changes);
    }
    g_ptr_array_add(findings, g_steal_pointer(&finding));
    return true;
}

static bool is_open_difference(const GPtrArray *findings, const char *path)
{
    for (guint i = 0; i < findings->len; i++) {
        const Finding *finding = findings->pdata[i];

        for (guint k = 0; finding->kind == FINDING_STAGE && finding_is_open(finding) &&
                          k < finding->differences->len;
             k++) {
            const Difference *difference = finding->differences->pdata[k];

            if (!difference->ignored && g_strcmp0(difference->path, path) == 0)
                return true;
        }
    }
    return false;
}

bool stage_correct(AwsClient *client, const char *stack_id, json_t *wanted,
                   const GPtrArray *findings, GError **error)
{
    g_autofree char *id = NULL;
    json_auto_t *live = NULL, *changes = NULL;

    if (!rest_api_stage_look(client, stack_id, wanted, &id, &live, error))
        return false;
    if (!live)
        return true;
    changes = rest_api_stage_changes(wanted, live, stack_id);
    for (size_t i = json_array_size(changes); i > 0; i--) {
        if (!is_open_difference(findings, text_of(json_array_get(changes, i - 1), "path")))
            json_array_remove(changes, i - 1);
    }
    return json_array_size(changes) == 0 ||
           rest_api_stage_set(client, stack_id, wanted, id, changes, error);
}
