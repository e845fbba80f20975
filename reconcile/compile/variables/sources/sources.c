#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* Shorter numbers (a port) are everywhere. */
#define SECRET_NUMBER_MIN_CHARACTERS 6

// clang-format off
const SourceType source_types[] = {
    /* name        late   resolve */
    {"self",       false, source_self},
    {"opt",        false, source_opt},
    {"env",        false, source_env},
    {"file",       false, source_file},
    {"strToBool",  false, source_str_to_bool},
    {"sls",        false, source_sls},
    {"param",      true,  source_param},
    {"aws",        true,  source_aws},
    {"cf",         true,  source_cf},
    {"s3",         true,  source_s3},
    {"ssm",        true,  source_ssm},
    {NULL,         false, NULL},
};
// clang-format on

Outcome source_fail(SourceCall *call, const char *hint, const char *format, ...)
{
    g_autofree char *reason = NULL;
    va_list arguments;

    va_start(arguments, format);
    reason = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    resolver_fail(call->resolver, call->property, hint, "%s", reason);
    return OUTCOME_FAILED;
}

Outcome source_missing(SourceCall *call, const char *hint, const char *format, ...)
{
    va_list arguments;

    g_free(call->missing);
    va_start(arguments, format);
    call->missing = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    call->missing_hint = hint;
    return OUTCOME_VALUE;
}

bool source_needs_address(SourceCall *call, const char *example, Outcome *ret)
{
    if (call->address)
        return true;
    *ret = source_fail(call, NULL, "\"%s\" needs an address: %s", call->type, example);
    return false;
}

const char *source_param_text(const SourceCall *call, size_t index)
{
    return json_string_value(json_array_get(call->params, index));
}

static bool is_stage_name(const char *stage)
{
    size_t length =
        strspn(stage, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-");

    return length > 0 && stage[length] == '\0';
}

Outcome resolver_stage(SourceCall *call, char **ret)
{
    static char *const keys[] = {(char *)"provider", (char *)"stage", NULL};
    const char *stage = call->resolver->options->stage;
    json_t *value = NULL;

    if (!stage) {
        Outcome outcome = resolver_property(call->resolver, call->property, keys, &value, NULL);

        if (outcome != OUTCOME_VALUE)
            return outcome;
        stage = value ? json_string_value(value) : "dev";
    }
    if (!stage || !is_stage_name(stage))
        return source_fail(call, "name the stage with letters, digits and hyphens",
                           "\"%s\" is not a stage's name", stage ? stage : "provider.stage");
    *ret = g_strdup(stage);
    return OUTCOME_VALUE;
}

Outcome resolver_region(SourceCall *call, char **ret)
{
    static char *const keys[] = {(char *)"provider", (char *)"region", NULL};
    json_t *value = NULL;
    Outcome outcome;

    if (call->resolver->options->region) {
        *ret = g_strdup(call->resolver->options->region);
        return OUTCOME_VALUE;
    }
    outcome = resolver_property(call->resolver, call->property, keys, &value, NULL);
    if (outcome != OUTCOME_VALUE)
        return outcome;
    *ret = g_strdup(json_is_string(value) && *json_string_value(value)
                        ? json_string_value(value)
                        : compile_options_default_region(call->resolver->options));
    return OUTCOME_VALUE;
}

static void add_secret_text(Resolver *resolver, const char *text)
{
    if (!g_ptr_array_find_with_equal_func(resolver->secrets, text, g_str_equal, NULL))
        g_ptr_array_add(resolver->secrets, g_strdup(text));
}

void resolver_add_secret(Resolver *resolver, const json_t *value)
{
    size_t index;
    const char *key;
    json_t *child;

    if (json_is_string(value) && json_string_length(value) > 0)
        add_secret_text(resolver, json_string_value(value));
    if (json_is_number(value)) {
        g_autofree char *text = scalar_text(value);

        if (strlen(text) >= SECRET_NUMBER_MIN_CHARACTERS)
            add_secret_text(resolver, text);
    }
    if (json_is_object(value))
        json_object_foreach((json_t *)value, key, child) resolver_add_secret(resolver, child);
    json_array_foreach(value, index, child) resolver_add_secret(resolver, child);
}

void resolver_add_request(Resolver *resolver, const InputRequest *request)
{
    for (guint i = 0; i < resolver->requests->len; i++)
        if (input_request_equal(resolver->requests->pdata[i], request))
            return;
    g_ptr_array_add(resolver->requests, input_request_copy(request));
}

Outcome source_input(SourceCall *call, InputRequest *request, const char *region,
                     const char *missing)
{
    g_autofree char *own_region = NULL;
    json_t *value = NULL;
    bool secret = false;

    if (!region) {
        Outcome outcome = resolver_region(call, &own_region);

        if (outcome != OUTCOME_VALUE)
            return outcome;
    }
    request->region = region ? (char *)region : own_region;
    request->at = origins_locate(call->resolver->origins, call->property->pointer, false);
    if (!inputs_get(call->resolver->inputs, request, &value, &secret)) {
        resolver_add_request(call->resolver, request);
        return OUTCOME_WAITING;
    }
    if (!value || json_is_null(value))
        return source_missing(call, "create it, or give a fallback", "%s in %s", missing,
                              request->region);
    if (secret)
        resolver_add_secret(call->resolver, value);
    call->value = resolver_copy(call->resolver, call->property, value);
    return call->value ? OUTCOME_VALUE : OUTCOME_FAILED;
}
