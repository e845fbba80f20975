/* controller/cli/steps.h
 *
 * A verb that brings a stack somewhere while its caller waits: steps, progress on standard error,
 * no store. */
#pragma once
#include "controller/build/delivery.h"
#include "controller/cli/folder_stack.h"

typedef struct {
    FolderStack *stack;
    ApplyContext context;
    Delivery delivery;
    Record *record;
    char *spool;
    char *last; /* the last line of progress */
} Steps;

/* False where no temporary folder can be made for archives. */
G_GNUC_WARN_UNUSED_RESULT
bool steps_init(Steps *steps, FolderStack *stack, Intent intent, bool approved, GError **error);
void steps_clear(Steps *steps);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Steps, steps_clear)

/* Until the outcome is another than STEP_AGAIN. SIGINT and SIGTERM end it between two steps, with
 * an error that says how to go on. */
G_GNUC_WARN_UNUSED_RESULT
bool steps_run(Steps *steps, StepResult *ret, GError **error);
