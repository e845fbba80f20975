#include "reconcile/package/glob_nodes.h"

#include <string.h>

typedef enum { UNKNOWN, MATCHES, MATCHES_NOT } Memo;

typedef enum {
    FOLLOWS_DOTS = 1, /* a segment "." or ".." starts here, and is entered by no star */
    FOLLOWS_DOT = 2,  /* the segment ends here, or behind a '.' */
    ENTERS_DOTS = 4,  /* what is eaten here leads into such a segment */
} Place;

typedef struct {
    Glob *glob;
    gunichar2 *text;
    size_t length;
    unsigned char *places; /* Place by position */
    unsigned char *memos;  /* Memo of look times position */
    bool is_folder;        /* the text is but the beginning of paths */
    bool optimistic;       /* of what is not known yet the better is taken */
} Match;

/* Nodes that the automaton is in, each once. */
typedef struct {
    int *nodes;
    unsigned count;
    unsigned *seen; /* per node: the last round that added it */
    unsigned round;
} States;

static bool run(Match *match, int start, size_t from, bool to_the_end);

static bool is_end(const Match *match, size_t position)
{
    return position == match->length && !match->is_folder;
}

static bool look_matches(Match *match, guint index, size_t position)
{
    const Look *look = &g_array_index(match->glob->looks, Look, index);
    unsigned char *memo = &match->memos[index * (match->length + 1) + position];

    if (*memo == UNKNOWN)
        *memo = run(match, look->start, position, look->to_the_end) ? MATCHES : MATCHES_NOT;
    return *memo == MATCHES;
}

/* Whether an automaton may go through a node without eating. */
static bool is_open(Match *match, const Node *node, size_t position)
{
    switch (node->kind) {
    case NODE_EMPTY:
    case NODE_SPLIT:
        return true;
    case NODE_END:
        return is_end(match, position);
    case NODE_MORE:
        return !is_end(match, position);
    case NODE_NO_DOTS:
        return !(match->places[position] & FOLLOWS_DOTS);
    case NODE_NO_DOT:
        return !(match->places[position] & FOLLOWS_DOT);
    case NODE_NOT:
        return match->is_folder ? match->optimistic : !look_matches(match, node->index, position);
    case NODE_CHARACTER:
    case NODE_SEGMENT:
    case NODE_GLOBSTAR:
    case NODE_CLASS:
    case NODE_DONE:
        break;
    }
    return false;
}

static void add_state(States *states, int node)
{
    if (node < 0 || states->seen[node] == states->round)
        return;
    states->seen[node] = states->round;
    states->nodes[states->count++] = node;
}

/* Adds a node and all that it leads to without eating. The list itself is what is still to be
 * looked at. */
static void add_closure(Match *match, States *states, int node, size_t position)
{
    unsigned next = states->count;

    add_state(states, node);
    for (; next < states->count; next++) {
        const Node *at = &g_array_index(match->glob->nodes, Node, states->nodes[next]);

        match->glob->steps++;
        if (!is_open(match, at, position))
            continue;
        add_state(states, at->out);
        if (at->kind == NODE_SPLIT)
            add_state(states, at->out2);
    }
}

static bool class_holds(const CharacterClass *class, gunichar2 c)
{
    for (guint i = 0; i < class->ranges->len; i++) {
        const CharacterRange *range = &g_array_index(class->ranges, CharacterRange, i);

        if (c >= range->first && c <= range->last)
            return !class->negated;
    }
    return class->negated;
}

static bool eats(const Match *match, const Node *node, size_t position)
{
    const gunichar2 c = match->text[position];

    switch (node->kind) {
    case NODE_CHARACTER:
        return node->character == c;
    case NODE_SEGMENT:
        return c != '/';
    case NODE_GLOBSTAR:
        return c != '\n' && !(match->places[position] & ENTERS_DOTS);
    case NODE_CLASS:
        return class_holds(&g_array_index(match->glob->classes, CharacterClass, node->index), c);
    case NODE_EMPTY:
    case NODE_SPLIT:
    case NODE_END:
    case NODE_MORE:
    case NODE_NO_DOTS:
    case NODE_NO_DOT:
    case NODE_NOT:
    case NODE_DONE:
        break;
    }
    return false;
}

