/* Lambda: functions that stacks made. */
#include "config/json_text.h"
#include "tests/aws/resources/kinds.h"
#include "tests/aws/services/s3.h"
#include "tests/aws/services/services.h"
#include <string.h>

static json_t *not_found(ApiCall *call, const char *arn)
{
    return api_fail(call, 404, "ResourceNotFoundException", "Function not found: %s", arn);
}

static Live *function_of(ApiCall *call)
{
    const char *name = api_text(call, "FunctionName");
    Live *function = live_find_function(call->region, name);
    g_autofree char *arn = NULL;

    if (function != NULL)
        return function;
    arn = g_str_has_prefix(name, "arn:")
              ? g_strdup(name)
              : g_strdup_printf("arn:aws:lambda:%s:%s:function:%s", call->region->name,
                                call->region->account->id, name);
    not_found(call, arn);
    return NULL;
}

/* CloudFormation's layers are ARNs, Lambda's answer has objects. */
static json_t *layers_answer(json_t *layers)
{
    json_t *list = json_array();
    size_t i = 0;
    json_t *item = NULL;

    json_array_foreach(layers, i, item)
        json_array_append_new(list, json_pack("{s:O, s:i}", "Arn", item, "CodeSize", 0));
    return list;
}

static void set_with_default(json_t *answer, json_t *properties, const char *name, json_t *fallback)
{
    json_t *value = json_object_get(properties, name);

    if (value != NULL)
        json_object_set(answer, name, value);
    else
        json_object_set(answer, name, fallback);
    json_decref(fallback);
}

/* `version` is NULL for $LATEST, otherwise what was frozen when it was published. */
static json_t *configuration(const Live *function, json_t *version, const char *number)
{
    static const char *const same[] = {"FunctionName",
                                       "Runtime",
                                       "Role",
                                       "Handler",
                                       "VpcConfig",
                                       "DeadLetterConfig",
                                       "KMSKeyArn",
                                       "FileSystemConfigs",
                                       "EphemeralStorage",
                                       "LoggingConfig",
                                       "ImageConfigResponse"};
    json_t *properties =
        version != NULL ? json_object_get(version, "Properties") : function->properties;
    json_t *from = version != NULL ? version : function->hidden;
    const char *arn = json_text_of(function->attributes, "Arn");
    json_t *answer = json_object(), *environment = json_object_get(properties, "Environment");

    for (size_t i = 0; i < G_N_ELEMENTS(same); i++) {
        json_t *value = json_object_get(properties, same[i]);

        if (value != NULL)
            json_object_set(answer, same[i], value);
    }
    if (number != NULL)
        json_set_format(answer, "FunctionArn", "%s:%s", arn, number);
    else
        json_set_text(answer, "FunctionArn", arn);
    set_with_default(answer, properties, "Description", json_string(""));
    set_with_default(answer, properties, "Timeout", json_integer(3));
    set_with_default(answer, properties, "MemorySize", json_integer(128));
    set_with_default(answer, properties, "PackageType", json_string("Zip"));
    set_with_default(answer, properties, "Architectures", json_pack("[s]", "x86_64"));
    set_with_default(answer, properties, "TracingConfig",
                     json_pack("{s:s}", "Mode", "PassThrough"));
    if (environment != NULL)
        json_object_set(answer, "Environment", environment);
    if (json_array_size(json_object_get(properties, "Layers")) > 0)
        json_object_set_new(answer, "Layers", layers_answer(json_object_get(properties, "Layers")));
    json_object_set(answer, "CodeSize", json_object_get(from, "CodeSize"));
    json_set_text(answer, "CodeSha256", json_text_of(from, "CodeSha256"));
    json_set_text(answer, "LastModified", json_text_of(from, "LastModified"));
    json_set_text(answer, "Version", number != NULL ? number : "$LATEST");
    json_set_text(answer, "RevisionId", json_text_of(function->hidden, "RevisionId"));
    json_set_text(answer, "State", "Active");
    json_set_text(answer, "LastUpdateStatus", "Successful");
    return answer;
}

/* The configuration that Qualifier (or the end of an ARN) asks for. */
static json_t *qualified_configuration(ApiCall *call, const Live *function)
{
    const char *qualifier = api_text(call, "Qualifier");
    json_t *version = NULL;

    if (qualifier == NULL || strcmp(qualifier, "$LATEST") == 0)
        return configuration(function, NULL, NULL);
    version = json_object_get(json_object_get(function->hidden, "Versions"), qualifier);
    if (version == NULL) {
        g_autofree char *arn =
            g_strdup_printf("%s:%s", json_text_of(function->attributes, "Arn"), qualifier);

        return not_found(call, arn);
    }
    return configuration(function, version, qualifier);
}

