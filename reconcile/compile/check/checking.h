/* reconcile/compile/check/checking.h
 *
 * Inside the folder only: one check under way, and what its parts share. */
#pragma once
#include "config/resource_shape.h"
#include "reconcile/compile/check/check.h"

/* Where in the template the walk is: a list from here up, on the stack, so that a walk without
 * problems allocates nothing. */
typedef struct Spot Spot;
struct Spot {
    const Spot *above; /* NULL: the template itself */
    const char *key;   /* NULL: an item of a list */
    size_t index;
};

/* A resource needs another one to be there. */
typedef struct {
    guint from, to;
} Dependency;

#define NO_RESOURCE G_MAXUINT

typedef struct {
    const Service *service;
    GHashTable *makers; /* Template's, or NULL */
    Problems *problems;
    ProblemSeverity mildest;    /* of anything: a draft has warnings only */
    ProblemSeverity strictness; /* of what the schemas say */
    json_t *template, *resources, *parameters, *conditions, *mappings;
    bool is_sam;         /* resources are added whose names start with those of SAM's own */
    bool has_more_names; /* a macro, a loop or a module adds resources that nobody can know here */
    bool is_unpackaged;  /* code is still named by local paths */
    bool has_extensions; /* AWS::LanguageExtensions: functions take functions in more places */
    bool is_in_conditions; /* what is walked is a condition, and no resource can be named there */
    guint current;         /* the resource that is walked, or NO_RESOURCE */
    const char *type_name; /* its type, or NULL */
    GHashTable *numbers;   /* char* logical id → number of the resource + 1 */
    GArray *dependencies;  /* Dependency */
    guint wanted;          /* a second walk looks for the first reference to this resource */
    char *found;           /* and puts its pointer here */
    size_t size_bytes;     /* at least so long is the template as text */
    GHashTable *missing;   /* set of char*: names that were told of in what the framework made */
    guint suggestions;     /* how many nearest words were looked for */
} Checking;

/* spot.c */

/* Reports at what the person wrote for this place: their own line where they wrote it, else the
 * line that made the resource. `key`: at the key and not at the value. The message is led by the
 * place in words. */
void check_problem(Checking *checking, ProblemSeverity severity, const Spot *at, bool key,
                   const char *hint, const char *format, ...) G_GNUC_PRINTF(6, 7);
/* MESSAGE with NAME behind, as "no resource is called NAME". Where the framework made the
 * reference, it is told where the person named it, and once: permissions repeat what events say.
 * `whole` is the "${…}" it stands in, or NULL. */
void check_missing(Checking *checking, const Spot *at, const char *whole, const char *name,
                   const char *hint, const char *message);
/* As check_problem, at `text` inside of the string there. */
void check_problem_in_text(Checking *checking, const Spot *at, const char *text, const char *hint,
                           const char *format, ...) G_GNUC_PRINTF(5, 6);
/* At a place known by its pointer, with nothing in front of the message. */
void check_problem_at(Checking *checking, ProblemSeverity severity, const char *pointer,
                      const char *hint, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* "/Resources/Table/Properties" (transfer full) */
char *spot_pointer(const Spot *at);
/* "did you mean X?" for a word among `words`, or the fallback (may be NULL). Looking for words
 * costs, so that a template of nothing but mistakes gets so many of them. (transfer full) */
char *check_suggestion(Checking *checking, const char *word, const char *const *words,
                       const char *fallback);
/* The same among the keys of objects (NULL for none), ended by an argument NULL. (transfer full) */
char *check_suggestion_of_keys(Checking *checking, const char *word, const char *fallback,
                               json_t *first, ...) G_GNUC_NULL_TERMINATED;

/* values.c: a value against its shape (or RESOURCE_SHAPE_UNKNOWN), and all below it. */
void check_value(Checking *checking, const Spot *at, json_t *value, ResourceShape shape);

/* scalars.c: a text, number, boolean or null against its shape. */
void check_scalar(Checking *checking, const Spot *at, json_t *value, ResourceShape shape);
/* What kinds are called: "a list". */
const char *kind_words(PropertyKind kind);
/* That a text of at least `length` characters fits. */
void check_length(Checking *checking, const Spot *at, size_t length, bool is_exact,
                  ResourceShape shape);

/* members.c: which members an object has. */
void check_unknown_member(Checking *checking, const Spot *at, json_t *object, const char *name,
                          ResourceShape shape);
void check_members_together(Checking *checking, const Spot *at, json_t *object,
                            ResourceShape shape);

/* functions.c: intrinsic functions. `shape` is that of the place where it stands. */
bool is_function(json_t *value);
bool is_function_name(const char *key);
void check_function(Checking *checking, const Spot *at, json_t *function, ResourceShape shape);
/* Whether a value may turn out not to be there (Fn::If with AWS::NoValue, Ref AWS::NoValue). */
bool may_be_absent(json_t *value);

/* references.c: that what is named is there. */
void check_ref(Checking *checking, const Spot *at, json_t *name);
void check_get_att(Checking *checking, const Spot *at, json_t *argument);
void check_sub_text(Checking *checking, const Spot *at, json_t *text, json_t *variables);
void check_condition_name(Checking *checking, const Spot *at, json_t *name);
void check_dependencies(Checking *checking, const Spot *at, json_t *depends_on);
/* How long the text of a value is at least; *ret_exact tells whether that is its length. */
size_t least_length(const Checking *checking, json_t *value, bool *ret_exact);

/* circles.c: after the walk. */
void check_circles(Checking *checking);

/* resources.c */
void check_resources(Checking *checking);
void check_resource(Checking *checking, const char *id, json_t *resource, guint number);

/* sections.c: everything beside Resources. */
void check_sections(Checking *checking);

/* limits.c: names, counts and sizes. */
void check_names(Checking *checking, const Spot *properties, json_t *resource);
void check_policies(Checking *checking, const Spot *properties, json_t *resource);
void check_quotas(Checking *checking);
