/* reconcile/aws/percent_encoding.h
 *
 * Percent-encoding as SigV4 wants it: all but A-Z a-z 0-9 - . _ ~ as %XX in upper case. Pure,
 * thread-safe. */
#pragma once
#include <glib.h>

/* Appends `text` encoded; `keep` holds further characters that stay ("/" in paths), or is NULL. */
void percent_encode(GString *to, const char *text, const char *keep);

/* (transfer full) `text` is NUL-terminated; a % that is followed by no hex digits stays. */
char *percent_decode(const char *text, gssize length);
