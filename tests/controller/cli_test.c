/* What verbs say: usage, mistakes, JSON, exit statuses. */
#include "tests/controller/command_line.h"

#include <fcntl.h>
#include <sys/stat.h>

TestSuite(cli, .init = make_folder, .fini = remove_folder);

Test(cli, what_cannot_be_meant_is_told_with_the_way_on)
{
    static const Case cases[] = {
        {{"plna"}, 2, "", "driftless: no verb 'plna': did you mean 'plan'?\n"},
        {{"xyzzy"}, 2, "", "driftless: no verb 'xyzzy'\n  driftless --help lists them\n"},
        {{"--verbose"}, 2, "", "driftless: no verb '--verbose'\n  driftless --help lists them\n"},
        {{"compile", "--nope"},
         2,
         "",
         "driftless compile: Unknown option --nope\n  driftless compile --help lists what it "
         "takes\n"},
        {{"compile", "--stage"},
         2,
         "",
         "driftless compile: Missing argument for --stage\n  driftless compile --help lists what "
         "it takes\n"},
        {{"compile", "--config", "x"},
         2,
         "",
         "driftless compile: Unknown option --config\n  driftless compile --help lists what it "
         "takes\n"},
        {{"compile", "one", "two"},
         2,
         "",
         "driftless compile: takes one operand\n  driftless compile --help lists what it takes\n"},
        {{"sync", "orders"},
         2,
         "",
         "driftless sync: takes no operands\n  driftless sync --help lists what it takes\n"},
        {{"compile", "--param", "x"}, 2, "", "driftless: --param x: write --param KEY=VALUE\n"},
        {{"compile", "--opt", "=x"}, 2, "", "driftless: --opt =x: write --opt KEY=VALUE\n"},
        {{"compile", "/nowhere"},
         2,
         "",
         "driftless: /nowhere: No such file or directory\n  name a folder that has a "
         "serverless.yml "
         "or a template.yaml in it\n"},
        {{"plan", "--stage", ""},
         2,
         "",
         "driftless plan: --stage is empty\n  give it a value, or leave it out\n"},
        {{"history"}, 2, "", "driftless history: name one service; driftless status lists them\n"},
        {{"rollback"},
         2,
         "",
         "driftless rollback: name one service; driftless status lists them\n"},
        {{"suspend"}, 2, "", "driftless suspend: name one service; driftless status lists them\n"},
    };

    expect(cases, G_N_ELEMENTS(cases));
}

Test(cli, usage_goes_to_standard_output_when_asked_for_and_to_standard_error_otherwise)
{
    static const char *const help[] = {"--help", NULL}, *const nothing[] = {NULL},
                             *const verb[] = {"plan", "-h", NULL};
    g_auto(Ran) asked = run(help), unasked = run(nothing), of_verb = run(verb);

    cr_expect_eq(asked.status, 0);
    cr_expect_str_empty(asked.err);
    cr_expect_eq(unasked.status, 2);
    cr_expect_str_empty(unasked.out);
    cr_expect_str_eq(unasked.err, asked.out);
    cr_expect_eq(of_verb.status, 0);
    cr_expect_not_null(strstr(of_verb.out, "--stack-name=NAME"), "%s", of_verb.out);
}

Test(cli, every_verb_of_the_usage_tells_what_it_takes)
{
    static const char *const help[] = {"--help", NULL};
    g_auto(Ran) usage = run(help);
    g_auto(GStrv) lines = g_strsplit(usage.out, "\n", -1);
    unsigned verbs = 0;

    for (char **line = lines; *line; line++) {
        if (!g_str_has_prefix(*line, "  ") || !g_ascii_islower((*line)[2]))
            continue;
        g_autofree char *verb = g_strndup(*line + 2, strcspn(*line + 2, " "));
        const char *const words[] = {verb, "--help", NULL};
        g_auto(Ran) ran = run(words);

        cr_expect_eq(ran.status, 0, "%s", verb);
        cr_expect(g_str_has_prefix(ran.out, "Usage:\n  driftless "), "%s: %s", verb, ran.out);
        verbs++;
    }
    cr_expect_geq(verbs, 15);
}

