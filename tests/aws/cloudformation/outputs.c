#include "tests/aws/cloudformation/outputs.h"
#include "tests/aws/cloudformation/evaluation.h"
#include "tests/aws/template/functions.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

GHashTable *outputs_active_resources(Stack *stack)
{
    GHashTable *active = g_hash_table_new(g_str_hash, g_str_equal);
    StackEvaluation evaluation;
    const char *logical_id = NULL;
    json_t *definition = NULL;

    stack_evaluation_init(&evaluation, stack, &stack->deployed);
    json_object_foreach(stack->deployed.template->resources, logical_id, definition)
    {
        bool holds = false;

        if (evaluation_is_active(&evaluation.evaluation, definition, &holds, NULL) && holds)
            g_hash_table_add(active, (char *)logical_id);
    }
    stack_evaluation_clear(&evaluation);
    return active;
}

static json_t *one_output(StackEvaluation *evaluation, const char *key, json_t *definition,
                          GError **error)
{
    json_auto_t *value =
        evaluate(&evaluation->evaluation, json_object_get(definition, "Value"), error);
    json_t *export_name = json_object_get(json_object_get(definition, "Export"), "Name");
    json_auto_t *name = NULL;
    g_autofree char *text = value != NULL ? scalar_text(value) : NULL;
    json_t *output = NULL;

    if (value == NULL)
        return NULL;
    if (text == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: Output %s is malformed. (The Value field of every "
                    "Outputs member must evaluate to a String)",
                    key);
        return NULL;
    }
    if (export_name != NULL) {
        name = evaluate(&evaluation->evaluation, export_name, error);
        if (name == NULL)
            return NULL;
    }
    output = json_object();
    json_set_text(output, "OutputKey", key);
    json_set_text(output, "OutputValue", text);
    json_set_text(output, "Description", json_text_of(definition, "Description"));
    json_set_text(output, "ExportName", json_string_value(name));
    return output;
}

static json_t *output_exporting(json_t *outputs, const char *name)
{
    size_t i = 0;
    json_t *output = NULL;

    json_array_foreach(outputs, i, output)
    {
        if (g_strcmp0(json_text_of(output, "ExportName"), name) == 0)
            return output;
    }
    return NULL;
}

static const char *importer_of(const Export *export)
{
    GHashTableIter iterator;
    void *importer = NULL;

    g_hash_table_iter_init(&iterator, export->importers);
    return g_hash_table_iter_next(&iterator, &importer, NULL) ? ((Stack *)importer)->name : NULL;
}

/* Whether the exports may become what `outputs` say. */
static bool exports_may_change(Stack *stack, json_t *outputs, GError **error)
{
    size_t i = 0;
    json_t *output = NULL;

    json_array_foreach(stack->outputs, i, output)
    {
        const char *name = json_text_of(output, "ExportName");
        const Export *export =
            name != NULL ? g_hash_table_lookup(stack->region->exports, name) : NULL;
        json_t *next = name != NULL ? output_exporting(outputs, name) : NULL;

        if (export == NULL || export->stack != stack || importer_of(export) == NULL)
            continue;
        if (next == NULL) {
            g_set_error(error, DOUBLE_ERROR, 400, "Cannot delete export %s as it is in use by %s.",
                        name, importer_of(export));
            return false;
        }
        if (g_strcmp0(json_text_of(next, "OutputValue"), export->value) != 0) {
            g_set_error(error, DOUBLE_ERROR, 400, "Cannot update export %s as it is in use by %s.",
                        name, importer_of(export));
            return false;
        }
    }
    json_array_foreach(outputs, i, output)
    {
        const char *name = json_text_of(output, "ExportName");
        const Export *export =
            name != NULL ? g_hash_table_lookup(stack->region->exports, name) : NULL;

        if (export != NULL && export->stack != stack) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Export with name %s is already exported by stack %s.", name,
                        export->stack->name);
            return false;
        }
    }
    return true;
}

