#include "reconcile/compile/variables/origins.h"

#include <string.h>

/* A value copied from a copy of a copy: more hops than this are not followed (nor meant). */
#define MAX_HOPS 32
/* How far below a scalar's start a `${…}` is searched: block scalars hold templates of many lines.
 */
#define MAX_SEARCHED_LINES 400

typedef struct {
    const Document *document; /* NULL: the configuration itself */
    char *target;
    bool whole; /* holds for the pointer itself too */
} Mount;

struct Origins {
    Document *main;
    GPtrArray *documents; /* Document*: the adopted */
    GHashTable *mounts;   /* char* pointer → Mount* */
};

static void mount_free(gpointer data)
{
    Mount *mount = data;

    g_free(mount->target);
    g_free(mount);
}

Origins *origins_new(Document *main)
{
    Origins *origins = g_new0(Origins, 1);

    origins->main = main;
    origins->documents = g_ptr_array_new_with_free_func((GDestroyNotify)document_free);
    origins->mounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mount_free);
    return origins;
}

void origins_free(Origins *origins)
{
    if (!origins)
        return;
    g_hash_table_unref(origins->mounts);
    g_ptr_array_unref(origins->documents);
    document_free(origins->main);
    g_free(origins);
}

const Document *origins_document(const Origins *origins)
{
    return origins->main;
}

const Document *origins_adopt(Origins *origins, Document *document)
{
    g_ptr_array_add(origins->documents, document);
    return document;
}

static void add_mount(Origins *origins, const char *pointer, const Document *document,
                      const char *target, bool whole)
{
    Mount *mount = g_new0(Mount, 1);

    mount->document = document;
    mount->target = g_strdup(target);
    mount->whole = whole;
    g_hash_table_replace(origins->mounts, g_strdup(pointer), mount);
}

void origins_mount(Origins *origins, const char *pointer, const Document *document,
                   const char *target)
{
    add_mount(origins, pointer, document, target, false);
}

void origins_alias(Origins *origins, const char *pointer, const char *target)
{
    add_mount(origins, pointer, NULL, target, false);
}

void origins_move(Origins *origins, const char *pointer, const char *target)
{
    add_mount(origins, pointer, NULL, target, true);
}

/* The mount nearest above `pointer`, and what of the pointer lies below it. */
static const Mount *find_mount(const Origins *origins, const char *pointer, const char **ret_rest)
{
    g_autofree char *prefix = g_strdup(pointer);
    const Mount *mount = g_hash_table_lookup(origins->mounts, prefix);
    char *slash;

    if (mount && mount->whole) {
        *ret_rest = pointer + strlen(pointer);
        return mount;
    }
    while ((slash = strrchr(prefix, '/'))) {
        *slash = '\0';
        mount = g_hash_table_lookup(origins->mounts, prefix);
        if (mount) {
            *ret_rest = pointer + (slash - prefix);
            return mount;
        }
    }
    return NULL;
}

/* The document a pointer leads to, and the pointer in it. */
static const Document *follow(const Origins *origins, const char *pointer, char **ret_pointer)
{
    g_autofree char *at = g_strdup(pointer);

    for (int hop = 0; hop < MAX_HOPS; hop++) {
        const char *rest = NULL;
        const Mount *mount = find_mount(origins, at, &rest);
        char *next;

        if (!mount)
            break;
        next = g_strconcat(mount->target, rest, NULL);
        g_free(at);
        at = next;
        if (mount->document) {
            *ret_pointer = g_steal_pointer(&at);
            return mount->document;
        }
    }
    *ret_pointer = g_steal_pointer(&at);
    return origins->main;
}

Position origins_locate(const Origins *origins, const char *pointer, bool key)
{
    g_autofree char *target = NULL;
    const Document *document = follow(origins, pointer, &target);

    return document_locate(document, target, key);
}

void origins_problem(const Origins *origins, Problems *problems, ProblemSeverity severity,
                     const char *pointer, bool key, const char *hint, const char *format, ...)
{
    g_autofree char *target = NULL, *message = NULL;
    const Document *document = follow(origins, pointer, &target);
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    document_problem(document, problems, severity, target, key, hint, "%s", message);
}

/* Moves `at` (the start of a scalar) to the `occurrence`-th place of `needle` at or after it. */
static bool search(const Document *document, const char *needle, unsigned occurrence, Position *at)
{
    size_t needle_length = strlen(needle);

    for (unsigned line = at->line; line < at->line + MAX_SEARCHED_LINES; line++) {
        size_t length = 0;
        const char *text = document_line(document, line, &length);
        const char *end, *from = text;

        if (!text)
            return false;
        end = text + length;
        for (unsigned skipped = 1; line == at->line && skipped < at->column && from < end;
             skipped++)
            from = g_utf8_next_char(from);
        while (from < end && (from = g_strstr_len(from, end - from, needle))) {
            if (occurrence-- == 0) {
                at->line = line;
                at->column = (unsigned)g_utf8_strlen(text, from - text) + 1;
                return true;
            }
            from += needle_length;
        }
    }
    return false;
}

void origins_problem_in_text(const Origins *origins, Problems *problems, const char *pointer,
                             const char *text, unsigned occurrence, const char *hint,
                             const char *message)
{
    g_autofree char *target = NULL;
    const Document *document = follow(origins, pointer, &target);
    Position at = document_locate(document, target, false);
    /* Inside quotes the file may spell quotes and backslashes otherwise: what precedes them is
     * enough to find it. */
    g_autofree char *needle = g_strndup(text, strcspn(text, "\r\n\"\\"));
    size_t length = 0;
    const char *line;

    /* A problem that is left out needs no exact place. */
    if (*needle && problems_count(problems, PROBLEM_ERROR) < PROBLEMS_MAX)
        search(document, needle, occurrence, &at);
    problems_add(problems, PROBLEM_ERROR, &at, hint, "%s", message);
    line = document_line(document, at.line, &length);
    problems_quote(problems, line, length);
}

char *pointer_to_words(const char *pointer)
{
    GString *words = g_string_new(NULL);
    g_auto(GStrv) segments = g_strsplit(*pointer == '/' ? pointer + 1 : pointer, "/", -1);

    for (char **segment = segments; *segment; segment++) {
        bool is_index = **segment && strspn(*segment, "0123456789") == strlen(*segment);

        if (is_index && words->len > 0) {
            g_string_append_printf(words, "[%s]", *segment);
            continue;
        }
        if (words->len > 0)
            g_string_append_c(words, '.');
        g_string_append(words, *segment);
    }
    if (words->len == 0)
        g_string_append(words, "the configuration");
    g_string_replace(words, "~1", "/", 0);
    g_string_replace(words, "~0", "~", 0);
    return g_string_free(words, FALSE);
}
