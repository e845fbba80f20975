/* tests/aws/cloudformation/cloudformation.h
 *
 * CloudFormation as the rest of the double sees it. */
#pragma once
#include "tests/aws/wire/api_call.h"

extern const ApiService CLOUDFORMATION_SERVICE;

/* Lets every stack with an operation under way do what is due by `now_ms`. */
void region_catch_up(Region *region, int64_t now_ms);
