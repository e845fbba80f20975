/* controller/store/artifact_needs.h
 *
 * Which artifacts may be needed again, as far as the store knows: those of what services stand at,
 * wait with, failed with or are pinned to, and of the last deployments of each, to which a rollback
 * goes. What stacks really have is asked of AWS beside this (controller/loop/service_prune.c). */
#pragma once
#include "controller/store/store.h"

typedef struct {
    GHashTable *keys; /* char*: S3 keys, a set */
    GPtrArray
        *services; /* ServiceRow*: those that have had such keys, whose stacks may name them */
} ArtifactNeeds;

void artifact_needs_clear(ArtifactNeeds *needs);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(ArtifactNeeds, artifact_needs_clear)

/* Keys that start with `prefix` (not empty), over all services: another may share it. `keep`: how
 * many deployments of each. */
G_GNUC_WARN_UNUSED_RESULT
bool artifact_needs_read(Store *store, const char *prefix, unsigned keep, ArtifactNeeds *ret,
                         GError **error);
