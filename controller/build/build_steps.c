#include "controller/build/build_steps.h"

#include "reconcile/package/built_folder.h"

#include <string.h>

/* What `path` is below `folder`; NULL where it is not. */
static const char *below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    if (length == 0 || g_str_equal(path, folder))
        return path + length;
    return strncmp(path, folder, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

/* Whether the repository, not the machine, is why there is no result: it waits for a new commit. */
static bool is_repositorys(const GError *error)
{
    return g_error_matches(error, BUILD_ERROR, BUILD_ERROR_COMMAND) ||
           g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_OUTSIDE) ||
           g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE) ||
           g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND);
}

SandboxCeilings build_ceilings(const BuildSettings *settings)
{
    SandboxCeilings ceilings = sandbox_ceilings_default;

    ceilings.wall_ms = settings->timeout_ms;
    ceilings.cpu_ms = (unsigned)MIN((uint64_t)settings->timeout_ms * 4, UINT_MAX);
    ceilings.memory_bytes = settings->memory_bytes;
    ceilings.written_bytes = settings->disk_bytes;
    return ceilings;
}

static BuiltFolder *run_all(const BuildRequest *request, const char *folder, const char *work_path,
                            GError **error)
{
    const BuildSettings *settings = request->builds->settings;
    guint count = settings->steps->len;
    g_autofree BuildCommand *commands = g_new0(BuildCommand, count);
    g_autofree const char **words = g_new0(const char *, 4 * (size_t)count);
    const BuiltRequest built = {.tree = request->tree,
                                .path = folder,
                                .work_path = work_path,
                                .commands = commands,
                                .count = count,
                                .ceilings = build_ceilings(settings),
                                .cache = request->builds->cache,
                                .give_up = request->builds->give_up,
                                .started = request->builds->started,
                                .data = request->builds->data};

    for (guint i = 0; i < count; i++) {
        const BuildStep *step = g_ptr_array_index(settings->steps, i);
        const char **arguments = words + 4 * (size_t)i;

        arguments[0] = "sh";
        arguments[1] = "-ec";
        arguments[2] = step->run;
        commands[i] = (BuildCommand){.name = step->run,
                                     .arguments = arguments,
                                     .environment = (const char *const *)step->environment,
                                     .network = (const char *const *)step->network};
    }
    return built_folder_make(&built, error);
}

/* What a command said last goes below the line that tells of its end. */
static void add_failure(const BuildSettings *settings, const char *message, Problems *problems)
{
    const char *more = strchr(message, '\n');
    g_autofree char *first = more ? g_strndup(message, (gsize)(more - message)) : g_strdup(message);

    problems_add(problems, PROBLEM_ERROR, settings->at.file ? &settings->at : NULL,
                 more ? more + 1 : NULL, "build: %s", first);
}

const char *build_work_path(const BuildRequest *request, const char *folder)
{
    return below(request->path, folder);
}

bool build_tell_failure(const BuildRequest *request, const GError *failure, Problems *problems,
                        GError **error)
{
    if (is_repositorys(failure))
        add_failure(request->builds->settings, failure->message, problems);
    else
        g_propagate_prefixed_error(error, g_error_copy(failure), "build: ");
    return false;
}

/* A commit that changes anything in the folder is built again, and no other. */
static void note_folder(const BuildRequest *request, const char *folder)
{
    SourceEntry entry;

    if (request->builds->reads && source_tree_entry(request->tree, folder, true, &entry, NULL) &&
        *entry.id)
        read_set_note_tree(request->builds->reads, folder, entry.id);
}

/* (transfer full) */
static char **commands_of(const BuildSettings *settings)
{
    char **commands = g_new0(char *, (size_t)settings->steps->len + 1);

    for (guint i = 0; i < settings->steps->len; i++)
        commands[i] = g_strdup(((const BuildStep *)g_ptr_array_index(settings->steps, i))->run);
    return commands;
}

static bool run_in_folder(const BuildRequest *request, Build *build, Problems *problems,
                          GError **error)
{
    const BuildSettings *settings = request->builds->settings;
    const char *folder = settings->folder ? settings->folder : request->path;
    const char *work_path = below(request->path, folder);
    g_autoptr(GError) failure = NULL;

    if (!work_path) {
        problems_add(problems, PROBLEM_ERROR, &settings->at, "build a folder above the service",
                     "build.folder %s does not hold the service's folder %s", folder,
                     request->path);
        return false;
    }
    note_folder(request, folder);
    build->built = run_all(request, folder, work_path, &failure);
    if (!build->built)
        return build_tell_failure(request, failure, problems, error);
    build->built_path = g_strdup(folder);
    build->steps = commands_of(settings);
    return true;
}

bool build_run_steps(const BuildRequest *request, Build *build, Problems *problems, GError **error)
{
    return request->builds->settings->steps->len == 0 ||
           run_in_folder(request, build, problems, error);
}

bool build_export(const BuildRequest *request, Build *build, Problems *problems, GError **error)
{
    return run_in_folder(request, build, problems, error);
}