Test(cli, a_folder_without_a_service_says_what_is_missing)
{
    static const Case cases[] = {
        {{"compile", "--region", "eu-west-1"},
         2,
         "",
         "error: .: neither serverless.yml nor template.yaml is there\n"
         "  add one, or name the folder that has it\n"},
        {{"status"},
         2,
         "",
         "driftless: Failed to open file “driftless.yml”: No such file or directory\n"
         "  --config names another driftless.yml\n"},
    };

    expect(cases, G_N_ELEMENTS(cases));
}

Test(cli, a_service_is_validated_compiled_and_packaged)
{
    static const char *const compile[] = {"compile", "--region", "eu-west-1", NULL};
    static const Case cases[] = {
        {{"validate"}, 0, "hello (serverless.yml): 6 resources\n", ""},
        {{"compile", "-o", "template.json"}, 0, "", ""},
        {{"compile", "-o", "/nowhere/template.json"}, 1, "", NULL},
        {{"package", "-o", "out"}, 0, NULL, ""},
        {{"validate", "index.js"},
         2,
         "",
         "driftless: index.js: is not a directory\n  name the folder it lies in: .\n"},
    };
    g_autofree char *written = g_build_filename(folder, "template.json", NULL);
    g_autofree char *archive = g_build_filename(folder, "out", "hello.zip", NULL);
    json_t *template, *same;

    temporary_file_write(folder, "serverless.yml", SERVICE);
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    g_auto(Ran) ran = run(compile);

    cr_expect_eq(ran.status, 0, "%s", ran.err);
    expect(cases, G_N_ELEMENTS(cases));
    template = json_loads(ran.out, 0, NULL);
    same = json_load_file(written, 0, NULL);
    cr_expect_not_null(template);
    cr_expect(json_equal(template, same));
    cr_expect_not_null(json_object_get(json_object_get(template, "Resources"), "HiLambdaFunction"));
    cr_expect(g_file_test(archive, G_FILE_TEST_IS_REGULAR));
    json_decref(template);
    json_decref(same);
}

Test(cli, a_pipe_or_a_device_that_output_names_is_written_to_and_never_replaced)
{
    static const char *const into[] = {"compile", "-o", "pipe", NULL}, *const plain[] = {"compile",
                                                                                         NULL};
    g_autofree char *path = g_build_filename(folder, "pipe", NULL), *read_back = NULL;
    size_t length;
    int pipe;

    temporary_file_write(folder, "serverless.yml", SERVICE);
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    cr_assert_eq(mkfifo(path, 0600), 0);
    pipe = open(path, O_RDWR | O_CLOEXEC);
    cr_assert_geq(pipe, 0);
    g_auto(Ran) there = run(into), here = run(plain);

    cr_expect_eq(there.status, 0, "%s", there.err);
    cr_assert_not(g_file_test(path, G_FILE_TEST_IS_REGULAR), "the pipe is still one");
    length = strlen(here.out);
    read_back = g_malloc0(length + 1);
    cr_expect_eq(read(pipe, read_back, length), (ssize_t)length);
    cr_expect_str_eq(read_back, here.out);
    close(pipe);
}

