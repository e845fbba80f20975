/* From a commit to the desired state: tree, environment, inputs, build, request. */
#include "controller/loop/repository_unit.h"
#include "controller/loop/service_unit.h"

#include "config/json_text.h"
#include "reconcile/aws/ssm.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

/* All that a build needs and that must outlive it. */
typedef struct {
    Repository *mirror;
    SourceTree *tree, *recording;
    ReadSet *reads;
    Inputs *inputs;
    GHashTable *env, *secret_env;
    char *bucket;
    GPtrArray *secrets;
    Build *build;
} Making;

static void making_clear(Making *making)
{
    build_free(making->build);
    source_tree_free(making->recording);
    source_tree_free(making->tree);
    read_set_free(making->reads);
    repository_free(making->mirror);
    inputs_free(making->inputs);
    g_clear_pointer(&making->env, g_hash_table_unref);
    g_clear_pointer(&making->secret_env, g_hash_table_unref);
    g_clear_pointer(&making->secrets, g_ptr_array_unref);
    g_free(making->bucket);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Making, making_clear)

static bool value_of_setting(const ServiceUnit *service, const char *name,
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
    case VALUE_SSM: {
        g_autoptr(GPtrArray) names = g_ptr_array_new();
        json_t *found = NULL;

        g_ptr_array_add(names, setting->text);
        if (!ssm_get_parameters(session_client(service->options->session,
                                               service->settings->account,
                                               service->settings->region),
                                names, true, &found, NULL, error)) {
            g_prefix_error(error, "env %s: ", name);
            return false;
        }
        *ret = g_strdup(
            json_string_value(json_object_get(json_object_get(found, setting->text), "value")));
        json_decref(found);
        if (*ret)
            return true;
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "env %s: there is no SSM parameter %s",
                    name, setting->text);
        return false;
    }
    }
    g_assert_not_reached();
}

/* What ${env:…} sees; everything but literals is taken for secret. */
static bool make_environment(const ServiceUnit *service, Making *making, GError **error)
{
    GHashTableIter pairs;
    void *name, *value;

    making->env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    making->secret_env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_iter_init(&pairs, service->settings->env);
    while (g_hash_table_iter_next(&pairs, &name, &value)) {
        const ValueSetting *setting = value;
        char *text;

        if (!value_of_setting(service, name, setting, &text, error))
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

static bool make(ServiceUnit *service, const char *commit, Making *making, Problems *problems,
                 GError **error)
{
    const ServiceSettings *settings = service->settings;
    InputSource source = {service->options->session, settings->account};

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
        .deployment_nonce = service->row->deployment_nonce,
    };
    const BuildRequest request = {
        .tree = making->recording,
        .path = service->path,
        .options = &options,
        .fetch = session_fetch_inputs,
        .fetch_data = &source,
        .inputs = making->inputs,
        .cache = service->options->cache,
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

/* An HMAC with the store's key, so that what is kept tells nothing of the value. */
static char *input_digest(const Store *store, json_t *value)
{
    g_autofree char *text = value ? json_text(value, JSON_TEXT_SORT_KEYS) : g_strdup("");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    GString *hex = g_string_new(NULL);

    HMAC(EVP_sha256(), store_key(store), 32, (const unsigned char *)text, strlen(text), digest,
         &size);
    for (unsigned i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", digest[i]);
    return g_string_free(hex, FALSE);
}

static json_t *inputs_for_store(const ServiceUnit *service, const GPtrArray *requests,
                                const Inputs *inputs)
{
    json_t *list = json_array();

    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);
        g_autofree char *digest = NULL;
        json_t *value = NULL;
        bool secret;

        if (request->kind == INPUT_ACCOUNT_ID || !inputs_get(inputs, request, &value, &secret))
            continue;
        digest = input_digest(service->options->store, value);
        json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:b, s:b, s:s}", "kind",
                                              (int)request->kind, "address", request->address,
                                              "region", request->region, "raw", request->raw,
                                              "noDecrypt", request->no_decrypt, "digest", digest));
    }
    return list;
}

static InputRequest *request_from_store(json_t *json)
{
    InputRequest *request = g_new0(InputRequest, 1);

    request->kind = (InputKind)json_integer_value(json_object_get(json, "kind"));
    request->address = g_strdup(json_string_value(json_object_get(json, "address")));
    request->region = g_strdup(json_string_value(json_object_get(json, "region")));
    request->raw = json_is_true(json_object_get(json, "raw"));
    request->no_decrypt = json_is_true(json_object_get(json, "noDecrypt"));
    return request;
}

bool service_inputs_changed(ServiceUnit *service, bool *ret, GError **error)
{
    g_autoptr(GPtrArray) requests =
        g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    g_autoptr(Inputs) inputs = inputs_new();
    InputSource source = {service->options->session, service->settings->account};
    bool changed = false;
    json_t *kept;
    size_t i;

    json_array_foreach(service->row->inputs, i, kept)
        g_ptr_array_add(requests, request_from_store(kept));
    if (requests->len && !session_fetch_inputs(requests, inputs, &source, error))
        return false;
    json_array_foreach(service->row->inputs, i, kept)
    {
        g_autofree char *digest = NULL;
        json_t *value = NULL;
        bool secret;

        if (!inputs_get(inputs, g_ptr_array_index(requests, (guint)i), &value, &secret))
            continue;
        digest = input_digest(service->options->store, value);
        changed |= g_strcmp0(digest, json_string_value(json_object_get(kept, "digest"))) != 0;
    }
    *ret = changed;
    return true;
}

static void remember_reads(ServiceUnit *service, Making *making)
{
    json_decref(service->row->read_set);
    service->row->read_set = read_set_to_json(making->reads);
    pthread_mutex_lock(&service->lock);
    read_set_free(service->reads);
    service->reads = g_steal_pointer(&making->reads);
    g_clear_pointer(&service->held_folder, g_free);
    pthread_mutex_unlock(&service->lock);
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
    return keep_request(service, error) && service_save(service, error);
}

static bool take_build(ServiceUnit *service, Making *making, Desired *desired, GError **error)
{
    ServiceRow *row = service->row;

    service_drop_build(service);
    service->build = g_steal_pointer(&making->build);
    g_clear_pointer(&service->secrets, g_ptr_array_unref);
    service->secrets = g_steal_pointer(&making->secrets);
    json_decref(row->inputs);
    row->inputs = inputs_for_store(service, service->build->requests, making->inputs);
    row->inputs_checked_ms = wall_clock_ms();
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
    json = text && complete ? json_loads(text, 0, NULL) : NULL;
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
    made = make(service, commit, &making, problems, &error);
    metrics_observe(service->options->metrics, METRIC_compile_seconds, NULL,
                    (double)(g_get_monotonic_time() - started_us) / 1e6);
    if (error)
        return service_try_later(service, error, ret_due_ms);
    remember_reads(service, &making);
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

Build *service_build_for_plan(ServiceUnit *service, const char *commit, Problems *problems,
                              Desired **ret_desired, GError **error)
{
    g_auto(Making) making = {0};
    Desired *desired;

    if (!make(service, commit, &making, problems, error))
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
    json = text && complete ? json_loads(text, 0, NULL) : NULL;
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
        !make(service, service->row->revision, &making, problems, error)) {
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
