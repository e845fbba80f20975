/* Intrinsic functions that make and take strings. */
#include "config/json_text.h"
#include "tests/aws/template/functions.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

char *scalar_text(json_t *value)
{
    if (json_is_string(value))
        return g_strdup(json_string_value(value));
    if (json_is_boolean(value))
        return g_strdup(json_is_true(value) ? "true" : "false");
    if (json_is_number(value))
        return json_number_text(value);
    return NULL;
}

bool is_known_after_apply(json_t *value)
{
    const char *key = NULL;
    json_t *item = NULL;
    size_t i = 0;

    if (json_is_string(value))
        return strstr(json_string_value(value), KNOWN_AFTER_APPLY) != NULL;
    json_object_foreach(value, key, item)
    {
        if (is_known_after_apply(item))
            return true;
    }
    json_array_foreach(value, i, item)
    {
        if (is_known_after_apply(item))
            return true;
    }
    return false;
}

json_t *function_join(Evaluation *evaluation, json_t *argument, GError **error)
{
    const char *delimiter = json_string_value(json_array_get(argument, 0));
    json_auto_t *list = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    size_t i = 0;
    json_t *item = NULL;

    if (delimiter == NULL || json_array_size(argument) != 2) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: every Fn::Join object requires two parameters, (1) a string "
                    "delimiter and (2) a list of strings to be joined or a function that returns a "
                    "list of strings (such as Fn::GetAZs) to be joined.");
        return NULL;
    }
    list = evaluate(evaluation, json_array_get(argument, 1), error);
    if (list == NULL)
        return NULL;
    if (is_known_after_apply(list) && !json_is_array(list))
        return json_string(KNOWN_AFTER_APPLY);
    json_array_foreach(list, i, item)
    {
        g_autofree char *part = scalar_text(item);

        if (part == NULL) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Template error: every value of the list of Fn::Join is a string");
            return NULL;
        }
        g_string_append_printf(text, "%s%s", i > 0 ? delimiter : "", part);
    }
    return json_string(text->str);
}

/* The value of ${name} with Fn::Sub's own variables. */
static json_t *sub_value(Evaluation *evaluation, const char *name, json_t *variables,
                         GError **error)
{
    json_t *own = json_object_get(variables, name);
    const char *dot = strchr(name, '.');

    if (own != NULL)
        return evaluate(evaluation, own, error);
    if (dot != NULL) {
        g_autofree char *resource = g_strndup(name, (size_t)(dot - name));

        return evaluate_attribute(evaluation, resource, dot + 1, error);
    }
    return evaluate_ref(evaluation, name, error);
}

json_t *function_sub(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_t *variables = json_array_get(argument, 1);
    const char *at =
        json_string_value(json_is_array(argument) ? json_array_get(argument, 0) : argument);
    g_autoptr(GString) text = g_string_new(NULL);
    const char *start = NULL;

    if (at == NULL) {
        g_set_error(
            error, DOUBLE_ERROR, 400,
            "Template error: One or more Fn::Sub intrinsic functions don't specify expected "
            "arguments. Specify a string as first argument, and an optional second argument "
            "to specify a mapping of values to replace in the string");
        return NULL;
    }
    while ((start = strstr(at, "${")) != NULL) {
        const char *end = strchr(start, '}');
        g_autofree char *name =
            end != NULL ? g_strndup(start + 2, (size_t)(end - start - 2)) : NULL;
        json_auto_t *value = NULL;
        g_autofree char *part = NULL;

        if (end == NULL)
            break;
        g_string_append_len(text, at, start - at);
        at = end + 1;
        if (*name == '!') { /* ${!Literal} stands for ${Literal} */
            g_string_append_printf(text, "${%s}", name + 1);
            continue;
        }
        value = sub_value(evaluation, g_strstrip(name), variables, error);
        if (value == NULL)
            return NULL;
        part = scalar_text(value);
        if (part == NULL) {
            g_set_error(error, DOUBLE_ERROR, 400,
                        "Template error: variable %s in Fn::Sub expression does not resolve to a "
                        "string",
                        name);
            return NULL;
        }
        g_string_append(text, part);
    }
    g_string_append(text, at);
    return json_string(text->str);
}

