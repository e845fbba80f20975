#include "reconcile/compile/plugins/condition.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/condition_values.h"
#include "reconcile/compile/variables/literal.h"
#include <math.h>
#include <string.h>

#define MAX_TEXT_BYTES 4096
#define MAX_LEVELS 64

/* Recursive descent that evaluates as it reads; what lies behind && or || and does not count is
 * read with `idle` raised. Values are new references; NULL is undefined. Once `result` is no longer
 * CONDITION_HOLDS all stop. */
typedef struct {
    const char *at;
    GHashTable *env;
    unsigned idle, levels;
    ConditionResult result;
    char *why;
} Reader;

static json_t *read_choice(Reader *reader);

static json_t *fail(Reader *reader, ConditionResult result, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static json_t *fail(Reader *reader, ConditionResult result, const char *format, ...)
{
    va_list arguments;

    if (reader->result != CONDITION_HOLDS)
        return NULL;
    va_start(arguments, format);
    reader->why = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    reader->result = result;
    return NULL;
}

static bool is_stopped(const Reader *reader)
{
    return reader->result != CONDITION_HOLDS;
}

static void skip_space(Reader *reader)
{
    while (g_ascii_isspace(*reader->at))
        reader->at++;
}

/* Whether `token` comes next; moves behind it. */
static bool accept(Reader *reader, const char *token)
{
    skip_space(reader);
    if (!g_str_has_prefix(reader->at, token))
        return false;
    reader->at += strlen(token);
    return true;
}

static json_t *unexpected(Reader *reader)
{
    skip_space(reader);
    if (*reader->at)
        return fail(reader, CONDITION_UNSUPPORTED, "\"%.20s\" is not understood", reader->at);
    return fail(reader, CONDITION_UNSUPPORTED, "it ends too early");
}

static json_t *read_text(Reader *reader)
{
    char quote = *reader->at++;
    g_autoptr(GString) text = g_string_new(NULL);

    for (; *reader->at && *reader->at != quote; reader->at++) {
        if (*reader->at == '\\') {
            reader->at++;
            if (!*reader->at || !strchr("\\'\"", *reader->at))
                return fail(reader, CONDITION_UNSUPPORTED, "escapes in texts are not understood");
        }
        g_string_append_c(text, *reader->at);
    }
    if (!*reader->at)
        return fail(reader, CONDITION_UNSUPPORTED, "a text has no closing %c", quote);
    reader->at++;
    return json_stringn(text->str, text->len);
}

static json_t *read_number(Reader *reader)
{
    size_t length = strspn(reader->at, "0123456789.xXabcdefABCDEF");
    double number;

    if (!literal_number(reader->at, length, &number))
        return unexpected(reader);
    reader->at += length;
    return literal_number_json(number);
}

static char *read_word(Reader *reader)
{
    const char *start = reader->at;

    while (g_ascii_isalnum(*reader->at) || *reader->at == '_' || *reader->at == '$')
        reader->at++;
    return g_strndup(start, (gsize)(reader->at - start));
}

/* process.env.NAME or process.env["NAME"]; other members of process are programs' business. */
static json_t *read_environment(Reader *reader)
{
    g_autofree char *name = NULL;
    const char *value;

    if (!accept(reader, ".") || !accept(reader, "env"))
        return fail(reader, CONDITION_UNSUPPORTED, "of process only env is understood");
    if (accept(reader, ".")) {
        name = read_word(reader);
    } else if (accept(reader, "[")) {
        json_t *key = read_choice(reader);

        name = g_strdup(json_string_value(key));
        json_decref(key);
        if (!accept(reader, "]"))
            return unexpected(reader);
    }
    if (!name || !*name)
        return unexpected(reader);
    value = reader->env ? g_hash_table_lookup(reader->env, name) : NULL;
    return value ? json_string(value) : NULL;
}

/* Whether the name means something to a program, so that eval would not throw. */
static bool is_defined(const char *name)
{
    static const char *const names[] = {
        "Array",      "Boolean",      "Date",        "Infinity",  "JSON",       "Math",
        "NaN",        "Number",       "Object",      "RegExp",    "String",     "__dirname",
        "__filename", "arguments",    "await",       "console",   "delete",     "exports",
        "function",   "functionName", "functionObj", "functions", "globalThis", "global",
        "isNaN",      "item",         "let",         "module",    "new",        "params",
        "parseFloat", "parseInt",     "require",     "this",      "throw",      "typeof",
        "var",        "void",
    };

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static json_t *read_name(Reader *reader)
{
    g_autofree char *name = read_word(reader);
    json_t *literal = strcmp(name, "undefined") == 0 ? NULL : literal_parse(name, strlen(name));

    if (literal || strcmp(name, "undefined") == 0)
        return literal;
    if (strcmp(name, "process") == 0)
        return read_environment(reader);
    if (is_defined(name))
        return fail(reader, CONDITION_UNSUPPORTED, "%s is not understood", name);
    if (reader->idle > 0)
        return NULL;
    return fail(reader, CONDITION_RAISES, "%s is not defined: a text needs quotes", name);
}

static json_t *read_list(Reader *reader, const char *close)
{
    json_t *list = json_array();

    if (accept(reader, close))
        return list;
    do {
        json_t *item = read_choice(reader);

        json_array_append_new(list, item ? item : json_null());
    } while (!is_stopped(reader) && accept(reader, ","));
    if (!is_stopped(reader) && !accept(reader, close))
        unexpected(reader);
    if (!is_stopped(reader))
        return list;
    json_decref(list);
    return NULL;
}

static json_t *read_primary(Reader *reader)
{
    json_t *value;

    skip_space(reader);
    if (*reader->at == '"' || *reader->at == '\'')
        return read_text(reader);
    if (g_ascii_isdigit(*reader->at) || *reader->at == '.')
        return read_number(reader);
    if (g_ascii_isalpha(*reader->at) || *reader->at == '_' || *reader->at == '$')
        return read_name(reader);
    if (accept(reader, "["))
        return read_list(reader, "]");
    if (!accept(reader, "("))
        return unexpected(reader);
    value = read_choice(reader);
    if (!is_stopped(reader) && !accept(reader, ")"))
        unexpected(reader);
    return value;
}

/* `.name` and `.name (…)` behind a value, which is stolen. */
static json_t *read_member(Reader *reader, json_t *value)
{
    g_autofree char *name = NULL;
    json_t *arguments = NULL, *result = NULL;
    bool known = false;

    skip_space(reader);
    name = read_word(reader);
    if (accept(reader, "("))
        arguments = read_list(reader, ")");
    if (!is_stopped(reader))
        known = reader->idle > 0 || condition_member(value, name, arguments, &result);
    json_decref(arguments);
    if (!is_stopped(reader) && !known) {
        if (value && !json_is_null(value))
            fail(reader, CONDITION_UNSUPPORTED, "%s is not understood", name);
        else
            fail(reader, CONDITION_RAISES, "%s of nothing", name);
    }
    json_decref(value);
    return result;
}

static json_t *read_unary(Reader *reader)
{
    json_t *value, *result;

    if (reader->levels >= MAX_LEVELS)
        return fail(reader, CONDITION_UNSUPPORTED, "it is nested too deeply");
    skip_space(reader);
    if (*reader->at == '!' || *reader->at == '-') {
        char sign = *reader->at++;

        reader->levels++;
        value = read_unary(reader);
        reader->levels--;
        result = sign == '!' ? json_boolean(!js_is_truthy(value))
                             : condition_number(-condition_to_number(value));
        json_decref(value);
        return result;
    }
    value = read_primary(reader);
    while (!is_stopped(reader) && accept(reader, "."))
        value = read_member(reader, value);
    return value;
}

/* Operators by how strongly they bind, weakest first; longer spellings before their beginnings. */
static const char *const operators[][5] = {
    {"===", "!==", "==", "!=", NULL},
    {"<=", ">=", "<", ">", NULL},
    {"+", "-", NULL},
    {"*", "/", "%", NULL},
};

static const char *accept_operator(Reader *reader, size_t level)
{
    for (const char *const *one = operators[level]; *one; one++)
        if (accept(reader, *one))
            return *one;
    return NULL;
}

static json_t *read_binary(Reader *reader, size_t level)
{
    json_t *left, *right, *result;
    const char *operator;

    if (level == G_N_ELEMENTS(operators))
        return read_unary(reader);
    left = read_binary(reader, level + 1);
    while (!is_stopped(reader) && (operator= accept_operator(reader, level))) {
        right = read_binary(reader, level + 1);
        result = condition_operate(operator, left, right);
        json_decref(left);
        json_decref(right);
        left = result;
    }
    return left;
}

/* Reads on without letting it count. */
static void read_idly(Reader *reader, json_t *(*read)(Reader *))
{
    reader->idle++;
    json_decref(read(reader));
    reader->idle--;
}

static json_t *read_comparison(Reader *reader)
{
    return read_binary(reader, 0);
}

static json_t *read_and(Reader *reader)
{
    json_t *value = read_comparison(reader);

    while (!is_stopped(reader) && accept(reader, "&&")) {
        if (!js_is_truthy(value)) {
            read_idly(reader, read_comparison);
            continue;
        }
        json_decref(value);
        value = read_comparison(reader);
    }
    return value;
}

static json_t *read_or(Reader *reader)
{
    json_t *value = read_and(reader);
    bool either;

    while (!is_stopped(reader) && ((either = accept(reader, "||")) || accept(reader, "??"))) {
        if (either ? js_is_truthy(value) : js_is_present(value)) {
            read_idly(reader, read_and);
            continue;
        }
        json_decref(value);
        value = read_and(reader);
    }
    return value;
}

static json_t *read_choice(Reader *reader)
{
    json_t *value, *chosen;
    bool first;

    if (reader->levels >= MAX_LEVELS)
        return fail(reader, CONDITION_UNSUPPORTED, "it is nested too deeply");
    reader->levels++;
    value = read_or(reader);
    if (!is_stopped(reader) && accept(reader, "?")) {
        first = js_is_truthy(value);
        json_decref(value);
        value = NULL;
        if (first)
            value = read_choice(reader);
        else
            read_idly(reader, read_choice);
        if (!is_stopped(reader) && !accept(reader, ":"))
            unexpected(reader);
        if (!is_stopped(reader) && first) {
            read_idly(reader, read_choice);
        } else if (!is_stopped(reader)) {
            chosen = read_choice(reader);
            value = chosen;
        }
    }
    reader->levels--;
    return value;
}

ConditionResult condition_evaluate(const char *text, GHashTable *env, char **ret_why)
{
    Reader reader = {.at = text, .env = env};
    json_t *value = NULL;
    bool holds;

    if (strlen(text) > MAX_TEXT_BYTES)
        fail(&reader, CONDITION_UNSUPPORTED, "it is longer than %d bytes", MAX_TEXT_BYTES);
    else
        value = read_choice(&reader);
    if (!is_stopped(&reader)) {
        accept(&reader, ";");
        skip_space(&reader);
        if (*reader.at)
            unexpected(&reader);
    }
    holds = js_is_truthy(value);
    json_decref(value);
    if (is_stopped(&reader)) {
        *ret_why = reader.why;
        return reader.result;
    }
    return holds ? CONDITION_HOLDS : CONDITION_FAILS;
}
