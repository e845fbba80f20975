#include "tests/fuzz/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_document(data, size, DOCUMENT_YAML);
    return 0;
}
