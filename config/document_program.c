#include <string.h>

#include "config/document_tree.h"

/* Where a program's value was written, as far as looking tells: the program is read for its object
 * and array literals, and the value's keys are looked for in the literal that has most of its first
 * level. What is computed, spread or imported has the place of the nearest key above it. */

typedef struct {
    char *key; /* NULL: an item of an array, or no member of anything */
    uint32_t line, column, value_line, value_column;
    guint first_child, last_child, next; /* 0: none */
    char *name; /* of an identifier that is its value; or, of no member: what it is assigned to */
    GHashTable *members; /* key → index, made when it is first looked into; or NULL */
} Literal;

typedef struct {
    char open;      /* { [ ( */
    guint literal;  /* whose members these are; 0 in parentheses */
    guint member;   /* the one being read, 0: none */
    bool at_start;  /* a member may start here */
    bool has_value; /* something of the member's value was seen */
} Frame;

typedef struct {
    const char *at;
    unsigned line;
    const char *line_start, *column_at; /* columns are counted on, never anew */
    unsigned column;
    char before;    /* the last character that was no space or comment */
    char *declared; /* the name behind const, let or var */
    bool declares;
    GArray *literals;  /* Literal; the one at 0 is never used */
    GArray *frames;    /* Frame */
    GArray *loose;     /* guint: literals that are no member */
    GHashTable *named; /* char* (borrowed) → the loose literal of that name */
} Reader;

static Literal *literal_at(const Reader *reader, guint index)
{
    return &g_array_index(reader->literals, Literal, index);
}

static void literal_clear(void *data)
{
    Literal *literal = data;

    g_free(literal->key);
    g_free(literal->name);
    g_clear_pointer(&literal->members, g_hash_table_unref);
}

static unsigned column_of(Reader *reader, const char *at)
{
    if (reader->column_at < reader->line_start) {
        reader->column_at = reader->line_start;
        reader->column = 1;
    }
    for (; reader->column_at < at; reader->column_at++)
        reader->column += ((unsigned char)*reader->column_at & 0xc0) != 0x80;
    return reader->column;
}

static void step(Reader *reader)
{
    if (*reader->at == '\n') {
        reader->line++;
        reader->line_start = reader->at + 1;
    }
    reader->at++;
}

static void skip_until(Reader *reader, const char *end)
{
    while (*reader->at && !g_str_has_prefix(reader->at, end))
        step(reader);
    for (size_t i = strlen(end); i > 0 && *reader->at; i--)
        step(reader);
}

static bool skip_space(Reader *reader)
{
    if (g_ascii_isspace(*reader->at))
        step(reader);
    else if (g_str_has_prefix(reader->at, "//"))
        skip_until(reader, "\n");
    else if (g_str_has_prefix(reader->at, "/*"))
        skip_until(reader, "*/");
    else
        return false;
    return true;
}

/* Behind a quoted text or a regular expression, whose end is `quote`. */
static void skip_quoted(Reader *reader, char quote)
{
    bool in_class = false;

    for (step(reader); *reader->at && (*reader->at != quote || in_class); step(reader)) {
        if (*reader->at == '\n' && quote != '`')
            return;
        if (*reader->at == '\\' && reader->at[1])
            step(reader);
        else if (quote == '/' && *reader->at == '[')
            in_class = true;
        else if (quote == '/' && *reader->at == ']')
            in_class = false;
    }
    if (*reader->at)
        step(reader);
}

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

static Frame *top(const Reader *reader)
{
    return reader->frames->len > 0 ? &g_array_index(reader->frames, Frame, reader->frames->len - 1)
                                   : NULL;
}

static guint add_literal(Reader *reader, guint parent, unsigned line, unsigned column)
{
    Literal literal = {.line = line, .column = column, .value_line = line, .value_column = column};
    guint index = reader->literals->len;

    g_array_append_val(reader->literals, literal);
    if (!parent)
        return index;
    Literal *above = literal_at(reader, parent);

    if (above->last_child)
        literal_at(reader, above->last_child)->next = index;
    else
        above->first_child = index;
    above->last_child = index;
    return index;
}

/* What stands behind a key: ':' or, of a method or a shorthand, '(' ',' '}'. */
static char behind(const Reader *reader)
{
    Reader ahead = *reader;

    while (skip_space(&ahead))
        ;
    return *ahead.at;
}

