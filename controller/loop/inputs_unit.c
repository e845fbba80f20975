#include "controller/loop/inputs_unit.h"

#include "controller/loop/loop_services.h"
#include "controller/loop/service_inputs.h"

struct InputsUnit {
    Loop *loop;
    const LoopOptions *options;
    Unit *unit;
    const AccountSettings *account;
};

static int64_t inputs_unit_work(void *data);

InputsUnit *inputs_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                            const AccountSettings *account)
{
    InputsUnit *inputs = g_new0(InputsUnit, 1);

    inputs->loop = loop;
    inputs->options = options;
    inputs->account = account;
    inputs->unit = queue_add(queue, inputs_unit_work, inputs, queue_now());
    return inputs;
}

void inputs_unit_free(InputsUnit *inputs)
{
    g_free(inputs);
}

bool inputs_unit_is_for(const InputsUnit *inputs, const AccountSettings *account)
{
    return inputs->account == account;
}

Unit *inputs_unit_in_queue(InputsUnit *inputs)
{
    return inputs->unit;
}

/* Outputs that come with a page of DescribeStacks anyway. */
static bool is_read_elsewhere(const InputsUnit *inputs, const InputRequest *request)
{
    return request->kind == INPUT_STACK_OUTPUT &&
           loop_looks_at_stacks(inputs->loop, inputs->account, request->region);
}

static void append_requests(const InputsUnit *inputs, ServiceUnit *service, GPtrArray *requests)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);

    pthread_mutex_lock(&service->lock);
    kept_inputs_append_requests(service->watched, all);
    pthread_mutex_unlock(&service->lock);
    for (guint i = 0; i < all->len; i++)
        if (!is_read_elsewhere(inputs, g_ptr_array_index(all, i)))
            g_ptr_array_add(requests, input_request_copy(g_ptr_array_index(all, i)));
}

/* Reads what these services read, and wakes those for whom it has changed. */
static bool look(InputsUnit *inputs, const GPtrArray *services, GError **error)
{
    g_autoptr(GPtrArray) requests =
        g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    g_autoptr(Inputs) found = inputs_new();
    InputSource source = {inputs->options->session, inputs->account};

    for (guint i = 0; i < services->len; i++)
        append_requests(inputs, g_ptr_array_index(services, i), requests);
    if (requests->len > 0 && !session_fetch_inputs(requests, found, &source, error))
        return false;
    for (guint i = 0; i < services->len; i++)
        service_compare_inputs(g_ptr_array_index(services, i), found);
    return true;
}

/* One service may read what its account must not: the others are not to wait for that. */
static void look_one_by_one(InputsUnit *inputs, const GPtrArray *services)
{
    for (guint i = 0; i < services->len; i++) {
        ServiceUnit *service = g_ptr_array_index(services, i);
        g_autoptr(GPtrArray) alone = g_ptr_array_new();
        g_autoptr(GError) error = NULL;

        g_ptr_array_add(alone, service);
        if (look(inputs, alone, &error))
            continue;
        log_event(inputs->options->log, LOG_WARNING, service->name,
                  "what it reads from outside git could not be read", "why", error->message, "hint",
                  aws_error_hint(error), NULL);
        loop_note_blindness(inputs->loop);
    }
}

static int64_t inputs_unit_work(void *data)
{
    InputsUnit *inputs = data;
    g_autoptr(GPtrArray) services = loop_services_at(inputs->loop, inputs->account);
    g_autoptr(GError) error = NULL;

    if (!look(inputs, services, &error))
        look_one_by_one(inputs, services);
    return inputs->options->once ? QUEUE_REST
                                 : queue_now() + inputs->options->settings->inputs_every_ms;
}
