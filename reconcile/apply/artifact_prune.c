#include "reconcile/apply/artifact_prune.h"
#include "reconcile/apply/provenance.h"
#include "reconcile/aws/s3.h"
#include <string.h>

#define CODE_FOLDER "/code/"
#define MANIFEST_ID_LENGTH 64

/* Where the manifest id of a key ends and its name begins; NULL: it is not made that way. */
static const char *name_after_id(const char *text)
{
    size_t digits = strspn(text, "0123456789abcdef");

    return digits == MANIFEST_ID_LENGTH && text[digits] == '/' && text[digits + 1]
               ? text + digits + 1
               : NULL;
}

char *prune_prefix(const char *key)
{
    for (const char *at = strstr(key, CODE_FOLDER); at; at = strstr(at + 1, CODE_FOLDER)) {
        const char *id = at + strlen(CODE_FOLDER);

        if (name_after_id(id))
            return g_strndup(key, (gsize)(id - key));
    }
    return NULL;
}

/* A key by itself, or at the end of an address ("https://bucket.s3…/KEY", "s3://bucket/KEY"). */
static void collect_text(const char *text, const char *prefix, GHashTable *keys)
{
    const char *key = strstr(text, prefix);

    if (key && (key == text || key[-1] == '/'))
        g_hash_table_add(keys, g_strndup(key, strcspn(key, "?#")));
}

void prune_collect(json_t *template, const char *prefix, GHashTable *keys)
{
    json_t *value;
    const char *name;
    size_t i;

    if (json_is_string(template))
        collect_text(json_string_value(template), prefix, keys);
    json_array_foreach(template, i, value) prune_collect(value, prefix, keys);
    json_object_foreach(template, name, value) prune_collect(value, prefix, keys);
}

/* The artifact that an object is, or is beside. (transfer full) */
static char *artifact_key(const char *key)
{
    return g_str_has_suffix(key, PROVENANCE_SUFFIX)
               ? g_strndup(key, strlen(key) - strlen(PROVENANCE_SUFFIX))
               : g_strdup(key);
}

GPtrArray *prune_choose(const GPtrArray *objects, const char *prefix, GHashTable *needed,
                        int64_t now_ms)
{
    GPtrArray *chosen = g_ptr_array_new();

    for (guint i = 0; i < objects->len; i++) {
        const S3ListedObject *object = objects->pdata[i];
        g_autofree char *key = artifact_key(object->key);
        bool is_ours = g_str_has_prefix(key, prefix) && name_after_id(key + strlen(prefix));
        bool is_old =
            object->last_modified_ms > 0 && now_ms - object->last_modified_ms >= PRUNE_MIN_AGE_MS;

        if (is_ours && is_old && !g_hash_table_contains(needed, key))
            g_ptr_array_add(chosen, object->key);
    }
    return chosen;
}
