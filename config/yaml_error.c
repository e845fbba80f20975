#include "config/yaml_error.h"

#include <string.h>

/* libyaml's words, where it may add which construct it was reading (NULL: any), and ours. */
typedef struct {
    const char *problem, *context;
    const char *message, *hint;
    enum {
        PLAIN,
        TELLS_START, /* the message tells the line on which the construct started */
        AT_START,    /* the construct never ends: where it starts is where to look */
    } style;
} Sentence;

// clang-format off
static const Sentence sentences[] = {
    {"did not find expected key", "while parsing a block mapping",
     "expected the next key of the mapping that starts on line %u",
     "indent it as that mapping's other keys", TELLS_START},
    {"did not find expected '-' indicator", NULL,
     "expected the next \"- \" of the list that starts on line %u", "indent it as that list's other items", TELLS_START},
    {"could not find expected ':'", NULL,
     "the key that starts on line %u has no \":\" after it",
     "write \"key: value\"; a text over several lines needs quotes, | or >", TELLS_START},
    {"did not find expected ',' or ']'", NULL,
     "expected \",\" or \"]\" in the list that starts with \"[\" on line %u", "close the list, or quote the item", TELLS_START},
    {"did not find expected ',' or '}'", NULL,
     "expected \",\" or \"}\" in the mapping that starts with \"{\" on line %u", "close the mapping, or quote the value", TELLS_START},
    {"found unexpected end of stream", NULL, "this quoted text never ends", "add the closing quote", AT_START},
    {"found unexpected document indicator", NULL,
     "this quoted text is cut off by a document marker", "add the closing quote", AT_START},
    {"mapping values are not allowed in this context", NULL,
     "a \":\" cannot start a value here", "put quotes around a value that holds \": \", or start the key on a line of its own with the right indentation", PLAIN},
    {"mapping keys are not allowed in this context", NULL,
     "a key cannot start here", "start it on a line of its own", PLAIN},
    {"block sequence entries are not allowed in this context", NULL,
     "a list item cannot start here", "start the list on a line of its own; quote a text that starts with \"- \"", PLAIN},
    {"did not find expected node content", NULL,
     "expected a value", "write one, or remove the comma or bracket before it", PLAIN},
    {"found unknown escape character", NULL,
     "unknown escape in a double-quoted text", "write \\\\ for a backslash, or use single quotes", PLAIN},
    {"did not find expected hexdecimal number", NULL,
     "an escape in a double-quoted text lacks its hexadecimal digits", "write \\\\ for a backslash, or use single quotes", PLAIN},
    {"found invalid Unicode character escape code", NULL,
     "an escape in a double-quoted text is no Unicode character", "write the character itself", PLAIN},
    {"found a tab character that violates indentation", NULL,
     "a tab cannot indent YAML", "indent with spaces", PLAIN},
    {"found a tab character where an indentation space is expected", NULL,
     "a tab cannot indent YAML", "indent with spaces", PLAIN},
    {"did not find expected comment or line break", NULL,
     "only a comment may follow | or > on its line", "start the text on the next line", PLAIN},
    {"found an indentation indicator equal to 0", NULL,
     "the indentation after | or > must be 1 to 9", NULL, PLAIN},
    {"did not find expected alphabetic or numeric character", NULL,
     "the name of an anchor or alias must be of letters, digits, - and _",
     "quote a text that starts with * or &", PLAIN},
    {"did not find expected <document start>", NULL,
     "expected the end of the file", "check the indentation: what stands here belongs to nothing above it", PLAIN},
    {"found undefined tag handle", NULL,
     "unknown tag", "quote a text that starts with !", PLAIN},
    {"found incompatible YAML document", NULL,
     "only YAML 1.1 and 1.2 can be read", "remove the %YAML line", PLAIN},
};
// clang-format on

static const Sentence never_closed = {
    .message = "this bracket is never closed",
    .hint = "add the closing bracket",
    .style = AT_START,
};

/* The same complaint of libyaml, in the middle of a line: nothing is wrong with its indentation. */
static const Sentence after_a_value = {
    .message = "this text does not belong to the value before it",
    .hint = "put quotes around the whole value, or start a new line",
};

static Position mark_position(const Document *document, yaml_mark_t mark)
{
    return (Position){document->file, (unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static bool is_first_in_line(const Document *document, const Position *at)
{
    size_t length = 0;
    const char *line = document_line(document, at->line, &length);

    return !line || strspn(line, " -") + 1 >= at->column;
}

static const Sentence *find_sentence(const Document *document, const yaml_parser_t *parser,
                                     const Position *at)
{
    size_t length = 0;
    bool is_end = at->line > document->lines->len || !*document_line(document, at->line, &length);

    if (is_end && g_str_has_prefix(parser->problem, "did not find expected ','"))
        return &never_closed;
    if (strcmp(parser->problem, "did not find expected key") == 0 &&
        !is_first_in_line(document, at))
        return &after_a_value;
    for (size_t i = 0; i < G_N_ELEMENTS(sentences); i++) {
        const Sentence *sentence = &sentences[i];

        if (strcmp(sentence->problem, parser->problem) == 0 &&
            (!sentence->context ||
             (parser->context && strcmp(sentence->context, parser->context) == 0)))
            return sentence;
    }
    return NULL;
}

/* "found character that cannot start any token": which one it is makes the difference. */
static void report_character(const Document *document, const Position *at, Problems *problems)
{
    size_t length = 0;
    const char *line = document_line(document, at->line, &length);
    const char *c = line ? g_utf8_offset_to_pointer(line, (glong)at->column - 1) : "?";

    if (*c == '\t')
        document_error(document, problems, at, "indent with spaces", "a tab cannot indent YAML");
    else
        document_error(document, problems, at, "put quotes around the text",
                       "a text without quotes cannot start with %.*s",
                       (int)(g_utf8_next_char(c) - c), c);
}

void yaml_error_report(const Document *document, const yaml_parser_t *parser, Problems *problems)
{
    const Sentence *sentence;
    Position at = mark_position(document, parser->problem_mark);

    if (parser->error == YAML_READER_ERROR) {
        at = document_position(document, MIN(parser->problem_offset, document->size));
        document_error(document, problems, &at,
                       "remove it, or write it as an escape in double quotes",
                       "character U+%04X is not allowed in YAML", (unsigned)parser->problem_value);
        return;
    }
    if (strcmp(parser->problem, "found character that cannot start any token") == 0) {
        report_character(document, &at, problems);
        return;
    }
    sentence = find_sentence(document, parser, &at);
    if (!sentence) {
        document_error(document, problems, &at, NULL, "not valid YAML: %s", parser->problem);
        return;
    }
    if (sentence->style == AT_START)
        at = mark_position(document, parser->context_mark);
    if (sentence->style == TELLS_START) {
        g_auto(GStrv) halves = g_strsplit(sentence->message, "%u", 2);

        document_error(document, problems, &at, sentence->hint, "%s%zu%s", halves[0],
                       parser->context_mark.line + 1, halves[1]);
        return;
    }
    document_error(document, problems, &at, sentence->hint, "%s", sentence->message);
}
