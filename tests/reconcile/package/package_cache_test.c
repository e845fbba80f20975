#include "reconcile/package/package.h"
#include "reconcile/package/package_cache.h"
#include "tests/reconcile/source/temporary_folder.h"
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define BLOBS 40

static char *folder, *path;

static void make_folder(void)
{
    folder = temporary_folder_make();
    path = g_build_filename(folder, "packages.db", NULL);
}

static void remove_folder(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(path);
}

TestSuite(package_cache, .init = make_folder, .fini = remove_folder);

static PackageCache *open_cache(uint64_t max_bytes)
{
    g_autoptr(GError) error = NULL;
    PackageCache *cache = package_cache_open(path, max_bytes, &error);

    cr_assert_not_null(cache, "%s", error ? error->message : "");
    return cache;
}

static void id_of(unsigned n, char ret[41])
{
    g_snprintf(ret, 41, "%040x", n * 2654435761u);
}

/* Content that no other number has, 100 bytes to 20 KiB. */
static Deflated blob_of(unsigned n, GByteArray *space)
{
    const guint size = 100 + n * 7919 % 20000;

    g_byte_array_set_size(space, size);
    for (guint i = 0; i < size; i++)
        space->data[i] = (guint8)((i * 31 + n * 17) ^ (i >> 3));
    return (Deflated){
        .size_bytes = size * 4ul, .checksum = n * 77, .data = space->data, .data_bytes = size};
}

static void add_blobs(PackageCache *cache, unsigned from, unsigned to)
{
    g_autoptr(GByteArray) space = g_byte_array_new();

    for (unsigned n = from; n < to; n++) {
        const Deflated blob = blob_of(n, space);
        char id[41];

        id_of(n, id);
        package_cache_add(cache, id, &blob);
    }
    package_cache_flush(cache);
}

/* How many are there; each that is has to be the right one. */
static unsigned count_blobs(PackageCache *cache, unsigned from, unsigned to)
{
    g_autoptr(GByteArray) space = g_byte_array_new(), right = g_byte_array_new();
    unsigned count = 0;

    for (unsigned n = from; n < to; n++) {
        const Deflated expected = blob_of(n, right);
        uint64_t size = expected.size_bytes;
        Deflated got;
        char id[41];

        id_of(n, id);
        package_cache_knows(cache, id, &size);
        cr_expect_eq(size, expected.size_bytes);
        if (!package_cache_read(cache, id, space, &got))
            continue;
        count++;
        cr_expect(got.size_bytes == expected.size_bytes && got.checksum == expected.checksum &&
                      got.data_bytes == expected.data_bytes &&
                      memcmp(got.data, expected.data, got.data_bytes) == 0,
                  "blob %u", n);
    }
    return count;
}

Test(package_cache, what_was_kept_is_there_the_next_time)
{
    PackageCache *cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    uint64_t size = 7;

    add_blobs(cache, 0, BLOBS);
    cr_expect_eq(count_blobs(cache, 0, BLOBS), BLOBS);
    cr_expect_eq(count_blobs(cache, BLOBS, BLOBS + 5), 0);
    cr_expect_eq(package_cache_counts(cache).hits, BLOBS);
    cr_expect_eq(package_cache_counts(cache).misses, BLOBS);
    package_cache_free(cache);
    cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    cr_expect_eq(count_blobs(cache, 0, BLOBS), BLOBS);
    cr_expect_not(package_cache_knows(cache, "no id", &size));
    cr_expect_eq(size, 7);
    package_cache_free(cache);
}

Test(package_cache, what_was_added_is_there_before_it_is_kept)
{
    g_autoptr(PackageCache) cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    g_autoptr(GByteArray) space = g_byte_array_new(), other = g_byte_array_new();
    const Deflated blob = blob_of(1, space);
    uint64_t size = 0;
    Deflated got;
    char id[41];

    id_of(1, id);
    package_cache_add(cache, id, &blob);
    cr_assert(package_cache_knows(cache, id, &size));
    cr_expect_eq(size, blob.size_bytes);
    cr_assert(package_cache_read(cache, id, other, &got));
    cr_expect_eq(got.data_bytes, blob.data_bytes);
}

Test(package_cache, a_flipped_bit_anywhere_is_never_given_out, .timeout = 100)
{
    PackageCache *cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    g_autofree char *whole = NULL;
    unsigned lost = 0;
    gsize size;

    add_blobs(cache, 0, BLOBS);
    package_cache_free(cache);
    cr_assert(g_file_get_contents(path, &whole, &size, NULL));
    for (gsize at = 0; at < size; at += at < 200 ? 3 : 1501) {
        unsigned found;

        whole[at] ^= (char)(1 << at % 8);
        cr_assert(g_file_set_contents(path, whole, (gssize)size, NULL));
        whole[at] ^= (char)(1 << at % 8);
        cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
        found = count_blobs(cache, 0, BLOBS);
        lost += found < BLOBS;
        add_blobs(cache, 0, BLOBS);
        add_blobs(cache, 0, BLOBS); /* the first may have found the file damaged and emptied it */
        cr_expect_eq(count_blobs(cache, 0, BLOBS), BLOBS, "after byte %zu", (size_t)at);
        package_cache_free(cache);
    }
    cr_expect_gt(lost, 50, "the bits that were flipped mattered to none");
}

