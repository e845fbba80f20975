#include "controller/cli/steps.h"

#include <glib/gstdio.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Nothing to keep: a verb that is interrupted is run again, and finds the change set by its name.
 */
static bool save_nowhere(const Record *record, void *data, GError **error)
{
    (void)record, (void)data, (void)error;
    return true;
}

static void tell(Steps *steps, const char *text)
{
    if (!text || !g_strcmp0(text, steps->last))
        return;
    fprintf(stderr, "  %s\n", text);
    g_free(steps->last);
    steps->last = g_strdup(text);
}

/* Everything else is in the step's own words (steps_run), or how it ended, which the verb tells. */
static void report(const ApplyEvent *event, void *data)
{
    g_autofree char *line = NULL;

    if (strcmp(event->what, "stage set") != 0)
        return;
    line = g_strdup_printf("stage set: %s", event->detail);
    tell(data, line);
}

static SourceTree *tree_of_folder(void *data, GError **error)
{
    (void)error;
    return ((Steps *)data)->stack->folder.tree;
}

static void report_upload(const ArtifactItem *item, void *data)
{
    g_autofree char *size = g_format_size(item->done.size_bytes);
    g_autofree char *line =
        g_strdup_printf("uploaded %s, %s%s", item->spec->name, size,
                        item->done.replaced ? " (what lay there was not what was recorded)" : "");

    tell(data, line);
}

bool steps_init(Steps *steps, FolderStack *stack, Intent intent, bool approved, GError **error)
{
    steps->stack = stack;
    steps->record = record_new(stack->desired->stack_name);
    steps->spool = g_dir_make_tmp("driftless-XXXXXX", error);
    steps->context = (ApplyContext){
        .client = stack->client,
        .approve = APPROVE_REPLACEMENTS,
        .approved_digest = approved ? stack->desired->digest : NULL,
        .owner = service_name(stack->build->service),
        .secrets = service_secrets(stack->build->service),
        .save = save_nowhere,
        .report = report,
        .data = steps,
    };
    steps->delivery = (Delivery){
        .context = &steps->context,
        .build = stack->build,
        .desired = stack->desired,
        .record = steps->record,
        .intent = intent,
        .spool_folder = steps->spool,
        .cache = stack->folder.cache,
        .tree = tree_of_folder,
        .source = {.path = stack->folder.path},
        .uploaded = report_upload,
    };
    return steps->spool != NULL;
}

void steps_clear(Steps *steps)
{
    delivery_clear(&steps->delivery);
    record_free(steps->record);
    if (steps->spool)
        g_rmdir(steps->spool);
    g_free(steps->spool);
    g_free(steps->last);
    *steps = (Steps){0};
}

/* What a handler may touch. */
static volatile sig_atomic_t interrupted;

static void interrupt(int signal_number)
{
    static const char text[] = "\nstopping after this step; once more stops at once\n";

    (void)signal_number;
    interrupted = 1;
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
        return; /* nobody reads it */
}

/* The first signal ends between two steps, so that temporary files go; the second as always. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool steps_run(Steps *steps, StepResult *ret, GError **error)
{
    catch_interrupts();
    while (!interrupted) {
        steps->context.now_ms = g_get_real_time() / 1000;
        if (!delivery_step(&steps->delivery, ret, error))
            return false;
        if (ret->outcome != STEP_AGAIN)
            return true;
        tell(steps, ret->what);
        poll(NULL, 0, (int)MIN(ret->again_ms, (unsigned)INT_MAX)); /* a signal ends it */
    }
    g_set_error(
        error, G_FILE_ERROR, G_FILE_ERROR_INTR,
        "interrupted: what AWS was asked for goes on there; the same command again takes up "
        "from what it finds");
    return false;
}
