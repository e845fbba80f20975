/* reconcile/compile/script.h
 *
 * Programs of a service whose value its configuration needs: ${file(x.js)}, serverless.js,
 * serverless.ts. Compiling runs nothing: it asks for an INPUT_SCRIPT, and the caller (who has a
 * sandbox, controller/scripts) answers. A script that wants to know a variable is answered by one
 * more request that has the variable among its answers, until there is a value.
 *
 * The request's address, as JSON:
 *
 *     {"file": PATH,              in the tree
 *      "folder": PATH,            the service's, in the tree
 *      "scope": "folder" | "repository",   what the script may read
 *      "address": "a.b",          behind the ':' of ${file(x.js):a.b}; absent: all of it
 *      "whole": true,             instead: the file is the configuration itself
 *      "options": {…},            the command line
 *      "env": {…},                from .env, beside the environment that the caller knows
 *      "answers": {KEY: {"value": …} | {} (undefined) | {"late": true} | {"error": TEXT}}}
 *
 * The input's value:
 *
 *     {"text": JSON}              the value
 *     {"nothing": true}           it is null
 *     {"needs": [{"key": KEY, "variable": TEXT | "property": [TEXT…] | "text": TEXT}]}
 *     {"late": true}              it wants a variable of the second pass
 *     {"outside": PATH}           it looks at what only scope "repository" has
 *     {"error": {"message": …, "file": …, "line": …, "column": …}}, the last three if known
 *
 * each with "output", the end of what the script printed. */
#pragma once
#include "reconcile/compile/compile.h"

/* Requests one after the other for one script: each has more answers than the one before. */
#define SCRIPT_MAX_ROUNDS 200u
#define SCRIPT_MAX_NEEDS 1000u

typedef struct {
    const char *file, *folder;
    const char *address; /* or NULL */
    bool whole;
    json_t *options; /* an object, borrowed */
    GHashTable *env; /* char* → char*, or NULL */
    json_t *answers; /* an object, borrowed */
    Position at;     /* who wants the value */
} Script;

#define SCRIPT_FORBIDDEN_HINT                                                                      \
    "set javascript: allow for its repository in driftless.yml, or give --allow-javascript for a " \
    "folder: it then runs in a sandbox"

/* The answer (borrowed), or NULL with the request (transfer full) that would bring it. */
json_t *script_answer(const Script *script, const Inputs *inputs, InputRequest **ret_request);

/* Reads an answer that has an error: "FILE:LINE:COLUMN: MESSAGE", and what the script printed
 * last as a hint (NULL: nothing). Both (transfer full). */
char *script_error_text(json_t *answer, const char *file, char **ret_hint);

/* The value of an answer that has one, as a document whose file is the script's: null when it is
 * nothing. NULL with what is wrong with it (transfer full). */
Document *script_value(json_t *answer, const char *file, char **ret_message);
