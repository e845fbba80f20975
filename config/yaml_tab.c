#include "config/yaml_tab.h"

#include <string.h>

/* A text alone, and neither a key nor an item: these would be indented by the tab. */
static bool is_scalar(const char *text, size_t length)
{
    if (g_strstr_len(text, (gssize)length, ": ") || g_strstr_len(text, (gssize)length, ":\t") ||
        text[length - 1] == ':')
        return false;
    return length < 2 || !strchr("-?:", text[0]) || !strchr(" \t", text[1]);
}

static bool is_after_mark(const char *line, size_t column)
{
    while (column > 0 && line[column - 1] == ' ')
        column--;
    return column > 0;
}

bool yaml_tab_forgive(Document *document, const yaml_parser_t *parser)
{
    size_t length = 0, column = parser->problem_mark.column, blanks;
    const char *line = document_line(document, (unsigned)parser->problem_mark.line + 1, &length);
    char *tab;

    if (parser->error != YAML_SCANNER_ERROR || !line || column >= length || line[column] != '\t' ||
        strspn(line, " -?:") < column)
        return false;
    blanks = strspn(line + column, " \t");
    if (column + blanks < length && line[column + blanks] != '#' &&
        (!is_after_mark(line, column) ||
         !is_scalar(line + column + blanks, length - column - blanks)))
        return false;
    tab = document->text + (line - document->text) + column;
    memset(tab, ' ', blanks);
    return true;
}
