/* Packages that a service has installed by pip: the program is run with the pip of this machine,
 * without a network. What archives hold is held against the framework in tests/peers. */
#include "tests/reconcile/source/temporary_folder.h"

#define WHEELS ".serverless_plugins" /* which is packaged nowhere */

#define SERVICE(options, rest)                                     \
    "service: shop\n"                                              \
    "provider: {name: aws, runtime: python3.11}\n"                 \
    "plugins: [serverless-python-requirements]\n"                  \
    "custom:\n"                                                    \
    "  pythonRequirements:\n"                                      \
    "    pythonBin: python3\n"                                     \
    "    pipCmdExtraArgs: [--no-index, --find-links " WHEELS "]\n" \
    "    slim: true\n"                                             \
    "    strip: false\n" options rest

#define HELLO "functions: {hello: {handler: handler.hello}}\n"

/* Packages of one file, as pip finds them. */
static const char make_wheels[] =
    "import zipfile\n"
    "for name in ('tiny', 'first', 'second', 'third', 'tool'):\n"
    "    about = name + '-1.0.dist-info/'\n"
    "    with zipfile.ZipFile(name + '-1.0-py3-none-any.whl', 'w') as wheel:\n"
    "        wheel.writestr(name + '/__init__.py', 'known = frozenset({\"a\", \"b\", \"c\"})\\n')\n"
    "        wheel.writestr(about + 'METADATA', 'Metadata-Version: 2.1\\nName: %s\\n'\n"
    "                       'Version: 1.0\\n' % name)\n"
    "        wheel.writestr(about + 'WHEEL', 'Wheel-Version: 1.0\\nGenerator: test\\n'\n"
    "                       'Root-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
    "        wheel.writestr(about + 'RECORD', name + '/__init__.py,,\\n')\n";

static char *folder;

static void make_service(void)
{
    folder = temporary_folder_make();
    temporary_file_write(folder, "shop/" WHEELS "/wheels.py", make_wheels);
    temporary_run(folder, "cd shop/" WHEELS " && python3 wheels.py && rm wheels.py");
    temporary_file_write(folder, "shop/handler.py", "def hello(event, context):\n    pass\n");
    temporary_file_write(folder, "shop/requirements.txt", "tiny\n");
    temporary_run(folder, "git init -q shop");
}

static void remove_service(void)
{
    temporary_folder_remove(folder);
    g_free(folder);
}

TestSuite(install, .init = make_service, .fini = remove_service);

/* Runs `driftless package` in the service, then the shell's `check`, which sees what was said in
 * ../said. */
static void package(const char *service, const char *options, const char *check)
{
    g_autofree char *bubblewrap = g_find_program_in_path("bwrap");
    g_autofree char *command =
        g_strdup_printf("cd shop; HOME=%s/home \"$DRIFTLESS\" package . --output ../out %s "
                        ">../said 2>&1 || echo failed >>../said; %s || { cat ../said; exit 1; }",
                        folder, options, check);

    if (!bubblewrap || !g_file_test("/usr/bin/pip3", G_FILE_TEST_EXISTS))
        cr_skip_test("bubblewrap and pip are not installed");
    temporary_file_write(folder, "shop/serverless.yml", service);
    temporary_run(folder, command);
}

Test(install, packages_lie_beside_the_code_with_a_list_of_what_was_asked_for)
{
    temporary_file_write(folder, "shop/requirements.txt",
                         "\xef\xbb\xbf# tools\r\ntiny # all of it\n");
    package(SERVICE("", HELLO), "--build",
            "unzip -Z1 ../out/shop.zip >../names; grep -qx handler.py ../names && "
            "grep -qx tiny/__init__.py ../names && ! grep -q dist-info ../names && "
            "test \"$(unzip -p ../out/shop.zip requirements.txt)\" = 'tiny # all of it'");
}

