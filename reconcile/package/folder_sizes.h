/* reconcile/package/folder_sizes.h
 *
 * Where the size of an artifact is: what `driftless package` shows, and what is said of one that
 * Lambda would refuse. */
#pragma once
#include "reconcile/source/artifact.h"
#include "reconcile/source/source_tree.h"

typedef struct {
    char *path; /* "node_modules/aws-sdk", "node_modules/@aws-sdk/client-s3", "src/assets"; "" for
                   what lies at the top */
    uint64_t size_bytes; /* uncompressed */
    unsigned files;
} FolderSize;

/* The folders of what the spec selects, largest first: of a dependency its package, else two levels
 * of names. Each file counts once. FolderSize* (transfer full); empty for what is no selection of
 * files. `artifact` (or NULL) spares selecting once more. Errors: as package_list. */
G_GNUC_WARN_UNUSED_RESULT
bool folder_sizes(SourceTree *tree, const ArtifactSpec *spec, const Artifact *artifact,
                  GPtrArray **ret, GError **error);

#define FOLDER_SIZES_SHOWN 10

/* "81.3 MiB", in the units of Lambda's limits, with a plain space: columns stay straight. (transfer
 * full) */
char *size_to_text(uint64_t bytes);

/* The first `count` of them, a line each: "  81.3 MiB  node_modules/aws-sdk". (transfer full) */
char *folder_sizes_to_text(const GPtrArray *sizes, unsigned count);
