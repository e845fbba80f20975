/* reconcile/compile/variables/literal.h
 *
 * What JavaScript makes of a text where a literal is expected: true, false, null and numbers as
 * Number (text) reads them (0x1f, 0b1, 0o7, 1e3, .5 and 1. are numbers, "1_000" and "10s" are not).
 * Pure. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A new reference, or NULL for what is none of these. */
json_t *literal_parse(const char *text, size_t length);

/* Reads a finite number; false for anything else, the empty text included. */
bool literal_number(const char *text, size_t length, double *ret);

/* An integer where the number is one that JavaScript prints without exponent, a real otherwise. A
 * new reference. */
json_t *literal_number_json(double number);
