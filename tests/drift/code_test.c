#include "drift/code.h"
#include <criterion/criterion.h>

static json_t *json(const char *text)
{
    g_autofree char *copy = g_strdelimit(g_strdup(text), "'", '"');
    json_t *value = json_loads(copy, 0, NULL);

    cr_assert(value, "%s", text);
    return value;
}

Test(code, functions_are_known_by_their_objects_on_s3)
{
    json_t *template = json(
        "{'Resources':{"
        "'A':{'Type':'AWS::Lambda::Function','Properties':{'Code':{'S3Bucket':'b','S3Key':'k1'}}},"
        "'B':{'Type':'AWS::Lambda::Function','Properties':{'Code':{'S3Bucket':{'Ref':'Bucket'},'"
        "S3Key':"
        "'k2'}}},"
        "'Inline':{'Type':'AWS::Lambda::Function','Properties':{'Code':{'ZipFile':'x'}}},"
        "'Gone':{'Type':'AWS::Lambda::Function','Properties':{'Code':{'S3Bucket':'b','S3Key':'k1'}}"
        "},"
        "'Bucket':{'Type':'AWS::S3::Bucket'}}}");
    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GHashTable) hashes = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(ids, (gpointer) "A", (gpointer) "a-physical");
    g_hash_table_insert(ids, (gpointer) "B", (gpointer) "b-physical");
    g_hash_table_insert(ids, (gpointer) "Inline", (gpointer) "i-physical");
    g_hash_table_insert(ids, (gpointer) "Bucket", (gpointer) "bucket-physical");
    g_hash_table_insert(hashes, (gpointer) "k1", (gpointer) "sha1=");
    g_autoptr(GPtrArray) code = deployed_code_from_template(template, ids, hashes);

    cr_assert_eq(code->len, 2, "inline code and a function that is gone are left out");
    const DeployedCode *first = code->pdata[0], *second = code->pdata[1];
    cr_expect_str_eq(first->function_name, "a-physical");
    cr_expect_str_eq(first->sha256, "sha1=");
    cr_expect_str_eq(second->s3_bucket, "bucket-physical");
    cr_expect_null(second->sha256, "an unknown hash is not compared");
    json_decref(template);
}
