#include "reconcile/compile/compile.h"
#include "reconcile/compile/check/check.h"
#include "reconcile/compile/compilation.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/merge.h"
#include "reconcile/compile/older/older.h"
#include "reconcile/compile/plugins/plugins.h"
#include "reconcile/compile/schema/schema.h"
#include "reconcile/compile/script.h"
#include "reconcile/compile/service.h"
#include "reconcile/compile/variables/variables.h"
#include <string.h>

#define MAX_DOCUMENT_BYTES (16u << 20) /* config/document.h has the same ceiling */

/* In the order in which the framework looks for them; programs come last. */
static const char *const configuration_files[] = {
    "serverless.yml", "serverless.yaml", "serverless.json", "serverless.js",
    "serverless.mjs", "serverless.cjs",  "serverless.ts"};
static const char *const template_files[] = {"template.yaml", "template.yml", "template.json"};

static Service *service_new(const char *path, const CompileOptions *options)
{
    Service *service = g_new0(Service, 1);

    service->path = g_strdup(path);
    service->specs = g_ptr_array_new_with_free_func((GDestroyNotify)artifact_spec_free);
    service->spec_of = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    service->references = g_ptr_array_new_with_free_func(g_free);
    service->nested = g_ptr_array_new_with_free_func((GDestroyNotify)nested_template_free);
    service->secrets = g_ptr_array_new_with_free_func(g_free);
    service->plugins = g_ptr_array_new_with_free_func(g_free);
    service->options.artifact_bucket = g_strdup(options->artifact_bucket);
    service->options.deployment_nonce = options->deployment_nonce;
    service->options.draft = options->draft;
    return service;
}

void service_free(Service *service)
{
    if (!service)
        return;
    g_free(service->path);
    g_free(service->file);
    g_free(service->name);
    g_free(service->stage);
    g_free(service->region);
    g_free(service->stack_name);
    json_decref(service->config);
    origins_free(service->origins);
    g_hash_table_unref(service->spec_of);
    g_ptr_array_unref(service->specs);
    g_ptr_array_unref(service->references);
    g_ptr_array_unref(service->nested);
    g_ptr_array_unref(service->secrets);
    g_ptr_array_unref(service->plugins);
    json_decref(service->bundle);
    json_decref(service->installs);
    json_decref(service->settings);
    g_free((char *)service->options.artifact_bucket);
    g_free(service);
}

/* The first of `names` that is a file below the service's folder. (transfer full) */
static char *find_file(SourceTree *tree, const char *path, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *file = source_path_resolve(path, names[i], &error);
        SourceEntry entry;

        if (file && source_tree_entry(tree, file, true, &entry, &error) &&
            (entry.kind == SOURCE_FILE || entry.kind == SOURCE_EXECUTABLE))
            return g_steal_pointer(&file);
    }
    return NULL;
}

static bool is_configuration(const char *file)
{
    const char *slash = strrchr(file, '/');

    return g_str_has_prefix(slash ? slash + 1 : file, "serverless.");
}

/* What describes the service; NULL with a problem. (transfer full) */
static char *find_description(SourceTree *tree, const char *path, const char *template_file,
                              Problems *problems)
{
    const char *shown = *path ? path : ".";
    char *file;

    if (template_file) {
        file = find_file(tree, path, &template_file, 1);
        if (!file)
            problems_add(problems, PROBLEM_ERROR, NULL, NULL, "%s: there is no %s", shown,
                         template_file);
        return file;
    }
    file = find_file(tree, path, configuration_files, G_N_ELEMENTS(configuration_files));
    if (file)
        return file;
    file = find_file(tree, path, template_files, G_N_ELEMENTS(template_files));
    if (!file)
        problems_add(problems, PROBLEM_ERROR, NULL, "add one, or name the folder that has it",
                     "%s: neither serverless.yml nor template.yaml is there", shown);
    return file;
}

static bool is_script(const char *file)
{
    return g_str_has_suffix(file, "js") || g_str_has_suffix(file, "ts");
}

