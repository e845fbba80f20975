/* reconcile/aws/sts.h
 *
 * Who we are. Errors: AWS_ERROR. Source of shapes: botocore's model of sts 2011-06-15. */
#pragma once
#include "reconcile/aws/aws_client.h"

typedef struct {
    char *account, *arn, *user_id;
} CallerIdentity;
void caller_identity_free(CallerIdentity *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CallerIdentity, caller_identity_free)

G_GNUC_WARN_UNUSED_RESULT
bool sts_get_caller_identity(AwsClient *client, CallerIdentity **ret, GError **error);

/* Keys of a role. external_id may be NULL. credentials_assume_role_new keeps them fresh and is what
 * a client uses. */
G_GNUC_WARN_UNUSED_RESULT
bool sts_assume_role(AwsClient *client, const char *role_arn, const char *external_id,
                     const char *session_name, unsigned duration_seconds, Credentials **ret,
                     GError **error);
