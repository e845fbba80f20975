/* Without libFuzzer: runs a target on every file of the folders named, and on beginnings of each,
 * as a cut-off text is what readers stumble over most. */
#include "tests/fuzz/fuzz.h"

#include <glib.h>
#include <string.h>

#define BEGINNINGS 16

/* A copy of exactly that size, so that AddressSanitizer sees a read past its end. */
static void run(const char *text, size_t size)
{
    uint8_t *data = malloc(size ? size : 1);

    HOLDS(data);
    memcpy(data, text, size);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
}

static void replay(const char *file)
{
    g_autofree char *text = NULL;
    gsize size;

    HOLDS(g_file_get_contents(file, &text, &size, NULL));
    fprintf(stderr, "%s\n", file); /* the last one named is the one that did it */
    run(text, size);
    for (unsigned i = 1; i < BEGINNINGS; i++)
        run(text, size * i / BEGINNINGS);
}

int main(int argc, char **argv)
{
    unsigned count = 0;

    for (int i = 1; i < argc; i++) {
        g_autoptr(GDir) folder = g_dir_open(argv[i], 0, NULL);
        const char *name;

        HOLDS(folder);
        while ((name = g_dir_read_name(folder))) {
            g_autofree char *file = g_build_filename(argv[i], name, NULL);

            replay(file);
            count++;
        }
    }
    HOLDS(count > 0);
    return 0;
}
