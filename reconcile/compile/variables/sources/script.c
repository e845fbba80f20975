#include <string.h>

#include "reconcile/compile/script.h"
#include "reconcile/compile/variables/resolver.h"

/* ${file(x.js):a.b}: what the program says, once everything is there that it asks for. */

static void json_clear(json_t **json)
{
    json_decref(*json);
}
#define autojson __attribute__((cleanup(json_clear))) json_t

/* As the framework's options are: what its commands know is there, though it may be null. */
static json_t *options_for_scripts(const CompileOptions *options)
{
    static const char *const names[] = {"package", "region", "aws-profile", "config",  "stage",
                                        "param",   "help",   "version",     "verbose", "debug"};
    json_t *all = json_object();
    json_t *given = variables_options(options);

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        json_object_set_new(all, names[i], json_null());
    json_object_update(all, given);
    json_decref(given);
    if (options->params && g_hash_table_size(options->params) > 0) {
        g_autoptr(GList) keys =
            g_list_sort(g_hash_table_get_keys(options->params), (GCompareFunc)strcmp);
        json_t *list = json_array();

        for (const GList *key = keys; key; key = key->next)
            json_array_append_new(
                list, json_sprintf("%s=%s", (char *)key->data,
                                   (char *)g_hash_table_lookup(options->params, key->data)));
        json_object_set_new(all, "param", list);
    }
    return all;
}

static Outcome resolve_inside(SourceCall *call, json_t **value);

static Outcome resolve_members(SourceCall *call, json_t *value)
{
    Outcome worst = OUTCOME_VALUE, outcome;
    size_t index;
    const char *key;
    json_t *child;
    void *next;

    json_object_foreach_safe(value, next, key, child)
    {
        json_incref(child);
        outcome = resolve_inside(call, &child);
        worst = MAX(worst, outcome);
        json_object_set_new(value, key, child);
    }
    json_array_foreach(value, index, child)
    {
        json_incref(child);
        outcome = resolve_inside(call, &child);
        worst = MAX(worst, outcome);
        json_array_set_new(value, index, child);
    }
    return worst;
}

/* A value that a script gets has no variables in it. */
static Outcome resolve_inside(SourceCall *call, json_t **value)
{
    json_t *resolved = NULL;
    Outcome outcome;

    if (!json_is_string(*value))
        return resolve_members(call, *value);
    if (!strstr(json_string_value(*value), "${"))
        return OUTCOME_VALUE;
    outcome = resolver_text(call->resolver, call->property, json_string_value(*value), &resolved);
    if (outcome != OUTCOME_VALUE)
        return outcome;
    json_decref(*value);
    *value = resolved;
    return json_is_string(resolved) ? OUTCOME_VALUE : resolve_members(call, resolved);
}

static Outcome resolve_text(SourceCall *call, const char *text, json_t **ret)
{
    autojson *value = NULL;
    Outcome outcome = resolver_text(call->resolver, call->property, text, &value);

    if (outcome != OUTCOME_VALUE)
        return outcome;
    *ret = resolver_copy(call->resolver, call->property, value);
    return *ret ? resolve_inside(call, ret) : OUTCOME_FAILED;
}

static Outcome resolve_variable(SourceCall *call, const char *variable, json_t **ret)
{
    g_autofree char *text = g_strdup_printf("${%s}", variable);
    g_autoptr(Expression) expression = NULL;
    ExpressionError error = {0};

    if (expression_parse(text, &expression, &error) && !expression) {
        resolver_fail(call->resolver, call->property, NULL, "\"%s\" is no variable", variable);
        return OUTCOME_FAILED;
    }
    g_free(error.message); /* told again where it is evaluated */
    return resolve_text(call, text, ret);
}

static Outcome resolve_property(SourceCall *call, json_t *keys, json_t **ret)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    json_t *value = NULL;
    Outcome outcome;
    size_t index;
    json_t *key;

    json_array_foreach(keys, index, key)
        g_ptr_array_add(names, (gpointer)(json_is_string(key) ? json_string_value(key) : ""));
    g_ptr_array_add(names, NULL);
    outcome = resolver_property(call->resolver, call->property, (char *const *)names->pdata, &value,
                                NULL);
    if (outcome != OUTCOME_VALUE || !value)
        return outcome;
    *ret = resolver_copy(call->resolver, call->property, value);
    return *ret ? OUTCOME_VALUE : OUTCOME_FAILED;
}

static Outcome resolve_need(SourceCall *call, json_t *need, json_t **ret)
{
    const char *variable = json_string_value(json_object_get(need, "variable"));
    const char *text = json_string_value(json_object_get(need, "text"));

    if (variable)
        return resolve_variable(call, variable, ret);
    if (text)
        return resolve_text(call, text, ret);
    return resolve_property(call, json_object_get(need, "property"), ret);
}

