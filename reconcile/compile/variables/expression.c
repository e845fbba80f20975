#include "reconcile/compile/variables/expression.h"

#include <math.h>
#include <string.h>

#include "reconcile/compile/variables/literal.h"

/* How much of a variable an error message shows. */
#define SHOWN_BYTES 80

typedef struct {
    const char *text;
    size_t length, at;
    size_t start; /* of the outermost variable being read, for errors */
    unsigned nesting;
    bool inside; /* in an address or parameter: there `${` must start a variable */
    ExpressionError *error;
} Parser;

typedef enum {
    READ_VARIABLE,
    READ_NOTHING, /* not a variable: the text stays */
    READ_ERROR,
} ReadResult;

static void argument_free(gpointer data)
{
    Argument *argument = data;

    if (!argument)
        return;
    json_decref(argument->value);
    expression_free(argument->expression);
    g_free(argument);
}

static void variable_source_free(gpointer data)
{
    VariableSource *source = data;

    g_free(source->type);
    json_decref(source->literal);
    if (source->params)
        g_ptr_array_unref(source->params);
    argument_free(source->address);
    g_free(source);
}

static void variable_free(gpointer data)
{
    Variable *variable = data;

    g_free(variable->escape);
    if (variable->sources)
        g_ptr_array_unref(variable->sources);
    json_decref(variable->value);
    g_free(variable);
}

void expression_free(Expression *expression)
{
    if (!expression)
        return;
    g_free(expression->text);
    g_ptr_array_unref(expression->variables);
    g_free(expression);
}

