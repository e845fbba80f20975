/* tests/aws/services/services.h
 *
 * The services beside CloudFormation. */
#pragma once
#include "tests/aws/wire/api_call.h"

extern const ApiService API_GATEWAY_SERVICE, S3_SERVICE, STS_SERVICE, SSM_SERVICE, LAMBDA_SERVICE,
    CLOUD_CONTROL_SERVICE, SQS_SERVICE, SQS_QUERY_SERVICE;

/* The code of a function, where GetFunction's Location points: "account/region/name". False when
 * there is none. */
bool lambda_code_answer(Double *aws, const char *where, HttpResponse *response);
