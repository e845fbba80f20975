/* controller/web/api.h
 *
 * Inside the room: a request that may be answered to an answer. */
#pragma once
#include "controller/web/server.h"

typedef struct {
    const char *method, *path; /* path without the query */
    const char *body;
    size_t body_size;
} ApiRequest;

typedef struct {
    unsigned status;
    const char *content_type; /* constant */
    char *text;               /* owned */
    size_t length;
} ApiAnswer;

void api_answer(const WebOptions *options, const ApiRequest *request, ApiAnswer *ret);

/* Whether the request changes something (anything but GET and HEAD). */
bool api_changes_something(const ApiRequest *request);

/* {"error": message} */
void api_refuse(ApiAnswer *ret, unsigned status, const char *message);
