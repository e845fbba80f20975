#include "reconcile/aws/query_call.h"
#include <string.h>

static bool call(AwsClient *client, AwsService service, const QueryForm *form, bool unsigned_call,
                 XmlDocument **ret, GError **error)
{
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) unreadable = NULL;
    XmlDocument *document;
    AwsRequest request = {
        .service = service,
        .action = query_form_action(form),
        .method = "POST",
        .path = "/",
        .headers = headers,
        .unsigned_call = unsigned_call,
        .max_answer_bytes = QUERY_ANSWER_MAX_BYTES,
    };

    http_headers_set(headers, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body = query_form_text(form, &request.body_size);
    if (!aws_send(client, &request, &response, error))
        return false;
    document = xml_parse(response.body->str, response.body->len, &unreadable);
    if (!document) {
        aws_answer_error(error, &response, unreadable->message);
        return false;
    }
    *ret = document;
    return true;
}

bool query_call(AwsClient *client, AwsService service, const QueryForm *form, XmlDocument **ret,
                GError **error)
{
    return call(client, service, form, false, ret, error);
}

bool query_call_unsigned(AwsClient *client, AwsService service, const QueryForm *form,
                         XmlDocument **ret, GError **error)
{
    return call(client, service, form, true, ret, error);
}

const XmlNode *query_result(const XmlDocument *answer)
{
    for (const XmlNode *at = xml_root(answer)->first_child; at; at = at->next) {
        if (g_str_has_suffix(at->name, "Result"))
            return at;
    }
    return NULL;
}
