#include <string.h>

#include "config/settings_read.h"
#include "config/settings_syntax.h"

#define DEFAULT_DRIFT_EVERY_MS (15u * 60 * 1000)
#define LEAST_DRIFT_EVERY_MS 10000
#define GLOB_CHARACTERS "*?[{"
#define MOST_KEPT_DEPLOYMENTS 100

static const char *const keys[] = {
    "repository",     "path",    "template",      "branch", "tag", "commit", "stage",
    "region",         "account", "stackName",     "params", "env", "drift",  "approve",
    "artifactBucket", "plugins", "keepArtifacts", "build",  NULL};
static const char *const drift_keys[] = {"mode", "every", "ignore", NULL};
static const char *const ignore_keys[] = {"resource", "path", NULL};
static const char *const plugin_keys[] = {"ignore", NULL};

/* In the order of their enums. */
static const char *const drift_modes[] = {"off", "report", "correct", NULL};
static const char *const approve_policies[] = {"never", "replacements", "always", NULL};

static void drift_ignore_free(DriftIgnore *ignore)
{
    g_free(ignore->resource);
    g_free(ignore->path);
    g_free(ignore);
}

void service_settings_free(ServiceSettings *service)
{
    if (!service)
        return;
    g_free(service->name);
    g_free(service->path);
    g_free(service->template_file);
    g_free(service->revision);
    g_free(service->stage);
    g_free(service->region);
    g_free(service->stack_name);
    g_hash_table_unref(service->params);
    g_hash_table_unref(service->env);
    g_ptr_array_unref(service->drift_ignore);
    g_free(service->artifact_bucket);
    g_ptr_array_unref(service->plugins_ignored);
    build_settings_free(service->own_build);
    g_free(service);
}

/* A path inside the repository without a slash or "." at its ends; NULL: it leads elsewhere.
 * (transfer full) */
static char *inner_path(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", -1);
    GString *path = g_string_new(NULL);
    bool ok = text[0] != '/' && !strchr(text, '\\');

    for (char **part = parts; ok && *part; part++) {
        ok = strcmp(*part, "..") != 0;
        if (!**part || strcmp(*part, ".") == 0)
            continue;
        if (path->len > 0)
            g_string_append_c(path, '/');
        g_string_append(path, *part);
    }
    return g_string_free(path, !ok);
}

char *settings_inner_path(SettingsReader *reader, json_t *value, const char *key)
{
    const char *text = settings_text(reader, value, key);
    char *path = text ? inner_path(text) : NULL;

    if (text && !path)
        settings_complain(reader, key, "write it relative to the repository's root, with /",
                          "\"%s\" leads out of the repository", text);
    return path;
}

/* A name of another section, found among `items`, whose first member is their name. */
static gpointer read_name(SettingsReader *reader, json_t *value, const char *key,
                          const char *section, GPtrArray *items)
{
    const char *name = settings_text(reader, value, key), *nearest;
    g_autofree const char **names = g_new0(const char *, items->len + 1);
    g_autofree char *hint = NULL;

    if (!name)
        return NULL;
    for (guint i = 0; i < items->len; i++) {
        names[i] = *(char **)g_ptr_array_index(items, i);
        if (strcmp(names[i], name) == 0)
            return g_ptr_array_index(items, i);
    }
    nearest = nearest_word(name, names);
    hint = nearest ? g_strdup_printf("did you mean \"%s\"?", nearest)
                   : g_strdup_printf("add it under %s", section);
    settings_complain(reader, key, hint, "no %s is called \"%s\"", key, name);
    return NULL;
}

static void read_revision(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    static const char *const kinds[] = {
        [REVISION_BRANCH] = "branch", [REVISION_TAG] = "tag", [REVISION_COMMIT] = "commit"};
    const char *first = NULL;

    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!json_object_get(value, kinds[i]))
            continue;
        if (first) {
            settings_complain_of_key(reader, kinds[i], "keep one of branch, tag and commit",
                                     "%s and %s exclude each other", first, kinds[i]);
            continue;
        }
        first = kinds[i];
        service->revision_kind = i;
        service->revision = settings_valid_text(
            reader, value, kinds[i], i == REVISION_COMMIT ? syntax_is_commit : syntax_is_ref,
            i == REVISION_COMMIT ? "write the whole commit id: 40 hexadecimal digits"
                                 : "write a name as git takes it, like main or v1.2");
    }
    if (!first && service->repository)
        service->revision = g_strdup(service->repository->branch);
}

