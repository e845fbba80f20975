#include "controller/cli/verb.h"

#ifdef DRIFTLESS_MIMALLOC
#include <mimalloc.h>

/* Memory comes from the system 2 MiB at a time where it gives that: one page of 4 KiB after the
 * other is a tenth of the time that compiling a large service takes. Run before anything allocates,
 * as the first memory of a process is most of what a verb ever needs. */
static void take_large_pages(void)
{
    mi_option_set_default(mi_option_large_os_pages, 1);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const before_all)(void) = take_large_pages;
#endif

int main(int argc, char **argv)
{
    return verb_main(argc, argv);
}
