/* reconcile/aws/endpoint.h
 *
 * Where a service of a region is. Source: botocore's endpoints and partitions. Pure, thread-safe.
 */
#pragma once
#include "reconcile/aws/aws_client.h"

/* "https://cloudformation.eu-west-1.amazonaws.com", or the override without a slash at its end.
 * (transfer full) */
char *endpoint_url(const AwsEndpoints *endpoints, AwsService service, const char *region);

/* Whether the service has an override. */
bool endpoint_is_overridden(const AwsEndpoints *endpoints, AwsService service);

/* "aws", "aws-cn", "aws-us-gov", …: the first part of the region's ARNs. Constant. */
const char *endpoint_partition(const char *region);

/* The authority of a URL ("127.0.0.1:4566"), (transfer full); NULL when it is no http(s) URL.
 * *ret_path: where the path starts, in `url`. */
char *endpoint_split(const char *url, const char **ret_path);
