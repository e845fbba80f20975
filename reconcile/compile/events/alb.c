#include "reconcile/compile/events/event_properties.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

/* Load balancers and their target groups take names of at most this length. */
enum { TARGET_GROUP_NAME_MAX_LENGTH = 32 };

typedef struct {
    const Function *function;
    json_t *event; /* borrowed */
    char *pointer;
    char *balancer; /* of the listener: the load balancer's id in the ARN, or the listener's logical
                       id */
    char *listener; /* the listener's id in the ARN, or its logical id */
    json_int_t priority;
    bool multi_value_headers;
} Target;

static void target_free(gpointer data)
{
    Target *target = data;

    g_free(target->pointer);
    g_free(target->balancer);
    g_free(target->listener);
    g_free(target);
}

static bool read_listener(Compilation *compilation, const EventCursor *cursor, Target *target)
{
    json_t *arn = json_object_get(cursor->event, "listenerArn");
    const char *ref = property_string(arn, "Ref");
    g_autoptr(GRegex) expression = g_regex_new(
        "^arn:aws[\\w-]*:elasticloadbalancing:.+:listener/app/[\\w-]+/([\\w-]+)/([\\w-]+)$", 0, 0,
        NULL);
    g_autoptr(GMatchInfo) match = NULL;

    if (ref) {
        target->balancer = g_strdup(ref);
        target->listener = g_strdup(ref);
        return true;
    }
    if (json_is_string(arn) && g_regex_match(expression, json_string_value(arn), 0, &match)) {
        target->balancer = g_match_info_fetch(match, 1);
        target->listener = g_match_info_fetch(match, 2);
        return true;
    }
    event_error(compilation, cursor, "alb", "/listenerArn",
                "Write the listener's whole ARN, or Ref to a listener of this template",
                "alb event of function \"%s\": listenerArn is not the ARN of a listener",
                cursor->function->key);
    return false;
}

static bool read_authorizers(Compilation *compilation, const EventCursor *cursor)
{
    json_t *names = unique_list(json_object_get(cursor->event, "authorizer"));
    json_t *known = pointer_get(compilation->provider, "/alb/authorizers");
    bool all_known = true;
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        if (json_is_string(name) && json_object_get(known, json_string_value(name)))
            continue;
        event_error(compilation, cursor, "alb", "/authorizer",
                    "Define it under provider.alb.authorizers",
                    "alb event of function \"%s\": there is no authorizer \"%s\"",
                    cursor->function->key, json_is_string(name) ? json_string_value(name) : "");
        all_known = false;
    }
    json_decref(names);
    return all_known;
}

static bool read_settings(Compilation *compilation, const EventCursor *cursor, Target *target)
{
    json_t *priority = json_object_get(cursor->event, "priority");

    if (!json_is_integer(priority) ||
        json_object_size(json_object_get(cursor->event, "conditions")) == 0) {
        event_error(compilation, cursor, "alb", NULL,
                    "Add priority (1 to 50000) and at least one condition: path, host, method, "
                    "header, query or ip",
                    "alb event of function \"%s\" lacks priority or conditions",
                    cursor->function->key);
        return false;
    }
    if (property_string(cursor->event, "targetGroupName") &&
        property_string(json_object_get(compilation->provider, "alb"), "targetGroupPrefix")) {
        event_error(compilation, cursor, "alb", "/targetGroupName", "Keep one of the two",
                    "alb event of function \"%s\": targetGroupName does not go with "
                    "provider.alb.targetGroupPrefix",
                    cursor->function->key);
        return false;
    }
    target->priority = json_integer_value(priority);
    return read_listener(compilation, cursor, target) && read_authorizers(compilation, cursor);
}

/* Rules of one listener have different priorities; those of one function too, as their ids are made
 * of them. */
