#include <string.h>

#include "reconcile/compile/schema/validator.h"

// clang-format off
/* Properties that older versions and plugins know. `below` is the key of the map that has it; "" is the root, NULL any. */
static const struct {
    const char *below, *name, *hint;
} properties[] = {
    {"",         "app",                  "remove it: it is of a hosted dashboard that is not used here"},
    {"",         "org",                  "remove it: it is of a hosted dashboard that is not used here"},
    {"",         "stages",               "it is of Serverless Framework 4: write params: {dev: …}, or a map under custom"},
    {"",         "build",                "it is of Serverless Framework 4, which bundles by itself: list serverless-esbuild under plugins"},
    {"",         "outputs",              "put outputs under resources: Outputs"},
    {"",         "Resources",            "put it under resources"},
    {"",         "Outputs",              "put it under resources"},
    {"package",  "include",              "use patterns: ['src/**']"},
    {"package",  "exclude",              "use patterns: ['!src/**']; the ! leaves out"},
    {"provider", "lambdaHashingVersion", "remove it: there is only one way of hashing left"},
    {"provider", "apiKeys",              "move it to provider.apiGateway.apiKeys"},
    {"provider", "usagePlan",            "move it to provider.apiGateway.usagePlan"},
    {"provider", "resourcePolicy",       "move it to provider.apiGateway.resourcePolicy"},
    {NULL,       "iamRoleStatements",    "it needs a plugin that gives functions roles of their own; name one with `role`"},
};

#define ARN "^arn:"

static const struct {
    const char *pattern, *hint, *words; /* words: what it stands for; NULL: it is shown */
} patterns[] = {
    {"^[a-zA-Z][0-9a-zA-Z-]+$", "it takes a letter, then letters, digits and hyphens, two characters at least", NULL},
    {"^[a-zA-Z0-9-_]+$",        "it takes letters, digits, hyphens and underscores", NULL},
    {"^[A-Za-z0-9-]+$",         "it takes letters, digits and hyphens", NULL},
    {ARN,                       "an ARN starts with arn:", "an ARN"},
    {"/^(?:\\*|(GET|POST|PUT|PATCH|OPTIONS|HEAD|DELETE|ANY) (\\/\\S*))$/i", "write a method and a path that starts with /: GET /orders", NULL},
    {"/^(?:\\*|(ANY|GET|POST|PUT|PATCH|OPTIONS|HEAD|DELETE) (\\/\\S*))$/i", "write a method and a path that starts with /: GET /orders", NULL},
    {"^rate\\((?:1 (?:minute|hour|day)|(?:1\\d+|[2-9]\\d*) (?:minute|hour|day)s)\\)$|^cron\\(\\S+ \\S+ \\S+ \\S+ \\S+ \\S+\\)$",
     "write rate(1 hour), rate(5 minutes) or cron(0 12 * * ? *), which has six fields", "a rate or a cron expression"},
};
// clang-format on

const char *advice_on_property(const Place *place, const char *name)
{
    const char *below = !place->up ? "" : place->key ? place->key : "";

    for (size_t i = 0; i < G_N_ELEMENTS(properties); i++)
        if (strcmp(properties[i].name, name) == 0 &&
            (!properties[i].below || strcmp(properties[i].below, below) == 0))
            return properties[i].hint;
    return NULL;
}

static bool is_event(const Place *place)
{
    const Place *item = place->up, *list = item ? item->up : NULL;

    return list && !item->key && g_strcmp0(list->key, "events") == 0;
}

const char *pattern_in_words(const char *pattern)
{
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        if (strcmp(patterns[i].pattern, pattern) == 0)
            return patterns[i].words;
    return NULL;
}

const char *advice_on_pattern(const Place *place, const char *pattern)
{
    if (strcmp(pattern, ARN) == 0 && is_event(place))
        return "write arn:…, or {arn: …} where a function of CloudFormation gives it: {arn: "
               "{Fn::GetAtt: [Queue, Arn]}}";
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++)
        if (strcmp(patterns[i].pattern, pattern) == 0)
            return patterns[i].hint;
    return NULL;
}
