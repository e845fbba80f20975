/* Retry, Catch and the rules of Choice states. */
#include "reconcile/compile/plugins/step_functions/language.h"

#include <string.h>

static void check_member(LanguageCheck *check, json_t *object, const char *key, LanguageValue value)
{
    json_t *member = json_object_get(object, key);
    gsize mark;

    if (!member)
        return;
    mark = language_enter(check, key);
    value(check, member);
    language_leave(check, mark);
}

static bool require_member(LanguageCheck *check, json_t *object, const char *key)
{
    if (json_object_get(object, key))
        return true;
    language_complain(check, NULL, "%s is missing", key);
    return false;
}

/* Each item of a list that is a map. */
static void check_items(LanguageCheck *check, json_t *list, bool one_at_least, LanguageValue item)
{
    json_t *value;
    size_t i;

    if (!language_expect(check, json_is_array(list), "a list") ||
        !language_expect(check, !one_at_least || json_array_size(list) > 0,
                         "a list with one item at least"))
        return;
    json_array_foreach(list, i, value)
    {
        gsize mark = language_enter_item(check, i);

        if (language_expect(check, json_is_object(value), "a map"))
            item(check, value);
        language_leave(check, mark);
    }
}

static void error_names(LanguageCheck *check, json_t *value)
{
    json_t *item;
    size_t i;

    if (!language_expect(check, json_is_array(value), "a list of error names"))
        return;
    json_array_foreach(value, i, item)
    {
        gsize mark = language_enter_item(check, i);

        language_text(check, item);
        language_leave(check, mark);
    }
}

static void plain_number(LanguageCheck *check, json_t *value)
{
    language_expect(check, json_is_number(value) && json_number_value(value) >= 0,
                    "a number from 0");
}

static void retrier(LanguageCheck *check, json_t *value)
{
    require_member(check, value, "ErrorEquals");
    check_member(check, value, "ErrorEquals", error_names);
    check_member(check, value, "IntervalSeconds", plain_number);
    check_member(check, value, "MaxAttempts", plain_number);
    check_member(check, value, "BackoffRate", plain_number);
}

static void catcher(LanguageCheck *check, json_t *value)
{
    require_member(check, value, "ErrorEquals");
    require_member(check, value, "Next");
    check_member(check, value, "ErrorEquals", error_names);
    check_member(check, value, "Next", language_text);
}

void language_retry(LanguageCheck *check, json_t *value)
{
    check_items(check, value, false, retrier);
}

void language_catch(LanguageCheck *check, json_t *value)
{
    check_items(check, value, false, catcher);
}

/* The tests of a rule: "StringEquals" with a text, "StringEqualsPath" with a path. */
typedef enum { TEST_BOOLEAN, TEST_NUMBER, TEST_TEXT } TestKind;

// clang-format off
static const struct {
    const char *name;
    TestKind kind;
    bool has_path;
} tests[] = {
    {"IsNull",                  TEST_BOOLEAN, false}, {"IsPresent",              TEST_BOOLEAN, false},
    {"IsBoolean",               TEST_BOOLEAN, false}, {"IsNumeric",              TEST_BOOLEAN, false},
    {"IsString",                TEST_BOOLEAN, false}, {"IsTimestamp",            TEST_BOOLEAN, false},
    {"BooleanEquals",           TEST_BOOLEAN, true},  {"StringMatches",          TEST_TEXT,    false},
    {"NumericEquals",           TEST_NUMBER,  true},  {"NumericGreaterThan",     TEST_NUMBER,  true},
    {"NumericGreaterThanEquals", TEST_NUMBER, true},  {"NumericLessThan",        TEST_NUMBER,  true},
    {"NumericLessThanEquals",   TEST_NUMBER,  true},  {"StringEquals",           TEST_TEXT,    true},
    {"StringGreaterThan",       TEST_TEXT,    true},  {"StringGreaterThanEquals", TEST_TEXT,   true},
    {"StringLessThan",          TEST_TEXT,    true},  {"StringLessThanEquals",   TEST_TEXT,    true},
    {"TimestampEquals",         TEST_TEXT,    true},  {"TimestampGreaterThan",   TEST_TEXT,    true},
    {"TimestampGreaterThanEquals", TEST_TEXT, true},  {"TimestampLessThan",      TEST_TEXT,    true},
    {"TimestampLessThanEquals", TEST_TEXT,    true},
};
// clang-format on

