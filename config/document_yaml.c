#include <string.h>
#include <yaml.h>

#include "config/document_tree.h"
#include "config/json_text.h"
#include "config/yaml_error.h"
#include "config/yaml_scalar.h"
#include "config/yaml_tab.h"
#include "config/yaml_tag.h"

#define CORE_TAG "tag:yaml.org,2002:"

/* Of texts with tabs, which are read from the start for each of them. */
#define MAX_READ_BYTES (16u << 20)

/* A value as it was read. What is below it is known in numbers, so that an alias can be refused
 * before it is followed. */
typedef struct {
    json_t *value;
    uint32_t place;
    unsigned height; /* levels below */
    size_t nodes, bytes;
    bool is_open; /* an anchor whose value is still being read */
} Node;

typedef struct {
    yaml_parser_t parser;
    Document *document;
    Problems *problems;
    GHashTable *anchors; /* char* → Node* */
    unsigned depth;
    size_t nodes, bytes;
    unsigned mistakes;
    size_t read_bytes; /* by all beginnings */
    bool again;        /* the text is another one now: read it from the start */
} Reader;

static bool read_node(Reader *reader, yaml_event_t *event, Node *ret);

static void node_clear(Node *node)
{
    g_clear_pointer(&node->value, json_decref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Node, node_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(yaml_event_t, yaml_event_delete)

static void anchor_free(Node *anchor)
{
    node_clear(anchor);
    g_free(anchor);
}

static Position mark_position(const Reader *reader, yaml_mark_t mark)
{
    return (Position){reader->document->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

G_GNUC_PRINTF(4, 5)
static void mistake(Reader *reader, yaml_mark_t mark, const char *hint, const char *format, ...)
{
    Position at = mark_position(reader, mark);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    document_error(reader->document, reader->problems, &at, hint, "%s", message);
    reader->mistakes++;
}

static bool next_event(Reader *reader, yaml_event_t *ret)
{
    if (yaml_parser_parse(&reader->parser, ret))
        return true;
    reader->again =
        reader->read_bytes < MAX_READ_BYTES && yaml_tab_forgive(reader->document, &reader->parser);
    if (reader->again)
        return false;
    yaml_error_report(reader->document, &reader->parser, reader->problems);
    return false;
}

/* Counts against the ceilings; false stops the reading. */
static bool count(Reader *reader, yaml_mark_t mark, size_t nodes, size_t bytes)
{
    reader->nodes += nodes;
    reader->bytes += bytes;
    if (reader->nodes > DOCUMENT_MAX_NODES)
        mistake(reader, mark, "split the file, or use fewer aliases",
                "the document holds more than %u values once its aliases are expanded",
                DOCUMENT_MAX_NODES);
    else if (reader->bytes > DOCUMENT_MAX_EXPANDED_BYTES)
        mistake(reader, mark, "split the file, or use fewer aliases",
                "the document holds more than %u MiB of text once its aliases are expanded",
                DOCUMENT_MAX_EXPANDED_BYTES >> 20);
    else
        return reader->mistakes < DOCUMENT_MAX_MISTAKES;
    return false;
}

static bool check_depth(Reader *reader, yaml_mark_t mark, unsigned below)
{
    if (reader->depth + below <= DOCUMENT_MAX_DEPTH)
        return true;
    mistake(reader, mark, NULL, "the document is nested deeper than %u levels", DOCUMENT_MAX_DEPTH);
    return false;
}

/* Puts `inner` into {function: inner}, whose places all are where the tag stands. */
static void wrap(Reader *reader, yaml_mark_t mark, const char *function, Node *node)
{
    Document *document = reader->document;
    Position at = mark_position(reader, mark);
    uint32_t outer = document_add_place(document, at.line, at.column);

    document_set_key(document, node->place, function, at.line, at.column);
    document_place(document, outer)->first_child = node->place;
    node->value = json_pack("{s:o}", function, node->value);
    node->place = outer;
    node->height++;
}

/* "a.b.c" is attribute "b.c" of resource "a", and so is "a" attribute "" (as the framework reads
 * it). */
static void split_get_att(Reader *reader, yaml_mark_t mark, Node *node)
{
    Document *document = reader->document;
    Position at = mark_position(reader, mark);
    PlaceList items = {0};
    const char *text = json_string_value(node->value);
    const char *dot = strchr(text, '.');
    json_t *pair = json_array();

    json_array_append_new(pair, json_stringn(text, dot ? (size_t)(dot - text) : strlen(text)));
    json_array_append_new(pair, json_string(dot ? dot + 1 : ""));
    for (int i = 0; i < 2; i++)
        document_add_child(document, &items, document_add_place(document, at.line, at.column));
    document_set_children(document, node->place, &items);
    json_decref(node->value);
    node->value = pair;
    node->height++;
}

static void unknown_tag(Reader *reader, yaml_mark_t mark, const char *tag)
{
    const char *nearest = yaml_tag_nearest(tag);
    g_autofree char *meant = nearest ? g_strdup_printf("did you mean %s?", nearest) : NULL;

    if (g_str_has_prefix(tag, CORE_TAG))
        mistake(reader, mark, "remove the tag", "the tag !!%s cannot stand here",
                tag + strlen(CORE_TAG));
    else
        mistake(reader, mark, meant ? meant : "quote a text that starts with !", "unknown tag %s",
                tag);
}

/* A scalar whose tag is of YAML's own; false: the tag is unknown (ret is untouched). */
static bool read_core_tag(Reader *reader, const yaml_event_t *event, json_t **ret)
{
    static const struct {
        const char *name;
        YamlScalarKind kind;
    } kinds[] = {{"null", YAML_SCALAR_NULL},
                 {"bool", YAML_SCALAR_BOOL},
                 {"int", YAML_SCALAR_INT},
                 {"float", YAML_SCALAR_FLOAT}};
    const char *tag = (const char *)event->data.scalar.tag;
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    bool not_finite = false;

    if (strcmp(tag, "!") == 0 || strcmp(tag, CORE_TAG "str") == 0) {
        *ret = json_stringn(text, length);
        return true;
    }
    if (!g_str_has_prefix(tag, CORE_TAG))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (strcmp(tag + strlen(CORE_TAG), kinds[i].name) != 0)
            continue;
        *ret = yaml_scalar_read(text, length, kinds[i].kind, &not_finite);
        if (!*ret) {
            mistake(reader, event->start_mark, "remove the tag, or correct the value",
                    "\"%s\" cannot be read as !!%s", text, kinds[i].name);
            *ret = json_null();
        }
        return true;
    }
    return false;
}

static json_t *read_plain(Reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    bool not_finite = false;
    json_t *value = yaml_scalar_read(text, event->data.scalar.length, YAML_SCALAR_ANY, &not_finite);

    if (value)
        return value;
    mistake(reader, event->start_mark, "quote it if it is meant as text",
            "the number %s cannot be written in a template", text);
    return json_null();
}

static bool read_scalar(Reader *reader, const yaml_event_t *event, Node *node)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    const char *tag = (const char *)event->data.scalar.tag;
    const char *function = tag ? yaml_tag_function(tag) : NULL;

    if (!count(reader, event->start_mark, 1, length))
        return false;
    if (memchr(text, '\0', length)) {
        mistake(reader, event->start_mark, "remove the escape \\0",
                "a text with a NUL character cannot be deployed");
        node->value = json_null();
    } else if (function) {
        if (length == 0 && event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
            mistake(reader, event->start_mark, "write its argument behind it", "%s has no value",
                    tag);
        node->value = json_stringn(text, length);
        if (strcmp(function, "Fn::GetAtt") == 0)
            split_get_att(reader, event->start_mark, node);
        wrap(reader, event->start_mark, function, node);
    } else if (tag) {
        if (!read_core_tag(reader, event, &node->value)) {
            unknown_tag(reader, event->start_mark, tag);
            node->value = json_null();
        }
    } else {
        node->value = event->data.scalar.plain_implicit ? read_plain(reader, event)
                                                        : json_stringn(text, length);
    }
    return true;
}

static void collection_tag(Reader *reader, const yaml_event_t *event, const char *tag,
                           const char *core, Node *node)
{
    const char *function = tag ? yaml_tag_function(tag) : NULL;

    if (function)
        wrap(reader, event->start_mark, function, node);
    else if (tag && strcmp(tag, "!") != 0 && strcmp(tag, core) != 0)
        unknown_tag(reader, event->start_mark, tag);
}

static bool read_sequence(Reader *reader, const yaml_event_t *start, Node *node)
{
    PlaceList items = {0};

    node->value = json_array();
    for (;;) {
        g_auto(yaml_event_t) event = {0};
        g_auto(Node) item = {0};

        if (!next_event(reader, &event))
            return false;
        if (event.type == YAML_SEQUENCE_END_EVENT)
            break;
        if (!read_node(reader, &event, &item))
            return false;
        json_array_append_new(node->value, g_steal_pointer(&item.value));
        document_add_child(reader->document, &items, item.place);
        node->height = MAX(node->height, item.height + 1);
    }
    document_set_children(reader->document, node->place, &items);
    collection_tag(reader, start, (const char *)start->data.sequence_start.tag, CORE_TAG "seq",
                   node);
    return true;
}

/* A mapping while it is read: keys that came by << may be overridden once. */
typedef struct {
    Node *node;
    PlaceList children;
    GHashTable *merged; /* borrowed keys as a set, or NULL */
} Mapping;

static bool merge_mapping(Reader *reader, Mapping *mapping, yaml_mark_t mark, const json_t *source,
                          uint32_t source_place)
{
    Document *document = reader->document;

    if (!json_is_object(source)) {
        mistake(reader, mark, "write <<: *anchor, where the anchor stands at a map",
                "only a map, or a list of maps, can be merged");
        return true;
    }
    if (!mapping->merged)
        mapping->merged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (uint32_t i = document_place(document, source_place)->first_child; i;
         i = document_place(document, i)->next) {
        Place copy = *document_place(document, i);

        if (json_object_get(mapping->node->value, copy.key))
            continue;
        json_object_set(mapping->node->value, copy.key, json_object_get(source, copy.key));
        g_hash_table_add(mapping->merged, g_strdup(copy.key));
        copy.next = 0;
        g_array_append_val(document->places, copy);
        document_add_child(document, &mapping->children, document->places->len - 1);
    }
    return true;
}

static bool merge(Reader *reader, Mapping *mapping, yaml_mark_t mark, const Node *source)
{
    uint32_t place = document_place(reader->document, source->place)->first_child;

    if (!json_is_array(source->value))
        return merge_mapping(reader, mapping, mark, source->value, source->place);
    for (size_t i = 0; i < json_array_size(source->value); i++) {
        if (!merge_mapping(reader, mapping, mark, json_array_get(source->value, i), place))
            return false;
        place = document_place(reader->document, place)->next;
    }
    return true;
}

/* The key as JavaScript spells it: 1.50 → "1.5", 0x10 → "16", ~ → "null". (transfer full), NULL for
 * a mistake. */
static char *key_text(Reader *reader, const yaml_event_t *event, const Node *key)
{
    switch (json_typeof(key->value)) {
    case JSON_STRING:
        return g_strdup(json_string_value(key->value));
    case JSON_INTEGER:
    case JSON_REAL:
        return json_number_text(key->value);
    case JSON_TRUE:
        return g_strdup("true");
    case JSON_FALSE:
        return g_strdup("false");
    case JSON_NULL:
        return g_strdup("null");
    default:
        mistake(reader, event->start_mark, "quote a text that starts with {, [ or !",
                "a key must be a text, not a list, a map or a function");
        return NULL;
    }
}

static void store(Reader *reader, Mapping *mapping, const yaml_event_t *key_event, const char *key,
                  Node *value)
{
    Document *document = reader->document;
    Position at = mark_position(reader, key_event->start_mark);
    bool is_merged = mapping->merged && g_hash_table_remove(mapping->merged, key);

    if (!is_merged && json_object_get(mapping->node->value, key)) {
        uint32_t first = document_find_key(document, mapping->children.first, key);

        mistake(reader, key_event->start_mark, "remove or rename one of the two",
                "duplicate key \"%s\": it stands on line %u already", key,
                document_place(document, first)->key_line);
        return;
    }
    json_object_set_new(mapping->node->value, key, g_steal_pointer(&value->value));
    document_set_key(document, value->place, key, at.line, at.column);
    document_add_child(document, &mapping->children, value->place);
    mapping->node->height = MAX(mapping->node->height, value->height + 1);
}

static bool is_merge_key(const yaml_event_t *event)
{
    return event->type == YAML_SCALAR_EVENT && event->data.scalar.plain_implicit &&
           !event->data.scalar.tag && strcmp((const char *)event->data.scalar.value, "<<") == 0;
}

/* Reads one pair, whose key's event is given. */
static bool read_pair(Reader *reader, Mapping *mapping, yaml_event_t *key_event)
{
    g_auto(yaml_event_t) event = {0};
    g_auto(Node) key = {0};
    g_auto(Node) value = {0};
    g_autofree char *text = NULL;

    if (!read_node(reader, key_event, &key) || !next_event(reader, &event))
        return false;
    /* The ceiling is one of values, as in JSON. */
    reader->nodes -= key.nodes;
    if (!read_node(reader, &event, &value))
        return false;
    if (is_merge_key(key_event)) {
        mapping->node->height = MAX(mapping->node->height, value.height);
        return merge(reader, mapping, event.start_mark, &value);
    }
    text = key_text(reader, key_event, &key);
    if (text)
        store(reader, mapping, key_event, text, &value);
    return reader->mistakes < DOCUMENT_MAX_MISTAKES;
}

static bool read_mapping(Reader *reader, const yaml_event_t *start, Node *node)
{
    Mapping mapping = {.node = node};
    bool ok = true, more = true;

    node->value = json_object();
    while (ok && more) {
        g_auto(yaml_event_t) event = {0};

        ok = next_event(reader, &event);
        more = ok && event.type != YAML_MAPPING_END_EVENT;
        if (more)
            ok = read_pair(reader, &mapping, &event);
    }
    g_clear_pointer(&mapping.merged, g_hash_table_unref);
    if (!ok)
        return false;
    document_set_children(reader->document, node->place, &mapping.children);
    collection_tag(reader, start, (const char *)start->data.mapping_start.tag, CORE_TAG "map",
                   node);
    return true;
}

static bool read_alias(Reader *reader, const yaml_event_t *event, Node *node)
{
    const char *name = (const char *)event->data.alias.anchor;
    const Node *anchor = g_hash_table_lookup(reader->anchors, name);

    node->value = json_null();
    if (!anchor) {
        mistake(reader, event->start_mark, "quote a text that starts with *",
                "no anchor &%s stands before this alias", name);
        return true;
    }
    if (anchor->is_open) {
        mistake(reader, event->start_mark, NULL, "the alias *%s stands inside its own anchor",
                name);
        return true;
    }
    /* The alias itself has been counted as a level already. */
    if ((anchor->height > 0 && !check_depth(reader, event->start_mark, anchor->height - 1)) ||
        !count(reader, event->start_mark, anchor->nodes, anchor->bytes))
        return false;
    node->value = json_incref(anchor->value);
    node->height = anchor->height;
    document_place(reader->document, node->place)->first_child =
        document_place(reader->document, anchor->place)->first_child;
    return true;
}

static const char *event_anchor(const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return (const char *)event->data.scalar.anchor;
    case YAML_SEQUENCE_START_EVENT:
        return (const char *)event->data.sequence_start.anchor;
    case YAML_MAPPING_START_EVENT:
        return (const char *)event->data.mapping_start.anchor;
    default:
        return NULL;
    }
}

static bool read_content(Reader *reader, yaml_event_t *event, Node *node)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(reader, event, node);
    case YAML_ALIAS_EVENT:
        return read_alias(reader, event, node);
    case YAML_SEQUENCE_START_EVENT:
        return count(reader, event->start_mark, 1, 0) && read_sequence(reader, event, node);
    case YAML_MAPPING_START_EVENT:
        return count(reader, event->start_mark, 1, 0) && read_mapping(reader, event, node);
    default:
        g_assert_not_reached();
    }
}

