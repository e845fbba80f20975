/* tests/fuzz/fuzz.h
 *
 * A fuzz target is one file with LLVMFuzzerTestOneInput: it reads the bytes as what strangers send
 * and checks what must hold of any input. HOLDS aborts, which a fuzzer and ctest both see. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HOLDS(condition)                                                                   \
    do {                                                                                   \
        if (!(condition)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
            abort();                                                                       \
        }                                                                                  \
    } while (0)
