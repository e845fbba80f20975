/* reconcile/aws/web_identity.h
 *
 * A role assumed with a token file, wherever the three settings come from (environment, profile).
 * For this room's own use. */
#pragma once
#include "reconcile/aws/credentials.h"

/* session_name may be NULL. The token is read anew for every call, since it is rotated. Copies. */
CredentialsProvider *web_identity_provider_new(const CredentialsContext *context,
                                               const char *token_file, const char *role_arn,
                                               const char *session_name);
