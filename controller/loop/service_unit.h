/* controller/loop/service_unit.h
 *
 * Inside the loop: one service's way from a commit to its stack. The fields below `row` belong to
 * the step under way (the queue runs a unit once at a time); those above it are the mailbox, behind
 * `lock`. */
#pragma once
#include "controller/build/delivery.h"
#include "controller/loop/loop.h"
#include "controller/loop/queue.h"
#include "drift/drift.h"
#include "reconcile/apply/apply.h"
#include "reconcile/source/read_set.h"
#include "reconcile/source/repository.h"

typedef struct RepositoryUnit RepositoryUnit;

typedef struct {
    Loop *loop;
    const LoopOptions *options;
    Queue *queue;
    Unit *unit;
    RepositoryUnit *repository;      /* NULL: orphaned, no longer declared */
    const ServiceSettings *settings; /* NULL: orphaned */
    char *name, *path;               /* of this match, where the settings' path is a glob */

    pthread_mutex_t lock;
    char *wanted_commit; /* what the branch, tag or commit stands at; NULL: not known */
    char *wanted_tree;   /* its root tree */
    char *known_commit;  /* what it stood at when the controller started, until git was looked at;
                            else NULL */
    char *known_tree;
    char *author, *summary; /* of the wanted commit */
    char *trouble;          /* why its branch cannot be looked at; or NULL */
    ReadSet *reads;    /* of the last build; the repository's unit holds it against new trees */
    char *held_folder; /* the tree id of the service's folder when reads were last seen to hold */
    unsigned commands; /* 1 << LoopCommand */
    char *rollback_to;
    bool look;           /* the stack is not as recorded: step even without a new commit */
    bool known_stack;    /* it has a stack that AWS can be asked about */
    json_t *watched;     /* what it read from outside git (service_inputs.h), as last seen */
    bool inputs_changed; /* something of that is another now */
    Record *settled;     /* a copy of record while the service rests, for the shared look at stacks;
                            else NULL */

    ServiceRow *row;
    Record *record;
    DriftRecord *drift;
    Desired *desired;   /* of row->request_digest, once it is needed */
    Delivery delivery;  /* of build and desired */
    Repository *mirror; /* open while something is uploaded */
    SourceTree *tree;
    GPtrArray *secrets; /* char*: hidden in every text */
    Build *build;       /* the one that desired came from, while it is being applied */
    bool build_wanted;  /* also when the revision is the same: changed input, nonce, --recompile */
    bool apply_wanted;
    bool drift_wanted;
    Intent intent;
    int64_t deployment_id;            /* 0: none under way */
    int64_t seen_ms;                  /* when the commit under way was seen */
    unsigned failures;                /* passing errors in a row: spaces the next try */
    char *failure_told;               /* the last of them that the log told; or NULL */
    char *findings_told, *drift_told; /* the same of drift, until there is none */
} ServiceUnit;

ServiceUnit *service_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                              const ServiceSettings *settings, const char *name, const char *path,
                              ServiceRow *row);
void service_unit_free(ServiceUnit *service);

/* One step (UnitWork). */
int64_t service_unit_work(void *data);

/* --- parts of a step, in files of their own --- */

typedef enum {
    PART_ON,    /* go on with the next part */
    PART_LATER, /* come back at *ret_due_ms */
    PART_REST,  /* nothing to do until woken */
} PartResult;

/* service_build.c: the desired state at `commit`. PART_REST when what people wrote is wrong. */
PartResult service_build_revision(ServiceUnit *service, const char *commit, int64_t *ret_due_ms);
/* Desired for row->request_digest: kept, from the store, or built anew. */
G_GNUC_WARN_UNUSED_RESULT
bool service_ensure_desired(ServiceUnit *service, GError **error);
/* Builds in the caller's thread without touching the service: for loop_plan. `deployment_nonce` is
 * the stored row's. */
G_GNUC_WARN_UNUSED_RESULT
Build *service_build_for_plan(ServiceUnit *service, const char *commit, unsigned deployment_nonce,
                              Problems *problems, Desired **ret_desired, GError **error);
/* service_verify.c: what runs against the stored row's revision, as verification_to_json with
 * service, stack and revision, a new reference: for loop_verify. In the caller's thread, without
 * touching the service.
 */
G_GNUC_WARN_UNUSED_RESULT
json_t *service_verify(ServiceUnit *service, const ServiceRow *stored, GError **error);
/* Frees what is only needed while something is built, applied or corrected. */
void service_drop_build(ServiceUnit *service);
/* Shows row->inputs to the shared look at them. */
void service_watch_inputs(ServiceUnit *service);
/* For others than its step: wakes the service where `inputs` answer other than it was built with.
 * Each change is told once. */
void service_compare_inputs(ServiceUnit *service, const Inputs *inputs);

/* service_apply.c */
PartResult service_apply(ServiceUnit *service, int64_t *ret_due_ms);
PartResult service_remove(ServiceUnit *service, int64_t *ret_due_ms);
bool service_adopt(ServiceUnit *service, GError **error);

/* service_prune.c: after a deploy, while its build is there. */
void service_prune(ServiceUnit *service);
void service_apply_context(ServiceUnit *service, ApplyContext *ret);

/* service_drift.c */
PartResult service_drift(ServiceUnit *service, int64_t *ret_due_ms);

/* service_state.c: what is shown and kept. */
void service_set_state(ServiceUnit *service, const char *state, const char *message,
                       const char *details);
G_GNUC_WARN_UNUSED_RESULT
bool service_save(ServiceUnit *service, GError **error);
void service_save_or_log(ServiceUnit *service);
/* An error of passing nature: told once, tried again later. */
PartResult service_try_later(ServiceUnit *service, const GError *error, int64_t *ret_due_ms);
/* History: a deployment begins (one that was under way is superseded), or one that a former life of
 * the controller began goes on; and ends. */
G_GNUC_WARN_UNUSED_RESULT
bool service_begin_deployment(ServiceUnit *service, const char *intent, GError **error);
void service_resume_deployment(ServiceUnit *service);
void service_finish_deployment(ServiceUnit *service, const char *outcome, const char *message);
/* `text` without the service's secrets. (transfer full) */
char *service_redact(const ServiceUnit *service, const char *text);
int64_t wall_clock_ms(void);
