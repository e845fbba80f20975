#include "controller/cli/package_state.h"

#include "reconcile/compile/naming.h"
#include "reconcile/plan/redact.h"

#include <string.h>

typedef struct {
    const Build *build;
    json_t *config, *resources;
    const char *folder;
} State;

/* What stands in for a value that is elsewhere in the file (JSON cycles, as the framework does). */
static json_t *reference(const char *key)
{
    g_autofree char *path = g_strdup_printf("$[\"service\"][\"%s\"]", key);

    return json_pack("{s:s}", "$ref", path);
}

static char *artifact_path(const State *state, const char *name)
{
    g_autofree char *path = g_build_filename(state->folder, name, NULL);

    return g_canonicalize_filename(path, NULL);
}

static json_t *property(json_t *resource, const char *name)
{
    return json_object_get(json_object_get(resource, "Properties"), name);
}

static void copy_property(json_t *to, const char *key, json_t *resource, const char *name)
{
    json_t *value = property(resource, name);

    if (value)
        json_object_set(to, key, value);
}

/* The artifact that a function's code lies in. Borrowed; NULL: none of ours. */
static const char *artifact_of(const State *state, json_t *resource)
{
    const char *key = json_string_value(json_object_get(property(resource, "Code"), "S3Key"));
    const GPtrArray *specs = service_artifacts(state->build->service);

    for (guint i = 0; key && i < specs->len; i++) {
        const ArtifactSpec *spec = specs->pdata[i];

        if (!g_strcmp0(template_artifact_key(state->build->compiled, spec->name), key))
            return spec->name;
    }
    return NULL;
}

static bool is_individual(const State *state, json_t *function)
{
    json_t *own = json_object_get(json_object_get(function, "package"), "individually");
    json_t *all = json_object_get(json_object_get(state->config, "package"), "individually");

    return json_is_true(own ? own : all);
}

static json_t *package_of(const State *state, json_t *function, json_t *resource)
{
    json_t *package = json_copy(json_object_get(function, "package"));
    const char *name = artifact_of(state, resource);

    if (!package)
        package = json_object();
    if (name && is_individual(state, function)) {
        g_autofree char *path = artifact_path(state, name);

        json_object_set_new(package, "artifact", json_string(path));
    }
    return package;
}

static const char *version_of(const State *state, const char *function_id)
{
    json_t *resource;
    const char *id;

    json_object_foreach(state->resources, id, resource)
    {
        const char *of =
            json_string_value(json_object_get(property(resource, "FunctionName"), "Ref"));
        const char *type = json_string_value(json_object_get(resource, "Type"));

        if (!g_strcmp0(type, "AWS::Lambda::Version") && !g_strcmp0(of, function_id))
            return id;
    }
    return NULL;
}

static json_t *function_state(const State *state, const char *key, json_t *config)
{
    g_autofree char *name = naming_normalize(key);
    g_autofree char *id = g_strconcat(name, "LambdaFunction", NULL);
    json_t *resource = json_object_get(state->resources, id);
    json_t *function = json_copy(config);
    const char *version = version_of(state, id);

    if (!json_object_get(function, "events"))
        json_object_set_new(function, "events", json_array());
    copy_property(function, "name", resource, "FunctionName");
    json_object_set_new(function, "package", package_of(state, config, resource));
    copy_property(function, "memory", resource, "MemorySize");
    copy_property(function, "timeout", resource, "Timeout");
    copy_property(function, "runtime", resource, "Runtime");
    if (!json_object_get(function, "vpc"))
        json_object_set_new(function, "vpc", json_object());
    if (version)
        json_object_set_new(function, "versionLogicalId", json_string(version));
    return function;
}

static json_t *functions_state(const State *state)
{
    json_t *functions = json_object(), *config;
    const char *key;

    json_object_foreach(json_object_get(state->config, "functions"), key, config)
    {
        if (json_is_object(config))
            json_object_set_new(functions, key, function_state(state, key, config));
    }
    return functions;
}

