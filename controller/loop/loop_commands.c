/* What people ask of the loop. */
#include "controller/loop/loop_parts.h"

#include <string.h>

static const char *const command_names[] = {
#define ROW(name, text) text,
    LOOP_COMMANDS(ROW)
#undef ROW
};

const char *loop_command_name(LoopCommand command)
{
    return command_names[command];
}

static ServiceUnit *find_service(Loop *loop, const char *name, GError **error)
{
    ServiceUnit *service;

    pthread_mutex_lock(&loop->lock);
    service = g_hash_table_lookup(loop->by_name, name);
    pthread_mutex_unlock(&loop->lock);
    if (!service)
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_NO_SERVICE, "no service '%s' is declared", name);
    return service;
}

char *loop_trouble(Loop *loop, const char *name)
{
    ServiceUnit *service = find_service(loop, name, NULL);
    char *trouble;

    if (!service)
        return NULL;
    pthread_mutex_lock(&service->lock);
    trouble = g_strdup(service->trouble);
    pthread_mutex_unlock(&service->lock);
    return trouble;
}

/* Its row, among those of `ret_rows` (transfer full), which may have none. */
static bool find_row(Loop *loop, const char *name, GPtrArray **ret_rows, const ServiceRow **ret,
                     GError **error)
{
    if (!store_services(loop->options.store, ret_rows, error))
        return false;
    *ret = NULL;
    for (guint i = 0; i < (*ret_rows)->len && !*ret; i++)
        if (!strcmp(((ServiceRow *)g_ptr_array_index(*ret_rows, i))->name, name))
            *ret = g_ptr_array_index(*ret_rows, i);
    return true;
}

/* What a person would want to hear at once instead of finding it in the log. */
static bool is_possible(Loop *loop, const ServiceUnit *service, LoopCommand command,
                        const char *argument, GError **error)
{
    g_autoptr(GPtrArray) rows = NULL;
    const ServiceRow *row = NULL;
    Deployment *before = NULL;
    bool possible = true;

    if (!find_row(loop, service->name, &rows, &row, error))
        return false;
    if (command == COMMAND_APPROVE &&
        !(row && row->held_digest && !g_strcmp0(row->state, "held"))) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "nothing of %s waits for approval",
                    service->name);
        return false;
    }
    if (command == COMMAND_ROLLBACK) {
        if (!store_find_deployment(loop->options.store, service->name, argument,
                                   argument ? NULL
                                   : row    ? row->revision
                                            : NULL,
                                   &before, error))
            return false;
        possible = before != NULL;
        if (!possible)
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED,
                        argument
                            ? "%s was never deployed at %s: driftless history %s lists what was"
                            : "no earlier revision of %s was deployed",
                        service->name, argument, service->name);
        deployment_free(before);
    }
    return possible;
}

bool loop_command(Loop *loop, const char *name, LoopCommand command, const char *argument,
                  GError **error)
{
    ServiceUnit *service = find_service(loop, name, error);

    if (!service || !is_possible(loop, service, command, argument, error))
        return false;
    pthread_mutex_lock(&service->lock);
    service->commands |= 1u << command;
    if (command == COMMAND_ROLLBACK) {
        g_free(service->rollback_to);
        service->rollback_to = g_strdup(argument);
    }
    pthread_mutex_unlock(&service->lock);
    queue_wake(service->queue, service->unit, queue_now());
    return true;
}

json_t *loop_plan(Loop *loop, const char *name, GError **error)
{
    ServiceUnit *service = find_service(loop, name, error);
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Desired) desired = NULL;
    g_autoptr(Build) build = NULL;
    g_autoptr(Plan) plan = NULL;
    g_autoptr(GPtrArray) rows = NULL;
    const ServiceRow *row = NULL;
    g_autofree char *commit = NULL, *text = NULL;

    if (!service || !find_row(loop, name, &rows, &row, error))
        return NULL;
    pthread_mutex_lock(&service->lock);
    commit = g_strdup(service->wanted_commit);
    pthread_mutex_unlock(&service->lock);
    if (!commit) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "no revision of %s is known yet", name);
        return NULL;
    }
    build = service_build_for_plan(service, commit, row ? row->deployment_nonce : 0, problems,
                                   &desired, error);
    if (!build)
        return error && *error ? NULL
                               : json_pack("{s:s, s:o}", "service", name, "problems",
                                           problems_to_json(problems));
    plan = apply_plan(session_client(loop->options.session, service->settings->account,
                                     service->settings->region),
                      desired, error);
    if (!plan)
        return NULL;
    text = plan_to_text(plan, service_secrets(build->service), false);
    return json_pack("{s:s, s:s, s:o, s:s}", "service", name, "revision", commit, "plan",
                     plan_to_json(plan, service_secrets(build->service)), "text", text);
}

json_t *loop_verify(Loop *loop, const char *name, GError **error)
{
    ServiceUnit *service = find_service(loop, name, error);
    g_autoptr(GPtrArray) rows = NULL;
    const ServiceRow *row = NULL;

    if (!service || !find_row(loop, name, &rows, &row, error))
        return NULL;
    if (!row || !row->revision) {
        g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "no revision of %s is known yet", name);
        return NULL;
    }
    return service_verify(service, row, error);
}
