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

static void write_members(unsigned members)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL), *sha256 = NULL;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(ZipWriter) zip = zip_writer_new(path, NULL);
    const Deflated deflated = content();
    uint64_t size;

    cr_assert_not_null(zip);
    for (unsigned i = 0; i < members; i++) {
        g_ptr_array_add(names, i ? g_strdup_printf("folder-%03u/file-%06u.txt", i / 1000, i)
                                 : g_strdup("META-INF/MANIFEST.MF"));
        cr_assert(zip_writer_add(zip, g_ptr_array_index(names, i), i == 1, &deflated, NULL));
    }
    cr_assert(zip_writer_finish(zip, &size, &sha256, NULL));
    cr_expect_eq(strlen(sha256), 44);
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

    write_members(members);
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

Test(zip_writer, what_is_not_finished_leaves_nothing)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL);
    ZipWriter *zip = zip_writer_new(path, NULL);
    const Deflated deflated = content();

    cr_assert(zip_writer_add(zip, "name", false, &deflated, NULL));
    zip_writer_free(zip);
    temporary_run(folder, "test -z \"$(ls -A)\"");
}

Test(zip_writer, a_full_disk_is_said_and_leaves_what_was_there)
{
    g_autofree char *path = g_build_filename(folder, "out.zip", NULL), *sha256 = NULL;
    g_autoptr(GError) error = NULL;
    const struct rlimit full = {300000, 300000};
    const Deflated deflated = content();
    ZipWriter *zip;
    uint64_t size;

    temporary_file_write(folder, "out.zip", "old");
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &full);
    zip = zip_writer_new(path, NULL);
    for (unsigned i = 0; i < 5000; i++)
        if (!zip_writer_add(zip, "name", false, &deflated, &error))
            break;
    cr_assert(error || !zip_writer_finish(zip, &size, &sha256, &error));
    cr_expect(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE));
    cr_expect_not_null(strstr(error->message, "out.zip: File too large"), "%s", error->message);
    zip_writer_free(zip);
    temporary_run(folder, "test \"$(ls -A)\" = out.zip && grep -qx old out.zip");
}
