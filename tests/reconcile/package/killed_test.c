/* A packing that is killed at any moment leaves a cache that gives right bytes. */
#include "reconcile/package/package.h"
#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 50
#define FILES 600

static char *folder, *cache_path;
static SourceTree *tree;
static ArtifactSpec *spec;

static void make_folder(void)
{
    folder = temporary_folder_make();
    cache_path = g_build_filename(folder, "packages.db", NULL);
    temporary_run(folder,
                  "mkdir tree; head -c 18000000 /dev/urandom | split -b 30000 -d -a 4 - tree/f");
    tree = directory_tree_new(folder, NULL);
    spec = artifact_spec_new("service.zip", ARTIFACT_ZIP);
    spec->root = g_strdup("tree");
}

static void remove_folder(void)
{
    artifact_spec_free(spec);
    source_tree_free(tree);
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(cache_path);
}

TestSuite(killed, .init = make_folder, .fini = remove_folder);

static char *pack(PackageCache *cache)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL);
    char *sha256 = NULL;
    uint64_t size;

    cr_assert(package_write(tree, spec, NULL, cache, NULL, path, &size, &sha256, NULL));
    return sha256;
}

/* Packs in a process of its own, which is killed after so long. */
static void pack_and_kill(unsigned after_us)
{
    const pid_t child = fork();
    int status;

    cr_assert_geq(child, 0);
    if (child == 0) {
        PackageCache *cache = package_cache_open(cache_path, PACKAGE_CACHE_MAX_BYTES, NULL);

        if (cache)
            g_free(pack(cache));
        pause();
    }
    g_usleep(after_us);
    kill(child, SIGKILL);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_assert(WIFSIGNALED(status));
}

static unsigned expect_intact(void)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *statement = NULL;
    unsigned blobs = 0;

    cr_assert_eq(sqlite3_open(cache_path, &database), SQLITE_OK);
    cr_assert_eq(sqlite3_prepare_v2(database, "PRAGMA integrity_check", -1, &statement, NULL),
                 SQLITE_OK);
    cr_assert_eq(sqlite3_step(statement), SQLITE_ROW);
    cr_expect_str_eq((const char *)sqlite3_column_text(statement, 0), "ok");
    sqlite3_finalize(statement);
    statement = NULL;
    if (sqlite3_prepare_v2(database, "SELECT count(*) FROM blob", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        blobs = (unsigned)sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return blobs;
}

Test(killed, fifty_times_and_the_cache_gives_right_bytes_after_each, .timeout = 100)
{
    g_autofree char *right = pack(NULL);
    unsigned found_something = 0, found_part = 0;
    gint64 whole_us = g_get_monotonic_time();

    g_free(pack(NULL));
    whole_us = g_get_monotonic_time() - whole_us;
    for (unsigned i = 0; i < KILLS; i++) {
        g_autofree char *again = NULL;
        unsigned blobs;

        g_unlink(cache_path);
        pack_and_kill((unsigned)(whole_us * 3 / 2 * i / KILLS));
        blobs = expect_intact();
        found_something += blobs > 0;
        found_part += blobs > 0 && blobs < FILES;
        g_autoptr(PackageCache) cache =
            package_cache_open(cache_path, PACKAGE_CACHE_MAX_BYTES, NULL);

        cr_assert_not_null(cache);
        again = pack(cache);
        cr_assert_str_eq(again, right, "after kill %u", i);
        cr_expect_eq(package_cache_counts(cache).hits, blobs, "what was kept before is used");
    }
    cr_expect_gt(found_part, 0, "it was never killed between the first and the last that was kept");
    fprintf(stderr, "of %d kills %u left part of the contents, %u all\n", KILLS, found_part,
            found_something - found_part);
}
