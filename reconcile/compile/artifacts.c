/* Which files of the tree become which objects on S3: package, functions.x.package, layers. */
#include "reconcile/compile/custom_resources/files.h"
#include "reconcile/compile/events/custom_resource.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/older/older.h"
#include "reconcile/compile/service.h"
#include <string.h>

typedef struct {
    Service *service;
    SourceTree *tree;
    Problems *problems;
    json_t *package; /* of the service */
} Choice;

static ArtifactSpec *find_spec(const Service *service, const char *name)
{
    for (guint i = 0; i < service->specs->len; i++) {
        ArtifactSpec *spec = service->specs->pdata[i];

        if (strcmp(spec->name, name) == 0)
            return spec;
    }
    return NULL;
}

static char *declared_in(const Service *service, const char *pointer)
{
    Position at = origins_locate(service->origins, pointer, false);

    return at.line ? g_strdup_printf("%s:%u", at.file, at.line) : g_strdup(at.file);
}

static ArtifactSpec *add_spec(Choice *choice, const char *name, ArtifactKind kind,
                              const char *pointer)
{
    ArtifactSpec *spec = artifact_spec_new(name, kind);

    spec->declared_in = declared_in(choice->service, pointer);
    g_ptr_array_add(choice->service->specs, spec);
    return spec;
}

/* Once each: in the framework they are sets. */
static void add_pattern(GPtrArray *patterns, const char *pattern)
{
    if (!g_ptr_array_find_with_equal_func(patterns, pattern, g_str_equal, NULL))
        g_ptr_array_add(patterns, g_strdup(pattern));
}

static void add_patterns(ArtifactSpec *spec, json_t *patterns)
{
    json_t *pattern;
    size_t i;

    json_array_foreach(patterns, i, pattern) if (json_is_string(pattern))
        add_pattern(spec->patterns, json_string_value(pattern));
}

/* `exclude` of an older service: "x" leaves out, "!x" takes in. */
static void add_excluded(const Choice *choice, ArtifactSpec *spec, json_t *package)
{
    json_t *pattern;
    size_t i;

    if (!choice->service->older)
        return;
    json_array_foreach(json_object_get(package, "exclude"), i, pattern)
    {
        if (json_is_string(pattern))
            add_pattern(spec->exclusions, json_string_value(pattern));
    }
}

/* What is chosen by a service and, NULL or not, by one of its functions or layers. What is left out
 * comes first, in osls 3 too: an `include` always wins over an `exclude`. */
static void add_chosen(const Choice *choice, ArtifactSpec *spec, json_t *own)
{
    json_t *chosen[] = {choice->package, own};

    add_excluded(choice, spec, own);
    for (size_t i = 0; i < G_N_ELEMENTS(chosen); i++) {
        if (choice->service->older)
            add_patterns(spec, json_object_get(chosen[i], "include"));
        add_patterns(spec, json_object_get(chosen[i], "patterns"));
    }
}

/* What the framework leaves out of every archive beyond its fixed list, which is the packer's. */
static void add_exclusions(Choice *choice, ArtifactSpec *spec, bool layers)
{
    const Service *service = choice->service;
    g_autofree char *file = g_path_get_basename(service->file);
    const char *plugins = json_string_value(pointer_get(service->config, "/plugins/localPath"));
    const char *name;
    json_t *layer;

    add_pattern(spec->exclusions, file);
    if (plugins)
        add_pattern(spec->exclusions, plugins);
    add_excluded(choice, spec, choice->package);
    if (layers)
        json_object_foreach(json_object_get(service->config, "layers"), name, layer)
        {
            const char *path = json_string_value(json_object_get(layer, "path"));
            g_autofree char *pattern = path ? g_strconcat(path, "/**", NULL) : NULL;

            if (pattern)
                add_pattern(spec->exclusions, pattern);
        }
    if (js_is_truthy(json_object_get(service->config, "useDotenv")))
        add_pattern(spec->exclusions, ".env*");
}

static bool excludes_dev_dependencies(json_t *package)
{
    return !json_is_false(json_object_get(package, "excludeDevDependencies"));
}

/* A bucket and key from s3://bucket/key or the address of an object:
 * https://bucket.s3.region.amazonaws.com/key and https://s3.region.amazonaws.com/bucket/key. NULL
 * for anything else. */
