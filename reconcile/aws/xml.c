#include "reconcile/aws/xml.h"
#include <expat.h>
#include <string.h>

G_DEFINE_QUARK(xml - tree - error - quark, xml_tree_error)

#define BLOCK_NODES 256

struct XmlDocument {
    GStringChunk *texts;
    GPtrArray *blocks; /* XmlNode[BLOCK_NODES]: a page of stacks has ten thousand nodes */
    size_t nodes;
    XmlNode *root;
};

typedef struct {
    XML_Parser parser;
    XmlDocument *document;
    XmlNode *open[XML_MAX_DEPTH];
    XmlNode *last_child[XML_MAX_DEPTH];
    unsigned depth;
    GString *text;
    XmlTreeError failure;
    const char *reason; /* NULL: none of ours */
} Reader;

static void stop(Reader *reader, XmlTreeError failure, const char *reason)
{
    reader->failure = failure;
    reader->reason = reason;
    XML_StopParser(reader->parser, XML_FALSE);
}

static XmlNode *add_node(XmlDocument *document)
{
    size_t at = document->nodes++ % BLOCK_NODES;

    if (at == 0)
        g_ptr_array_add(document->blocks, g_new0(XmlNode, BLOCK_NODES));
    return &((XmlNode *)g_ptr_array_index(document->blocks, document->blocks->len - 1))[at];
}

static void on_start(void *data, const char *name, const char **attributes)
{
    Reader *reader = data;
    const char *colon = strrchr(name, ':');
    XmlNode *node;

    (void)attributes;
    if (reader->reason)
        return;
    if (reader->depth == XML_MAX_DEPTH) {
        stop(reader, XML_TREE_ERROR_TOO_LARGE,
             "nested deeper than " G_STRINGIFY(XML_MAX_DEPTH) " levels");
        return;
    }
    if (reader->document->nodes == XML_MAX_NODES) {
        stop(reader, XML_TREE_ERROR_TOO_LARGE, "more than " G_STRINGIFY(XML_MAX_NODES) " elements");
        return;
    }
    node = add_node(reader->document);
    node->name = g_string_chunk_insert_const(reader->document->texts, colon ? colon + 1 : name);
    node->text = "";
    if (reader->depth == 0) {
        reader->document->root = node;
    } else {
        XmlNode *parent = reader->open[reader->depth - 1],
                *before = reader->last_child[reader->depth - 1];
        *(before ? &before->next : &parent->first_child) = node;
        reader->last_child[reader->depth - 1] = node;
    }
    reader->open[reader->depth] = node;
    reader->last_child[reader->depth] = NULL;
    reader->depth++;
    g_string_truncate(reader->text, 0);
}

static void on_end(void *data, const char *name)
{
    Reader *reader = data;
    XmlNode *node;

    (void)name;
    if (reader->reason)
        return;
    node = reader->open[--reader->depth];
    if (!node->first_child && reader->text->len)
        node->text = g_string_chunk_insert_len(reader->document->texts, reader->text->str,
                                               (gssize)reader->text->len);
    g_string_truncate(reader->text, 0);
}

static void on_text(void *data, const char *text, int length)
{
    Reader *reader = data;

    g_string_append_len(reader->text, text, length);
}

static void on_doctype(void *data, const char *name, const char *system_id, const char *public_id,
                       int internal)
{
    Reader *reader = data;

    (void)name, (void)system_id, (void)public_id, (void)internal;
    stop(reader, XML_TREE_ERROR_DOCTYPE, "a document type is not accepted");
}

static void set_syntax_error(const Reader *reader, GError **error)
{
    enum XML_Error code = XML_GetErrorCode(reader->parser);
    const char *what = XML_ErrorString(code);

    if (code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN ||
        code == XML_ERROR_PARTIAL_CHAR || code == XML_ERROR_UNCLOSED_CDATA_SECTION)
        what = "the XML is cut off";
    g_set_error(error, XML_TREE_ERROR, XML_TREE_ERROR_SYNTAX, "%s at line %lu, column %lu", what,
                XML_GetCurrentLineNumber(reader->parser),
                XML_GetCurrentColumnNumber(reader->parser) + 1);
}

static bool read_document(Reader *reader, const char *text, size_t size, GError **error)
{
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    if (size > G_MAXINT) {
        g_set_error(error, XML_TREE_ERROR, XML_TREE_ERROR_TOO_LARGE, "more than 2 GiB");
        return false;
    }
    if (XML_Parse(reader->parser, text, (int)size, XML_TRUE) == XML_STATUS_OK)
        return true;
    if (reader->reason)
        g_set_error(error, XML_TREE_ERROR, (gint)reader->failure, "the XML is refused: %s",
                    reader->reason);
    else
        set_syntax_error(reader, error);
    return false;
}

XmlDocument *xml_parse(const char *text, size_t size, GError **error)
{
    g_autoptr(XmlDocument) document = g_new0(XmlDocument, 1);
    Reader reader = {
        .parser = XML_ParserCreate(NULL), .document = document, .text = g_string_new(NULL)};
    bool read;

    g_assert(reader.parser);
    document->texts = g_string_chunk_new(MAX(MIN(size, 64 * 1024), 256));
    document->blocks = g_ptr_array_new_with_free_func(g_free);
    read = read_document(&reader, text, size, error);
    XML_ParserFree(reader.parser);
    g_string_free(reader.text, TRUE);
    return read ? g_steal_pointer(&document) : NULL;
}

void xml_free(XmlDocument *document)
{
    if (!document)
        return;
    g_string_chunk_free(document->texts);
    g_ptr_array_unref(document->blocks);
    g_free(document);
}

const XmlNode *xml_root(const XmlDocument *document)
{
    return document->root;
}

static const XmlNode *child(const XmlNode *node, const char *name, size_t length)
{
    for (const XmlNode *at = node->first_child; at; at = at->next) {
        if (strncmp(at->name, name, length) == 0 && !at->name[length])
            return at;
    }
    return NULL;
}

const XmlNode *xml_find(const XmlNode *node, const char *path)
{
    while (node && *path) {
        size_t length = strcspn(path, "/");

        node = child(node, path, length);
        path += length + (path[length] == '/');
    }
    return node;
}

const char *xml_text(const XmlNode *node, const char *path)
{
    const XmlNode *found = xml_find(node, path);

    return found ? found->text : NULL;
}

static bool is_list(const XmlNode *node, const char *const *lists)
{
    if (node->first_child)
        return g_str_equal(node->first_child->name, "member");
    return lists && g_strv_contains(lists, node->name);
}

json_t *xml_to_json(const XmlNode *node, const char *const *lists)
{
    json_t *value;

    if (is_list(node, lists)) {
        value = json_array();
        for (const XmlNode *at = node->first_child; at; at = at->next)
            json_array_append_new(value, xml_to_json(at, lists));
        return value;
    }
    if (!node->first_child)
        return json_string(node->text);
    value = json_object();
    for (const XmlNode *at = node->first_child; at; at = at->next)
        json_object_set_new(value, at->name, xml_to_json(at, lists));
    return value;
}
