/* From a commit to the desired state: tree, environment, inputs, build, request. */
#include "controller/loop/loop_services.h"
#include "controller/loop/repository_unit.h"
#include "controller/loop/service_inputs.h"
#include "controller/loop/service_unit.h"

#include "config/json_text.h"

#include <stdlib.h>
#include <string.h>

/* All that a build needs and that must outlive it. */
typedef struct {
    Repository *mirror;
    SourceTree *tree, *recording;
    ReadSet *reads;
    InputSource source;
    Inputs *inputs;
    GPtrArray *requests; /* InputRequest*: all that inputs were asked for */
    GHashTable *env, *secret_env;
    char *bucket;
    char *scripts_folder;
    Scripts scripts;
    GPtrArray *secrets;
    Build *build;
} Making;

static void making_clear(Making *making)
{
    build_free(making->build);
    scripts_clear(&making->scripts);
    g_free(making->scripts_folder);
    source_tree_free(making->recording);
    source_tree_free(making->tree);
    read_set_free(making->reads);
    repository_free(making->mirror);
    inputs_free(making->inputs);
    g_clear_pointer(&making->requests, g_ptr_array_unref);
    g_clear_pointer(&making->env, g_hash_table_unref);
    g_clear_pointer(&making->secret_env, g_hash_table_unref);
    g_clear_pointer(&making->secrets, g_ptr_array_unref);
    g_free(making->bucket);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Making, making_clear)

/* An InputFetcher that remembers what was asked. */
static bool fetch(const GPtrArray *requests, Inputs *inputs, void *data, GError **error)
{
    Making *making = data;

    for (guint i = 0; i < requests->len; i++)
        g_ptr_array_add(making->requests, input_request_copy(g_ptr_array_index(requests, i)));
    return session_fetch_inputs(requests, inputs, &making->source, error);
}

static InputRequest parameter_request(const ServiceUnit *service, const ValueSetting *setting)
{
    return (InputRequest){
        .kind = INPUT_SSM,
        .address = setting->text,
        .region = service->settings->region,
        .raw = true,
    };
}

/* The parameters of `env`, together. */
static bool fetch_parameters(const ServiceUnit *service, Making *making, GError **error)
{
    g_autoptr(GPtrArray) requests =
        g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    GHashTableIter pairs;
    void *value;

    g_hash_table_iter_init(&pairs, service->settings->env);
    while (g_hash_table_iter_next(&pairs, NULL, &value)) {
        const InputRequest request = parameter_request(service, value);

        if (((ValueSetting *)value)->source == VALUE_SSM)
            g_ptr_array_add(requests, input_request_copy(&request));
    }
    if (requests->len == 0 || fetch(requests, making->inputs, making, error))
        return true;
    g_prefix_error(error, "env: ");
    return false;
}

static bool value_of_parameter(const ServiceUnit *service, const Making *making, const char *name,
                               const ValueSetting *setting, char **ret, GError **error)
{
    const InputRequest request = parameter_request(service, setting);
    json_t *value = NULL;
    bool secret;

    if (inputs_get(making->inputs, &request, &value, &secret) && json_is_string(value)) {
        *ret = g_strdup(json_string_value(value));
        return true;
    }
    g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "env %s: there is no SSM parameter %s", name,
                setting->text);
    return false;
}

static bool value_of_setting(const ServiceUnit *service, const Making *making, const char *name,
                             const ValueSetting *setting, char **ret, GError **error)
{
    const char *text;

    switch (setting->source) {
    case VALUE_LITERAL:
        *ret = g_strdup(setting->text);
        return true;
    case VALUE_ENV:
        text = getenv(setting->text);
        if (!text) {
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED,
                        "env %s: the controller has no environment variable %s", name,
                        setting->text);
            return false;
        }
        *ret = g_strdup(text);
        return true;
    case VALUE_FILE:
        if (!g_file_get_contents(setting->text, ret, NULL, error)) {
            g_prefix_error(error, "env %s: ", name);
            return false;
        }
        g_strchomp(*ret);
        return true;
    case VALUE_SSM:
        return value_of_parameter(service, making, name, setting, ret, error);
    }
    g_assert_not_reached();
}

/* What ${env:…} sees; everything but literals is taken for secret. */
static bool make_environment(const ServiceUnit *service, Making *making, GError **error)
{
    GHashTableIter pairs;
    void *name, *value;

    if (!fetch_parameters(service, making, error))
        return false;
    making->env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    making->secret_env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_iter_init(&pairs, service->settings->env);
    while (g_hash_table_iter_next(&pairs, &name, &value)) {
        const ValueSetting *setting = value;
        char *text;

        if (!value_of_setting(service, making, name, setting, &text, error))
            return false;
        g_hash_table_insert(making->env, g_strdup(name), text);
        if (setting->source != VALUE_LITERAL) {
            g_hash_table_add(making->secret_env, g_strdup(name));
            g_ptr_array_add(making->secrets, g_strdup(text));
        }
    }
    return true;
}

