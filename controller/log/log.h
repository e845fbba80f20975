/* controller/log/log.h
 *
 * The controller's log, on standard error: once for an event, a sentence and what it is about. Text
 * for people ("12:04:31 orders: deployed a1b2c3d in 4.2 s"), or one JSON object a line. Only
 * controller/ logs.
 *
 * Thread-safe: a line is written whole. */
#pragma once
#include <stdbool.h>

typedef enum { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR } LogLevel;

typedef struct Log Log;

Log *log_new(bool json);
void log_free(Log *log);

/* `subject`: the service or repository, or NULL. After `message` come pairs of field name and text,
 * then NULL: a field whose text is NULL is left out. */
void log_event(Log *log, LogLevel level, const char *subject, const char *message, ...)
    __attribute__((sentinel));

/* Whether `trouble` (NULL: all is well) is another than *told, which becomes a copy of it: what
 * stays as it is is told once. *told starts as NULL; it is the caller's. */
bool log_is_news(char **told, const char *trouble);
