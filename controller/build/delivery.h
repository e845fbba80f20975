/* controller/build/delivery.h
 *
 * A build on its way to its stack: the artifact bucket, what S3 lacks, then the stack, one step at
 * a time. What apply_step is for a request, this is for a request with its artifacts; the loop and
 * `driftless deploy` both go through it. */
#pragma once
#include "controller/build/build.h"
#include "reconcile/apply/apply.h"
#include "reconcile/apply/artifact_store.h"

typedef struct {
    const ApplyContext
        *context;       /* set before every step; its data is handed to the callbacks here too */
    const Build *build; /* NULL: a request from the store, whose artifacts are on S3 already */
    const Desired *desired;
    Record *record;
    Intent intent;
    const char *spool_folder;
    PackageCache *cache; /* borrowed; NULL: none */
    /* The tree that build came from; borrowed. Asked for when something has to be uploaded. */
    SourceTree *(*tree)(void *data, GError **error);
    ProvenanceSource source; /* of the tree; service, stage and builder are filled in */
    json_t
        *known; /* {S3 key: base64 SHA-256} that earlier deliveries uploaded; borrowed, or NULL */
    void (*uploaded)(const ArtifactItem *item, void *data); /* or NULL; as in artifacts_upload */

    /* The delivery's own. */
    Desired
        *bootstrap; /* the stack with nothing but its bucket, where artifacts go into the stack */
    char *bucket;   /* where artifacts go, once it is known */
    bool has_uploaded;
    json_t *artifacts; /* {S3 key: base64 SHA-256} of all that S3 has for this build; NULL before */
} Delivery;

/* Frees what the delivery owns and zeroes it. */
void delivery_clear(Delivery *delivery);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Delivery, delivery_clear)

/* As apply_step. */
G_GNUC_WARN_UNUSED_RESULT
bool delivery_step(Delivery *delivery, StepResult *ret, GError **error);
