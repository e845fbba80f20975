#include "reconcile/package/deflater.h"

#include "reconcile/package/package.h"
#include "reconcile/package/selection.h"

#include <libdeflate.h>
#include <pthread.h>
#include <string.h>

#define DEFLATE_LEVEL 6
#define FILES_A_THREAD 4 /* fewer do not pay for starting one */

/* What came of a file; data is owned. */
typedef struct {
    bool done;
    Deflated blob;
    GError *error;
} Slot;

struct Deflater {
    SourceTree *tree;
    const GArray *files; /* DeflaterFile */
    Deflated last;       /* the taker's; data is owned */

    pthread_mutex_t lock;             /* guards all below */
    pthread_cond_t done;              /* a slot was filled */
    pthread_cond_t wanted;            /* there is room, or it is over */
    Slot slots[DEFLATER_AHEAD_FILES]; /* file i's is slots[i % DEFLATER_AHEAD_FILES] */
    guint next, taken;
    size_t ahead_bytes; /* deflated and not taken */
    bool over;
    unsigned threads;
    pthread_t thread[DEFLATER_THREADS_MAX];
    pthread_mutex_t large; /* held while a large content is in memory */
};

/* A thread's own. */
typedef struct {
    SourceTree *tree;
    struct libdeflate_compressor *compressor;
    char *space;
    size_t space_bytes;
} Worker;

Deflater *deflater_new(SourceTree *tree, const GArray *files)
{
    Deflater *deflater = g_new0(Deflater, 1);

    deflater->tree = tree;
    deflater->files = files;
    pthread_mutex_init(&deflater->lock, NULL);
    pthread_mutex_init(&deflater->large, NULL);
    pthread_cond_init(&deflater->done, NULL);
    pthread_cond_init(&deflater->wanted, NULL);
    return deflater;
}

void deflater_free(Deflater *deflater)
{
    if (!deflater)
        return;
    pthread_mutex_lock(&deflater->lock);
    deflater->over = true;
    pthread_cond_broadcast(&deflater->wanted);
    pthread_mutex_unlock(&deflater->lock);
    for (unsigned i = 0; i < deflater->threads; i++)
        pthread_join(deflater->thread[i], NULL);
    for (guint i = 0; i < DEFLATER_AHEAD_FILES; i++) {
        g_free((void *)deflater->slots[i].blob.data);
        g_clear_error(&deflater->slots[i].error);
    }
    g_free((void *)deflater->last.data);
    pthread_mutex_destroy(&deflater->lock);
    pthread_mutex_destroy(&deflater->large);
    pthread_cond_destroy(&deflater->done);
    pthread_cond_destroy(&deflater->wanted);
    g_free(deflater);
}

static void deflate(Worker *worker, const SourceBlob *content, Deflated *ret)
{
    const size_t bound = libdeflate_deflate_compress_bound(worker->compressor, content->size_bytes);

    if (bound > worker->space_bytes) {
        g_free(worker->space);
        worker->space = g_malloc(bound);
        worker->space_bytes = bound;
    }
    ret->size_bytes = content->size_bytes;
    ret->checksum = libdeflate_crc32(0, content->data, content->size_bytes);
    ret->data_bytes = libdeflate_deflate_compress(worker->compressor, content->data,
                                                  content->size_bytes, worker->space, bound);
    g_assert(ret->data_bytes > 0);                    /* bound is always enough */
    if (content->size_bytes > DEFLATER_LARGE_BYTES) { /* there is no room for it twice */
        ret->data = g_realloc(worker->space, ret->data_bytes);
        worker->space = NULL;
        worker->space_bytes = 0;
    } else {
        ret->data = g_memdup2(worker->space, ret->data_bytes);
    }
}

static bool read_and_deflate(Worker *worker, const DeflaterFile *file, uint64_t max_bytes,
                             Deflated *ret, GError **error)
{
    g_auto(SourceBlob) content = {0};

    if (!source_tree_read_blob(worker->tree, file->path, file->id, max_bytes, &content, error))
        return false;
    deflate(worker, &content, ret);
    return true;
}