/* A configuration that is a program: its value, as a document with the places of its text. NULL
 * with problems, or with one more request. */
static Document *evaluate_document(const Service *service, const char *text, size_t size,
                                   const CompileOptions *options, const Inputs *inputs,
                                   Problems *problems, GPtrArray *requests)
{
    const Position start = {service->file, 1, 1};
    json_t *given = variables_options(options), *nothing = json_object(), *answer;
    const Script script = {.file = service->file,
                           .folder = service->path,
                           .whole = true,
                           .options = given,
                           .answers = nothing,
                           .at = start};
    g_autofree char *message = NULL, *hint = NULL;
    g_autoptr(Document) value = NULL;
    InputRequest *request = NULL;

    answer = script_answer(&script, inputs, &request);
    json_decref(given);
    json_decref(nothing);
    if (!answer) {
        g_ptr_array_add(requests, request);
        return NULL;
    }
    if (json_object_get(answer, "text"))
        value = script_value(answer, service->file, &message);
    else
        message = script_error_text(answer, service->file, &hint);
    if (value)
        return document_of_program(service->file, text, size, json_incref(document_root(value)),
                                   problems);
    problems_add(problems, PROBLEM_ERROR, &start, hint, "%s", message);
    return NULL;
}

static Document *read_document(const Service *service, SourceTree *tree,
                               const CompileOptions *options, const Inputs *inputs,
                               Problems *problems, GPtrArray *requests)
{
    const char *file = service->file;
    const Position start = {file, 1, 1};
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    size_t size;

    if (!source_tree_read(tree, file, MAX_DOCUMENT_BYTES, &text, &size, &error)) {
        problems_add(problems, PROBLEM_ERROR, NULL, NULL, "read %s: %s", file, error->message);
        return NULL;
    }
    if (!is_script(file))
        return document_parse(file, text, size, document_format_of(file), problems);
    if (options->javascript)
        return evaluate_document(service, text, size, options, inputs, problems, requests);
    problems_add(problems, PROBLEM_ERROR, &start, SCRIPT_FORBIDDEN_HINT,
                 "the configuration is a program, and running programs is not allowed for it");
    return NULL;
}

static bool read_root(Service *service, SourceTree *tree, const CompileOptions *options,
                      const Inputs *inputs, Problems *problems, GPtrArray *requests,
                      json_t **ret_root)
{
    Document *document = read_document(service, tree, options, inputs, problems, requests);
    json_t *root;

    if (!document)
        return false;
    service->origins = origins_new(document);
    root = document_root(document);
    if (!json_is_object(root)) {
        origins_problem(service->origins, problems, PROBLEM_ERROR, "", false,
                        "start it with service: NAME and provider: {name: aws}",
                        "the file must be a map of settings");
        return false;
    }
    *ret_root = root;
    return true;
}

static void share_options(Service *service)
{
    service->options.stage = service->stage;
    service->options.region = service->region;
    service->options.stack_name = service->stack_name;
}

static bool apply_schema(Service *service, Problems *problems)
{
    json_t *extensions = plugins_schema(service), *older;
    bool fits = schema_normalise(service->config, service->origins, problems);

    if (fits) {
        older_choose(service, extensions, problems);
        older_warn_of_runtimes(service, problems);
        older = older_schema(service);
        merge_values(extensions, older);
        json_decref(older);
        fits =
            schema_apply(service->config, extensions, service->older, service->origins, problems);
    }
    json_decref(extensions);
    return fits;
}

