#include "reconcile/compile/older/framework_version.h"
#include <criterion/criterion.h>

Test(framework_version, a_range_is_read_as_npm_reads_it)
{
    static const struct {
        const char *range;
        bool before_4, from_4;
    } rows[] = {
        {"3", true, false},
        {"4", false, true},
        {"^3.38.0", true, false},
        {"~3.77", true, false},
        {"~>2.1.0", true, false},
        {"3.77.1", true, false},
        {"v2.72.3", true, false},
        {"=3", true, false},
        {"3.x", true, false},
        {"4.X.x", false, true},
        {"*", true, true},
        {"x", true, true},
        {"", true, true},
        {">=1.0.0", true, true},
        {">= 2", true, true},
        {">=2.0.0 <4.0.0", true, false},
        {">=2.0.0 <=4.0.0", true, true},
        {">=2.0.0 <=4", true, true},
        {"<4", true, false},
        {">3", false, true},
        {">3.5", true, true},
        {">3.5 <4", true, false},
        {">4 <3", false, false},
        {"1 - 3", true, false},
        {"1.2.3 - 4.1", true, true},
        {"4.0.0 - 5", false, true},
        {"^2 || ^3", true, false},
        {"^2 || ^4", true, true},
        {"^0.0.3", true, false},
        {"^4.0.0-beta.1", false, true},
        {"  ^3  ", true, false},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FrameworkVersion version;

        cr_assert(framework_version_read(rows[i].range, &version), "\"%s\"", rows[i].range);
        cr_expect_eq(version.before_4, rows[i].before_4, "before 4: \"%s\"", rows[i].range);
        cr_expect_eq(version.from_4, rows[i].from_4, "from 4: \"%s\"", rows[i].range);
    }
}

Test(framework_version, what_is_no_range_is_refused)
{
    static const char *const texts[] = {"two",  "latest", "3.",  "^",           ">=", "3 -4.",
                                        "1..2", "3, 4",   "^^3", "99999999999", "||a"};

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FrameworkVersion version;

        cr_expect_not(framework_version_read(texts[i], &version), "\"%s\"", texts[i]);
    }
}
