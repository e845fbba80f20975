/* Programs of a service, answered as a caller would: what is asked, and what becomes of answers. */
#include <criterion/criterion.h>

#include "compiling.h"
#include "config/json_text.h"
#include "reconcile/compile/script.h"

#define SERVICE                                                                                \
    "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\nparams: {default: {p: par}}\n" \
    "functions: {f: {handler: handler.main}}\ncustom:\n"

/* What a script says: the answer, by its file and what it was told so far. */
typedef struct {
    const char *file;    /* with ":address" */
    const char *answers; /* as compact JSON */
    const char *says;
} Line;

typedef struct {
    Service *service;
    Problems *problems;
    Inputs *inputs;
    GString *asked; /* "file:address scope answers\n" each */
    unsigned rounds;
} Play;

static char *asked_file(json_t *asked)
{
    const char *address = json_string_value(json_object_get(asked, "address"));

    return g_strconcat(json_string_value(json_object_get(asked, "file")), address ? ":" : "",
                       address ? address : "", NULL);
}

static void answer(Play *play, const Line *script, const InputRequest *request)
{
    json_t *asked = json_loads(request->address, 0, NULL);
    g_autofree char *file = asked_file(asked);
    g_autofree char *answers = json_text(json_object_get(asked, "answers"), JSON_TEXT_COMPACT);

    cr_assert_eq(request->kind, INPUT_SCRIPT);
    g_string_append_printf(play->asked, "%u:%u %s %s %s\n", request->at.line, request->at.column,
                           file, json_string_value(json_object_get(asked, "scope")), answers);
    for (; script->file; script++)
        if (!strcmp(script->file, file) && (!script->answers || !strcmp(script->answers, answers)))
            break;
    cr_assert_not_null(script->file, "nobody answers %s %s", file, answers);
    if (g_str_has_prefix(script->says, "{\"outside\"") &&
        strcmp(json_string_value(json_object_get(asked, "scope")), "repository") == 0)
        inputs_add(play->inputs, request, json_pack("{s:s}", "text", "\"seen\""), false);
    else
        inputs_add(play->inputs, request, json_loads(script->says, 0, NULL), false);
    json_decref(asked);
}

static Play act(const CompiledFile *files, const Line *script, const CompileOptions *options)
{
    CompiledTree tree = {.tree = {&compiled_tree_ops}, .files = files};
    Play play = {.inputs = inputs_new(), .asked = g_string_new(NULL)};

    for (;; play.rounds++) {
        g_autoptr(GPtrArray) requests = NULL;

        cr_assert_lt(play.rounds, 2 * SCRIPT_MAX_ROUNDS, "it never comes to an end");
        play.problems = problems_new();
        play.service =
            compile_service(&tree.tree, "service", options, play.inputs, play.problems, &requests);
        if (play.service || !requests)
            return play;
        problems_free(play.problems);
        for (guint i = 0; i < requests->len; i++)
            answer(&play, script, requests->pdata[i]);
    }
}

static void release(Play *play)
{
    service_free(play->service);
    problems_free(play->problems);
    inputs_free(play->inputs);
    g_string_free(play->asked, TRUE);
}

static Play act_custom(const char *custom, const Line *script)
{
    g_autofree char *yaml = g_strconcat(SERVICE, custom, NULL);
    const CompiledFile files[] = {{"service/serverless.yml", yaml},
                                  {"service/handler.js", "exports.main = 1"},
                                  {"service/x.js", "a program"},
                                  {"service/y.cjs", "a program"},
                                  {NULL, NULL}};
    const CompileOptions options = {.stage = "qa", .javascript = true};

    return act(files, script, &options);
}

static void expect_custom(const char *custom, const Line *script, const char *expected,
                          const char *asked)
{
    Play play = act_custom(custom, script);
    g_autofree char *problems = problems_to_text(play.problems, false);

    cr_assert_not_null(play.service, "%s\n%s", custom, problems);
    g_autofree char *got = json_text(json_object_get(service_configuration(play.service), "custom"),
                                     JSON_TEXT_COMPACT);

    cr_expect_str_eq(got, expected, "%s\n  gave %s", custom, got);
    if (asked)
        cr_expect_str_eq(play.asked->str, asked, "%s\n  asked\n%s", custom, play.asked->str);
    release(&play);
}

