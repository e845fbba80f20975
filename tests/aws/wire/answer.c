#include "tests/aws/wire/answer.h"
#include "config/json_text.h"
#include "tests/aws/wire/query_protocol.h"
#include <string.h>

static void answer_query(const ApiService *service, ApiCall *call, json_t *result)
{
    g_autoptr(GString) xml = g_string_new(NULL);

    g_string_append_printf(xml, "<%sResponse xmlns=\"%s\">", call->action, service->xml_namespace);
    if (json_is_object(result)) {
        g_string_append_printf(xml, "<%sResult>", call->action);
        xml_append_members(xml, result, service->flat_lists ? XML_LISTS_FLAT : XML_LISTS_WRAPPED);
        g_string_append_printf(xml, "</%sResult>", call->action);
    }
    g_string_append_printf(
        xml, "<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>",
        call->request_id, call->action);
    http_response_set_text(call->response, "text/xml", xml->str);
}

static void answer_json(const char *type, ApiCall *call, json_t *result)
{
    g_autofree char *text =
        json_is_object(result) ? json_text(result, JSON_TEXT_COMPACT) : g_strdup("{}");

    http_response_set_text(call->response, type, text);
}

static void answer_rest_xml(ApiCall *call, json_t *result)
{
    g_autoptr(GString) xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    const char *root = json_object_iter_key(json_object_iter(result));

    /* The one member is the root element. */
    g_string_append_printf(xml, "<%s xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">", root);
    if (json_is_string(json_object_get(result, root)))
        xml_append_text(xml, json_text_of(result, root));
    else
        xml_append_members(xml, json_object_get(result, root), XML_LISTS_FLAT);
    g_string_append_printf(xml, "</%s>", root);
    http_response_set_text(call->response, "application/xml", xml->str);
}

static void add_request_id(const ApiService *service, ApiCall *call)
{
    http_response_add_header(call->response,
                             service->protocol == PROTOCOL_REST_XML ? "x-amz-request-id"
                                                                    : "x-amzn-RequestId",
                             call->request_id);
}

void answer_result(const ApiService *service, ApiCall *call, json_t *result)
{
    add_request_id(service, call);
    if (call->done)
        return;
    switch (service->protocol) {
    case PROTOCOL_QUERY:
        answer_query(service, call, result);
        break;
    case PROTOCOL_JSON:
        answer_json(service->json_type, call, result);
        break;
    case PROTOCOL_REST_JSON:
        answer_json("application/json", call, result);
        break;
    case PROTOCOL_REST_XML:
        answer_rest_xml(call, result);
        break;
    }
}

static void error_query(const ApiService *service, ApiCall *call)
{
    g_autoptr(GString) xml = g_string_new(NULL);

    g_string_append_printf(xml, "<ErrorResponse xmlns=\"%s\"><Error><Type>%s</Type><Code>",
                           service->xml_namespace,
                           call->error.status < 500 ? "Sender" : "Receiver");
    xml_append_text(xml, call->error.code);
    g_string_append(xml, "</Code><Message>");
    xml_append_text(xml, call->error.message);
    g_string_append_printf(xml, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
                           call->request_id);
    http_response_set_text(call->response, "text/xml", xml->str);
}

static void error_json(const char *type, ApiCall *call, bool with_type)
{
    json_auto_t *body = json_object();
    g_autofree char *text = NULL;

    if (with_type)
        json_set_text(body, "__type", call->error.code);
    json_set_text(body, with_type ? "message" : "Message", call->error.message);
    if (!with_type)
        json_set_text(body, "Type", call->error.status < 500 ? "User" : "Service");
    text = json_text(body, JSON_TEXT_COMPACT);
    http_response_set_text(call->response, type, text);
}

static void error_rest_xml(ApiCall *call)
{
    g_autoptr(GString) xml =
        g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>");

    xml_append_text(xml, call->error.code);
    g_string_append(xml, "</Code><Message>");
    xml_append_text(xml, call->error.message);
    g_string_append(xml, "</Message><Resource>");
    xml_append_text(xml, call->http->path);
    g_string_append_printf(xml, "</Resource><RequestId>%s</RequestId></Error>", call->request_id);
    http_response_set_text(call->response, "application/xml", xml->str);
}

void answer_error(const ApiService *service, ApiCall *call)
{
    call->response->status = call->error.status;
    add_request_id(service, call);
    switch (service->protocol) {
    case PROTOCOL_QUERY:
        error_query(service, call);
        break;
    case PROTOCOL_JSON:
        error_json(service->json_type, call, true);
        break;
    case PROTOCOL_REST_JSON:
        http_response_add_header(call->response, "x-amzn-ErrorType", call->error.code);
        error_json("application/json", call, false);
        break;
    case PROTOCOL_REST_XML:
        error_rest_xml(call);
        break;
    }
}

/* What each protocol calls the same trouble: Query, S3, JSON. */
typedef struct {
    unsigned query_status;
    const char *query_code;
    const char *s3_code; /* always 403, but for an incomplete header */
    const char *json_code;
    const char *message;
} SignatureTrouble;

static SignatureTrouble trouble_of(const SignatureCheck *check)
{
    static const char wrong[] =
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details.";
    static const char token[] = "The security token included in the request is invalid.";

    switch (check->verdict) {
    case SIGNATURE_MISSING:
        return (SignatureTrouble){403, "MissingAuthenticationToken", "AccessDenied",
                                  "MissingAuthenticationTokenException",
                                  "Request is missing Authentication Token"};
    case SIGNATURE_INCOMPLETE:
        return (SignatureTrouble){400, "IncompleteSignature", "AuthorizationHeaderMalformed",
                                  "IncompleteSignatureException", check->message};
    case SIGNATURE_UNKNOWN_KEY:
    case SIGNATURE_BAD_TOKEN:
        return (SignatureTrouble){403, "InvalidClientTokenId",
                                  check->verdict == SIGNATURE_BAD_TOKEN ? "InvalidToken"
                                                                        : "InvalidAccessKeyId",
                                  "UnrecognizedClientException", token};
    case SIGNATURE_TOKEN_EXPIRED:
        return (SignatureTrouble){403, "ExpiredToken", "ExpiredToken", "ExpiredTokenException",
                                  "The security token included in the request is expired"};
    case SIGNATURE_EXPIRED:
        return (SignatureTrouble){403, "SignatureDoesNotMatch", "RequestTimeTooSkewed",
                                  "InvalidSignatureException", check->message};
    case SIGNATURE_BODY_DIFFERS:
        return (SignatureTrouble){403, "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch",
                                  "InvalidSignatureException", check->message};
    default:
        return (SignatureTrouble){403, "SignatureDoesNotMatch", "SignatureDoesNotMatch",
                                  "InvalidSignatureException", wrong};
    }
}

void answer_signature(const ApiService *service, ApiCall *call, const SignatureCheck *check)
{
    SignatureTrouble trouble = trouble_of(check);

    switch (service->protocol) {
    case PROTOCOL_QUERY:
        api_fail(call, trouble.query_status, trouble.query_code, "%s", trouble.message);
        break;
    case PROTOCOL_REST_XML:
        if (check->verdict == SIGNATURE_MISSING)
            api_fail(call, 403, "AccessDenied", "Access Denied");
        else if (check->verdict == SIGNATURE_UNKNOWN_KEY)
            api_fail(call, 403, trouble.s3_code,
                     "The AWS Access Key Id you provided does not exist in our records.");
        else if (check->verdict == SIGNATURE_EXPIRED)
            api_fail(call, 403, trouble.s3_code,
                     "The difference between the request time and the current time is too large.");
        else
            api_fail(call,
                     check->verdict == SIGNATURE_INCOMPLETE ||
                             check->verdict == SIGNATURE_BODY_DIFFERS
                         ? 400
                         : 403,
                     trouble.s3_code, "%s", trouble.message);
        break;
    case PROTOCOL_REST_JSON:
        api_fail(call, 403, trouble.json_code, "%s", trouble.message);
        break;
    case PROTOCOL_JSON:
        api_fail(call, 400, trouble.json_code, "%s", trouble.message);
        break;
    }
}

void answer_unknown_action(const ApiService *service, ApiCall *call)
{
    switch (service->protocol) {
    case PROTOCOL_QUERY:
        api_fail(call, 400, "InvalidAction", "Could not find operation %s for version %s",
                 call->action, service->version);
        break;
    case PROTOCOL_JSON:
        api_fail(call, 400, "UnknownOperationException", "The operation %s is not known",
                 call->action);
        break;
    case PROTOCOL_REST_JSON:
        api_fail(call, 404, "UnknownOperationException", "%s %s is no operation of %s",
                 call->http->method, call->http->path, service->name);
        break;
    case PROTOCOL_REST_XML:
        api_fail(call, 405, "MethodNotAllowed",
                 "The specified method is not allowed against this resource.");
        break;
    }
}
