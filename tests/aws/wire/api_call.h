/* tests/aws/wire/api_call.h
 *
 * One call of an operation: what was asked, by whom, and the answer. Operations take an ApiCall and
 * return the answer as a JSON value (a new reference), which the protocol then encodes; or they
 * call api_fail, which returns NULL. Operations of S3 and some of Lambda write to `response`
 * themselves and return api_done(). */
#pragma once
#include "tests/aws/double.h"
#include "tests/aws/wire/message.h"

typedef struct {
    Double *aws;
    Region *region;
    const Credential *caller;
    const char *service;
    const char *action;
    const HttpRequest *http;
    json_t *input;
    int64_t now_ms;
    char *request_id;
    HttpResponse *response;
    bool done; /* the operation has written the response */
    struct {
        unsigned status;
        char *code, *message;
    } error;
} ApiCall;

typedef json_t *(*ApiHandler)(ApiCall *call);

typedef struct {
    const char *name;
    ApiHandler handler;
} ApiOperation;

typedef enum { PROTOCOL_QUERY, PROTOCOL_JSON, PROTOCOL_REST_JSON, PROTOCOL_REST_XML } ApiProtocol;

typedef struct {
    const char *name; /* as in the credential scope */
    ApiProtocol protocol;
    const char *version;            /* Query: what Version must be */
    const char *xml_namespace;      /* Query */
    bool flat_lists;                /* Query: lists without member elements */
    const char *target_prefix;      /* JSON: X-Amz-Target up to the dot */
    const char *json_type;          /* JSON: the content type */
    const ApiOperation *operations; /* ended by a NULL name */
    /* REST: finds the operation by method and path, and sets members of input; NULL when there is
     * none. */
    const ApiOperation *(*route)(ApiCall *call);
} ApiService;

/* Sets the error of the call. Returns NULL, so that an operation can return it. */
json_t *api_fail(ApiCall *call, unsigned status, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);

/* 400 ValidationError with the error's message, which is freed. Returns NULL. */
json_t *api_fail_validation(ApiCall *call, GError *error);

/* For operations that wrote the response themselves. */
json_t *api_done(ApiCall *call);

/* Members of the input; NULL, `otherwise` or an empty answer where the member is absent. Query
 * sends text only, so booleans and integers are read from text too. Borrowed. */
const char *api_text(const ApiCall *call, const char *name);
bool api_flag(const ApiCall *call, const char *name, bool otherwise);
int64_t api_integer(const ApiCall *call, const char *name, int64_t otherwise);
json_t *api_array(const ApiCall *call, const char *name);

const ApiOperation *api_operation_find(const ApiOperation *operations, const char *name);

/* {"Error":"…"} of templates and resources: one domain, the message says it all. */
#define DOUBLE_ERROR (double_error_quark())
GQuark double_error_quark(void);

/* "2026-11-23T19:40:00.123Z" and "2026-11-23T19:40:00Z". (transfer full) */
char *time_text_ms(int64_t ms);
char *time_text_s(int64_t ms);

/* Sets `key` to a text, unless the text is NULL; to a time. */
void json_set_text(json_t *object, const char *key, const char *text);
void json_set_time(json_t *object, const char *key, int64_t ms);
G_GNUC_PRINTF(3, 4) void json_set_format(json_t *object, const char *key, const char *format, ...);
void json_set_flag(json_t *object, const char *key, bool value);
const char *json_text_of(json_t *object, const char *key);