Test(package_cache, a_truncated_or_foreign_file_is_made_anew)
{
    static const char *const commands[] = {
        "truncate -s 100 packages.db", "truncate -s 20000 packages.db",
        "head -c 100000 /dev/urandom >packages.db", "echo hello >packages.db",
        "rm packages.db; sqlite3 packages.db 'CREATE TABLE blob (x); CREATE TABLE other (y)'"};

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        PackageCache *cache = open_cache(PACKAGE_CACHE_MAX_BYTES);

        add_blobs(cache, 0, BLOBS);
        package_cache_free(cache);
        temporary_run(folder, commands[i]);
        cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
        cr_expect_lt(count_blobs(cache, 0, BLOBS), BLOBS, "%s", commands[i]);
        add_blobs(cache, 0, BLOBS);
        add_blobs(cache, 0, BLOBS);
        cr_expect_eq(count_blobs(cache, 0, BLOBS), BLOBS, "%s", commands[i]);
        package_cache_free(cache);
    }
}

Test(package_cache, a_file_that_goes_away_while_it_is_open_fails_nothing)
{
    g_autoptr(PackageCache) cache = open_cache(PACKAGE_CACHE_MAX_BYTES);

    add_blobs(cache, 0, BLOBS);
    temporary_run(folder, "rm packages.db*");
    count_blobs(cache, 0, BLOBS);
    add_blobs(cache, BLOBS, 2 * BLOBS);
}

Test(package_cache, stays_below_its_bound_and_drops_the_oldest)
{
    const uint64_t bound = 2 << 20;
    g_autoptr(PackageCache) cache = open_cache(bound);
    struct stat status;

    for (unsigned n = 0; n < 1000; n += 20)
        add_blobs(cache, n, n + 20);
    cr_assert_eq(stat(path, &status), 0);
    cr_expect_leq((uint64_t)status.st_size, bound + (bound >> 3));
    cr_expect_eq(count_blobs(cache, 980, 1000), 20);
    cr_expect_eq(count_blobs(cache, 0, 100), 0);
    cr_expect_gt(count_blobs(cache, 0, 1000), 80);
}

Test(package_cache, processes_share_it)
{
    g_autoptr(PackageCache) one = open_cache(PACKAGE_CACHE_MAX_BYTES);
    g_autoptr(PackageCache) two = open_cache(PACKAGE_CACHE_MAX_BYTES);

    add_blobs(one, 0, 10);
    cr_expect_eq(count_blobs(two, 0, 10), 10);
    add_blobs(two, 5, 20);
    cr_expect_eq(count_blobs(one, 0, 20), 20);
}

Test(package_cache, what_another_process_dropped_is_known_to_be_gone_once_it_was_asked_for)
{
    g_autoptr(PackageCache) cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    uint64_t size = 0;
    char id[41];

    add_blobs(cache, 0, BLOBS);
    temporary_run(folder, "sqlite3 packages.db 'DELETE FROM blob'");
    cr_expect_eq(count_blobs(cache, 0, BLOBS), 0);
    for (unsigned n = 0; n < BLOBS; n++) {
        id_of(n, id);
        cr_expect_not(package_cache_knows(cache, id, &size));
    }
    add_blobs(cache, 0, BLOBS);
    cr_expect_eq(count_blobs(cache, 0, BLOBS), BLOBS);
}

Test(package_cache, one_that_stays_locked_is_waited_for_once)
{
    g_autoptr(PackageCache) cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    sqlite3 *other = NULL;

    add_blobs(cache, 0, BLOBS);
    cr_assert_eq(sqlite3_open(path, &other), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    const gint64 began = g_get_monotonic_time();

    cr_expect_eq(count_blobs(cache, 0, BLOBS), 0);
    add_blobs(cache, BLOBS, BLOBS + 1);
    cr_expect_lt(g_get_monotonic_time() - began, 20 * G_USEC_PER_SEC);
    sqlite3_close(other);
    cr_expect_eq(count_blobs(cache, 0, BLOBS), BLOBS);
}

Test(package_cache, a_full_disk_keeps_nothing_and_fails_nothing)
{
    g_autoptr(PackageCache) cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    struct rlimit limit, full = {60000, RLIM_INFINITY};

    add_blobs(cache, 0, 2);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    full.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_FSIZE, &full);
    add_blobs(cache, 2, 200);
    cr_expect_eq(count_blobs(cache, 0, 2), 2);
    cr_expect_lt(count_blobs(cache, 2, 200), 198);
    setrlimit(RLIMIT_FSIZE, &limit);
    add_blobs(cache, 2, 200);
    cr_expect_eq(count_blobs(cache, 0, 200), 200);
}

Test(package_cache, a_folder_that_is_not_there_is_an_error)
{
    g_autofree char *nowhere = g_build_filename(folder, "missing", "packages.db", NULL);
    g_autoptr(GError) error = NULL;

    cr_assert_null(package_cache_open(nowhere, PACKAGE_CACHE_MAX_BYTES, &error));
    cr_expect(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_WRITE));
    cr_expect_not_null(strstr(error->message, "missing/packages.db: unable to open"), "%s",
                       error->message);
}

Test(package_cache, notes_are_kept_by_name_and_the_latest_stay)
{
    PackageCache *cache = open_cache(PACKAGE_CACHE_MAX_BYTES);

    for (int i = 0; i < 40; i++) {
        g_autofree char *name = g_strdup_printf("note %d", i),
                        *text = g_strdup_printf("text %d", i);
        g_autoptr(GBytes) note = g_bytes_new(text, strlen(text));

        package_cache_keep_note(cache, name, note);
        package_cache_keep_note(cache, name, note);
    }
    package_cache_free(cache);
    cache = open_cache(PACKAGE_CACHE_MAX_BYTES);
    g_autoptr(GBytes) last = package_cache_note(cache, "note 39");

    cr_assert_not_null(last);
    cr_expect_eq(memcmp(g_bytes_get_data(last, NULL), "text 39", 7), 0);
    cr_expect_null(package_cache_note(cache, "note 0"));
    cr_expect_null(package_cache_note(cache, "never"));
    package_cache_free(cache);
}
