#include "reconcile/source/repository.h"
#include "tests/reconcile/source/fetch_worker_program.h"
#include "tests/reconcile/source/temporary_folder.h"

static char *folder, *origin;
static Repository *mirror;

static void commit(const char *message)
{
    g_autofree char *command =
        g_strdup_printf("git add -A; git commit -qm '%s' --allow-empty", message);

    temporary_run(origin, command);
}

static void open_repository(void)
{
    g_autofree char *mirror_folder = NULL;

    folder = temporary_folder_make();
    origin = g_build_filename(folder, "origin", NULL);
    mirror_folder = g_build_filename(folder, "deep/mirror", NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    temporary_file_write(origin, "services/a/app.js", "exports.x = 1\n");
    temporary_file_write(origin, "README", "hello\n");
    temporary_run(
        origin,
        "git init -q -b main; git config user.name Test; git config user.email test@example.com");
    commit("First\n\nMore");
    mirror = repository_open(mirror_folder, NULL);
    cr_assert_not_null(mirror);
}

static void close_repository(void)
{
    repository_free(mirror);
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(origin);
}

TestSuite(repository, .init = open_repository, .fini = close_repository);

static bool fetch_from(const char *url, FetchResult *ret, GError **error)
{
    const FetchRequest request = {
        .url = url, .deadline_ms = 60000, .program = FETCH_WORKER_PROGRAM};

    return repository_fetch(mirror, &request, ret, error);
}

static FetchResult fetch(void)
{
    g_autoptr(GError) error = NULL;
    FetchResult result = {0};

    cr_assert(fetch_from(origin, &result, &error), "%s", error ? error->message : "");
    return result;
}

static void expect_failure(GError **failure, SourceError code, const char *part)
{
    g_autoptr(GError) error = g_steal_pointer(failure);

    cr_assert(g_error_matches(error, SOURCE_ERROR, (int)code), "%s",
              error ? error->message : "no error");
    cr_expect_not_null(strstr(error->message, part), "%s", error->message);
}

static void expect_no_revision(RevisionKind kind, const char *name, const char *part)
{
    GError *error = NULL;
    Revision revision = {0};

    cr_assert_not(repository_resolve(mirror, kind, name, &revision, &error));
    expect_failure(&error, SOURCE_ERROR_REVISION, part);
}

static char *id_of(const char *revision)
{
    const char *arguments[] = {"git", "rev-parse", revision, NULL};
    char *out = NULL;

    cr_assert(g_spawn_sync(origin, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out,
                           NULL, NULL, NULL));
    return g_strstrip(out);
}

static void expect_revision(RevisionKind kind, const char *name, const char *expected)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *id = id_of(expected);
    Revision revision = {0};

    cr_assert(repository_resolve(mirror, kind, name, &revision, &error), "%s",
              error ? error->message : "");
    cr_expect_str_eq(revision.id, id);
    revision_clear(&revision);
}

static SourceTree *tree_of_main(void)
{
    Revision revision = {0};
    SourceTree *tree;

    cr_assert(repository_resolve(mirror, REVISION_IS_BRANCH, "main", &revision, NULL));
    tree = repository_tree(mirror, revision.id, NULL);
    cr_assert_not_null(tree);
    revision_clear(&revision);
    return tree;
}

Test(repository, a_branch_is_fetched_and_read_without_a_checkout)
{
    FetchResult result = fetch();
    g_autofree char *data = NULL;
    g_autoptr(SourceTree) tree = NULL;
    Revision revision = {0};
    SourceEntry entry;
    size_t size;

    cr_expect_not(result.empty);
    cr_expect_eq(result.refs, 1);
    cr_assert(repository_resolve(mirror, REVISION_IS_BRANCH, "main", &revision, NULL));
    cr_expect_str_eq(revision.summary, "First");
    cr_expect_str_eq(revision.author, "Test <test@example.com>");
    cr_expect_gt(revision.time_s, 1500000000);
    tree = tree_of_main();
    cr_assert(source_tree_read(tree, "services/a/app.js", 100, &data, &size, NULL));
    cr_expect_str_eq(data, "exports.x = 1\n");
    cr_assert(source_tree_entry(tree, "README", true, &entry, NULL));
    cr_expect_str_eq(entry.id, "ce013625030ba8dba906f756967f9e9ca394464a");
    cr_expect_eq(entry.size_bytes, 6);
    revision_clear(&revision);
}

Test(repository, a_file_url_is_as_good_as_a_path)
{
    g_autofree char *url = g_strconcat("file://", origin, NULL);
    g_autoptr(GError) error = NULL;
    FetchResult result;

    cr_assert(fetch_from(url, &result, &error), "%s", error ? error->message : "");
    expect_revision(REVISION_IS_BRANCH, "main", "HEAD");
}

Test(repository, an_unchanged_repository_sends_nothing)
{
    cr_expect_gt(fetch().refs, 0);
    cr_expect_eq(fetch().received_bytes, 0);
}

Test(repository, a_push_is_seen_by_the_next_fetch)
{
    FetchResult result;

    fetch();
    commit("Second");
    result = fetch();
    cr_expect_eq(result.forced, 0);
    expect_revision(REVISION_IS_BRANCH, "main", "HEAD");
}