static bool is_done(const Match *match, const States *states)
{
    for (unsigned i = 0; i < states->count; i++)
        if (g_array_index(match->glob->nodes, Node, states->nodes[i]).kind == NODE_DONE)
            return true;
    return false;
}

static void step(Match *match, const States *from, States *to, size_t position)
{
    to->count = 0;
    to->round++;
    for (unsigned i = 0; i < from->count; i++) {
        const Node *node = &g_array_index(match->glob->nodes, Node, from->nodes[i]);

        if (eats(match, node, position))
            add_closure(match, to, node->out, position + 1);
    }
}

static States states_new(guint size)
{
    return (States){.nodes = g_new(int, size), .seen = g_new0(unsigned, size), .round = 1};
}

static void states_clear(States *states)
{
    g_free(states->nodes);
    g_free(states->seen);
}

/* Whether the automaton entered at `start` is done at some position after `from`, or at the end of
 * the text. */
static bool run(Match *match, int start, size_t from, bool to_the_end)
{
    const guint size = match->glob->nodes->len;
    States now = states_new(size), next = states_new(size);
    bool done;

    add_closure(match, &now, start, from);
    for (size_t i = from; i < match->length && now.count; i++) {
        if (!to_the_end && is_done(match, &now))
            break;
        step(match, &now, &next, i);
        States swapped = now;

        now = next;
        next = swapped;
    }
    done = is_done(match, &now);
    states_clear(&now);
    states_clear(&next);
    return done;
}

/* The length of a segment of only one or two dots at `position`, or 0. */
static size_t dots_at(const Match *match, size_t position)
{
    size_t end = position;

    while (end < match->length && match->text[end] == '.' && end - position < 3)
        end++;
    return end > position && end - position < 3 && (end == match->length || match->text[end] == '/')
               ? end - position
               : 0;
}

static void find_places(Match *match)
{
    const gunichar2 *text = match->text;
    const size_t length = match->length;

    for (size_t i = 0; i <= length; i++) {
        const bool ends = i < length ? text[i] == '/' : !match->is_folder;
        const bool dot_ends =
            i < length && text[i] == '.' && (i + 1 == length || text[i + 1] == '/');

        if (dots_at(match, i))
            match->places[i] |= FOLLOWS_DOTS | (i == 0 ? ENTERS_DOTS : 0);
        if (ends || dot_ends)
            match->places[i] |= FOLLOWS_DOT;
        if (i < length && text[i] == '/' && dots_at(match, i + 1))
            match->places[i] |= ENTERS_DOTS;
    }
}

static void match_init(Match *match, Glob *glob, const char *path)
{
    g_autofree char *valid = g_utf8_make_valid(path, -1);
    glong length = 0;

    match->glob = glob;
    match->text = g_utf8_to_utf16(valid, -1, NULL, &length, NULL);
    match->length = (size_t)length;
    match->places = g_malloc0(match->length + 1);
    match->memos = g_malloc0(MAX(1, glob->looks->len * (match->length + 1)));
    find_places(match);
}

static void match_clear(Match *match)
{
    g_free(match->text);
    g_free(match->places);
    g_free(match->memos);
}

static bool run_whole(Glob *glob, const char *path)
{
    Match match = {0};
    bool matches;

    match_init(&match, glob, path);
    matches = run(&match, glob->start, 0, true);
    match_clear(&match);
    return matches;
}

/* Whether "**" surely matches: no segment starts with a dot, and no name holds a line's end. */
static bool is_ordinary(const char *path)
{
    for (const char *at = path; *at; at++)
        if (*at == '\n' || (*at == '.' && (at == path || at[-1] == '/')))
            return false;
    return true;
}

bool glob_matches(Glob *glob, const char *path)
{
    const size_t prefix = strlen(glob->prefix);

    if (!*path)
        return false;
    if (glob->exact && strcmp(path, glob->pattern) == 0)
        return true; /* a name always matches itself, whatever is in it */
    if (glob->never || strncmp(path, glob->prefix, prefix) != 0)
        return false;
    if (glob->plain)
        return !path[prefix];
    if (glob->everything && is_ordinary(path))
        return true;
    return run_whole(glob, path) != glob->negated;
}

