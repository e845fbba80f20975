/* The desired state to AWS: artifacts first, then the stack, one step at a time. */
#include "controller/loop/repository_unit.h"
#include "controller/loop/service_unit.h"

#include "reconcile/apply/adopt.h"

#include <string.h>

#define MAX_REMEMBERED_ARTIFACTS 1000

static bool save_record(const Record *record, void *data, GError **error)
{
    g_assert(((ServiceUnit *)data)->record == record);
    return service_save(data, error);
}

/* How a step ended is told by the loop, once, with revision and cause. */
static void report_event(const ApplyEvent *event, void *data)
{
    static const char *const ends[] = {"deployed", "unchanged", "corrected", "drifted",
                                       "removed",  "held",      "failed",    NULL};
    ServiceUnit *service = data;
    g_autofree char *detail = service_redact(service, event->detail);

    if (g_strv_contains(ends, event->what))
        return;

    log_event(service->options->log, LOG_INFO, service->name, event->what, "stack",
              event->stack_name, "detail", detail, NULL);
}

void service_apply_context(ServiceUnit *service, ApplyContext *ret)
{
    *ret = (ApplyContext){
        .client = session_client(service->options->session, service->settings->account,
                                 service->settings->region),
        .approve = service->settings->approve,
        .approved_digest = service->row->approved_digest,
        .owner = service->name,
        .secrets = service->secrets,
        .now_ms = wall_clock_ms(),
        .save = save_record,
        .report = report_event,
        .data = service,
    };
}

static PartResult look_again(unsigned again_ms, int64_t *ret_due_ms)
{
    *ret_due_ms = queue_now() + again_ms;
    return PART_LATER;
}

static SourceTree *tree_to_upload(void *data, GError **error)
{
    ServiceUnit *service = data;

    if (!service->mirror)
        service->mirror = repository_open(repository_unit_mirror(service->repository), error);
    if (service->mirror && !service->tree)
        service->tree = repository_tree(service->mirror, service->row->revision, error);
    return service->tree;
}

static void report_upload(const ArtifactItem *item, void *data)
{
    ServiceUnit *service = data;
    g_autofree char *size = g_format_size(item->done.size_bytes);

    metrics_add(service->options->metrics, METRIC_uploaded_bytes_total, NULL, NULL,
                (double)item->done.size_bytes);
    log_event(service->options->log, item->done.replaced ? LOG_WARNING : LOG_INFO, service->name,
              item->done.replaced ? "uploaded over other bytes than were recorded" : "uploaded",
              "artifact", item->spec->name, "size", size, NULL);
}

/* Earlier ones are kept: a rollback deploys them again. A key is made of what the object holds, so
 * none ever goes stale. */
static void remember_artifacts(ServiceRow *row, json_t *artifacts)
{
    if (json_object_size(row->artifacts) > MAX_REMEMBERED_ARTIFACTS)
        json_object_clear(row->artifacts);
    if (row->artifacts)
        json_object_update(row->artifacts, artifacts);
    else
        row->artifacts = json_incref(artifacts);
}

static void count_cache(const LoopOptions *options)
{
    PackageCacheCounts counts;

    if (!options->cache)
        return;
    counts = package_cache_counts(options->cache);
    metrics_set(options->metrics, METRIC_package_cache_hits_total, NULL, NULL, (double)counts.hits);
    metrics_set(options->metrics, METRIC_package_cache_misses_total, NULL, NULL,
                (double)counts.misses);
}

static bool deliver(ServiceUnit *service, StepResult *step, GError **error)
{
    g_autofree char *spool = g_build_filename(service->options->folder, "spool", NULL);
    Delivery *delivery = &service->delivery;
    ApplyContext context;
    bool stepped;

    service_apply_context(service, &context);
    delivery->context = &context;
    delivery->build = service->build;
    delivery->desired = service->desired;
    delivery->record = service->record;
    delivery->intent = service->intent;
    delivery->spool_folder = spool;
    delivery->cache = service->options->cache;
    delivery->tree = tree_to_upload;
    delivery->source = (ProvenanceSource){.repository = service->settings->repository->url,
                                          .commit = service->row->revision,
                                          .path = service->path};
    delivery->known = service->row->artifacts;
    delivery->uploaded = report_upload;
    stepped = delivery_step(delivery, step, error);
    count_cache(service->options);
    if (delivery->artifacts)
        remember_artifacts(service->row, delivery->artifacts);
    return stepped;
}

/* Where in the repository the resource that failed was made. */
static char *failure_text(const ServiceUnit *service, const StepResult *step)
{
    Position at;

    if (step->failed_resource && service->build &&
        template_resource_position(service->build->service, service->build->compiled,
                                   step->failed_resource, &at) &&
        at.file)
        return g_strdup_printf("%s\n%s:%u:%u: made by this", step->what, at.file, at.line,
                               at.column);
    return g_strdup(step->what);
}

static PartResult rest_after(ServiceUnit *service)
{
    service->apply_wanted = false;
    service->failures = 0;
    service_drop_build(service);
    service_save_or_log(service);
    return PART_REST;
}

/* The same request once more (driftless sync, a stack changed behind our back) is a deployment too.
 */
