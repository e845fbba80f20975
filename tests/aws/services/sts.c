#include "tests/aws/services/services.h"
#include <string.h>

static json_t *get_caller_identity(ApiCall *call)
{
    return json_pack("{s:s, s:s, s:s}", "UserId", call->caller->user_id, "Account",
                     call->caller->account, "Arn", call->caller->arn);
}

/* The account of "arn:aws:iam::111122223333:role/name", and the role's name. */
static bool split_role(const char *arn, char **ret_account, char **ret_name)
{
    g_auto(GStrv) parts = arn != NULL ? g_strsplit(arn, ":", 6) : NULL;
    const char *slash = NULL;

    if (parts == NULL || g_strv_length(parts) != 6 || strcmp(parts[2], "iam") != 0 ||
        strlen(parts[4]) != 12 || !g_str_has_prefix(parts[5], "role/"))
        return false;
    slash = strrchr(parts[5], '/');
    *ret_account = g_strdup(parts[4]);
    *ret_name = g_strdup(slash + 1);
    return true;
}

static Credential *session_credential(ApiCall *call, const char *account, const char *role,
                                      int64_t duration_s)
{
    Credential *credential = g_new0(Credential, 1);
    g_autofree char *key = double_id(call->aws, ID_UPPER, 16);
    g_autofree char *token = double_id(call->aws, ID_LOWER, 32);
    g_autofree char *role_id = double_id_from(role, ID_UPPER, 17);
    const char *session = api_text(call, "RoleSessionName");

    credential->access_key = g_strconcat("ASIA", key, NULL);
    credential->secret_key = double_id(call->aws, ID_LOWER, 32);
    /* Real tokens hold characters that need escaping. */
    credential->session_token = g_strdup_printf("FwoG/%s+%s==", token, key);
    credential->account = g_strdup(account);
    credential->arn = g_strdup_printf("arn:aws:sts::%s:assumed-role/%s/%s", account, role, session);
    credential->user_id = g_strdup_printf("AROA%s:%s", role_id, session);
    credential->expires_ms = call->now_ms + duration_s * 1000;
    g_hash_table_insert(call->aws->credentials, credential->access_key, credential);
    return credential;
}

static json_t *assume_role(ApiCall *call)
{
    const char *session = api_text(call, "RoleSessionName");
    int64_t duration_s = api_integer(call, "DurationSeconds", 3600);
    g_autofree char *account = NULL, *role = NULL, *expires = NULL;
    const Credential *credential = NULL;

    if (!split_role(api_text(call, "RoleArn"), &account, &role))
        return api_fail(call, 400, "ValidationError", "%s is invalid", api_text(call, "RoleArn"));
    if (session == NULL || strlen(session) < 2 || strlen(session) > 64)
        return api_fail(call, 400, "ValidationError",
                        "1 validation error detected: Value '%s' at 'roleSessionName' failed to "
                        "satisfy constraint: Member must have length between 2 and 64",
                        session != NULL ? session : "null");
    if (duration_s < 900 || duration_s > 43200)
        return api_fail(call, 400, "ValidationError",
                        "The requested DurationSeconds exceeds the MaxSessionDuration set for this "
                        "role.");
    /* A role of this name refuses everybody, so that a refusal can be tried. */
    if (strcmp(role, "denied") == 0)
        return api_fail(call, 403, "AccessDenied",
                        "User: %s is not authorized to perform: sts:AssumeRole on resource: %s",
                        call->caller->arn, api_text(call, "RoleArn"));
    credential = session_credential(call, account, role, duration_s);
    expires = time_text_s(credential->expires_ms);
    return json_pack("{s:{s:s, s:s, s:s, s:s}, s:{s:s, s:s}}", "Credentials", "AccessKeyId",
                     credential->access_key, "SecretAccessKey", credential->secret_key,
                     "SessionToken", credential->session_token, "Expiration", expires,
                     "AssumedRoleUser", "AssumedRoleId", credential->user_id, "Arn",
                     credential->arn);
}

static const ApiOperation OPERATIONS[] = {
    {"GetCallerIdentity", get_caller_identity},
    {"AssumeRole", assume_role},
    {NULL, NULL},
};

const ApiService STS_SERVICE = {
    .name = "sts",
    .protocol = PROTOCOL_QUERY,
    .version = "2011-06-15",
    .xml_namespace = "https://sts.amazonaws.com/doc/2011-06-15/",
    .operations = OPERATIONS,
};
