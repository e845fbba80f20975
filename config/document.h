/* config/document.h
 *
 * A YAML or JSON text as a jansson value with a position for every node. One value model runs from
 * the YAML that people write to the template that AWS gets; jansson has no positions, so they are
 * kept in a tree of their own beside it and are asked for by JSON pointer (RFC 6901):
 * `/functions/hello/events/0/http`. Pointers survive copying and merging of values, which node
 * addresses do not.
 *
 * YAML is read as js-yaml 4 does (the framework's reader): YAML 1.2 core schema (`yes`, `off` are
 * strings; 0755 is 755; 0o17, 0x1f; .inf and .nan are refused), `<<` merge keys, anchors and
 * aliases, dates stay strings, a duplicate key is an error, keys keep their order. CloudFormation's
 * short tags become their long form: `!Ref x` {"Ref":"x"}, `!GetAtt a.b.c`
 * {"Fn::GetAtt":["a","b.c"]}, `!Sub s` {"Fn::Sub":"s"}, and so on for every intrinsic function and
 * Condition; other tags are errors (except the core ones: !!str, !!int, …).
 *
 * A number without a fraction is a json_integer however it was written (1.0, 1e3), as JavaScript
 * knows no difference.
 *
 * Ceilings (each a problem that names it): 16 MiB of text, 100 levels (checked on every event, as
 * libyaml is superlinear in nested flow collections), 1,000,000 nodes and 64 MiB of strings after
 * alias expansion. Text must be UTF-8 without NUL.
 *
 * A Document is immutable after parsing. */
#pragma once
#include "config/problem.h"

typedef enum {
    DOCUMENT_YAML,
    DOCUMENT_JSON, /* RFC 8259 with any value at the root; duplicate key = error, positions as in
                      YAML */
} DocumentFormat;

typedef struct Document Document;

/* Parses `size` bytes of `text`, called `file` in positions. Returns (transfer full) NULL when
 * problems got an error. An empty YAML text is null. Further documents of a stream ("---") are an
 * error. */
G_GNUC_WARN_UNUSED_RESULT
Document *document_parse(const char *file, const char *text, size_t size, DocumentFormat format,
                         Problems *problems);

/* What a program said, with the program's own text as what was written: `root` (transfer full) is a
 * value of at most DOCUMENT_JSON's ceilings. Positions are those of the literals in the text that
 * look like it, the text's start where there is none. Returns (transfer full) NULL when problems
 * got an error: the text is not UTF-8 or too large. */
G_GNUC_WARN_UNUSED_RESULT
Document *document_of_program(const char *file, const char *text, size_t size, json_t *root,
                              Problems *problems);

void document_free(Document *document);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Document, document_free)

/* By its file name: JSON for .json and .tfstate, YAML for all else. */
DocumentFormat document_format_of(const char *file);

/* Borrowed; lives as long as the document. Not to be changed: use json_deep_copy. */
json_t *document_root(const Document *document);

/* Where the value at `pointer` starts ("" is the root), or its key (`key` true; array items have no
 * key: the value's). A pointer that leads past what was written gives its deepest known parent.
 * Always succeeds. */
Position document_locate(const Document *document, const char *pointer, bool key);

/* The text of a line (from 1) without its end, borrowed, for problems_quote; NULL past the end. */
const char *document_line(const Document *document, unsigned line, size_t *ret_length);

/* Adds a problem at `pointer` of the document, with the line quoted. */
void document_problem(const Document *document, Problems *problems, ProblemSeverity severity,
                      const char *pointer, bool key, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(7, 8);

/* Appends "/segment" to a pointer, with ~ and / escaped as RFC 6901 says. */
void pointer_append(GString *pointer, const char *segment);
void pointer_append_index(GString *pointer, size_t index);

/* The value at `pointer` below `root`, borrowed, or NULL. */
json_t *pointer_get(json_t *root, const char *pointer);