/* What a set of states leads to when a '/', or any other unit at all, is eaten. */
static States step_any(Match *match, const States *from, bool slash)
{
    States to = states_new(match->glob->nodes->len);

    for (unsigned i = 0; i < from->count; i++) {
        const Node *node = &g_array_index(match->glob->nodes, Node, from->nodes[i]);

        if (node->kind == NODE_GLOBSTAR || (!slash && node->kind == NODE_SEGMENT) ||
            (slash && node->kind == NODE_CHARACTER && node->character == '/'))
            add_closure(match, &to, node->out, match->length);
    }
    return to;
}

static bool is_eating(const Glob *glob, int node)
{
    switch (g_array_index(glob->nodes, Node, node).kind) {
    case NODE_CHARACTER:
    case NODE_SEGMENT:
    case NODE_GLOBSTAR:
    case NODE_CLASS:
        return true;
    case NODE_EMPTY:
    case NODE_SPLIT:
    case NODE_END:
    case NODE_MORE:
    case NODE_NO_DOTS:
    case NODE_NO_DOT:
    case NODE_NOT:
    case NODE_DONE:
        break;
    }
    return false;
}

/* What is to come depends on the states that eat alone. */
static bool includes(const Glob *glob, const States *all, const States *some)
{
    for (unsigned i = 0; i < some->count; i++)
        if (is_eating(glob, some->nodes[i]) && all->seen[some->nodes[i]] != all->round)
            return false;
    return true;
}

/* Whether everything below matches: any name does, stays matched however long it is, and behind it
 * a '/' leads to where we are (more states never match less). */
static bool takes_all(Match *match, const States *here)
{
    States name = step_any(match, here, false), longer = step_any(match, &name, false);
    States below = step_any(match, &name, true);
    const bool all = is_done(match, &name) && is_done(match, &longer) &&
                     includes(match->glob, &longer, &name) && includes(match->glob, &below, here);

    states_clear(&name);
    states_clear(&longer);
    states_clear(&below);
    return all;
}

/* The states that the beginning of a path leads to. */
static void run_beginning(Match *match, States *now, States *next)
{
    add_closure(match, now, match->glob->start, 0);
    for (size_t i = 0; i < match->length && now->count; i++) {
        States swapped = *now;

        step(match, now, next, i);
        *now = *next;
        *next = swapped;
    }
}

static GlobBelow look_below(Glob *glob, const char *beginning, bool optimistic)
{
    Match match = {.is_folder = true, .optimistic = optimistic};
    States now = states_new(glob->nodes->len), next = states_new(glob->nodes->len);
    GlobBelow below;

    match_init(&match, glob, beginning);
    run_beginning(&match, &now, &next);
    below = !now.count                ? GLOB_NONE_BELOW
            : takes_all(&match, &now) ? GLOB_ALL_BELOW
                                      : GLOB_SOME_BELOW;
    states_clear(&now);
    states_clear(&next);
    match_clear(&match);
    return below;
}

GlobBelow glob_below(Glob *glob, const char *folder)
{
    g_autofree char *beginning = *folder ? g_strconcat(folder, "/", NULL) : g_strdup("");
    const size_t known = strlen(glob->prefix), length = strlen(beginning);

    if (glob->exact && strncmp(glob->pattern, beginning, length) == 0)
        return GLOB_SOME_BELOW;
    if (glob->never || strncmp(glob->prefix, beginning, MIN(known, length)) != 0)
        return GLOB_NONE_BELOW;
    if (glob->negated)
        return GLOB_SOME_BELOW;
    if (glob->plain)
        return known > length ? GLOB_SOME_BELOW : GLOB_NONE_BELOW;
    if (look_below(glob, beginning, true) == GLOB_NONE_BELOW)
        return GLOB_NONE_BELOW;
    return look_below(glob, beginning, false) == GLOB_ALL_BELOW ? GLOB_ALL_BELOW : GLOB_SOME_BELOW;
}
