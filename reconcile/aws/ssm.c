#include "reconcile/aws/ssm.h"
#include "reconcile/aws/json_call.h"

/* "name:3" is answered as Name "name" with Selector ":3": under the name that was asked for it is
 * found again. An ARN is answered by its ARN. */
static const char *asked_name(json_t *asked, json_t *parameter)
{
    const char *name = json_string_value(json_object_get(parameter, "Name"));
    const char *selector = json_string_value(json_object_get(parameter, "Selector"));
    const char *arn = json_string_value(json_object_get(parameter, "ARN"));
    g_autofree char *selected = g_strconcat(name ? name : "", selector ? selector : "", NULL);
    const char *found = name;
    json_t *item;
    size_t i;

    json_array_foreach(asked, i, item)
    {
        const char *text = json_string_value(item);
        if (g_str_equal(text, selected) || (arn && g_str_equal(text, arn)))
            found = text;
    }
    return found;
}

static void read_parameters(json_t *asked, json_t *answer, json_t *into, GPtrArray *invalid)
{
    json_t *item;
    size_t i;

    json_array_foreach(json_object_get(answer, "Parameters"), i, item)
    {
        const char *name = asked_name(asked, item);
        json_t *parameter = json_object();

        json_object_set(parameter, "value", json_object_get(item, "Value"));
        json_object_set(parameter, "type", json_object_get(item, "Type"));
        json_object_set(parameter, "version", json_object_get(item, "Version"));
        if (name)
            json_object_set(into, name, parameter);
        json_decref(parameter);
    }
    json_array_foreach(json_object_get(answer, "InvalidParameters"), i, item)
    {
        if (json_is_string(item))
            g_ptr_array_add(invalid, g_strdup(json_string_value(item)));
    }
}

static bool get_ten(AwsClient *client, json_t *names, bool decrypted, json_t *into,
                    GPtrArray *invalid, GError **error)
{
    json_t *body = json_pack("{s:O, s:b}", "Names", names, "WithDecryption", (int)decrypted);
    const JsonCall call = {
        .service = AWS_SERVICE_SSM,
        .action = "GetParameters",
        .version = "1.1",
        .target = "AmazonSSM",
        .body = body,
    };
    json_t *answer = NULL;
    bool got = json_call(client, &call, &answer, error);

    json_decref(body);
    if (got)
        read_parameters(names, answer, into, invalid);
    json_decref(answer);
    return got;
}

static bool get_all(AwsClient *client, const GPtrArray *names, bool decrypted, json_t *into,
                    GPtrArray *invalid, GError **error)
{
    for (guint i = 0; i < names->len; i += SSM_GET_PARAMETERS_MAX) {
        json_t *ten = json_array();
        bool got;

        for (guint j = i; j < MIN(i + SSM_GET_PARAMETERS_MAX, names->len); j++)
            json_array_append_new(ten, json_string(names->pdata[j]));
        got = get_ten(client, ten, decrypted, into, invalid, error);
        json_decref(ten);
        if (!got) {
            g_prefix_error(error, "get SSM parameter %s%s: ", (char *)names->pdata[i],
                           names->len > 1 ? " and others" : "");
            return false;
        }
    }
    return true;
}

bool ssm_get_parameters(AwsClient *client, const GPtrArray *names, bool decrypted, json_t **ret,
                        GPtrArray **ret_invalid, GError **error)
{
    g_autoptr(GPtrArray) invalid = g_ptr_array_new_with_free_func(g_free);
    json_t *parameters = json_object();

    if (!get_all(client, names, decrypted, parameters, invalid, error)) {
        json_decref(parameters);
        return false;
    }
    *ret = parameters;
    if (ret_invalid)
        *ret_invalid = g_steal_pointer(&invalid);
    return true;
}
