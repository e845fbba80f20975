/* Brackets of a pattern, round and curly. What the framework's matcher makes of them is a regular
 * expression, and odd patterns mean what that happens to mean. */
#include "reconcile/package/glob_nodes.h"

#include <string.h>

const char *glob_find_close(const char *open)
{
    const char left = *open, right = left == '(' ? ')' : '}';
    unsigned depth = 0;
    bool classes = true;

    for (const char *at = open; *at; at++) {
        if (*at == '\\' && at[1]) {
            at++;
        } else if (*at == '[' && classes) {
            const char *end = glob_class_end(at);

            classes = end > at + 1; /* where one does not end, none behind it does */
            at = end - 1;
        } else if (*at == left)
            depth++;
        else if (*at == right && --depth == 0)
            return at;
    }
    return NULL;
}

/* The beginning of what is a regular expression in brackets, and no pattern. */
static bool is_expression(const char *open)
{
    return open[1] == '?' && open[2] && strchr("!=<:", open[2]);
}

bool glob_is_group(const Parse *parse)
{
    const char *at = parse->at;

    if (*at == '(')
        return glob_find_close(at);
    if (!strchr("?*+@!", *at) || at[1] != '(' || !glob_find_close(at + 1))
        return false;
    return *at == '!' ? !is_expression(at + 1) : at[2] != '?';
}

bool glob_enter(Parse *parse)
{
    if (parse->depth >= GLOB_DEPTH_MAX) {
        parse->trouble = "brackets are nested too deep";
        return false;
    }
    parse->depth++;
    return true;
}

/* Alternatives up to `close`, which is eaten. `at` stands behind the opening bracket. */
static Piece alternatives(Parse *parse, const char *close, const char *stop, Before first)
{
    Before before = first;
    Piece all;

    if (!glob_enter(parse))
        return piece_nothing(parse);
    all = glob_sequence(parse, stop, &before);
    while (!parse->trouble && parse->at < close) {
        before = *parse->at == ',' ? BEFORE_BRACE : BEFORE_OTHER;
        parse->at++;
        all = piece_either(parse, all, glob_sequence(parse, stop, &before));
    }
    parse->at = close + 1;
    parse->depth--;
    return all;
}

/* The alternatives of a group's inside, without spaces around them. */
static GPtrArray *split_alternatives(const char *inside, size_t length)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
    unsigned depth = 0;
    size_t start = 0;

    for (size_t i = 0; i <= length; i++) {
        if (i < length && inside[i] == '\\' && i + 1 < length) {
            i++;
        } else if (i < length && strchr("([", inside[i])) {
            depth++;
        } else if (i < length && strchr(")]", inside[i])) {
            depth -= depth > 0;
        } else if (i == length || (inside[i] == '|' && depth == 0)) {
            g_ptr_array_add(parts, g_strstrip(g_strndup(inside + start, i - start)));
            start = i + 1;
        }
    }
    return parts;
}

static bool is_only(const char *text, const char *characters)
{
    return *text && !text[strspn(text, characters)];
}

/* Whether one is the beginning of the other, both of one repeated character: "a" and "aaa". */
static bool repeat_alike(const char *a, const char *b)
{
    const char one[] = {*a, '\0'};

    return *a && !strchr("?*+@!()[]{}\\", *a) && is_only(a, one) && is_only(b, one);
}

/* A group that repeats, as the whole of an alternative. */
static bool is_repeated_group(const char *text)
{
    const char *close =
        (*text == '*' || *text == '+') && text[1] == '(' ? glob_find_close(text + 1) : NULL;

    return close && !close[1];
}

/* "*(a)*(b)": groups of one character each. Adds them; false for anything else. */
static bool are_single_characters(const char *text, GString *characters)
{
    if (!*text)
        return false;
    for (; *text; text = strchr(text, ')') + 1) {
        const char *next = strncmp(text, "*(", 2) == 0 && text[2] ? g_utf8_next_char(text + 2) : "";

        if (*next != ')' || strchr("?*+@!()[]{}\\|", text[2]))
            return false;
        g_string_append_len(characters, text + 2, next - text - 2);
    }
    return true;
}

typedef enum { REPEATS, REPEATS_AS_TEXT, REPEATS_CHARACTERS } Repetition;

/* Against expressions that take forever the matcher reads some repeated groups as mere text, and
 * nested ones of single characters as a class. */
static Repetition judge_repetition(const char *inside, size_t length, GString *characters)
{
    g_autoptr(GPtrArray) parts = split_alternatives(inside, length);

    for (guint i = 0; i < parts->len && parts->len > 1; i++) {
        const char *part = g_ptr_array_index(parts, i);

        if (!*part || is_only(part, "*?"))
            return REPEATS_AS_TEXT;
        for (guint j = i + 1; j < parts->len; j++)
            if (repeat_alike(part, g_ptr_array_index(parts, j)))
                return REPEATS_AS_TEXT;
    }
    for (guint i = 0; i < parts->len; i++) {
        g_string_truncate(characters, 0);
        if (are_single_characters(g_ptr_array_index(parts, i), characters))
            return REPEATS_CHARACTERS;
        if (is_repeated_group(g_ptr_array_index(parts, i)))
            return REPEATS_AS_TEXT;
    }
    return REPEATS;
}

/* Whether what follows a "!(…)" is nothing but closing brackets: then the whole rest of the path is
 * looked at. */
static bool only_closes(const char *rest)
{
    return rest[strspn(rest, ")")] == '\0';
}

static bool is_plain_suffix(const char *rest)
{
    return *rest == '.' && rest[1] && !rest[1 + strcspn(rest + 1, "\\/.")];
}

