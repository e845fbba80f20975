/* From a place in the template to the line that a person wrote. */
#include "reconcile/compile/check/checking.h"
#include <stdarg.h>
#include <string.h>

/* A template of nothing but mistakes would compare every word with every other. */
#define MAX_SUGGESTIONS 100

char *spot_pointer(const Spot *at)
{
    GString *pointer;

    if (!at)
        return g_strdup("");
    g_autofree char *above = spot_pointer(at->above);
    pointer = g_string_new(above);
    if (at->key)
        pointer_append(pointer, at->key);
    else
        pointer_append_index(pointer, at->index);
    return g_string_free(pointer, FALSE);
}

/* What of "/Resources/Id/rest" is the id (transfer full) and the rest; false for other sections. */
static bool split_resource(const char *pointer, char **ret_id, const char **ret_rest)
{
    const char *start = pointer + strlen("/Resources/");
    const char *end;

    if (!g_str_has_prefix(pointer, "/Resources/"))
        return false;
    end = start + strcspn(start, "/");
    *ret_id = g_strndup(start, (gsize)(end - start));
    *ret_rest = end;
    return true;
}

/* The pointer into the configuration of what stands at `pointer` of the template. `*ret_own` tells
 * whether the person wrote that very value. (transfer full) */
static char *written_pointer(const Checking *checking, const char *pointer, bool *ret_own)
{
    json_t *config = checking->service->config;
    g_autofree char *own = NULL, *extension = NULL, *id = NULL;
    const char *rest, *maker;

    *ret_own = true;
    if (checking->service->kind != SERVICE_SERVERLESS)
        return g_strdup(pointer);
    own = g_strconcat("/resources", pointer, NULL);
    if (pointer_get(config, own))
        return g_steal_pointer(&own);
    *ret_own = false;
    if (!split_resource(pointer, &id, &rest))
        return g_strdup("/resources");
    extension = g_strconcat("/resources/extensions/", id, rest, NULL);
    if (pointer_get(config, extension)) {
        *ret_own = true;
        return g_steal_pointer(&extension);
    }
    maker = checking->makers ? g_hash_table_lookup(checking->makers, id) : NULL;
    return g_strdup(maker ? maker : "/service");
}

/* "Table: Properties.KeySchema[0]": functions are left out, as a person reads them as the value. */
static char *spot_words(const char *pointer)
{
    g_autofree char *id = NULL, *words = NULL, *outer = g_strdup(pointer);
    const char *rest;
    char *function = strstr(outer, "/Fn::");

    if (function && function != outer)
        *function = '\0';
    if (g_str_has_suffix(outer, "/Ref"))
        outer[strlen(outer) - strlen("/Ref")] = '\0';
    if (!split_resource(outer, &id, &rest))
        return pointer_to_words(outer);
    if (!*rest)
        return g_strdup(id);
    words = pointer_to_words(rest);
    return g_strdup_printf("%s: %s", id, words);
}

static ProblemSeverity severity_here(const Checking *checking, ProblemSeverity severity)
{
    return MAX(severity, checking->mildest);
}

void check_problem(Checking *checking, ProblemSeverity severity, const Spot *at, bool key,
                   const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL, *pointer = NULL, *written = NULL, *words = NULL;
    bool own;
    va_list arguments;

    if (checking->wanted != NO_RESOURCE)
        return;
    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    pointer = spot_pointer(at);
    written = written_pointer(checking, pointer, &own);
    words = spot_words(pointer);
    origins_problem(checking->service->origins, checking->problems,
                    severity_here(checking, severity), written, key || !own, hint, "%s%s%s",
                    at ? words : "", at ? ": " : "", message);
}

void check_problem_at(Checking *checking, ProblemSeverity severity, const char *pointer,
                      const char *hint, const char *format, ...)
{
    g_autofree char *message = NULL, *written = NULL;
    bool own;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    written = written_pointer(checking, pointer, &own);
    origins_problem(checking->service->origins, checking->problems,
                    severity_here(checking, severity), written, true, hint, "%s", message);
}

