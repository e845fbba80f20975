#define _GNU_SOURCE /* sched_setaffinity */
#include "reconcile/package/package.h"
#include "reconcile/source/directory_tree.h"
#include "reconcile/source/embedded_tree.h"
#include "reconcile/source/read_set.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <sched.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static char *folder;
static SourceTree *tree;
static ArtifactSpec *spec;
static PackageCache *cache; /* NULL but where a test opens one */

static void open_folder(void)
{
    folder = temporary_folder_make();
    tree = directory_tree_new(folder, NULL);
    spec = artifact_spec_new("service.zip", ARTIFACT_ZIP);
    spec->root = g_strdup("service");
}

static void close_folder(void)
{
    artifact_spec_free(spec);
    source_tree_free(tree);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(package, .init = open_folder, .fini = close_folder);

static void fill_service(void)
{
    temporary_file_write(folder, "service/app.js", "exports.handler = async () => 1\n");
    temporary_file_write(folder, "service/lib/empty", "");
    temporary_file_write(folder, "service/lib/\xc3\xa4.txt", "umlaut\n");
    temporary_file_write(folder, "service/run.sh", "#!/bin/sh\necho run\n");
    temporary_run(
        folder,
        "chmod 755 service/run.sh; head -c 300000 /dev/urandom >service/random.bin; seq 200000 "
        ">service/numbers");
}

static Artifact *identify(void)
{
    g_autoptr(GError) error = NULL;
    Artifact *artifact = package_identify(tree, spec, cache, &error);

    cr_assert(artifact != NULL, "%s", error ? error->message : "");
    return artifact;
}

static void expect_refused(PackageError code, const char *part)
{
    g_autoptr(GError) error = NULL;
    Artifact *artifact = package_identify(tree, spec, cache, &error);

    cr_assert_null(artifact);
    cr_assert(g_error_matches(error, PACKAGE_ERROR, (int)code), "%s", error->message);
    cr_expect(g_str_has_prefix(error->message, "package service.zip: "), "%s", error->message);
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
}

static char *write_to(const char *name, uint64_t *ret_size)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    g_autoptr(GError) error = NULL;
    char *sha256 = NULL;

    cr_assert(package_write(tree, spec, NULL, cache, NULL, path, ret_size, &sha256, &error), "%s",
              error ? error->message : "");
    return sha256;
}

Test(package, writes_the_same_bytes_in_any_time_zone_and_locale)
{
    static const char *const zones[] = {"UTC", "Asia/Kolkata", "America/St_Johns",
                                        "Pacific/Auckland"};
    g_autofree char *first = NULL;
    uint64_t size;

    fill_service();
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++) {
        g_autofree char *again = NULL;

        setenv("TZ", zones[i], 1);
        setenv("LC_ALL", i % 2 ? "C" : "C.UTF-8", 1);
        tzset();
        again = write_to("out.zip", &size);
        if (!first)
            first = g_steal_pointer(&again);
        else
            cr_expect_str_eq(first, again, "%s", zones[i]);
    }
}

static void open_cache(void)
{
    g_autofree char *path = g_build_filename(folder, "packages.db", NULL);

    cache = package_cache_open(path, PACKAGE_CACHE_MAX_BYTES, NULL);
    cr_assert_not_null(cache);
}

static void close_cache(void)
{
    g_clear_pointer(&cache, package_cache_free);
}

static void fill_with_many(void)
{
    fill_service();
    temporary_run(folder, "for i in $(seq 300); do seq $((i * 37)) >service/lib/f$i.js; done\n"
                          "head -c 5000000 /dev/zero >service/large");
}

Test(package, writes_the_same_bytes_whatever_the_cache_holds_and_however_many_cores_there_are)
{
    g_autofree char *without = NULL, *cold = NULL, *warm = NULL, *half = NULL, *one_core = NULL;
    cpu_set_t one;
    uint64_t size;

    fill_with_many();
    without = write_to("out.zip", &size);
    open_cache();
    cold = write_to("out.zip", &size);
    warm = write_to("out.zip", &size);
    cr_expect_eq(package_cache_counts(cache).hits, 307);
    cr_expect_eq(package_cache_counts(cache).misses, 307);
    close_cache();
    temporary_run(folder, "sqlite3 packages.db 'DELETE FROM blob WHERE key % 2'");
    open_cache();
    half = write_to("out.zip", &size);
    close_cache();
    CPU_ZERO(&one);
    CPU_SET((unsigned)sched_getcpu(), &one);
    cr_assert_eq(sched_setaffinity(0, sizeof(one), &one), 0);
    one_core = write_to("out.zip", &size);
    cr_expect_str_eq(without, cold);
    cr_expect_str_eq(without, warm);
    cr_expect_str_eq(without, half);
    cr_expect_str_eq(without, one_core);
}

