#include "tests/aws/wire/dispatch.h"
#include "tests/aws/cloudformation/cloudformation.h"
#include "tests/aws/services/services.h"
#include "tests/aws/wire/answer.h"
#include "tests/aws/wire/call_log.h"
#include "tests/aws/wire/control.h"
#include "tests/aws/wire/faults.h"
#include "tests/aws/wire/query_protocol.h"
#include <string.h>

static const ApiService *const SERVICES[] = {
    &CLOUDFORMATION_SERVICE, &S3_SERVICE,  &STS_SERVICE,       &SSM_SERVICE,        &LAMBDA_SERVICE,
    &CLOUD_CONTROL_SERVICE,  &SQS_SERVICE, &SQS_QUERY_SERVICE, &API_GATEWAY_SERVICE};

static bool is_form(const HttpRequest *request)
{
    const char *type = http_request_header(request, "content-type");

    return type != NULL && g_str_has_prefix(type, "application/x-www-form-urlencoded");
}

/* By the credential scope; where there is none, by what the request looks like, so that even that
 * error has the shape its reader expects. */
static const ApiService *service_of(const HttpRequest *request, const char *scope_service)
{
    const char *target = http_request_header(request, "x-amz-target");

    for (size_t i = 0; i < G_N_ELEMENTS(SERVICES); i++) {
        if (scope_service != NULL && strcmp(SERVICES[i]->name, scope_service) == 0)
            return SERVICES[i] == &SQS_SERVICE && is_form(request) ? &SQS_QUERY_SERVICE
                                                                   : SERVICES[i];
        if (scope_service == NULL && target != NULL && SERVICES[i]->target_prefix != NULL &&
            g_str_has_prefix(target, SERVICES[i]->target_prefix))
            return SERVICES[i];
    }
    if (scope_service != NULL)
        return NULL;
    return is_form(request) ? &CLOUDFORMATION_SERVICE : &S3_SERVICE;
}

static const ApiOperation *operation_of_query(const ApiService *service, ApiCall *call)
{
    const char *text = (const char *)call->http->body->data;
    g_autoptr(GPtrArray) pairs = text != NULL && call->http->body->len > 0
                                     ? query_pairs_parse(text, call->http->body->len, true)
                                     : g_ptr_array_ref(call->http->query);

    json_decref(call->input);
    call->input = query_input(pairs);
    call->action = api_text(call, "Action");
    if (call->action == NULL) {
        call->action = "";
        api_fail(call, 400, "MissingAction", "Missing Action");
        return NULL;
    }
    if (g_strcmp0(api_text(call, "Version"), service->version) != 0) {
        api_fail(call, 400, "InvalidAction", "Could not find operation %s for version %s",
                 call->action, api_text(call, "Version"));
        return NULL;
    }
    return api_operation_find(service->operations, call->action);
}

static const ApiOperation *operation_of_json(const ApiService *service, ApiCall *call)
{
    const char *target = http_request_header(call->http, "x-amz-target");
    size_t prefix = strlen(service->target_prefix);

    json_decref(call->input);
    call->input = json_loadb((const char *)call->http->body->data, call->http->body->len,
                             JSON_REJECT_DUPLICATES, NULL);
    call->action = target != NULL && strlen(target) > prefix ? target + prefix + 1 : "";
    if (!json_is_object(call->input)) {
        json_decref(call->input);
        call->input = json_object();
        api_fail(call, 400, "SerializationException", "The body is not a JSON object");
        return NULL;
    }
    return api_operation_find(service->operations, call->action);
}

static const ApiOperation *operation_of(const ApiService *service, ApiCall *call)
{
    const ApiOperation *operation = NULL;

    switch (service->protocol) {
    case PROTOCOL_QUERY:
        operation = operation_of_query(service, call);
        break;
    case PROTOCOL_JSON:
        operation = operation_of_json(service, call);
        break;
    case PROTOCOL_REST_JSON:
    case PROTOCOL_REST_XML:
        operation = service->route(call);
        if (operation != NULL)
            call->action = operation->name;
        break;
    }
    if (operation == NULL && call->error.status == 0)
        answer_unknown_action(service, call);
    return operation;
}

static void run_operation(const ApiService *service, const ApiOperation *operation, ApiCall *call)
{
    CallFault fault = faults_take_call(call->aws->faults, call);
    json_t *result = NULL;

    call->response->delay_ms = fault.delay_ms;
    call->response->drop = fault.drop || fault.drop_answer;
    if (fault.status != 0) {
        api_fail(call, fault.status, fault.code != NULL ? fault.code : "InternalFailure", "%s",
                 fault.message != NULL ? fault.message : "");
        answer_error(service, call);
    } else if (!fault.drop) {
        region_catch_up(call->region, call->now_ms);
        result = operation->handler(call);
        if (call->error.status != 0)
            answer_error(service, call);
        else
            answer_result(service, call, result);
        json_decref(result);
        region_catch_up(call->region, call->now_ms);
    }
    if (fault.truncate_bytes > 0 && fault.truncate_bytes < call->response->body->len)
        g_byte_array_set_size(call->response->body, (guint)fault.truncate_bytes);
}

static void answer_signed(Double *aws, ApiCall *call, const ApiService *service,
                          const SignatureCheck *check)
{
    const ApiOperation *operation = NULL;

    if (check->verdict != SIGNATURE_GOOD) {
        call->action = "";
        answer_signature(service, call, check);
        answer_error(service, call);
        return;
    }
    call->caller = check->credential;
    call->region = double_region(aws, check->credential->account, check->region);
    operation = operation_of(service, call);
    if (operation == NULL)
        answer_error(service, call);
    else
        run_operation(service, operation, call);
}

void dispatch(Double *aws, HttpRequest *request, HttpResponse *response)
{
    SignatureCheck check;
    const ApiService *service = NULL;
    ApiCall call = {0};

    pthread_mutex_lock(&aws->lock);
    if (g_str_has_prefix(request->path, "/_double/")) {
        control_answer(aws, request, response);
        pthread_mutex_unlock(&aws->lock);
        return;
    }
    call.aws = aws;
    call.http = request;
    call.response = response;
    call.now_ms = double_now_ms();
    call.request_id = double_uuid(aws);
    call.input = json_object();
    sigv4_check(aws, request, call.now_ms, &check);
    service = service_of(request, check.service);
    if (service == NULL) {
        response->status = 501;
        http_response_set_text(response, "text/plain",
                               "the double does not play the service of this credential scope\n");
    } else {
        call.service = service->name;
        if (check.trailers != NULL) {
            GHashTableIter iterator;
            void *name = NULL, *value = NULL;

            g_hash_table_iter_init(&iterator, check.trailers);
            while (g_hash_table_iter_next(&iterator, &name, &value))
                http_request_add_header(request, name, value);
        }
        answer_signed(aws, &call, service, &check);
        call_log_add(aws->calls, &call, response->status);
    }
    signature_check_clear(&check);
    json_decref(call.input);
    g_free(call.request_id);
    g_free(call.error.code);
    g_free(call.error.message);
    pthread_mutex_unlock(&aws->lock);
}
