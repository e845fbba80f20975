/* Lines of text as variables of a service: each is one value under `custom`. */
#include "reconcile/compile/variables/expression.h"
#include "tests/fuzz/compiling.h"

static void parse_alone(const char *text)
{
    g_autoptr(Expression) expression = NULL;
    ExpressionError error = {0};

    if (expression_parse(text, &expression, &error))
        return;
    HOLDS(error.message && g_utf8_validate(error.message, -1, NULL) && error.start < strlen(text));
    g_free(error.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *text = g_strndup((const char *)data, size);
    g_auto(GStrv) lines = NULL;
    g_autoptr(GString) service =
        g_string_new("service: s\nprovider: {name: aws, runtime: nodejs22.x}\ncustom:\n");

    if (!g_utf8_validate(text, -1, NULL))
        return 0;
    lines = g_strsplit(text, "\n", 200);
    for (unsigned i = 0; lines[i]; i++) {
        json_t *value = json_string(lines[i]);
        g_autofree char *written = json_text(value, JSON_TEXT_COMPACT);

        parse_alone(lines[i]);
        g_string_append_printf(service, "  v%u: %s\n", i, written);
        json_decref(value);
    }
    g_string_append(service,
                    "#: service/a.yml\na: {b: [1, '${self:custom.v0}']}\n#: service/t.txt\ntext\n");
    fuzz_compile("service/serverless.yml", NULL, (const uint8_t *)service->str, service->len);
    return 0;
}
