#include "reconcile/compile/variables/variables.h"
#include "tests/reconcile/compile/events_fixture.h"

#define DEPLOYMENT "/Resources/ApiGatewayDeployment" VARIABLES_INSTANCE_ID

Test(events_rest_api, an_endpoint_has_resources_a_method_and_a_deployment)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_compile, "functions: {a: {events: [{http: 'GET /users/{id}/'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayRestApi/Properties",
              "{'Name':'dev-shop','EndpointConfiguration':{'Types':['EDGE']},'Policy':''}");
    expect_at(
        &outcome, "/Resources/ApiGatewayResourceUsers/Properties",
        "{'ParentId':{'Fn::GetAtt':['ApiGatewayRestApi','RootResourceId']},'PathPart':'users',"
        "'RestApiId':{'Ref':'ApiGatewayRestApi'}}");
    expect_at(&outcome, "/Resources/ApiGatewayResourceUsersIdVar/Properties/ParentId",
              "{'Ref':'ApiGatewayResourceUsers'}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodUsersIdVarGet",
              "{'Type':'AWS::ApiGateway::Method','DependsOn':['ALambdaPermissionApiGateway'],"
              "'Properties':{'HttpMethod':'GET','RequestParameters':{},'ResourceId':{'Ref':"
              "'ApiGatewayResourceUsersIdVar'},'RestApiId':{'Ref':'ApiGatewayRestApi'},"
              "'ApiKeyRequired':false,'AuthorizationType':'NONE','Integration':{"
              "'IntegrationHttpMethod':'POST','Type':'AWS_PROXY','Uri':{'Fn::Join':['',['arn:',"
              "{'Ref':'AWS::Partition'},':apigateway:',{'Ref':'AWS::Region'},"
              "':lambda:path/2015-03-31/functions/',{'Fn::GetAtt':['ALambdaFunction','Arn']},"
              "'/invocations']]}},'MethodResponses':[]}}");
    expect_at(&outcome, DEPLOYMENT "/DependsOn", "['ApiGatewayMethodUsersIdVarGet']");
    expect_at(&outcome, DEPLOYMENT "/Properties/StageName", "'dev'");
    expect_at(&outcome, "/Outputs/ServiceEndpoint/Value",
              "{'Fn::Join':['',['https://',{'Ref':'ApiGatewayRestApi'},'.execute-api.',"
              "{'Ref':'AWS::Region'},'.',{'Ref':'AWS::URLSuffix'},'/dev']]}");
}

Test(events_rest_api, the_root_itself_needs_no_resource)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_compile, "functions: {a: {events: [{http: 'any /'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayMethodAny/Properties/ResourceId",
              "{'Fn::GetAtt':['ApiGatewayRestApi','RootResourceId']}");
}

Test(events_rest_api, one_preflight_answers_for_all_methods_of_a_path)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile,
        "functions: {a: {events: [{http: {path: x, method: get, cors: true}},\n"
        "  {http: {path: x, method: post, cors: {origins: ['https://*.a.com', 'https://b.com'], "
        "headers: [H], maxAge: 9, allowCredentials: true, cacheControl: no-store}}}]}}");

    expect_no_problems(&outcome);
    cr_expect_str_eq(
        json_string_value(pointer_get(
            outcome.compilation.template,
            "/Resources/ApiGatewayMethodXOptions/Properties/Integration/IntegrationResponses/0/"
            "ResponseParameters/method.response.header.Access-Control-Max-Age")),
        "'9'");
    cr_expect_str_eq(
        json_string_value(pointer_get(
            outcome.compilation.template,
            "/Resources/ApiGatewayMethodXOptions/Properties/Integration/IntegrationResponses/0/"
            "ResponseParameters/method.response.header.Access-Control-Allow-Methods")),
        "'OPTIONS,POST,GET'");
    cr_expect_str_eq(
        json_string_value(pointer_get(
            outcome.compilation.template,
            "/Resources/ApiGatewayMethodXOptions/Properties/Integration/IntegrationResponses/0/"
            "ResponseTemplates/application~1json")),
        "#set($origin = $input.params(\"Origin\"))\n"
        "#if($origin == \"\") #set($origin = $input.params(\"origin\")) #end\n"
        "#if($origin.matches(\"https://.+[.]a[.]com\") || $origin.matches(\"https://b[.]com\")) "
        "#set($context.responseOverride.header.Access-Control-Allow-Origin = $origin) #end");
    expect_at(&outcome, DEPLOYMENT "/DependsOn",
              "['ApiGatewayMethodXOptions','ApiGatewayMethodXGet','ApiGatewayMethodXPost']");
}

