/* `driftless package`, and what is said of archives by all verbs that make them. */
#include "tests/controller/command_line.h"

TestSuite(cli_package, .init = make_folder, .fini = remove_folder);

static json_t *read_written(const char *name)
{
    g_autofree char *path = g_build_filename(folder, "out", name, NULL);
    json_t *json = json_load_file(path, 0, NULL);

    cr_assert_not_null(json, "%s", path);
    return json;
}

Test(cli_package, packaging_writes_what_people_expect_and_says_where_the_size_is)
{
    static const char *const words[] = {"package", "--package", "out", NULL};
    static const char *const as_json[] = {"package", "--json", "-o", "out", NULL};
    json_t *state, *told, *artifact, *folders;
    const char *name, *provider_token, *path, *sha256;
    json_int_t files;

    g_setenv("API_TOKEN", "correct horse", TRUE);
    temporary_file_write(folder, "serverless.yml",
                         "service: hello\n"
                         "provider:\n  name: aws\n  runtime: nodejs20.x\n"
                         "  environment: {TOKEN: '${env:API_TOKEN}'}\n"
                         "package: {patterns: ['!out/**']}\n"
                         "functions: {hi: {handler: index.main}}\n");
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    temporary_file_write(folder, "node_modules/@big/one/lib/a.js", "0123456789012345678901234567");
    temporary_file_write(folder, "node_modules/two/b.js", "0123");
    g_auto(Ran) table = run(words), listed = run(as_json);

    cr_assert_eq(table.status, 0, "%s", table.err);
    cr_expect_not_null(strstr(table.out, "node_modules/@big/one\n"), "%s", table.out);
    cr_expect_str_empty(table.err, "a bar is drawn on terminals only");
    json_decref(read_written("cloudformation-template-update-stack.json"));
    json_decref(read_written("cloudformation-template-create-stack.json"));
    state = read_written("serverless-state.json");
    cr_assert_eq(json_unpack(state, "{s:{s:s}, s:{s:{s:{s:s}}}}", "package", "artifact", &name,
                             "service", "provider", "environment", "TOKEN", &provider_token),
                 0);
    cr_expect_str_eq(name, "hello.zip");
    cr_expect_str_eq(provider_token, "********", "secrets are hidden");

    told = json_loads(listed.out, 0, NULL);
    artifact = json_array_get(json_object_get(told, "artifacts"), 0);
    cr_assert_eq(json_unpack(artifact, "{s:s, s:I, s:s, s:o}", "name", &name, "files", &files,
                             "sha256", &sha256, "folders", &folders),
                 0, "%s", listed.out);
    cr_expect_str_eq(name, "hello.zip");
    cr_expect_eq(files, 3);
    cr_expect_eq(strlen(sha256), 44);
    cr_assert_eq(json_unpack(json_array_get(folders, 0), "{s:s}", "path", &path), 0);
    cr_expect_str_eq(path, "node_modules/@big/one");
    json_decref(told);
    json_decref(state);
}

Test(cli_package, archives_that_lack_the_same_packages_are_one_warning)
{
    static const char *const words[] = {"compile", NULL};

    temporary_file_write(folder, "serverless.yml",
                         "service: hello\n"
                         "provider: {name: aws, runtime: nodejs20.x}\n"
                         "package: {individually: true}\n"
                         "functions:\n  one: {handler: index.a}\n  two: {handler: index.b}\n"
                         "  three: {handler: index.c}\n");
    temporary_file_write(folder, "index.js", "exports.a = 1\n");
    temporary_file_write(folder, "package.json", "{\"dependencies\": {\"nowhere\": \"1\"}}\n");
    g_auto(Ran) ran = run(words);

    cr_expect_eq(ran.status, 0);
    cr_expect(g_str_has_prefix(ran.err, "serverless.yml:5: warning: package one.zip and 2 more: "
                                        "package.json declares nowhere, which "),
              "%s", ran.err);
    cr_expect_eq(strchr(ran.err, '\n') + 1, strrchr(ran.err, '\0'), "%s", ran.err);
}

Test(cli_package, what_aws_would_refuse_is_a_warning_of_compile_alone_which_its_help_tells)
{
    static const char *const compile[] = {"compile", NULL}, *const help[] = {"compile", "-h", NULL},
                             *const others[][2] = {{"validate", "."}, {"package", "."}};

    temporary_file_write(folder, "serverless.yml",
                         "service: hello\nprovider: {name: aws}\nresources:\n  Resources:\n"
                         "    T: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeOut: 3}}\n");
    g_auto(Ran) ran = run(compile), told = run(help);

    cr_expect_eq(ran.status, 0);
    cr_expect_not_null(strstr(ran.out, "VisibilityTimeOut"));
    cr_expect(g_str_has_prefix(ran.err, "serverless.yml:5:45: warning: T: "), "%s", ran.err);
    cr_expect_not_null(strstr(told.out, "told as a warning"), "%s", told.out);
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        const char *const words[] = {others[i][0], others[i][1], NULL};
        g_auto(Ran) refused = run(words);

        cr_expect_eq(refused.status, 2, "%s", others[i][0]);
        cr_expect_not_null(strstr(refused.err, "serverless.yml:5:45: error: T: "), "%s",
                           refused.err);
    }
}

