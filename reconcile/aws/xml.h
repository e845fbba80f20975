/* reconcile/aws/xml.h
 *
 * AWS's XML answers as a tree. Attributes are passed over, names lose their prefix, a document type
 * is refused (nothing that AWS sends has one; entity bombs do). Text is that of leaves, whitespace
 * kept. Pure; a document belongs to one thread.
 *
 * Ceilings: XML_MAX_DEPTH, XML_MAX_NODES; bytes are the transport's (HTTP_MAX_ANSWER_BYTES). */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

#define XML_MAX_DEPTH 64
#define XML_MAX_NODES 500000

#define XML_TREE_ERROR xml_tree_error_quark()
GQuark xml_tree_error_quark(void);
typedef enum {
    XML_TREE_ERROR_SYNTAX,    /* no XML, or cut off */
    XML_TREE_ERROR_TOO_LARGE, /* above a ceiling */
    XML_TREE_ERROR_DOCTYPE,
} XmlTreeError;

typedef struct XmlNode XmlNode;
struct XmlNode {
    const char *name;
    const char *text; /* "" for one with children */
    XmlNode *first_child, *next;
};

typedef struct XmlDocument XmlDocument;

/* Returns (transfer full) NULL with XML_TREE_ERROR_*; a cut-off text is said to be that. */
G_GNUC_WARN_UNUSED_RESULT
XmlDocument *xml_parse(const char *text, size_t size, GError **error);
void xml_free(XmlDocument *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(XmlDocument, xml_free)

const XmlNode *xml_root(const XmlDocument *document);

/* The first node at a path below `node` ("Error/Code"; "" is the node itself); NULL when there is
 * none or `node` is NULL. */
const XmlNode *xml_find(const XmlNode *node, const char *path);

/* The text there, borrowed; NULL when there is no such node. */
const char *xml_text(const XmlNode *node, const char *path);

/* What the APIs call a structure, with lists as `<member>` elements: a new reference. Scalars are
 * strings; names in `lists` (NULL-terminated) are arrays also when empty. */
json_t *xml_to_json(const XmlNode *node, const char *const *lists);
