#include "reconcile/package/deflater.h"
#include "reconcile/package/package.h"
#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <libdeflate.h>

#define FILES 2000

static char *folder;
static SourceTree *tree;
static GArray *files; /* DeflaterFile */
static GPtrArray *paths;

static void open_folder(void)
{
    folder = temporary_folder_make();
    tree = directory_tree_new(folder, NULL);
    files = g_array_new(FALSE, FALSE, sizeof(DeflaterFile));
    paths = g_ptr_array_new_with_free_func(g_free);
}

static void close_folder(void)
{
    g_array_unref(files);
    g_ptr_array_unref(paths);
    source_tree_free(tree);
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(deflater, .init = open_folder, .fini = close_folder);

static void add_file(char *path, const char *id)
{
    const DeflaterFile file = {path, id};

    g_ptr_array_add(paths, path);
    g_array_append_val(files, file);
}

static void expect_content(const Deflated *deflated, const char *expected, size_t size)
{
    struct libdeflate_decompressor *inflater = libdeflate_alloc_decompressor();
    g_autofree char *content = g_malloc(size + 1);
    size_t got = 0;

    cr_assert_eq(deflated->size_bytes, size);
    cr_assert_eq(libdeflate_deflate_decompress(inflater, deflated->data, deflated->data_bytes,
                                               content, size, &got),
                 LIBDEFLATE_SUCCESS);
    cr_expect(got == size && memcmp(content, expected, size) == 0);
    cr_expect_eq(deflated->checksum, libdeflate_crc32(0, expected, size));
    libdeflate_free_decompressor(inflater);
}

static void fill(void)
{
    temporary_run(folder,
                  "for i in $(seq 0 1999); do echo content $i; done | split -l 1 -d -a 4 - f");
    for (unsigned i = 0; i < FILES; i++)
        add_file(g_strdup_printf("f%04u", i), "");
}

Test(deflater, gives_every_content_in_order)
{
    g_autoptr(Deflater) deflater = NULL;

    fill();
    deflater = deflater_new(tree, files);
    for (unsigned i = 0; i < FILES; i++) {
        g_autofree char *expected = g_strdup_printf("content %u\n", i);
        Deflated deflated;

        cr_assert(deflater_take(deflater, &deflated, NULL));
        expect_content(&deflated, expected, strlen(expected));
    }
}

Test(deflater, large_and_empty_contents_come_in_their_order_too)
{
    g_autoptr(Deflater) deflater = NULL;
    g_autofree char *large = g_malloc0(9000000);

    temporary_run(folder,
                  "for i in 1 3 5; do head -c 9000000 /dev/zero >f$i; done; : >f0; : >f2; : >f4");
    for (unsigned i = 0; i < 6; i++)
        add_file(g_strdup_printf("f%u", i), "");
    deflater = deflater_new(tree, files);
    for (unsigned i = 0; i < 6; i++) {
        Deflated deflated;

        cr_assert(deflater_take(deflater, &deflated, NULL));
        expect_content(&deflated, large, i % 2 ? 9000000 : 0);
    }
}

Test(deflater, one_that_is_left_early_stops)
{
    Deflater *deflater;
    Deflated deflated;

    fill();
    deflater = deflater_new(tree, files);
    deflater_free(deflater);
    deflater = deflater_new(tree, files);
    cr_assert(deflater_take(deflater, &deflated, NULL));
    deflater_free(deflater);
}

static void expect_failure(PackageError code, const char *part)
{
    g_autoptr(Deflater) deflater = deflater_new(tree, files);
    g_autoptr(GError) error = NULL;
    Deflated deflated;

    while (!error)
        if (!deflater_take(deflater, &deflated, &error))
            break;
    cr_assert(g_error_matches(error, PACKAGE_ERROR, (int)code), "%s", error->message);
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
}

Test(deflater, a_content_that_is_not_its_ids_is_refused)
{
    fill();
    add_file(g_strdup("f0000"), "0123456789012345678901234567890123456789");
    expect_failure(PACKAGE_ERROR_SOURCE, "f0000: changed after it was first looked at");
}

Test(deflater, a_file_that_went_away_is_an_error)
{
    fill();
    temporary_run(folder, "rm f1000");
    expect_failure(PACKAGE_ERROR_SOURCE, "f1000: no such file");
}
