/* serverless-dotenv-plugin 6.0.0 (MIT): variables of .env files become provider.environment. Files
 * and rules are other ones than those of `useDotenv`: up to four files, the nearest to the stage
 * first, and references as the package dotenv-expand 10 reads them. */
#include "reconcile/compile/variables/dotenv.h"
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

#define MAX_FILE_BYTES (1u << 20)
#define MAX_FILES 64
#define MAX_VALUE_BYTES (64u << 10)
#define MAX_EXPANSIONS 1000

typedef struct {
    PluginTurn *turn;
    json_t *config;      /* custom.dotenv, or NULL */
    GHashTable *process; /* char* → char*: process.env while files are read */
    json_t *variables;   /* what was read, in order */
    GPtrArray *files;    /* char*: those that count, as written */
    bool failed;
} Reading;

static const char *grant(const CompileOptions *options, const char *name)
{
    return options->env ? g_hash_table_lookup(options->env, name) : NULL;
}

/* What the files are called after. (transfer full) */
static char *environment_name(const CompileOptions *options)
{
    const char *node = grant(options, "NODE_ENV");
    const char *option =
        options->options ? json_string_value(g_hash_table_lookup(options->options, "env")) : NULL;

    if (node && *node)
        return g_strdup(node);
    if (option && *option)
        return g_strdup(option);
    return g_strdup(options->stage ? options->stage : "development");
}

/* The file's text; NULL where there is none, or with an error. (transfer full) */
static char *read_file(Reading *reading, const char *name)
{
    PluginTurn *turn = reading->turn;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = source_path_resolve(turn->service->path, name, &error);
    g_autofree char *data = NULL;
    size_t size = 0;

    if (path && source_tree_read(turn->tree, path, MAX_FILE_BYTES, &data, &size, &error))
        return dotenv_text(data, size);
    if (!g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND)) {
        plugin_problem(turn, PROBLEM_ERROR, NULL, NULL, "%s cannot be read: %s", name,
                       error->message);
        reading->failed = true;
    }
    return NULL;
}

static void add_named_files(Reading *reading, json_t *paths)
{
    json_t *path;
    size_t i;

    if (json_is_string(paths))
        g_ptr_array_add(reading->files, g_strdup(json_string_value(paths)));
    json_array_foreach(paths, i, path) if (json_is_string(path) && i < MAX_FILES)
        g_ptr_array_add(reading->files, g_strdup(json_string_value(path)));
}

static void find_files(Reading *reading)
{
    g_autofree char *environment = environment_name(reading->turn->options);
    g_autofree char *local = g_strconcat(".env.", environment, ".local", NULL);
    g_autofree char *shared = g_strconcat(".env.", environment, NULL);
    const char *const names[] = {local, shared,
                                 strcmp(environment, "test") == 0 ? NULL : ".env.local", ".env"};
    const char *base = json_string_value(json_object_get(reading->config, "basePath"));
    json_t *paths = json_object_get(reading->config, "path");

    if (js_is_truthy(paths)) {
        add_named_files(reading, paths);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *name = names[i] ? g_strconcat(base ? base : "", names[i], NULL) : NULL;
        g_autofree char *text = name ? read_file(reading, name) : NULL;

        if (text)
            g_ptr_array_add(reading->files, g_steal_pointer(&name));
    }
}

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* A reference: $NAME, ${NAME}, ${NAME:-default}, with braces that need not match. */
typedef struct {
    const char *start;
    size_t length;
    char *name, *fallback; /* owned; fallback may be NULL */
} Reference;

static void reference_clear(Reference *reference)
{
    g_free(reference->name);
    g_free(reference->fallback);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Reference, reference_clear)

/* The one that the last dollar sign without a backslash starts, so that inner ones come first. */
static bool find_reference(const char *text, Reference *ret)
{
    const char *dollar = NULL, *at, *name;

    for (at = strchr(text, '$'); at; at = strchr(at + 1, '$'))
        if (at == text || at[-1] != '\\')
            dollar = at;
    if (!dollar)
        return false;
    name = at = dollar + 1 + (dollar[1] == '{');
    while (is_word(*at))
        at++;
    if (at == name)
        return false;
    ret->name = g_strndup(name, (gsize)(at - name));
    if (g_str_has_prefix(at, ":-")) {
        size_t length = strcspn(at + 2, "}\\");

        ret->fallback = g_strndup(at + 2, length);
        at += 2 + length;
    }
    ret->start = dollar;
    ret->length = (size_t)(at - dollar) + (*at == '}');
    return true;
}

