#include "config/settings_syntax.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"
#define ALNUM LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS
#define MAX_DURATION_MS (30u * 24 * 3600 * 1000)
#define MAX_SIZE_BYTES ((guint64)1 << 40)

static bool consists_of(const char *text, const char *characters, size_t least, size_t most)
{
    size_t length = strlen(text);

    return length >= least && length <= most && strspn(text, characters) == length;
}

bool syntax_is_name(const char *text)
{
    return g_ascii_isalnum(text[0]) && consists_of(text, ALNUM "._-", 1, 64);
}

bool syntax_is_stage(const char *text)
{
    return consists_of(text, ALNUM "-", 1, 128);
}

bool syntax_is_region(const char *text)
{
    size_t length = strlen(text);
    unsigned words = 0;

    if (!consists_of(text, LOWER "-" DIGITS, 9, 32) || !g_ascii_isdigit(text[length - 1]) ||
        text[length - 2] != '-')
        return false;
    for (const char *at = text; at < text + length - 1; words++) {
        size_t span = strspn(at, LOWER);

        if (span == 0 || at[span] != '-')
            return false;
        at += span + 1;
    }
    return words >= 2;
}

bool syntax_is_role(const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 6);

    return g_strv_length(parts) == 6 && strcmp(parts[0], "arn") == 0 &&
           g_str_has_prefix(parts[1], "aws") && strcmp(parts[2], "iam") == 0 && !*parts[3] &&
           consists_of(parts[4], DIGITS, 12, 12) && g_str_has_prefix(parts[5], "role/") &&
           consists_of(parts[5] + strlen("role/"), ALNUM "+=,.@_/-", 1, 512);
}

bool syntax_is_stack_name(const char *text)
{
    return g_ascii_isalpha(text[0]) && consists_of(text, ALNUM "-", 1, 128);
}

bool syntax_is_bucket(const char *text)
{
    size_t length = strlen(text);

    return consists_of(text, LOWER DIGITS ".-", 3, 63) && g_ascii_isalnum(text[0]) &&
           g_ascii_isalnum(text[length - 1]) && !strstr(text, "..");
}

bool syntax_is_variable(const char *text)
{
    return !g_ascii_isdigit(text[0]) && consists_of(text, ALNUM "_", 1, 255);
}

/* Source: git-check-ref-format(1). */
bool syntax_is_ref(const char *text)
{
    if (!*text || strlen(text) > 255 || strchr("-/.", text[0]) || strpbrk(text, " ~^:?*[\\\177") ||
        strstr(text, "..") || strstr(text, "//") || strstr(text, "/.") || strstr(text, "@{") ||
        strstr(text, ".lock/") || strcmp(text, "@") == 0 || g_str_has_suffix(text, ".lock") ||
        g_str_has_suffix(text, "/") || g_str_has_suffix(text, "."))
        return false;
    for (; *text; text++)
        if ((unsigned char)*text < 0x20)
            return false;
    return true;
}

bool syntax_is_commit(const char *text)
{
    return consists_of(text, DIGITS "abcdefABCDEF", 40, 40);
}

bool syntax_is_listen(const char *text)
{
    const char *colon = strrchr(text, ':');
    g_autofree char *host = NULL;
    guint64 port = 0;

    if (!colon || !consists_of(colon + 1, DIGITS, 1, 5) ||
        !g_ascii_string_to_unsigned(colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
        return false;
    host = g_strndup(text, (gsize)(colon - text));
    if (host[0] == '[')
        return g_str_has_suffix(host, "]") &&
               consists_of(host, "[]:" DIGITS "abcdefABCDEF.", 4, 47);
    return consists_of(host, ALNUM ".-", 0, 253);
}

bool syntax_read_duration(const char *text, unsigned *ret_ms)
{
    static const struct {
        const char *unit;
        unsigned ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = strspn(text, DIGITS);
    guint64 number = g_ascii_strtoull(text, NULL, 10);

    if (digits == 0 || digits > 10)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        if (strcmp(text + digits, units[i].unit) != 0)
            continue;
        if (number * units[i].ms > MAX_DURATION_MS)
            return false;
        *ret_ms = (unsigned)(number * units[i].ms);
        return true;
    }
    return false;
}

bool syntax_read_size(const char *text, guint64 *ret_bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB"};
    size_t digits = strspn(text, DIGITS);
    guint64 number = g_ascii_strtoull(text, NULL, 10);

    if (digits == 0 || digits > 10)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(units); i++) {
        guint64 unit = (guint64)1 << 10 * (i + 1);

        if (strcmp(text + digits, units[i]) != 0)
            continue;
        if (number > MAX_SIZE_BYTES / unit)
            return false;
        *ret_bytes = number * unit;
        return true;
    }
    return false;
}

static bool is_this_machine(const char *authority)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        size_t length = strlen(names[i]);

        if (strncmp(authority, names[i], length) == 0 && strchr(":/", authority[length]))
            return true;
    }
    return false;
}

static UrlKind http_kind(const char *authority, bool encrypted)
{
    size_t length = strcspn(authority, "/");

    if (length == 0)
        return URL_INVALID;
    if (memchr(authority, '@', length))
        return URL_WITH_PASSWORD;
    return encrypted || is_this_machine(authority) ? URL_HTTPS : URL_HTTP_ELSEWHERE;
}

static UrlKind ssh_kind(const char *authority)
{
    size_t length = strcspn(authority, "/");
    const char *at = memchr(authority, '@', length);

    if (length == 0)
        return URL_INVALID;
    return at && memchr(authority, ':', (size_t)(at - authority)) ? URL_WITH_PASSWORD : URL_SSH;
}

UrlKind syntax_url_kind(const char *text)
{
    const char *scheme = strstr(text, "://"), *colon = strchr(text, ':');

    if (!*text || *text == '-' || strpbrk(text, " \t\r\n"))
        return URL_INVALID;
    if (g_str_has_prefix(text, "https://"))
        return http_kind(text + strlen("https://"), true);
    if (g_str_has_prefix(text, "http://"))
        return http_kind(text + strlen("http://"), false);
    if (g_str_has_prefix(text, "ssh://"))
        return ssh_kind(text + strlen("ssh://"));
    if (g_str_has_prefix(text, "file:///"))
        return URL_PATH;
    if (scheme || strstr(text, "::"))
        return URL_INVALID;
    /* git's short form, user@host:path; a slash before the colon makes it a path. */
    if (colon && colon != text && !memchr(text, '/', (size_t)(colon - text)))
        return memchr(text, '@', (size_t)(colon - text)) ? URL_SSH : URL_INVALID;
    return URL_PATH;
}
