/* Two templates as JSON, with a line "---" between them: what is live, what is wanted. */
#include "reconcile/plan/plan.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void compare(json_t *live, json_t *desired)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Plan) plan = plan_compare(live, desired, NULL, NULL, &error);
    g_autofree char *text = NULL, *summary = NULL;
    json_t *json;

    HOLDS(!plan == (error != NULL));
    if (!plan)
        return;
    text = plan_to_text(plan, NULL, true);
    summary = plan_summary(plan);
    json = plan_to_json(plan, NULL);
    HOLDS(json_is_object(json));
    HOLDS(plan_is_empty(plan) == (*text == '\0'));
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n---\n";
    const char *second = size ? memmem(data, size, mark, strlen(mark)) : NULL;
    const size_t length = second ? (size_t)(second - (const char *)data) : size;
    json_t *live = json_loadb((const char *)data, length, 0, NULL), *desired = NULL;

    if (second)
        desired = json_loadb(second + strlen(mark), size - length - strlen(mark), 0, NULL);
    if (live && desired)
        compare(live, desired);
    if (live) {
        compare(NULL, live);
        compare(live, live);
    }
    json_decref(live);
    json_decref(desired);
    return 0;
}
