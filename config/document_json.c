#include <string.h>

#include "config/document_tree.h"
#include "config/number.h"

/* RFC 8259, with positions, which jansson's own reader does not have. */
typedef struct {
    Document *document;
    Problems *problems;
    const char *at; /* the text ends with a NUL, which no token takes */
    /* The last known position: it only moves on, so that a text of one long line costs no more than
     * another. */
    const char *known_at;
    unsigned known_line, known_column;
    unsigned depth;
    size_t nodes;
    unsigned mistakes;
} Scanner;

static json_t *read_value(Scanner *scanner, uint32_t *ret_place);

static Position position_at(Scanner *scanner, const char *at)
{
    const char *known = scanner->known_at;

    g_assert(at >= known);
    for (; known < at; known++) {
        if (*known == '\n' || (*known == '\r' && known[1] != '\n')) {
            scanner->known_line++;
            scanner->known_column = 1;
        } else if (((unsigned char)*known & 0xc0) != 0x80) {
            scanner->known_column++;
        }
    }
    scanner->known_at = at;
    return (Position){scanner->document->file, scanner->known_line, scanner->known_column};
}

G_GNUC_PRINTF(4, 5)
static void complain(Scanner *scanner, const char *at, const char *hint, const char *format, ...)
{
    Position position =
        document_position(scanner->document, (size_t)(at - scanner->document->text));
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    document_error(scanner->document, scanner->problems, &position, hint, "%s", message);
    scanner->mistakes++;
}

/* What stands at `at`, for a message. (transfer full) */
static char *describe(const char *at)
{
    gunichar c = g_utf8_get_char(at);

    if (c == '\0')
        return g_strdup("the end of the file");
    if (!g_unichar_isprint(c))
        return g_strdup_printf("U+%04X", c);
    return g_strdup_printf("\"%.*s\"", (int)(g_utf8_next_char(at) - at), at);
}

static void unexpected(Scanner *scanner, const char *expected, const char *hint)
{
    g_autofree char *found = describe(scanner->at);

    complain(scanner, scanner->at, hint, "expected %s, found %s", expected, found);
}

static void skip_space(Scanner *scanner)
{
    scanner->at += strspn(scanner->at, " \t\r\n");
}

/* Four hexadecimal digits; -1 when they are not there. */
static int read_hex(const char *at)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(at[i]);

        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

/* \uXXXX, or two of them that make one character; `at` is at the u. NULL: a mistake was told. */
static const char *read_unicode(Scanner *scanner, const char *at, GString *text)
{
    int high = read_hex(at + 1), low;

    if (high < 0) {
        complain(scanner, at - 1, NULL, "\\u needs four hexadecimal digits");
        return NULL;
    }
    if (high == 0) {
        complain(scanner, at - 1, "remove the escape \\u0000",
                 "a text with a NUL character cannot be deployed");
        return NULL;
    }
    at += 5;
    if (high < 0xd800 || high > 0xdfff) {
        g_string_append_unichar(text, (gunichar)high);
        return at;
    }
    low = high < 0xdc00 && at[0] == '\\' && at[1] == 'u' ? read_hex(at + 2) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        complain(scanner, at - 6, "write the character itself",
                 "half of a surrogate pair is no character");
        return NULL;
    }
    g_string_append_unichar(text, 0x10000u + ((gunichar)(high - 0xd800) << 10) +
                                      (gunichar)(low - 0xdc00));
    return at + 6;
}

static const char *read_escape(Scanner *scanner, const char *at, GString *text)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = *at ? strchr(letters, *at) : NULL;

    if (*at == 'u')
        return read_unicode(scanner, at, text);
    if (!letter) {
        complain(scanner, at - 1, "write \\\\ for a backslash", "unknown escape in a text");
        return NULL;
    }
    g_string_append_c(text, meanings[letter - letters]);
    return at + 1;
}

/* The text of a string whose opening quote is at `at`. (transfer full), NULL: a mistake was told.
 */
