#include "reconcile/compile/older/older.h"

#include <string.h>

/* The way down to a value: on the stack, as most searches find nothing. */
typedef struct Step {
    const struct Step *above; /* NULL: the configuration */
    const char *key;          /* NULL: an item of a list */
    size_t key_length, index;
} Step;

typedef struct {
    ConfigurationTest accepts;
    GPtrArray *pointers;
} Search;

static void append_steps(GString *pointer, const Step *step)
{
    g_autofree char *key = NULL;

    if (!step)
        return;
    append_steps(pointer, step->above);
    if (!step->key) {
        pointer_append_index(pointer, step->index);
        return;
    }
    key = g_strndup(step->key, step->key_length);
    pointer_append(pointer, key);
}

static void note(Search *found, const json_t *value, const Step *step)
{
    GString *pointer;

    if (found->accepts ? !found->accepts(value) : json_is_null(value))
        return;
    pointer = g_string_new(NULL);
    append_steps(pointer, step);
    g_ptr_array_add(found->pointers, g_string_free(pointer, FALSE));
}

static void search(Search *found, json_t *value, const char *pattern, const Step *above)
{
    Step step = {.above = above, .key = pattern + 1};
    const char *rest;
    json_t *below;

    if (!*pattern) {
        note(found, value, above);
        return;
    }
    step.key_length = strcspn(step.key, "/");
    rest = step.key + step.key_length;
    if (*step.key != '*') {
        below = json_object_getn(value, step.key, step.key_length);
        if (below)
            search(found, below, rest, &step);
        return;
    }
    json_object_foreach(value, step.key, below)
    {
        step.key_length = strlen(step.key);
        search(found, below, rest, &step);
    }
    json_array_foreach(value, step.index, below)
    {
        step.key = NULL;
        search(found, below, rest, &step);
    }
}

GPtrArray *configuration_find(json_t *config, const char *pattern, ConfigurationTest accepts)
{
    Search found = {accepts, g_ptr_array_new_with_free_func(g_free)};

    search(&found, config, pattern, NULL);
    return found.pointers;
}
