#include "tests/aws/wire/api_call.h"
#include <string.h>
#include <time.h>

GQuark double_error_quark(void)
{
    return g_quark_from_static_string("aws-double");
}

json_t *api_fail(ApiCall *call, unsigned status, const char *code, const char *format, ...)
{
    va_list arguments;

    g_free(call->error.code);
    g_free(call->error.message);
    va_start(arguments, format);
    call->error.status = status;
    call->error.code = g_strdup(code);
    call->error.message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    return NULL;
}

json_t *api_fail_validation(ApiCall *call, GError *error)
{
    api_fail(call, 400, "ValidationError", "%s", error->message);
    g_error_free(error);
    return NULL;
}

json_t *api_done(ApiCall *call)
{
    call->done = true;
    return json_null();
}

const char *api_text(const ApiCall *call, const char *name)
{
    return json_string_value(json_object_get(call->input, name));
}

bool api_flag(const ApiCall *call, const char *name, bool otherwise)
{
    json_t *value = json_object_get(call->input, name);

    if (json_is_boolean(value))
        return json_is_true(value);
    if (json_is_string(value))
        return g_ascii_strcasecmp(json_string_value(value), "true") == 0;
    return otherwise;
}

int64_t api_integer(const ApiCall *call, const char *name, int64_t otherwise)
{
    json_t *value = json_object_get(call->input, name);

    if (json_is_integer(value))
        return json_integer_value(value);
    if (json_is_string(value) && json_string_length(value) > 0)
        return g_ascii_strtoll(json_string_value(value), NULL, 10);
    return otherwise;
}

json_t *api_array(const ApiCall *call, const char *name)
{
    json_t *value = json_object_get(call->input, name);

    return json_is_array(value) ? value : NULL;
}

const ApiOperation *api_operation_find(const ApiOperation *operations, const char *name)
{
    for (; operations->name != NULL; operations++) {
        if (strcmp(operations->name, name) == 0)
            return operations;
    }
    return NULL;
}

char *time_text_ms(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm broken;
    char text[32];

    gmtime_r(&seconds, &broken);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &broken);
    return g_strdup_printf("%s.%03dZ", text, (int)(ms % 1000));
}

char *time_text_s(int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm broken;
    char text[32];

    gmtime_r(&seconds, &broken);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &broken);
    return g_strdup(text);
}

void json_set_text(json_t *object, const char *key, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, key, json_string(text));
}

void json_set_time(json_t *object, const char *key, int64_t ms)
{
    g_autofree char *text = time_text_ms(ms);

    json_object_set_new(object, key, json_string(text));
}

void json_set_format(json_t *object, const char *key, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list arguments;

    va_start(arguments, format);
    text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    json_object_set_new(object, key, json_string(text));
}

void json_set_flag(json_t *object, const char *key, bool value)
{
    json_object_set_new(object, key, json_boolean(value));
}

const char *json_text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}
