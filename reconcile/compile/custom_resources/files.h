/* reconcile/compile/custom_resources/files.h
 *
 * The code of the framework's custom resources, as it goes into the program and from there, as
 * custom-resources.zip, to Lambda. */
#pragma once
#include "reconcile/source/embedded_tree.h"

/* Ends with a path of NULL. Immutable. */
extern const EmbeddedFile custom_resource_files[];