static void read_params(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    json_t *params = settings_mapping(reader, value, "params", NULL), *item;
    size_t mark = settings_enter(reader, "params");
    const char *key;

    json_object_foreach(params, key, item)
    {
        char *text = settings_scalar_text(item);

        if (text)
            g_hash_table_replace(service->params, g_strdup(key), text);
        else
            settings_complain(reader, key, NULL, "a parameter must be a text, but \"%s\" is %s",
                              key, value_kind(item));
    }
    settings_leave(reader, mark);
}

static ValueSetting *read_env_value(SettingsReader *reader, const char *key, json_t *item)
{
    ValueSetting *setting;
    char *text = settings_scalar_text(item);

    if (json_is_object(item))
        return settings_read_source(reader, item);
    if (!text) {
        settings_complain(reader, NULL, "write a text, {env: NAME}, {file: PATH} or {ssm: NAME}",
                          "the variable \"%s\" must be a text or a source, but is %s", key,
                          value_kind(item));
        return NULL;
    }
    setting = g_new0(ValueSetting, 1);
    setting->source = VALUE_LITERAL;
    setting->text = text;
    return setting;
}

static void read_env(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    json_t *env = settings_mapping(reader, value, "env", NULL), *item;
    size_t mark = settings_enter(reader, "env");
    const char *key;

    json_object_foreach(env, key, item)
    {
        size_t item_mark = settings_enter(reader, key);
        ValueSetting *setting = read_env_value(reader, key, item);

        if (!syntax_is_variable(key))
            settings_complain_of_key(reader, NULL, "letters, digits and _, first no digit",
                                     "\"%s\" is no name of a variable", key);
        if (setting)
            g_hash_table_replace(service->env, g_strdup(key), setting);
        settings_leave(reader, item_mark);
    }
    settings_leave(reader, mark);
}

static void read_ignore(SettingsReader *reader, json_t *item, ServiceSettings *service)
{
    DriftIgnore *ignore;
    const char *path;

    if (!json_is_object(item)) {
        settings_complain(reader, NULL, "write {resource: Table, path: /Properties/Tags}",
                          "what is ignored must be a map, but this is %s", value_kind(item));
        return;
    }
    if (!settings_is_mapping(reader, item, ignore_keys))
        return;
    ignore = g_new0(DriftIgnore, 1);
    ignore->resource = g_strdup(settings_required_text(reader, item, "resource"));
    path = settings_text(reader, item, "path");
    if (path && path[0] != '/')
        settings_complain(reader, "path", "write it from the resource down: /Properties/Tags",
                          "\"%s\" is no JSON pointer", path);
    ignore->path = g_strdup(path);
    g_ptr_array_add(service->drift_ignore, ignore);
}

static void read_drift(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    json_t *drift = settings_mapping(reader, value, "drift", drift_keys), *list, *item;
    size_t mark = settings_enter(reader, "drift"), list_mark, i;

    service->drift_mode = settings_word(reader, drift, "mode", drift_modes, DRIFT_REPORT);
    service->drift_every_ms =
        settings_duration(reader, drift, "every", LEAST_DRIFT_EVERY_MS, DEFAULT_DRIFT_EVERY_MS);
    list = settings_list(reader, drift, "ignore");
    list_mark = settings_enter(reader, "ignore");
    json_array_foreach(list, i, item)
    {
        size_t item_mark = settings_enter_index(reader, i);

        read_ignore(reader, item, service);
        settings_leave(reader, item_mark);
    }
    settings_leave(reader, list_mark);
    settings_leave(reader, mark);
}

/* A number of deployments, or "all". */
static int read_keep_artifacts(SettingsReader *reader, json_t *value)
{
    json_t *keep = json_object_get(value, "keepArtifacts");

    if (!keep)
        return KEEP_ARTIFACTS_UNSET;
    if (json_is_string(keep) && !strcmp(json_string_value(keep), "all"))
        return 0;
    if (json_is_integer(keep) && json_integer_value(keep) >= 1 &&
        json_integer_value(keep) <= MOST_KEPT_DEPLOYMENTS)
        return (int)json_integer_value(keep);
    settings_complain(reader, "keepArtifacts", "write all, or a number from 1 to 100",
                      "\"keepArtifacts\" says of how many deployments artifacts are kept");
    return KEEP_ARTIFACTS_UNSET;
}