/* Of wheels that come with the distribution's pip, and not with the service. */
Test(install, requirements_that_name_no_file_are_installed_once_whatever_else_changes)
{
    static const char service[] =
        "service: shop\n"
        "provider: {name: aws, runtime: python3.11}\n"
        "plugins: [serverless-python-requirements]\n"
        "custom: {pythonRequirements: {pythonBin: python3, pipCmdExtraArgs: "
        "[--no-index, --find-links /usr/share/python-wheels, --no-compile]}}\n" HELLO;

    if (!g_file_test("/usr/share/python-wheels", G_FILE_TEST_IS_DIR))
        cr_skip_test("the wheels of the distribution's pip are not installed");
    temporary_file_write(folder, "shop/requirements.txt", "setuptools\n");
    package(service, "--build", "grep -q 'build: pip install of requirements' ../said");
    temporary_file_write(folder, "shop/handler.py", "def hello(event, context):\n    return 1\n");
    package(service, "--build",
            "! grep -q 'build: pip' ../said && ! grep -q failed ../said && "
            "unzip -Z1 ../out/shop.zip | grep -qx setuptools/__init__.py && "
            "unzip -p ../out/shop.zip handler.py | grep -q 'return 1'");
}

Test(install, the_same_packages_installed_twice_are_the_same_bytes)
{
    const char *service = "service: shop\n"
                          "provider: {name: aws, runtime: python3.11}\n"
                          "plugins: [serverless-python-requirements]\n"
                          "custom: {pythonRequirements: {pythonBin: python3, pipCmdExtraArgs: "
                          "[--no-index, --find-links " WHEELS "]}}\n" HELLO;

    package(service, "--build", "mv ../out/shop.zip ../first.zip && rm -r ../home");
    package(service, "--build",
            "cmp ../first.zip ../out/shop.zip && unzip -Z1 ../first.zip | grep -q '\\.pyc$'");
}

Test(install, without_builds_the_plugin_is_an_error_that_says_how)
{
    package(SERVICE("", HELLO), "",
            "grep -q 'serverless.yml:3:.*it runs pip, and builds are off' ../said && "
            "grep -q 'network: \\[HOST' ../said && grep -q failed ../said");
}

Test(install, a_service_without_requirements_needs_no_builds)
{
    temporary_run(folder, "rm shop/requirements.txt");
    package(SERVICE("", HELLO), "", "test \"$(unzip -Z1 ../out/shop.zip)\" = handler.py");
}

Test(install, what_cannot_be_installed_is_told_in_the_words_of_pip)
{
    temporary_file_write(folder, "shop/requirements.txt", "nobody-has-this==9\n");
    package(SERVICE("", HELLO), "--build",
            "grep -q 'No matching distribution found for nobody-has-this==9' ../said && "
            "grep -q 'pip install of requirements.txt' ../said && "
            "grep -q -e 'no host may be reached.*build-network' ../said && grep -q failed ../said");
}

Test(install, logins_of_an_index_are_in_no_output_log_or_archive)
{
    temporary_file_write(folder, "shop/requirements.txt",
                         "--extra-index-url https://ann:geheim@index.example.com/simple\n"
                         "tiny\n");
    package("service: shop\n"
            "provider: {name: aws, runtime: python3.11}\n"
            "plugins: [serverless-python-requirements]\n"
            "custom: {pythonRequirements: {pythonBin: python3, zip: true, pipCmdExtraArgs: "
            "[--find-links " WHEELS ", '-i https://bob:geheim@index.example.com']}}\n" HELLO,
            "--build",
            "! grep geheim ../said && mkdir ../in && cd ../in && "
            "unzip -q ../out/shop.zip && unzip -qo "
            ".requirements.zip && grep -q 'https://\\*\\*\\*\\*@index' requirements.txt && "
            "! grep -r geheim .");
    temporary_file_write(folder, "shop/requirements.txt",
                         "nobody @ https://ann:geheim@index.example.com/nobody.tar.gz\n");
    package(
        SERVICE("", HELLO), "--build",
        "grep -q failed ../said && ! grep -r geheim ../said ../home/.cache/driftless/builds/logs");
}