static void expect_problem(const char *custom, const Line *script, const char *expected)
{
    Play play = act_custom(custom, script);
    g_autofree char *problems = problems_to_text(play.problems, false);

    cr_assert_null(play.service);
    cr_expect_str_eq(problems, expected, "%s\n  gave\n%s", custom, problems);
    release(&play);
}

Test(script, gives_values_of_every_type_and_is_asked_once)
{
    static const Line script[] = {
        {"service/x.js", NULL, "{\"text\":\"{\\\"n\\\":1.50,\\\"v\\\":\\\"${sls:stage}\\\"}\"}"},
        {"service/y.cjs:a.b", NULL, "{\"text\":\"12\"}"},
        {"service/y.cjs:none", NULL, "{\"nothing\":true}"},
        {NULL, NULL, NULL}};

    expect_custom("  a: ${file(x.js)}\n  b: ${file(./x.js)}\n  c: ${file(y.cjs):a.b}\n"
                  "  d: ${file(y.cjs):none, 'else'}\n  e: n=${file(y.cjs):a.b}\n"
                  "  f: ${file(gone.js), 'gone'}\n",
                  script,
                  "{\"a\":{\"n\":1.5,\"v\":\"qa\"},\"b\":{\"n\":1.5,\"v\":\"qa\"},\"c\":12,"
                  "\"d\":\"else\",\"e\":\"n=12\",\"f\":\"gone\"}",
                  "6:6 service/x.js folder {}\n8:6 service/y.cjs:a.b folder {}\n"
                  "9:6 service/y.cjs:none folder {}\n");
}

#define KEY(name) "\"key\":\"" name "\""

Test(script, is_told_what_it_asks_for_until_it_has_a_value)
{
    static const Line script[] = {
        {"service/x.js", "{}",
         "{\"needs\":[{" KEY(
             "v") ",\"variable\":\"self:custom.b\"},"
                  "{" KEY("p") ",\"property\":[\"custom\",\"c\"]},{" KEY(
                      "u") ",\"property\":[\"none\"]},"
                           "{" KEY("t") ",\"text\":\"${sls:stage}-${self:service}\"},"
                                        "{" KEY("e") ",\"variable\":\"env:GONE\"},{" KEY(
                                            "w") ",\"variable\":\"AWS::Region\"}]}"},
        {"service/x.js",
         "{\"e\":{\"error\":\"\\\"${file(x.js)}\\\" cannot be resolved: there is no environment "
         "variable GONE "
         "here\"},\"p\":{\"value\":[1,\"qa\"]},\"t\":{\"value\":\"qa-shop\"},\"u\":{},"
         "\"v\":{\"value\":\"B\"},\"w\":{\"error\":\"\\\"${file(x.js)}\\\" cannot be resolved: "
         "\\\"AWS::Region\\\" is no variable\"}}",
         "{\"text\":\"\\\"done\\\"\"}"},
        {NULL, NULL, NULL}};

    expect_custom("  a: ${file(x.js)}\n  b: B\n  c: [1, '${sls:stage}']\n", script,
                  "{\"a\":\"done\",\"b\":\"B\",\"c\":[1,\"qa\"]}", NULL);
}

Test(script, hears_of_variables_of_the_second_pass_that_they_are_late_and_then_their_value)
{
    static const Line script[] = {
        {"service/x.js", "{}", "{\"needs\":[{" KEY("k") ",\"variable\":\"param:p\"}]}"},
        {"service/x.js", "{\"k\":{\"late\":true}}", "{\"late\":true}"},
        {"service/x.js", "{\"k\":{\"value\":\"par\"}}", "{\"text\":\"2\"}"},
        {NULL, NULL, NULL}};
    const Line catches[] = {
        script[0], {"service/x.js", "{\"k\":{\"late\":true}}", "{\"text\":\"3\"}"}, script[3]};

    expect_custom("  a: ${file(x.js)}\n", script, "{\"a\":2}", NULL);
    expect_custom("  a: ${file(x.js)}\n", catches, "{\"a\":3}", NULL);
}