Test(repository, tags_are_peeled_and_commits_must_be_reachable)
{
    g_autofree char *first = id_of("HEAD");

    temporary_run(origin, "git tag -a v1 -m one; git tag light");
    commit("Second");
    temporary_run(origin, "git tag -a to-tree -m x 'HEAD^{tree}'");
    fetch();
    expect_revision(REVISION_IS_TAG, "v1", "v1^{commit}");
    expect_revision(REVISION_IS_TAG, "light", "light");
    expect_revision(REVISION_IS_COMMIT, first, first);
    expect_no_revision(REVISION_IS_TAG, "to-tree", "does not point to a commit");
    expect_no_revision(
        REVISION_IS_TAG, "v2",
        "tag v2: does not exist (deleted, or never pushed); it has light, to-tree, v1");
    expect_no_revision(REVISION_IS_COMMIT, "abc", "is not a full commit id");
    expect_no_revision(REVISION_IS_COMMIT, "0123456789012345678901234567890123456789",
                       "is not in the repository");
}

Test(repository, a_force_push_is_told_and_its_old_commit_no_longer_deployed)
{
    g_autofree char *gone = NULL;

    commit("Second");
    gone = id_of("HEAD");
    fetch();
    temporary_run(origin, "git reset -q --hard HEAD^");
    commit("Other");
    cr_expect_eq(fetch().forced, 1);
    expect_revision(REVISION_IS_BRANCH, "main", "HEAD");
    expect_no_revision(REVISION_IS_COMMIT, gone, "no branch or tag contains it");
}

Test(repository, a_deleted_branch_is_told_and_gone)
{
    temporary_run(origin, "git branch old");
    fetch();
    expect_revision(REVISION_IS_BRANCH, "old", "main");
    temporary_run(origin, "git branch -D old -q");
    cr_expect_eq(fetch().deleted, 1);
    expect_no_revision(REVISION_IS_BRANCH, "old",
                       "branch old: does not exist (deleted, or never pushed); it has main");
}

Test(repository, a_branch_may_become_a_folder_of_branches)
{
    temporary_run(origin, "git branch release");
    fetch();
    temporary_run(origin, "git branch -D release -q; git branch release/one");
    fetch();
    expect_revision(REVISION_IS_BRANCH, "release/one", "main");
}

Test(repository, an_emptied_repository_is_told)
{
    FetchResult result;

    fetch();
    temporary_run(origin, "rm -rf .git; git init -q -b main");
    result = fetch();
    cr_expect(result.empty);
    cr_expect_eq(result.deleted, 1);
    expect_no_revision(REVISION_IS_BRANCH, "main", "the repository has no branch at all");
}

Test(repository, what_is_no_repository_is_refused_by_name)
{
    static const struct {
        const char *prepare, *path, *part;
    } rows[] = {
        {"mkdir ../plain", "plain", "is not a git repository"},
        {"true", "nothing", "no such folder"},
        {"git init -q --object-format=sha256 ../sha256", "sha256", "SHA-256"},
        {"git clone -q --depth 1 file://$PWD ../shallow", "shallow", "shallow clone"},
    };

    commit("Second");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_build_filename(folder, rows[i].path, NULL);
        GError *error = NULL;
        FetchResult result;

        temporary_run(origin, rows[i].prepare);
        cr_assert_not(fetch_from(path, &result, &error), "%s", path);
        expect_failure(&error, SOURCE_ERROR_REPOSITORY, rows[i].part);
    }
}

Test(repository, a_missing_object_on_the_other_side_leaves_the_mirror_as_it_was)
{
    g_autofree char *first = id_of("HEAD");
    GError *error = NULL;
    FetchResult result;

    fetch();
    commit("Second");
    commit("Third");
    temporary_run(origin, "id=$(git rev-parse HEAD^); rm -f .git/objects/${id%${id#??}}/${id#??}");
    cr_assert_not(fetch_from(origin, &result, &error));
    cr_expect_not_null(strstr(error->message, origin), "%s", error->message);
    g_clear_error(&error);
    expect_revision(REVISION_IS_BRANCH, "main", first);
}

Test(repository, a_missing_object_in_the_mirror_is_told_with_what_to_do)
{
    g_autoptr(SourceTree) tree = NULL;
    GError *error = NULL;
    char *data;
    size_t size;

    fetch();
    repository_free(mirror);
    temporary_run(folder, "cd deep/mirror; mkdir ../x; mv objects/pack ../x; for p in "
                          "../x/pack/*.pack; do git unpack-objects "
                          "-q <$p; done; rm -f objects/ce/0136*");
    g_autofree char *mirror_folder = g_build_filename(folder, "deep/mirror", NULL);
    mirror = repository_open(mirror_folder, NULL);
    tree = tree_of_main();
    cr_assert_not(source_tree_read(tree, "README", 100, &data, &size, &error));
    expect_failure(&error, SOURCE_ERROR_BROKEN, "remove its folder");
}

Test(repository, two_fetches_of_different_mirrors_do_not_meet)
{
    g_autofree char *other_folder = g_build_filename(folder, "other", NULL);
    g_autoptr(Repository) other = repository_open(other_folder, NULL);
    const FetchRequest request = {
        .url = origin, .deadline_ms = 60000, .program = FETCH_WORKER_PROGRAM};
    FetchResult result;

    cr_assert(repository_fetch(other, &request, &result, NULL));
    expect_no_revision(REVISION_IS_BRANCH, "main", "no branch at all");
}

Test(repository, a_mirror_that_cannot_be_made_is_told)
{
    g_autoptr(GError) error = NULL;

    cr_expect_null(repository_open("/proc/no/mirror", &error));
    cr_assert(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_REPOSITORY));
}
