/* API Gateway: stages that deployments of stacks made. What is set of one lies in its REST API's
 * hidden members: no stack knows of it. */
#include "tests/aws/resources/live.h"
#include "tests/aws/services/services.h"
#include <string.h>

static bool deploys(const Live *live, const char *api, const char *stage)
{
    return strcmp(live->type, "AWS::ApiGateway::Deployment") == 0 &&
           json_object_get(live->hidden, "StageDeleted") == NULL &&
           g_strcmp0(json_text_of(live->properties, "RestApiId"), api) == 0 &&
           g_strcmp0(json_text_of(live->properties, "StageName"), stage) == 0;
}

/* The deployment that made the stage; NULL: there is no such stage. */
static Live *deployment_of(const ApiCall *call, const char *api, const char *stage)
{
    GHashTableIter iterator;
    void *value = NULL;

    g_hash_table_iter_init(&iterator, call->region->live_by_identifier);
    while (g_hash_table_iter_next(&iterator, NULL, &value)) {
        if (deploys(value, api, stage))
            return value;
    }
    return NULL;
}

/* {tags, methodSettings, …} of a stage, made when it is first asked for. Borrowed; NULL after an
 * error. */
static json_t *stage_of(ApiCall *call, const char *id, const char *name)
{
    Live *api = live_find(call->region, "AWS::ApiGateway::RestApi", id);
    json_t *stages = NULL, *stage = NULL;

    if (api == NULL || deployment_of(call, id, name) == NULL)
        return api_fail(call, 404, "NotFoundException", "Invalid stage identifier specified");
    stages = json_object_get(api->hidden, "Stages");
    if (stages == NULL) {
        stages = json_object();
        json_object_set_new(api->hidden, "Stages", stages);
    }
    stage = json_object_get(stages, name);
    if (stage == NULL) {
        stage = json_pack("{s:s, s:b, s:{}, s:{}}", "stageName", name, "tracingEnabled", false,
                          "methodSettings", "tags");
        json_object_set_new(stages, name, stage);
    }
    return stage;
}

static json_t *get_stage(ApiCall *call)
{
    return json_incref(stage_of(call, api_text(call, "restApiId"), api_text(call, "stageName")));
}

static json_t *flag(const char *value)
{
    return json_boolean(g_strcmp0(value, "true") == 0);
}

static json_t *member_of(json_t *object, const char *key)
{
    if (json_object_get(object, key) == NULL)
        json_object_set_new(object, key, json_object());
    return json_object_get(object, key);
}

static bool patch_log(json_t *stage, const char *op, const char *member, const char *value)
{
    if (*member == '\0' && strcmp(op, "remove") == 0) {
        json_object_del(stage, "accessLogSettings");
        return true;
    }
    if (strcmp(member, "/destinationArn") != 0 && strcmp(member, "/format") != 0)
        return false;
    json_set_text(member_of(stage, "accessLogSettings"), member + 1, value);
    return true;
}

/* Those of a method, or of all; what nobody set has its default. */
static json_t *method_settings(json_t *stage, const char *method)
{
    json_t *settings = json_object_get(stage, "methodSettings");

    if (json_object_get(settings, method) == NULL)
        json_object_set_new(settings, method,
                            json_pack("{s:b, s:b, s:s}", "metricsEnabled", false,
                                      "dataTraceEnabled", false, "loggingLevel", "OFF"));
    return json_object_get(settings, method);
}

/* "/{path}/{method}/{group}/{name}" */
static bool patch_method(json_t *stage, const char *path, const char *value)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autofree char *method = NULL, *setting = NULL;
    json_t *settings = NULL;

    if (g_strv_length(parts) != 5)
        return false;
    method = g_strdup_printf("%s/%s", parts[1], parts[2]);
    setting = g_strdup_printf("%s/%s", parts[3], parts[4]);
    settings = method_settings(stage, method);
    if (strcmp(setting, "metrics/enabled") == 0)
        json_object_set_new(settings, "metricsEnabled", flag(value));
    else if (strcmp(setting, "logging/dataTrace") == 0)
        json_object_set_new(settings, "dataTraceEnabled", flag(value));
    else if (strcmp(setting, "logging/loglevel") == 0)
        json_set_text(settings, "loggingLevel", value);
    else if (strcmp(setting, "throttling/rateLimit") == 0)
        json_object_set_new(settings, "throttlingRateLimit",
                            json_real(g_ascii_strtod(value, NULL)));
    else if (strcmp(setting, "throttling/burstLimit") == 0)
        json_object_set_new(settings, "throttlingBurstLimit",
                            json_integer(g_ascii_strtoll(value, NULL, 10)));
    else
        return false;
    return true;
}