Test(install, a_path_out_of_the_repository_or_of_what_is_built_is_told)
{
    temporary_file_write(folder, "shop/needs/base.txt", "tiny\n../../elsewhere\n");
    temporary_file_write(folder, "shop/requirements.txt", "-r needs/base.txt\n");
    package(SERVICE("", HELLO), "--build",
            "grep -q 'needs/base.txt:2: .*\\.\\./\\.\\./elsewhere leads out of the repository' "
            "../said && grep -q failed ../said");
    temporary_file_write(folder, "shop/requirements.txt", "\n-r ../../etc/passwd\n");
    package(SERVICE("", HELLO), "--build",
            "grep -q 'requirements.txt:2: .*leads out of the repository' ../said");
    temporary_run(folder, "mkdir -p shop/one && mv shop/handler.py shop/one/");
    temporary_file_write(folder, "shop/library/setup.py", "");
    temporary_file_write(folder, "shop/one/requirements.txt", "../library\n");
    temporary_file_write(folder, "shop/one/serverless.yml", SERVICE("", HELLO));
    package(SERVICE("", HELLO), "--build",
            "cd one && { HOME=$PWD/../../home \"$DRIFTLESS\" package . --build --output ../../out "
            ">../../said 2>&1; cd ..; grep -q 'library leads out of the folder that is built: set "
            "build.folder' ../said; }");
}

Test(install, files_that_name_one_another_in_a_circle_end)
{
    temporary_file_write(folder, "shop/requirements.txt", "-r other.txt\n");
    temporary_file_write(folder, "shop/other.txt", "-r requirements.txt\n");
    package(SERVICE("", HELLO), "--build", "grep -q 'more than 100 files' ../said");
}

Test(install, constraints_hold_though_they_are_no_requirements)
{
    temporary_file_write(folder, "shop/requirements.txt", "-c limits.txt\ntiny\n");
    temporary_file_write(folder, "shop/limits.txt", "tiny<1\n");
    package(SERVICE("", HELLO), "--build",
            "grep -qi 'no matching distribution\\|conflict' ../said && grep -q failed ../said");
    temporary_file_write(folder, "shop/limits.txt", "tiny>=1\nsix==0\n");
    package(SERVICE("", HELLO), "--build", "! grep -q failed ../said");
}

Test(install, a_zip_of_packages_is_unpacked_by_the_module_beside_it)
{
    package(SERVICE("    zip: true\n", HELLO), "--build",
            "test \"$(unzip -Z1 ../out/shop.zip | tr '\\n' ' ')\" = "
            "'.requirements.zip handler.py requirements.txt unzip_requirements.py ' && "
            "mkdir ../task && unzip -q ../out/shop.zip -d ../task && cd ../task && "
            "sed -i 's|/tmp/|'\"$PWD\"'/tmp-|' unzip_requirements.py && "
            "LAMBDA_TASK_ROOT=$PWD python3 -S -c 'import unzip_requirements, tiny; "
            "print(tiny.__file__)' | grep -q tmp-sls-py-req/tiny");
}

Test(install, a_layer_has_what_it_is_told_and_functions_name_it)
{
    package(SERVICE("    layer: {name: needed, licenseInfo: MIT}\n",
                    "functions: {hello: {handler: handler.hello, layers: [{Ref: "
                    "PythonRequirementsLambdaLayer}]}}\n"),
            "--build",
            "unzip -Z1 ../out/pythonRequirements.zip | grep -qx python/tiny/__init__.py && "
            "test \"$(unzip -Z1 ../out/shop.zip | tr '\\n' ' ')\" = "
            "'handler.py requirements.txt ' && "
            "tr -d ' \\n' <../out/cloudformation-template-update-stack.json >../json && "
            "grep -q '\"LayerName\":\"needed\"' ../json && "
            "grep -q '\"LicenseInfo\":\"MIT\"' ../json && "
            "grep -q '\"CompatibleRuntimes\":\\[\"python3.11\"\\]' ../json && "
            "grep -q '\"Layers\":\\[{\"Ref\":\"PythonRequirementsLambdaLayer\"}\\]' ../json");
}

