/* reconcile/package/glob_nodes.h
 *
 * The automaton of a Glob: made by glob_parse.c and glob_group.c out of the pieces of glob_build.c,
 * run by glob_match.c, known to nobody else. It eats UTF-16 units, as the framework's matcher does:
 * to "?" a character beyond the basic plane is two. */
#pragma once
#include "reconcile/package/glob.h"

#define GLOB_LOOKS_MAX 64

typedef enum {
    NODE_EMPTY, /* leads on without eating */
    NODE_SPLIT, /* leads both ways */
    NODE_CHARACTER,
    NODE_SEGMENT,  /* any unit but '/' */
    NODE_GLOBSTAR, /* any unit, but never into a segment "." or ".." */
    NODE_CLASS,
    NODE_END,     /* holds at the end of the path only */
    NODE_MORE,    /* holds before the end only */
    NODE_NO_DOTS, /* holds unless a segment "." or ".." follows */
    NODE_NO_DOT,  /* holds unless the segment ends here, or after a '.' */
    NODE_NOT,     /* holds where `look` does not match */
    NODE_DONE,    /* matched */
} NodeKind;

typedef struct {
    NodeKind kind;
    int out, out2;       /* -1: not yet */
    gunichar2 character; /* NODE_CHARACTER */
    guint index;         /* NODE_CLASS: into classes; NODE_NOT: into looks */
} Node;

typedef struct {
    gunichar2 first, last;
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
    bool plain, negated, never, exact, everything;
    int start;
    uint64_t steps;
    GArray *nodes;   /* Node */
    GArray *classes; /* CharacterClass */
    GArray *looks;   /* Look */
};

/* A pattern while it is read. */
typedef struct {
    Glob *glob;
    GlobSyntax syntax;
    const char *at;
    unsigned depth;  /* of brackets of any kind */
    unsigned parens; /* of them round ones */
    unsigned braces; /* of them those with alternatives */
    bool quoted;
    const char *trouble;
} Parse;

/* A piece of the automaton: enters at start, leaves at end (an empty node whose way out is still
 * open). */
typedef struct {
    int start, end;
} Piece;

/* What stands before the next piece: "**" crosses folders only where a segment starts. */
typedef enum {
    BEFORE_START,
    BEFORE_SLASH,
    BEFORE_DOT, /* a '.' that starts a segment, or stands in brackets */
    BEFORE_PAREN_OPEN,
    BEFORE_PAREN_CLOSE,
    BEFORE_BRACE, /* "{", or a comma in one */
    BEFORE_BRACE_CLOSE,
    BEFORE_CLASS,
    BEFORE_STAR,
    BEFORE_OTHER,
} Before;

Piece piece_nothing(Parse *parse);
Piece piece_one(Parse *parse, Node node);
Piece piece_kind(Parse *parse, NodeKind kind);
Piece piece_character(Parse *parse, gunichar c);
Piece piece_text(Parse *parse, const char *text, size_t length);
Piece piece_class(Parse *parse, CharacterClass class); /* takes the class */
Piece piece_join(Parse *parse, Piece first, Piece second);
Piece piece_either(Parse *parse, Piece first, Piece second);
Piece piece_optional(Parse *parse, Piece piece);
/* At least `once`, or any number of times. */
Piece piece_repeat(Parse *parse, Piece piece, bool once);
Piece piece_star(Parse *parse);
Piece piece_globstar(Parse *parse);
/* Eats nothing, and holds where `inside` does not match. */
Piece piece_not(Parse *parse, Piece inside, bool to_the_end);
/* Ends an automaton. */
void piece_done(Parse *parse, Piece piece);

/* Pieces up to the end or a character of `stop`, which is left; *before is what stands before, and
 * then what stood last. */
Piece glob_sequence(Parse *parse, const char *stop, Before *before);

/* One more level of brackets; false with parse->trouble when there are too many. */
bool glob_enter(Parse *parse);

/* The bracket that closes the one at `open`, over nested ones and escapes; NULL when none does. */
const char *glob_find_close(const char *open);

/* At "(", or at a mark before one: whether a group starts here. */
bool glob_is_group(const Parse *parse);
Piece glob_group(Parse *parse, Before *before);

/* At "{": alternatives, a range, or text. */
Piece glob_brace(Parse *parse, Before *before);

/* At "[": reads the class; false when it is none ('[' is then itself). Sets the class (a NULL
 * `ranges` is one that nothing matches, "[z-a]") and, when it may also stand for its own text, that
 * (transfer full). Moves *at behind it. */
bool glob_class_parse(const char **at, GlobSyntax syntax, CharacterClass *ret, char **ret_text);

/* What stands behind the class at "[", or behind the '[' that is none. */
const char *glob_class_end(const char *at);

/* The class for "{a..c}" when written as [a-c], as the matcher does; false when that is no class.
 */
bool glob_class_of_range(const char *inner, size_t length, CharacterClass *ret);

/* "\d" and its like: false for a letter that means itself. */
bool glob_class_of_escape(char letter, CharacterClass *ret);
