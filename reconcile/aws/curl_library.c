#include "reconcile/aws/curl_library.h"

static CurlLibrary library;

static void load(void)
{
    static const char *const names[] = {CURL_FUNCTIONS(LATE_NAME)};

    G_STATIC_ASSERT(sizeof(library) == G_N_ELEMENTS(names) * sizeof(void *));
    late_library_load(FILE_OF_CURL, "libcurl4", names, G_N_ELEMENTS(names), &library);
    g_assert(library.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
}

const CurlLibrary *curl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return &library;
}
