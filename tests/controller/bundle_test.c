/* A service's own bundler: the program is run on a service whose esbuild is a few lines that write
 * down what they were asked. What the real one makes is held against the framework in tests/peers.
 */
#include "tests/reconcile/source/temporary_folder.h"

#include <stdlib.h>

#define SERVICE(custom)                                         \
    "service: shop\n"                                           \
    "provider: {name: aws, runtime: nodejs20.x}\n"              \
    "plugins: [serverless-esbuild]\n"                           \
    "package: {patterns: ['assets/**', '!assets/draft.txt']}\n" \
    "custom: {esbuild: {" custom "}}\n"                         \
    "functions:\n"                                              \
    "  hello: {handler: src/hello.handler}\n"                   \
    "  deep: {handler: src/deep.main}\n"

static const char fake_esbuild[] =
    "const path = require('path');\n"
    "exports.build = async (o) => ({outputFiles: o.entryPoints.map((entry) => ({\n"
    "  path: path.join(o.outdir, path.basename(entry).replace(/\\.[^.]*$/, '.js')),\n"
    "  contents: Buffer.from(JSON.stringify(o))}))});\n";

#define COMPILED                                                          \
    "service: shop\n"                                                     \
    "provider: {name: aws, runtime: nodejs20.x}\n"                        \
    "plugins: [serverless-plugin-typescript]\n"                           \
    "package: {patterns: ['assets', '!assets/draft.txt', '!**/*.map']}\n" \
    "functions:\n"                                                        \
    "  hello: {handler: src/hello.handler}\n"

static const char fake_typescript[] =
    "exports.ScriptTarget = {ES5: 1};\n"
    "exports.ModuleResolutionKind = {NodeJs: 2};\n"
    "exports.getPreEmitDiagnostics = () => [];\n"
    "exports.createProgram = (files, options) => ({emit(_, write) {\n"
    "  for (const file of files)\n"
    "    for (const end of ['.js', '.js.map'])\n"
    "      write(`.build/${file.replace(/\\.ts$/, end)}`, JSON.stringify(options));\n"
    "  write('elsewhere/hello.d.ts', '');\n"
    "  return {emitSkipped: false, diagnostics: []};\n"
    "}});\n";

#define WEBPACKED(custom, functions)                                 \
    "service: shop\n"                                                \
    "provider: {name: aws, runtime: nodejs20.x}\n"                   \
    "plugins: [serverless-webpack]\n"                                \
    "custom: {say: \"${env:SHOP_SECRET, 'nothing'}\", " custom "}\n" \
    "functions:\n"                                                   \
    "  hello: {handler: src/hello.handler}\n" functions

/* Writes what it was asked for every entry, and fails where an entry says so. */
static const char fake_webpack[] =
    "const path = require('path');\n"
    "module.exports = (config) => ({outputFileSystem: require('fs'), run(done) {\n"
    "  const {entry, target, output} = config, {mkdirSync, readFileSync, writeFileSync} = "
    "require('fs');\n"
    "  for (const [name, file] of Object.entries(entry)) {\n"
    "    const to = path.join(output.path, `${name}.js`);\n"
    "    mkdirSync(path.dirname(to), {recursive: true});\n"
    "    writeFileSync(to, JSON.stringify({entry, target, word: config.word}));\n"
    "    this.broken |= readFileSync(file, 'utf8').includes('broken');\n"
    "  }\n"
    "  done(null, {hasErrors: () => this.broken, toString: () => 'ERROR in ./src/hello.ts 1:7',\n"
    "    compilation: {modules: []}});\n"
    "}});\n";

static char *folder;

static void make_service(void)
{
    folder = temporary_folder_make();
    temporary_file_write(folder, "shop/src/hello.ts", "export const handler = 1;\n");
    temporary_file_write(folder, "shop/src/deep/index.js", "exports.main = 1;\n");
    temporary_file_write(folder, "shop/assets/a.txt", "a\n");
    temporary_file_write(folder, "shop/assets/draft.txt", "draft\n");
    temporary_file_write(folder, "shop/node_modules/esbuild/index.js", fake_esbuild);
    temporary_run(folder, "git init -q shop");
}

