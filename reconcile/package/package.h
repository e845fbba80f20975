/* reconcile/package/package.h
 *
 * From files of a tree to the object that S3 gets: the same tree, spec and packer version give the
 * same bytes, in any time zone, locale and order of threads. What identifies an artifact (its
 * manifest id) is known from names, modes and blob ids alone; bytes are made only when S3 lacks
 * them.
 *
 * Selection is the framework's (micromatch patterns in order, last match wins, its default
 * excludes) minus what `.slsignore` (gitignore syntax) at the root of the spec ignores.
 *
 * Errors (PACKAGE_ERROR) say which artifact, which path and what to do. Ceilings: 100,000 files,
 * 256 MiB a blob (refused by its header), 250 MiB uncompressed for Lambda. Pure but for reading the
 * tree. */
#pragma once
#include "config/problem.h"
#include "reconcile/package/package_cache.h"
#include "reconcile/source/artifact.h"
#include "reconcile/source/source_tree.h"

#define PACKAGE_ERROR package_error_quark()
GQuark package_error_quark(void);
typedef enum {
    PACKAGE_ERROR_EMPTY,        /* no file matches */
    PACKAGE_ERROR_DEPENDENCIES, /* declared, but in neither tree nor artifact */
    PACKAGE_ERROR_LFS,          /* a Git LFS pointer would be shipped in place of its content */
    PACKAGE_ERROR_SUBMODULE,
    PACKAGE_ERROR_TOO_LARGE,
    PACKAGE_ERROR_NAME,    /* a name no zip may hold: absolute, climbing, NUL, over-long */
    PACKAGE_ERROR_SOURCE,  /* reading the tree failed */
    PACKAGE_ERROR_WRITE,   /* spooling the archive failed */
    PACKAGE_ERROR_PATTERN, /* a pattern that cannot be read, or leads out of the service */
} PackageError;

#define PACKER_VERSION 2

/* Our version and those of the libraries that make the bytes, in words; part of every manifest id.
 * (transfer full) */
char *package_packer(void);

/* Lists and checks what the spec selects and gives the artifact's identity, without reading more
 * than names, ids and the files needed for the checks (package.json, requirements.txt, suspiciously
 * small blobs for LFS); of what `cache` (NULL: none) holds only its id. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
Artifact *package_identify(SourceTree *tree, const ArtifactSpec *spec, PackageCache *cache,
                           GError **error);

/* Whether the archive has a file whose name goes on behind `stem` with "." or "/" ("src/app"
 * of src/app.py). True where nobody can tell, as its manifest was dropped. */
bool package_may_hold(const Artifact *artifact, const char *stem);

/* Whom package_write tells how many bytes of files it turns to next; called by its own thread. */
typedef struct {
    void (*tell)(uint64_t bytes, void *data);
    void *data;
} PackageProgress;

/* Writes the artifact's bytes to `path` (replaced atomically, spooled beside it) and gives their
 * size and base64 SHA-256 (Lambda's CodeSha256, (transfer full)). All kinds but S3. `artifact` is
 * what package_identify gave for this spec and spares selecting once more; NULL: select now.
 * `progress` may be NULL; archives alone are told of. */
G_GNUC_WARN_UNUSED_RESULT
bool package_write(SourceTree *tree, const ArtifactSpec *spec, const Artifact *artifact,
                   PackageCache *cache, const PackageProgress *progress, const char *path,
                   uint64_t *ret_size_bytes, char **ret_sha256, GError **error);

/* The files that the spec selects: paths relative to the root of the spec, sorted by bytes. For
 * `driftless package` and tests. */
G_GNUC_WARN_UNUSED_RESULT
bool package_list(SourceTree *tree, const ArtifactSpec *spec, GPtrArray **ret_paths,
                  GError **error);