Test(cli, a_bucket_is_named_or_left_to_who_asks_aws)
{
    static const char *const in_stack[] = {"compile", "--bucket", "stack", NULL}, *const plain[] = {
                                                                                      "compile",
                                                                                      NULL};
    static const Case cases[] = {
        {{"compile", "--bucket", "account"},
         2,
         "",
         "driftless: --bucket account is for verbs that ask AWS whose account it is\n"
         "  name the bucket, or leave the choice to plan and deploy\n"},
        {{"validate", "sam"}, 0, "sam (SAM template): 1 resource\n", ""},
        {{"compile", "sam"},
         2,
         "",
         "sam/template.yaml:5:27: error: a template with local code needs a bucket to upload it "
         "to\n"
         "        Properties: {CodeUri: src, Handler: app.main, Runtime: python3.12}\n"
         "                              ^\n"
         "  give artifactBucket in driftless.yml, or --bucket NAME\n"},
    };

    temporary_file_write(folder, "serverless.yml", SERVICE);
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    temporary_file_write(folder, "sam/src/app.py", "def main(event, context): pass\n");
    temporary_file_write(
        folder, "sam/template.yaml",
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  Hi:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties: {CodeUri: src, Handler: app.main, Runtime: python3.12}\n");
    g_auto(Ran) stack = run(in_stack), said_nothing = run(plain);

    cr_expect_str_eq(stack.out, said_nothing.out);
    expect(cases, G_N_ELEMENTS(cases));
}

Test(cli, an_aws_that_cannot_be_asked_is_a_failure_of_no_input_and_says_what_to_look_at)
{
    static const char *const verbs[] = {"compile", "validate", "package", "plan", "verify"};

    g_setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1", TRUE);
    g_setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", TRUE);
    g_setenv("AWS_SECRET_ACCESS_KEY", "none", TRUE);
    temporary_file_write(folder, "serverless.yml",
                         SERVICE "custom: {domain: '${ssm:/shop/domain}'}\n");
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        const char *const words[] = {verbs[i], NULL};
        g_auto(Ran) ran = run(words);

        cr_expect_eq(ran.status, 1, "%s: %d", verbs[i], ran.status);
        cr_expect_not_null(strstr(ran.err, "read 1 SSM parameter (/shop/domain): "), "%s", ran.err);
        cr_expect_not_null(strstr(ran.err,
                                  "\n  check the network, the proxy (HTTPS_PROXY), the region "
                                  "and AWS_ENDPOINT_URL\n"),
                           "%s", ran.err);
    }
}

Test(cli, with_json_a_failure_is_one_document_that_says_why)
{
    static const struct {
        const char *words[8];
        int status;
        const char *message;
    } cases[] = {
        {{"validate", "--json", "/nowhere"}, 2, "/nowhere: No such file or directory"},
        {{"compile", "--json", "/nowhere"}, 2, "/nowhere: No such file or directory"},
        {{"package", "--json", "/nowhere"}, 2, "/nowhere: No such file or directory"},
        {{"plan", "--json", "/nowhere"}, 2, "/nowhere: No such file or directory"},
        {{"deploy", "--json", "/nowhere"}, 2, "/nowhere: No such file or directory"},
        {{"compile", "--json", "--param", "x"}, 2, "--param x: write --param KEY=VALUE"},
        {{"compile", "--opt", "=x", "--json"}, 2, "--opt =x: write --opt KEY=VALUE"},
        {{"compile", "--json", "--nope"}, 2, "Unknown option --nope"},
        {{"compile", "--json", "one", "two"}, 2, "takes one operand"},
        {{"history", "--json"}, 2, "name one service; driftless status lists them"},
        {{"plna", "--json"}, 2, "no verb 'plna': did you mean 'plan'?"},
        {{"plan", "--json", "orders"},
         2,
         "Failed to open file “driftless.yml”: No such file or directory"},
        {{"validate", "--json", "--config", "no.yml"},
         2,
         "Failed to open file “no.yml”: No such file or directory"},
        {{"package", "--json", "-o", "/proc/none"},
         1,
         "make folder /proc/none: No such file or directory"},
    };

    temporary_file_write(folder, "serverless.yml", SERVICE);
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(Ran) ran = run(cases[i].words);
        json_t *problems = json_loads(ran.out, 0, NULL), *first = json_array_get(problems, 0);

        cr_expect_eq(ran.status, cases[i].status, "%zu: %d", i, ran.status);
        cr_expect_eq(json_array_size(problems), 1, "%zu: %s", i, ran.out);
        cr_expect_str_eq(json_string_value(json_object_get(first, "severity")), "error");
        cr_expect_str_eq(json_string_value(json_object_get(first, "message")), cases[i].message);
        cr_expect_str_empty(ran.err, "%zu: %s", i, ran.err);
        json_decref(problems);
    }
}

Test(cli, what_is_valid_has_an_empty_list_of_problems)
{
    static const Case cases[] = {{{"validate", "--json", "."}, 0, "[]\n", ""},
                                 {{"validate", "--json"}, 0, "[]\n", ""}};

    temporary_file_write(folder, "serverless.yml", SERVICE);
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    temporary_file_write(folder, "driftless.yml", SETTINGS);
    expect(cases, G_N_ELEMENTS(cases));
}

