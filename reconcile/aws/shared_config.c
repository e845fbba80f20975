#include "reconcile/aws/shared_config.h"
#include "config/crypto_library.h"
#include "reconcile/aws/credentials_provider.h"
#include <string.h>
#include <sys/stat.h>

#define FILE_MAX_BYTES (1 << 20)

static char *file_path(const CredentialsContext *context, const char *variable, const char *name)
{
    const char *path = credentials_environment(context, variable);
    const char *home = credentials_environment(context, "HOME");

    return path ? g_strdup(path) : g_build_filename(home ? home : "/", ".aws", name, NULL);
}

static char *config_path(const CredentialsContext *context)
{
    return file_path(context, "AWS_CONFIG_FILE", "config");
}

static char *credentials_path(const CredentialsContext *context)
{
    return file_path(context, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
}

static void append_stamp(GString *stamp, const char *file)
{
    struct stat status;

    if (stat(file, &status) == 0)
        g_string_append_printf(stamp, "%lld.%09ld/%lld;", (long long)status.st_mtim.tv_sec,
                               status.st_mtim.tv_nsec, (long long)status.st_size);
    else
        g_string_append(stamp, "none;");
}

char *shared_profile_stamp(const CredentialsContext *context)
{
    g_autofree char *config = config_path(context), *credentials = credentials_path(context);
    GString *stamp = g_string_new(NULL);

    append_stamp(stamp, config);
    append_stamp(stamp, credentials);
    return g_string_free(stamp, FALSE);
}

const char *shared_profile_name(const CredentialsContext *context, const char *profile)
{
    if (!profile)
        profile = credentials_environment(context, "AWS_PROFILE");
    return profile ? profile : "default";
}

/* "[profile dev]", in the credentials file "[dev]"; [default] in both. */
static bool is_section_of(const char *line, const char *profile, bool config)
{
    const char *end = strchr(line, ']');
    g_autofree char *section =
        end ? g_strstrip(g_strndup(line + 1, (gsize)(end - line - 1))) : NULL;
    const char *name = section;

    if (!section)
        return false;
    if (config && g_str_has_prefix(section, "profile") && g_ascii_isspace(section[7])) {
        name = section + 8;
        while (g_ascii_isspace(*name))
            name++;
    } else if (config && !g_str_equal(section, "default")) {
        return false; /* [sso-session x], [services x] */
    }
    return g_str_equal(name, profile);
}

/* An indented line belongs to a nested setting (`s3 =`), of which none is ours. */
static void read_lines(char **lines, const char *profile, bool config, SharedProfile *into)
{
    bool inside = false;

    for (; *lines; lines++) {
        char *line = *lines, *equals;

        if (*line == '[') {
            inside = is_section_of(line, profile, config);
            if (inside && !into->values)
                into->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
            continue;
        }
        equals = strchr(line, '=');
        if (!inside || !equals || *line == '#' || *line == ';' || g_ascii_isspace(*line))
            continue;
        *equals = '\0';
        g_hash_table_replace(into->values, g_ascii_strdown(g_strstrip(line), -1),
                             g_strdup(g_strstrip(equals + 1)));
    }
}

static bool read_file(const char *file, const char *profile, bool config, SharedProfile *into,
                      GError **error)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    g_autoptr(GError) failure = NULL;
    struct stat status;
    gsize size;

    if (stat(file, &status) == 0 && status.st_size > FILE_MAX_BYTES) {
        g_set_error(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID, "%s is larger than 1 MiB",
                    file);
        return false;
    }
    if (!g_file_get_contents(file, &text, &size, &failure)) {
        if (g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
            g_error_matches(failure, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
            return true;
        g_set_error_literal(error, CREDENTIALS_ERROR, CREDENTIALS_ERROR_INVALID, failure->message);
        return false;
    }
    g_strdelimit(text, "\r", ' ');
    lines = g_strsplit(text, "\n", -1);
    crypto()->OPENSSL_cleanse(text, size);
    read_lines(lines, profile, config, into);
    return true;
}

bool shared_profile_read(const CredentialsContext *context, const char *profile, SharedProfile *ret,
                         GError **error)
{
    g_auto(SharedProfile) read = {.name = g_strdup(profile),
                                  .config_file = config_path(context),
                                  .credentials_file = credentials_path(context),
                                  .stamp = shared_profile_stamp(context)};

    if (!read_file(read.config_file, profile, true, &read, error) ||
        !read_file(read.credentials_file, profile, false, &read, error))
        return false;
    *ret = read;
    read = (SharedProfile){0};
    return true;
}

void shared_profile_clear(SharedProfile *profile)
{
    g_clear_pointer(&profile->name, g_free);
    g_clear_pointer(&profile->values, g_hash_table_unref);
    g_clear_pointer(&profile->config_file, g_free);
    g_clear_pointer(&profile->credentials_file, g_free);
    g_clear_pointer(&profile->stamp, g_free);
}

const char *shared_profile_get(const SharedProfile *profile, const char *key)
{
    const char *value = profile->values ? g_hash_table_lookup(profile->values, key) : NULL;

    return value && *value ? value : NULL;
}

char *credentials_default_region(const CredentialsContext *context, const char *profile)
{
    const char *region = credentials_environment(context, "AWS_REGION");
    g_auto(SharedProfile) read = {0};

    if (!region)
        region = credentials_environment(context, "AWS_DEFAULT_REGION");
    if (!region && shared_profile_read(context, shared_profile_name(context, profile), &read, NULL))
        region = shared_profile_get(&read, "region");
    return g_strdup(region);
}
