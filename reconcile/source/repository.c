#include "reconcile/source/repository.h"

#include "reconcile/source/git_tree.h"
#include "reconcile/source/mirror.h"

#include <pthread.h>
#include <string.h>

#define MWINDOW_SIZE ((size_t)4 << 20)
#define MWINDOW_MAPPED_LIMIT ((size_t)32 << 20)
#define MWINDOW_FILE_LIMIT ((size_t)64)
#define CACHE_MAX_SIZE ((ssize_t)8 << 20)
#define SUMMARY_MAX 200
#define BRANCHES_NAMED 5

static void library_start(void)
{
    static const git_config_level_t levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA,
                                                GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                                GIT_CONFIG_LEVEL_GLOBAL};

    git2()->libgit2_init();
    for (size_t i = 0; i < G_N_ELEMENTS(levels); i++)
        git2()->libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    git2()->libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    /* All objects were hashed, with collisions looked for, when they were fetched; doing so again
     * takes as long as reading them. zlib's checksums tell of a disk that went bad. */
    git2()->libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    git2()->libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, MWINDOW_SIZE);
    git2()->libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, MWINDOW_MAPPED_LIMIT);
    git2()->libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, MWINDOW_FILE_LIMIT);
    git2()->libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, CACHE_MAX_SIZE);
}

void mirror_library_start(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, library_start);
}

static const char *last_message(void)
{
    const git_error *last = git2()->error_last();

    return last && last->message ? last->message : "unknown trouble";
}

static int open_mirror(git_repository **ret, const char *folder)
{
    return git2()->repository_open_ext(
        ret, folder, GIT_REPOSITORY_OPEN_BARE | GIT_REPOSITORY_OPEN_NO_SEARCH, NULL);
}

static int make_mirror(git_repository **ret, const char *folder)
{
    git_repository_init_options options;

    git2()->repository_init_options_init(&options, GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    return git2()->repository_init_ext(ret, folder, &options);
}

Repository *repository_open(const char *folder, GError **error)
{
    g_autofree char *head = g_build_filename(folder, "HEAD", NULL);
    git_repository *git = NULL;
    Repository *repository;

    mirror_library_start();
    if ((g_file_test(head, G_FILE_TEST_EXISTS) ? open_mirror : make_mirror)(&git, folder) < 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REPOSITORY,
                    "mirror %s: cannot be opened or made: %s", folder, last_message());
        return NULL;
    }
    repository = g_new0(Repository, 1);
    repository->git = git;
    repository->folder = g_strdup(folder);
    return repository;
}

void repository_free(Repository *repository)
{
    if (!repository)
        return;
    git2()->repository_free(repository->git);
    g_free(repository->folder);
    g_free(repository);
}

static int add_ref(git_reference *reference, void *data)
{
    GHashTable *refs = data;

    if (git2()->reference_type(reference) == GIT_REFERENCE_DIRECT &&
        mirror_ref_is_mirrored(git2()->reference_name(reference)))
        g_hash_table_insert(refs, g_strdup(git2()->reference_name(reference)),
                            g_memdup2(git2()->reference_target(reference), sizeof(git_oid)));
    git2()->reference_free(reference);
    return 0;
}

GHashTable *mirror_refs(git_repository *git, GError **error)
{
    GHashTable *refs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    if (git2()->reference_foreach(git, add_ref, refs) == 0)
        return refs;
    g_hash_table_unref(refs);
    git_source_error(error, "branches of the mirror");
    return NULL;
}

static int by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "it has main, dev": what somebody who mistyped a name needs. */
static char *describe_refs(git_repository *git, const char *prefix, const char *what)
{
    g_autoptr(GHashTable) refs = mirror_refs(git, NULL);
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    GHashTableIter each;
    void *name;

    if (refs) {
        g_hash_table_iter_init(&each, refs);
        while (g_hash_table_iter_next(&each, &name, NULL))
            if (g_str_has_prefix(name, prefix))
                g_ptr_array_add(names, (char *)name + strlen(prefix));
    }
    if (names->len == 0) {
        g_string_printf(text, "the repository has no %s at all", what);
        return g_string_free(text, FALSE);
    }
    g_ptr_array_sort(names, by_text);
    g_string_append(text, "it has ");
    for (guint i = 0; i < names->len && i < BRANCHES_NAMED; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (char *)g_ptr_array_index(names, i));
    if (names->len > BRANCHES_NAMED)
        g_string_append_printf(text, " and %u more", names->len - BRANCHES_NAMED);
    return g_string_free(text, FALSE);
}

/* Peels what a branch or tag points to. */
static bool find_named(git_repository *git, const char *prefix, const char *what, const char *name,
                       git_commit **ret, GError **error)
{
    g_autofree char *full = g_strconcat(prefix, name, NULL);
    git_reference *reference = NULL;
    git_object *object = NULL;
    int failed;

    if (git2()->reference_lookup(&reference, git, full) < 0) {
        g_autofree char *known = describe_refs(git, prefix, what);

        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REVISION,
                    "%s %s: does not exist (deleted, or never pushed); %s", what, name, known);
        return false;
    }
    failed = git2()->reference_peel(&object, reference, GIT_OBJECT_COMMIT);
    git2()->reference_free(reference);
    if (failed == GIT_EPEEL || failed == GIT_EINVALIDSPEC) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REVISION,
                    "%s: does not point to a commit; nothing can be deployed from it", full);
        return false;
    }
    if (failed)
        return git_source_error(error, full);
    *ret = (git_commit *)object;
    return true;
}

