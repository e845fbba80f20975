#include "reconcile/compile/older/older.h"

#include <string.h>

#include "config/json_text.h"
#include "reconcile/compile/older/framework_version.h"

static bool is_retired(const json_t *value)
{
    return retired_runtime(json_string_value(value), NULL, NULL, NULL);
}

static bool is_false(const json_t *value)
{
    return json_is_false(value);
}

static bool is_true(const json_t *value)
{
    return json_is_true(value);
}

static bool is_first_resolution(const json_t *value)
{
    return g_strcmp0(json_string_value(value), "20210219") == 0 ||
           json_integer_value(value) == 20210219;
}

static bool is_first_hashing(const json_t *value)
{
    return g_strcmp0(json_string_value(value), "20200924") == 0 ||
           json_integer_value(value) == 20200924;
}

bool older_hashes_first_way(const Service *service)
{
    return service->older && service->kind == SERVICE_SERVERLESS &&
           is_first_hashing(pointer_get(service->config, "/provider/lambdaHashingVersion"));
}

static bool is_lenient(const json_t *value)
{
    const char *mode = json_string_value(value);

    return g_strcmp0(mode, "warn") == 0 || g_strcmp0(mode, "off") == 0;
}

// clang-format off
/* What version 3 and those before it took, and 4 refuses. The schema tells what is wrong with those that 3 warned of. */
static const struct {
    const char *pattern;
    ConfigurationTest accepts;
} marks[] = {
    {"/package/include",                              NULL},
    {"/package/exclude",                              NULL},
    {"/functions/*/package/include",                  NULL},
    {"/functions/*/package/exclude",                  NULL},
    {"/layers/*/package/include",                     NULL},
    {"/layers/*/package/exclude",                     NULL},
    {"/provider/lambdaHashingVersion",                NULL},
    {"/provider/eventBridge",                         NULL},
    {"/console",                                      NULL},
    {"/variablesResolutionMode",                      is_first_resolution},
    {"/provider/runtime",                             is_retired},
    {"/functions/*/runtime",                          is_retired},
    {"/layers/*/compatibleRuntimes/*",                is_retired},
    {"/app",                                          NULL},
    {"/org",                                          NULL},
    {"/tenant",                                       NULL},
    {"/outputs",                                      NULL},
    {"/dashboard",                                    NULL},
    {"/useDotenv",                                    is_false},
    {"/enableLocalInstallationFallback",              NULL},
    {"/unresolvedVariablesNotificationMode",          NULL},
    {"/resources/Rules",                              NULL},
    {"/resources/Hooks",                              NULL},
    {"/provider/accountId",                           NULL},
    {"/provider/apiKeys",                             NULL},
    {"/provider/usagePlan",                           NULL},
    {"/provider/resourcePolicy",                      NULL},
    {"/provider/binaryMediaTypes",                    NULL},
    {"/provider/cfLogs",                              NULL},
    {"/provider/credentials",                         NULL},
    {"/provider/variableSyntax",                      NULL},
    {"/provider/apiGateway/restApi",                  NULL},
    {"/functions/*/iamRoleStatements",                NULL},
    {"/functions/*/iamRoleStatementsInherit",         NULL},
    {"/functions/*/iamRoleStatementsName",            NULL},
    {"/functions/*/include",                          NULL},
    {"/functions/*/exclude",                          NULL},
    {"/functions/*/events/*/http/request/schema",     NULL},
    {"/functions/*/events/*/stream/enabled/*",        NULL},
};

typedef enum { ANY, OLDER, NEWER } Rules;

#define NO_EFFECT " has no effect: it can be removed"

