/* What may be in the fields of states. */
#include "reconcile/compile/plugins/step_functions/language.h"

#include "reconcile/compile/javascript.h"
#include <math.h>
#include <string.h>

void language_anything(LanguageCheck *check, json_t *value)
{
    (void)check, (void)value;
}

void language_text(LanguageCheck *check, json_t *value)
{
    language_expect(check, json_is_string(value), "a text");
}

void language_true(LanguageCheck *check, json_t *value)
{
    language_expect(check, json_is_true(value), "true, or not there");
}

static bool is_number(json_t *value, double least, double most)
{
    const double number = json_number_value(value);

    return json_is_number(value) && number >= least && number <= most;
}

static bool is_whole(json_t *value, double least, double most)
{
    const double number = json_number_value(value);

    return is_number(value, least, most) && floor(number) == number;
}

static void expect_number(LanguageCheck *check, json_t *value, bool good, const char *what)
{
    if (check->jsonata && json_is_string(value)) {
        language_expect(check, language_is_jsonata(value), "a number or a text '{% … %}'");
        return;
    }
    language_expect(check, good, what);
}

void language_count(LanguageCheck *check, json_t *value)
{
    expect_number(check, value, is_whole(value, 0, HUGE_VAL), "a whole number from 0");
}

void language_positive(LanguageCheck *check, json_t *value)
{
    expect_number(check, value, is_whole(value, 1, HUGE_VAL), "a whole number from 1");
}

void language_number(LanguageCheck *check, json_t *value)
{
    expect_number(check, value, is_number(value, 0, HUGE_VAL), "a number from 0");
}

void language_percentage(LanguageCheck *check, json_t *value)
{
    expect_number(check, value, is_whole(value, 0, 100), "a whole number from 0 to 100");
}

void language_bytes(LanguageCheck *check, json_t *value)
{
    expect_number(check, value, is_whole(value, 0, 262144), "a whole number from 0 to 262144");
}

void language_timestamp(LanguageCheck *check, json_t *value)
{
    const char *text = json_string_value(value);

    language_expect(
        check, text && (language_is_time(text) || (check->jsonata && language_is_jsonata(value))),
        "a time like 2026-01-31T12:00:00Z");
}

void language_items(LanguageCheck *check, json_t *value)
{
    language_expect(check, json_is_array(value) || language_is_jsonata(value),
                    "a list or a text '{% … %}'");
}

void language_failure_text(LanguageCheck *check, json_t *value)
{
    if (check->jsonata)
        language_expect(check, language_is_plain(value) || language_is_jsonata(value),
                        "a text of one line, or '{% … %}'");
    else
        language_text(check, value);
}

static void expect_path(LanguageCheck *check, json_t *value, PathKind kind, const char *what)
{
    const char *text = json_string_value(value);

    language_expect(check, json_is_null(value) || (text && language_is_path(text, kind)), what);
}

void language_path(LanguageCheck *check, json_t *value)
{
    expect_path(check, value, PATH_ANY, "a path like $.orders, or null");
}

void language_reference_path(LanguageCheck *check, json_t *value)
{
    expect_path(check, value, PATH_OF_REFERENCE, "a path to one value, like $.orders[0]");
}

void language_result_path(LanguageCheck *check, json_t *value)
{
    expect_path(check, value, PATH_OF_RESULT, "a path to one value, like $.result, or null");
}

/* Templates of JSONPath: members whose names end in ".$" are paths, or functions. */

static bool is_computed(const char *key)
{
    return strlen(key) > 2 && g_str_has_suffix(key, ".$");
}

/* asl-validator looks at members whose names have three characters and more, the last but one
 * being no dot. */
static bool is_looked_at(const char *key)
{
    const glong length = g_utf8_strlen(key, -1);

    return length >= 3 && *g_utf8_offset_to_pointer(key, length - 2) != '.';
}

static bool goes_deeper(LanguageCheck *check)
{
    if (check->depth++ < LANGUAGE_DEPTH_MAX)
        return true;
    language_complain(check, "keep it flatter", "is nested too deep");
    return false;
}

static void template_object(LanguageCheck *check, json_t *object);

static void template_list(LanguageCheck *check, json_t *list)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        gsize mark = language_enter_item(check, i);

        language_template(check, item);
        language_leave(check, mark);
    }
}

