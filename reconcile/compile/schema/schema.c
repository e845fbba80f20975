#include "reconcile/compile/schema/schema.h"

#include <string.h>

#include "reconcile/compile/javascript.h"
#include "reconcile/compile/schema/normalise.h"
#include "reconcile/compile/schema/validator.h"

typedef struct {
    const Misfit *misfit;
    Position at;
} PlacedMisfit;

static int compare_places(const void *a, const void *b)
{
    const PlacedMisfit *left = a, *right = b;
    int file = g_strcmp0(left->at.file, right->at.file);

    if (file != 0)
        return file;
    if (left->at.line != right->at.line)
        return left->at.line < right->at.line ? -1 : 1;
    return (left->at.column > right->at.column) - (left->at.column < right->at.column);
}

/* In the order of the file: that is how people go through it. */
static void report(const Validator *validator, const Origins *origins, ProblemSeverity severity,
                   Problems *problems)
{
    g_autoptr(GArray) placed = g_array_new(FALSE, FALSE, sizeof(PlacedMisfit));

    for (guint i = 0; i < validator->misfits->len; i++) {
        const Misfit *noted = validator->misfits->pdata[i];
        PlacedMisfit one = {.misfit = noted,
                            .at = origins_locate(origins, noted->pointer, noted->at_key)};

        g_array_append_val(placed, one);
    }
    g_array_sort(placed, compare_places);
    for (guint i = 0; i < placed->len; i++) {
        const Misfit *noted = g_array_index(placed, PlacedMisfit, i).misfit;

        origins_problem(origins, problems, severity, noted->pointer, noted->at_key, noted->hint,
                        "%s", noted->message);
    }
}

/* Of properties that nobody knows, the first of each name. */
static void keep_first_of_each(Validator *validator)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < validator->misfits->len;) {
        const Misfit *noted = validator->misfits->pdata[i];

        if (noted->kind != MISFIT_UNKNOWN ||
            g_hash_table_add(names, g_strdup(strrchr(noted->pointer, '/') + 1)))
            i++;
        else
            g_ptr_array_remove_index(validator->misfits, i);
    }
}

bool schema_normalise(json_t *config, Origins *origins, Problems *problems)
{
    return normalise_shape(config, origins, problems);
}

bool schema_is_lenient(json_t *config, bool older)
{
    json_t *mode = json_object_get(config, "configValidationMode");

    return js_is_truthy(mode) ? g_strcmp0(json_string_value(mode), "error") != 0 : older;
}

bool schema_apply(json_t *config, json_t *extensions, bool older, Origins *origins,
                  Problems *problems)
{
    Validator validator;
    Place root = {.data = config};
    const bool lenient = schema_is_lenient(config, older);
    const bool silent =
        g_strcmp0(json_string_value(json_object_get(config, "configValidationMode")), "off") == 0;
    GPtrArray *nulls;
    bool fits;

    validator_init(&validator, extensions);
    nulls = nulls_remove(config);
    fits = validator_check(&validator, validator_chunk(&validator, "root"), &root);
    nulls_restore(config, nulls);
    if (older)
        keep_first_of_each(&validator);
    fits |= lenient;
    if (!silent)
        report(&validator, origins, fits ? PROBLEM_WARNING : PROBLEM_ERROR, problems);
    validator_release(&validator);
    return fits;
}
