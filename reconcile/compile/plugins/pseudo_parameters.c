/* serverless-pseudo-parameters 2.6.1 (MIT): "#{AWS::Region}" in any text of the finished template
 * becomes an Fn::Sub of "${AWS::Region}"; "#@{x}" is how "#{x}" is written. */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/plugins/plugins.h"
#include <string.h>

typedef struct {
    bool replace_regions; /* custom.pseudoParameters.skipRegionReplace: false */
    bool aws_only;        /* …allowReferences: false: #{AWS::…} but no #{Resource} */
} Rules;

/* Those the plugin knows; the first that a text names is replaced, the leftmost one. */
static const char *const regions[] = {
    "ap-northeast-1", "ap-northeast-2", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
    "ca-central-1",   "eu-central-1",   "eu-west-1",  "eu-west-2",      "eu-west-3",
    "sa-east-1",      "us-east-1",      "us-east-2",  "us-west-1",      "us-west-2",
};

/* The text with its first region as #{AWS::Region}. (transfer full) */
static char *replace_region(const char *text)
{
    const char *first = NULL, *rest = NULL;

    for (size_t i = 0; i < G_N_ELEMENTS(regions); i++) {
        const char *found = strstr(text, regions[i]);

        if (found && (!first || found < first)) {
            first = found;
            rest = found + strlen(regions[i]);
        }
    }
    return first ? g_strdup_printf("%.*s#{AWS::Region}%s", (int)(first - text), text, rest)
                 : g_strdup(text);
}

/* Length of what stands between the braces at `open`, or 0 where the text there is no reference. */
static size_t reference_length(const char *open, bool aws_only)
{
    size_t length = strcspn(open, "}");

    if (open[length] != '}')
        return 0;
    if (aws_only &&
        (!g_str_has_prefix(open, "AWS::") || length == strlen("AWS::") ||
         strspn(open + strlen("AWS::"), "abcdefghijklmnopqrstuvwxyz"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != length - strlen("AWS::")))
        return 0;
    return length;
}

/* Every `from`x} as `to`x}; NULL where there is none. (transfer full) */
static char *replace_references(const char *text, const char *from, const char *to, bool aws_only)
{
    g_autoptr(GString) result = g_string_new(NULL);
    const char *at = text, *found;
    bool changed = false;

    while ((found = strstr(at, from))) {
        const char *inside = found + strlen(from);
        size_t length = reference_length(inside, aws_only);

        g_string_append_len(result, at, found - at);
        g_string_append(result, length > 0 ? to : from);
        g_string_append_len(result, inside, (gssize)length);
        changed = changed || length > 0;
        at = inside + length;
    }
    g_string_append(result, at);
    return changed ? g_string_free(g_steal_pointer(&result), FALSE) : NULL;
}

/* What stands for the text at `key`; NULL where it stays as it is. A new reference. */
static json_t *replace_text(const Rules *rules, const char *key, const char *written)
{
    g_autofree char *text = rules->replace_regions ? replace_region(written) : g_strdup(written);
    g_autofree char *referring = replace_references(text, "#{", "${", rules->aws_only);
    g_autofree char *escaped = replace_references(text, "#@{", "#{", false);

    if (escaped) /* comes last in the plugin, and forgets the other */
        return json_string(escaped);
    if (!referring)
        return NULL;
    return g_strcmp0(key, "Fn::Sub") == 0 ? json_string(referring)
                                          : json_pack("{s:s}", "Fn::Sub", referring);
}

static void replace_below(const Rules *rules, json_t *parent)
{
    json_t *value, *replacement;
    const char *key;
    size_t i;

    json_object_foreach(parent, key, value)
    {
        replace_below(rules, value);
        replacement =
            json_is_string(value) ? replace_text(rules, key, json_string_value(value)) : NULL;
        if (replacement)
            json_object_set_new(parent, key, replacement);
    }
    json_array_foreach(parent, i, value)
    {
        replace_below(rules, value);
        replacement =
            json_is_string(value) ? replace_text(rules, NULL, json_string_value(value)) : NULL;
        if (replacement)
            json_array_set_new(parent, i, replacement);
    }
}

/* Parts of the template may still be shared with the configuration, which stays as it is. */
static void finish(Compilation *compilation)
{
    json_t *custom = plugin_custom(compilation->source, "pseudoParameters");
    json_t *skip = json_object_get(custom, "skipRegionReplace");
    json_t *references = json_object_get(custom, "allowReferences");
    const Rules rules = {.replace_regions = skip && !js_is_truthy(skip),
                         .aws_only = references && !js_is_truthy(references)};
    const char *key;
    json_t *part;
    void *next;

    json_object_foreach_safe(compilation->template, next, key, part)
    {
        json_t *copy = json_deep_copy(part);

        replace_below(&rules, copy);
        json_object_set_new(compilation->template, key, copy);
    }
    compilation->resources = json_object_get(compilation->template, "Resources");
    compilation->outputs = json_object_get(compilation->template, "Outputs");
}

const Plugin plugin_pseudo_parameters = {
    .name = "serverless-pseudo-parameters",
    .finish = finish,
};
