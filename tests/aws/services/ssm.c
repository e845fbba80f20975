/* SSM's parameters: the live resources of type AWS::SSM::Parameter. */
#include "tests/aws/resources/live.h"
#include "tests/aws/services/services.h"
#include <string.h>

static const char TYPE[] = "AWS::SSM::Parameter";

/* "name", "name:3" or an ARN to the name; `ret_selector` is what follows the colon. (transfer full)
 */
static char *plain_name(const char *text, char **ret_selector)
{
    const char *mark = g_str_has_prefix(text, "arn:") ? strstr(text, ":parameter/") : NULL;
    g_autofree char *name = NULL;
    char *colon = NULL;

    *ret_selector = NULL;
    if (mark != NULL)
        return g_strdup(mark + strlen(":parameter"));
    name = g_strdup(text);
    colon = strchr(name, ':');
    if (colon != NULL) {
        *ret_selector = g_strdup(colon);
        *colon = '\0';
    }
    return g_steal_pointer(&name);
}

static json_int_t version_of(const Live *parameter)
{
    json_int_t version = json_integer_value(json_object_get(parameter->hidden, "Version"));

    return version > 0 ? version : 1;
}

static json_t *parameter_answer(const Live *parameter, bool decrypt)
{
    json_t *answer = json_object();
    const char *name = parameter->physical_id;
    const char *type = json_text_of(parameter->properties, "Type");
    const char *value = json_text_of(parameter->properties, "Value");

    json_set_text(answer, "Name", name);
    json_set_text(answer, "Type", type != NULL ? type : "String");
    if (g_strcmp0(type, "SecureString") == 0 && !decrypt)
        json_set_format(answer, "Value", "kms:alias/aws/ssm:%s", value);
    else
        json_set_text(answer, "Value", value);
    json_object_set_new(answer, "Version", json_integer(version_of(parameter)));
    json_object_set_new(answer, "LastModifiedDate",
                        json_real((double)parameter->created_ms / 1000.0));
    json_set_format(answer, "ARN", "arn:aws:ssm:%s:%s:parameter%s%s", parameter->home->name,
                    parameter->home->account->id, *name == '/' ? "" : "/", name);
    json_set_text(answer, "DataType", "text");
    return answer;
}

static const Live *find(ApiCall *call, const char *text, char **ret_selector)
{
    g_autofree char *name = plain_name(text, ret_selector);
    const Live *parameter = live_find(call->region, TYPE, name);

    if (parameter != NULL && *ret_selector != NULL &&
        g_ascii_strtoll(*ret_selector + 1, NULL, 10) != version_of(parameter))
        return NULL;
    return parameter;
}

static json_t *get_parameter(ApiCall *call)
{
    const char *name = api_text(call, "Name");
    g_autofree char *selector = NULL;
    const Live *parameter = name != NULL ? find(call, name, &selector) : NULL;
    json_t *answer = NULL;

    if (parameter == NULL)
        return api_fail(call, 400, "ParameterNotFound", "Parameter %s not found.",
                        name != NULL ? name : "");
    answer = parameter_answer(parameter, api_flag(call, "WithDecryption", false));
    json_set_text(answer, "Selector", selector);
    return json_pack("{s:o}", "Parameter", answer);
}

static json_t *get_parameters(ApiCall *call)
{
    json_t *names = api_array(call, "Names");
    json_t *found = NULL, *invalid = NULL, *item = NULL;
    size_t i = 0;

    if (json_array_size(names) < 1 || json_array_size(names) > 10)
        return api_fail(call, 400, "ValidationException",
                        "1 validation error detected: Value at 'names' failed to satisfy "
                        "constraint: Member must have length less than or equal to 10");
    found = json_array();
    invalid = json_array();
    json_array_foreach(names, i, item)
    {
        const char *name = json_string_value(item);
        g_autofree char *selector = NULL;
        const Live *parameter = name != NULL ? find(call, name, &selector) : NULL;

        if (parameter == NULL) {
            json_array_append(invalid, item);
        } else {
            json_t *answer = parameter_answer(parameter, api_flag(call, "WithDecryption", false));

            json_set_text(answer, "Selector", selector);
            json_array_append_new(found, answer);
        }
    }
    return json_pack("{s:o, s:o}", "Parameters", found, "InvalidParameters", invalid);
}