/* What cannot be resolved is told to the script, which may know better; only what is wrong with
 * the configuration elsewhere is a problem in any case. */
static Outcome answer_need(SourceCall *call, json_t *need, json_t *answers)
{
    Resolver *resolver = call->resolver;
    Problems *all = resolver->problems;
    g_autoptr(Problems) found = problems_new();
    const char *key = json_string_value(json_object_get(need, "key"));
    unsigned failures = resolver->failures;
    json_t *value = NULL;
    Outcome outcome;

    if (!key)
        return OUTCOME_VALUE;
    resolver->problems = found;
    outcome = resolve_need(call, need, &value);
    resolver->problems = all;
    if (outcome == OUTCOME_WAITING || resolver->exhausted) {
        problems_append(all, found);
        json_decref(value);
        return resolver->exhausted ? OUTCOME_FAILED : outcome;
    }
    if (outcome == OUTCOME_VALUE) {
        json_object_set_new(answers, key,
                            value ? json_pack("{s:o}", "value", value) : json_object());
        return OUTCOME_VALUE;
    }
    json_decref(value);
    if (outcome == OUTCOME_LATE) {
        json_object_set_new(answers, key, json_pack("{s:b}", "late", 1));
        return OUTCOME_VALUE;
    }
    const Problem *first = problems_get(found, 0);

    json_object_set_new(
        answers, key,
        json_pack("{s:s}", "error", first ? first->message : "a variable it needs has no value"));
    if (resolver->failures != failures)
        problems_append(all, found);
    return OUTCOME_VALUE;
}

static Outcome answer_needs(SourceCall *call, const char *path, json_t *needs, json_t *answers)
{
    size_t known = json_object_size(answers), index;
    Outcome worst = OUTCOME_VALUE;
    json_t *need;

    json_array_foreach(needs, index, need)
    {
        Outcome outcome = answer_need(call, need, answers);

        worst = MAX(worst, outcome);
    }
    if (worst != OUTCOME_VALUE)
        return worst;
    if (json_object_size(answers) == known || json_object_size(answers) > SCRIPT_MAX_NEEDS)
        return source_fail(call, NULL, "%s asks for more than %u variables", path,
                           SCRIPT_MAX_NEEDS);
    return OUTCOME_VALUE;
}

static Outcome take_value(SourceCall *call, const char *path, json_t *answer)
{
    g_autoptr(Document) document = NULL;
    g_autofree char *message = NULL, *hint = NULL;

    if (json_object_get(answer, "error") || json_object_get(answer, "outside")) {
        message = script_error_text(answer, path, &hint);
        return source_fail(call, hint, "%s", message);
    }
    document = script_value(answer, path, &message);
    if (!document)
        return source_fail(call, NULL, "%s", message);
    if (json_is_null(document_root(document)))
        return call->address
                   ? source_missing(call, "set it there, or give a fallback",
                                    "%s has no value at %s", path, call->address)
                   : source_missing(call, "give it a value, or a fallback", "%s says null", path);
    call->value = resolver_copy(call->resolver, call->property, document_root(document));
    return call->value ? OUTCOME_VALUE : OUTCOME_FAILED;
}

Outcome source_script(SourceCall *call, const char *path)
{
    Resolver *resolver = call->resolver;
    autojson *options = options_for_scripts(resolver->options), *answers = json_object();
    const Script script = {
        .file = path,
        .folder = resolver->service_path,
        .address = call->address,
        .options = options,
        .env = resolver->dotenv,
        .answers = answers,
        .at = origins_locate(resolver->origins, call->property->pointer, false),
    };

    if (!resolver->options->javascript)
        return source_fail(call, SCRIPT_FORBIDDEN_HINT,
                           "%s is a program, and running programs is not allowed for it", path);
    for (unsigned round = 0; round < SCRIPT_MAX_ROUNDS; round++) {
        InputRequest *request = NULL;
        json_t *answer = script_answer(&script, resolver->inputs, &request), *needs;
        Outcome outcome;

        if (!answer) {
            resolver_add_request(resolver, request);
            input_request_free(request);
            return OUTCOME_WAITING;
        }
        if (json_is_true(json_object_get(answer, "late")))
            return resolver->pass == 1
                       ? OUTCOME_LATE
                       : source_fail(call, NULL, "%s needs a variable that is not known", path);
        needs = json_object_get(answer, "needs");
        if (!needs)
            return take_value(call, path, answer);
        outcome = answer_needs(call, path, needs, answers);
        if (outcome != OUTCOME_VALUE)
            return outcome;
    }
    return source_fail(call, "have it ask for several at once, with Promise.all",
                       "%s asks for variables more than %u times one after the other", path,
                       SCRIPT_MAX_ROUNDS);
}
