#include "reconcile/package/search_pattern.h"

#include <string.h>

/* Whether one of `marks` comes in `text` before `end` does (or at all). */
static bool comes_before(const char *text, char mark, char end)
{
    for (; *text && *text != end; text++)
        if (*text == mark)
            return true;
    return false;
}

/* "(a|b)": brackets with alternatives. */
static bool is_choice(const char *open)
{
    for (const char *at = open + 1; *at && *at != '('; at++)
        if (*at == '|' && comes_before(at + 1, ')', '|'))
            return true;
    return false;
}

static bool is_brace(const char *open)
{
    const char *close = strchr(open, '}');

    for (const char *at = open; close && at < close; at++)
        if (*at == ',' || (strncmp(at, "..", 2) == 0 && at + 1 < close))
            return true;
    return false;
}

bool search_pattern_is_dynamic(const char *pattern)
{
    const char *brace = strchr(pattern, '{');

    if (*pattern == '!' || pattern[strcspn(pattern, "\\*?")] || (brace && is_brace(brace)))
        return true;
    for (const char *at = pattern; *at; at++) {
        if (*at == '[' && comes_before(at + 1, ']', '['))
            return true;
        if (*at != '(')
            continue;
        if (at > pattern && strchr("!*+?@", at[-1]) ? comes_before(at + 1, ')', '(')
                                                    : is_choice(at))
            return true;
    }
    return false;
}

/* Whether `close` follows, with no backslash on the way. */
static bool closes(const char *at, char close)
{
    const char *end = strchr(at, close);
    const char *escape = strchr(at, '\\');

    return end && (!escape || escape > end);
}

static bool is_special_at(const char *text, const char *at)
{
    const char *pipe;

    if (*at == '*' || (strchr("].+)", *at) && at[1] == '?'))
        return true;
    if (strchr("@?!+", *at) && at[1] == '(' && strchr(at + 2, ')'))
        return true;
    if (*at == '[' && at[1] != ']')
        return closes(at, ']');
    if (*at == '{' && at[1] != '}')
        return closes(at, '}');
    if (*at != '(' || at[1] == '|')
        return *at == '!' && at == text;
    if (at[1] == '?' && at[2] && strchr(":!=", at[2]) && at[3] != ')' && closes(at, ')'))
        return true;
    pipe = strchr(at, '|');
    return pipe && pipe[1] != ')' && closes(pipe, ')');
}

/* Behind an escaped character; behind an escaped bracket and all up to the one that closes it. */
static const char *skip_escape(const char *at)
{
    static const char brackets[] = "{}()[]";
    const char *bracket = at[1] ? strchr(brackets, at[1]) : NULL;
    const char *end;

    if (!at[1])
        return at + 1;
    at += 2;
    if (!bracket || (bracket - brackets) % 2)
        return at;
    end = strchr(at, bracket[1]);
    return end ? end + 1 : at;
}

static bool is_glob(const char *text)
{
    for (const char *at = text; *at;) {
        if (is_special_at(text, at))
            return true;
        if (*at == '\\') {
            at = skip_escape(at);
            if (*at == '!')
                return true;
        } else {
            at++;
        }
    }
    return false;
}

/* Brackets that a folder's name was cut within. */
static bool has_open_bracket(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (at > text && at[-1] == '\\')
            continue;
        if (*at == '{' || *at == '[' || (*at == '(' && at[1] && !strchr(at + 1, ')')))
            return true;
    }
    return false;
}

/* The folder of a path, "." where it names none. */
static void cut_name(char *path)
{
    char *slash = strrchr(path, '/');

    while (slash > path && slash[-1] == '/')
        slash--;
    if (slash)
        slash[slash == path] = '\0';
    else
        strcpy(path, ".");
}

static bool ends_bracketed(const char *pattern)
{
    const size_t length = strlen(pattern);
    const size_t open = strcspn(pattern, "{[");

    return length && strchr("}]", pattern[length - 1]) && open < length - 1;
}

char *search_pattern_base(const char *pattern)
{
    char *base = g_strconcat(pattern, ends_bracketed(pattern) ? "/a" : "a", "  ", NULL);
    char *to = base;

    base[strlen(base) - 2] = '\0';
    do
        cut_name(base);
    while (is_glob(base) || has_open_bracket(base));
    for (const char *at = base; *at; at++)
        if (*at != '\\' || !at[1] || !strchr("!*?|[](){}", at[1]))
            *to++ = *at;
        else
            *to++ = *++at;
    *to = '\0';
    return base;
}

/* Behind what starts at `at` and is closed by `close`, or at the end. */
static const char *skip_to(const char *at, char close)
{
    for (; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == close)
            return at + 1;
    }
    return at;
}

static const char *skip_brace(const char *at)
{
    unsigned depth = 1;

    for (; *at && depth; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '{')
            depth++;
        else if (*at == '}')
            depth--;
    }
    return at;
}

/* Behind one piece of a pattern, which a '/' does not separate. */
static const char *skip_piece(const char *at)
{
    if (*at == '\\')
        return at[1] == '{' ? skip_brace(at + 2) : at + 1 + (at[1] != '\0');
    if (*at == '{')
        return skip_brace(at + 1);
    if (strchr("+@*?!", *at) && at[1] == '(')
        return skip_to(at + 2, ')');
    if (*at == '[')
        return skip_to(at + 1, ']');
    return *at == '(' ? skip_to(at + 1, ')') : at + 1;
}

GPtrArray *search_pattern_segments(const char *pattern)
{
    GPtrArray *segments = g_ptr_array_new_with_free_func(g_free);
    const char *start = pattern;

    while (g_str_has_prefix(start, "./"))
        start += 2;
    for (const char *at = start; *at;) {
        if (*at == '/') {
            g_ptr_array_add(segments, g_strndup(start, (gsize)(at - start)));
            start = ++at;
        } else {
            at = skip_piece(at);
        }
    }
    if (*start || segments->len == 0)
        g_ptr_array_add(segments, g_strdup(start));
    return segments;
}

bool search_pattern_keeps_out(const char *pattern)
{
    g_autofree char *name = NULL;
    size_t length = strlen(pattern), start;

    while (length > 1 && pattern[length - 1] == '/')
        length--;
    for (start = length; start && pattern[start - 1] != '/';)
        start--;
    name = g_strndup(pattern + start, length - start);
    return g_str_has_suffix(pattern, "/**") || !search_pattern_is_dynamic(name);
}