Test(package, a_cache_that_goes_bad_between_looking_and_reading_changes_no_byte)
{
    g_autofree char *right = NULL, *again = NULL, *after = NULL;
    uint64_t size;

    fill_with_many();
    open_cache();
    right = write_to("out.zip", &size);
    temporary_run(folder, "sqlite3 packages.db \"UPDATE blob SET data = zeroblob(length(data))"
                          " WHERE key % 3 = 1\"");
    again = write_to("out.zip", &size);
    cr_expect_str_eq(right, again);
    after = write_to("out.zip", &size);
    cr_expect_str_eq(right, after);
    cr_expect_geq(package_cache_counts(cache).hits, 307, "what was bad was made anew");
    close_cache();
}

Test(package, a_content_that_many_artifacts_hold_is_deflated_once)
{
    uint64_t size;

    fill_with_many();
    open_cache();
    for (int i = 1; i <= 10; i++) {
        g_autofree char *sha256 = NULL;

        g_ptr_array_add(spec->patterns, g_strdup_printf("!lib/f%d.js", i));
        sha256 = write_to("out.zip", &size);
    }
    cr_expect_eq(package_cache_counts(cache).misses, 306);
    close_cache();
}

Test(package, others_open_the_archive_and_find_everything_in_it)
{
    uint64_t size = 0;
    g_autofree char *sha256 = NULL, *command = NULL;

    fill_service();
    sha256 = write_to("out.zip", &size);
    command = g_strdup_printf(
        "unzip -tqq out.zip\n"
        "test \"$(stat -c %%s out.zip)\" = %" G_GUINT64_FORMAT "\n"
        "test \"$(openssl dgst -sha256 -binary out.zip | base64)\" = '%s'\n"
        "python3 - <<'END'\n"
        "import zipfile\n"
        "z = zipfile.ZipFile('out.zip')\n"
        "assert z.testzip() is None\n"
        "names = [i.filename for i in z.infolist()]\n"
        "assert names == sorted(names, key=str.encode), names\n"
        "assert names == ['app.js', 'lib/empty', 'lib/\\u00e4.txt', 'numbers', 'random.bin', "
        "'run.sh'], names\n"
        "for i in z.infolist():\n"
        "    assert z.read(i) == open('service/' + i.filename, 'rb').read(), i\n"
        "    assert i.date_time == (1980, 1, 1, 0, 0, 0), i\n"
        "    assert i.external_attr >> 16 == (0o100755 if i.filename == 'run.sh' else 0o100644), "
        "i\n"
        "    assert i.create_system == 3 and i.compress_type == zipfile.ZIP_DEFLATED, i\n"
        "    assert i.filename.isascii() or i.flag_bits & 0x800, i\n"
        "END",
        size, sha256);
    temporary_run(folder, command);
}

Test(package, identity_depends_on_names_modes_and_contents_alone)
{
    g_autoptr(Artifact) first = NULL, touched = NULL, changed = NULL, executable = NULL,
                        renamed = NULL;

    fill_service();
    first = identify();
    cr_expect_eq(strlen(first->manifest_id), 64);
    cr_expect_eq(first->files, 6);
    temporary_run(
        folder,
        "touch -d 2001-01-01 service/app.js; chmod 600 service/app.js; mkdir service/empty");
    touched = identify();
    cr_expect_str_eq(first->manifest_id, touched->manifest_id);
    cr_expect_str_eq(first->content_hash, touched->content_hash);
    temporary_run(folder, "echo >>service/app.js");
    changed = identify();
    cr_expect_str_neq(first->manifest_id, changed->manifest_id);
    temporary_run(folder, "chmod +x service/app.js");
    executable = identify();
    cr_expect_str_neq(changed->manifest_id, executable->manifest_id);
    temporary_run(folder, "mv service/app.js service/other.js");
    renamed = identify();
    cr_expect_str_neq(executable->manifest_id, renamed->manifest_id);
}

