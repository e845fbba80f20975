#include "controller/cli/terminal.h"

#include "controller/cli/failure.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_has_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");

    return isatty(fileno(stream)) && !(no_color && *no_color);
}

bool terminal_agrees(const Arguments *arguments, const char *verb, const char *wants,
                     const char *name)
{
    char line[256];

    if (arguments->yes)
        return true;
    if (!isatty(STDIN_FILENO)) {
        failure_tell(arguments, verb, NULL, "nothing is done: --yes says to %s", wants);
        return false;
    }
    fprintf(stderr, "%s? Type %s: ", wants, name);
    return fgets(line, sizeof line, stdin) && !strcmp(g_strchomp(line), name);
}
