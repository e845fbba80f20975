#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include <string.h>

char *function_id(const Function *function, const char *suffix)
{
    g_autofree char *prefix = naming_normalize(function->key);

    return g_strconcat(prefix, suffix, NULL);
}

char *function_pointer(const Function *function, const char *below)
{
    GString *pointer = g_string_new("/functions");

    pointer_append(pointer, function->key);
    g_string_append(pointer, below ? below : "");
    return g_string_free(pointer, FALSE);
}

void function_apply_condition(const Compilation *compilation, const Function *function,
                              json_t *resource)
{
    json_t *condition = json_object_get(function->config, "condition");
    json_t *own = json_object_get(compilation->resources, function->logical_id);

    if (js_is_truthy(condition) && (resource == own || !compilation->older))
        json_object_set(resource, "Condition", condition);
}

static void function_problem(Compilation *compilation, const Function *function, const char *below,
                             const char *hint, const char *message)
{
    g_autofree char *pointer = function_pointer(function, below);

    compilation_problem(compilation, PROBLEM_ERROR, pointer, hint, "function %s: %s", function->key,
                        message);
}

/* functions.x.key, else provider.key; NULL where neither is truthy (borrowed). */
static json_t *setting(Compilation *compilation, const Function *function, const char *key)
{
    json_t *own = json_object_get(function->config, key);
    json_t *shared = json_object_get(compilation->provider, key);

    if (js_is_truthy(own))
        return own;
    return js_is_truthy(shared) ? shared : NULL;
}

/* provider.key and over it functions.x.key; NULL where neither is there. */
static json_t *merged_setting(Compilation *compilation, const Function *function, const char *key)
{
    json_t *own = json_object_get(function->config, key);
    json_t *shared = json_object_get(compilation->provider, key);
    json_t *merged;

    if (!js_is_truthy(own) && !js_is_truthy(shared))
        return NULL;
    merged = json_object();
    if (json_is_object(shared))
        json_object_update(merged, shared);
    if (json_is_object(own))
        json_object_update(merged, own);
    js_order_keys(merged);
    return merged;
}

static void apply_role(Compilation *compilation, const Function *function, json_t *resource)
{
    json_t *properties = json_object_get(resource, "Properties");
    json_t *role = function_custom_role(compilation, function);
    json_t *getter = json_object_get(role, "Fn::GetAtt");
    const char *name = json_string_value(role);

    if (!js_is_truthy(role))
        name = "IamRoleLambdaExecution";
    if (!name || g_str_has_prefix(name, "arn:"))
        json_object_set(properties, "Role", role);
    else
        json_object_set_new(properties, "Role", json_get_att(name, "Arn"));
    if (name && !g_str_has_prefix(name, "arn:") && strcmp(name, "IamRoleLambdaExecution") != 0)
        resource_add_dependency(resource, name);
    if (json_is_array(getter))
        resource_add_dependency(resource, json_string_value(json_array_get(getter, 0)));
}

/* runtimeManagement is "auto", or {mode, arn}; the function's goes over the provider's. */
static void apply_runtime_management(Compilation *compilation, const Function *function,
                                     json_t *properties)
{
    json_t *levels[] = {json_object_get(compilation->provider, "runtimeManagement"),
                        json_object_get(function->config, "runtimeManagement")};
    const char *mode = "auto";
    json_t *config, *arn = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++) {
        json_t *member = json_object_get(levels[i], "mode");
        json_t *version = json_object_get(levels[i], "arn");

        if (json_is_string(levels[i]) || member)
            mode = json_string_value(member ? member : levels[i]);
        arn = version ? version : arn;
    }
    if (g_strcmp0(mode, "auto") == 0)
        return;
    config = json_object(); /* stays empty for `mode: null` */
    if (mode)
        json_object_set_new(config, "UpdateRuntimeOn",
                            json_string(strcmp(mode, "manual") == 0 ? "Manual" : "FunctionUpdate"));
    if (g_strcmp0(mode, "manual") == 0 && arn)
        json_object_set(config, "RuntimeVersionArn", arn);
    json_object_set_new(properties, "RuntimeManagementConfig", config);
}

