/* config/problem.h
 *
 * What is wrong with something that people wrote: every problem of one run, each at its
 * file:line:column, with what to do next. Readers of documents collect Problems and go on, so that
 * one run reports them all; a GError is for what stops a run (a network, a disk).
 *
 * Invariant: problems stay in the order in which they were added. Not thread-safe: one list belongs
 * to one reader. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

typedef enum {
    PROBLEM_ERROR,   /* nothing may be deployed */
    PROBLEM_WARNING, /* deployed, but probably not what was meant */
    PROBLEM_NOTICE,  /* worth knowing: something was passed over on purpose */
} ProblemSeverity;

/* A place in a file. `file` is relative to what the reader knows (the repository's root, or as
 * given on the command line) and borrowed from the Document it came from. line and column count
 * from 1, columns in characters; 0: unknown. */
typedef struct {
    const char *file;
    unsigned line, column;
} Position;

typedef struct {
    ProblemSeverity severity;
    char *file; /* NULL: no place */
    unsigned line, column;
    char *message; /* one sentence without a full stop: what, on what, why */
    char *hint;    /* what to do next, or NULL */
    char *source;  /* the offending line of text, or NULL; shown with a caret under `column` */
} Problem;

typedef struct Problems Problems;

#define PROBLEMS_MAX 1000

Problems *problems_new(void);
void problems_free(Problems *problems);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Problems, problems_free)

/* Adds a problem; `at` and `hint` may be NULL and are copied. A problem equal to an earlier one in
 * place and message is dropped. At most PROBLEMS_MAX are kept; the number left out is told by
 * problems_print. */
void problems_add(Problems *problems, ProblemSeverity severity, const Position *at,
                  const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);

/* Gives the last added problem the text of its line, which problems_print shows with a caret. A
 * line too long to be read beside its message is left out, as is NULL. */
void problems_quote(Problems *problems, const char *line, size_t length);

/* Moves all of `from` behind those of `to`; `from` is empty afterwards. */
void problems_append(Problems *to, Problems *from);

/* Files below the folder `from` are told as files of `to` from here on ("." is left out), those
 * beside it as they are reached from there, and so are the paths below it in messages: a person
 * reads them from where they stand. */
void problems_relocate(Problems *problems, const char *from, const char *to);

/* The same for one path. (transfer full) */
char *problem_path(const char *path, const char *from, const char *to);

size_t problems_count(const Problems *problems, ProblemSeverity severity);
bool problems_have_errors(const Problems *problems);

/* The i-th problem of any severity, borrowed; NULL past the end. */
const Problem *problems_get(const Problems *problems, size_t i);

/* "services/orders/serverless.yml:12:9: error: message\n    line of text\n        ^\n  hint\n" for
 * every problem, (transfer full). `colour` puts terminal colours around severities. */
char *problems_to_text(const Problems *problems, bool colour);

/* [{"severity":"error","file":…,"line":…,"column":…,"message":…,"hint":…}], a new reference. */
json_t *problems_to_json(const Problems *problems);

/* The word among `words` (NULL-terminated) nearest to `word` by edit distance, borrowed, or NULL
 * where none is near enough to be meant. For "unknown key 'functons': did you mean 'functions'?" */
const char *nearest_word(const char *word, const char *const *words);

/* What a value is called in messages: "a list", "a number", "true or false"; null is "nothing". */
const char *value_kind(const json_t *value);
