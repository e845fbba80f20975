#include "controller/build/build_install.h"

#include "config/json_text.h"
#include "controller/build/build_steps.h"
#include "reconcile/source/embedded_tree.h"

extern const char bundler_python_requirements_py[], bundler_unzip_requirements_py[];

/* Where what is asked for is no program, there is no Python to say so. */
static const char find_python[] =
    "command -v \"$1\" >/dev/null || {\n"
    "  echo \"$1 is not on this machine: install it, or set "
    "custom.pythonRequirements.pythonBin;\"\n"
    "  echo 'for a Python that is not here: pythonBin: python3, pipCmdExtraArgs: [--python-version "
    "3.X,'\n"
    "  echo '--platform manylinux2014_x86_64, --only-binary=:all:]'\n"
    "  exit 1\n"
    "}\n"
    "exec \"$1\" -c \"$2\"\n";

/* The same packages give the same bytes: no order of sets, no time of archives. */
static const char *const environment[] = {"PYTHONHASHSEED=0", "SOURCE_DATE_EPOCH=315532800",
                                          "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1",
                                          NULL};

typedef struct {
    char *name, *input;
} Module;

static void module_clear(void *data)
{
    Module *module = data;

    g_free(module->name);
    g_free(module->input);
}

/* Each with what the script reads. */
static GArray *modules_of(json_t *installs, const char *out)
{
    GArray *modules = g_array_new(FALSE, TRUE, sizeof(Module));
    const char *name;
    json_t *about;

    g_array_set_clear_func(modules, module_clear);
    json_object_foreach(json_object_get(installs, "modules"), name, about)
    {
        json_t *input = json_copy(json_object_get(about, "input"));
        const char *file = json_string_value(json_object_get(about, "name"));
        Module module = {.name = g_strdup_printf("pip install of %s", file)};

        json_object_set_new(
            input, "out",
            json_sprintf("%s/%s", out, json_string_value(json_object_get(about, "folder"))));
        json_object_set_new(input, "unzip", json_string(bundler_unzip_requirements_py));
        module.input = json_text(input, JSON_TEXT_COMPACT);
        json_decref(input);
        g_array_append_val(modules, module);
    }
    return modules;
}

/* `over`: the service's folder; NULL: nothing of it need be there, so that packages are kept for
 * as long as the requirements stay the same. */
static BuiltFolder *run(const BuildRequest *request, const Build *build, const BuiltFolder *over,
                        json_t *installs, GError **error)
{
    static const EmbeddedFile nothing[] = {{0}};
    const char *python = json_string_value(json_object_get(installs, "python"));
    const char *const arguments[] = {
        "sh", "-c", find_python, "sh", python, bundler_python_requirements_py, NULL};
    g_autoptr(SourceTree) empty = embedded_tree_new(nothing);
    g_autoptr(GArray) modules = modules_of(installs, over ? "/out" : "/build");
    g_autofree BuildCommand *commands = g_new0(BuildCommand, modules->len);
    const BuiltRequest built = {.tree = over ? request->tree : empty,
                                .path = over ? build->built_path : "",
                                .work_path =
                                    over ? build_work_path(request, build->built_path) : "",
                                .over = over,
                                .commands = commands,
                                .count = modules->len,
                                .ceilings = build_ceilings(request->builds->settings),
                                .cache = request->builds->cache,
                                .give_up = request->builds->give_up,
                                .started = request->builds->started,
                                .data = request->builds->data};

    for (guint i = 0; i < modules->len; i++) {
        const Module *module = &g_array_index(modules, Module, i);

        commands[i] =
            (BuildCommand){.name = module->name,
                           .arguments = arguments,
                           .environment = environment,
                           .network = (const char *const *)request->builds->settings->network,
                           .input = module->input};
    }
    return built_folder_make(&built, error);
}

bool build_install(const BuildRequest *request, Build *build, Problems *problems, GError **error)
{
    json_t *installs = (json_t *)service_installs(build->service);
    bool local = json_is_true(json_object_get(installs, "local"));
    const char *folder = json_string_value(json_object_get(installs, "folder"));
    g_autoptr(GError) failure = NULL;

    if (!request->builds || json_object_size(json_object_get(installs, "modules")) == 0)
        return true;
    if (local && !build->built && !build_export(request, build, problems, error))
        return false;
    build->installed = run(request, build, local ? build->built : NULL, installs, &failure);
    if (!build->installed)
        return build_tell_failure(request, failure, problems, error);
    build->installed_path =
        g_strdup_printf("%s%s%s", request->path, *request->path ? "/" : "", folder);
    return true;
}
