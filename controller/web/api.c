#include "controller/web/api.h"

#include "config/json_text.h"
#include "config/problem.h"
#include "controller/cli/stack_info.h"
#include "controller/web/page.h"

#include <string.h>

#define HISTORY_LIMIT 100
#define JSON_TYPE "application/json; charset=utf-8"

static void answer_text(ApiAnswer *ret, unsigned status, const char *type, char *text)
{
    *ret =
        (ApiAnswer){.status = status, .content_type = type, .text = text, .length = strlen(text)};
}

/* `json` is stolen. */
static void answer_json(ApiAnswer *ret, unsigned status, json_t *json)
{
    GString *text = g_string_new(NULL);

    json_text_append(text, json, JSON_TEXT_INDENT);
    g_string_append_c(text, '\n');
    json_decref(json);
    *ret = (ApiAnswer){.status = status, .content_type = JSON_TYPE, .length = text->len};
    ret->text = g_string_free(text, FALSE);
}

void api_refuse(ApiAnswer *ret, unsigned status, const char *message)
{
    g_autofree char *valid = g_utf8_make_valid(message, -1);

    answer_json(ret, status, json_pack("{s:s}", "error", valid));
}

bool api_changes_something(const ApiRequest *request)
{
    return strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0;
}

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *time_or_null(int64_t ms)
{
    return ms ? json_integer(ms) : json_null();
}

static json_t *service_to_json(const WebOptions *options, const ServiceRow *row, bool with_details)
{
    const ServiceSettings *settings = settings_service(options->settings, row->name);
    json_t *json = json_object();

    json_object_set_new(json, "name", json_string(row->name));
    json_object_set_new(json, "state", json_string(row->state ? row->state : "waiting"));
    json_object_set_new(json, "message", text_or_null(row->message));
    json_object_set_new(json, "revision", text_or_null(row->revision));
    json_object_set_new(json, "author", text_or_null(row->author));
    json_object_set_new(json, "summary", text_or_null(row->summary));
    json_object_set_new(json, "stack", text_or_null(row->stack_name));
    json_object_set_new(json, "region", text_or_null(row->region));
    json_object_set_new(json, "account", text_or_null(row->account));
    json_object_set_new(json, "repository",
                        text_or_null(settings ? settings->repository->name : NULL));
    g_autofree char *trouble = options->loop ? loop_trouble(options->loop, row->name) : NULL;
    json_object_set_new(json, "trouble", text_or_null(trouble));
    json_object_set_new(json, "pinnedRevision", text_or_null(row->pinned_revision));
    json_object_set_new(json, "waitsForApproval",
                        json_boolean(row->held_digest && !g_strcmp0(row->state, "held")));
    json_object_set_new(json, "suspended", json_boolean(row->suspended));
    json_object_set_new(json, "changedAt", time_or_null(row->changed_ms));
    json_object_set_new(json, "deployedAt", time_or_null(row->deployed_ms));
    json_object_set_new(json, "driftCheckedAt", time_or_null(row->drift_checked_ms));
    json_object_set_new(json, "findings",
                        row->findings ? json_incref(row->findings) : json_array());
    if (with_details)
        json_object_set_new(json, "details", text_or_null(row->details));
    return json;
}

json_t *web_services(const WebOptions *options, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;
    json_t *list;

    if (!store_services(options->store, &rows, error))
        return NULL;
    list = json_array();
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(list, service_to_json(options, g_ptr_array_index(rows, i), false));
    return json_pack("{s:o}", "services", list);
}

static void list_services(const WebOptions *options, ApiAnswer *ret)
{
    g_autoptr(GError) error = NULL;
    json_t *services = web_services(options, &error);

    if (services)
        answer_json(ret, 200, services);
    else
        api_refuse(ret, 500, error->message);
}

