#include "controller/cli/terminal.h"

#include <stdlib.h>
#include <unistd.h>

bool terminal_has_colour(FILE *stream)
{
    const char *no_color = getenv("NO_COLOR");

    return isatty(fileno(stream)) && !(no_color && *no_color);
}
