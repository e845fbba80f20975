#include "tests/fuzz/compiling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_compile("service/serverless.yml", NULL, data, size);
    return 0;
}
