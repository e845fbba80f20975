/* drift/finding.h
 *
 * What differs between a live resource and what its stack was given. A finding owns all of its
 * strings. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>

// clang-format off
#define FINDING_KINDS(ROW)                                                                   \
    ROW(MODIFIED, "modified")                                                                \
    ROW(DELETED,  "deleted")                                                                 \
    ROW(CODE,     "code")    /* a Lambda function runs other code than was deployed */       \
    ROW(STAGE,    "stage")    /* settings of a REST API's stage, which no template carries */ \
    ROW(NO_STAGE, "no stage") /* a REST API's stage is gone: a new deployment makes it again */ \
    ROW(UNKNOWN,  "unknown")  /* could not be looked at: never taken for in sync */
// clang-format on

typedef enum {
#define ROW(kind, name) FINDING_##kind,
    FINDING_KINDS(ROW)
#undef ROW
} FindingKind;

const char *finding_kind_name(FindingKind kind);

typedef enum { DIFFERENCE_ADD, DIFFERENCE_REMOVE, DIFFERENCE_NOT_EQUAL } DifferenceKind;

typedef struct {
    DifferenceKind kind;
    char *path;              /* JSON pointer below Properties: "/Timeout"; of a stage: a patch's
                                path ("/tracingEnabled"), or "/tags/KEY" */
    char *expected, *actual; /* as CloudFormation writes them; NULL: not there */
    bool ignored;
} Difference;

typedef struct {
    FindingKind kind;
    char *logical_id, *type, *physical_id; /* of a stage: the REST API's logical id, the name */
    GPtrArray *differences;                /* Difference* */
    json_t *actual;                        /* MODIFIED: the actual properties (object), or NULL */
    json_t *expected;                      /* as CloudFormation resolved them, or NULL */
    char *reason;                          /* UNKNOWN: why; or NULL */
    char *ignored_by; /* the rule that covers all of it ("Table /Properties/Tags"), or NULL */
} Finding;

Finding *finding_new(FindingKind kind, const char *logical_id, const char *type,
                     const char *physical_id);
void finding_free(Finding *finding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Finding, finding_free)
void finding_add(Finding *finding, DifferenceKind kind, const char *path, const char *expected,
                 const char *actual);

/* Not covered by an ignore rule as a whole. */
bool finding_is_open(const Finding *finding);

/* Of the resource in the template, so that a change set may put it right. */
bool finding_is_of_template(const Finding *finding);

/* A list of Finding* that frees them. */
GPtrArray *findings_new(void);

/* Whether a deleted resource of this type may have to be restored from a backup before it is made
 * again, empty. Queues, streams and log groups hold data too, but nobody can put it back. */
bool finding_held_data(const Finding *finding);

/* The first of a logical id, borrowed, or NULL. `findings` may be NULL. */
const Finding *findings_get(const GPtrArray *findings, const char *logical_id);

/* All below take NULL for no findings.
 *
 * How many are not ignored (UNKNOWN among them only with `unknown`). */
guint findings_count(const GPtrArray *findings, bool unknown);

/* One line a difference: "OrdersFunction Timeout: 30, expected 6", "OrdersQueue (AWS::SQS::Queue)
 * deleted", "OrdersFunction (AWS::Lambda::Function) runs other code than was deployed: …"; ignored
 * ones are told as such. `secrets` may be NULL. (transfer full) */
char *findings_to_text(const GPtrArray *findings, const GPtrArray *secrets);

/* [{"logicalId":…,"type":…,"physicalId":…,"kind":"modified","differences":[{"path":…,"kind":…,"expected":…,"actual":…,"ignored":…}],
 *   "ignoredBy":…,"reason":…}], a new reference; findings_from_json reads it back (transfer full).
 */
json_t *findings_to_json(const GPtrArray *findings, const GPtrArray *secrets);
GPtrArray *findings_from_json(json_t *json);