static char *s3_uri(const char *text)
{
    const char *host = g_str_has_prefix(text, "https://")  ? text + 8
                       : g_str_has_prefix(text, "http://") ? text + 7
                                                           : NULL;
    g_autofree char *name = host ? g_strndup(host, strcspn(host, "/")) : NULL;
    const char *path, *bucket_end;

    if (g_str_has_prefix(text, "s3://"))
        return strchr(text + 5, '/') ? g_strdup(text) : NULL;
    if (!host || !g_str_has_suffix(name, ".amazonaws.com"))
        return NULL;
    path = host + strlen(name);
    bucket_end =
        g_str_has_prefix(name, "s3.") || g_str_has_prefix(name, "s3-") ? NULL : strstr(name, ".s3");
    if (bucket_end && *path == '/')
        return g_strdup_printf("s3://%.*s%.*s", (int)(bucket_end - name), name,
                               (int)strcspn(path, "?#"), path);
    if (!bucket_end && *path == '/' && strchr(path + 1, '/'))
        return g_strdup_printf("s3:/%.*s", (int)strcspn(path, "?#"), path);
    return NULL;
}

/* Resolves a path below the service; NULL with a problem when it leaves the tree or is not there.
 */
static char *existing_path(Choice *choice, const char *written, const char *pointer, bool folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = source_path_resolve(choice->service->path, written, &error);
    SourceEntry entry = {.kind = SOURCE_MISSING};
    const char *what = folder ? "layer path" : "artifact";

    if (path && source_tree_entry(choice->tree, path, true, &entry, &error) &&
        entry.kind != SOURCE_MISSING && (entry.kind == SOURCE_DIRECTORY) == folder)
        return g_steal_pointer(&path);
    if (error)
        origins_problem(choice->service->origins, choice->problems, PROBLEM_ERROR, pointer, false,
                        NULL, "%s: %s", what, error->message);
    else
        origins_problem(choice->service->origins, choice->problems, PROBLEM_ERROR, pointer, false,
                        folder ? "commit the folder, or give a finished archive as package.artifact"
                               : "commit the file, or give an s3:// URI that your build uploads to",
                        "%s %s: %s %s", what, written,
                        entry.kind == SOURCE_MISSING ? "no such" : "not a",
                        folder ? "folder" : "file");
    return NULL;
}

/* `package.artifact`: a file of the tree or an object on S3. Several may share it. */
static ArtifactSpec *given_artifact(Choice *choice, const char *written, const char *pointer,
                                    const char *owner)
{
    g_autofree char *uri = s3_uri(written);
    ArtifactKind kind = uri ? ARTIFACT_S3 : ARTIFACT_FILE;
    g_autofree char *file = uri ? g_strdup(uri) : existing_path(choice, written, pointer, false);
    g_autofree char *name = file ? g_path_get_basename(file) : NULL;
    ArtifactSpec *spec = name ? find_spec(choice->service, name) : NULL;

    if (!file)
        return NULL;
    if (spec && spec->kind == kind && strcmp(spec->file, file) == 0)
        return spec;
    if (spec) { /* another file of the same name: the framework would mix them up */
        g_autofree char *other = g_strdup_printf("%s-%s", owner, name);

        spec = find_spec(choice->service, other);
        if (spec)
            return spec;
        spec = add_spec(choice, other, kind, pointer);
    } else {
        spec = add_spec(choice, name, kind, pointer);
    }
    spec->file = g_steal_pointer(&file);
    spec->keeps_bytes_hash = kind == ARTIFACT_FILE && older_hashes_first_way(choice->service);
    return spec;
}

static void set_runtime(ArtifactSpec *spec, const Service *service, json_t *function)
{
    json_t *own = json_object_get(function, "runtime");
    json_t *shared = pointer_get(service->config, "/provider/runtime");
    const char *runtime = js_is_truthy(own) ? json_string_value(own) : json_string_value(shared);

    if (!runtime)
        runtime = "nodejs24.x";
    if (spec->bundled || ((spec->installed || spec->lifted) && g_str_has_prefix(runtime, "python")))
        return; /* what is bundled needs no packages, and a module's are installed if it has any */
    if (g_str_has_prefix(runtime, "nodejs") || g_str_has_prefix(runtime, "python"))
        spec->check_dependencies = true;
    if (!spec->runtime)
        spec->runtime = g_strdup(runtime);
}

/* An archive that the service's bundler makes: all of its folder. */
static void take_bundled(const Choice *choice, ArtifactSpec *spec, const char *archive)
{
    const Service *service = choice->service;
    const char *folder = json_string_value(json_object_get(service->bundle, "folder"));

    spec->root =
        g_strdup_printf("%s%s%s/%s", service->path, *service->path ? "/" : "", folder, archive);
    spec->bundled = true;
}

static bool is_bundled(const Choice *choice, const char *archive)
{
    return json_object_get(json_object_get(choice->service->bundle, "archives"), archive);
}