static bool is_reachable(git_repository *git, const git_oid *id, bool *ret, GError **error)
{
    g_autoptr(GHashTable) refs = mirror_refs(git, error);
    g_autoptr(GArray) tips = g_array_new(FALSE, FALSE, sizeof(git_oid));
    GHashTableIter each;
    void *name;
    int found;

    if (!refs)
        return false;
    g_hash_table_iter_init(&each, refs);
    while (g_hash_table_iter_next(&each, &name, NULL)) {
        git_reference *reference = NULL;
        git_object *tip = NULL;

        if (git2()->reference_lookup(&reference, git, name) == 0 &&
            git2()->reference_peel(&tip, reference, GIT_OBJECT_COMMIT) == 0) {
            if (git2()->oid_equal(git2()->object_id(tip), id)) {
                *ret = true;
                git2()->object_free(tip);
                git2()->reference_free(reference);
                return true;
            }
            g_array_append_val(tips, *git2()->object_id(tip));
        }
        git2()->object_free(tip);
        git2()->reference_free(reference);
    }
    found =
        git2()->graph_reachable_from_any(git, id, (const git_oid *)(void *)tips->data, tips->len);
    if (found < 0)
        return git_source_error(error, "history");
    *ret = found > 0;
    return true;
}

static bool find_commit(git_repository *git, const char *text, git_commit **ret, GError **error)
{
    git_commit *commit = NULL;
    bool reachable = false;
    git_oid id;

    if (strlen(text) != GIT_OID_HEXSZ || git2()->oid_fromstr(&id, text) < 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REVISION,
                    "commit %s: is not a full commit id; write all 40 hex digits", text);
        return false;
    }
    if (git2()->commit_lookup(&commit, git, &id) < 0) {
        g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REVISION,
                    "commit %s: is not in the repository; push it to a branch", text);
        return false;
    }
    if (!is_reachable(git, &id, &reachable, error) || !reachable) {
        git2()->commit_free(commit);
        if (error && !*error)
            g_set_error(error, SOURCE_ERROR, SOURCE_ERROR_REVISION,
                        "commit %s: no branch or tag contains it (force-pushed away?); push it to "
                        "a branch",
                        text);
        return false;
    }
    *ret = commit;
    return true;
}

static void describe_commit(const git_commit *commit, Revision *ret)
{
    const git_signature *author = git2()->commit_author(commit);
    const char *summary = git2()->commit_summary((git_commit *)commit);
    g_autofree char *line = g_utf8_make_valid(summary ? summary : "", -1);
    g_autofree char *written = g_strdup_printf("%s <%s>", author->name, author->email);

    git2()->oid_tostr(ret->id, sizeof(ret->id), git2()->commit_id(commit));
    ret->author = g_utf8_make_valid(written, -1);
    ret->summary = g_utf8_substring(line, 0, MIN(g_utf8_strlen(line, -1), SUMMARY_MAX));
    ret->time_s = git2()->commit_time(commit);
}

void revision_clear(Revision *revision)
{
    g_free(revision->author);
    g_free(revision->summary);
    *revision = (Revision){0};
}

bool repository_resolve(Repository *repository, RevisionKind kind, const char *name, Revision *ret,
                        GError **error)
{
    git_commit *commit = NULL;
    bool found = false;

    switch (kind) {
    case REVISION_IS_BRANCH:
        found = find_named(repository->git, "refs/heads/", "branch", name, &commit, error);
        break;
    case REVISION_IS_TAG:
        found = find_named(repository->git, "refs/tags/", "tag", name, &commit, error);
        break;
    case REVISION_IS_COMMIT:
        found = find_commit(repository->git, name, &commit, error);
        break;
    }
    if (!found)
        return false;
    describe_commit(commit, ret);
    git2()->commit_free(commit);
    return true;
}

static bool lookup_commit(Repository *repository, const char *text, git_commit **ret,
                          GError **error)
{
    g_autofree char *subject = g_strconcat("commit ", text, NULL);
    git_oid id;

    if (git2()->oid_fromstr(&id, text) < 0 || git2()->commit_lookup(ret, repository->git, &id) < 0)
        return git_source_error(error, subject);
    return true;
}

SourceTree *repository_tree(Repository *repository, const char *commit_id, GError **error)
{
    git_commit *commit = NULL;
    git_tree *root = NULL;
    int failed;

    if (!lookup_commit(repository, commit_id, &commit, error))
        return NULL;
    failed = git2()->commit_tree(&root, commit);
    git2()->commit_free(commit);
    if (failed) {
        g_autofree char *subject = g_strconcat("commit ", commit_id, NULL);

        git_source_error(error, subject);
        return NULL;
    }
    return git_source_tree_new(repository->git, root, error);
}
