/* reconcile/package/zip_library.h
 *
 * Inside the room only: libzip, loaded at the first call of libzip(), which gives its functions
 * without their prefix: libzip()->file_add(). Thread-safe. */
#pragma once
#include "config/late_library.h"
#include <zip.h>

// clang-format off
#define ZIP_FUNCTIONS(F) \
    F(zip_, close) \
    F(zip_, discard) \
    F(zip_, error_code_system) \
    F(zip_, error_code_zip) \
    F(zip_, error_fini) \
    F(zip_, error_init) \
    F(zip_, error_set) \
    F(zip_, error_strerror) \
    F(zip_, error_to_data) \
    F(zip_, file_add) \
    F(zip_, file_set_external_attributes) \
    F(zip_, file_set_mtime) \
    F(zip_, get_error) \
    F(zip_, open_from_source) \
    F(zip_, source_free) \
    F(zip_, source_function) \
    F(zip_, source_function_create) \
    F(zip_, source_seek_compute_offset) \
    F(zip_, stat_init)
// clang-format on

LATE_LIBRARY(ZipLibrary, libzip, ZIP_FUNCTIONS);
