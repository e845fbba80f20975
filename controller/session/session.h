/* controller/session/session.h
 *
 * The process's way to AWS: one transport, one throttle, and a client for every account and region
 * in use, made when first asked for.
 *
 * Thread-safe: one mutex around the table of clients; clients themselves are immutable. */
#pragma once
#include "config/settings.h"
#include "controller/build/build.h"
#include "reconcile/aws/aws_client.h"

typedef struct Session Session;

/* `observe` (may be NULL) hears every call to AWS. */
Session *session_new(void (*observe)(const AwsCall *call, void *data), void *data);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)

/* The client of an account (NULL: the process's own credentials; else its role assumed, or its
 * profile) in a region. Borrowed for the session's life. */
AwsClient *session_client(Session *session, const AccountSettings *account, const char *region);

/* The account id that those credentials belong to (STS, asked once). (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
char *session_account_id(Session *session, const AccountSettings *account, const char *region,
                         GError **error);

/* The environment's region, or the profile's; NULL when nobody says. (transfer full) */
char *session_default_region(Session *session, const char *profile);

/* The generated artifact bucket of that account and region, made if need be (once). (transfer full)
 */
G_GNUC_WARN_UNUSED_RESULT
char *session_account_bucket(Session *session, const AccountSettings *account, const char *region,
                             GError **error);

/* Answers InputRequests: `data` of session_fetch_inputs (an InputFetcher). */
typedef struct {
    Session *session;
    const AccountSettings *account;
} InputSource;
bool session_fetch_inputs(const GPtrArray *requests, Inputs *inputs, void *data, GError **error);
