/* What repositories that nobody meant well by, and machines in a bad state, make of packing. */
#define _GNU_SOURCE /* unshare */
#include "reconcile/package/package.h"
#include "reconcile/source/repository.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

static char *folder, *mirror_folder;
static Repository *mirror;
static SourceTree *tree;
static ArtifactSpec *spec;
static PackageCache *cache;

static void make_repository(void)
{
    folder = temporary_folder_make();
    mirror_folder = g_build_filename(folder, "mirror", NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    g_setenv("GIT_DIR", mirror_folder, TRUE);
    temporary_run(folder, "git init -q --bare -b main mirror\n"
                          "for i in $(seq 50); do seq $((i * 100)) | git hash-object -w --stdin; "
                          "done | nl -w1 | sed 's/^\\(.*\\)\\t\\(.*\\)/100644 blob \\2\\tf\\1/' "
                          ">entries");
    spec = artifact_spec_new("service.zip", ARTIFACT_ZIP);
}

static void remove_repository(void)
{
    artifact_spec_free(spec);
    source_tree_free(tree);
    repository_free(mirror);
    package_cache_free(cache);
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(mirror_folder);
}

TestSuite(hostile, .init = make_repository, .fini = remove_repository);

/* A commit of the tree that the file `entries` describes, each line as `git mktree` reads it. */
static void open_commit(void)
{
    static const char commit[] =
        "t=$(git mktree --missing <entries)\n"
        "c=$(GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x GIT_COMMITTER_NAME=x GIT_COMMITTER_EMAIL=x "
        "git commit-tree -m x $t)\n"
        "git update-ref refs/heads/main $c\n";
    g_autoptr(GError) error = NULL;
    Revision revision = {0};

    temporary_run(folder, commit);
    mirror = repository_open(mirror_folder, &error);
    cr_assert(mirror && repository_resolve(mirror, REVISION_IS_BRANCH, "main", &revision, &error));
    tree = repository_tree(mirror, revision.id, &error);
    cr_assert_not_null(tree);
    revision_clear(&revision);
}

static long resident_kib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void expect_message(const GError *error, PackageError code, const char *part)
{
    cr_assert_not_null(error);
    cr_expect(g_error_matches(error, PACKAGE_ERROR, (int)code), "%s", error->message);
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
}

static void expect_refused(PackageError code, const char *part)
{
    g_autoptr(GError) error = NULL;

    cr_assert_null(package_identify(tree, spec, NULL, &error));
    expect_message(error, code, part);
}

static char *pack(GError **error)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL);
    char *sha256 = NULL;
    uint64_t size;

    return package_write(tree, spec, NULL, cache, NULL, path, &size, &sha256, error) ? sha256
                                                                                     : NULL;
}

Test(hostile, a_tree_of_git_objects_packs_the_same_without_a_cache_with_a_cold_and_a_warm_one)
{
    g_autofree char *path = g_build_filename(folder, "packages.db", NULL);
    g_autofree char *without = NULL, *cold = NULL, *warm = NULL;

    open_commit();
    without = pack(NULL);
    cr_assert_not_null(without);
    cache = package_cache_open(path, PACKAGE_CACHE_MAX_BYTES, NULL);
    cold = pack(NULL);
    warm = pack(NULL);
    cr_expect_str_eq(without, cold);
    cr_expect_str_eq(without, warm);
    cr_expect_eq(package_cache_counts(cache).hits, 50);
    temporary_run(folder, "unzip -p out.zip f7 >f7; seq 700 | cmp - f7");
}

Test(hostile, a_name_of_5000_bytes_is_refused)
{
    temporary_run(folder, "n=$(head -c 5000 /dev/zero | tr '\\0' n)\n"
                          "sed -i \"s/f50$/$n/\" entries");
    open_commit();
    expect_refused(PACKAGE_ERROR_NAME, "a name in a zip is UTF-8 of at most 4096 bytes");
}

/* Adds a folder that holds one entry of this name (\0 in it is a NUL), which is the object $b. `git
 * mktree` writes none of these; a tree is bytes all the same. */
static void add_crafted_folder(const char *object, const char *name)
{
    g_autofree char *command =
        g_strdup_printf("b=$(%s)\n"
                        "t=$(python3 -c \"import sys; sys.stdout.buffer.write(b'100644 ' + "
                        "sys.argv[1].encode().replace(b'\\\\\\\\0', bytes(1)) + bytes(1) + "
                        "bytes.fromhex(sys.argv[2]))\" '%s' $b | "
                        "git hash-object --literally -t tree -w --stdin)\n"
                        "printf '040000 tree %%s\\tfolder\\n' $t >>entries",
                        object, name);

    temporary_run(folder, command);
}

