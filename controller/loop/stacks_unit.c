#include "controller/loop/stacks_unit.h"

#include "controller/loop/loop_services.h"

#define LOOK_EVERY_MS 60000

struct StacksUnit {
    Loop *loop;
    const LoopOptions *options;
    Queue *queue;
    Unit *unit;
    const AccountSettings *account;
    char *region;
    char *trouble; /* the last look's; NULL: it went well */
};

static int64_t stacks_unit_work(void *data);

StacksUnit *stacks_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                            const AccountSettings *account, const char *region)
{
    StacksUnit *stacks = g_new0(StacksUnit, 1);

    stacks->loop = loop;
    stacks->options = options;
    stacks->queue = queue;
    stacks->account = account;
    stacks->region = g_strdup(region);
    stacks->unit = queue_add(queue, stacks_unit_work, stacks, queue_now());
    return stacks;
}

void stacks_unit_free(StacksUnit *stacks)
{
    if (!stacks)
        return;
    g_free(stacks->region);
    g_free(stacks->trouble);
    g_free(stacks);
}

Unit *stacks_unit_in_queue(StacksUnit *stacks)
{
    return stacks->unit;
}

bool stacks_unit_is_for(const StacksUnit *stacks, const AccountSettings *account,
                        const char *region)
{
    return stacks->account == account && !g_strcmp0(stacks->region, region);
}

static bool read_all(StacksUnit *stacks, GHashTable *by_name, GError **error)
{
    AwsClient *client = session_client(stacks->options->session, stacks->account, stacks->region);
    g_autofree char *token = NULL;

    do {
        g_autoptr(GPtrArray) page = NULL;

        if (!cloud_formation_describe_stacks(client, &token, &page, error))
            return false;
        g_ptr_array_set_free_func(page, NULL);
        for (guint i = 0; i < page->len; i++) {
            CloudFormationStack *stack = g_ptr_array_index(page, i);

            g_hash_table_replace(by_name, stack->name, stack);
        }
    } while (token);
    return true;
}

static void tell_trouble(StacksUnit *stacks, const GError *trouble)
{
    g_autofree char *lasting = trouble ? aws_error_lasting_text(trouble) : NULL;

    if (!log_is_news(&stacks->trouble, lasting))
        return;
    if (trouble)
        log_event(stacks->options->log, LOG_WARNING, stacks->region, "stacks could not be listed",
                  "why", trouble->message, "hint", aws_error_hint(trouble), NULL);
    else
        log_event(stacks->options->log, LOG_INFO, stacks->region, "stacks are listed again", NULL);
}

static int64_t stacks_unit_work(void *data)
{
    StacksUnit *stacks = data;
    g_autoptr(GHashTable) by_name = g_hash_table_new_full(
        g_str_hash, g_str_equal, NULL, (GDestroyNotify)cloud_formation_stack_free);
    g_autoptr(GError) error = NULL;

    if (!loop_has_stacks(stacks->loop, stacks->account, stacks->region))
        return stacks->options->once ? QUEUE_REST : queue_now() + LOOK_EVERY_MS;
    if (read_all(stacks, by_name, &error)) {
        loop_compare_stacks(stacks->loop, stacks->account, stacks->region, by_name);
    } else {
        loop_note_blindness(stacks->loop);
    }
    tell_trouble(stacks, error);
    return stacks->options->once ? QUEUE_REST : queue_now() + LOOK_EVERY_MS;
}