Test(script, may_depend_on_another)
{
    static const Line script[] = {
        {"service/x.js", "{}", "{\"needs\":[{" KEY("k") ",\"variable\":\"self:custom.b.c\"}]}"},
        {"service/x.js", "{\"k\":{\"value\":5}}", "{\"text\":\"6\"}"},
        {"service/y.cjs", NULL, "{\"text\":\"{\\\"c\\\":5}\"}"},
        {NULL, NULL, NULL}};

    expect_custom("  a: ${file(x.js)}\n  b: ${file(y.cjs)}\n", script, "{\"a\":6,\"b\":{\"c\":5}}",
                  NULL);
}

Test(script, that_looks_further_is_given_the_repository)
{
    static const Line script[] = {{"service/x.js", NULL, "{\"outside\":\"shared/s.js\"}"},
                                  {NULL, NULL, NULL}};

    expect_custom("  a: ${file(x.js)}\n", script, "{\"a\":\"seen\"}",
                  "6:6 service/x.js folder {}\n6:6 service/x.js repository {}\n");
}

#define AT "service/serverless.yml:6:6: error: \"${file(x.js)}\" cannot be resolved: "
#define CARET "      a: ${file(x.js)}\n         ^\n"

Test(script, says_what_went_wrong_with_its_own_place_and_what_it_printed)
{
    static const struct {
        const char *says, *expected;
    } cases[] = {
        {"{\"error\":{\"message\":\"TypeError: nope\",\"file\":\"service/"
         "lib.js\",\"line\":2,\"column\":9},\"output\":\"one\\ntwo\\n\"}",
         AT "service/lib.js:2:9: TypeError: nope\n" CARET "  it printed: one\n      two\n"},
        {"{\"error\":{\"message\":\"Error: Cannot find module 'x'\\nRequire stack:\\n- /y.js\"}}",
         AT "service/x.js: Error: Cannot find module 'x'\n" CARET},
        {"{\"error\":{\"message\":\"it never ends\"}}", AT "service/x.js: it never ends\n" CARET},
        {"{}", AT "service/x.js says null\n" CARET "  give it a value, or a fallback\n"},
        {"{\"text\":\"[1, \\\"\\\\ud800\\\"]\"}", AT "service/x.js: its value cannot be used: half "
                                                     "of a surrogate pair is no character\n" CARET},
        {"{\"late\":true}", AT "service/x.js needs a variable that is not known\n" CARET},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const Line script[] = {{"service/x.js", NULL, cases[i].says}, {NULL, NULL, NULL}};

        expect_problem("  a: ${file(x.js)}\n", script, cases[i].expected);
    }
}

Test(script, cannot_go_on_asking_and_cannot_ask_for_what_depends_on_it)
{
    static const Line endless[] = {
        {"service/x.js", NULL, "{\"needs\":[{" KEY("k") ",\"variable\":\"self:service\"}]}"},
        {NULL, NULL, NULL}};
    static const Line circular[] = {
        {"service/x.js", "{}", "{\"needs\":[{" KEY("k") ",\"variable\":\"self:custom.a\"}]}"},
        {"service/x.js", NULL, "{\"error\":{\"message\":\"what it was told\"}}"},
        {NULL, NULL, NULL}};
    Play play = act_custom("  a: ${file(x.js)}\n", circular);

    cr_expect(strstr(play.asked->str, "its value depends on itself: custom.a → custom.a"), "%s",
              play.asked->str);
    release(&play);
    expect_problem("  a: ${file(x.js)}\n", endless,
                   AT "service/x.js asks for more than 1000 variables\n" CARET);
}

Test(script, finds_errors_of_the_configuration_told_even_where_it_catches_them)
{
    static const Line script[] = {
        {"service/x.js", "{}", "{\"needs\":[{" KEY("k") ",\"variable\":\"self:custom.b\"}]}"},
        {"service/x.js", NULL, "{\"text\":\"1\"}"},
        {NULL, NULL, NULL}};

    expect_problem(
        "  a: ${file(x.js)}\n  b: ${env:GONE}\n", script,
        "service/serverless.yml:7:6: error: \"${env:GONE}\" cannot be resolved: there is "
        "no environment variable GONE here\n      b: ${env:GONE}\n         ^\n"
        "  set or grant it, or give a fallback: ${env:X, 'value'}\n");
}

