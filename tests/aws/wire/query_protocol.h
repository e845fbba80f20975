/* tests/aws/wire/query_protocol.h
 *
 * The Query protocol: forms to JSON ("Tags.member.1.Key=a" is {"Tags":[{"Key":"a"}]}), and JSON to
 * XML. */
#pragma once
#include <glib.h>
#include <jansson.h>

/* The fields of a form as nested values; `member` levels and numbered levels become arrays. A new
 * reference. */
json_t *query_input(const GPtrArray *pairs);

/* How arrays become XML: <Name><member>…</member></Name>, or <Name>…</Name> once for each item. */
typedef enum { XML_LISTS_WRAPPED, XML_LISTS_FLAT } XmlLists;

/* Appends the members of `object` as elements. Booleans are true and false; nulls are left out. */
void xml_append_members(GString *xml, json_t *object, XmlLists lists);
void xml_append_text(GString *xml, const char *text);