static json_t *provider_state(const State *state)
{
    const Service *service = state->build->service;
    json_t *provider = json_copy(json_object_get(state->config, "provider"));
    json_t *core = template_bootstrap(state->build->compiled);

    if (!provider)
        provider = json_object();
    json_object_set_new(provider, "stage", json_string(service_stage(service)));
    json_object_set_new(provider, "region", json_string(service_region(service)));
    if (!json_object_get(provider, "versionFunctions"))
        json_object_set_new(provider, "versionFunctions", json_true());
    json_object_set(provider, "compiledCloudFormationTemplate",
                    template_json(state->build->compiled));
    if (core)
        json_object_set_new(provider, "coreCloudFormationTemplate", core);
    return provider;
}

/* Of the configuration, what the framework keeps under the same name. */
static void keep_sections(const State *state, json_t *service)
{
    static const char *const sections[] = {"custom", "plugins", "resources", "outputs", "layers"};

    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        json_t *section = json_object_get(state->config, sections[i]);

        if (section)
            json_object_set(service, sections[i], section);
    }
    if (json_is_object(json_object_get(service, "resources"))) {
        json_t *resources = json_copy(json_object_get(service, "resources"));

        if (!json_object_get(resources, "Outputs"))
            json_object_set_new(resources, "Outputs", json_object());
        json_object_set_new(service, "resources", resources);
    }
    if (!json_object_get(service, "layers"))
        json_object_set_new(service, "layers", json_object());
}

static json_t *initial_config(const State *state, json_t *service)
{
    json_t *initial = json_object(), *value;
    const char *key;

    json_object_foreach(state->config, key, value)
    {
        bool is_elsewhere = strcmp(key, "service") != 0 && json_object_get(service, key);

        if (is_elsewhere)
            json_object_set_new(initial, key, reference(key));
        else
            json_object_set(initial, key, value);
    }
    return initial;
}

/* The one archive of all functions that have none of their own; NULL: there is none. */
static const char *shared_artifact(const State *state)
{
    g_autofree char *name = g_strconcat(service_name(state->build->service), ".zip", NULL);
    const GPtrArray *specs = service_artifacts(state->build->service);

    for (guint i = 0; i < specs->len; i++) {
        const ArtifactSpec *spec = specs->pdata[i];

        if (!strcmp(spec->name, name))
            return spec->name;
    }
    return NULL;
}

static json_t *service_state(const State *state, const char *file)
{
    const char *name = service_name(state->build->service), *shared = shared_artifact(state);
    json_t *mode = json_object_get(state->config, "configValidationMode");
    json_t *service = json_pack(
        "{s:s, s:{s:s}, s:o, s:{}, s:o, s:s, s:s}", "service", name, "serviceObject", "name", name,
        "provider", provider_state(state), "pluginsData", "functions", functions_state(state),
        "configValidationMode", json_is_string(mode) ? json_string_value(mode) : "error",
        "serviceFilename", file);

    keep_sections(state, service);
    json_object_set_new(service, "initialServerlessConfig", initial_config(state, service));
    if (shared) {
        g_autofree char *path = artifact_path(state, shared);

        json_object_set_new(service, "artifact", json_string(path));
    }
    return service;
}

static json_t *package_section(const State *state)
{
    json_t *package = json_copy(json_object_get(state->config, "package"));
    const char *shared = shared_artifact(state);
    json_t *prefix =
        json_object_get(json_object_get(state->config, "provider"), "deploymentPrefix");
    g_autofree char *folder = g_strdup_printf(
        "%s/%s/%s/code", json_is_string(prefix) ? json_string_value(prefix) : "serverless",
        service_name(state->build->service), service_stage(state->build->service));
    json_t *section = json_object(), *individually = json_object_get(package, "individually");

    if (individually)
        json_object_set(section, "individually", individually);
    json_object_set_new(section, "artifactDirectoryName", json_string(folder));
    json_object_set_new(section, "artifact", json_string(shared ? shared : ""));
    json_decref(package);
    return section;
}

json_t *package_state(const Build *build, const char *file, const char *folder)
{
    const State state = {.build = build,
                         .config = service_configuration(build->service),
                         .resources = json_object_get(template_json(build->compiled), "Resources"),
                         .folder = folder};
    json_t *whole, *redacted;

    if (strcmp(service_description_kind(build->service), "serverless.yml") != 0)
        return NULL;
    whole = json_pack("{s:o, s:o}", "service", service_state(&state, file), "package",
                      package_section(&state));
    redacted = redact_json(whole, service_secrets(build->service));
    json_decref(whole);
    return redacted;
}
