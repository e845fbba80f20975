#include "reconcile/package/glob.h"
#include "reconcile/package/package.h"

#include <criterion/criterion.h>
#include <string.h>

/* Each row was compared with picomatch 2.3 ({dot: true}). */
static const struct {
    const char *pattern, *path;
    bool matches;
} rows[] = {
    {"*", "a.js", true},
    {"*", ".hidden", true},
    {"*", "a/b", false},
    {"**", "a/b/.c", true},
    {"a/**", "a", true},
    {"a/**", "a/b/c", true},
    {"a/**", "ab", false},
    {"*/**", "a", false},
    {"*/**", "a/b", true},
    {"**/x", "x", true},
    {"**/x", "a/b/x", true},
    {"**/x", "ax", false},
    {"a/**/b", "a/b", true},
    {"a/**/b", "a/x/y/b", true},
    {"a/**/b", "ab", false},
    {"a/**/**/b", "a/x/b", true},
    {"a**b", "axb", true},
    {"a**b", "a/b", false},
    {"**.js", "a/b.js", true},
    {"**.min.js", "a/b.min.js", true},
    {"x/**.js", "x/a/b.js", false},
    {"a/***", "a/b/c", false},
    {"a?b", "axb", true},
    {"a?b", "a/b", false},
    {"[a-c]x", "bx", true},
    {"[[:digit:é*:]]", "5]", true},
    {"[[:digit:é*:]]", "é]", false},
    {"[^a]", "b", true},
    {"[^a]", "a", false},
    {"a[^b]c", "a/c", false},
    {"[!a]", "a", true},
    {"[id].js", "[id].js", true},
    {"[id].js", "i.js", true},
    {"[id].js", "id.js", false},
    {"[[:digit:][:alpha:]]", "7", true},
    {"[[:digit:][:alpha:]]", "_", false},
    {"[]a]", "]", true},
    {"a[", "a[", true},
    {"{a,b}.js", "b.js", true},
    {"{a,b{c,d}}", "bd", true},
    {"{a,b{c,d}}", "b", false},
    {"{,a}b", "b", true},
    {"{a}", "{a}", true},
    {"{a}", "a", false},
    {"{1..3}", "2", true},
    {"{1..10}", "5", false},
    {"{**/x,y}", "x", false},
    {"{**/x,y}", "a/x", true},
    {"{a{b}c,d}", "a{b}c", true},
    {"@(a|b)", "b", true},
    {"?(a)b", "b", true},
    {"+(ab)", "abab", true},
    {"+(ab)", "aba", false},
    {"*(a|b)c", "c", true},
    {"!(foo)", "bar", true},
    {"!(foo)", "foo", false},
    {"!(foo)", "foobar", true},
    {"!(foo).js", "foobar.js", false},
    {"!(*.d).ts", "x.ts", true},
    {"!(*.d).ts", "x.d.ts", false},
    {"src/!(a|b)/**", "src/c/d", true},
    {"src/!(a|b)/**", "src/a/d", false},
    {"(a|b)+", "aba", true},
    {"\"*\"", "*", true},
    {"\"*\"", "a", false},
    {"a\\*b", "a*b", true},
    {"a\\*b", "axb", false},
    {"a)b", "a)b", true},
    {"a(b", "a(b", true},
    {"a|b", "a|b", true},
    {"./a/*", "a/b", true},
    {"!a", "b", true},
    {"!a", "a", false},
    {"!!a", "a", true},
    {"./!a", "a", false},
    {"./!a", "x/a", true},
    {"././!a", "!a", true},
    {"././!a", "b", false},
    {"\xc3\xa4?", "\xc3\xa4\xc3\xb6", true},
    {"?", "\xf0\x9f\x98\x80", false}, /* two units */
    {"??", "\xf0\x9f\x98\x80", true},
    {"**", "../a", false},
    {"**", "a/../b", false},
    {"**", "a/.", false},
    {"**", "a/..b/...", true},
    {"**", ".a/b", true},
    {"**", "a\nb", false},
    {"../**", "../a/b", true},
    {"../**", "../../a", false},
    {"**{a,b}", "x/y/b", true},
    {"@(x)**", "x/y", true},
    {"**@(x)", "a/b/x", true},
    {"@(a|**)", "a/b", false},
    {"@(?|x)", "@?", true},
    {"@(?|x)", "@x", true},
    {"[[:alpha:]]", "\xc3\xa4", false},
    {"[^[:alpha:]]x", "/x", true},
    {"[z-a]", "z", false},
    {"+(a|*)", "a", false}, /* read as text */
    {"+(a|*)", "+(a|*)", true},
    {"*(*(a)*(b))", "abba", true},
    {"x/a|b", "b", true},
    {"a|b", "a|b", true},
    {"(ab+)", "abbb", true},
    {"[ab]+", "abab", true},
    {"!(*.d).ts", "a.d.ts", false},
    {"!(*.d).{ts,tsx}", "a.tsx", true},
    {"\\d", "7", true},
    {"*.*", "a.", false},
    {"./././a", "a", true},
};

