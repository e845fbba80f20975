#include "reconcile/package/glob_nodes.h"

#include <string.h>

static const struct {
    const char *name;
    const char *ranges; /* pairs of first and last character */
} named[] = {
    {"alnum", "azAZ09"},
    {"alpha", "azAZ"},
    {"ascii", "\001\177"},
    {"blank", "  \t\t"},
    {"cntrl", "\001\037\177\177"},
    {"digit", "09"},
    {"graph", "!~"},
    {"lower", "az"},
    {"print", " ~"},
    {"punct", "!/:@[`{~"},
    {"space", "  \t\r"},
    {"upper", "AZ"},
    {"word", "azAZ09__"},
    {"xdigit", "09AFaf"},
};

static void add_range(CharacterClass *class, gunichar first, gunichar last)
{
    const CharacterRange range = {first, last};

    g_array_append_val(class->ranges, range);
}

/* "[:alpha:]" at `at`: what follows it, or NULL. */
static const char *add_named(CharacterClass *class, const char *at)
{
    for (size_t i = 0; i < G_N_ELEMENTS(named); i++) {
        size_t length = strlen(named[i].name);

        if (strncmp(at, "[:", 2) != 0 || strncmp(at + 2, named[i].name, length) != 0 ||
            strncmp(at + 2 + length, ":]", 2) != 0)
            continue;
        for (const char *pair = named[i].ranges; *pair; pair += 2)
            add_range(class, (guchar)pair[0], (guchar)pair[1]);
        return at + length + 4;
    }
    return NULL;
}

static const char *take_character(const char *at, const char *end, gunichar *ret)
{
    if (*at == '\\' && at + 1 < end)
        at++;
    *ret = g_utf8_get_char(at);
    return g_utf8_next_char(at);
}

/* The inside of a class; false when a range runs backwards, as "[z-a]" does. */
static bool add_inside(CharacterClass *class, const char *at, const char *end)
{
    while (at < end) {
        const char *after = add_named(class, at);
        gunichar first, last;

        if (after) {
            at = after;
            continue;
        }
        at = take_character(at, end, &first);
        last = first;
        if (*at == '-' && at + 1 < end)
            at = take_character(at + 1, end, &last);
        if (last < first)
            return false;
        add_range(class, first, last);
    }
    return true;
}

/* The ']' that ends the class whose inside starts at `at`: the first character is never it. */
static const char *find_end(const char *at)
{
    const char *start = at;

    for (; *at; at++) {
        if (*at == ']' && at > start)
            return at;
        if (*at == '\\' && at[1])
            at++;
        else if (strncmp(at, "[:", 2) == 0) {
            const char *name_end = strstr(at + 2, ":]");

            if (name_end)
                at = name_end + 1;
        }
    }
    return NULL;
}

const char *glob_class_parse(const char *at, GlobSyntax syntax, CharacterClass *ret,
                             bool *ret_also_text)
{
    const char *inside = at + 1, *end;
    CharacterClass class = {.negated =
                                *inside == '^' || (syntax == GLOB_IGNORE_FILE && *inside == '!')};

    inside += class.negated;
    end = find_end(inside);
    if (!end)
        return NULL;
    class.ranges = g_array_new(FALSE, FALSE, sizeof(CharacterRange));
    if (!add_inside(&class, inside, end)) {
        g_array_unref(class.ranges);
        return NULL;
    }
    if (class.negated || syntax == GLOB_IGNORE_FILE) {
        /* a path's separator is never meant by what is not named */
        if (class.negated)
            add_range(&class, '/', '/');
        *ret_also_text = false;
    } else {
        /* "[id].js" is a usual file name: without any special character it stands for itself too */
        size_t plain = strcspn(inside, "-*+?.^${}(|)[\\]");

        *ret_also_text = inside + plain == end;
    }
    *ret = class;
    return end + 1;
}

bool glob_class_of_range(const char *inner, size_t length, CharacterClass *ret)
{
    g_autofree char *text = g_strndup(inner, length);
    char **parts = g_strsplit(text, "..", 3);
    guint count = g_strv_length(parts);
    CharacterClass class = {.ranges = g_array_new(FALSE, FALSE, sizeof(CharacterRange))};
    bool made = false;

    if (count >= 2) {
        if (strcmp(parts[0], parts[1]) > 0) { /* the matcher sorts the ends */
            char *first = parts[0];

            parts[0] = parts[1];
            parts[1] = first;
        }
        g_autofree char *inside = g_strjoinv("-", parts);

        made = add_inside(&class, inside, inside + strlen(inside));
    }
    g_strfreev(parts);
    if (made)
        *ret = class;
    else
        g_array_unref(class.ranges);
    return made;
}