static bool choose_bucket(const ServiceUnit *service, Making *making, GError **error)
{
    const char *wanted = service->settings->artifact_bucket;

    if (!wanted || !strcmp(wanted, "account")) {
        making->bucket =
            session_account_bucket(service->options->session, service->settings->account,
                                   service->settings->region, error);
        return making->bucket != NULL;
    }
    if (strcmp(wanted, "stack") != 0)
        making->bucket = g_strdup(wanted);
    return true;
}

static void report_command(const char *command, void *data)
{
    ServiceUnit *service = data;

    log_event(service->options->log, LOG_INFO, service->name, "building", "command", command, NULL);
}

/* Besides `making` nothing is changed, and nothing of the step under way is read. */
/* Opens the commit, and reads what compiling is given from outside. */
static bool prepare(ServiceUnit *service, const char *commit, Making *making, GError **error)
{
    making->source = (InputSource){service->options->session, service->settings->account};
    making->requests = g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    making->secrets = g_ptr_array_new_with_free_func(g_free);
    making->inputs = inputs_new();
    making->reads = read_set_new();
    making->mirror = repository_open(repository_unit_mirror(service->repository), error);
    if (!making->mirror)
        return false;
    making->tree = repository_tree(making->mirror, commit, error);
    if (!making->tree || !make_environment(service, making, error) ||
        !choose_bucket(service, making, error))
        return false;
    making->recording = read_set_tree(making->tree, making->reads);
    making->scripts_folder = g_build_filename(service->options->folder, "scripts", NULL);
    making->scripts = (Scripts){.tree = making->tree,
                                .reads = making->reads,
                                .env = making->env,
                                .node = service->options->settings->node,
                                .folder = making->scripts_folder,
                                .cache = service->options->script_cache};
    return true;
}

static bool make(ServiceUnit *service, const char *commit, unsigned deployment_nonce,
                 Making *making, Problems *problems, GError **error)
{
    const ServiceSettings *settings = service->settings;

    if (!prepare(service, commit, making, error))
        return false;
    const CompileOptions options = {
        .stage = settings->stage,
        .region = settings->region,
        .params = settings->params,
        .env = making->env,
        .secret_env = making->secret_env,
        .stack_name = settings->stack_name,
        .artifact_bucket = making->bucket,
        .template_file = settings->template_file,
        .plugins_ignored = settings->plugins_ignored,
        .builds = settings->build != NULL,
        .deployment_nonce = deployment_nonce,
        .javascript = settings->repository->javascript,
    };
    g_autofree char *cache = g_build_filename(service->options->folder, "builds", NULL);
    const Builds builds = {
        .settings = settings->build,
        .cache = cache,
        .reads = making->reads,
        .give_up = loop_stop_event(service->loop),
        .started = report_command,
        .data = service,
    };
    const BuildRequest request = {
        .tree = making->recording,
        .path = service->path,
        .options = &options,
        .fetch = fetch,
        .fetch_data = making,
        .evaluate = scripts_evaluate,
        .evaluate_data = &making->scripts,
        .inputs = making->inputs,
        .cache = service->options->cache,
        .builds = settings->build ? &builds : NULL,
    };

    making->build = build_service(&request, problems, error);
    if (!making->build)
        return false;
    const GPtrArray *secrets = service_secrets(making->build->service);

    for (guint i = 0; secrets && i < secrets->len; i++)
        g_ptr_array_add(making->secrets, g_strdup(g_ptr_array_index(secrets, i)));
    return true;
}

static Desired *desired_of(const ServiceUnit *service, const Making *making, GError **error)
{
    const AccountSettings *account = service->settings->account;

    return desired_new(
        template_json(making->build->compiled), service_stack_settings(making->build->service),
        account ? account->execution_role : NULL, service->name, making->bucket, error);
}

static void remember_reads(ServiceUnit *service, Making *making)
{
    SourceEntry folder = {0};
    const bool known = source_tree_entry(making->tree, service->path, false, &folder, NULL) &&
                       folder.kind == SOURCE_DIRECTORY;

    json_decref(service->row->read_set);
    service->row->read_set = read_set_to_json(making->reads);
    pthread_mutex_lock(&service->lock);
    read_set_free(service->reads);
    service->reads = g_steal_pointer(&making->reads);
    g_free(service->held_folder);
    service->held_folder = known ? g_strdup(folder.id) : NULL;
    pthread_mutex_unlock(&service->lock);
}

/* Of a service that was refused, too: a parameter that was missing may be there one day. */
static void remember_inputs(ServiceUnit *service, const Making *making)
{
    json_decref(service->row->inputs);
    service->row->inputs =
        kept_inputs_new(service->options->store, making->requests, making->inputs);
    service_watch_inputs(service);
}