static void apply_zip(Compilation *compilation, const Function *function, json_t *properties)
{
    g_autofree char *pointer = function_pointer(function, NULL);
    json_t *runtime = setting(compilation, function, "runtime");
    const ArtifactSpec *spec = NULL;
    const Artifact *artifact = compilation_artifact(compilation, pointer, &spec);

    apply_runtime_management(compilation, function, properties);
    json_object_set(properties, "Handler", json_object_get(function->config, "handler"));
    if (artifact)
        compilation_set_code(compilation, json_object_get(properties, "Code"), spec, artifact);
    json_object_set_new(properties, "Runtime",
                        runtime ? json_incref(runtime) : json_string("nodejs24.x"));
}

/* The URI of an image: given, or by its name in provider.ecr.images; NULL with a problem otherwise.
 */
static const char *image_uri(Compilation *compilation, const Function *function, json_t *image)
{
    json_t *images = json_object_get(provider_get(compilation, "ecr"), "images");
    json_t *named, *uri = json_is_object(image) ? json_object_get(image, "uri") : image;
    const char *name = json_string_value(json_object_get(image, "name"));

    if (name && uri) {
        function_problem(compilation, function, "/image", NULL,
                         "an image has a uri or a name, not both");
        return NULL;
    }
    if (json_is_string(uri) && strchr(json_string_value(uri), '/'))
        return json_string_value(uri);
    name = name ? name : json_string_value(uri);
    named = name ? json_object_get(images, name) : NULL;
    if (json_is_object(named))
        named = json_object_get(named, "uri");
    if (json_is_string(named) && strchr(json_string_value(named), '/'))
        return json_string_value(named);
    function_problem(compilation, function, "/image",
                     "push the image to ECR in a build and give its URI with the digest: "
                     "ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME@sha256:…",
                     "Driftless builds no container images");
    return NULL;
}

static void check_tagged_image(Compilation *compilation, const Function *function, const char *uri)
{
    g_autofree char *pointer = function_pointer(function, "/image");
    g_auto(GStrv) parts = g_strsplit(uri, ".", 5);
    const char *region = g_strv_length(parts) > 3 && strcmp(parts[2], "ecr") == 0 ? parts[3] : NULL;

    if (region && strcmp(region, compilation->region) != 0)
        compilation_problem(compilation, PROBLEM_ERROR, pointer,
                            "Lambda takes images of its own region: copy it there",
                            "function %s: the image is in %s and the service in %s", function->key,
                            region, compilation->region);
    else
        compilation_problem(
            compilation, PROBLEM_WARNING, pointer, "give the image by its digest: …@sha256:…",
            "function %s: a new image under the same tag will not be deployed", function->key);
}

static void apply_image(Compilation *compilation, const Function *function, json_t *properties)
{
    static const char *const members[][2] = {{"command", "Command"},
                                             {"entryPoint", "EntryPoint"},
                                             {"workingDirectory", "WorkingDirectory"}};
    json_t *image = json_object_get(function->config, "image");
    const char *uri = image_uri(compilation, function, image);
    json_t *config = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        json_t *value = json_object_get(image, members[i][0]);

        if (js_is_truthy(value))
            json_object_set(config, members[i][1], value);
    }
    if (json_object_size(config) > 0)
        json_object_set(properties, "ImageConfig", config);
    json_decref(config);
    if (uri && !strstr(uri, "@sha256:"))
        check_tagged_image(compilation, function, uri);
    if (uri)
        json_object_set_new(json_object_get(properties, "Code"), "ImageUri", json_string(uri));
    json_object_set_new(properties, "PackageType", json_string("Image"));
}

static void apply_tags(Compilation *compilation, const Function *function, json_t *properties)
{
    json_t *tags = merged_setting(compilation, function, "tags"), *list = json_array(), *value;
    const char *key;

    json_object_foreach(tags, key, value)
        json_array_append_new(list, json_pack("{s:s,s:O}", "Key", key, "Value", value));
    if (tags)
        json_object_set(properties, "Tags", list);
    json_decref(list);
    json_decref(tags);
}