/* The one row of an artifact, its columns apart. */
static GStrv package_row(void)
{
    static const char *const words[] = {"package", "shop", NULL};
    g_auto(Ran) ran = run(words);
    g_auto(GStrv) lines = g_strsplit(ran.out, "\n", -1);
    GStrvBuilder *row = g_strv_builder_new();
    g_auto(GStrv) parts = g_strsplit(g_strv_length(lines) > 1 ? lines[1] : "", " ", -1);
    GStrv columns;

    for (char **part = parts; *part; part++)
        if (**part)
            g_strv_builder_add(row, *part);
    columns = g_strv_builder_end(row);
    g_strv_builder_unref(row);
    cr_assert_geq(g_strv_length(columns), 7, "%s%s", ran.out, ran.err);
    return columns; /* name, files, size, its unit, size unpacked, its unit, cached */
}

Test(cli_package, package_tells_what_came_from_the_cache)
{
    temporary_file_write(folder, "shop/serverless.yml", SERVICE);
    temporary_file_write(folder, "shop/index.js", "exports.main = 1\n");
    g_auto(GStrv) first = package_row(), again = package_row();
    temporary_file_write(folder, "shop/other.js", "exports.main = 2\n");
    g_auto(GStrv) more = package_row();

    cr_expect_str_eq(first[6], "no");
    cr_expect_str_eq(again[6], "yes");
    cr_expect_str_eq(more[6], "1");
}

/* A file of zeros that takes no room. */
static void make_large(const char *name, off_t size)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);

    temporary_file_write(folder, name, "");
    cr_assert_eq(truncate(path, size), 0);
}

Test(cli_package, a_function_whose_file_is_not_in_its_archive_is_told)
{
    static const char *const words[] = {"validate", NULL};

    temporary_file_write(
        folder, "serverless.yml",
        "service: hello\n"
        "provider: {name: aws, runtime: nodejs20.x}\n"
        "package: {patterns: ['!left/**', '!serverless.yml']}\n"
        "functions:\n"
        "  plain: {handler: index.main}\n"
        "  dotted: {handler: ./src/api.v1.get}\n"
        "  folder: {handler: lib.main}\n"
        "  python: {handler: pkg.jobs.run, runtime: python3.12}\n"
        "  binary: {handler: bootstrap, runtime: provided.al2023}\n"
        "  layered: {handler: wrapper.main, layers: ['arn:aws:lambda:eu-west-1:1:layer:x:1']}\n"
        "  typo: {handler: src/apis.get}\n"
        "  excluded: {handler: left/out.main}\n"
        "  snake: {handler: pkg/job.run, runtime: python3.12}\n");
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    temporary_file_write(folder, "src/api.mjs", "export const get = 1\n");
    temporary_file_write(folder, "lib/index.js", "exports.main = 1\n");
    temporary_file_write(folder, "left/out.js", "exports.main = 1\n");
    temporary_file_write(folder, "pkg/jobs.py", "def run(event, context): pass\n");
    g_auto(Ran) ran = run(words);

    cr_expect_eq(ran.status, 0);
    cr_expect_str_eq(
        ran.err,
        "serverless.yml:11:3: warning: TypoLambdaFunction starts in src/apis.get, and "
        "hello.zip has no file src/apis.*: every call fails\n"
        "  correct the handler, or let package.patterns take the file in\n"
        "serverless.yml:12:3: warning: ExcludedLambdaFunction starts in left/out.main, "
        "and hello.zip has no file left/out.*: every call fails\n"
        "  correct the handler, or let package.patterns take the file in\n"
        "serverless.yml:13:3: warning: SnakeLambdaFunction starts in pkg/job.run, and "
        "hello.zip has no file pkg/job.*: every call fails\n"
        "  correct the handler, or let package.patterns take the file in\n",
        "%s", ran.err);
}

Test(cli_package, code_that_lambda_would_refuse_is_told_with_its_largest_folders)
{
    static const char *const words[] = {"validate", NULL};

    temporary_file_write(folder, "serverless.yml",
                         "service: big\n"
                         "provider: {name: aws, runtime: nodejs20.x}\n"
                         "package: {patterns: ['!lib/**']}\n"
                         "layers: {lib: {path: lib}}\n"
                         "functions:\n"
                         "  hi: {handler: index.main, layers: [{Ref: LibLambdaLayer}]}\n");
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    make_large("src/data/x", (off_t)140 << 20);
    make_large("lib/nodejs/y", (off_t)100 << 20);
    g_auto(Ran) fits = run(words);
    cr_expect_eq(fits.status, 0, "%s", fits.err);

    make_large("lib/nodejs/y", (off_t)111 << 20);
    g_auto(Ran) both = run(words);
    cr_expect_eq(both.status, 2);
    cr_expect_str_eq(both.err,
                     "serverless.yml:6:3: error: HiLambdaFunction has 251.0 MiB uncompressed with "
                     "its layers; Lambda takes 250 MiB\n"
                     "  leave out what is not needed at run time with package.patterns\n"
                     "  the largest folders of big.zip:\n"
                     "   140.0 MiB  src/data\n"
                     "    17 bytes  (files at the top)\n"
                     "  the largest folders of lib.zip:\n"
                     "   111.0 MiB  nodejs\n");

    make_large("src/data/x", (off_t)251 << 20);
    g_auto(Ran) alone = run(words);
    cr_expect_eq(alone.status, 2);
    cr_expect_not_null(strstr(alone.err, "the largest folders of big.zip:\n   251.0 MiB  src/data"),
                       "%s", alone.err);
}
