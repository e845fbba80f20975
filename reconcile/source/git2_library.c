#include "reconcile/source/git2_library.h"

/* Its releases differ in their interface: the one whose headers these are is asked for. */
LATE_LIBRARY_DEFINE(Git2Library, git2, GIT2_FUNCTIONS, FILE_OF_GIT2, "libgit2-" LIBGIT2_SOVERSION)
