#include "config/json_text.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void reads_back(json_t *value, JsonTextStyle style)
{
    g_autofree char *text = json_text(value, style), *second = NULL;
    json_t *again = json_text_read(text);

    HOLDS(again);
    second = json_text(again, style);
    HOLDS(strcmp(text, second) == 0);
    json_decref(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = json_loadb((const char *)data, size, JSON_DECODE_ANY, NULL);

    if (!value)
        return 0;
    reads_back(value, JSON_TEXT_COMPACT);
    reads_back(value, JSON_TEXT_INDENT | JSON_TEXT_SORT_KEYS);
    if (json_is_number(value)) {
        g_autofree char *text = json_number_text(value);

        HOLDS(*text);
    }
    json_decref(value);
    return 0;
}