Test(glob, matches_as_the_framework_does)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Glob) glob = glob_compile(rows[i].pattern, GLOB_MATCH, &error);

        cr_assert_not_null(glob, "%s", error ? error->message : "");
        cr_expect_eq(glob_matches(glob, rows[i].path), rows[i].matches, "%s on %s", rows[i].pattern,
                     rows[i].path);
    }
}

Test(glob, a_hostile_pattern_takes_no_more_time_than_its_length_asks_for)
{
    static const char *const patterns[] = {
        "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
        "**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/b",
        "+(+(+(+(+(a))))b",
        "*(*(*(a|aa)|aaa)|a)b",
        "!(!(!(!(a*)*)*)*)b",
        "{a,{a,{a,{a,a*}*}*}*}*{a,{a,a}*}*b",
        ("{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,"
         "b}"
         "{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}x"),
        "*(+(*|a)+(a*|a))b",
    };
    g_autoptr(GString) path = g_string_new(NULL);
    gint64 started_us = g_get_monotonic_time();

    for (int i = 0; i < 400; i++)
        g_string_append(path, i % 20 == 19 ? "a/" : "aaaaa");
    for (size_t i = 0; i < G_N_ELEMENTS(patterns); i++) {
        g_autoptr(Glob) glob = glob_compile(patterns[i], GLOB_MATCH, NULL);

        cr_assert_not_null(glob);
        cr_expect_not(glob_matches(glob, path->str), "%s", patterns[i]);
    }
    cr_expect_lt(g_get_monotonic_time() - started_us, 20 * G_USEC_PER_SEC,
                 "minutes would be a backtracking matcher's");
}

Test(glob, brackets_that_nothing_closes_are_looked_for_once)
{
    g_autoptr(GString) pattern = g_string_new(NULL);
    g_autoptr(Glob) glob = NULL;
    gint64 started_us = g_get_monotonic_time();

    for (int i = 0; i < 1000; i++)
        g_string_append(pattern, "*(");
    for (int i = 0; i < 2000; i++)
        g_string_append(pattern, "[");
    g_string_append(pattern, "[]");
    glob = glob_compile(pattern->str, GLOB_MATCH, NULL);
    cr_assert_not_null(glob);
    cr_expect(glob_matches(glob, pattern->str));
    cr_expect_lt(g_get_monotonic_time() - started_us, 20 * G_USEC_PER_SEC);
}

Test(glob, patterns_beyond_the_ceilings_are_refused)
{
    g_autofree char *deep = g_strnfill(200, '('), *closed = g_strnfill(200, ')');
    g_autofree char *nested = g_strconcat(deep, "a", closed, NULL), *tall = g_strnfill(5000, 'a');
    const char *const refused[] = {nested, tall, "(?<a>b)", "\xff"};

    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        g_autoptr(GError) error = NULL;

        cr_expect_null(glob_compile(refused[i], GLOB_MATCH, &error));
        cr_assert(g_error_matches(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN));
    }
}

