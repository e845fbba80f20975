#include "drift/drift.h"
#include "config/json_text.h"
#include "controller/cli/declared.h"
#include "controller/cli/failure.h"
#include "controller/cli/folder_stack.h"
#include "controller/cli/verb.h"
#include "drift/code.h"
#include "drift/finding.h"
#include "reconcile/apply/artifact_store.h"

#include <stdio.h>

static bool keep_nothing(const Record *record, void *data, GError **error)
{
    (void)record, (void)data, (void)error;
    return true;
}

static bool keep_no_drift(const DriftRecord *record, void *data, GError **error)
{
    (void)record, (void)data, (void)error;
    return true;
}

/* The request that the stack stands at: what it runs is held against what was deployed, not against
 * the folder, which may be ahead of it. */
static Desired *deployed_request(const FolderStack *stack, const char *stack_id, GError **error)
{
    g_autofree char *text = NULL;
    json_t *template;
    Desired *deployed;

    if (!cloud_formation_get_template(stack->client, stack_id, TEMPLATE_STAGE_PROCESSED, &text,
                                      error))
        return NULL;
    template = json_text_read(text);
    deployed = desired_with_template(stack->desired, template ? template : stack->desired->template,
                                     NULL, error);
    json_decref(template);
    return deployed;
}

/* S3 key → base64 SHA-256, as S3 tells it of the code that was deployed. */
static bool learn_digests(const FolderStack *stack, const char *stack_id, const Desired *deployed,
                          GHashTable *digests, GError **error)
{
    g_autoptr(GPtrArray) functions = NULL;

    if (!deployed_code_of_stack(stack->client, stack_id, deployed->template, digests, &functions,
                                error))
        return false;
    for (guint i = 0; i < functions->len; i++) {
        const DeployedCode *code = g_ptr_array_index(functions, i);
        g_autofree char *sha256 = NULL;

        if (g_hash_table_contains(digests, code->s3_key))
            continue;
        if (!artifact_sha256(stack->client, code->s3_bucket, code->s3_key, &sha256, error))
            return false;
        if (sha256)
            g_hash_table_insert(digests, g_strdup(code->s3_key), g_steal_pointer(&sha256));
        else
            fprintf(stderr,
                    "driftless drift: the code of %s is not compared: s3://%s/%s does not tell its "
                    "SHA-256\n",
                    code->logical_id, code->s3_bucket, code->s3_key);
    }
    return true;
}

static bool detect(const FolderStack *stack, DriftResult *result, GError **error)
{
    g_autoptr(GHashTable) digests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(Record) record = record_new(stack->desired->stack_name);
    g_autoptr(DriftRecord) drift = drift_record_new();
    g_autoptr(Desired) deployed = NULL;
    DriftContext context = {
        .apply = {.client = stack->client,
                  .save = keep_nothing,
                  .secrets = service_secrets(stack->build->service)},
        .mode = DRIFT_REPORT,
        .sha256_by_key = digests,
        .save_drift = keep_no_drift,
    };

    if (!folder_stack_find(stack, &record->stack_id, error))
        return false;
    deployed = deployed_request(stack, record->stack_id, error);
    if (!deployed || !learn_digests(stack, record->stack_id, deployed, digests, error))
        return false;
    context.desired = deployed;
    do {
        if (result->again_ms)
            g_usleep(result->again_ms * 1000ul);
        context.apply.now_ms = g_get_real_time() / 1000;
        if (!drift_step(&context, record, drift, result, error))
            return false;
    } while (result->outcome == DRIFT_AGAIN_OUTCOME);
    return true;
}

static ExitStatus show_declared(const Arguments *arguments)
{
    g_autofree char *path = declared_path(arguments, ""), *text = NULL;
    ExitStatus status;
    json_t *answer = declared_ask(arguments, "GET", path, NULL, &status);
    g_autoptr(GPtrArray) findings = NULL;

    if (!answer)
        return status;
    findings = findings_from_json(json_object_get(answer, "findings"));
    if (arguments->json)
        return declared_print_json(answer,
                                   findings_count(findings, true) ? EXIT_CHANGES : EXIT_DONE);
    text = findings_to_text(findings, NULL);
    printf("%s: %s: %s\n%s", declared_text(answer, "name"), declared_text(answer, "state"),
           declared_text(answer, "message"), text);
    json_decref(answer);
    return findings_count(findings, true) ? EXIT_CHANGES : EXIT_DONE;
}

ExitStatus verb_drift(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_auto(DriftResult) result = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    json_t *json;
    int status;

    if (!folder_is_meant(arguments))
        return show_declared(arguments);
    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    if (!detect(&stack, &result, &error))
        return verb_fail(arguments, "drift", error);
    if (arguments->json) {
        json = json_pack("{s:s, s:s, s:o}", "stack", stack.desired->stack_name, "outcome",
                         drift_outcome_name(result.outcome), "findings",
                         findings_to_json(result.findings, service_secrets(stack.build->service)));
        text = json_text(json, JSON_TEXT_INDENT);
        json_decref(json);
        puts(text);
    } else {
        text = findings_to_text(result.findings, service_secrets(stack.build->service));
        printf("stack %s: %s\n%s", stack.desired->stack_name,
               result.what ? result.what : drift_outcome_name(result.outcome), text);
    }
    if (result.outcome == DRIFT_FAILED_OUTCOME)
        return EXIT_FAILED;
    return findings_count(result.findings, true) ? EXIT_CHANGES : EXIT_DONE;
}