/* By its name, else by its stack's. */
static void refuse_name(const GPtrArray *rows, const char *name, ApiAnswer *ret)
{
    g_autofree const char **names = g_new0(const char *, rows->len + 1);
    g_autofree char *asked = g_utf8_make_valid(name ? name : "", -1), *message = NULL;
    const char *near;

    for (guint i = 0; i < rows->len; i++)
        names[i] = ((const ServiceRow *)g_ptr_array_index(rows, i))->name;
    near = nearest_word(asked, names);
    message = g_strdup_printf("no service is called \"%s\"%s%s%s", asked,
                              near ? ": did you mean \"" : "; driftless status lists them",
                              near ? near : "", near ? "\"?" : "");
    api_refuse(ret, 404, message);
}

static const ServiceRow *find_row(const GPtrArray *rows, const char *name)
{
    const ServiceRow *of_stack = NULL;

    for (guint i = 0; i < rows->len; i++) {
        const ServiceRow *row = g_ptr_array_index(rows, i);

        if (!strcmp(row->name, name))
            return row;
        if (!g_strcmp0(row->stack_name, name))
            of_stack = row;
    }
    return of_stack;
}

static void show_service(const WebOptions *options, const ServiceRow *row, ApiAnswer *ret)
{
    answer_json(ret, 200, service_to_json(options, row, true));
}

static json_t *deployment_to_json(const Deployment *deployment)
{
    json_t *json = json_object();

    json_object_set_new(json, "revision", text_or_null(deployment->revision));
    json_object_set_new(json, "author", text_or_null(deployment->author));
    json_object_set_new(json, "summary", text_or_null(deployment->summary));
    json_object_set_new(json, "intent", text_or_null(deployment->intent));
    json_object_set_new(json, "outcome", text_or_null(deployment->outcome));
    json_object_set_new(json, "message", text_or_null(deployment->message));
    json_object_set_new(json, "startedAt", time_or_null(deployment->started_ms));
    json_object_set_new(json, "finishedAt", time_or_null(deployment->finished_ms));
    return json;
}

static void show_history(const WebOptions *options, const ServiceRow *row, ApiAnswer *ret)
{
    g_autoptr(GPtrArray) rows = NULL;
    g_autoptr(GError) error = NULL;
    json_t *list = json_array();

    if (!store_deployments(options->store, row->name, HISTORY_LIMIT, &rows, &error)) {
        json_decref(list);
        api_refuse(ret, 500, error->message);
        return;
    }
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(list, deployment_to_json(g_ptr_array_index(rows, i)));
    answer_json(ret, 200, json_pack("{s:s, s:o}", "service", row->name, "deployments", list));
}

static void show_plan(const WebOptions *options, const ServiceRow *row, ApiAnswer *ret)
{
    g_autoptr(GError) error = NULL;
    json_t *plan = loop_plan(options->loop, row->name, &error);

    if (plan)
        answer_json(ret, 200, plan);
    else
        api_refuse(ret, g_error_matches(error, LOOP_ERROR, LOOP_ERROR_NO_SERVICE) ? 404 : 502,
                   error->message);
}

static void show_verification(const WebOptions *options, const ServiceRow *row, ApiAnswer *ret)
{
    g_autoptr(GError) error = NULL;
    json_t *verification = loop_verify(options->loop, row->name, &error);

    if (verification)
        answer_json(ret, 200, verification);
    else
        api_refuse(ret, g_error_matches(error, LOOP_ERROR, LOOP_ERROR_NO_SERVICE) ? 404 : 502,
                   error->message);
}

static const AccountSettings *account_of(const WebOptions *options, const ServiceRow *row)
{
    const GPtrArray *accounts = options->settings->accounts;

    for (guint i = 0; row->account && i < accounts->len; i++) {
        const AccountSettings *account = g_ptr_array_index(accounts, i);

        if (!strcmp(account->name, row->account))
            return account;
    }
    return NULL;
}

static void show_info(const WebOptions *options, const ServiceRow *row, ApiAnswer *ret)
{
    g_autoptr(GError) error = NULL;
    json_t *info = NULL;

    if (!row->stack_name || !row->region) {
        api_refuse(ret, 404, "this service has no stack yet");
        return;
    }
    if (!stack_info_read(session_client(options->session, account_of(options, row), row->region),
                         row->stack_name, &info, &error))
        api_refuse(ret, 502, error->message);
    else if (!info)
        api_refuse(ret, 404, "its stack does not exist");
    else
        answer_json(ret, 200, info);
}

