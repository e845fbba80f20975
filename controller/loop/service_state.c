/* What is shown of a service and kept in the store. */
#include "controller/loop/service_unit.h"
#include "reconcile/aws/aws_error.h"
#include "reconcile/plan/redact.h"

#include <string.h>

#define FIRST_RETRY_MS 2000
#define LONGEST_RETRY_MS 300000

int64_t wall_clock_ms(void)
{
    return g_get_real_time() / 1000;
}

char *service_redact(const ServiceUnit *service, const char *text)
{
    return redact_anywhere(text, service->secrets);
}

void service_set_state(ServiceUnit *service, const char *state, const char *message,
                       const char *details)
{
    ServiceRow *row = service->row;
    char *new_message = service_redact(service, message);
    char *new_details = service_redact(service, details);

    if (g_strcmp0(row->state, state) != 0) {
        row->changed_ms = wall_clock_ms();
        metrics_forget(service->options->metrics, METRIC_service_state, service->name);
        metrics_set(service->options->metrics, METRIC_service_state, service->name, state, 1);
    }
    g_free(row->state);
    g_free(row->message);
    g_free(row->details);
    row->state = g_strdup(state);
    row->message = new_message;
    row->details = new_details;
}

bool service_save(ServiceUnit *service, GError **error)
{
    ServiceRow *row = service->row;

    json_decref(row->record);
    json_decref(row->drift);
    row->record = record_to_json(service->record);
    row->drift = drift_record_to_json(service->drift);
    g_free(row->stack_id);
    row->stack_id = g_strdup(service->record->stack_id);
    return store_save_service(service->options->store, row, error);
}

void service_save_or_log(ServiceUnit *service)
{
    g_autoptr(GError) error = NULL;

    if (!service_save(service, &error))
        log_event(service->options->log, LOG_ERROR, service->name, "its state could not be saved",
                  "why", error->message, NULL);
}

PartResult service_try_later(ServiceUnit *service, const GError *error, int64_t *ret_due_ms)
{
    int64_t wait_ms = (int64_t)FIRST_RETRY_MS << MIN(service->failures, 10u);
    g_autofree char *message = service_redact(service, error->message);
    g_autofree char *lasting = aws_error_lasting_text(error);
    const char *hint = aws_error_hint(error);

    if (g_strcmp0(service->row->state, "error") != 0) /* it went well in between */
        g_clear_pointer(&service->failure_told, g_free);
    service->failures++;
    if (log_is_news(&service->failure_told, lasting))
        log_event(service->options->log, LOG_WARNING, service->name, "not reconciled, trying again",
                  "why", message, "hint", hint, NULL);
    service_set_state(service, "error", message, hint);
    service_save_or_log(service);
    if (service->options->once)
        return PART_REST;
    *ret_due_ms = queue_now() + MIN(wait_ms, LONGEST_RETRY_MS);
    return PART_LATER;
}

bool service_begin_deployment(ServiceUnit *service, const char *intent, GError **error)
{
    const ServiceRow *row = service->row;
    const Deployment deployment = {
        .service = service->name,
        .revision = row->revision,
        .author = row->author,
        .summary = row->summary,
        .request_digest = row->request_digest,
        .intent = (char *)intent,
        .started_ms = wall_clock_ms(),
    };

    service_finish_deployment(service, "superseded", "a newer commit took its place");
    return store_begin_deployment(service->options->store, &deployment, &service->deployment_id,
                                  error);
}

void service_resume_deployment(ServiceUnit *service)
{
    g_autoptr(GPtrArray) newest = NULL;
    g_autoptr(GError) error = NULL;

    if (!store_deployments(service->options->store, service->name, 1, &newest, &error))
        log_event(service->options->log, LOG_ERROR, service->name, "its history could not be read",
                  "why", error->message, NULL);
    else if (newest->len && !((const Deployment *)newest->pdata[0])->outcome)
        service->deployment_id = ((const Deployment *)newest->pdata[0])->id;
}

void service_finish_deployment(ServiceUnit *service, const char *outcome, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = service_redact(service, message);

    if (!service->deployment_id)
        return;
    metrics_add(service->options->metrics, METRIC_deployments_total, service->name, outcome, 1);
    if (!store_finish_deployment(service->options->store, service->deployment_id, outcome, text,
                                 wall_clock_ms(), &error))
        log_event(service->options->log, LOG_ERROR, service->name, "its history could not be saved",
                  "why", error->message, NULL);
    service->deployment_id = 0;
}