Test(script, is_not_run_unless_that_is_allowed)
{
    static const CompiledFile files[] = {{"service/serverless.yml", SERVICE "  a: ${file(x.js)}\n"},
                                         {"service/x.js", "1"},
                                         {NULL, NULL}};
    static const CompiledFile whole[] = {{"service/serverless.ts", "export default {}"},
                                         {NULL, NULL}};
    const CompileOptions options = {0};
    Compiled refused = compile_files(files, "service", &options);
    Compiled refused_whole = compile_files(whole, "service", &options);
    g_autofree char *problems = problems_to_text(refused.problems, false);
    g_autofree char *problems_whole = problems_to_text(refused_whole.problems, false);

    cr_expect_str_eq(problems,
                     AT
                     "service/x.js is a program, and running programs is not allowed for it\n" CARET
                     "  " SCRIPT_FORBIDDEN_HINT "\n",
                     "%s", problems);
    cr_expect_str_eq(problems_whole,
                     "service/serverless.ts:1:1: error: the configuration is a program, and "
                     "running programs is not allowed for it\n  " SCRIPT_FORBIDDEN_HINT "\n",
                     "%s", problems_whole);
    compiled_clear(&refused);
    compiled_clear(&refused_whole);
}

static Play act_whole(const char *name, const char *text, const char *says)
{
    g_autofree char *path = g_strconcat("service/", name, NULL);
    const CompiledFile files[] = {{path, text},
                                  {"service/handler.js", "exports.main = 1"},
                                  {"service/x.js", "a program"},
                                  {NULL, NULL}};
    const Line script[] = {{path, NULL, says}, {NULL, NULL, NULL}};
    const CompileOptions options = {.javascript = true};

    return act(files, script, &options);
}

#define WHOLE                                                                         \
    "import { hello } from './hello';\n\nconst config: AWS = {\n  service: 'shop',\n" \
    "  provider: { name: 'aws', runtime: 'nodejs20.x',\n    memorySize: 'much' },\n"  \
    "  functions: { hello },\n};\nexport default config;\n"

Test(script, that_is_the_configuration_has_its_mistakes_told_at_its_lines)
{
    Play good =
        act_whole("serverless.ts", WHOLE,
                  "{\"text\":\"{\\\"service\\\":\\\"shop\\\",\\\"provider\\\":{\\\"name\\\":"
                  "\\\"aws\\\",\\\"runtime\\\":\\\"nodejs20.x\\\"},\\\"functions\\\":{"
                  "\\\"hello\\\":{\\\"handler\\\":\\\"handler.main\\\"}}}\"}");
    Play wrong =
        act_whole("serverless.ts", WHOLE,
                  "{\"text\":\"{\\\"service\\\":\\\"shop\\\",\\\"provider\\\":{\\\"name\\\":"
                  "\\\"aws\\\",\\\"memorySize\\\":\\\"much\\\"},\\\"functions\\\":{"
                  "\\\"hello\\\":{\\\"handle\\\":\\\"x\\\",\\\"handler\\\":\\\"handler.main"
                  "\\\"}}}\"}");
    Play thrown = act_whole("serverless.js", "throw 1",
                            "{\"error\":{\"message\":\"it threw 1\"},\"output\":\"\"}");
    g_autofree char *good_problems = problems_to_text(good.problems, false);
    g_autofree char *problems = problems_to_text(wrong.problems, false);
    g_autofree char *thrown_problems = problems_to_text(thrown.problems, false);

    cr_assert_not_null(good.service, "%s", good_problems);
    cr_expect_str_eq(service_name(good.service), "shop");
    cr_expect_str_eq(good.asked->str, "1:1 service/serverless.ts folder {}\n");
    cr_expect(strstr(problems, "service/serverless.ts:6:17: error: "), "%s", problems);
    cr_expect(strstr(problems, "service/serverless.ts:7:16: error: "), "%s", problems);
    cr_expect_str_eq(thrown_problems,
                     "service/serverless.js:1:1: error: service/serverless.js: it threw 1\n", "%s",
                     thrown_problems);
    release(&good);
    release(&wrong);
    release(&thrown);
}
