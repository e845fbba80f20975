#include "tests/aws/wire/control.h"
#include "config/json_text.h"
#include "tests/aws/services/s3.h"
#include "tests/aws/services/services.h"
#include "tests/aws/wire/call_log.h"
#include "tests/aws/wire/faults.h"
#include <string.h>

static void answer_json(HttpResponse *response, json_t *value)
{
    g_autofree char *text = json_text(value, JSON_TEXT_INDENT);
    g_autofree char *line = g_strconcat(text, "\n", NULL);

    http_response_set_text(response, "application/json", line);
    json_decref(value);
}

static void answer_problem(HttpResponse *response, unsigned status, const char *message)
{
    json_t *body = json_object();

    response->status = status;
    json_set_text(body, "message", message);
    answer_json(response, body);
}

static void take_faults(Double *aws, const HttpRequest *request, HttpResponse *response)
{
    json_auto_t *list = json_loadb((const char *)request->body->data, request->body->len, 0, NULL);
    g_autoptr(GError) error = NULL;

    if (list == NULL)
        answer_problem(response, 400, "the body is not JSON");
    else if (!faults_add(aws->faults, list, &error))
        answer_problem(response, 400, error->message);
    else
        answer_json(response, faults_to_json(aws->faults));
}

void control_answer(Double *aws, const HttpRequest *request, HttpResponse *response)
{
    const char *what = request->path + strlen("/_double/");
    bool post = strcmp(request->method, "POST") == 0;

    if (strcmp(what, "calls") == 0 && !post) {
        answer_json(response,
                    call_log_to_json(aws->calls, http_request_query(request, "list") != NULL));
    } else if (strcmp(what, "reset") == 0 && post) {
        call_log_clear(aws->calls);
        faults_clear(aws->faults);
        if (http_request_query(request, "state") != NULL)
            double_clear(aws);
        answer_json(response, json_object());
    } else if (strcmp(what, "faults") == 0) {
        if (post)
            take_faults(aws, request, response);
        else
            answer_json(response, faults_to_json(aws->faults));
    } else if (strcmp(what, "age") == 0 && post) {
        const char *hours = http_request_query(request, "hours");

        s3_age(aws, hours != NULL ? (int64_t)g_ascii_strtoull(hours, NULL, 10) * 3600 * 1000 : 0);
        answer_json(response, json_object());
    } else if (g_str_has_prefix(what, "lambda-code/") && !post) {
        if (!lambda_code_answer(aws, what + strlen("lambda-code/"), response))
            answer_problem(response, 404, "no such code");
    } else {
        answer_problem(response, 404, "the double has calls, faults, age and reset here");
    }
}
