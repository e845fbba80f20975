#include "compiling.h"
#include <criterion/criterion.h>

static const CompileOptions options = {.artifact_bucket = "bucket", .region = "eu-west-1"};
static const CompileOptions draft = {
    .artifact_bucket = "bucket", .region = "eu-west-1", .draft = true};

#define SAM "Transform: AWS::Serverless-2016-10-31\n"

static Compiled compile_one(const char *text, const CompileOptions *chosen)
{
    const CompiledFile files[] = {
        {"apps/shop/template.yaml", text},
        {"apps/shop/src/app.py", "x"},
        {"apps/shop/api.yaml", "openapi: 3.0.1"},
        {"apps/shop/nested.yaml", "Resources: {Q: {Type: AWS::SQS::Queue}}\n"},
        {"apps/shop/deep.yaml", "Resources:\n  F:\n    Type: AWS::Lambda::Function\n"
                                "    Properties: {Code: src}\n"},
        {"apps/shop/loop.yaml", "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n"
                                "    Properties: {TemplateURL: loop.yaml}\n"},
        {"apps/shop/wrong.yaml", "Resources:\n  F: {Type: AWS::Lambda::Function,\n"
                                 "    Properties: {Code: nowhere}}\n"},
        {"apps/shop/outer.yaml", "Resources:\n  S:\n    Type: AWS::CloudFormation::Stack\n"
                                 "    Properties: {TemplateURL: deep.yaml}\n"},
        {"apps/shared/lib.js", "x"},
        {NULL, NULL},
    };

    return compile_files(files, "apps/shop", chosen);
}

typedef struct {
    const char *type, *property, *rewritten;
} Row;

static const Row rows[] = {
    {"AWS::Serverless::Function", "{CodeUri: src}", "{\"CodeUri\":\"s3://bucket/KEY/X.zip\"}"},
    {"AWS::Serverless::Function", "{Handler: a.b}",
     "{\"Handler\":\"a.b\",\"CodeUri\":\"s3://bucket/KEY/X.zip\"}"},
    {"AWS::Serverless::Function", "{InlineCode: x}", "{\"InlineCode\":\"x\"}"},
    {"AWS::Serverless::Function", "{CodeUri: s3://other/key}", "{\"CodeUri\":\"s3://other/key\"}"},
    {"AWS::Serverless::Function", "{CodeUri: {Bucket: b, Key: k}}",
     "{\"CodeUri\":{\"Bucket\":\"b\",\"Key\":\"k\"}}"},
    {"AWS::Serverless::LayerVersion", "{ContentUri: ../shared}",
     "{\"ContentUri\":\"s3://bucket/KEY/X.zip\"}"},
    {"AWS::Lambda::Function", "{Code: ./src/}",
     "{\"Code\":{\"S3Bucket\":\"bucket\",\"S3Key\":\"KEY/X.zip\"}}"},
    {"AWS::Lambda::Function", "{Code: src/app.py}",
     "{\"Code\":{\"S3Bucket\":\"bucket\",\"S3Key\":\"KEY/X.zip\"}}"},
    {"AWS::Lambda::Function", "{Code: {ZipFile: x}}", "{\"Code\":{\"ZipFile\":\"x\"}}"},
    {"AWS::Lambda::LayerVersion", "{Content: src}",
     "{\"Content\":{\"S3Bucket\":\"bucket\",\"S3Key\":\"KEY/X.zip\"}}"},
    {"AWS::Serverless::Api", "{DefinitionUri: api.yaml}",
     "{\"DefinitionUri\":\"s3://bucket/KEY/X.yaml\"}"},
    {"AWS::ApiGateway::RestApi", "{BodyS3Location: api.yaml}",
     "{\"BodyS3Location\":{\"Bucket\":\"bucket\",\"Key\":\"KEY/X.yaml\"}}"},
    {"AWS::Serverless::StateMachine", "{DefinitionUri: api.yaml}",
     "{\"DefinitionUri\":{\"Bucket\":\"bucket\",\"Key\":\"KEY/X.yaml\"}}"},
    {"AWS::CloudFormation::Stack", "{TemplateURL: nested.yaml}",
     "{\"TemplateURL\":\"https://s3.eu-west-1.amazonaws.com/bucket/KEY/X.yaml\"}"},
    {"AWS::CloudFormation::Stack", "{TemplateURL: https://a/b}",
     "{\"TemplateURL\":\"https://a/b\"}"},
    {"AWS::Serverless::Application", "{Location: {ApplicationId: a}}",
     "{\"Location\":{\"ApplicationId\":\"a\"}}"},
    {"AWS::Glue::Job", "{Command: {ScriptLocation: src/app.py}}",
     "{\"Command\":{\"ScriptLocation\":\"s3://bucket/KEY/X.py\"}}"},
    {"AWS::Lambda::Function", "{Code: 's3://other/some/key?versionId=7'}",
     "{\"Code\":{\"S3Bucket\":\"other\",\"S3Key\":\"some/key\",\"S3ObjectVersion\":\"7\"}}"},
    {"AWS::SNS::Topic", "{Code: src}", "{\"Code\":\"src\"}"},
};

