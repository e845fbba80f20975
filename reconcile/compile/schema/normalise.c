#include "reconcile/compile/schema/normalise.h"

#include <string.h>

#include "reconcile/compile/javascript.h"
#include "reconcile/compile/merge.h"

typedef struct {
    char *map; /* pointer */
    char *key;
    bool lost; /* the framework puts back none below a key of JavaScript's own */
} RemovedNull;

static void merge_object(json_t *target, json_t *source, Origins *origins, GString *to,
                         GString *from);

/* Puts a copy of `value` at `to`; what is wrong with it is told where it came from. */
static json_t *moved_copy(json_t *value, Origins *origins, const GString *to, const GString *from)
{
    origins_move(origins, to->str, from->str);
    return merge_copy(value);
}

static void merge_array(json_t *target, json_t *source, Origins *origins, GString *to,
                        GString *from)
{
    size_t to_length = to->len, from_length = from->len, index;
    json_t *value;

    json_array_foreach(source, index, value)
    {
        json_t *present = json_array_get(target, index);

        pointer_append_index(to, index);
        pointer_append_index(from, index);
        if (json_is_object(present) && json_is_object(value))
            merge_object(present, value, origins, to, from);
        else if (json_is_array(present) && json_is_array(value))
            merge_array(present, value, origins, to, from);
        else if (present)
            json_array_set_new(target, index, moved_copy(value, origins, to, from));
        else
            json_array_append_new(target, moved_copy(value, origins, to, from));
        g_string_truncate(to, to_length);
        g_string_truncate(from, from_length);
    }
}

static void merge_object(json_t *target, json_t *source, Origins *origins, GString *to,
                         GString *from)
{
    size_t to_length = to->len, from_length = from->len;
    const char *key;
    json_t *value;

    json_object_foreach(source, key, value)
    {
        json_t *present = json_object_get(target, key);

        if (merge_drops(key))
            continue;
        pointer_append(to, key);
        pointer_append(from, key);
        if (json_is_object(present) && json_is_object(value))
            merge_object(present, value, origins, to, from);
        else if (json_is_array(present) && json_is_array(value))
            merge_array(present, value, origins, to, from);
        else
            json_object_set_new(target, key, moved_copy(value, origins, to, from));
        g_string_truncate(to, to_length);
        g_string_truncate(from, from_length);
    }
}

static bool merge_list(json_t *config, const char *name, Origins *origins, Problems *problems)
{
    json_t *list = json_object_get(config, name), *item;
    json_t *merged;
    bool fits = true;
    size_t index;

    if (!json_is_array(list))
        return true;
    merged = json_object();
    json_array_foreach(list, index, item)
    {
        g_autofree char *pointer = g_strdup_printf("/%s/%zu", name, index);
        GString *from = g_string_new(pointer), *to = g_string_new(NULL);

        pointer_append(to, name);
        if (json_is_object(item)) {
            merge_object(merged, item, origins, to, from);
        } else if (js_is_truthy(item)) {
            origins_problem(origins, problems, PROBLEM_ERROR, pointer, false, NULL,
                            "%s is a list, so each of its items has to be a map", name);
            fits = false;
        }
        g_string_free(from, TRUE);
        g_string_free(to, TRUE);
    }
    js_order_keys(merged);
    json_object_set_new(config, name, merged);
    return fits;
}

/* `above`: the function that stands before it, or NULL. */
static void refuse_function(Origins *origins, Problems *problems, const char *pointer,
                            const char *name, const char *above)
{
    g_autofree char *hint =
        above ? g_strdup_printf("it stands beside the functions: if it is a property of %s, indent "
                                "it further than %s",
                                above, above)
              : g_strdup("give it at least a handler");

    origins_problem(origins, problems, PROBLEM_ERROR, pointer, false, hint,
                    "functions.%s has to be a map", name);
}

/* The framework takes "" for no events, and for no name of its own. */
static void fill_in(json_t *function)
{
    json_t *events = json_object_get(function, "events");
    json_t *name = json_object_get(function, "name");

    if (events && !js_is_truthy(events))
        json_object_set_new(function, "events", json_array());
    if (name && !js_is_truthy(name))
        json_object_del(function, "name");
}

