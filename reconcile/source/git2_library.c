#include "reconcile/source/git2_library.h"

#include <glib.h>
#include <pthread.h>

static Git2Library library;

/* Its releases differ in their interface: the one whose headers these are is asked for. */
static void load(void)
{
    static const char *const names[] = {GIT2_FUNCTIONS(LATE_NAME)};

    G_STATIC_ASSERT(sizeof(library) == G_N_ELEMENTS(names) * sizeof(void *));
    late_library_load("libgit2.so." LIBGIT2_SOVERSION, "libgit2-" LIBGIT2_SOVERSION, names,
                      G_N_ELEMENTS(names), &library);
}

const Git2Library *git2(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return &library;
}
