/* From the resolved serverless.yml to what the parts read. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/schema/schema.h"
#include "reconcile/compile/service.h"
#include <string.h>

bool service_check_provider(Service *service, Problems *problems)
{
    json_t *provider = json_object_get(service->config, "provider");
    const char *name;

    if (json_is_string(provider)) {
        provider = json_pack("{s:O}", "name", provider);
        json_object_set_new(service->config, "provider", provider);
    }
    name = json_string_value(json_object_get(provider, "name"));
    if (!json_is_object(provider) || g_strcmp0(name, "aws") == 0)
        return true; /* the schema says what is wrong with one that is no map */
    if (name)
        origins_problem(service->origins, problems, PROBLEM_ERROR, "/provider/name", false, NULL,
                        "provider %s is not supported: Driftless deploys to aws", name);
    else
        origins_problem(service->origins, problems, PROBLEM_ERROR, "/provider", false,
                        "add name: aws", "provider has no name");
    return false;
}

/* The option, else provider.key, else the default. */
static char *choose(const char *option, json_t *provider, const char *key, const char *fallback)
{
    json_t *written = json_object_get(provider, key);

    if (option)
        return g_strdup(option);
    if (json_is_string(written) && json_string_length(written) > 0)
        return g_strdup(json_string_value(written));
    return g_strdup(fallback);
}

static bool check_stage(Service *service, Problems *problems)
{
    for (const char *at = service->stage; *at; at++)
        if (!g_ascii_isalnum(*at) && *at != '-') {
            origins_problem(service->origins, problems, PROBLEM_ERROR, "/provider/stage", false,
                            NULL, "stage \"%s\" may hold letters, digits and dashes only",
                            service->stage);
            return false;
        }
    return true;
}

/* A stack's name: what CloudFormation takes (CreateChangeSet, StackName). */
static void check_stack_name(Service *service, Problems *problems)
{
    const char *name = service->stack_name;
    size_t length = strlen(name);
    bool good = length <= 128 && g_ascii_isalpha(name[0]);

    for (const char *at = name; *at && good; at++)
        good = g_ascii_isalnum(*at) || *at == '-';
    if (!good)
        origins_problem(service->origins, problems, service->strictness,
                        json_is_string(pointer_get(service->config, "/provider/stackName"))
                            ? "/provider/stackName"
                            : "/service",
                        false, "start with a letter; then letters, digits and dashes, at most 128",
                        "\"%s\" cannot be the name of a stack", name);
}

/* S3 encrypts so whatever it is told, since January 2023. */
static bool is_what_s3_does(json_t *setting)
{
    return g_strcmp0(json_string_value(setting), "AES256") == 0;
}

/* What the framework does beside deploying the template, and we do not: told, so that nobody waits
 * for it. */
static void note_left_out(Service *service, Problems *problems)
{
    static const struct {
        const char *pointer;
        ProblemSeverity severity;
        const char *message;
    } rows[] = {
        {"/provider/pruneFunctionVersions", PROBLEM_WARNING,
         "pruneFunctionVersions: old versions of functions are not deleted"},
        {"/provider/deploymentBucket/serverSideEncryption", PROBLEM_WARNING,
         "serverSideEncryption: code is stored under the bucket's own encryption"},
        {"/provider/deploymentBucket/sseKMSKeyId", PROBLEM_WARNING,
         "sseKMSKeyId: code is stored under the bucket's own encryption"},
        {"/provider/deploymentBucket/maxPreviousDeploymentArtifacts", PROBLEM_NOTICE,
         "maxPreviousDeploymentArtifacts is not looked at"},
        {"/provider/deploymentMethod", PROBLEM_NOTICE,
         "deploymentMethod is not looked at: every deployment is a change set"},
        {"/provider/profile", PROBLEM_NOTICE,
         "profile is not looked at: credentials are Driftless's own"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (js_is_truthy(pointer_get(service->config, rows[i].pointer)) &&
            !is_what_s3_does(pointer_get(service->config, rows[i].pointer)))
            origins_problem(service->origins, problems, rows[i].severity, rows[i].pointer, true,
                            NULL, "%s", rows[i].message);
}

bool service_read_configuration(Service *service, const CompileOptions *options, Problems *problems)
{
    json_t *provider;

    service->name = g_strdup(json_string_value(json_object_get(service->config, "service")));
    if (!service->name) { /* in warn mode the schema lets a number pass */
        origins_problem(service->origins, problems, PROBLEM_ERROR, "/service", false,
                        "write service: NAME", "the service's name has to be a text");
        return false;
    }
    if (schema_is_lenient(service->config, service->older))
        service->strictness = PROBLEM_WARNING;
    provider = json_object_get(service->config, "provider");
    service->stage = choose(options->stage, provider, "stage", "dev");
    service->region =
        choose(options->region, provider, "region", compile_options_default_region(options));
    if (!check_stage(service, problems))
        return false;
    g_autofree char *stack_name = g_strconcat(service->name, "-", service->stage, NULL);
    service->stack_name = choose(options->stack_name, provider, "stackName", stack_name);
    check_stack_name(service, problems);
    note_left_out(service, problems);
    return true;
}
