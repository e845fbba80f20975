#include "controller/cli/declared.h"

#include "config/json_text.h"
#include "controller/cli/controller.h"
#include "controller/cli/failure.h"
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

static bool add_token(const Settings *settings, GPtrArray *headers, GError **error)
{
    const ValueSetting *setting = settings->api_token;
    g_autofree char *text = NULL, *value = NULL;

    if (!setting)
        return true;
    if (setting->source == VALUE_FILE) {
        if (!g_file_get_contents(setting->text, &text, NULL, error))
            return false;
        g_strchomp(text);
    } else {
        text = g_strdup(setting->source == VALUE_ENV ? getenv(setting->text) : setting->text);
    }
    if (!text) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s is not set", setting->text);
        return false;
    }
    value = g_strdup_printf("Bearer %s", text);
    http_headers_set(headers, "Authorization", value);
    return true;
}

static json_t *parse_answer(const Arguments *arguments, const HttpResponse *response,
                            const char *url)
{
    json_t *json = json_loadb(response->body->str, response->body->len, 0, NULL);
    const char *refused = json_string_value(json_object_get(json, "error"));

    if (response->status < 300 && json)
        return json;
    if (refused)
        failure_tell(arguments, NULL, NULL, "%s", refused);
    else
        failure_tell(arguments, NULL, NULL,
                     "%s answered with status %u, and not as a Driftless controller does", url,
                     response->status);
    json_decref(json);
    return NULL;
}

json_t *declared_ask(const Arguments *arguments, const char *method, const char *path,
                     const char *body, ExitStatus *ret_exit)
{
    g_autoptr(Settings) settings = settings_of(arguments);
    g_autoptr(HttpTransport) transport = NULL;
    g_autoptr(GPtrArray) headers = http_headers_new();
    g_auto(HttpResponse) response = {0};
    g_autoptr(GError) error = NULL;
    g_autofree char *base = NULL, *url = NULL;

    *ret_exit = EXIT_USAGE;
    if (!settings)
        return NULL;
    *ret_exit = EXIT_FAILED;
    base = base_url(settings);
    url = g_strdup_printf("%s%s", base, path);
    if (!add_token(settings, headers, &error)) {
        failure_tell(arguments, NULL, "it is named by apiToken in driftless.yml",
                     "the token for the controller at %s: %s", base, error->message);
        return NULL;
    }
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
        return parse_answer(arguments, &response, url);
    failure_tell(arguments, NULL, "driftless run starts it",
                 "the controller at %s does not answer: %s", base, error->message);
    return NULL;
}

char *declared_path(const Arguments *arguments, const char *view)
{
    g_autofree char *name = g_uri_escape_string(arguments->operands[0], NULL, TRUE);

    return g_strdup_printf("/api/services/%s%s%s", name, *view ? "/" : "", view);
}

bool declared_is_one(const Arguments *arguments, const char *verb)
{
    if (arguments->operands[0] && !arguments->operands[1])
        return true;
    failure_tell(arguments, verb, NULL, "name one service; driftless status lists them");
    return false;
}

ExitStatus declared_print_json(json_t *json, ExitStatus status)
{
    g_autofree char *text = json_text(json, JSON_TEXT_INDENT);

    puts(text);
    json_decref(json);
    return status;
}

const char *declared_text(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

char *declared_time(json_t *ms)
{
    g_autoptr(GDateTime) time =
        json_is_integer(ms) ? g_date_time_new_from_unix_local(json_integer_value(ms) / 1000) : NULL;

    return time ? g_date_time_format(time, "%F %T") : g_strdup("");
}

void declared_print_services(json_t *services)
{
    json_t *service;
    size_t i;

    if (!json_array_size(services)) {
        fputs("no service yet\n", stderr);
        return;
    }
    printf("%-24s %-11s %-8s %-20s %s\n", "service", "state", "revision", "since", "what");
    json_array_foreach(services, i, service)
    {
        g_autofree char *changed = declared_time(json_object_get(service, "changedAt"));

        printf("%-24s %-11s %-8.7s %-20s %s\n", declared_text(service, "name"),
               declared_text(service, "state"), declared_text(service, "revision"), changed,
               declared_text(service, "message"));
        if (*declared_text(service, "trouble"))
            printf("  newer commits are not seen: %s\n", declared_text(service, "trouble"));
    }
}

/* As problems_to_json gives them. */
static void print_problems(json_t *problems, FILE *to)
{
    json_t *problem;
    size_t i;

    json_array_foreach(problems, i, problem)
    {
        const char *hint = declared_text(problem, "hint");

        if (*declared_text(problem, "file"))
            fprintf(to, "%s:%d:%d: ", declared_text(problem, "file"),
                    (int)json_integer_value(json_object_get(problem, "line")),
                    (int)json_integer_value(json_object_get(problem, "column")));
        fprintf(to, "%s: %s\n%s%s%s", declared_text(problem, "severity"),
                declared_text(problem, "message"), *hint ? "  " : "", hint, *hint ? "\n" : "");
    }
}

ExitStatus declared_plan_status(json_t *answer)
{
    json_t *plan = json_object_get(answer, "plan");

    if (!plan)
        return EXIT_USAGE;
    return json_array_size(json_object_get(plan, "resources")) ||
                   json_array_size(json_object_get(plan, "sections"))
               ? EXIT_CHANGES
               : EXIT_DONE;
}

void declared_print_plan(json_t *answer, FILE *to)
{
    ExitStatus status = declared_plan_status(answer);

    if (status == EXIT_USAGE) {
        print_problems(json_object_get(answer, "problems"), to);
        return;
    }
    fprintf(to, "%s at %.7s\n%s", declared_text(answer, "service"),
            declared_text(answer, "revision"),
            status == EXIT_DONE ? "no changes\n" : declared_text(answer, "text"));
}

ExitStatus declared_command(const Arguments *arguments, const char *command, const char *argument)
{
    g_autofree char *path = NULL, *body = NULL;
    json_t *answer, *content;
    ExitStatus status;

    if (!declared_is_one(arguments, command))
        return EXIT_USAGE;
    path = declared_path(arguments, command);
    if (argument) {
        content = json_pack("{s:s}", "to", argument);
        body = json_text(content, JSON_TEXT_COMPACT);
        json_decref(content);
    }
    answer = declared_ask(arguments, "POST", path, body, &status);
    if (!answer)
        return status;
    if (arguments->json)
        return declared_print_json(answer, EXIT_DONE);
    printf("%s: %s asked for; driftless status %s shows how it goes\n", arguments->operands[0],
           command, arguments->operands[0]);
    json_decref(answer);
    return EXIT_DONE;
}