static void template_member(LanguageCheck *check, const char *key, json_t *value)
{
    const char *text = json_string_value(value);

    if (!language_is_line(key))
        return;
    if (is_computed(key))
        language_expect(check,
                        json_is_null(value) || (text && language_is_path(text, PATH_IN_TEMPLATE)),
                        "a path like $.orders, or a function like States.UUID()");
    else if (!is_looked_at(key))
        return;
    else if (json_is_array(value))
        template_list(check, value);
    else if (json_is_object(value))
        template_object(check, value);
}

static void template_object(LanguageCheck *check, json_t *object)
{
    const char *key;
    json_t *value;

    if (goes_deeper(check)) {
        json_object_foreach(object, key, value)
        {
            gsize mark = language_enter(check, key);

            template_member(check, key, value);
            language_leave(check, mark);
        }
    }
    check->depth--;
}

void language_template(LanguageCheck *check, json_t *value)
{
    if (goes_deeper(check)) {
        if (json_is_object(value))
            template_object(check, value);
        else if (json_is_array(value))
            template_list(check, value);
        else
            language_expect(
                check, json_is_boolean(value) || json_is_number(value) || language_is_plain(value),
                "a map, a list, a number, true, false or a text of one line");
    }
    check->depth--;
}

/* Templates of JSONata: any text may be "{% … %}". */

static void jsonata_object(LanguageCheck *check, json_t *object);

static void jsonata_value(LanguageCheck *check, json_t *value);

static void jsonata_member(LanguageCheck *check, json_t *value)
{
    json_t *item;
    size_t i;

    if (!json_is_array(value)) {
        jsonata_value(check, value);
        return;
    }
    json_array_foreach(value, i, item)
    {
        gsize mark = language_enter_item(check, i);

        jsonata_value(check, item);
        language_leave(check, mark);
    }
}

static void jsonata_object(LanguageCheck *check, json_t *object)
{
    const char *key;
    json_t *value;

    if (!language_expect(check, json_is_object(object), "a map"))
        return;
    if (goes_deeper(check)) {
        json_object_foreach(object, key, value)
        {
            gsize mark = language_enter(check, key);

            if (language_is_line(key))
                jsonata_member(check, value);
            language_leave(check, mark);
        }
    }
    check->depth--;
}

/* A list that is no member holds maps alone. */
static void jsonata_value(LanguageCheck *check, json_t *value)
{
    json_t *item;
    size_t i;

    if (json_is_object(value)) {
        jsonata_object(check, value);
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, item)
        {
            gsize mark = language_enter_item(check, i);

            jsonata_object(check, item);
            language_leave(check, mark);
        }
    } else if (json_is_string(value)) {
        language_expect(check, language_is_plain(value) || language_is_jsonata(value),
                        "a text of one line, or '{% … %}'");
    }
}

void language_output(LanguageCheck *check, json_t *value)
{
    if (json_is_object(value))
        jsonata_object(check, value);
    else
        language_expect(check, language_is_jsonata(value), "a map or a text '{% … %}'");
}

void language_assign(LanguageCheck *check, json_t *value)
{
    if (check->jsonata)
        jsonata_object(check, value);
    else
        language_template(check, value);
}

void language_item_selector(LanguageCheck *check, json_t *value)
{
    if (check->jsonata)
        jsonata_value(check, value);
    else
        language_template(check, value);
}

void language_batch_input(LanguageCheck *check, json_t *value)
{
    if (!check->jsonata)
        language_template(check, value);
    else if (language_expect(check, !language_is_jsonata(value), "a map: no text '{% … %}'"))
        jsonata_value(check, value);
}

void language_credentials(LanguageCheck *check, json_t *value)
{
    if (!check->jsonata)
        language_template(check, value);
}

/* "${Function}", which CloudFormation puts in */
static bool is_placeholder(const char *text)
{
    return g_str_has_prefix(text, "${") && strlen(text) > strlen("${}") &&
           strchr(text, '}') == text + strlen(text) - 1;
}

void language_resource(LanguageCheck *check, json_t *value)
{
    const char *text = json_string_value(value), *key;
    json_t *member;

    if (!json_is_object(value)) {
        language_expect(check, text && (language_is_arn(text) || is_placeholder(text)),
                        "an ARN, '${…}', or a function of CloudFormation");
        return;
    }
    json_object_foreach(value, key, member)
    {
        gsize mark = language_enter(check, key);

        if (strcmp(key, "Ref") == 0)
            language_text(check, member);
        else if (g_str_has_prefix(key, "Fn::"))
            language_expect(
                check, json_is_object(member) || json_is_string(member) || json_is_array(member),
                "a map, a text or a list");
        language_leave(check, mark);
    }
}
