/* controller/cli/declared.h
 *
 * Verbs on a declared service: they ask the running controller, whose address is driftless.yml's
 * `listen`, over its HTTP API (controller/web/README.md). */
#pragma once
#include "controller/cli/verb.h"

ExitStatus declared_plan(const Arguments *arguments);
ExitStatus declared_info(const Arguments *arguments);
ExitStatus declared_drift(const Arguments *arguments);

/* POST /api/services/OPERAND/COMMAND; `argument` (may be NULL) goes along as {"to":…}. Prints what
 * the controller answers. */
ExitStatus declared_command(const Arguments *arguments, const char *command, const char *argument);
