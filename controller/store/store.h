/* controller/store/store.h
 *
 * What was seen, decided and done, in one SQLite file (write-ahead log). A write returns when
 * SQLite has it, so that what was saved before a call to AWS is there after kill -9. Secret values
 * never reach the store: callers hand in redacted text.
 *
 * Thread-safe: one connection behind one mutex. Errors: STORE_ERROR with SQLite's own message and
 * the file. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define STORE_ERROR store_error_quark()
GQuark store_error_quark(void);

typedef struct Store Store;

/* Opens or creates the file and brings its schema up to date. A file of a newer Driftless is
 * refused by name; "" is a store in memory. */
G_GNUC_WARN_UNUSED_RESULT
Store *store_open(const char *path, GError **error);
void store_free(Store *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

/* Where a service stands. All strings may be NULL. */
typedef struct {
    char *name;
    char *revision;         /* commit the desired state was made from */
    char *author, *summary; /* of that commit */
    json_t *read_set;       /* read_set_to_json of that compile */
    char *tree_id;          /* a repository's root tree in which the read set is known to hold */
    char *request_digest;   /* of the desired state; requests holds its text */
    json_t *artifacts; /* {S3 key: base64 SHA-256} of that request, to compare Lambda code with */
    json_t *record;    /* apply's Record */
    json_t *drift;     /* drift's DriftRecord */
    json_t *findings;  /* the last detection's */
    json_t *inputs;    /* [{kind, address, region, digest}] read from outside git */
    char *state;       /* service_state_names */
    char *message;     /* one line for people */
    char *details;     /* more lines, or NULL */
    char *approved_digest;  /* the request that a person let go ahead */
    char *held_digest;      /* the request that waits for approval */
    char *pinned_revision;  /* rollback: stay there … */
    char *skipped_revision; /* … until the branch has left this one */
    char *account, *region, *stack_name, *stack_id;
    bool suspended, adopted;
    unsigned deployment_nonce;
    int64_t changed_ms, deployed_ms, drift_checked_ms;
} ServiceRow;

ServiceRow *service_row_new(const char *name);
void service_row_free(ServiceRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ServiceRow, service_row_free)

/* Every service ever seen (GPtrArray of ServiceRow*, transfer full), by name. */
G_GNUC_WARN_UNUSED_RESULT
bool store_services(Store *store, GPtrArray **ret, GError **error);

/* Those that have ever been given a request that names an S3 key which starts with `prefix` (not
 * empty). */
G_GNUC_WARN_UNUSED_RESULT
bool store_services_with_artifacts(Store *store, const char *prefix, GPtrArray **ret,
                                   GError **error);

/* Adds the names of all services' stacks to `into`, a set that owns its keys. */
G_GNUC_WARN_UNUSED_RESULT
bool store_stack_names(Store *store, GHashTable *into, GError **error);

/* Saves a row whole, in one transaction. */
G_GNUC_WARN_UNUSED_RESULT
bool store_save_service(Store *store, const ServiceRow *row, GError **error);

typedef struct {
    int64_t id;
    char *service, *revision, *author, *summary, *request_digest;
    char *intent;  /* deploy, correct, rollback, remove */
    char *outcome; /* NULL while under way; deployed, unchanged, corrected, failed, held, removed */
    char *message;
    int64_t started_ms, finished_ms;
} Deployment;

void deployment_free(Deployment *deployment);

/* Notes the start of a deployment; the id is given back. */
G_GNUC_WARN_UNUSED_RESULT
bool store_begin_deployment(Store *store, const Deployment *deployment, int64_t *ret_id,
                            GError **error);
G_GNUC_WARN_UNUSED_RESULT
bool store_finish_deployment(Store *store, int64_t id, const char *outcome, const char *message,
                             int64_t now_ms, GError **error);

/* Newest first (GPtrArray of Deployment*, transfer full); at most `limit`. `service` NULL: of all.
 */
G_GNUC_WARN_UNUSED_RESULT
bool store_deployments(Store *store, const char *service, unsigned limit, GPtrArray **ret,
                       GError **error);

/* The newest deployment of `service` that reached its stack, at a revision that starts with `at`
 * (NULL: any) and is not `than` (NULL: any); NULL when there is none. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
bool store_find_deployment(Store *store, const char *service, const char *at, const char *than,
                           Deployment **ret, GError **error);

/* Requests (what CloudFormation was given, redacted) by digest; `complete` false: secrets were left
 * out, so it can be shown but not sent again. */
G_GNUC_WARN_UNUSED_RESULT
bool store_put_request(Store *store, const char *digest, const char *text, bool complete,
                       GError **error);
/* *ret_text (transfer full) is NULL when there is none. */
G_GNUC_WARN_UNUSED_RESULT
bool store_get_request(Store *store, const char *digest, char **ret_text, bool *ret_complete,
                       GError **error);

/* The S3 keys (char*) that a request names. Its own text may have them hidden among secrets. */
G_GNUC_WARN_UNUSED_RESULT
bool store_put_request_artifacts(Store *store, const char *digest, const GPtrArray *keys,
                                 GError **error);
/* Adds them to `into`, a set that owns its keys. */
G_GNUC_WARN_UNUSED_RESULT
bool store_request_artifacts(Store *store, const char *digest, GHashTable *into, GError **error);

/* Before artifacts are deleted from S3: requests that name them are not sent again as they are, but
 * built anew, which uploads what they need. */
G_GNUC_WARN_UNUSED_RESULT
bool store_forget_artifacts(Store *store, const GPtrArray *keys, GError **error);

/* A random key made with the store, for HMACs of inputs: 32 bytes. */
const unsigned char *store_key(const Store *store);
