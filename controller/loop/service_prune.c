/* After a deploy: uploads that a killed process left are given up, and artifacts that nothing needs
 * any more are deleted. What goes wrong here is told, and never fails the deploy. */
#include "controller/loop/service_unit.h"

#include "controller/store/artifact_needs.h"
#include "reconcile/apply/artifact_prune.h"
#include "reconcile/aws/s3.h"

#include <string.h>

#define KEEP_BY_DEFAULT 5u

typedef struct {
    ServiceUnit *service;
    AwsClient *client;
    const char *bucket, *prefix;
    GHashTable *needed; /* char*, owned: S3 keys */
} Pruning;

/* How many deployments' artifacts are kept; 0: all. A bucket that is not of our making is left
 * alone unless the settings ask. */
static unsigned deployments_to_keep(const ServiceUnit *service)
{
    const ServiceSettings *settings = service->settings;
    bool is_ours = !settings->artifact_bucket || !strcmp(settings->artifact_bucket, "account");

    if (settings->keep_artifacts != KEEP_ARTIFACTS_UNSET)
        return (unsigned)settings->keep_artifacts;
    return is_ours ? KEEP_BY_DEFAULT : 0;
}

static void add_own_keys(const Build *build, GHashTable *needed)
{
    const GPtrArray *specs = service_artifacts(build->service);

    for (guint i = 0; i < specs->len; i++) {
        const char *key =
            template_artifact_key(build->compiled, ((const ArtifactSpec *)specs->pdata[i])->name);

        if (key)
            g_hash_table_add(needed, g_strdup(key));
    }
}

/* A key's manifest id tells where the prefix ends. (transfer full) */
static char *prefix_of(const Build *build)
{
    const GPtrArray *specs = service_artifacts(build->service);

    for (guint i = 0; i < specs->len; i++) {
        const ArtifactSpec *spec = specs->pdata[i];
        const char *key = template_artifact_key(build->compiled, spec->name);
        char *prefix = key && spec->kind != ARTIFACT_S3 ? prune_prefix(key) : NULL;

        if (prefix)
            return prefix;
    }
    return NULL;
}

static bool add_template(Pruning *pruning, AwsClient *client, const char *stack, GError **error)
{
    g_autoptr(GError) failure = NULL;
    g_autofree char *text = NULL;
    json_t *template;

    if (!cloud_formation_get_template(client, stack, TEMPLATE_STAGE_PROCESSED, &text, &failure)) {
        if (aws_error_is(failure, "ValidationError")) /* there is no such stack */
            return true;
        g_propagate_error(error, g_steal_pointer(&failure));
        return false;
    }
    template = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!template) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "the template of stack %s is no JSON",
                    stack);
        return false;
    }
    prune_collect(template, pruning->prefix, pruning->needed);
    json_decref(template);
    return true;
}

/* Stacks of services that have had artifacts of this prefix. */
static bool add_known_stacks(Pruning *pruning, const GPtrArray *rows, GError **error)
{
    const LoopOptions *options = pruning->service->options;

    for (guint i = 0; i < rows->len; i++) {
        const ServiceRow *row = rows->pdata[i];
        const ServiceSettings *settings = settings_service(options->settings, row->name);
        AwsClient *client =
            row->region
                ? session_client(options->session,
                                 settings ? settings->account : pruning->service->settings->account,
                                 row->region)
                : pruning->client;

        if (row->stack_name && !add_template(pruning, client, row->stack_name, error))
            return false;
    }
    return true;
}

/* Stacks that Driftless made otherwise: from a folder, or by another controller. Those that the
 * store knows and that are not of this prefix name nothing of it. */
static bool add_page(Pruning *pruning, const GPtrArray *stacks, GHashTable *known, GError **error)
{
    for (guint i = 0; i < stacks->len; i++) {
        const CloudFormationStack *stack = stacks->pdata[i];

        if (!json_object_get(stack->tags, OWNER_TAG) || g_hash_table_contains(known, stack->name))
            continue;
        if (stack_status_is_busy(stack_status_parse(stack->status))) {
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED,
                        "stack %s is at work, and may return to a template that is not seen: they "
                        "are looked at after the next deploy",
                        stack->name);
            return false;
        }
        if (!add_template(pruning, pruning->client, stack->id, error))
            return false;
    }
    return true;
}

