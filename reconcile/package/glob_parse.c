#include "reconcile/package/glob_nodes.h"

#include "reconcile/package/package.h"

#include <string.h>

#define NODES_MAX \
    50000 /* what is read twice because brackets overlap could grow with the pattern's square */

/* What stands before the next piece: "**" crosses folders only where a segment starts. */
typedef enum { BEFORE_START, BEFORE_SLASH, BEFORE_GROUP, BEFORE_STAR, BEFORE_OTHER } Before;

typedef struct {
    Glob *glob;
    GlobSyntax syntax;
    const char *at;
    unsigned depth;
    const char *trouble;
} Parse;

/* A piece of the automaton: enters at start, leaves at end (an empty node whose way out is still
 * open). */
typedef struct {
    int start, end;
} Piece;

static Piece parse_sequence(Parse *parse, const char *stop, Before before);

static int add_node(Parse *parse, Node node)
{
    if (parse->glob->nodes->len >= NODES_MAX)
        parse->trouble = "it is too complicated";
    g_array_append_val(parse->glob->nodes, node);
    return (int)parse->glob->nodes->len - 1;
}

static void lead(Parse *parse, int from, int to)
{
    g_array_index(parse->glob->nodes, Node, from).out = to;
}

static int add_empty(Parse *parse)
{
    return add_node(parse, (Node){.kind = NODE_EMPTY, .out = -1, .out2 = -1});
}

static Piece nothing(Parse *parse)
{
    int node = add_empty(parse);

    return (Piece){node, node};
}

static Piece one(Parse *parse, Node node)
{
    int end = add_empty(parse);

    node.out = end;
    node.out2 = -1;
    return (Piece){add_node(parse, node), end};
}

static Piece character(Parse *parse, gunichar c)
{
    return one(parse, (Node){.kind = NODE_CHARACTER, .character = c});
}

static Piece join(Parse *parse, Piece first, Piece second)
{
    lead(parse, first.end, second.start);
    return (Piece){first.start, second.end};
}

static Piece either(Parse *parse, Piece first, Piece second)
{
    int end = add_empty(parse);
    int split =
        add_node(parse, (Node){.kind = NODE_SPLIT, .out = first.start, .out2 = second.start});

    lead(parse, first.end, end);
    lead(parse, second.end, end);
    return (Piece){split, end};
}

static Piece optional(Parse *parse, Piece piece)
{
    return either(parse, piece, nothing(parse));
}

/* At least `once`, or any number of times. */
static Piece repeat(Parse *parse, Piece piece, bool once)
{
    int end = add_empty(parse);
    int split = add_node(parse, (Node){.kind = NODE_SPLIT, .out = piece.start, .out2 = end});

    lead(parse, piece.end, split);
    return (Piece){once ? piece.start : split, end};
}

static Piece star(Parse *parse)
{
    return repeat(parse, one(parse, (Node){.kind = NODE_SEGMENT}), false);
}

static Piece anything(Parse *parse)
{
    return repeat(parse, one(parse, (Node){.kind = NODE_ANY}), false);
}

static Piece class_piece(Parse *parse, CharacterClass class)
{
    g_array_append_val(parse->glob->classes, class);
    return one(parse, (Node){.kind = NODE_CLASS, .index = parse->glob->classes->len - 1});
}

static Piece text_piece(Parse *parse, const char *text, size_t length)
{
    Piece piece = nothing(parse);

    for (const char *end = text + length; text < end; text = g_utf8_next_char(text))
        piece = join(parse, piece, character(parse, g_utf8_get_char(text)));
    return piece;
}

/* The bracket that closes the one at `open`, over nested ones and escapes; NULL when none does. */
static const char *find_close(const char *open)
{
    const char left = *open, right = left == '(' ? ')' : '}';
    unsigned depth = 0;

    for (const char *at = open; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == left)
            depth++;
        else if (*at == right && --depth == 0)
            return at;
    }
    return NULL;
}

/* What separates alternatives at the top of a brace: ',' ("{a,b}") or, without any, '.' ("{1..3}"),
 * or 0. */
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
        else if (depth == 0 && *at == ',')
            return ',';
        else if (depth == 0 && strncmp(at, "..", 2) == 0 && at > open + 1)
            kind = '.';
    }
    return kind;
}