static void take_commit(ServiceUnit *service, const char *commit)
{
    ServiceRow *row = service->row;

    g_free(row->revision);
    row->revision = g_strdup(commit);
    pthread_mutex_lock(&service->lock);
    if (!g_strcmp0(commit, service->wanted_commit)) {
        g_free(row->author);
        g_free(row->summary);
        g_free(row->tree_id);
        row->author = g_strdup(service->author);
        row->summary = g_strdup(service->summary);
        row->tree_id = g_strdup(service->wanted_tree);
    }
    pthread_mutex_unlock(&service->lock);
}

static PartResult refuse(ServiceUnit *service, const Problems *problems, const char *commit)
{
    g_autofree char *text = problems_to_text(problems, false);
    g_autofree char *message = NULL;
    const Problem *first = NULL;

    for (size_t i = 0; (first = problems_get(problems, i)) && first->severity != PROBLEM_ERROR; i++)
        ;
    message = first && first->file
                  ? g_strdup_printf("%s:%u:%u: %s", first->file, first->line, first->column,
                                    first->message)
                  : g_strdup(first ? first->message : "the service cannot be compiled");
    g_strchomp(text);
    service_set_state(service, "invalid", message, text);
    log_event(service->options->log, LOG_ERROR, service->name, "refused, nothing was sent to AWS",
              "revision", commit, "problems", text, NULL);
    service->apply_wanted = service->build_wanted = false;
    service_save_or_log(service);
    return PART_REST;
}

/* The request is kept for rollback and correction, redacted: with secrets in it, it is made anew
 * from its commit instead. */
static bool keep_request(ServiceUnit *service, GError **error)
{
    json_t *json = desired_to_json(service->desired);
    g_autofree char *text = json_text(json, JSON_TEXT_COMPACT);
    g_autofree char *redacted = service_redact(service, text);

    json_decref(json);
    return store_put_request(service->options->store, service->desired->digest, redacted,
                             !strcmp(text, redacted), error);
}

/* The S3 keys that the request names: what nobody may delete while it may be needed. */
static bool keep_request_artifacts(ServiceUnit *service, GError **error)
{
    const Build *build = service->build;
    const GPtrArray *specs = build ? service_artifacts(build->service) : NULL;
    g_autoptr(GPtrArray) keys = g_ptr_array_new();

    for (guint i = 0; specs && i < specs->len; i++) {
        const char *key =
            template_artifact_key(build->compiled, ((const ArtifactSpec *)specs->pdata[i])->name);

        if (key)
            g_ptr_array_add(keys, (char *)key);
    }
    return store_put_request_artifacts(service->options->store, service->desired->digest, keys,
                                       error);
}

/* `desired` becomes what the stack is brought to. */
static bool take_desired(ServiceUnit *service, Desired *desired, GError **error)
{
    ServiceRow *row = service->row;
    bool changed = g_strcmp0(row->request_digest, desired->digest) != 0;

    service->desired = desired;
    service->build_wanted = false;
    service->apply_wanted = true;
    g_free(row->request_digest);
    row->request_digest = g_strdup(desired->digest);
    g_free(row->stack_name);
    row->stack_name = g_strdup(desired->stack_name);
    if (!service->record->stack_name ||
        strcmp(service->record->stack_name, desired->stack_name) != 0) {
        record_free(service->record);
        service->record = record_new(desired->stack_name);
    }
    if (changed) {
        service_set_state(service, "deploying", "compiled; artifacts are next", NULL);
        if (!service_begin_deployment(service, row->pinned_revision ? "rollback" : "deploy", error))
            return false;
    }
    return keep_request_artifacts(service, error) && keep_request(service, error) &&
           service_save(service, error);
}

static bool take_build(ServiceUnit *service, Making *making, Desired *desired, GError **error)
{
    service_drop_build(service);
    service->build = g_steal_pointer(&making->build);
    g_clear_pointer(&service->secrets, g_ptr_array_unref);
    service->secrets = g_steal_pointer(&making->secrets);
    return take_desired(service, desired, error);
}

/* A rollback gives the stack the request that it had, not one compiled anew: parameters and inputs
 * may have changed since. *ret_taken false: that request was not kept whole. */
static bool take_kept_request(ServiceUnit *service, const char *commit, bool *ret_taken,
                              GError **error)
{
    Deployment *deployment = NULL;
    g_autofree char *digest = NULL, *text = NULL;
    bool complete = false;
    json_t *json;
    Desired *desired;

    *ret_taken = false;
    if (!store_find_deployment(service->options->store, service->name, commit, NULL, &deployment,
                               error))
        return false;
    digest = deployment ? g_strdup(deployment->request_digest) : NULL;
    deployment_free(deployment);
    if (digest && !store_get_request(service->options->store, digest, &text, &complete, error))
        return false;
    json = text && complete ? json_text_read(text) : NULL;
    desired = json ? desired_from_json(json, NULL) : NULL;
    json_decref(json);
    if (!desired)
        return true;
    service_drop_build(service);
    take_commit(service, commit);
    *ret_taken = true;
    return take_desired(service, desired, error);
}

