#include "tests/reconcile/compile/events_fixture.h"

/* As the function's compilation leaves it: with a version. */
static void compile_with_versions(Compilation *compilation)
{
    for (guint i = 0; i < compilation->functions->len; i++) {
        const Function *function = compilation->functions->pdata[i];
        g_autofree char *id = g_strconcat(function->key, "Version", NULL);
        json_t *properties = json_object_get(
            json_object_get(compilation->resources, function->logical_id), "Properties");

        json_object_set_new(properties, "Environment", json_object());
        json_object_set_new(compilation->resources, id,
                            json_pack("{s:s,s:{s:{s:s}}}", "Type", "AWS::Lambda::Version",
                                      "Properties", "FunctionName", "Ref", function->logical_id));
    }
    cloud_front_compile(compilation);
}

#define CONFIG "/Resources/CloudFrontDistribution/Properties/DistributionConfig"

Test(events_cloud_front, a_function_stands_before_an_origin)
{
    g_auto(Outcome) outcome = compile_events_of(
        compile_with_versions,
        "functions: {a: {events: [{cloudFront: {eventType: viewer-request, origin: "
        "'https://Example.com/p'}}]}}");

    expect_no_problems(&outcome);
    expect_at(
        &outcome, CONFIG,
        "{'Enabled':true,'Comment':'shop dev','DefaultCacheBehavior':{'ViewerProtocolPolicy':"
        "'allow-all','LambdaFunctionAssociations':[{'LambdaFunctionARN':{'Ref':'aVersion'},"
        "'EventType':'viewer-request'}],'CachePolicyId':'658327ea-f89d-4fab-a63d-7e88639e58f6',"
        "'TargetOriginId':'custom/example.com/p'},'Origins':[{'DomainName':'example.com',"
        "'OriginPath':'/p','CustomOriginConfig':{'OriginProtocolPolicy':'match-viewer'},"
        "'Id':'custom/example.com/p'}]}");
    expect_at(&outcome, "/Resources/ALambdaFunction/DeletionPolicy", "'Retain'");
    expect_nothing_at(&outcome, "/Resources/ALambdaFunction/Properties/Environment");
    expect_at(&outcome,
              "/Resources/IamRoleLambdaExecution/Properties/AssumeRolePolicyDocument/Statement/0/"
              "Principal/Service",
              "['lambda.amazonaws.com','edgelambda.amazonaws.com']");
    expect_at(&outcome, "/Outputs/CloudFrontDistribution/Value",
              "{'Ref':'CloudFrontDistribution'}");
}

Test(events_cloud_front, all_other_paths_are_served_without_the_functions)
{
    g_auto(Outcome) outcome = compile_events_of(
        compile_with_versions,
        "functions: {a: {events: [{cloudFront: {eventType: viewer-request, pathPattern: "
        "/x, origin: 'https://a.com'}}]}}");

    expect_no_problems(&outcome);
    expect_nothing_at(&outcome, CONFIG "/DefaultCacheBehavior/LambdaFunctionAssociations");
    expect_at(&outcome, CONFIG "/CacheBehaviors/0/PathPattern", "'/x'");
}

Test(events_cloud_front, functions_at_the_edge_get_a_version_and_its_limits)
{
    json_t *config = json_pack("{s:{s:{s:[{s:{}}]},s:{s:i,s:[]}}}", "functions", "edge", "events",
                               "cloudFront", "plain", "memorySize", 512, "events");

    json_object_set_new(json_array_get(pointer_get(config, "/functions/edge/events"), 0),
                        "cloudFront", json_pack("{s:s}", "eventType", "viewer-request"));
    cloud_front_prepare(config);
    cr_expect(json_is_true(pointer_get(config, "/functions/edge/versionFunction")));
    cr_expect_eq(json_integer_value(pointer_get(config, "/functions/edge/memorySize")), 128);
    cr_expect_eq(json_integer_value(pointer_get(config, "/functions/edge/timeout")), 5);
    cr_expect_null(pointer_get(config, "/functions/plain/timeout"));
    json_decref(config);
}

Test(events_cloud_front, mistakes_are_refused_by_name)
{
    static const struct {
        const char *function, *message;
    } rows[] = {
        {"{events: [{cloudFront: {eventType: e}}]}",
         "cloudFront event of function \"a\" has no origin"},
        {"{memorySize: 512, events: [{cloudFront: {eventType: viewer-request, origin: "
         "'https://a'}}]}",
         "memorySize may be 128 at most for eventType viewer-request"},
        {"{events: [{cloudFront: {eventType: e, origin: 'https://a', cachePolicy: {name: z}}}]}",
         "there is no cache policy \"z\""},
        {"{events: [{cloudFront: {eventType: e, origin: 'https://a', pathPattern: /1}}, "
         "{cloudFront: "
         "{eventType: e, origin: 'https://b', pathPattern: /2}}]}",
         "several cloudFront events have different origins, and none is the default one"},
        {"{events: [{cloudFront: {eventType: e, origin: 'https://a'}}, {cloudFront: {eventType: e, "
         "origin: "
         "'https://b'}}]}",
         "several cloudFront events have the same pathPattern but different origins"},
        {"{events: [{cloudFront: {eventType: e, origin: 'https://a'}}, {cloudFront: {eventType: e, "
         "origin: "
         "'https://a', includeBody: true}}]}",
         "several cloudFront events have the same eventType for one pathPattern"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *yaml = g_strdup_printf("functions: {a: %s}", rows[i].function);
        g_auto(Outcome) outcome = compile_events_of(compile_with_versions, yaml);

        expect_problem(&outcome, PROBLEM_ERROR, rows[i].message);
    }
}