static void begin_unnoted(ServiceUnit *service)
{
    g_autoptr(GError) error = NULL;

    if (!service->deployment_id &&
        !service_begin_deployment(
            service, service->intent == INTENT_ROLL_BACK ? "rollback" : "deploy", &error))
        log_event(service->options->log, LOG_ERROR, service->name, "its history could not be saved",
                  "why", error->message, NULL);
}

static PartResult done(ServiceUnit *service, const StepResult *step)
{
    ServiceRow *row = service->row;
    double seconds = service->seen_ms ? (double)(wall_clock_ms() - service->seen_ms) / 1e3 : 0;
    g_autofree char *took = g_strdup_printf("%.2f s", seconds);
    g_autofree char *message =
        g_strdup_printf("at %.7s%s%s", row->revision ? row->revision : "?",
                        row->summary ? ": " : "", row->summary ? row->summary : "");

    service_set_state(service, "synced", message, NULL);
    if (step->changed) {
        begin_unnoted(service);
        row->deployed_ms = wall_clock_ms();
        g_clear_pointer(&row->approved_digest, g_free); /* an approval is good for one time */
        metrics_observe(service->options->metrics, METRIC_deployment_seconds, NULL, seconds);
        log_event(service->options->log, LOG_INFO, service->name,
                  service->intent == INTENT_ROLL_BACK ? "rolled back" : "deployed", "revision",
                  row->revision, "in", took, NULL);
    }
    service_finish_deployment(service, step->changed ? "deployed" : "unchanged", step->what);
    service->seen_ms = 0;
    service->intent = INTENT_DEPLOY;
    if (step->changed) {
        service_save_or_log(service);
        service_prune(service);
    }
    rest_after(service);
    return PART_ON;
}

static PartResult hold(ServiceUnit *service, const StepResult *step)
{
    g_autofree char *plan = step->plan ? plan_to_text(step->plan, service->secrets, false) : NULL;
    g_autofree char *message = step->approval_digest
                                   ? g_strdup_printf("%s: driftless approve %s lets it go ahead",
                                                     step->what, service->name)
                                   : g_strdup(step->what);

    if (step->approval_digest && !step->plan &&
        !g_strcmp0(service->row->held_digest, step->approval_digest) &&
        !g_strcmp0(service->row->state, "held"))
        return rest_after(service); /* said already, with its plan */
    g_free(service->row->held_digest);
    service->row->held_digest = g_strdup(step->approval_digest);
    if (g_strcmp0(service->row->message, message) != 0)
        log_event(service->options->log, LOG_WARNING, service->name, "held", "why", message, "plan",
                  plan, NULL);
    service_set_state(service, "held", message, plan);
    return rest_after(service);
}

static PartResult fail(ServiceUnit *service, const StepResult *step)
{
    g_autofree char *text = failure_text(service, step);

    service_set_state(service, "failed", step->what, text);
    log_event(service->options->log, LOG_ERROR, service->name,
              "not deployed, waits for a new revision", "revision", service->row->revision, "why",
              text, NULL);
    service_finish_deployment(service, "failed", text);
    return rest_after(service);
}

PartResult service_apply(ServiceUnit *service, int64_t *ret_due_ms)
{
    g_autoptr(GError) error = NULL;
    g_auto(StepResult) step = {0};

    if (!service_ensure_desired(service, &error) || !deliver(service, &step, &error))
        return service_try_later(service, error, ret_due_ms);
    service->failures = 0;
    switch (step.outcome) {
    case STEP_AGAIN:
        service_set_state(service, "deploying", step.what, NULL);
        return look_again(step.again_ms, ret_due_ms);
    case STEP_DONE:
        return done(service, &step);
    case STEP_HELD:
        return hold(service, &step);
    case STEP_FAILED:
        return fail(service, &step);
    }
    g_assert_not_reached();
}

PartResult service_remove(ServiceUnit *service, int64_t *ret_due_ms)
{
    g_autoptr(GError) error = NULL;
    g_auto(StepResult) step = {0};
    ApplyContext context;

    service_apply_context(service, &context);
    if (!apply_step(&context, NULL, service->record, INTENT_REMOVE, &step, &error))
        return service_try_later(service, error, ret_due_ms);
    if (step.outcome == STEP_AGAIN) {
        service_set_state(service, "removing", step.what, NULL);
        return look_again(step.again_ms, ret_due_ms);
    }
    if (step.outcome == STEP_DONE) {
        service_set_state(service, "removed",
                          "the stack is gone; driftless resume deploys it again", NULL);
        service->row->suspended = true;
        g_clear_pointer(&service->row->request_digest, g_free);
    } else {
        service_set_state(service, "failed", step.what, NULL);
    }
    service->intent = INTENT_DEPLOY;
    log_event(service->options->log, LOG_INFO, service->name, service->row->state, "what",
              step.what, NULL);
    return rest_after(service);
}

bool service_adopt(ServiceUnit *service, GError **error)
{
    ApplyContext context;
    g_autoptr(Plan) plan = NULL;

    if (!service_ensure_desired(service, error))
        return false;
    service_apply_context(service, &context);
    if (!adopt_stack(&context, service->desired, false, service->record, &plan, error))
        return false;
    service->row->adopted = true;
    service->apply_wanted = true;
    return service_save(service, error);
}
