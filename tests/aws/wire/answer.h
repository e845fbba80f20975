/* tests/aws/wire/answer.h
 *
 * Writes answers and errors the way the protocol of a service does. */
#pragma once
#include "tests/aws/wire/api_call.h"
#include "tests/aws/wire/sigv4_check.h"

void answer_result(const ApiService *service, ApiCall *call, json_t *result);
void answer_error(const ApiService *service, ApiCall *call);

/* Sets the error that `service` answers for a signature that is not accepted. */
void answer_signature(const ApiService *service, ApiCall *call, const SignatureCheck *check);

/* Sets the error for an operation that the service does not have. */
void answer_unknown_action(const ApiService *service, ApiCall *call);