static void read_plugins(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    json_t *plugins = settings_mapping(reader, value, "plugins", plugin_keys), *list, *item;
    size_t mark = settings_enter(reader, "plugins"), i;

    list = settings_list(reader, plugins, "ignore");
    (void)settings_enter(reader, "ignore");
    json_array_foreach(list, i, item)
    {
        size_t item_mark = settings_enter_index(reader, i);

        if (json_is_string(item) && json_string_length(item) > 0)
            g_ptr_array_add(service->plugins_ignored, g_strdup(json_string_value(item)));
        else
            settings_complain(reader, NULL, NULL, "a plugin is ignored by its name, but this is %s",
                              value_kind(item));
        settings_leave(reader, item_mark);
    }
    settings_leave(reader, mark);
}

static void read_place(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    service->path = settings_inner_path(reader, value, "path");
    if (!service->path)
        service->path = g_strdup("");
    service->path_is_glob = strpbrk(service->path, GLOB_CHARACTERS);
    service->template_file = settings_inner_path(reader, value, "template");
    service->stack_name = settings_valid_text(reader, value, "stackName", syntax_is_stack_name,
                                              "letters, digits and -, first a letter, at most 128");
    if (service->stack_name && service->path_is_glob)
        settings_complain_of_key(reader, "stackName",
                                 "remove it, or write a path without *, ?, [ and {",
                                 "every service that the path matches would be the same stack");
}

static void read_target(SettingsReader *reader, json_t *value, ServiceSettings *service)
{
    static const char *const required[] = {"stage", "region"};

    for (size_t i = 0; i < G_N_ELEMENTS(required); i++)
        if (!json_object_get(value, required[i]))
            settings_complain_of_key(reader, NULL, NULL, "\"%s\" is missing", required[i]);
    service->stage =
        settings_valid_text(reader, value, "stage", syntax_is_stage, "letters, digits and - only");
    service->region =
        settings_valid_text(reader, value, "region", syntax_is_region, "write it like eu-west-1");
    service->account = read_name(reader, value, "account", "accounts", reader->settings->accounts);
    service->artifact_bucket =
        settings_valid_text(reader, value, "artifactBucket", syntax_is_bucket,
                            "write account, stack or the name of an S3 bucket");
    if (!service->artifact_bucket)
        service->artifact_bucket = g_strdup("account");
}

void settings_read_service(SettingsReader *reader, const char *name, json_t *value)
{
    ServiceSettings *service = g_new0(ServiceSettings, 1);

    service->name = g_strdup(name);
    service->at = settings_position(reader);
    service->params = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    service->env =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)value_setting_free);
    service->drift_ignore = g_ptr_array_new_with_free_func((GDestroyNotify)drift_ignore_free);
    service->plugins_ignored = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(reader->settings->services, service);
    if (!settings_is_mapping(reader, value, keys))
        return;
    if (!json_object_get(value, "repository"))
        settings_complain_of_key(reader, NULL, "name one of those under repositories",
                                 "\"repository\" is missing");
    service->repository =
        read_name(reader, value, "repository", "repositories", reader->settings->repositories);
    read_place(reader, value, service);
    read_revision(reader, value, service);
    read_target(reader, value, service);
    read_params(reader, value, service);
    read_env(reader, value, service);
    read_drift(reader, value, service);
    read_plugins(reader, value, service);
    service->keep_artifacts = read_keep_artifacts(reader, value);
    service->build = service->own_build = settings_read_build(reader, value);
    if (!json_object_get(value, "build") && service->repository)
        service->build = service->repository->build;
    service->approve =
        settings_word(reader, value, "approve", approve_policies, APPROVE_REPLACEMENTS);
}

/* What decides which stack a service is, as far as the file tells. */
static char *stack_identity(const ServiceSettings *service)
{
    const char *account = service->account ? service->account->name : "";

    if (service->stack_name)
        return g_strdup_printf("%s\n%s\n%s", account, service->region, service->stack_name);
    return g_strdup_printf("%s\n%s\n%s\n%s\n%s\n%s", account, service->region, service->stage,
                           service->repository->name, service->path,
                           service->template_file ? service->template_file : "");
}

void settings_check_stacks(SettingsReader *reader)
{
    GPtrArray *services = reader->settings->services;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < services->len; i++) {
        const ServiceSettings *service = g_ptr_array_index(services, i), *other;
        g_autofree char *identity = NULL;
        size_t mark;

        if (!service->repository || !service->region || !service->stage)
            continue;
        identity = stack_identity(service);
        other = g_hash_table_lookup(seen, identity);
        if (!other) {
            g_hash_table_insert(seen, g_steal_pointer(&identity), (gpointer)service);
            continue;
        }
        mark = settings_enter(reader, "services");
        settings_complain_of_key(
            reader, service->name, "give one of them another stage, region, account or stackName",
            "services \"%s\" and \"%s\" are the same stack", other->name, service->name);
        settings_leave(reader, mark);
    }
}
