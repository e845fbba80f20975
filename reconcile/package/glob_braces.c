#include "reconcile/package/glob.h"

#include "reconcile/package/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define EXPANSIONS_MAX 1000

typedef struct {
    const char *trouble;
    unsigned depth;
} Expansion;

static GPtrArray *expand(Expansion *expansion, const char *text, const char *end);

static GPtrArray *list_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* What stands behind the class at '[', in which braces are none; without its ']' that is the end.
 */
static const char *skip_class(const char *at, const char *end)
{
    unsigned depth = 0;

    for (; at < end; at++) {
        if (*at == '\\' && at + 1 < end)
            at++;
        else if (*at == '[')
            depth++;
        else if (*at == ']' && --depth == 0)
            return at + 1;
    }
    return end;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'' || c == '`';
}

/* What stands behind the text in quotes at `at`; without a second quote that is the end. */
static const char *skip_quoted(const char *at, const char *end)
{
    const char quote = *at++;

    for (; at < end && *at != quote; at++)
        at += *at == '\\' && at + 1 < end;
    return at < end ? at + 1 : end;
}

/* The next character that is neither escaped, nor in a class or quotes. */
static const char *next_plain(const char *at, const char *end)
{
    for (;;) {
        if (at < end && *at == '\\')
            at = MIN(at + 2, end);
        else if (at < end && *at == '[')
            at = skip_class(at, end);
        else if (at < end && is_quote(*at))
            at = skip_quoted(at, end);
        else
            return at;
    }
}

/* The '}' for the '{' at `open`, or NULL. */
static const char *find_close(const char *open, const char *end)
{
    unsigned depth = 0;

    for (const char *at = next_plain(open, end); at < end; at = next_plain(at + 1, end)) {
        if (*at == '{')
            depth++;
        else if (*at == '}' && --depth == 0)
            return at;
    }
    return NULL;
}

static bool read_number(const char *text, long *ret)
{
    char *end;

    errno = 0;
    *ret = strtol(text, &end, 10);
    return !errno && end > text && !*end && labs(*ret) <= 1000000000;
}

/* With zeros in front as long as the longest of the range's parts, if one has some. */
static int padded_width(char **parts)
{
    size_t width = 0;
    bool padded = false;

    for (; *parts; parts++) {
        const char *digits = *parts + (**parts == '-');

        padded |= *digits == '0' && digits[1];
        width = MAX(width, strlen(*parts));
    }
    return padded ? (int)width : 0;
}

static bool is_end_of_range(const char *text, long *ret, bool *ret_number)
{
    *ret_number = read_number(text, ret);
    if (*ret_number)
        return true;
    *ret = (guchar)*text;
    return *text && !text[1] && !(*text & 0x80);
}

static void fill_range(Expansion *expansion, char **parts, const long ends[2], long stride,
                       bool numbers, GPtrArray *into)
{
    const long length = labs(ends[1] - ends[0]), way = ends[1] < ends[0] ? -1 : 1;
    const int width = numbers ? padded_width(parts) : 0;

    if (length / stride >= EXPANSIONS_MAX) {
        expansion->trouble = "its braces stand for more than 1000 patterns";
        return;
    }
    for (long i = 0; i <= length; i += stride) {
        const long value = ends[0] + way * i;

        g_ptr_array_add(into, numbers ? g_strdup_printf("%0*ld", width, value)
                                      : g_strdup_printf("%c", (char)value));
    }
}

/* "1..3" and "a..c" with an optional step; false for what is neither. */
static bool add_range(Expansion *expansion, const char *inner, GPtrArray *into)
{
    g_auto(GStrv) parts = g_strsplit(inner, "..", 4);
    const guint count = g_strv_length(parts);
    long ends[2], stride = 1;
    bool first, last;

    if (count < 2 || count > 3 || inner[strcspn(inner, ",{}()[]")] ||
        !is_end_of_range(parts[0], &ends[0], &first) ||
        !is_end_of_range(parts[1], &ends[1], &last) ||
        (count == 3 && !read_number(parts[2], &stride)))
        return false;
    if (first != last) /* the framework compares their first characters then */
        for (unsigned i = 0; i < 2; i++)
            ends[i] = (guchar)*parts[i];
    fill_range(expansion, parts, ends, MAX(1, labs(stride)), first && last, into);
    return true;
}

/* Every one of `list` with every one of `behind` behind it. */
static GPtrArray *multiply(Expansion *expansion, GPtrArray *list, const GPtrArray *behind)
{
    GPtrArray *product = list_new();

    if ((uint64_t)list->len * behind->len > EXPANSIONS_MAX)
        expansion->trouble = "its braces stand for more than 1000 patterns";
    for (guint i = 0; i < list->len && !expansion->trouble; i++)
        for (guint j = 0; j < behind->len; j++)
            g_ptr_array_add(product, g_strconcat(g_ptr_array_index(list, i),
                                                 g_ptr_array_index(behind, j), NULL));
    g_ptr_array_unref(list);
    return product;
}

