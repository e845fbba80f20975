#include "controller/log/log.h"

#include "config/json_text.h"

#include <glib.h>
#include <jansson.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct Log {
    bool json, colour;
    pthread_mutex_t lock;
};

static const char *const level_names[] = {"debug", "info", "warning", "error"};
static const char *const level_colours[] = {"\033[2m", "", "\033[33m", "\033[31m"};

Log *log_new(bool json)
{
    Log *log = g_new0(Log, 1);
    const char *no_color = g_getenv("NO_COLOR");

    log->json = json;
    log->colour = !json && isatty(STDERR_FILENO) && !(no_color && *no_color);
    pthread_mutex_init(&log->lock, NULL);
    return log;
}

void log_free(Log *log)
{
    if (!log)
        return;
    pthread_mutex_destroy(&log->lock);
    g_free(log);
}

/* Paths and names in git and answers need not be UTF-8, which JSON is. */
static void set_text(json_t *object, const char *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    json_object_set_new(object, name, json_string(valid));
}

static void append_json(GString *line, LogLevel level, const char *subject, const char *message,
                        va_list fields)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *time = g_date_time_format(now, "%Y-%m-%dT%H:%M:%S.%fZ");
    json_t *object = json_pack("{s:s, s:s}", "time", time, "level", level_names[level]);
    const char *name;

    if (subject)
        set_text(object, "subject", subject);
    set_text(object, "message", message);
    while ((name = va_arg(fields, const char *))) {
        const char *text = va_arg(fields, const char *);

        if (text)
            set_text(object, name, text);
    }
    json_text_append(line, object, JSON_TEXT_COMPACT);
    json_decref(object);
}

/* Nothing that a commit message or an answer holds may move a terminal's cursor or start a line of
 * its own. */
static void append_printable(GString *line, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
        if (*c == '\n')
            g_string_append(line, "\n    ");
        else if (!g_unichar_iscntrl(g_utf8_get_char(c)))
            g_string_append_len(line, c, g_utf8_next_char(c) - c);
    }
}

static void append_text(GString *line, const Log *log, LogLevel level, const char *subject,
                        const char *message, va_list fields)
{
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *time = g_date_time_format(now, "%H:%M:%S");
    const char *name;

    g_string_append_printf(line, "%s ", time);
    if (log->colour)
        g_string_append(line, level_colours[level]);
    if (level >= LOG_WARNING)
        g_string_append_printf(line, "%s: ", level_names[level]);
    if (subject) {
        append_printable(line, subject);
        g_string_append(line, ": ");
    }
    append_printable(line, message);
    while ((name = va_arg(fields, const char *))) {
        const char *text = va_arg(fields, const char *);

        if (text) {
            g_string_append_printf(line, strchr(text, '\n') ? "\n  %s:\n    " : "  %s=", name);
            append_printable(line, text);
        }
    }
    if (log->colour)
        g_string_append(line, "\033[0m");
}

void log_event(Log *log, LogLevel level, const char *subject, const char *message, ...)
{
    g_autoptr(GString) line = g_string_new(NULL);
    va_list fields;

    va_start(fields, message);
    if (log->json)
        append_json(line, level, subject, message, fields);
    else
        append_text(line, log, level, subject, message, fields);
    va_end(fields);
    g_string_append_c(line, '\n');
    pthread_mutex_lock(&log->lock);
    fwrite(line->str, 1, line->len, stderr);
    pthread_mutex_unlock(&log->lock);
}

bool log_is_news(char **told, const char *trouble)
{
    if (g_strcmp0(*told, trouble) == 0)
        return false;
    g_free(*told);
    *told = g_strdup(trouble);
    return true;
}