static bool is_of_kind(json_t *value, TestKind kind)
{
    return kind == TEST_BOOLEAN  ? json_is_boolean(value)
           : kind == TEST_NUMBER ? json_is_number(value)
                                 : json_is_string(value);
}

static bool is_reference(json_t *value)
{
    const char *text = json_string_value(value);

    return json_is_null(value) || (text && language_is_path(text, PATH_OF_REFERENCE));
}

/* How many tests of a rule are good; `ret_wrong` the first that is not, or NULL. */
static unsigned good_tests(json_t *rule, const char **ret_wrong)
{
    unsigned good = 0;
    const char *key;
    json_t *value;

    *ret_wrong = NULL;
    json_object_foreach(rule, key, value)
    {
        for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
            const size_t length = strlen(tests[i].name);
            bool fits;

            if (strncmp(key, tests[i].name, length) != 0 ||
                (key[length] && (!tests[i].has_path || strcmp(key + length, "Path") != 0)))
                continue;
            fits = key[length] ? is_reference(value) : is_of_kind(value, tests[i].kind);
            good += fits;
            if (!fits && !*ret_wrong)
                *ret_wrong = key;
        }
    }
    return good;
}

static void check_test(LanguageCheck *check, json_t *rule)
{
    const char *wrong;
    const unsigned good = good_tests(rule, &wrong);
    gsize mark;

    check_member(check, rule, "Variable", language_reference_path);
    if (good == 1)
        return;
    if (good == 0 && wrong) {
        mark = language_enter(check, wrong);
        language_complain(check, NULL, "%s has a value of another kind than it compares", wrong);
        language_leave(check, mark);
        return;
    }
    language_complain(check, "give it one test like StringEquals, IsPresent or NumericLessThan",
                      good ? "a rule has more than one test" : "a rule has no test");
}

static void check_rule(LanguageCheck *check, json_t *rule);

static void nested_rule(LanguageCheck *check, json_t *value)
{
    if (!language_expect(check, json_is_object(value), "a map"))
        return;
    if (check->depth++ < LANGUAGE_DEPTH_MAX)
        check_rule(check, value);
    else
        language_complain(check, "keep it flatter", "rules are nested too deep");
    check->depth--;
}

static void nested_rules(LanguageCheck *check, json_t *value)
{
    check_items(check, value, true, nested_rule);
}

static const struct {
    const char *name;
    LanguageValue rules;
} joins[] = {{"And", nested_rules}, {"Or", nested_rules}, {"Not", nested_rule}};

/* How many of And, Or and Not are there; `good`: and would be right alone. */
static unsigned count_joins(LanguageCheck *check, json_t *rule, bool good)
{
    unsigned count = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(joins); i++) {
        unsigned wrong = 0;
        LanguageCheck silent = *check;

        if (!json_object_get(rule, joins[i].name))
            continue;
        silent.silent = &wrong;
        if (good)
            check_member(&silent, rule, joins[i].name, joins[i].rules);
        count += wrong == 0;
    }
    return count;
}

/* Variable with a test, or one of And, Or, Not. What is wrong beside one that is right is passed
 * over, as asl-validator does; not so below what is looked at for that, which would cost a power of
 * its depth. */
static void check_rule(LanguageCheck *check, json_t *rule)
{
    const bool variable = json_object_get(rule, "Variable") != NULL;
    const unsigned parts = count_joins(check, rule, false) + variable;
    const char *wrong;

    if (parts > 1 && !check->silent &&
        count_joins(check, rule, true) + (variable && good_tests(rule, &wrong) == 1) == 1)
        return;
    if (parts != 1) {
        language_complain(check, NULL,
                          parts ? "a rule has more than one of Variable, And, Or, Not"
                                : "a rule has none of Variable, And, Or, Not");
        return;
    }
    if (variable)
        check_test(check, rule);
    for (size_t i = 0; i < G_N_ELEMENTS(joins); i++)
        check_member(check, rule, joins[i].name, joins[i].rules);
}

static void condition(LanguageCheck *check, json_t *value)
{
    language_expect(check, language_is_jsonata(value), "a text '{% … %}'");
}

static void choice(LanguageCheck *check, json_t *value)
{
    require_member(check, value, "Next");
    check_member(check, value, "Next", language_text);
    check_member(check, value, "Assign", language_assign);
    if (!check->jsonata)
        check_rule(check, value);
    else if (require_member(check, value, "Condition"))
        check_member(check, value, "Condition", condition);
}

void language_choices(LanguageCheck *check, json_t *value)
{
    check_items(check, value, true, choice);
}
