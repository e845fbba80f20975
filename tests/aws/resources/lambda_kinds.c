/* Lambda's resources: code with a real hash, versions that are published only after a change. */
#include "config/json_text.h"
#include "tests/aws/resources/kinds.h"
#include "tests/aws/services/s3.h"
#include "tests/aws/wire/api_call.h"
#include "tests/aws/wire/digest.h"
#include <string.h>

void function_set_code(Live *live, GBytes *zip)
{
    gsize size = 0;
    const void *data = g_bytes_get_data(zip, &size);
    g_autofree char *hash = sha256_base64(data, size);

    json_set_text(live->hidden, "CodeSha256", hash);
    json_object_set_new(live->hidden, "CodeSize", json_integer((json_int_t)size));
    g_bytes_ref(zip);
    g_clear_pointer(&live->blob, g_bytes_unref);
    live->blob = zip;
}

static bool s3_failure(const Live *live, GError **error, const char *code, const char *message)
{
    g_autofree char *id = double_uuid(live->home->account->aws);

    return handler_failure(live, error, "InvalidRequest",
                           "Error occurred while GetObject. S3 Error Code: %s. S3 Error Message: "
                           "%s (Service: Lambda, Status Code: 400, Request ID: %s)",
                           code, message, id);
}

bool function_take_code(Live *live, json_t *code, GError **error)
{
    const char *bucket_name = json_text_of(code, "S3Bucket");
    const char *key = json_text_of(code, "S3Key");
    const char *source = json_text_of(code, "ZipFile");
    const char *image = json_text_of(code, "ImageUri");
    const Bucket *bucket = NULL;
    const S3Object *object = NULL;

    if (source != NULL || image != NULL) {
        const char *text = source != NULL ? source : image;
        g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));

        function_set_code(live, bytes);
        return true;
    }
    if (bucket_name == NULL || key == NULL)
        return handler_failure(
            live, error, "InvalidRequest",
            "Please provide a source for function code. (Service: Lambda, Status "
            "Code: 400)");
    bucket = bucket_find(live->home->account->aws, bucket_name);
    if (bucket == NULL)
        return s3_failure(live, error, "NoSuchBucket", "The specified bucket does not exist");
    if (strcmp(bucket->home->name, live->home->name) != 0)
        return s3_failure(live, error, "PermanentRedirect",
                          "The bucket is in another region than the function");
    object = bucket_object(bucket, key);
    if (object == NULL)
        return s3_failure(live, error, "NoSuchKey", "The specified key does not exist.");
    if (json_text_of(code, "S3ObjectVersion") != NULL &&
        g_strcmp0(json_text_of(code, "S3ObjectVersion"), object->version_id) != 0)
        return s3_failure(live, error, "NoSuchVersion", "The specified version does not exist.");
    function_set_code(live, object->content);
    return true;
}

void function_touch(Live *function, int64_t now_ms)
{
    g_autofree char *now = time_text_ms(now_ms);
    g_autofree char *id = double_uuid(function->home->account->aws);

    /* Lambda writes the offset as +0000. */
    now[strlen(now) - 1] = '\0';
    json_set_format(function->hidden, "LastModified", "%s+0000", now);
    json_set_text(function->hidden, "RevisionId", id);
}

bool function_create(Live *live, int64_t now_ms, GError **error)
{
    if (!function_take_code(live, json_object_get(live->properties, "Code"), error))
        return false;
    function_touch(live, now_ms);
    return true;
}

bool function_update(Live *live, json_t *changed, int64_t now_ms, GError **error)
{
    json_t *code = json_object_get(changed, "Code");

    if (code != NULL && !function_take_code(live, code, error))
        return false;
    function_touch(live, now_ms);
    return true;
}

/* What a version freezes: configuration and code. (transfer full) */
static char *published_digest(const Live *function)
{
    json_auto_t *frozen = json_deep_copy(function->properties);
    g_autofree char *text = NULL;

    json_object_del(frozen, "Code");
    json_object_del(frozen, "Tags");
    json_object_del(frozen, "ReservedConcurrentExecutions");
    json_set_text(frozen, "CodeSha256", json_text_of(function->hidden, "CodeSha256"));
    text = json_text(frozen, JSON_TEXT_COMPACT | JSON_TEXT_SORT_KEYS);
    return sha256_hex(text, strlen(text));
}

