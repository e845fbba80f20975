#include "controller/log/log.h"

#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "tests/reconcile/source/temporary_folder.h"

static char *folder, *file;
static int real_stderr;

/* The log writes to standard error: for the time of a test that is a file. */
static void catch_stderr(void)
{
    folder = temporary_folder_make();
    file = g_build_filename(folder, "log", NULL);
    real_stderr = dup(STDERR_FILENO);
    cr_assert(real_stderr >= 0);
    cr_assert_not_null(freopen(file, "w", stderr));
}

static char *caught(void)
{
    char *text = NULL;

    fflush(stderr);
    cr_assert(dup2(real_stderr, STDERR_FILENO) >= 0);
    cr_assert(g_file_get_contents(file, &text, NULL, NULL));
    return text;
}

static void remove_folder(void)
{
    temporary_folder_remove(folder);
    close(real_stderr);
    g_free(folder);
    g_free(file);
}

TestSuite(log, .init = catch_stderr, .fini = remove_folder);

/* "12:04:31 " and the rest. */
static const char *after_time(const char *line)
{
    cr_assert(strlen(line) > 9 && line[2] == ':' && line[5] == ':' && line[8] == ' ', "%s", line);
    return line + 9;
}

Test(log, a_line_for_people_tells_subject_message_and_fields)
{
    Log *log = log_new(false);
    g_autofree char *text = NULL;

    log_event(log, LOG_INFO, "orders", "deployed", "revision", "a1b2c3d", "left out", (char *)NULL,
              "took", "4.2 s", NULL);
    log_free(log);
    text = caught();
    cr_expect_str_eq(after_time(text), "orders: deployed  revision=a1b2c3d  took=4.2 s\n");
}

Test(log, a_warning_says_that_it_is_one_and_nothing_is_coloured_in_a_file)
{
    Log *log = log_new(false);
    g_autofree char *text = NULL;

    log_event(log, LOG_WARNING, NULL, "odd", NULL);
    log_free(log);
    text = caught();
    cr_expect_str_eq(after_time(text), "warning: odd\n");
}

Test(log, lines_of_a_field_are_indented_and_none_starts_an_event_of_its_own)
{
    Log *log = log_new(false);
    g_autofree char *text = NULL;

    log_event(log, LOG_ERROR, "orders", "failed", "why", "first\n12:00:00 forged: line", NULL);
    log_free(log);
    text = caught();
    cr_expect_str_eq(after_time(text),
                     "error: orders: failed\n  why:\n    first\n    12:00:00 forged: line\n");
}

Test(log, nothing_in_a_message_moves_a_terminals_cursor)
{
    Log *log = log_new(false);
    g_autofree char *text = NULL;

    log_event(log, LOG_INFO, "or\033ders",
              "a\033[2Jb\rc\x7f\xc2\x9b"
              "d",
              "field", "\033]0;title\a", NULL);
    log_free(log);
    text = caught();
    cr_expect_str_eq(after_time(text), "orders: a[2Jbcd  field=]0;title\n");
}

Test(log, as_json_an_event_is_one_object_a_line)
{
    Log *log = log_new(true);
    g_autofree char *text = NULL;
    const char *end;
    json_t *event;

    log_event(log, LOG_WARNING, "orders", "two\nlines", "why", "“so”\033", "left out", (char *)NULL,
              NULL);
    log_free(log);
    text = caught();
    end = strchr(text, '\n');
    cr_assert_not_null(end);
    cr_expect_str_eq(end, "\n", "one line");
    event = json_loads(text, 0, NULL);
    cr_assert_not_null(event);
    cr_expect_str_eq(json_string_value(json_object_get(event, "level")), "warning");
    cr_expect_str_eq(json_string_value(json_object_get(event, "subject")), "orders");
    cr_expect_str_eq(json_string_value(json_object_get(event, "message")), "two\nlines");
    cr_expect_str_eq(json_string_value(json_object_get(event, "why")), "“so”\033");
    cr_expect_eq(json_object_size(event), 5, "%s", text);
    json_decref(event);
}

Test(log, a_field_that_is_not_utf_8_costs_the_event_nothing)
{
    Log *log = log_new(true);
    g_autofree char *text = NULL;
    json_t *event;

    log_event(log, LOG_INFO, "orders", "deployed", "summary", "caf\xe9", "revision", "a1b2c3d",
              NULL);
    log_free(log);
    text = caught();
    event = json_loads(text, 0, NULL);
    cr_assert_not_null(event, "%s", text);
    cr_expect_str_eq(json_string_value(json_object_get(event, "message")), "deployed");
    cr_expect_str_eq(json_string_value(json_object_get(event, "revision")), "a1b2c3d");
    json_decref(event);
}

Test(log, a_message_that_is_not_utf_8_is_told_as_well_as_can_be)
{
    Log *log = log_new(true);
    g_autofree char *text = NULL;
    json_t *event;

    log_event(log, LOG_INFO, "orders\xff", "caf\xe9", NULL);
    log_free(log);
    text = caught();
    event = json_loads(text, 0, NULL);
    cr_assert_not_null(event, "%s", text);
    cr_expect_str_eq(json_string_value(json_object_get(event, "message")), "caf\xef\xbf\xbd");
    json_decref(event);
}

Test(log, trouble_is_news_once_and_again_when_it_changes_or_ends)
{
    static const struct {
        const char *trouble;
        bool news;
    } looks[] = {{NULL, false}, {"no network", true}, {"no network", false}, {"no keys", true},
                 {NULL, true},  {NULL, false},        {"no keys", true}};
    char *told = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(looks); i++)
        cr_expect_eq(log_is_news(&told, looks[i].trouble), looks[i].news, "look %zu", i);
    g_free(told);
}