static void take_key(Reader *reader, Frame *frame, const char *text, size_t length, unsigned line,
                     unsigned column)
{
    char next = behind(reader);

    frame->at_start = false;
    frame->member = 0;
    if (!next || !strchr(":(,}", next))
        return;
    frame->member = add_literal(reader, frame->literal, line, column);
    literal_at(reader, frame->member)->key = g_strndup(text, length);
    frame->has_value = next != ':';
    if (next == ',' || next == '}')
        literal_at(reader, frame->member)->name = g_strndup(text, length);
}

/* The first of a value is seen at `at`. */
static void take_value(Reader *reader, const char *at, size_t word_length, unsigned line,
                       unsigned column)
{
    Frame *frame = top(reader);
    Literal *member;

    if (!frame || frame->open == '(')
        return;
    if (frame->open == '[' && frame->at_start) {
        frame->member = add_literal(reader, frame->literal, line, column);
        frame->has_value = false;
    }
    frame->at_start = false;
    if (!frame->member || frame->has_value)
        return;
    frame->has_value = true;
    member = literal_at(reader, frame->member);
    member->value_line = line;
    member->value_column = column;
    if (word_length > 0)
        member->name = g_strndup(at, word_length);
}

static void take_word(Reader *reader)
{
    const char *start = reader->at;
    unsigned line = reader->line, column = column_of(reader, start);
    Frame *frame = top(reader);
    size_t length;

    while (is_word(*reader->at))
        step(reader);
    length = (size_t)(reader->at - start);
    if (frame && frame->open == '{' && frame->at_start)
        take_key(reader, frame, start, length, line, column);
    else
        take_value(reader, start, length, line, column);
    if (reader->declares) {
        g_free(reader->declared);
        reader->declared = g_strndup(start, length);
    }
    reader->declares =
        (length == 5 && strncmp(start, "const", 5) == 0) ||
        (length == 3 && (strncmp(start, "let", 3) == 0 || strncmp(start, "var", 3) == 0));
    reader->before = 'a';
}

static void take_quoted(Reader *reader, char quote)
{
    const char *start = reader->at;
    unsigned line = reader->line, column = column_of(reader, start);
    Frame *frame = top(reader);

    skip_quoted(reader, quote);
    if (frame && frame->open == '{' && frame->at_start && quote != '`' && quote != '/' &&
        reader->at - start >= 2)
        take_key(reader, frame, start + 1, (size_t)(reader->at - start - 2), line, column);
    else
        take_value(reader, start, 0, line, column);
    reader->before = 'a';
}

static void open_bracket(Reader *reader, char open)
{
    unsigned line = reader->line, column = column_of(reader, reader->at);
    Frame *above = top(reader);
    bool is_member =
        above && above->open != '(' && open != '(' &&
        ((above->open == '[' && above->at_start) || (above->member && !above->has_value));
    Frame frame = {.open = open, .at_start = open != '('};

    take_value(reader, reader->at, 0, line, column);
    if (is_member) {
        frame.literal = top(reader)->member;
    } else if (open != '(') {
        frame.literal = add_literal(reader, 0, line, column);
        if (reader->before == '=')
            literal_at(reader, frame.literal)->name = g_steal_pointer(&reader->declared);
        g_array_append_val(reader->loose, frame.literal);
    }
    g_array_append_val(reader->frames, frame);
}

static void take_sign(Reader *reader)
{
    char c = *reader->at;
    Frame *frame = top(reader);

    if (c == '{' || c == '[' || c == '(') {
        open_bracket(reader, c);
    } else if (c == '}' || c == ']' || c == ')') {
        if (frame)
            g_array_set_size(reader->frames, reader->frames->len - 1);
    } else if ((c == ',' || c == ';') && frame && frame->open != '(') {
        frame->at_start = true;
        frame->member = 0;
    } else if (c != ':') {
        take_value(reader, reader->at, 0, reader->line, column_of(reader, reader->at));
    }
    reader->before = c;
    step(reader);
}

static void read_literals(Reader *reader)
{
    while (*reader->at) {
        char c = *reader->at;

        if (skip_space(reader))
            continue;
        if (is_word(c))
            take_word(reader);
        else if (c == '"' || c == '\'' || c == '`')
            take_quoted(reader, c);
        else if (c == '/' && (!reader->before || strchr("(,=:[!&|?{};", reader->before)))
            take_quoted(reader, c);
        else
            take_sign(reader);
    }
}

