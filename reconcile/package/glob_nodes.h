/* reconcile/package/glob_nodes.h
 *
 * The automaton of a Glob: made by glob_parse.c, run by glob_match.c, known to nobody else. */
#pragma once
#include "reconcile/package/glob.h"

typedef enum {
    NODE_EMPTY, /* leads on without eating */
    NODE_SPLIT, /* leads both ways */
    NODE_CHARACTER,
    NODE_SEGMENT, /* any character but '/' */
    NODE_ANY,
    NODE_CLASS,
    NODE_END,  /* holds at the end of the path only */
    NODE_NOT,  /* holds where `look` does not match */
    NODE_DONE, /* matched */
} NodeKind;

typedef struct {
    NodeKind kind;
    int out, out2;      /* -1: not yet */
    gunichar character; /* NODE_CHARACTER */
    guint index;        /* NODE_CLASS: into classes; NODE_NOT: into looks */
} Node;

typedef struct {
    gunichar first, last;
} CharacterRange;

typedef struct {
    GArray *ranges; /* CharacterRange */
    bool negated;
} CharacterClass;

typedef struct {
    int start;
    bool to_the_end; /* matches only what runs to the path's end */
} Look;

struct Glob {
    char *pattern, *prefix;
    bool plain, negated;
    int start;
    GArray *nodes;   /* Node */
    GArray *classes; /* CharacterClass */
    GArray *looks;   /* Look */
};

/* Reads the class whose '[' is at `at`; NULL when it is not one ('[' is then itself). Sets the
 * class, whether it may also stand for its own text, and gives what follows. */
const char *glob_class_parse(const char *at, GlobSyntax syntax, CharacterClass *ret,
                             bool *ret_also_text);

/* The class for "{a..c}" when written as [a-c], as the matcher does; false when that is no class.
 */
bool glob_class_of_range(const char *inner, size_t length, CharacterClass *ret);
