#include "reconcile/compile/script.h"

#include "config/json_text.h"
#include "reconcile/compile/variables/variables.h"

#include <string.h>

static json_t *environment_json(GHashTable *env)
{
    json_t *json = json_object();
    GHashTableIter pairs;
    void *name, *value;

    if (!env)
        return json;
    g_hash_table_iter_init(&pairs, env);
    while (g_hash_table_iter_next(&pairs, &name, &value))
        json_object_set_new(json, name, json_string(value));
    return json;
}

static char *address_of(const Script *script, const char *scope)
{
    json_t *json = json_pack("{s:s, s:s, s:s, s:O, s:o, s:O}", "file", script->file, "folder",
                             script->folder, "scope", scope, "options", script->options, "env",
                             environment_json(script->env), "answers", script->answers);
    char *text;

    if (script->whole)
        json_object_set_new(json, "whole", json_true());
    else if (script->address)
        json_object_set_new(json, "address", json_string(script->address));
    text = json_text(json, JSON_TEXT_COMPACT | JSON_TEXT_SORT_KEYS);
    json_decref(json);
    return text;
}

json_t *script_answer(const Script *script, const Inputs *inputs, InputRequest **ret_request)
{
    static const char *const scopes[] = {"folder", "repository"};
    /* At the root both are the same. */
    size_t first = *script->folder ? 0 : 1;

    for (size_t i = first; i < G_N_ELEMENTS(scopes); i++) {
        g_autofree char *address = address_of(script, scopes[i]);
        const InputRequest request = {
            .kind = INPUT_SCRIPT, .address = address, .region = (char *)"", .at = script->at};
        json_t *answer = NULL;
        bool secret;

        if (!inputs_get(inputs, &request, &answer, &secret) || !answer) {
            *ret_request = input_request_copy(&request);
            return NULL;
        }
        if (!json_object_get(answer, "outside") || i + 1 == G_N_ELEMENTS(scopes))
            return answer;
    }
    g_assert_not_reached();
}

static char *printed_hint(json_t *answer)
{
    const char *output = json_string_value(json_object_get(answer, "output"));
    g_autofree char *tail = output ? g_strstrip(g_strdup(output)) : NULL;
    GString *hint;

    if (!tail || !*tail)
        return NULL;
    hint = g_string_new("it printed: ");
    g_string_append(hint, tail);
    g_string_replace(hint, "\n", "\n    ", 0);
    return g_string_free(hint, FALSE);
}

char *script_error_text(json_t *answer, const char *file, char **ret_hint)
{
    json_t *error = json_object_get(answer, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *place = json_string_value(json_object_get(error, "file"));
    json_int_t line = json_integer_value(json_object_get(error, "line"));
    json_int_t column = json_integer_value(json_object_get(error, "column"));
    int length;

    *ret_hint = printed_hint(answer);
    if (!message)
        message = "it gave no value";
    length = (int)strcspn(message, "\n"); /* Node's own go on with what required the file */
    if (!place)
        return g_strdup_printf("%s: %.*s", file, length, message);
    return g_strdup_printf("%s:%lld:%lld: %.*s", place, (long long)line, (long long)column, length,
                           message);
}

Document *script_value(json_t *answer, const char *file, char **ret_message)
{
    g_autoptr(Problems) problems = problems_new();
    const char *text = json_string_value(json_object_get(answer, "text"));
    Document *document;

    if (!text)
        text = "null";
    document = document_parse(file, text, strlen(text), DOCUMENT_JSON, problems);
    if (!document)
        *ret_message = g_strdup_printf("%s: its value cannot be used: %s", file,
                                       problems_get(problems, 0)->message);
    return document;
}
