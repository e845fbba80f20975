/* tests/bench/package_bench.c
 *
 * What bench.py times as whole processes, on a mirror's objects:
 *
 *   package-bench bound MIRROR              reads and deflates every file of main on all cores,
 *                                           nothing else: no faster packing from git is possible
 *   package-bench zip MIRROR CACHE OUT [N]  what the controller does for an artifact of the whole
 *                                           tree; N: for so many, each without package-I */
#include "reconcile/package/package.h"
#include "reconcile/source/repository.h"
#include <git2.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 6 /* deflater.c's */

typedef struct {
    const char *mirror;
    GArray *ids; /* git_oid */
    atomic_uint next;
} Bound;

static void die(const char *what, GError *error)
{
    fprintf(stderr, "package-bench: %s: %s\n", what,
            error              ? error->message
            : git_error_last() ? git_error_last()->message
                               : "failed");
    exit(1);
}

static int add_blob(const char *root, const git_tree_entry *entry, void *data)
{
    Bound *bound = data;

    (void)root;
    if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB)
        g_array_append_vals(bound->ids, git_tree_entry_id(entry), 1);
    return 0;
}

static void *read_and_deflate(void *data)
{
    Bound *bound = data;
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(LEVEL);
    g_autofree char *folder = g_build_filename(bound->mirror, "objects", NULL), *space = NULL;
    size_t space_bytes = 0;
    git_odb *objects;

    if (git_odb_open(&objects, folder) < 0)
        die(folder, NULL);
    for (unsigned i; (i = atomic_fetch_add(&bound->next, 1)) < bound->ids->len;) {
        git_odb_object *object;
        size_t most;

        if (git_odb_read(&object, objects, &g_array_index(bound->ids, git_oid, i)) < 0)
            die("read", NULL);
        most = libdeflate_deflate_compress_bound(compressor, git_odb_object_size(object));
        if (most > space_bytes) {
            g_free(space);
            space = g_malloc(space_bytes = most);
        }
        libdeflate_deflate_compress(compressor, git_odb_object_data(object),
                                    git_odb_object_size(object), space, space_bytes);
        git_odb_object_free(object);
    }
    git_odb_free(objects);
    libdeflate_free_compressor(compressor);
    return NULL;
}

static void run_bound(const char *mirror)
{
    Bound bound = {.mirror = mirror, .ids = g_array_new(FALSE, FALSE, sizeof(git_oid))};
    const unsigned threads = g_get_num_processors();
    pthread_t *thread = g_new(pthread_t, threads);
    git_repository *repository;
    git_object *tree;

    git_libgit2_init();
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0); /* as we read; it is faster */
    if (git_repository_open_bare(&repository, mirror) < 0 ||
        git_revparse_single(&tree, repository, "refs/heads/main^{tree}") < 0 ||
        git_tree_walk((git_tree *)tree, GIT_TREEWALK_PRE, add_blob, &bound) < 0)
        die(mirror, NULL);
    for (unsigned i = 0; i < threads; i++)
        if (pthread_create(&thread[i], NULL, read_and_deflate, &bound) != 0)
            die("thread", NULL);
    for (unsigned i = 0; i < threads; i++)
        pthread_join(thread[i], NULL);
}

static void pack(SourceTree *tree, PackageCache *cache, const char *out, unsigned number)
{
    g_autoptr(ArtifactSpec) spec = artifact_spec_new("bench.zip", ARTIFACT_ZIP);
    g_autofree char *path = g_strdup_printf("%s.%u", out, number), *sha256 = NULL;
    g_autoptr(Artifact) artifact = NULL;
    g_autoptr(GError) error = NULL;
    uint64_t size;

    if (number)
        g_ptr_array_add(spec->patterns, g_strdup_printf("!node_modules/package-%u/**", number));
    artifact = package_identify(tree, spec, cache, &error);
    if (!artifact ||
        !package_write(tree, spec, artifact, cache, NULL, path, &size, &sha256, &error))
        die("pack", error);
    printf("%s %s\n", artifact->manifest_id, sha256);
}

static void run_zip(const char *mirror, const char *cache_path, const char *out, unsigned artifacts)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Repository) repository = repository_open(mirror, &error);
    g_autoptr(SourceTree) tree = NULL;
    g_autoptr(PackageCache) cache = NULL;
    Revision revision;

    if (!repository ||
        !repository_resolve(repository, REVISION_IS_BRANCH, "main", &revision, &error))
        die(mirror, error);
    tree = repository_tree(repository, revision.id, &error);
    cache = tree ? package_cache_open(cache_path, PACKAGE_CACHE_MAX_BYTES, &error) : NULL;
    if (!cache)
        die(mirror, error);
    for (unsigned i = 0; i < artifacts; i++)
        pack(tree, cache, out, i);
    revision_clear(&revision);
}

int main(int count, char **arguments)
{
    if (count == 3 && !strcmp(arguments[1], "bound")) {
        run_bound(arguments[2]);
    } else if (count >= 5 && !strcmp(arguments[1], "zip")) {
        run_zip(arguments[2], arguments[3], arguments[4],
                count > 5 ? (unsigned)strtoul(arguments[5], NULL, 10) : 1);
    } else {
        fputs("usage: package-bench bound MIRROR | zip MIRROR CACHE OUT [N]\n", stderr);
        return 2;
    }
    return 0;
}
