#include "controller/scripts/run.h"

#include "config/json_text.h"
#include "reconcile/package/sandbox.h"
#include "reconcile/source/directory_tree.h"
#include "reconcile/source/export.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define REPOSITORY_INSIDE "/repository"
#define WALL_MS 10000u
#define CPU_MS 20000u
#define MEMORY_BYTES ((uint64_t)512 << 20)
#define HEAP_OPTION "--max-old-space-size=320" /* of MEMORY_BYTES: Node needs some beside it */
#define PROCESSES 128u
#define WRITTEN_BYTES ((uint64_t)64 << 20) /* in /tmp, which is gone afterwards */
#define EXPORT_BYTES ((uint64_t)1 << 30)
#define EXPORT_FILES 100000u
#define VALUE_BYTES (4u << 20)
#define OUTPUT_BYTES ((size_t)40 << 20)
#define SHOWN_BYTES 500u

extern const char evaluate_cjs[];

/* Where a script finds its files. */
typedef struct {
    char *host;    /* what is shown to it */
    char *inside;  /* and where */
    char *root;    /* where the repository would start */
    bool outside;  /* a symlink leads out of the folder */
    char *refusal; /* why nothing can be shown, which is the repository's fault; or NULL */
    bool partial;  /* the service's folder only */
} Place;

static void place_clear(Place *place)
{
    g_free(place->host);
    g_free(place->inside);
    g_free(place->root);
    g_free(place->refusal);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Place, place_clear)

static char *below(const char *root, const char *path)
{
    return *path ? g_strconcat(root, "/", path, NULL) : g_strdup(root);
}

/* Whether the tree itself is why it cannot be written out: said in `ret`, and no error then. */
static bool blame_tree(GError **failure, bool of_folder, Place *ret)
{
    if ((*failure)->domain != SOURCE_ERROR || (*failure)->code == SOURCE_ERROR_READ)
        return false;
    ret->outside = of_folder && (*failure)->code == SOURCE_ERROR_OUTSIDE;
    ret->refusal =
        g_strdup_printf("what it may read cannot be shown to it: %s", (*failure)->message);
    g_clear_error(failure);
    return true;
}

/* Once for all rounds of a build. */
static bool write_out(Scripts *scripts, const char *seen, bool of_folder, Place *ret,
                      GError **error)
{
    static const ExportCeilings ceilings = {EXPORT_BYTES, EXPORT_FILES};
    char **exported = &scripts->exported[of_folder];
    g_autoptr(GError) failure = NULL;

    if (!*exported) {
        g_autofree char *folder = g_build_filename(scripts->folder, "XXXXXX", NULL);

        if (!g_mkdtemp(folder) || chmod(folder, 0755) != 0) {
            g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "make %s: %s", folder,
                        g_strerror(errno));
            return false;
        }
        if (!source_export(scripts->tree, seen, folder, &ceilings, &failure)) {
            scripts_remove(folder);
            if (blame_tree(&failure, of_folder, ret))
                return true;
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        *exported = g_steal_pointer(&folder);
    }
    ret->host = g_canonicalize_filename(*exported, NULL);
    return true;
}

/* A folder is shown where it lies; a revision is written out first. */
static bool find_place(Scripts *scripts, json_t *asked, Place *ret, GError **error)
{
    const char *folder = json_string_value(json_object_get(asked, "folder"));
    const char *scope = json_string_value(json_object_get(asked, "scope"));
    const char *root = directory_tree_root(scripts->tree);
    bool of_folder = g_strcmp0(scope, "folder") == 0;
    const char *seen = of_folder ? folder : "";

    if (root) {
        /* Without a repository around it there is nothing but the folder. */
        bool has_more = *root != '\0';

        ret->host = below(root, has_more ? seen : folder);
        ret->inside = g_strdup(ret->host);
        ret->root = g_strdup(has_more ? root : "/");
        ret->partial = of_folder && has_more;
        return true;
    }
    ret->inside = below(REPOSITORY_INSIDE, seen);
    ret->root = g_strdup(REPOSITORY_INSIDE);
    ret->partial = of_folder;
    return write_out(scripts, seen, of_folder, ret, error);
}

