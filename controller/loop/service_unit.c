#include "controller/loop/service_unit.h"

#include "controller/loop/repository_unit.h"
#include "controller/loop/service_inputs.h"

#include <string.h>

/* Whether a former life of the controller ended before the stack was where it should be; "error":
 * its last call failed. */
static bool is_unfinished(const ServiceRow *row, const Record *record)
{
    return row->state && row->revision &&
           (record->phase != PHASE_IDLE || !strcmp(row->state, "deploying") ||
            !strcmp(row->state, "error"));
}

static void load_row(ServiceUnit *service)
{
    const ServiceRow *row = service->row;

    service->record = row->record ? record_from_json(row->record) : NULL;
    if (!service->record)
        service->record = record_new(row->stack_name);
    service->drift = row->drift ? drift_record_from_json(row->drift) : NULL;
    if (!service->drift)
        service->drift = drift_record_new();
    service->reads = row->read_set ? read_set_from_json(row->read_set) : NULL;
    service->apply_wanted = is_unfinished(row, service->record);
    if (service->apply_wanted)
        service_resume_deployment(service);
    /* An orphan that is declared has to be looked at: its folder may be back, or only its
     * declaration was. */
    service->build_wanted = service->options->recompile || !g_strcmp0(row->state, "orphaned");
    if (!service->build_wanted)
        service->known_commit =
            g_strdup(row->pinned_revision ? row->skipped_revision : row->revision);
    service->known_tree = g_strdup(row->tree_id);
    service->intent = row->state && !strcmp(row->state, "removing") ? INTENT_REMOVE
                      : row->pinned_revision                        ? INTENT_ROLL_BACK
                                                                    : INTENT_DEPLOY;
}

static void set_text(char **text, const char *value)
{
    g_free(*text);
    *text = g_strdup(value);
}

/* Only a stack that was brought to its commit is looked at for drift; "unknown": the last look did
 * not end; "held" by a correction: a person may have put it right. */
static bool rests_on_its_stack(const ServiceUnit *service)
{
    const ServiceRow *row = service->row;
    const char *state = row->state ? row->state : "";

    if (!strcmp(state, "held"))
        return json_array_size(row->findings) > 0 && row->request_digest &&
               g_strcmp0(service->record->deployed_digest, row->request_digest) == 0;
    return !strcmp(state, "synced") || !strcmp(state, "drifted") || !strcmp(state, "unknown");
}

/* While the service rests, others may hold its record against what AWS says; while it works, nobody
 * may. */
static void publish_rest(ServiceUnit *service, bool rests)
{
    Record *settled = rests && rests_on_its_stack(service) ? record_copy(service->record) : NULL;

    pthread_mutex_lock(&service->lock);
    record_free(service->settled);
    service->settled = settled;
    service->known_stack = service->record->stack_id != NULL;
    pthread_mutex_unlock(&service->lock);
}

void service_watch_inputs(ServiceUnit *service)
{
    json_t *watched = json_deep_copy(service->row->inputs);

    pthread_mutex_lock(&service->lock);
    json_decref(service->watched);
    service->watched = watched;
    pthread_mutex_unlock(&service->lock);
}

void service_compare_inputs(ServiceUnit *service, const Inputs *inputs)
{
    bool changed;

    pthread_mutex_lock(&service->lock);
    changed = kept_inputs_refresh(service->options->store, service->watched, inputs);
    service->inputs_changed |= changed;
    pthread_mutex_unlock(&service->lock);
    if (changed)
        queue_wake(service->queue, service->unit, queue_now());
}

ServiceUnit *service_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                              const ServiceSettings *settings, const char *name, const char *path,
                              ServiceRow *row)
{
    ServiceUnit *service = g_new0(ServiceUnit, 1);

    service->loop = loop;
    service->options = options;
    service->queue = queue;
    service->settings = settings;
    service->name = g_strdup(name);
    service->path = g_strdup(path);
    service->row = row ? row : service_row_new(name);
    pthread_mutex_init(&service->lock, NULL);
    if (settings) {
        set_text(&service->row->region, settings->region);
        set_text(&service->row->account, settings->account ? settings->account->name : NULL);
    }
    load_row(service);
    service_watch_inputs(service);
    publish_rest(service, service->record->phase == PHASE_IDLE);
    return service;
}

