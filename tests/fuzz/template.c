/* SAM and CloudFormation templates. */
#include "tests/fuzz/compiling.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_compile("service/template.yaml", "artifacts", data, size);
    return 0;
}
