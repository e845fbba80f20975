/* tests/aws/wire/dispatch.h
 *
 * From a complete request to its answer: signature, service, operation, faults. Takes the double's
 * lock. */
#pragma once
#include "tests/aws/double.h"
#include "tests/aws/wire/message.h"

void dispatch(Double *aws, HttpRequest *request, HttpResponse *response);
