/* tests/aws/wire/xml_reader.h
 *
 * Small XML bodies as JSON: every element is a member of its parent's object, always an array, of
 * strings (leaves) or objects. The root's name is dropped. */
#pragma once
#include <jansson.h>
#include <stddef.h>

/* A new reference, or NULL when it is not well formed or nested too deep. */
json_t *xml_read(const char *text, size_t size);