static ReadResult fail(Parser *parser, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
/* How much of the text from the variable's start on an error shows: up to its closing brace, at
 * most the line. */
static size_t shown_length(const char *from, size_t rest)
{
    size_t length = 0;
    unsigned open = 0;

    while (length < rest && from[length] != '\r' && from[length] != '\n') {
        char c = from[length++];

        open += c == '{';
        if (c == '}' && --open == 0)
            break;
    }
    return length;
}

static ReadResult fail(Parser *parser, const char *hint, const char *format, ...)
{
    const char *from = parser->text + parser->start;
    size_t length = shown_length(from, parser->length - parser->start);
    const char *end = from + MIN(length, SHOWN_BYTES);
    g_autofree char *reason = NULL, *shown = NULL;
    va_list arguments;

    while (end > from && end < from + length && ((unsigned char)*end & 0xc0) == 0x80)
        end--;
    shown = g_strndup(from, (size_t)(end - from));
    va_start(arguments, format);
    reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    parser->error->message = g_strdup_printf("\"%s%s\" cannot be read: %s", shown,
                                             end < from + length ? "…" : "", reason);
    parser->error->hint = hint;
    parser->error->start = parser->start;
    return READ_ERROR;
}

static ReadResult fail_unterminated(Parser *parser)
{
    return fail(parser, "close the variable with }", "it has no closing }");
}

static char peek(const Parser *parser)
{
    return parser->at < parser->length ? parser->text[parser->at] : '\0';
}

static void skip_blanks(Parser *parser)
{
    while (peek(parser) == ' ')
        parser->at++;
}

static bool is_name_character(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '-';
}

static bool is_type(const char *text, size_t length)
{
    if (length == 0 || !g_ascii_islower(text[0]))
        return false;
    for (size_t i = 1; i < length; i++)
        if (!g_ascii_isalnum(text[i]))
            return false;
    return true;
}

static ReadResult read_dollar(Parser *parser, size_t base, GPtrArray *variables);

/* Reads a quoted text whose first quote is next; moves behind its last. NULL after an error. */
static json_t *read_quoted(Parser *parser)
{
    size_t start = parser->at;
    char quote = peek(parser);
    json_t *value = NULL;

    for (parser->at++; parser->at < parser->length && peek(parser) != quote; parser->at++)
        if (quote == '"' && peek(parser) == '\\')
            parser->at++;
    if (parser->at >= parser->length) {
        fail_unterminated(parser);
        return NULL;
    }
    parser->at++;
    if (quote == '\'')
        return json_stringn(parser->text + start + 1, parser->at - start - 2);
    value = json_loadb(parser->text + start, parser->at - start, JSON_DECODE_ANY, NULL);
    if (!value)
        fail(parser, "write it as JSON would: \\n, \\\", \\\\ and \\uXXXX are the escapes",
             "the text in double quotes is not a valid JSON string");
    return value;
}

/* Reads on to one of `ends` (not consumed), gathering the variables on the way. */
static bool read_span(Parser *parser, const char *ends, Argument *argument, bool literals)
{
    size_t start = parser->at;
    size_t end;
    g_autoptr(GPtrArray) variables = g_ptr_array_new_with_free_func(variable_free);

    while (parser->at < parser->length && !strchr(ends, peek(parser))) {
        if (peek(parser) != '$') {
            parser->at++;
            continue;
        }
        if (read_dollar(parser, start, variables) == READ_ERROR)
            return false;
    }
    if (parser->at >= parser->length)
        return fail_unterminated(parser), false;
    for (end = parser->at; end > start && g_ascii_isspace(parser->text[end - 1]); end--)
        ;
    if (variables->len > 0) {
        argument->expression = g_new0(Expression, 1);
        argument->expression->text = g_strndup(parser->text + start, end - start);
        argument->expression->variables = g_steal_pointer(&variables);
        return true;
    }
    argument->value = literals ? literal_parse(parser->text + start, end - start) : NULL;
    if (!argument->value)
        argument->value =
            end > start ? json_stringn(parser->text + start, end - start) : json_null();
    return true;
}

static bool read_argument(Parser *parser, const char *ends, bool literals, Argument **ret)
{
    Argument *argument = g_new0(Argument, 1);
    bool was_inside = parser->inside;
    bool done;

    parser->inside = true;
    if (peek(parser) == '"' || peek(parser) == '\'') {
        argument->value = read_quoted(parser);
        skip_blanks(parser);
        done = argument->value != NULL;
    } else {
        done = read_span(parser, ends, argument, literals);
    }
    parser->inside = was_inside;
    if (!done) {
        argument_free(argument);
        return false;
    }
    *ret = argument;
    return true;
}

/* Behind "(": parameters up to and with ")". */
static bool read_params(Parser *parser, VariableSource *source)
{
    source->params = g_ptr_array_new_with_free_func(argument_free);
    for (;;) {
        Argument *argument = NULL;

        skip_blanks(parser);
        if (parser->at >= parser->length)
            return fail_unterminated(parser), false;
        if (peek(parser) == ')')
            break;
        if (peek(parser) == '}')
            return fail(parser, NULL, "its parameters have no closing )"), false;
        if (!read_argument(parser, ",)}", true, &argument))
            return false;
        g_ptr_array_add(source->params, argument);
        if (peek(parser) == ',') {
            parser->at++;
        } else if (peek(parser) != ')') {
            return peek(parser) ? (fail(parser, NULL, "its parameters have no closing )"), false)
                                : (fail_unterminated(parser), false);
        }
    }
    parser->at++;
    return true;
}

/* Behind ":": an address up to "," or "}" (not consumed). READ_NOTHING for `${x::y}`. */
static ReadResult read_address(Parser *parser, VariableSource *source, bool is_first)
{
    skip_blanks(parser);
    if (peek(parser) == ',' || peek(parser) == '}')
        return READ_VARIABLE;
    if (peek(parser) == ':') {
        if (!source->params && !parser->inside && is_first)
            return READ_NOTHING;
        return fail(parser, NULL, "an address cannot start with a colon");
    }
    if (parser->at >= parser->length)
        return fail_unterminated(parser);
    if (!read_argument(parser, ",}", false, &source->address))
        return READ_ERROR;
    if (peek(parser) == ',' || peek(parser) == '}')
        return READ_VARIABLE;
    return peek(parser) ? fail(parser, NULL, "a comma or } has to follow the quoted address")
                        : fail_unterminated(parser);
}

/* Behind a source's name, at "(" or ":". Up to "," or "}" (not consumed). */
static ReadResult read_source_tail(Parser *parser, VariableSource *source, bool is_first)
{
    if (peek(parser) == '(') {
        parser->at++;
        if (!read_params(parser, source))
            return READ_ERROR;
        skip_blanks(parser);
        if (peek(parser) == ',' || peek(parser) == '}')
            return READ_VARIABLE;
        if (parser->at >= parser->length)
            return fail_unterminated(parser);
        if (peek(parser) != ':')
            return fail(parser, NULL, "only a colon and an address may follow its parameters");
    }
    parser->at++;
    return read_address(parser, source, is_first);
}

static ReadResult read_literal(Parser *parser, VariableSource *source)
{
    static const char quote_hint[] = "put text in quotes: ${opt:x, 'text'}";

    if (peek(parser) == '"' || peek(parser) == '\'') {
        source->literal = read_quoted(parser);
        if (!source->literal)
            return READ_ERROR;
        skip_blanks(parser);
        if (parser->at >= parser->length)
            return fail_unterminated(parser);
        return peek(parser) == '}'
                   ? READ_VARIABLE
                   : fail(parser, NULL, "nothing can follow a literal, which always has a value");
    }
    if (peek(parser) == '$')
        return fail(parser, "write the fallback without its own ${ }: ${opt:x, env:Y}",
                    "a fallback is a source or a literal, not another ${…}");
    return fail(parser, quote_hint, "a fallback is a source (self:…, env:…, file(…)) or a literal");
}

/* Behind ",": another source or a literal. */
static ReadResult read_fallback(Parser *parser, VariableSource *source)
{
    size_t start, end;

    skip_blanks(parser);
    start = parser->at;
    if (parser->at >= parser->length)
        return fail_unterminated(parser);
    if (!is_name_character(peek(parser)))
        return read_literal(parser, source);
    while (is_name_character(peek(parser)) || peek(parser) == ' ')
        parser->at++;
    if (parser->at >= parser->length)
        return fail_unterminated(parser);
    if (peek(parser) == ':' || peek(parser) == '(') {
        if (!is_type(parser->text + start, parser->at - start))
            return fail(parser, NULL, "\"%.*s\" is not the name of a source",
                        (int)MIN(parser->at - start, SHOWN_BYTES), parser->text + start);
        source->type = g_strndup(parser->text + start, parser->at - start);
        return read_source_tail(parser, source, false);
    }
    for (end = parser->at; end > start && parser->text[end - 1] == ' '; end--)
        ;
    source->literal = peek(parser) == '}' ? literal_parse(parser->text + start, end - start) : NULL;
    if (!source->literal)
        return fail(parser, "put text in quotes: ${opt:x, 'text'}",
                    "\"%.*s\" is neither a source nor a literal (a quoted text, a number, true, "
                    "false, null)",
                    (int)MIN(end - start, SHOWN_BYTES), parser->text + start);
    return READ_VARIABLE;
}

/* Text in braces that is no variable, up to and with its "}"; variables inside of it count. */
static ReadResult read_foreign(Parser *parser, size_t base, GPtrArray *variables)
{
    while (parser->at < parser->length) {
        if (peek(parser) == '}') {
            parser->at++;
            break;
        }
        if (peek(parser) != '$')
            parser->at++;
        else if (read_dollar(parser, base, variables) == READ_ERROR)
            return READ_ERROR;
    }
    return READ_NOTHING;
}

/* From a source's tail on, through all fallbacks, behind "}". */
static ReadResult read_sources(Parser *parser, VariableSource *first, GPtrArray *sources)
{
    ReadResult result = read_source_tail(parser, first, true);

    while (result == READ_VARIABLE && peek(parser) == ',') {
        VariableSource *source = g_new0(VariableSource, 1);

        g_ptr_array_add(sources, source);
        parser->at++;
        result = read_fallback(parser, source);
    }
    if (result == READ_VARIABLE)
        parser->at++;
    return result;
}

/* Behind "${". */
static ReadResult read_braces(Parser *parser, size_t start, size_t base, GPtrArray *variables)
{
    size_t name = parser->at;
    g_autoptr(GPtrArray) sources = NULL;
    VariableSource *first;
    Variable *variable;
    ReadResult result;

    if (g_ascii_islower(peek(parser)))
        while (is_name_character(peek(parser)))
            parser->at++;
    if (parser->at == name || (peek(parser) != ':' && peek(parser) != '(')) {
        if (parser->inside)
            return parser->at >= parser->length
                       ? fail_unterminated(parser)
                       : fail(parser, NULL,
                              "the ${ inside of it is not followed by a source (self:…, opt:…)");
        return read_foreign(parser, base, variables);
    }
    sources = g_ptr_array_new_with_free_func(variable_source_free);
    first = g_new0(VariableSource, 1);
    g_ptr_array_add(sources, first);
    first->type = g_strndup(parser->text + name, parser->at - name);
    result = read_sources(parser, first, sources);
    if (result == READ_NOTHING)
        return read_foreign(parser, base, variables);
    if (result == READ_ERROR)
        return READ_ERROR;
    variable = g_new0(Variable, 1);
    variable->start = start - base;
    variable->end = parser->at - base;
    variable->sources = g_steal_pointer(&sources);
    g_ptr_array_add(variables, variable);
    return READ_VARIABLE;
}

static void add_escape(GPtrArray *variables, size_t start, size_t end, size_t slashes,
                       const char *rest)
{
    Variable *variable = g_new0(Variable, 1);
    GString *text = g_string_new(NULL);

    while (slashes-- > 0)
        g_string_append_c(text, '\\');
    g_string_append(text, rest);
    variable->start = start;
    variable->end = end;
    variable->escape = g_string_free(text, FALSE);
    g_ptr_array_add(variables, variable);
}

/* At "$". A "$" before another belongs to the variable that follows: the framework reads
 * "$${self:x}" as one. */
static ReadResult read_dollar(Parser *parser, size_t base, GPtrArray *variables)
{
    size_t start = parser->at;
    ReadResult result;

    while (peek(parser) == '$')
        parser->at++;
    if (parser->at >= parser->length)
        return READ_NOTHING;
    if (peek(parser) != '{') {
        /* Inside an address or in braces the next character still has its meaning for whoever reads
         * on there. */
        if (!parser->inside && parser->nesting == 0)
            parser->at++;
        return READ_NOTHING;
    }
    parser->at++;
    if (parser->nesting == 0)
        parser->start = start;
    if (parser->nesting >= EXPRESSION_MAX_NESTING)
        return fail(parser, "name the inner values under custom and refer to those",
                    "variables are nested more than %d deep", EXPRESSION_MAX_NESTING);
    parser->nesting++;
    result = read_braces(parser, start, base, variables);
    parser->nesting--;
    return result;
}

/* At a backslash outside of all braces: before "${" an odd number of them escapes it, and pairs
 * stand for one. */
static bool read_backslashes(Parser *parser, GPtrArray *variables)
{
    size_t start = parser->at, count;
    bool is_escape;

    while (peek(parser) == '\\')
        parser->at++;
    count = parser->at - start;
    is_escape = count % 2 == 1 && peek(parser) == '$';
    if (!g_str_has_prefix(parser->text + parser->at, "${")) {
        parser->at += is_escape;
        return true;
    }
    if (is_escape) {
        parser->at++;
        add_escape(variables, start, parser->at, count / 2, "$");
        return true;
    }
    add_escape(variables, start, parser->at, count / 2, "");
    return read_dollar(parser, 0, variables) != READ_ERROR;
}

static bool parse_part(const char *text, size_t offset, GPtrArray *variables,
                       ExpressionError *error)
{
    Parser parser = {.text = text, .length = strlen(text), .error = error};
    guint first = variables->len;

    while (parser.at < parser.length) {
        bool read = true;

        if (peek(&parser) == '\\')
            read = read_backslashes(&parser, variables);
        else if (peek(&parser) == '$')
            read = read_dollar(&parser, 0, variables) != READ_ERROR;
        else
            parser.at++;
        if (!read)
            return false;
    }
    for (guint i = first; offset > 0 && i < variables->len; i++) {
        Variable *variable = variables->pdata[i];

        variable->start += offset;
        variable->end += offset;
    }
    return true;
}

bool expression_parse_parts(const GPtrArray *parts, Expression **ret, ExpressionError *ret_error)
{
    g_autoptr(GPtrArray) variables = g_ptr_array_new_with_free_func(variable_free);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < parts->len; i++) {
        if (!parse_part(parts->pdata[i], text->len, variables, ret_error))
            return false;
        g_string_append(text, parts->pdata[i]);
    }
    *ret = NULL;
    if (variables->len == 0)
        return true;
    *ret = g_new0(Expression, 1);
    (*ret)->text = g_strdup(text->str);
    (*ret)->variables = g_steal_pointer(&variables);
    return true;
}

bool expression_parse(const char *text, Expression **ret, ExpressionError *ret_error)
{
    gpointer only[] = {(gpointer)text};
    GPtrArray parts = {.pdata = only, .len = 1};

    if (!strstr(text, "${")) {
        *ret = NULL;
        return true;
    }
    return expression_parse_parts(&parts, ret, ret_error);
}

bool expression_is_whole(const Expression *expression)
{
    const Variable *first = expression->variables->pdata[0];

    return expression->variables->len == 1 && !first->escape && first->start == 0 &&
           first->end == strlen(expression->text);
}
