#include "reconcile/compile/variables/resolver.h"

#include <string.h>

#define SHOWN_CHARACTERS 100
#define SHOWN_TRAIL 8u

static void add_chain(GString *text, const Property *property)
{
    g_autofree char *words = pointer_to_words(property->pointer);

    g_string_append(text, words);
}

/* "custom.a → custom.b → custom.a", the middle left out where it is long. */
static char *describe_cycle(const Resolver *resolver, const Property *first)
{
    GString *text = g_string_new(NULL);
    guint from = 0, count;

    while (resolver->trail->pdata[from] != first)
        from++;
    count = resolver->trail->len - from;
    for (guint i = 0; i < count; i++) {
        if (count > SHOWN_TRAIL && i == SHOWN_TRAIL / 2) {
            g_string_append_printf(text, "… %u more → ", count - SHOWN_TRAIL);
            i += count - SHOWN_TRAIL;
        }
        add_chain(text, resolver->trail->pdata[from + i]);
        g_string_append(text, " → ");
    }
    add_chain(text, first);
    return g_string_free(text, FALSE);
}

static unsigned occurrence_of(const char *text, const char *needle, size_t start)
{
    unsigned count = 0;

    for (const char *at = strstr(text, needle); at && (size_t)(at - text) < start;
         at = strstr(at + 1, needle))
        count++;
    return count;
}

static char *shown_variable(const char *variable)
{
    if (g_utf8_strlen(variable, -1) <= SHOWN_CHARACTERS)
        return g_strdup(variable);
    g_autofree char *start = g_utf8_substring(variable, 0, SHOWN_CHARACTERS);

    return g_strconcat(start, "…", NULL);
}

void resolver_fail(Resolver *resolver, Property *property, const char *hint, const char *format,
                   ...)
{
    const char *text = property->expression ? property->expression->text : "";
    size_t start = MIN(property->start, strlen(text)), end = MIN(property->end, strlen(text));
    g_autofree char *variable = g_strndup(text + start, end - start),
                    *shown = shown_variable(variable);
    g_autofree char *reason = NULL, *message = NULL, *needle = NULL;
    va_list arguments;

    va_start(arguments, format);
    reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    message = property->expression ? g_strdup_printf("\"%s\" cannot be resolved: %s", shown, reason)
                                   : g_steal_pointer(&reason);
    if (!property->as_written || !property->expression) {
        origins_problem(resolver->origins, resolver->problems, PROBLEM_ERROR, property->pointer,
                        false, hint, "%s", message);
        return;
    }
    needle = g_strndup(variable, strcspn(variable, "\r\n\"\\"));
    origins_problem_in_text(resolver->origins, resolver->problems, property->pointer, variable,
                            *needle ? occurrence_of(text, needle, start) : 0, hint, message);
}

static void report_syntax(Resolver *resolver, const char *pointer, const char *text,
                          ExpressionError *error, bool as_written)
{
    g_autofree char *message = error->message;

    if (as_written) {
        g_autofree char *needle =
            g_strndup(text + error->start, strcspn(text + error->start, "\r\n\"\\"));

        origins_problem_in_text(resolver->origins, resolver->problems, pointer, needle,
                                occurrence_of(text, needle, error->start), error->hint, message);
        return;
    }
    origins_problem(resolver->origins, resolver->problems, PROBLEM_ERROR, pointer, false,
                    error->hint, "%s (in the value of a variable)", message);
}

static void register_text(Resolver *resolver, const char *pointer, const char *text,
                          unsigned repeats, bool as_written)
{
    Expression *expression = NULL;
    ExpressionError error = {0};
    bool read = expression_parse(text, &expression, &error);
    Property *property;

    if (read && !expression)
        return;
    if (!read)
        report_syntax(resolver, pointer, text, &error, as_written);
    property = g_new0(Property, 1);
    property->pointer = g_strdup(pointer);
    property->expression = expression;
    property->state = read ? PROPERTY_OPEN : PROPERTY_FAILED;
    property->repeats = repeats;
    property->as_written = as_written;
    g_ptr_array_add(resolver->queue, property);
    g_hash_table_replace(resolver->properties, property->pointer, property);
}

void resolver_register(Resolver *resolver, GString *pointer, json_t *value, unsigned repeats,
                       bool as_written)
{
    size_t length = pointer->len, index;
    const char *key;
    json_t *child;

    if (json_is_string(value)) {
        register_text(resolver, pointer->str, json_string_value(value), repeats, as_written);
        return;
    }
    if (json_is_object(value)) {
        json_object_foreach(value, key, child)
        {
            pointer_append(pointer, key);
            resolver_register(resolver, pointer, child, repeats, as_written);
            g_string_truncate(pointer, length);
        }
    }
    json_array_foreach(value, index, child)
    {
        pointer_append_index(pointer, index);
        resolver_register(resolver, pointer, child, repeats, as_written);
        g_string_truncate(pointer, length);
    }
}