static json_t *tags_answer(const Live *function)
{
    json_t *tags = json_object(), *item = NULL;
    size_t i = 0;

    json_array_foreach(json_object_get(function->properties, "Tags"), i, item)
        json_set_text(tags, json_text_of(item, "Key"), json_text_of(item, "Value"));
    return tags;
}

static json_t *get_function(ApiCall *call)
{
    const Live *function = function_of(call);
    json_t *answer = NULL, *found = NULL, *concurrency = NULL;

    if (function == NULL)
        return NULL;
    found = qualified_configuration(call, function);
    if (found == NULL)
        return NULL;
    answer = json_object();
    json_object_set_new(answer, "Configuration", found);
    json_object_set_new(answer, "Code", json_object());
    json_set_text(json_object_get(answer, "Code"), "RepositoryType", "S3");
    json_set_format(json_object_get(answer, "Code"), "Location",
                    "http://127.0.0.1:%u/_double/lambda-code/%s/%s/%s", call->aws->port,
                    call->region->account->id, call->region->name, function->identifier);
    json_object_set_new(answer, "Tags", tags_answer(function));
    concurrency = json_object_get(function->properties, "ReservedConcurrentExecutions");
    if (concurrency != NULL)
        json_object_set_new(answer, "Concurrency",
                            json_pack("{s:O}", "ReservedConcurrentExecutions", concurrency));
    return answer;
}

static json_t *get_function_configuration(ApiCall *call)
{
    const Live *function = function_of(call);

    return function != NULL ? qualified_configuration(call, function) : NULL;
}

static json_t *list_functions(ApiCall *call)
{
    json_t *list = json_array();
    GHashTableIter iterator;
    void *value = NULL;

    g_hash_table_iter_init(&iterator, call->region->live_by_identifier);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        if (strcmp(((Live *)value)->type, "AWS::Lambda::Function") == 0)
            json_array_append_new(list, configuration(value, NULL, NULL));
    }
    return json_pack("{s:o}", "Functions", list);
}

static json_t *update_function_configuration(ApiCall *call)
{
    static const char *const settable[] = {"Role",
                                           "Handler",
                                           "Description",
                                           "Timeout",
                                           "MemorySize",
                                           "VpcConfig",
                                           "Environment",
                                           "Runtime",
                                           "DeadLetterConfig",
                                           "KMSKeyArn",
                                           "TracingConfig",
                                           "Layers",
                                           "FileSystemConfigs",
                                           "ImageConfig",
                                           "EphemeralStorage",
                                           "SnapStart",
                                           "LoggingConfig"};
    Live *function = function_of(call);
    json_auto_t *changed = json_object();
    GError *error = NULL;

    if (function == NULL)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(settable); i++) {
        json_t *value = json_object_get(call->input, settable[i]);

        if (value != NULL && !json_is_null(value))
            json_object_set(changed, settable[i], value);
    }
    if (!live_update(function, NULL, changed, call->now_ms, &error))
        return api_fail_validation(call, error);
    return configuration(function, NULL, NULL);
}

static json_t *update_function_code(ApiCall *call)
{
    Live *function = function_of(call);
    const char *zip = api_text(call, "ZipFile");
    GError *error = NULL;

    if (function == NULL)
        return NULL;
    if (api_flag(call, "DryRun", false))
        return configuration(function, NULL, NULL);
    if (zip != NULL) {
        gsize size = 0;
        guchar *data = g_base64_decode(zip, &size);
        g_autoptr(GBytes) bytes = g_bytes_new_take(data, size);

        if (size < 4 || memcmp(data, "PK", 2) != 0)
            return api_fail(call, 400, "InvalidParameterValueException",
                            "Could not unzip uploaded file. Please check your file, then try to "
                            "upload again.");
        function_set_code(function, bytes);
    } else if (!function_take_code(function, call->input, &error)) {
        api_fail(call, 400, "InvalidParameterValueException", "%s", error->message);
        g_error_free(error);
        return NULL;
    }
    function_touch(function, call->now_ms);
    if (api_flag(call, "Publish", false)) {
        bool published = false;
        g_autofree char *number =
            g_strdup_printf("%" JSON_INTEGER_FORMAT, function_publish(function, &published));

        return configuration(function,
                             json_object_get(json_object_get(function->hidden, "Versions"), number),
                             number);
    }
    return configuration(function, NULL, NULL);
}

