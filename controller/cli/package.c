#include "reconcile/package/package.h"
#include "config/json_text.h"
#include "controller/cli/failure.h"
#include "controller/cli/folder.h"
#include "controller/cli/package_state.h"
#include "controller/cli/progress.h"
#include "controller/cli/verb.h"
#include "reconcile/aws/parallel.h"
#include "reconcile/package/folder_sizes.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define FOLDERS_IN_TABLE 3
#define MAX_ARTIFACTS_AT_ONCE 4

/* What became of one artifact. */
typedef struct {
    const ArtifactSpec *spec;
    const Artifact *artifact;
    uint64_t size_bytes; /* as written */
    char *sha256;
    GPtrArray *folders; /* FolderSize* */
} Written;

static void written_free(void *data)
{
    Written *written = data;

    if (!written)
        return;
    g_free(written->sha256);
    g_clear_pointer(&written->folders, g_ptr_array_unref);
    g_free(written);
}

/* Made again at will: nothing waits for the disk. */
static bool write_json(const char *folder, const char *name, json_t *json, GError **error)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autofree char *text = json ? json_text(json, JSON_TEXT_INDENT) : NULL;

    return !json || g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0666, error);
}

/* The name under which the service was found. */
static const char *service_file(const Folder *folder)
{
    static const char *const names[] = {"serverless.yml", "serverless.yaml", "serverless.json",
                                        "serverless.js", "serverless.ts"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(folder->path, names[i], NULL);
        SourceEntry entry = {0};

        if (source_tree_entry(folder->tree, path, true, &entry, NULL) &&
            entry.kind != SOURCE_MISSING)
            return names[i];
    }
    return names[0];
}

static bool write_descriptions(const Folder *folder, const Build *build, const char *into,
                               GError **error)
{
    json_t *bootstrap = template_bootstrap(build->compiled);
    json_t *state = package_state(build, service_file(folder), into);
    bool written =
        write_json(into, "cloudformation-template-update-stack.json",
                   template_json(build->compiled), error) &&
        write_json(into, "cloudformation-template-create-stack.json", bootstrap, error) &&
        write_json(into, "serverless-state.json", state, error);

    json_decref(bootstrap);
    json_decref(state);
    return written;
}

/* What the threads that write artifacts share. */
typedef struct {
    const Folder *folder;
    SourceTree *tree; /* the folder's, with what was built in its place */
    const Build *build;
    const char *into;
    GPtrArray *all; /* Written*, in the artifacts' order */
    Progress *progress;
    pthread_mutex_t lock; /* held while that tree is used */
} Writing;

typedef struct {
    Progress *progress;
    const char *artifact;
} Told;

/* PackageProgress. */
static void tell(uint64_t bytes, void *data)
{
    const Told *told = data;

    progress_add(told->progress, bytes, told->artifact);
}

static Written *write_artifact(const Writing *writing, SourceTree *tree, size_t index,
                               GError **error)
{
    const ArtifactSpec *spec = service_artifacts(writing->build->service)->pdata[index];
    const Artifact *artifact = writing->build->artifacts->pdata[index];
    g_autofree char *path = g_build_filename(writing->into, spec->name, NULL);
    Told told = {writing->progress, spec->name};
    const PackageProgress progress = {tell, &told};
    Written *written = g_new0(Written, 1);

    written->spec = spec;
    written->artifact = artifact;
    if (spec->kind == ARTIFACT_S3 ||
        (package_write(tree, spec, artifact, writing->folder->cache, &progress, path,
                       &written->size_bytes, &written->sha256, error) &&
         folder_sizes(tree, spec, artifact, &written->folders, error)))
        return written;
    written_free(written);
    return NULL;
}

/* An artifact that kept its manifest needs no more of the tree than contents. */
static Written *write_beside_others(Writing *writing, size_t index, GError **error)
{
    const Artifact *artifact = writing->build->artifacts->pdata[index];
    g_autoptr(SourceTree) tree = NULL;
    Written *written = NULL;

    pthread_mutex_lock(&writing->lock);
    if (artifact->manifest)
        tree = source_tree_reopen(writing->tree, error);
    else
        written = write_artifact(writing, writing->tree, index, error);
    pthread_mutex_unlock(&writing->lock);
    return tree ? write_artifact(writing, tree, index, error) : written;
}

/* ParallelWork. */
static bool write_one(size_t index, void *data, GError **error)
{
    Writing *writing = data;
    Written *written = write_beside_others(writing, index, error);

    if (!written)
        return false;
    writing->all->pdata[index] = written;
    return true;
}

static GPtrArray *write_artifacts(const Folder *folder, const Build *build, const char *into,
                                  GError **error)
{
    const guint count = build->artifacts->len;
    const unsigned threads = MIN(MAX_ARTIFACTS_AT_ONCE, g_get_num_processors());
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(written_free);
    g_autoptr(Progress) progress = NULL;
    g_autoptr(SourceTree) tree = build_tree(build, folder->tree, error);
    uint64_t total = 0;
    bool written;

    if (!tree)
        return NULL;
    for (guint i = 0; i < count; i++)
        total += ((const Artifact *)build->artifacts->pdata[i])->size_bytes;
    progress = progress_new(total);
    g_ptr_array_set_size(all, (gint)count);
    Writing writing = {.folder = folder,
                       .tree = tree,
                       .build = build,
                       .into = into,
                       .all = all,
                       .progress = progress,
                       .lock = PTHREAD_MUTEX_INITIALIZER};

    written = parallel_run(count, threads, write_one, &writing, error);
    pthread_mutex_destroy(&writing.lock);
    return written ? g_steal_pointer(&all) : NULL;
}