static void apply_size(Compilation *compilation, const Function *function, json_t *properties)
{
    json_t *memory = setting(compilation, function, "memorySize");
    json_t *timeout = setting(compilation, function, "timeout");
    json_t *architecture = setting(compilation, function, "architecture");
    json_t *storage = json_object_get(function->config, "ephemeralStorageSize");
    json_t *reserved = json_object_get(function->config, "reservedConcurrency");

    json_object_set_new(properties, "MemorySize",
                        memory ? json_incref(memory) : json_integer(1024));
    json_object_set_new(properties, "Timeout", timeout ? json_incref(timeout) : json_integer(6));
    if (architecture)
        json_object_set_new(properties, "Architectures", json_pack("[O]", architecture));
    if (js_is_truthy(storage))
        json_object_set_new(properties, "EphemeralStorage", json_pack("{s:O}", "Size", storage));
    if (js_is_present(reserved))
        json_object_set(properties, "ReservedConcurrentExecutions", reserved);
}

static void apply_plain(const Function *function, json_t *properties)
{
    json_t *description = json_object_get(function->config, "description");
    json_t *loop = json_object_get(function->config, "recursiveLoop");

    if (js_is_truthy(description))
        json_object_set(properties, "Description", description);
    if (js_is_truthy(json_object_get(function->config, "snapStart")))
        json_object_set_new(properties, "SnapStart",
                            json_pack("{s:s}", "ApplyOn", "PublishedVersions"));
    if (js_is_truthy(loop))
        json_object_set(properties, "RecursiveLoop", loop);
}

/* Adds a statement unless an equal one is there. */
static void allow_once(Compilation *compilation, json_t *statement_new)
{
    json_t *statements = compilation_iam_statements(compilation), *existing;
    size_t i;

    json_array_foreach(statements, i, existing) if (json_equal(existing, statement_new))
    {
        json_decref(statement_new);
        return;
    }
    compilation_add_iam_statement(compilation, statement_new);
}

static void apply_dead_letter_and_key(Compilation *compilation, const Function *function,
                                      json_t *properties)
{
    json_t *dead_letter = json_object_get(function->config, "onError");
    json_t *key = setting(compilation, function, "kmsKeyArn");

    if (js_is_truthy(dead_letter))
        json_object_set_new(properties, "DeadLetterConfig",
                            json_pack("{s:O}", "TargetArn", dead_letter));
    if (js_is_truthy(dead_letter) && json_is_string(dead_letter))
        compilation_add_iam_statement(compilation,
                                      json_pack("{s:s,s:[s],s:[O]}", "Effect", "Allow", "Action",
                                                "sns:Publish", "Resource", dead_letter));
    if (key)
        json_object_set(properties, "KmsKeyArn", key);
    if (json_is_string(key))
        allow_once(compilation, json_pack("{s:s,s:[s],s:[O]}", "Effect", "Allow", "Action",
                                          "kms:Decrypt", "Resource", key));
}

static void apply_tracing(Compilation *compilation, const Function *function, json_t *properties)
{
    json_t *own = json_object_get(function->config, "tracing");
    json_t *shared = json_object_get(provider_get(compilation, "tracing"), "lambda");
    json_t *tracing = js_is_truthy(own) ? own : shared;

    if (!js_is_truthy(tracing))
        return;
    json_object_set_new(
        properties, "TracingConfig",
        json_pack("{s:o}", "Mode",
                  json_is_true(tracing) ? json_string("Active") : json_incref(tracing)));
    allow_once(compilation,
               json_pack("{s:s,s:[s,s],s:[s]}", "Effect", "Allow", "Action",
                         "xray:PutTraceSegments", "xray:PutTelemetryRecords", "Resource", "*"));
}

static json_t *vpc_member(json_t *own, json_t *shared, const char *key)
{
    json_t *value = json_object_get(own, key);

    return js_is_truthy(value) ? value : json_object_get(shared, key);
}