Test(cli, a_mistake_in_a_service_is_at_its_place_and_as_json_where_asked)
{
    static const char *const as_json[] = {"validate", "--json", NULL};
    static const Case cases[] = {
        {{"validate"},
         2,
         "",
         "serverless.yml:1:10: error: service has to match ^[a-zA-Z][0-9a-zA-Z-]+$ and is \"a\"\n"
         "    service: a\n"
         "             ^\n"
         "  it takes a letter, then letters, digits and hyphens, two characters at least\n"},
    };
    json_t *problems;

    temporary_file_write(folder, "serverless.yml",
                         "service: a\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions: {hi: "
                         "{handler: index.main}}\n");
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    expect(cases, G_N_ELEMENTS(cases));
    g_auto(Ran) ran = run(as_json);

    cr_expect_eq(ran.status, 2);
    problems = json_loads(ran.out, 0, NULL);
    cr_expect_eq(json_array_size(problems), 1, "%s", ran.out);
    cr_expect_eq(json_integer_value(json_object_get(json_array_get(problems, 0), "line")), 1);
    cr_expect_eq(json_integer_value(json_object_get(json_array_get(problems, 0), "column")), 10);
    json_decref(problems);
}

Test(cli, a_resource_is_explained_by_the_lines_that_made_it)
{
    static const Case cases[] = {
        {{"compile", "--explain", "HiLambdaFunction"},
         0,
         "HiLambdaFunction (AWS::Lambda::Function)\n"
         "  serverless.yml:6:3: functions.hi: the function\n"
         "        hi: {handler: index.main, timeout: 3, events: [{schedule: rate(1 day)}]}\n"
         "  serverless.yml:4:3: provider.runtime: goes into it\n"
         "        runtime: nodejs20.x\n"
         "  serverless.yml:9:5: resources.Resources.HiLambdaFunction: changes it\n"
         "          HiLambdaFunction: {Type: AWS::Lambda::Function, Properties: {MemorySize: "
         "256}}\n"
         "  serverless.yml:12:5: resources.extensions.HiLambdaFunction: extends it\n"
         "          HiLambdaFunction: {DependsOn: Queue}\n",
         ""},
        {{"compile", "--explain", "HiEventsRuleSchedule1"},
         0,
         "HiEventsRuleSchedule1 (AWS::Events::Rule)\n"
         "  serverless.yml:6:3: functions.hi: the function\n"
         "        hi: {handler: index.main, timeout: 3, events: [{schedule: rate(1 day)}]}\n"
         "  serverless.yml:6:51: functions.hi.events[0].schedule: makes it\n"
         "        hi: {handler: index.main, timeout: 3, events: [{schedule: rate(1 day)}]}\n",
         ""},
        {{"compile", "--explain", "Queue"},
         0,
         "Queue (AWS::SQS::Queue)\n"
         "  serverless.yml:10:5: resources.Resources.Queue: written here\n"
         "          Queue: {Type: AWS::SQS::Queue}\n",
         ""},
        {{"compile", "--explain", "Queu"},
         2,
         "",
         "error: the template has no resource Queu\n  did you mean Queue?\n"},
    };

    temporary_file_write(
        folder, "serverless.yml",
        "service: hello\nprovider:\n  name: aws\n  runtime: nodejs20.x\nfunctions:\n"
        "  hi: {handler: index.main, timeout: 3, events: [{schedule: rate(1 day)}]}\n"
        "resources:\n  Resources:\n"
        "    HiLambdaFunction: {Type: AWS::Lambda::Function, Properties: {MemorySize: 256}}\n"
        "    Queue: {Type: AWS::SQS::Queue}\n"
        "  extensions:\n    HiLambdaFunction: {DependsOn: Queue}\n");
    temporary_file_write(folder, "index.js", "exports.main = 1\n");
    expect(cases, G_N_ELEMENTS(cases));
}

