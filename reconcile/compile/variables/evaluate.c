#include <string.h>

#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/variables/resolver.h"

static char *list_text(const json_t *list)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        g_autofree char *part = json_is_null(item) ? g_strdup("") : scalar_text(item);

        if (!part)
            return NULL;
        if (index > 0)
            g_string_append_c(text, ',');
        g_string_append(text, part);
    }
    return g_strdup(text->str);
}

char *scalar_text(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return g_strdup(json_string_value(value));
    case JSON_INTEGER:
    case JSON_REAL:
        return json_number_text(value);
    case JSON_TRUE:
        return g_strdup("true");
    case JSON_FALSE:
        return g_strdup("false");
    case JSON_ARRAY:
        return list_text(value);
    default:
        return NULL;
    }
}

static const char *kind_of(const json_t *value)
{
    return json_is_array(value) ? "a list of maps" : value_kind(value);
}

bool resolver_spend_text(Resolver *resolver, Property *property, size_t bytes)
{
    if (resolver->exhausted)
        return false;
    resolver->text_bytes += bytes;
    if (resolver->text_bytes <= VARIABLES_MAX_TEXT_BYTES && resolver->nodes <= VARIABLES_MAX_NODES)
        return true;
    resolver->exhausted = true;
    resolver_fail(resolver, property, "refer to less, or split the service",
                  "the resolved configuration would be larger than %u MiB of text or %u values",
                  VARIABLES_MAX_TEXT_BYTES >> 20, VARIABLES_MAX_NODES);
    return false;
}

static json_t *copy_object(Resolver *resolver, Property *property, json_t *value)
{
    json_t *copy = json_object();
    const char *key;
    json_t *child;

    json_object_foreach(value, key, child)
    {
        json_t *child_copy = NULL;

        if (resolver_spend_text(resolver, property, strlen(key)))
            child_copy = resolver_copy(resolver, property, child);
        if (!child_copy) {
            json_decref(copy);
            return NULL;
        }
        json_object_set_new_nocheck(copy, key, child_copy);
    }
    return copy;
}

static json_t *copy_array(Resolver *resolver, Property *property, json_t *value)
{
    json_t *copy = json_array();
    size_t index;
    json_t *child;

    json_array_foreach(value, index, child)
    {
        json_t *child_copy = resolver_copy(resolver, property, child);

        if (!child_copy) {
            json_decref(copy);
            return NULL;
        }
        json_array_append_new(copy, child_copy);
    }
    return copy;
}

json_t *resolver_copy(Resolver *resolver, Property *property, json_t *value)
{
    resolver->nodes++;
    if (!resolver_spend_text(resolver, property,
                             json_is_string(value) ? json_string_length(value) : 0))
        return NULL;
    if (json_is_object(value))
        return copy_object(resolver, property, value);
    if (json_is_array(value))
        return copy_array(resolver, property, value);
    return json_deep_copy(value);
}

static Outcome fail_unknown_source(Resolver *resolver, Property *property, const char *type)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GString) hint = g_string_new("there are ");
    const char *nearest;

    for (const SourceType *source = source_types; source->name; source++) {
        g_ptr_array_add(names, (gpointer)source->name);
        g_string_append_printf(hint, "%s%s", source == source_types ? "" : ", ", source->name);
    }
    g_ptr_array_add(names, NULL);
    nearest = nearest_word(type, (const char *const *)names->pdata);
    if (nearest)
        resolver_fail(resolver, property, hint->str,
                      "there is no source \"%s\": did you mean \"%s\"?", type, nearest);
    else
        resolver_fail(resolver, property, hint->str,
                      "there is no source \"%s\" (those that plugins bring are not supported)",
                      type);
    return OUTCOME_FAILED;
}

