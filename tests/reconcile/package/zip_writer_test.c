#include "reconcile/package/package.h"
#include "reconcile/package/zip_writer.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <libdeflate.h>
#include <signal.h>
#include <sys/resource.h>

static char *folder;

static void make_folder(void)
{
    folder = temporary_folder_make();
}

static void remove_folder(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(zip_writer, .init = make_folder, .fini = remove_folder);

static const char text[] = "Main-Class: hello\n"; /* Java takes the first member for its manifest */
static char space[100];

static Deflated content(void)
{
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    Deflated deflated = {.size_bytes = strlen(text),
                         .checksum = libdeflate_crc32(0, text, strlen(text)),
                         .data = space};

    deflated.data_bytes =
        libdeflate_deflate_compress(compressor, text, strlen(text), space, sizeof(space));
    libdeflate_free_compressor(compressor);
    return deflated;
}

static bool give(void *data, Deflated *ret, GError **error)
{
    const Deflated *deflated = data;

    (void)error;
    *ret = *deflated;
    return true;
}

static char *name_of(unsigned i)
{
    return i ? g_strdup_printf("folder-%03u/file-%06u.txt", i / 1000, i)
             : g_strdup("META-INF/MANIFEST.MF");
}

static void add_members(ZipWriter *zip, unsigned members)
{
    for (unsigned i = 0; i < members; i++) {
        g_autofree char *name = name_of(i);

        cr_assert(zip_writer_add(zip, name, i == 1, NULL));
    }
}

/* Gives the archive's hash. */
static char *write_members(unsigned members)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL);
    g_autoptr(ZipWriter) zip = zip_writer_new(path, members, NULL);
    Deflated deflated = content();
    char *sha256;
    uint64_t size;

    cr_assert_not_null(zip);
    add_members(zip, members);
    cr_assert(zip_writer_finish(zip, give, &deflated, &size, &sha256, NULL));
    return sha256;
}

/* Four readers that share no code with us or with one another. */
static const char readers[] =
    "unzip -tqq out.zip\n"
    "unzip -Z1 out.zip | wc -l | grep -qx $MEMBERS\n"
    "unzip -p out.zip folder-000/file-000001.txt | grep -qx 'Main-Class: hello'\n"
    "bsdtar -tf out.zip | wc -l | grep -qx $MEMBERS\n"
    "bsdtar -xOf out.zip folder-000/file-000001.txt | grep -qx 'Main-Class: hello'\n"
    "python3 -c 'import sys, zipfile; z = zipfile.ZipFile(\"out.zip\"); assert z.testzip() is "
    "None; "
    "assert len(z.infolist()) == int(sys.argv[1])' $MEMBERS\n"
    "java -jar out.zip 2>&1 | grep 'Could not find or load main class hello'\n";

static void expect_readable(unsigned members)
{
    g_autofree char *command = g_strdup_printf("MEMBERS=%u\n%s", members, readers);

    g_free(write_members(members));
    temporary_run(folder, command);
}

Test(zip_writer, others_read_what_it_writes)
{
    expect_readable(2);
}

Test(zip_writer, others_read_the_most_members_that_need_no_zip64)
{
    expect_readable(65534);
}

Test(zip_writer, others_read_more_members_than_a_plain_zip_holds, .timeout = 60)
{
    expect_readable(70000);
}

Test(zip_writer, no_time_zone_shows)
{
    static const char *const zones[] = {"UTC", "Pacific/Kiritimati", "America/St_Johns", NULL};
    g_autofree char *here = write_members(3);

    for (const char *const *zone = zones; *zone; zone++) {
        g_autofree char *there = NULL;

        g_setenv("TZ", *zone, TRUE);
        there = write_members(3);
        cr_expect_str_eq(there, here, "%s", *zone);
    }
    temporary_run(folder, "unzip -Z -T out.zip | grep -c 19800101.000000 | grep -qx 3");
}

Test(zip_writer, the_hash_is_the_files)
{
    g_autofree char *sha256 = write_members(70000), *command = NULL; /* headers beyond any window */

    command =
        g_strdup_printf("openssl dgst -sha256 -binary out.zip | base64 | grep -qxF '%s'", sha256);
    temporary_run(folder, command);
}