Test(package, its_files_are_noted_by_their_folders_in_a_read_set)
{
    g_autoptr(ReadSet) set = read_set_new();
    SourceTree *plain = tree;
    g_autoptr(Artifact) artifact = NULL;

    fill_service();
    tree = read_set_tree(plain, set);
    artifact = identify();
    source_tree_free(tree);
    tree = plain;
    temporary_file_write(folder, "elsewhere/x", "x");
    cr_expect(read_set_holds(set, tree, NULL, NULL));
    temporary_run(folder, "echo >>service/lib/empty");
    cr_expect_not(read_set_holds(set, tree, NULL, NULL));
}

Test(package, nothing_selected_is_an_error)
{
    fill_service();
    g_ptr_array_add(spec->patterns, g_strdup("!**"));
    expect_refused(PACKAGE_ERROR_EMPTY,
                   "no file of service matches; check package.patterns and .slsignore");
}

Test(package, a_root_that_is_not_there_is_an_error)
{
    expect_refused(PACKAGE_ERROR_SOURCE, "service: no such directory");
}

static const char lfs_pointer[] =
    "version https://git-lfs.github.com/spec/v1\noid "
    "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";

Test(package, an_lfs_pointer_is_an_error_unless_left_out)
{
    g_autoptr(Artifact) artifact = NULL;

    fill_service();
    temporary_file_write(folder, "service/model.bin", lfs_pointer);
    expect_refused(PACKAGE_ERROR_LFS, "service/model.bin: is a Git LFS pointer");
    g_ptr_array_add(spec->patterns, g_strdup("!model.bin"));
    artifact = identify();
}

Test(package, what_is_more_than_lambda_takes_is_refused_by_its_size)
{
    fill_service();
    temporary_run(folder, "truncate -s 257M service/big");
    expect_refused(PACKAGE_ERROR_TOO_LARGE, "service/big");
    temporary_run(folder, "rm service/big; truncate -s 130M service/one service/two");
    expect_refused(PACKAGE_ERROR_TOO_LARGE, "more than 250 MiB uncompressed");
}

static void expect_dependencies(const char *runtime, const char *file, const char *text,
                                const char *missing)
{
    g_autoptr(Artifact) artifact = NULL;

    temporary_file_write(folder, file, text);
    g_free(spec->runtime);
    spec->runtime = g_strdup(runtime);
    spec->check_dependencies = true;
    if (missing)
        expect_refused(PACKAGE_ERROR_DEPENDENCIES, missing);
    else
        artifact = identify();
}

Test(package, declared_node_dependencies_have_to_be_in_the_tree)
{
    static const char *const file = "service/package.json";

    fill_service();
    expect_dependencies("nodejs20.x", file,
                        "{\"dependencies\":{\"left-pad\":\"1\",\"@x/y\":\"2\"}}",
                        "declares left-pad, @x/y, which node_modules");
    temporary_file_write(folder, "service/node_modules/left-pad/index.js", "x");
    expect_dependencies("nodejs20.x", file,
                        "{\"dependencies\":{\"left-pad\":\"1\",\"@x/y\":\"2\"}}",
                        "declares @x/y, which");
    expect_dependencies("nodejs20.x", file, "{\"dependencies\":{\"left-pad\":\"1\"}}", NULL);
    expect_dependencies("nodejs20.x", file, "{\"devDependencies\":{\"jest\":\"1\"}}", NULL);
    expect_dependencies("nodejs20.x", file, "{\"dependencies\":{\"@aws-sdk/client-s3\":\"3\"}}",
                        NULL);
    expect_dependencies("nodejs20.x", file, "{\"dependencies\":{\"aws-sdk\":\"2\"}}", "aws-sdk");
    expect_dependencies("nodejs16.x", file, "{\"dependencies\":{\"aws-sdk\":\"2\"}}", NULL);
    expect_dependencies("nodejs16.x", file, "{\"dependencies\":{\"@aws-sdk/client-s3\":\"3\"}}",
                        "@aws-sdk/client-s3");
    expect_dependencies("java21", file, "{\"dependencies\":{\"left-pad2\":\"1\"}}", NULL);
    expect_dependencies("nodejs20.x", file, "not JSON", NULL);
    g_ptr_array_add(spec->patterns, g_strdup("!node_modules/**"));
    expect_dependencies("nodejs20.x", file, "{\"dependencies\":{\"bundled\":\"1\"}}", NULL);
    g_ptr_array_add(spec->patterns, g_strdup("node_modules/kept/**"));
    expect_dependencies("nodejs20.x", file, "{\"dependencies\":{\"bundled\":\"1\",\"kept\":\"1\"}}",
                        "declares kept, which");
    temporary_file_write(folder, "service/.slsignore", "node_modules/\n");
    expect_dependencies("nodejs20.x", file, "{\"dependencies\":{\"kept\":\"1\"}}", NULL);
}

