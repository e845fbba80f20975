/* config/number.h
 *
 * Numbers as JavaScript has them, for both readers: what has no fraction is an integer however it
 * was written (1.0, 1e3), what int64 cannot hold is a double. */
#pragma once
#include <jansson.h>

/* Reads digits with an optional sign, fraction and exponent (the caller has checked the syntax). A
 * new reference, or NULL for what no double can hold. */
json_t *number_read(const char *decimal);

/* A finite double as a number; a new reference. */
json_t *number_from_double(double value);