Test(cli, driftless_yml_is_validated_where_there_is_one)
{
    static const Case good[] = {{{"validate"}, 0, "driftless.yml: 1 service in 1 repository\n", ""},
                                {{"validate", "--config", "driftless.yml"}, 0, NULL, ""}};
    static const Case bad[] = {
        {{"sync"},
         2,
         "",
         "driftless.yml:1:1: error: unknown key \"lissten\"\n"
         "    lissten: 127.0.0.1:1\n"
         "    ^\n"
         "  did you mean \"listen\"?\n"},
        {{"run", "--log", "xml"}, 2, "", "driftless: --log is text or json, not xml\n"}};

    temporary_file_write(folder, "driftless.yml", SETTINGS);
    expect(good, G_N_ELEMENTS(good));
    temporary_file_write(folder, "driftless.yml", "lissten: 127.0.0.1:1\n" SETTINGS);
    expect(bad, G_N_ELEMENTS(bad));
}

Test(cli, a_verb_that_needs_the_controller_says_when_there_is_none)
{
    static const char *const verbs[] = {"history", "approve",  "adopt", "suspend",
                                        "resume",  "rollback", "plan",  "info"};

    temporary_file_write(folder, "driftless.yml", SETTINGS);
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++) {
        const char *const words[] = {verbs[i], "orders", NULL};
        g_auto(Ran) ran = run(words);

        cr_expect_eq(ran.status, 1, "%s", verbs[i]);
        cr_expect(g_str_has_prefix(
                      ran.err, "driftless: the controller at http://127.0.0.1:1 does not answer: "),
                  "%s", ran.err);
        cr_expect(g_str_has_suffix(ran.err, "\n  driftless run starts it\n"), "%s", ran.err);
    }
}

Test(cli, what_deletes_is_not_done_when_nobody_can_be_asked)
{
    static const Case cases[] = {{{"remove", "orders"},
                                  2,
                                  "",
                                  "driftless remove: nothing is done: --yes says to delete the "
                                  "stack of orders and all that it holds\n"}};

    temporary_file_write(folder, "driftless.yml", SETTINGS);
    expect(cases, G_N_ELEMENTS(cases));
}

Test(cli, a_pass_says_where_each_service_stands_also_when_nothing_is_new)
{
    static const char *const pass[] = {"sync", NULL}, *const as_json[] = {"sync", "--json", NULL};
    json_t *answer, *service;

    temporary_file_write(folder, "driftless.yml",
                         "store: sqlite:store.db\nrepositories:\n  shop: {url: git}\n"
                         "services:\n  orders: {repository: shop, path: x, artifactBucket: stack, "
                         "stage: dev, region: eu-west-1}\n");
    temporary_run(folder,
                  "git init -q --bare -b main git && git init -q -b main clone && "
                  "git -C clone -c user.name=a -c user.email=a@b commit -q --allow-empty -m x && "
                  "git -C clone push -q ../git HEAD:main");
    g_auto(Ran) first = run(pass), second = run(pass), third = run(as_json);

    cr_expect_eq(first.status, 1, "%s", first.err);
    cr_expect_not_null(strstr(first.err, "neither serverless.yml nor template.yaml is there"), "%s",
                       first.err);
    cr_expect_eq(second.status, 1);
    cr_expect_not_null(strstr(second.out, "\norders "), "%s", second.out);
    cr_expect_not_null(strstr(second.out, " invalid "), "%s", second.out);
    cr_expect_eq(third.status, 1);
    answer = json_loads(third.out, 0, NULL);
    service = json_array_get(json_object_get(answer, "services"), 0);
    cr_expect_str_eq(json_string_value(json_object_get(service, "name")), "orders", "%s",
                     third.out);
    json_decref(answer);
}

Test(cli, a_pass_over_a_repository_that_is_not_there_fails_and_says_why)
{
    static const char *const words[] = {"sync", "--log", "json", NULL};
    json_t *event;

    temporary_file_write(folder, "driftless.yml", SETTINGS);
    g_auto(Ran) ran = run(words);

    cr_expect_eq(ran.status, 1);
    event = json_loads(ran.err, JSON_DISABLE_EOF_CHECK, NULL);
    cr_expect_str_eq(json_string_value(json_object_get(event, "subject")), "shop", "%s", ran.err);
    cr_expect_not_null(strstr(ran.err, "/nowhere/shop.git"), "%s", ran.err);
    json_decref(event);
}
