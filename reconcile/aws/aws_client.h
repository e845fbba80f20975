/* reconcile/aws/aws_client.h
 *
 * A region of an account: what every call to AWS goes through. It signs (SigV4), sends, reads the
 * error, retries what may be retried, and tells an observer. cloud_formation.h, s3.h and their like
 * are the calls themselves.
 *
 * Threads: a client is immutable; one client may be used by many threads at once. */
#pragma once
#include "reconcile/aws/aws_error.h"
#include "reconcile/aws/credentials.h"
#include "reconcile/aws/throttle.h"

// clang-format off
#define AWS_SERVICES(ROW)                                                                         \
    /*  name            endpoint prefix      in AWS_ENDPOINT_URL_… */                             \
    ROW(CLOUDFORMATION, "cloudformation",    "CLOUDFORMATION")                                    \
    ROW(S3,             "s3",                "S3")                                                \
    ROW(STS,            "sts",               "STS")                                               \
    ROW(SSM,            "ssm",               "SSM")                                               \
    ROW(LAMBDA,         "lambda",            "LAMBDA")                                            \
    ROW(CLOUDCONTROL,   "cloudcontrolapi",   "CLOUDCONTROL")                                      \
    ROW(APIGATEWAY,     "apigateway",        "API_GATEWAY")
// clang-format on

typedef enum {
#define ROW(name, prefix, variable) AWS_SERVICE_##name,
    AWS_SERVICES(ROW)
#undef ROW
        AWS_SERVICE_COUNT
} AwsService;

/* "cloudformation", "s3", …: the endpoint's prefix, which is the signing name too. */
const char *aws_service_name(AwsService service);

/* Where calls go instead of AWS. Strings are owned; NULL: AWS. */
typedef struct {
    char *all;
    char *of_service[AWS_SERVICE_COUNT]; /* over `all` */
} AwsEndpoints;

/* Reads AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_CLOUDFORMATION, …; nothing when
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true. */
void aws_endpoints_read(AwsEndpoints *endpoints,
                        const char *(*environment)(const char *name, void *data), void *data);
void aws_endpoints_clear(AwsEndpoints *endpoints);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AwsEndpoints, aws_endpoints_clear)

/* One attempt of a call, for metrics and logs. Strings are borrowed for the callback. Never holds
 * what was sent. */
typedef struct {
    const char *service, *action, *region;
    unsigned status;        /* HTTP; 0: no answer */
    const char *error_code; /* NULL: it succeeded */
    const char *request_id; /* or NULL */
    unsigned attempt;       /* from 1 */
    unsigned duration_ms;
    unsigned waited_ms; /* before the attempt: backoff and token bucket */
    bool throttled;     /* AWS said so */
    bool will_retry;
} AwsCall;

typedef struct {
    HttpTransport *transport;         /* borrowed */
    CredentialsProvider *credentials; /* referenced */
    const char *region;               /* copied, like all strings here */
    const AwsEndpoints *endpoints;    /* or NULL; copied */
    Throttle *throttle; /* borrowed, shared by an account's clients; NULL: the client has its own */
    const char *account; /* tells accounts that share a throttle apart: any name; or NULL */
    unsigned attempts;   /* of one call in all; 0: 4 */
    void (*observe)(const AwsCall *call,
                    void *data);   /* or NULL; called by the thread that calls, without locks */
    int64_t (*now_ms)(void *data); /* Unix time; NULL: the system's clock */
    void (*sleep_ms)(unsigned ms, void *data); /* NULL: nanosleep */
    uint32_t (*random)(void *data);            /* for jitter; NULL: the system's */
    void *data;
} AwsClientOptions;

typedef struct AwsClient AwsClient;

AwsClient *aws_client_new(const AwsClientOptions *options);
void aws_client_free(AwsClient *client); /* NULL-safe */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AwsClient, aws_client_free)

const char *aws_client_region(const AwsClient *client); /* borrowed */
