/* controller/cli/declared.h
 *
 * What verbs on a declared service share: they ask the running controller, whose address is
 * driftless.yml's `listen`, over its HTTP API (controller/web/README.md). */
#pragma once
#include "controller/cli/verb.h"
#include <jansson.h>
#include <stdio.h>

/* The answer to METHOD PATH (body may be NULL), a new reference; NULL with the reason told and the
 * exit status given. */
json_t *declared_ask(const Arguments *arguments, const char *method, const char *path,
                     const char *body, ExitStatus *ret_exit);

/* "/api/services/OPERAND/VIEW"; "": the service itself. (transfer full) */
char *declared_path(const Arguments *arguments, const char *view);

/* Whether there is exactly one operand; says that one has to be named otherwise. */
bool declared_is_one(const Arguments *arguments, const char *verb);

/* Prints and releases `json`; gives `status`. */
ExitStatus declared_print_json(json_t *json, ExitStatus status);

/* A member that is a text (borrowed); "" where it is none. */
const char *declared_text(json_t *object, const char *key);
/* Milliseconds since 1970 as local time; "" where there are none. (transfer full) */
char *declared_time(json_t *ms);

/* Services (as GET /api/services lists them) as a table on standard output. */
void declared_print_services(json_t *services);

/* The plan of a service (the answer of GET …/plan) for people: its problems where it cannot be
 * compiled. */
void declared_print_plan(json_t *answer, FILE *to);
/* EXIT_USAGE: it cannot be compiled; EXIT_CHANGES; EXIT_DONE: no changes. */
ExitStatus declared_plan_status(json_t *answer);

/* POST /api/services/OPERAND/COMMAND; `argument` (may be NULL) goes along as {"to":…}. Prints what
 * the controller answers. */
ExitStatus declared_command(const Arguments *arguments, const char *command, const char *argument);
