#include "reconcile/source/ssh_key.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    (void)ssh_key_kind((const char *)data, size);
    return 0;
}
