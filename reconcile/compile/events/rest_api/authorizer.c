#include "reconcile/compile/events/rest_api/rest_api.h"
#include "reconcile/compile/javascript.h"
#include <string.h>

enum { DEFAULT_TTL_S = 300 };

void authorizer_free(Authorizer *authorizer)
{
    if (!authorizer)
        return;
    g_free(authorizer->owned_name);
    json_decref(authorizer->arn);
    json_decref(authorizer->ttl);
    g_free(authorizer);
}

static bool is_type(const Authorizer *authorizer, const char *type)
{
    return authorizer->type && g_ascii_strcasecmp(authorizer->type, type) == 0;
}

bool authorizer_is_cognito(const Authorizer *authorizer)
{
    return is_type(authorizer, "COGNITO_USER_POOLS") ||
           (json_is_string(authorizer->arn) &&
            g_regex_match_simple("^arn:[a-zA-Z-]*:cognito-idp", json_string_value(authorizer->arn),
                                 0, 0));
}

static bool use_function(Compilation *compilation, const Endpoint *endpoint, Authorizer *authorizer,
                         const char *name)
{
    authorizer->name = name;
    authorizer->function = compilation_function(compilation, name);
    if (!authorizer->function) {
        endpoint_error(compilation, endpoint, "/authorizer",
                       "Name a key under functions, or give the ARN of a function elsewhere",
                       "names authorizer \"%s\", which is no function of this service", name);
        return false;
    }
    authorizer->arn = function_target_arn(authorizer->function);
    return true;
}

/* The name is what follows the last "-" of the last part of the ARN: "arn:…:function:shop-dev-auth"
 * is "auth". */
static bool use_arn(Compilation *compilation, const Endpoint *endpoint, Authorizer *authorizer,
                    json_t *arn, const char *name)
{
    const char *text = json_string_value(arn);

    authorizer->arn = json_incref(arn);
    if (!name && text) {
        const char *last = strrchr(text, ':') ? strrchr(text, ':') + 1 : text;

        authorizer->owned_name = g_strdup(strrchr(last, '-') ? strrchr(last, '-') + 1 : last);
        name = authorizer->owned_name;
    }
    authorizer->name = name;
    if (name)
        return true;
    endpoint_error(compilation, endpoint, "/authorizer", "Add a name to the authorizer",
                   "has an authorizer whose ARN is not plain text and that has no name");
    return false;
}

static bool choose_by_text(Compilation *compilation, const Endpoint *endpoint,
                           Authorizer *authorizer, json_t *written)
{
    const char *text = json_string_value(written);

    if (g_ascii_strcasecmp(text, "AWS_IAM") == 0) {
        authorizer->type = "AWS_IAM";
        return true;
    }
    if (strchr(text, ':'))
        return use_arn(compilation, endpoint, authorizer, written, NULL);
    return use_function(compilation, endpoint, authorizer, text);
}

bool authorizer_choose(Compilation *compilation, const Endpoint *endpoint, Authorizer *authorizer,
                       json_t *written)
{
    const char *name = property_string(written, "name");
    json_t *id = json_object_get(written, "authorizerId");
    json_t *arn = json_object_get(written, "arn");

    if (json_is_string(written))
        return choose_by_text(compilation, endpoint, authorizer, written);
    authorizer->type = property_string(written, "type");
    if (authorizer->type && js_is_truthy(id)) {
        authorizer->id = id;
        return true;
    }
    if (is_type(authorizer, "AWS_IAM")) {
        authorizer->type = "AWS_IAM";
        return true;
    }
    if (js_is_truthy(arn))
        return use_arn(compilation, endpoint, authorizer, arn, name);
    if (name)
        return use_function(compilation, endpoint, authorizer, name);
    endpoint_error(compilation, endpoint, "/authorizer", "Add name or arn",
                   "has an authorizer with neither name nor arn");
    return false;
}

static void read_options(Authorizer *authorizer, json_t *written)
{
    json_t *ttl = json_object_get(written, "resultTtlInSeconds");

    authorizer->ttl = json_is_integer(ttl) ? json_incref(ttl) : json_integer(DEFAULT_TTL_S);
    authorizer->claims = json_object_get(written, "claims");
    authorizer->scopes = json_object_get(written, "scopes");
    authorizer->identity_source = property_string(written, "identitySource");
    authorizer->identity_validation =
        json_string_value(json_object_get(written, "identityValidationExpression"));
    authorizer->managed_externally = js_is_truthy(json_object_get(written, "managedExternally"));
}