static bool check_functions(json_t *config, Origins *origins, Problems *problems)
{
    json_t *functions = json_object_get(config, "functions"), *function;
    g_autofree char *above = NULL; /* the function before, which may hold nothing */
    const char *name;
    void *next;
    bool fits = true;

    if (functions && js_is_truthy(functions) && !json_is_object(functions)) {
        origins_problem(origins, problems, PROBLEM_ERROR, "/functions", false, NULL,
                        "functions has to be a map of functions by name");
        return false;
    }
    json_object_foreach_safe(functions, next, name, function)
    {
        g_autoptr(GString) pointer = g_string_new("/functions");

        fill_in(function);
        if (json_is_object(function) || json_is_null(function)) {
            g_free(above);
            above = g_strdup(name);
            if (json_is_null(function))
                json_object_del(functions, name);
            continue;
        }
        pointer_append(pointer, name);
        refuse_function(origins, problems, pointer->str, name, above);
        fits = false;
    }
    return fits;
}

static bool check_core(json_t *config, Origins *origins, Problems *problems)
{
    json_t *service = json_object_get(config, "service"),
           *provider = json_object_get(config, "provider");

    if (json_is_object(service)) {
        origins_problem(origins, problems, PROBLEM_ERROR, "/service", false, "write service: NAME",
                        "service has to be the name of the service and is a map");
        return false;
    }
    if (!service || !js_is_truthy(service)) {
        origins_problem(origins, problems, PROBLEM_ERROR, service ? "/service" : "", false,
                        "write service: NAME", "the service has no name");
        return false;
    }
    if (!json_is_object(provider)) {
        origins_problem(origins, problems, PROBLEM_ERROR, provider ? "/provider" : "", false,
                        "write provider: {name: aws}",
                        provider ? "provider has to be a map" : "the service has no provider");
        return false;
    }
    return true;
}

bool normalise_shape(json_t *config, Origins *origins, Problems *problems)
{
    bool fits = check_core(config, origins, problems);

    fits &= merge_list(config, "resources", origins, problems);
    fits &= merge_list(config, "functions", origins, problems);
    fits &= check_functions(config, origins, problems);
    return fits;
}

static void removed_null_free(gpointer data)
{
    RemovedNull *removed = data;

    g_free(removed->map);
    g_free(removed->key);
    g_free(removed);
}

static void remove_below(json_t *value, GString *pointer, bool lost, GPtrArray *nulls)
{
    size_t length = pointer->len, index;
    const char *key;
    json_t *child;
    void *next;

    if (json_is_object(value)) {
        json_object_foreach_safe(value, next, key, child)
        {
            if (json_is_null(child)) {
                RemovedNull *removed = g_new0(RemovedNull, 1);

                removed->map = g_strdup(pointer->str);
                removed->key = g_strdup(key);
                removed->lost = lost || merge_drops(key);
                g_ptr_array_add(nulls, removed);
                json_object_del(value, key);
                continue;
            }
            pointer_append(pointer, key);
            remove_below(child, pointer, lost || merge_drops(key), nulls);
            g_string_truncate(pointer, length);
        }
    }
    json_array_foreach(value, index, child)
    {
        pointer_append_index(pointer, index);
        remove_below(child, pointer, lost, nulls);
        g_string_truncate(pointer, length);
    }
}

GPtrArray *nulls_remove(json_t *config)
{
    GPtrArray *nulls = g_ptr_array_new_with_free_func(removed_null_free);
    GString *pointer = g_string_new(NULL);

    remove_below(config, pointer, false, nulls);
    g_string_free(pointer, TRUE);
    return nulls;
}

void nulls_restore(json_t *config, GPtrArray *nulls)
{
    for (guint i = 0; i < nulls->len; i++) {
        const RemovedNull *removed = nulls->pdata[i];
        json_t *map = pointer_get(config, removed->map);

        if (json_is_object(map) && !removed->lost)
            json_object_set_new(map, removed->key, json_null());
    }
    g_ptr_array_unref(nulls);
}
