/* The list of services: what is in it, and what wakes whom. */
#include "config/settings_syntax.h"
#include "controller/loop/loop_parts.h"
#include "controller/loop/repository_unit.h"
#include "controller/loop/service_inputs.h"
#include "controller/loop/stacks_unit.h"

#include <fnmatch.h>
#include <string.h>

static RepositoryUnit *find_repository(const Loop *loop, const RepositorySettings *settings)
{
    for (guint i = 0; i < loop->repositories->len; i++) {
        RepositoryUnit *repository = g_ptr_array_index(loop->repositories, i);

        if (!strcmp(repository_unit_name(repository), settings->name))
            return repository;
    }
    return NULL;
}

void loop_add_service(Loop *loop, const ServiceSettings *settings, const char *name,
                      const char *path)
{
    ServiceRow *row = NULL;
    ServiceUnit *service;
    void *key;
    bool known;
    Queue *queue = settings && settings->build ? loop->builds : loop->queue;

    known = g_hash_table_steal_extended(loop->rows, name, &key, (void **)&row);
    service = service_unit_new(loop, &loop->options, queue, settings, name, path, row);
    service->repository = settings ? find_repository(loop, settings->repository) : NULL;
    service->unit = queue_add(queue, service_unit_work, service, QUEUE_REST);
    g_ptr_array_add(loop->services, service);
    g_hash_table_insert(loop->by_name, service->name, service);
    if (!known) {
        service_set_state(service, "waiting", "its repository is being fetched", NULL);
        service_save_or_log(service);
    }
}

GPtrArray *loop_services_of(Loop *loop, const RepositorySettings *repository)
{
    GPtrArray *found = g_ptr_array_new();

    pthread_mutex_lock(&loop->lock);
    for (guint i = 0; i < loop->services->len; i++) {
        ServiceUnit *service = g_ptr_array_index(loop->services, i);

        if (service->settings && service->settings->repository == repository)
            g_ptr_array_add(found, service);
    }
    pthread_mutex_unlock(&loop->lock);
    return found;
}

static void add_match(Loop *loop, const ServiceSettings *settings, const char *path)
{
    g_autofree char *folder = g_path_get_basename(path);
    g_autofree char *name = g_strdup_printf("%s-%s", settings->name, folder);

    if (!syntax_is_name(name)) {
        log_event(loop->options.log, LOG_WARNING, settings->name,
                  "a folder is passed over: no name of a service can be made of its own", "path",
                  path, NULL);
        return;
    }
    pthread_mutex_lock(&loop->lock);
    if (!g_hash_table_contains(loop->by_name, name)) {
        loop_add_service(loop, settings, name, path);
        log_event(loop->options.log, LOG_INFO, name, "found", "path", path, NULL);
    }
    pthread_mutex_unlock(&loop->lock);
}

/* Walks the pattern segment by segment, so that only folders that can match are listed. */
static void match_below(Loop *loop, const ServiceSettings *settings, SourceTree *tree,
                        const char *base, char **segments)
{
    g_autoptr(GPtrArray) entries = NULL;

    if (!*segments) {
        add_match(loop, settings, base);
        return;
    }
    if (!source_tree_list(tree, base, &entries, NULL))
        return;
    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *entry = g_ptr_array_index(entries, i);
        g_autofree char *path =
            *base ? g_strdup_printf("%s/%s", base, entry->name) : g_strdup(entry->name);

        if (entry->kind == SOURCE_DIRECTORY && fnmatch(*segments, entry->name, FNM_PERIOD) == 0)
            match_below(loop, settings, tree, path, segments + 1);
    }
}

void loop_expand_globs(Loop *loop, const RepositorySettings *repository, Repository *mirror)
{
    const GPtrArray *services = loop->options.settings->services;

    for (guint i = 0; i < services->len; i++) {
        const ServiceSettings *settings = g_ptr_array_index(services, i);
        Revision revision = {0};

        if (settings->repository != repository || !settings->path_is_glob)
            continue;
        if (repository_resolve(mirror, REVISION_IS_BRANCH, settings->revision, &revision, NULL)) {
            g_autoptr(SourceTree) tree = repository_tree(mirror, revision.id, NULL);
            g_auto(GStrv) segments = g_strsplit(settings->path, "/", -1);

            if (tree)
                match_below(loop, settings, tree, "", segments);
        }
        revision_clear(&revision);
    }
}

void loop_tell_trouble(Loop *loop, const RepositorySettings *repository, const char *trouble)
{
    g_autoptr(GPtrArray) services = loop_services_of(loop, repository);

    for (guint i = 0; i < services->len; i++) {
        ServiceUnit *service = g_ptr_array_index(services, i);
        bool unknown;

        pthread_mutex_lock(&service->lock);
        unknown = !service->wanted_commit;
        g_free(service->trouble);
        service->trouble = g_strdup(trouble);
        pthread_mutex_unlock(&service->lock);
        if (unknown)
            queue_wake(service->queue, service->unit, queue_now());
    }
}