static bool read_node(Reader *reader, yaml_event_t *event, Node *ret)
{
    g_auto(Node) node = {0};
    Position at = mark_position(reader, event->start_mark);
    const char *name = event_anchor(event);
    Node *anchor = NULL;
    size_t nodes = reader->nodes, bytes = reader->bytes;

    if (!check_depth(reader, event->start_mark, 0))
        return false;
    node.place = document_add_place(reader->document, at.line, at.column);
    if (name) {
        anchor = g_new0(Node, 1);
        anchor->is_open = true;
        g_hash_table_replace(reader->anchors, g_strdup(name), anchor);
    }
    reader->depth++;
    if (!read_content(reader, event, &node))
        return false;
    reader->depth--;
    node.nodes = reader->nodes - nodes;
    node.bytes = reader->bytes - bytes;
    /* The name may have been given again below: then that one holds. */
    if (name && g_hash_table_lookup(reader->anchors, name) == anchor) {
        *anchor = node;
        json_incref(node.value);
    }
    *ret = node;
    node.value = NULL;
    return true;
}

/* After the one document nothing may follow. */
static bool read_end(Reader *reader)
{
    g_auto(yaml_event_t) end = {0};
    g_auto(yaml_event_t) next = {0};

    if (!next_event(reader, &end) || !next_event(reader, &next))
        return false;
    if (next.type == YAML_STREAM_END_EVENT)
        return true;
    mistake(reader, next.start_mark, "keep one document, and remove the \"---\" between",
            "a second document starts here; only one can be read");
    return false;
}