/* The folder went away, in git or from the revision: what it deployed stays until a person says
 * otherwise. */
static PartResult leave_orphan(ServiceUnit *service, const char *commit)
{
    g_autofree char *message = g_strdup_printf("%s is not in revision %.7s; its stack %s is left "
                                               "as it is (driftless remove %s deletes it)",
                                               *service->path ? service->path : "the service",
                                               commit, service->record->stack_name, service->name);

    service_set_state(service, "orphaned", message, NULL);
    log_event(service->options->log, LOG_WARNING, service->name, message, NULL);
    service->apply_wanted = service->build_wanted = false;
    service_save_or_log(service);
    return PART_REST;
}

static bool folder_is_gone(const ServiceUnit *service, const Making *making)
{
    SourceEntry entry = {0};

    return service->record->stack_id &&
           source_tree_entry(making->tree, service->path, true, &entry, NULL) &&
           entry.kind != SOURCE_DIRECTORY;
}

PartResult service_build_revision(ServiceUnit *service, const char *commit, int64_t *ret_due_ms)
{
    g_auto(Making) making = {0};
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(GError) error = NULL;
    int64_t started_us = g_get_monotonic_time();
    bool made, taken = false;
    Desired *desired;

    if (service->row->pinned_revision && !take_kept_request(service, commit, &taken, &error))
        return service_try_later(service, error, ret_due_ms);
    if (taken)
        return PART_ON;
    made = make(service, commit, service->row->deployment_nonce, &making, problems, &error);
    metrics_observe(service->options->metrics, METRIC_compile_seconds, NULL,
                    (double)(g_get_monotonic_time() - started_us) / 1e6);
    if (error)
        return service_try_later(service, error, ret_due_ms);
    remember_reads(service, &making);
    remember_inputs(service, &making);
    take_commit(service, commit);
    if (!made && folder_is_gone(service, &making))
        return leave_orphan(service, commit);
    if (!made)
        return refuse(service, problems, commit);
    desired = desired_of(service, &making, &error);
    if (!desired) {
        problems_add(problems, PROBLEM_ERROR, NULL, NULL, "%s", error->message);
        return refuse(service, problems, commit);
    }
    if (!take_build(service, &making, desired, &error))
        return service_try_later(service, error, ret_due_ms);
    return PART_ON;
}

Build *service_build_for_plan(ServiceUnit *service, const char *commit, unsigned deployment_nonce,
                              Problems *problems, Desired **ret_desired, GError **error)
{
    g_auto(Making) making = {0};
    Desired *desired;

    if (!make(service, commit, deployment_nonce, &making, problems, error))
        return NULL;
    desired = desired_of(service, &making, error);
    if (!desired)
        return NULL;
    *ret_desired = desired;
    return g_steal_pointer(&making.build);
}

void service_drop_build(ServiceUnit *service)
{
    delivery_clear(&service->delivery);
    build_free(g_steal_pointer(&service->build));
    desired_free(g_steal_pointer(&service->desired));
    source_tree_free(g_steal_pointer(&service->tree));
    repository_free(g_steal_pointer(&service->mirror));
}

static bool load_kept_request(ServiceUnit *service, GError **error)
{
    g_autofree char *text = NULL;
    bool complete;
    json_t *json;

    if (!service->row->request_digest)
        return true;
    if (!store_get_request(service->options->store, service->row->request_digest, &text, &complete,
                           error))
        return false;
    json = text && complete ? json_text_read(text) : NULL;
    if (!json)
        return true;
    service->desired = desired_from_json(json, NULL);
    json_decref(json);
    return true;
}

bool service_ensure_desired(ServiceUnit *service, GError **error)
{
    g_auto(Making) making = {0};
    g_autoptr(Problems) problems = problems_new();

    if (service->desired)
        return true;
    if (!load_kept_request(service, error))
        return false;
    if (service->desired)
        return true;
    if (!service->row->revision ||
        !make(service, service->row->revision, service->row->deployment_nonce, &making, problems,
              error)) {
        if (error && !*error)
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "revision %s no longer compiles",
                        service->row->revision ? service->row->revision : "?");
        return false;
    }
    service->desired = desired_of(service, &making, error);
    if (!service->desired)
        return false;
    g_clear_pointer(&service->secrets, g_ptr_array_unref);
    service->secrets = g_steal_pointer(&making.secrets);
    service->build = g_steal_pointer(&making.build);
    return true;
}
