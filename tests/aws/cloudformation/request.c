#include "tests/aws/cloudformation/request.h"
#include "tests/aws/cloudformation/evaluation.h"
#include "tests/aws/services/s3.h"
#include <string.h>

/* Bucket and key of a TemplateURL: path style or with the bucket in the host name. */
static bool split_url(const char *url, char **ret_bucket, char **ret_key)
{
    const char *host = strstr(url, "://");
    const char *path = host != NULL ? strchr(host + 3, '/') : NULL;
    g_autofree char *host_name = NULL;
    g_autofree char *decoded = NULL;
    char *mark = NULL;

    if (path == NULL)
        return false;
    host += 3;
    host_name = g_strndup(host, (size_t)(path - host));
    decoded = percent_decode(path + 1, strcspn(path + 1, "?#"), false);
    mark = strstr(host_name, ".s3.");
    if (mark == NULL)
        mark = strstr(host_name, ".s3-");
    if (mark == NULL && g_str_has_prefix(host_name, "s3") == false &&
        g_str_has_suffix(host_name, ".amazonaws.com"))
        return false;
    if (mark != NULL) {
        *ret_bucket = g_strndup(host_name, (size_t)(mark - host_name));
        *ret_key = g_strdup(decoded);
        return true;
    }
    mark = strchr(decoded, '/');
    if (mark == NULL)
        return false;
    *ret_bucket = g_strndup(decoded, (size_t)(mark - decoded));
    *ret_key = g_strdup(mark + 1);
    return true;
}

static Template *template_from_url(ApiCall *call, const char *url)
{
    g_autofree char *bucket_name = NULL, *key = NULL;
    const Bucket *bucket = NULL;
    const S3Object *object = NULL;
    const void *data = NULL;
    gsize size = 0;
    GError *error = NULL;
    Template *template = NULL;

    if (!split_url(url, &bucket_name, &key)) {
        api_fail(call, 400, "ValidationError", "TemplateURL must be a supported URL.");
        return NULL;
    }
    bucket = bucket_find(call->aws, bucket_name);
    object = bucket != NULL ? bucket_object(bucket, key) : NULL;
    if (object == NULL) {
        api_fail(call, 400, "ValidationError", "S3 error: %s",
                 bucket == NULL ? "The specified bucket does not exist"
                                : "The specified key does not exist.");
        return NULL;
    }
    data = g_bytes_get_data(object->content, &size);
    if (size > TEMPLATE_LIMIT_BYTES) {
        api_fail(call, 400, "ValidationError", "Template may not exceed %d bytes in size.",
                 TEMPLATE_LIMIT_BYTES);
        return NULL;
    }
    template = template_new(data, size, &error);
    if (template == NULL)
        api_fail_validation(call, error);
    return template;
}

Template *request_template(ApiCall *call, const Stack *previous)
{
    const char *body = api_text(call, "TemplateBody");
    const char *url = api_text(call, "TemplateURL");
    GError *error = NULL;
    Template *template = NULL;

    if (api_flag(call, "UsePreviousTemplate", false) && previous != NULL &&
        previous->deployed.template != NULL)
        return template_ref(previous->deployed.template);
    if (body == NULL && url != NULL)
        return template_from_url(call, url);
    if (body == NULL) {
        api_fail(call, 400, "ValidationError",
                 "Either Template URL or Template Body must be specified.");
        return NULL;
    }
    if (strlen(body) > TEMPLATE_INLINE_LIMIT_BYTES) {
        api_fail(call, 400, "ValidationError",
                 "1 validation error detected: Value '%.100s…' at 'templateBody' failed to satisfy "
                 "constraint: Member must have length less than or equal to %d",
                 body, TEMPLATE_INLINE_LIMIT_BYTES);
        return NULL;
    }
    template = template_new(body, strlen(body), &error);
    if (template == NULL)
        api_fail_validation(call, error);
    return template;
}

