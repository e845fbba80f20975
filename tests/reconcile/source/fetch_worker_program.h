/* Lets a test program be its own fetching child: started with the argument fetch-worker it is that
 * and nothing else. */
#pragma once
#include "reconcile/source/repository.h"
#include <string.h>
#include <unistd.h>

#define FETCH_WORKER_PROGRAM "/proc/self/exe"

__attribute__((constructor)) static void be_fetch_worker(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "fetch-worker") == 0)
        _exit(repository_fetch_worker());
}