static bool priority_is_free(Compilation *compilation, const EventCursor *cursor,
                             const GPtrArray *targets, const Target *target)
{
    for (guint i = 0; i < targets->len; i++) {
        const Target *other = targets->pdata[i];
        bool same_function = other->function == target->function;
        bool same_listener = strcmp(other->listener, target->listener) == 0;

        if (other->priority != target->priority || same_function == same_listener)
            continue;
        event_error(compilation, cursor, "alb", "/priority", "Choose another priority",
                    "alb event of function \"%s\": priority %" JSON_INTEGER_FORMAT
                    " is in use by function \"%s\"%s",
                    cursor->function->key, target->priority, other->function->key,
                    same_function ? " (on any listener)" : "");
        return false;
    }
    return true;
}

static GPtrArray *read_targets(Compilation *compilation)
{
    GPtrArray *targets = g_ptr_array_new_with_free_func(target_free);
    EventCursor cursor = {0};

    while (compilation_next_event(compilation, "alb", &cursor)) {
        Target *target = g_new0(Target, 1);

        target->function = cursor.function;
        target->event = cursor.event;
        target->pointer = event_pointer(&cursor, "alb", NULL);
        target->multi_value_headers =
            js_is_truthy(json_object_get(cursor.event, "multiValueHeaders"));
        if (read_settings(compilation, &cursor, target) &&
            priority_is_free(compilation, &cursor, targets, target))
            g_ptr_array_add(targets, target);
        else
            target_free(target);
    }
    return targets;
}

static char *target_group_id(const Target *target)
{
    g_autofree char *function = naming_normalize(target->function->key);

    return g_strconcat(function, "Alb", target->multi_value_headers ? "MultiValue" : "",
                       "TargetGroup", target->balancer, NULL);
}

static char *target_group_tag(const Compilation *compilation, const Target *target,
                              const char *kind)
{
    return g_strdup_printf("%s-%s-%s-%s%s", compilation->service, target->function->key,
                           target->balancer, kind, compilation->stage);
}

static char *target_group_name(Compilation *compilation, const Target *target)
{
    const char *own = property_string(target->event, "targetGroupName");
    const char *prefix =
        property_string(json_object_get(compilation->provider, "alb"), "targetGroupPrefix");
    g_autofree char *tag =
        target_group_tag(compilation, target, target->multi_value_headers ? "multi-value-" : "");
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_MD5, tag, -1);
    g_autofree char *name = g_strconcat(prefix ? prefix : "", digest, NULL);

    return own ? g_strdup(own) : g_strndup(name, TARGET_GROUP_NAME_MAX_LENGTH);
}

static void set_health_check(json_t *properties, json_t *written)
{
    static const char *const copied[][2] = {
        {"HealthCheckPath", "path"},
        {"HealthCheckIntervalSeconds", "intervalSeconds"},
        {"HealthCheckTimeoutSeconds", "timeoutSeconds"},
        {"HealthyThresholdCount", "healthyThresholdCount"},
    };
    json_t *code = pointer_get(written, "/matcher/httpCode");

    json_object_set_new(properties, "HealthCheckEnabled", json_boolean(js_is_truthy(written)));
    if (!js_is_truthy(written))
        return;
    json_object_set_new(properties, "HealthCheckPath", json_string("/"));
    json_object_set_new(properties, "HealthCheckIntervalSeconds", json_integer(35));
    json_object_set_new(properties, "HealthCheckTimeoutSeconds", json_integer(30));
    json_object_set_new(properties, "HealthyThresholdCount", json_integer(5));
    json_object_set_new(properties, "UnhealthyThresholdCount", json_integer(5));
    json_object_set_new(properties, "Matcher",
                        js_is_truthy(code) ? json_pack("{s:O}", "HttpCode", code)
                                           : json_pack("{s:s}", "HttpCode", "200"));
    for (size_t i = 0; i < G_N_ELEMENTS(copied); i++) {
        json_t *value = json_object_get(written, copied[i][1]);

        if (js_is_present(value)) /* a null leaves the default */
            json_object_set(properties, copied[i][0], value);
    }
    property_copy_truthy(properties, "UnhealthyThresholdCount", written, "unhealthyThresholdCount");
}