static bool add_other_stacks(Pruning *pruning, GError **error)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *token = NULL;
    bool added = true;

    if (!store_stack_names(pruning->service->options->store, known, error))
        return false;
    do {
        g_autoptr(GPtrArray) stacks = NULL;

        added = cloud_formation_describe_stacks(pruning->client, &token, &stacks, error) &&
                add_page(pruning, stacks, known, error);
    } while (added && token);
    return added;
}

/* What the store knows, now. */
static bool add_needs(Pruning *pruning, unsigned keep, ArtifactNeeds *ret, GError **error)
{
    GHashTableIter keys;
    void *key;

    if (!artifact_needs_read(pruning->service->options->store, pruning->prefix, keep, ret, error))
        return false;
    g_hash_table_iter_init(&keys, ret->keys);
    while (g_hash_table_iter_next(&keys, &key, NULL))
        g_hash_table_add(pruning->needed, g_strdup(key));
    return true;
}

/* What the store says is cheap and usually enough; stacks are asked only where something would
 * go. */
static bool choose(Pruning *pruning, unsigned keep, GPtrArray **ret_objects, GPtrArray **ret,
                   GError **error)
{
    const ServiceUnit *service = pruning->service;
    g_auto(ArtifactNeeds) needs = {0};

    if (!s3_list_objects(pruning->client, pruning->bucket, pruning->prefix, 0, ret_objects,
                         error) ||
        !add_needs(pruning, keep, &needs, error))
        return false;
    add_own_keys(service->build, pruning->needed);
    *ret = prune_choose(*ret_objects, pruning->prefix, pruning->needed, wall_clock_ms());
    if (!(*ret)->len)
        return true;
    g_clear_pointer(ret, g_ptr_array_unref);
    if (!add_known_stacks(pruning, needs.services, error) || !add_other_stacks(pruning, error))
        return false;
    *ret = prune_choose(*ret_objects, pruning->prefix, pruning->needed, wall_clock_ms());
    return true;
}

/* Requests that name them are marked first: a rollback to one builds it anew. One that took its
 * request before is seen by looking again. */
static bool give_up(Pruning *pruning, unsigned keep, const GPtrArray *objects,
                    const GPtrArray *keys, GPtrArray **ret, GError **error)
{
    g_auto(ArtifactNeeds) needs = {0};

    if (!store_forget_artifacts(pruning->service->options->store, keys, error) ||
        !add_needs(pruning, keep, &needs, error))
        return false;
    *ret = prune_choose(objects, pruning->prefix, pruning->needed, wall_clock_ms());
    return true;
}

static bool prune(Pruning *pruning, unsigned keep, GError **error)
{
    g_autoptr(GPtrArray) objects = NULL, keys = NULL, still = NULL;
    g_autofree char *count = NULL;

    if (!choose(pruning, keep, &objects, &keys, error))
        return false;
    if (!keys->len)
        return true;
    if (!give_up(pruning, keep, objects, keys, &still, error) ||
        !s3_delete_objects(pruning->client, pruning->bucket, still, error))
        return false;
    count = g_strdup_printf("%u", still->len);
    log_event(pruning->service->options->log, LOG_INFO, pruning->service->name,
              "deleted artifacts that nothing needs any more", "objects", count, "bucket",
              pruning->bucket, NULL);
    return true;
}

static bool abort_leftovers(const Pruning *pruning, GError **error)
{
    g_autofree char *count = NULL;
    unsigned aborted = 0;

    if (!artifacts_abort_leftovers(pruning->client, pruning->bucket, pruning->prefix,
                                   wall_clock_ms(), &aborted, error))
        return false;
    count = g_strdup_printf("%u", aborted);
    if (aborted)
        log_event(pruning->service->options->log, LOG_INFO, pruning->service->name,
                  "gave up uploads that were left unfinished for a day", "uploads", count, NULL);
    return true;
}

void service_prune(ServiceUnit *service)
{
    const char *bucket = service->build ? template_artifact_bucket(service->build->compiled) : NULL;
    g_autofree char *prefix = bucket ? prefix_of(service->build) : NULL;
    g_autoptr(GHashTable) needed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned keep = deployments_to_keep(service);
    g_autoptr(GError) error = NULL;

    if (!prefix)
        return;
    Pruning pruning = {.service = service,
                       .client =
                           session_client(service->options->session, service->settings->account,
                                          service->settings->region),
                       .bucket = bucket,
                       .prefix = prefix,
                       .needed = needed};

    if (!abort_leftovers(&pruning, &error) || (keep && !prune(&pruning, keep, &error)))
        log_event(service->options->log, LOG_WARNING, service->name,
                  "old artifacts were not cleared away", "why", error->message, NULL);
}
