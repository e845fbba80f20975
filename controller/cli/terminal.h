/* controller/cli/terminal.h
 *
 * Colour and progress only on a terminal; NO_COLOR (no-color.org) kept. */
#pragma once
#include <stdbool.h>
#include <stdio.h>

bool terminal_has_colour(FILE *stream);