static char *expected(const char *rewritten)
{
    const char *start = strstr(rewritten, "KEY/"), *end = start ? strchr(start, '"') : NULL;
    g_autofree char *name = start ? g_strndup(start + 4, (gsize)(end - start - 4)) : NULL;
    g_autofree char *key = name ? g_strdup_printf("serverless/shop/dev/code/id-of-%s", name) : NULL;
    GString *text = g_string_new(rewritten);

    if (key)
        g_string_replace(text, "KEY", key, 0);
    return g_string_free(text, FALSE);
}

Test(template_package, local_paths_become_what_was_uploaded_and_all_else_stays)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = g_strdup_printf("Resources:\n  X: {Type: '%s', Properties: %s}\n",
                                                rows[i].type, rows[i].property);
        g_autofree char *wanted = expected(rows[i].rewritten);
        Compiled result = compile_one(text, &draft);
        g_autofree char *problems = problems_to_text(result.problems, false);
        char *found;

        cr_assert_not_null(result.compiled, "row %zu: %s", i, problems);
        found = compiled_at(&result, "/Resources/X/Properties");
        cr_expect_str_eq(found, wanted, "row %zu: %s", i, found);
        free(found);
        compiled_clear(&result);
    }
}

Test(template_package, code_given_for_all_functions_is_uploaded_once)
{
    Compiled result = compile_one(
        SAM "Globals: {Function: {CodeUri: src, Runtime: python3.12}}\n"
            "Resources:\n  A: {Type: 'AWS::Serverless::Function', Properties: {Handler: a.b}}\n"
            "  B: {Type: 'AWS::Serverless::Function', Properties: {CodeUri: src}}\n",
        &options);
    const ArtifactSpec *spec;

    cr_assert_not_null(result.compiled);
    cr_expect_eq(service_artifacts(result.service)->len, 1);
    spec = service_artifacts(result.service)->pdata[0];
    cr_expect_str_eq(spec->root, "apps/shop/src");
    cr_expect_str_eq(spec->runtime, "python3.12");
    cr_expect(spec->check_dependencies);
    cr_expect_null(pointer_get(result.json, "/Resources/A/Properties/CodeUri"));
    compiled_clear(&result);
}

static const ArtifactSpec *spec_named(const Service *service, const char *name)
{
    const GPtrArray *specs = service_artifacts(service);

    for (guint i = 0; i < specs->len; i++)
        if (!strcmp(((const ArtifactSpec *)specs->pdata[i])->name, name))
            return specs->pdata[i];
    cr_assert_fail("no artifact %s", name);
    return NULL;
}

