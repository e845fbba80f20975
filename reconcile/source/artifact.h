/* reconcile/source/artifact.h
 *
 * What of a tree goes to AWS as one object (ArtifactSpec), and what came of it (Artifact).
 * reconcile/compile says the first and uses the second, reconcile/package makes the second from the
 * first; the types live here, below both, so that neither knows the other. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    ARTIFACT_ZIP,  /* files chosen by patterns, zipped */
    ARTIFACT_FILE, /* one file as it is: `package.artifact`, a SAM DefinitionUri, a nested template
                    */
    ARTIFACT_S3,   /* lies on S3 already (`package.artifact: s3://…`): nothing is built */
    ARTIFACT_TEXT, /* content that compiling made (a nested template after its own packaging) */
    ARTIFACT_EMBEDDED, /* files that come with Driftless, zipped: the custom resources' code */
} ArtifactKind;

typedef struct {
    /* Unique within the service and the object's file name: "hello.zip", "service.zip". */
    char *name;
    ArtifactKind kind;
    char *root;            /* folder in the tree that names inside the zip are relative to */
    GPtrArray *patterns;   /* char*, ZIP: in order, "!x" excludes, last match wins; starts from
                              everything below root */
    GPtrArray *exclusions; /* char*, ZIP: left out unless a pattern brings it back ("!x": taken in),
                              and without a say in what is searched for: the service's own file,
                              local plugins, layers, an older service's `exclude` */
    char *file;            /* FILE: path in the tree; S3: s3://bucket/key; TEXT: the content */
    const struct EmbeddedFile
        *embedded;         /* EMBEDDED: embedded_tree.h; borrowed, outlives the spec */
    bool keeps_bytes_hash; /* FILE: content_state is wanted */
    bool is_layer;  /* ZIP: what patterns reach by "../" has its name as seen from root, so that
                       "../lib/a.js" is a.js in the layer at lib; elsewhere it is lib/a.js */
    bool bundled;   /* ZIP: root is what the service's bundler makes; there only once it has run */
    char *lifted;   /* ZIP: the folder below root whose files lie at the top of the archive, and of
                       the others only what composition.h names; NULL: root itself */
    char *added;    /* ZIP: a folder in the tree, all of whose files are in the archive too whatever
                       the patterns say, in place of what has the same name; there only once it was
                       made; NULL: none */
    bool installed; /* its dependencies were installed, into `added`, its root or a layer */
    bool exclude_dev_dependencies;
    bool check_dependencies; /* declared dependencies that are nowhere are an error (Node and Python
                                runtimes) */
    char *runtime;           /* of the functions that use it, for that check; NULL: unknown */
    char *declared_in;       /* "services/orders/serverless.yml:12": for messages */
} ArtifactSpec;

typedef struct {
    char *name;         /* the spec's */
    char *manifest_id;  /* hex SHA-256 over path, mode, blob id and packer version: known without
                           compressing */
    char *content_hash; /* base64 SHA-256 that stands for the content in Lambda version ids: of the
                           file's bytes for FILE, of the manifest for ZIP (whose bytes need not
                           exist yet) */
    GChecksum *content_state; /* SHA-256 over the file's bytes that can go on (a copy of it), where
                                 the spec keeps_bytes_hash; else NULL */
    char *s3_bucket, *s3_key; /* S3 only: where it lies */
    uint64_t size_bytes;      /* uncompressed */
    unsigned files;
    unsigned cached_files; /* of those, how many the cache held deflated when it was identified */
    void *manifest; /* package's own: what was selected, so that writing need not look again; NULL
                       when it was dropped */
    void (*manifest_free)(void *manifest);
} Artifact;

ArtifactSpec *artifact_spec_new(const char *name, ArtifactKind kind);
void artifact_spec_free(ArtifactSpec *spec);
void artifact_free(Artifact *artifact);

/* Gives the memory of its manifest back, some 300 bytes a file. */
void artifact_drop_manifest(Artifact *artifact);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArtifactSpec, artifact_spec_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Artifact, artifact_free)