Test(install, a_layer_of_nothing_is_an_error)
{
    temporary_run(folder, "rm shop/requirements.txt");
    package(SERVICE("    layer: true\n", HELLO), "--build",
            "grep -q 'serverless.yml:10:.*nothing to make a layer of' ../said");
}

Test(install, each_module_is_packaged_with_its_own_packages)
{
    temporary_run(folder, "mkdir shop/first && mv shop/requirements.txt shop/first/");
    temporary_file_write(folder, "shop/first/a.py", "def hello(event, context):\n    pass\n");
    package(SERVICE("", "package: {individually: true}\n"
                        "functions:\n"
                        "  one: {handler: a.hello, module: first}\n"
                        "  two: {handler: handler.hello}\n"
                        "  out: {handler: handler.hello, module: ../x}\n"),
            "--build", "grep -q 'serverless.yml:14:.*module leads out of the service' ../said");
    package(SERVICE("", "package: {individually: true}\n"
                        "functions:\n"
                        "  one: {handler: a.hello, module: first}\n"
                        "  two: {handler: handler.hello}\n"),
            "--build",
            "unzip -Z1 ../out/first-shop-dev-one.zip >../names && grep -qx a.py ../names && "
            "grep -qx tiny/__init__.py ../names && ! grep -q handler.py ../names && "
            "! unzip -Z1 ../out/two.zip | grep -q tiny/");
}

Test(install, a_pipfile_needs_its_lock_file_and_is_installed_from_it)
{
    temporary_file_write(folder, "shop/Pipfile", "[packages]\ntiny = \"*\"\n");
    package(SERVICE("", HELLO), "--build",
            "grep -q 'Pipfile has no Pipfile.lock beside it' ../said && "
            "grep -q 'usePipenv: false' ../said");
    temporary_file_write(
        folder, "shop/Pipfile.lock",
        "{\"_meta\": {\"sources\": [{\"url\": \"https://ann:geheim@index.example.com/simple\"}]},\n"
        " \"default\": {\"tiny\": {\"version\": \"==1.0\", \"markers\": "
        "\"python_version >= '3.7'\"},\n"
        "  \"nobody\": {\"version\": \"==1\", \"markers\": \"python_version < '3'\"}},\n"
        " \"develop\": {\"pytest\": {\"version\": \"==1\"}}}\n");
    package(SERVICE("", HELLO), "--build",
            "unzip -p ../out/shop.zip requirements.txt >../list && "
            "grep -qx \"tiny==1.0; python_version >= '3.7'\" ../list && "
            "! grep -q pytest ../list && grep -qx -e '-i https://\\*\\*\\*\\*@index.*' ../list && "
            "unzip -Z1 ../out/shop.zip | grep -qx tiny/__init__.py");
}

static const char pyproject[] =
    "[tool.poetry]\nname = \"shop\"\n[tool.poetry.dependencies]\npython = \"^3.8\"\n"
    "first = {version = \"^1\", extras = [\"more\"]}\n"
    "old = {version = \"*\", python = \"<3\"}\n"
    "[tool.poetry.group.tools.dependencies]\ntool = \"*\"\n"
    "[build-system]\nrequires = [\n  \"poetry-core>=1\",\n]\n";

