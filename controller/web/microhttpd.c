#include "controller/web/microhttpd.h"

#include <glib.h>
#include <pthread.h>

static MicrohttpdLibrary library;

static void load(void)
{
    static const char *const names[] = {MHD_FUNCTIONS(LATE_NAME)};

    G_STATIC_ASSERT(sizeof(library) == G_N_ELEMENTS(names) * sizeof(void *));
    late_library_load("libmicrohttpd.so.12", "libmicrohttpd12", names, G_N_ELEMENTS(names),
                      &library);
}

const MicrohttpdLibrary *mhd(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return &library;
}