/* The module whose packages a function's own archive gets, or NULL: "" is the service itself. */
static const char *module_of(const Choice *choice, const char *key)
{
    json_t *functions = json_object_get(choice->service->installs, "functions");

    return json_string_value(json_object_get(functions, key));
}

/* The folder of a module's packages in the tree; NULL: it has none. (transfer full) */
static char *installed_folder(const Service *service, const char *module)
{
    json_t *modules = json_object_get(service->installs, "modules");
    const char *folder = json_string_value(json_object_get(service->installs, "folder"));
    const char *number =
        json_string_value(json_object_get(json_object_get(modules, module), "folder"));

    return number ? g_strdup_printf("%s%s%s/%s", service->path, *service->path ? "/" : "", folder,
                                    number)
                  : NULL;
}

static bool installs_as(const Service *service, const char *layout)
{
    return !g_strcmp0(json_string_value(json_object_get(service->installs, "layout")), layout);
}

/* The archive of a module: lifted out of its folder, with its packages. */
static void add_installed(const Choice *choice, ArtifactSpec *spec, const char *module)
{
    g_autofree char *folder = installed_folder(choice->service, module);

    if (*module)
        spec->lifted = g_strdup(module);
    spec->installed = folder != NULL;
    if (!installs_as(choice->service, "layer"))
        spec->added = g_steal_pointer(&folder);
}

/* Where functions are packaged from: the service, or the folder that a plugin puts in its place. */
static char *functions_root(const Service *service)
{
    const char *folder = json_string_value(json_object_get(service->bundle, "folder"));

    return json_is_true(json_object_get(service->bundle, "replaces"))
               ? g_build_filename(service->path, folder, NULL)
               : g_strdup(service->path);
}

static ArtifactSpec *service_zip(Choice *choice)
{
    Service *service = choice->service;
    g_autofree char *name = g_strconcat(service->name, ".zip", NULL);
    ArtifactSpec *spec = find_spec(service, name);

    if (spec && spec->kind == ARTIFACT_ZIP)
        return spec;
    spec = add_spec(choice, name, ARTIFACT_ZIP, "/package");
    if (service->installs)
        add_installed(choice, spec, "");
    if (is_bundled(choice, service->name)) {
        take_bundled(choice, spec, service->name);
        return spec;
    }
    spec->root = functions_root(service);
    spec->exclude_dev_dependencies = excludes_dev_dependencies(choice->package);
    add_exclusions(choice, spec, true);
    add_chosen(choice, spec, NULL);
    return spec;
}

/* A module's archive is called after it and the function's name, as the plugin does. */
static char *archive_name(const Choice *choice, const char *key, const char *module)
{
    const Service *service = choice->service;
    const char *own = json_string_value(json_object_get(
        json_object_get(json_object_get(service->config, "functions"), key), "name"));
    g_autofree char *last = NULL;

    if (!module || !*module)
        return g_strconcat(key, ".zip", NULL);
    last = g_path_get_basename(module);
    return own ? g_strdup_printf("%s-%s.zip", last, own)
               : g_strdup_printf("%s-%s-%s-%s.zip", last, service->name, service->stage, key);
}

static ArtifactSpec *function_zip(Choice *choice, const char *key, json_t *package,
                                  const char *pointer)
{
    const char *module = module_of(choice, key);
    g_autofree char *name = archive_name(choice, key, module);
    ArtifactSpec *spec = add_spec(choice, name, ARTIFACT_ZIP, pointer);

    if (module)
        add_installed(choice, spec, module);
    if (is_bundled(choice, key)) {
        take_bundled(choice, spec, key);
        return spec;
    }
    spec->root = functions_root(choice->service);
    spec->exclude_dev_dependencies = excludes_dev_dependencies(choice->package);
    add_exclusions(choice, spec, true);
    add_chosen(choice, spec, package);
    return spec;
}

/* NULL where none is given: an empty text gives none, as a variable with an empty fallback leaves
 * one. */
static const char *artifact_given(json_t *package)
{
    const char *given = json_string_value(json_object_get(package, "artifact"));

    return given && *given ? given : NULL;
}