/* Larger than what is kept in memory, so that its header is gone back to in the file. */
Test(zip_writer, a_content_larger_than_the_window_is_whole)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL), *sha256 = NULL;
    g_autoptr(ZipWriter) zip = zip_writer_new(path, 2, NULL);
    const size_t size = (size_t)3 << 20;
    g_autofree unsigned char *noise = g_malloc(size);
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    const size_t bound = libdeflate_deflate_compress_bound(compressor, size);
    g_autofree void *data = g_malloc(bound);
    Deflated deflated = {.size_bytes = size, .data = data};
    uint64_t zip_size;
    uint32_t state = 1;

    for (size_t i = 0; i < size; i++)
        noise[i] = (unsigned char)((state = state * 1664525 + 1013904223) >> 24);
    deflated.checksum = libdeflate_crc32(0, noise, size);
    deflated.data_bytes = libdeflate_deflate_compress(compressor, noise, size, data, bound);
    libdeflate_free_compressor(compressor);
    cr_assert(zip_writer_add(zip, "a", false, NULL) && zip_writer_add(zip, "b", false, NULL));
    cr_assert(zip_writer_finish(zip, give, &deflated, &zip_size, &sha256, NULL));
    temporary_run(folder, "unzip -tqq out.zip && bsdtar -tf out.zip | wc -l | grep -qx 2");
}

Test(zip_writer, names_are_kept_as_they_are)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL), *sha256 = NULL;
    g_autoptr(ZipWriter) zip = zip_writer_new(path, 3, NULL);
    g_autoptr(GError) error = NULL;
    Deflated deflated = content();
    uint64_t size;

    cr_assert(zip_writer_add(zip, "a\x01\x7f\\b", false, NULL));
    cr_assert(zip_writer_add(zip, "gr\xc3\xbc\xc3\x9f.js", false, NULL));
    cr_expect_not(zip_writer_add(zip, "\x01\xc3\xbc", false, &error));
    cr_expect(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_NAME));
    cr_expect_not_null(strstr(error->message, "rename it"), "%s", error->message);
    cr_assert(zip_writer_finish(zip, give, &deflated, &size, &sha256, NULL));
    temporary_run(folder, "python3 -c 'import zipfile; assert zipfile.ZipFile(\"out.zip\")"
                          ".namelist() == [\"a\\x01\\x7f\\\\b\", \"gr\\xfc\\xdf.js\"]'");
}

static bool give_nothing(void *data, Deflated *ret, GError **error)
{
    unsigned *left = data;
    static Deflated deflated;

    deflated = content();
    *ret = deflated;
    if (*left && --*left)
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_SOURCE, "no content today");
    return false;
}

Test(zip_writer, a_content_that_cannot_be_had_is_said_and_leaves_nothing)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL), *sha256 = NULL;
    g_autoptr(GError) error = NULL;
    ZipWriter *zip = zip_writer_new(path, 9, NULL);
    unsigned left = 5;
    uint64_t size;

    add_members(zip, 9);
    cr_expect_not(zip_writer_finish(zip, give_nothing, &left, &size, &sha256, &error));
    cr_expect(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_SOURCE));
    cr_expect_str_eq(error->message, "no content today");
    zip_writer_free(zip);
    temporary_run(folder, "test -z \"$(ls -A)\"");
}

Test(zip_writer, what_is_not_finished_leaves_nothing)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL);
    ZipWriter *zip = zip_writer_new(path, 1, NULL);

    cr_assert(zip_writer_add(zip, "name", false, NULL));
    zip_writer_free(zip);
    temporary_run(folder, "test -z \"$(ls -A)\"");
}

Test(zip_writer, a_full_disk_is_said_and_leaves_what_was_there)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL), *sha256 = NULL;
    g_autoptr(GError) error = NULL;
    const struct rlimit full = {300000, 300000};
    Deflated deflated = content();
    ZipWriter *zip;
    uint64_t size;

    temporary_file_write(folder, "out.zip", "old");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &full);
    zip = zip_writer_new(path, 5000, NULL);
    add_members(zip, 5000);
    cr_expect_not(zip_writer_finish(zip, give, &deflated, &size, &sha256, &error));
    cr_expect(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE));
    cr_expect_not_null(strstr(error->message, "out.zip: File too large"), "%s", error->message);
    zip_writer_free(zip);
    temporary_run(folder, "test \"$(ls -A)\" = out.zip && grep -qx old out.zip");
}
