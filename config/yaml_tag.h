/* config/yaml_tag.h
 *
 * CloudFormation's short tags. Source: CloudFormation User Guide, "Intrinsic function reference".
 */
#pragma once

/* The long form of `tag` ("!Sub" → "Fn::Sub", "!Ref" → "Ref"), or NULL when it is none of
 * CloudFormation's. */
const char *yaml_tag_function(const char *tag);

/* The tag that was probably meant, or NULL. */
const char *yaml_tag_nearest(const char *tag);
