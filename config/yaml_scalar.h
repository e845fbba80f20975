/* config/yaml_scalar.h
 *
 * What a YAML scalar means: the YAML 1.2 core schema as js-yaml 4.3 reads it (binary 0b1 too; no
 * underscores;
 * `-.5` and what no double can hold are strings). Pure, thread-safe. */
#pragma once
#include <jansson.h>
#include <stdbool.h>

typedef enum {
    YAML_SCALAR_ANY,
    YAML_SCALAR_NULL,
    YAML_SCALAR_BOOL,
    YAML_SCALAR_INT,
    YAML_SCALAR_FLOAT,
} YamlScalarKind;

/* The value of a plain scalar; `kind` other than ANY asks for that one (from a tag, !!int). A new
 * reference; NULL when `kind` does not fit or for .inf and .nan, which JSON cannot hold (then
 * *ret_not_finite is true). With ANY all else is a string. */
json_t *yaml_scalar_read(const char *text, size_t length, YamlScalarKind kind,
                         bool *ret_not_finite);
