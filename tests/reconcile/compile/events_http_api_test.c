#include "tests/reconcile/compile/events_fixture.h"

Test(events_http_api, a_route_has_api_stage_integration_and_permission)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile, "functions: {a: {events: [{httpApi: 'get /users/{id}'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/HttpApi",
              "{'Type':'AWS::ApiGatewayV2::Api','Properties':{'Name':'dev-shop','ProtocolType':"
              "'HTTP'}}");
    expect_at(&outcome, "/Resources/HttpApiStage/Properties",
              "{'ApiId':{'Ref':'HttpApi'},'StageName':'$default','AutoDeploy':true,"
              "'DefaultRouteSettings':{'DetailedMetricsEnabled':false}}");
    expect_at(&outcome, "/Resources/HttpApiRouteGetUsersIdVar",
              "{'Type':'AWS::ApiGatewayV2::Route','DependsOn':'HttpApiIntegrationA','Properties':{"
              "'ApiId':{'Ref':'HttpApi'},'RouteKey':'GET /users/{id}','Target':{'Fn::Join':['/',"
              "['integrations',{'Ref':'HttpApiIntegrationA'}]]}}}");
    expect_at(&outcome, "/Resources/HttpApiIntegrationA/Properties/PayloadFormatVersion", "'2.0'");
    expect_at(&outcome, "/Resources/ALambdaPermissionHttpApi/Properties/Principal",
              "'apigateway.amazonaws.com'");
    expect_at(&outcome, "/Outputs/HttpApiUrl/Value",
              "{'Fn::Join':['',['https://',{'Ref':'HttpApi'},'.execute-api.',{'Ref':'AWS::Region'},"
              "'.',{'Ref':'AWS::URLSuffix'}]]}");
}

Test(events_http_api, the_catch_all_is_the_default_route)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_api_compile, "functions: {a: {events: [{httpApi: '*'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/HttpApiRouteDefault/Properties/RouteKey", "'$default'");
}

Test(events_http_api, cors_allows_the_methods_of_the_routes)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile, "provider: {httpApi: {cors: true}}\n"
                          "functions: {a: {events: [{httpApi: 'PUT /x'}, {httpApi: 'GET /x'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/HttpApi/Properties/CorsConfiguration/AllowMethods",
              "['OPTIONS','PUT','GET']");
    expect_at(&outcome, "/Resources/HttpApi/Properties/CorsConfiguration/AllowOrigins", "['*']");
}

Test(events_http_api, any_method_allows_all_of_them)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile, "provider: {httpApi: {cors: {allowedOrigins: 'https://a', maxAge: 5, "
                          "allowCredentials: true}}}\n"
                          "functions: {a: {events: [{httpApi: {method: '*', path: /x}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/HttpApi/Properties/CorsConfiguration/AllowMethods",
              "['OPTIONS','GET','POST','PUT','PATCH','HEAD','DELETE']");
    expect_at(&outcome, "/Resources/HttpApi/Properties/CorsConfiguration/MaxAge", "5");
    expect_at(&outcome, "/Resources/HttpApiRouteAnyX/Properties/RouteKey", "'ANY /x'");
}

Test(events_http_api, authorizers_are_functions_or_token_issuers)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile,
        "provider:\n"
        "  httpApi:\n"
        "    authorizers:\n"
        "      jwt: {identitySource: $request.header.Authorization, issuerUrl: 'https://i', "
        "audience: x}\n"
        "      check: {type: request, functionName: a}\n"
        "functions:\n"
        "  a: {events: [{httpApi: {method: get, path: /x, authorizer: {name: jwt, scopes: [s]}}},\n"
        "               {httpApi: {method: get, path: /y, authorizer: check}},\n"
        "               {httpApi: {method: get, path: /z, authorizer: {type: aws_iam}}}]}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/HttpApiAuthorizerJwt/Properties",
              "{'ApiId':{'Ref':'HttpApi'},'Name':'jwt','IdentitySource':["
              "'$request.header.Authorization'],'AuthorizerType':'JWT','JwtConfiguration':{"
              "'Audience':['x'],'Issuer':'https://i'}}");
    expect_at(&outcome, "/Resources/HttpApiAuthorizerCheck/Properties/AuthorizerType", "'REQUEST'");
    expect_at(&outcome, "/Resources/CheckLambdaAuthorizerPermissionHttpApi/Properties/FunctionName",
              "{'Fn::GetAtt':['ALambdaFunction','Arn']}");
    expect_at(&outcome, "/Resources/HttpApiRouteGetX/Properties/AuthorizationScopes", "['s']");
    expect_at(&outcome, "/Resources/HttpApiRouteGetX/Properties/AuthorizerId",
              "{'Ref':'HttpApiAuthorizerJwt'}");
    expect_at(&outcome, "/Resources/HttpApiRouteGetY/Properties/AuthorizationType", "'CUSTOM'");
    expect_at(&outcome, "/Resources/HttpApiRouteGetZ/Properties/AuthorizationType", "'AWS_IAM'");
    expect_nothing_at(&outcome, "/Resources/HttpApiRouteGetZ/Properties/AuthorizerId");
}