static guint find_member(const Reader *reader, guint literal, const char *key)
{
    Literal *above = literal_at(reader, literal);

    if (!above->members) {
        above->members = g_hash_table_new(g_str_hash, g_str_equal);
        for (guint i = above->first_child; i; i = literal_at(reader, i)->next)
            if (literal_at(reader, i)->key)
                g_hash_table_replace(above->members, literal_at(reader, i)->key,
                                     GUINT_TO_POINTER(i));
    }
    return GPOINTER_TO_UINT(g_hash_table_lookup(above->members, key));
}

/* The literal that has most of the value's keys; 0: none. */
static guint find_root(const Reader *reader, json_t *root)
{
    guint best = 0;
    size_t best_count = 0;

    for (guint i = 0; i < reader->loose->len; i++) {
        guint literal = g_array_index(reader->loose, guint, i);
        size_t count = 0;

        for (guint child = literal_at(reader, literal)->first_child; child;
             child = literal_at(reader, child)->next) {
            const char *key = literal_at(reader, child)->key;

            count += key && json_object_get(root, key);
        }
        if (count > best_count) {
            best = literal;
            best_count = count;
        }
    }
    return best;
}

/* The literal with the members of a value: the one written there, or the one that the name written
 * there was given. */
static guint members_of(const Reader *reader, guint literal)
{
    const char *name = literal_at(reader, literal)->name;
    guint other = 0;

    if (!literal_at(reader, literal)->first_child && name)
        other = GPOINTER_TO_UINT(g_hash_table_lookup(reader->named, name));
    return other ? other : literal;
}

static void place_members(Document *document, const Reader *reader, uint32_t place, guint literal,
                          json_t *value, unsigned depth);

static uint32_t place_value(Document *document, const Reader *reader, guint literal, json_t *value,
                            unsigned depth)
{
    const Literal *at = literal_at(reader, literal);
    uint32_t place = document_add_place(document, at->value_line, at->value_column);

    if (at->key)
        document_set_key(document, place, at->key, at->line, at->column);
    place_members(document, reader, place, members_of(reader, literal), value, depth + 1);
    return place;
}

static void place_members(Document *document, const Reader *reader, uint32_t place, guint literal,
                          json_t *value, unsigned depth)
{
    PlaceList list = {0};
    guint item = literal_at(reader, literal)->first_child;
    const char *key;
    json_t *child;
    size_t index;

    if (depth > DOCUMENT_MAX_DEPTH)
        return;
    json_object_foreach(value, key, child)
    {
        guint member = find_member(reader, literal, key);

        if (member)
            document_add_child(document, &list,
                               place_value(document, reader, member, child, depth));
    }
    json_array_foreach(value, index, child)
    {
        if (!item || literal_at(reader, item)->key)
            break;
        document_add_child(document, &list, place_value(document, reader, item, child, depth));
        item = literal_at(reader, item)->next;
    }
    if (list.first)
        document_set_children(document, place, &list);
}

void document_read_program(Document *document)
{
    Reader reader = {.at = document->text,
                     .line = 1,
                     .line_start = document->text,
                     .column_at = document->text,
                     .column = 1,
                     .literals = g_array_new(FALSE, TRUE, sizeof(Literal)),
                     .frames = g_array_new(FALSE, TRUE, sizeof(Frame)),
                     .loose = g_array_new(FALSE, TRUE, sizeof(guint)),
                     .named = g_hash_table_new(g_str_hash, g_str_equal)};
    guint root;

    g_array_set_clear_func(reader.literals, literal_clear);
    g_array_set_size(reader.literals, 1);
    read_literals(&reader);
    for (guint i = 0; i < reader.loose->len; i++) {
        guint literal = g_array_index(reader.loose, guint, i);
        char *name = literal_at(&reader, literal)->name;

        if (name)
            g_hash_table_replace(reader.named, name, GUINT_TO_POINTER(literal));
    }
    root = find_root(&reader, document->root);
    document->root_place = document_add_place(document, 1, 1);
    if (root)
        place_members(document, &reader, document->root_place, root, document->root, 0);
    g_free(reader.declared);
    g_hash_table_unref(reader.named);
    g_array_unref(reader.literals);
    g_array_unref(reader.frames);
    g_array_unref(reader.loose);
}