static void expect_name_refused(const char *name)
{
    add_crafted_folder("echo x | git hash-object -w --stdin", name);
    open_commit();
    expect_refused(PACKAGE_ERROR_SOURCE, "which no file may be called");
}

Test(hostile, a_name_that_climbs_out_is_refused)
{
    expect_name_refused("../../etc/cron.d/x");
}

Test(hostile, an_absolute_name_is_refused)
{
    expect_name_refused("/etc/passwd");
}

Test(hostile, a_name_that_is_the_folder_above_is_refused)
{
    expect_name_refused("..");
}

/* A NUL ends a name: what follows is no id and no further entry. */
Test(hostile, a_name_with_a_nul_makes_its_folder_unreadable)
{
    add_crafted_folder("echo x | git hash-object -w --stdin", "app\\0.js");
    open_commit();
    expect_refused(PACKAGE_ERROR_SOURCE, "folder: ");
}

Test(hostile, a_symlink_that_leads_to_itself_is_refused)
{
    temporary_run(folder, "b=$(printf f51 | git hash-object -w --stdin)\n"
                          "printf '120000 blob %s\tf51\n' $b >>entries");
    open_commit();
    expect_refused(PACKAGE_ERROR_SOURCE, "f51: ");
}

Test(hostile, a_folder_that_a_symlink_in_it_leads_back_to_is_refused)
{
    temporary_run(folder, "b=$(printf ../folder | git hash-object -w --stdin)\n"
                          "t=$(printf '120000 blob %s\tagain\n' $b | git mktree)\n"
                          "printf '040000 tree %s\tfolder\n' $t >>entries");
    open_commit();
    expect_refused(PACKAGE_ERROR_SOURCE, "one probably leads above itself");
}

Test(hostile, names_that_differ_in_case_or_unicode_form_only_are_different_files)
{
    g_autofree char *sha256 = NULL;

    temporary_run(folder, "b=$(echo x | git hash-object -w --stdin)\n"
                          "printf '100644 blob %s\\tA.js\\n' $b >>entries\n"
                          "printf '100644 blob %s\\ta.js\\n' $b >>entries\n"
                          "printf '100644 blob %s\\t\\303\\244.js\\n' $b >>entries\n"
                          "printf '100644 blob %s\\ta\\314\\210.js\\n' $b >>entries");
    open_commit();
    sha256 = pack(NULL);
    cr_assert_not_null(sha256);
    temporary_run(folder, "python3 -c \"import zipfile; n = zipfile.ZipFile('out.zip').namelist(); "
                          "assert {'A.js', 'a.js', '\\u00e4.js', 'a\\u0308.js'} <= set(n), n\"");
}

Test(hostile, two_hundred_thousand_files_are_refused_in_bounded_memory, .timeout = 60)
{
    const long before = resident_kib();

    temporary_run(folder, "b=$(echo x | git hash-object -w --stdin)\n"
                          "seq 200000 | sed \"s/.*/100644 blob $b\\tf&/\" >entries");
    open_commit();
    expect_refused(PACKAGE_ERROR_TOO_LARGE, "more than 100000 files");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    cr_expect_lt(resident_kib() - before, 96 * 1024, "%ld KiB", resident_kib() - before);
#else
    (void)before;
#endif
}

Test(hostile, seventy_thousand_files_are_packed, .timeout = 60)
{
    g_autofree char *sha256 = NULL;

    temporary_run(folder, "b=$(echo x | git hash-object -w --stdin)\n"
                          "seq 70000 | sed \"s/.*/100644 blob $b\\tf&/\" >entries");
    open_commit();
    sha256 = pack(NULL);
    cr_assert_not_null(sha256);
    temporary_run(folder, "unzip -Z1 out.zip | wc -l | grep -qx 70000");
}

Test(hostile, a_blob_over_256_mib_is_refused_by_its_header, .timeout = 60)
{
    const long before = resident_kib();

    temporary_run(folder, "b=$(head -c 270000000 /dev/zero | git hash-object -w --stdin)\n"
                          "printf '100644 blob %s\\tbig.bin\\n' $b >>entries");
    open_commit();
    expect_refused(PACKAGE_ERROR_TOO_LARGE, "big.bin: has 270000000 bytes");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    cr_expect_lt(resident_kib() - before, 32 * 1024, "%ld KiB", resident_kib() - before);
#else
    (void)before;
#endif
}

