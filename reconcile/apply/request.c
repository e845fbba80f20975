#include "reconcile/apply/request.h"
#include "config/crypto_library.h"
#include "config/json_text.h"
#include "reconcile/apply/rest_api_stage.h"
#include <string.h>

G_DEFINE_QUARK(driftless - request - error, request_error)

#define DIGEST_NAME_DIGITS 32 /* of the digest in a change set's name */

static char *sha256_hex(const char *text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    GString *hex = g_string_new(NULL);

    /* SHA-256 over memory fails only when the library itself is broken. */
    g_assert(
        crypto()->EVP_Digest(text, strlen(text), digest, &size, crypto()->EVP_sha256(), NULL) == 1);
    for (unsigned i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", digest[i]);
    return g_string_free(hex, FALSE);
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, json_string(text));
}

static void set_value(json_t *object, const char *key, json_t *value)
{
    if (value)
        json_object_set(object, key, value);
}

/* Everything that the digest covers, by AWS's names. */
static json_t *canonical(const Desired *desired)
{
    json_t *json = json_object();

    set_text(json, "StackName", desired->stack_name);
    set_value(json, "Template", desired->template);
    set_value(json, "Parameters", desired->parameters);
    set_value(json, "Tags", desired->tags);
    set_value(json, "Capabilities", desired->capabilities);
    set_text(json, "RoleARN", desired->role_arn);
    set_value(json, "NotificationARNs", desired->notification_arns);
    set_value(json, "RollbackConfiguration", desired->rollback_configuration);
    json_object_set_new(json, "DisableRollback", json_boolean(desired->disable_rollback));
    set_value(json, "StackPolicy", desired->stack_policy);
    set_value(json, "RestApiStage", desired->rest_api_stage);
    json_object_set_new(json, "TerminationProtection",
                        json_integer(desired->termination_protection));
    set_text(json, "DeploymentMode", desired->deployment_mode);
    return json;
}

static bool finish(Desired *desired, GError **error)
{
    json_t *json = canonical(desired);
    g_autofree char *text = json_text(json, JSON_TEXT_SORT_KEYS);

    json_decref(json);
    desired->digest = sha256_hex(text);
    /* Indented, it reads better in the AWS console; the limit counts bytes. */
    desired->template_text = json_text(desired->template, JSON_TEXT_INDENT);
    if (strlen(desired->template_text) > TEMPLATE_INLINE_MAX_BYTES) {
        g_free(desired->template_text);
        desired->template_text = json_text(desired->template, JSON_TEXT_COMPACT);
    }
    if (strlen(desired->template_text) > TEMPLATE_MAX_BYTES) {
        g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_TOO_LARGE,
                    "stack %s: its template has %zu bytes, CloudFormation takes at most %d; split "
                    "the service or use "
                    "nested stacks",
                    desired->stack_name, strlen(desired->template_text), TEMPLATE_MAX_BYTES);
        return false;
    }
    if (json_object_size(desired->tags) > STACK_TAGS_MAX) {
        g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_TOO_LARGE,
                    "stack %s: %zu tags, CloudFormation takes at most %d (one of them is %s)",
                    desired->stack_name, json_object_size(desired->tags), STACK_TAGS_MAX,
                    OWNER_TAG);
        return false;
    }
    return true;
}

/* Strings of an object of scalars, as the API wants them; false for anything else. */
static bool strings_of(json_t *settings, const char *key, json_t **ret, GError **error)
{
    json_t *given = json_object_get(settings, key), *value, *strings = json_object();
    const char *name;

    json_object_foreach(given, name, value)
    {
        if (json_is_string(value)) {
            json_object_set(strings, name, value);
        } else if (json_is_number(value)) {
            g_autofree char *text = json_number_text(value);
            json_object_set_new(strings, name, json_string(text));
        } else if (json_is_boolean(value)) {
            json_object_set_new(strings, name, json_string(json_is_true(value) ? "true" : "false"));
        } else {
            g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_INVALID, "%s.%s must be a string", key,
                        name);
            json_decref(strings);
            return false;
        }
    }
    *ret = strings;
    return true;
}

static json_t *default_capabilities(void)
{
    return json_pack("[s,s,s]", "CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND");
}

static json_t *copy_of(json_t *settings, const char *key)
{
    json_t *value = json_object_get(settings, key);

    return value && !json_is_null(value) ? json_deep_copy(value) : NULL;
}

