/* tests/fuzz/document.h
 *
 * What holds of any document, whichever way it was written. */
#pragma once
#include "config/document.h"
#include "config/json_text.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

#define LARGEST_TEXT (1u << 20)

/* Errors and a document exclude each other; what was read is written as JSON that reads back as the
 * same. */
static inline void check_document(const uint8_t *data, size_t size, DocumentFormat format)
{
    g_autoptr(Problems) problems = problems_new(), none = problems_new();
    g_autoptr(Document) document =
        document_parse("fuzzed", (const char *)data, size, format, problems),
                        again = NULL;
    g_autofree char *text = NULL, *text_again = NULL, *told = problems_to_text(problems, false);
    json_t *as_json = problems_to_json(problems);

    HOLDS(!document == problems_have_errors(problems));
    HOLDS(problems_have_errors(problems) ? *told != '\0' : true);
    HOLDS(json_is_array(as_json));
    json_decref(as_json);
    if (!document)
        return;
    const Position nowhere = document_locate(document, "/a/0/~1b", true);

    HOLDS(nowhere.file);
    text = json_text(document_root(document), JSON_TEXT_COMPACT);
    if (strlen(text) > LARGEST_TEXT)
        return;
    again = document_parse("again", text, strlen(text), DOCUMENT_JSON, none);
    HOLDS(again);
    /* as texts: a large whole number is an integer again, and written as the real was */
    text_again = json_text(document_root(again), JSON_TEXT_COMPACT);
    HOLDS(strcmp(text, text_again) == 0);
}
