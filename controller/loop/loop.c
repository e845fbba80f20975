#include "controller/loop/loop.h"

#include "config/settings_syntax.h"
#include "controller/loop/inputs_unit.h"
#include "controller/loop/loop_services.h"
#include "controller/loop/repository_unit.h"
#include "controller/loop/service_inputs.h"
#include "controller/loop/stacks_unit.h"

#include <errno.h>
#include <fnmatch.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FETCHES_AT_ONCE 16 /* each is a process that mostly waits */
#define BUILDS_AT_ONCE 2   /* each takes what build.memory says */

struct Loop {
    LoopOptions options;
    Queue *queue;
    Queue *builds;  /* services with builds, apart: a step may take its minutes */
    Queue *fetches; /* apart: a server that never answers keeps a worker until its deadline */
    int stop_event; /* eventfd */
    GPtrArray *repositories; /* RepositoryUnit* */
    GPtrArray *stacks;       /* StacksUnit* */
    GPtrArray *inputs;       /* InputsUnit* */
    pthread_mutex_t lock;    /* the two below */
    GPtrArray *services;     /* ServiceUnit* */
    GHashTable *by_name;     /* borrowed units */
    GHashTable *rows;        /* at the start: name → ServiceRow* that no unit has yet */
};

G_DEFINE_QUARK(driftless - loop - error, loop_error)

static const char *const command_names[] = {
#define ROW(name, text) text,
    LOOP_COMMANDS(ROW)
#undef ROW
};

const char *loop_command_name(LoopCommand command)
{
    return command_names[command];
}

static RepositoryUnit *find_repository(const Loop *loop, const RepositorySettings *settings)
{
    for (guint i = 0; i < loop->repositories->len; i++) {
        RepositoryUnit *repository = g_ptr_array_index(loop->repositories, i);

        if (!strcmp(repository_unit_name(repository), settings->name))
            return repository;
    }
    return NULL;
}

/* With the lock held, or before there are threads. */
static void add_service(Loop *loop, const ServiceSettings *settings, const char *name,
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

static bool load_rows(Loop *loop, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;

    if (!store_services(loop->options.store, &rows, error))
        return false;
    g_ptr_array_set_free_func(rows, NULL);
    for (guint i = 0; i < rows->len; i++) {
        ServiceRow *row = g_ptr_array_index(rows, i);

        g_hash_table_insert(loop->rows, row->name, row);
    }
    return true;
}

static void watch_stacks(Loop *loop, const ServiceSettings *service)
{
    for (guint i = 0; i < loop->stacks->len; i++)
        if (stacks_unit_is_for(g_ptr_array_index(loop->stacks, i), service->account,
                               service->region))
            return;
    g_ptr_array_add(loop->stacks, stacks_unit_new(loop, &loop->options, loop->queue,
                                                  service->account, service->region));
}

static void watch_inputs(Loop *loop, const ServiceSettings *service)
{
    for (guint i = 0; i < loop->inputs->len; i++)
        if (inputs_unit_is_for(g_ptr_array_index(loop->inputs, i), service->account))
            return;
    g_ptr_array_add(loop->inputs,
                    inputs_unit_new(loop, &loop->options, loop->queue, service->account));
}

static bool make_folders(const Loop *loop, GError **error)
{
    static const char *const names[] = {"mirrors", "spool", "scripts"};

    g_autofree char *scripts = g_build_filename(loop->options.folder, "scripts", NULL);

    scripts_remove(scripts);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *folder = g_build_filename(loop->options.folder, names[i], NULL);

        if (g_mkdir_with_parents(folder, 0700) != 0) {
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "make folder %s: %s", folder,
                        g_strerror(errno));
            return false;
        }
    }
    return true;
}

