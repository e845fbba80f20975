#include <string.h>

#include "config/settings_read.h"
#include "config/settings_syntax.h"

#define DEFAULT_STORE "driftless.db"
#define DEFAULT_LISTEN "127.0.0.1:8080"
#define DEFAULT_WORKERS 4
#define LEAST_INPUTS_EVERY_MS 1000
#define DEFAULT_INPUTS_EVERY_MS 60000
#define MAX_WORKERS 64
#define STORE_SCHEME "sqlite:"

static const char *const keys[] = {"store", "listen",   "workers",      "token",    "inputs",
                                   "node",  "accounts", "repositories", "services", NULL};

void value_setting_free(ValueSetting *value)
{
    if (!value)
        return;
    g_free(value->text);
    g_free(value);
}

void settings_free(Settings *settings)
{
    if (!settings)
        return;
    g_free(settings->file);
    g_free(settings->store);
    g_free(settings->listen);
    g_free(settings->node);
    value_setting_free(settings->api_token);
    g_ptr_array_unref(settings->accounts);
    g_ptr_array_unref(settings->repositories);
    g_ptr_array_unref(settings->services);
    g_free(settings);
}

ValueSetting *settings_read_source(SettingsReader *reader, json_t *value)
{
    static const char *const sources[] = {"env", "file", "ssm", NULL};
    const ValueSource kinds[] = {VALUE_ENV, VALUE_FILE, VALUE_SSM};
    ValueSetting *setting;

    if (!settings_is_mapping(reader, value, sources))
        return NULL;
    if (json_object_size(value) != 1) {
        settings_complain(reader, NULL, "write {env: NAME}, {file: PATH} or {ssm: NAME}",
                          "a source must be exactly one of env, file and ssm");
        return NULL;
    }
    for (size_t i = 0; sources[i]; i++) {
        const char *text = settings_text(reader, value, sources[i]);

        if (!text)
            continue;
        if (kinds[i] == VALUE_ENV && !syntax_is_variable(text)) {
            settings_complain(reader, "env", "letters, digits and _, first no digit",
                              "\"%s\" is no name of a variable", text);
            return NULL;
        }
        setting = g_new0(ValueSetting, 1);
        setting->source = kinds[i];
        setting->text = g_strdup(text);
        return setting;
    }
    return NULL;
}

static void read_store(SettingsReader *reader, json_t *root)
{
    const char *text = settings_text(reader, root, "store");

    reader->settings->store = g_strdup(DEFAULT_STORE);
    if (!text)
        return;
    if (!g_str_has_prefix(text, STORE_SCHEME) || !text[strlen(STORE_SCHEME)]) {
        settings_complain(reader, "store", "write sqlite:PATH, like sqlite:driftless.db",
                          "\"%s\" is no store", text);
        return;
    }
    g_free(reader->settings->store);
    reader->settings->store = g_strdup(text + strlen(STORE_SCHEME));
}

static void read_token(SettingsReader *reader, json_t *root)
{
    static const char how[] = "write token: {env: NAME} or token: {file: PATH}";
    json_t *value = json_object_get(root, "token");
    size_t mark;

    if (value && !json_is_object(value)) {
        settings_complain_of_secret(reader, "token", how,
                                    "a token must not stand in the file itself");
        return;
    }
    mark = settings_enter(reader, "token");
    if (value)
        reader->settings->api_token = settings_read_source(reader, value);
    if (reader->settings->api_token && reader->settings->api_token->source == VALUE_SSM)
        settings_complain(reader, NULL, how, "the API's token cannot come from ssm");
    settings_leave(reader, mark);
}

/* inputs: {every: 60s} */
static void read_inputs(SettingsReader *reader, json_t *root)
{
    static const char *const inputs_keys[] = {"every", NULL};
    json_t *inputs = settings_mapping(reader, root, "inputs", inputs_keys);
    size_t mark = settings_enter(reader, "inputs");

    reader->settings->inputs_every_ms =
        settings_duration(reader, inputs, "every", LEAST_INPUTS_EVERY_MS, DEFAULT_INPUTS_EVERY_MS);
    settings_leave(reader, mark);
}