static json_t *put_parameter(ApiCall *call)
{
    const char *name = api_text(call, "Name");
    const char *value = api_text(call, "Value");
    const char *type = api_text(call, "Type");
    Live *parameter = name != NULL ? live_find(call->region, TYPE, name) : NULL;
    json_auto_t *properties = json_object();
    GError *error = NULL;

    if (name == NULL || value == NULL || *value == '\0')
        return api_fail(call, 400, "ValidationException", "Name and Value must not be empty");
    if (parameter != NULL && !api_flag(call, "Overwrite", false))
        return api_fail(call, 400, "ParameterAlreadyExists",
                        "The parameter already exists. To overwrite this value, set the overwrite "
                        "option in the request to true.");
    if (parameter == NULL && type == NULL)
        return api_fail(call, 400, "ValidationException",
                        "A parameter type is required when you create a parameter.");
    json_set_text(properties, "Name", name);
    json_set_text(properties, "Value", value);
    json_set_text(properties, "Description", api_text(call, "Description"));
    json_set_text(properties, "Type",
                  type != NULL || parameter == NULL ? type
                                                    : json_text_of(parameter->properties, "Type"));
    if (parameter == NULL) {
        LiveOwner owner = {call->region, NULL, NULL, NULL, 0, call->now_ms};

        parameter = live_create(&owner, TYPE, properties, &error);
    } else {
        if (live_update(parameter, NULL, properties, call->now_ms, &error))
            json_object_set_new(parameter->hidden, "Version",
                                json_integer(version_of(parameter) + 1));
    }
    if (error != NULL)
        return api_fail_validation(call, error);
    return json_pack("{s:I, s:s}", "Version", version_of(parameter), "Tier", "Standard");
}

static json_t *delete_parameter(ApiCall *call)
{
    const char *name = api_text(call, "Name");
    Live *parameter = name != NULL ? live_find(call->region, TYPE, name) : NULL;
    GError *error = NULL;

    if (parameter == NULL)
        return api_fail(call, 400, "ParameterNotFound", "Parameter %s not found.",
                        name != NULL ? name : "");
    if (!live_delete(parameter, call->now_ms, &error))
        return api_fail_validation(call, error);
    return json_object();
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(Live *const *)a)->physical_id, (*(Live *const *)b)->physical_id);
}

static json_t *get_parameters_by_path(ApiCall *call)
{
    const char *path = api_text(call, "Path");
    bool recursive = api_flag(call, "Recursive", false);
    int64_t limit = api_integer(call, "MaxResults", 10);
    const char *token = api_text(call, "NextToken");
    guint start = token != NULL ? (guint)g_ascii_strtoull(token, NULL, 10) : 0;
    g_autoptr(GPtrArray) matches = g_ptr_array_new();
    g_autofree char *prefix = NULL;
    json_t *list = NULL, *answer = NULL;
    GHashTableIter iterator;
    void *value = NULL;

    if (path == NULL || *path != '/')
        return api_fail(call, 400, "ValidationException",
                        "The parameter doesn't meet the parameter name requirements.");
    prefix = g_strconcat(path, g_str_has_suffix(path, "/") ? "" : "/", NULL);
    g_hash_table_iter_init(&iterator, call->region->live_by_identifier);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        const Live *live = value;

        if (strcmp(live->type, TYPE) == 0 && g_str_has_prefix(live->physical_id, prefix) &&
            (recursive || strchr(live->physical_id + strlen(prefix), '/') == NULL))
            g_ptr_array_add(matches, value);
    }
    g_ptr_array_sort(matches, compare_names);
    list = json_array();
    answer = json_pack("{s:o}", "Parameters", list);
    for (guint i = start; i < matches->len; i++) {
        if ((int64_t)json_array_size(list) == limit) {
            json_set_format(answer, "NextToken", "%u", i);
            break;
        }
        json_array_append_new(
            list, parameter_answer(matches->pdata[i], api_flag(call, "WithDecryption", false)));
    }
    return answer;
}

static const ApiOperation OPERATIONS[] = {
    {"GetParameter", get_parameter},
    {"GetParameters", get_parameters},
    {"PutParameter", put_parameter},
    {"DeleteParameter", delete_parameter},
    {"GetParametersByPath", get_parameters_by_path},
    {NULL, NULL},
};

const ApiService SSM_SERVICE = {
    .name = "ssm",
    .protocol = PROTOCOL_JSON,
    .target_prefix = "AmazonSSM",
    .json_type = "application/x-amz-json-1.1",
    .operations = OPERATIONS,
};
