#include <string.h>

#include "config/document.h"
#include "reconcile/compile/schema/validator.h"
#include "reconcile/compile/variables/origins.h"

static void append_place(GString *pointer, const Place *place)
{
    if (!place->up)
        return;
    append_place(pointer, place->up);
    if (place->key)
        pointer_append(pointer, place->key);
    else
        pointer_append_index(pointer, place->index);
}

char *place_pointer(const Place *place)
{
    GString *pointer = g_string_new(NULL);

    append_place(pointer, place);
    return g_string_free(pointer, FALSE);
}

char *place_words(const Place *place)
{
    g_autofree char *pointer = place_pointer(place);

    return pointer_to_words(pointer);
}

unsigned place_depth(const Place *place)
{
    unsigned depth = 0;

    for (; place->up; place = place->up)
        depth++;
    return depth;
}

static Misfit *new_misfit(Validator *validator, const Place *place, const char *hint, char *message)
{
    Misfit *noted = g_new0(Misfit, 1);

    noted->pointer = place_pointer(place);
    noted->depth = place_depth(place);
    noted->hint = g_strdup(hint);
    noted->message = message;
    g_ptr_array_add(validator->misfits, noted);
    return noted;
}

static bool is_noted(const Validator *validator)
{
    return validator->silent == 0 && validator->misfits->len < VALIDATOR_MAX_ERRORS;
}

bool misfit(Validator *validator, MisfitKind kind, const Place *place, const char *hint,
            const char *format, ...)
{
    g_autofree char *text = NULL, *words = NULL;
    va_list arguments;

    if (!is_noted(validator))
        return false;
    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    words = place_words(place);
    new_misfit(validator, place, hint, g_strdup_printf("%s %s", words, text))->kind = kind;
    return false;
}

bool misfit_at(Validator *validator, const Place *place, const char *key, const char *hint,
               const char *format, ...)
{
    va_list arguments;
    Misfit *noted;

    if (!is_noted(validator))
        return false;
    va_start(arguments, format);
    noted = new_misfit(validator, place, hint, g_strdup_vprintf(format, arguments));
    va_end(arguments);
    if (key) {
        GString *pointer = g_string_new(noted->pointer);

        pointer_append(pointer, key);
        g_free(noted->pointer);
        noted->pointer = g_string_free(pointer, FALSE);
        noted->at_key = true;
    }
    return false;
}