Test(events_rest_api, an_origin_of_null_is_written_as_the_framework_writes_it)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile,
        "functions: {a: {events: [{http: {path: x, method: get, cors: {origin: null}}}]}}");

    cr_expect_str_eq(
        json_string_value(pointer_get(
            outcome.compilation.template,
            "/Resources/ApiGatewayMethodXOptions/Properties/Integration/IntegrationResponses/0/"
            "ResponseParameters/method.response.header.Access-Control-Allow-Origin")),
        "'null'");
}

Test(events_rest_api, a_function_behind_templates_answers_by_pattern)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile,
        "functions: {a: {events: [{http: {path: x, method: get, integration: lambda}}]}}");
    json_t *integration = pointer_get(outcome.compilation.template,
                                      "/Resources/ApiGatewayMethodXGet/Properties/Integration");
    const char *template =
        json_string_value(pointer_get(integration, "/RequestTemplates/application~1json"));

    expect_no_problems(&outcome);
    cr_expect_eq(json_array_size(json_object_get(integration, "IntegrationResponses")), 9);
    cr_expect_str_eq(json_string_value(pointer_get(integration, "/IntegrationResponses/4/"
                                                                "SelectionPattern")),
                     "[\\s\\S]*\\[404\\][\\s\\S]*");
    cr_expect_str_eq(json_string_value(json_object_get(integration, "PassthroughBehavior")),
                     "NEVER");
    cr_assert(template);
    cr_expect(g_str_has_prefix(template, "\n    #set( $body = $input.json(\"$\") )\n"));
    cr_expect_not(strstr(template, "extraCognitoPoolClaims"));
}

Test(events_rest_api, statuses_are_in_order_and_have_a_default)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_compile, "functions: {a: {events: [{http: {path: x, method: get, "
                                        "integration: lambda, response: {headers: "
                                        "{A: \"'1'\"}, statusCodes: {'404': {pattern: no, "
                                        "template: t, headers: {B: \"'2'\"}}, '201': {"
                                        "pattern: made}}}}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/ApiGatewayMethodXGet/Properties/MethodResponses",
        "[{'ResponseParameters':{'method.response.header.A':true},'ResponseModels':{},"
        "'StatusCode':'200'},{'ResponseParameters':{'method.response.header.A':true},"
        "'ResponseModels':{},'StatusCode':'201'},{'ResponseParameters':{"
        "'method.response.header.A':true,'method.response.header.B':true},'ResponseModels':{},"
        "'StatusCode':'404'}]");
    expect_at(&outcome,
              "/Resources/ApiGatewayMethodXGet/Properties/Integration/IntegrationResponses/2/"
              "ResponseTemplates",
              "{'application/json':'t'}");
}

Test(events_rest_api, an_asynchronous_call_says_so_to_lambda)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile, "functions: {a: {events: [{http: {path: x, method: post, async: true}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayMethodXPost/Properties/Integration/Type", "'AWS'");
    cr_expect_str_eq(
        json_string_value(
            pointer_get(outcome.compilation.template,
                        "/Resources/ApiGatewayMethodXPost/Properties/Integration/RequestParameters/"
                        "integration.request.header.X-Amz-Invocation-Type")),
        "'Event'");
}

Test(events_rest_api, a_backend_by_http_gets_the_parameters)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile,
        "functions: {a: {events: [{http: {path: 'x/{id}', method: get, integration: http-proxy, "
        "connectionType: vpc-link, connectionId: v, request: {uri: 'http://b/{id}', "
        "parameters: {paths: {id: true}, headers: {H: {required: false, mappedValue: m}}}}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayMethodXIdVarGet/Properties/Integration",
              "{'IntegrationHttpMethod':'GET','Type':'HTTP_PROXY','Uri':'http://b/{id}',"
              "'ConnectionType':'VPC_LINK','ConnectionId':'v','RequestParameters':{"
              "'integration.request.path.id':'method.request.path.id',"
              "'integration.request.header.H':'m'}}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXIdVarGet/Properties/RequestParameters",
              "{'method.request.path.id':true,'method.request.header.H':false}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXIdVarGet/Properties/RequestValidatorId",
              "{'Ref':'ApiGatewayShopRequestValidator'}");
}

