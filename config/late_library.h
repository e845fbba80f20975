/* config/late_library.h
 *
 * A shared library that is loaded when it is first needed. libcurl, libmicrohttpd and libgit2
 * bring forty others (TLS three times, LDAP, Kerberos), which cost a process 4 ms before main: more
 * than a compile does. A verb that sends nothing, and every fetching child, does without the first
 * two; a verb on a folder without the third.
 *
 * A table of functions is a struct of pointers, made from one list:
 *
 *     #define CURL_FUNCTIONS(F) F(curl_, easy_init) F(curl_, easy_cleanup)
 *     typedef struct { CURL_FUNCTIONS(LATE_MEMBER) } CurlLibrary;
 *     static const char *const names[] = {CURL_FUNCTIONS(LATE_NAME)};
 */
#pragma once
#include <stddef.h>

#define LATE_MEMBER(prefix, name) __typeof__(prefix##name) *name;
#define LATE_NAME(prefix, name) #prefix #name,

/* Loads `library` ("libcurl.so.4", of Debian's `package`) and puts the address of each name into
 * `ret_functions`, in order. Ends the process with a message that names the package where it is not
 * installed: the program was linked against it. Thread-safe. */
void late_library_load(const char *library, const char *package, const char *const *names,
                       size_t count, void *ret_functions);
