/* controller/build/verification.h
 *
 * Whether what runs is what a commit gives: every function's live CodeSha256 against the zip built
 * anew from the tree. It trusts nothing that was kept: neither the store nor what lies on S3. */
#pragma once
#include "controller/build/build.h"
#include "reconcile/aws/aws_client.h"

typedef enum {
    VERDICT_EQUAL,
    VERDICT_DIFFERS,
    VERDICT_UNKNOWN, /* its code is not made from the tree: why says what it is */
} Verdict;

/* "equal", "differs", "cannot be told". */
const char *verdict_name(Verdict verdict);

typedef struct {
    char *logical_id, *function_name; /* the name: NULL while it is not in the stack */
    char *artifact;                   /* NULL: none of ours */
    Verdict verdict;
    char *live, *rebuilt; /* base64 SHA-256, or NULL */
    char *why;            /* NULL when equal */
} VerifiedFunction;

typedef struct {
    AwsClient *client;
    const char *stack_name;
    const Build *build;
    SourceTree *tree; /* that build came from */
} VerificationRequest;

/* VerifiedFunction* (transfer full): those of the template, then those that only the stack has.
 * Every artifact is built once, in a temporary folder of its own. */
G_GNUC_WARN_UNUSED_RESULT
GPtrArray *verification_run(const VerificationRequest *request, GError **error);

/* {"functions":[{"logicalId","function","artifact","verdict","live","rebuilt","why"}],
 * "equal":n,"differs":n,"unknown":n}, a new reference. */
json_t *verification_to_json(const GPtrArray *functions);
