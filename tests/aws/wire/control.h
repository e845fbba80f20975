/* tests/aws/wire/control.h
 *
 * What tests ask of the double itself, under /_double/. Unsigned; the lock is held. */
#pragma once
#include "tests/aws/double.h"
#include "tests/aws/wire/message.h"

void control_answer(Double *aws, const HttpRequest *request, HttpResponse *response);
