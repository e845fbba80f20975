#include "reconcile/package/glob_nodes.h"

#include "reconcile/package/package.h"

#include <string.h>

/* What is being read of a sequence: `done`, and the piece that a quantifier would take. */
typedef struct {
    Piece done, last;
    bool has_last; /* false where a quantifier has nothing to repeat */
    bool is_lazy;  /* a quantifier stands already: "?" behind it changes nothing */
} Sequence;

/* A globstar segment followed by more of the same is one. Gives what stands behind the last. */
static const char *skip_globstars(const char *at)
{
    while (strncmp(at, "/**", 3) == 0 && (at[3] == '/' || !at[3]))
        at += 3;
    return at;
}

/* The stars of a run that are not the mark of a group. */
static size_t count_stars(const Parse *parse)
{
    const size_t count = strspn(parse->at, "*");
    const char *after = parse->at + count;
    const bool marks = parse->syntax != GLOB_IGNORE_FILE && *after == '(' && after[1] != '?' &&
                       glob_find_close(after);

    return marks ? count - 1 : count;
}

/* Whether a globstar before `at` stays one: anything else behind it makes it a star. */
static bool ends_globstar(const Parse *parse, const char *at)
{
    if (!*at || *at == '/')
        return true;
    if (parse->syntax == GLOB_IGNORE_FILE)
        return false;
    return *at == '(' || *at == ')' || (*at == '@' && at[1] == '(' && at[2] != '?') || *at == '{' ||
           (parse->braces && (*at == ',' || *at == '}'));
}

static bool may_globstar(const Parse *parse, Before before)
{
    switch (before) {
    case BEFORE_START:
    case BEFORE_SLASH:
    case BEFORE_PAREN_OPEN:
    case BEFORE_PAREN_CLOSE:
        return true;
    case BEFORE_BRACE:
    case BEFORE_BRACE_CLOSE:
        return parse->braces > 0;
    case BEFORE_DOT:
    case BEFORE_CLASS:
    case BEFORE_STAR:
    case BEFORE_OTHER:
        break;
    }
    return false;
}

static Piece plain_star(Parse *parse, Before before, bool alone)
{
    Piece piece = piece_star(parse);

    if (before != BEFORE_START && before != BEFORE_SLASH && before != BEFORE_DOT)
        return piece;
    if (alone && parse->at[0] != '*')
        piece = piece_join(parse, piece_kind(parse, NODE_MORE), piece);
    return piece_join(parse, piece_kind(parse, before == BEFORE_DOT ? NODE_NO_DOT : NODE_NO_DOTS),
                      piece);
}

/* A run of stars; `at` is at the first. */
static Piece parse_stars(Parse *parse, Before *before)
{
    const size_t count = count_stars(parse);
    const Before stood = *before;
    const char *after = parse->at + count;
    Piece piece;

    *before = BEFORE_STAR;
    parse->at = after;
    if (count != 2 || !may_globstar(parse, stood) || !ends_globstar(parse, after))
        return plain_star(parse, stood, count == 1);
    after = skip_globstars(after);
    parse->at = after;
    piece = piece_globstar(parse);
    if (*after == '/' && stood == BEFORE_START) { /* "**" + "/x": in any folder, or in none */
        parse->at++;
        *before = BEFORE_SLASH;
        piece = piece_optional(
            parse, piece_join(parse, piece_optional(parse, piece), piece_character(parse, '/')));
    }
    return piece;
}

/* A globstar segment behind a slash. At the end it is the folder and all below, in the middle it
 * may stand for no folder at all. */
