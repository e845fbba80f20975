/* reconcile/package/deflated.h
 *
 * A file's content as an archive holds it. */
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t size_bytes; /* of the content */
    uint32_t checksum;   /* CRC-32 of the content */
    const void *data;    /* raw deflate; whose it is, its giver says */
    size_t data_bytes;
} Deflated;