Test(events_http_api, access_logs_have_a_group_with_the_services_retention)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile, "provider: {logRetentionInDays: 7, logs: {httpApi: {format: f}}}\n"
                          "functions: {a: {events: [{httpApi: 'GET /x'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/HttpApiLogGroup/Properties",
              "{'LogGroupName':'/aws/http-api/shop-dev','RetentionInDays':7}");
    expect_at(&outcome, "/Resources/HttpApiStage/DependsOn", "'HttpApiLogGroup'");
    expect_at(&outcome, "/Resources/HttpApiStage/Properties/AccessLogSettings/Format", "'f'");
}

Test(events_http_api, an_api_of_another_stack_gets_routes_alone)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile,
        "provider: {httpApi: {id: abc}}\n"
        "functions: {a: {events: [{httpApi: {method: get, path: /x, authorizer: {id: "
        "z, type: request}}}]}}");

    expect_no_problems(&outcome);
    expect_nothing_at(&outcome, "/Resources/HttpApi");
    expect_nothing_at(&outcome, "/Resources/HttpApiStage");
    expect_at(&outcome, "/Resources/HttpApiRouteGetX/Properties/ApiId", "'abc'");
    expect_at(&outcome, "/Resources/HttpApiRouteGetX/Properties/AuthorizerId", "'z'");
    expect_at(&outcome, "/Resources/HttpApiRouteGetX/Properties/AuthorizationType", "'CUSTOM'");
}

Test(events_http_api, mistakes_are_refused_by_name)
{
    static const struct {
        const char *provider, *event, *message;
    } rows[] = {
        {"{}", "'nonsense'", "httpApi event of function \"a\" names no route"},
        {"{}", "{path: /x}", "httpApi event of function \"a\" names no route"},
        {"{}", "{path: '*', method: get}", "httpApi event of function \"a\" names no route"},
        {"{}", "'GET /x'}, {httpApi: 'get /x'",
         "route \"GET /x\" is there already, for function \"a\""},
        {"{}", "{method: get, path: /x, authorizer: none}", "there is no authorizer \"none\""},
        {"{}", "{method: get, path: /x, authorizer: {id: i}}",
         "uses an authorizer by id, but the API is of this stack"},
        {"{}", "{method: get, path: /x, authorizer: {type: aws_iam, name: n}}",
         "an authorizer of type aws_iam takes no other settings"},
        {"{id: i, cors: true}", "'GET /x'",
         "cors cannot be set for an HTTP API of another stack (provider.httpApi.id)"},
        {"{authorizers: {z: {type: request}}}", "'GET /x'",
         "authorizer \"z\" needs one of functionName and functionArn"},
        {"{authorizers: {z: {type: request, functionName: q}}}", "'GET /x'",
         "authorizer \"z\": the service has no function \"q\""},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("provider: {httpApi: %s}\nfunctions: {a: {events: [{httpApi: %s}]}}",
                            rows[i].provider, rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(http_api_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}

Test(events_http_api, a_function_slower_than_the_api_is_warned_about)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_api_compile, "functions: {a: {timeout: 31, events: [{httpApi: 'GET /x'}]}}");

    expect_problem(&outcome, PROBLEM_WARNING,
                   "function \"a\" may run for 31 s, but an HTTP API waits for 30 s at most");
}

Test(events_http_api, a_timeout_of_the_provider_is_warned_about_once)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_api_compile, "provider: {timeout: 40}\n"
                                            "functions: {a: {events: [{httpApi: 'GET /x'}]}, "
                                            "b: {events: [{httpApi: 'GET /y'}]}}");

    expect_problem(&outcome, PROBLEM_WARNING,
                   "functions may run for 40 s, but an HTTP API waits for 30 s at most");
    cr_expect_eq(problems_count(outcome.compilation.problems, PROBLEM_WARNING), 1);
}
