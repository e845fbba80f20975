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
    Artifact *artifact;
} Shelf;

static void shelf_init(Shelf *shelf, const ScriptedAnswer *answers, size_t count)
{
    *shelf = (Shelf){.folder = g_dir_make_tmp("artifacts-XXXXXX", NULL)};
    scripted_aws_init(&shelf->aws, answers, count, ENDPOINT);
    shelf->tree = directory_tree_new(shelf->folder, NULL);
    shelf->spec = artifact_spec_new("nested.json", ARTIFACT_TEXT);
    shelf->spec->file = g_strdup("{}");
    cr_assert(shelf->tree);
    shelf->artifact = package_identify(shelf->tree, shelf->spec, NULL, NULL);
    cr_assert(shelf->artifact);
}

static void shelf_clear(Shelf *shelf)
{
    scripted_aws_clear(&shelf->aws);
    artifact_free(shelf->artifact);
    artifact_spec_free(shelf->spec);
    source_tree_free(shelf->tree);
    cr_expect_eq(g_rmdir(shelf->folder), 0, "a spooled file was left behind");
    g_free(shelf->folder);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Shelf, shelf_clear)

static bool upload(Shelf *shelf, json_t *known, ArtifactItem *ret, GError **error)
{
    const ProvenanceSource source = {.repository = "https://me:secret@git.example.com/shop.git",
                                     .commit = "0123456789abcdef0123456789abcdef01234567",
                                     .service = "shop"};
    const ArtifactRoute route = {.client = shelf->aws.client,
                                 .tree = shelf->tree,
                                 .bucket = BUCKET,
                                 .spool_folder = shelf->folder,
                                 .source = &source,
                                 .known = known};

    *ret = (ArtifactItem){.spec = shelf->spec, .artifact = shelf->artifact, .key = "key"};
    return artifacts_upload(&route, ret, 1, error);
}

static void upload_ok(Shelf *shelf, json_t *known, ArtifactItem *ret)
{
    g_autoptr(GError) error = NULL;

    cr_assert(upload(shelf, known, ret, &error), "%s", error ? error->message : "");
}

/* base64 of the SHA-256 of "{}" */
#define SHA256_OF_BRACES "RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o="

#define HEX_OF_BRACES "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"

Test(artifact_store, what_s3_lacks_is_put_there_with_its_sha256_beside_it)
{
    const ScriptedAnswer answers[] = {ABSENT, STORED, STORED};
    ArtifactItem item;
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    upload_ok(&shelf, NULL, &item);
    cr_expect(item.done.uploaded);
    cr_expect_not(item.done.replaced);
    cr_expect_eq(item.done.size_bytes, 2);
    cr_expect_str_eq(item.done.sha256, SHA256_OF_BRACES);
    const ScriptedRequest *put = scripted_request(&shelf.aws.transport, 2);
    cr_expect_str_eq(put->method, "PUT");
    cr_expect_str_eq(put->url, ENDPOINT "/" BUCKET "/key");
    cr_expect_str_eq(put->body, "{}");
    cr_expect_str_eq(http_headers_get(put->headers, "x-amz-meta-driftless-sha256"),
                     SHA256_OF_BRACES);
    cr_expect_str_eq(http_headers_get(put->headers, "x-amz-meta-driftless-checksum"),
                     SHA256_OF_BRACES);
    artifact_upload_clear(&item.done);
}