static Piece parse_slash_globstar(Parse *parse, const char *after, Before *before)
{
    const bool folds = *before != BEFORE_STAR;
    Piece slash = piece_join(parse, piece_character(parse, '/'), piece_kind(parse, NODE_NO_DOTS));

    slash = piece_join(parse, slash, piece_globstar(parse));
    if (*after == '/') {
        Piece none = piece_character(parse, '/');

        parse->at = after + 1;
        *before = BEFORE_SLASH;
        slash = piece_join(parse, slash, piece_character(parse, '/'));
        if (after[1] && parse->syntax != GLOB_IGNORE_FILE)
            none = piece_either(parse, none, piece_kind(parse, NODE_END));
        return piece_either(parse, slash, none);
    }
    parse->at = after;
    *before = BEFORE_STAR;
    if (parse->syntax == GLOB_IGNORE_FILE) /* there the folder itself is not meant */
        return piece_join(parse, slash, piece_nothing(parse));
    return folds ? piece_either(parse, slash, piece_kind(parse, NODE_END)) : slash;
}

static Piece parse_slash(Parse *parse, Before *before)
{
    const char *after = parse->at;

    if (strncmp(after, "/**", 3) == 0 && (after[3] == '/' || !after[3]) && *before != BEFORE_START)
        return parse_slash_globstar(parse, skip_globstars(after), before);
    parse->at++;
    *before = BEFORE_SLASH;
    return piece_character(parse, '/');
}

static Piece parse_class(Parse *parse, Before *before)
{
    const char *start = parse->at;
    g_autofree char *text = NULL;
    CharacterClass class;
    Piece piece;

    *before = BEFORE_CLASS;
    if (!glob_class_parse(&parse->at, parse->syntax, &class, &text)) {
        parse->glob->never |= parse->syntax == GLOB_IGNORE_FILE; /* to git it is no pattern then */
        parse->at = start + 1;
        return piece_character(parse, '[');
    }
    piece = piece_class(parse, class);
    return text ? piece_either(parse, piece, piece_text(parse, text, strlen(text))) : piece;
}

static Piece parse_escape(Parse *parse, Before *before)
{
    const char *at = ++parse->at;
    CharacterClass class;

    *before = BEFORE_OTHER;
    if (!*at)
        return piece_character(parse, '\\');
    parse->at = g_utf8_next_char(at);
    if (parse->syntax != GLOB_IGNORE_FILE && glob_class_of_escape(*at, &class))
        return piece_class(parse, class);
    return piece_character(parse, g_utf8_get_char(at));
}

static Piece parse_plain(Parse *parse, Before *before)
{
    const char *at = parse->at;
    const bool starts = *before == BEFORE_START || *before == BEFORE_SLASH || parse->depth > 0;

    *before = *at == '.' && starts ? BEFORE_DOT : BEFORE_OTHER;
    parse->at = g_utf8_next_char(at);
    return piece_character(parse, g_utf8_get_char(at));
}

/* "…": text without its quotes, up to the next one or the end. */
static Piece parse_quoted(Parse *parse, Before *before)
{
    const char *text = parse->at + 1;
    const size_t length = strcspn(text, "\"");

    if (length)
        *before = BEFORE_OTHER;
    parse->at = text + length + (text[length] == '"');
    return piece_text(parse, text, length);
}

/* What only the framework's patterns have; false when `at` is at none of it. */
static bool parse_bracket(Parse *parse, Before *before, Piece *ret)
{
    if (*parse->at == '"')
        *ret = parse_quoted(parse, before);
    else if (*parse->at == '{' && glob_find_close(parse->at))
        *ret = glob_brace(parse, before);
    else if (glob_is_group(parse) && !(*parse->at == '?' && *before == BEFORE_PAREN_OPEN))
        *ret = glob_group(parse, before);
    else
        return false;
    return true;
}