static void add_target_group(Compilation *compilation, const Target *target)
{
    g_autofree char *id = target_group_id(target);
    g_autofree char *name = target_group_name(compilation, target);
    g_autofree char *tag = target_group_tag(compilation, target, "");
    g_autofree char *function = naming_normalize(target->function->key);
    g_autofree char *permission = g_strconcat(function, "LambdaPermissionRegisterTarget", NULL);
    json_t *properties =
        json_pack("{s:s,s:[{s:o}],s:s,s:[{s:s,s:s}],s:[{s:s,s:b}]}", "TargetType", "lambda",
                  "Targets", "Id", function_target_arn(target->function), "Name", name, "Tags",
                  "Key", "Name", "Value", tag, "TargetGroupAttributes", "Key",
                  "lambda.multi_value_headers.enabled", "Value", target->multi_value_headers);
    json_t *resource;

    set_health_check(properties, json_object_get(target->event, "healthCheck"));
    resource = compilation_add_resource(compilation, id, "AWS::ElasticLoadBalancingV2::TargetGroup",
                                        properties);
    resource_depend_on(resource, permission);
    resource_depend_on(resource, target->function->alias_id);
}

/* What both kinds of authorizers have. */
static void set_authentication(json_t *config, json_t *authorizer)
{
    json_t *unauthenticated = json_object_get(authorizer, "onUnauthenticatedRequest");

    json_object_set_new(config, "OnUnauthenticatedRequest",
                        js_is_truthy(unauthenticated) ? json_incref(unauthenticated)
                                                      : json_string("deny"));
    property_copy(config, "AuthenticationRequestExtraParams", authorizer, "requestExtraParams");
    property_copy(config, "Scope", authorizer, "scope");
    property_copy(config, "SessionCookieName", authorizer, "sessionCookieName");
    property_copy(config, "SessionTimeout", authorizer, "sessionTimeout");
}

static json_t *authentication_action(json_t *authorizer, int order)
{
    const char *type = property_string(authorizer, "type");
    bool cognito = type && strcmp(type, "cognito") == 0;
    json_t *config = json_object();

    set_authentication(config, authorizer);
    if (cognito) {
        property_copy(config, "UserPoolArn", authorizer, "userPoolArn");
        property_copy(config, "UserPoolClientId", authorizer, "userPoolClientId");
        property_copy(config, "UserPoolDomain", authorizer, "userPoolDomain");
    } else {
        property_copy(config, "AuthorizationEndpoint", authorizer, "authorizationEndpoint");
        property_copy(config, "ClientId", authorizer, "clientId");
        property_copy(config, "Issuer", authorizer, "issuer");
        property_copy(config, "TokenEndpoint", authorizer, "tokenEndpoint");
        property_copy(config, "UserInfoEndpoint", authorizer, "userInfoEndpoint");
        if (js_is_truthy(json_object_get(authorizer, "clientSecret")))
            property_copy(config, "ClientSecret", authorizer, "clientSecret");
        else
            json_object_set_new(config, "UseExistingClientSecret", json_true());
    }
    return json_pack("{s:s,s:i,s:o}", "Type",
                     cognito ? "authenticate-cognito" : "authenticate-oidc", "Order", order,
                     cognito ? "AuthenticateCognitoConfig" : "AuthenticateOidcConfig", config);
}

/* A new reference. */
static json_t *plain_list(json_t *value)
{
    return json_is_array(value) ? json_incref(value) : json_pack("[O*]", value);
}

static json_t *actions_of(Compilation *compilation, const Target *target)
{
    json_t *known = pointer_get(compilation->provider, "/alb/authorizers");
    json_t *names = plain_list(json_object_get(target->event, "authorizer"));
    g_autofree char *group = target_group_id(target);
    json_t *forward = json_pack("{s:s,s:{s:s}}", "Type", "forward", "TargetGroupArn", "Ref", group);
    json_t *actions = json_array();
    int order = 0;
    json_t *name;
    size_t i;

    json_array_foreach(names, i, name)
    {
        json_array_append_new(
            actions,
            authentication_action(json_object_get(known, json_string_value(name)), ++order));
    }
    if (order > 0)
        json_object_set_new(forward, "Order", json_integer(++order));
    json_array_append_new(actions, forward);
    json_decref(names);
    return actions;
}