void service_unit_free(ServiceUnit *service)
{
    if (!service)
        return;
    char *texts[] = {service->name,        service->path,         service->wanted_commit,
                     service->wanted_tree, service->known_commit, service->known_tree,
                     service->author,      service->summary,      service->trouble,
                     service->rollback_to, service->failure_told, service->findings_told,
                     service->drift_told};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        g_free(texts[i]);
    read_set_free(service->reads);
    g_free(service->held_folder);
    record_free(service->settled);
    json_decref(service->watched);
    service_row_free(service->row);
    record_free(service->record);
    drift_record_free(service->drift);
    service_drop_build(service);
    g_clear_pointer(&service->secrets, g_ptr_array_unref);
    pthread_mutex_destroy(&service->lock);
    g_free(service);
}

/* What came in by the mailbox since the last step. */
typedef struct {
    unsigned commands;
    char *rollback_to, *wanted, *trouble;
    bool look, inputs_changed;
} Mail;

static void take_mail(ServiceUnit *service, Mail *ret)
{
    pthread_mutex_lock(&service->lock);
    ret->commands = service->commands;
    ret->rollback_to = g_steal_pointer(&service->rollback_to);
    ret->wanted = g_strdup(service->wanted_commit);
    ret->trouble = g_strdup(service->trouble);
    ret->look = service->look;
    ret->inputs_changed = service->inputs_changed;
    service->commands = 0;
    service->look = service->inputs_changed = false;
    pthread_mutex_unlock(&service->lock);
}

static void mail_clear(Mail *mail)
{
    g_free(mail->rollback_to);
    g_free(mail->wanted);
    g_free(mail->trouble);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mail, mail_clear)

static void roll_back(ServiceUnit *service, const Mail *mail)
{
    ServiceRow *row = service->row;
    g_autoptr(GError) error = NULL;
    g_autofree char *left = g_strdup(row->revision);
    Deployment *before = NULL;

    if (store_find_deployment(service->options->store, service->name, mail->rollback_to,
                              mail->rollback_to ? NULL : row->revision, &before, &error) &&
        before)
        set_text(&row->pinned_revision, before->revision);
    deployment_free(before);
    if (error || !row->pinned_revision) {
        log_event(service->options->log, LOG_ERROR, service->name, "not rolled back", "why",
                  error ? error->message : "no such revision was deployed", NULL);
        return;
    }
    /* Just after a start the branch may not have been looked at yet. */
    set_text(&row->skipped_revision, mail->wanted ? mail->wanted : left);
    record_forgive(service->record);
    service->intent = INTENT_ROLL_BACK;
    service->build_wanted = true;
    log_event(service->options->log, LOG_INFO, service->name, "pinned to an earlier revision",
              "revision", row->pinned_revision, "skipping", row->skipped_revision, NULL);
}

static void obey(ServiceUnit *service, const Mail *mail)
{
    ServiceRow *row = service->row;
    g_autoptr(GError) error = NULL;

    if (mail->commands & 1u << COMMAND_SUSPEND)
        row->suspended = true;
    if (mail->commands & 1u << COMMAND_RESUME) {
        row->suspended = false;
        service->apply_wanted = service->build_wanted = true;
    }
    if (mail->commands & 1u << COMMAND_APPROVE) {
        set_text(&row->approved_digest, row->held_digest);
        /* What is deployed already can only have been held by a correction. */
        service->drift_wanted = g_strcmp0(row->held_digest, service->record->deployed_digest) == 0;
        service->apply_wanted = !service->drift_wanted;
    }
    if (mail->commands & 1u << COMMAND_ROLLBACK)
        roll_back(service, mail);
    if (mail->commands & 1u << COMMAND_REMOVE)
        service->intent = INTENT_REMOVE;
    if (mail->commands & 1u << COMMAND_DRIFT)
        service->drift_wanted = true;
    if (mail->commands & 1u << COMMAND_SYNC) {
        record_forgive(service->record);
        service->apply_wanted = service->build_wanted = true;
    }
    if (mail->commands & 1u << COMMAND_ADOPT && !service_adopt(service, &error)) {
        service_set_state(service, "held", error->message, NULL);
        log_event(service->options->log, LOG_ERROR, service->name, "not adopted", "why",
                  error->message, NULL);
    }
    service->apply_wanted |= mail->look;
    service_save_or_log(service);
}

