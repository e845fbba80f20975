/* A stack stepped to an outcome against a program that plays AWS: MiniStack, or the double. What
 * the record says is what a store would have kept: with `forgetful` it is read back from JSON
 * before every step, as after a kill -9. */
#pragma once
#include "config/document.h"
#include "reconcile/apply/apply.h"
#include "reconcile/aws/api_gateway.h"
#include "tests/reconcile/aws/peer.h"
#include <string.h>

#define STEPPING_DEADLINE_MS 60000

typedef struct {
    pid_t pid; /* of the double; 0: MiniStack */
    int output;
    MiniStack ministack;
    char *url;
    HttpTransport *transport;
    CredentialsProvider *credentials;
    AwsClient *client;
    Record *record;
    json_t *kept; /* the record as last saved */
    bool forgetful, ask_always;
    GString *events; /* "change set created;executed;…" */
} Stepping;

static inline bool stepping_save(const Record *record, void *data, GError **error)
{
    Stepping *stepping = data;

    (void)error;
    json_decref(stepping->kept);
    stepping->kept = record_to_json(record);
    return true;
}

static inline void stepping_report(const ApplyEvent *event, void *data)
{
    g_string_append_printf(((Stepping *)data)->events, "%s;", event->what);
}

static inline void stepping_connect(Stepping *stepping, const char *region)
{
    g_autoptr(Credentials) keys = credentials_new("test", "test", NULL, 0);
    const AwsEndpoints endpoints = {.all = stepping->url};

    stepping->transport = http_transport_curl_new(NULL);
    stepping->credentials = credentials_static_new(keys);
    AwsClientOptions options = {.transport = stepping->transport,
                                .credentials = stepping->credentials,
                                .region = region,
                                .endpoints = &endpoints};
    stepping->client = aws_client_new(&options);
    stepping->record = record_new("orders-dev");
    stepping->events = g_string_new(NULL);
}

static inline void stepping_start_ministack(Stepping *stepping)
{
    *stepping = (Stepping){0};
    ministack_start(&stepping->ministack);
    stepping->url = g_strdup(stepping->ministack.url);
    stepping_connect(stepping, "us-east-1");
}

/* `option` (may be NULL) is one more of the double's. */
static inline void stepping_start_double(Stepping *stepping, const char *option)
{
    int pipes[2];
    char line[100] = {0};
    unsigned port;

    *stepping = (Stepping){0};
    if (!g_file_test(BUILD_DIR "/aws-double", G_FILE_TEST_IS_EXECUTABLE)) {
        cr_assert_str_neq(g_getenv("CI") ? g_getenv("CI") : "", "true", "aws-double is not built");
        cr_skip("aws-double is not built");
    }
    cr_assert_eq(pipe(pipes), 0);
    stepping->pid = fork();
    if (stepping->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        dup2(pipes[1], STDOUT_FILENO);
        execl(BUILD_DIR "/aws-double", "aws-double", "--port", "0", option, (char *)NULL);
        _exit(127);
    }
    close(pipes[1]);
    stepping->output = pipes[0];
    cr_assert_gt(read(pipes[0], line, sizeof line - 1), 0);
    cr_assert_eq(sscanf(line, "listening 127.0.0.1:%u", &port), 1, "%s", line);
    stepping->url = g_strdup_printf("http://127.0.0.1:%u", port);
    stepping_connect(stepping, "us-east-1");
}

static inline void stepping_stop(Stepping *stepping)
{
    aws_client_free(stepping->client);
    credentials_provider_unref(stepping->credentials);
    http_transport_free(stepping->transport);
    record_free(stepping->record);
    json_decref(stepping->kept);
    g_string_free(stepping->events, TRUE);
    g_free(stepping->url);
    if (stepping->pid == 0) {
        ministack_stop(&stepping->ministack);
        return;
    }
    kill(stepping->pid, SIGKILL);
    waitpid(stepping->pid, NULL, 0);
    close(stepping->output);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Stepping, stepping_stop)

/* A fault of the double, as its README writes them, with ' for ". */
static inline void stepping_fault(Stepping *stepping, const char *faults)
{
    g_autofree char *url = g_strconcat(stepping->url, "/_double/faults", NULL);
    g_autofree char *body = g_strdelimit(g_strdup(faults), "'", '"');
    g_auto(HttpResponse) response = {0};
    const HttpRequest request = {
        .method = "POST", .url = url, .body = body, .body_size = strlen(body)};

    cr_assert(http_send(stepping->transport, &request, &response, NULL));
    cr_assert_eq(response.status, 200, "%s", response.body->str);
}

/* How many calls the double has had: "/total", or "/counts/apigateway:GetStage". */
static inline unsigned stepping_calls(Stepping *stepping, const char *which)
{
    g_autofree char *url = g_strconcat(stepping->url, "/_double/calls", NULL);
    g_auto(HttpResponse) response = {0};
    const HttpRequest request = {.method = "GET", .url = url};
    json_t *calls;
    unsigned found;

    cr_assert(http_send(stepping->transport, &request, &response, NULL));
    calls = json_loadb(response.body->str, response.body->len, 0, NULL);
    found = (unsigned)json_integer_value(pointer_get(calls, which));
    json_decref(calls);
    return found;
}

