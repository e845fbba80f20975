#include <string.h>

#include "reconcile/compile/variables/resolver.h"

/* ${file(path):a.b}: YAML and JSON as values, JavaScript as what it says (script.c), everything
 * else
 * (.mjs and .ts among it) as text, from the service's folder or beside it, never from outside of
 * the tree. */

typedef struct {
    const Document *document; /* owned by the Origins; NULL for text */
    json_t *root;             /* owned; NULL: no such file */
    bool is_script;
    bool failed; /* and reported */
} SourceFile;

void source_file_free(gpointer data)
{
    SourceFile *file = data;

    json_decref(file->root);
    g_free(file);
}

/* path.extname: from the last dot of the last segment on, unless that dot starts it. */
static const char *extension_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');

    return dot && dot != name ? dot : "";
}

static bool is_one_of(const char *word, const char *const *words)
{
    return g_strv_contains(words, word);
}

static void parse(SourceCall *call, SourceFile *file, const char *path, const char *data,
                  size_t size)
{
    static const char *const structured[] = {".yml", ".yaml", ".json", ".tfstate", NULL};
    Document *document;

    if (!is_one_of(extension_of(path), structured)) {
        if (memchr(data, '\0', size) || !g_utf8_validate(data, (gssize)size, NULL)) {
            source_fail(call, NULL, "%s is not UTF-8 text", path);
            file->failed = true;
        } else {
            file->root = json_stringn(data, size);
        }
        return;
    }
    document = document_parse(path, data, size, document_format_of(path), call->resolver->problems);
    file->failed = document == NULL;
    if (!document)
        return;
    file->document = origins_adopt(call->resolver->origins, document);
    file->root = json_incref(document_root(document));
}

static void load(SourceCall *call, SourceFile *file, const char *path)
{
    static const char *const scripts[] = {".js", ".cjs", NULL};
    g_autoptr(GError) error = NULL;
    g_autofree char *data = NULL;
    size_t size = 0;

    if (!source_tree_read(call->resolver->tree, path, VARIABLES_MAX_FILE_BYTES, &data, &size,
                          &error)) {
        if (g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND))
            return;
        source_fail(call, NULL, "%s cannot be read: %s", path, error->message);
        file->failed = true;
        return;
    }
    file->is_script = is_one_of(extension_of(path), scripts);
    if (file->is_script)
        return;
    file->failed = !resolver_spend_text(call->resolver, call->property, size);
    if (!file->failed)
        parse(call, file, path, data, size);
}

static SourceFile *open_file(SourceCall *call, const char *path)
{
    SourceFile *file = g_hash_table_lookup(call->resolver->files, path);

    if (file)
        return file;
    file = g_new0(SourceFile, 1);
    g_hash_table_insert(call->resolver->files, g_strdup(path), file);
    load(call, file, path);
    return file;
}

/* One step of an address: a text on the way may be a variable, whose value is walked on. *value is
 * a reference of its own. */
static Outcome step(SourceCall *call, const char *key, json_t **value, bool *left_document)
{
    json_t *next = NULL;

    if (json_is_string(*value)) {
        json_t *resolved = NULL;
        Outcome outcome =
            resolver_text(call->resolver, call->property, json_string_value(*value), &resolved);

        if (outcome != OUTCOME_VALUE)
            return outcome;
        json_decref(*value);
        *value = resolved;
        *left_document = true;
    }
    if (json_is_object(*value))
        next = json_object_get(*value, key);
    else if (json_is_array(*value) && *key && strspn(key, "0123456789") == strlen(key) &&
             strlen(key) < 8)
        next = json_array_get(*value, (size_t)g_ascii_strtoull(key, NULL, 10));
    json_incref(next);
    json_decref(*value);
    *value = json_is_null(next) ? NULL : next;
    return OUTCOME_VALUE;
}

static Outcome walk(SourceCall *call, const SourceFile *file, const char *path)
{
    g_auto(GStrv) keys = g_strsplit(call->address ? call->address : "", ".", -1);
    g_autoptr(GString) pointer = g_string_new(NULL);
    json_t *value = json_incref(file->root);
    bool left_document = file->document == NULL;
    Outcome outcome = OUTCOME_VALUE;

    for (char **key = keys; *key && value && outcome == OUTCOME_VALUE; key++) {
        outcome = step(call, *key, &value, &left_document);
        pointer_append(pointer, *key);
    }
    if (outcome == OUTCOME_VALUE && value && !json_is_null(value)) {
        call->value = resolver_copy(call->resolver, call->property, value);
        outcome = call->value ? OUTCOME_VALUE : OUTCOME_FAILED;
        call->document = left_document ? NULL : file->document;
        call->pointer = left_document ? NULL : g_strdup(pointer->str);
    } else if (outcome == OUTCOME_VALUE) {
        outcome = call->address
                      ? source_missing(call, "set it there, or give a fallback",
                                       "%s has no value at %s", path, call->address)
                      : source_missing(call, "give it content, or a fallback", "%s is empty", path);
    }
    json_decref(value);
    return outcome;
}

Outcome source_file(SourceCall *call)
{
    json_t *param = json_array_get(call->params, 0);
    g_autofree char *name = param && !json_is_null(param) ? scalar_text(param) : NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *path = NULL;
    const SourceFile *file;

    if (!name || !*name)
        return source_fail(call, NULL, "\"file\" needs a path: ${file(config.yml)}");
    path = source_path_resolve(call->resolver->service_path, name, &error);
    if (!path)
        return source_fail(call,
                           "files are read from the repository (or the folder) of the service only",
                           "%s", error->message);
    file = open_file(call, path);
    if (file->failed)
        return OUTCOME_FAILED;
    if (file->is_script)
        return source_script(call, path);
    if (!file->root)
        return source_missing(call, "commit the file, or give a fallback: ${file(x.yml), 'value'}",
                              "there is no file %s", name);
    return walk(call, file, path);
}