static bool is_key(const char *name)
{
    static const char *const names[] = {"AWS_ACCESS_KEY_ID",
                                        "AWS_SECRET_ACCESS_KEY",
                                        "AWS_SESSION_TOKEN",
                                        "AWS_SECURITY_TOKEN",
                                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
                                        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
                                        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                        NULL};

    return g_strv_contains(names, name);
}

/* What was granted, then what .env has beside it. */
static json_t *environment_of(const Scripts *scripts, json_t *asked)
{
    json_t *env = json_object();
    GHashTableIter pairs;
    void *name, *value;

    json_object_update(env, json_object_get(asked, "env"));
    if (!scripts->env)
        return env;
    g_hash_table_iter_init(&pairs, scripts->env);
    while (g_hash_table_iter_next(&pairs, &name, &value))
        if (!scripts->without_keys || !is_key(name))
            json_object_set_new(env, name, json_string(value)); /* not UTF-8: left out */
    return env;
}

static char *input_of(const Scripts *scripts, const GPtrArray *asked, const Place *place,
                      const char *mark)
{
    json_t *first = g_ptr_array_index(asked, 0), *requests = json_array(), *input;
    char *text;

    for (guint i = 0; i < asked->len; i++)
        json_array_append(requests, g_ptr_array_index(asked, i));
    input = json_pack("{s:s, s:s, s:O, s:b, s:o, s:i, s:o}", "mark", mark, "root", place->root,
                      "folder", json_object_get(first, "folder"), "partial", place->partial, "env",
                      environment_of(scripts, first), "maxBytes", (int)VALUE_BYTES, "requests",
                      requests);
    text = json_text(input, JSON_TEXT_COMPACT);
    json_decref(input);
    return text;
}

/* (transfer full); NULL where there is none. */
static char *find_node(const Scripts *scripts, GError **error)
{
    char *node = scripts->node ? g_strdup(scripts->node) : g_find_program_in_path("node");

    if (node && g_file_test(node, G_FILE_TEST_IS_EXECUTABLE))
        return node;
    g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_UNAVAILABLE,
                "run JavaScript: %s: install Node.js 18 or newer (apt-get install nodejs)%s",
                node ? node : "node is not in PATH",
                scripts->node ? "" : ", or name it: node: PATH");
    g_free(node);
    return NULL;
}

/* A Node outside /usr comes with its folder: PREFIX/bin/node. NULL where it need not. */
static char *prefix_of(const char *node)
{
    g_autofree char *real = realpath(node, NULL);
    g_autofree char *bin = real ? g_path_get_dirname(real) : NULL;

    if (!bin || g_str_has_prefix(bin, "/usr/") || !g_str_has_suffix(bin, "/bin"))
        return NULL;
    return g_path_get_dirname(bin);
}

static bool run_node(const char *node, const Place *place, const char *input,
                     SandboxRequest *request, SandboxResult *ret, GError **error)
{
    g_autofree char *prefix = prefix_of(node), *real = realpath(node, NULL);
    const char *const arguments[] = {
        real ? real : node, "--no-warnings", HEAP_OPTION, "-e", evaluate_cjs, NULL};
    bool ran;
    const SandboxFolder folders[] = {{place->host, place->inside, false}, {prefix, prefix, false}};
    *request = (SandboxRequest){
        .arguments = arguments,
        .folders = folders,
        .folder_count = prefix ? 2 : 1,
        .input = input,
        .input_bytes = strlen(input),
        .ceilings = {.wall_ms = WALL_MS,
                     .cpu_ms = CPU_MS,
                     .memory_bytes = MEMORY_BYTES,
                     .processes = PROCESSES,
                     .written_bytes = WRITTEN_BYTES,
                     .files = 10000,
                     .output_bytes = OUTPUT_BYTES},
    };
    ran = sandbox_run(request, ret, error);

    request->arguments = NULL; /* of this call only */
    request->folders = NULL;
    request->folder_count = 0;
    return ran;
}

