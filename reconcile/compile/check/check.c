#include "reconcile/compile/check/check.h"
#include "reconcile/compile/check/checking.h"
#include <string.h>

static bool is_transform_known(const char *name)
{
    return g_str_has_prefix(name, "AWS::Serverless-") ||
           strcmp(name, "AWS::LanguageExtensions") == 0 ||
           g_str_has_prefix(name, "AWS::SecretsManager-") ||
           g_str_has_prefix(name, "AWS::CodeDeployBlueGreen");
}

static void look_at_transform(Checking *checking, json_t *transform)
{
    const char *name = json_string_value(transform);
    json_t *item;
    size_t i;

    json_array_foreach(transform, i, item) look_at_transform(checking, item);
    if (json_is_object(transform))
        checking->has_more_names = true;
    if (!name)
        return;
    if (g_str_has_prefix(name, "AWS::Serverless-"))
        checking->is_sam = true;
    if (strcmp(name, "AWS::LanguageExtensions") == 0)
        checking->has_extensions = true;
    if (!is_transform_known(name))
        checking->has_more_names = true;
}

/* Loops, macros and modules bring resources whose names only CloudFormation knows. */
static void look_at_resources(Checking *checking)
{
    const char *id;
    json_t *resource;
    guint count = 0;

    json_object_foreach(checking->resources, id, resource)
    {
        const char *type = json_string_value(json_object_get(resource, "Type"));

        if (g_str_has_prefix(id, "Fn::") || (type && g_str_has_suffix(type, "::MODULE")))
            checking->has_more_names = true;
        g_hash_table_insert(checking->numbers, (void *)id, GUINT_TO_POINTER(++count));
    }
}

/* `Metadata: {Driftless: {Checks: warn}}` lets what the schemas say pass: AWS may be ahead of
 * them. */
static ProblemSeverity strictness_of(const Service *service, json_t *template)
{
    const char *written = json_string_value(pointer_get(template, "/Metadata/Driftless/Checks"));

    return g_strcmp0(written, "warn") == 0 ? PROBLEM_WARNING : service->strictness;
}

static void run(Checking *checking)
{
    checking->numbers = g_hash_table_new(g_str_hash, g_str_equal);
    checking->missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    checking->dependencies = g_array_new(FALSE, FALSE, sizeof(Dependency));
    look_at_transform(checking, json_object_get(checking->template, "Transform"));
    look_at_resources(checking);
    check_sections(checking);
    check_resources(checking);
    check_circles(checking);
    g_hash_table_unref(checking->numbers);
    g_hash_table_unref(checking->missing);
    g_array_unref(checking->dependencies);
}

static Checking checking_of(const Service *service, json_t *template, Problems *problems)
{
    return (Checking){
        .service = service,
        .problems = problems,
        .mildest = service->options.draft ? PROBLEM_WARNING : PROBLEM_ERROR,
        .strictness = strictness_of(service, template),
        .template = template,
        .resources = json_object_get(template, "Resources"),
        .parameters = json_object_get(template, "Parameters"),
        .conditions = json_object_get(template, "Conditions"),
        .mappings = json_object_get(template, "Mappings"),
        .current = NO_RESOURCE,
        .wanted = NO_RESOURCE,
    };
}

void check_template(const Service *service, const Template *compiled, Problems *problems)
{
    Checking checking = checking_of(service, compiled->json, problems);

    checking.makers = compiled->makers;
    run(&checking);
    checking.mildest = PROBLEM_ERROR;
    check_quotas(&checking);
}

void check_written(const Service *service, Problems *problems)
{
    bool is_template = service->kind != SERVICE_SERVERLESS;
    json_t *written = is_template ? service->config : json_object_get(service->config, "resources");
    Checking checking = checking_of(service, written, problems);

    if (!json_is_object(written))
        return;
    checking.has_more_names = !is_template;
    checking.is_unpackaged = true;
    run(&checking);
}
