/* reconcile/compile/plugins/requirement_files.h
 *
 * Inside this folder: what the Python packages of a module are read from, as
 * serverless-python-requirements 6.1 looks for it: poetry's files beside the module, the service's
 * Pipfile, a requirements.txt with all that it names. Nothing is understood here but which file
 * names which; the rest is for whoever installs. */
#pragma once
#include "reconcile/compile/plugins/plugins.h"

typedef struct {
    char *name;   /* of the file, below the service: for messages */
    json_t *read; /* {"lines": […], "constraints": {LINE: text}}, {"pipfile": text, "lock": text} or
                     {"pyproject": text, "lock": text}; lock is null where there is none */
    bool local;   /* names files of the service, which have to be there when it is installed */
} RequirementFiles;

void requirement_files_clear(RequirementFiles *files);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RequirementFiles, requirement_files_clear)

/* Whether there is anything; what cannot be read is a problem, and there is nothing then. `module`:
 * a folder below the service, "" for itself. */
bool requirement_files_find(const PluginTurn *turn, const char *module, json_t *options,
                            RequirementFiles *ret);

/* Whether a word of a command line names something in the service's folder. */
bool requirement_files_has(const PluginTurn *turn, const char *word);
