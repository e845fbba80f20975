#include "tests/aws/wire/xml_reader.h"
#include <expat.h>
#include <glib.h>
#include <stdbool.h>
#include <string.h>

enum { DEPTH_LIMIT = 16 };

typedef struct {
    GPtrArray *objects; /* json_t* of the elements that are open, each owned */
    GString *text;
    json_t *root;
    bool failed;
} Reader;

static void release(void *value)
{
    json_decref(value);
}

static void start(void *data, const char *name, const char **attributes)
{
    Reader *reader = data;

    (void)name;
    (void)attributes;
    if (reader->objects->len >= DEPTH_LIMIT)
        reader->failed = true;
    g_ptr_array_add(reader->objects, json_object());
    g_string_truncate(reader->text, 0);
}

static void end(void *data, const char *name)
{
    Reader *reader = data;
    json_t *element = g_ptr_array_steal_index(reader->objects, reader->objects->len - 1);
    json_t *parent = NULL, *list = NULL;

    if (json_object_size(element) == 0 && reader->objects->len > 0) {
        json_decref(element);
        element = json_string(reader->text->str);
    }
    g_string_truncate(reader->text, 0);
    if (reader->objects->len == 0) {
        reader->root = element;
        return;
    }
    parent = reader->objects->pdata[reader->objects->len - 1];
    list = json_object_get(parent, name);
    if (list == NULL) {
        list = json_array();
        json_object_set_new(parent, name, list);
    }
    json_array_append_new(list, element);
}

static void characters(void *data, const char *text, int length)
{
    g_string_append_len(((Reader *)data)->text, text, length);
}

json_t *xml_read(const char *text, size_t size)
{
    Reader reader = {g_ptr_array_new_with_free_func(release), g_string_new(NULL), NULL, false};
    XML_Parser parser = XML_ParserCreate(NULL);
    bool good = false;

    XML_SetUserData(parser, &reader);
    XML_SetElementHandler(parser, start, end);
    XML_SetCharacterDataHandler(parser, characters);
    good = XML_Parse(parser, text, (int)size, 1) == XML_STATUS_OK && !reader.failed;
    XML_ParserFree(parser);
    g_ptr_array_unref(reader.objects);
    g_string_free(reader.text, TRUE);
    if (!good)
        g_clear_pointer(&reader.root, json_decref);
    return reader.root;
}