static char *read_string(Scanner *scanner)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *start = scanner->at, *at = start + 1;

    while (*at != '"') {
        if (*at == '\\') {
            at = read_escape(scanner, at + 1, text);
            if (!at)
                return NULL;
        } else if (at == scanner->document->text + scanner->document->size) {
            complain(scanner, start, "add the closing quote", "the text never ends");
            return NULL;
        } else if ((unsigned char)*at < 0x20) {
            bool is_line = *at == '\n' || *at == '\r';

            complain(scanner, at,
                     is_line ? "add the closing quote, or write \\n" : "write it as an escape",
                     is_line ? "a text cannot go on in the next line"
                             : "control character in a text");
            return NULL;
        } else {
            g_string_append_c(text, *at++);
        }
    }
    scanner->at = at + 1;
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? ; 0: none starts here. */
static size_t number_length(const char *at)
{
    const char *start = at;
    size_t digits;

    at += *at == '-';
    digits = strspn(at, "0123456789");
    if (digits == 0 || (*at == '0' && digits > 1))
        return 0;
    at += digits;
    if (*at == '.') {
        digits = strspn(at + 1, "0123456789");
        if (digits == 0)
            return 0;
        at += digits + 1;
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        digits = strspn(at, "0123456789");
        if (digits == 0)
            return 0;
        at += digits;
    }
    return (size_t)(at - start);
}

static json_t *read_number(Scanner *scanner)
{
    size_t length = number_length(scanner->at);
    g_autofree char *text = g_strndup(scanner->at, length);
    json_t *number;

    if (length == 0) {
        complain(scanner, scanner->at, "JSON knows no leading zeros and no bare points",
                 "not a JSON number");
        return NULL;
    }
    number = number_read(text);
    if (!number)
        complain(scanner, scanner->at, NULL, "the number %.40s is too large", text);
    scanner->at += length;
    return number;
}

static json_t *read_word(Scanner *scanner)
{
    static const struct {
        const char *word;
        json_type type;
    } words[] = {{"true", JSON_TRUE}, {"false", JSON_FALSE}, {"null", JSON_NULL}};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t length = strlen(words[i].word);

        if (strncmp(scanner->at, words[i].word, length) == 0 &&
            !g_ascii_isalnum(scanner->at[length])) {
            scanner->at += length;
            return words[i].type == JSON_NULL ? json_null()
                                              : json_boolean(words[i].type == JSON_TRUE);
        }
    }
    unexpected(scanner, "a value",
               *scanner->at == '/' || *scanner->at == '#'              ? "JSON has no comments"
               : g_ascii_isalpha(*scanner->at) || *scanner->at == '\'' ? "texts need double quotes"
                                                                       : NULL);
    return NULL;
}

static json_t *read_array(Scanner *scanner, uint32_t place)
{
    json_auto_t *array = json_array();
    PlaceList items = {0};

    scanner->at++;
    skip_space(scanner);
    while (*scanner->at != ']') {
        uint32_t item_place = 0;
        json_t *item = read_value(scanner, &item_place);

        if (!item)
            return NULL;
        json_array_append_new(array, item);
        document_add_child(scanner->document, &items, item_place);
        skip_space(scanner);
        if (*scanner->at == ']')
            break;
        if (*scanner->at != ',') {
            unexpected(scanner, "\",\" or \"]\"", NULL);
            return NULL;
        }
        scanner->at++;
        skip_space(scanner);
        if (*scanner->at == ']') {
            unexpected(scanner, "a value after \",\"", "remove the comma before the bracket");
            return NULL;
        }
    }
    scanner->at++;
    document_set_children(scanner->document, place, &items);
    return g_steal_pointer(&array);
}

