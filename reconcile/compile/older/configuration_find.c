#include "reconcile/compile/older/older.h"

#include <string.h>

typedef struct {
    ConfigurationTest accepts;
    GString *pointer; /* of what is looked at */
    GPtrArray *pointers;
} Search;

static void search(Search *found, json_t *value, const char *pattern);

static void search_below(Search *found, json_t *value, const char *rest)
{
    size_t length = found->pointer->len, index;
    const char *key;
    json_t *below;

    if (json_is_object(value))
        json_object_foreach(value, key, below)
        {
            pointer_append(found->pointer, key);
            search(found, below, rest);
            g_string_truncate(found->pointer, length);
        }
    json_array_foreach(value, index, below)
    {
        pointer_append_index(found->pointer, index);
        search(found, below, rest);
        g_string_truncate(found->pointer, length);
    }
}

static void search(Search *found, json_t *value, const char *pattern)
{
    g_autofree char *key = NULL;
    const char *rest;
    size_t length = found->pointer->len;
    json_t *below;

    if (!*pattern) {
        if (found->accepts ? found->accepts(value) : !json_is_null(value))
            g_ptr_array_add(found->pointers, g_strdup(found->pointer->str));
        return;
    }
    rest = pattern + 1 + strcspn(pattern + 1, "/");
    key = g_strndup(pattern + 1, (gsize)(rest - pattern - 1));
    if (strcmp(key, "*") == 0) {
        search_below(found, value, rest);
        return;
    }
    below = json_object_get(value, key);
    if (!below)
        return;
    pointer_append(found->pointer, key);
    search(found, below, rest);
    g_string_truncate(found->pointer, length);
}

GPtrArray *configuration_find(json_t *config, const char *pattern, ConfigurationTest accepts)
{
    Search found = {
        .accepts = accepts,
        .pointer = g_string_new(NULL),
        .pointers = g_ptr_array_new_with_free_func(g_free),
    };

    search(&found, config, pattern);
    g_string_free(found.pointer, TRUE);
    return found.pointers;
}
