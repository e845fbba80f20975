#include "reconcile/compile/naming.h"
#include <criterion/criterion.h>

typedef struct {
    const char *written, *id;
} Row;

static void check(char *(*naming)(const char *), const Row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *id = naming(rows[i].written);
        cr_expect_str_eq(id, rows[i].id, "%s: %s", rows[i].written, id);
    }
}

Test(naming, function_names_keep_their_letters_and_spell_out_dash_and_underscore)
{
    const Row rows[] = {
        {"hello", "Hello"},
        {"user-create", "UserDashcreate"},
        {"user_create", "UserUnderscorecreate"},
        {"-x", "Dashx"},
        {"9lives", "9lives"},
        {"", ""},
    };
    check(naming_normalize, rows, G_N_ELEMENTS(rows));
}

Test(naming, alphanumeric_ids_drop_everything_else)
{
    const Row rows[] = {
        {"my-bucket.example", "Mybucketexample"},
        {"${self:x}", "Selfx"},
        {"übung", "Bung"},
        {"...", ""},
    };
    check(naming_alphanumeric, rows, G_N_ELEMENTS(rows));
}

Test(naming, paths_are_named_segment_by_segment)
{
    const Row rows[] = {
        {"users/{id}", "UsersIdVar"},
        {"/Users/ID", "UsersId"},
        {"{proxy+}", "ProxyVar"},
        {"a-b/c_d", "ADashbCd"},
        {"{a}-{b}", "ADashbVar"},
        {"}x{", "X"},
        {"{}", "Var"},
        {"", ""},
        {"GET /users/{id}", "GetUsersIdVar"},
        {"-x", "Dashx"},
        {"$default", "Default"},
    };
    check(naming_path, rows, G_N_ELEMENTS(rows));
}