/* (transfer full) NULL with an error where a value goes in circles. */
static char *expand(Reading *reading, const char *key, const char *written, json_t *parsed)
{
    g_autoptr(GString) text = g_string_new(written);

    for (int i = 0;; i++) {
        g_auto(Reference) reference = {0};
        g_autofree char *group = NULL;
        const char *value;
        size_t start;

        if (!find_reference(text->str, &reference))
            break;
        if (i == MAX_EXPANSIONS || text->len > MAX_VALUE_BYTES) {
            plugin_problem(reading->turn, PROBLEM_ERROR, NULL, NULL,
                           "the value of %s in .env refers to itself, or grows too long", key);
            reading->failed = true;
            return NULL;
        }
        value = g_hash_table_lookup(reading->process, reference.name);
        if (!value || !*value)
            value = reference.fallback;
        if (!value || !*value)
            value = json_string_value(json_object_get(parsed, reference.name));
        /* As String.replace does: its first spelling in the text, which may be an earlier one. */
        group = g_strndup(reference.start, reference.length);
        start = (size_t)(strstr(text->str, group) - text->str);
        g_string_erase(text, (gssize)start, (gssize)reference.length);
        g_string_insert(text, (gssize)start, value ? value : "");
    }
    g_string_replace(text, "\\$", "$", 0);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* What is in process.env already stays; a file only adds. Then each of its variables is what
 * process.env has, with references replaced. */
static void expand_file(Reading *reading, json_t *parsed)
{
    const char *key;
    json_t *value;

    json_object_foreach(parsed, key, value) if (!g_hash_table_contains(reading->process, key))
        g_hash_table_insert(reading->process, g_strdup(key), g_strdup(json_string_value(value)));
    if (json_is_false(json_object_get(reading->config, "variableExpansion")))
        return;
    json_object_foreach(parsed, key, value)
    {
        char *expanded = expand(reading, key, g_hash_table_lookup(reading->process, key), parsed);

        if (!expanded)
            return;
        json_object_set_new(parsed, key, json_string(expanded));
        g_free(expanded);
    }
    json_object_foreach(parsed, key, value)
        g_hash_table_replace(reading->process, g_strdup(key), g_strdup(json_string_value(value)));
}

static void read_variables(Reading *reading, const char *name)
{
    g_autofree char *text = read_file(reading, name);
    const char *at = text;
    char *key = NULL, *value = NULL;
    json_t *parsed;

    if (!text)
        return;
    parsed = json_object();
    while (dotenv_next(&at, &key, &value)) {
        json_object_set_new(parsed, key, json_string(value));
        g_free(key);
        g_free(value);
    }
    expand_file(reading, parsed);
    json_object_update(reading->variables, parsed);
    json_decref(parsed);
}

/* `include` and `exclude` are lists of names, or a text that has to hold the name. */
static bool is_listed(json_t *list, const char *key)
{
    json_t *item;
    size_t i;

    if (json_is_string(list))
        return strstr(json_string_value(list), key) != NULL;
    json_array_foreach(list, i, item) if (g_strcmp0(json_string_value(item), key) == 0) return true;
    return false;
}

static void set_environment(Reading *reading)
{
    json_t *provider = json_object_get(reading->turn->service->config, "provider"), *value;
    json_t *environment = json_object_get(provider, "environment");
    json_t *include = json_object_get(reading->config, "include");
    json_t *exclude = json_object_get(reading->config, "exclude");
    bool all = !include || g_strcmp0(json_string_value(include), "*") == 0;
    const char *key;

    if (!json_is_object(provider))
        return; /* the schema says what is wrong with it */
    if (!js_is_truthy(environment)) {
        environment = json_object();
        json_object_set_new(provider, "environment", environment);
    }
    json_object_foreach(reading->variables, key,
                        value) if (all ? !is_listed(exclude, key) : is_listed(include, key))
        json_object_set(environment, key, value);
    js_order_keys(environment);
}

static void check_required(Reading *reading)
{
    json_t *required = json_object_get(reading->config, "required"), *name;
    size_t i;

    if (reading->files->len == 0 && json_is_true(json_object_get(required, "file")))
        plugin_problem(reading->turn, PROBLEM_ERROR, "/custom/dotenv/required/file",
                       "commit one, or take required.file out",
                       "there is no .env file for this service and stage");
    json_array_foreach(json_object_get(required, "env"), i, name)
    {
        const char *key = json_string_value(name);
        const char *value = key ? json_string_value(json_object_get(reading->variables, key)) : "x";
        const char *granted = key ? g_hash_table_lookup(reading->process, key) : NULL;

        if ((!value || !*value) && (!granted || !*granted))
            plugin_problem(reading->turn, PROBLEM_ERROR, "/custom/dotenv/required/env",
                           "set it in a .env file", "the variable %s is required and nowhere set",
                           key);
    }
}

static void copy_grants(Reading *reading)
{
    GHashTableIter iterator;
    void *name, *value;

    if (!reading->turn->options->env)
        return;
    g_hash_table_iter_init(&iterator, reading->turn->options->env);
    while (g_hash_table_iter_next(&iterator, &name, &value))
        g_hash_table_insert(reading->process, g_strdup(name), g_strdup(value));
}

static void load(PluginTurn *turn)
{
    Reading reading = {.turn = turn,
                       .config = plugin_custom(turn->service, "dotenv"),
                       .process = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
                       .variables = json_object(),
                       .files = g_ptr_array_new_with_free_func(g_free)};

    if (js_is_truthy(json_object_get(reading.config, "dotenvParser"))) {
        plugin_problem(turn, PROBLEM_ERROR, "/custom/dotenv/dotenvParser", NULL,
                       "dotenvParser is a program: Driftless runs no code of a repository to read "
                       "its configuration");
    } else {
        copy_grants(&reading);
        find_files(&reading);
        for (guint i = 0; i < reading.files->len && !reading.failed; i++)
            read_variables(&reading, reading.files->pdata[i]);
        check_required(&reading);
        if (!reading.failed)
            set_environment(&reading);
    }
    g_ptr_array_unref(reading.files);
    g_hash_table_unref(reading.process);
    json_decref(reading.variables);
}

const Plugin plugin_dotenv = {
    .name = "serverless-dotenv-plugin",
    .configure = {[PLUGIN_LOAD] = load},
};
