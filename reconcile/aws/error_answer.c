#include "reconcile/aws/error_answer.h"
#include "reconcile/aws/xml.h"
#include <string.h>

#define MESSAGE_MAX_BYTES 2000
#define SNIPPET_MAX_BYTES 120

void error_answer_clear(ErrorAnswer *answer)
{
    g_free(answer->code);
    g_free(answer->message);
    g_free(answer->request_id);
    *answer = (ErrorAnswer){0};
}

const char *error_answer_request_id(const HttpResponse *response)
{
    const char *names[] = {"x-amzn-RequestId", "x-amz-request-id", "x-amzn-request-id"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *id = http_headers_get(response->headers, names[i]);
        if (id && *id)
            return id;
    }
    return NULL;
}

/* One line, valid UTF-8, no control characters, not too long: it ends in logs and on terminals. */
static char *one_line(const char *text, size_t size, size_t max)
{
    g_autofree char *valid = g_utf8_make_valid(text, (gssize)MIN(size, max));
    GString *line = g_string_new(NULL);

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool blank = g_unichar_isspace(c) || g_unichar_iscntrl(c);

        if (!blank)
            g_string_append_unichar(line, c);
        else if (line->len && line->str[line->len - 1] != ' ')
            g_string_append_c(line, ' ');
    }
    if (size > max)
        g_string_append(line, "…");
    return g_strchomp(g_string_free(line, FALSE));
}

static char *line_of(const char *text)
{
    return text && *text ? one_line(text, strlen(text), MESSAGE_MAX_BYTES) : NULL;
}

static bool read_xml(const HttpResponse *response, ErrorAnswer *ret)
{
    g_autoptr(XmlDocument) document = xml_parse(response->body->str, response->body->len, NULL);
    const XmlNode *root, *error;
    const char *code;

    if (!document)
        return false;
    root = xml_root(document);
    error = xml_find(root, "Error");
    if (!error)
        error = xml_find(root, "Errors/Error");
    if (!error)
        error = root;
    code = xml_text(error, "Code");
    if (!code || !*code)
        return false;
    ret->code = line_of(code);
    ret->message = line_of(xml_text(error, "Message"));
    ret->request_id = line_of(xml_text(root, "RequestId"));
    if (!ret->request_id)
        ret->request_id = line_of(xml_text(root, "RequestID"));
    return true;
}

/* "com.amazonaws.ssm#ParameterNotFound", "ParameterNotFound:http://…" */
static char *bare_code(const char *text)
{
    const char *hash = strrchr(text, '#');
    g_autofree char *bare = g_strndup(hash ? hash + 1 : text, strcspn(hash ? hash + 1 : text, ":"));

    return line_of(bare);
}

static bool read_json(const HttpResponse *response, ErrorAnswer *ret)
{
    json_t *root = json_loadb(response->body->str, response->body->len, JSON_ALLOW_NUL, NULL);
    const char *code = http_headers_get(response->headers, "x-amzn-ErrorType");
    const char *message = NULL;

    if (!code)
        code = json_string_value(json_object_get(root, "__type"));
    if (!code)
        code = json_string_value(json_object_get(root, "code"));
    if (!code)
        code = json_string_value(json_object_get(root, "Code"));
    message = json_string_value(json_object_get(root, "message"));
    if (!message)
        message = json_string_value(json_object_get(root, "Message"));
    if (code && *code) {
        ret->code = bare_code(code);
        ret->message = line_of(message);
    }
    json_decref(root);
    return ret->code != NULL;
}

static const char *code_of_status(unsigned status)
{
    static const struct {
        unsigned status;
        const char *code;
    } rows[] = {
        {301, "PermanentRedirect"}, {304, "NotModified"},        {307, "TemporaryRedirect"},
        {400, "BadRequest"},        {401, "Unauthorized"},       {403, "Forbidden"},
        {404, "NotFound"},          {409, "Conflict"},           {412, "PreconditionFailed"},
        {413, "TooLarge"},          {429, "TooManyRequests"},    {500, "InternalServerError"},
        {502, "BadGateway"},        {503, "ServiceUnavailable"}, {504, "GatewayTimeout"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        if (rows[i].status == status)
            return rows[i].code;
    }
    return "UnexpectedStatus";
}

static void read_status(const HttpResponse *response, ErrorAnswer *ret)
{
    const char *type = http_headers_get(response->headers, "Content-Type");
    g_autofree char *snippet =
        one_line(response->body->str, response->body->len, SNIPPET_MAX_BYTES);

    ret->code = g_strdup(code_of_status(response->status));
    if (*snippet)
        ret->message = g_strdup_printf("HTTP %u with %s instead of an AWS error: %s",
                                       response->status, type ? type : "an unnamed type", snippet);
    else
        ret->message = g_strdup_printf("HTTP %u without a body", response->status);
}

void error_answer_read(const HttpResponse *response, ErrorAnswer *ret)
{
    const char *start = response->body->str;

    *ret = (ErrorAnswer){0};
    while (g_ascii_isspace(*start))
        start++;
    ret->named = *start == '<' ? read_xml(response, ret) : read_json(response, ret);
    if (!ret->named)
        read_status(response, ret);
    if (!ret->request_id)
        ret->request_id = line_of(error_answer_request_id(response));
}