/* What came out of an address or parameter may hold variables again. */
static Outcome evaluate_again(Resolver *resolver, Property *property, GPtrArray *parts,
                              json_t **value, unsigned repeats)
{
    g_autoptr(Expression) expression = NULL;
    g_autoptr(GPtrArray) next_parts = NULL;
    ExpressionError error = {0};
    json_t *next = NULL;
    Outcome outcome;
    bool read;

    if (!json_is_string(*value))
        return OUTCOME_VALUE;
    read = parts ? expression_parse_parts(parts, &expression, &error)
                 : expression_parse(json_string_value(*value), &expression, &error);
    if (!read) {
        resolver_fail(resolver, property, error.hint, "%s", error.message);
        g_free(error.message);
        return OUTCOME_FAILED;
    }
    if (!expression)
        return OUTCOME_VALUE;
    if (repeats >= VARIABLES_MAX_REPEATS) {
        resolver_fail(resolver, property, NULL,
                      "the values in it hold variables again, %u times over",
                      VARIABLES_MAX_REPEATS);
        return OUTCOME_FAILED;
    }
    outcome = resolver_evaluate(resolver, property, expression, false, &next, &next_parts, NULL);
    if (outcome != OUTCOME_VALUE)
        return outcome;
    json_decref(*value);
    *value = next;
    return evaluate_again(resolver, property, next_parts, value, repeats + 1);
}

static Outcome evaluate_inner(Resolver *resolver, Property *property, Expression *expression,
                              json_t **ret)
{
    g_autoptr(GPtrArray) parts = NULL;
    json_t *value = NULL;
    Outcome outcome =
        resolver_evaluate(resolver, property, expression, false, &value, &parts, NULL);

    if (outcome == OUTCOME_VALUE)
        outcome = evaluate_again(resolver, property, parts, &value, 0);
    if (outcome == OUTCOME_VALUE)
        *ret = value;
    else
        json_decref(value);
    return outcome;
}

Outcome resolver_text(Resolver *resolver, Property *property, const char *text, json_t **ret)
{
    json_t *value = json_string(text);
    Outcome outcome = evaluate_again(resolver, property, NULL, &value, 0);

    if (outcome == OUTCOME_VALUE)
        *ret = value;
    else
        json_decref(value);
    return outcome;
}

static Outcome evaluate_argument(Resolver *resolver, Property *property, const Argument *argument,
                                 json_t **ret)
{
    if (argument->expression)
        return evaluate_inner(resolver, property, argument->expression, ret);
    *ret = json_incref(argument->value);
    return OUTCOME_VALUE;
}

static Outcome evaluate_params(SourceCall *call, const VariableSource *source, json_t *ret)
{
    Outcome worst = OUTCOME_VALUE;

    for (guint i = 0; i < source->params->len; i++) {
        json_t *value = NULL;
        Outcome outcome =
            evaluate_argument(call->resolver, call->property, source->params->pdata[i], &value);

        if (outcome == OUTCOME_VALUE)
            json_array_append_new(ret, value);
        worst = MAX(worst, outcome);
    }
    return worst;
}

static Outcome evaluate_address(SourceCall *call, const VariableSource *source, char **ret)
{
    json_t *value = NULL;
    Outcome outcome;

    *ret = NULL;
    if (!source->address)
        return OUTCOME_VALUE;
    outcome = evaluate_argument(call->resolver, call->property, source->address, &value);
    if (outcome != OUTCOME_VALUE)
        return outcome;
    if (!js_is_truthy(value)) { /* as no address at all */
        json_decref(value);
        return OUTCOME_VALUE;
    }
    *ret = scalar_text(value);
    if (!*ret)
        outcome = source_fail(call, NULL, "the address of \"%s\" has to be a text and is %s",
                              source->type, kind_of(value));
    json_decref(value);
    return outcome;
}

static Outcome ask_source(SourceCall *call, const VariableSource *source)
{
    const SourceType *type = source_types;
    g_autofree char *address = NULL;
    json_t *params = NULL;
    Outcome outcome = OUTCOME_VALUE, address_outcome;

    while (type->name && strcmp(type->name, source->type) != 0)
        type++;
    if (!type->name)
        return fail_unknown_source(call->resolver, call->property, source->type);
    if (type->late && call->resolver->pass == 1)
        return OUTCOME_LATE;
    if (source->params) {
        params = json_array();
        outcome = evaluate_params(call, source, params);
    }
    address_outcome = evaluate_address(call, source, &address);
    outcome = MAX(outcome, address_outcome);
    if (outcome == OUTCOME_VALUE) {
        call->type = type->name;
        call->params = params;
        call->address = address && *address ? address : NULL;
        outcome = type->resolve(call);
    }
    json_decref(params);
    call->params = NULL;
    call->address = NULL;
    return outcome;
}

static void call_clear(SourceCall *call)
{
    json_decref(call->value);
    g_free(call->missing);
    g_free(call->pointer);
    *call = (SourceCall){0};
}