Test(template_package, a_nested_template_is_uploaded_with_what_its_code_became)
{
    Compiled result = compile_one(
        "Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: "
        "outer.yaml}}\n"
        "  B: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: deep.yaml}}\n",
        &options);
    g_autofree char *problems = problems_to_text(result.problems, false);
    char *found;

    cr_assert_not_null(result.compiled, "%s", problems);
    cr_expect_eq(service_artifacts(result.service)->len, 3, "deep.yaml and its code only once");
    cr_expect_str_eq(
        spec_named(result.service, "S.template")->file,
        "{\"Resources\":{\"F\":{\"Type\":\"AWS::Lambda::Function\",\"Properties\":{\"Code\":"
        "{\"S3Bucket\":\"bucket\",\"S3Key\":\"serverless/shop/dev/code/id-of-F.zip/"
        "F.zip\"}}}}}");
    cr_expect_str_eq(
        spec_named(result.service, "A.template")->file,
        "{\"Resources\":{\"S\":{\"Type\":\"AWS::CloudFormation::Stack\",\"Properties\":{"
        "\"TemplateURL\":\"https://s3.eu-west-1.amazonaws.com/bucket/serverless/shop/dev/code/"
        "id-of-S.template/S.template\"}}}}");
    found = compiled_at(&result, "/Resources/B/Properties/TemplateURL");
    cr_expect_str_eq(found, "\"https://s3.eu-west-1.amazonaws.com/bucket/serverless/shop/dev/code/"
                            "id-of-S.template/S.template\"");
    free(found);
    compiled_clear(&result);
}

Test(template_package, includes_are_uploaded_wherever_they_stand)
{
    Compiled result = compile_one(
        "Resources:\n  A:\n    Type: AWS::ApiGateway::RestApi\n    Properties:\n      Body:\n"
        "        Fn::Transform: {Name: AWS::Include, Parameters: {Location: api.yaml}}\n",
        &options);
    char *found;

    cr_assert_not_null(result.compiled);
    found = compiled_at(&result, "/Resources/A/Properties/Body/Fn::Transform/Parameters/Location");
    cr_expect_str_eq(found,
                     "\"s3://bucket/serverless/shop/dev/code/id-of-Include.yaml/Include.yaml\"");
    free(found);
    compiled_clear(&result);
}

Test(template_package, parameters_come_from_params_and_the_stack_is_named_after_its_folder)
{
    g_autoptr(GHashTable) params = g_hash_table_new(g_str_hash, g_str_equal);
    CompileOptions chosen = {.params = params};
    Compiled result;
    char *text;

    g_hash_table_insert(params, "Domain", "example.com");
    result =
        compile_one(SAM "Parameters: {Domain: {Type: String}, Size: {Type: Number, Default: 1}}\n"
                        "Resources: {Q: {Type: AWS::SQS::Queue}}\n",
                    &chosen);
    cr_assert_not_null(result.compiled);
    cr_expect_str_eq(service_description_kind(result.service), "SAM template");
    text = json_dumps(service_stack_settings(result.service), JSON_COMPACT);
    cr_expect_str_eq(
        text, "{\"StackName\":\"shop\",\"Parameters\":{\"Domain\":\"example.com\"},\"Tags\":{},"
              "\"Capabilities\":[\"CAPABILITY_IAM\",\"CAPABILITY_NAMED_IAM\",\"CAPABILITY_AUTO_"
              "EXPAND\"]}");
    free(text);
    compiled_clear(&result);
}

typedef struct {
    const char *text, *expected;
} Mistake;

