#include "config/document_tree.h"

#include <string.h>

/* Longer lines were written by a program and tell a person nothing. */
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

uint32_t document_add_place(Document *document, unsigned line, unsigned column)
{
    Place place = {.line = line, .column = column};

    g_array_append_val(document->places, place);
    return document->places->len - 1;
}

void document_forget_places(Document *document)
{
    g_array_set_size(document->places, 1);
    g_hash_table_remove_all(document->large);
}

Place *document_place(const Document *document, uint32_t place)
{
    return &g_array_index(document->places, Place, place);
}

void document_add_child(Document *document, PlaceList *list, uint32_t child)
{
    if (list->last)
        document_place(document, list->last)->next = child;
    else
        list->first = child;
    list->last = child;
    list->count++;
}

static GHashTable *index_keys(const Document *document, uint32_t first)
{
    GHashTable *keys = g_hash_table_new(g_str_hash, g_str_equal);

    for (uint32_t i = first; i; i = document_place(document, i)->next)
        g_hash_table_replace(keys, (gpointer)document_place(document, i)->key, GUINT_TO_POINTER(i));
    return keys;
}

void document_set_children(Document *document, uint32_t place, const PlaceList *children)
{
    document_place(document, place)->first_child = children->first;
    if (children->count > DOCUMENT_SMALL_MAPPING && document_place(document, children->first)->key)
        g_hash_table_insert(document->large, GUINT_TO_POINTER(children->first),
                            index_keys(document, children->first));
}

void document_set_key(Document *document, uint32_t place, const char *key, unsigned line,
                      unsigned column)
{
    Place *at = document_place(document, place);

    at->key = g_string_chunk_insert_const(document->keys, key);
    at->key_line = line;
    at->key_column = column;
}

uint32_t document_find_key(const Document *document, uint32_t first, const char *key)
{
    GHashTable *keys = g_hash_table_lookup(document->large, GUINT_TO_POINTER(first));
    uint32_t found = 0;

    if (keys)
        return GPOINTER_TO_UINT(g_hash_table_lookup(keys, key));
    for (uint32_t i = first; i; i = document_place(document, i)->next) {
        const char *other = document_place(document, i)->key;

        if (other && strcmp(other, key) == 0)
            found = i;
    }
    return found;
}

static uint32_t find_index(const Document *document, uint32_t first, const char *segment)
{
    char *end = NULL;
    guint64 index = g_ascii_strtoull(segment, &end, 10);

    if (!g_ascii_isdigit(segment[0]) || *end)
        return 0;
    for (; first && index > 0; index--)
        first = document_place(document, first)->next;
    return first;
}

/* A line ends at a line feed, a carriage return, or both. */
static void find_lines(Document *document)
{
    uint32_t start = 0;

    g_array_append_val(document->lines, start);
    for (size_t i = 0; i < document->size; i++) {
        char c = document->text[i];

        if (c == '\n' || (c == '\r' && document->text[i + 1] != '\n')) {
            start = (uint32_t)i + 1;
            g_array_append_val(document->lines, start);
        }
    }
}

Position document_position(const Document *document, size_t offset)
{
    const GArray *lines = document->lines;
    guint low = 0, high = lines->len;
    const char *start;

    while (high - low > 1) {
        guint middle = (low + high) / 2;

        if (g_array_index(lines, uint32_t, middle) <= offset)
            low = middle;
        else
            high = middle;
    }
    start = document->text + g_array_index(lines, uint32_t, low);
    return (Position){document->file, low + 1,
                      (unsigned)g_utf8_pointer_to_offset(start, document->text + offset) + 1};
}

const char *document_line(const Document *document, unsigned line, size_t *ret_length)
{
    const char *start, *end;

    if (line == 0 || line > document->lines->len)
        return NULL;
    start = document->text + g_array_index(document->lines, uint32_t, line - 1);
    end = start + strcspn(start, "\r\n");
    *ret_length = (size_t)(end - start);
    return start;
}

static void add_problem(const Document *document, Problems *problems, ProblemSeverity severity,
                        const Position *at, const char *hint, const char *message)
{
    size_t length = 0;
    const char *line = document_line(document, at->line, &length);

    problems_add(problems, severity, at, hint, "%s", message);
    problems_quote(problems, line, length);
}

void document_error(const Document *document, Problems *problems, const Position *at,
                    const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    add_problem(document, problems, PROBLEM_ERROR, at, hint, message);
}