static void append_values_condition(json_t *conditions, json_t *values, const char *field,
                                    const char *config)
{
    json_t *list;

    if (!js_is_truthy(values))
        return;
    list = json_is_array(values) ? json_incref(values) : json_pack("[O]", values);
    json_array_append_new(
        conditions, config ? json_pack("{s:s,s:{s:o}}", "Field", field, config, "Values", list)
                           : json_pack("{s:s,s:o}", "Field", field, "Values", list));
}

static void append_header_conditions(json_t *conditions, json_t *headers)
{
    json_t *list = json_is_array(headers) ? json_incref(headers) : json_pack("[O*]", headers);
    json_t *header;
    size_t i;

    json_array_foreach(list, i, header)
    {
        json_t *config = json_object();

        property_copy(config, "HttpHeaderName", header, "name");
        property_copy(config, "Values", header, "values");
        json_array_append_new(
            conditions, json_pack("{s:s,s:o}", "Field", "http-header", "HttpHeaderConfig", config));
    }
    json_decref(list);
}

static json_t *conditions_of(const Target *target)
{
    json_t *written = json_object_get(target->event, "conditions");
    json_t *query = json_object_get(written, "query");
    json_t *conditions = json_array();
    const char *key;
    json_t *value;

    append_values_condition(conditions, json_object_get(written, "path"), "path-pattern", NULL);
    append_values_condition(conditions, json_object_get(written, "host"), "host-header",
                            "HostHeaderConfig");
    append_values_condition(conditions, json_object_get(written, "method"), "http-request-method",
                            "HttpRequestMethodConfig");
    append_header_conditions(conditions, json_object_get(written, "header"));
    if (js_is_truthy(query)) {
        json_t *pairs = json_array();

        json_object_foreach(query, key, value)
        {
            json_array_append_new(pairs, json_pack("{s:s,s:O}", "Key", key, "Value", value));
        }
        json_array_append_new(conditions, json_pack("{s:s,s:{s:o}}", "Field", "query-string",
                                                    "QueryStringConfig", "Values", pairs));
    }
    append_values_condition(conditions, json_object_get(written, "ip"), "source-ip",
                            "SourceIpConfig");
    return conditions;
}

static void add_listener_rule(Compilation *compilation, const Target *target)
{
    g_autofree char *function = naming_normalize(target->function->key);
    g_autofree char *id =
        g_strdup_printf("%sAlbListenerRule%" JSON_INTEGER_FORMAT, function, target->priority);

    compilation_add_resource(
        compilation, id, "AWS::ElasticLoadBalancingV2::ListenerRule",
        json_pack("{s:o,s:o,s:O,s:I}", "Actions", actions_of(compilation, target), "Conditions",
                  conditions_of(target), "ListenerArn",
                  json_object_get(target->event, "listenerArn"), "Priority", target->priority));
}

/* A target is registered before its group has an ARN to name: that takes a permission of its own.
 */
static void add_permissions(Compilation *compilation, const Target *target)
{
    static const char *const suffixes[] = {"LambdaPermissionAlb", "LambdaPermissionRegisterTarget"};
    g_autofree char *function = naming_normalize(target->function->key);
    g_autofree char *group = target_group_id(target);

    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *id = g_strconcat(function, suffixes[i], NULL);
        json_t *permission = compilation_add_permission(compilation, id, target->function,
                                                        "elasticloadbalancing.amazonaws.com",
                                                        i == 0 ? json_ref(group) : NULL);

        if (target->function->alias_id)
            json_object_set_new(permission, "DependsOn",
                                json_pack("[s]", target->function->alias_id));
    }
}

void alb_compile(Compilation *compilation)
{
    g_autoptr(GPtrArray) targets = read_targets(compilation);

    for (guint i = 0; i < targets->len; i++) {
        const Target *target = targets->pdata[i];

        compilation_set_maker(compilation, target->pointer);
        add_target_group(compilation, target);
        add_listener_rule(compilation, target);
        add_permissions(compilation, target);
    }
    compilation_set_maker(compilation, NULL);
}