Test(package, declared_python_dependencies_have_to_be_beside_the_code)
{
    static const char *const file = "service/requirements.txt";

    fill_service();
    expect_dependencies(
        "python3.12", file,
        "# tools\nrequests==2.31 ; python_version > '3'\n-r other.txt\n\nPyYAML>=6\n",
        "declares requests, pyyaml, none of which");
    expect_dependencies("python3.12", file, "boto3\nbotocore==1.2\n", NULL);
    expect_dependencies("nodejs20.x", file, "requests\n", NULL);
    temporary_file_write(folder, "service/requests/__init__.py", "x");
    expect_dependencies("python3.12", file, "requests[socks]==2.31\nPyYAML\n", NULL);
}

Test(package, a_python_module_or_metadata_beside_the_code_is_enough)
{
    static const char *const file = "service/requirements.txt";

    fill_service();
    temporary_file_write(folder, "service/PyYAML-6.0.dist-info/METADATA", "x");
    expect_dependencies("python3.12", file, "PyYAML\n", NULL);
}

Test(package, a_file_goes_as_it_is)
{
    g_autoptr(Artifact) artifact = NULL;
    g_autofree char *sha256 = NULL;
    uint64_t size;

    temporary_file_write(folder, "dist/app.zip", "PK whatever");
    spec->kind = ARTIFACT_FILE;
    spec->file = g_strdup("dist/app.zip");
    artifact = identify();
    sha256 = write_to("out.zip", &size);
    cr_expect_str_eq(sha256, artifact->content_hash);
    cr_expect_null(artifact->content_state);
    cr_expect_eq(size, 11);
    temporary_file_write(folder, "dist/app.zip", lfs_pointer);
    expect_refused(PACKAGE_ERROR_LFS, "dist/app.zip");
    temporary_run(folder, "rm dist/app.zip");
    expect_refused(PACKAGE_ERROR_SOURCE, "dist/app.zip: no such file");
}

Test(package, a_files_hash_can_go_on_where_that_is_wanted)
{
    g_autoptr(Artifact) artifact = NULL;
    g_autoptr(GChecksum) longer = NULL;
    g_autofree char *wanted = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "PK and more", -1);

    temporary_file_write(folder, "app.zip", "PK");
    spec->kind = ARTIFACT_FILE;
    spec->file = g_strdup("app.zip");
    spec->keeps_bytes_hash = true;
    artifact = identify();
    cr_assert(artifact->content_state);
    longer = g_checksum_copy(artifact->content_state);
    g_checksum_update(longer, (const guchar *)" and more", -1);
    cr_expect_str_eq(g_checksum_get_string(longer), wanted);
}

Test(package, a_text_goes_as_it_is_and_has_a_files_identity)
{
    g_autoptr(Artifact) text = NULL, file = NULL;
    g_autofree char *sha256 = NULL;
    uint64_t size;

    spec->kind = ARTIFACT_TEXT;
    spec->file = g_strdup("{}");
    text = identify();
    sha256 = write_to("out.json", &size);
    cr_expect_str_eq(sha256, text->content_hash);
    temporary_file_write(folder, "t.json", "{}");
    spec->kind = ARTIFACT_FILE;
    g_free(spec->file);
    spec->file = g_strdup("t.json");
    file = identify();
    cr_expect_str_eq(file->manifest_id, text->manifest_id);
}