void document_problem(const Document *document, Problems *problems, ProblemSeverity severity,
                      const char *pointer, bool key, const char *hint, const char *format, ...)
{
    Position at = document_locate(document, pointer, key);
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    add_problem(document, problems, severity, &at, hint, message);
}

Position document_locate(const Document *document, const char *pointer, bool key)
{
    uint32_t at = document->root_place;
    g_autofree char *copy = g_strdup(pointer);
    char *rest = *copy ? copy + 1 : NULL, *name;
    const Place *place;

    while ((name = pointer_next(&rest))) {
        uint32_t first = document_place(document, at)->first_child, child = 0;

        if (first && document_place(document, first)->key)
            child = document_find_key(document, first, name);
        else if (first)
            child = find_index(document, first, name);
        if (!child)
            break;
        at = child;
    }
    place = document_place(document, at);
    if (key && place->key_line)
        return (Position){document->file, place->key_line, place->key_column};
    return (Position){document->file, place->line, place->column};
}

/* Only what both formats refuse: which control characters may stand where is the readers' business.
 */
static bool check_text(const Document *document, Problems *problems)
{
    const char *end = NULL;
    Position at;

    if (g_utf8_validate(document->text, (gssize)document->size, &end))
        return true;
    at = document_position(document, (size_t)(end - document->text));
    if (*end == '\0')
        document_error(document, problems, &at, "remove it; the file may not be a text file at all",
                       "a NUL character is not allowed in a text file");
    else
        document_error(document, problems, &at, "save the file as UTF-8",
                       "byte 0x%02x is not UTF-8", (unsigned char)*end);
    return false;
}

static void keep_text(Document *document, const char *text, size_t size, DocumentFormat format)
{
    bool ends =
        format == DOCUMENT_JSON || size == 0 || text[size - 1] == '\n' || text[size - 1] == '\r';

    document->text = g_malloc(size + 2);
    if (size > 0)
        memcpy(document->text, text, size);
    document->text[size] = ends ? '\0' : '\n';
    document->text[size + 1] = '\0';
    document->size = size;
    document->text_size = size + !ends;
}

/* A document without a value yet; NULL where its text can be none. */
static Document *document_new(const char *file, const char *text, size_t size,
                              DocumentFormat format, Problems *problems)
{
    g_autoptr(Document) document = g_new0(Document, 1);

    document->file = g_strdup(file);
    if (size > DOCUMENT_MAX_BYTES) {
        Position at = {.file = document->file};

        problems_add(problems, PROBLEM_ERROR, &at, "split it into several files",
                     "the file is larger than %u MiB", DOCUMENT_MAX_BYTES >> 20);
        return NULL;
    }
    if (size >= 3 && memcmp(text, BYTE_ORDER_MARK, 3) == 0) {
        text += 3;
        size -= 3;
    }
    keep_text(document, text, size, format);
    document->lines = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    document->places = g_array_new(FALSE, TRUE, sizeof(Place));
    document->keys = g_string_chunk_new(1024);
    document->large = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
    document_forget_places(document);
    find_lines(document);
    return check_text(document, problems) ? g_steal_pointer(&document) : NULL;
}

Document *document_parse(const char *file, const char *text, size_t size, DocumentFormat format,
                         Problems *problems)
{
    g_autoptr(Document) document = document_new(file, text, size, format, problems);
    bool read;

    if (!document)
        return NULL;
    read = format == DOCUMENT_JSON ? document_read_json(document, problems)
                                   : document_read_yaml(document, problems);
    return read ? g_steal_pointer(&document) : NULL;
}

Document *document_of_program(const char *file, const char *text, size_t size, json_t *root,
                              Problems *problems)
{
    Document *document = document_new(file, text, size, DOCUMENT_JSON, problems);

    if (!document) {
        json_decref(root);
        return NULL;
    }
    document->root = root;
    document_read_program(document);
    return document;
}

void document_free(Document *document)
{
    if (!document)
        return;
    json_decref(document->root);
    g_clear_pointer(&document->lines, g_array_unref);
    g_clear_pointer(&document->places, g_array_unref);
    g_clear_pointer(&document->large, g_hash_table_unref);
    g_clear_pointer(&document->keys, g_string_chunk_free);
    g_free(document->text);
    g_free(document->file);
    g_free(document);
}

DocumentFormat document_format_of(const char *file)
{
    return g_str_has_suffix(file, ".json") || g_str_has_suffix(file, ".tfstate") ? DOCUMENT_JSON
                                                                                 : DOCUMENT_YAML;
}

json_t *document_root(const Document *document)
{
    return document->root;
}
