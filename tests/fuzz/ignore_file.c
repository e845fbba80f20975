/* .slsignore: up to a line "---", then paths. */
#include "reconcile/package/ignore_file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define MAX_PATHS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char mark[] = "\n---\n";
    const char *paths = size ? memmem(data, size, mark, strlen(mark)) : NULL;
    const size_t length = paths ? (size_t)(paths - (const char *)data) : size;
    g_autofree char *rest =
        paths ? g_strndup(paths + strlen(mark), size - length - strlen(mark)) : g_strdup("a/b.js");
    g_auto(GStrv) list = g_strsplit(rest, "\n", MAX_PATHS);
    g_autoptr(GError) error = NULL;
    g_autoptr(IgnoreFile) file = ignore_file_parse((const char *)data, length, &error);

    HOLDS(!file == (error != NULL));
    for (char **path = list; file && *path; path++) {
        (void)ignore_file_ignores(file, *path, false);
        (void)ignore_file_ignores(file, *path, true);
    }
    return 0;
}