Test(artifact_store, its_provenance_is_there_before_it)
{
    const ScriptedAnswer answers[] = {ABSENT, STORED, STORED};
    ArtifactItem item;
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    upload_ok(&shelf, NULL, &item);
    const ScriptedRequest *put = scripted_request(&shelf.aws.transport, 1);
    json_t *told = json_loads(put->body, 0, NULL), *subject, *definition, *dependency;
    const char *digest, *commit, *manifest, *uri;

    cr_expect_str_eq(put->url, ENDPOINT "/" BUCKET "/key.provenance.json");
    cr_expect(json_equal(told, item.done.provenance));
    subject = json_array_get(json_object_get(told, "subject"), 0);
    cr_assert_eq(json_unpack(subject, "{s:{s:s}}", "digest", "sha256", &digest), 0);
    cr_expect_str_eq(digest, HEX_OF_BRACES);
    definition = json_object_get(json_object_get(told, "predicate"), "buildDefinition");
    cr_assert_eq(json_unpack(definition, "{s:{s:s}, s:[o]}", "internalParameters", "manifest",
                             &manifest, "resolvedDependencies", &dependency),
                 0);
    cr_expect_str_eq(manifest, shelf.artifact->manifest_id);
    cr_assert_eq(
        json_unpack(dependency, "{s:s, s:{s:s}}", "uri", &uri, "digest", "gitCommit", &commit), 0);
    cr_expect_str_eq(uri, "git+https://git.example.com/shop.git", "logins stay at home");
    cr_expect_str_eq(commit, "0123456789abcdef0123456789abcdef01234567");
    json_decref(told);
    artifact_upload_clear(&item.done);
}

static void expect_internal(const ArtifactSpec *spec, const char *wanted)
{
    static const char *const steps[] = {"npm ci", "npm run build", NULL};
    const ProvenanceSource source = {
        .service = "shop", .build_steps = steps, .bundler = "esbuild", .installer = "pip"};
    Artifact artifact = {.manifest_id = (char *)"ab", .files = 2};
    json_t *told = provenance_statement(&source, spec, &artifact, "AAAA");
    json_t *definition = json_object_get(json_object_get(told, "predicate"), "buildDefinition");
    json_t *internal = json_object_get(definition, "internalParameters");
    g_autofree char *text = NULL;

    json_object_del(internal, "packer");
    text = json_dumps(internal, JSON_COMPACT);
    cr_expect_str_eq(text, wanted);
    json_decref(told);
}

Test(artifact_store, a_provenance_names_the_steps_and_what_bundled_or_installed_the_artifact)
{
    g_autoptr(ArtifactSpec) plain = artifact_spec_new("a.zip", ARTIFACT_ZIP);
    g_autoptr(ArtifactSpec) bundled = artifact_spec_new("b.zip", ARTIFACT_ZIP);
    g_autoptr(ArtifactSpec) installed = artifact_spec_new("c.zip", ARTIFACT_ZIP);
    g_autoptr(ArtifactSpec) ours = artifact_spec_new("custom.zip", ARTIFACT_EMBEDDED);

    bundled->bundled = true;
    installed->installed = true;
    expect_internal(plain, "{\"manifest\":\"ab\",\"files\":2,\"buildSteps\":[\"npm "
                           "ci\",\"npm run build\"]}");
    expect_internal(bundled, "{\"manifest\":\"ab\",\"files\":2,\"buildSteps\":[\"npm "
                             "ci\",\"npm run build\"],\"bundler\":\"esbuild\"}");
    expect_internal(installed, "{\"manifest\":\"ab\",\"files\":2,\"buildSteps\":[\"npm "
                               "ci\",\"npm run build\"],\"installer\":\"pip\"}");
    expect_internal(ours, "{\"manifest\":\"ab\",\"files\":2}");
}

Test(artifact_store, what_s3_has_is_not_built_again)
{
    const ScriptedAnswer answers[] = {
        {200,
         0,
         "",
         {"Content-Length: 9", "x-amz-meta-driftless-sha256: abc=",
          "x-amz-meta-driftless-checksum: d=-2", "x-amz-checksum-sha256: d=-2", NULL}}};
    json_t *known = json_pack("{s:s}", "key", "abc=");
    ArtifactItem item;
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    upload_ok(&shelf, known, &item);
    cr_expect_not(item.done.uploaded);
    cr_expect_str_eq(item.done.sha256, "abc=");
    cr_expect_eq(item.done.size_bytes, 9);
    json_decref(known);
    artifact_upload_clear(&item.done);
}

