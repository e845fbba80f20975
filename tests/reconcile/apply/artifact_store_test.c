#include "reconcile/apply/artifact_store.h"
#include "reconcile/source/directory_tree.h"
#include "tests/reconcile/aws/scripted_transport.h"
#include <glib/gstdio.h>

#define ENDPOINT "http://127.0.0.1:1"
#define BUCKET "artifacts"
#define ABSENT      \
    {               \
        404, 0, "", \
        {           \
            0       \
        }           \
    }
#define STORED      \
    {               \
        200, 0, "", \
        {           \
            0       \
        }           \
    }

typedef struct {
    ScriptedAws aws;
    char *folder;
    SourceTree *tree;
    ArtifactSpec *spec;
} Shelf;

static void shelf_init(Shelf *shelf, const ScriptedAnswer *answers, size_t count)
{
    *shelf = (Shelf){.folder = g_dir_make_tmp("artifacts-XXXXXX", NULL)};
    scripted_aws_init(&shelf->aws, answers, count, ENDPOINT);
    shelf->tree = directory_tree_new(shelf->folder, NULL);
    shelf->spec = artifact_spec_new("nested.json", ARTIFACT_TEXT);
    shelf->spec->file = g_strdup("{}");
    cr_assert(shelf->tree);
}

static void shelf_clear(Shelf *shelf)
{
    scripted_aws_clear(&shelf->aws);
    artifact_spec_free(shelf->spec);
    source_tree_free(shelf->tree);
    cr_expect_eq(g_rmdir(shelf->folder), 0, "a spooled file was left behind");
    g_free(shelf->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shelf, shelf_clear)

static void upload(Shelf *shelf, ArtifactUpload *ret)
{
    g_autoptr(GError) error = NULL;

    cr_assert(artifact_upload(shelf->aws.client, shelf->tree, shelf->spec, BUCKET, "key",
                              shelf->folder, ret, &error),
              "%s", error ? error->message : "");
}

/* base64 of the SHA-256 of "{}" */
#define SHA256_OF_BRACES "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="

Test(artifact_store, what_s3_lacks_is_put_there_with_its_sha256_beside_it)
{
    const ScriptedAnswer answers[] = {ABSENT, STORED};
    g_auto(ArtifactUpload) done = {0};
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    upload(&shelf, &done);
    cr_expect(done.uploaded);
    cr_expect_eq(done.size_bytes, 2);
    cr_expect_str_eq(done.sha256, SHA256_OF_BRACES);
    const ScriptedRequest *put = scripted_request(&shelf.aws.transport, 1);
    cr_expect_str_eq(put->method, "PUT");
    cr_expect_str_eq(put->body, "{}");
    cr_expect_str_eq(http_headers_get(put->headers, "x-amz-meta-driftless-sha256"),
                     SHA256_OF_BRACES);
}

Test(artifact_store, what_s3_has_is_not_built_again)
{
    const ScriptedAnswer answers[] = {
        {200, 0, "", {"Content-Length: 9", "x-amz-meta-driftless-sha256: abc=", NULL}}};
    g_auto(ArtifactUpload) done = {0};
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    upload(&shelf, &done);
    cr_expect_not(done.uploaded);
    cr_expect_str_eq(done.sha256, "abc=");
}

Test(artifact_store, a_sha256_is_ours_or_s3s_own_but_never_that_of_parts)
{
    const ScriptedAnswer answers[] = {
        {200,
         0,
         "",
         {"x-amz-meta-driftless-sha256: ours=", "x-amz-checksum-sha256: theirs=", NULL}},
        {200, 0, "", {"x-amz-checksum-sha256: theirs=", NULL}},
        {200, 0, "", {"x-amz-checksum-sha256: parts=-2", NULL}},
        ABSENT};
    const char *const wanted[] = {"ours=", "theirs=", NULL, NULL};
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        g_autofree char *sha256 = NULL;
        g_autoptr(GError) error = NULL;
        cr_assert(artifact_sha256(shelf.aws.client, BUCKET, "key", &sha256, &error), "%s",
                  error ? error->message : "");
        cr_expect_eq(g_strcmp0(sha256, wanted[i]), 0, "%zu: %s", i, sha256);
    }
}
