#include "controller/scripts/scripts.h"

#include "config/json_text.h"
#include "controller/scripts/run.h"

#include <fts.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define CACHE_BYTES (32u << 20)

struct ScriptCache {
    pthread_mutex_t lock;
    GHashTable *answers; /* char* digest → char* JSON */
    size_t bytes;
};

ScriptCache *script_cache_new(void)
{
    ScriptCache *cache = g_new0(ScriptCache, 1);

    pthread_mutex_init(&cache->lock, NULL);
    cache->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return cache;
}

void script_cache_free(ScriptCache *cache)
{
    if (!cache)
        return;
    g_hash_table_unref(cache->answers);
    pthread_mutex_destroy(&cache->lock);
    g_free(cache);
}

static json_t *cache_get(ScriptCache *cache, const char *key)
{
    json_t *answer = NULL;
    const char *text;

    if (!cache || !key)
        return NULL;
    pthread_mutex_lock(&cache->lock);
    text = g_hash_table_lookup(cache->answers, key);
    if (text)
        answer = json_loads(text, 0, NULL);
    pthread_mutex_unlock(&cache->lock);
    return answer;
}

/* An error may have been the machine's: it is looked at again. */
static void cache_put(ScriptCache *cache, const char *key, json_t *answer)
{
    char *text;

    if (!cache || !key || json_object_get(answer, "error"))
        return;
    text = json_text(answer, JSON_TEXT_COMPACT);
    pthread_mutex_lock(&cache->lock);
    if (cache->bytes + strlen(text) > CACHE_BYTES) {
        g_hash_table_remove_all(cache->answers);
        cache->bytes = 0;
    }
    cache->bytes += strlen(text);
    g_hash_table_replace(cache->answers, g_strdup(key), text);
    pthread_mutex_unlock(&cache->lock);
}

void scripts_clear(Scripts *scripts)
{
    for (size_t i = 0; i < G_N_ELEMENTS(scripts->exported); i++) {
        scripts_remove(scripts->exported[i]);
        g_clear_pointer(&scripts->exported[i], g_free);
    }
}

void scripts_remove(const char *folder)
{
    char *const paths[] = {(char *)folder, NULL};
    FTS *walk = folder ? fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL) : NULL;
    FTSENT *entry;

    while (walk && (entry = fts_read(walk))) {
        if (entry->fts_info == FTS_DP)
            rmdir(entry->fts_accpath);
        else if (entry->fts_info != FTS_D)
            unlink(entry->fts_accpath);
    }
    if (walk)
        fts_close(walk);
}

/* Requests that one process can answer: they see the same files and the same environment. */
typedef struct {
    GPtrArray *requests; /* InputRequest*, borrowed */
    GPtrArray *asked;    /* json_t*: their addresses, read */
    GPtrArray *keys;     /* char*: in the cache; or NULL */
} Batch;

static void json_free(void *json)
{
    json_decref(json);
}

static void batch_clear(Batch *batch)
{
    g_ptr_array_unref(batch->requests);
    g_ptr_array_unref(batch->asked);
    g_ptr_array_unref(batch->keys);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Batch, batch_clear)

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *seen_by(json_t *asked)
{
    return strcmp(text_of(asked, "scope"), "folder") == 0 ? text_of(asked, "folder") : "";
}

/* What the environment adds to a key: every name and value. */
static void add_environment(GChecksum *sum, GHashTable *env)
{
    g_autoptr(GList) names =
        env ? g_list_sort(g_hash_table_get_keys(env), (GCompareFunc)strcmp) : NULL;

    for (const GList *name = names; name; name = name->next) {
        const char *value = g_hash_table_lookup(env, name->data);

        g_checksum_update(sum, name->data, (gssize)strlen(name->data) + 1);
        g_checksum_update(sum, (const guchar *)value, (gssize)strlen(value) + 1);
    }
}

/* NULL for trees without ids. Notes what may be read. (transfer full) */
static char *note_and_key(const Scripts *scripts, const InputRequest *request, json_t *asked,
                          GError **error)
{
    const char *seen = seen_by(asked);
    GChecksum *sum;
    SourceEntry entry;
    char *key;

    if (!source_tree_entry(scripts->tree, seen, true, &entry, error) || !*entry.id)
        return NULL;
    if (scripts->reads)
        read_set_note_tree(scripts->reads, seen, entry.id);
    sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)entry.id, SOURCE_ID_SIZE);
    g_checksum_update(sum, (const guchar *)request->address, (gssize)strlen(request->address) + 1);
    add_environment(sum, scripts->env);
    key = g_strdup(g_checksum_get_string(sum));
    g_checksum_free(sum);
    return key;
}

/* Answers what is known, and puts the rest that goes with the first of it into a batch. */
static bool fill_batch(const Scripts *scripts, const GPtrArray *requests, Inputs *inputs,
                       Batch *batch, GError **error)
{
    json_t *first = NULL;

    for (guint i = 0; i < requests->len; i++) {
        InputRequest *request = g_ptr_array_index(requests, i);
        g_autoptr(GError) failure = NULL;
        json_t *asked, *answer = NULL;
        g_autofree char *key = NULL;
        bool secret;

        if (inputs_get(inputs, request, &answer, &secret))
            continue;
        asked = json_loads(request->address, 0, NULL);
        g_ptr_array_add(batch->asked, asked);
        key = note_and_key(scripts, request, asked, &failure);
        if (failure) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        answer = cache_get(scripts->cache, key);
        if (answer)
            inputs_add(inputs, request, answer, false);
        if (answer || (first && (strcmp(seen_by(first), seen_by(asked)) != 0 ||
                                 !json_equal(json_object_get(first, "env"),
                                             json_object_get(asked, "env"))))) {
            g_ptr_array_set_size(batch->asked, (gint)batch->asked->len - 1);
            continue;
        }
        first = asked;
        g_ptr_array_add(batch->requests, request);
        g_ptr_array_add(batch->keys, g_steal_pointer(&key));
    }
    return true;
}

static bool evaluate_batch(Scripts *scripts, const Batch *batch, Inputs *inputs, GError **error)
{
    json_t *answers = NULL, *answer;
    size_t i;

    if (!scripts_run(scripts, batch->asked, &answers, error))
        return false;
    json_array_foreach(answers, i, answer)
    {
        cache_put(scripts->cache, batch->keys->pdata[i], answer);
        inputs_add(inputs, batch->requests->pdata[i], json_incref(answer), false);
    }
    json_decref(answers);
    return true;
}

bool scripts_evaluate(const GPtrArray *requests, Inputs *inputs, void *data, GError **error)
{
    Scripts *scripts = data;

    for (;;) {
        g_auto(Batch) batch = {g_ptr_array_new(), g_ptr_array_new_with_free_func(json_free),
                               g_ptr_array_new_with_free_func(g_free)};

        if (!fill_batch(scripts, requests, inputs, &batch, error))
            return false;
        if (!batch.requests->len)
            return true;
        if (!evaluate_batch(scripts, &batch, inputs, error))
            return false;
    }
}
