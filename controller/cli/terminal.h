/* controller/cli/terminal.h
 *
 * Colour and progress only on a terminal; NO_COLOR (no-color.org) kept. */
#pragma once
#include "controller/cli/arguments.h"
#include <stdbool.h>
#include <stdio.h>

bool terminal_has_colour(FILE *stream);

/* Whether a person agrees to what cannot be taken back: by --yes, or by typing `name` when asked.
 * Where nobody can be asked, says what --yes would. `wants`: "delete stack orders-dev". */
bool terminal_agrees(const Arguments *arguments, const char *verb, const char *wants,
                     const char *name);
