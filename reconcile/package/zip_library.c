#include "reconcile/package/zip_library.h"

LATE_LIBRARY_DEFINE(ZipLibrary, libzip, ZIP_FUNCTIONS, FILE_OF_ZIP, "libzip4")
