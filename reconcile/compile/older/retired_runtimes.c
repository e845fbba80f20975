/* Runtimes of Lambda that AWS has retired: names that osls 4 refuses, because nobody should start
 * with them. Source of the dates: AWS's "Lambda runtimes" page, as cfn-lint 1.58.0 has it
 * (LmbdRuntimeLifecycle.json, MIT-0). */
#include "reconcile/compile/older/older.h"

#include <string.h>

// clang-format off
static const struct {
    const char *name, *creation, *update, *successor;
} rows[] = {
    {"dotnet6",        "2027-02-01", "2027-03-03", "dotnet10"},
    {"dotnetcore1.0",  "2019-06-30", "2019-07-30", "dotnet10"},
    {"dotnetcore2.0",  "2019-04-30", "2019-05-30", "dotnet10"},
    {"dotnetcore2.1",  "2022-01-05", "2022-04-13", "dotnet10"},
    {"dotnetcore3.1",  "2023-04-03", "2023-05-03", "dotnet10"},
    {"go1.x",          "2024-02-08", "2027-03-03", "provided.al2023"},
    {"java8",          "2024-02-08", "2027-03-03", "java25"},
    {"nodejs",         "2016-09-30", "2016-10-31", "nodejs24.x"},
    {"nodejs4.3",      "2020-02-03", "2020-03-05", "nodejs24.x"},
    {"nodejs4.3-edge", "2019-03-31", "2019-04-30", "nodejs24.x"},
    {"nodejs6.10",     "2019-07-12", "2019-08-12", "nodejs24.x"},
    {"nodejs8.10",     "2020-02-04", "2020-03-06", "nodejs24.x"},
    {"nodejs10.x",     "2021-07-30", "2022-02-14", "nodejs24.x"},
    {"nodejs12.x",     "2023-03-31", "2023-04-30", "nodejs24.x"},
    {"nodejs14.x",     "2024-01-09", "2027-03-03", "nodejs24.x"},
    {"nodejs16.x",     "2027-02-01", "2027-03-03", "nodejs24.x"},
    {"nodejs18.x",     "2027-02-01", "2027-03-03", "nodejs24.x"},
    {"provided",       "2024-02-08", "2027-03-03", "provided.al2023"},
    {"python2.7",      "2021-07-15", "2022-05-30", "python3.14"},
    {"python3.6",      "2022-07-18", "2022-08-29", "python3.14"},
    {"python3.7",      "2024-01-09", "2027-03-03", "python3.14"},
    {"python3.8",      "2027-02-01", "2027-03-03", "python3.14"},
    {"python3.9",      "2027-02-01", "2027-03-03", "python3.14"},
    {"ruby2.5",        "2021-07-30", "2022-03-31", "ruby4.0"},
    {"ruby2.7",        "2024-01-09", "2027-03-03", "ruby4.0"},
    {"ruby3.2",        "2027-02-01", "2027-03-03", "ruby4.0"},
};
// clang-format on

bool retired_runtime(const char *name, const char **ret_creation, const char **ret_update,
                     const char **ret_successor)
{
    for (size_t i = 0; name && i < G_N_ELEMENTS(rows); i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (ret_creation)
            *ret_creation = rows[i].creation;
        if (ret_update)
            *ret_update = rows[i].update;
        if (ret_successor)
            *ret_successor = rows[i].successor;
        return true;
    }
    return false;
}

json_t *retired_runtimes(void)
{
    json_t *names = json_array();

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        json_array_append_new(names, json_string(rows[i].name));
    return names;
}