/* `vpc: null` or `vpc: false` of a function opts out of the provider's. */
static void apply_vpc(Compilation *compilation, const Function *function, json_t *properties)
{
    json_t *own = json_object_get(function->config, "vpc");
    json_t *shared = json_object_get(compilation->provider, "vpc");
    json_t *dual_stack = vpc_member(own, shared, "ipv6AllowedForDualStack");
    json_t *groups = vpc_member(own, shared, "securityGroupIds");
    json_t *subnets = vpc_member(own, shared, "subnetIds");
    json_t *config;

    if (json_is_null(own) || json_is_false(own) || !js_is_truthy(groups) || !js_is_truthy(subnets))
        return;
    config = json_pack("{s:O,s:O}", "SecurityGroupIds", groups, "SubnetIds", subnets);
    if (dual_stack)
        json_object_set(config, "Ipv6AllowedForDualStack", dual_stack);
    json_object_set_new(properties, "VpcConfig", config);
}

static void apply_file_system(Compilation *compilation, const Function *function,
                              json_t *properties)
{
    json_t *config = json_object_get(function->config, "fileSystemConfig");
    json_t *arn = json_object_get(config, "arn"),
           *mount = json_object_get(config, "localMountPath");

    if (!js_is_truthy(config))
        return;
    if (!json_object_get(properties, "VpcConfig")) {
        function_problem(compilation, function, "/fileSystemConfig",
                         "give the function or the provider vpc.securityGroupIds and vpc.subnetIds",
                         "fileSystemConfig needs a vpc");
        return;
    }
    compilation_add_iam_statement(compilation,
                                  json_pack("{s:s,s:[s,s],s:[O]}", "Effect", "Allow", "Action",
                                            "elasticfilesystem:ClientMount",
                                            "elasticfilesystem:ClientWrite", "Resource", arn));
    json_object_set_new(properties, "FileSystemConfigs",
                        json_pack("[{s:O,s:O}]", "Arn", arn, "LocalMountPath", mount));
}

static void apply_environment(Compilation *compilation, const Function *function,
                              json_t *properties)
{
    json_t *environment = merged_setting(compilation, function, "environment");

    if (environment)
        json_object_set_new(properties, "Environment",
                            json_pack("{s:o}", "Variables", environment));
}

static void apply_layers(Compilation *compilation, const Function *function, json_t *properties)
{
    json_t *layers = setting(compilation, function, "layers");
    json_t *durable = json_object_get(function->config, "durableConfig");
    json_t *retention = json_object_get(durable, "retentionPeriodInDays");

    if (layers)
        json_object_set_new(properties, "Layers", json_deep_copy(layers));
    if (!js_is_truthy(durable))
        return;
    json_object_set_new(
        properties, "DurableConfig",
        json_pack("{s:O*}", "ExecutionTimeout", json_object_get(durable, "executionTimeout")));
    if (retention)
        json_object_set(json_object_get(properties, "DurableConfig"), "RetentionPeriodInDays",
                        retention);
}

static bool is_image(const Function *function)
{
    return js_is_truthy(json_object_get(function->config, "image"));
}

/* Code, then everything else in the order of the framework, which is the order of IAM statements.
 */
static void apply_properties(Compilation *compilation, const Function *function, json_t *resource)
{
    json_t *properties = json_object_get(resource, "Properties");

    if (is_image(function))
        apply_image(compilation, function, properties);
    else
        apply_zip(compilation, function, properties);
    json_object_set_new(properties, "FunctionName", json_string(function->name));
    apply_size(compilation, function, properties);
    apply_plain(function, properties);
    apply_tags(compilation, function, properties);
    apply_dead_letter_and_key(compilation, function, properties);
    apply_tracing(compilation, function, properties);
    apply_environment(compilation, function, properties);
    apply_role(compilation, function, resource);
    apply_vpc(compilation, function, properties);
    apply_file_system(compilation, function, properties);
    apply_layers(compilation, function, properties);
}