Test(hostile, a_missing_object_is_said_with_what_to_do)
{
    g_autoptr(GError) error = NULL;

    temporary_run(folder, "sed -i 's/^\\(100644 blob \\)[0-9a-f]*\\(\\tf9\\)$/\\1"
                          "0123456789012345678901234567890123456789\\2/' entries");
    open_commit();
    cr_assert_null(pack(&error));
    expect_message(error, PACKAGE_ERROR_SOURCE, "f9: ");
    cr_expect_not_null(strstr(error->message, "the mirror is damaged or incomplete"), "%s",
                       error->message);
    temporary_run(folder, "test ! -e out.zip && ! ls out.zip.* 2>/dev/null");
}

Test(hostile, a_damaged_object_is_no_part_of_an_archive)
{
    g_autoptr(GError) error = NULL;

    open_commit();
    temporary_run(folder,
                  "b=$(seq 2000 | git hash-object --stdin)\n"
                  "f=mirror/objects/$(echo $b | cut -c1-2)/$(echo $b | cut -c3-)\n"
                  "chmod u+w $f; s=$(stat -c %s $f)\n"
                  "printf '\\377' | dd of=$f bs=1 seek=$((s / 2)) conv=notrunc 2>/dev/null");
    cr_assert_null(pack(&error));
    expect_message(error, PACKAGE_ERROR_SOURCE, "f20: ");
}

Test(hostile, an_object_of_another_kind_is_no_file)
{
    add_crafted_folder("head -1 entries | git mktree", "evil");
    open_commit();
    expect_refused(PACKAGE_ERROR_SOURCE, "names an object that is no file's content");
}

Test(hostile, a_full_disk_is_said_and_leaves_the_old_archive_and_the_cache)
{
    g_autofree char *path = g_build_filename(folder, "packages.db", NULL);
    g_autofree char *right = NULL, *after = NULL;
    g_autoptr(GError) error = NULL;
    struct rlimit limit, full;

    temporary_run(folder, "for i in $(seq 30); do head -c 20000 /dev/urandom | git hash-object -w "
                          "--stdin; done | nl -w1 | sed 's/^\\(.*\\)\\t\\(.*\\)/100644 blob "
                          "\\2\\tr\\1/' >>entries");
    open_commit();
    right = pack(NULL);
    cache = package_cache_open(path, PACKAGE_CACHE_MAX_BYTES, NULL);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    full = (struct rlimit){200000, limit.rlim_max};
    setrlimit(RLIMIT_FSIZE, &full);
    cr_assert_null(pack(&error));
    expect_message(error, PACKAGE_ERROR_WRITE, "out.zip: File too large");
    setrlimit(RLIMIT_FSIZE, &limit);
    temporary_run(folder, "unzip -tqq out.zip && ! ls out.zip.* 2>/dev/null");
    after = pack(NULL);
    cr_expect_str_eq(after, right);
}

/* A file system of its own for this process and its children, or none where that is forbidden. */
static bool mount_small(const char *place, const char *options)
{
    return (unshare(CLONE_NEWNS) == 0 || unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", place, "tmpfs", 0, options) == 0;
}

Test(hostile, where_archive_and_cache_fill_a_disk_both_are_good_once_there_is_room)
{
    g_autofree char *small = g_build_filename(folder, "small", NULL);
    g_autofree char *path = g_build_filename(small, "packages.db", NULL);
    g_autofree char *out = g_build_filename(small, "out.zip", NULL);
    g_autofree char *right = NULL, *sha256 = NULL;
    g_autoptr(GError) error = NULL;
    uint64_t size;

    temporary_run(folder, "mkdir small; for i in $(seq 30); do head -c 20000 /dev/urandom | git "
                          "hash-object -w --stdin; done | nl -w1 | sed 's/^\\(.*\\)\\t\\(.*\\)/"
                          "100644 blob \\2\\tr\\1/' >>entries");
    if (!mount_small(small, "size=800k"))
        cr_skip_test("no file system may be mounted here");
    open_commit();
    right = pack(NULL);
    cache = package_cache_open(path, PACKAGE_CACHE_MAX_BYTES, NULL);
    cr_assert_not(package_write(tree, spec, NULL, cache, NULL, out, &size, &sha256, &error));
    expect_message(error, PACKAGE_ERROR_WRITE, "No space left on device; make room on that disk");
    cr_assert_eq(mount("none", small, "tmpfs", MS_REMOUNT, "size=8m"), 0);
    temporary_run(small, "! ls out.zip* 2>/dev/null");
    for (unsigned i = 0; i < 2; i++) {
        g_clear_pointer(&sha256, g_free);
        cr_assert(package_write(tree, spec, NULL, cache, NULL, out, &size, &sha256, NULL));
        cr_expect_str_eq(sha256, right);
    }
    package_cache_free(g_steal_pointer(&cache));
    temporary_run(small, "sqlite3 packages.db 'PRAGMA integrity_check' | grep -qx ok");
    umount(small);
}