static const Mistake mistakes[] = {
    {"Resources: {}\nResources: {}\n", "apps/shop/template.yaml:2:1: error: duplicate key "
                                       "\"Resources\": it stands on line 1 already\n"
                                       "    Resources: {}\n"
                                       "    ^\n"
                                       "  remove or rename one of the two\n"},
    {"Outputs: {}\n", "apps/shop/template.yaml:1:1: error: the template has no map of Resources\n"
                      "    Outputs: {}\n"
                      "    ^\n"
                      "  a template is a map with Resources\n"},
    {"Resources:\n  A: sqs\n", "apps/shop/template.yaml:2:6: error: resource A is not a map\n"
                               "      A: sqs\n"
                               "         ^\n"
                               "  give it a Type and Properties\n"},
    {"Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {Code: nowhere, Role: r}}\n",
     "apps/shop/template.yaml:2:55: error: Code nowhere: no such file or folder\n"
     "      A: {Type: AWS::Lambda::Function, Properties: {Code: nowhere, Role: r}}\n"
     "                                                          ^\n"
     "  commit it, or give an s3:// URI that your build uploads to\n"},
    {"Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {Code: ../../../etc, Role: r}}\n",
     "apps/shop/template.yaml:2:55: error: Code: ../../../etc: leads out of the source tree "
     "(looked at from apps/shop)\n"
     "      A: {Type: AWS::Lambda::Function, Properties: {Code: ../../../etc, Role: r}}\n"
     "                                                          ^\n"},
    {"Resources:\n  A: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: src}}\n",
     "apps/shop/template.yaml:2:63: error: apps/shop/src is a folder\n"
     "      A: {Type: AWS::Serverless::Api, Properties: {DefinitionUri: src}}\n"
     "                                                                  ^\n"
     "  name a file\n"},
    {"Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: loop.yaml}}\n",
     "apps/shop/loop.yaml:4:31: error: template apps/shop/loop.yaml is nested in itself\n"
     "        Properties: {TemplateURL: loop.yaml}\n"
     "                                  ^\n"
     "  name another template\n"},
    {"Resources:\n  A: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: wrong.yaml}}\n",
     "apps/shop/wrong.yaml:3:24: error: Code nowhere: no such file or folder\n"
     "        Properties: {Code: nowhere}}\n"
     "                           ^\n"
     "  commit it, or give an s3:// URI that your build uploads to\n"},
    {"Resources:\n  A: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}\n",
     "apps/shop/template.yaml:2:6: error: function A: Driftless builds no container images\n"
     "      A: {Type: AWS::Serverless::Function, Properties: {PackageType: Image}}\n"
     "         ^\n"
     "  push the image to ECR in a build and give its ImageUri with the digest (…@sha256:…)\n"},
    {"Parameters: {P: {Type: String}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n",
     "apps/shop/template.yaml:1:14: error: parameter P has neither a value nor a Default\n"
     "    Parameters: {P: {Type: String}}\n"
     "                 ^\n"
     "  give it under params, or a Default\n"},
    {"Resources: {a-b: {Type: AWS::SQS::Queue}}\n",
     "apps/shop/template.yaml:1:13: error: logical id \"a-b\" may hold letters and digits only\n"
     "    Resources: {a-b: {Type: AWS::SQS::Queue}}\n"
     "                ^\n"},
};

Test(template_package, mistakes_are_told_at_their_place)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mistakes); i++) {
        Compiled result = compile_one(mistakes[i].text, &options);
        g_autofree char *text = problems_to_text(result.problems, false);

        cr_expect_null(result.compiled, "%s", mistakes[i].text);
        cr_expect_str_eq(text, mistakes[i].expected, "mistake %zu:\n%s\n%s", i, mistakes[i].text,
                         text);
        compiled_clear(&result);
    }
}

Test(template_package, local_code_without_a_bucket_is_an_error)
{
    const CompileOptions none = {0};
    Compiled result = compile_one(
        "Resources:\n  A: {Type: AWS::Lambda::Function, Properties: {Code: src, Role: r}}\n",
        &none);
    g_autofree char *text = problems_to_text(result.problems, false);

    cr_expect_str_eq(text,
                     "apps/shop/template.yaml:2:55: error: a template with local code needs a "
                     "bucket to upload it to\n"
                     "      A: {Type: AWS::Lambda::Function, Properties: {Code: src, Role: r}}\n"
                     "                                                          ^\n"
                     "  give artifactBucket in driftless.yml, or --bucket NAME\n",
                     "%s", text);
    compiled_clear(&result);
}
