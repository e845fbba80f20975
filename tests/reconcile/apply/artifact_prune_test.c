#include "reconcile/apply/artifact_prune.h"
#include "reconcile/aws/s3.h"
#include <criterion/criterion.h>

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PREFIX "serverless/orders/dev/code/"
#define NOW_MS (INT64_C(1700000000) * 1000)

Test(artifact_prune, the_prefix_ends_where_the_manifest_id_begins)
{
    g_autofree char *plain = prune_prefix(PREFIX ID "/hello.zip");
    g_autofree char *twice = prune_prefix("a/code/b/code/" ID "/x.zip");

    cr_expect_str_eq(plain, PREFIX);
    cr_expect_str_eq(twice, "a/code/b/code/");
    cr_expect_null(prune_prefix("serverless/orders/dev/1700000000000-2023/hello.zip"));
    cr_expect_null(prune_prefix(PREFIX ID));
    cr_expect_null(prune_prefix(PREFIX "0123/hello.zip"));
}

Test(artifact_prune, keys_are_found_wherever_a_template_names_them)
{
    json_t *template = json_pack(
        "{s:{s:{s:{s:s}, s:[s, s]}}, s:s, s:s, s:s}", "Resources", "F", "Code", "S3Key", PREFIX "a",
        "Layers", PREFIX "b", "arn:aws:x", "Other", "serverless/other/dev/code/c", "TemplateURL",
        "https://b.s3.eu-west-1.amazonaws.com/" PREFIX "d/nested.json?versionId=1", "Near",
        "my-" PREFIX "e");
    g_autoptr(GHashTable) keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    prune_collect(template, PREFIX, keys);
    cr_expect_eq(g_hash_table_size(keys), 3);
    cr_expect(g_hash_table_contains(keys, PREFIX "d/nested.json"));
    cr_expect(g_hash_table_contains(keys, PREFIX "a") && g_hash_table_contains(keys, PREFIX "b"));
    json_decref(template);
}

Test(artifact_prune, only_our_old_and_unneeded_objects_go_and_their_provenance_with_them)
{
    static const struct {
        const char *key;
        int64_t age_ms;
        bool goes;
    } rows[] = {
        {PREFIX ID "/hello.zip", PRUNE_MIN_AGE_MS, true},
        {PREFIX ID "/hello.zip.provenance.json", PRUNE_MIN_AGE_MS, true},
        {PREFIX ID "/young.zip", PRUNE_MIN_AGE_MS - 1, false},
        {PREFIX OTHER "/needed.zip", 100 * PRUNE_MIN_AGE_MS, false},
        {PREFIX OTHER "/needed.zip.provenance.json", 100 * PRUNE_MIN_AGE_MS, false},
        {PREFIX "notes.txt", 100 * PRUNE_MIN_AGE_MS, false},
        {PREFIX "0123/hello.zip", 100 * PRUNE_MIN_AGE_MS, false},
        {PREFIX ID, 100 * PRUNE_MIN_AGE_MS, false},
        {"serverless/orders/dev/1700/hello.zip", 100 * PRUNE_MIN_AGE_MS, false},
        {PREFIX ID "/undated.zip", NOW_MS, false},
        {PREFIX ID "/of-tomorrow.zip", -PRUNE_MIN_AGE_MS, false},
    };
    g_autoptr(GHashTable) needed = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) objects =
        g_ptr_array_new_with_free_func((GDestroyNotify)s3_listed_object_free);
    g_autoptr(GPtrArray) chosen = NULL;

    g_hash_table_add(needed, (void *)(PREFIX OTHER "/needed.zip"));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        S3ListedObject *object = g_new0(S3ListedObject, 1);

        object->key = g_strdup(rows[i].key);
        object->last_modified_ms = NOW_MS - rows[i].age_ms;
        g_ptr_array_add(objects, object);
    }
    chosen = prune_choose(objects, PREFIX, needed, NOW_MS);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        cr_expect_eq(g_ptr_array_find_with_equal_func(chosen, rows[i].key, g_str_equal, NULL),
                     rows[i].goes, "%s", rows[i].key);
}