static bool is_absolute(const char *text)
{
    return g_path_is_absolute(text);
}

static void read_process(SettingsReader *reader, json_t *root)
{
    json_t *workers = json_object_get(root, "workers");

    read_store(reader, root);
    reader->settings->listen =
        settings_valid_text(reader, root, "listen", syntax_is_listen,
                            "write HOST:PORT, like 127.0.0.1:8080, [::1]:8080 or :8080");
    if (!reader->settings->listen)
        reader->settings->listen = g_strdup(DEFAULT_LISTEN);
    reader->settings->workers = DEFAULT_WORKERS;
    if (workers && (!json_is_integer(workers) || json_integer_value(workers) < 1 ||
                    json_integer_value(workers) > MAX_WORKERS))
        settings_complain(reader, "workers", NULL, "\"workers\" must be a number from 1 to %d",
                          MAX_WORKERS);
    else if (workers)
        reader->settings->workers = (unsigned)json_integer_value(workers);
    reader->settings->node = settings_valid_text(reader, root, "node", is_absolute,
                                                 "the absolute path of a Node.js program");
    read_token(reader, root);
    read_inputs(reader, root);
}

static void read_section(SettingsReader *reader, json_t *root, const char *section,
                         void (*read_item)(SettingsReader *reader, const char *name, json_t *value))
{
    json_t *items = settings_mapping(reader, root, section, NULL), *item;
    size_t mark = settings_enter(reader, section);
    const char *name;

    json_object_foreach(items, name, item)
    {
        size_t item_mark = settings_enter(reader, name);

        if (!syntax_is_name(name))
            settings_complain_of_key(
                reader, NULL, "letters, digits, ., _ and -, first a letter or digit, at most 64",
                "\"%s\" is no valid name", name);
        read_item(reader, name, item);
        settings_leave(reader, item_mark);
    }
    settings_leave(reader, mark);
}

static void read_root(SettingsReader *reader, json_t *root)
{
    static const char *const required[] = {"repositories", "services"};

    if (!settings_is_mapping(reader, root, keys))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(required); i++)
        if (!json_object_get(root, required[i]))
            settings_complain(reader, NULL, NULL, "\"%s\" is missing", required[i]);
    read_process(reader, root);
    read_section(reader, root, "accounts", settings_read_account);
    read_section(reader, root, "repositories", settings_read_repository);
    read_section(reader, root, "services", settings_read_service);
    settings_check_stacks(reader);
}

Settings *settings_parse(const char *file, const char *text, size_t size, Problems *problems)
{
    g_autoptr(Document) document = NULL;
    g_autoptr(Settings) settings = NULL;
    g_autoptr(GString) pointer = g_string_new(NULL);
    g_autoptr(Problems) own = problems_new();
    SettingsReader reader = {.problems = own, .pointer = pointer};
    bool ok;

    settings = g_new0(Settings, 1);
    settings->file = g_strdup(file);
    settings->accounts = g_ptr_array_new_with_free_func((GDestroyNotify)account_settings_free);
    settings->repositories =
        g_ptr_array_new_with_free_func((GDestroyNotify)repository_settings_free);
    settings->services = g_ptr_array_new_with_free_func((GDestroyNotify)service_settings_free);
    document = document_parse(file, text, size, document_format_of(file), own);
    reader.document = document;
    reader.settings = settings;
    if (document)
        read_root(&reader, document_root(document));
    ok = !problems_have_errors(own);
    problems_append(problems, own);
    return ok ? g_steal_pointer(&settings) : NULL;
}

const ServiceSettings *settings_service(const Settings *settings, const char *name)
{
    for (guint i = 0; i < settings->services->len; i++) {
        const ServiceSettings *service = g_ptr_array_index(settings->services, i);

        if (strcmp(service->name, name) == 0)
            return service;
    }
    return NULL;
}
