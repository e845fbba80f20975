/* reconcile/compile/variables/expression.h
 *
 * The grammar of variables, `${source(parameters):address, fallback, …}`, as osls 4.3.1 reads it
 * (lib/configuration/variables):
 *
 * - a source's name is a lower-case letter and then letters and digits; `${AWS::Region}`, `${Foo}`
 * and `${aws::x}` are not variables and stay as they are;
 * - a fallback is another source or a literal: a quoted text, a number, true, false, null;
 * - variables may stand inside addresses and parameters, nowhere else inside a variable;
 * - `\${…}` is the text `${…}`; `\\${…}` is a backslash and a variable.
 *
 * Pure, thread-safe. Parsing is linear in the text. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

/* Variables inside of variables, and foreign `${…}` inside of each other: deeper is an error. */
#define EXPRESSION_MAX_NESTING 32

typedef struct Expression Expression;

/* A parameter or an address: a value, or a text with variables in it. */
typedef struct {
    json_t *value; /* owned; json_null for an empty one; NULL where there is an expression */
    Expression *expression; /* owned, or NULL */
} Argument;

typedef struct {
    char *type;        /* NULL: a literal */
    json_t *literal;   /* owned */
    GPtrArray *params; /* Argument*; NULL: without parentheses */
    Argument *address; /* NULL: none */
} VariableSource;

/* Part of a text that a value is put for. */
typedef struct {
    size_t start, end;  /* bytes of the expression's text */
    char *escape;       /* what an escape stands for; NULL for a variable */
    GPtrArray *sources; /* VariableSource*: the first that has a value counts */
    guint next_source;  /* those before it had none */
    json_t *value;      /* once it is known, owned */
} Variable;

struct Expression {
    char *text;
    GPtrArray *variables; /* Variable*, at least one, in order */
};

typedef struct {
    char *message;
    const char *hint; /* a constant, or NULL */
    size_t start;     /* of the variable in the text */
} ExpressionError;

/* Parses `text`. On success *ret is (transfer full) an Expression, or NULL where the text holds
 * nothing to replace. */
G_GNUC_WARN_UNUSED_RESULT
bool expression_parse(const char *text, Expression **ret, ExpressionError *ret_error);

/* The same for texts that were joined from parts: a variable never spans two of them, and what was
 * escaped in one stays so. */
G_GNUC_WARN_UNUSED_RESULT
bool expression_parse_parts(const GPtrArray *parts, Expression **ret, ExpressionError *ret_error);

/* Whether one variable is all of the text, so that its value keeps its type. */
bool expression_is_whole(const Expression *expression);

void expression_free(Expression *expression);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Expression, expression_free)
