#include "reconcile/compile/older/framework_version.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

/* Versions as one number: 21 bits each for major, minor and patch. */
#define PART_BITS 21
#define PART_MAX ((1u << PART_BITS) - 1)
#define VERSION_4 ((uint64_t)4 << (2 * PART_BITS))

/* What satisfies a comparator: from `low` on, before `high`. */
typedef struct {
    uint64_t low, high;
} Interval;

typedef struct {
    unsigned parts[3];
    unsigned given; /* parts that are numbers; the others are `x`, `*` or left out */
} Partial;

static const Interval everything = {0, UINT64_MAX};

static uint64_t number_of(const Partial *version)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < 3; i++)
        number = number << PART_BITS | version->parts[i];
    return number;
}

/* The first version whose part `at` is greater: 1.2.3 at 1 gives 1.3.0. */
static uint64_t next_of(const Partial *version, unsigned at)
{
    Partial next = {.given = 3};

    memcpy(next.parts, version->parts, (at + 1) * sizeof *next.parts);
    next.parts[at]++;
    return number_of(&next);
}

static bool read_part(const char **at, Partial *version, unsigned part)
{
    guint64 number;
    char *end;

    if (**at && strchr("xX*", **at)) {
        ++*at;
        return true;
    }
    if (!g_ascii_isdigit(**at))
        return false;
    number = g_ascii_strtoull(*at, &end, 10);
    if (number >= PART_MAX)
        return false;
    *at = end;
    if (version->given == part) {
        version->parts[part] = (unsigned)number;
        version->given++;
    }
    return true;
}

/* "v1.2.3-beta+7", "1.x", "*". */
static bool read_partial(const char **at, Partial *ret)
{
    *ret = (Partial){0};
    if (**at == 'v' || **at == '=')
        ++*at;
    for (unsigned part = 0; part < 3; part++) {
        if (part > 0 && **at != '.')
            break;
        *at += part > 0;
        if (!read_part(at, ret, part))
            return false;
    }
    while (**at == '-' || **at == '+' || **at == '.' || g_ascii_isalnum(**at))
        ++*at;
    return true;
}

static Interval exactly(const Partial *version)
{
    if (version->given == 0)
        return everything;
    return (Interval){number_of(version), next_of(version, version->given - 1)};
}

/* ^: up to the next change of the leftmost part that is not 0. */
static Interval caret(const Partial *version)
{
    unsigned at = 0;

    if (version->given == 0)
        return everything;
    while (at + 1 < version->given && version->parts[at] == 0)
        at++;
    return (Interval){number_of(version), next_of(version, at)};
}

static Interval tilde(const Partial *version)
{
    if (version->given == 0)
        return everything;
    return (Interval){number_of(version), next_of(version, version->given > 1 ? 1 : 0)};
}

static Interval apply(const char *operator, const Partial * version)
{
    Interval exact = exactly(version);

    switch (operator[0]) {
    case '^':
        return caret(version);
    case '~':
        return tilde(version);
    case '>':
        return (Interval){operator[1] == '=' ? exact.low : exact.high, UINT64_MAX};
    case '<':
        return (Interval){0, operator[1] == '=' ? exact.high : exact.low };
    default:
        return exact;
    }
}

static void skip_spaces(const char **at)
{
    while (g_ascii_isspace(**at))
        ++*at;
}

static bool read_comparator(const char **at, Interval *ret)
{
    static const char *const operators[] = {">=", "<=", "~>", ">", "<", "=", "~", "^", ""};
    const char *const *operator= operators;
    Partial version, last;

    while (!g_str_has_prefix(*at, *operator))
        operator++;
    *at += strlen(*operator);
    skip_spaces(at);
    if (!read_partial(at, &version))
        return false;
    *ret = apply(*operator, & version);
    if (**operator|| !g_str_has_prefix(*at, " - "))
        return true;
    *at += strlen(" - ");
    skip_spaces(at);
    if (!read_partial(at, &last))
        return false;
    *ret = (Interval){number_of(&version), exactly(&last).high};
    return true;
}

/* Comparators side by side: all of them have to be satisfied. */
static bool read_set(const char *text, Interval *ret)
{
    *ret = everything;
    for (;;) {
        Interval one;

        skip_spaces(&text);
        if (!*text)
            return true;
        if (!read_comparator(&text, &one))
            return false;
        if (*text && !g_ascii_isspace(*text))
            return false;
        ret->low = MAX(ret->low, one.low);
        ret->high = MIN(ret->high, one.high);
    }
}

bool framework_version_read(const char *range, FrameworkVersion *ret)
{
    g_auto(GStrv) sets = g_strsplit(*range ? range : "*", "||", -1);
    FrameworkVersion version = {0};

    for (char **set = sets; *set; set++) {
        Interval interval;

        if (!read_set(*set, &interval))
            return false;
        if (interval.low >= interval.high)
            continue;
        version.before_4 = version.before_4 || interval.low < VERSION_4;
        version.from_4 = version.from_4 || interval.high > VERSION_4;
    }
    *ret = version;
    return true;
}