Test(events_rest_api, a_function_of_the_service_authorizes)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile, "functions:\n"
                      "  check: {}\n"
                      "  a: {events: [{http: {path: x, method: get, authorizer: check}}]}\n");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/CheckApiGatewayAuthorizer/Properties/IdentitySource",
              "'method.request.header.Authorization'");
    expect_at(&outcome, "/Resources/CheckApiGatewayAuthorizer/Properties/Type", "'TOKEN'");
    expect_nothing_at(
        &outcome, "/Resources/CheckApiGatewayAuthorizer/Properties/AuthorizerResultTtlInSeconds");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXGet/DependsOn",
              "['CheckApiGatewayAuthorizer']");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXGet/Properties/AuthorizerId",
              "{'Ref':'CheckApiGatewayAuthorizer'}");
    expect_at(&outcome, "/Resources/CheckLambdaPermissionApiGateway/Properties/FunctionName",
              "{'Fn::GetAtt':['CheckLambdaFunction','Arn']}");
}

Test(events_rest_api, a_user_pool_authorizes_with_claims_and_scopes)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_compile, "functions: {a: {events: [{http: {path: x, method: get, "
                                        "integration: lambda, authorizer: {arn: "
                                        "'arn:aws:cognito-idp:us-east-1:1:userpool/"
                                        "us-east-1_x-pool', claims: [email, 'custom:shop'], "
                                        "scopes: [s], resultTtlInSeconds: 0}}}]}}");
    const char *template = json_string_value(pointer_get(
        outcome.compilation.template, "/Resources/ApiGatewayMethodXGet/Properties/"
                                      "Integration/RequestTemplates/application~1json"));

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/PoolApiGatewayAuthorizer/Properties",
        "{'Name':'pool','RestApiId':{'Ref':'ApiGatewayRestApi'},'AuthorizerResultTtlInSeconds':0,"
        "'IdentitySource':'method.request.header.Authorization','Type':'COGNITO_USER_POOLS',"
        "'ProviderARNs':['arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x-pool']}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXGet/Properties/AuthorizationType",
              "'COGNITO_USER_POOLS'");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXGet/Properties/AuthorizationScopes", "['s']");
    cr_assert(template);
    cr_expect(strstr(template, "\"email\": \"$context.authorizer.claims.email\",\"shop\": "
                               "\"$context.authorizer.claims['custom:shop']\","));
    expect_nothing_at(&outcome, "/Resources/PoolLambdaPermissionApiGateway");
}

Test(events_rest_api, bodies_are_validated_by_models)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_compile, "provider: {apiGateway: {request: {schemas: {new-user: "
                                        "{name: N, schema: {type: object}}}}}}\n"
                                        "functions: {a: {events: [{http: {path: x, method: post, "
                                        "request: {schemas: {application/json: "
                                        "new-user, text/x-y: {type: string}}}}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayNewUserModel/Properties",
              "{'RestApiId':{'Ref':'ApiGatewayRestApi'},'ContentType':'application/json','Schema':{"
              "'type':'object'},'Name':'N'}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXPostTextXYModel/Properties/Schema",
              "{'type':'string'}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXPost/Properties/RequestModels",
              "{'application/json':{'Ref':'ApiGatewayNewUserModel'},'text/x-y':{'Ref':"
              "'ApiGatewayMethodXPostTextXYModel'}}");
}

Test(events_rest_api, keys_belong_to_plans)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile, "provider: {apiGateway: {apiKeys: [{free: [k1, {name: k2, value: v}]}], "
                      "usagePlan: [{free: {quota: "
                      "{limit: 5, period: DAY}, throttle: {burstLimit: 1, rateLimit: 2}}}]}}\n"
                      "functions: {a: {events: [{http: {path: x, method: get, private: true}}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayApiKeyFree2/Properties/Value", "'v'");
    expect_at(&outcome, "/Resources/ApiGatewayUsagePlanFree/Properties/UsagePlanName",
              "'shop-free-dev'");
    expect_at(&outcome, "/Resources/ApiGatewayUsagePlanFree/Properties/Quota",
              "{'Limit':5,'Period':'DAY'}");
    expect_at(&outcome, "/Resources/ApiGatewayUsagePlanKeyFree2/Properties",
              "{'KeyId':{'Ref':'ApiGatewayApiKeyFree2'},'KeyType':'API_KEY','UsagePlanId':{'Ref':"
              "'ApiGatewayUsagePlanFree'}}");
    expect_at(&outcome, "/Resources/ApiGatewayMethodXGet/Properties/ApiKeyRequired", "true");
}