static void add_all(Expansion *expansion, GPtrArray *into, GPtrArray *from)
{
    if (into->len + from->len > EXPANSIONS_MAX)
        expansion->trouble = "its braces stand for more than 1000 patterns";
    for (guint i = 0; i < from->len && !expansion->trouble; i++)
        g_ptr_array_add(into, g_strdup(g_ptr_array_index(from, i)));
    g_ptr_array_unref(from);
}

/* The alternatives of a brace's inside; there is one only where it holds no comma. */
static GPtrArray *expand_inside(Expansion *expansion, const char *inside, const char *end,
                                unsigned *ret_count)
{
    GPtrArray *all = list_new();
    const char *start = inside;
    unsigned depth = 0;

    *ret_count = 1;
    for (const char *at = next_plain(inside, end); at < end && !expansion->trouble;
         at = next_plain(at + 1, end)) {
        if (*at == '{') {
            depth++;
        } else if (*at == '}') {
            depth -= depth > 0;
        } else if (*at == ',' && depth == 0) {
            add_all(expansion, all, expand(expansion, start, at));
            start = at + 1;
            ++*ret_count;
        }
    }
    add_all(expansion, all, expand(expansion, start, end));
    return all;
}

/* What the brace from `open` to `close` stands for. */
static GPtrArray *expand_brace(Expansion *expansion, const char *open, const char *close)
{
    g_autofree char *inner = g_strndup(open + 1, (gsize)(close - open - 1));
    GPtrArray *parts = list_new();
    unsigned count;

    if (add_range(expansion, inner, parts))
        return parts;
    g_ptr_array_unref(parts);
    parts = expand_inside(expansion, open + 1, close, &count);
    for (guint i = 0; count == 1 && i < parts->len; i++) { /* "{a}" keeps its braces */
        char *part = g_ptr_array_index(parts, i);

        g_ptr_array_index(parts, i) = g_strconcat("{", part, "}", NULL);
        g_free(part);
    }
    return parts;
}

/* Text without the quotes around it. */
static void append_quoted(GString *text, const char *at, const char *after)
{
    const bool closed = after - at > 1 && after[-1] == *at;

    g_string_append_len(text, at + 1, after - at - 1 - closed);
}

/* Text up to the next brace. As in the framework a ']' that ends no class gets a backslash, and
 * quotes are taken away. */
static const char *take_text(const char *at, const char *end, GString *text)
{
    const char *start = at;

    while (at < end && (*at != '{' || at == start)) {
        const char *after = *at == '\\'     ? MIN(at + 2, end)
                            : *at == '['    ? skip_class(at, end)
                            : is_quote(*at) ? skip_quoted(at, end)
                                            : at + 1;

        if (is_quote(*at)) {
            append_quoted(text, at, after);
        } else {
            if (*at == ']')
                g_string_append_c(text, '\\');
            g_string_append_len(text, at, after - at);
        }
        at = after;
    }
    return at;
}

static GPtrArray *expand(Expansion *expansion, const char *text, const char *end)
{
    GPtrArray *all = list_new();

    g_ptr_array_add(all, g_strdup(""));
    if (++expansion->depth > GLOB_DEPTH_MAX)
        expansion->trouble = "brackets are nested too deep";
    for (const char *at = text; at < end && !expansion->trouble;) {
        const char *close = *at == '{' ? find_close(at, end) : NULL;
        g_autoptr(GPtrArray) next = NULL;

        if (close && at > text && at[-1] == '$') { /* "${…}" stays as it is */
            next = list_new();
            g_ptr_array_add(next, g_strndup(at, (gsize)(close + 1 - at)));
            at = close + 1;
        } else if (close) {
            next = expand_brace(expansion, at, close);
            at = close + 1;
        } else {
            GString *plain = g_string_new(NULL);

            at = take_text(at, end, plain);
            next = list_new();
            g_ptr_array_add(next, g_string_free(plain, FALSE));
        }
        all = multiply(expansion, all, next);
    }
    expansion->depth--;
    return all;
}

GPtrArray *glob_expand_braces(const char *pattern, GError **error)
{
    const char *open = strchr(pattern, '{');
    Expansion expansion = {0};
    GPtrArray *all;

    if (!open || !strchr(open, '}')) {
        all = list_new();
        g_ptr_array_add(all, g_strdup(pattern));
        return all;
    }
    all = expand(&expansion, pattern, pattern + strlen(pattern));
    if (!expansion.trouble)
        return all;
    g_ptr_array_unref(all);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN, "pattern \"%.100s\": %s", pattern,
                expansion.trouble);
    return NULL;
}
