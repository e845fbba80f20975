#include "reconcile/compile/variables/variables.h"

#include <string.h>

#include "reconcile/compile/javascript.h"
#include "reconcile/compile/variables/resolver.h"

static void property_free(gpointer data)
{
    Property *property = data;

    expression_free(property->expression);
    g_free(property->pointer);
    g_free(property);
}

static void resolver_init(Resolver *resolver)
{
    /* Properties that were replaced by the next at their pointer are still in the queue: it owns
     * them all. */
    resolver->properties = g_hash_table_new(g_str_hash, g_str_equal);
    resolver->queue = g_ptr_array_new_with_free_func(property_free);
    resolver->trail = g_ptr_array_new();
    resolver->files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, source_file_free);
    resolver->pass = 1;
}

static void resolver_release(Resolver *resolver)
{
    json_decref(resolver->config);
    g_hash_table_unref(resolver->properties);
    g_ptr_array_unref(resolver->queue);
    g_ptr_array_unref(resolver->trail);
    g_hash_table_unref(resolver->files);
    g_clear_pointer(&resolver->dotenv, g_hash_table_unref);
    g_clear_pointer(&resolver->missing_env, g_hash_table_unref);
}

/* The stage that decides which parameters count, as far as it is known; (transfer full) NULL while
 * it is not. */
static char *effective_stage(const Resolver *resolver)
{
    const json_t *stage = json_object_get(json_object_get(resolver->config, "provider"), "stage");
    g_autofree char *text = NULL;

    if (resolver->options->stage)
        return g_strdup(resolver->options->stage);
    if (json_is_string(stage) || json_is_number(stage))
        text = scalar_text(stage);
    if (!text)
        return g_strdup("dev");
    return strstr(text, "${") ? NULL : g_steal_pointer(&text);
}

/* Whether a property is a parameter of another stage: those may refer to what only exists there. */
static bool is_of_other_stage(const Property *property, const char *stage)
{
    const char *section = property->pointer + strlen("/params/");
    size_t length;

    if (!g_str_has_prefix(property->pointer, "/params/"))
        return false;
    length = strcspn(section, "/");
    if (section[length] == '\0' || strncmp(section, "default", length) == 0)
        return false;
    if (!stage)
        return true;
    return strlen(stage) != length || strncmp(section, stage, length) != 0;
}

/* The queue grows while it is worked off. */
static void resolve_all(Resolver *resolver)
{
    for (guint i = 0; i < resolver->queue->len && !resolver->exhausted; i++) {
        Property *property = resolver->queue->pdata[i];
        g_autofree char *stage = NULL;

        if (property->state != PROPERTY_OPEN && property->state != PROPERTY_WAITS)
            continue;
        stage = effective_stage(resolver);
        if (!is_of_other_stage(property, stage))
            resolver_resolve(resolver, property);
    }
}

static Outcome resolve_one(Resolver *resolver, const char *const *keys, json_t **ret)
{
    Property nobody = {.pointer = (char *)"", .as_written = false};

    return resolver_property(resolver, &nobody, (char *const *)keys, ret, NULL);
}

static bool is_true(const json_t *value)
{
    return value && js_is_truthy(value);
}

static void report_conflicts(Resolver *resolver)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, resolver->missing_env);
    while (resolver->dotenv && g_hash_table_iter_next(&iter, &name, NULL))
        if (g_hash_table_contains(resolver->dotenv, name))
            origins_problem(resolver->origins, resolver->problems, PROBLEM_ERROR, "/useDotenv",
                            true, "set provider.stage without that variable",
                            "which .env file to read depends on ${env:%s}, and that file sets it",
                            (char *)name);
}

/* `useDotenv: true`: the file depends on the stage, so stage and switch are resolved without it. */
static void resolve_dotenv(Resolver *resolver)
{
    static const char *const stage_keys[] = {"provider", "stage", NULL}, *const switch_keys[] = {
                                                                             "useDotenv", NULL};
    json_t *use = NULL, *stage = NULL;
    g_autofree char *name = NULL;

    resolver->missing_env = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    switch (resolve_one(resolver, stage_keys, &stage)) {
    case OUTCOME_FAILED:
    case OUTCOME_WAITING:
        return;
    default:
        break;
    }
    if (resolve_one(resolver, switch_keys, &use) != OUTCOME_VALUE || !is_true(use))
        return;
    name = effective_stage(resolver);
    resolver_read_dotenv(resolver, name ? name : "dev");
    report_conflicts(resolver);
}

/* What the framework fills in between its two passes (Service.load and the provider's constructor).
 */
static void set_provider_defaults(Resolver *resolver)
{
    json_t *provider = json_object_get(resolver->config, "provider");
    json_t *region, *stage;

    if (json_is_string(provider)) {
        json_t *named = json_pack("{s:O}", "name", provider);

        json_object_set_new(resolver->config, "provider", named);
        provider = named;
    }
    if (!json_is_object(provider))
        return;
    stage = json_object_get(provider, "stage");
    if (!stage || json_is_null(stage))
        json_object_set_new(provider, "stage", json_string("dev"));
    region = json_object_get(provider, "region");
    if (g_hash_table_contains(resolver->properties, "/provider/region") && json_is_string(region) &&
        strstr(json_string_value(region), "${"))
        return;
    if (resolver->options->region)
        json_object_set_new(provider, "region", json_string(resolver->options->region));
    else if (!region || !js_is_truthy(region))
        json_object_set_new(provider, "region",
                            json_string(compile_options_default_region(resolver->options)));
}

static bool has_waiting(const Resolver *resolver)
{
    for (guint i = 0; i < resolver->queue->len; i++)
        if (((Property *)resolver->queue->pdata[i])->state == PROPERTY_WAITS)
            return true;
    return false;
}

static void copy_config(Resolver *resolver, json_t *config)
{
    Property nobody = {.pointer = (char *)"", .as_written = false};
    GString *pointer = g_string_new(NULL);

    resolver->config = resolver_copy(resolver, &nobody, config);
    if (resolver->config)
        resolver_register(resolver, pointer, resolver->config, 0, true);
    g_string_free(pointer, TRUE);
}

json_t *variables_resolve(json_t *config, Origins *origins, SourceTree *tree,
                          const char *service_path, const CompileOptions *options,
                          const Inputs *inputs, GPtrArray *ret_requests, GPtrArray *ret_secrets,
                          Problems *problems)
{
    g_autoptr(Problems) found = problems_new();
    Resolver resolver = {.origins = origins,
                         .tree = tree,
                         .service_path = service_path,
                         .options = options,
                         .inputs = inputs,
                         .requests = ret_requests,
                         .secrets = ret_secrets,
                         .problems = found};
    json_t *result = NULL;

    resolver_init(&resolver);
    copy_config(&resolver, config);
    if (resolver.config) {
        resolve_dotenv(&resolver);
        g_clear_pointer(&resolver.missing_env, g_hash_table_unref);
        resolve_all(&resolver);
    }
    /* What the first pass asks for decides what the second one does. */
    if (resolver.config && ret_requests->len == 0) {
        set_provider_defaults(&resolver);
        resolver.pass = 2;
        resolve_all(&resolver);
    }
    if (!problems_have_errors(found) && ret_requests->len == 0 && !has_waiting(&resolver)) {
        result = g_steal_pointer(&resolver.config);
        js_order_keys(result);
    }
    problems_append(problems, found);
    resolver_release(&resolver);
    return result;
}