static Piece parse_piece(Parse *parse, Before *before)
{
    Piece piece;

    if (parse->syntax != GLOB_IGNORE_FILE && parse_bracket(parse, before, &piece))
        return piece;
    switch (*parse->at) {
    case '*':
        return parse_stars(parse, before);
    case '?':
        if (*before == BEFORE_PAREN_OPEN)
            return parse_plain(parse, before);
        parse->at++;
        *before = BEFORE_OTHER;
        return piece_kind(parse, NODE_SEGMENT);
    case '/':
        return parse_slash(parse, before);
    case '[':
        return parse_class(parse, before);
    case '\\':
        if (parse->syntax != GLOB_IGNORE_FILE && parse->at[1] && strchr("/.;", parse->at[1])) {
            parse->at++;
            return parse_piece(parse, before);
        }
        return parse_escape(parse, before);
    default:
        return parse_plain(parse, before);
    }
}

/* "+" and "?" are a regular expression's quantifiers behind some brackets, "+" within round ones
 * everywhere. */
static bool is_quantifier(const Parse *parse, Before before)
{
    if (parse->syntax == GLOB_IGNORE_FILE || glob_is_group(parse))
        return false;
    if (*parse->at == '?')
        return before == BEFORE_PAREN_CLOSE;
    return *parse->at == '+' && before != BEFORE_PAREN_OPEN &&
           (parse->parens || before == BEFORE_CLASS || before == BEFORE_PAREN_CLOSE ||
            before == BEFORE_BRACE || before == BEFORE_BRACE_CLOSE);
}

static void quantify(Parse *parse, Sequence *sequence)
{
    const char mark = *parse->at++;

    if (mark == '?' && sequence->is_lazy)
        return;
    if (!sequence->has_last) {
        parse->glob->never = true; /* the expression would be none */
        return;
    }
    sequence->last = mark == '+' ? piece_repeat(parse, sequence->last, true)
                                 : piece_optional(parse, sequence->last);
    sequence->has_last = false;
    sequence->is_lazy = true;
}

/* Whether the piece ends with a quantifier of its own. */
static bool is_quantified(const char *start, Before before)
{
    return before == BEFORE_STAR || (before == BEFORE_PAREN_CLOSE && strchr("?*+", *start)) ||
           before == BEFORE_SLASH;
}

Piece glob_sequence(Parse *parse, const char *stop, Before *before)
{
    Sequence sequence = {.done = piece_nothing(parse), .last = piece_nothing(parse)};

    while (*parse->at && !strchr(stop, *parse->at) && !parse->trouble) {
        const char *start = parse->at;

        if (is_quantifier(parse, *before)) {
            quantify(parse, &sequence);
            *before = BEFORE_OTHER;
            continue;
        }
        sequence.done = piece_join(parse, sequence.done, sequence.last);
        sequence.last = parse_piece(parse, before);
        sequence.is_lazy = is_quantified(start, *before);
        sequence.has_last = !sequence.is_lazy;
    }
    return piece_join(parse, sequence.done, sequence.last);
}

/* The matcher has ways of its own for some patterns that begin with a star or a dot, followed by
 * suffixes of plain characters: "**.min.js" crosses folders. */
static size_t quick_length(const char *pattern)
{
    size_t length = strlen(pattern);
    static const char *const quick[] = {"**", "*.*", "**/*.*"};

    for (;;) {
        size_t start = length;

        for (size_t i = 0; i < G_N_ELEMENTS(quick); i++)
            if (strlen(quick[i]) == length && strncmp(pattern, quick[i], length) == 0)
                return length;
        while (start && (g_ascii_isalnum(pattern[start - 1]) || pattern[start - 1] == '_'))
            start--;
        if (start == length || !start || pattern[start - 1] != '.')
            return 0;
        length = start - 1;
    }
}

/* Without brackets and quotes a pattern of one segment is read in a simpler way, in which '|' is
 * itself. */
static bool is_simple(const char *pattern)
{
    return *pattern != '*' && *pattern != '!' && !pattern[strcspn(pattern, "/()[]{}\"")];
}

