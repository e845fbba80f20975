#include "controller/loop/repository_unit.h"

#include "controller/loop/loop_services.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FETCH_DEADLINE_MS 300000
#define JITTER_PERCENT 10

struct RepositoryUnit {
    Loop *loop;
    const LoopOptions *options;
    Queue *queue;
    Unit *unit;
    const RepositorySettings *settings;
    char *folder;
    char *trouble; /* the last fetch's; NULL: it went well */
    atomic_bool seen;
};

RepositoryUnit *repository_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                                    const RepositorySettings *settings)
{
    RepositoryUnit *repository = g_new0(RepositoryUnit, 1);

    repository->loop = loop;
    repository->options = options;
    repository->queue = queue;
    repository->settings = settings;
    repository->folder = g_build_filename(options->folder, "mirrors", settings->name, NULL);
    repository->unit = queue_add(queue, repository_unit_work, repository, queue_now());
    return repository;
}

void repository_unit_free(RepositoryUnit *repository)
{
    if (!repository)
        return;
    g_free(repository->folder);
    g_free(repository->trouble);
    g_free(repository);
}

Unit *repository_unit_in_queue(RepositoryUnit *repository)
{
    return repository->unit;
}

const char *repository_unit_mirror(const RepositoryUnit *repository)
{
    return repository->folder;
}

const char *repository_unit_name(const RepositoryUnit *repository)
{
    return repository->settings->name;
}

bool repository_unit_was_seen(RepositoryUnit *repository)
{
    return atomic_load(&repository->seen);
}

static bool read_token(const RepositorySettings *settings, char **ret, GError **error)
{
    const char *text;

    if (settings->token_file) {
        if (!g_file_get_contents(settings->token_file, ret, NULL, error))
            return false;
        g_strchomp(*ret);
        return true;
    }
    if (!settings->token_env)
        return true;
    text = getenv(settings->token_env);
    if (!text) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED,
                    "the controller has no environment variable %s (tokenEnv)",
                    settings->token_env);
        return false;
    }
    *ret = g_strdup(text);
    return true;
}

static bool fetch(RepositoryUnit *repository, Repository *mirror, FetchResult *ret, GError **error)
{
    const RepositorySettings *settings = repository->settings;
    g_autofree char *token = NULL;
    int64_t started_us = g_get_monotonic_time();
    bool fetched;

    if (!read_token(settings, &token, error))
        return false;
    const FetchRequest request = {
        .url = settings->url,
        .username = settings->username,
        .token = token,
        .ssh_key_file = settings->ssh_key_file,
        .known_hosts_file = settings->known_hosts_file,
        .deadline_ms = FETCH_DEADLINE_MS,
        .program = repository->options->program,
        .give_up = loop_stop_event(repository->loop),
    };

    fetched = repository_fetch(mirror, &request, ret, error);
    metrics_add(repository->options->metrics, METRIC_fetches_total, settings->name,
                fetched ? "ok" : "failed", 1);
    metrics_observe(repository->options->metrics, METRIC_fetch_seconds, settings->name,
                    (double)(g_get_monotonic_time() - started_us) / 1e6);
    return fetched;
}

/* What one pass over the services has resolved already: thousands of them share a branch. */
typedef struct {
    Repository *mirror;
    GHashTable *revisions; /* "kind:name" → Resolved* */
} Pass;

typedef struct {
    Revision revision;
    SourceTree *tree; /* NULL: `why` says why */
    char *tree_id;
    char *why;
} Resolved;

static void resolved_free(void *data)
{
    Resolved *resolved = data;

    revision_clear(&resolved->revision);
    source_tree_free(resolved->tree);
    g_free(resolved->tree_id);
    g_free(resolved->why);
    g_free(resolved);
}

static Resolved *resolve(Pass *pass, RevisionKind kind, const char *name)
{
    g_autofree char *key = g_strdup_printf("%d:%s", kind, name);
    Resolved *resolved = g_hash_table_lookup(pass->revisions, key);
    g_autoptr(GError) error = NULL;
    SourceEntry root = {0};

    if (resolved)
        return resolved;
    resolved = g_new0(Resolved, 1);
    if (repository_resolve(pass->mirror, kind, name, &resolved->revision, &error)) {
        resolved->tree = repository_tree(pass->mirror, resolved->revision.id, &error);
        if (resolved->tree && source_tree_entry(resolved->tree, "", false, &root, &error))
            resolved->tree_id = g_strdup(root.id);
    }
    if (error)
        resolved->why = g_strdup(error->message);
    g_hash_table_insert(pass->revisions, g_steal_pointer(&key), resolved);
    return resolved;
}

static RevisionKind kind_of(const ServiceSettings *settings)
{
    return settings->revision_kind == REVISION_TAG      ? REVISION_IS_TAG
           : settings->revision_kind == REVISION_COMMIT ? REVISION_IS_COMMIT
                                                        : REVISION_IS_BRANCH;
}

static void set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

/* With the service's lock held: whether what its last build read is the same in the new tree. Most
 * commits leave its folder as it is, and then one look at the folder's id tells. */