/* Asks one source after the other until one has a value. */
static Outcome ask_sources(Resolver *resolver, Property *property, Variable *variable,
                           SourceCall *ret_place)
{
    while (variable->next_source < variable->sources->len) {
        const VariableSource *source = variable->sources->pdata[variable->next_source];
        SourceCall call = {.resolver = resolver, .property = property};
        Outcome outcome;

        if (!source->type) {
            variable->value = json_incref(source->literal);
            return OUTCOME_VALUE;
        }
        outcome = ask_source(&call, source);
        if (outcome == OUTCOME_VALUE && call.value && !json_is_null(call.value)) {
            variable->value = json_incref(call.value);
            if (ret_place) {
                ret_place->document = call.document;
                ret_place->pointer = g_steal_pointer(&call.pointer);
            }
            call_clear(&call);
            return OUTCOME_VALUE;
        }
        if (outcome == OUTCOME_VALUE && variable->next_source + 1 == variable->sources->len) {
            resolver_fail(resolver, property, call.missing_hint, "%s",
                          call.missing ? call.missing : "it has no value");
            outcome = OUTCOME_FAILED;
        }
        call_clear(&call);
        if (outcome != OUTCOME_VALUE)
            return outcome;
        variable->next_source++;
    }
    return OUTCOME_FAILED;
}

static Outcome evaluate_variable(Resolver *resolver, Property *property, Variable *variable,
                                 SourceCall *ret_place)
{
    Outcome outcome;

    if (variable->value)
        return OUTCOME_VALUE;
    if (variable->escape) {
        variable->value = json_string(variable->escape);
        return OUTCOME_VALUE;
    }
    if (resolver->exhausted)
        return OUTCOME_FAILED;
    if (resolver->chain >= VARIABLES_MAX_CHAIN) {
        resolver_fail(resolver, property, "refer to the value itself",
                      "it is reached through more than %u other variables", VARIABLES_MAX_CHAIN);
        return OUTCOME_FAILED;
    }
    resolver->chain++;
    outcome = ask_sources(resolver, property, variable, ret_place);
    resolver->chain--;
    return outcome;
}

/* The text between and of the variables, as parts that are looked through for variables on their
 * own. */
static Outcome join(Resolver *resolver, Property *property, const Expression *expression,
                    bool outermost, json_t **ret, GPtrArray **ret_parts)
{
    g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    size_t last = 0;

    for (guint i = 0; i < expression->variables->len; i++) {
        const Variable *variable = expression->variables->pdata[i];
        char *value = scalar_text(variable->value);

        if (outermost) {
            property->start = variable->start;
            property->end = variable->end;
        }
        if (!value) {
            resolver_fail(resolver, property, "let the variable stand alone to keep its type",
                          "it is part of a text and its value is %s", kind_of(variable->value));
            return OUTCOME_FAILED;
        }
        g_ptr_array_add(parts, g_strndup(expression->text + last, variable->start - last));
        g_ptr_array_add(parts, value);
        last = variable->end;
        if (!resolver_spend_text(resolver, property, strlen(value)))
            return OUTCOME_FAILED;
    }
    g_ptr_array_add(parts, g_strdup(expression->text + last));
    for (guint i = 0; i < parts->len; i++)
        g_string_append(text, parts->pdata[i]);
    *ret = json_stringn(text->str, text->len);
    *ret_parts = g_steal_pointer(&parts);
    return OUTCOME_VALUE;
}

Outcome resolver_evaluate(Resolver *resolver, Property *property, Expression *expression,
                          bool outermost, json_t **ret, GPtrArray **ret_parts,
                          SourceCall *ret_place)
{
    bool whole = expression_is_whole(expression);
    Outcome worst = OUTCOME_VALUE;

    for (guint i = 0; i < expression->variables->len; i++) {
        Variable *variable = expression->variables->pdata[i];
        Outcome outcome;

        if (outermost) {
            property->start = variable->start;
            property->end = variable->end;
        }
        outcome = evaluate_variable(resolver, property, variable, whole ? ret_place : NULL);
        worst = MAX(worst, outcome);
    }
    if (worst != OUTCOME_VALUE)
        return worst;
    if (whole) {
        *ret = json_incref(((Variable *)expression->variables->pdata[0])->value);
        return OUTCOME_VALUE;
    }
    return join(resolver, property, expression, outermost, ret, ret_parts);
}
