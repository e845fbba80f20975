#define _GNU_SOURCE
#include "reconcile/package/built_folder.h"

#include "reconcile/package/build_cache.h"
#include "reconcile/source/directory_tree.h"
#include "reconcile/source/export.h"
#include "reconcile/source/layered_tree.h"

#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "1" /* raised when what a key stands for changes */
#define TAIL_LINES 20
#define TAIL_BYTES 4000
#define DEPTH_MAX 200

struct BuiltFolder {
    char *key, *tree; /* the tree's folder on the disk */
    int lock;
    bool cached;
};

G_DEFINE_QUARK(driftless - build - error - quark, build_error)

/* Sums up the names, kinds and ids below a folder of a tree without tree ids. */
static bool add_content(GChecksum *sum, SourceTree *tree, const char *path, int depth,
                        GError **error)
{
    g_autoptr(GPtrArray) entries = NULL;

    if (depth > DEPTH_MAX) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE,
                    "%s: folders nested deeper than %d are not built", path, DEPTH_MAX);
        return false;
    }
    if (!source_tree_list(tree, path, &entries, error))
        return false;
    for (guint i = 0; i < entries->len; i++) {
        const SourceListEntry *listed = g_ptr_array_index(entries, i);
        g_autofree char *below =
            *path ? g_strconcat(path, "/", listed->name, NULL) : g_strdup(listed->name);
        SourceEntry entry;

        if (!source_tree_entry(tree, below, false, &entry, error))
            return false;
        g_checksum_update(sum, (const guchar *)&entry.kind, sizeof(entry.kind));
        g_checksum_update(sum, (const guchar *)below, (gssize)strlen(below) + 1);
        g_checksum_update(sum, (const guchar *)entry.id, (gssize)strlen(entry.id) + 1);
        if (entry.kind == SOURCE_DIRECTORY && !*entry.id &&
            !add_content(sum, tree, below, depth + 1, error))
            return false;
    }
    return true;
}

static void add_text(GChecksum *sum, const char *text)
{
    /* with its end, so that texts next to one another cannot be confused */
    g_checksum_update(sum, (const guchar *)(text ? text : ""), text ? (gssize)strlen(text) + 1 : 1);
}

static void add_texts(GChecksum *sum, const char *const *texts)
{
    for (; texts && *texts; texts++)
        add_text(sum, *texts);
    add_text(sum, NULL);
}

/* A tool that was replaced by another version has another size or time. */
static void add_tools(GChecksum *sum)
{
    static const char *const tools[] = {"node",  "npm",  "python3", "pip3", "go",
                                        "cargo", "ruby", "java",    "sh"};
    static const char *const folders[] = {"/usr/local/bin", "/usr/bin"};

    for (size_t i = 0; i < G_N_ELEMENTS(tools); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(folders); j++) {
            g_autofree char *path = g_build_filename(folders[j], tools[i], NULL);
            g_autofree char *mark = NULL;
            struct stat about;

            if (stat(path, &about) < 0)
                continue;
            mark = g_strdup_printf("%s %lld %lld", path, (long long)about.st_size,
                                   (long long)about.st_mtim.tv_sec);
            add_text(sum, mark);
        }
}

static bool find_key(const BuiltRequest *request, BuiltFolder *built, GError **error)
{
    g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
    SourceEntry entry = {0};

    add_text(sum, FORMAT);
    add_text(sum, request->work_path);
    if (request->over)
        add_text(sum, request->over->key);
    else if (!source_tree_entry(request->tree, request->path, true, &entry, error))
        return false;
    else if (*entry.id)
        add_text(sum, entry.id);
    else if (!add_content(sum, request->tree, request->path, 0, error))
        return false;
    for (size_t i = 0; i < request->count; i++) {
        add_texts(sum, request->commands[i].arguments);
        add_texts(sum, request->commands[i].environment);
        add_texts(sum, request->commands[i].network);
        add_text(sum, request->commands[i].input);
    }
    if (request->count)
        add_tools(sum);
    built->key = g_strdup(g_checksum_get_string(sum));
    return true;
}

/* The last lines, each after two blanks. (transfer full) */
static char *tail_of(const char *text)
{
    const char *start = text + strlen(text);
    unsigned lines = 0;
    GString *tail = g_string_new(NULL);

    while (start > text && text + strlen(text) - start < TAIL_BYTES &&
           (start[-1] != '\n' || !start[0] || ++lines < TAIL_LINES))
        start--;
    for (; *start; start++) {
        if (tail->len == 0 || tail->str[tail->len - 1] == '\n')
            g_string_append(tail, "  ");
        if (*start == '\n' || *start == '\t' || (unsigned char)*start >= ' ')
            g_string_append_c(tail, *start);
    }
    g_strchomp(tail->str);
    return g_string_free(tail, FALSE);
}

static void tell_failure(const BuiltRequest *request, const BuiltFolder *built, size_t index,
                         const SandboxRequest *asked, const SandboxResult *result,
                         const GString *log, GError **error)
{
    g_autofree char *end = sandbox_describe_end(asked, result);
    g_autofree char *text = g_utf8_make_valid(log->str, (gssize)log->len);
    g_autofree char *tail = tail_of(text);
    g_autofree char *kept = build_cache_keep_log(request->cache, built->key, text);

    g_set_error(error, BUILD_ERROR,
                result->end == SANDBOX_GIVEN_UP ? BUILD_ERROR_STOPPED : BUILD_ERROR_COMMAND,
                "%s: %s (step %zu of %zu)%s%s%s%s", request->commands[index].name, end, index + 1,
                request->count, *tail ? "; it said last\n" : "", tail,
                kept ? "\n  the whole is in " : "", kept ? kept : "");
}