/* Other ways to say it, each told once. `hint` may be NULL. */
static const struct {
    const char *pattern;
    ConfigurationTest accepts;
    Rules rules; /* of services that it is told of */
    ProblemSeverity severity;
    const char *message, *hint;
} sayings[] = {
    {"/package/exclude",                  NULL, OLDER, PROBLEM_NOTICE, "package.exclude is an older way: its patterns leave files out, before package.include and package.patterns take some in", "write package.patterns: ['!what/to/leave/out/**']"},
    {"/package/include",                  NULL, OLDER, PROBLEM_NOTICE, "package.include is an older way: its patterns come after package.exclude and before package.patterns", "write package.patterns"},
    {"/functions/*/package/exclude",      NULL, OLDER, PROBLEM_NOTICE, "package.exclude of a function is an older way: its patterns leave files out, before any package.include", "write package.patterns: ['!what/to/leave/out/**']"},
    {"/functions/*/package/include",      NULL, OLDER, PROBLEM_NOTICE, "package.include of a function is an older way: its patterns come before package.patterns", "write package.patterns"},
    {"/layers/*/package/exclude",         NULL, OLDER, PROBLEM_NOTICE, "package.exclude of a layer is an older way: its patterns leave files out, before any package.include", "write package.patterns: ['!what/to/leave/out/**']"},
    {"/layers/*/package/include",         NULL, OLDER, PROBLEM_NOTICE, "package.include of a layer is an older way: its patterns come before package.patterns", "write package.patterns"},
    {"/provider/lambdaHashingVersion",    is_first_hashing, OLDER, PROBLEM_NOTICE, "lambdaHashingVersion 20200924 is an older way to make the ids of versions", "without it the next deployment publishes each function once more, and no further one does"},
    {"/provider/lambdaHashingVersion",    NULL, OLDER, PROBLEM_WARNING, "provider.lambdaHashingVersion" NO_EFFECT, NULL},
    {"/provider/eventBridge/useCloudFormation", is_true,  OLDER, PROBLEM_WARNING, "provider.eventBridge.useCloudFormation" NO_EFFECT, NULL},
    {"/provider/eventBridge/useCloudFormation", is_false, OLDER, PROBLEM_NOTICE,  "useCloudFormation: false is an older way: rules are made by a function of the stack", "remove it: CloudFormation makes them as well"},
    {"/console",                          NULL, OLDER, PROBLEM_WARNING, "console" NO_EFFECT, NULL},
    {"/variablesResolutionMode",          NULL, ANY,   PROBLEM_WARNING, "variablesResolutionMode" NO_EFFECT, NULL},
    {"/projectDir",                       NULL, ANY,   PROBLEM_WARNING, "projectDir" NO_EFFECT, NULL},
    {"/configValidationMode",             is_lenient, OLDER, PROBLEM_NOTICE, "configValidationMode is set: what does not fit is no error", NULL},
    {"/provider/role",                    NULL, ANY,   PROBLEM_NOTICE, "provider.role is the older name of provider.iam.role", NULL},
    {"/provider/rolePermissionsBoundary", NULL, ANY,   PROBLEM_NOTICE, "provider.rolePermissionsBoundary is the older name of provider.iam.role.permissionsBoundary", NULL},
    {"/provider/iamRoleStatements",       NULL, ANY,   PROBLEM_NOTICE, "provider.iamRoleStatements is the older name of provider.iam.role.statements", NULL},
    {"/provider/iamManagedPolicies",      NULL, ANY,   PROBLEM_NOTICE, "provider.iamManagedPolicies is the older name of provider.iam.role.managedPolicies", NULL},
    {"/provider/cfnRole",                 NULL, ANY,   PROBLEM_NOTICE, "provider.cfnRole is the older name of provider.iam.deploymentRole", NULL},
    {"/functions/*/awsKmsKeyArn",         NULL, ANY,   PROBLEM_WARNING, "awsKmsKeyArn has no effect: its name is kmsKeyArn now", NULL},
    {"/provider/websocket/useProviderTags", NULL, NEWER, PROBLEM_WARNING, "provider.websocket.useProviderTags" NO_EFFECT, NULL},
};

/* Properties that came with version 4. */
static const char *const of_version_4[] = {
    "/provider/deletionProtection", "/provider/pruneFunctionVersions", "/functions/*/durableConfig",
};
// clang-format on