/* serverless.yml: variables, the schema, then what the parts need to know. */
static bool read_serverless(Service *service, SourceTree *tree, json_t *root,
                            const CompileOptions *options, const Inputs *inputs, Problems *problems,
                            GPtrArray *requests)
{
    service->kind = SERVICE_SERVERLESS;
    service->config = variables_resolve(root, service->origins, tree, service->path, options,
                                        inputs, requests, service->secrets, problems);
    if (!service->config || !service_check_provider(service, problems))
        return false;
    plugins_find(service, options, problems);
    plugins_configure(service, PLUGIN_LOAD, tree, options, problems);
    if (!apply_schema(service, problems)) {
        check_written(service, problems);
        return false;
    }
    plugins_configure(service, PLUGIN_INITIALIZE, tree, options, problems);
    if (!service_read_configuration(service, options, problems))
        return false;
    plugins_configure(service, PLUGIN_PACKAGE, tree, options, problems);
    js_order_keys(service->config);
    events_prepare(service->config);
    service_choose_artifacts(service, tree, problems);
    return true;
}

static char *last_segment(const char *path)
{
    const char *slash = strrchr(path, '/');

    return g_strdup(slash ? slash + 1 : path);
}

static bool read_template(Service *service, SourceTree *tree, json_t *root,
                          const CompileOptions *options, Problems *problems)
{
    g_autofree char *folder = last_segment(service->path);

    service->config = json_deep_copy(root);
    service->stage = g_strdup(options->stage ? options->stage : "dev");
    service->region =
        g_strdup(options->region ? options->region : compile_options_default_region(options));
    if (!options->stack_name && !*folder) {
        problems_add(problems, PROBLEM_ERROR, NULL, "set stackName (--stack-name)",
                     "%s: the template lies in no folder that could name its stack", service->file);
        return false;
    }
    service->stack_name = g_strdup(options->stack_name ? options->stack_name : folder);
    service->name = g_strdup(service->stack_name);
    if (!service->options.artifact_bucket)
        service->options.artifact_bucket = g_strdup(options->template_bucket);
    return service_read_template(service, tree, problems);
}

/* Errors stand whatever the rest would say: no service then. */
static Service *finish(Service *service, const CompileOptions *options, Problems *problems)
{
    share_options(service);
    service->settings = service_settings_of(service, options, problems);
    plugins_settings(service, service->settings);
    if (!problems_have_errors(problems))
        return service;
    check_written(service, problems);
    service_free(service);
    return NULL;
}

Service *compile_service(SourceTree *tree, const char *path, const CompileOptions *options,
                         const Inputs *inputs, Problems *problems, GPtrArray **ret_requests)
{
    g_autoptr(Service) service = service_new(path, options);
    g_autoptr(GPtrArray) requests =
        g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    json_t *root;
    bool good;

    service->file = find_description(tree, path, options->template_file, problems);
    if (!service->file)
        return NULL;
    good = read_root(service, tree, options, inputs, problems, requests, &root) &&
           (is_configuration(service->file)
                ? read_serverless(service, tree, root, options, inputs, problems, requests)
                : read_template(service, tree, root, options, problems));
    if (good)
        return finish(g_steal_pointer(&service), options, problems);
    if (requests->len > 0)
        *ret_requests = g_steal_pointer(&requests);
    return NULL;
}

const char *service_name(const Service *service)
{
    return service->name;
}

const char *service_stage(const Service *service)
{
    return service->stage;
}

const char *compile_options_default_region(const CompileOptions *options)
{
    return options->default_region ? options->default_region : "us-east-1";
}

const char *service_region(const Service *service)
{
    return service->region;
}

const char *service_stack_name(const Service *service)
{
    return service->stack_name;
}

const char *service_description_kind(const Service *service)
{
    static const char *const kinds[] = {
        [SERVICE_SERVERLESS] = "serverless.yml",
        [SERVICE_SAM] = "SAM template",
        [SERVICE_CLOUDFORMATION] = "CloudFormation template",
    };

    return kinds[service->kind];
}

const json_t *service_bundle(const Service *service)
{
    return service->bundle;
}

const json_t *service_installs(const Service *service)
{
    return service->installs;
}

const GPtrArray *service_artifacts(const Service *service)
{
    return service->specs;
}

json_t *service_configuration(const Service *service)
{
    return service->config;
}

const GPtrArray *service_secrets(const Service *service)
{
    return service->secrets;
}

json_t *service_stack_settings(const Service *service)
{
    return service->settings;
}
