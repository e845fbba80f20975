/* A service's scripts in the real sandbox: what they give, what they may see, and what a hostile
 * one tries. */
#include "controller/scripts/scripts.h"

#include "config/json_text.h"
#include "reconcile/source/directory_tree.h"
#include "reconcile/source/repository.h"
#include "tests/reconcile/source/temporary_folder.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static char *folder, *origin;
static GPtrArray *mirrors; /* Repository*: they outlive the trees of a test */

static void make_folder(void)
{
    mirrors = g_ptr_array_new_with_free_func((GDestroyNotify)repository_free);
    folder = temporary_folder_make();
    origin = g_build_filename(folder, "origin", NULL);
    g_setenv("GIT_CONFIG_GLOBAL", "/dev/null", TRUE);
    g_setenv("SECRET_OF_THE_CONTROLLER", "not for scripts", TRUE);
}

static void remove_folder(void)
{
    g_ptr_array_unref(mirrors);
    temporary_folder_remove(folder);
    g_free(folder);
    g_free(origin);
}

TestSuite(scripts, .init = make_folder, .fini = remove_folder, .timeout = 100);

static InputRequest request_for(const char *file, const char *scope)
{
    json_t *json =
        json_pack("{s:s, s:s, s:s, s:{s:s}, s:{}, s:{}}", "file", file, "folder", "service",
                  "scope", scope, "options", "stage", "dev", "env", "answers");
    InputRequest request = {.kind = INPUT_SCRIPT,
                            .address = json_text(json, JSON_TEXT_COMPACT | JSON_TEXT_SORT_KEYS),
                            .region = (char *)""};

    json_decref(json);
    return request;
}

/* The answer to service/FILE, a new reference. */
static json_t *ask(Scripts *scripts, const char *file, const char *scope)
{
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_autoptr(Inputs) inputs = inputs_new();
    g_autoptr(GError) error = NULL;
    InputRequest request = request_for(file, scope);
    json_t *answer = NULL;
    bool secret, evaluated;

    g_ptr_array_add(requests, &request);
    evaluated = scripts_evaluate(requests, inputs, scripts, &error);
    cr_assert(evaluated, "%s", error ? error->message : "");
    cr_assert(inputs_get(inputs, &request, &answer, &secret));
    g_free(request.address);
    return json_incref(answer);
}

/* What a script in a folder says: its value's JSON, or "error: MESSAGE". (transfer full) */
static char *said_by(const char *text)
{
    g_autofree char *real = NULL, *path = NULL;
    g_autoptr(SourceTree) tree = NULL;
    json_t *answer;
    char *said;

    temporary_file_write(origin, "service/x.js", text);
    temporary_run(origin, "mkdir -p .git");
    real = g_build_filename(origin, "service", NULL);
    tree = directory_tree_new_for_service(real, &path, NULL);
    Scripts scripts = {.tree = tree};

    answer = ask(&scripts, "service/x.js", "folder");
    if (json_object_get(answer, "error"))
        said = g_strconcat(
            "error: ",
            json_string_value(json_object_get(json_object_get(answer, "error"), "message")), NULL);
    else
        said = g_strdup(json_string_value(json_object_get(answer, "text")));
    json_decref(answer);
    return said;
}

static void expect(const char *text, const char *expected)
{
    g_autofree char *said = said_by(text);

    cr_expect_str_eq(said, expected, "%s\n  said %s", text, said);
}

static void expect_part(const char *text, const char *expected)
{
    g_autofree char *said = said_by(text);

    cr_expect(said && strstr(said, expected), "%s\n  said %s", text, said);
}

Test(scripts, give_the_value_of_a_folder_s_program)
{
    expect("module.exports = async ({ options }) => ({ stage: options.stage, where: "
           "__dirname.endsWith("
           "'/origin/service') })",
           "{\"stage\":\"dev\",\"where\":true}");
}

Test(scripts, see_nothing_of_the_machine_but_programs)
{
    temporary_file_write(folder, "beside.txt", "beside the repository\n");
    expect("const fs = require('fs'); module.exports = ['/etc/shadow', '/etc/hosts', '/root', "
           "'/home', "
           "'/var', '/etc/ssh', '/etc/ssl/private', __dirname + '/../../beside.txt']"
           ".filter((file) => fs.existsSync(file))",
           "[]");
    expect("const fs = require('fs'); module.exports = fs.readdirSync('/proc').filter((name) => "
           "/^[0-9]+$/.test(name)).length < 10",
           "true");
}

