#include <string.h>

#include "config/problem.h"
#include "reconcile/compile/schema/validator.h"

/* The misfits of one branch of an anyOf or oneOf: [from, to) of the validator's. */
typedef struct {
    guint from, to;
} Branch;

/* Nothing but another type or value was expected here: some other branch was meant. */
static bool is_of_another_kind(const Validator *validator, const Branch *branch, unsigned depth)
{
    for (guint i = branch->from; i < branch->to; i++) {
        const Misfit *noted = validator->misfits->pdata[i];

        if (noted->kind != MISFIT_KIND || noted->depth != depth)
            return false;
    }
    return true;
}

static unsigned deepest(const Validator *validator, const Branch *branch)
{
    unsigned depth = 0;

    for (guint i = branch->from; i < branch->to; i++)
        depth = MAX(depth, ((Misfit *)validator->misfits->pdata[i])->depth);
    return depth;
}

/* The branch that was most likely meant: of the value's kind, the one whose misfits lie deepest,
 * then the one with fewest; NULL where two are as likely. */
static const Branch *likeliest(const Validator *validator, const GArray *branches, unsigned depth)
{
    const Branch *best = NULL;
    bool is_tie = false;

    for (guint i = 0; i < branches->len; i++) {
        const Branch *branch = &g_array_index(branches, Branch, i);
        unsigned own, bests;

        if (branch->from == branch->to || is_of_another_kind(validator, branch, depth))
            continue;
        own = deepest(validator, branch);
        bests = best ? deepest(validator, best) : 0;
        if (!best || own > bests ||
            (own == bests && branch->to - branch->from < best->to - best->from)) {
            best = branch;
            is_tie = false;
        } else if (own == bests && branch->to - branch->from == best->to - best->from) {
            is_tie = true;
        }
    }
    return is_tie ? NULL : best;
}

/* Keeps of all branches' misfits those that help. */
static bool explain(Validator *validator, const Schema *schema, const GArray *branches, guint first,
                    const Place *place)
{
    const Branch *meant;
    g_autofree char *expected = NULL, *value = NULL;

    if (validator->silent > 0)
        return false;
    meant = likeliest(validator, branches, place_depth(place));
    if (meant) {
        guint from = meant->from, to = meant->to;

        if (to < validator->misfits->len)
            g_ptr_array_remove_range(validator->misfits, to, validator->misfits->len - to);
        if (from > first)
            g_ptr_array_remove_range(validator->misfits, first, from - first);
        return false;
    }
    g_ptr_array_set_size(validator->misfits, (gint)first);
    expected = describe_schema(validator, schema->whole);
    value = describe_value(place->data);
    return misfit(validator, MISFIT_KIND, place, NULL, "has to be %s and is %s", expected, value);
}

static bool check_any(Validator *validator, const Schema *schema, json_t *alternatives,
                      Place *place)
{
    g_autoptr(GArray) branches = g_array_new(FALSE, FALSE, sizeof(Branch));
    guint first = validator->misfits->len;
    size_t index;
    json_t *alternative;

    json_array_foreach(alternatives, index, alternative)
    {
        Branch branch = {.from = validator->misfits->len};

        if (validator_check(validator, alternative, place)) {
            g_ptr_array_set_size(validator->misfits, (gint)first);
            return true;
        }
        branch.to = validator->misfits->len;
        g_array_append_val(branches, branch);
    }
    return explain(validator, schema, branches, first, place);
}

/* As AJV: the branches behind a second match are not looked at, and so coerce nothing. */
static bool check_one(Validator *validator, const Schema *schema, json_t *alternatives,
                      Place *place)
{
    g_autoptr(GArray) branches = g_array_new(FALSE, FALSE, sizeof(Branch));
    guint first = validator->misfits->len, matched = 0;
    size_t index;
    json_t *alternative;

    json_array_foreach(alternatives, index, alternative)
    {
        Branch branch = {.from = validator->misfits->len};

        matched += validator_check(validator, alternative, place);
        if (matched > 1)
            break;
        branch.to = validator->misfits->len;
        g_array_append_val(branches, branch);
    }
    if (matched == 0)
        return explain(validator, schema, branches, first, place);
    g_ptr_array_set_size(validator->misfits, (gint)first);
    return matched == 1 || misfit(validator, MISFIT_OTHER, place, "say only one of them",
                                  "says more than one thing of which only one is possible");
}

static bool check_not(Validator *validator, json_t *forbidden, Place *place)
{
    bool fits;
    json_t *required = json_object_get(forbidden, "required");
    const char *name = json_string_value(json_array_get(required, 0));

    validator->silent++;
    fits = !validator_check(validator, forbidden, place);
    validator->silent--;
    if (fits)
        return true;
    return name ? misfit(validator, MISFIT_OTHER, place, NULL, "must not have \"%s\"", name)
                : misfit(validator, MISFIT_OTHER, place, NULL, "is not possible here");
}

bool check_unions(Validator *validator, const Schema *schema, Place *place)
{
    json_t *forbidden = schema->of[KEYWORD_NOT], *any = schema->of[KEYWORD_ANY_OF];
    json_t *one = schema->of[KEYWORD_ONE_OF], *part;
    bool fits = true;
    size_t index;

    if (forbidden)
        fits &= check_not(validator, forbidden, place);
    if (any)
        fits &= check_any(validator, schema, any, place);
    if (one)
        fits &= check_one(validator, schema, one, place);
    json_array_foreach(schema->of[KEYWORD_ALL_OF], index, part) fits &=
        validator_check(validator, part, place);
    return fits;
}

static bool refuse_event(Validator *validator, json_t *names, const Place *place, const char *type)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    g_autoptr(GString) list = g_string_new("there are ");
    const char *nearest;
    size_t index;
    json_t *name;

    json_array_foreach(names, index, name)
    {
        g_ptr_array_add(words, (gpointer)json_string_value(name));
        g_string_append_printf(list, "%s%s", index ? ", " : "", json_string_value(name));
    }
    g_ptr_array_add(words, NULL);
    nearest = nearest_word(type, (const char *const *)words->pdata);
    if (nearest)
        return misfit_at(validator, place, type, list->str,
                         "there is no function event \"%s\": did you mean \"%s\"?", type, nearest);
    return misfit_at(validator, place, type, list->str, "there is no function event \"%s\"", type);
}

bool check_event(Validator *validator, json_t *names, Place *place)
{
    static const char hint[] = "- http: GET /path";
    bool fits = true;
    const char *type;
    json_t *value;
    size_t index;
    json_t *name;

    if (!json_is_object(place->data) || json_object_size(place->data) == 0) {
        g_autofree char *where = place_words(place), *is = describe_value(place->data);

        return misfit_at(validator, place, NULL, hint,
                         "%s has to be a map with the type of the event as its key and is %s",
                         where, is);
    }
    json_object_foreach(place->data, type, value)
    {
        g_autofree char *chunk = g_strconcat("events/", type, NULL);
        Place below = {.up = place, .parent = place->data, .key = type, .data = value};
        bool known = false;

        json_array_foreach(names, index, name) known |= strcmp(json_string_value(name), type) == 0;
        fits &= known ? validator_check(validator, validator_chunk(validator, chunk), &below)
                      : refuse_event(validator, names, place, type);
    }
    if (fits && json_object_size(place->data) > 1) {
        g_autofree char *where = place_words(place);

        return misfit_at(validator, place, NULL,
                         "indent what belongs to the event below its type, or start a new item",
                         "%s has more than one key: an event has its type as its only one", where);
    }
    return fits;
}
