#include <criterion/criterion.h>
#include <string.h>

#include "reconcile/compile/variables/expression.h"

static void write_expression(GString *text, const Expression *expression);

static void write_argument(GString *text, const Argument *argument)
{
    g_autofree char *value = argument->value ? json_dumps(argument->value, JSON_ENCODE_ANY) : NULL;

    if (value)
        g_string_append(text, value);
    else
        write_expression(text, argument->expression);
}

static void write_source(GString *text, const VariableSource *source)
{
    g_autofree char *literal =
        source->literal ? json_dumps(source->literal, JSON_ENCODE_ANY) : NULL;

    g_string_append(text, literal ? literal : source->type);
    if (source->params) {
        g_string_append_c(text, '(');
        for (guint i = 0; i < source->params->len; i++) {
            g_string_append(text, i ? ";" : "");
            write_argument(text, source->params->pdata[i]);
        }
        g_string_append_c(text, ')');
    }
    if (source->address) {
        g_string_append_c(text, ':');
        write_argument(text, source->address);
    }
}

/* "TEXT<start-end source|source><start-end escape>" */
static void write_expression(GString *text, const Expression *expression)
{
    g_string_append(text, expression->text);
    for (guint i = 0; i < expression->variables->len; i++) {
        const Variable *variable = expression->variables->pdata[i];

        g_string_append_printf(text, "<%zu-%zu %s", variable->start, variable->end,
                               variable->escape ? variable->escape : "");
        for (guint j = 0; !variable->escape && j < variable->sources->len; j++) {
            g_string_append(text, j ? "|" : "");
            write_source(text, variable->sources->pdata[j]);
        }
        g_string_append_c(text, '>');
    }
}

/* What the framework's own parser makes of the same texts. */
Test(expression, is_read_as_the_framework_reads_it)
{
    static const char *const cases[][2] = {
        {"plain $ text $x {a}", "none"},
        {"${self:a.b}", "${self:a.b}<0-11 self:\"a.b\">"},
        {"x${ self:a}", "none"},
        {"${self}", "none"},
        {"${foo.bar:x}", "${foo.bar:x}<0-12 foo.bar:\"x\">"},
        {"${self:}", "${self:}<0-8 self>"},
        {"${self: a b }", "${self: a b }<0-13 self:\"a b\">"},
        {"${self:a, opt:b, 'c'}", "${self:a, opt:b, 'c'}<0-21 self:\"a\"|opt:\"b\"|\"c\">"},
        {"${self:a, -1.5}", "${self:a, -1.5}<0-15 self:\"a\"|-1.5>"},
        {"${self:a, null}", "${self:a, null}<0-15 self:\"a\"|null>"},
        {"${file(a.yml):k, env:B}",
         "${file(a.yml):k, env:B}<0-23 file(\"a.yml\"):\"k\"|env:\"B\">"},
        {"${s(1, , true, 'x y' , \"z\")}",
         "${s(1, , true, 'x y' , \"z\")}<0-28 s(1;null;true;\"x y\";\"z\")>"},
        {"${s():x}", "${s():x}<0-8 s():\"x\">"},
        {"${s:'a, b}'}", "${s:'a, b}'}<0-12 s:\"a, b}\">"},
        {"${a:x${b:y}z}", "${a:x${b:y}z}<0-13 a:x${b:y}z<1-7 b:\"y\">>"},
        {"${a(${b:y}):${c:d}}",
         "${a(${b:y}):${c:d}}<0-19 a(${b:y}<0-6 b:\"y\">):${c:d}<0-6 c:\"d\">>"},
        {"${AWS::X}-${a:b}", "${AWS::X}-${a:b}<10-16 a:\"b\">"},
        {"${A${a:b}}", "${A${a:b}}<3-9 a:\"b\">"},
        {"${a::b}${c:d}", "${a::b}${c:d}<7-13 c:\"d\">"},
        {"$${a:b}", "$${a:b}<0-7 a:\"b\">"},
        {"\\${a:b}", "\\${a:b}<0-2 $>"},
        {"\\\\${a:b}", "\\\\${a:b}<0-2 \\><2-8 a:\"b\">"},
        {"\\\\\\${a:b}", "\\\\\\${a:b}<0-4 \\$>"},
        {"\\$\\${a:b}", "\\$\\${a:b}<2-4 $>"},
        {"${opt:x, ${env:Y}}", "error at 0"},
        {"ok ${opt:x, y}", "error at 3"},
        {"${opt:x, 1, 2}", "error at 0"},
        {"${opt:x, 'a' 'b'}", "error at 0"},
        {"${opt:x", "error at 0"},
        {"${opt:x, ", "error at 0"},
        {"${f(a}", "error at 0"},
        {"${f(a)b}", "error at 0"},
        {"${f(a)::b}", "error at 0"},
        {"${a:${B}}", "error at 0"},
        {"${a:\"\\q\"}", "error at 0"},
        {"${opt:a, Foo:b}", "error at 0"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Expression) expression = NULL;
        g_autoptr(GString) got = g_string_new(NULL);
        ExpressionError error = {0};

        if (!expression_parse(cases[i][0], &expression, &error))
            g_string_printf(got, "error at %zu", error.start);
        else if (!expression)
            g_string_assign(got, "none");
        else
            write_expression(got, expression);
        cr_expect_str_eq(got->str, cases[i][1], "%s: %s", cases[i][0], got->str);
        g_free(error.message);
    }
}

Test(expression, of_joined_parts_never_spans_two_of_them)
{
    gpointer texts[] = {(gpointer) "a${self", (gpointer) ":x}", (gpointer) "${self:y}"};
    GPtrArray parts = {.pdata = texts, .len = G_N_ELEMENTS(texts)};
    g_autoptr(Expression) expression = NULL;
    g_autoptr(GString) got = g_string_new(NULL);
    ExpressionError error = {0};

    cr_assert(expression_parse_parts(&parts, &expression, &error));
    write_expression(got, expression);
    cr_expect_str_eq(got->str, "a${self:x}${self:y}<10-19 self:\"y\">");
}