static void run_command(const WebOptions *options, const ServiceRow *row, const char *command,
                        const ApiRequest *request, ApiAnswer *ret)
{
    json_t *body =
        request->body_size ? json_loadb(request->body, request->body_size, 0, NULL) : NULL;
    g_autofree char *argument = g_strdup(json_string_value(json_object_get(body, "to")));
    g_autoptr(GError) error = NULL;

    json_decref(body);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(loop_command_name((LoopCommand)i), command) != 0)
            continue;
        if (loop_command(options->loop, row->name, (LoopCommand)i, argument, &error))
            answer_json(ret, 202,
                        json_pack("{s:s, s:s}", "service", row->name, "accepted", command));
        else
            api_refuse(ret, g_error_matches(error, LOOP_ERROR, LOOP_ERROR_NO_SERVICE) ? 404 : 409,
                       error->message);
        return;
    }
    api_refuse(ret, 404, "no such command");
}

static void answer_service(const WebOptions *options, const ApiRequest *request, const char *rest,
                           ApiAnswer *ret)
{
    static const struct {
        const char *name;
        void (*show)(const WebOptions *options, const ServiceRow *row, ApiAnswer *ret);
    } views[] = {{"", show_service},
                 {"history", show_history},
                 {"plan", show_plan},
                 {"info", show_info},
                 {"verify", show_verification}};
    g_auto(GStrv) parts = g_strsplit(rest, "/", 3);
    const char *view = parts[0] && parts[1] ? parts[1] : "";
    g_autoptr(GPtrArray) rows = NULL;
    g_autoptr(GError) error = NULL;
    const ServiceRow *row;

    if (!store_services(options->store, &rows, &error)) {
        api_refuse(ret, 500, error->message);
        return;
    }
    row = parts[0] ? find_row(rows, parts[0]) : NULL;
    if (!row) {
        refuse_name(rows, parts[0], ret);
        return;
    }
    if (g_strv_length(parts) > 2) {
        api_refuse(ret, 404, "no such view of a service");
        return;
    }
    if (!strcmp(request->method, "POST")) {
        run_command(options, row, view, request, ret);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(views); i++)
        if (!strcmp(views[i].name, view)) {
            views[i].show(options, row, ret);
            return;
        }
    api_refuse(ret, 404, "no such view of a service");
}

void api_answer(const WebOptions *options, const ApiRequest *request, ApiAnswer *ret)
{
    const char *path = request->path;
    bool posts = !strcmp(request->method, "POST");

    if (api_changes_something(request) && !posts)
        api_refuse(ret, 405, "only GET and POST are answered");
    else if (g_str_has_prefix(path, "/api/services/"))
        answer_service(options, request, path + strlen("/api/services/"), ret);
    else if (posts && !strcmp(path, "/api/poll")) {
        loop_poll(options->loop, NULL);
        answer_json(ret, 202, json_pack("{s:s}", "accepted", "poll"));
    } else if (posts)
        api_refuse(ret, 404, "nothing here takes POST");
    else if (!strcmp(path, "/api/services"))
        list_services(options, ret);
    else if (!strcmp(path, "/healthz"))
        answer_text(ret, 200, "text/plain", g_strdup("ok\n"));
    else if (!strcmp(path, "/readyz")) {
        bool ready = loop_is_ready(options->loop);

        answer_text(ret, ready ? 200 : 503, "text/plain",
                    g_strdup(ready ? "ready\n" : "repositories are being fetched\n"));
    } else if (!strcmp(path, "/metrics"))
        answer_text(ret, 200, "text/plain; version=0.0.4; charset=utf-8",
                    metrics_to_text(options->metrics));
    else if (!strcmp(path, "/"))
        answer_text(ret, 200, "text/html; charset=utf-8",
                    g_strndup((const char *)page_html, page_html_size));
    else
        api_refuse(ret, 404, "no such page");
}