static void work_on(Deflater *deflater, Worker *worker, const DeflaterFile *file, Slot *ret)
{
    GError *cause = NULL;
    bool worked = read_and_deflate(worker, file, DEFLATER_LARGE_BYTES, &ret->blob, &cause);

    if (!worked && g_error_matches(cause, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE)) {
        g_clear_error(&cause);
        pthread_mutex_lock(&deflater->large);
        worked = read_and_deflate(worker, file, DEFLATER_BLOB_MAX_BYTES, &ret->blob, &cause);
        pthread_mutex_unlock(&deflater->large);
    }
    if (!worked)
        selection_source_error(&ret->error, cause);
    ret->done = true;
}

/* With the lock held: waits until there is a file to work on and room for it. */
static bool next_file(Deflater *deflater, guint *ret)
{
    while (!deflater->over && deflater->next < deflater->files->len &&
           (deflater->next - deflater->taken >= DEFLATER_AHEAD_FILES ||
            (deflater->ahead_bytes >= DEFLATER_AHEAD_BYTES && deflater->next > deflater->taken)))
        pthread_cond_wait(&deflater->wanted, &deflater->lock);
    if (deflater->over || deflater->next >= deflater->files->len)
        return false;
    *ret = deflater->next++;
    return true;
}

static void work(Deflater *deflater, Worker *worker)
{
    guint i;

    pthread_mutex_lock(&deflater->lock);
    while (next_file(deflater, &i)) {
        Slot slot = {0};

        pthread_mutex_unlock(&deflater->lock);
        work_on(deflater, worker, &g_array_index(deflater->files, DeflaterFile, i), &slot);
        pthread_mutex_lock(&deflater->lock);
        deflater->slots[i % DEFLATER_AHEAD_FILES] = slot;
        deflater->ahead_bytes += slot.blob.data_bytes;
        if (i == deflater->taken)
            pthread_cond_signal(&deflater->done);
    }
    pthread_mutex_unlock(&deflater->lock);
}

/* The tree cannot be opened once more: the next file gets to know why. */
static void give_up(Deflater *deflater, GError *cause)
{
    Slot slot = {.done = true};
    guint i;

    selection_source_error(&slot.error, cause);
    pthread_mutex_lock(&deflater->lock);
    if (next_file(deflater, &i)) {
        deflater->slots[i % DEFLATER_AHEAD_FILES] = slot;
        pthread_cond_signal(&deflater->done);
    } else {
        g_error_free(slot.error);
    }
    pthread_mutex_unlock(&deflater->lock);
}

static void *run(void *data)
{
    Deflater *deflater = data;
    Worker worker = {0};
    GError *error = NULL;

    pthread_mutex_lock(&deflater->lock); /* the tree is not to be used by two at once */
    worker.tree = source_tree_reopen(deflater->tree, &error);
    pthread_mutex_unlock(&deflater->lock);
    if (!worker.tree) {
        give_up(deflater, error);
        return NULL;
    }
    worker.compressor = libdeflate_alloc_compressor(DEFLATE_LEVEL);
    g_assert(worker.compressor);
    work(deflater, &worker);
    libdeflate_free_compressor(worker.compressor);
    source_tree_free(worker.tree);
    g_free(worker.space);
    return NULL;
}

static bool start(Deflater *deflater, GError **error)
{
    const unsigned useful = deflater->files->len / FILES_A_THREAD + 1;
    const unsigned threads = MIN(MIN(g_get_num_processors(), useful), DEFLATER_THREADS_MAX);

    while (deflater->threads < threads &&
           pthread_create(&deflater->thread[deflater->threads], NULL, run, deflater) == 0)
        deflater->threads++;
    if (deflater->threads)
        return true;
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_SOURCE,
                "no thread could be started to deflate; the process is at a limit");
    return false;
}

bool deflater_take(Deflater *deflater, Deflated *ret, GError **error)
{
    Slot *slot = &deflater->slots[deflater->taken % DEFLATER_AHEAD_FILES];
    GError *failure;

    g_clear_pointer((char **)&deflater->last.data, g_free);
    if (!deflater->threads && !start(deflater, error))
        return false;
    pthread_mutex_lock(&deflater->lock);
    while (!slot->done)
        pthread_cond_wait(&deflater->done, &deflater->lock);
    deflater->last = slot->blob;
    failure = slot->error;
    *slot = (Slot){0};
    deflater->taken++;
    deflater->ahead_bytes -= deflater->last.data_bytes;
    deflater->over = failure != NULL;
    pthread_cond_broadcast(&deflater->wanted);
    pthread_mutex_unlock(&deflater->lock);
    if (failure) {
        g_propagate_error(error, failure);
        return false;
    }
    *ret = deflater->last;
    return true;
}