static Property *open_property(Resolver *resolver, const char *pointer)
{
    Property *property = g_hash_table_lookup(resolver->properties, pointer);

    return property && property->state != PROPERTY_DONE ? property : NULL;
}

/* Puts a property's value into the configuration; the containers above it are resolved already. */
static void assign(Resolver *resolver, const char *pointer, json_t *value)
{
    g_autofree char *parent_pointer = g_strdup(pointer);
    char *slash = strrchr(parent_pointer, '/');
    g_autoptr(GString) key = NULL;
    json_t *parent;

    if (!slash)
        return;
    key = g_string_new(slash + 1);
    *slash = '\0';
    parent = pointer_get(resolver->config, parent_pointer);
    g_string_replace(key, "~1", "/", 0);
    g_string_replace(key, "~0", "~", 0);
    if (json_is_array(parent))
        json_array_set(parent, (size_t)g_ascii_strtoull(key->str, NULL, 10), value);
    else if (json_is_object(parent))
        json_object_set(parent, key->str, value);
}

static void note_place(Resolver *resolver, const Property *property, const json_t *value,
                       const SourceCall *place)
{
    if (!place->pointer || !(json_is_object(value) || json_is_array(value)))
        return;
    if (place->document)
        origins_mount(resolver->origins, property->pointer, place->document, place->pointer);
    else
        origins_alias(resolver->origins, property->pointer, place->pointer);
}

static unsigned value_depth(json_t *value)
{
    unsigned deepest = 0;
    size_t index;
    const char *key;
    json_t *child;

    if (json_is_object(value)) {
        json_object_foreach(value, key, child)
        {
            unsigned depth = value_depth(child);

            deepest = MAX(deepest, depth);
        }
    }
    json_array_foreach(value, index, child)
    {
        unsigned depth = value_depth(child);

        deepest = MAX(deepest, depth);
    }
    return deepest + 1;
}

static bool fits_depth(Resolver *resolver, Property *property, json_t *value)
{
    unsigned depth = 0;

    for (const char *at = property->pointer; *at; at++)
        depth += *at == '/';
    if (depth + value_depth(value) <= VARIABLES_MAX_DEPTH)
        return true;
    resolver_fail(resolver, property, NULL, "the configuration would be more than %u levels deep",
                  VARIABLES_MAX_DEPTH);
    return false;
}

/* A text that came out of variables may hold variables: makes it the property's next expression. */
static bool next_expression(Resolver *resolver, Property *property, json_t *value, GPtrArray *parts,
                            Expression **ret)
{
    ExpressionError error = {0};
    bool read;

    *ret = NULL;
    if (!json_is_string(value))
        return true;
    read = parts ? expression_parse_parts(parts, ret, &error)
                 : expression_parse(json_string_value(value), ret, &error);
    if (!read)
        report_syntax(resolver, property->pointer, json_string_value(value), &error, false);
    return read;
}

static Outcome settle(Resolver *resolver, Property *property)
{
    for (;;) {
        json_t *value = NULL;
        g_autoptr(GPtrArray) parts = NULL;
        SourceCall place = {0};
        Expression *next = NULL;
        Outcome outcome = resolver_evaluate(resolver, property, property->expression, true, &value,
                                            &parts, &place);
        G_GNUC_UNUSED g_autofree char *pointer = place.pointer;

        if (outcome != OUTCOME_VALUE)
            return outcome;
        if (!next_expression(resolver, property, value, parts, &next) ||
            !fits_depth(resolver, property, value)) {
            json_decref(value);
            return OUTCOME_FAILED;
        }
        if (property->repeats >= VARIABLES_MAX_REPEATS && next) {
            resolver_fail(resolver, property, NULL,
                          "its value holds variables whose values hold variables, %u times over",
                          VARIABLES_MAX_REPEATS);
            expression_free(next);
            json_decref(value);
            return OUTCOME_FAILED;
        }
        if (!next) {
            GString *path = g_string_new(property->pointer);

            assign(resolver, property->pointer, value);
            note_place(resolver, property, value, &place);
            property->state = PROPERTY_DONE;
            if (!json_is_string(value))
                resolver_register(resolver, path, value, property->repeats + 1,
                                  place.document != NULL);
            g_string_free(path, TRUE);
            json_decref(value);
            return OUTCOME_VALUE;
        }
        json_decref(value);
        expression_free(property->expression);
        property->expression = next;
        property->as_written = false;
        property->repeats++;
    }
}

