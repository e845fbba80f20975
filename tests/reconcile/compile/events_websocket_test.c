#include "tests/reconcile/compile/events_fixture.h"

/* The id is a hash of what belongs to the API; this one is the framework's own for these two
 * routes. */
#define DEPLOYMENT "WebsocketsDeploymentOyZJSwu7qObJMzr21CSK11vSQYFKOnpyFxMGpbrylE"

static const char two_routes[] = "functions:\n"
                                 "  a: {events: [{websocket: $connect}]}\n"
                                 "  b-c: {events: [{websocket: {route: x/y-z, "
                                 "routeResponseSelectionExpression: $default, authorizer: a}}]}\n";

Test(events_websocket, routes_have_api_integration_permission_and_stage)
{
    g_auto(Outcome) outcome = compile_events_of(websocket_compile, two_routes);

    expect_no_problems(&outcome);
    expect_at(&outcome, "/Resources/WebsocketsApi/Properties",
              "{'Name':'dev-shop-websockets','RouteSelectionExpression':'$request.body.action',"
              "'Description':'Serverless Websockets','ProtocolType':'WEBSOCKET'}");
    expect_at(&outcome, "/Resources/SconnectWebsocketsRoute/Properties/AuthorizationType",
              "'NONE'");
    expect_at(&outcome, "/Resources/xSlashyDashzWebsocketsRoute/Properties/AuthorizerId",
              "{'Ref':'AWebsocketsAuthorizer'}");
    expect_at(&outcome, "/Resources/xSlashyDashzWebsocketsRouteResponse/Properties/RouteId",
              "{'Ref':'xSlashyDashzWebsocketsRoute'}");
    expect_at(&outcome, "/Resources/BDashcLambdaPermissionWebsockets/DependsOn",
              "['WebsocketsApi','BDashcLambdaFunction']");
    expect_at(
        &outcome, STATEMENTS,
        "[{'Effect':'Allow','Action':['execute-api:ManageConnections'],'Resource':[{'Fn::Sub':"
        "'arn:${AWS::Partition}:execute-api:*:*:*/@connections/*'}]}]");
}

Test(events_websocket, the_deployments_id_is_the_frameworks_hash)
{
    g_auto(Outcome) outcome = compile_events_of(websocket_compile, two_routes);

    expect_at(&outcome, "/Resources/WebsocketsDeploymentStage/Properties/DeploymentId",
              "{'Ref':'" DEPLOYMENT "'}");
    expect_at(&outcome, "/Resources/" DEPLOYMENT "/DependsOn",
              "['SconnectWebsocketsRoute','xSlashyDashzWebsocketsRouteResponse',"
              "'xSlashyDashzWebsocketsRoute']");
}

Test(events_websocket, an_api_of_another_stack_gets_its_stage_from_the_deployment)
{
    g_auto(Outcome) outcome = compile_events_of(
        websocket_compile,
        "provider: {apiGateway: {websocketApiId: w}}\nfunctions: {a: {events: [{websocket: r}]}}");

    expect_no_problems(&outcome);
    expect_nothing_at(&outcome, "/Resources/WebsocketsApi");
    expect_nothing_at(&outcome, "/Resources/WebsocketsDeploymentStage");
    expect_at(&outcome, "/Resources/rWebsocketsRoute/Properties/ApiId", "'w'");
    expect_at(&outcome, "/Resources/ALambdaPermissionWebsockets/DependsOn", "['ALambdaFunction']");
}

Test(events_websocket, mistakes_are_refused_by_name)
{
    static const struct {
        const char *event, *message;
    } rows[] = {
        {"{authorizer: a}", "websocket event of function \"a\" has no \"route\" that is a string"},
        {"{route: r, authorizer: b}",
         "names authorizer \"b\", which is no function of this service"},
        {"{route: r, authorizer: {arn: !Ref F}}",
         "an authorizer whose ARN is not plain text needs a name"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml =
            g_strdup_printf("functions: {a: {events: [{websocket: %s}]}}", rows[i].event);
        g_auto(Outcome) outcome = compile_events_of(websocket_compile, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}
