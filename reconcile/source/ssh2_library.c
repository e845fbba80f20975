#include "reconcile/source/ssh2_library.h"

LATE_LIBRARY_DEFINE(Ssh2Library, ssh2, SSH2_FUNCTIONS, FILE_OF_SSH2, "libssh2-1")
