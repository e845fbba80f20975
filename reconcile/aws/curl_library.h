/* reconcile/aws/curl_library.h
 *
 * Inside the room only: libcurl, loaded and initialised at the first call of curl(), which gives
 * its functions without their prefix: curl()->easy_init(). Thread-safe. */
#pragma once
#define CURL_DISABLE_TYPECHECK /* its macros carry the functions' names */
#include "config/late_library.h"
#include <curl/curl.h>

// clang-format off
#define CURL_FUNCTIONS(F)          \
    F(curl_, easy_cleanup)         \
    F(curl_, easy_getinfo)         \
    F(curl_, easy_init)            \
    F(curl_, easy_setopt)          \
    F(curl_, easy_strerror)        \
    F(curl_, getdate)              \
    F(curl_, global_init)          \
    F(curl_, multi_add_handle)     \
    F(curl_, multi_cleanup)        \
    F(curl_, multi_info_read)      \
    F(curl_, multi_init)           \
    F(curl_, multi_perform)        \
    F(curl_, multi_poll)           \
    F(curl_, multi_remove_handle)  \
    F(curl_, multi_setopt)         \
    F(curl_, multi_wakeup)         \
    F(curl_, slist_append)         \
    F(curl_, slist_free_all)
// clang-format on

typedef struct {
    CURL_FUNCTIONS(LATE_MEMBER)
} CurlLibrary;

const CurlLibrary *curl(void);
