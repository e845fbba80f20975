#include "reconcile/package/glob_nodes.h"

/* What is read twice because brackets overlap could grow with the pattern's square. */
#define NODES_MAX 50000

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

Piece piece_nothing(Parse *parse)
{
    int node = add_empty(parse);

    return (Piece){node, node};
}

Piece piece_one(Parse *parse, Node node)
{
    int end = add_empty(parse);

    node.out = end;
    node.out2 = -1;
    return (Piece){add_node(parse, node), end};
}

Piece piece_kind(Parse *parse, NodeKind kind)
{
    return piece_one(parse, (Node){.kind = kind});
}

static Piece unit(Parse *parse, gunichar c)
{
    return piece_one(parse, (Node){.kind = NODE_CHARACTER, .character = (gunichar2)c});
}

Piece piece_character(Parse *parse, gunichar c)
{
    if (c < 0x10000)
        return unit(parse, c);
    c -= 0x10000;
    return piece_join(parse, unit(parse, 0xd800 + (c >> 10)), unit(parse, 0xdc00 + (c & 0x3ff)));
}

Piece piece_text(Parse *parse, const char *text, size_t length)
{
    Piece piece = piece_nothing(parse);

    for (const char *end = text + length; text < end; text = g_utf8_next_char(text))
        piece = piece_join(parse, piece, piece_character(parse, g_utf8_get_char(text)));
    return piece;
}

Piece piece_class(Parse *parse, CharacterClass class)
{
    if (!class.ranges) {
        parse->glob->never = true;
        return piece_nothing(parse);
    }
    g_array_append_val(parse->glob->classes, class);
    return piece_one(parse, (Node){.kind = NODE_CLASS, .index = parse->glob->classes->len - 1});
}

Piece piece_join(Parse *parse, Piece first, Piece second)
{
    lead(parse, first.end, second.start);
    return (Piece){first.start, second.end};
}

Piece piece_either(Parse *parse, Piece first, Piece second)
{
    int end = add_empty(parse);
    int split =
        add_node(parse, (Node){.kind = NODE_SPLIT, .out = first.start, .out2 = second.start});

    lead(parse, first.end, end);
    lead(parse, second.end, end);
    return (Piece){split, end};
}

Piece piece_optional(Parse *parse, Piece piece)
{
    return piece_either(parse, piece, piece_nothing(parse));
}

Piece piece_repeat(Parse *parse, Piece piece, bool once)
{
    int end = add_empty(parse);
    int split = add_node(parse, (Node){.kind = NODE_SPLIT, .out = piece.start, .out2 = end});

    lead(parse, piece.end, split);
    return (Piece){once ? piece.start : split, end};
}

Piece piece_star(Parse *parse)
{
    return piece_repeat(parse, piece_kind(parse, NODE_SEGMENT), false);
}

Piece piece_globstar(Parse *parse)
{
    return piece_repeat(parse, piece_kind(parse, NODE_GLOBSTAR), false);
}

Piece piece_not(Parse *parse, Piece inside, bool to_the_end)
{
    const Look look = {.start = inside.start, .to_the_end = to_the_end};

    piece_done(parse, inside);
    if (parse->glob->looks->len >= GLOB_LOOKS_MAX)
        parse->trouble = "it has more than 64 groups that say what must not be there";
    g_array_append_val(parse->glob->looks, look);
    return piece_one(parse, (Node){.kind = NODE_NOT, .index = parse->glob->looks->len - 1});
}

void piece_done(Parse *parse, Piece piece)
{
    lead(parse, piece.end, add_node(parse, (Node){.kind = NODE_DONE, .out = -1, .out2 = -1}));
}
