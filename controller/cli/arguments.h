/* controller/cli/arguments.h
 *
 * What was typed after the verb. Options come in groups, of which a verb takes some; the rest are
 * operands. */
#pragma once
#include <glib.h>
#include <stdbool.h>

typedef enum {
    TAKES_SERVICE = 1 << 0,  /* --stage --region --param --opt --stack-name --template --bucket
                              --allow-javascript --build --build-step --build-network */
    TAKES_SETTINGS = 1 << 1, /* --config */
    TAKES_AWS = 1 << 2,      /* --profile --execution-role */
    TAKES_OUTPUT = 1 << 3,   /* --output */
    TAKES_LOG = 1 << 4,      /* --log text|json */
    TAKES_TO = 1 << 5,       /* --to REVISION */
    TAKES_YES = 1 << 6,      /* --yes */
    TAKES_RECOMPILE = 1 << 7,
    TAKES_PACKAGE = 1 << 8, /* --package: --output by the framework's name */
    TAKES_EXPLAIN = 1 << 9, /* --explain ID */
} ArgumentGroup;

typedef struct {
    char *stage, *region, *stack_name, *template_file, *bucket;
    char **params, **opts; /* "key=value" */
    gboolean build;
    char **build_steps, **build_network;
    char *settings_file;
    char *profile, *execution_role;
    char *output;
    char *explain; /* a logical id */
    char *log;
    char *to;
    gboolean yes, recompile, allow_javascript;
    gboolean json;
    char **operands; /* NULL-terminated, never NULL after arguments_parse */
} Arguments;

/* Parses argv[2…] for `verb`; prints what is wrong, or the help (which ends with `notes`, where
 * there are any), and gives false with the exit status otherwise. */
bool arguments_parse(const char *verb, const char *operands, const char *summary, const char *notes,
                     unsigned takes, int argc, char **argv, Arguments *ret, int *ret_exit);
void arguments_clear(Arguments *arguments);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Arguments, arguments_clear)