static char *last_key(const char *pointer)
{
    return g_strdup(strrchr(pointer, '/') + 1);
}

/* A plugin may give functions a property that the framework does not know. */
static bool is_of_plugin(json_t *extensions, const char *pattern)
{
    json_t *properties =
        json_object_get(json_object_get(extensions, "service/function"), "properties");

    return g_str_has_prefix(pattern, "/functions/*/") &&
           json_object_get(properties, pattern + strlen("/functions/*/"));
}

/* What decides where frameworkVersion leaves it open. (transfer full) */
static char *find_mark(json_t *config, json_t *extensions)
{
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        g_autoptr(GPtrArray) found = NULL;

        if (is_of_plugin(extensions, marks[i].pattern))
            continue;
        found = configuration_find(config, marks[i].pattern, marks[i].accepts);
        if (found->len > 0)
            return g_strdup(found->pdata[0]);
    }
    return NULL;
}

static const char *rules_of(const Service *service)
{
    return service->older ? "osls 3.77.1" : "osls 4.3.1";
}

/* What frameworkVersion says, as text; NULL where it says nothing that could be looked at.
 * (transfer full) */
static char *read_version(const Service *service, FrameworkVersion *ret, Problems *problems)
{
    json_t *written = json_object_get(service->config, "frameworkVersion");
    g_autofree char *text = json_is_string(written)   ? g_strdup(json_string_value(written))
                            : json_is_number(written) ? json_number_text(written)
                                                      : NULL;

    if (!text || framework_version_read(text, ret))
        return g_steal_pointer(&text);
    origins_problem(service->origins, problems, PROBLEM_WARNING, "/frameworkVersion", false,
                    "write a range of versions: ^3 or ^4",
                    "frameworkVersion %s is no range of versions: it is not looked at", text);
    return NULL;
}

static void tell_rules(const Service *service, const char *written, const char *mark,
                       Problems *problems)
{
    g_autofree char *words = mark ? pointer_to_words(mark) : NULL;

    if (mark)
        origins_problem(service->origins, problems, PROBLEM_NOTICE, mark, true,
                        "frameworkVersion: ^4 holds it to the rules of version 4",
                        "compiled by the rules of %s, which takes %s", rules_of(service), words);
    else if (written)
        origins_problem(service->origins, problems, PROBLEM_NOTICE, "/frameworkVersion", false,
                        NULL, "frameworkVersion %s: compiled by the rules of %s", written,
                        rules_of(service));
}

/* Once, at the first place. */
static void tell(const Service *service, const GPtrArray *found, ProblemSeverity severity,
                 const char *hint, const char *message, Problems *problems)
{
    const char *first = found->pdata[0];

    if (found->len == 1)
        origins_problem(service->origins, problems, severity, first, true, hint, "%s", message);
    else
        origins_problem(service->origins, problems, severity, first, true, hint,
                        "%s (here and at %u other places)", message, found->len - 1);
}

static void tell_sayings(const Service *service, Problems *problems)
{
    const char *before = "";

    for (size_t i = 0; i < G_N_ELEMENTS(sayings); i++) {
        g_autoptr(GPtrArray) found = NULL;

        if ((sayings[i].rules != ANY && (sayings[i].rules == OLDER) != service->older) ||
            strcmp(sayings[i].pattern, before) == 0)
            continue;
        found = configuration_find(service->config, sayings[i].pattern, sayings[i].accepts);
        if (found->len == 0)
            continue;
        before = sayings[i].pattern;
        tell(service, found, sayings[i].severity, sayings[i].hint, sayings[i].message, problems);
    }
}

static void remove_at(json_t *config, const char *pointer)
{
    g_autofree char *parent = g_strndup(pointer, (gsize)(strrchr(pointer, '/') - pointer));
    g_autofree char *key = last_key(pointer);

    json_object_del(pointer_get(config, parent), key);
}