Test(events_rest_api, keys_without_plans_get_the_one_plan)
{
    g_auto(Outcome) outcome =
        compile_events_of(http_compile, "provider: {apiGateway: {apiKeys: [k]}}\n"
                                        "functions: {a: {events: [{http: 'GET /x'}]}}");

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/ApiGatewayApiKey1/Properties/Name", "'k'");
    expect_at(&outcome, "/Resources/ApiGatewayUsagePlan/Properties/UsagePlanName", "'shop-dev'");
    expect_at(&outcome, "/Resources/ApiGatewayUsagePlanKey1/Properties/UsagePlanId",
              "{'Ref':'ApiGatewayUsagePlan'}");
}

Test(events_rest_api, an_api_of_another_stack_is_built_upon)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile, "provider: {apiGateway: {restApiId: r, restApiRootResourceId: root, "
                      "restApiResources: {/users: u}}}\n"
                      "functions: {a: {events: [{http: 'GET /users/{id}'}, {http: 'GET /new'}]}}");

    expect_no_problems(&outcome);
    expect_nothing_at(&outcome, "/Resources/ApiGatewayRestApi");
    expect_nothing_at(&outcome, "/Resources/ApiGatewayResourceUsers");
    expect_at(&outcome, "/Resources/ApiGatewayResourceUsersIdVar/Properties",
              "{'ParentId':'u','PathPart':'{id}','RestApiId':'r'}");
    expect_at(&outcome, "/Resources/ApiGatewayResourceNew/Properties/ParentId", "'root'");
}

Test(events_rest_api, the_api_takes_the_providers_settings)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile,
        "provider: {apiName: n, endpointType: private, vpcEndpointIds: [v], tags: {k: t}, "
        "apiGateway: {"
        "binaryMediaTypes: ['*/*'], minimumCompressionSize: 0, apiKeySourceType: header, "
        "description: d, "
        "disableDefaultEndpoint: true, stage: live, resourcePolicy: [{Effect: Allow}]}}\n"
        "functions: {a: {events: [{http: 'GET /x'}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, "/Resources/ApiGatewayRestApi/Properties",
        "{'Name':'n','EndpointConfiguration':{'Types':['PRIVATE'],'VpcEndpointIds':['v']},"
        "'Policy':{'Version':'2012-10-17','Statement':[{'Effect':'Allow'}]},'BinaryMediaTypes':"
        "['*/*'],'DisableExecuteApiEndpoint':true,'Tags':[{'Key':'k','Value':'t'}],"
        "'ApiKeySourceType':'HEADER','MinimumCompressionSize':0,'Description':'d'}");
    expect_at(&outcome, DEPLOYMENT "/Properties",
              "{'RestApiId':{'Ref':'ApiGatewayRestApi'},'StageName':'live','Description':'d'}");
}

Test(events_rest_api, access_logs_bring_the_accounts_role_unless_somebody_else_manages_it)
{
    g_auto(Outcome) managed = compile_events_of(
        http_compile, "provider: {logs: {restApi: {roleManagedExternally: true}}}\n"
                      "functions: {a: {events: [{http: 'GET /x'}]}}");
    g_auto(Outcome) unmanaged = compile_events_of(
        http_compile,
        "provider: {logs: {restApi: true}}\nfunctions: {a: {events: [{http: 'GET /x'}]}}");

    expect_no_problems(&managed);
    expect_at(&managed, "/Resources/ApiGatewayLogGroup/Properties/LogGroupName",
              "'/aws/api-gateway/shop-dev'");
    expect_nothing_at(&managed, "/Resources/CustomApiGatewayAccountCloudWatchRole");
    expect_no_problems(&unmanaged);
    expect_at(&unmanaged, "/Resources/CustomApiGatewayAccountCloudWatchRole",
              "{'Type':'Custom::ApiGatewayAccountRole','Version':1,'Properties':{'ServiceToken':{"
              "'Fn::GetAtt':['CustomDashresourceDashapigwDashcwDashroleLambdaFunction','Arn']}}}");
}