/* The log group first, then dependsOn, then the role. */
static void apply_dependencies(const Function *function, json_t *resource)
{
    json_t *written = json_object_get(function->config, "dependsOn"), *item;
    g_autofree char *log_group = function_id(function, "LogGroup");
    size_t i;

    if (!js_is_truthy(json_object_get(function->config, "disableLogs")))
        resource_add_dependency(resource, log_group);
    if (json_is_string(written))
        resource_add_dependency(resource, json_string_value(written));
    json_array_foreach(written, i, item) if (json_is_string(item))
        resource_add_dependency(resource, json_string_value(item));
}

static bool has_code(Compilation *compilation, const Function *function)
{
    bool handler = js_is_truthy(json_object_get(function->config, "handler"));
    bool image = js_is_truthy(json_object_get(function->config, "image"));

    if (handler && image)
        function_problem(compilation, function, "/image", "remove one of them",
                         "has both handler and image");
    else if (!handler && !image)
        function_problem(compilation, function, "", "add handler: FILE.EXPORT, or image: URI",
                         "has neither handler nor image");
    return handler != image;
}

static json_t *compile_function(Compilation *compilation, const Function *function)
{
    json_t *resource = compilation_add_resource(
        compilation, function->logical_id, "AWS::Lambda::Function", json_pack("{s:{}}", "Code"));

    apply_dependencies(function, resource);
    apply_properties(compilation, function, resource);
    function_apply_condition(compilation, function, resource);
    return resource;
}

static void apply_logging(Compilation *compilation, const Function *function, json_t *properties)
{
    static const char *const members[][2] = {{"applicationLogLevel", "ApplicationLogLevel"},
                                             {"logFormat", "LogFormat"},
                                             {"logGroup", "LogGroup"},
                                             {"systemLogLevel", "SystemLogLevel"}};
    json_t *own = json_object_get(function->config, "logs");
    json_t *shared = json_object_get(provider_get(compilation, "logs"), "lambda");
    json_t *logs = js_is_truthy(own) ? own : shared;
    json_t *config = json_object();

    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        json_t *value = json_object_get(logs, members[i][0]);

        if (js_is_truthy(value))
            json_object_set(config, members[i][1], value);
    }
    if (json_object_size(config) > 0)
        json_object_set(properties, "LoggingConfig", config);
    json_decref(config);
}

static bool is_versioned(Compilation *compilation, const Function *function)
{
    json_t *own = json_object_get(function->config, "versionFunction");
    json_t *shared = json_object_get(compilation->provider, "versionFunctions");
    bool version =
        js_is_present(own) ? js_is_truthy(own) : !js_is_present(shared) || js_is_truthy(shared);

    return version || function->alias_id;
}

/* What follows once the properties stand. */
static void finish_function(Compilation *compilation, const Function *function)
{
    json_t *resource = json_object_get(compilation->resources, function->logical_id);
    json_t *properties = json_object_get(resource, "Properties");

    if (!properties)
        return;
    if (is_versioned(compilation, function))
        compile_function_version(compilation, function, properties);
    apply_logging(compilation, function, properties);
    compile_function_url(compilation, function);
    compile_function_invoke(compilation, function);
}

/* When a function's properties are written, and when what follows from them. The framework compiles
 * functions side by side: one of an image waits for its digest first, any other for its code to be
 * hashed before its version. IAM statements show the order. */
static unsigned start_pass(const Function *function)
{
    return is_image(function) ? 1 : 0;
}

static unsigned finish_pass(Compilation *compilation, const Function *function)
{
    return is_image(function) ? 1 : is_versioned(compilation, function) ? 2 : 0;
}

void compile_functions(Compilation *compilation)
{
    for (unsigned pass = 0; pass < 3; pass++)
        for (guint i = 0; i < compilation->functions->len; i++) {
            const Function *function = compilation->functions->pdata[i];
            const bool starts = pass == start_pass(function);
            const bool finishes = pass == finish_pass(compilation, function);
            g_autofree char *pointer = starts || finishes ? function_pointer(function, NULL) : NULL;

            compilation_set_maker(compilation, pointer);
            if (starts && has_code(compilation, function))
                compile_function(compilation, function);
            if (starts)
                check_function_durable(compilation, function);
            if (finishes)
                finish_function(compilation, function);
        }
    compilation_set_maker(compilation, NULL);
}