/* A property that waits in one pass is not asked again before the next. */
static bool known_outcome(Resolver *resolver, Property *property, Outcome *ret)
{
    switch (property->state) {
    case PROPERTY_DONE:
        *ret = OUTCOME_VALUE;
        return true;
    case PROPERTY_FAILED:
        *ret = OUTCOME_FAILED;
        return true;
    case PROPERTY_WAITS:
        *ret = property->waits_for;
        return property->pass == resolver->pass;
    default:
        return false;
    }
}

Outcome resolver_resolve(Resolver *resolver, Property *property)
{
    Outcome outcome;

    if (known_outcome(resolver, property, &outcome))
        return outcome;
    if (property->state == PROPERTY_RESOLVING) {
        Property *last = resolver->trail->pdata[resolver->trail->len - 1];
        g_autofree char *cycle = describe_cycle(resolver, property);

        resolver_fail(resolver, last, "break the cycle: one of them needs a value of its own",
                      "its value depends on itself: %s", cycle);
        return OUTCOME_FAILED;
    }
    property->state = PROPERTY_RESOLVING;
    g_ptr_array_add(resolver->trail, property);
    outcome = settle(resolver, property);
    g_ptr_array_remove_index(resolver->trail, resolver->trail->len - 1);
    if (outcome == OUTCOME_FAILED) {
        property->state = PROPERTY_FAILED;
        resolver->failures++;
    }
    if (outcome == OUTCOME_WAITING || outcome == OUTCOME_LATE)
        property->state = PROPERTY_WAITS;
    property->waits_for = outcome;
    property->pass = resolver->pass;
    return outcome;
}

static Outcome worse(Outcome a, Outcome b)
{
    return MAX(a, b);
}

static bool spend_step(Resolver *resolver, Property *asking)
{
    if (resolver->exhausted)
        return false;
    if (++resolver->steps <= VARIABLES_MAX_STEPS)
        return true;
    resolver->exhausted = true;
    resolver_fail(resolver, asking, "refer to single values rather than to large maps",
                  "resolving takes more than %u steps", VARIABLES_MAX_STEPS);
    return false;
}

/* Resolves all that is in a value somebody refers to as a whole. */
static Outcome resolve_below(Resolver *resolver, Property *asking, GString *pointer, json_t *value)
{
    Outcome outcome = OUTCOME_VALUE;
    size_t length = pointer->len, index;
    const char *key;
    json_t *child;

    if (!spend_step(resolver, asking))
        return OUTCOME_FAILED;
    if (json_is_string(value)) {
        Property *property = open_property(resolver, pointer->str);

        if (!property)
            return OUTCOME_VALUE;
        outcome = resolver_resolve(resolver, property);
        if (outcome != OUTCOME_VALUE)
            return outcome;
        value = pointer_get(resolver->config, pointer->str);
        if (json_is_string(value))
            return OUTCOME_VALUE;
    }
    if (json_is_object(value)) {
        json_object_foreach(value, key, child)
        {
            pointer_append(pointer, key);
            outcome = worse(outcome, resolve_below(resolver, asking, pointer, child));
            g_string_truncate(pointer, length);
        }
    }
    json_array_foreach(value, index, child)
    {
        pointer_append_index(pointer, index);
        outcome = worse(outcome, resolve_below(resolver, asking, pointer, child));
        g_string_truncate(pointer, length);
    }
    return outcome;
}

/* value[key] as JavaScript has it for own properties of maps and lists. */
static json_t *follow_key(json_t *value, const char *key)
{
    if (json_is_object(value))
        return json_object_get(value, key);
    if (json_is_array(value) && *key && strspn(key, "0123456789") == strlen(key) &&
        strlen(key) < 8 && (key[0] != '0' || !key[1]))
        return json_array_get(value, (size_t)g_ascii_strtoull(key, NULL, 10));
    return NULL;
}

Outcome resolver_property(Resolver *resolver, Property *asking, char *const *keys, json_t **ret,
                          char **ret_pointer)
{
    g_autoptr(GString) pointer = g_string_new(NULL);
    json_t *value = resolver->config;
    Outcome outcome;

    *ret = NULL;
    for (; *keys && value; keys++) {
        Property *property;

        value = follow_key(value, *keys);
        pointer_append(pointer, *keys);
        property = value ? open_property(resolver, pointer->str) : NULL;
        if (!property)
            continue;
        outcome = resolver_resolve(resolver, property);
        if (outcome != OUTCOME_VALUE)
            return outcome;
        value = pointer_get(resolver->config, pointer->str);
    }
    if (!value || json_is_null(value))
        return OUTCOME_VALUE;
    if (!json_is_string(value)) {
        outcome = resolve_below(resolver, asking, pointer, value);
        if (outcome != OUTCOME_VALUE)
            return outcome;
    }
    *ret = value;
    if (ret_pointer)
        *ret_pointer = g_strdup(pointer->str);
    return OUTCOME_VALUE;
}
