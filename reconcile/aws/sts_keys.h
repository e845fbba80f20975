/* reconcile/aws/sts_keys.h
 *
 * Keys out of an answer of STS: what AssumeRole and AssumeRoleWithWebIdentity share. */
#pragma once
#include "reconcile/aws/credentials.h"
#include "reconcile/aws/xml.h"

#define STS_API_VERSION "2011-06-15"

/* Errors: AWS_ERROR_ANSWER. */
G_GNUC_WARN_UNUSED_RESULT
bool sts_read_keys(const XmlDocument *answer, Credentials **ret, GError **error);
