/* reconcile/source/export.h
 *
 * A folder of a tree as files on a disk, for what cannot read a SourceTree: a build in its sandbox.
 * Everything else reads objects; nothing that was exported is read by the controller itself.
 *
 * Files are 0644 or 0755 and folders 0755. Symlinks stay symlinks and have to lead to somewhere in
 * the exported folder. Names are checked, as git objects may hold any bytes. */
#pragma once
#include "reconcile/source/source_tree.h"

typedef struct {
    uint64_t bytes; /* all files together */
    unsigned files; /* files, links and folders */
} ExportCeilings;

/* Writes what is below `path` into `folder`, which exists and is empty. Errors:
 * SOURCE_ERROR_OUTSIDE for a symlink that leads out, SOURCE_ERROR_TOO_LARGE, SOURCE_ERROR_BROKEN
 * for a name that no file can have, a submodule or what cannot be read, SOURCE_ERROR_READ for the
 * disk. What was written until then stays. */
G_GNUC_WARN_UNUSED_RESULT
bool source_export(SourceTree *tree, const char *path, const char *folder,
                   const ExportCeilings *ceilings, GError **error);