Loop *loop_new(const LoopOptions *options, GError **error)
{
    g_autoptr(Loop) loop = g_new0(Loop, 1);
    const Settings *settings = options->settings;

    loop->options = *options;
    loop->options.script_cache = script_cache_new();
    loop->queue = queue_new();
    loop->builds = queue_new();
    loop->fetches = queue_new();
    loop->stop_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    loop->repositories = g_ptr_array_new_with_free_func((GDestroyNotify)repository_unit_free);
    loop->stacks = g_ptr_array_new_with_free_func((GDestroyNotify)stacks_unit_free);
    loop->inputs = g_ptr_array_new_with_free_func((GDestroyNotify)inputs_unit_free);
    loop->services = g_ptr_array_new_with_free_func((GDestroyNotify)service_unit_free);
    loop->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    loop->rows =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)service_row_free);
    pthread_mutex_init(&loop->lock, NULL);
    if (!make_folders(loop, error) || !load_rows(loop, error))
        return NULL;
    for (guint i = 0; i < settings->repositories->len; i++)
        g_ptr_array_add(loop->repositories,
                        repository_unit_new(loop, &loop->options, loop->fetches,
                                            g_ptr_array_index(settings->repositories, i)));
    for (guint i = 0; i < settings->services->len; i++) {
        const ServiceSettings *service = g_ptr_array_index(settings->services, i);

        if (!service->path_is_glob)
            add_service(loop, service, service->name, service->path);
        watch_stacks(loop, service);
        watch_inputs(loop, service);
    }
    return g_steal_pointer(&loop);
}

void loop_free(Loop *loop)
{
    if (!loop)
        return;
    g_clear_pointer(&loop->repositories, g_ptr_array_unref);
    g_clear_pointer(&loop->stacks, g_ptr_array_unref);
    g_clear_pointer(&loop->inputs, g_ptr_array_unref);
    g_clear_pointer(&loop->by_name, g_hash_table_unref);
    g_clear_pointer(&loop->services, g_ptr_array_unref);
    g_clear_pointer(&loop->rows, g_hash_table_unref);
    script_cache_free(loop->options.script_cache);
    queue_free(loop->queue);
    queue_free(loop->builds);
    queue_free(loop->fetches);
    close(loop->stop_event);
    pthread_mutex_destroy(&loop->lock);
    g_free(loop);
}

static void *fetch_until_stopped(void *data)
{
    Loop *loop = data;

    queue_run(loop->fetches, CLAMP(loop->repositories->len, 1, FETCHES_AT_ONCE),
              loop->options.once);
    return NULL;
}

static void *build_until_stopped(void *data)
{
    Loop *loop = data;

    queue_run(loop->builds, BUILDS_AT_ONCE, loop->options.once);
    return NULL;
}

void loop_run(Loop *loop)
{
    pthread_t fetcher, builder;

    if (loop->options.once) {
        fetch_until_stopped(loop);
        queue_run(loop->queue, loop->options.settings->workers, true);
        build_until_stopped(loop);
        return;
    }
    if (pthread_create(&fetcher, NULL, fetch_until_stopped, loop) != 0 ||
        pthread_create(&builder, NULL, build_until_stopped, loop) != 0)
        g_error("no thread for fetching or building: %s", g_strerror(errno));
    queue_run(loop->queue, loop->options.settings->workers, false);
    pthread_join(fetcher, NULL);
    pthread_join(builder, NULL);
}

void loop_stop(Loop *loop)
{
    eventfd_write(loop->stop_event, 1);
    queue_stop(loop->fetches);
    queue_stop(loop->builds);
    queue_stop(loop->queue);
}

int loop_stop_event(const Loop *loop)
{
    return loop->stop_event;
}

bool loop_is_stopping(const Loop *loop)
{
    struct pollfd event = {.fd = loop->stop_event, .events = POLLIN};

    return poll(&event, 1, 0) > 0;
}

bool loop_is_ready(Loop *loop)
{
    for (guint i = 0; i < loop->repositories->len; i++)
        if (!repository_unit_was_seen(g_ptr_array_index(loop->repositories, i)))
            return false;
    return true;
}

bool loop_has_failures(Loop *loop)
{
    static const char *const wrong[] = {"failed", "invalid", "held", "error", NULL};

    for (guint i = 0; i < loop->services->len; i++) {
        const ServiceUnit *service = g_ptr_array_index(loop->services, i);

        if (service->row->state && g_strv_contains(wrong, service->row->state))
            return true;
    }
    return false;
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

/* --- globs --- */

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
        add_service(loop, settings, name, path);
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

/* --- what wakes services --- */

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

void loop_poll(Loop *loop, const char *repository)
{
    for (guint i = 0; i < loop->repositories->len; i++) {
        RepositoryUnit *unit = g_ptr_array_index(loop->repositories, i);

        if (!repository || !strcmp(repository_unit_name(unit), repository))
            queue_wake(loop->fetches, repository_unit_in_queue(unit), queue_now());
    }
    for (guint i = 0; !repository && i < loop->stacks->len; i++)
        queue_wake(loop->queue, stacks_unit_in_queue(g_ptr_array_index(loop->stacks, i)),
                   queue_now());
    for (guint i = 0; !repository && i < loop->inputs->len; i++)
        queue_wake(loop->queue, inputs_unit_in_queue(g_ptr_array_index(loop->inputs, i)),
                   queue_now());
}

static ServiceUnit *find_service(Loop *loop, const char *name, GError **error)
{
    ServiceUnit *service;

    pthread_mutex_lock(&loop->lock);
    service = g_hash_table_lookup(loop->by_name, name);
    pthread_mutex_unlock(&loop->lock);
    if (!service)
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_NO_SERVICE, "no service '%s' is declared", name);
    return service;
}