bool authorizer_read(Compilation *compilation, Endpoint *endpoint)
{
    json_t *written = json_object_get(endpoint->http, "authorizer");
    Authorizer *authorizer;

    if (!js_is_truthy(written))
        return true;
    endpoint->authorizer = authorizer = g_new0(Authorizer, 1);
    if (!json_is_string(written))
        read_options(authorizer, written);
    if (!authorizer_choose(compilation, endpoint, authorizer, written))
        return false;
    if (!authorizer->identity_source &&
        !(is_type(authorizer, "REQUEST") && json_integer_value(authorizer->ttl) == 0))
        authorizer->identity_source = "method.request.header.Authorization";
    if (endpoint->integration != INTEGRATION_AWS_PROXY ||
        json_array_size(authorizer->claims) == 0 || !json_is_string(authorizer->arn) ||
        !authorizer_is_cognito(authorizer))
        return true;
    endpoint_error(compilation, endpoint, "/authorizer/claims",
                   "Use integration: lambda, or read the claims from the request in the function",
                   "lists claims, which only integration lambda passes on");
    return false;
}

static char *authorizer_id(const Authorizer *authorizer)
{
    g_autofree char *name = naming_normalize(authorizer->name);

    return g_strconcat(name, "ApiGatewayAuthorizer", NULL);
}

char *authorizer_apply(const Authorizer *authorizer, json_t *properties)
{
    bool cognito = authorizer_is_cognito(authorizer);
    char *id = NULL;

    if (authorizer->type && strcmp(authorizer->type, "AWS_IAM") == 0) {
        json_object_set_new(properties, "AuthorizationType", json_string("AWS_IAM"));
        return NULL;
    }
    if (authorizer->id) {
        bool custom = is_type(authorizer, "TOKEN") || is_type(authorizer, "REQUEST");

        json_object_set_new(properties, "AuthorizationType",
                            json_string(custom ? "CUSTOM" : authorizer->type));
        json_object_set(properties, "AuthorizerId", authorizer->id);
    } else {
        id = authorizer_id(authorizer);
        json_object_set_new(properties, "AuthorizationType",
                            json_string(cognito ? "COGNITO_USER_POOLS" : "CUSTOM"));
        json_object_set_new(properties, "AuthorizerId", json_ref(id));
    }
    if (cognito && json_array_size(authorizer->scopes) > 0)
        json_object_set(properties, "AuthorizationScopes", authorizer->scopes);
    return id;
}

static void add_authorizer(RestApi *api, const Authorizer *authorizer)
{
    g_autofree char *id = authorizer_id(authorizer);
    json_t *properties =
        json_pack("{s:s,s:o}", "Name", authorizer->name, "RestApiId", rest_api_id(api));
    json_t *resource;

    property_set(properties, "AuthorizerResultTtlInSeconds", authorizer->ttl);
    if (authorizer->identity_source)
        json_object_set_new(properties, "IdentitySource", json_string(authorizer->identity_source));
    if (authorizer->identity_validation)
        json_object_set_new(properties, "IdentityValidationExpression",
                            json_string(authorizer->identity_validation));
    if (authorizer_is_cognito(authorizer)) {
        json_object_set_new(properties, "Type", json_string("COGNITO_USER_POOLS"));
        json_object_set_new(properties, "ProviderARNs", json_pack("[O]", authorizer->arn));
    } else {
        g_autofree char *type = g_ascii_strup(authorizer->type ? authorizer->type : "TOKEN", -1);

        json_object_set_new(properties, "AuthorizerUri",
                            api_lambda_uri(json_incref(authorizer->arn)));
        json_object_set_new(properties, "Type", json_string(type));
    }
    resource =
        compilation_add_resource(api->compilation, id, "AWS::ApiGateway::Authorizer", properties);
    if (authorizer->function)
        resource_depend_on_alias(resource, authorizer->function);
}

void rest_api_add_authorizers(RestApi *api)
{
    for (guint i = 0; i < api->endpoints->len; i++) {
        const Endpoint *endpoint = api->endpoints->pdata[i];

        compilation_set_maker(api->compilation, endpoint->pointer);
        if (endpoint->authorizer && endpoint->authorizer->arn)
            add_authorizer(api, endpoint->authorizer);
    }
}

void rest_api_add_authorizer_permission(RestApi *api, const Endpoint *endpoint)
{
    const Authorizer *authorizer = endpoint->authorizer;
    g_autofree char *name = authorizer->name ? naming_normalize(authorizer->name) : NULL;
    g_autofree char *id = g_strconcat(name ? name : "", "LambdaPermissionApiGateway", NULL);
    json_t *function;

    if (!authorizer->arn || authorizer->managed_externally || authorizer_is_cognito(authorizer) ||
        json_object_get(api->compilation->resources, id))
        return;
    function = authorizer->function && authorizer->function->alias_id
                   ? json_ref(authorizer->function->alias_id)
                   : json_incref(authorizer->arn);
    compilation_add_resource(api->compilation, id, "AWS::Lambda::Permission",
                             json_pack("{s:o,s:s,s:s,s:o}", "FunctionName", function, "Action",
                                       "lambda:InvokeFunction", "Principal",
                                       "apigateway.amazonaws.com", "SourceArn",
                                       api_execution_arn(rest_api_id(api), "/*/*")));
}
