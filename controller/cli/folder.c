#include "controller/cli/folder.h"

#include "controller/cli/failure.h"
#include "reconcile/source/directory_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool folder_is_meant(const Arguments *arguments)
{
    const char *operand = arguments->operands[0];

    return !operand || strchr(operand, '/') || !strcmp(operand, ".") ||
           g_file_test(operand, G_FILE_TEST_IS_DIR);
}

static bool add_pair(const Arguments *arguments, GHashTable *into, const char *option,
                     const char *pair, bool as_json)
{
    const char *equals = strchr(pair, '=');

    if (!equals || equals == pair) {
        failure_tell(arguments, NULL, NULL, "--%s %s: write --%s KEY=VALUE", option, pair, option);
        return false;
    }
    g_hash_table_insert(into, g_strndup(pair, (gsize)(equals - pair)),
                        as_json ? (void *)json_string(equals + 1) : (void *)g_strdup(equals + 1));
    return true;
}

static GHashTable *environment_of_caller(void)
{
    GHashTable *env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_auto(GStrv) names = g_listenv();

    for (char **name = names; *name; name++)
        g_hash_table_insert(env, g_strdup(*name), g_strdup(g_getenv(*name)));
    return env;
}

/* What nobody should read in a plan or in .serverless: an environment says it by the name only. */
static bool is_named_like_a_secret(const char *name)
{
    static const char *const words[] = {"SECRET",  "TOKEN",      "PASSWORD",    "PASSWD",
                                        "API_KEY", "ACCESS_KEY", "PRIVATE_KEY", "CREDENTIAL"};
    g_autofree char *upper = g_ascii_strup(name, -1);

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(upper, words[i]))
            return true;
    return false;
}

static GHashTable *secrets_of(GHashTable *environment)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter each;
    void *name;

    g_hash_table_iter_init(&each, environment);
    while (g_hash_table_iter_next(&each, &name, NULL))
        if (is_named_like_a_secret(name))
            g_hash_table_add(names, g_strdup(name));
    return names;
}

static void json_value_free(void *value)
{
    json_decref(value);
}

/* Packing is as right without one, only slower: no error. One within the service would be packed.
 */
static PackageCache *cache_of_user(const char *service)
{
    g_autofree char *folder = g_build_filename(g_get_user_cache_dir(), "driftless", NULL);
    g_autofree char *path = g_build_filename(folder, "packages.db", NULL);
    g_autofree char *real = realpath(service, NULL);
    const size_t length = real ? strlen(real) : 0;

    if (length && strncmp(folder, real, length) == 0 && (!folder[length] || folder[length] == '/'))
        return NULL;
    return g_mkdir_with_parents(folder, 0700) == 0
               ? package_cache_open(path, PACKAGE_CACHE_MAX_BYTES, NULL)
               : NULL;
}

/* The ids of the folder's files are noted under this name. (transfer full) */
static char *name_of_ids(const Folder *folder)
{
    return g_strdup_printf("ids %s//%s", directory_tree_root(folder->tree), folder->path);
}

static void learn_ids(Folder *folder)
{
    g_autofree char *name = name_of_ids(folder);
    g_autoptr(GBytes) note = package_cache_note(folder->cache, name);

    if (note)
        file_ids_learn(directory_tree_file_ids(folder->tree), note);
}

static void keep_ids(Folder *folder)
{
    FileIds *ids = directory_tree_file_ids(folder->tree);
    g_autofree char *name = name_of_ids(folder);
    g_autoptr(GBytes) note = NULL;

    if (!file_ids_has_news(ids, folder->opened_s))
        return;
    note = file_ids_to_bytes(ids, folder->opened_s);
    package_cache_keep_note(folder->cache, name, note);
}

static void tell_command(const char *command, void *data)
{
    (void)data;
    fprintf(stderr, "  build: %s\n", command);
}

/* What --build-network grants; NULL: nothing. (transfer full) */
static char **hosts_of(const Arguments *arguments)
{
    char **hosts = g_strdupv(arguments->build_network);

    for (char **host = hosts; host && *host; host++)
        if (!strcmp(*host, "all")) {
            g_free(*host);
            *host = g_strdup("*");
        }
    return hosts;
}

/* --build, --build-step and --build-network, as `build:` in driftless.yml. */
static void read_build(const Arguments *arguments, Folder *folder)
{
    if (!arguments->build && !arguments->build_steps)
        return;
    folder->build_settings = build_settings_new();
    folder->build_settings->network = hosts_of(arguments);
    for (char **run = arguments->build_steps; run && *run; run++)
        build_settings_add_step(folder->build_settings, *run)->network = hosts_of(arguments);
    folder->build_cache = g_build_filename(g_get_user_cache_dir(), "driftless", "builds", NULL);
}

/* A bucket's own name; NULL: the stack's, or one that is known once AWS was asked. */
static const char *bucket_named(const Arguments *arguments)
{
    const char *bucket = arguments->bucket;

    return bucket && strcmp(bucket, "stack") != 0 && strcmp(bucket, "account") != 0 ? bucket : NULL;
}

