#include "controller/cli/declared.h"

#include "config/json_text.h"
#include "controller/cli/controller.h"
#include "controller/cli/stack_info.h"
#include "drift/finding.h"
#include "reconcile/aws/http_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API_TIMEOUT_MS 60000

/* The controller's address as a client on this machine reaches it. */
static char *base_url(const Settings *settings)
{
    const char *listen = settings->listen;
    const char *override = getenv("DRIFTLESS_URL");

    if (override && *override)
        return g_strdup(override);
    if (*listen == ':')
        return g_strdup_printf("http://127.0.0.1%s", listen);
    if (g_str_has_prefix(listen, "0.0.0.0:"))
        return g_strdup_printf("http://127.0.0.1%s", strchr(listen, ':'));
    return g_strdup_printf("http://%s", listen);
}

static void add_token(const Settings *settings, GPtrArray *headers)
{
    const ValueSetting *setting = settings->api_token;
    g_autofree char *text = NULL, *value = NULL;

    if (!setting)
        return;
    if (setting->source == VALUE_FILE) {
        if (!g_file_get_contents(setting->text, &text, NULL, NULL))
            return;
        g_strchomp(text);
    } else {
        text = g_strdup(setting->source == VALUE_ENV ? getenv(setting->text) : setting->text);
    }
    if (!text)
        return;
    value = g_strdup_printf("Bearer %s", text);
    http_headers_set(headers, "Authorization", value);
}

static json_t *parse_answer(const HttpResponse *response, const char *url)
{
    json_t *json = json_loadb(response->body->str, response->body->len, 0, NULL);
    const char *refused = json_string_value(json_object_get(json, "error"));

    if (response->status < 300 && json)
        return json;
    if (refused)
        fprintf(stderr, "driftless: %s\n", refused);
    else
        fprintf(stderr,
                "driftless: %s answered with status %u, and not as a Driftless controller does\n",
                url, response->status);
    json_decref(json);
    return NULL;
}

/* NULL with the reason told. */
static json_t *ask(const Arguments *arguments, const char *method, const char *path,
                   const char *body)
{
    g_autoptr(Settings) settings = settings_of(arguments);
    g_autoptr(HttpTransport) transport = NULL;
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *base = NULL, *url = NULL;

    if (!settings)
        return NULL;
    base = base_url(settings);
    url = g_strdup_printf("%s%s", base, path);
    add_token(settings, headers);
    transport = http_transport_curl_new(NULL);
    const HttpRequest request = {
        .method = method,
        .url = url,
        .headers = headers,
        .body = body,
        .body_size = body ? strlen(body) : 0,
        .timeout_ms = API_TIMEOUT_MS,
    };

    if (http_send(transport, &request, &response, &error))
        return parse_answer(&response, url);
    fprintf(stderr,
            "driftless: the controller at %s does not answer: %s\n  driftless run starts it\n",
            base, error->message);
    return NULL;
}

static char *service_path(const Arguments *arguments, const char *view)
{
    g_autofree char *name = g_uri_escape_string(arguments->operands[0], NULL, TRUE);

    return g_strdup_printf("/api/services/%s%s%s", name, *view ? "/" : "", view);
}

static bool has_one_operand(const Arguments *arguments, const char *verb)
{
    if (arguments->operands[0] && !arguments->operands[1])
        return true;
    fprintf(stderr, "driftless %s: name one service; driftless status lists them\n", verb);
    return false;
}

