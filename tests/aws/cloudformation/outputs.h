/* tests/aws/cloudformation/outputs.h
 *
 * A stack's outputs and exports. What another stack imports can neither change nor go. */
#pragma once
#include "tests/aws/cloudformation/stack.h"

/* Sets outputs and exports by the deployed template. False with the reason a stack fails for. */
G_GNUC_WARN_UNUSED_RESULT
bool outputs_evaluate(Stack *stack, GError **error);

/* Puts earlier outputs and their exports back. */
void outputs_restore(Stack *stack, json_t *outputs);

/* Takes back all exports, and the stack's own imports. */
void outputs_withdraw(Stack *stack);

/* Drops records of resources that the template no longer has, and notes anew which exports are
 * used. */
void outputs_forget_removed(Stack *stack);

/* An export of the stack that another stack uses, with the name of that stack; NULL when there is
 * none. Borrowed. */
const Export *outputs_in_use(const Stack *stack, const char **ret_importer);

/* Logical ids that are active in the deployed template; keys borrowed from it. (transfer container)
 */
GHashTable *outputs_active_resources(Stack *stack);
