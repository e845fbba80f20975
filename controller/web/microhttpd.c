#include "controller/web/microhttpd.h"

LATE_LIBRARY_DEFINE(MicrohttpdLibrary, mhd, MHD_FUNCTIONS, FILE_OF_MICROHTTPD, "libmicrohttpd12")