static ExitStatus print_json(json_t *json, ExitStatus status)
{
    g_autofree char *text = json_text(json, JSON_TEXT_INDENT);

    puts(text);
    json_decref(json);
    return status;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

ExitStatus declared_plan(const Arguments *arguments)
{
    g_autofree char *path = service_path(arguments, "plan");
    json_t *answer = ask(arguments, "GET", path, NULL), *plan;
    ExitStatus status;

    if (!answer)
        return EXIT_FAILED;
    plan = json_object_get(answer, "plan");
    status = !plan ? EXIT_USAGE
             : json_array_size(json_object_get(plan, "resources")) ||
                     json_array_size(json_object_get(plan, "sections"))
                 ? EXIT_CHANGES
                 : EXIT_DONE;
    if (arguments->json || !plan)
        return print_json(answer, status);
    printf("%s at %.7s\n%s", text_of(answer, "service"), text_of(answer, "revision"),
           status == EXIT_DONE ? "no changes\n" : text_of(answer, "text"));
    json_decref(answer);
    return status;
}

ExitStatus declared_info(const Arguments *arguments)
{
    g_autofree char *path = service_path(arguments, "info"), *text = NULL;
    json_t *answer = ask(arguments, "GET", path, NULL);

    if (!answer)
        return EXIT_FAILED;
    if (arguments->json)
        return print_json(answer, EXIT_DONE);
    text = stack_info_to_text(answer);
    fputs(text, stdout);
    json_decref(answer);
    return EXIT_DONE;
}

ExitStatus declared_drift(const Arguments *arguments)
{
    g_autofree char *path = service_path(arguments, ""), *text = NULL;
    json_t *answer = ask(arguments, "GET", path, NULL);
    g_autoptr(GPtrArray) findings = NULL;

    if (!answer)
        return EXIT_FAILED;
    findings = findings_from_json(json_object_get(answer, "findings"));
    if (arguments->json)
        return print_json(answer, findings_count(findings, true) ? EXIT_CHANGES : EXIT_DONE);
    text = findings_to_text(findings, NULL);
    printf("%s: %s: %s\n%s", text_of(answer, "name"), text_of(answer, "state"),
           text_of(answer, "message"), text);
    json_decref(answer);
    return findings_count(findings, true) ? EXIT_CHANGES : EXIT_DONE;
}

ExitStatus declared_command(const Arguments *arguments, const char *command, const char *argument)
{
    g_autofree char *path = NULL, *body = NULL;
    json_t *answer, *content;

    if (!has_one_operand(arguments, command))
        return EXIT_USAGE;
    path = service_path(arguments, command);
    if (argument) {
        content = json_pack("{s:s}", "to", argument);
        body = json_text(content, JSON_TEXT_COMPACT);
        json_decref(content);
    }
    answer = ask(arguments, "POST", path, body);
    if (!answer)
        return EXIT_FAILED;
    if (arguments->json)
        return print_json(answer, EXIT_DONE);
    printf("%s: %s asked for; driftless status %s shows how it goes\n", arguments->operands[0],
           command, arguments->operands[0]);
    json_decref(answer);
    return EXIT_DONE;
}

ExitStatus verb_approve(const Arguments *arguments)
{
    return declared_command(arguments, "approve", NULL);
}

ExitStatus verb_adopt(const Arguments *arguments)
{
    return declared_command(arguments, "adopt", NULL);
}

ExitStatus verb_suspend(const Arguments *arguments)
{
    return declared_command(arguments, "suspend", NULL);
}

ExitStatus verb_resume(const Arguments *arguments)
{
    return declared_command(arguments, "resume", NULL);
}

ExitStatus verb_rollback(const Arguments *arguments)
{
    return declared_command(arguments, "rollback", arguments->to);
}

static char *time_text(json_t *ms)
{
    g_autoptr(GDateTime) time =
        json_is_integer(ms) ? g_date_time_new_from_unix_local(json_integer_value(ms) / 1000) : NULL;

    return time ? g_date_time_format(time, "%F %T") : g_strdup("");
}

static bool is_asked_for(const Arguments *arguments, const char *name)
{
    return !arguments->operands[0] ||
           g_strv_contains((const char *const *)arguments->operands, name);
}

static ExitStatus print_status(const Arguments *arguments, json_t *services)
{
    json_t *service;
    size_t i;
    unsigned shown = 0;

    json_array_foreach(services, i, service)
    {
        g_autofree char *changed = time_text(json_object_get(service, "changedAt"));

        if (!is_asked_for(arguments, text_of(service, "name")))
            continue;
        if (!shown++)
            printf("%-24s %-11s %-8s %-20s %s\n", "service", "state", "revision", "since", "what");
        printf("%-24s %-11s %-8.7s %-20s %s\n", text_of(service, "name"), text_of(service, "state"),
               text_of(service, "revision"), changed, text_of(service, "message"));
    }
    if (shown)
        return EXIT_DONE;
    fputs(arguments->operands[0] ? "driftless status: no such service\n" : "no service yet\n",
          stderr);
    return arguments->operands[0] ? EXIT_FAILED : EXIT_DONE;
}

ExitStatus verb_status(const Arguments *arguments)
{
    json_t *answer = ask(arguments, "GET", "/api/services", NULL);
    ExitStatus status;

    if (!answer)
        return EXIT_FAILED;
    if (arguments->json)
        return print_json(answer, EXIT_DONE);
    status = print_status(arguments, json_object_get(answer, "services"));
    json_decref(answer);
    return status;
}

ExitStatus verb_history(const Arguments *arguments)
{
    g_autofree char *path = NULL;
    json_t *answer, *deployment;
    size_t i;

    if (!has_one_operand(arguments, "history"))
        return EXIT_USAGE;
    path = service_path(arguments, "history");
    answer = ask(arguments, "GET", path, NULL);
    if (!answer)
        return EXIT_FAILED;
    if (arguments->json)
        return print_json(answer, EXIT_DONE);
    printf("%-20s %-9s %-8s %-11s %s\n", "started", "intent", "revision", "outcome", "what");
    json_array_foreach(json_object_get(answer, "deployments"), i, deployment)
    {
        g_autofree char *started = time_text(json_object_get(deployment, "startedAt"));
        const char *outcome = text_of(deployment, "outcome");

        printf("%-20s %-9s %-8.7s %-11s %s\n", started, text_of(deployment, "intent"),
               text_of(deployment, "revision"), *outcome ? outcome : "under way",
               *text_of(deployment, "summary") ? text_of(deployment, "summary")
                                               : text_of(deployment, "message"));
    }
    json_decref(answer);
    return EXIT_DONE;
}
