#include "reconcile/compile/plugins/known.h"
#include <glib.h>
#include <string.h>

#define BUILD_FIRST \
    "build it in a step (build: in driftless.yml), or deliver the result as package.artifact"

// clang-format off
static const KnownPlugin plugins[] = {
    {"serverless-rust", "it compiles Rust", BUILD_FIRST},
    {"serverless-go-plugin", "it compiles Go", BUILD_FIRST},
    {"serverless-ruby-layer", "it installs Ruby gems as a layer", BUILD_FIRST},
    {"serverless-rollup-plugin", "it bundles code with Rollup", BUILD_FIRST},
    {"serverless-plugin-optimize", "it bundles code with Browserify", BUILD_FIRST},
    {"serverless-plugin-monorepo", "it links the packages of a monorepo into node_modules", BUILD_FIRST},
    {"serverless-wsgi", "it puts a WSGI server into packages", BUILD_FIRST},
    {"serverless-layers", "it installs packages as a layer", BUILD_FIRST},
    {"serverless-jetpack", "it packages faster", "Driftless packages by itself: ignore it"},
    {"serverless-stack-output", "it writes the outputs of the stack to a file", "driftless info tells them: ignore it"},
    {"@anttiviljami/serverless-stack-output", "it writes the outputs of the stack to a file", "driftless info tells them: ignore it"},
    {"serverless-finch", "it copies a website to a bucket", NULL},
    {"serverless-cloudfront-invalidate", "it invalidates what CloudFront caches", NULL},
    {"serverless-apigw-binary", "it sets the binary media types of REST APIs", "set provider.apiGateway.binaryMediaTypes"},
    {"serverless-aws-documentation", "it documents REST APIs", "write AWS::ApiGateway::DocumentationPart under resources"},
    {"serverless-plugin-log-subscription", "it subscribes to the logs of functions", "write AWS::Logs::SubscriptionFilter under resources"},
    {"serverless-plugin-stage-variables", "it gives the stages of REST APIs variables", NULL},
    {"serverless-appsync-plugin", "it makes GraphQL APIs of appSync", "write AWS::AppSync resources under resources"},
    {"serverless-domain-manager", "it maps domain names to APIs", "write AWS::ApiGateway::DomainName and BasePathMapping under resources"},
    {"serverless-plugin-warmup", "it keeps functions warm by schedules", "set provisionedConcurrency"},
    {"serverless-plugin-split-stacks", "it moves resources into nested stacks", "split the service"},
    {"serverless-s3-sync", "it copies files to a bucket", NULL},
    {"serverless-scriptable-plugin", "it runs commands of the service", NULL},
    {"serverless-plugin-scripts", "it runs commands of the service", NULL},
    {"serverless-api-gateway-caching", "it sets up caching of REST APIs", NULL},
    {"serverless-plugin-datadog", "it instruments functions", NULL},
    {"serverless-plugin-aws-alerts", "it makes CloudWatch alarms of functions", "write AWS::CloudWatch::Alarm under resources"},
    {"serverless-plugin-canary-deployments", "it shifts traffic to new versions with CodeDeploy", NULL},
    {"serverless-lift", "it makes constructs: queues, websites, webhooks", "write their resources under resources"},
    {"serverless-plugin-common-excludes", "it leaves files out of packages", "set package.patterns: ['!…']"},
    {"serverless-plugin-include-dependencies", "it picks the files that functions need", "set package.patterns"},
    {"serverless-better-credentials", "it finds credentials for the framework", "Driftless has credentials of its own: ignore it"},
};
// clang-format on

bool known_plugin_is_for_development(const char *name)
{
    static const char *const words[] = {"offline", "localstack", "dynamodb-local", "s3-local"};
    static const char *const names[] = {"serverless-dynamodb",    "serverless-mocha-plugin",
                                        "serverless-jest-plugin", "serverless-appsync-simulator",
                                        "serverless-export-env",  NULL};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(name, words[i]))
            return true;
    return g_str_has_suffix(name, "-local") || g_str_has_suffix(name, "-simulate") ||
           g_strv_contains(names, name);
}

const KnownPlugin *known_plugin(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(plugins); i++)
        if (strcmp(plugins[i].name, name) == 0)
            return &plugins[i];
    return NULL;
}
