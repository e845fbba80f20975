/* tests/reconcile/compile/events_fixture.h
 *
 * Compiles the events of one type from a configuration written as YAML, without files, variables or
 * schema: what comes of it is looked up by JSON pointer. The default role has no statements of its
 * own; the service has no artifacts, so that code lies nowhere. */
#pragma once
#include "config/json_text.h"
#include "reconcile/compile/events/events.h"
#include "reconcile/compile/parts.h"
#include "reconcile/compile/service.h"
#include "reconcile/compile/variables/origins.h"
#include <criterion/criterion.h>

typedef struct {
    Origins *origins;
    Service service;
    Compilation compilation;
} Outcome;

static inline void fixture_free_function(void *data)
{
    Function *function = data;

    g_free((char *)function->name);
    g_free((char *)function->logical_id);
    g_free(function);
}

static inline void fixture_add_function(Compilation *compilation, const char *key, json_t *config)
{
    Function *function = g_new0(Function, 1);

    function->key = key;
    function->config = config;
    function->events = json_object_get(config, "events");
    function->name = g_strdup_printf("shop-dev-%s", key);
    function->logical_id = function_id(function, "LambdaFunction");
    if (json_is_true(json_object_get(config, "aliased"))) {
        function->alias_id = "TheAlias";
        function->alias_name = "provisioned";
    }
    json_object_set_new(compilation->resources, function->logical_id,
                        json_pack("{s:s,s:{s:{s:[s,s]}}}", "Type", "AWS::Lambda::Function",
                                  "Properties", "Role", "Fn::GetAtt", "IamRoleLambdaExecution",
                                  "Arn"));
    g_ptr_array_add(compilation->functions, function);
}

/* `yaml` is a serverless.yml without its service: {provider: …, functions: …}. */
static inline Outcome compile_events_of(void (*compile)(Compilation *compilation), const char *yaml)
{
    Outcome outcome = {0};
    Compilation *compilation = &outcome.compilation;
    Document *document;
    const char *key;
    json_t *config;

    compilation->problems = problems_new();
    document =
        document_parse("serverless.yml", yaml, strlen(yaml), DOCUMENT_YAML, compilation->problems);
    cr_assert(document, "the test's own YAML does not parse: %s", yaml);
    compilation->origins = outcome.origins = origins_new(document);
    outcome.service.specs = g_ptr_array_new();
    outcome.service.spec_of = g_hash_table_new(g_str_hash, g_str_equal);
    compilation->service = "shop";
    compilation->stage = "dev";
    compilation->region = "us-east-1";
    compilation->stack_name = "shop-dev";
    compilation->config = document_root(document);
    compilation->provider = json_object_get(compilation->config, "provider");
    compilation->functions = g_ptr_array_new_with_free_func(fixture_free_function);
    compilation->template =
        json_pack("{s:{s:{s:{s:{s:[{s:{s:[s]}}]},s:[{s:{s:[]}}]}}},s:{}}", "Resources",
                  "IamRoleLambdaExecution", "Properties", "AssumeRolePolicyDocument", "Statement",
                  "Principal", "Service", "lambda.amazonaws.com", "Policies", "PolicyDocument",
                  "Statement", "Outputs");
    compilation->resources = json_object_get(compilation->template, "Resources");
    compilation->outputs = json_object_get(compilation->template, "Outputs");
    compilation->has_default_role = true;
    compilation->makers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    json_object_foreach(json_object_get(compilation->config, "functions"), key, config)
        fixture_add_function(compilation, key, config);
    compilation->source = &outcome.service;
    compile(compilation);
    compilation->source = NULL; /* the outcome is about to be moved */
    return outcome;
}

static inline void outcome_clear(Outcome *outcome)
{
    problems_free(outcome->compilation.problems);
    g_ptr_array_unref(outcome->compilation.functions);
    g_hash_table_unref(outcome->compilation.makers);
    g_free(outcome->compilation.maker);
    json_decref(outcome->compilation.template);
    g_ptr_array_unref(outcome->service.specs);
    g_hash_table_unref(outcome->service.spec_of);
    origins_free(outcome->origins);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

/* Holds what is at `pointer` of the template against `expected`, JSON with ' for ". */
static inline void expect_at(const Outcome *outcome, const char *pointer, const char *expected)
{
    g_autofree char *quoted = g_strdelimit(g_strdup(expected), "'", '"');
    json_t *wanted = json_loads(quoted, JSON_DECODE_ANY, NULL);
    json_t *value = pointer_get(outcome->compilation.template, pointer);
    g_autofree char *text = value ? json_text(value, JSON_TEXT_COMPACT) : g_strdup("nothing");

    cr_assert(wanted, "the test's own JSON does not parse: %s", expected);
    cr_expect(value && json_equal(value, wanted), "%s is %s, not %s", pointer, text, expected);
    json_decref(wanted);
}

static inline void expect_nothing_at(const Outcome *outcome, const char *pointer)
{
    cr_expect_null(pointer_get(outcome->compilation.template, pointer), "%s is there", pointer);
}

static inline void expect_no_problems(const Outcome *outcome)
{
    g_autofree char *text = problems_to_text(outcome->compilation.problems, false);

    cr_expect_eq(problems_get(outcome->compilation.problems, 0), NULL, "%s", text);
}

/* The first problem is of this severity and its message ends so. */
static inline void expect_problem(const Outcome *outcome, ProblemSeverity severity,
                                  const char *ending)
{
    const Problem *problem = problems_get(outcome->compilation.problems, 0);

    cr_assert(problem, "nothing is reported, expected: %s", ending);
    cr_expect_eq(problem->severity, severity);
    cr_expect(g_str_has_suffix(problem->message, ending), "%s\n  is not\n%s", problem->message,
              ending);
}

#define STATEMENTS \
    "/Resources/IamRoleLambdaExecution/Properties/Policies/0/PolicyDocument/Statement"