/* Its row, among those of `ret_rows` (transfer full), which may have none. */
static bool find_row(Loop *loop, const char *name, GPtrArray **ret_rows, const ServiceRow **ret,
                     GError **error)
{
    if (!store_services(loop->options.store, ret_rows, error))
        return false;
    *ret = NULL;
    for (guint i = 0; i < (*ret_rows)->len && !*ret; i++)
        if (!strcmp(((ServiceRow *)g_ptr_array_index(*ret_rows, i))->name, name))
            *ret = g_ptr_array_index(*ret_rows, i);
    return true;
}

/* What a person would want to hear at once instead of finding it in the log. */
static bool is_possible(Loop *loop, const ServiceUnit *service, LoopCommand command,
                        const char *argument, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;
    const ServiceRow *row = NULL;
    Deployment *before = NULL;
    bool possible = true;

    if (!find_row(loop, service->name, &rows, &row, error))
        return false;
    if (command == COMMAND_APPROVE &&
        !(row && row->held_digest && !g_strcmp0(row->state, "held"))) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "nothing of %s waits for approval",
                    service->name);
        return false;
    }
    if (command == COMMAND_ROLLBACK) {
        if (!store_find_deployment(loop->options.store, service->name, argument,
                                   argument ? NULL
                                   : row    ? row->revision
                                            : NULL,
                                   &before, error))
            return false;
        possible = before != NULL;
        if (!possible)
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED,
                        argument
                            ? "%s was never deployed at %s: driftless history %s lists what was"
                            : "no earlier revision of %s was deployed",
                        service->name, argument, service->name);
        deployment_free(before);
    }
    return possible;
}

bool loop_command(Loop *loop, const char *name, LoopCommand command, const char *argument,
                  GError **error)
{
    ServiceUnit *service = find_service(loop, name, error);

    if (!service || !is_possible(loop, service, command, argument, error))
        return false;
    pthread_mutex_lock(&service->lock);
    service->commands |= 1u << command;
    if (command == COMMAND_ROLLBACK) {
        g_free(service->rollback_to);
        service->rollback_to = g_strdup(argument);
    }
    pthread_mutex_unlock(&service->lock);
    queue_wake(service->queue, service->unit, queue_now());
    return true;
}

json_t *loop_plan(Loop *loop, const char *name, GError **error)
{
    ServiceUnit *service = find_service(loop, name, error);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Desired) desired = NULL;
    g_autoptr(Build) build = NULL;
    g_autoptr(Plan) plan = NULL;
    g_autofree char *commit = NULL, *text = NULL;

    if (!service)
        return NULL;
    pthread_mutex_lock(&service->lock);
    commit = g_strdup(service->wanted_commit);
    pthread_mutex_unlock(&service->lock);
    if (!commit) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "no revision of %s is known yet", name);
        return NULL;
    }
    build = service_build_for_plan(service, commit, problems, &desired, error);
    if (!build)
        return error && *error ? NULL
                               : json_pack("{s:s, s:o}", "service", name, "problems",
                                           problems_to_json(problems));
    plan = apply_plan(session_client(loop->options.session, service->settings->account,
                                     service->settings->region),
                      desired, error);
    if (!plan)
        return NULL;
    text = plan_to_text(plan, service_secrets(build->service), false);
    return json_pack("{s:s, s:s, s:o, s:s}", "service", name, "revision", commit, "plan",
                     plan_to_json(plan, service_secrets(build->service)), "text", text);
}

json_t *loop_verify(Loop *loop, const char *name, GError **error)
{
    ServiceUnit *service = find_service(loop, name, error);
    g_autoptr(GPtrArray) rows = NULL;
    const ServiceRow *row = NULL;

    if (!service || !find_row(loop, name, &rows, &row, error))
        return NULL;
    if (!row || !row->revision) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "no revision of %s is known yet", name);
        return NULL;
    }
    return service_verify(service, row->revision, error);
}
