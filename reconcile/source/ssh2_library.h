/* reconcile/source/ssh2_library.h
 *
 * Inside the room only: libssh2, loaded at the first call of ssh2(), which gives its functions
 * without their prefix: ssh2()->knownhost_init(). Thread-safe. */
#pragma once
#include "config/late_library.h"
#include <libssh2.h>

// clang-format off
#define SSH2_FUNCTIONS(F) \
    F(libssh2_, knownhost_checkp) \
    F(libssh2_, knownhost_free) \
    F(libssh2_, knownhost_init) \
    F(libssh2_, knownhost_readfile) \
    F(libssh2_, session_free) \
    F(libssh2_, session_init_ex)
// clang-format on

LATE_LIBRARY(Ssh2Library, ssh2, SSH2_FUNCTIONS);
