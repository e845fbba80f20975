/* reconcile/compile/variables/origins.h
 *
 * Where each value of the resolved configuration was written. A pointer into the configuration
 * leads into the main document, unless it goes through a mount:
 *
 *     custom: ${file(custom.yml):prod}      /custom is mounted on custom.yml at /prod
 *     functions: ${self:custom.functions}   /functions is mounted on /custom/functions of the
 * configuration itself
 *
 * so that what is wrong with a function in custom.yml is told at its line in custom.yml. A mount
 * answers for what is below its pointer; the value at the pointer itself was written where the
 * variable stands.
 *
 * Filled by one thread while variables are resolved; afterwards read only, by any number of
 * threads. */
#pragma once
#include "config/document.h"

typedef struct Origins Origins;

/* `main` is stolen. (transfer full) */
Origins *origins_new(Document *main);
void origins_free(Origins *origins);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Origins, origins_free)

/* The main document, borrowed. */
const Document *origins_document(const Origins *origins);

/* Takes over a document that mounts will lead to; returns it, borrowed, as long as the Origins
 * live. */
const Document *origins_adopt(Origins *origins, Document *document);

/* What is below `pointer` was written in `document` (one of the adopted) below `target`. */
void origins_mount(Origins *origins, const char *pointer, const Document *document,
                   const char *target);

/* What is below `pointer` was written where the configuration's `target` was. */
void origins_alias(Origins *origins, const char *pointer, const char *target);

/* As origins_alias, but for the value and the key at `pointer` itself too: it was moved there as a
 * whole. */
void origins_move(Origins *origins, const char *pointer, const char *target);

/* Where the value at `pointer` starts, or its key; the deepest known parent's for one that was
 * never written. */
Position origins_locate(const Origins *origins, const char *pointer, bool key);

/* Adds a problem at `pointer` with the line quoted. */
void origins_problem(const Origins *origins, Problems *problems, ProblemSeverity severity,
                     const char *pointer, bool key, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(7, 8);

/* Adds a problem at the `occurrence`-th (from 0) `${…}` with the given text inside the scalar at
 * `pointer`; at the scalar itself when the file spells it otherwise (escapes, folded lines). */
void origins_problem_in_text(const Origins *origins, Problems *problems, const char *pointer,
                             const char *text, unsigned occurrence, const char *hint,
                             const char *message);

/* "/functions/hello/events/0" as people say it: "functions.hello.events[0]"; "" becomes "the
 * configuration". (transfer full) */
char *pointer_to_words(const char *pointer);
