#include "reconcile/source/directory_tree.h"
#include "reconcile/source/read_set.h"
#include "reconcile/source/repository.h"
#include "tests/reconcile/source/fetch_worker_program.h"
#include "tests/reconcile/source/temporary_folder.h"

static char *folder, *origin;
static Repository *mirror;
static SourceTree *tree;

static void open_main(void)
{
    Revision revision = {0};

    cr_assert(repository_resolve(mirror, REVISION_IS_BRANCH, "main", &revision, NULL));
    source_tree_free(tree);
    tree = repository_tree(mirror, revision.id, NULL);
    cr_assert_not_null(tree);
    revision_clear(&revision);
}

static void fetch_main(void)
{
    const FetchRequest request = {
        .url = origin, .deadline_ms = 60000, .program = FETCH_WORKER_PROGRAM};
    g_autoptr(GError) error = NULL;
    FetchResult result;

    cr_assert(repository_fetch(mirror, &request, &result, &error), "%s",
              error ? error->message : "");
    open_main();
}

/* Without what it keeps in memory. */
static void reopen_mirror(void)
{
    g_autofree char *mirror_folder = g_build_filename(folder, "mirror", NULL);

    g_clear_pointer(&tree, source_tree_free);
    repository_free(mirror);
    mirror = repository_open(mirror_folder, NULL);
    open_main();
}

static void open_tree(void)
{
    g_autofree char *mirror_folder = NULL;

    folder = temporary_folder_make();
    origin = g_build_filename(folder, "origin", NULL);
    mirror_folder = g_build_filename(folder, "mirror", NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    temporary_file_write(origin, "services/a/app.js", "exports.x = 1\n");
    temporary_file_write(origin, "services/a/run.sh", "#!/bin/sh\n");
    temporary_file_write(origin, "shared/b.txt", "hello\n");
    temporary_link(origin, "services/a/lib", "../../shared");
    temporary_link(origin, "services/a/out", "../../../etc/passwd");
    temporary_link(origin, "services/a/absolute", "/etc/passwd");
    temporary_link(origin, "circle", "circle");
    temporary_run(
        origin,
        "chmod +x services/a/run.sh; git init -q -b main; git config user.name Test; git config "
        "user.email t@example.com; git add -A; git update-index --add --cacheinfo "
        "160000,0123456789012345678901234567890123456789,vendor/module; git commit -qm First");
    mirror = repository_open(mirror_folder, NULL);
    fetch_main();
}

static void close_tree(void)
{
    source_tree_free(tree);
    repository_free(mirror);
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(origin);
}

TestSuite(git_tree, .init = open_tree, .fini = close_tree);

Test(git_tree, knows_every_kind_of_entry)
{
    static const struct {
        const char *path;
        bool follow;
        SourceKind kind;
    } rows[] = {
        {"", true, SOURCE_DIRECTORY},
        {"services", true, SOURCE_DIRECTORY},
        {"services/a/app.js", true, SOURCE_FILE},
        {"services/a/run.sh", true, SOURCE_EXECUTABLE},
        {"services/a/lib", false, SOURCE_SYMLINK},
        {"services/a/lib", true, SOURCE_DIRECTORY},
        {"services/a/lib/b.txt", false, SOURCE_FILE},
        {"vendor/module", true, SOURCE_SUBMODULE},
        {"vendor/module/x", true, SOURCE_MISSING},
        {"services/a/app.js/x", true, SOURCE_MISSING},
        {"nothing", true, SOURCE_MISSING},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        SourceEntry entry;

        cr_assert(source_tree_entry(tree, rows[i].path, rows[i].follow, &entry, &error), "%s",
                  rows[i].path);
        cr_expect_eq(entry.kind, rows[i].kind, "%s", rows[i].path);
    }
}

Test(git_tree, gives_the_same_ids_as_the_directory_it_came_from)
{
    static const char *const paths[] = {"services/a/app.js", "services/a/run.sh",
                                        "services/a/lib/b.txt", "services/a/lib", "services/a/out"};
    g_autoptr(SourceTree) directory = directory_tree_new(origin, NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        SourceEntry ours, theirs;

        cr_assert(source_tree_entry(tree, paths[i], false, &ours, NULL));
        cr_assert(source_tree_entry(directory, paths[i], false, &theirs, NULL));
        cr_expect_str_eq(ours.id, theirs.id, "%s", paths[i]);
        cr_expect_eq(ours.kind, theirs.kind, "%s", paths[i]);
        cr_expect_eq(ours.size_bytes, theirs.size_bytes, "%s", paths[i]);
    }
}

Test(git_tree, refuses_what_leads_out_or_nowhere)
{
    static const struct {
        const char *path;
        SourceError code;
    } rows[] = {
        {"services/a/out", SOURCE_ERROR_OUTSIDE},
        {"services/a/absolute", SOURCE_ERROR_OUTSIDE},
        {"../x", SOURCE_ERROR_OUTSIDE},
        {"circle", SOURCE_ERROR_NOT_FOUND},
        {"services", SOURCE_ERROR_NOT_FOUND},
        {"nothing", SOURCE_ERROR_NOT_FOUND},
        {"vendor/module", SOURCE_ERROR_NOT_FOUND},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GError) error = NULL;
        char *data;
        size_t size;

        cr_assert_not(source_tree_read(tree, rows[i].path, 100, &data, &size, &error), "%s",
                      rows[i].path);
        cr_expect(g_error_matches(error, SOURCE_ERROR, (int)rows[i].code), "%s", error->message);
        cr_expect_not_null(strstr(error->message, rows[i].path), "%s", error->message);
    }
}

