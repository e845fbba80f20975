/* reconcile/compile/variables/dotenv.h
 *
 * The grammar of .env files (as the package dotenv 16 and 17 read it), without the meaning of `$`
 * in values, which differs between readers. Pure. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Reads the next NAME=value of *text, whose lines end with \n, and moves behind its line; false at
 * the end. Both results are (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
bool dotenv_next(const char **text, char **ret_name, char **ret_value);

/* The bytes of a file as such a text. (transfer full) */
char *dotenv_text(const char *data, size_t size);
