/* controller/build/build.h
 *
 * From a service in a tree to all that a deploy needs: compiled until no input is missing,
 * artifacts identified, template finished. The same for a verb on a folder and for the loop. */
#pragma once
#include "config/problem.h"
#include "config/settings.h"
#include "reconcile/compile/compile.h"
#include "reconcile/package/built_folder.h"
#include "reconcile/package/package_cache.h"
#include "reconcile/source/read_set.h"
#include "reconcile/source/source_tree.h"

/* Fetches every request (GPtrArray of InputRequest*) and adds it to `inputs`. */
typedef bool (*InputFetcher)(const GPtrArray *requests, Inputs *inputs, void *data, GError **error);

/* That what a service consists of may be built first, and how. */
typedef struct {
    const BuildSettings *settings;
    const char *cache; /* the folder of built_folder.h */
    ReadSet *reads;    /* of the request's tree: the folder that is built is noted whole; or NULL */
    int give_up;       /* as in SandboxRequest */
    void (*started)(const char *command, void *data); /* or NULL */
    void *data;
} Builds;

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
    const Builds *builds; /* NULL: nothing of the repository is run */
} BuildRequest;

typedef struct {
    Service *service;
    GPtrArray *artifacts; /* Artifact*, beside service_artifacts */
    Template *compiled;
    BuiltFolder *built; /* what steps made of built_path in the tree; or NULL */
    char *built_path;
    char **steps;         /* what was run for it, as driftless.yml says it; or NULL */
    BuiltFolder *bundled; /* what the service's bundler made of it, at bundled_path; or NULL */
    char *bundled_path;
    BuiltFolder *installed; /* packages of its plugins, at installed_path; or NULL */
    char *installed_path;
} Build;

/* The tree that artifacts are packaged from: `base` (borrowed, must outlive it, and so must the
 * build) with what was built in its place. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
SourceTree *build_tree(const Build *build, SourceTree *base, GError **error);

/* Returns (transfer full) NULL when problems got an error (what people wrote), or with `error` set
 * (fetching an input failed). */
G_GNUC_WARN_UNUSED_RESULT
Build *build_service(const BuildRequest *request, Problems *problems, GError **error);
void build_free(Build *build);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Build, build_free)

/* Only the service, before its artifacts: for validate. */
G_GNUC_WARN_UNUSED_RESULT
Service *build_read(const BuildRequest *request, Problems *problems, GError **error);