json_int_t function_publish(Live *function, bool *ret_published)
{
    json_t *versions = json_object_get(function->hidden, "Versions");
    g_autofree char *digest = published_digest(function);
    json_int_t last = json_integer_value(json_object_get(function->hidden, "LastVersion"));
    g_autofree char *last_text = g_strdup_printf("%" JSON_INTEGER_FORMAT, last);
    json_t *last_version = json_object_get(versions, last_text);
    g_autofree char *next = g_strdup_printf("%" JSON_INTEGER_FORMAT, last + 1);
    json_t *entry = NULL;

    *ret_published = false;
    if (last_version != NULL && g_strcmp0(json_text_of(last_version, "Digest"), digest) == 0)
        return last;
    if (versions == NULL) {
        versions = json_object();
        json_object_set_new(function->hidden, "Versions", versions);
    }
    entry = json_object();
    json_set_text(entry, "Digest", digest);
    json_object_set_new(entry, "Properties", json_deep_copy(function->properties));
    json_set_text(entry, "CodeSha256", json_text_of(function->hidden, "CodeSha256"));
    json_object_set_new(entry, "CodeSize",
                        json_incref(json_object_get(function->hidden, "CodeSize")));
    json_set_text(entry, "LastModified", json_text_of(function->hidden, "LastModified"));
    json_object_set_new(versions, next, entry);
    json_object_set_new(function->hidden, "LastVersion", json_integer(last + 1));
    *ret_published = true;
    return last + 1;
}

static Live *function_named(Live *live, GError **error)
{
    const char *property =
        strcmp(live->type, "AWS::Lambda::Url") == 0 ? "TargetFunctionArn" : "FunctionName";
    const char *name = json_text_of(live->properties, property);
    Live *function = live_find_function(live->home, name);

    if (function == NULL)
        handler_failure(live, error, "NotFound",
                        "Function not found: %s (Service: Lambda, Status Code: 404)",
                        name != NULL ? name : "");
    return function;
}

static void note_function(Live *live, const Live *function)
{
    json_set_text(live->hidden, "FunctionArn", json_text_of(function->attributes, "Arn"));
    json_set_text(live->hidden, "FunctionName", function->identifier);
}

bool of_function_prepare(Live *live, int64_t now_ms, GError **error)
{
    Live *function = function_named(live, error);

    (void)now_ms;
    if (function == NULL)
        return false;
    note_function(live, function);
    return true;
}

bool version_prepare(Live *live, int64_t now_ms, GError **error)
{
    Live *function = function_named(live, error);
    const char *expected = json_text_of(live->properties, "CodeSha256");
    const char *actual = NULL;
    json_int_t number = 0;
    bool published = false;

    (void)now_ms;
    if (function == NULL)
        return false;
    actual = json_text_of(function->hidden, "CodeSha256");
    if (expected != NULL && g_strcmp0(expected, actual) != 0)
        return handler_failure(live, error, "InvalidRequest",
                               "CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST "
                               "(%s). Please try again with the CodeSHA256 in $LATEST. (Service: "
                               "Lambda, Status Code: 400)",
                               expected, actual);
    number = function_publish(function, &published);
    if (!published)
        return handler_failure(live, error, "AlreadyExists",
                               "A version for this Lambda function exists ( %" JSON_INTEGER_FORMAT
                               " ). Modify the function to create a new version.",
                               number);
    note_function(live, function);
    json_set_format(live->hidden, "Version", "%" JSON_INTEGER_FORMAT, number);
    return true;
}

bool version_remove(Live *live, int64_t now_ms, GError **error)
{
    Live *function = live_find_function(live->home, json_text_of(live->hidden, "FunctionName"));

    (void)now_ms;
    (void)error;
    if (function != NULL)
        json_object_del(json_object_get(function->hidden, "Versions"),
                        json_text_of(live->hidden, "Version"));
    return true;
}

bool layer_prepare(Live *live, int64_t now_ms, GError **error)
{
    (void)now_ms;
    (void)error;
    /* Every layer version of a name gets the next number of the account's counter. */
    json_set_format(live->hidden, "Version", "%" G_GUINT64_FORMAT,
                    ++live->home->account->aws->serial);
    return true;
}

bool layer_create(Live *live, int64_t now_ms, GError **error)
{
    (void)now_ms;
    return function_take_code(live, json_object_get(live->properties, "Content"), error);
}
