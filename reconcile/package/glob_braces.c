#include "reconcile/package/glob.h"

#include "reconcile/package/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXPANSIONS_MAX 1000

typedef struct {
    GPtrArray *done;
    bool too_many;
} Expansion;

/* The '}' of the first brace of `text` that has alternatives; *ret_open is its '{'. */
static const char *find_brace(const char *text, const char **ret_open)
{
    for (const char *open = text; (open = strchr(open, '{')); open++) {
        unsigned depth = 0;
        bool splits = false;

        if (open > text && open[-1] == '\\')
            continue;
        for (const char *at = open; *at; at++) {
            if (*at == '\\' && at[1])
                at++;
            else if (*at == '{')
                depth++;
            else if (depth == 1 && (*at == ',' || strncmp(at, "..", 2) == 0))
                splits = true;
            else if (*at == '}' && --depth == 0) {
                if (!splits)
                    break;
                *ret_open = open;
                return at;
            }
        }
    }
    return NULL;
}

static bool read_number(const char *text, long *ret)
{
    char *end;

    errno = 0;
    *ret = strtol(text, &end, 10);
    return !errno && end > text && !*end && labs(*ret) <= 1000000000;
}

/* "1..3" and "a..c" with an optional step; false for what is neither. */
static bool add_range(const char *inner, GPtrArray *parts, bool *ret_too_many)
{
    char **ends = g_strsplit(inner, "..", 3);
    const guint count = g_strv_length(ends);
    long first = 0, last = 0, stride = 1;
    bool numbers = false, letters = false;

    if (count >= 2) {
        numbers = read_number(ends[0], &first) && read_number(ends[1], &last);
        letters = !numbers && strlen(ends[0]) == 1 && strlen(ends[1]) == 1;
        if (letters) {
            first = (guchar)*ends[0];
            last = (guchar)*ends[1];
        }
        if (count == 3 && (!read_number(ends[2], &stride) || stride == 0))
            numbers = letters = false;
    }
    stride = labs(stride);
    if ((numbers || letters) && labs(last - first) / stride >= EXPANSIONS_MAX)
        *ret_too_many = true;
    else if (numbers || letters)
        for (long i = 0; i <= labs(last - first); i += stride) {
            long value = last >= first ? first + i : first - i;

            g_ptr_array_add(parts, numbers ? g_strdup_printf("%ld", value)
                                           : g_strdup_printf("%c", (char)value));
        }
    g_strfreev(ends);
    return numbers || letters;
}

static bool add_alternatives(const char *inner, GPtrArray *parts)
{
    const char *start = inner;
    unsigned depth = 0;

    for (const char *at = inner; *at; at++) {
        if (*at == '\\' && at[1])
            at++;
        else if (*at == '{')
            depth++;
        else if (*at == '}')
            depth -= depth > 0;
        else if (*at == ',' && depth == 0) {
            g_ptr_array_add(parts, g_strndup(start, (gsize)(at - start)));
            start = at + 1;
        }
    }
    g_ptr_array_add(parts, g_strdup(start));
    return parts->len > 1;
}

/* Breadth first over a list that grows at its end: every step takes one brace away. */
static void expand(Expansion *expansion, GPtrArray *waiting)
{
    for (guint i = 0; i < waiting->len && !expansion->too_many; i++) {
        const char *text = g_ptr_array_index(waiting, i), *open, *close;
        g_autoptr(GPtrArray) parts = g_ptr_array_new_with_free_func(g_free);
        g_autofree char *inner = NULL;

        close = find_brace(text, &open);
        if (close)
            inner = g_strndup(open + 1, (gsize)(close - open - 1));
        if (!close ||
            (!add_range(inner, parts, &expansion->too_many) && !add_alternatives(inner, parts))) {
            g_ptr_array_add(expansion->done, g_strdup(text));
            continue;
        }
        for (guint part = 0; part < parts->len; part++)
            g_ptr_array_add(waiting,
                            g_strdup_printf("%.*s%s%s", (int)(open - text), text,
                                            (char *)g_ptr_array_index(parts, part), close + 1));
        expansion->too_many |= waiting->len > 2 * EXPANSIONS_MAX;
    }
}

GPtrArray *glob_expand_braces(const char *pattern, GError **error)
{
    g_autoptr(GPtrArray) waiting = g_ptr_array_new_with_free_func(g_free);
    Expansion expansion = {.done = g_ptr_array_new_with_free_func(g_free)};

    g_ptr_array_add(waiting, g_strdup(pattern));
    expand(&expansion, waiting);
    if (!expansion.too_many && expansion.done->len <= EXPANSIONS_MAX)
        return expansion.done;
    g_ptr_array_unref(expansion.done);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN,
                "pattern \"%.100s\": its braces stand for more than %d patterns", pattern,
                EXPANSIONS_MAX);
    return NULL;
}
