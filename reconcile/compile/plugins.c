#include "reconcile/compile/service.h"
#include <string.h>

typedef struct {
    const char *name;
    const char *work; /* what it would do: "it …" */
    const char *hint; /* how to have that without it */
} Plugin;

#define BUILD_FIRST \
    "build in a step of your own and commit or deliver the result as package.artifact"

// clang-format off
static const Plugin plugins[] = {
    {"serverless-esbuild", "it bundles JavaScript and TypeScript", BUILD_FIRST},
    {"serverless-webpack", "it bundles JavaScript", BUILD_FIRST},
    {"serverless-bundle", "it bundles JavaScript and TypeScript", BUILD_FIRST},
    {"serverless-plugin-typescript", "it compiles TypeScript", BUILD_FIRST},
    {"serverless-rust", "it compiles Rust", BUILD_FIRST},
    {"serverless-go-plugin", "it compiles Go", BUILD_FIRST},
    {"serverless-python-requirements", "it installs Python packages", BUILD_FIRST},
    {"serverless-ruby-layer", "it installs Ruby gems as a layer", BUILD_FIRST},
    {"serverless-dotenv-plugin", "it puts the .env file into the environment of functions", "set useDotenv: true and name the variables under environment"},
    {"serverless-iam-roles-per-function", "it gives each function a role of its own", "write the roles under resources and name them by functions.x.role"},
    {"serverless-step-functions", "it makes state machines of stepFunctions", "write AWS::StepFunctions::StateMachine under resources"},
    {"serverless-appsync-plugin", "it makes GraphQL APIs of appSync", "write AWS::AppSync resources under resources"},
    {"serverless-domain-manager", "it maps domain names to APIs", "write AWS::ApiGateway::DomainName and BasePathMapping under resources"},
    {"serverless-prune-plugin", "it deletes old versions of functions", "set provider.versionFunctions: false"},
    {"serverless-plugin-warmup", "it keeps functions warm by schedules", "set provisionedConcurrency"},
    {"serverless-plugin-split-stacks", "it moves resources into nested stacks", "split the service"},
    {"serverless-deployment-bucket", "it makes the deployment bucket", "set artifactBucket in driftless.yml"},
    {"serverless-s3-sync", "it copies files to a bucket", NULL},
    {"serverless-scriptable-plugin", "it runs commands of the service", NULL},
    {"serverless-plugin-scripts", "it runs commands of the service", NULL},
    {"serverless-pseudo-parameters", "it replaces #{AWS::…}", "write !Sub \"${AWS::…}\""},
    {"serverless-api-gateway-caching", "it sets up caching of REST APIs", NULL},
    {"serverless-plugin-datadog", "it instruments functions", NULL},
};
// clang-format on

/* What only helps at a developer's desk changes nothing of the deployed template. */
static bool is_for_development(const char *name)
{
    static const char *const words[] = {"offline", "localstack", "dynamodb-local", "s3-local"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(name, words[i]))
            return true;
    return g_str_has_suffix(name, "-local") || g_str_has_suffix(name, "-simulate");
}

static bool is_ignored(const CompileOptions *options, const char *name)
{
    const GPtrArray *ignored = options->plugins_ignored;

    for (guint i = 0; ignored && i < ignored->len; i++)
        if (strcmp(ignored->pdata[i], name) == 0)
            return true;
    return false;
}

static const Plugin *find_plugin(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++)
        if (strcmp(plugins[i].name, name) == 0)
            return &plugins[i];
    return NULL;
}

static void refuse(const Service *service, Problems *problems, const char *pointer,
                   const char *name)
{
    const Plugin *plugin = find_plugin(name);
    g_autofree char *pass_over = g_strdup_printf(
        "or, if the template does without, set plugins: {ignore: [%s]} in driftless.yml", name);
    g_autofree char *hint = plugin && plugin->hint
                                ? g_strdup_printf("%s; %s", plugin->hint, pass_over)
                                : g_strdup(pass_over + 4);

    origins_problem(service->origins, problems, PROBLEM_ERROR, pointer, false, hint,
                    "plugin %s is not supported%s%s", name, plugin ? ": " : "",
                    plugin ? plugin->work : "");
}

void service_check_plugins(const Service *service, const CompileOptions *options,
                           Problems *problems)
{
    json_t *written = json_object_get(service->config, "plugins"), *item;
    json_t *list = json_is_object(written) ? json_object_get(written, "modules") : written;
    size_t i;

    json_array_foreach(list, i, item)
    {
        g_autofree char *pointer =
            g_strdup_printf(list == written ? "/plugins/%zu" : "/plugins/modules/%zu", i);
        const char *name = json_string_value(item);

        if (!name)
            continue;
        if (is_for_development(name))
            origins_problem(service->origins, problems, PROBLEM_NOTICE, pointer, false, NULL,
                            "plugin %s is passed over: it is for development only", name);
        else if (is_ignored(options, name))
            origins_problem(service->origins, problems, PROBLEM_NOTICE, pointer, false, NULL,
                            "plugin %s is passed over, as driftless.yml says", name);
        else
            refuse(service, problems, pointer, name);
    }
}