void outputs_restore(Stack *stack, json_t *outputs)
{
    GHashTable *exports = stack->region->exports;
    json_auto_t *before = stack->outputs;
    size_t i = 0;
    json_t *output = NULL;

    stack->outputs = outputs != NULL ? json_incref(outputs) : json_array();
    json_array_foreach(before, i, output)
    {
        const char *name = json_text_of(output, "ExportName");
        const Export *export = name != NULL ? g_hash_table_lookup(exports, name) : NULL;

        if (export != NULL && export->stack == stack &&
            output_exporting(stack->outputs, name) == NULL)
            g_hash_table_remove(exports, name);
    }
    json_array_foreach(stack->outputs, i, output)
    {
        const char *name = json_text_of(output, "ExportName");
        Export *export = name != NULL ? g_hash_table_lookup(exports, name) : NULL;

        if (name == NULL)
            continue;
        if (export == NULL) {
            export = g_new0(Export, 1);
            export->name = g_strdup(name);
            export->importers = g_hash_table_new(NULL, NULL);
            export->stack = stack;
            g_hash_table_insert(exports, g_strdup(name), export);
        }
        text_replace(&export->value, json_text_of(output, "OutputValue"));
    }
}

bool outputs_evaluate(Stack *stack, GError **error)
{
    StackEvaluation evaluation;
    json_auto_t *outputs = json_array();
    const char *key = NULL;
    json_t *definition = NULL;
    bool good = true;

    stack_evaluation_init(&evaluation, stack, &stack->deployed);
    evaluation.note_imports = true;
    json_object_foreach(stack->deployed.template->outputs, key, definition)
    {
        bool active = false;
        json_t *output = NULL;

        good = evaluation_is_active(&evaluation.evaluation, definition, &active, error);
        if (good && active) {
            output = one_output(&evaluation, key, definition, error);
            good = output != NULL;
        }
        if (!good)
            break;
        if (output != NULL)
            json_array_append_new(outputs, output);
    }
    stack_evaluation_clear(&evaluation);
    if (!good || !exports_may_change(stack, outputs, error))
        return false;
    outputs_restore(stack, outputs);
    return true;
}

static void drop_imports(Stack *stack)
{
    GHashTableIter iterator;
    void *name = NULL;

    g_hash_table_iter_init(&iterator, stack->imports);
    while (g_hash_table_iter_next(&iterator, &name, NULL)) {
        Export *export = g_hash_table_lookup(stack->region->exports, name);

        if (export != NULL)
            g_hash_table_remove(export->importers, stack);
    }
    g_hash_table_remove_all(stack->imports);
}

void outputs_withdraw(Stack *stack)
{
    drop_imports(stack);
    outputs_restore(stack, NULL);
}

void outputs_forget_removed(Stack *stack)
{
    g_autoptr(GHashTable) active = outputs_active_resources(stack);
    g_autoptr(GPtrArray) records = stack_resources_sorted(stack);
    StackEvaluation evaluation;
    GHashTableIter iterator;
    void *logical_id = NULL;
    const char *key = NULL;
    json_t *definition = NULL;

    for (guint i = 0; i < records->len; i++) {
        StackResource *record = records->pdata[i];

        if (!g_hash_table_contains(active, record->logical_id))
            g_hash_table_remove(stack->resources, record->logical_id);
    }
    drop_imports(stack);
    stack_evaluation_init(&evaluation, stack, &stack->deployed);
    evaluation.note_imports = true;
    g_hash_table_iter_init(&iterator, active);
    while (g_hash_table_iter_next(&iterator, &logical_id, NULL))
        json_decref(stack_predict_properties(&evaluation, logical_id, NULL));
    json_object_foreach(stack->deployed.template->outputs, key, definition)
        json_decref(evaluate(&evaluation.evaluation, json_object_get(definition, "Value"), NULL));
    stack_evaluation_clear(&evaluation);
}

const Export *outputs_in_use(const Stack *stack, const char **ret_importer)
{
    size_t i = 0;
    json_t *output = NULL;

    json_array_foreach(stack->outputs, i, output)
    {
        const char *name = json_text_of(output, "ExportName");
        const Export *export =
            name != NULL ? g_hash_table_lookup(stack->region->exports, name) : NULL;

        if (export != NULL && export->stack == stack && importer_of(export) != NULL) {
            *ret_importer = importer_of(export);
            return export;
        }
    }
    return NULL;
}
