#include <criterion/criterion.h>

#include "config/json_text.h"
#include "reconcile/compile/variables/variables.h"
#include "variables_tree.h"

/* One resolution: what went in and what came out. */
typedef struct {
    Origins *origins;
    Problems *problems;
    GPtrArray *requests, *secrets;
    json_t *config;
} Resolution;

static const MemoryFile files[] = {
    {"svc/custom.yml", "prod:\n  table: orders\n  list: [a, b]\ndev:\n  name: ${self:service}-x\n  "
                       "bad: ${env:GONE}\n"},
    {"svc/data.json", "{\"a\": {\"b\": [1, 2.50]}, \"next\": \"${file(custom.yml)}\"}"},
    {"svc/state.tfstate", "{\"outputs\": {\"id\": \"vpc-1\"}}"},
    {"svc/note.txt", "two\nlines\n"},
    {"svc/empty.yml", ""},
    {"svc/broken.json", "{\"a\": }"},
    {"svc/config.js", "module.exports = 1"},
    {"svc/.env", "FROM_FILE=default\nSHARED=file\nREF=\"x-${FROM_FILE}\"\n"},
    {"svc/.env.qa", "export FROM_FILE='qa file' # why\nEMPTY=\n"},
    {"shared/up.yml", "region: eu-north-1\n"},
    {NULL, NULL},
};

static GHashTable *strings(const char *const *pairs)
{
    GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);

    for (; pairs && *pairs; pairs += 2)
        g_hash_table_insert(table, (gpointer)pairs[0], (gpointer)pairs[1]);
    return table;
}

static Resolution resolve(const char *yaml, const CompileOptions *options, const Inputs *inputs)
{
    MemoryTree tree = memory_tree(files);
    Resolution run = {.problems = problems_new()};
    Document *document =
        document_parse("serverless.yml", yaml, strlen(yaml), DOCUMENT_YAML, run.problems);

    if (!document) {
        g_autofree char *text = problems_to_text(run.problems, false);

        cr_assert_fail("the test's own YAML: %s", text);
    }
    run.origins = origins_new(document);
    run.requests = g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    run.secrets = g_ptr_array_new_with_free_func(g_free);
    run.config = variables_resolve(document_root(document), run.origins, &tree.tree, "svc", options,
                                   inputs, run.requests, run.secrets, run.problems);
    return run;
}

static void release(Resolution *run)
{
    json_decref(run->config);
    origins_free(run->origins);
    g_ptr_array_unref(run->requests);
    g_ptr_array_unref(run->secrets);
    problems_free(run->problems);
}

/* custom.x of a service whose custom is `custom` (YAML lines), as compact JSON; the problems as
 * text where there are some. */
static char *value_of_x(const char *custom)
{
    static const char *const env[] = {"HOME_PAGE", "example.com", "SHARED", "process", NULL};
    static const char *const params[] = {"cli", "from-cli", NULL};
    g_autoptr(GHashTable) env_table = strings(env);
    g_autoptr(GHashTable) params_table = strings(params);
    CompileOptions options = {.stage = "prod", .env = env_table, .params = params_table};
    g_autofree char *yaml = g_strdup_printf(
        "service: shop\nprovider:\n  name: aws\n  stage: qa\nparams:\n  prod: {size: 3}\n"
        "  qa: {size: '${env:NEVER}'}\n  default: {size: 1, color: red}\ncustom:\n%s",
        custom);
    Resolution run = resolve(yaml, &options, NULL);
    char *text = run.config ? json_text(json_object_get(json_object_get(run.config, "custom"), "x"),
                                        JSON_TEXT_COMPACT)
                            : problems_to_text(run.problems, false);

    release(&run);
    return text;
}

typedef struct {
    const char *custom, *expected;
} Case;

static void check(const Case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        g_autofree char *got = value_of_x(cases[i].custom);

        cr_expect_str_eq(got, cases[i].expected, "%s\n  gave %s\n  expected %s", cases[i].custom,
                         got, cases[i].expected);
    }
}

