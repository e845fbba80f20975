/* config/late_library.h
 *
 * A shared library that is loaded when it is first needed. libcurl, libmicrohttpd, libgit2, libzip
 * and OpenSSL bring forty others (TLS three times, LDAP, Kerberos) and twenty thousand addresses to
 * fill in, which cost a process 5 ms before main: more than a compile does. A verb that sends
 * nothing and packs nothing does without them.
 *
 * The functions of a library are a struct of pointers, made from one list. In a header:
 *
 *     #define CURL_FUNCTIONS(F) F(curl_, easy_init) F(curl_, easy_cleanup)
 *     LATE_LIBRARY(CurlLibrary, curl, CURL_FUNCTIONS);
 *
 * in one source LATE_LIBRARY_DEFINE, and where a function is called curl()->easy_init(). */
#pragma once
#include <glib.h>
#include <pthread.h>
#include <stddef.h>

#define LATE_MEMBER(prefix, name) __typeof__(prefix##name) *name;
#define LATE_NAME(prefix, name) #prefix #name,

#define LATE_LIBRARY(Type, give, FUNCTIONS) \
    typedef struct {                        \
        FUNCTIONS(LATE_MEMBER)              \
    } Type;                                 \
    const Type *give(void)

/* `file` is the library's, "libcurl.so.4" (CMakeLists.txt defines its name), `package` Debian's.
 * What is given stays for good. Thread-safe. */
#define LATE_LIBRARY_DEFINE(Type, give, FUNCTIONS, file, package)                      \
    static Type give##_library;                                                        \
    static void give##_load(void)                                                      \
    {                                                                                  \
        static const char *const names[] = {FUNCTIONS(LATE_NAME)};                     \
                                                                                       \
        G_STATIC_ASSERT(sizeof(Type) == G_N_ELEMENTS(names) * sizeof(void *));         \
        late_library_load(file, package, names, G_N_ELEMENTS(names), &give##_library); \
    }                                                                                  \
    const Type *give(void)                                                             \
    {                                                                                  \
        static pthread_once_t once = PTHREAD_ONCE_INIT;                                \
                                                                                       \
        pthread_once(&once, give##_load);                                              \
        return &give##_library;                                                        \
    }

/* Loads `library` ("libcurl.so.4", of Debian's `package`) and puts the address of each name into
 * `ret_functions`, in order. Ends the process with a message that names the package where it is not
 * installed: the program was linked against it. Thread-safe. */
void late_library_load(const char *library, const char *package, const char *const *names,
                       size_t count, void *ret_functions);
