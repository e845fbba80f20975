#include "config/json_text.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/service.h"
#include <string.h>

/* CloudFormation quotas, user guide "Understand CloudFormation quotas", 2025. */
#define MAX_RESOURCES 500
#define MAX_OUTPUTS 200
#define MAX_LOGICAL_ID 255
/* Lambda CreateFunction, FunctionName without an ARN around it. */
#define MAX_FUNCTION_NAME 64
/* Lambda quotas: "Environment variables 4 KB, for all of a function"; Lambda measures them as JSON
 * (its refusal: "exceeded the 4KB limit. String measured: {…}"). */
#define MAX_ENVIRONMENT_BYTES 4096

typedef struct {
    char *file;
    unsigned line, column;
} Place;

static void place_free(void *place)
{
    g_free(((Place *)place)->file);
    g_free(place);
}

Template *template_new(void)
{
    Template *compiled = g_new0(Template, 1);

    compiled->keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    compiled->positions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, place_free);
    return compiled;
}

void template_free(Template *compiled)
{
    if (!compiled)
        return;
    json_decref(compiled->json);
    json_decref(compiled->bootstrap);
    g_free(compiled->bucket);
    g_hash_table_unref(compiled->keys);
    g_hash_table_unref(compiled->positions);
    g_free(compiled);
}

json_t *template_json(const Template *compiled)
{
    return compiled->json;
}

const char *template_artifact_key(const Template *compiled, const char *artifact_name)
{
    return g_hash_table_lookup(compiled->keys, artifact_name);
}

const char *template_artifact_bucket(const Template *compiled)
{
    return compiled->bucket;
}

json_t *template_bootstrap(const Template *compiled)
{
    return json_incref(compiled->bootstrap);
}

bool template_resource_position(const Template *compiled, const char *logical_id, Position *ret)
{
    const Place *place = g_hash_table_lookup(compiled->positions, logical_id);

    if (!place)
        return false;
    *ret = (Position){.file = place->file, .line = place->line, .column = place->column};
    return true;
}

void template_note_position(Template *compiled, const char *logical_id, Position at)
{
    Place *place = g_new0(Place, 1);

    *place = (Place){.file = g_strdup(at.file), .line = at.line, .column = at.column};
    g_hash_table_replace(compiled->positions, g_strdup(logical_id), place);
}

char *service_artifact_key(const Service *service, const ArtifactSpec *spec,
                           const Artifact *artifact)
{
    json_t *prefix = pointer_get(service->config, "/provider/deploymentPrefix");

    if (spec->kind == ARTIFACT_S3)
        return g_strdup(artifact->s3_key);
    return g_strdup_printf("%s/%s/%s/code/%s/%s",
                           service->kind == SERVICE_SERVERLESS && json_is_string(prefix)
                               ? json_string_value(prefix)
                               : "serverless",
                           service->name, service->stage, artifact->manifest_id, spec->name);
}

void template_note_keys(Template *compiled, const Service *service, const GPtrArray *artifacts)
{
    for (guint i = 0; i < service->specs->len && i < artifacts->len; i++) {
        const ArtifactSpec *spec = service->specs->pdata[i];

        g_hash_table_replace(compiled->keys, g_strdup(spec->name),
                             service_artifact_key(service, spec, artifacts->pdata[i]));
    }
}

static void add_limit(const Template *compiled, ProblemSeverity severity, Problems *problems,
                      const char *id, const char *hint, const char *message)
{
    Position at;

    problems_add(problems, severity, template_resource_position(compiled, id, &at) ? &at : NULL,
                 hint, "%s", message);
}

static void check_id(const Template *compiled, Problems *problems, const char *id)
{
    g_autofree char *message = NULL;
    bool good = *id != '\0';

    if (g_str_has_prefix(id, "Fn::ForEach::"))
        return;
    for (const char *at = id; *at && good; at++)
        good = g_ascii_isalnum(*at);
    if (!good)
        message = g_strdup_printf("logical id \"%s\" may hold letters and digits only", id);
    else if (strlen(id) > MAX_LOGICAL_ID)
        message = g_strdup_printf("logical id %s is longer than %d characters", id, MAX_LOGICAL_ID);
    if (message)
        add_limit(compiled, PROBLEM_ERROR, problems, id, NULL, message);
}