Test(variables, have_the_values_that_the_framework_gives_them)
{
    static const Case cases[] = {
        {"  x: ${self:service}", "\"shop\""},
        {"  x: ${self:custom.list.1}\n  list: [a, b]", "\"b\""},
        {"  x: ${self:custom.list.length}\n  list: [a, b]", "2"},
        {"  x: a-${self:custom.n}-${self:custom.t}\n  n: 1.50\n  t: true", "\"a-1.5-true\""},
        {"  x: ${self:custom.n}\n  n: 1.50", "1.5"},
        {"  x: l=${self:custom.l}\n  l: [1, b, null]", "\"l=1,b,\""},
        {"  x: ${self:custom.m}\n  m: {k: '${self:service}'}", "{\"k\":\"shop\"}"},
        {"  x: ${self:custom.m.k.z}\n  m: ${self:custom.n}\n  n: {k: {z: 5}}", "5"},
        {"  x: ${self:custom.${self:custom.which}.v}\n  which: b\n  b: {v: 7}", "7"},
        {"  x: ${self:custom.none, self:custom.nil, 'last'}\n  nil: null", "\"last\""},
        {"  x: ${self:custom.none, \"a\\tb\"}", "\"a\\tb\""},
        {"  x: ${self:custom.none, 0x10}", "16"},
        {"  x: ${self:custom.none, false}", "false"},
        {"  x: ${self:custom.none, null}", "null"},
        {"  x: ${self:custom.none, ''}", "\"\""},
        {"  x: ${opt:stage}/${sls:stage}/${self:provider.stage}", "\"prod/prod/qa\""},
        {"  x: ${opt:missing, 'no'}", "\"no\""},
        {"  x: ${env:HOME_PAGE}", "\"example.com\""},
        {"  x: ${param:size}", "3"},
        {"  x: ${param:color}", "\"red\""},
        {"  x: ${param:cli}", "\"from-cli\""},
        {"  x: ${strToBool(' TRUE ')}", "true"},
        {"  x: ${strToBool(${self:custom.n})}\n  n: 0", "false"},
        {"  x: ${sls:instanceId}", "\"" VARIABLES_INSTANCE_ID "\""},
        {"  x: ${aws:region}", "\"us-east-1\""},
        {"  x: ${self:provider.region, 'none'}", "\"none\""},
        {"  x: ${param:none, self:provider.region}", "\"us-east-1\""},
        {"  x: {400: b, 201: a, z: c, 007: d}",
         "{\"7\":\"d\",\"201\":\"a\",\"400\":\"b\",\"z\":\"c\"}"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

Test(variables, leave_alone_what_is_none_and_what_is_escaped)
{
    static const Case cases[] = {
        {"  x: ${AWS::Region} ${Foo} ${aws::x} ${} $ $x",
         "\"${AWS::Region} ${Foo} ${aws::x} ${} $ $x\""},
        {"  x: ${Foo-${self:service}}", "\"${Foo-shop}\""},
        {"  x: \\${self:service}", "\"${self:service}\""},
        {"  x: \\\\${self:service}", "\"\\\\shop\""},
        {"  x: \\\\\\${self:service} ${self:service}", "\"\\\\${self:service} shop\""},
    };

    check(cases, G_N_ELEMENTS(cases));
}

Test(variables, read_files_of_every_kind)
{
    static const Case cases[] = {
        {"  x: ${file(custom.yml):prod.table}", "\"orders\""},
        {"  x: ${file(./custom.yml):prod.list.1}", "\"b\""},
        {"  x: ${file(custom.yml):dev.name}", "\"shop-x\""},
        {"  x: ${file(../shared/up.yml):region}", "\"eu-north-1\""},
        {"  x: ${file(data.json):a.b}", "[1,2.5]"},
        {"  x: ${file(data.json):next.prod.table}", "\"orders\""},
        {"  x: ${file(state.tfstate):outputs.id}", "\"vpc-1\""},
        {"  x: ${file(note.txt)}", "\"two\\nlines\\n\""},
        {"  x: ${file(${self:custom.f}):prod.table}\n  f: custom.yml", "\"orders\""},
        {"  x: ${file(gone.yml), 'else'}", "\"else\""},
        {"  x: ${file(gone.js), 'else'}", "\"else\""},
        {"  x: ${file(custom.yml):prod.gone, 'else'}", "\"else\""},
        {"  x: ${file(empty.yml), 'else'}", "\"else\""},
    };

    check(cases, G_N_ELEMENTS(cases));
}

#define AT "serverless.yml:10:6: error: "
#define CARET(text) "      x: " text "\n         ^\n"

Test(variables, that_cannot_be_resolved_are_told_with_their_place_and_a_way_out)
{
    static const Case cases[] = {
        {"  x: ${self:custom.nope}",
         AT "\"${self:custom.nope}\" cannot be resolved: the configuration has no value at "
            "custom.nope\n" CARET(
                "${self:custom.nope}") "  set it, or give a fallback: ${self:x, 'value'}\n"},
        {"  x: ${self:service.name}",
         AT "\"${self:service.name}\" cannot be resolved: the configuration has no value at "
            "service.name\n" CARET(
                "${self:service.name}") "  what it goes on from is a text: end there, or give a "
                                        "fallback\n"},
        {"  x: ${env:NOPE}", AT
         "\"${env:NOPE}\" cannot be resolved: there is no environment variable NOPE here\n" CARET(
             "${env:NOPE}") "  set or grant it, or give a fallback: ${env:X, 'value'}\n"},
        {"  x: ${opt:nope}",
         AT "\"${opt:nope}\" cannot be resolved: the option --nope was not given\n" CARET(
             "${opt:nope}") "  give the option, or a fallback: ${opt:x, 'value'}\n"},
        {"  x: ${param:nope}",
         AT "\"${param:nope}\" cannot be resolved: there is no parameter \"nope\" for stage "
            "prod\n" CARET(
                "${param:nope}") "  give it with --param, under params, or as a fallback\n"},
        {"  x: ${file(gone.yml)}",
         AT "\"${file(gone.yml)}\" cannot be resolved: there is no file gone.yml\n" CARET(
             "${file(gone.yml)}") "  commit the file, or give a fallback: ${file(x.yml), "
                                  "'value'}\n"},
        {"  x: ${sel:service}",
         AT "\"${sel:service}\" cannot be resolved: there is no source \"sel\": did you mean "
            "\"self\"?\n" CARET("${sel:service}") "  there are self, opt, env, file, strToBool, "
                                                  "sls, param, aws, cf, s3, ssm\n"},
        {"  x: ${git:sha1}", AT
         "\"${git:sha1}\" cannot be resolved: there is no source \"git\" (those that plugins bring "
         "are not supported)\n" CARET("${git:sha1}") "  there are self, opt, env, file, strToBool, "
                                                     "sls, param, aws, cf, s3, ssm\n"},
        {"  x: ${opt:x, ${env:Y}}", AT
         "\"${opt:x, ${env:Y}}\" cannot be read: a fallback is a source or a literal, not another "
         "${…}\n" CARET(
             "${opt:x, ${env:Y}}") "  write the fallback without its own ${ }: ${opt:x, env:Y}\n"},
        {"  x: ${opt:x, plain}",
         AT "\"${opt:x, plain}\" cannot be read: \"plain\" is neither a source nor a literal (a "
            "quoted text, a number, true, false, null)\n" CARET(
                "${opt:x, plain}") "  put text in "
                                   "quotes: ${opt:x, 'text'}\n"},
        {"  x: ${self:custom.y",
         AT "\"${self:custom.y\" cannot be read: it has no closing }\n" CARET(
             "${self:custom.y") "  close the variable with }\n"},
        {"  x: ${self:${Foo}}",
         AT "\"${self:${Foo}}\" cannot be read: the ${ inside of it is not followed by a source "
            "(self:…, opt:…)\n" CARET("${self:${Foo}}")},
        {"  x: ${strToBool(maybe)}", AT
         "\"${strToBool(maybe)}\" cannot be resolved: \"maybe\" is neither true nor false\n" CARET(
             "${strToBool(maybe)}") "  give true, false, 1 or 0\n"},
        {"  x: ${sls:stag}",
         AT "\"${sls:stag}\" cannot be resolved: \"sls\" knows no \"stag\"\n" CARET(
             "${sls:stag}") "  there are sls:stage and sls:instanceId\n"},
        {"  x: ${env:}",
         AT "\"${env:}\" cannot be resolved: \"env\" needs an address: ${env:NAME}\n" CARET(
             "${env:}")},
        {"  x: ${cf:stack}",
         AT "\"${cf:stack}\" cannot be resolved: \"stack\" names a stack but none of its "
            "outputs\n" CARET("${cf:stack}") "  write ${cf:stack.Output}\n"},
        {"  x: ${s3:bucket}",
         AT "\"${s3:bucket}\" cannot be resolved: \"bucket\" names a bucket but no object in "
            "it\n" CARET("${s3:bucket}") "  write ${s3:bucket/key}\n"},
        {"  x: ${self:custom.x}",
         AT "\"${self:custom.x}\" cannot be resolved: its value depends on itself: custom.x → "
            "custom.x\n" CARET(
                "${self:custom.x}") "  break the cycle: one of them needs a value of its own\n"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

Test(variables, inside_a_longer_text_are_pointed_at_themselves)
{
    static const Case cases[] = {
        {"  x: \"a ${self:service} ${env:NO} b\"",
         "serverless.yml:10:25: error: \"${env:NO}\" cannot be resolved: there is no environment "
         "variable NO here\n"
         "      x: \"a ${self:service} ${env:NO} b\"\n                            ^\n"
         "  set or grant it, or give a fallback: ${env:X, 'value'}\n"},
        {"  x: |\n    one\n    two ${env:NO}\n",
         "serverless.yml:12:9: error: \"${env:NO}\" cannot be resolved: there is no environment "
         "variable NO here\n"
         "        two ${env:NO}\n            ^\n"
         "  set or grant it, or give a fallback: ${env:X, 'value'}\n"},
        {"  x: ${self:provider.stage}${env:NO}${env:NO}",
         "serverless.yml:10:28: error: \"${env:NO}\" cannot be resolved: there is no environment "
         "variable NO here\n"
         "      x: ${self:provider.stage}${env:NO}${env:NO}\n                               ^\n"
         "  set or grant it, or give a fallback: ${env:X, 'value'}\n"
         "serverless.yml:10:37: error: \"${env:NO}\" cannot be resolved: there is no environment "
         "variable NO here\n"
         "      x: ${self:provider.stage}${env:NO}${env:NO}\n                                      "
         "  ^\n"
         "  set or grant it, or give a fallback: ${env:X, 'value'}\n"},
        {"  x: a${self:provider}", "serverless.yml:10:7: error: \"${self:provider}\" cannot be "
                                   "resolved: it is part of a text and "
                                   "its value is a map\n      x: a${self:provider}\n          ^\n"
                                   "  let the variable stand alone to keep its type\n"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

Test(variables, in_a_cycle_are_told_once_with_all_its_members)
{
    static const Case cases[] = {
        {"  x: ${self:custom.y}\n  y: a${self:custom.z}\n  z: ${self:custom.x}",
         "serverless.yml:12:6: error: \"${self:custom.x}\" cannot be resolved: its value depends "
         "on itself: custom.x → "
         "custom.y → custom.z → custom.x\n      z: ${self:custom.x}\n         ^\n"
         "  break the cycle: one of them needs a value of its own\n"},
    };

    check(cases, G_N_ELEMENTS(cases));
}

Test(variables, of_an_included_file_are_told_at_their_line_in_that_file)
{
    static const Case cases[] = {
        {"  x: ${file(custom.yml):dev}", "svc/custom.yml:6:8: error: \"${env:GONE}\" cannot be "
                                         "resolved: there is no environment variable GONE here\n"
                                         "      bad: ${env:GONE}\n           ^\n  set or grant it, "
                                         "or give a fallback: ${env:X, 'value'}\n"},
        {"  x: ${file(../../etc/passwd)}", NULL},
        {"  x: ${file(/etc/passwd)}", NULL},
        {"  x: ${file(broken.json)}", NULL},
    };
    static const char *const starts[] = {
        "", "serverless.yml:10:6: error: \"${file(../../etc/passwd)}\" cannot be resolved: ",
        "serverless.yml:10:6: error: \"${file(/etc/passwd)}\" cannot be resolved: ",
        "svc/broken.json:1:7: error: "};

    check(cases, 1);
    for (size_t i = 1; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = value_of_x(cases[i].custom);

        cr_expect(g_str_has_prefix(got, starts[i]), "%s", got);
    }
}

Test(variables, ask_for_what_is_outside_of_git_and_go_on_when_it_is_there)
{
    static const char yaml[] =
        "service: s\nprovider: {name: aws}\ncustom:\n  a: ${ssm:/p/${self:provider.region}}\n"
        "  b: ${cf(eu-west-1):net.Vpc, 'none'}\n  c: ${s3:bucket/key}\n  d: ${aws:accountId}\n"
        "  e: ${ssm(raw, noDecrypt, eu-west-2):/q}\n  f: x${self:custom.d}\n  g: "
        "${aws:accountId}\n";
    static const struct {
        InputRequest request;
        const char *value;
        bool secret;
    } expected[] = {
        {{.kind = INPUT_SSM,
          .address = (char *)"/p/us-east-1",
          .region = (char *)"us-east-1",
          .at = {.line = 4, .column = 6}},
         "hidden",
         true},
        {{.kind = INPUT_STACK_OUTPUT,
          .address = (char *)"net.Vpc",
          .region = (char *)"eu-west-1",
          .at = {.line = 5, .column = 6}},
         NULL,
         false},
        {{.kind = INPUT_S3_OBJECT,
          .address = (char *)"bucket/key",
          .region = (char *)"us-east-1",
          .at = {.line = 6, .column = 6}},
         "text",
         false},
        {{.kind = INPUT_ACCOUNT_ID,
          .address = (char *)"",
          .region = (char *)"us-east-1",
          .at = {.line = 7, .column = 6}},
         "111122223333",
         false},
        {{.kind = INPUT_SSM,
          .address = (char *)"/q",
          .region = (char *)"eu-west-2",
          .raw = true,
          .no_decrypt = true,
          .at = {.line = 8, .column = 6}},
         "v",
         false},
    };
    g_autoptr(Inputs) inputs = inputs_new();
    CompileOptions options = {0};
    Resolution run = resolve(yaml, &options, NULL);
    g_autofree char *text = NULL;

    cr_assert_null(run.config);
    cr_assert_not(problems_have_errors(run.problems));
    cr_assert_eq(run.requests->len, G_N_ELEMENTS(expected));
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        const InputRequest *got = run.requests->pdata[i];

        cr_expect(input_request_equal(got, &expected[i].request), "request %zu: %s in %s", i,
                  got->address, got->region);
        cr_expect_eq(got->at.line, expected[i].request.at.line);
        cr_expect_eq(got->at.column, expected[i].request.at.column);
        inputs_add(inputs, got, expected[i].value ? json_string(expected[i].value) : NULL,
                   expected[i].secret);
    }
    release(&run);

    run = resolve(yaml, &options, inputs);
    cr_assert_not_null(run.config);
    text = json_text(json_object_get(run.config, "custom"), JSON_TEXT_COMPACT);
    cr_expect_str_eq(
        text, "{\"a\":\"hidden\",\"b\":\"none\",\"c\":\"text\",\"d\":\"111122223333\",\"e\":\"v\","
              "\"f\":\"x111122223333\",\"g\":\"111122223333\"}");
    cr_assert_eq(run.secrets->len, 1);
    cr_expect_str_eq(run.secrets->pdata[0], "hidden");
    release(&run);
}

Test(variables, fill_in_stage_and_region_where_the_service_sets_none)
{
    CompileOptions options = {.region = "eu-west-3"};
    Resolution run = resolve("service: s\nprovider: aws\n", &options, NULL);
    g_autofree char *text = json_text(run.config, JSON_TEXT_COMPACT);

    cr_expect_str_eq(text, "{\"service\":\"s\",\"provider\":{\"name\":\"aws\",\"stage\":\"dev\","
                           "\"region\":\"eu-west-3\"}}");
    release(&run);
}

Test(variables, see_of_the_environment_what_was_granted_and_then_dotenv_of_the_stage)
{
    static const char yaml[] = "service: s\nuseDotenv: true\nprovider: {name: aws, stage: "
                               "%s}\ncustom:\n  - ${env:FROM_FILE}\n"
                               "  - ${env:SHARED, 'unset'}\n  - ${env:REF, 'unset'}\n  - "
                               "${env:EMPTY, 'unset'}\n  - ${env:PATH, 'hidden'}\n";
    static const char *const env[] = {"SHARED", "process", NULL};
    static const char *const stages[] = {"dev", "qa"};
    static const char *const expected[] = {
        "[\"default\",\"process\",\"x-default\",\"unset\",\"hidden\"]",
        "[\"qa file\",\"process\",\"unset\",\"\",\"hidden\"]"};
    g_autoptr(GHashTable) env_table = strings(env);
    CompileOptions options = {.env = env_table, .secret_env = env_table};

    for (size_t i = 0; i < G_N_ELEMENTS(stages); i++) {
        g_autofree char *with_stage = g_strdup_printf(yaml, stages[i]);
        Resolution run = resolve(with_stage, &options, NULL);
        g_autofree char *text = json_text(json_object_get(run.config, "custom"), JSON_TEXT_COMPACT);

        cr_expect_str_eq(text, expected[i]);
        cr_expect_eq(run.secrets->len, 1);
        cr_expect_str_eq(run.secrets->pdata[0], "process");
        release(&run);
    }
}

Test(variables, that_multiply_a_text_end_at_a_ceiling)
{
    g_autoptr(GString) yaml =
        g_string_new("service: s\nprovider: {name: aws}\ncustom:\n  a0: xxxxxxxxxxxxxxxx\n");
    CompileOptions options = {0};
    Resolution run;

    for (int i = 1; i < 40; i++)
        g_string_append_printf(yaml, "  a%d: ${self:custom.a%d}${self:custom.a%d}\n", i, i - 1,
                               i - 1);
    run = resolve(yaml->str, &options, NULL);
    cr_expect_null(run.config);
    cr_expect_eq(problems_count(run.problems, PROBLEM_ERROR), 1);
    cr_expect_not_null(
        strstr(problems_get(run.problems, 0)->message,
               "the resolved configuration would be larger than 16 MiB of text or 250000 values"));
    release(&run);
}

Test(variables, that_multiply_a_map_end_at_a_ceiling)
{
    g_autoptr(GString) yaml =
        g_string_new("service: s\nprovider: {name: aws}\ncustom:\n  a0: {k: 1}\n");
    CompileOptions options = {0};
    Resolution run;

    for (int i = 1; i < 60; i++)
        g_string_append_printf(yaml, "  a%d: [\"${self:custom.a%d}\", \"${self:custom.a%d}\"]\n", i,
                               i - 1, i - 1);
    run = resolve(yaml->str, &options, NULL);
    cr_expect_null(run.config);
    cr_expect(problems_have_errors(run.problems));
    release(&run);
}

Test(variables, in_a_long_chain_and_nested_deep_are_refused_without_using_up_the_stack)
{
    g_autoptr(GString) yaml = g_string_new("service: s\nprovider: {name: aws}\ncustom:\n");
    CompileOptions options = {0};
    Resolution run;

    for (int i = 0; i < 20000; i++)
        g_string_append_printf(yaml, "  a%d: ${self:custom.a%d}\n", i, i + 1);
    g_string_append(yaml, "  a20000: end\n  deep: '");
    for (int i = 0; i < 50000; i++)
        g_string_append(yaml, "${self:");
    g_string_append(yaml, "'\n");
    run = resolve(yaml->str, &options, NULL);
    cr_expect_null(run.config);
    cr_expect_not_null(
        strstr(problems_get(run.problems, 0)->message, "variables are nested more than 32 deep"));
    cr_expect_not_null(strstr(problems_get(run.problems, 1)->message,
                              "it is reached through more than 100 other variables"));
    release(&run);
}
