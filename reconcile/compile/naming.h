/* reconcile/compile/naming.h
 *
 * How the framework makes logical ids from what people wrote (osls 4.3.1,
 * lib/plugins/aws/lib/naming.js). All results are (transfer full). Pure. */
#pragma once
#include <glib.h>

/* N(name): first letter upper-case, "-" → "Dash", "_" → "Underscore". */
char *naming_normalize(const char *name);

/* A(x): without all that is not alphanumeric, first letter upper-case. */
char *naming_alphanumeric(const char *text);

/* P(path): for every segment: lower-case, "-" → "Dash", "{x}" → "xVar", the rest dropped, first
 * letter upper-case; joined. */
char *naming_path(const char *path);
