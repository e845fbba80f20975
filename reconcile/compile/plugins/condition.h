/* reconcile/compile/plugins/condition.h
 *
 * Conditions that plugins hand to JavaScript's eval, `"prod" === "prod" && [1, 2].includes (2)`,
 * without running anything: literals, lists, process.env.NAME, the operators ! - + * / % < <= > >=
 * == != === !== && || ?? ?: and parentheses, and of texts and lists length, includes, indexOf,
 * startsWith, endsWith, toLowerCase, toUpperCase, trim. They mean what they mean in JavaScript.
 *
 * Pure, thread-safe. Ceilings: 4 KiB of text, 64 levels. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum {
    CONDITION_HOLDS,
    CONDITION_FAILS,
    CONDITION_RAISES, /* eval would throw: a name that nothing defines (a text without quotes) */
    CONDITION_UNSUPPORTED, /* JavaScript, but more than is understood here; or no JavaScript at all
                            */
} ConditionResult;

/* `env` (char* → char*, may be NULL) is process.env. On the last two *ret_why is (transfer full)
 * what is the matter; untouched otherwise. */
ConditionResult condition_evaluate(const char *text, GHashTable *env, char **ret_why);