static void check_function_name(const Template *compiled, ProblemSeverity severity,
                                Problems *problems, const char *id, json_t *resource)
{
    const char *name = json_string_value(pointer_get(resource, "/Properties/FunctionName"));
    g_autofree char *message = NULL;

    if (g_strcmp0(json_string_value(json_object_get(resource, "Type")), "AWS::Lambda::Function") !=
            0 ||
        !name || g_str_has_prefix(name, "arn:") || strlen(name) <= MAX_FUNCTION_NAME)
        return;
    message = g_strdup_printf("function name %s is %zu characters long; Lambda takes %d", name,
                              strlen(name), MAX_FUNCTION_NAME);
    add_limit(compiled, severity, problems, id,
              "set name, or shorten the name of service, stage or function", message);
}

/* What only CloudFormation knows is counted as nothing, so that what is refused here is too large
 * for certain. */
static size_t environment_bytes(json_t *variables)
{
    json_t *known = json_object(), *value;
    g_autofree char *text = NULL;
    const char *name;

    json_object_foreach(variables, name, value)
        json_object_set(known, name, json_is_object(value) ? json_null() : value);
    text = json_text(known, JSON_TEXT_COMPACT);
    json_decref(known);
    return strlen(text);
}

static void check_environment(const Template *compiled, Problems *problems, const char *id,
                              json_t *resource)
{
    json_t *variables = pointer_get(resource, "/Properties/Environment/Variables");
    g_autofree char *place = g_strconcat(id, ENVIRONMENT_PLACE, NULL);
    bool is_function = g_strcmp0(json_string_value(json_object_get(resource, "Type")),
                                 "AWS::Lambda::Function") == 0;
    size_t size = is_function && json_is_object(variables) ? environment_bytes(variables) : 0;
    Position at;

    if (size <= MAX_ENVIRONMENT_BYTES)
        return;
    problems_add(problems, PROBLEM_ERROR,
                 template_resource_position(compiled, place, &at) ||
                         template_resource_position(compiled, id, &at)
                     ? &at
                     : NULL,
                 "keep large values in SSM or S3, and give the function their names",
                 "the environment of %s has %zu bytes; Lambda takes %d", id, size,
                 MAX_ENVIRONMENT_BYTES);
}

void template_check_limits(const Template *compiled, ProblemSeverity strictness, Problems *problems)
{
    json_t *resources = json_object_get(compiled->json, "Resources"), *resource;
    size_t outputs = json_object_size(json_object_get(compiled->json, "Outputs"));
    const char *id;

    json_object_foreach(resources, id, resource)
    {
        check_id(compiled, problems, id);
        check_function_name(compiled, strictness, problems, id, resource);
        check_environment(compiled, problems, id, resource);
    }
    if (json_object_size(resources) > MAX_RESOURCES)
        problems_add(problems, strictness, NULL, "split the service in two",
                     "the template has %zu resources; CloudFormation takes %d in a stack",
                     json_object_size(resources), MAX_RESOURCES);
    if (outputs > MAX_OUTPUTS)
        problems_add(
            problems, strictness, NULL,
            "set versionFunctions: false (each version has an output), or split the service",
            "the template has %zu outputs; CloudFormation takes %d in a stack", outputs,
            MAX_OUTPUTS);
}

Template *compile_template(const Service *service, const GPtrArray *artifacts, Problems *problems)
{
    Problems *found = problems_new();
    Template *compiled = service->kind == SERVICE_SERVERLESS
                             ? template_compile(service, artifacts, found)
                             : template_package(service, artifacts, found);

    template_check_limits(compiled, service->strictness, found);
    if (problems_have_errors(found)) {
        template_free(compiled);
        compiled = NULL;
    }
    problems_append(problems, found);
    problems_free(found);
    return compiled;
}
