/* What runs against what the revision gives. Reads git and AWS in the caller's thread, and touches
 * nothing of the service. */
#include "controller/loop/repository_unit.h"
#include "controller/loop/service_unit.h"

#include "controller/build/verification.h"

json_t *service_verify(ServiceUnit *service, const ServiceRow *stored, GError **error)
{
    const char *commit = stored->revision;
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Repository) mirror = NULL;
    g_autoptr(SourceTree) tree = NULL;
    g_autoptr(Desired) desired = NULL;
    g_autoptr(Build) build = NULL;
    g_autoptr(GPtrArray) functions = NULL;
    json_t *answer;

    build = service_build_for_plan(service, commit, stored->deployment_nonce, problems, &desired,
                                   error);
    if (!build) {
        if (error && !*error)
            g_set_error(error, LOOP_ERROR, LOOP_ERROR_REFUSED, "revision %s does not compile",
                        commit);
        return NULL;
    }
    mirror = repository_open(repository_unit_mirror(service->repository), error);
    tree = mirror ? repository_tree(mirror, commit, error) : NULL;
    if (!tree)
        return NULL;
    const VerificationRequest request = {
        .client = session_client(service->options->session, service->settings->account,
                                 service->settings->region),
        .stack_name = desired->stack_name,
        .build = build,
        .tree = tree,
    };

    functions = verification_run(&request, error);
    if (!functions)
        return NULL;
    answer = verification_to_json(functions);
    json_object_set_new(answer, "service", json_string(service->name));
    json_object_set_new(answer, "stack", json_string(desired->stack_name));
    json_object_set_new(answer, "revision", json_string(commit));
    return answer;
}
