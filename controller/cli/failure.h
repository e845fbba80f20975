/* controller/cli/failure.h
 *
 * Why a verb failed, told once: as text on standard error, or with --json as the list of
 * problems_to_json on standard output, the only document there. */
#pragma once
#include "config/problem.h"
#include "controller/cli/verb.h"

/* Text on standard error, JSON where it was asked for and the verb failed. */
void failure_print(const Problems *problems, const Arguments *arguments, bool failed);

/* "driftless VERB: MESSAGE" with `hint` below; verb and hint may be NULL. */
void failure_tell(const Arguments *arguments, const char *verb, const char *hint,
                  const char *format, ...) G_GNUC_PRINTF(4, 5);

/* What to do about an error, where that is known, or NULL. */
const char *failure_hint(const GError *error);

/* failure_tell of an error; EXIT_FAILED. */
ExitStatus verb_fail(const Arguments *arguments, const char *verb, const GError *error);
