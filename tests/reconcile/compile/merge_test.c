#include "reconcile/compile/merge.h"
#include <criterion/criterion.h>
#include <glib.h>

typedef struct {
    const char *target, *source, *merged;
} Row;

static const Row rows[] = {
    {"{}", "{\"a\":1}", "{\"a\":1}"},
    {"{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":3,\"d\":4}}", "{\"a\":{\"b\":1,\"c\":3,\"d\":4}}"},
    {"{\"a\":[1,2,3]}", "{\"a\":[9]}", "{\"a\":[9,2,3]}"},
    {"{\"a\":[{\"x\":1}]}", "{\"a\":[{\"y\":2},{\"z\":3}]}",
     "{\"a\":[{\"x\":1,\"y\":2},{\"z\":3}]}"},
    {"{\"a\":[1]}", "{\"a\":{\"b\":2}}", "{\"a\":{\"b\":2}}"},
    {"{\"a\":\"x\"}", "{\"a\":[\"y\"]}", "{\"a\":[\"y\"]}"},
    {"{\"a\":{\"b\":1}}", "{\"a\":null}", "{\"a\":null}"},
    {"{\"a\":[[1,2]]}", "{\"a\":[[3]]}", "{\"a\":[[3,2]]}"},
    {"{}", "{\"a\":{\"constructor\":1,\"b\":[{\"__proto__\":2}]}}", "{\"a\":{\"b\":[{}]}}"},
    {"{\"constructor\":1,\"a\":[{\"prototype\":2}]}", "{\"a\":[]}",
     "{\"constructor\":1,\"a\":[{}]}"},
};

Test(merge, maps_merge_by_key_and_arrays_by_index)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        json_t *target = json_loads(rows[i].target, 0, NULL),
               *source = json_loads(rows[i].source, 0, NULL);
        char *text;

        merge_values(target, source);
        text = json_dumps(target, JSON_COMPACT);
        cr_expect_str_eq(text, rows[i].merged);
        free(text);
        json_decref(target);
        json_decref(source);
    }
}

Test(merge, what_others_hold_of_the_target_stays)
{
    json_t *tags = json_pack("{s:s}", "a", "b");
    json_t *target = json_pack("{s:O,s:O}", "first", tags, "second", tags);
    json_t *source = json_pack("{s:{s:s}}", "first", "c", "d");

    merge_values(target, source);
    cr_expect_eq(json_object_size(json_object_get(target, "first")), 2);
    cr_expect_eq(json_object_size(json_object_get(target, "second")), 1);
    cr_expect_eq(json_object_size(tags), 1);
    json_decref(tags);
    json_decref(target);
    json_decref(source);
}

Test(merge, what_is_merged_is_copied)
{
    json_t *target = json_object(), *source = json_loads("{\"a\":{\"b\":1}}", 0, NULL);

    merge_values(target, source);
    json_object_set_new(json_object_get(source, "a"), "b", json_integer(2));
    cr_expect_eq(json_integer_value(json_object_get(json_object_get(target, "a"), "b")), 1);
    json_decref(target);
    json_decref(source);
}
