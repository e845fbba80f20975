#include "reconcile/compile/events/cognito_user_pool.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

static char *pool_id(const char *pool)
{
    g_autofree char *name = naming_alphanumeric(pool);

    return g_strconcat("CognitoUserPool", name, NULL);
}

bool cognito_is_custom_sender(const char *trigger)
{
    return strcmp(trigger, "CustomSMSSender") == 0 || strcmp(trigger, "CustomEmailSender") == 0;
}

bool cognito_is_existing(const EventCursor *cursor)
{
    return js_is_truthy(json_object_get(cursor->event, "existing"));
}

json_t *cognito_sender_key(Compilation *compilation, const EventCursor *cursor, json_t *earlier)
{
    json_t *key = json_object_get(cursor->event, "kmsKeyId");

    if (!js_is_truthy(key)) {
        event_error(compilation, cursor, "cognitoUserPool", NULL,
                    "Add kmsKeyId: the key that codes are encrypted with",
                    "cognitoUserPool event of function \"%s\": trigger %s needs a kmsKeyId",
                    cursor->function->key, property_string(cursor->event, "trigger"));
        return NULL;
    }
    if (earlier && !json_equal(earlier, key)) {
        event_error(compilation, cursor, "cognitoUserPool", "/kmsKeyId",
                    "Use one key for all triggers of the pool",
                    "cognitoUserPool event of function \"%s\": pool \"%s\" has another kmsKeyId "
                    "already",
                    cursor->function->key, property_string(cursor->event, "pool"));
        return NULL;
    }
    return key;
}

static void set_trigger(Compilation *compilation, const EventCursor *cursor, json_t *config)
{
    const char *trigger = property_string(cursor->event, "trigger");
    const char *version = property_string(cursor->event, "lambdaVersion");
    json_t *arn = function_target_arn(cursor->function);

    if (cognito_is_custom_sender(trigger)) {
        json_t *key = cognito_sender_key(compilation, cursor, json_object_get(config, "KMSKeyID"));

        json_object_set_new(
            config, trigger,
            json_pack("{s:o,s:s}", "LambdaArn", arn, "LambdaVersion", version ? version : "V1_0"));
        property_set(config, "KMSKeyID", key);
    } else if (version && strcmp(trigger, "PreTokenGeneration") == 0)
        json_object_set_new(config, "PreTokenGenerationConfig",
                            json_pack("{s:o,s:s}", "LambdaArn", arn, "LambdaVersion", version));
    else
        json_object_set_new(config, trigger, arn);
}

static void add_permission(Compilation *compilation, const EventCursor *cursor, const char *pool)
{
    const char *trigger = property_string(cursor->event, "trigger");
    g_autofree char *function = naming_normalize(cursor->function->key);
    g_autofree char *pool_part = naming_alphanumeric(pool);
    g_autofree char *trigger_part = naming_alphanumeric(trigger);
    g_autofree char *id = g_strconcat(function, "LambdaPermissionCognitoUserPool", pool_part,
                                      "TriggerSource", trigger_part, NULL);
    g_autofree char *of = pool_id(pool);

    compilation_add_permission(compilation, id, cursor->function, "cognito-idp.amazonaws.com",
                               json_get_att(of, "Arn"));
}

/* The pool waits for every function, once for each of its triggers. */
static void compile_event(Compilation *compilation, const EventCursor *cursor)
{
    const char *pool = event_string(compilation, cursor, "cognitoUserPool", "pool");
    const char *trigger = event_string(compilation, cursor, "cognitoUserPool", "trigger");
    g_autofree char *id = pool ? pool_id(pool) : NULL;
    json_t *resource = id ? json_object_get(compilation->resources, id) : NULL;

    if (!pool || !trigger || !json_is_object(cursor->event))
        return;
    if (!resource) {
        resource =
            compilation_add_resource(compilation, id, "AWS::Cognito::UserPool",
                                     json_pack("{s:s,s:{}}", "UserPoolName", pool, "LambdaConfig"));
        json_object_set_new(resource, "DependsOn", json_array());
    }
    set_trigger(compilation, cursor, pointer_get(resource, "/Properties/LambdaConfig"));
    json_array_append_new(json_object_get(resource, "DependsOn"),
                          json_string(cursor->function->alias_id ? cursor->function->alias_id
                                                                 : cursor->function->logical_id));
    add_permission(compilation, cursor, pool);
}

void cognito_user_pool_compile(Compilation *compilation)
{
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "cognitoUserPool", &cursor))
        if (!cognito_is_existing(&cursor))
            compile_event(compilation, &cursor);
    cognito_existing_compile(compilation);
}
