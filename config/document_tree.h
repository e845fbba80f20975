/* config/document_tree.h
 *
 * The inside of a Document, which its two readers fill: the text with its lines, and one place a
 * value. A place knows where its value (and the key before it) was written and has its children in
 * a list, in the order of writing; an alias shares the children of its anchor. A key that a mapping
 * got twice (a merged one that was overridden) has two places, of which the later counts. */
#pragma once
#include <stdint.h>

#include "config/document.h"

#define DOCUMENT_MAX_BYTES (16u << 20)
#define DOCUMENT_MAX_DEPTH 100
#define DOCUMENT_MAX_NODES 1000000
/* Strings and keys together after alias expansion: a megabyte shared a million times would be
 * copied by nobody. */
#define DOCUMENT_MAX_EXPANDED_BYTES (64u << 20)
/* Reading goes on after a mistake in meaning (not in syntax), up to so many. */
#define DOCUMENT_MAX_MISTAKES 100

typedef struct {
    const char *key; /* NULL in an array and at the root */
    uint32_t line, column;
    uint32_t key_line, key_column;
    uint32_t first_child, next; /* places; 0: none */
} Place;

struct Document {
    char *file;
    char *text; /* without a byte order mark */
    size_t size;
    /* With a line end behind the last line, should it have had none (YAML): js-yaml ends every text
     * so, which shows in a literal block at the end of a file. */
    size_t text_size;
    GArray *lines;  /* uint32_t: offset of each line's start */
    GArray *places; /* Place; the one at 0 is never used */
    GStringChunk *keys;
    GHashTable *large; /* first child of a large mapping → its keys → their places */
    uint32_t root_place;
    json_t *root;
};

/* A list of children while it grows. */
typedef struct {
    uint32_t first, last, count;
} PlaceList;

/* Mappings with more children than this are searched by hash. */
#define DOCUMENT_SMALL_MAPPING 32

uint32_t document_add_place(Document *document, unsigned line, unsigned column);
void document_forget_places(Document *document);
Place *document_place(const Document *document, uint32_t place);
void document_add_child(Document *document, PlaceList *list, uint32_t child);
void document_set_key(Document *document, uint32_t place, const char *key, unsigned line,
                      unsigned column);

/* Gives `place` its children, which are complete. */
void document_set_children(Document *document, uint32_t place, const PlaceList *children);

/* The place of `key` among the children that start at `first`; 0: none. */
uint32_t document_find_key(const Document *document, uint32_t first, const char *key);

/* The next segment of a JSON pointer without its escapes, decoded in place: *rest is what follows
 * the pointer's first slash and moves on behind the segment; NULL: no more of them. */
char *pointer_next(char **rest);

/* Line and column, from 1, of a byte of the text. */
Position document_position(const Document *document, size_t offset);

/* Adds an error at `at` with its line quoted. */
void document_error(const Document *document, Problems *problems, const Position *at,
                    const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* The readers: set root and root_place, or return false with an error among the problems. */
G_GNUC_WARN_UNUSED_RESULT
bool document_read_yaml(Document *document, Problems *problems);
G_GNUC_WARN_UNUSED_RESULT
bool document_read_json(Document *document, Problems *problems);

/* Finds places for the root that is there already. */
void document_read_program(Document *document);
