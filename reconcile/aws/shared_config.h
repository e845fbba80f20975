/* reconcile/aws/shared_config.h
 *
 * A profile of ~/.aws/config and ~/.aws/credentials, merged; what the credentials file says counts.
 * Source: AWS SDKs and Tools Reference Guide, "Shared config and credentials files". Files above 1
 * MiB are refused. */
#pragma once
#include "reconcile/aws/credentials.h"

typedef struct {
    char *name;
    GHashTable *values; /* char* (lower case) → char*; NULL: neither file has the profile */
    char *config_file, *credentials_file;
    char *stamp; /* differs when one of the files has changed */
} SharedProfile;

/* The name meant by `profile`: itself, AWS_PROFILE, "default". Borrowed. */
const char *shared_profile_name(const CredentialsContext *context, const char *profile);

/* Errors: CREDENTIALS_ERROR_INVALID for a file that cannot be read (one that is not there is
 * empty). */
G_GNUC_WARN_UNUSED_RESULT
bool shared_profile_read(const CredentialsContext *context, const char *profile, SharedProfile *ret,
                         GError **error);
void shared_profile_clear(SharedProfile *profile);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SharedProfile, shared_profile_clear)

/* What shared_profile_read's stamp would be now, (transfer full). */
char *shared_profile_stamp(const CredentialsContext *context);

/* A value that is set and not empty, borrowed; else NULL. */
const char *shared_profile_get(const SharedProfile *profile, const char *key);
