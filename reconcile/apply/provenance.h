/* reconcile/apply/provenance.h
 *
 * What an artifact was made from, as a statement that lies beside it on S3
 * ("<key>.provenance.json"): an in-toto Statement (in-toto.io/Statement/v1) with SLSA's build
 * provenance (slsa.dev/provenance/v1) as its predicate. It holds no time: the same commit gives the
 * same statement. Pure; thread-safe. */
#pragma once
#include "reconcile/package/package.h"
#include <jansson.h>

#define PROVENANCE_SUFFIX ".provenance.json"

/* Where artifacts come from; all borrowed, NULL where it is not known. */
typedef struct {
    const char *builder;    /* "driftless/0.1.0" */
    const char *repository; /* its URL: a login in it is left out */
    const char *commit;     /* NULL: a folder */
    const char *service, *stage, *path;
    const char *const *build_steps; /* run before compiling, in order */
    const char *bundler;            /* of the artifacts that are `bundled` */
    const char *installer;          /* of those that are `installed`: "pip" */
} ProvenanceSource;

/* `sha256`: base64, of the object's bytes. A new reference. */
json_t *provenance_statement(const ProvenanceSource *source, const ArtifactSpec *spec,
                             const Artifact *artifact, const char *sha256);
