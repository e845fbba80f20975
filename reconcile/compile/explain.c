/* Which lines made a resource. */
#include "reconcile/compile/service.h"
#include <string.h>

/* What of the provider goes into resources of a type, unless the function says otherwise itself. */
static const struct {
    const char *type;     /* starts with */
    const char *provider; /* pointer below provider */
    const char *own;      /* the function's key that takes its place; NULL: both count */
} settings[] = {
    {"AWS::Lambda::Function", "/runtime", "runtime"},
    {"AWS::Lambda::Function", "/memorySize", "memorySize"},
    {"AWS::Lambda::Function", "/timeout", "timeout"},
    {"AWS::Lambda::Function", "/architecture", "architecture"},
    {"AWS::Lambda::Function", "/environment", NULL},
    {"AWS::Lambda::Function", "/tags", NULL},
    {"AWS::Lambda::Function", "/vpc", "vpc"},
    {"AWS::Lambda::Function", "/layers", "layers"},
    {"AWS::Lambda::Function", "/tracing/lambda", "tracing"},
    {"AWS::Lambda::Function", "/kmsKeyArn", "kmsKeyArn"},
    {"AWS::Lambda::Function", "/logs/lambda", "logs"},
    {"AWS::Lambda::Function", "/iam/role", "role"},
    {"AWS::Lambda::Function", "/role", "role"},
    {"AWS::Lambda::Version", "/versionFunctions", "versionFunction"},
    {"AWS::Logs::LogGroup", "/logRetentionInDays", "logRetentionInDays"},
    {"AWS::Logs::LogGroup", "/logDataProtectionPolicy", "logDataProtectionPolicy"},
    {"AWS::IAM::Role", "/iam/role", NULL},
    {"AWS::IAM::Role", "/iamRoleStatements", NULL},
    {"AWS::IAM::Role", "/iamManagedPolicies", NULL},
    {"AWS::IAM::Role", "/rolePermissionsBoundary", NULL},
    {"AWS::IAM::Role", "/vpc", NULL},
    {"AWS::IAM::Role", "/tracing/lambda", NULL},
    {"AWS::ApiGateway::", "/apiGateway", NULL},
    {"AWS::ApiGateway::RestApi", "/apiName", NULL},
    {"AWS::ApiGateway::RestApi", "/endpointType", NULL},
    {"AWS::ApiGatewayV2::", "/httpApi", NULL},
    {"AWS::ApiGatewayV2::", "/websocketsApiName", NULL},
    {"AWS::S3::Bucket", "/s3", NULL},
    {"AWS::S3::Bucket", "/deploymentBucket", NULL},
    {"AWS::ElasticLoadBalancingV2::", "/alb", NULL},
    {"AWS::CloudFront::", "/cloudFront", NULL},
};

typedef struct {
    const Service *service;
    const char *id, *type;
    Problems *lines;
} Explanation;

static void add_line(const Explanation *explanation, const char *pointer, const char *what)
{
    g_autofree char *words = pointer_to_words(pointer);

    if (pointer_get(explanation->service->config, pointer))
        origins_problem(explanation->service->origins, explanation->lines, PROBLEM_NOTICE, pointer,
                        true, NULL, "%s: %s", words, what);
}

/* "/functions/hello" of "/functions/hello/events/0/http", or NULL. (transfer full) */
static char *function_of(const char *maker)
{
    const char *end;

    if (!g_str_has_prefix(maker, "/functions/"))
        return NULL;
    end = strchr(maker + strlen("/functions/"), '/');
    return end ? g_strndup(maker, (gsize)(end - maker)) : g_strdup(maker);
}

/* A version has its function's settings, and a change of them makes a new one. */
static bool takes(const char *type, const char *row)
{
    return g_str_has_prefix(type, row) ||
           (strcmp(type, "AWS::Lambda::Version") == 0 && strcmp(row, "AWS::Lambda::Function") == 0);
}

static void add_settings(const Explanation *explanation, const char *function)
{
    json_t *config = function ? pointer_get(explanation->service->config, function) : NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_autofree char *pointer = g_strconcat("/provider", settings[i].provider, NULL);

        if (takes(explanation->type, settings[i].type) &&
            !(settings[i].own && json_object_get(config, settings[i].own)))
            add_line(explanation, pointer, "goes into it");
    }
}

static void explain_serverless(const Explanation *explanation, const char *maker)
{
    g_autoptr(GString) own = g_string_new("/resources/Resources");
    g_autoptr(GString) extension = g_string_new("/resources/extensions");
    g_autofree char *function = maker ? function_of(maker) : NULL;

    pointer_append(own, explanation->id);
    pointer_append(extension, explanation->id);
    if (function)
        add_line(explanation, function, "the function");
    if (maker && g_strcmp0(maker, function) != 0)
        add_line(explanation, maker, strcmp(maker, own->str) == 0 ? "written here" : "makes it");
    if (!maker || strcmp(maker, own->str) != 0) {
        add_settings(explanation, function);
        add_line(explanation, own->str, "changes it");
    }
    add_line(explanation, extension->str, "extends it");
    if (problems_count(explanation->lines, PROBLEM_NOTICE) == 0)
        add_line(explanation, "/service", "every service has one");
}

static bool report_unknown(const Template *compiled, const char *id, Problems *problems)
{
    g_autoptr(GPtrArray) ids = g_ptr_array_new();
    g_autofree char *hint = NULL;
    const char *name, *near;
    json_t *resource;

    json_object_foreach(json_object_get(compiled->json, "Resources"), name, resource)
        g_ptr_array_add(ids, (void *)name);
    g_ptr_array_add(ids, NULL);
    near = nearest_word(id, (const char *const *)ids->pdata);
    hint = near ? g_strdup_printf("did you mean %s?", near) : NULL;
    problems_add(problems, PROBLEM_ERROR, NULL, hint, "the template has no resource %s", id);
    return false;
}

bool template_explain(const Service *service, const Template *compiled, const char *id,
                      Problems *ret_lines)
{
    json_t *resource = json_object_get(json_object_get(compiled->json, "Resources"), id);
    const char *type = json_string_value(json_object_get(resource, "Type"));
    const Explanation explanation = {service, id, type ? type : "", ret_lines};
    g_autoptr(GString) pointer = g_string_new("/Resources");

    if (!resource)
        return report_unknown(compiled, id, ret_lines);
    if (service->kind == SERVICE_SERVERLESS) {
        explain_serverless(&explanation, g_hash_table_lookup(compiled->makers, id));
        return true;
    }
    pointer_append(pointer, id);
    add_line(&explanation, pointer->str, "written here");
    if (g_str_has_prefix(explanation.type, "AWS::Serverless::")) {
        g_autofree char *globals =
            g_strconcat("/Globals/", explanation.type + strlen("AWS::Serverless::"), NULL);

        add_line(&explanation, globals, "goes into it");
    }
    return true;
}
