/* reconcile/compile/variables/resolver.h
 *
 * Inside this folder only: one resolution under way, and what a source gets to work with.
 *
 * A property is a text of the configuration that holds variables. Properties are resolved on demand
 * and once: a source that needs another property (`self`, `param`) has it resolved first, so that
 * order in the file does not matter; a property that is met again while it is being resolved is a
 * cycle. */
#pragma once
#include "reconcile/compile/variables/expression.h"
#include "reconcile/compile/variables/variables.h"

typedef enum {
    OUTCOME_VALUE,
    OUTCOME_LATE,    /* for the second pass */
    OUTCOME_WAITING, /* for an input that was requested */
    OUTCOME_FAILED,  /* and reported */
} Outcome;

typedef enum {
    PROPERTY_OPEN,
    PROPERTY_RESOLVING,
    PROPERTY_WAITS,
    PROPERTY_FAILED,
    PROPERTY_DONE
} PropertyState;

typedef struct {
    char *pointer;
    Expression *expression;
    PropertyState state;
    Outcome waits_for; /* OUTCOME_LATE or OUTCOME_WAITING, … */
    unsigned pass;     /* … as was found in this pass */
    unsigned repeats;  /* results with variables in them that led here */
    bool as_written;   /* the expression is the text of the file */
    size_t start, end; /* the outermost variable being resolved */
} Property;

typedef struct {
    json_t *config; /* being resolved, in place */
    Origins *origins;
    SourceTree *tree;
    const char *service_path;
    const CompileOptions *options;
    const Inputs *inputs;
    GPtrArray *requests, *secrets; /* of the caller */
    Problems *problems;

    GHashTable *properties;  /* char* pointer → Property* */
    GPtrArray *queue;        /* Property* in the order they were met (borrowed) */
    GPtrArray *trail;        /* Property* being resolved, outermost first (borrowed) */
    GHashTable *files;       /* char* path → SourceFile* (file.c) */
    GHashTable *dotenv;      /* char* → char*, or NULL */
    GHashTable *missing_env; /* names that were looked for before .env was read, or NULL */
    unsigned pass;           /* 1 or 2 */
    unsigned chain;          /* variables that wait for each other's value on the C stack */
    unsigned failures;       /* properties that failed and were reported */
    size_t text_bytes, nodes, steps;
    bool exhausted;
} Resolver;

/* One source asked for a value. */
typedef struct {
    Resolver *resolver;
    Property *property;
    const char *type;
    json_t *params;      /* an array, or NULL (borrowed) */
    const char *address; /* or NULL: none */

    json_t *value; /* out, a new reference; NULL or null: none, so that a fallback takes over */
    char *missing; /* out, when there is none: why, for people */
    const char *missing_hint; /* out: a constant, or NULL */
    const Document *document; /* out: where a list or map was written, in a file … */
    char *pointer;            /* out: … or (document NULL) in the configuration; NULL: unknown */
} SourceCall;

typedef struct {
    const char *name;
    bool late; /* only in the second pass */
    Outcome (*resolve)(SourceCall *call);
} SourceType;

/* All sources (sources/), ends with name NULL. */
extern const SourceType source_types[];

Outcome source_self(SourceCall *call);
Outcome source_opt(SourceCall *call);
Outcome source_env(SourceCall *call);
Outcome source_file(SourceCall *call);
Outcome source_sls(SourceCall *call);
Outcome source_script(SourceCall *call, const char *path);
Outcome source_param(SourceCall *call);
Outcome source_str_to_bool(SourceCall *call);
Outcome source_aws(SourceCall *call);
Outcome source_cf(SourceCall *call);
Outcome source_s3(SourceCall *call);
Outcome source_ssm(SourceCall *call);

/* What sources use. */

/* Reports at the variable being resolved: "${…}" cannot be resolved: REASON. Returns
 * OUTCOME_FAILED. */
Outcome source_fail(SourceCall *call, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* No value: a fallback takes over, and without one `format` says why. Returns OUTCOME_VALUE. */
Outcome source_missing(SourceCall *call, const char *hint, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Fails unless the call has an address. */
bool source_needs_address(SourceCall *call, const char *example, Outcome *ret);

/* Asks for something outside of git: its value when the inputs have it, otherwise a request is
 * appended and the property waits. `region` NULL: the service's own. `missing` says what does not
 * exist. */
Outcome source_input(SourceCall *call, InputRequest *request, const char *region,
                     const char *missing);

/* Asks the caller of variables_resolve for it, once. */
void resolver_add_request(Resolver *resolver, const InputRequest *request);

/* The parameters as texts, NULL where there are fewer. */
const char *source_param_text(const SourceCall *call, size_t index);

/* The value of the configuration at the keys (NULL-terminated) with everything in it resolved; *ret
 * is borrowed, NULL where there is none. ret_pointer (transfer full) may be NULL. */
Outcome resolver_property(Resolver *resolver, Property *asking, char *const *keys, json_t **ret,
                          char **ret_pointer);

/* Stage and region as the framework's sources see them: the option, else the provider's, else the
 * default. *ret is (transfer full). */
Outcome resolver_stage(SourceCall *call, char **ret);
Outcome resolver_region(SourceCall *call, char **ret);

/* Evaluates a text in the place of the property, variables in the result included. *ret is a new
 * reference. */
Outcome resolver_text(Resolver *resolver, Property *property, const char *text, json_t **ret);

/* A copy that counts against the ceilings; NULL (reported) above them. A new reference. */
json_t *resolver_copy(Resolver *resolver, Property *property, json_t *value);

/* Whether `bytes` more of text may be held; reports when not. */
bool resolver_spend_text(Resolver *resolver, Property *property, size_t bytes);

/* A value that must not be shown: all texts in it, and all numbers that are not too short for that.
 */
void resolver_add_secret(Resolver *resolver, const json_t *value);

/* The text of a scalar as JavaScript's String () gives it; NULL for null, maps, and lists with
 * maps. (transfer full) */
char *scalar_text(const json_t *value);

/* Parts of the resolver that are files of their own. */

/* evaluate.c: the value of an expression. `parts` (may be NULL) gets the texts (char*) a joined
 * value was made of. */
Outcome resolver_evaluate(Resolver *resolver, Property *property, Expression *expression,
                          bool outermost, json_t **ret, GPtrArray **ret_parts,
                          SourceCall *ret_place);

/* resolver.c */
Outcome resolver_resolve(Resolver *resolver, Property *property);
void resolver_fail(Resolver *resolver, Property *property, const char *hint, const char *format,
                   ...) G_GNUC_PRINTF(4, 5);
/* Registers the texts with variables in `value`, which is at `pointer`. */
void resolver_register(Resolver *resolver, GString *pointer, json_t *value, unsigned repeats,
                       bool as_written);

/* dotenv.c: reads .env.STAGE or .env of the service's folder into resolver->dotenv. */
void resolver_read_dotenv(Resolver *resolver, const char *stage);

/* file.c: what was read is kept for one resolution. */
void source_file_free(gpointer file);