Test(glob, knows_of_a_folder_whether_all_or_nothing_below_it_matches)
{
    static const struct {
        const char *pattern, *folder;
        GlobBelow below;
    } folders[] = {
        {"**", "", GLOB_ALL_BELOW},
        {"**/*", "", GLOB_ALL_BELOW},
        {"*", "", GLOB_SOME_BELOW},
        {"a/**", "a", GLOB_ALL_BELOW},
        {"a/**/*", "a/b", GLOB_ALL_BELOW},
        {"a/**", "b", GLOB_NONE_BELOW},
        {"a/**/*.js", "a", GLOB_SOME_BELOW},
        {"a/*", "a", GLOB_SOME_BELOW},
        {"a/*", "a/b", GLOB_NONE_BELOW},
        {"a/b.js", "a", GLOB_SOME_BELOW},
        {"a", "a", GLOB_NONE_BELOW},
        {"**/node_modules/**", "x/node_modules", GLOB_ALL_BELOW},
        {"{a/**/x,a/*}", "a", GLOB_SOME_BELOW},
        {"!(a)/**", "b", GLOB_SOME_BELOW},
        {"!a", "a", GLOB_SOME_BELOW},
        {"[z-a]", "a", GLOB_NONE_BELOW},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autoptr(Glob) glob = glob_compile(folders[i].pattern, GLOB_SEARCH, NULL);

        cr_expect_eq(glob_below(glob, folders[i].folder), folders[i].below, "%s in \"%s\"",
                     folders[i].pattern, folders[i].folder);
    }
}

Test(glob, a_leading_exclamation_mark_of_a_class_is_one_only_where_files_are_searched)
{
    g_autoptr(Glob) matching = glob_compile("[!a].js", GLOB_MATCH, NULL);
    g_autoptr(Glob) searching = glob_compile("[!a].js", GLOB_SEARCH, NULL);

    cr_expect(glob_matches(matching, "a.js"));
    cr_expect_not(glob_matches(searching, "a.js"));
    cr_expect(glob_matches(searching, "b.js"));
}

Test(glob, any_bytes_are_read_without_harm)
{
    static const char bytes[] = "ab/.*?[]{}(),|!+@^-\\\".:12";
    GRand *chance = g_rand_new_with_seed(42);

    for (int i = 0; i < 20000; i++) {
        char pattern[24] = {0}, path[12] = {0};

        for (int j = 0; j < g_rand_int_range(chance, 0, 23); j++)
            pattern[j] = bytes[g_rand_int_range(chance, 0, sizeof(bytes) - 1)];
        for (int j = 0; j < g_rand_int_range(chance, 0, 11); j++)
            path[j] = bytes[g_rand_int_range(chance, 0, sizeof(bytes) - 1)];
        g_autoptr(Glob) glob = glob_compile(pattern, i % 2 ? GLOB_MATCH : GLOB_IGNORE_FILE, NULL);
        G_GNUC_UNUSED g_autoptr(GPtrArray) expanded = glob_expand_braces(pattern, NULL);

        if (glob)
            glob_matches(glob, path);
        if (glob)
            (void)glob_below(glob, path);
    }
    g_rand_free(chance);
}

Test(glob, braces_are_written_out_as_a_shell_does)
{
    static const struct {
        const char *pattern, *expected;
    } expansions[] = {
        {"a", "a"},
        {"{a,b}c", "ac bc"},
        {"{a,b{c,d}}", "a bc bd"},
        {"{1..3}", "1 2 3"},
        {"{3..1}", "3 2 1"},
        {"{a..c}", "a b c"},
        {"{1..5..2}", "1 3 5"},
        {"{a}", "{a}"},
        {"\\{a,b}", "\\{a,b}"},
        {"{a,b}{c,d}", "ac ad bc bd"},
        {"{,a}", " a"},
        {"{a,b", "{a,b"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(expansions); i++) {
        g_autoptr(GPtrArray) parts = glob_expand_braces(expansions[i].pattern, NULL);
        g_autofree char *joined = NULL;

        cr_assert_not_null(parts);
        g_ptr_array_add(parts, NULL);
        joined = g_strjoinv(" ", (char **)parts->pdata);
        cr_expect_str_eq(joined, expansions[i].expected, "%s gives %s", expansions[i].pattern,
                         joined);
    }
    cr_expect_null(glob_expand_braces("{1..9}{1..9}{1..9}{1..9}{1..9}", NULL));
}
