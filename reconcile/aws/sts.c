#include "reconcile/aws/sts.h"
#include "reconcile/aws/query_call.h"
#include "reconcile/aws/sts_keys.h"
#include "reconcile/aws/timestamp.h"

void caller_identity_free(CallerIdentity *identity)
{
    if (!identity)
        return;
    g_free(identity->account);
    g_free(identity->arn);
    g_free(identity->user_id);
    g_free(identity);
}

bool sts_get_caller_identity(AwsClient *client, CallerIdentity **ret, GError **error)
{
    g_autoptr(QueryForm) form = query_form_new("GetCallerIdentity", STS_API_VERSION);
    g_autoptr(XmlDocument) answer = NULL;
    CallerIdentity *identity;

    if (!query_call(client, AWS_SERVICE_STS, form, &answer, error)) {
        g_prefix_error(error, "get caller identity: ");
        return false;
    }
    identity = g_new0(CallerIdentity, 1);
    identity->account = g_strdup(xml_text(query_result(answer), "Account"));
    identity->arn = g_strdup(xml_text(query_result(answer), "Arn"));
    identity->user_id = g_strdup(xml_text(query_result(answer), "UserId"));
    *ret = identity;
    return true;
}

bool sts_read_keys(const XmlDocument *answer, Credentials **ret, GError **error)
{
    const XmlNode *keys = xml_find(query_result(answer), "Credentials");
    const char *id = xml_text(keys, "AccessKeyId"), *secret = xml_text(keys, "SecretAccessKey");

    if (!id || !secret) {
        aws_error_set(error, AWS_ERROR_ANSWER, "UnreadableAnswer", 200, NULL, true, false,
                      "the answer holds no keys");
        return false;
    }
    *ret = credentials_new(id, secret, xml_text(keys, "SessionToken"),
                           timestamp_parse(xml_text(keys, "Expiration")));
    return true;
}

bool sts_assume_role(AwsClient *client, const char *role_arn, const char *external_id,
                     const char *session_name, unsigned duration_seconds, Credentials **ret,
                     GError **error)
{
    g_autoptr(QueryForm) form = query_form_new("AssumeRole", STS_API_VERSION);
    g_autoptr(XmlDocument) answer = NULL;

    query_form_add(form, "RoleArn", role_arn);
    query_form_add(form, "RoleSessionName", session_name);
    query_form_add(form, "ExternalId", external_id);
    query_form_add_integer(form, "DurationSeconds", duration_seconds);
    if (!query_call(client, AWS_SERVICE_STS, form, &answer, error) ||
        !sts_read_keys(answer, ret, error)) {
        g_prefix_error(error, "assume role %s: ", role_arn);
        return false;
    }
    return true;
}
