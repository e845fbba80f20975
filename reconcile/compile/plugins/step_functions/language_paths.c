/* Paths of the Amazon States Language (https://states-language.net/spec.html#path), as
 * asl-path-validator reads them. Alternatives are tried in its order and the first that fits is
 * kept, so that what is accepted is the same; each part of a text is read a fixed number of times.
 */
#include "reconcile/compile/plugins/step_functions/language.h"

#include <string.h>

typedef struct {
    const char *at;
    unsigned depth;
    bool function, variable, many; /* `many`: may lead to several places, or to none */
} Path;

static bool take(Path *path, const char *text)
{
    const size_t length = strlen(text);

    if (strncmp(path->at, text, length) != 0)
        return false;
    path->at += length;
    return true;
}

static void skip_space(Path *path)
{
    path->at += strspn(path->at, " \t\n");
}

static bool take_digits(Path *path)
{
    const size_t length = strspn(path->at, "0123456789");

    path->at += length;
    return length > 0;
}

static bool take_number(Path *path)
{
    const char *start = path->at;

    take(path, "-");
    if (take_digits(path))
        return true;
    path->at = start;
    return false;
}

/* A backslash and what it escapes, which is neither a backslash nor "n". */
static bool take_escaped(Path *path)
{
    if (path->at[0] != '\\' || !path->at[1] || strchr("\\n", path->at[1]))
        return false;
    path->at += 2;
    return true;
}

static bool take_name(Path *path)
{
    const char *start = path->at;

    for (;;) {
        const size_t length = strcspn(path->at, "),'\"\\.[] ><!=");

        path->at += length;
        if (length == 0 && !take_escaped(path))
            return path->at > start;
    }
}

static bool take_quoted(Path *path)
{
    const char *start = path->at;
    const char quote = *start, stop[] = {quote, '\\', '\0'};

    if (quote != '\'' && quote != '"')
        return false;
    path->at++;
    do {
        path->at += strcspn(path->at, stop);
    } while (take_escaped(path));
    if (*path->at == quote) {
        path->at++;
        return true;
    }
    path->at = start;
    return false;
}

static bool take_comparison(Path *path)
{
    return take(path, "==") || take(path, "<=") || take(path, "<") || take(path, ">=") ||
           take(path, ">");
}

static bool take_literal(Path *path)
{
    return take_quoted(path) || take_number(path) || take(path, "true") || take(path, "false") ||
           take(path, "null");
}

/* Back to where `before` was, where an alternative does not fit. */
static bool back(Path *path, Path before)
{
    *path = before;
    return false;
}

static bool take_inner(Path *path);

static bool take_argument(Path *path)
{
    return take_inner(path) || take_literal(path);
}

static bool take_arguments(Path *path)
{
    skip_space(path);
    if (take(path, ")"))
        return true;
    if (!take_argument(path))
        return false;
    skip_space(path);
    while (take(path, ",")) { /* no space before the second comma */
        skip_space(path);
        if (!take_argument(path))
            return false;
    }
    skip_space(path);
    return take(path, ")");
}

static bool take_one_argument(Path *path)
{
    skip_space(path);
    if (!take_argument(path))
        return false;
    skip_space(path);
    return take(path, ")");
}

static bool take_no_argument(Path *path)
{
    skip_space(path);
    return take(path, ")");
}

static bool take_addend(Path *path)
{
    return take_inner(path) || take_number(path);
}

static bool take_addends(Path *path)
{
    skip_space(path);
    if (!take_addend(path))
        return false;
    skip_space(path);
    if (!take(path, ","))
        return false;
    skip_space(path);
    if (!take_addend(path))
        return false;
    skip_space(path);
    return take(path, ")");
}

static bool take_function(Path *path)
{
    // clang-format off
    static const struct {
        const char *name;
        bool (*arguments)(Path *path);
    } functions[] = {
        {"States.Array(",          take_arguments},    {"States.ArrayPartition(", take_arguments},
        {"States.ArrayContains(",  take_arguments},    {"States.ArrayRange(",     take_arguments},
        {"States.ArrayGetItem(",   take_arguments},    {"States.ArrayLength(",    take_one_argument},
        {"States.ArrayUnique(",    take_one_argument}, {"States.Base64Encode(",   take_one_argument},
        {"States.Base64Decode(",   take_one_argument}, {"States.Hash(",           take_arguments},
        {"States.JsonMerge(",      take_arguments},    {"States.StringToJson(",   take_one_argument},
        {"States.JsonToString(",   take_one_argument}, {"States.MathRandom(",     take_arguments},
        {"States.MathAdd(",        take_addends},      {"States.StringSplit(",    take_arguments},
        {"States.UUID(",           take_no_argument},  {"States.Format(",         take_arguments},
    };
    // clang-format on

    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        Path before = *path;

        if (!take(path, functions[i].name))
            continue;
        path->function = true;
        return functions[i].arguments(path) || back(path, before);
    }
    return false;
}

