/* tests/aws/template/check.h
 *
 * What CloudFormation refuses in a template before it looks at any resource. */
#pragma once
#include "tests/aws/template/template.h"

G_GNUC_WARN_UNUSED_RESULT
bool template_check(const Template *template, GError **error);

/* Whether Fn::GetAtt may ask a resource of `type` for `attribute`. */
bool attribute_is_known(const char *type, const char *attribute);
