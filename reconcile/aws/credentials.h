/* reconcile/aws/credentials.h
 *
 * Whose keys sign a request. A provider is one way to get them; those that ask somebody (STS, a
 * metadata service) keep the answer until shortly before it expires, behind a mutex of their own.
 * Secrets are wiped when freed.
 *
 * Environment, clock and transport are passed in; nothing here reads the process's own.
 * Threads: a provider may be used by many threads, Credentials belong to whoever got them.
 *
 * Sources: AWS SDKs and Tools Reference Guide, "Standardized credential providers". */
#pragma once
#include "reconcile/aws/http_transport.h"

#define CREDENTIALS_ERROR credentials_error_quark()
GQuark credentials_error_quark(void);
typedef enum {
    CREDENTIALS_ERROR_NOT_FOUND,   /* this source is not set up: a chain tries the next */
    CREDENTIALS_ERROR_INVALID,     /* set up wrongly: a person has to act */
    CREDENTIALS_ERROR_UNSUPPORTED, /* set up in a way that is not implemented (SSO,
                                      credential_process) */
    CREDENTIALS_ERROR_FAILED,      /* set up, but it did not answer or refused; may pass */
} CredentialsError;

typedef struct {
    char *access_key_id, *secret_access_key;
    char *session_token;   /* or NULL */
    int64_t expires_at_ms; /* Unix time; 0: never */
} Credentials;

/* Copies. */
Credentials *credentials_new(const char *access_key_id, const char *secret_access_key,
                             const char *session_token, int64_t expires_at_ms);
Credentials *credentials_copy(const Credentials *credentials);
void credentials_free(Credentials *credentials); /* wipes */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Credentials, credentials_free)

typedef struct CredentialsProvider CredentialsProvider;

/* Errors: CREDENTIALS_ERROR_*. */
G_GNUC_WARN_UNUSED_RESULT
bool credentials_get(CredentialsProvider *provider, Credentials **ret, GError **error);

/* Drops a kept answer, so that the next call asks again: AWS said ExpiredToken. */
void credentials_forget(CredentialsProvider *provider);

/* "environment", "profile", … constant: for messages. */
const char *credentials_source(const CredentialsProvider *provider);

/* Counted by a C11 atomic: threads may hold references of their own. */
CredentialsProvider *credentials_provider_ref(CredentialsProvider *provider);
void credentials_provider_unref(CredentialsProvider *provider); /* NULL-safe */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CredentialsProvider, credentials_provider_unref)

/* What providers know of the world. Copied by them; what it points to must outlive them. */
typedef struct {
    const char *(*environment)(const char *name,
                               void *data); /* borrowed answer, NULL when not set; required */
    HttpTransport *transport;               /* required by all that ask somebody */
    int64_t (*now_ms)(void *data);          /* Unix time; NULL: the system's clock */
    void *data;
} CredentialsContext;

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
CredentialsProvider *credentials_environment_new(const CredentialsContext *context);

/* Always these. */
CredentialsProvider *credentials_static_new(const Credentials *credentials);

/* A profile of ~/.aws/credentials and ~/.aws/config (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE;
 * read on each use that needs them): static keys; role_arn with source_profile, external_id,
 * role_session_name, duration_seconds; web_identity_token_file. NULL name: AWS_PROFILE, else
 * "default". */
CredentialsProvider *credentials_profile_new(const CredentialsContext *context,
                                             const char *profile);

typedef struct {
    const char *role_arn;
    const char *external_id;   /* or NULL */
    const char *session_name;  /* NULL: "driftless" */
    unsigned duration_seconds; /* 0: 3600 */
    const char *region;        /* of the STS asked */
    const char *endpoint_url;  /* override, or NULL: as the environment says, else AWS */
} AssumeRoleOptions;

/* sts:AssumeRole with the keys of `source`, which is referenced. Asks again five minutes before the
 * keys expire. */
CredentialsProvider *credentials_assume_role_new(const CredentialsContext *context,
                                                 const AssumeRoleOptions *options,
                                                 CredentialsProvider *source);

/* EKS: AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME. */
CredentialsProvider *credentials_web_identity_new(const CredentialsContext *context);

/* ECS and EKS Pod Identity: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI,
 * AWS_CONTAINER_AUTHORIZATION_TOKEN(_FILE). */
CredentialsProvider *credentials_container_new(const CredentialsContext *context);

/* EC2, IMDSv2 alone. AWS_EC2_METADATA_DISABLED, AWS_EC2_METADATA_SERVICE_ENDPOINT. */
CredentialsProvider *credentials_instance_new(const CredentialsContext *context);

/* environment, web identity, profile, container, instance: the first that is set up. A source that
 * is set up but fails ends the search, so that no call is made with other keys than were meant. */
CredentialsProvider *credentials_default_chain_new(const CredentialsContext *context);

/* AWS_REGION, AWS_DEFAULT_REGION, then the profile's region (profile NULL: as above). (transfer
 * full), NULL when nobody says. */
char *credentials_default_region(const CredentialsContext *context, const char *profile);