static void remove_service(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(bundle, .init = make_service, .fini = remove_service);

/* Runs `driftless package` in the service, then the shell's `check`, which sees what was said in
 * ../said. */
static void package(const char *service, const char *options, const char *check)
{
    g_autofree char *command =
        g_strdup_printf("cd shop; HOME=%s/home \"$DRIFTLESS\" package . --output ../out %s "
                        ">../said 2>&1 || echo failed >>../said; %s || { cat ../said; exit 1; }",
                        folder, options, check);

    g_autofree char *node = g_find_program_in_path("node"),
                    *bubblewrap = g_find_program_in_path("bwrap");

    if (!node || !bubblewrap)
        cr_skip_test("node and bubblewrap are not installed");
    temporary_file_write(folder, "shop/serverless.yml", service);
    temporary_run(folder, command);
}

Test(bundle, a_service_that_is_bundled_ships_bundles_and_what_its_patterns_find)
{
    package(SERVICE("minify: true, packager: npm"), "--build",
            "test \"$(unzip -Z1 ../out/shop.zip | tr '\\n' ' ')\" = "
            "'assets/a.txt src/deep/index.js src/hello.js ' && "
            "unzip -p ../out/shop.zip src/hello.js | grep -q '\"target\":\"node20\"' && "
            "unzip -p ../out/shop.zip src/hello.js | grep -q '\"minify\":true' && "
            "unzip -p ../out/shop.zip src/hello.js | grep -q '\"external\":\\[\"aws-sdk\"\\]' && "
            "! unzip -p ../out/shop.zip src/hello.js | grep -q packager");
}

Test(bundle, without_builds_the_plugin_is_an_error_that_says_how)
{
    package(SERVICE(""), "",
            "grep -q 'builds are off' ../said && grep -q 'build: true' ../said && "
            "grep -q failed ../said && test ! -e ../out/shop.zip");
}

Test(bundle, a_bundler_that_is_not_installed_is_named)
{
    temporary_run(folder, "rm -r shop/node_modules");
    package(SERVICE(""), "--build",
            "grep -q 'esbuild cannot be loaded' ../said && grep -q 'npm ci' ../said");
}

Test(bundle, what_is_not_done_is_an_error_by_name)
{
    package(SERVICE("external: [sharp], plugins: plugins.js"), "--build",
            "grep -q 'external is not done here' ../said && "
            "grep -q 'plugins is not done here' ../said && test ! -e ../out/shop.zip");
}

Test(bundle, a_handler_without_a_file_is_told_at_its_line)
{
    temporary_run(folder, "rm shop/src/hello.ts");
    package(SERVICE(""), "--build",
            "grep -q 'serverless.yml:7:.*handler src/hello.handler' ../said");
}

Test(bundle, a_service_in_typescript_ships_what_it_compiles_to_with_its_packages)
{
    temporary_file_write(folder, "shop/package.json",
                         "{\"devDependencies\": {\"typescript\": \"5\"}}");
    temporary_file_write(folder, "shop/node_modules/typescript/index.js", fake_typescript);
    temporary_file_write(folder, "shop/node_modules/typescript/package.json",
                         "{\"name\": \"typescript\"}");
    temporary_file_write(folder, "shop/assets/.hidden", "hidden\n");
    package(COMPILED, "--build",
            "unzip -Z1 ../out/shop.zip | grep -v node_modules/esbuild | tr '\\n' ' ' >../names && "
            "test \"$(cat ../names)\" = 'assets/a.txt package.json src/hello.js ' && "
            "unzip -p ../out/shop.zip src/hello.js | grep -q '\"outDir\":\".build\"'");
}

Test(bundle, typescript_that_is_not_installed_is_named)
{
    package(COMPILED, "--build",
            "grep -q 'typescript cannot be loaded' ../said && grep -q 'npm ci' ../said");
}

Test(bundle, typescript_without_builds_is_an_error_that_says_how)
{
    package(COMPILED, "",
            "grep -q 'serverless.yml:3:.*TypeScript, and builds are off' ../said && "
            "grep -q 'build: true' ../said && test ! -e ../out/shop.zip");
}

Test(bundle, a_handler_without_a_file_for_typescript_is_told_at_its_line)
{
    temporary_run(folder, "rm shop/src/hello.ts");
    package(COMPILED, "--build", "grep -q 'serverless.yml:6:.*handler src/hello.handler' ../said");
}

static void add_webpack(const char *config)
{
    temporary_file_write(folder, "shop/node_modules/webpack/index.js", fake_webpack);
    temporary_file_write(folder, "shop/node_modules/serverless-webpack/package.json", "{}");
    temporary_file_write(folder, "shop/node_modules/serverless-webpack/index.js",
                         "throw new Error('the plugin itself was run');\n");
    temporary_file_write(folder, "shop/webpack.config.js", config);
}

#define CONFIG(more)                                 \
    "const {lib} = require('serverless-webpack');\n" \
    "module.exports = {entry: lib.entries, word: lib.serverless.service.custom.say" more "};\n"

Test(bundle, webpack_bundles_what_handlers_name_as_its_configuration_says)
{
    add_webpack(CONFIG(""));
    temporary_file_write(folder, "shop/src/hello.test.ts", "broken\n");
    package(WEBPACKED("webpack: {excludeFiles: '**/*.test.ts'}",
                      "  deep: {handler: src/deep/index.main}\n"),
            "--build",
            "test \"$(unzip -Z1 ../out/shop.zip | tr '\\n' ' ')\" = "
            "'src/deep/index.js src/hello.js ' && unzip -p ../out/shop.zip src/hello.js | grep -q "
            "'\"src/hello\":\"./src/hello.ts\".*\"target\":\"node\",\"word\":\"nothing\"'");
}

Test(bundle, what_webpack_says_of_an_error_is_shown)
{
    add_webpack(CONFIG(""));
    temporary_file_write(folder, "shop/src/hello.ts", "broken\n");
    package(WEBPACKED("", ""), "--build",
            "grep -q 'ERROR in ./src/hello.ts 1:7' ../said && grep -q failed ../said && "
            "test ! -e ../out/shop.zip");
}

Test(bundle, a_configuration_of_webpack_that_throws_is_told_with_its_line)
{
    add_webpack("\nthrow new Error('no entry');\n");
    package(WEBPACKED("", ""), "--build",
            "grep -q 'Could not load webpack config \"webpack.config.js\"' ../said && "
            "grep -q 'webpack.config.js:2' ../said && grep -q 'no entry' ../said");
}

Test(bundle, a_secret_that_webpack_would_bundle_is_told_by_its_name)
{
    add_webpack(CONFIG(""));
    g_setenv("SHOP_SECRET", "hush-hush-hush", TRUE);
    package(WEBPACKED("", ""), "--build",
            "grep -q 'say of the service holds a secret' ../said && ! grep -q hush ../said && "
            "test ! -e ../out/shop.zip");
    g_unsetenv("SHOP_SECRET");
}

Test(bundle, webpack_sees_the_environment_without_secrets)
{
    add_webpack("const {lib} = require('serverless-webpack'), {env} = process;\n"
                "module.exports = {entry: lib.entries, word: [env.SHOP_WORD, env.SHOP_SECRET, "
                "env.NODE_OPTIONS, env.HOME]};\n");
    g_setenv("SHOP_WORD", "granted", TRUE);
    g_setenv("SHOP_SECRET", "hush-hush-hush", TRUE);
    g_setenv("NODE_OPTIONS", "--no-warnings", TRUE);
    package(WEBPACKED("", ""), "--build",
            "unzip -p ../out/shop.zip src/hello.js | "
            "grep -qF '\"word\":[\"granted\",null,null,\"/tmp\"]'");
    g_unsetenv("SHOP_WORD");
    g_unsetenv("SHOP_SECRET");
    g_unsetenv("NODE_OPTIONS");
}

Test(bundle, settings_of_webpack_that_are_not_done_are_errors_at_their_line)
{
    add_webpack(CONFIG(""));
    package(WEBPACKED("webpack: {webpackConfig: other.js, noBuild: true, packager: pnpm, "
                      "includeModules: true}",
                      ""),
            "--build",
            "test $(grep -c 'serverless.yml:4:.*plugin serverless-webpack' ../said) = 3 && "
            "grep -q 'there is no file other.js' ../said && "
            "grep -q 'npm and yarn' ../said && grep -q 'noBuild is not done here' ../said");
}

Test(bundle, a_function_that_node_does_not_run_shares_no_archive_with_bundles)
{
    add_webpack(CONFIG(""));
    package(WEBPACKED("", "  py: {handler: py.handler, runtime: python3.12}\n"), "--build",
            "grep -q 'serverless.yml:7:.*function py would share the archive' ../said");
}

Test(bundle, webpack_that_is_not_installed_is_named)
{
    add_webpack(CONFIG(""));
    temporary_run(folder, "rm -r shop/node_modules/serverless-webpack");
    package(WEBPACKED("", ""), "--build",
            "grep -q 'serverless-webpack cannot be loaded' ../said && grep -q 'npm ci' ../said");
}

Test(bundle, webpack_without_builds_is_an_error_that_says_how)
{
    add_webpack(CONFIG(""));
    package(WEBPACKED("", ""), "",
            "grep -q 'serverless.yml:3:.*webpack, and builds are off' ../said");
}

Test(bundle, two_plugins_that_make_archives_are_one_too_many)
{
    package("service: shop\n"
            "provider: {name: aws, runtime: nodejs20.x}\n"
            "plugins: [serverless-esbuild, serverless-plugin-typescript]\n"
            "functions: {hello: {handler: src/hello.handler}}\n",
            "--build", "grep -q 'serverless.yml:3:.*another plugin makes the archives' ../said");
}
