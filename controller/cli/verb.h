/* controller/cli/verb.h
 *
 * The command line: one file a verb, each a row of the table in verb.c. A verb reads its Arguments
 * (arguments.h), does its work and gives the exit status. What people asked for goes to standard
 * output, everything else to standard error. */
#pragma once
#include "controller/cli/arguments.h"

typedef enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,   /* wrong arguments or invalid input (serverless.yml, driftless.yml) */
    EXIT_CHANGES = 3, /* plan and drift: there are some; verify: other code runs */
} ExitStatus;

typedef struct {
    const char *name;
    const char *operands; /* as the usage line shows them: "[FOLDER | SERVICE]" */
    const char *summary;
    unsigned takes; /* ArgumentGroup flags */
    ExitStatus (*run)(const Arguments *arguments);
} Verb;

/* Runs the verb that argv names; prints usage where there is none. */
int verb_main(int argc, char **argv);

ExitStatus verb_adopt(const Arguments *arguments);
ExitStatus verb_approve(const Arguments *arguments);
ExitStatus verb_compile(const Arguments *arguments);
ExitStatus verb_deploy(const Arguments *arguments);
ExitStatus verb_drift(const Arguments *arguments);
ExitStatus verb_history(const Arguments *arguments);
ExitStatus verb_info(const Arguments *arguments);
ExitStatus verb_package(const Arguments *arguments);
ExitStatus verb_plan(const Arguments *arguments);
ExitStatus verb_remove(const Arguments *arguments);
ExitStatus verb_resume(const Arguments *arguments);
ExitStatus verb_rollback(const Arguments *arguments);
ExitStatus verb_run(const Arguments *arguments);
ExitStatus verb_status(const Arguments *arguments);
ExitStatus verb_suspend(const Arguments *arguments);
ExitStatus verb_sync(const Arguments *arguments);
ExitStatus verb_validate(const Arguments *arguments);
ExitStatus verb_verify(const Arguments *arguments);