static bool patch(json_t *stage, json_t *operation)
{
    static const char log[] = "/accessLogSettings";
    const char *path = json_text_of(operation, "path"), *op = json_text_of(operation, "op"),
               *value = json_text_of(operation, "value");

    if (path == NULL || op == NULL)
        return false;
    if (g_str_has_prefix(path, log))
        return patch_log(stage, op, path + strlen(log), value);
    if (strcmp(op, "replace") != 0 || value == NULL)
        return false;
    if (strcmp(path, "/tracingEnabled") != 0)
        return patch_method(stage, path, value);
    json_object_set_new(stage, "tracingEnabled", flag(value));
    return true;
}

static json_t *update_stage(ApiCall *call)
{
    json_t *stage = stage_of(call, api_text(call, "restApiId"), api_text(call, "stageName")),
           *operation = NULL;
    size_t i = 0;

    if (stage == NULL)
        return NULL;
    json_array_foreach(api_array(call, "patchOperations"), i, operation)
    {
        if (!patch(stage, operation))
            return api_fail(call, 400, "BadRequestException", "Invalid patch path '%s'",
                            json_text_of(operation, "path"));
    }
    return json_incref(stage);
}

/* Only another deployment makes it again. */
static json_t *delete_stage(ApiCall *call)
{
    const char *id = api_text(call, "restApiId"), *name = api_text(call, "stageName");
    Live *api = live_find(call->region, "AWS::ApiGateway::RestApi", id), *deployment = NULL;

    if (stage_of(call, id, name) == NULL)
        return NULL;
    while ((deployment = deployment_of(call, id, name)) != NULL)
        json_object_set_new(deployment->hidden, "StageDeleted", json_true());
    json_object_del(json_object_get(api->hidden, "Stages"), name);
    call->response->status = 202;
    return api_done(call);
}

/* arn:aws:apigateway:REGION::/restapis/ID/stages/NAME; NULL after an error. */
static json_t *tagged_stage(ApiCall *call)
{
    const char *arn = api_text(call, "resourceArn");
    const char *path = strstr(arn, "::/restapis/");
    g_auto(GStrv) parts = path != NULL ? g_strsplit(path, "/", 5) : NULL;

    if (parts == NULL || g_strv_length(parts) != 5)
        return api_fail(call, 400, "BadRequestException", "Invalid ARN %s", arn);
    return stage_of(call, parts[2], parts[4]);
}

static json_t *tag_resource(ApiCall *call)
{
    json_t *stage = tagged_stage(call);

    if (stage == NULL)
        return NULL;
    json_object_update(json_object_get(stage, "tags"), json_object_get(call->input, "tags"));
    call->response->status = 204;
    return api_done(call);
}

static json_t *untag_resource(ApiCall *call)
{
    json_t *stage = tagged_stage(call);

    if (stage == NULL)
        return NULL;
    for (guint i = 0; i < call->http->query->len; i++) {
        const QueryPair *pair = call->http->query->pdata[i];

        if (strcmp(pair->name, "tagKeys") == 0)
            json_object_del(json_object_get(stage, "tags"), pair->value);
    }
    call->response->status = 204;
    return api_done(call);
}

static bool take_body(ApiCall *call)
{
    json_t *body = NULL;

    if (call->http->body->len == 0)
        return true;
    body = json_loadb((const char *)call->http->body->data, call->http->body->len, 0, NULL);
    if (!json_is_object(body)) {
        json_decref(body);
        api_fail(call, 400, "BadRequestException", "Invalid request body");
        return false;
    }
    json_decref(call->input);
    call->input = body;
    return true;
}

static const ApiOperation *route(ApiCall *call)
{
    static const struct {
        const char *method;
        bool stage;
        ApiOperation operation;
    } operations[] = {{"GET", true, {"GetStage", get_stage}},
                      {"PATCH", true, {"UpdateStage", update_stage}},
                      {"DELETE", true, {"DeleteStage", delete_stage}},
                      {"PUT", false, {"TagResource", tag_resource}},
                      {"DELETE", false, {"UntagResource", untag_resource}}};
    g_auto(GStrv) parts = g_strsplit(call->http->path, "/", -1);
    const bool stage = g_strv_length(parts) == 5 && strcmp(parts[1], "restapis") == 0 &&
                       strcmp(parts[3], "stages") == 0;
    const bool tags = g_strv_length(parts) == 3 && strcmp(parts[1], "tags") == 0;
    g_autofree char *last = NULL;

    call->action = "";
    if ((!stage && !tags) || !take_body(call))
        return NULL;
    last = percent_decode(parts[stage ? 4 : 2], strlen(parts[stage ? 4 : 2]), false);
    if (stage)
        json_set_text(call->input, "restApiId", parts[2]);
    json_set_text(call->input, stage ? "stageName" : "resourceArn", last);
    for (size_t i = 0; i < G_N_ELEMENTS(operations); i++) {
        if (operations[i].stage == stage && strcmp(operations[i].method, call->http->method) == 0)
            return &operations[i].operation;
    }
    return NULL;
}

const ApiService API_GATEWAY_SERVICE = {
    .name = "apigateway",
    .protocol = PROTOCOL_REST_JSON,
    .route = route,
};