static bool fill(Desired *desired, json_t *template, json_t *settings, GError **error)
{
    if (!json_is_object(json_object_get(template, "Resources"))) {
        g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_INVALID,
                    "stack %s: its template has no Resources", desired->stack_name);
        return false;
    }
    if (!strings_of(settings, "Parameters", &desired->parameters, error) ||
        !strings_of(settings, "Tags", &desired->tags, error)) {
        g_prefix_error(error, "stack %s: ", desired->stack_name);
        return false;
    }
    json_t *protection = json_object_get(settings, "TerminationProtection");

    desired->template = json_deep_copy(template);
    desired->capabilities = copy_of(settings, "Capabilities");
    if (!desired->capabilities)
        desired->capabilities = default_capabilities();
    desired->role_arn = g_strdup(json_string_value(json_object_get(settings, "RoleARN")));
    desired->notification_arns = copy_of(settings, "NotificationARNs");
    desired->rollback_configuration = copy_of(settings, "RollbackConfiguration");
    desired->disable_rollback = json_is_true(json_object_get(settings, "DisableRollback"));
    desired->stack_policy = copy_of(settings, "StackPolicy");
    desired->rest_api_stage =
        rest_api_stage_wanted(template, json_object_get(settings, "RestApiStage"));
    desired->termination_protection = json_is_boolean(protection) ? json_is_true(protection) : -1;
    return true;
}

Desired *desired_new(json_t *template, json_t *settings, const char *execution_role,
                     const char *owner, const char *artifact_bucket, GError **error)
{
    g_autoptr(Desired) desired = g_new0(Desired, 1);

    desired->stack_name = g_strdup(json_string_value(json_object_get(settings, "StackName")));
    if (!desired->stack_name) {
        g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_INVALID,
                    "the stack's settings name no StackName");
        return NULL;
    }
    if (!fill(desired, template, settings, error))
        return NULL;
    if (!desired->role_arn)
        desired->role_arn = g_strdup(execution_role);
    if (owner)
        json_object_set_new(desired->tags, OWNER_TAG, json_string(owner));
    desired->artifact_bucket = g_strdup(artifact_bucket);
    if (!finish(desired, error))
        return NULL;
    return g_steal_pointer(&desired);
}

Desired *desired_with_template(const Desired *desired, json_t *template,
                               const char *deployment_mode, GError **error)
{
    json_t *json = canonical(desired);
    Desired *other;

    json_object_set(json, "Template", template);
    json_object_del(json, "DeploymentMode");
    set_text(json, "DeploymentMode", deployment_mode);
    set_text(json, "artifactBucket", desired->artifact_bucket);
    other = desired_from_json(json, error);
    json_decref(json);
    return other;
}

json_t *desired_to_json(const Desired *desired)
{
    json_t *json = canonical(desired), *copy;

    set_text(json, "artifactBucket", desired->artifact_bucket);
    copy = json_deep_copy(json);
    json_decref(json);
    return copy;
}

Desired *desired_from_json(json_t *json, GError **error)
{
    json_t *settings = json_copy(json);
    json_t *protection = json_object_get(json, "TerminationProtection");

    if (!settings) {
        g_set_error(error, REQUEST_ERROR, REQUEST_ERROR_INVALID,
                    "a kept request is no JSON object");
        return NULL;
    }
    json_object_del(settings, "TerminationProtection");
    if (json_is_integer(protection) && json_integer_value(protection) >= 0)
        json_object_set_new(settings, "TerminationProtection",
                            json_boolean(json_integer_value(protection) != 0));
    Desired *desired =
        desired_new(json_object_get(json, "Template"), settings, NULL, NULL,
                    json_string_value(json_object_get(json, "artifactBucket")), error);
    json_decref(settings);
    const char *mode = json_string_value(json_object_get(json, "DeploymentMode"));
    if (desired && mode) {
        desired->deployment_mode = g_strdup(mode);
        g_clear_pointer(&desired->digest, g_free);
        g_clear_pointer(&desired->template_text, g_free);
        if (!finish(desired, error))
            g_clear_pointer(&desired, desired_free);
    }
    return desired;
}

void desired_free(Desired *desired)
{
    if (!desired)
        return;
    g_free(desired->stack_name);
    json_decref(desired->template);
    g_free(desired->template_text);
    json_decref(desired->parameters);
    json_decref(desired->tags);
    json_decref(desired->capabilities);
    g_free(desired->role_arn);
    json_decref(desired->notification_arns);
    json_decref(desired->rollback_configuration);
    json_decref(desired->stack_policy);
    json_decref(desired->rest_api_stage);
    g_free(desired->artifact_bucket);
    g_free(desired->deployment_mode);
    g_free(desired->digest);
    g_free(desired);
}

char *desired_change_set_name(const Desired *desired, unsigned attempt)
{
    return g_strdup_printf("driftless-%.*s-%u", DIGEST_NAME_DIGITS, desired->digest, attempt);
}
