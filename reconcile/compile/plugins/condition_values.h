/* reconcile/compile/plugins/condition_values.h
 *
 * Inside this folder only: what JavaScript's operators and methods make of values, as far as
 * conditions (condition.h) need them. NULL is undefined; results are new references. Pure. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

/* Number (value): NaN for what is none. */
double condition_to_number(const json_t *value);

/* A number as a value; NaN, which JSON does not know, becomes undefined (both are falsy and equal
 * to no number). */
json_t *condition_number(double number);

/* `left operator right` for === !== == != <= >= < > + - * / %. */
json_t *condition_operate(const char *operator, const json_t * left, const json_t *right);

/* value.name, or value.name (arguments); false where that is not known. */
bool condition_member(const json_t *value, const char *name, const json_t *arguments, json_t **ret);