static void tell_no_folder(const Arguments *arguments, const char *path, const GError *error)
{
    g_autofree char *parent = g_path_get_dirname(path);
    g_autofree char *hint =
        g_file_test(path, G_FILE_TEST_EXISTS)
            ? g_strdup_printf("name the folder it lies in: %s", parent)
            : g_strdup("name a folder that has a serverless.yml or a template.yaml in it");

    failure_tell(arguments, NULL, hint, "%s", error->message);
}

bool folder_open(const Arguments *arguments, Folder *ret)
{
    const char *path = arguments->operands[0] ? arguments->operands[0] : ".";
    g_auto(Folder) folder = {0};
    g_autoptr(GError) error = NULL;

    folder.params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    folder.opts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, json_value_free);
    folder.env = environment_of_caller();
    folder.secret_env = secrets_of(folder.env);
    folder.problems = problems_new();
    folder.inputs = inputs_new();
    for (char **pair = arguments->params; pair && *pair; pair++)
        if (!add_pair(arguments, folder.params, "param", *pair, false))
            return false;
    for (char **pair = arguments->opts; pair && *pair; pair++)
        if (!add_pair(arguments, folder.opts, "opt", *pair, true))
            return false;
    folder.opened_s = g_get_real_time() / G_USEC_PER_SEC;
    folder.tree = directory_tree_new_for_service(path, &folder.path, &error);
    if (!folder.tree) {
        tell_no_folder(arguments, path, error);
        return false;
    }
    folder.given = g_strdup(path);
    folder.account = (AccountSettings){
        .name = arguments->profile ? arguments->profile : (char *)"default",
        .profile = arguments->profile,
        .execution_role = arguments->execution_role,
    };
    folder.cache = cache_of_user(path);
    if (folder.cache)
        learn_ids(&folder);
    folder.options = (CompileOptions){
        .stage = arguments->stage,
        .region = arguments->region,
        .params = folder.params,
        .options = folder.opts,
        .env = folder.env,
        .secret_env = folder.secret_env,
        .stack_name = arguments->stack_name,
        .artifact_bucket = bucket_named(arguments),
        .template_file = arguments->template_file,
        .javascript = arguments->allow_javascript,
    };
    folder.scripts = (Scripts){.tree = folder.tree, .env = folder.env, .without_keys = true};
    read_build(arguments, &folder);
    folder.options.builds = folder.build_settings != NULL;
    *ret = folder;
    folder = (Folder){0};
    return true;
}

void folder_clear(Folder *folder)
{
    if (folder->cache)
        keep_ids(folder);
    source_tree_free(folder->tree);
    g_free(folder->path);
    g_free(folder->given);
    g_clear_pointer(&folder->params, g_hash_table_unref);
    g_clear_pointer(&folder->opts, g_hash_table_unref);
    g_clear_pointer(&folder->env, g_hash_table_unref);
    g_clear_pointer(&folder->secret_env, g_hash_table_unref);
    problems_free(folder->problems);
    inputs_free(folder->inputs);
    session_free(folder->session);
    package_cache_free(folder->cache);
    build_settings_free(folder->build_settings);
    g_free(folder->build_cache);
    *folder = (Folder){0};
}

void folder_print_problems(const Folder *folder, const Arguments *arguments, bool failed)
{
    problems_relocate(folder->problems, folder->path, folder->given);
    failure_print(folder->problems, arguments, failed);
}

void folder_tell_failure(Folder *folder, const Arguments *arguments, const GError *error)
{
    folder->exit = error ? EXIT_FAILED : EXIT_USAGE;
    if (error && arguments->json)
        problems_add(folder->problems, PROBLEM_ERROR, NULL, failure_hint(error), "%s",
                     error->message);
    folder_print_problems(folder, arguments, true);
    if (error && !arguments->json)
        verb_fail(arguments, NULL, error);
}

bool folder_fetch_inputs(const GPtrArray *requests, Inputs *inputs, void *data, GError **error)
{
    Folder *folder = data;
    InputSource source;

    if (!folder->session)
        folder->session = session_new(NULL, NULL);
    source = (InputSource){folder->session, &folder->account};
    return session_fetch_inputs(requests, inputs, &source, error);
}

Build *folder_build(Folder *folder, const Arguments *arguments)
{
    const Builds builds = {
        .settings = folder->build_settings, .cache = folder->build_cache, .started = tell_command};
    const BuildRequest request = {
        .tree = folder->tree,
        .path = folder->path,
        .options = &folder->options,
        .fetch = folder_fetch_inputs,
        .fetch_data = folder,
        .evaluate = scripts_evaluate,
        .evaluate_data = &folder->scripts,
        .inputs = folder->inputs,
        .cache = folder->cache,
        .will_write = true,
        .template_only = folder->template_only,
        .builds = folder->build_settings ? &builds : NULL,
    };
    g_autoptr(GError) error = NULL;
    Build *build;

    if (!g_strcmp0(arguments->bucket, "account") && !folder->options.artifact_bucket) {
        failure_tell(arguments, NULL, "name the bucket, or leave the choice to plan and deploy",
                     "--bucket account is for verbs that ask AWS whose account it is");
        folder->exit = EXIT_USAGE;
        return NULL;
    }
    build = build_service(&request, folder->problems, &error);
    if (build)
        folder_print_problems(folder, arguments, false);
    else
        folder_tell_failure(folder, arguments, error);
    return build;
}