static bool enter(Parse *parse)
{
    if (parse->depth >= GLOB_DEPTH_MAX) {
        parse->trouble = "brackets are nested too deep";
        return false;
    }
    parse->depth++;
    return true;
}

/* Alternatives up to `close`, which is eaten. `at` stands behind the opening bracket. */
static Piece parse_alternatives(Parse *parse, const char *close, const char *stop)
{
    Piece all;

    if (!enter(parse))
        return nothing(parse);
    all = parse_sequence(parse, stop, BEFORE_GROUP);
    while (!parse->trouble && parse->at < close) {
        const Before before = *parse->at == ',' ? BEFORE_GROUP : BEFORE_OTHER;

        parse->at++;
        all = either(parse, all, parse_sequence(parse, stop, before));
    }
    parse->at = close + 1;
    parse->depth--;
    return all;
}

static Piece parse_brace(Parse *parse, const char *close)
{
    const char *open = parse->at;
    CharacterClass class;
    Piece text;

    switch (brace_kind(open, close)) {
    case ',':
        parse->at++;
        return parse_alternatives(parse, close, ",|}");
    case '.':
        if (glob_class_of_range(open + 1, (size_t)(close - open - 1), &class)) {
            parse->at = close + 1;
            return class_piece(parse, class);
        }
        break;
    default:
        break;
    }
    parse->at++; /* "{a}" is text */
    if (!enter(parse))
        return nothing(parse);
    text = join(parse, character(parse, '{'), parse_sequence(parse, "}", BEFORE_OTHER));
    parse->depth--;
    if (*parse->at == '}')
        parse->at++;
    return join(parse, text, character(parse, '}'));
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

/* "!(a|b)": characters of the segment, where neither a nor b stands. What exactly is looked at
 * depends on what follows, as the framework's matcher makes a regular expression of it: with
 * nothing behind the whole rest, with a suffix behind a star the suffix too, otherwise only the
 * beginning. */
static Piece negated_group(Parse *parse, Piece inside, const char *open, const char *close)
{
    const size_t length = (size_t)(close - open - 1);
    const bool crosses = length > 1 && memchr(open + 1, '/', length);
    Look look = {.start = inside.start, .to_the_end = crosses || only_closes(close + 1)};
    Piece rest = {-1, -1}, eaten, not ;

    if (memchr(open + 1, '*', length) && is_plain_suffix(close + 1)) {
        const char *after = parse->at;

        rest = parse_sequence(parse, "", BEFORE_OTHER);
        parse->at = after;
        look.to_the_end = false;
        inside = join(parse, inside, rest);
    }
    lead(parse, inside.end, add_node(parse, (Node){.kind = NODE_DONE, .out = -1, .out2 = -1}));
    g_array_append_val(parse->glob->looks, look);
    not = one(parse, (Node){.kind = NODE_NOT, .index = parse->glob->looks->len - 1});
    eaten = crosses ? anything(parse) : star(parse);
    return join(parse, not, eaten);
}

static Piece quantified(Parse *parse, Piece piece, const char *marks)
{
    if (*parse->at && strchr(marks, *parse->at) && parse->at[1] != '(') {
        const char mark = *parse->at++;

        return mark == '+' ? repeat(parse, piece, true) : optional(parse, piece);
    }
    return piece;
}

/* "(a|b)" with what may stand before it, or 0. `at` is at the '('. */
static Piece parse_group(Parse *parse, char mark, const char *close)
{
    const char *open = parse->at;
    Piece inside;

    if (open[1] == '?') {
        parse->trouble = "\"(?\" is a regular expression, not a pattern";
        return nothing(parse);
    }
    parse->at++;
    inside = parse_alternatives(parse, close, "|)");
    switch (mark) {
    case '?':
        inside = optional(parse, inside);
        break;
    case '*':
        inside = repeat(parse, inside, false);
        break;
    case '+':
        inside = repeat(parse, inside, true);
        break;
    case '!':
        inside = negated_group(parse, inside, open, close);
        break;
    default:
        break;
    }
    return quantified(parse, inside, "+?");
}

/* A globstar segment followed by more of the same is one. Gives what stands behind the last. */
static const char *skip_globstars(const char *at)
{
    while (strncmp(at, "/**", 3) == 0 && (at[3] == '/' || !at[3]))
        at += 3;
    return at;
}

static bool ends_globstar(const char *at, bool grouped)
{
    return !*at || *at == '/' || (grouped && strchr("(),}", *at));
}

/* A run of stars; `at` is at the first. */
static Piece parse_stars(Parse *parse, Before before)
{
    const char *after = parse->at + strspn(parse->at, "*");
    const size_t count = (size_t)(after - parse->at);
    Piece piece;

    parse->at = after;
    if (count != 2 || before == BEFORE_OTHER || before == BEFORE_STAR ||
        !ends_globstar(after, parse->depth > 0))
        return star(parse);
    if (before == BEFORE_GROUP)
        return anything(parse);
    after = skip_globstars(after);
    parse->at = after;
    piece = anything(parse);
    if (*after == '/' && before == BEFORE_START) { /* "**" + "/x": in any folder, or in none */
        parse->at++;
        piece = optional(parse, join(parse, piece, character(parse, '/')));
    }
    return piece;
}

/* A '/', which takes a globstar segment behind it along: at the end it is the folder and all below,
 * in the middle it may stand for no folder at all. */
static Piece parse_slash(Parse *parse, Before before, Before *ret_before)
{
    const char *after = parse->at;
    Piece slash;

    *ret_before = BEFORE_SLASH;
    if (strncmp(after, "/**", 3) == 0 && (after[3] == '/' || !after[3]) && before != BEFORE_START) {
        after = skip_globstars(after);
        if (*after == '/') {
            parse->at = after + 1;
            slash = join(parse, character(parse, '/'), anything(parse));
            return either(parse, join(parse, slash, character(parse, '/')), character(parse, '/'));
        }
        parse->at = after;
        *ret_before = BEFORE_STAR;
        slash = join(parse, character(parse, '/'), anything(parse));
        return before == BEFORE_STAR ? slash
                                     : either(parse, slash, one(parse, (Node){.kind = NODE_END}));
    }
    parse->at++;
    return character(parse, '/');
}

static Piece parse_class(Parse *parse)
{
    const char *open = parse->at;
    CharacterClass class;
    bool also_text;
    const char *after = glob_class_parse(open, parse->syntax, &class, &also_text);
    Piece piece;

    if (!after) {
        parse->at++;
        return character(parse, '[');
    }
    parse->at = after;
    piece = class_piece(parse, class);
    if (also_text)
        piece = either(parse, piece, text_piece(parse, open, (size_t)(after - open)));
    return parse->syntax == GLOB_FRAMEWORK ? quantified(parse, piece, "+") : piece;
}

/* "…": text without its quotes. */
static Piece parse_quoted(Parse *parse)
{
    const char *text = parse->at + 1;
    const size_t length = strcspn(text, "\"");

    parse->at = text + length + (text[length] == '"');
    return text_piece(parse, text, length);
}

static Piece parse_plain(Parse *parse)
{
    gunichar c;

    if (*parse->at == '\\' && parse->at[1])
        parse->at++;
    c = g_utf8_get_char(parse->at);
    parse->at = g_utf8_next_char(parse->at);
    return character(parse, c);
}

/* What only the framework's patterns have; false when `at` is at none of it. */
static bool parse_framework_piece(Parse *parse, Piece *ret)
{
    const char c = *parse->at;
    const char *close;

    if (strchr("?*+@!", c) && parse->at[1] == '(' && (close = find_close(parse->at + 1))) {
        parse->at++;
        *ret = parse_group(parse, c, close);
        return true;
    }
    if (c == '(' && (close = find_close(parse->at))) {
        *ret = parse_group(parse, 0, close);
        return true;
    }
    if (c == '{' && (close = find_close(parse->at))) {
        *ret = quantified(parse, parse_brace(parse, close), "+");
        return true;
    }
    if (c == '"') {
        *ret = parse_quoted(parse);
        return true;
    }
    return false;
}

static Piece parse_piece(Parse *parse, Before before, Before *ret_before)
{
    Piece piece;

    *ret_before = BEFORE_OTHER;
    if (parse->syntax == GLOB_FRAMEWORK && parse_framework_piece(parse, &piece))
        return piece;
    switch (*parse->at) {
    case '*':
        piece = parse_stars(parse, before);
        *ret_before = parse->at[-1] == '/' ? BEFORE_SLASH : BEFORE_STAR;
        return piece;
    case '?':
        parse->at++;
        return one(parse, (Node){.kind = NODE_SEGMENT});
    case '/':
        return parse_slash(parse, before, ret_before);
    case '[':
        return parse_class(parse);
    default:
        return parse_plain(parse);
    }
}

/* Pieces up to the end or a character of `stop`, which is left. */
static Piece parse_sequence(Parse *parse, const char *stop, Before before)
{
    Piece sequence = nothing(parse);

    while (*parse->at && !strchr(stop, *parse->at) && !parse->trouble)
        sequence = join(parse, sequence, parse_piece(parse, before, &before));
    return sequence;
}

/* "**.js" and "**.min.js", alone, cross folders: the matcher has a way of its own for them. */
static bool is_any_with_suffix(const char *pattern)
{
    if (strncmp(pattern, "**.", 3) != 0)
        return false;
    for (const char *at = pattern + 2; *at; at++)
        if (*at == '.' ? !g_ascii_isalnum(at[1]) && at[1] != '_'
                       : !g_ascii_isalnum(*at) && *at != '_')
            return false;
    return true;
}

static char *plain_prefix(const char *pattern)
{
    size_t length = strcspn(pattern, "\\*?[{(\"!+@");

    while (length && pattern[length] && pattern[length - 1] == '/')
        length--;
    return g_strndup(pattern, length);
}

static void parse_whole(Parse *parse)
{
    Glob *glob = parse->glob;
    Piece whole;

    while (parse->syntax == GLOB_FRAMEWORK && parse->at[0] == '!' && parse->at[1] != '(') {
        glob->negated = !glob->negated;
        parse->at++;
    }
    if (g_str_has_prefix(parse->at, "./"))
        parse->at += 2;
    glob->prefix = glob->negated ? g_strdup("") : plain_prefix(parse->at);
    glob->plain = !glob->negated && strcmp(glob->prefix, parse->at) == 0;
    if (parse->syntax == GLOB_FRAMEWORK && is_any_with_suffix(parse->at)) {
        parse->at += 2;
        whole = anything(parse);
        whole = join(parse, whole, parse_sequence(parse, "", BEFORE_OTHER));
    } else {
        whole = parse_sequence(parse, "", BEFORE_START);
    }
    lead(parse, whole.end, add_node(parse, (Node){.kind = NODE_DONE, .out = -1, .out2 = -1}));
    glob->start = whole.start;
}

Glob *glob_compile(const char *pattern, GlobSyntax syntax, GError **error)
{
    g_autoptr(Glob) glob = g_new0(Glob, 1);
    Parse parse = {.glob = glob, .syntax = syntax, .at = pattern};

    glob->pattern = g_strdup(pattern);
    glob->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
    glob->classes = g_array_new(FALSE, FALSE, sizeof(CharacterClass));
    glob->looks = g_array_new(FALSE, FALSE, sizeof(Look));
    if (strlen(pattern) > GLOB_PATTERN_MAX)
        parse.trouble = "it is longer than 4096 bytes";
    else if (!g_utf8_validate(pattern, -1, NULL))
        parse.trouble = "it is not UTF-8";
    else
        parse_whole(&parse);
    if (!parse.trouble)
        return g_steal_pointer(&glob);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN, "pattern \"%.100s\": %s", pattern,
                parse.trouble);
    return NULL;
}

void glob_free(Glob *glob)
{
    if (!glob)
        return;
    for (guint i = 0; i < glob->classes->len; i++)
        g_array_unref(g_array_index(glob->classes, CharacterClass, i).ranges);
    g_array_unref(glob->classes);
    g_array_unref(glob->looks);
    g_array_unref(glob->nodes);
    g_free(glob->pattern);
    g_free(glob->prefix);
    g_free(glob);
}

const char *glob_prefix(const Glob *glob)
{
    return glob->prefix;
}

bool glob_is_plain(const char *pattern)
{
    return !pattern[strcspn(pattern, "\\*?[{(")] && !(*pattern == '!');
}

char *glob_base(const char *pattern)
{
    const char *special = pattern + strcspn(pattern, "\\*?[{(!+@");
    const char *slash = g_strrstr_len(pattern, special - pattern, "/");

    if (g_str_has_prefix(pattern, "./"))
        pattern += 2;
    return slash && slash > pattern ? g_strndup(pattern, (gsize)(slash - pattern)) : g_strdup("");
}