static void take_out_newer(Service *service, Problems *problems)
{
    for (size_t i = 0; i < G_N_ELEMENTS(of_version_4); i++) {
        g_autoptr(GPtrArray) found = configuration_find(service->config, of_version_4[i], NULL);
        g_autofree char *key = last_key(of_version_4[i]);
        g_autofree char *message =
            g_strconcat(key, " came with osls 4: it is not looked at in an older service", NULL);

        if (found->len > 0)
            tell(service, found, PROBLEM_WARNING,
                 "let frameworkVersion allow version 4, without what only 3 knows", message,
                 problems);
        for (guint at = 0; at < found->len; at++)
            remove_at(service->config, found->pdata[at]);
    }
}

void older_choose(Service *service, json_t *extensions, Problems *problems)
{
    FrameworkVersion version = {0};
    g_autofree char *written = read_version(service, &version, problems);
    g_autofree char *mark = NULL;

    if (version.before_4 != version.from_4) {
        service->older = version.before_4;
    } else {
        mark = find_mark(service->config, extensions);
        service->older = mark != NULL;
    }
    tell_rules(service, written, mark, problems);
    tell_sayings(service, problems);
    if (service->older)
        take_out_newer(service, problems);
}

static void warn_of_runtime(const Service *service, const char *pointer, Problems *problems)
{
    const char *name = json_string_value(pointer_get(service->config, pointer));
    const char *creation, *update, *successor;
    g_autofree char *hint = NULL;

    if (!retired_runtime(name, &creation, &update, &successor))
        return;
    hint = g_strdup_printf("move on to %s", successor);
    origins_problem(service->origins, problems, PROBLEM_WARNING, pointer, false, hint,
                    "AWS has retired the runtime %s: it creates no function with it from %s on, "
                    "and updates none from %s on",
                    name, creation, update);
}

void older_warn_of_runtimes(const Service *service, Problems *problems)
{
    static const char *const patterns[] = {"/provider/runtime", "/functions/*/runtime"};
    g_autoptr(GHashTable) told = g_hash_table_new(g_str_hash, g_str_equal);

    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(GPtrArray) found = configuration_find(service->config, patterns[i], is_retired);

        for (guint at = 0; at < found->len; at++) {
            json_t *name = pointer_get(service->config, found->pdata[at]);

            if (g_hash_table_add(told, (gpointer)json_string_value(name)))
                warn_of_runtime(service, found->pdata[at], problems);
        }
    }
}

json_t *older_schema(const Service *service)
{
    static const char text[] =
        "{\"root\":{\"properties\":{"
        "\"console\":{\"anyOf\":[{\"type\":\"boolean\"},{\"type\":\"object\"}]},"
        "\"package\":{\"properties\":{\"exclude\":%s,\"include\":%s}},"
        "\"variablesResolutionMode\":{\"enum\":[\"20210219\"]}}},"
        "\"service/function\":{\"properties\":{\"package\":{\"properties\":{\"exclude\":%s,"
        "\"include\":%s}}}},"
        "\"service/"
        "layers\":{\"additionalProperties\":{\"properties\":{\"package\":{\"properties\":{"
        "\"exclude\":%s,\"include\":%s}}}}},"
        "\"service/provider\":{\"properties\":{"
        "\"eventBridge\":{\"type\":\"object\",\"properties\":{\"useCloudFormation\":{\"type\":"
        "\"boolean\"}},\"additionalProperties\":false},"
        "\"lambdaHashingVersion\":{\"type\":\"string\",\"enum\":[\"20200924\",\"20201221\"]}}}}";
    static const char list[] = "{\"type\":\"array\",\"items\":{\"type\":\"string\"}}";
    g_autofree char *filled = NULL;
    json_t *schema;

    if (!service->older)
        return NULL;
    filled = g_strdup_printf(text, list, list, list, list, list, list);
    schema = json_loads(filled, 0, NULL);
    g_assert(schema);
    json_object_set_new(schema, "definitions/awsLambdaRuntime",
                        json_pack("{s:o}", "enum", retired_runtimes()));
    return schema;
}
