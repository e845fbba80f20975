/* `build:` of a service or a repository: what is run before a service is compiled. */
#include <string.h>

#include "config/settings_read.h"
#include "config/settings_syntax.h"

#define DEFAULT_TIMEOUT_MS 600000
#define LEAST_TIMEOUT_MS 1000
#define DEFAULT_BYTES ((uint64_t)2 << 30)
#define LEAST_BYTES ((uint64_t)16 << 20)
#define STEPS_MAX 50

static const char *const keys[] = {"steps", "network", "folder", "timeout", "memory", "disk", NULL};
static const char *const step_keys[] = {"run", "network", "env", NULL};

static void step_free(void *data)
{
    BuildStep *step = data;

    g_free(step->run);
    g_strfreev(step->network);
    g_strfreev(step->environment);
    g_free(step);
}

BuildSettings *build_settings_new(void)
{
    BuildSettings *build = g_new0(BuildSettings, 1);

    build->steps = g_ptr_array_new_with_free_func(step_free);
    build->timeout_ms = DEFAULT_TIMEOUT_MS;
    build->memory_bytes = build->disk_bytes = DEFAULT_BYTES;
    return build;
}

void build_settings_free(BuildSettings *build)
{
    if (!build)
        return;
    g_ptr_array_unref(build->steps);
    g_free(build->folder);
    g_strfreev(build->network);
    g_free(build);
}

BuildStep *build_settings_add_step(BuildSettings *build, const char *run)
{
    BuildStep *step = g_new0(BuildStep, 1);

    step->run = g_strdup(run);
    g_ptr_array_add(build->steps, step);
    return step;
}

/* true: every host with a public address; or a list of hosts. */
static char **read_network(SettingsReader *reader, json_t *step)
{
    json_t *network = json_object_get(step, "network"), *item;
    g_autoptr(GStrvBuilder) hosts = g_strv_builder_new();
    size_t i;

    if (!network || json_is_false(network))
        return NULL;
    if (json_is_true(network))
        return g_strdupv((char *[]){(char *)"*", NULL});
    if (!json_is_array(network) || json_array_size(network) == 0) {
        settings_complain(reader, "network", "write true, or the hosts: [packages.example.com]",
                          "\"network\" must be true, false or a list of hosts, but is %s",
                          json_is_array(network) ? "an empty list" : value_kind(network));
        return NULL;
    }
    json_array_foreach(network, i, item)
    {
        const char *host = json_string_value(item);

        if (host && *host && strspn(host, SYNTAX_HOST_CHARACTERS) == strlen(host))
            g_strv_builder_add(hosts, host);
        else
            settings_complain(reader, "network", "write it without https:// and port",
                              "a host must be a name or an address, but item %zu is %s%s", i + 1,
                              host ? "" : value_kind(item), host ? host : "");
    }
    return g_strv_builder_end(hosts);
}

static char **read_environment(SettingsReader *reader, json_t *step)
{
    json_t *env = settings_mapping(reader, step, "env", NULL), *item;
    g_autoptr(GStrvBuilder) pairs = g_strv_builder_new();
    size_t mark = settings_enter(reader, "env");
    const char *key;

    json_object_foreach(env, key, item)
    {
        g_autofree char *text = settings_scalar_text(item);
        g_autofree char *pair = text ? g_strconcat(key, "=", text, NULL) : NULL;

        if (pair && syntax_is_variable(key))
            g_strv_builder_add(pairs, pair);
        else
            settings_complain(reader, key, "a build gets no secrets: write the value itself",
                              "a variable of a step must be a text, but \"%s\" is %s", key,
                              text ? "no name of one" : value_kind(item));
    }
    settings_leave(reader, mark);
    return g_strv_builder_end(pairs);
}

/* A command, or a command with what it is granted. */
static void read_step(SettingsReader *reader, json_t *item, BuildSettings *build)
{
    const char *run = json_string_value(item);
    BuildStep *step;

    if (run && *run) {
        build_settings_add_step(build, run);
        return;
    }
    if (!json_is_object(item)) {
        settings_complain(reader, NULL, "write a command, or {run: npm ci, network: true}",
                          "a step must be a command or a map, but this is %s",
                          run ? "empty" : value_kind(item));
        return;
    }
    if (!settings_is_mapping(reader, item, step_keys))
        return;
    run = settings_required_text(reader, item, "run");
    step = build_settings_add_step(build, run ? run : "");
    step->network = read_network(reader, item);
    step->environment = read_environment(reader, item);
}

static uint64_t read_size(SettingsReader *reader, json_t *build, const char *key)
{
    const char *text = settings_text(reader, build, key);
    uint64_t bytes = DEFAULT_BYTES;

    if (text && (!syntax_read_size(text, &bytes) || bytes < LEAST_BYTES))
        settings_complain(reader, key, "write it like 512MiB or 2GiB, at least 16MiB",
                          "\"%s\" is no size", text);
    return bytes;
}

BuildSettings *settings_read_build(SettingsReader *reader, json_t *parent)
{
    json_t *value = json_object_get(parent, "build"), *list, *item;
    BuildSettings *build;
    size_t mark, list_mark, i;

    if (!value || json_is_false(value))
        return NULL;
    mark = settings_enter(reader, "build");
    build = build_settings_new();
    build->at = settings_position(reader);
    if (!json_is_true(value) && settings_is_mapping(reader, value, keys)) {
        build->folder = settings_inner_path(reader, value, "folder");
        build->network = read_network(reader, value);
        build->timeout_ms =
            settings_duration(reader, value, "timeout", LEAST_TIMEOUT_MS, DEFAULT_TIMEOUT_MS);
        build->memory_bytes = read_size(reader, value, "memory");
        build->disk_bytes = read_size(reader, value, "disk");
        list = settings_list(reader, value, "steps");
        list_mark = settings_enter(reader, "steps");
        if (json_array_size(list) > STEPS_MAX)
            settings_complain(reader, NULL, "put them into a script", "more than %d steps",
                              STEPS_MAX);
        json_array_foreach(list, i, item)
        {
            size_t item_mark = settings_enter_index(reader, i);

            read_step(reader, item, build);
            settings_leave(reader, item_mark);
        }
        settings_leave(reader, list_mark);
    }
    settings_leave(reader, mark);
    return build;
}
