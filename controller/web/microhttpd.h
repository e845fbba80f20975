/* controller/web/microhttpd.h
 *
 * Inside the room only: libmicrohttpd, loaded at the first call of mhd(), which gives its functions
 * without their prefix: mhd()->start_daemon(…). Thread-safe. */
#pragma once
#include "config/late_library.h"
#include <microhttpd.h>

// clang-format off
#define MHD_FUNCTIONS(F)                  \
    F(MHD_, add_response_header)          \
    F(MHD_, create_response_from_buffer)  \
    F(MHD_, destroy_response)             \
    F(MHD_, get_connection_info)          \
    F(MHD_, get_daemon_info)              \
    F(MHD_, lookup_connection_value)      \
    F(MHD_, queue_response)               \
    F(MHD_, start_daemon)                 \
    F(MHD_, stop_daemon)
// clang-format on

LATE_LIBRARY(MicrohttpdLibrary, mhd, MHD_FUNCTIONS);