static json_t *delete_function(ApiCall *call)
{
    Live *function = function_of(call);
    GError *error = NULL;

    if (function == NULL)
        return NULL;
    if (!live_delete(function, call->now_ms, &error))
        return api_fail_validation(call, error);
    call->response->status = 204;
    return api_done(call);
}

static json_t *list_versions_by_function(ApiCall *call)
{
    const Live *function = function_of(call);
    json_t *list = NULL, *version = NULL;
    const char *number = NULL;

    if (function == NULL)
        return NULL;
    list = json_array();
    json_array_append_new(list, configuration(function, NULL, NULL));
    json_object_foreach(json_object_get(function->hidden, "Versions"), number, version)
        json_array_append_new(list, configuration(function, version, number));
    return json_pack("{s:o}", "Versions", list);
}

/* No code runs here: the answer is the payload. */
static json_t *invoke(ApiCall *call)
{
    const Live *function = function_of(call);

    if (function == NULL)
        return NULL;
    if (g_strcmp0(http_request_header(call->http, "x-amz-invocation-type"), "Event") == 0) {
        call->response->status = 202;
        return api_done(call);
    }
    http_response_add_header(call->response, "X-Amz-Executed-Version", "$LATEST");
    http_response_add_header(call->response, "Content-Type", "application/json");
    if (call->http->body->len > 0)
        g_byte_array_append(call->response->body, call->http->body->data, call->http->body->len);
    else
        g_byte_array_append(call->response->body, (const guint8 *)"null", 4);
    return api_done(call);
}

static const struct {
    const char *method, *rest;
    ApiOperation operation;
} ROUTES[] = {
    {"GET", "", {"GetFunction", get_function}},
    {"DELETE", "", {"DeleteFunction", delete_function}},
    {"GET", "/configuration", {"GetFunctionConfiguration", get_function_configuration}},
    {"PUT", "/configuration", {"UpdateFunctionConfiguration", update_function_configuration}},
    {"PUT", "/code", {"UpdateFunctionCode", update_function_code}},
    {"GET", "/versions", {"ListVersionsByFunction", list_versions_by_function}},
    {"POST", "/invocations", {"Invoke", invoke}},
};

static const ApiOperation *route(ApiCall *call)
{
    static const char root[] = "/2015-03-31/functions";
    static const ApiOperation list = {"ListFunctions", list_functions};
    const char *path = call->http->path, *rest = NULL;
    g_autofree char *name = NULL;

    call->action = "";
    if (!g_str_has_prefix(path, root))
        return NULL;
    path += strlen(root);
    if (*path == '\0' || strcmp(path, "/") == 0)
        return strcmp(call->http->method, "GET") == 0 ? &list : NULL;
    rest = strchr(path + 1, '/');
    if (rest == NULL)
        rest = path + strlen(path);
    name = percent_decode(path + 1, (size_t)(rest - path - 1), false);
    if (call->http->body->len > 0 && !g_str_has_suffix(rest, "/invocations")) {
        json_t *body =
            json_loadb((const char *)call->http->body->data, call->http->body->len, 0, NULL);

        if (json_is_object(body)) {
            json_decref(call->input);
            call->input = body;
        } else {
            json_decref(body);
            api_fail(call, 400, "InvalidRequestContentException",
                     "Could not parse request body into json");
            return NULL;
        }
    }
    json_set_text(call->input, "FunctionName", name);
    json_set_text(call->input, "Qualifier", http_request_query(call->http, "Qualifier"));
    for (size_t i = 0; i < G_N_ELEMENTS(ROUTES); i++) {
        if (strcmp(ROUTES[i].method, call->http->method) == 0 && strcmp(ROUTES[i].rest, rest) == 0)
            return &ROUTES[i].operation;
    }
    return NULL;
}

const ApiService LAMBDA_SERVICE = {
    .name = "lambda",
    .protocol = PROTOCOL_REST_JSON,
    .route = route,
};

bool lambda_code_answer(Double *aws, const char *where, HttpResponse *response)
{
    g_auto(GStrv) parts = g_strsplit(where, "/", 3);
    const Live *function = NULL;
    const void *data = NULL;
    gsize size = 0;

    if (g_strv_length(parts) != 3)
        return false;
    function = live_find_function(double_region(aws, parts[0], parts[1]), parts[2]);
    if (function == NULL || function->blob == NULL)
        return false;
    data = g_bytes_get_data(function->blob, &size);
    g_byte_array_append(response->body, data, (guint)size);
    http_response_add_header(response, "Content-Type", "application/zip");
    return true;
}
