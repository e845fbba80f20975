#include "config/json_text.h"
#include "controller/build/verification.h"
#include "controller/cli/declared.h"
#include "controller/cli/failure.h"
#include "controller/cli/folder_stack.h"
#include "controller/cli/terminal.h"

#include <stdio.h>
#include <string.h>

static void print_function(json_t *function, bool colour)
{
    const char *verdict = declared_text(function, "verdict");
    const char *name = declared_text(function, "function");
    const char *paint = !colour                       ? ""
                        : !strcmp(verdict, "equal")   ? "\033[32m"
                        : !strcmp(verdict, "differs") ? "\033[1;31m"
                                                      : "\033[33m";

    printf("  %s%-14s%s  %s", paint, verdict, *paint ? "\033[0m" : "",
           declared_text(function, "logicalId"));
    if (*name)
        printf(" (%s)", name);
    if (*declared_text(function, "why"))
        printf(": %s", declared_text(function, "why"));
    if (!strcmp(verdict, "differs") && *declared_text(function, "live"))
        printf("\n%18slive %s, from the commit %s", "", declared_text(function, "live"),
               declared_text(function, "rebuilt"));
    putchar('\n');
}

static int count_of(json_t *answer, const char *key)
{
    return (int)json_integer_value(json_object_get(answer, key));
}

/* `answer` is released. */
static ExitStatus print(json_t *answer, bool as_json)
{
    ExitStatus status = count_of(answer, "differs") ? EXIT_CHANGES : EXIT_DONE;
    const char *revision = declared_text(answer, "revision");
    json_t *functions = json_object_get(answer, "functions"), *function;
    size_t i;

    if (as_json)
        return declared_print_json(answer, status);
    printf("stack %s", declared_text(answer, "stack"));
    if (*revision)
        printf(" at %.7s", revision);
    printf(": %d equal, %d differ, %d cannot be told\n", count_of(answer, "equal"),
           count_of(answer, "differs"), count_of(answer, "unknown"));
    json_array_foreach(functions, i, function)
        print_function(function, terminal_has_colour(stdout));
    json_decref(answer);
    return status;
}

static ExitStatus verify_declared(const Arguments *arguments)
{
    g_autofree char *path = declared_path(arguments, "verify");
    ExitStatus status;
    json_t *answer = declared_ask(arguments, "GET", path, NULL, &status);

    return answer ? print(answer, arguments->json) : status;
}

static ExitStatus verify_folder(const Arguments *arguments)
{
    g_auto(FolderStack) stack = {0};
    g_autoptr(GPtrArray) functions = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *stack_id = NULL;
    json_t *answer;
    int status;

    if (!folder_stack_open(arguments, &stack, &status))
        return (ExitStatus)status;
    if (!folder_stack_find(&stack, &stack_id, &error))
        return verb_fail(arguments, "verify", error);
    const VerificationRequest request = {.client = stack.client,
                                         .stack_name = stack.desired->stack_name,
                                         .build = stack.build,
                                         .tree = stack.folder.tree};

    functions = verification_run(&request, &error);
    if (!functions)
        return verb_fail(arguments, "verify", error);
    answer = verification_to_json(functions);
    json_object_set_new(answer, "stack", json_string(stack.desired->stack_name));
    return print(answer, arguments->json);
}

ExitStatus verb_verify(const Arguments *arguments)
{
    return folder_is_meant(arguments) ? verify_folder(arguments) : verify_declared(arguments);
}