json_t *function_split(Evaluation *evaluation, json_t *argument, GError **error)
{
    const char *delimiter = json_string_value(json_array_get(argument, 0));
    json_auto_t *source = NULL;
    g_auto(GStrv) parts = NULL;
    json_t *list = NULL;

    if (delimiter == NULL || *delimiter == '\0' || json_array_size(argument) != 2) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: every Fn::Split object requires two parameters, (1) a string "
                    "delimiter and (2) a string to be split or a function that returns a string to "
                    "be split.");
        return NULL;
    }
    source = evaluate(evaluation, json_array_get(argument, 1), error);
    if (source == NULL)
        return NULL;
    if (is_known_after_apply(source))
        return json_string(KNOWN_AFTER_APPLY);
    if (!json_is_string(source)) {
        g_set_error(error, DOUBLE_ERROR, 400, "Template error: Fn::Split splits a string");
        return NULL;
    }
    parts = g_strsplit(json_string_value(source), delimiter, -1);
    list = json_array();
    for (char **part = parts; *part != NULL; part++)
        json_array_append_new(list, json_string(*part));
    return list;
}

json_t *function_base64(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *value = evaluate(evaluation, argument, error);
    g_autofree char *text = value != NULL ? scalar_text(value) : NULL;
    g_autofree char *encoded = NULL;

    if (value == NULL)
        return NULL;
    if (text == NULL) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: every Fn::Base64 object must have a String-typed value.");
        return NULL;
    }
    if (is_known_after_apply(value))
        return json_incref(value);
    encoded = g_base64_encode((const guchar *)text, strlen(text));
    return json_string(encoded);
}

json_t *function_to_json_string(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *value = evaluate(evaluation, argument, error);
    g_autofree char *text = value != NULL ? json_text(value, JSON_TEXT_COMPACT) : NULL;

    return text != NULL ? json_string(text) : NULL;
}

/* Fn::Cidr for IPv4: [ipBlock, count, cidrBits]. */
json_t *function_cidr(Evaluation *evaluation, json_t *argument, GError **error)
{
    json_auto_t *list = evaluate(evaluation, argument, error);
    const char *block = json_string_value(json_array_get(list, 0));
    g_autofree char *count_text = list != NULL ? scalar_text(json_array_get(list, 1)) : NULL;
    g_autofree char *bits_text = list != NULL ? scalar_text(json_array_get(list, 2)) : NULL;
    guint64 count = count_text != NULL ? g_ascii_strtoull(count_text, NULL, 10) : 0;
    guint64 bits = bits_text != NULL ? g_ascii_strtoull(bits_text, NULL, 10) : 8;
    unsigned a = 0, b = 0, c = 0, d = 0, prefix = 0;
    guint32 address = 0;
    json_t *blocks = NULL;

    if (list == NULL)
        return NULL;
    if (is_known_after_apply(list))
        return json_string(KNOWN_AFTER_APPLY);
    if (block == NULL || sscanf(block, "%u.%u.%u.%u/%u", &a, &b, &c, &d, &prefix) != 5 || a > 255 ||
        b > 255 || c > 255 || d > 255 || prefix > 32 || count < 1 || count > 256 || bits > 31 ||
        32 - bits < prefix || count > (guint64)1 << (32 - bits - prefix)) {
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template error: Fn::Cidr can not make the blocks asked for");
        return NULL;
    }
    address = (guint32)(a << 24 | b << 16 | c << 8 | d);
    blocks = json_array();
    for (guint64 i = 0; i < count; i++) {
        guint32 at = address + (guint32)(i << bits);
        g_autofree char *text = g_strdup_printf("%u.%u.%u.%u/%u", at >> 24, at >> 16 & 255,
                                                at >> 8 & 255, at & 255, (unsigned)(32 - bits));

        json_array_append_new(blocks, json_string(text));
    }
    return blocks;
}

json_t *resolve_dynamic(Evaluation *evaluation, const char *text, GError **error)
{
    g_autoptr(GString) whole = g_string_new(NULL);
    const char *at = text, *start = NULL;

    while ((start = strstr(at, "{{resolve:")) != NULL) {
        const char *end = strstr(start, "}}");
        const char *service = start + strlen("{{resolve:");
        const char *colon = strchr(service, ':');
        g_autofree char *name = NULL, *key = NULL;
        json_auto_t *value = NULL;

        if (end == NULL || colon == NULL || colon > end)
            break;
        name = g_strndup(service, (size_t)(colon - service));
        key = g_strndup(colon + 1, (size_t)(end - colon - 1));
        value = evaluation->hooks.dynamic(evaluation->data, name, key, error);
        if (value == NULL)
            return NULL;
        g_string_append_len(whole, at, start - at);
        g_string_append(whole, json_string_value(value));
        at = end + 2;
    }
    g_string_append(whole, at);
    return json_string(whole->str);
}
