/* A text, a number or a boolean against what AWS takes there. CloudFormation reads "512" as a
 * number and "true" as a boolean, and takes both for texts. */
#include "config/json_text.h"
#include "reconcile/compile/check/checking.h"
#include <string.h>

#define MAX_NAMED_VALUES 8

const char *kind_words(PropertyKind kind)
{
    static const char *const words[] = {
        [PROPERTY_ANY] = "anything",           [PROPERTY_STRING] = "a text",
        [PROPERTY_INTEGER] = "a whole number", [PROPERTY_NUMBER] = "a number",
        [PROPERTY_BOOLEAN] = "true or false",  [PROPERTY_ARRAY] = "a list",
        [PROPERTY_OBJECT] = "a map",
    };

    return words[kind];
}

static bool is_number_text(const char *text, bool whole)
{
    char *end = NULL;

    if (!*text || g_ascii_isspace(*text))
        return false;
    if (whole)
        g_ascii_strtoll(text, &end, 10);
    else
        g_ascii_strtod(text, &end);
    /* "30.0" is a whole number to CloudFormation, too */
    if (whole && *end == '.')
        end += 1 + strspn(end + 1, "0");
    return *end == '\0';
}

static bool is_boolean_text(const char *text)
{
    return !g_ascii_strcasecmp(text, "true") || !g_ascii_strcasecmp(text, "false");
}

/* Values that are put in later ("{{resolve:ssm:/x}}") are not known. */
static bool is_dynamic(const json_t *value)
{
    static const char start[] = "{{resolve:";

    return json_string_length(value) >= sizeof start && strstr(json_string_value(value), start);
}

static bool fits_kind(const json_t *value, PropertyKind kind)
{
    switch (kind) {
    case PROPERTY_STRING:
        return true;
    case PROPERTY_INTEGER:
        return json_is_string(value)
                   ? is_number_text(json_string_value(value), true)
                   : json_is_integer(value) ||
                         (json_is_real(value) &&
                          json_real_value(value) == (double)(json_int_t)json_real_value(value));
    case PROPERTY_NUMBER:
        return json_is_string(value) ? is_number_text(json_string_value(value), false)
                                     : json_is_number(value);
    case PROPERTY_BOOLEAN:
        return json_is_boolean(value) ||
               (json_is_string(value) && is_boolean_text(json_string_value(value)));
    case PROPERTY_ARRAY:
        return false;
    default:
        return true;
    }
}

/* A free map is also taken as the JSON of one. */
static bool is_json_for(const json_t *value, ResourceShape shape)
{
    return json_is_string(value) && !resource_shape_is_closed(shape) &&
           json_string_value(value)[strspn(json_string_value(value), " \t\r\n")] == '{';
}

static bool check_kind(Checking *checking, const Spot *at, json_t *value, ResourceShape shape)
{
    PropertyKind kind = resource_shape_kind(shape);
    g_autofree char *text = NULL, *hint = NULL;

    if (kind == PROPERTY_OBJECT ? is_json_for(value, shape) : fits_kind(value, kind))
        return true;
    if (kind == PROPERTY_OBJECT && checking->is_unpackaged && json_is_string(value))
        return true;
    if (kind == PROPERTY_ARRAY && !json_is_null(value))
        hint = g_strdup("write it as an item: - …");
    text = json_text(value, JSON_TEXT_COMPACT);
    if (strlen(text) > 40) /* a long text tells nothing */
        check_problem(checking, checking->strictness, at, false, hint, "expected %s, found %s",
                      kind_words(kind), value_kind(value));
    else
        check_problem(checking, checking->strictness, at, false, hint, "expected %s, found %s",
                      kind_words(kind), text);
    return false;
}

/* Whether the texts differ in their digits only: versions come faster than this table. */
static bool differ_in_digits(const char *a, const char *b)
{
    while (*a || *b) {
        if (g_ascii_isdigit(*a))
            a++;
        else if (g_ascii_isdigit(*b))
            b++;
        else if (*a++ != *b++)
            return false;
    }
    return true;
}

static char *list_values(ResourceShape shape)
{
    GString *list = g_string_new("one of ");
    size_t count = resource_shape_enum_count(shape);

    for (size_t i = 0; i < count && i < MAX_NAMED_VALUES; i++)
        g_string_append_printf(list, "%s%s", i ? ", " : "", resource_shape_enum_at(shape, i));
    if (count > MAX_NAMED_VALUES)
        g_string_append_printf(list, " and %zu more", count - MAX_NAMED_VALUES);
    return g_string_free(list, FALSE);
}

