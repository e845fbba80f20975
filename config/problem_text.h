/* config/problem_text.h
 *
 * What only problem.c and problem_text.c share. */
#pragma once
#include "config/problem.h"

/* How many were added beyond the ceiling. */
size_t problems_left_out(const Problems *problems);