/* At `text` inside of what the person wrote there. */
static void report_in_text(Checking *checking, const char *pointer, const char *text,
                           const char *hint, const char *message)
{
    g_autofree char *words = spot_words(pointer);
    g_autofree char *whole = g_strdup_printf("%s: %s", words, message);
    g_autofree char *written = NULL;
    bool own;

    written = written_pointer(checking, pointer, &own);
    if (own)
        origins_problem_in_text(checking->service->origins, checking->problems, written, text, 0,
                                hint, whole);
    else
        origins_problem(checking->service->origins, checking->problems,
                        severity_here(checking, PROBLEM_ERROR), written, true, hint, "%s", whole);
}

void check_problem_in_text(Checking *checking, const Spot *at, const char *text, const char *hint,
                           const char *format, ...)
{
    g_autofree char *message = NULL, *pointer = NULL;
    va_list arguments;

    if (checking->wanted != NO_RESOURCE)
        return;
    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    pointer = spot_pointer(at);
    report_in_text(checking, pointer, text, hint, message);
}

/* Appends to `pointer` the way from `value` to the text that names `name`. */
static bool find_text(json_t *value, const char *name, GString *pointer)
{
    size_t length = pointer->len, i;
    const char *key;
    json_t *item;

    if (json_is_string(value))
        return strstr(json_string_value(value), name) != NULL;
    json_object_foreach(value, key, item)
    {
        pointer_append(pointer, key);
        if (find_text(item, name, pointer))
            return true;
        g_string_truncate(pointer, length);
    }
    json_array_foreach(value, i, item)
    {
        pointer_append_index(pointer, i);
        if (find_text(item, name, pointer))
            return true;
        g_string_truncate(pointer, length);
    }
    return false;
}

/* Where a maker's part of the configuration, or the provider's, names `name`; else the maker. */
static GString *find_maker(const Checking *checking, const char *maker, const char *name)
{
    const char *const parts[] = {maker, "/provider"};
    json_t *config = checking->service->config;
    GString *pointer = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_string_assign(pointer, parts[i]);
        if (find_text(pointer_get(config, parts[i]), name, pointer))
            return pointer;
    }
    g_string_assign(pointer, maker);
    return pointer;
}

void check_missing(Checking *checking, const Spot *at, const char *whole, const char *name,
                   const char *hint, const char *message)
{
    g_autofree char *text = g_strdup_printf("%s %s", message, name), *written = NULL, *words = NULL;
    g_autofree char *pointer = NULL;
    g_autoptr(GString) exact = NULL;
    bool own;

    if (checking->wanted != NO_RESOURCE)
        return;
    pointer = spot_pointer(at);
    written = written_pointer(checking, pointer, &own);
    if (own && whole) {
        report_in_text(checking, pointer, whole, hint, text);
        return;
    }
    if (!own && !g_hash_table_add(checking->missing, g_strdup(text)))
        return;
    exact = own ? g_string_new(written) : find_maker(checking, written, name);
    words = spot_words(pointer);
    origins_problem(checking->service->origins, checking->problems,
                    severity_here(checking, PROBLEM_ERROR), exact->str,
                    !own && strcmp(exact->str, written) == 0, hint, "%s: %s", words, text);
}

/* What was cut short or carried on: "VersioningConfig" is VersioningConfiguration. */
static const char *find_longer(const char *word, const char *const *words)
{
    size_t length = strlen(word);

    for (; length > 3 && *words; words++)
        if (g_ascii_strncasecmp(word, *words, length) == 0 ||
            (strlen(*words) > 3 && g_ascii_strncasecmp(word, *words, strlen(*words)) == 0))
            return *words;
    return NULL;
}

char *check_suggestion(Checking *checking, const char *word, const char *const *words,
                       const char *fallback)
{
    const char *near = NULL;

    if (checking->suggestions++ < MAX_SUGGESTIONS)
        near = nearest_word(word, words);
    if (!near && checking->suggestions <= MAX_SUGGESTIONS)
        near = find_longer(word, words);
    return near ? g_strdup_printf("did you mean %s?", near) : g_strdup(fallback);
}

char *check_suggestion_of_keys(Checking *checking, const char *word, const char *fallback,
                               json_t *first, ...)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    va_list arguments;
    const char *key;
    json_t *value;

    va_start(arguments, first);
    for (json_t *object = first; object; object = va_arg(arguments, json_t *))
        json_object_foreach(object, key, value) g_ptr_array_add(words, (void *)key);
    va_end(arguments);
    g_ptr_array_add(words, NULL);
    return check_suggestion(checking, word, (const char *const *)words->pdata, fallback);
}