/* With the lock held. */
static void report_orphan(Loop *loop, ServiceRow *orphan)
{
    g_autofree char *message = g_strdup_printf("no longer declared; its stack %s is left as it is",
                                               orphan->stack_name ? orphan->stack_name : "(none)");
    g_autoptr(GError) error = NULL;

    if (!g_strcmp0(orphan->state, "removed") || !g_strcmp0(orphan->message, message))
        return;
    g_free(orphan->state);
    g_free(orphan->message);
    orphan->state = g_strdup("orphaned");
    orphan->message = g_steal_pointer(&message);
    log_event(loop->options.log, LOG_WARNING, orphan->name, orphan->message, NULL);
    if (!store_save_service(loop->options.store, orphan, &error))
        log_event(loop->options.log, LOG_ERROR, orphan->name, "its state could not be saved", "why",
                  error->message, NULL);
}

void loop_report_orphans(Loop *loop)
{
    GHashTableIter rows;
    void *name, *row;

    if (!loop_is_ready(loop))
        return;
    pthread_mutex_lock(&loop->lock);
    g_hash_table_iter_init(&rows, loop->rows);
    while (g_hash_table_iter_next(&rows, &name, &row))
        report_orphan(loop, row);
    pthread_mutex_unlock(&loop->lock);
}

static bool is_at(const ServiceUnit *service, const AccountSettings *account, const char *region)
{
    return service->settings && service->settings->account == account &&
           !strcmp(service->settings->region, region);
}

bool loop_has_stacks(Loop *loop, const AccountSettings *account, const char *region)
{
    bool has = false;

    pthread_mutex_lock(&loop->lock);
    for (guint i = 0; i < loop->services->len && !has; i++) {
        const ServiceUnit *service = g_ptr_array_index(loop->services, i);

        has = is_at(service, account, region) && service->known_stack;
    }
    pthread_mutex_unlock(&loop->lock);
    return has;
}

bool loop_looks_at_stacks(Loop *loop, const AccountSettings *account, const char *region)
{
    for (guint i = 0; i < loop->stacks->len; i++)
        if (stacks_unit_is_for(g_ptr_array_index(loop->stacks, i), account, region))
            return loop_has_stacks(loop, account, region);
    return false;
}

GPtrArray *loop_services_at(Loop *loop, const AccountSettings *account)
{
    GPtrArray *found = g_ptr_array_new();

    pthread_mutex_lock(&loop->lock);
    for (guint i = 0; i < loop->services->len; i++) {
        ServiceUnit *service = g_ptr_array_index(loop->services, i);

        if (service->settings && service->settings->account == account)
            g_ptr_array_add(found, service);
    }
    pthread_mutex_unlock(&loop->lock);
    return found;
}

/* The outputs that a service reads of stacks in the region, from the page that all share. */
static void compare_outputs(ServiceUnit *service, const char *region, GHashTable *by_name)
{
    g_autoptr(GPtrArray) requests =
        g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    g_autoptr(Inputs) inputs = inputs_new();

    pthread_mutex_lock(&service->lock);
    kept_inputs_append_requests(service->watched, requests);
    pthread_mutex_unlock(&service->lock);
    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);
        const char *dot = strchr(request->address, '.');
        g_autofree char *name =
            dot ? g_strndup(request->address, (gsize)(dot - request->address)) : NULL;
        const CloudFormationStack *stack = name ? g_hash_table_lookup(by_name, name) : NULL;

        if (request->kind == INPUT_STACK_OUTPUT && dot && strcmp(request->region, region) == 0)
            inputs_add(inputs, request,
                       stack ? json_incref(json_object_get(stack->outputs, dot + 1)) : NULL, false);
    }
    service_compare_inputs(service, inputs);
}

/* What the last step left behind, held against AWS. A service at work looks for itself. */
static bool is_settled(ServiceUnit *service, GHashTable *by_name)
{
    bool settled = true;

    pthread_mutex_lock(&service->lock);
    if (service->settled) {
        const Desired desired = {.digest = service->settled->deployed_digest};

        settled = apply_is_settled(service->settled, &desired,
                                   g_hash_table_lookup(by_name, service->settled->stack_name));
        service->look |= !settled;
    }
    pthread_mutex_unlock(&service->lock);
    return settled;
}

void loop_compare_stacks(Loop *loop, const AccountSettings *account, const char *region,
                         GHashTable *by_name)
{
    pthread_mutex_lock(&loop->lock);
    for (guint i = 0; i < loop->services->len; i++) {
        ServiceUnit *service = g_ptr_array_index(loop->services, i);

        if (is_at(service, account, region) && !is_settled(service, by_name))
            queue_wake(service->queue, service->unit, queue_now());
        if (service->settings && service->settings->account == account)
            compare_outputs(service, region, by_name);
    }
    pthread_mutex_unlock(&loop->lock);
}