Test(artifact_store, what_lies_there_and_is_not_what_was_recorded_is_put_anew)
{
    const ScriptedAnswer answers[] = {
        {200, 0, "", {"x-amz-meta-driftless-checksum: d=", "x-amz-checksum-sha256: e=", NULL}},
        STORED,
        STORED,
        {200, 0, "", {"x-amz-meta-driftless-sha256: other=", NULL}},
        STORED,
        STORED,
    };
    json_t *known = json_pack("{s:s}", "key", SHA256_OF_BRACES);
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    for (int i = 0; i < 2; i++) {
        ArtifactItem item;

        upload_ok(&shelf, known, &item);
        cr_expect(item.done.uploaded && item.done.replaced);
        artifact_upload_clear(&item.done);
    }
    json_decref(known);
}

Test(artifact_store, a_failure_names_the_artifact_and_leaves_no_file)
{
    const ScriptedAnswer answers[] = {
        ABSENT,
        STORED,
        {403, 0, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>", {0}},
    };
    g_autoptr(GError) error = NULL;
    ArtifactItem item;
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    cr_expect_not(upload(&shelf, NULL, &item, &error));
    cr_expect_str_eq(error->message,
                     "artifact nested.json: put s3://artifacts/key: AccessDenied: no");
    cr_expect_not(item.done.uploaded);
    artifact_upload_clear(&item.done);
}

Test(artifact_store, uploads_left_for_a_day_are_aborted_and_others_are_not)
{
    const ScriptedAnswer answers[] = {
        {200,
         0,
         "<ListMultipartUploadsResult>"
         "<Upload><Key>c/old</Key><UploadId>u1</UploadId>"
         "<Initiated>2015-08-29T12:35:59.000Z</Initiated></Upload>"
         "<Upload><Key>c/new</Key><UploadId>u2</UploadId>"
         "<Initiated>2015-08-29T12:36:01.000Z</Initiated></Upload>"
         "<Upload><Key>c/undated</Key><UploadId>u3</UploadId></Upload>"
         "</ListMultipartUploadsResult>",
         {0}},
        {204, 0, "", {0}},
    };
    g_autoptr(GError) error = NULL;
    unsigned aborted = 0;
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    /* 2015-08-30T12:36:00Z */
    cr_assert(artifacts_abort_leftovers(shelf.aws.client, BUCKET, "c/", INT64_C(1440938160000),
                                        &aborted, &error),
              "%s", error ? error->message : "");
    cr_expect_eq(aborted, 1);
    cr_expect_str_eq(scripted_request(&shelf.aws.transport, 1)->url,
                     ENDPOINT "/" BUCKET "/c/old?uploadId=u1");
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

Test(artifact_store, a_bucket_whose_making_was_cut_short_is_settled_and_others_are_left_alone)
{
    const ScriptedAnswer answers[] = {
        STORED, /* it is there, with all that it needs */
        STORED,
        STORED, /* it is there, and nothing is set */
        {404, 0, "<Error><Code>NoSuchPublicAccessBlockConfiguration</Code></Error>", {0}},
        {409, 0, "<Error><Code>BucketAlreadyOwnedByYou</Code></Error>", {0}},
        STORED,
        STORED,
        STORED, /* it is there, and we may not look */
        {403, 0, "<Error><Code>AccessDenied</Code></Error>", {0}},
        {403, 0, "", {0}}, /* it is somebody else's */
    };
    const char *const urls[] = {"",
                                "?publicAccessBlock=",
                                "",
                                "?publicAccessBlock=",
                                "",
                                "?encryption=",
                                "?publicAccessBlock=",
                                "",
                                "?publicAccessBlock=",
                                ""};
    g_autoptr(GError) error = NULL;
    g_auto(Shelf) shelf;
    shelf_init(&shelf, answers, G_N_ELEMENTS(answers));

    for (int i = 0; i < 3; i++)
        cr_expect(artifact_bucket_ensure(shelf.aws.client, BUCKET, &error), "%s",
                  error ? error->message : "");
    cr_expect_not(artifact_bucket_ensure(shelf.aws.client, BUCKET, &error));
    for (guint i = 0; i < G_N_ELEMENTS(urls); i++) {
        g_autofree char *url = g_strconcat(ENDPOINT "/" BUCKET, urls[i], NULL);

        cr_expect_str_eq(scripted_request(&shelf.aws.transport, i)->url, url);
    }
}