static ArtifactSpec *choose_for_function(Choice *choice, const char *key, json_t *function,
                                         const char *pointer)
{
    json_t *package = json_object_get(function, "package");
    const char *own = artifact_given(package);
    const char *shared = artifact_given(choice->package);
    bool own_alone = js_is_truthy(json_object_get(package, "individually"));
    bool alone = own_alone || js_is_truthy(json_object_get(choice->package, "individually"));
    g_autofree char *own_pointer = g_strconcat(pointer, "/package/artifact", NULL);
    g_autofree char *patterns = g_strconcat(pointer, "/package/patterns", NULL);
    ArtifactSpec *spec;

    if (own)
        return given_artifact(choice, own, own_pointer, key);
    if (shared && !own_alone)
        return given_artifact(choice, shared, "/package/artifact", "service");
    if (!alone && json_object_get(package, "patterns") &&
        !is_bundled(choice, choice->service->name))
        origins_problem(
            choice->service->origins, choice->problems, PROBLEM_WARNING, patterns, false,
            "set package.individually: true",
            "function %s: its patterns are ignored, because all functions share one archive", key);
    spec = alone ? function_zip(choice, key, package, pointer) : service_zip(choice);
    set_runtime(spec, choice->service, function);
    return spec;
}

static bool is_installed_layer(const Choice *choice, const char *key)
{
    return installs_as(choice->service, "layer") && g_str_equal(key, INSTALLED_LAYER);
}

static ArtifactSpec *installed_layer(Choice *choice, const char *key, const char *pointer)
{
    g_autofree char *name = g_strconcat(key, ".zip", NULL);
    ArtifactSpec *spec = add_spec(choice, name, ARTIFACT_ZIP, pointer);

    spec->root = installed_folder(choice->service, "");
    spec->installed = true;
    g_ptr_array_add(spec->patterns, g_strdup("**"));
    return spec;
}

static ArtifactSpec *choose_for_layer(Choice *choice, const char *key, json_t *layer,
                                      const char *pointer)
{
    json_t *package = json_object_get(layer, "package");
    const char *given = artifact_given(package);
    const char *path = json_string_value(json_object_get(layer, "path"));
    g_autofree char *given_pointer = g_strconcat(pointer, "/package/artifact", NULL);
    g_autofree char *path_pointer = g_strconcat(pointer, "/path", NULL);
    g_autofree char *name = g_strconcat(key, ".zip", NULL);
    g_autofree char *root = NULL;
    ArtifactSpec *spec;

    if (given)
        return given_artifact(choice, given, given_pointer, key);
    if (is_installed_layer(choice, key))
        return installed_layer(choice, key, pointer);
    if (!path) {
        origins_problem(choice->service->origins, choice->problems, PROBLEM_ERROR, pointer, false,
                        "add path: FOLDER", "layer %s has neither a path nor package.artifact",
                        key);
        return NULL;
    }
    root = existing_path(choice, path, path_pointer, true);
    if (!root)
        return NULL;
    if (find_spec(choice->service, name)) { /* a function or the service of the same name */
        g_free(name);
        name = g_strconcat("layer-", key, ".zip", NULL);
    }
    spec = add_spec(choice, name, ARTIFACT_ZIP, pointer);
    spec->root = g_steal_pointer(&root);
    spec->is_layer = true;
    spec->exclude_dev_dependencies = excludes_dev_dependencies(choice->package);
    add_exclusions(choice, spec, false);
    add_chosen(choice, spec, package);
    return spec;
}

static void choose_all(Choice *choice, const char *section,
                       ArtifactSpec *(*choose)(Choice *, const char *, json_t *, const char *))
{
    const char *key;
    json_t *config;

    json_object_foreach(json_object_get(choice->service->config, section), key, config)
    {
        GString *pointer = g_string_new("/");
        ArtifactSpec *spec;

        g_string_append(pointer, section);
        pointer_append(pointer, key);
        spec = js_is_truthy(json_object_get(config, "image"))
                   ? NULL
                   : choose(choice, key, config, pointer->str);
        if (spec)
            g_hash_table_replace(choice->service->spec_of, g_strdup(pointer->str), spec);
        g_string_free(pointer, TRUE);
    }
}

/* The code of the custom resources; a service or function of that name has taken the file's name.
 */
static void add_custom_resources(Choice *choice)
{
    const char *name = find_spec(choice->service, "custom-resources.zip")
                           ? "driftless-custom-resources.zip"
                           : "custom-resources.zip";
    ArtifactSpec *spec = add_spec(choice, name, ARTIFACT_EMBEDDED, "/functions");

    spec->root = g_strdup("");
    spec->embedded = custom_resource_files;
    g_hash_table_replace(choice->service->spec_of, g_strdup(CUSTOM_RESOURCES_POINTER), spec);
}

void service_choose_artifacts(Service *service, SourceTree *tree, Problems *problems)
{
    Choice choice = {.service = service,
                     .tree = tree,
                     .problems = problems,
                     .package = json_object_get(service->config, "package")};

    choose_all(&choice, "functions", choose_for_function);
    choose_all(&choice, "layers", choose_for_layer);
    if (custom_resources_wanted(service->config))
        add_custom_resources(&choice);
}
