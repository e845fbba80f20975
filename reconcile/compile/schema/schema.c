#include "reconcile/compile/schema/schema.h"

#include <string.h>

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

bool schema_apply(json_t *config, json_t *extensions, Origins *origins, Problems *problems)
{
    Validator validator;
    Place root = {.data = config};
    g_autofree char *mode = NULL;
    GPtrArray *nulls;
    bool fits;

    if (!normalise_shape(config, origins, problems))
        return false;
    mode = g_strdup(json_string_value(json_object_get(config, "configValidationMode")));
    validator_init(&validator, extensions);
    nulls = nulls_remove(config);
    fits = validator_check(&validator, validator_chunk(&validator, "root"), &root);
    nulls_restore(config, nulls);
    if (g_strcmp0(mode, "off") == 0 || g_strcmp0(mode, "warn") == 0)
        fits = true;
    if (g_strcmp0(mode, "off") != 0)
        report(&validator, origins, fits ? PROBLEM_WARNING : PROBLEM_ERROR, problems);
    validator_release(&validator);
    return fits;
}
