/* config/yaml_tab.h
 *
 * Tabs that YAML 1.2 allows and libyaml does not: alone on a line, before a comment, and between
 * the mark of an item and its text. Source: js-yaml 4, which the framework reads with. */
#pragma once
#include <yaml.h>

#include "config/document_tree.h"

/* Where the parser stopped at such a tab, puts spaces in its place, so that the text can be read
 * from the start once more. False: it stopped at something else, and the text is as it was. */
bool yaml_tab_forgive(Document *document, const yaml_parser_t *parser);