Test(git_tree, a_size_is_checked_before_anything_is_loaded)
{
    g_autoptr(GError) error = NULL;
    char *data = NULL;
    size_t size;

    cr_assert_not(source_tree_read(tree, "shared/b.txt", 5, &data, &size, &error));
    cr_expect(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_TOO_LARGE));
    cr_expect_null(data);
}

Test(git_tree, lists_in_the_order_of_bytes)
{
    g_autoptr(GPtrArray) entries = NULL;
    GString *names = g_string_new(NULL);

    temporary_run(origin, "mkdir shared/x; touch shared/x/in shared/x.txt shared/x-y; git add -A; "
                          "git commit -qm Second");
    fetch_main();
    cr_assert(source_tree_list(tree, "services/a/lib", &entries, NULL));
    for (guint i = 0; i < entries->len; i++)
        g_string_append_printf(names, "%s ",
                               ((SourceListEntry *)g_ptr_array_index(entries, i))->name);
    cr_expect_str_eq(names->str, "b.txt x x-y x.txt ");
    g_string_free(names, TRUE);
}

Test(git_tree, a_hostile_name_makes_a_folder_unreadable_and_harms_nobody)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) entries = NULL;

    temporary_run(
        origin, "evil=$(python3 -c \"import sys; sys.stdout.buffer.write(b'100644 ..' + bytes(1) + "
                "bytes.fromhex('$(git hash-object -w shared/b.txt)'))\" | git hash-object -w -t "
                "tree --stdin "
                "--literally);"
                "root=$(printf '040000 tree %s\\tevil\\n' $evil | git mktree);"
                "git update-ref refs/heads/main $(git commit-tree -m Evil -p main $root)");
    fetch_main();
    cr_assert_not(source_tree_list(tree, "evil", &entries, &error));
    cr_expect(g_error_matches(error, SOURCE_ERROR, SOURCE_ERROR_BROKEN), "%s", error->message);
}

Test(git_tree, a_read_set_of_one_revision_holds_in_the_next_when_nothing_in_it_changed)
{
    g_autoptr(ReadSet) set = read_set_new();
    SourceTree *recording = read_set_tree(tree, set);
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *data = NULL, *changed = NULL;
    SourceEntry entry;
    json_t *json;
    size_t size;

    cr_assert(source_tree_list(recording, "services/a", &entries, NULL));
    cr_assert(source_tree_entry(recording, "services/a/run.sh", false, &entry, NULL));
    cr_assert(source_tree_read(recording, "services/a/lib/b.txt", 100, &data, &size, NULL));
    source_tree_free(recording);
    json = read_set_to_json(set);
    cr_expect_eq(json_object_size(json_object_get(json, "files")), 1,
                 "what a list tells is not noted again");
    json_decref(json);
    temporary_run(origin, "echo more >README; git add -A; git commit -qm Second");
    fetch_main();
    cr_expect(read_set_holds(set, tree, NULL, NULL));
    temporary_run(origin, "echo more >>services/a/app.js; git add -A; git commit -qm Third");
    fetch_main();
    cr_expect_not(read_set_holds(set, tree, NULL, &changed));
    cr_expect_str_eq(changed, "services/a");
}

/* Of the mirror's objects the newest commit's way to services/a stays, and none below it. */
static void forget_what_the_service_consists_of(void)
{
    temporary_run(folder, "cd mirror; mkdir packs; mv objects/pack/* packs\n"
                          "for pack in packs/*.pack; do git unpack-objects -q <$pack; done\n"
                          "keep=$(git rev-parse main main^{tree} main:services)\n"
                          "for object in $(find objects -type f | sed s,objects/,,); do\n"
                          "  case $keep in *$(echo $object | tr -d /)*) ;;\n"
                          "  *) rm -f objects/$object ;; esac\n"
                          "done\n"
                          "find objects -type f | wc -l | grep -qx 3");
}

Test(git_tree, of_an_unchanged_folder_no_object_is_read_but_those_that_tell_its_id)
{
    g_autoptr(ReadSet) set = read_set_new();
    SourceTree *recording = read_set_tree(tree, set);
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *data = NULL;
    SourceEntry held, now;
    size_t size;

    cr_assert(source_tree_list(recording, "services/a", &entries, NULL));
    cr_assert(source_tree_read(recording, "services/a/app.js", 100, &data, &size, NULL));
    cr_assert(source_tree_entry(tree, "services/a", false, &held, NULL));
    source_tree_free(recording);
    temporary_run(origin, "echo more >README; git add -A; git commit -qm Second");
    fetch_main();
    forget_what_the_service_consists_of();
    reopen_mirror();
    cr_assert(source_tree_entry(tree, "services/a", false, &now, NULL));
    cr_expect_str_eq(now.id, held.id);
    cr_expect(read_set_holds(set, tree, "services/a", NULL));
    cr_expect_not(read_set_holds(set, tree, NULL, NULL), "to look into it needs what is gone");
}