Test(scripts, have_nothing_of_the_controller_s_environment)
{
    expect("const fs = require('fs'); const all = ['self', '1'].map((id) => { try { return "
           "fs.readFileSync(`/proc/${id}/environ`, 'utf8'); } catch { return ''; } }).join('') + "
           "JSON.stringify(process.env) + require('child_process').execFileSync('/usr/bin/env'); "
           "module.exports = /SECRET|AWS/.test(all)",
           "false");
}

/* A port that listens on this machine while the test runs. */
static unsigned listen_here(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_eq(bind(file, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(file, 1), 0);
    cr_assert_eq(getsockname(file, (struct sockaddr *)&address, &size), 0);
    return ntohs(address.sin_port);
}

Test(scripts, reach_no_network)
{
    g_autofree char *text = g_strdup_printf(
        "const connect = (port, host) => new Promise((done) => { const socket = "
        "require('net').connect(port, host, () => done('connected')); socket.on('error', (error) "
        "=> "
        "done('no')); }); module.exports = async () => [await connect(%u, '127.0.0.1'), await "
        "connect(80, '169.254.169.254'), await connect(443, '1.1.1.1')]",
        listen_here());

    expect(text, "[\"no\",\"no\",\"no\"]");
}

Test(scripts, write_nowhere_but_to_what_is_gone_afterwards)
{
    g_autofree char *written = g_build_filename(origin, "service", "new.txt", NULL);

    expect("const fs = require('fs'); const tries = (file) => { try { fs.writeFileSync(file, 'x'); "
           "return "
           "true; } catch { return false; } }; module.exports = ['new.txt', 'x.js', '/usr/bin/x', "
           "'/x', '/etc/x', '/tmp/x'].map(tries)",
           "[false,false,false,false,false,true]");
    cr_expect_not(g_file_test(written, G_FILE_TEST_EXISTS));
    cr_expect_not(g_file_test("/tmp/x", G_FILE_TEST_EXISTS));
}

Test(scripts, are_ended_at_their_ceilings_which_are_named)
{
    expect_part("for (;;) {}", "more than 10 s");
    expect_part("const all = []; for (;;) all.push(new Array(1000000).fill(1.5))",
                "more than 320 MiB of objects");
    expect_part("const all = []; for (;;) all.push(Buffer.alloc(1 << 24, 1))", "MiB of memory");
    expect_part("module.exports = 'x'.repeat(100 << 20)", "larger than 4 MiB");
}

Test(scripts, cannot_fill_the_machine_with_processes)
{
    expect_part("const { spawn } = require('child_process'); for (let i = 0; i < 1000; i++) "
                "spawn('/bin/sleep', ['100']).on('error', () => {}); module.exports = 1",
                "");
    expect("module.exports = 2", "2"); /* nothing is left over */
}

Test(scripts, may_print_what_they_like)
{
    expect("for (let i = 0; i < 100; i++) console.log('x'.repeat(1 << 20)); "
           "require('child_process').execSync('head -c 100000000 /dev/zero; head -c 100000000 "
           "/dev/zero >&2', { stdio: 'inherit' }); module.exports = 3",
           "3");
}

Test(scripts, that_break_what_all_objects_are_made_of_break_themselves)
{
    expect("Object.prototype.toJSON = () => 'all'; Array.prototype.push = null; JSON.parse = () => "
           "({}); module.exports = { a: 1 }",
           "error: it has changed JavaScript's own objects, so that its value is lost");
    expect("module.exports = 4", "4");
}

/* The same repository as a revision. */
static SourceTree *commit(void)
{
    g_autofree char *mirror = g_build_filename(folder, "mirror", NULL), *id = NULL;
    g_autoptr(GError) error = NULL;
    Repository *opened;
    SourceTree *tree;

    temporary_run(
        origin, "git init -q -b main; git config user.name T; git config user.email t@example.com;"
                "git add -A; git commit -qm x; git rev-parse HEAD > ../id; rm -rf ../mirror; git "
                "clone -q --mirror . ../mirror");
    g_autofree char *file = g_build_filename(folder, "id", NULL);

    cr_assert(g_file_get_contents(file, &id, NULL, NULL));
    g_strchomp(id);
    opened = repository_open(mirror, &error);
    cr_assert_not_null(opened, "%s", error ? error->message : "");
    g_ptr_array_add(mirrors, opened);
    tree = repository_tree(opened, id, &error);
    cr_assert_not_null(tree, "%s", error ? error->message : "");
    return tree;
}

static void expect_answer(Scripts *scripts, const char *file, const char *scope,
                          const char *expected)
{
    json_t *answer = ask(scripts, file, scope);
    g_autofree char *text = NULL;

    json_object_del(answer, "output");
    text = json_text(answer, JSON_TEXT_COMPACT | JSON_TEXT_SORT_KEYS);
    cr_expect_str_eq(text, expected, "%s %s: %s", file, scope, text);
    json_decref(answer);
}

Test(scripts, of_a_revision_see_their_folder_and_when_they_look_further_the_repository)
{
    g_autofree char *work = g_build_filename(folder, "work", NULL);

    g_mkdir(work, 0700);
    temporary_file_write(origin, "service/x.js", "module.exports = require('./lib').a");
    temporary_file_write(origin, "service/lib.js", "exports.a = __dirname");
    temporary_file_write(origin, "service/up.js", "module.exports = require('../shared/s')");
    temporary_file_write(origin, "shared/s.js", "module.exports = 'shared'");
    temporary_file_write(origin, "linked/service/x.js", "module.exports = 1");
    temporary_link(origin, "service/node_modules", "../shared");
    g_autoptr(SourceTree) tree = commit();
    g_auto(Scripts) scripts = {.tree = tree, .folder = work};

    /* a link out of the folder is a look out of it */
    expect_answer(&scripts, "service/x.js", "folder", "{\"outside\":\"\"}");
    expect_answer(&scripts, "service/x.js", "repository",
                  "{\"text\":\"\\\"/repository/service\\\"\"}");
    temporary_run(origin, "rm service/node_modules");
    scripts_clear(&scripts);
    g_autoptr(SourceTree) without = commit();

    scripts.tree = without;
    expect_answer(&scripts, "service/x.js", "folder", "{\"text\":\"\\\"/repository/service\\\"\"}");
    expect_answer(&scripts, "service/up.js", "folder", "{\"outside\":\"shared/s\"}");
    expect_answer(&scripts, "service/up.js", "repository", "{\"text\":\"\\\"shared\\\"\"}");
}

Test(scripts, of_a_revision_are_run_again_only_when_something_changed_that_they_could_see)
{
    g_autofree char *work = g_build_filename(folder, "work", NULL);
    g_autoptr(ScriptCache) cache = script_cache_new();
    g_autoptr(ReadSet) reads = read_set_new(), reads_again = read_set_new();
    json_t *noted;

    g_mkdir(work, 0700);
    temporary_file_write(origin, "service/x.js", "module.exports = Math.random()");
    temporary_file_write(origin, "readme.md", "one");
    g_autoptr(SourceTree) tree = commit();
    g_auto(Scripts) scripts = {.tree = tree, .folder = work, .cache = cache, .reads = reads};
    json_t *first = ask(&scripts, "service/x.js", "folder");

    noted = read_set_to_json(reads);
    cr_expect_not_null(json_object_get(json_object_get(noted, "trees"), "service"));
    json_decref(noted);
    temporary_file_write(origin, "readme.md", "two");
    g_autoptr(SourceTree) elsewhere = commit();

    scripts.tree = elsewhere;
    scripts.reads = reads_again;
    scripts.node = "/nowhere/node"; /* none is run */
    json_t *second = ask(&scripts, "service/x.js", "folder");

    cr_expect(json_equal(first, second));
    cr_expect(read_set_holds(reads, elsewhere, NULL, NULL));
    cr_expect(read_set_holds(reads_again, elsewhere, NULL, NULL));
    temporary_file_write(origin, "service/data.txt", "new");
    scripts_clear(&scripts);
    g_autoptr(SourceTree) changed = commit();

    cr_expect_not(read_set_holds(reads, changed, NULL, NULL));
    scripts.tree = changed;
    scripts.node = NULL;
    json_t *third = ask(&scripts, "service/x.js", "folder");

    cr_expect_not(json_equal(first, third));
    json_decref(first);
    json_decref(second);
    json_decref(third);
}

Test(scripts, need_a_node_and_say_how_to_get_one)
{
    g_autoptr(GPtrArray) requests = g_ptr_array_new();
    g_autoptr(Inputs) inputs = inputs_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(SourceTree) tree = NULL;
    InputRequest request = request_for("service/x.js", "folder");

    temporary_file_write(origin, "service/x.js", "module.exports = 1");
    tree = directory_tree_new(origin, NULL);
    Scripts scripts = {.tree = tree, .node = "/nowhere/node"};

    g_ptr_array_add(requests, &request);
    cr_assert_not(scripts_evaluate(requests, inputs, &scripts, &error));
    cr_expect_str_eq(error->message, "run JavaScript: /nowhere/node: install Node.js 18 or newer "
                                     "(apt-get install nodejs)");
    g_free(request.address);
}