/* "(…)", or a path or value, perhaps compared with a number. */
static bool take_expression(Path *path)
{
    Path before = *path;

    if (path->depth > LANGUAGE_DEPTH_MAX)
        return false;
    path->depth++;
    if (take(path, "(")) {
        skip_space(path);
        if (!take_expression(path))
            return back(path, before);
        skip_space(path);
        if (!take(path, ")"))
            return back(path, before);
    } else if (take_argument(path)) {
        Path whole = *path;

        skip_space(path);
        if (!take_comparison(path))
            *path = whole;
        else {
            skip_space(path);
            if (!take_number(path))
                *path = whole;
        }
    } else {
        return back(path, before);
    }
    path->depth = before.depth;
    return true;
}

/* "@.name == name", "@.name < value"; else an expression. */
static bool take_predicate(Path *path)
{
    Path before = *path;

    if (take(path, "@.") && take_name(path)) {
        skip_space(path);
        if (take_comparison(path)) {
            skip_space(path);
            if (take_name(path) || take_literal(path))
                return true;
        }
    }
    *path = before;
    return take_expression(path);
}

/* "1:2", "1:", ":2" */
static bool take_slice(Path *path)
{
    Path before = *path;
    const bool from = take_number(path);

    if (!take(path, ":"))
        return back(path, before);
    if (!take_number(path) && !from)
        return back(path, before);
    path->many = true;
    return true;
}

static bool take_filter(Path *path)
{
    Path before = *path;

    if (!take(path, "?("))
        return false;
    skip_space(path);
    if (!take_predicate(path))
        return back(path, before);
    skip_space(path);
    path->many = true;
    return take(path, ")") || back(path, before);
}

/* "(@.length - 1)" */
static bool take_from_end(Path *path)
{
    Path before = *path;

    if (!take(path, "("))
        return false;
    skip_space(path);
    if (!take(path, "@.length"))
        return back(path, before);
    skip_space(path);
    if (!take(path, "-"))
        return back(path, before);
    skip_space(path);
    if (!take_digits(path))
        return back(path, before);
    skip_space(path);
    path->many = true;
    return take(path, ")") || back(path, before);
}

static bool closes(Path *path)
{
    skip_space(path);
    return take(path, "]");
}

static bool take_in_brackets(Path *path)
{
    return take_quoted(path) || take_slice(path) || take_digits(path) || take_filter(path) ||
           take_from_end(path) || take_inner(path);
}

/* "-1", "0,2" */
static bool take_indices(Path *path)
{
    if (*path->at == '-')
        path->many = true;
    if (!take_number(path))
        return false;
    skip_space(path);
    while (take(path, ",")) {
        path->many = true;
        skip_space(path);
        if (!take_number(path))
            return false;
    }
    return true;
}

static bool take_brackets(Path *path)
{
    Path before = *path, inside;

    if (!take(path, "["))
        return false;
    skip_space(path);
    inside = *path;
    if (take_in_brackets(path) && closes(path))
        return true;
    *path = inside;
    if (take(path, "*") && closes(path)) {
        path->many = true;
        return true;
    }
    *path = inside;
    return (take_indices(path) && closes(path)) || back(path, before);
}

static bool take_step(Path *path)
{
    Path before = *path;

    if (take(path, "..")) {
        path->many = true;
        if (take_name(path) || take_brackets(path))
            return true;
        *path = before;
    }
    if (take(path, ".*")) {
        path->many = true;
        return true;
    }
    if (take(path, ".") && take_name(path))
        return true;
    *path = before;
    return take_brackets(path);
}

static void take_steps(Path *path)
{
    while (take_step(path))
        ;
}

/* What may stand at the start, and as an argument ("@" only there). */
static bool take_root(Path *path, bool inside)
{
    if (take(path, "$$")) {
        take_steps(path);
        return true;
    }
    if (take(path, "$")) {
        path->variable |= take_name(path);
        take_steps(path);
        return true;
    }
    if (inside && take(path, "@")) {
        path->many = true;
        take_steps(path);
        return true;
    }
    return take_function(path);
}

static bool take_inner(Path *path)
{
    const unsigned depth = path->depth;
    bool taken;

    if (depth > LANGUAGE_DEPTH_MAX)
        return false;
    path->depth++;
    taken = take_root(path, true);
    path->depth = depth;
    return taken;
}

bool language_is_path(const char *text, PathKind kind)
{
    Path path = {.at = text}, after = {.at = *text ? text + 1 : text};
    const bool plain = *text == '$' && (text[1] == '$' || !take_name(&after));

    if (!take_root(&path, false))
        return false;
    if (plain) /* the grammar has no space after a variable or a function */
        skip_space(&path);
    if (*path.at)
        return false;
    return (kind == PATH_IN_TEMPLATE || !path.function) &&
           (kind < PATH_OF_REFERENCE || !path.many) && (kind != PATH_OF_RESULT || !path.variable);
}
