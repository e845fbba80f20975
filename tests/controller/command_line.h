/* The command line as people meet it: the program itself is run, in a folder of the test's own. */
#pragma once
#include "tests/reconcile/source/temporary_folder.h"
#include <criterion/criterion.h>
#include <glib.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SETTINGS                                        \
    "listen: 127.0.0.1:1\n"                             \
    "repositories:\n  shop: {url: /nowhere/shop.git}\n" \
    "services:\n  orders: {repository: shop, stage: dev, region: eu-west-1}\n"
#define SERVICE                                    \
    "service: hello\n"                             \
    "provider: {name: aws, runtime: nodejs20.x}\n" \
    "functions: {hi: {handler: index.main}}\n"

static char *folder;

typedef struct {
    int status;
    char *out, *err;
} Ran;

static inline void make_folder(void)
{
    folder = temporary_folder_make();
    temporary_run(folder, "git init -q .");
}

static inline void remove_folder(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
}

/* Runs `driftless` with words that end with NULL, without the caller's AWS environment. */
static inline Ran run(const char *const *words)
{
    static const char *const taken_out[] = {"AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
                                            "DRIFTLESS_URL"};
    g_auto(GStrv) environment = g_get_environ();
    g_autoptr(GPtrArray) arguments = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    const char *program = getenv("DRIFTLESS");
    Ran ran = {0};

    cr_assert_not_null(program, "DRIFTLESS names the program (ctest sets it)");
    for (size_t i = 0; i < G_N_ELEMENTS(taken_out); i++)
        environment = g_environ_unsetenv(environment, taken_out[i]);
    environment = g_environ_setenv(environment, "HOME", folder, TRUE);
    environment = g_environ_setenv(environment, "LC_ALL", "C.UTF-8", TRUE);
    g_ptr_array_add(arguments, (char *)program);
    for (; *words; words++)
        g_ptr_array_add(arguments, (char *)*words);
    g_ptr_array_add(arguments, NULL);
    cr_assert(g_spawn_sync(folder, (char **)arguments->pdata, environment, G_SPAWN_DEFAULT, NULL,
                           NULL, &ran.out, &ran.err, &ran.status, &error),
              "%s", error ? error->message : "");
    cr_assert(WIFEXITED(ran.status), "%s", ran.err);
    ran.status = WEXITSTATUS(ran.status);
    return ran;
}

static inline void ran_clear(Ran *ran)
{
    g_free(ran->out);
    g_free(ran->err);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Ran, ran_clear)

typedef struct {
    const char *words[8];
    int status;
    const char *out, *err; /* the whole text; NULL: not looked at */
} Case;

static inline void expect(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_auto(Ran) ran = run(cases[i].words);
        g_autofree char *said = g_strjoinv(" ", (char **)cases[i].words);

        cr_expect_eq(ran.status, cases[i].status, "driftless %s: status %d\n%s", said, ran.status,
                     ran.err);
        cr_expect(!cases[i].out || !strcmp(ran.out, cases[i].out), "driftless %s:\n%s", said,
                  ran.out);
        cr_expect(!cases[i].err || !strcmp(ran.err, cases[i].err), "driftless %s:\n%s", said,
                  ran.err);
    }
}
