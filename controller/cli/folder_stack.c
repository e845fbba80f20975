#include "controller/cli/folder_stack.h"

#include "controller/cli/failure.h"

#include <stdio.h>
#include <string.h>

/* The region has to be known before compiling where the bucket of the account is named in the
 * template. */
static bool choose_region(const Arguments *arguments, FolderStack *stack)
{
    g_autoptr(Service) service = NULL;
    g_autoptr(GError) error = NULL;
    const BuildRequest request = {
        .tree = stack->folder.tree,
        .path = stack->folder.path,
        .options = &stack->folder.options,
        .fetch = folder_fetch_inputs,
        .fetch_data = &stack->folder,
        .evaluate = scripts_evaluate,
        .evaluate_data = &stack->folder.scripts,
        .inputs = stack->folder.inputs,
        .cache = stack->folder.cache,
        .will_write = true,
    };

    stack->default_region = session_default_region(stack->folder.session, arguments->profile);
    stack->folder.options.default_region = stack->default_region;
    stack->folder.options.template_bucket = FOLDER_ANY_BUCKET; /* only the region is looked at */
    service = build_read(&request, stack->folder.problems, &error);
    if (!service) {
        folder_tell_failure(&stack->folder, arguments, error);
        return false;
    }
    stack->region = g_strdup(service_region(service));
    problems_free(stack->folder.problems); /* building says them again */
    stack->folder.problems = problems_new();
    return true;
}

static bool choose_bucket(const Arguments *arguments, FolderStack *stack, GError **error)
{
    const char *wanted = arguments->bucket ? arguments->bucket : "account";

    stack->folder.options.artifact_bucket = NULL;
    stack->folder.options.template_bucket = NULL;
    if (!strcmp(wanted, "stack"))
        return true;
    if (strcmp(wanted, "account") != 0) {
        stack->bucket = g_strdup(wanted);
        stack->folder.options.artifact_bucket = stack->bucket;
        return true;
    }
    stack->bucket =
        session_account_bucket(stack->folder.session, &stack->folder.account, stack->region, error);
    stack->folder.options.artifact_bucket = stack->bucket;
    return stack->bucket != NULL;
}

bool folder_stack_open(const Arguments *arguments, FolderStack *ret, int *ret_exit)
{
    FolderStack *stack = ret;
    g_autoptr(GError) error = NULL;

    *ret_exit = EXIT_USAGE;
    if (!folder_open(arguments, &stack->folder))
        return false;
    stack->folder.session = session_new(NULL, NULL);
    if (!choose_region(arguments, stack)) {
        *ret_exit = stack->folder.exit;
        return false;
    }
    stack->client = session_client(stack->folder.session, &stack->folder.account, stack->region);
    if (!choose_bucket(arguments, stack, &error)) {
        *ret_exit = verb_fail(arguments, NULL, error);
        return false;
    }
    stack->build = folder_build(&stack->folder, arguments);
    if (!stack->build) {
        *ret_exit = stack->folder.exit;
        return false;
    }
    stack->desired = desired_new(
        template_json(stack->build->compiled), service_stack_settings(stack->build->service),
        arguments->execution_role, service_name(stack->build->service), stack->bucket, &error);
    if (!stack->desired)
        verb_fail(arguments, NULL, error);
    return stack->desired != NULL;
}

bool folder_stack_find(const FolderStack *stack, char **ret_id, GError **error)
{
    g_autoptr(CloudFormationStack) live = NULL;

    if (!cloud_formation_describe_stack(stack->client, stack->desired->stack_name, &live, error))
        return false;
    if (!live) {
        g_set_error(error, AWS_ERROR, AWS_ERROR_REFUSED, "there is no stack %s in %s",
                    stack->desired->stack_name, stack->region);
        return false;
    }
    *ret_id = g_strdup(live->id);
    return true;
}

void folder_stack_clear(FolderStack *stack)
{
    desired_free(stack->desired);
    build_free(stack->build);
    g_free(stack->region);
    g_free(stack->default_region);
    g_free(stack->bucket);
    folder_clear(&stack->folder);
    *stack = (FolderStack){0};
}