static void report_value(Checking *checking, const Spot *at, const char *text, ResourceShape shape)
{
    size_t count = resource_shape_enum_count(shape);
    g_autofree const char **values = g_new0(const char *, count + 1);
    g_autofree char *list = list_values(shape), *hint = NULL;
    bool may_be_new = false;

    for (size_t i = 0; i < count; i++) {
        values[i] = resource_shape_enum_at(shape, i);
        may_be_new = may_be_new || differ_in_digits(text, values[i]);
    }
    hint = check_suggestion(checking, text, values, NULL);
    if (may_be_new)
        check_problem(checking, PROBLEM_WARNING, at, false, hint,
                      "%s is not among the values known to AWS: %s", text, list);
    else
        check_problem(checking, checking->strictness, at, false, hint,
                      "%s is not a value that AWS takes; expected %s", text, list);
}

static void check_enum(Checking *checking, const Spot *at, json_t *value, ResourceShape shape)
{
    size_t count = resource_shape_enum_count(shape);
    g_autofree char *made = NULL;
    const char *text = json_string_value(value);

    if (count == 0)
        return;
    if (!text)
        text = made = json_text(value, JSON_TEXT_COMPACT);
    for (size_t i = 0; i < count; i++)
        if (strcmp(text, resource_shape_enum_at(shape, i)) == 0)
            return;
    report_value(checking, at, text, shape);
}

static const char *shortening(const Checking *checking)
{
    if (checking->service->kind == SERVICE_SERVERLESS &&
        strcmp(checking->type_name, "AWS::IAM::Role") == 0)
        return "shorten it; the functions' own role takes provider.iam.role.name";
    return "shorten it";
}

void check_length(Checking *checking, const Spot *at, size_t length, bool is_exact,
                  ResourceShape shape)
{
    int32_t least, most;

    if (!resource_shape_bounds(shape, &least, &most))
        return;
    if ((int64_t)length > most)
        check_problem(checking, checking->strictness, at, false, shortening(checking),
                      "is %s%zu characters long; AWS takes %d", is_exact ? "" : "at least ", length,
                      most);
    else if (is_exact && length == 0 && least > 0)
        check_problem(checking, checking->strictness, at, false, NULL, "is empty");
    else if (is_exact && (int64_t)length < least)
        check_problem(checking, checking->strictness, at, false, NULL,
                      "is %zu characters long; AWS wants at least %d", length, least);
}

/* A character has one to four bytes: most texts fit whatever theirs are. */
static bool may_misfit(const json_t *text, ResourceShape shape)
{
    int64_t bytes = (int64_t)json_string_length(text);
    int32_t least, most;

    return resource_shape_bounds(shape, &least, &most) && (bytes > most || bytes / 4 < least);
}

static void check_range(Checking *checking, const Spot *at, json_t *value, ResourceShape shape)
{
    double number = json_is_string(value) ? g_ascii_strtod(json_string_value(value), NULL)
                                          : json_number_value(value);
    g_autofree char *text = NULL;
    int32_t least, most;

    if (!resource_shape_bounds(shape, &least, &most) || (number >= least && number <= most))
        return;
    text = json_is_string(value) ? g_strdup(json_string_value(value)) : json_number_text(value);
    if (number < least && most == G_MAXINT32)
        check_problem(checking, checking->strictness, at, false, NULL,
                      "%s is too small; AWS takes %d and more", text, least);
    else if (number > most && least == G_MININT32)
        check_problem(checking, checking->strictness, at, false, NULL,
                      "%s is too large; AWS takes at most %d", text, most);
    else
        check_problem(checking, checking->strictness, at, false, NULL,
                      "%s is out of range; AWS takes %d to %d", text, least, most);
}

void check_scalar(Checking *checking, const Spot *at, json_t *value, ResourceShape shape)
{
    PropertyKind kind;

    if (json_is_null(value)) {
        check_problem(checking, PROBLEM_ERROR, at, true, "give it a value, or take it out",
                      "has no value; CloudFormation takes no null");
        return;
    }
    if (shape == RESOURCE_SHAPE_UNKNOWN || is_dynamic(value))
        return;
    if (!check_kind(checking, at, value, shape))
        return;
    kind = resource_shape_kind(shape);
    if (kind == PROPERTY_INTEGER || kind == PROPERTY_NUMBER)
        check_range(checking, at, value, shape);
    if (kind == PROPERTY_STRING && json_is_string(value) && may_misfit(value, shape))
        check_length(checking, at, (size_t)g_utf8_strlen(json_string_value(value), -1), true,
                     shape);
    check_enum(checking, at, value, shape);
}