static char *tail_of(const SandboxOutput *output)
{
    size_t shown = MIN(output->bytes, SHOWN_BYTES);
    g_autofree char *tail = g_strndup(output->text + output->bytes - shown, shown);

    return g_utf8_make_valid(tail, -1);
}

/* Node ended without a word of ours. */
static json_t *describe_end(const SandboxRequest *request, const SandboxResult *result)
{
    g_autofree char *end = sandbox_describe_end(request, result);
    g_autofree char *printed = tail_of(&result->errors);
    const char *why = "";

    if (strstr(result->errors.text, "heap out of memory"))
        why = ": more than 320 MiB of objects";
    else if (strstr(result->errors.text, "SyntaxError") && strstr(result->errors.text, "[eval]"))
        why = ": Node.js 18 or newer is needed";
    return json_pack("{s:{s:o}, s:s}", "error", "message", json_sprintf("Node %s%s", end, why),
                     "output", printed);
}

static json_t *read_answers(const GPtrArray *asked, const char *text)
{
    json_t *said = json_loads(text, JSON_DISABLE_EOF_CHECK, NULL), *answers = json_array();
    json_t *outside = json_object_get(said, "outside");
    json_t *output = json_object_get(said, "output");

    for (guint i = 0; i < asked->len; i++) {
        json_t *result = json_array_get(json_object_get(said, "results"), i);
        json_t *answer = json_is_object(result) ? json_copy(result) : NULL;

        if (json_is_string(outside))
            answer = json_pack("{s:O}", "outside", outside);
        else if (!answer)
            answer =
                json_pack("{s:{s:s}}", "error", "message",
                          "it has changed JavaScript's own objects, so that its value is lost");
        if (json_is_string(output))
            json_object_set(answer, "output", output);
        json_array_append_new(answers, answer);
    }
    json_decref(said);
    return answers;
}

static json_t *same_for_all(const GPtrArray *asked, json_t *answer)
{
    json_t *answers = json_array();

    for (guint i = 0; i < asked->len; i++)
        json_array_append(answers, answer);
    json_decref(answer);
    return answers;
}

/* What follows the last `mark` in what was written, which may hold anything; NULL: nothing does. */
static const char *behind_mark(const SandboxOutput *output, const char *mark)
{
    size_t length = strlen(mark);

    for (size_t at = output->bytes; at >= length; at--)
        if (memcmp(output->text + at - length, mark, length) == 0)
            return output->text + at;
    return NULL;
}

bool scripts_run(Scripts *scripts, const GPtrArray *asked, json_t **ret_answers, GError **error)
{
    g_autofree char *node = find_node(scripts, error);
    g_autofree char *mark = g_uuid_string_random();
    g_autofree char *input = NULL, *line = NULL;
    g_auto(SandboxResult) result = {0};
    SandboxRequest request;
    g_auto(Place) place = {0};
    const char *said;

    if (!node || !find_place(scripts, g_ptr_array_index(asked, 0), &place, error))
        return false;
    if (!place.host) {
        *ret_answers = same_for_all(
            asked, place.outside ? json_pack("{s:s}", "outside", "")
                                 : json_pack("{s:{s:s}}", "error", "message", place.refusal));
        return true;
    }
    input = input_of(scripts, asked, &place, mark);
    if (!run_node(node, &place, input, &request, &result, error)) {
        g_prefix_error(error, "run JavaScript: ");
        return false;
    }
    line = g_strconcat("\n", mark, NULL);
    said = behind_mark(&result.output, line);
    *ret_answers =
        said ? read_answers(asked, said) : same_for_all(asked, describe_end(&request, &result));
    return true;
}
