#include "reconcile/package/glob_nodes.h"

#include <string.h>

typedef enum { UNKNOWN, MATCHES, MATCHES_NOT } Memo;

typedef struct {
    const Glob *glob;
    gunichar *text;
    size_t length;
    unsigned char *memos; /* Memo of look times position */
} Match;

/* Nodes that the automaton is in, each once. */
typedef struct {
    int *nodes;
    unsigned count;
    unsigned *seen; /* per node: the last round that added it */
    unsigned round;
} States;

static bool run(Match *match, int start, size_t from, bool to_the_end);

static bool look_matches(Match *match, guint index, size_t position)
{
    const Look *look = &g_array_index(match->glob->looks, Look, index);
    unsigned char *memo = &match->memos[index * (match->length + 1) + position];

    if (*memo == UNKNOWN)
        *memo = run(match, look->start, position, look->to_the_end) ? MATCHES : MATCHES_NOT;
    return *memo == MATCHES;
}

/* Adds a node and all that it leads to without eating. The list itself is what is still to be
 * looked at. */
static void add_closure(Match *match, States *states, int node, size_t position)
{
    unsigned next = states->count;

    if (states->seen[node] == states->round)
        return;
    states->seen[node] = states->round;
    states->nodes[states->count++] = node;
    while (next < states->count) {
        const Node *at = &g_array_index(match->glob->nodes, Node, states->nodes[next++]);
        const int outs[] = {at->out, at->kind == NODE_SPLIT ? at->out2 : -1};
        const bool open = at->kind == NODE_EMPTY || at->kind == NODE_SPLIT ||
                          (at->kind == NODE_END && position == match->length) ||
                          (at->kind == NODE_NOT && !look_matches(match, at->index, position));

        for (size_t i = 0; open && i < G_N_ELEMENTS(outs); i++)
            if (outs[i] >= 0 && states->seen[outs[i]] != states->round) {
                states->seen[outs[i]] = states->round;
                states->nodes[states->count++] = outs[i];
            }
    }
}

static bool class_holds(const CharacterClass *class, gunichar c)
{
    for (guint i = 0; i < class->ranges->len; i++) {
        const CharacterRange *range = &g_array_index(class->ranges, CharacterRange, i);

        if (c >= range->first && c <= range->last)
            return !class->negated;
    }
    return class->negated;
}

static bool eats(const Glob *glob, const Node *node, gunichar c)
{
    switch (node->kind) {
    case NODE_CHARACTER:
        return node->character == c;
    case NODE_SEGMENT:
        return c != '/';
    case NODE_ANY:
        return true;
    case NODE_CLASS:
        return class_holds(&g_array_index(glob->classes, CharacterClass, node->index), c);
    case NODE_EMPTY:
    case NODE_SPLIT:
    case NODE_END:
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

        if (eats(match->glob, node, match->text[position]))
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

static bool run_whole(const Glob *glob, const char *path)
{
    g_autofree unsigned char *memos = NULL;
    Match match = {.glob = glob, .text = g_new(gunichar, strlen(path) + 1)};
    bool matches;

    for (const char *at = path; *at;) {
        gunichar c = g_utf8_get_char_validated(at, -1);

        if (c >=
            0x80000000) { /* a byte that is no text stands for itself, as nothing in a pattern */
            c = 0x40000000 | (guchar)*at;
            at++;
        } else {
            at = g_utf8_next_char(at);
        }
        match.text[match.length++] = c;
    }
    memos = g_malloc0(MAX(1, glob->looks->len * (match.length + 1)));
    match.memos = memos;
    matches = run(&match, glob->start, 0, true);
    g_free(match.text);
    return matches;
}

bool glob_matches(Glob *glob, const char *path)
{
    const size_t prefix = strlen(glob->prefix);

    if (!*path)
        return false;
    if (strcmp(path, glob->pattern) == 0) /* a name always matches itself, whatever is in it */
        return true;
    if (strncmp(path, glob->prefix, prefix) != 0)
        return false;
    if (glob->plain)
        return !path[prefix];
    return run_whole(glob, path) != glob->negated;
}