/* One pair of an object; false: reading cannot go on. */
static bool read_pair(Scanner *scanner, json_t *object, PlaceList *children)
{
    g_autofree char *key = NULL;
    const char *key_at = scanner->at;
    Position key_position = position_at(scanner, key_at);
    uint32_t place = 0;
    json_t *value;

    if (*scanner->at != '"') {
        unexpected(scanner, "a key in double quotes", NULL);
        return false;
    }
    key = read_string(scanner);
    if (!key)
        return false;
    skip_space(scanner);
    if (*scanner->at != ':') {
        unexpected(scanner, "\":\" after the key", NULL);
        return false;
    }
    scanner->at++;
    skip_space(scanner);
    value = read_value(scanner, &place);
    if (!value)
        return false;
    if (json_object_get(object, key)) {
        uint32_t first = document_find_key(scanner->document, children->first, key);

        complain(scanner, key_at, "remove or rename one of the two",
                 "duplicate key \"%s\": it stands on line %u already", key,
                 document_place(scanner->document, first)->key_line);
    }
    json_object_set_new(object, key, value);
    document_set_key(scanner->document, place, key, key_position.line, key_position.column);
    document_add_child(scanner->document, children, place);
    return scanner->mistakes < DOCUMENT_MAX_MISTAKES;
}

static json_t *read_object(Scanner *scanner, uint32_t place)
{
    json_auto_t *object = json_object();
    PlaceList children = {0};

    scanner->at++;
    skip_space(scanner);
    while (*scanner->at != '}') {
        if (!read_pair(scanner, object, &children))
            return NULL;
        skip_space(scanner);
        if (*scanner->at == '}')
            break;
        if (*scanner->at != ',') {
            unexpected(scanner, "\",\" or \"}\"", NULL);
            return NULL;
        }
        scanner->at++;
        skip_space(scanner);
        if (*scanner->at == '}') {
            unexpected(scanner, "a key after \",\"", "remove the comma before the brace");
            return NULL;
        }
    }
    scanner->at++;
    document_set_children(scanner->document, place, &children);
    return g_steal_pointer(&object);
}

static json_t *read_content(Scanner *scanner, uint32_t place)
{
    g_autofree char *text = NULL;

    switch (*scanner->at) {
    case '{':
        return read_object(scanner, place);
    case '[':
        return read_array(scanner, place);
    case '"':
        text = read_string(scanner);
        return text ? json_string(text) : NULL;
    default:
        if (*scanner->at == '-' || g_ascii_isdigit(*scanner->at))
            return read_number(scanner);
        return read_word(scanner);
    }
}

static json_t *read_value(Scanner *scanner, uint32_t *ret_place)
{
    Position at = position_at(scanner, scanner->at);
    json_t *value;

    if (scanner->depth > DOCUMENT_MAX_DEPTH) {
        complain(scanner, scanner->at, NULL, "the document is nested deeper than %u levels",
                 DOCUMENT_MAX_DEPTH);
        return NULL;
    }
    if (++scanner->nodes > DOCUMENT_MAX_NODES) {
        complain(scanner, scanner->at, "split the file", "the document holds more than %u values",
                 DOCUMENT_MAX_NODES);
        return NULL;
    }
    *ret_place = document_add_place(scanner->document, at.line, at.column);
    scanner->depth++;
    value = read_content(scanner, *ret_place);
    scanner->depth--;
    return value;
}

bool document_read_json(Document *document, Problems *problems)
{
    Scanner scanner = {
        .document = document,
        .problems = problems,
        .at = document->text,
        .known_at = document->text,
        .known_line = 1,
        .known_column = 1,
    };
    json_auto_t *root = NULL;
    uint32_t place = 0;

    skip_space(&scanner);
    root = read_value(&scanner, &place);
    if (!root)
        return false;
    skip_space(&scanner);
    if (scanner.at != document->text + document->size) {
        unexpected(&scanner, "the end of the file", NULL);
        return false;
    }
    if (scanner.mistakes > 0)
        return false;
    document->root = g_steal_pointer(&root);
    document->root_place = place;
    return true;
}