Test(events_rest_api, mistakes_are_refused_by_name)
{
    static const struct {
        const char *provider, *event, *message;
    } rows[] = {
        {"{}", "x", "http event of function \"a\" names no method and path"},
        {"{}", "'*'", "http event of function \"a\" names no method and path"},
        {"{}", "[]", "http event of function \"a\" names no method and path"},
        {"{}", "{path: x, method: fetch}", "names no method and path"},
        {"{}", "{path: x, method: get, integration: magic}",
         "has integration \"magic\", which there is not"},
        {"{}", "{path: x, method: get, integration: http}",
         "has integration HTTP but no request.uri to send requests to"},
        {"{}",
         "{path: x, method: get, integration: http, connectionType: vpc-link, request: {uri: u}}",
         "connects through a VPC link but has no connectionId"},
        {"{}", "{path: x, method: get, authorizer: nobody}",
         "names authorizer \"nobody\", which is no function of this service"},
        {"{}", "{path: x, method: get, authorizer: {arn: !Ref F}}",
         "has an authorizer whose ARN is not plain text and that has no name"},
        {"{}", "{path: x, method: get, authorizer: {type: token}}",
         "has an authorizer with neither name nor arn"},
        {"{}",
         "{path: x, method: get, authorizer: {arn: 'arn:aws:cognito-idp:r:1:userpool/p', claims: "
         "[c]}}",
         "lists claims, which only integration lambda passes on"},
        {"{}", "{path: x, method: get, integration: lambda, response: {transferMode: stream}}",
         "sets transferMode, which works with proxy integrations only"},
        {"{apiGateway: {restApiId: r}}", "'GET /x'",
         "restApiId needs restApiRootResourceId beside it"},
        {"{apiGateway: {restApiId: r, restApiRootResourceId: q, restApiResources: {a/b: i}}}",
         "'GET /a/c'",
         "needs the resource of path \"a\", which exists already because \"a/b\" does"},
        {"{apiGateway: {apiKeys: [{gold: [k]}]}}", "'GET /x'",
         "API keys are listed for usage plan \"gold\", which is not defined"},
        {"{endpointType: edge, vpcEndpointIds: [v]}", "'GET /x'",
         "vpcEndpointIds work with private APIs only"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("provider: %s\nfunctions: {a: {events: [{http: %s}]}}",
                            rows[i].provider, rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(http_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}

Test(events_rest_api, what_a_proxy_has_no_use_for_is_warned_about)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile,
        "functions: {a: {events: [{http: {path: x, method: get, request: {template: {a: b}}, "
        "response: {headers: {}, transferMode: stream}}}]}}");

    expect_problem(
        &outcome, PROBLEM_WARNING,
        "request/template has no effect on function \"a\" with integration AWS_PROXY and is "
        "left out");
    expect_at(&outcome,
              "/Resources/ApiGatewayMethodXGet/Properties/Integration/ResponseTransferMode",
              "'STREAM'");
}

Test(events_rest_api, an_api_of_another_stack_keeps_its_settings_also_where_no_function_uses_it)
{
    g_auto(Outcome) outcome = compile_events_of(
        http_compile, "provider: {apiGateway: {restApiId: r}, tracing: {apiGateway: false}}\n"
                      "functions: {a: {events: []}}");

    expect_problem(
        &outcome, PROBLEM_ERROR,
        "tracing cannot be set for a REST API of another stack (provider.apiGateway.restApiId)");
}

Test(events_rest_api, limits_that_are_empty_are_kept_of_the_one_plan_and_dropped_of_named_ones)
{
    g_auto(Outcome) one =
        compile_events_of(http_compile, "provider: {apiGateway: {usagePlan: {throttle: {}}}}\n"
                                        "functions: {a: {events: [{http: GET /x}]}}");
    g_auto(Outcome) named = compile_events_of(
        http_compile, "provider: {apiGateway: {usagePlan: [{free: {throttle: {}, quota: {limit: "
                      "5}}}]}}\n"
                      "functions: {a: {events: [{http: GET /x}]}}");

    expect_no_problems(&one);
    expect_no_problems(&named);
    expect_at(&one, "/Resources/ApiGatewayUsagePlan/Properties/Throttle", "{}");
    expect_nothing_at(&named, "/Resources/ApiGatewayUsagePlanFree/Properties/Throttle");
    expect_at(&named, "/Resources/ApiGatewayUsagePlanFree/Properties/Quota", "{'Limit':5}");
}
