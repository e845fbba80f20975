#include "config/yaml_error.h"

#include <string.h>

/* libyaml's words, where it may add which construct it was reading (NULL: any), and ours. */
typedef struct {
    const char *problem, *context;
    const char *message, *hint;
    bool tells_start; /* the message ends with the line on which the construct started */
} Sentence;

// clang-format off
static const Sentence sentences[] = {
    {"did not find expected key", "while parsing a block mapping",
     "expected the next key of the mapping that starts on line %u",
     "indent it as that mapping's other keys; a value that holds \": \", quotes or goes on after a quoted text must be quoted whole", true},
    {"did not find expected '-' indicator", NULL,
     "expected the next \"- \" of the list that starts on line %u", "indent it as that list's other items", true},
    {"could not find expected ':'", NULL,
     "the key that starts on line %u has no \":\" after it",
     "write \"key: value\"; a text over several lines needs quotes, | or >", true},
    {"did not find expected ',' or ']'", NULL,
     "expected \",\" or \"]\" in the list that starts with \"[\" on line %u", "close the list, or quote the item", true},
    {"did not find expected ',' or '}'", NULL,
     "expected \",\" or \"}\" in the mapping that starts with \"{\" on line %u", "close the mapping, or quote the value", true},
    {"found unexpected end of stream", "while scanning a quoted scalar",
     "the quoted text that starts on line %u never ends", "add the closing quote", true},
    {"found unexpected document indicator", NULL,
     "the quoted text that starts on line %u is cut off by a document marker", "add the closing quote", true},
    {"mapping values are not allowed in this context", NULL,
     "a \":\" cannot start a value here", "put quotes around a value that holds \": \", or start the key on a line of its own with the right indentation", false},
    {"mapping keys are not allowed in this context", NULL,
     "a key cannot start here", "start it on a line of its own", false},
    {"block sequence entries are not allowed in this context", NULL,
     "a list item cannot start here", "start the list on a line of its own; quote a text that starts with \"- \"", false},
    {"did not find expected node content", NULL,
     "expected a value", "write one, or remove the comma or bracket before it", false},
    {"found unknown escape character", NULL,
     "unknown escape in a double-quoted text", "write \\\\ for a backslash, or use single quotes", false},
    {"did not find expected hexdecimal number", NULL,
     "an escape in a double-quoted text lacks its hexadecimal digits", "write \\\\ for a backslash, or use single quotes", false},
    {"found invalid Unicode character escape code", NULL,
     "an escape in a double-quoted text is no Unicode character", "write the character itself", false},
    {"found a tab character that violates indentation", NULL,
     "a tab cannot indent YAML", "indent with spaces", false},
    {"found a tab character where an indentation space is expected", NULL,
     "a tab cannot indent YAML", "indent with spaces", false},
    {"did not find expected comment or line break", NULL,
     "only a comment may follow | or > on its line", "start the text on the next line", false},
    {"found an indentation indicator equal to 0", NULL,
     "the indentation after | or > must be 1 to 9", NULL, false},
    {"did not find expected alphabetic or numeric character", NULL,
     "the name of an anchor or alias is missing or holds other than letters, digits, - and _",
     "quote a text that starts with * or &", false},
    {"did not find expected <document start>", NULL,
     "expected the end of the file", "check the indentation: what stands here belongs to nothing above it", false},
    {"found undefined tag handle", NULL,
     "unknown tag", "quote a text that starts with !", false},
    {"found incompatible YAML document", NULL,
     "only YAML 1.1 and 1.2 can be read", "remove the %YAML line", false},
};
// clang-format on

static const Sentence *find_sentence(const yaml_parser_t *parser)
{
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
static void report_character(const Document *document, const Position *at, char c,
                             Problems *problems)
{
    if (c == '\t')
        document_error(document, problems, at, "indent with spaces", "a tab cannot indent YAML");
    else
        document_error(document, problems, at, "put quotes around the text",
                       "a text without quotes cannot start with %c", c);
}

void yaml_error_report(const Document *document, const yaml_parser_t *parser, Problems *problems)
{
    const Sentence *sentence;
    Position at = {document->file, (unsigned)parser->problem_mark.line + 1,
                   (unsigned)parser->problem_mark.column + 1};

    if (parser->error == YAML_READER_ERROR) {
        at = document_position(document, MIN(parser->problem_offset, document->size));
        document_error(document, problems, &at,
                       "remove it, or write it as an escape in double quotes",
                       "character U+%04X is not allowed in YAML", (unsigned)parser->problem_value);
        return;
    }
    if (strcmp(parser->problem, "found character that cannot start any token") == 0) {
        report_character(document, &at,
                         document->text[MIN(parser->problem_mark.index, document->size)], problems);
        return;
    }
    sentence = find_sentence(parser);
    if (!sentence)
        document_error(document, problems, &at, NULL, "not valid YAML: %s", parser->problem);
    else if (sentence->tells_start) {
        g_auto(GStrv) halves = g_strsplit(sentence->message, "%u", 2);

        document_error(document, problems, &at, sentence->hint, "%s%zu%s", halves[0],
                       parser->context_mark.line + 1, halves[1]);
    } else
        document_error(document, problems, &at, sentence->hint, "%s", sentence->message);
}