static char *plain_prefix(const char *pattern)
{
    size_t length = strcspn(pattern, "\\*?[{(\"!+@|");

    if (pattern[length] == '|')
        return g_strdup("");
    while (length && pattern[length] && pattern[length - 1] == '/')
        length--;
    return g_strndup(pattern, strchr(pattern, '|') ? 0 : length);
}

/* `length`: of what the suffixes stand behind. */
static Piece parse_quick(Parse *parse, size_t length)
{
    const char *end = parse->at + length;
    Before before = length == 2 ? BEFORE_OTHER : BEFORE_START;

    if (length == 2) {
        Piece piece = piece_globstar(parse);

        parse->at = end;
        return piece_join(parse, piece, glob_sequence(parse, "", &before));
    }
    if (!*end) { /* behind the dot stands something: "*.?*" */
        g_autofree char *start = g_strndup(parse->at, length - 1);
        g_autofree char *longer = g_strconcat(start, "?*", NULL);

        parse->at = longer;
        Piece piece = glob_sequence(parse, "", &before);

        parse->at = end;
        return piece;
    }
    return glob_sequence(parse, "", &before);
}

static Piece parse_alternatives(Parse *parse)
{
    const char *stop = is_simple(parse->at) ? "" : "|";
    Before before = BEFORE_START;
    Piece all = glob_sequence(parse, stop, &before);

    while (*parse->at && !parse->trouble) {
        before = BEFORE_OTHER;
        parse->at++;
        all = piece_either(parse, all, glob_sequence(parse, stop, &before));
    }
    return all;
}

static void parse_framework(Parse *parse)
{
    Glob *glob = parse->glob;
    size_t quick;

    if (g_str_has_prefix(parse->at, "./")) /* one is nothing at all: "./!a" is "!a" */
        parse->at += 2;
    while (parse->at[0] == '!' && (parse->at[1] != '(' || (parse->at[2] == '?' && parse->at[3] &&
                                                           strchr("!=<:", parse->at[3])))) {
        glob->negated = !glob->negated;
        parse->at++;
    }
    while (g_str_has_prefix(parse->at, "./"))
        parse->at += 2;
    if (strcmp(parse->at, "***") == 0)
        parse->at += 2;
    glob->prefix = glob->negated ? g_strdup("") : plain_prefix(parse->at);
    glob->plain = !glob->negated && strcmp(glob->prefix, parse->at) == 0;
    glob->everything = !glob->negated && strcmp(parse->at, "**") == 0;
    quick = quick_length(parse->at);
    const Piece whole = quick ? parse_quick(parse, quick) : parse_alternatives(parse);

    glob->start = whole.start;
    piece_done(parse, whole);
}

static void parse_ignored(Parse *parse)
{
    Before before = BEFORE_START;
    Piece whole;

    parse->glob->prefix = plain_prefix(parse->at);
    parse->glob->plain = strcmp(parse->glob->prefix, parse->at) == 0;
    whole = glob_sequence(parse, "", &before);
    parse->glob->start = whole.start;
    piece_done(parse, whole);
}

Glob *glob_compile(const char *pattern, GlobSyntax syntax, GError **error)
{
    g_autoptr(Glob) glob = g_new0(Glob, 1);
    Parse parse = {.glob = glob, .syntax = syntax, .at = pattern};

    glob->pattern = g_strdup(pattern);
    glob->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
    glob->classes = g_array_new(FALSE, FALSE, sizeof(CharacterClass));
    glob->looks = g_array_new(FALSE, FALSE, sizeof(Look));
    glob->exact = syntax == GLOB_MATCH;
    if (strlen(pattern) > GLOB_PATTERN_MAX)
        parse.trouble = "it is longer than 4096 bytes";
    else if (!g_utf8_validate(pattern, -1, NULL))
        parse.trouble = "it is not UTF-8";
    else if (syntax == GLOB_IGNORE_FILE)
        parse_ignored(&parse);
    else
        parse_framework(&parse);
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

uint64_t glob_steps(const Glob *glob)
{
    return glob->steps;
}
