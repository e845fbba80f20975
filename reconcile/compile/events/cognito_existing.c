/* User pools of others that call functions of this service: Custom::CognitoUserPool, one a
 * function. */
#include "reconcile/compile/events/cognito_user_pool.h"
#include "reconcile/compile/events/custom_resource.h"
#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/variables/variables.h"
#include <string.h>

#define SUFFIX "CustomCognitoUserPool1"

/* What is gathered while all events are walked over. */
typedef struct {
    json_t *statements;
    json_t *of_pool; /* pool → ids of its resources */
    json_t *key_of;  /* pool → the key of its custom senders */
} Gathered;

/* A new reference; NULL, with an error, where a custom sender has no key or another one. */
static json_t *configuration_of(Compilation *compilation, const EventCursor *cursor,
                                Gathered *gathered)
{
    const char *pool = property_string(cursor->event, "pool");
    const char *trigger = property_string(cursor->event, "trigger");
    const char *version = property_string(cursor->event, "lambdaVersion");
    json_t *config = json_pack("{s:s}", "Trigger", trigger);

    if (cognito_is_custom_sender(trigger)) {
        json_t *key =
            cognito_sender_key(compilation, cursor, json_object_get(gathered->key_of, pool));

        if (!key) {
            json_decref(config);
            return NULL;
        }
        json_object_set(gathered->key_of, pool, key);
        json_object_set_new(config, "LambdaVersion", json_string(version ? version : "V1_0"));
        json_object_set(config, "KMSKeyID", key);
    } else if (version && strcmp(trigger, "PreTokenGeneration") == 0) {
        json_object_set_new(config, "LambdaVersion", json_string(version));
    }
    return config;
}

static void add_resource(Compilation *compilation, const EventCursor *cursor, json_t *config_new,
                         Gathered *gathered)
{
    json_t *key = json_object_get(config_new, "KMSKeyID");
    json_t *properties =
        json_pack("{s:O,s:[o]}", "UserPoolName", json_object_get(cursor->event, "pool"),
                  "UserPoolConfigs", config_new);

    if (key)
        json_array_append_new(gathered->statements,
                              json_pack("{s:s,s:O,s:[s]}", "Effect", "Allow", "Resource", key,
                                        "Action", "kms:CreateGrant"));
    if (js_is_truthy(json_object_get(cursor->event, "forceDeploy")))
        json_object_set_new(properties, "ForceDeploy", json_string(VARIABLES_INSTANCE_ID));
    custom_resource_add_for(compilation, CUSTOM_COGNITO_USER_POOL, cursor->function, SUFFIX,
                            properties);
    json_array_append_new(gathered->statements,
                          json_pack("{s:s,s:s,s:[s,s,s]}", "Effect", "Allow", "Resource", "*",
                                    "Action", "cognito-idp:ListUserPools",
                                    "cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPool"));
}

static void note_pool(Gathered *gathered, const EventCursor *cursor, const char *pool)
{
    g_autofree char *id = function_id(cursor->function, SUFFIX);
    json_t *ids = json_object_get(gathered->of_pool, pool), *name = json_string(id);

    if (!ids) {
        ids = json_array();
        json_object_set_new(gathered->of_pool, pool, ids);
    }
    append_unique(ids, name);
    json_decref(name);
}

static void compile_event(Compilation *compilation, const EventCursor *cursor, Gathered *gathered)
{
    const char *pool = event_string(compilation, cursor, "cognitoUserPool", "pool");
    const char *trigger = event_string(compilation, cursor, "cognitoUserPool", "trigger");
    g_autofree char *id = function_id(cursor->function, SUFFIX);
    json_t *properties = json_object_get(json_object_get(compilation->resources, id), "Properties");
    const char *earlier = property_string(properties, "UserPoolName");
    json_t *config;

    if (!pool || !trigger)
        return;
    if (earlier && strcmp(earlier, pool) != 0) {
        event_error(compilation, cursor, "cognitoUserPool", "/pool",
                    "Give each pool a function of its own",
                    "cognitoUserPool event of function \"%s\": only one existing pool can call a "
                    "function, and \"%s\" does already",
                    cursor->function->key, earlier);
        return;
    }
    config = configuration_of(compilation, cursor, gathered);
    if (!config)
        return;
    if (properties)
        json_array_append_new(json_object_get(properties, "UserPoolConfigs"), config);
    else
        add_resource(compilation, cursor, config, gathered);
    note_pool(gathered, cursor, pool);
}

static json_t *function_statement(const char *action, json_t *condition_new)
{
    json_t *statement =
        json_pack("{s:s,s:o,s:[s]}", "Effect", "Allow", "Resource",
                  json_sub("arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}"
                           ":function:*"),
                  "Action", action);

    if (condition_new)
        json_object_set_new(statement, "Condition", condition_new);
    return statement;
}

/* osls 3 lets permissions be given to the functions in question only, whatever for. */
static void add_older_statement(const Compilation *compilation, const Function *function,
                                json_t *statements)
{
    if (compilation->older && function)
        json_array_append_new(
            statements,
            json_pack("{s:s,s:o,s:[s,s]}", "Effect", "Allow", "Resource",
                      json_sub("arn:${AWS::Partition}:lambda:*:*:function:%s", function->name),
                      "Action", "lambda:AddPermission", "lambda:RemovePermission"));
}

static void add_shared_statements(const Compilation *compilation, json_t *statements)
{
    if (!compilation->older)
        json_array_append_new(
            statements,
            function_statement("lambda:AddPermission",
                               json_pack("{s:{s:s}}", "StringEquals", "lambda:Principal",
                                         "cognito-idp.amazonaws.com")));
    json_array_append_new(statements, function_statement("lambda:RemovePermission", NULL));
    json_array_append_new(statements, json_pack("{s:s,s:o,s:[s]}", "Effect", "Allow", "Resource",
                                                json_sub("arn:${AWS::Partition}:iam::*:role/*"),
                                                "Action", "iam:PassRole"));
}

void cognito_existing_compile(Compilation *compilation)
{
    Gathered gathered = {json_array(), json_object(), json_object()};
    const Function *current = NULL;
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "cognitoUserPool", &cursor)) {
        if (!cognito_is_existing(&cursor))
            continue;
        if (cursor.function != current)
            add_older_statement(compilation, current, gathered.statements);
        current = cursor.function;
        compile_event(compilation, &cursor, &gathered);
    }
    add_older_statement(compilation, current, gathered.statements);
    custom_resources_chain(compilation, gathered.of_pool);
    json_decref(gathered.of_pool);
    json_decref(gathered.key_of);
    if (json_array_size(gathered.statements) == 0) {
        json_decref(gathered.statements);
        return;
    }
    add_shared_statements(compilation, gathered.statements);
    custom_resource_add_function(compilation, CUSTOM_COGNITO_USER_POOL, gathered.statements);
}
