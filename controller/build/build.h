/* controller/build/build.h
 *
 * From a service in a tree to all that a deploy needs: compiled until no input is missing,
 * artifacts identified, template finished. The same for a verb on a folder and for the loop. */
#pragma once
#include "config/problem.h"
#include "reconcile/compile/compile.h"
#include "reconcile/package/package_cache.h"
#include "reconcile/source/source_tree.h"

/* Fetches every request (GPtrArray of InputRequest*) and adds it to `inputs`. */
typedef bool (*InputFetcher)(const GPtrArray *requests, Inputs *inputs, void *data, GError **error);

typedef struct {
    SourceTree *tree;
    const char *path;
    const CompileOptions *options;
    InputFetcher fetch; /* called also when there are errors already: one run tells them all */
    void *fetch_data;
    InputFetcher evaluate; /* the same for INPUT_SCRIPTs; NULL only where options allow none */
    void *evaluate_data;
    Inputs *inputs;      /* borrowed; what was fetched is added */
    PackageCache *cache; /* borrowed; NULL: none */
    bool will_write;     /* artifacts keep their manifests, as far as memory allows */
    bool template_only;  /* nothing will be deployed: dependencies that are nowhere are a warning */
} BuildRequest;

typedef struct {
    Service *service;
    GPtrArray *artifacts; /* Artifact*, beside service_artifacts */
    Template *compiled;
} Build;

/* Returns (transfer full) NULL when problems got an error (what people wrote), or with `error` set
 * (fetching an input failed). */
G_GNUC_WARN_UNUSED_RESULT
Build *build_service(const BuildRequest *request, Problems *problems, GError **error);
void build_free(Build *build);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Build, build_free)

/* Only the service, before its artifacts: for validate. */
G_GNUC_WARN_UNUSED_RESULT
Service *build_read(const BuildRequest *request, Problems *problems, GError **error);
