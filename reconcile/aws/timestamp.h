/* reconcile/aws/timestamp.h
 *
 * Times as AWS writes them. Pure, thread-safe. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* "2015-08-30T12:36:00.123Z" (fraction and offset optional; "+00:00" too) in Unix milliseconds; 0
 * for NULL and for what is no time. */
int64_t timestamp_parse(const char *text);

/* "20150830T123600Z" */
#define TIMESTAMP_BASIC_SIZE 17
void timestamp_format_basic(int64_t time_ms, char text[TIMESTAMP_BASIC_SIZE]);