/* Whether `c` is in the group itself; what groups within it hold is theirs. */
static bool holds(const char *open, const char *close, char c)
{
    for (const char *at = open + 1; at < close; at++) {
        if (strchr("?*+!", *at) && at[1] == '(' && at + 1 < close) {
            const char *end = glob_find_close(at + 1);

            if (*at == c)
                return true;
            at = end ? end : close;
        } else if (*at == c) {
            return true;
        }
    }
    return false;
}

/* "!(a|b)": characters of the segment, where neither a nor b stands. What exactly is looked at
 * depends on what follows: with nothing behind the whole rest, with a suffix behind a star the
 * suffix too, otherwise only the beginning. */
static Piece negated(Parse *parse, Piece inside, const char *open, const char *close)
{
    const bool crosses = close - open > 2 && holds(open, close, '/');
    bool to_the_end = crosses || only_closes(close + 1);

    if (holds(open, close, '*') && is_plain_suffix(close + 1)) {
        const Parse kept = *parse;
        Before before = BEFORE_START;

        parse->depth = parse->parens = parse->braces = 0;
        inside = piece_join(parse, inside, glob_sequence(parse, "", &before));
        parse->at = kept.at;
        parse->depth = kept.depth;
        parse->parens = kept.parens;
        parse->braces = kept.braces;
        parse->quoted = kept.quoted;
        to_the_end = false;
    }
    return piece_join(parse, piece_not(parse, inside, to_the_end),
                      crosses ? piece_globstar(parse) : piece_star(parse));
}

static Piece any_of(Parse *parse, const char *characters)
{
    Piece all = piece_character(parse, g_utf8_get_char(characters));

    while (*(characters = g_utf8_next_char(characters)))
        all = piece_either(parse, all, piece_character(parse, g_utf8_get_char(characters)));
    return piece_repeat(parse, all, false);
}

static Piece unescaped(Parse *parse, const char *text, const char *end)
{
    Piece piece = piece_nothing(parse);

    for (; text < end; text = g_utf8_next_char(text)) {
        if (*text == '\\' && text + 1 < end)
            text++;
        piece = piece_join(parse, piece, piece_character(parse, g_utf8_get_char(text)));
    }
    return piece;
}

/* A group that the matcher does not repeat, or leaves alone; false when it does repeat it. */
static bool tame(Parse *parse, const char *start, const char *close, Piece *ret)
{
    g_autoptr(GString) characters = g_string_new(NULL);

    switch (judge_repetition(start + 2, (size_t)(close - start - 2), characters)) {
    case REPEATS_AS_TEXT:
        *ret = unescaped(parse, start, close + 1);
        break;
    case REPEATS_CHARACTERS:
        *ret = any_of(parse, characters->str);
        break;
    case REPEATS:
        return false;
    }
    parse->at = close + 1;
    return true;
}

Piece glob_group(Parse *parse, Before *before)
{
    const char *start = parse->at;
    const char mark = *start == '(' ? 0 : *start;
    const char *open = start + (mark != 0), *close = glob_find_close(open);
    Piece inside;

    *before = BEFORE_PAREN_CLOSE;
    if (is_expression(open)) {
        parse->trouble = "\"(?\" is a regular expression, not a pattern";
        return piece_nothing(parse);
    }
    if ((mark == '*' || mark == '+') && tame(parse, start, close, &inside))
        return inside;
    parse->at = open + 1;
    parse->parens++;
    inside = alternatives(parse, close, "|)", BEFORE_PAREN_OPEN);
    parse->parens--;
    switch (mark) {
    case '?':
        return piece_optional(parse, inside);
    case '*':
        return piece_repeat(parse, inside, false);
    case '+':
        return piece_repeat(parse, inside, true);
    case '!':
        return negated(parse, inside, open, close);
    default:
        return inside;
    }
}

/* What separates alternatives at the top of a brace: ',' ("{a,b}"), or '.' where ".." makes it a
 * range ("{1..3}", also with commas), or 0. */
static char brace_kind(const char *open, const char *close)
{
    unsigned depth = 0;
    char kind = 0;

    for (const char *at = open + 1; at < close; at++) {
        if (*at == '\\' && at + 1 < close)
            at++;
        else if (*at == '{' || *at == '(')
            depth++;
        else if (*at == '}' || *at == ')')
            depth -= depth > 0;
        else if (depth == 0 && strncmp(at, "..", 2) == 0)
            return '.';
        else if (depth == 0 && *at == ',')
            kind = ',';
    }
    return kind;
}

Piece glob_brace(Parse *parse, Before *before)
{
    const char *open = parse->at, *close = glob_find_close(open);
    const char kind = brace_kind(open, close);
    CharacterClass class;
    Piece piece;

    *before = BEFORE_BRACE_CLOSE;
    if (kind == '.') {
        parse->at = close + 1;
        return glob_class_of_range(open + 1, (size_t)(close - open - 1), &class)
                   ? piece_class(parse, class)
                   : unescaped(parse, open + 1, close);
    }
    parse->at++;
    parse->braces++;
    if (kind) {
        piece = alternatives(parse, close, ",|}", BEFORE_BRACE);
    } else { /* "{a}" is text */
        Before inside = BEFORE_BRACE;

        piece = piece_character(parse, '{');
        if (glob_enter(parse)) {
            piece = piece_join(parse, piece, glob_sequence(parse, "}", &inside));
            parse->depth--;
        }
        parse->at += *parse->at == '}';
        piece = piece_join(parse, piece, piece_character(parse, '}'));
    }
    parse->braces--;
    return piece;
}