/* The next newer commit ends a pin. While git does not answer after a start, what was under way
 * goes on and drift is looked for at the revision that is known. */
static const char *choose_target(ServiceUnit *service, const Mail *mail)
{
    ServiceRow *row = service->row;

    if (row->pinned_revision && mail->wanted &&
        g_strcmp0(mail->wanted, row->skipped_revision) != 0) {
        g_clear_pointer(&row->pinned_revision, g_free);
        g_clear_pointer(&row->skipped_revision, g_free);
        service->intent = INTENT_DEPLOY;
    }
    if (row->pinned_revision)
        return row->pinned_revision;
    return mail->wanted ? mail->wanted : row->revision;
}

static bool drift_is_due(const ServiceUnit *service)
{
    const ServiceRow *row = service->row;

    if (service->settings->drift_mode == DRIFT_OFF || !service->record->stack_id)
        return false;
    if (service->drift_wanted || service->drift->phase != DRIFT_PHASE_IDLE)
        return true;
    return service->record->phase == PHASE_IDLE && rests_on_its_stack(service) &&
           wall_clock_ms() >=
               MAX(row->drift_checked_ms, row->deployed_ms) + service->settings->drift_every_ms;
}

/* A rollback keeps the request that it had, whatever has changed since. */
static void take_inputs(ServiceUnit *service, const Mail *mail)
{
    if (!mail->inputs_changed || service->row->pinned_revision)
        return;
    log_event(service->options->log, LOG_INFO, service->name,
              "an input from outside git has changed", NULL);
    record_forgive(service->record);
    service->build_wanted = true;
}

/* When to look next with nothing else to do: drift has a schedule. */
static int64_t next_due(const ServiceUnit *service)
{
    const ServiceRow *row = service->row;
    int64_t wait_ms = INT64_MAX, now_ms = wall_clock_ms();

    if (service->options->once)
        return QUEUE_REST;
    if (service->settings->drift_mode != DRIFT_OFF && service->record->stack_id &&
        rests_on_its_stack(service))
        wait_ms = MAX(row->drift_checked_ms, row->deployed_ms) + service->settings->drift_every_ms -
                  now_ms;
    return wait_ms == INT64_MAX ? QUEUE_REST : queue_now() + MAX(wait_ms, 0);
}

static PartResult work_on(ServiceUnit *service, const Mail *mail, int64_t *ret_due_ms)
{
    const char *target = choose_target(service, mail);
    PartResult part = PART_ON;

    if (service->intent == INTENT_REMOVE)
        return service_remove(service, ret_due_ms);
    if (service->row->suspended) {
        if (g_strcmp0(service->row->state, "removed") != 0)
            service_set_state(service, "suspended", "driftless resume ends it", NULL);
        service_save_or_log(service);
        return PART_REST;
    }
    if (!target) {
        if (mail->trouble && !service->record->stack_id &&
            g_strcmp0(service->row->message, mail->trouble) != 0) {
            service_set_state(service, "error", mail->trouble, NULL);
            service_save_or_log(service);
        }
        return PART_REST;
    }
    if ((service->build_wanted || g_strcmp0(target, service->row->revision) != 0)) {
        if (!service->seen_ms)
            service->seen_ms = wall_clock_ms();
        part = service_build_revision(service, target, ret_due_ms);
    }
    if (part == PART_ON && service->apply_wanted)
        part = service_apply(service, ret_due_ms);
    if (part == PART_ON && drift_is_due(service))
        part = service_drift(service, ret_due_ms);
    if (part == PART_ON && service->build_wanted)
        *ret_due_ms = queue_now(), part = PART_LATER;
    return part;
}

int64_t service_unit_work(void *data)
{
    ServiceUnit *service = data;
    g_auto(Mail) mail = {0};
    int64_t due_ms = QUEUE_REST;
    PartResult part;

    take_mail(service, &mail);
    publish_rest(service, false);
    if (mail.commands || mail.look)
        obey(service, &mail);
    take_inputs(service, &mail);
    part = work_on(service, &mail, &due_ms);
    publish_rest(service, part != PART_LATER);
    return part == PART_LATER ? due_ms : next_due(service);
}