static inline int64_t stepping_now_ms(void)
{
    return g_get_real_time() / 1000;
}

/* The time jumps over what a step asks to wait when that is more than a second: retries are minutes
 * apart. */
static inline ApplyContext stepping_context(Stepping *stepping, int64_t skipped_ms,
                                            const char *approved)
{
    return (ApplyContext){.client = stepping->client,
                          .approve = stepping->ask_always ? APPROVE_ALWAYS : APPROVE_REPLACEMENTS,
                          .approved_digest = approved,
                          .owner = "orders",
                          .now_ms = stepping_now_ms() + skipped_ms,
                          .save = stepping_save,
                          .report = stepping_report,
                          .data = stepping};
}

static inline void stepping_forget(Stepping *stepping)
{
    if (!stepping->forgetful || !stepping->kept)
        return;
    record_free(stepping->record);
    stepping->record = record_from_json(stepping->kept);
}

/* Steps until an outcome. `result` starts as {0}. */
static inline StepOutcome stepping_run(Stepping *stepping, const Desired *desired, Intent intent,
                                       const char *approved, StepResult *result)
{
    int64_t deadline = stepping_now_ms() + STEPPING_DEADLINE_MS, skipped = 0;
    g_autoptr(GError) error = NULL;

    do {
        cr_assert_lt(stepping_now_ms(), deadline, "%s", result->what);
        skipped += result->again_ms > 1000 ? result->again_ms : 0;
        g_usleep(MIN(result->again_ms, 500) * 1000);
        stepping_forget(stepping);
        ApplyContext context = stepping_context(stepping, skipped, approved);
        cr_assert(apply_step(&context, desired, stepping->record, intent, result, &error), "%s",
                  error ? error->message : "");
    } while (result->outcome == STEP_AGAIN);
    return result->outcome;
}

static inline void stepping_deploy(Stepping *stepping, const Desired *desired, bool changed)
{
    g_auto(StepResult) result = {0};

    cr_assert_eq(stepping_run(stepping, desired, INTENT_DEPLOY, NULL, &result), STEP_DONE, "%s",
                 result.what);
    cr_expect_eq(result.changed, changed);
}

/* A request for a stack "orders-dev" of these resources ("'Id':{…},…" with ' for ") and with these
 * settings of its REST API's stage ("{…}", or NULL). */
static inline Desired *stepping_desired_with_stage(const char *resources, const char *stage,
                                                   const char *bucket)
{
    g_autofree char *text = g_strdup_printf("{'Resources':{%s}}", resources);
    json_error_t failure;
    json_t *template = json_loads(g_strdelimit(text, "'", '"'), 0, &failure);
    json_t *settings = json_pack("{s:s}", "StackName", "orders-dev");
    g_autofree char *stage_text = g_strdup(stage);

    if (stage)
        json_object_set_new(settings, "RestApiStage",
                            json_loads(g_strdelimit(stage_text, "'", '"'), 0, NULL));
    cr_assert(template, "%s", failure.text);
    Desired *desired = desired_new(template, settings, NULL, "orders", bucket, NULL);
    cr_assert(desired);
    json_decref(template);
    json_decref(settings);
    return desired;
}

static inline Desired *stepping_desired(const char *resources, const char *bucket)
{
    return stepping_desired_with_stage(resources, NULL, bucket);
}

/* A REST API whose deployment makes stage "dev". */
#define STEPPING_REST_API                                                                          \
    "'Api':{'Type':'AWS::ApiGateway::RestApi','Properties':{'Name':'orders'}},"                    \
    "'Get':{'Type':'AWS::ApiGateway::Method','Properties':{'RestApiId':{'Ref':'Api'},'ResourceId'" \
    ":"                                                                                            \
    "{'Fn::GetAtt':['Api','RootResourceId']},'HttpMethod':'GET','AuthorizationType':'NONE',"       \
    "'Integration':{'Type':'MOCK'}}},"                                                             \
    "'Deployment1':{'Type':'AWS::ApiGateway::Deployment','DependsOn':['Get'],'Properties':{"       \
    "'RestApiId':{'Ref':'Api'},'StageName':'dev'}}"

/* The stage as API Gateway tells it; to be released. */
static inline json_t *stepping_stage(Stepping *stepping)
{
    g_autoptr(CloudFormationResource) api = NULL;
    g_autoptr(GError) error = NULL;
    json_t *stage = NULL;

    cr_assert(cloud_formation_describe_stack_resource(stepping->client, "orders-dev", "Api", &api,
                                                      &error),
              "%s", error ? error->message : "");
    cr_assert(api);
    cr_assert(api_gateway_get_stage(stepping->client, api->physical_id, "dev", &stage, &error),
              "%s", error ? error->message : "");
    cr_assert(stage);
    return stage;
}

static inline void stepping_expect(json_t *value, const char *pointer, const char *wanted)
{
    char *text = json_dumps(pointer_get(value, pointer), JSON_ENCODE_ANY | JSON_COMPACT);

    cr_expect_str_eq(text ? text : "", wanted, "%s is %s", pointer, text);
    free(text);
}