Test(install, a_poetry_project_is_installed_from_its_lock_file)
{
    const char *service =
        "service: shop\n"
        "provider: {name: aws, runtime: python3.11}\n"
        "plugins: [serverless-python-requirements]\n"
        "custom: {pythonRequirements: {pythonBin: python3, poetryWithGroups: [tools],\n"
        "  pipCmdExtraArgs: [--no-index, --find-links " WHEELS "]}}\n" HELLO;

    temporary_file_write(folder, "shop/pyproject.toml", pyproject);
    package(service, "--build", "grep -q 'pyproject.toml has no poetry.lock' ../said");
    temporary_file_write(
        folder, "shop/poetry.lock",
        "[[package]]\nname = \"First\"\nversion = \"1.0\"\npython-versions = \">=3.8\"\n"
        "[package.dependencies]\nsecond = \"*\"\n"
        "third = {version = \"*\", optional = true, markers = \"extra == \\\"more\\\"\"}\n"
        "never = {version = \"*\", markers = \"sys_platform == \\\"win32\\\"\"}\n"
        "unasked = {version = \"*\", optional = true}\n"
        "[package.extras]\nmore = [\"third (>=1)\"]\nless = [\"unasked\"]\n"
        "[[package]]\nname = \"second\"\nversion = \"1.0\"\npython-versions = \"*\"\n"
        "[[package]]\nname = \"third\"\nversion = \"1.0\"\npython-versions = \"*\"\n"
        "[[package]]\nname = \"tool\"\nversion = \"1.0\"\npython-versions = \"*\"\n"
        "[[package]]\nname = \"unasked\"\nversion = \"1.0\"\npython-versions = \"*\"\n"
        "[[package]]\nname = \"never\"\nversion = \"1.0\"\npython-versions = \"*\"\n");
    package(service, "--build",
            "test \"$(unzip -p ../out/shop.zip requirements.txt | tr '\\n' ' ')\" = "
            "'First==1.0 second==1.0 third==1.0 tool==1.0 '");
    temporary_run(folder, "sed -i 's/\\^3.8/>=3.98/' shop/pyproject.toml");
    package(service, "--build", "grep -q 'asks for Python >=3.98, and this is 3' ../said");
}

Test(install, a_lock_file_of_uv_alone_is_an_error_with_the_way_out)
{
    temporary_run(folder, "cd shop && mv requirements.txt uv.lock");
    package(SERVICE("", HELLO), "--build",
            "grep -q 'uv.lock is not read, and there are no other' ../said && "
            "grep -q 'uv export' ../said && grep -q failed ../said");
}

Test(install, pip_reaches_for_hosts_that_are_granted)
{
    temporary_file_write(folder, "shop/requirements.txt", "nobody-has-this==9\n");
    package("service: shop\n"
            "provider: {name: aws, runtime: python3.11}\n"
            "plugins: [serverless-python-requirements]\n"
            "custom: {pythonRequirements: {pythonBin: python3, pipCmdExtraArgs: "
            "[--retries 0, '-i https://index.invalid']}}\n" HELLO,
            "--build --build-network index.invalid",
            "grep -q 'Looking in indexes' ../said && ! grep -q 'no host may be reached' ../said");
}

Test(install, options_of_docker_are_passed_over_with_a_notice)
{
    package(SERVICE("    dockerizePip: true\n", HELLO), "--build",
            "grep -q 'serverless.yml:10:.*dockerizePip is passed over' ../said && "
            "! grep -q failed ../said");
}

Test(install, a_python_that_is_not_there_is_named_with_the_way_out)
{
    package("service: shop\nprovider: {name: aws, runtime: python3.99}\n"
            "plugins: [serverless-python-requirements]\nconfigValidationMode: off\n" HELLO,
            "--build",
            "grep -q 'python3.99 is not on this machine' ../said && grep -q pythonBin ../said");
}

Test(install, what_is_compiled_for_another_machine_is_told)
{
    temporary_run(folder,
                  "cd shop/" WHEELS " && python3 -c \"\n"
                  "import zipfile\n"
                  "with zipfile.ZipFile('tiny-1.0-py3-none-any.whl', 'a') as wheel:\n"
                  "    head = b'\\x7fELF' + bytes(14) + b'\\x3e\\x00'\n"
                  "    wheel.writestr('tiny/fast.cpython-311-x86_64-linux-gnu.so', head)\n\"");
    package(SERVICE("", HELLO), "--build", "! grep -q failed ../said");
    package(SERVICE("", "functions: {hello: {handler: handler.hello, architecture: arm64}}\n"),
            "--build",
            "grep -q 'fast.cpython.*is compiled for x86_64, and functions run on arm64.*aarch64' "
            "../said && grep -q failed ../said");
}

Test(install, patterns_that_slim_cannot_read_are_told)
{
    package(SERVICE("    slimPatterns: ['!(a|b)']\n", HELLO), "--build",
            "grep -q 'slimPatterns: !(...) is not done here' ../said");
}
