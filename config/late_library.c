#include "config/late_library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void give_up(const char *package)
{
    fprintf(stderr, "driftless: %s\n  install the package %s\n", dlerror(), package);
    exit(EXIT_FAILURE);
}

void late_library_load(const char *library, const char *package, const char *const *names,
                       size_t count, void *ret_functions)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);

    if (!handle)
        give_up(package);
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(handle, names[i]);

        if (!function)
            give_up(package);
        memcpy((char *)ret_functions + i * sizeof function, &function, sizeof function);
    }
}
