/* tests/aws/double.h
 *
 * The state of the double: accounts, regions and what is in them. Everything here is owned by one
 * Double and guarded by its lock; operations of services run with the lock held. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct Faults Faults;
typedef struct CallLog CallLog;
typedef struct Region Region;
typedef struct Account Account;

typedef struct {
    unsigned port;
    int64_t resource_time_ms;
    char *faults_file;
    char *account;
    char *access_key, *secret_key;
    bool drift_aware;
    int64_t sqs_delete_wait_ms;
} Options;

/* Who calls. A key that came with AssumeRole has a session token that must match; the first key
 * takes any. */
typedef struct {
    char *access_key, *secret_key, *session_token;
    char *account, *arn, *user_id;
    int64_t expires_ms; /* 0: never */
} Credential;

typedef struct {
    Options options;
    pthread_mutex_t lock;
    unsigned port;
    uint64_t serial;         /* counts whatever needs an id; ids are made of it, so a run repeats */
    GHashTable *credentials; /* access key → Credential */
    GHashTable *accounts;    /* id → Account */
    GHashTable *buckets;     /* name → Bucket: names are global */
    Faults *faults;
    CallLog *calls;
} Double;

struct Account {
    Double *aws;
    char *id;
    GHashTable *regions; /* name → Region */
    Region *global;      /* home of IAM and other resources without a region */
};

/* One account in one region. */
struct Region {
    Account *account;
    char *name;

    GHashTable *live_by_identifier; /* "type|identifier" → Live, owned */
    GHashTable *live_by_physical;   /* "type|physical id" → Live */
    GHashTable *queue_deleted_ms; /* queue name → when, for the wait before a name is free again */

    GHashTable *stacks_by_name; /* name → Stack; deleted ones are not here */
    GHashTable *stacks_by_id;   /* ARN → Stack, owned */
    GPtrArray *stacks;          /* those not deleted, by serial */
    GPtrArray *deleted_stacks;
    GPtrArray *busy_stacks;       /* those with an operation under way */
    GHashTable *change_sets;      /* ARN → ChangeSet, owned */
    GHashTable *exports;          /* name → Export, owned */
    GHashTable *detections;       /* drift detection id → json_t */
    GHashTable *control_requests; /* Cloud Control request token → json_t */
};

Double *double_new(const Options *options);
void double_free(Double *aws);

/* Forgets all state but the options. */
void double_clear(Double *aws);

/* The region of an account, made at its first use. Borrowed. */
Region *double_region(Double *aws, const char *account, const char *region);

/* The wall clock in milliseconds since 1970. */
int64_t double_now_ms(void);

/* A UUID, and `length` characters of an id made from `alphabet`; every call gives another.
 * (transfer full) */
char *double_uuid(Double *aws);
char *double_id(Double *aws, const char *alphabet, size_t length);

extern const char ID_LOWER[]; /* a-z0-9 */
extern const char ID_UPPER[]; /* A-Z0-9 */

/* The same characters for the same `seed`. (transfer full) */
char *double_id_from(const char *seed, const char *alphabet, size_t length);

static inline Double *region_double(const Region *region)
{
    return region->account->aws;
}
