/* A shell command in a sandbox of the test's own, which sees a read-only /source and a writable
 * /out. */
#pragma once
#include "reconcile/package/sandbox.h"

#include "../source/temporary_folder.h"

typedef struct {
    char *folder;
    SandboxFolder folders[2];
    SandboxRequest request;
    const char *arguments[4];
    SandboxResult result;
} Case;

/* A shell that sees a read-only /source and a writable /out. */
static inline void prepare(Case *test, const char *command)
{
    *test = (Case){.folder = temporary_folder_make(), .arguments = {"sh", "-c", command, NULL}};
    temporary_file_write(test->folder, "source/handler.js", "exports.handler = 1\n");
    temporary_run(test->folder, "mkdir out");
    test->folders[0] =
        (SandboxFolder){g_build_filename(test->folder, "source", NULL), "/source", false};
    test->folders[1] = (SandboxFolder){g_build_filename(test->folder, "out", NULL), "/out", true};
    test->request = (SandboxRequest){.arguments = test->arguments,
                                     .folders = test->folders,
                                     .folder_count = G_N_ELEMENTS(test->folders),
                                     .working_folder = "/out",
                                     .ceilings = sandbox_ceilings_default};
    test->request.ceilings.wall_ms = 30000;
}

static inline void run(Case *test)
{
    g_autoptr(GError) error = NULL;
    bool ran = sandbox_run(&test->request, &test->result, &error);

    cr_assert(ran, "%s", error ? error->message : "");
}

static inline void clear(Case *test)
{
    for (size_t i = 0; i < G_N_ELEMENTS(test->folders); i++)
        g_free((char *)test->folders[i].host);
    sandbox_result_clear(&test->result);
    temporary_folder_remove(test->folder);
    g_free(test->folder);
}