static bool read_stream(Reader *reader, Node *root)
{
    g_auto(yaml_event_t) stream = {0};
    g_auto(yaml_event_t) start = {0};
    g_auto(yaml_event_t) event = {0};

    if (!next_event(reader, &stream) || !next_event(reader, &start))
        return false;
    if (start.type == YAML_STREAM_END_EVENT) {
        root->value = json_null();
        root->place = document_add_place(reader->document, 1, 1);
        return true;
    }
    return next_event(reader, &event) && read_node(reader, &event, root) && read_end(reader);
}

static bool read_from_start(Reader *reader, Node *root)
{
    Document *document = reader->document;
    bool ok;

    if (!yaml_parser_initialize(&reader->parser))
        g_error("out of memory");
    yaml_parser_set_encoding(&reader->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader->parser, (const unsigned char *)document->text,
                                 document->text_size);
    reader->anchors =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)anchor_free);
    ok = read_stream(reader, root) && reader->mistakes == 0;
    yaml_parser_delete(&reader->parser);
    g_hash_table_unref(reader->anchors);
    return ok;
}

bool document_read_yaml(Document *document, Problems *problems)
{
    g_auto(Node) root = {0};
    size_t read_bytes = 0;
    bool ok, again;

    do {
        Reader reader = {.document = document, .problems = problems, .read_bytes = read_bytes};

        node_clear(&root);
        document_forget_places(document);
        ok = read_from_start(&reader, &root);
        again = reader.again;
        read_bytes += document->text_size;
    } while (again);
    if (!ok)
        return false;
    document->root = g_steal_pointer(&root.value);
    document->root_place = root.place;
    return true;
}