static bool list_holds(json_t *list, const char *text)
{
    size_t i = 0;
    json_t *item = NULL;

    json_array_foreach(list, i, item)
    {
        if (g_strcmp0(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

static bool capabilities_suffice(ApiCall *call, const Template *template)
{
    json_t *given = api_array(call, "Capabilities");
    const char *needed = template_capability(template, NULL);

    if (needed == NULL || list_holds(given, needed) ||
        (strcmp(needed, "CAPABILITY_IAM") == 0 && list_holds(given, "CAPABILITY_NAMED_IAM")))
        return true;
    api_fail(call, 400, "InsufficientCapabilitiesException", "Requires capabilities : [%s]",
             needed);
    return false;
}

static json_t *array_or_previous(ApiCall *call, const char *name, json_t *previous)
{
    if (json_object_get(call->input, name) == NULL && previous != NULL)
        return json_incref(previous);
    return api_array(call, name) != NULL ? json_incref(api_array(call, name)) : json_array();
}

bool request_deployment(ApiCall *call, const Stack *previous, Deployment *ret)
{
    Deployment deployment = {0};
    GError *error = NULL;
    bool good = false;

    deployment.template = request_template(call, previous);
    if (deployment.template == NULL)
        return false;
    deployment.tags =
        array_or_previous(call, "Tags", previous != NULL ? previous->deployed.tags : NULL);
    deployment.capabilities = array_or_previous(call, "Capabilities", NULL);
    deployment.notification_arns = array_or_previous(
        call, "NotificationARNs", previous != NULL ? previous->deployed.notification_arns : NULL);
    if (json_array_size(deployment.tags) > 50)
        api_fail(
            call, 400, "ValidationError",
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member "
            "must have length less than or equal to 50");
    else if (!capabilities_suffice(call, deployment.template))
        good = false;
    else if (!parameters_resolve(deployment.template, api_array(call, "Parameters"),
                                 previous != NULL ? previous->deployed.parameters.list : NULL,
                                 region_ssm_value, call->region, &deployment.parameters, &error))
        api_fail_validation(call, error);
    else
        good = true;
    if (good)
        *ret = deployment;
    else
        deployment_clear(&deployment);
    return good;
}

Stack *request_stack(ApiCall *call, bool deleted_too, const char *format)
{
    const char *name = api_text(call, "StackName");
    Stack *stack = stack_find(call->region, name);
    g_autofree char *message = NULL;

    if (name == NULL) {
        api_fail(call, 400, "ValidationError",
                 "1 validation error detected: Value null at 'stackName' failed to satisfy "
                 "constraint: Member must not be null");
        return NULL;
    }
    if (stack != NULL && (deleted_too || stack->deleted_ms == 0))
        return stack;
    message = g_strdup_printf(format, name);
    api_fail(call, 400, "ValidationError", "%s", message);
    return NULL;
}

bool request_name_is_valid(ApiCall *call, const char *member, const char *spelled, bool arn_allowed,
                           size_t limit)
{
    const char *name = api_text(call, member);
    bool good = name != NULL && g_ascii_isalpha(name[0]) && strlen(name) <= limit;

    for (const char *at = name; good && *at != '\0'; at++)
        good = g_ascii_isalnum(*at) || *at == '-';
    if (good || (arn_allowed && name != NULL && g_str_has_prefix(name, "arn:")))
        return true;
    if (name != NULL && strlen(name) > limit)
        api_fail(call, 400, "ValidationError",
                 "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "
                 "Member must have length less than or equal to %zu",
                 name, spelled, limit);
    else
        api_fail(call, 400, "ValidationError",
                 "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: "
                 "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*%s",
                 name != NULL ? name : "null", spelled,
                 arn_allowed ? "|arn:[-a-zA-Z0-9:/._+]*" : "");
    return false;
}

bool request_may_update(ApiCall *call, const Stack *stack)
{
    static const char *const allowed[] = {"CREATE_COMPLETE",
                                          "UPDATE_COMPLETE",
                                          "UPDATE_ROLLBACK_COMPLETE",
                                          "IMPORT_COMPLETE",
                                          "IMPORT_ROLLBACK_COMPLETE",
                                          "UPDATE_FAILED",
                                          "CREATE_FAILED",
                                          NULL};

    if (g_strv_contains(allowed, stack->status))
        return true;
    api_fail(call, 400, "ValidationError", "Stack:%s is in %s state and can not be updated.",
             stack->id, stack->status);
    return false;
}

uint64_t request_page_start(const ApiCall *call)
{
    const char *token = api_text(call, "NextToken");

    return token != NULL ? g_ascii_strtoull(token, NULL, 36) : 0;
}

void request_set_next_token(json_t *answer, uint64_t next)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    char text[16];
    size_t at = sizeof text - 1;

    text[at] = '\0';
    do {
        text[--at] = digits[next % 36];
        next /= 36;
    } while (next > 0 && at > 0);
    json_set_text(answer, "NextToken", text + at);
}
