#include <string.h>

#include "reconcile/compile/variables/dotenv.h"
#include "reconcile/compile/variables/resolver.h"

/* `.env` files as the packages dotenv 17 and dotenv-expand 13 read them: NAME=value with optional
 * `export`, quotes of three kinds (the double ones know \n and \r), comments, and ${NAME}, $NAME,
 * ${NAME:-default}, ${NAME:+other} inside of values. A name the options grant wins over the file's.
 */

#define MAX_FILE_BYTES (1u << 20)
#define MAX_VALUE_BYTES (64u << 10)
#define MAX_EXPANSIONS 1000

typedef struct {
    const char *at;
} Scanner;

static const char *skip_blank(const char *at)
{
    while (*at == ' ' || *at == '\t')
        at++;
    return at;
}

static const char *skip_space(const char *at)
{
    while (g_ascii_isspace(*at))
        at++;
    return at;
}

static const char *next_line(const char *at)
{
    at += strcspn(at, "\n");
    return *at ? at + 1 : at;
}

/* A value in quotes may hold newlines; NULL where the quotes do not close. */
static const char *closing_quote(const char *open)
{
    for (const char *at = open + 1; *at; at++) {
        if (*at == '\\' && at[1] == *open)
            at++;
        else if (*at == *open)
            return at;
    }
    return NULL;
}

static char *unescape_newlines(const char *text, size_t length)
{
    GString *value = g_string_new_len(text, (gssize)length);

    g_string_replace(value, "\\n", "\n", 0);
    g_string_replace(value, "\\r", "\r", 0);
    return g_string_free(value, FALSE);
}

/* Reads the value behind "="; moves behind it. */
static char *read_value(Scanner *scanner)
{
    const char *at = skip_blank(scanner->at), *close = NULL;
    char *value;

    if (*at && strchr("'\"`", *at))
        close = closing_quote(at);
    if (close) {
        value = *at == '"' ? unescape_newlines(at + 1, (size_t)(close - at - 1))
                           : g_strndup(at + 1, (size_t)(close - at - 1));
        scanner->at = close + 1;
        return value;
    }
    value = g_strstrip(g_strndup(at, strcspn(at, "#\n")));
    scanner->at = at + strcspn(at, "#\n");
    return value;
}

/* Reads NAME and its "=" (or ": "); false where the line is none. */
static bool read_name(Scanner *scanner, char **ret)
{
    static const char characters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    const char *name = skip_space(scanner->at), *end;

    scanner->at = name;
    if (g_str_has_prefix(name, "export") && g_ascii_isspace(name[6]))
        name = skip_space(name + 6);
    end = name + strspn(name, characters);
    if (end == name)
        return false;
    scanner->at = skip_blank(end);
    if (*scanner->at == '=')
        scanner->at++;
    else if (end[0] == ':' && (end[1] == ' ' || end[1] == '\t'))
        scanner->at = end + 1;
    else
        return false;
    *ret = g_strndup(name, (size_t)(end - name));
    return true;
}

static const char *lookup(const Resolver *resolver, const char *name)
{
    const char *value =
        resolver->options->env ? g_hash_table_lookup(resolver->options->env, name) : NULL;

    return value ? value : g_hash_table_lookup(resolver->dotenv, name);
}

/* What "NAME", "NAME:-default", "NAME-default", "NAME:+other" or "NAME+other" stands for. (transfer
 * full) */
static char *expand_reference(const Resolver *resolver, const char *reference)
{
    size_t length = strcspn(reference, ":+-");
    const char *operator= reference + length;
    g_autofree char *name = NULL;
    const char *value, *word;

    if (*operator== ':' && operator[1] != '+' && operator[1] != '-') {
        length += 1 + strcspn(operator+ 1, "+-");
        operator= reference + length;
    }
    name = g_strndup(reference, length);
    value = lookup(resolver, name);
    word = *operator== ':' ? operator+ 2 : * operator? operator+ 1 : operator;
    if (strchr(operator, '+') == operator|| g_str_has_prefix(operator, ":+"))
        return g_strdup(value && *value ? word : "");
    return g_strdup(value && *value ? value : word);
}

/* The first reference in `text` that no backslash escapes: its place, and what is in it (transfer
 * full). */
static bool find_reference(const char *text, size_t *ret_start, size_t *ret_length, char **ret)
{
    for (const char *at = strchr(text, '$'); at; at = strchr(at + 1, '$')) {
        size_t length;

        if (at > text && at[-1] == '\\')
            continue;
        if (at[1] == '{') {
            length = strcspn(at + 2, "{}");
            if (length == 0 || at[2 + length] != '}')
                continue;
            *ret = g_strndup(at + 2, length);
            length += 3;
        } else if (g_ascii_isalpha(at[1]) || at[1] == '_') {
            for (length = 1; g_ascii_isalnum(at[length]) || at[length] == '_'; length++)
                ;
            *ret = g_strndup(at + 1, length - 1);
        } else {
            continue;
        }
        *ret_start = (size_t)(at - text);
        *ret_length = length;
        return true;
    }
    return false;
}

static char *expand(const Resolver *resolver, const char *value)
{
    GString *text = g_string_new(value);
    size_t start, length;
    char *reference = NULL;

    for (int i = 0; i < MAX_EXPANSIONS && text->len <= MAX_VALUE_BYTES &&
                    find_reference(text->str, &start, &length, &reference);
         i++) {
        g_autofree char *inside = g_steal_pointer(&reference);
        g_autofree char *replacement = expand_reference(resolver, inside);
        bool is_itself =
            strlen(replacement) == length && strncmp(replacement, text->str + start, length) == 0;

        g_string_erase(text, (gssize)start, (gssize)length);
        g_string_insert(text, (gssize)start, is_itself ? "" : replacement);
    }
    g_free(reference);
    g_string_replace(text, "\\$", "$", 0);
    return g_string_free(text, FALSE);
}

bool dotenv_next(const char **text, char **ret_name, char **ret_value)
{
    Scanner scanner = {.at = *text};
    bool found = false;

    while (*scanner.at && !found) {
        found = read_name(&scanner, ret_name);
        if (found)
            *ret_value = read_value(&scanner);
        scanner.at = next_line(scanner.at);
    }
    *text = scanner.at;
    return found;
}

char *dotenv_text(const char *data, size_t size)
{
    g_autofree char *text = g_utf8_make_valid(data, (gssize)size);
    g_auto(GStrv) lines = g_strsplit(text, "\r\n", -1);

    return g_strjoinv("\n", lines);
}

static void read_variables(Resolver *resolver, const char *text)
{
    char *name = NULL, *value = NULL;

    while (dotenv_next(&text, &name, &value)) {
        g_hash_table_replace(resolver->dotenv, name, expand(resolver, value));
        g_free(value);
    }
}

void resolver_read_dotenv(Resolver *resolver, const char *stage)
{
    g_autofree char *stage_name = g_strconcat(".env.", stage, NULL);
    const char *const names[] = {stage_name, ".env"};

    resolver->dotenv = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = source_path_resolve(resolver->service_path, names[i], NULL);
        g_autoptr(GError) error = NULL;
        g_autofree char *data = NULL;
        size_t size = 0;

        if (path && source_tree_read(resolver->tree, path, MAX_FILE_BYTES, &data, &size, &error)) {
            g_autofree char *text = dotenv_text(data, size);

            read_variables(resolver, text);
            return;
        }
        if (error && !g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND)) {
            origins_problem(resolver->origins, resolver->problems, PROBLEM_ERROR, "/useDotenv",
                            true, NULL, "%s cannot be read: %s", names[i], error->message);
            return;
        }
    }
}
