#include "reconcile/package/search_pattern.h"

#include <criterion/criterion.h>
#include <string.h>

/* Each row was compared with fast-glob 3.3.3. */
static const struct {
    const char *pattern;
    bool is_dynamic, keeps_out;
    const char *base, *segments;
} rows[] = {
    {"a.js", false, true, ".", "a.js"},
    {"src/a.js", false, true, "src", "src|a.js"},
    {"src/*.js", true, false, "src", "src|*.js"},
    {"./src/*.js", true, false, "./src", "src|*.js"},
    {"../x/**", true, true, "../x", "..|x|**"},
    {"**", true, false, ".", "**"},
    {"**/node_modules", true, true, ".", "**|node_modules"},
    {"a/[id]/b", true, true, "a", "a|[id]|b"},
    {"a(b)/c", false, true, "a(b)", "a(b)|c"},
    {"a/@(b/c|d)/e", true, true, "a", "a|@(b/c|d)|e"},
    {"a/(b|c)/d", true, true, "a", "a|(b|c)|d"},
    {"a?/b", true, true, "a?", "a?|b"}, /* what it takes for a folder's name is none */
    {"a\\*/b", true, true, "a*", "a\\*|b"},
    {"[a/b]c", true, true, ".", "[a/b]c"},
};

Test(search_pattern, reads_off_a_pattern_where_and_how_it_is_searched_for)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *base = search_pattern_base(rows[i].pattern), *joined = NULL;
        g_autoptr(GPtrArray) segments = search_pattern_segments(rows[i].pattern);

        g_ptr_array_add(segments, NULL);
        joined = g_strjoinv("|", (char **)segments->pdata);
        cr_expect_eq(search_pattern_is_dynamic(rows[i].pattern), rows[i].is_dynamic, "%s",
                     rows[i].pattern);
        cr_expect_eq(search_pattern_keeps_out(rows[i].pattern), rows[i].keeps_out, "%s",
                     rows[i].pattern);
        cr_expect_str_eq(base, rows[i].base, "%s: %s", rows[i].pattern, base);
        cr_expect_str_eq(joined, rows[i].segments, "%s: %s", rows[i].pattern, joined);
    }
}