/* Whether the files were packed before and came from the cache. (transfer full) */
static char *cached_text(const Written *written)
{
    const Artifact *artifact = written->artifact;

    if (written->spec->kind != ARTIFACT_ZIP && written->spec->kind != ARTIFACT_EMBEDDED)
        return g_strdup("-");
    if (artifact->cached_files == 0 || artifact->cached_files == artifact->files)
        return g_strdup(artifact->cached_files ? "yes" : "no");
    return g_strdup_printf("%u files", artifact->cached_files);
}

static void print_row(const Written *written, int width)
{
    g_autofree char *size = size_to_text(written->size_bytes);
    g_autofree char *unpacked = size_to_text(written->artifact->size_bytes);
    g_autofree char *cached = cached_text(written);

    if (written->spec->kind == ARTIFACT_S3) {
        printf("%-*s  lies at %s\n", width, written->spec->name, written->spec->file);
        return;
    }
    printf("%-*s %7u %10s %10s %11s\n", width, written->spec->name, written->artifact->files, size,
           unpacked, cached);
    for (guint i = 0; written->folders->len > 1 && i < MIN(written->folders->len, FOLDERS_IN_TABLE);
         i++) {
        const FolderSize *folder = written->folders->pdata[i];
        g_autofree char *amount = size_to_text(folder->size_bytes);

        printf("%-*s %7u %10s %10s %11s  %s\n", width, "", folder->files, "", amount, "",
               *folder->path ? folder->path : "(files at the top)");
    }
}

static void print_table(const GPtrArray *all, const char *into)
{
    int width = (int)strlen("artifact");

    for (guint i = 0; i < all->len; i++)
        width = MAX(width, (int)strlen(((const Written *)all->pdata[i])->spec->name));
    if (all->len)
        printf("%-*s %7s %10s %10s %11s  %s\n", width, "artifact", "files", "size", "unpacked",
               "cached", "largest folders");
    for (guint i = 0; i < all->len; i++)
        print_row(all->pdata[i], width);
    printf("written to %s\n", into);
}

static json_t *folders_to_json(const GPtrArray *folders)
{
    json_t *list = json_array();

    for (guint i = 0; folders && i < MIN(folders->len, FOLDER_SIZES_SHOWN); i++) {
        const FolderSize *folder = folders->pdata[i];

        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "path", folder->path, "sizeBytes",
                                              (json_int_t)folder->size_bytes, "files",
                                              (json_int_t)folder->files));
    }
    return list;
}

static void print_json(const GPtrArray *all, const char *into)
{
    json_t *artifacts = json_array(), *whole;
    g_autofree char *text = NULL;

    for (guint i = 0; i < all->len; i++) {
        const Written *written = all->pdata[i];
        json_t *item = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:o}", "name", written->spec->name,
                                 "manifest", written->artifact->manifest_id, "files",
                                 (json_int_t)written->artifact->files, "cachedFiles",
                                 (json_int_t)written->artifact->cached_files, "sizeBytes",
                                 (json_int_t)written->size_bytes, "uncompressedBytes",
                                 (json_int_t)written->artifact->size_bytes, "folders",
                                 folders_to_json(written->folders));

        if (written->sha256)
            json_object_set_new(item, "sha256", json_string(written->sha256));
        if (written->spec->kind == ARTIFACT_S3)
            json_object_set_new(item, "location", json_string(written->spec->file));
        json_array_append_new(artifacts, item);
    }
    whole = json_pack("{s:s, s:o}", "folder", into, "artifacts", artifacts);
    text = json_text(whole, JSON_TEXT_INDENT);
    json_decref(whole);
    puts(text);
}

static char *folder_to_write(const Arguments *arguments)
{
    const char *service = arguments->operands[0];

    if (arguments->output)
        return g_strdup(arguments->output);
    return service && strcmp(service, ".") != 0 ? g_build_filename(service, ".serverless", NULL)
                                                : g_strdup(".serverless");
}

static ExitStatus write_all(const Arguments *arguments, const Folder *folder, const Build *build,
                            const char *into)
{
    g_autoptr(GPtrArray) all = NULL;
    g_autoptr(GError) error = NULL;

    if (g_mkdir_with_parents(into, 0755) != 0) {
        failure_tell(arguments, "package", NULL, "make folder %s: %s", into, g_strerror(errno));
        return EXIT_FAILED;
    }
    all = write_artifacts(folder, build, into, &error);
    if (!all || !write_descriptions(folder, build, into, &error))
        return verb_fail(arguments, "package", error);
    if (arguments->json)
        print_json(all, into);
    else
        print_table(all, into);
    return EXIT_DONE;
}

ExitStatus verb_package(const Arguments *arguments)
{
    g_auto(Folder) folder = {0};
    g_autoptr(Build) build = NULL;
    g_autofree char *into = folder_to_write(arguments);

    if (!folder_open(arguments, &folder))
        return EXIT_USAGE;
    build = folder_build(&folder, arguments);
    return build ? write_all(arguments, &folder, build, into) : folder.exit;
}
