/* config/yaml_error.h
 *
 * What libyaml could not read, said for the person who wrote it. */
#pragma once
#include <yaml.h>

#include "config/document_tree.h"

void yaml_error_report(const Document *document, const yaml_parser_t *parser, Problems *problems);