Test(package, files_that_come_with_driftless_are_packed_as_a_repositorys_are)
{
    static const char one[] = "exports.a = 1", two[] = "exports.b = 2";
    static const EmbeddedFile files[] = {{"lib/two.js", two, two + sizeof two - 1},
                                         {"one.js", one, one + sizeof one - 1},
                                         {NULL, NULL, NULL}};
    g_autoptr(Artifact) embedded = NULL, written = NULL;
    g_autoptr(GPtrArray) paths = NULL;
    g_autofree char *sha256 = NULL, *same = NULL;
    uint64_t size;

    spec->kind = ARTIFACT_EMBEDDED;
    spec->embedded = files;
    g_free(g_steal_pointer(&spec->root));
    embedded = identify();
    sha256 = write_to("embedded.zip", &size);
    cr_assert(package_list(tree, spec, &paths, NULL));
    cr_assert_eq(paths->len, 2);
    cr_expect_str_eq(g_ptr_array_index(paths, 0), "lib/two.js");

    temporary_file_write(folder, "service/one.js", one);
    temporary_file_write(folder, "service/lib/two.js", two);
    spec->kind = ARTIFACT_ZIP;
    spec->root = g_strdup("service");
    written = identify();
    same = write_to("written.zip", &size);
    cr_expect_str_eq(embedded->manifest_id, written->manifest_id);
    cr_expect_str_eq(sha256, same);
}

Test(package, what_lies_on_s3_is_only_named)
{
    g_autoptr(Artifact) artifact = NULL;

    spec->kind = ARTIFACT_S3;
    spec->file = g_strdup("s3://bucket/some/key.zip");
    artifact = identify();
    cr_expect_str_eq(artifact->s3_bucket, "bucket");
    cr_expect_str_eq(artifact->s3_key, "some/key.zip");
    g_free(spec->file);
    spec->file = g_strdup("s3://bucket");
    expect_refused(PACKAGE_ERROR_NAME, "write s3://BUCKET/KEY");
}

Test(package, an_archive_that_cannot_be_written_leaves_the_old_one)
{
    g_autofree char *inside = g_build_filename(folder, "missing/out.zip", NULL);
    g_autofree char *old = g_build_filename(folder, "out.zip", NULL), *kept = NULL, *sha256 = NULL;
    g_autoptr(GError) error = NULL;
    uint64_t size = 7;

    fill_service();
    cr_expect_not(package_write(tree, spec, NULL, cache, NULL, inside, &size, &sha256, &error));
    cr_assert(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE), "%s", error->message);
    cr_expect_eq(size, 7);
    temporary_file_write(folder, "out.zip", "old");
    g_ptr_array_add(spec->patterns, g_strdup("!**"));
    cr_expect_not(package_write(tree, spec, NULL, cache, NULL, old, &size, &sha256, NULL));
    cr_assert(g_file_get_contents(old, &kept, NULL, NULL));
    cr_expect_str_eq(kept, "old");
}

Test(package, lists_what_it_takes)
{
    g_autoptr(GPtrArray) paths = NULL;

    fill_service();
    g_ptr_array_add(spec->patterns, g_strdup("!lib/**"));
    cr_assert(package_list(tree, spec, &paths, NULL));
    cr_assert_eq(paths->len, 4);
    cr_expect_str_eq(g_ptr_array_index(paths, 0), "app.js");
}

#if !defined(__SANITIZE_ADDRESS__) /* which keeps what was freed */
Test(package, writing_takes_little_more_memory_than_the_largest_file)
{
    struct rusage before, after;
    g_autofree char *sha256 = NULL;
    uint64_t size;

    temporary_run(
        folder,
        "mkdir service; for i in 1 2 3 4 5 6 7 8 9 10 11 12; do head -c 8000000 /dev/urandom "
        ">service/$i; done");
    getrusage(RUSAGE_SELF, &before);
    sha256 = write_to("out.zip", &size);
    getrusage(RUSAGE_SELF, &after);
    cr_expect_gt(size, 90000000);
    cr_expect_lt(after.ru_maxrss - before.ru_maxrss, 64 * 1024, "%ld KiB more",
                 after.ru_maxrss - before.ru_maxrss);
}
#endif