static bool still_holds(ServiceUnit *service, const Resolved *resolved)
{
    SourceEntry folder = {0};
    bool unchanged, holds;

    if (!source_tree_entry(resolved->tree, service->path, false, &folder, NULL))
        return false;
    unchanged = g_strcmp0(service->held_folder, folder.id) == 0;
    holds = read_set_holds(service->reads, resolved->tree, unchanged ? service->path : NULL, NULL);
    if (holds && !unchanged)
        set_text(&service->held_folder, folder.kind == SOURCE_DIRECTORY ? folder.id : NULL);
    return holds;
}

/* With the service's lock held: whether the new revision concerns it. */
static bool concerns(ServiceUnit *service, const Resolved *resolved)
{
    return !service->wanted_commit || !service->reads || !still_holds(service, resolved);
}

static void offer(ServiceUnit *service, const Resolved *resolved)
{
    bool wake = false;

    pthread_mutex_lock(&service->lock);
    if (!resolved->tree) {
        wake = g_strcmp0(service->trouble, resolved->why) != 0;
        set_text(&service->trouble, resolved->why);
    } else {
        g_clear_pointer(&service->trouble, g_free);
    }
    if (resolved->tree && g_strcmp0(service->wanted_tree, resolved->tree_id) != 0) {
        if (concerns(service, resolved)) {
            wake = true;
            set_text(&service->wanted_commit, resolved->revision.id);
            set_text(&service->author, resolved->revision.author);
            set_text(&service->summary, resolved->revision.summary);
        }
        set_text(&service->wanted_tree, resolved->tree_id);
    }
    pthread_mutex_unlock(&service->lock);
    if (wake)
        queue_wake(service->queue, service->unit, queue_now());
}

/* The first look after a start: what the service stood at is not news when its read set still
 * holds. It is woken all the same: what it was at goes on, and its schedules begin. */
static void remember_known(ServiceUnit *service, const Resolved *resolved)
{
    bool known = false;

    pthread_mutex_lock(&service->lock);
    if (service->known_commit && resolved->tree) {
        known = service->reads && (!g_strcmp0(service->known_tree, resolved->tree_id) ||
                                   still_holds(service, resolved));
        if (known) {
            set_text(&service->wanted_commit, service->known_commit);
            set_text(&service->wanted_tree, resolved->tree_id);
        }
        g_clear_pointer(&service->known_commit, g_free);
    }
    pthread_mutex_unlock(&service->lock);
    if (known)
        queue_wake(service->queue, service->unit, queue_now());
}

static void look_at_services(RepositoryUnit *repository, Repository *mirror)
{
    Pass pass = {mirror, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, resolved_free)};
    g_autoptr(GPtrArray) services = NULL;

    loop_expand_globs(repository->loop, repository->settings, mirror);
    services = loop_services_of(repository->loop, repository->settings);
    for (guint i = 0; i < services->len; i++) {
        ServiceUnit *service = g_ptr_array_index(services, i);
        const Resolved *resolved =
            resolve(&pass, kind_of(service->settings), service->settings->revision);

        remember_known(service, resolved);
        offer(service, resolved);
    }
    g_hash_table_unref(pass.revisions);
}

static int64_t next_poll(const RepositoryUnit *repository)
{
    int64_t poll_ms = repository->settings->poll_ms;
    int64_t jitter_ms = poll_ms * JITTER_PERCENT / 100;

    if (repository->options->once)
        return QUEUE_REST;
    return queue_now() + poll_ms + (jitter_ms ? g_random_int_range(0, (gint32)jitter_ms + 1) : 0);
}

static void tell_trouble(RepositoryUnit *repository, const char *trouble)
{
    if (!log_is_news(&repository->trouble, trouble))
        return;
    if (trouble)
        log_event(repository->options->log, LOG_ERROR, repository->settings->name, "not fetched",
                  "why", trouble, NULL);
    else
        log_event(repository->options->log, LOG_INFO, repository->settings->name, "fetched again",
                  NULL);
}

static void tell_changes(const RepositoryUnit *repository, const FetchResult *result)
{
    if (result->empty)
        log_event(repository->options->log, LOG_WARNING, repository->settings->name,
                  "has no branch", NULL);
    if (result->forced)
        log_event(repository->options->log, LOG_WARNING, repository->settings->name,
                  "a branch was force-pushed", NULL);
    if (result->deleted)
        log_event(repository->options->log, LOG_WARNING, repository->settings->name,
                  "a branch was deleted", NULL);
}

int64_t repository_unit_work(void *data)
{
    RepositoryUnit *repository = data;
    g_autoptr(GError) error = NULL;
    g_autoptr(Repository) mirror = NULL;
    FetchResult result = {0};

    mirror = repository_open(repository->folder, &error);
    if (mirror && fetch(repository, mirror, &result, &error)) {
        tell_trouble(repository, NULL);
        tell_changes(repository, &result);
    } else if (loop_is_stopping(repository->loop)) {
        return QUEUE_REST;
    } else {
        tell_trouble(repository, error->message);
        loop_note_blindness(repository->loop);
        if (mirror) /* what was there at the last fetch is still declared */
            loop_expand_globs(repository->loop, repository->settings, mirror);
        loop_tell_trouble(repository->loop, repository->settings, error->message);
    }
    if (mirror && !error)
        look_at_services(repository, mirror);
    if (!atomic_exchange(&repository->seen, true))
        loop_report_orphans(repository->loop);
    return next_poll(repository);
}