typedef struct {
    char *entry, *tree, *home; /* folders of what is under way */
    GString *log;
} Making;

static bool run_command(const BuiltRequest *request, const BuiltFolder *built, const Making *making,
                        size_t index, GError **error)
{
    const BuildCommand *command = &request->commands[index];
    g_autofree char *work = g_build_filename("/build", request->work_path, NULL);
    g_autoptr(GStrvBuilder) environment = g_strv_builder_new();
    g_auto(GStrv) variables = NULL;
    g_auto(SandboxResult) result = {0};
    const SandboxFolder folders[] = {
        {request->over ? request->over->tree : making->tree, "/build", !request->over},
        {making->home, "/tmp", true},
        {making->tree, "/out", true},
    };
    SandboxRequest asked = {.folders = folders,
                            .folder_count = request->over ? 3 : 2,
                            .arguments = command->arguments,
                            .network = command->network,
                            .working_folder = work,
                            .input = command->input,
                            .input_bytes = command->input ? strlen(command->input) : 0,
                            .merge_output = true,
                            .give_up = request->give_up,
                            .ceilings = request->ceilings};

    g_strv_builder_add(environment, "CI=1");
    if (command->environment)
        g_strv_builder_addv(environment, (const char **)command->environment);
    variables = g_strv_builder_end(environment);
    asked.environment = (const char *const *)variables;
    if (request->started)
        request->started(command->name, request->data);
    if (!sandbox_run(&asked, &result, error)) {
        g_prefix_error(error, "%s: ", command->name);
        return false;
    }
    g_string_append_printf(making->log, "$ %s\n", command->name);
    if (result.output.lost_bytes)
        g_string_append_printf(making->log,
                               "(%" G_GUINT64_FORMAT " bytes before this are not kept)\n",
                               result.output.lost_bytes);
    g_string_append_len(making->log, result.output.text, (gssize)result.output.bytes);
    if (sandbox_succeeded(&result))
        return true;
    tell_failure(request, built, index, &asked, &result, making->log, error);
    return false;
}

static bool fill(const BuiltRequest *request, BuiltFolder *built, const Making *making,
                 GError **error)
{
    const ExportCeilings ceilings = {request->ceilings.written_bytes, request->ceilings.files};
    uint64_t bytes = 0;

    if (!request->over &&
        !source_export(request->tree, request->path, making->tree, &ceilings, error))
        return false;
    if (mkdir(making->home, 0755) < 0) {
        g_set_error(error, BUILD_ERROR, BUILD_ERROR_CACHE, "make %s: %m", making->home);
        return false;
    }
    for (size_t i = 0; i < request->count; i++)
        if (!run_command(request, built, making, i, error))
            return false;
    build_cache_remove(making->home);
    return build_cache_check(making->tree, &bytes, error) &&
           build_cache_finish(request->cache, built->key, making->entry, bytes, error);
}

static bool make_entry(const BuiltRequest *request, BuiltFolder *built, GError **error)
{
    Making making = {0};
    int lock = -1;
    bool made;

    if (!build_cache_begin(request->cache, &making.entry, &lock, error))
        return false;
    making.tree = g_build_filename(making.entry, "tree", NULL);
    making.home = g_build_filename(making.entry, "home", NULL);
    making.log = g_string_new(NULL);
    made = fill(request, built, &making, error);
    if (made) { /* ours, or what somebody else made of the same */
        flock(lock, LOCK_SH);
        built->lock = build_cache_take(request->cache, built->key);
    }
    if (g_file_test(making.entry, G_FILE_TEST_EXISTS))
        build_cache_remove(making.entry);
    close(lock);
    g_string_free(making.log, TRUE);
    g_free(making.entry);
    g_free(making.tree);
    g_free(making.home);
    if (made && built->lock < 0) {
        g_set_error(error, BUILD_ERROR, BUILD_ERROR_CACHE,
                    "what was built is gone from %s; somebody else removes files there",
                    request->cache);
        return false;
    }
    return made;
}

BuiltFolder *built_folder_make(const BuiltRequest *asked, GError **error)
{
    g_autoptr(BuiltFolder) built = g_new0(BuiltFolder, 1);
    g_autofree char *cache = g_canonicalize_filename(asked->cache, NULL);
    BuiltRequest request = *asked;

    request.cache = cache;
    built->lock = -1;
    if (!find_key(&request, built, error))
        return NULL;
    built->lock = build_cache_take(cache, built->key);
    built->cached = built->lock >= 0;
    if (built->lock < 0 && !make_entry(&request, built, error))
        return NULL;
    built->tree = g_build_filename(cache, built->key, "tree", NULL);
    return g_steal_pointer(&built);
}

void built_folder_free(BuiltFolder *built)
{
    if (!built)
        return;
    if (built->lock >= 0)
        close(built->lock);
    g_free(built->key);
    g_free(built->tree);
    g_free(built);
}

SourceTree *built_folder_over(const BuiltFolder *built, SourceTree *base, const char *path,
                              GError **error)
{
    SourceTree *layer = directory_tree_new(built->tree, error);

    return layer ? layered_tree_new(base, path, layer) : NULL;
}

bool built_folder_was_cached(const BuiltFolder *built)
{
    return built->cached;
}
