/* Calls that tell of templates. */
#include "tests/aws/cloudformation/change_sets.h"
#include "tests/aws/cloudformation/operations.h"
#include "tests/aws/cloudformation/request.h"
#include "tests/aws/template/functions.h"
#include <string.h>

json_t *cfn_get_template(ApiCall *call)
{
    const Template *template = NULL;
    json_t *answer = NULL;

    if (api_text(call, "ChangeSetName") != NULL) {
        const ChangeSet *change_set = request_change_set(call);

        if (change_set == NULL)
            return NULL;
        template = change_set->deployment.template;
    } else {
        const Stack *stack = request_stack(call, true, STACK_WITH_ID_MISSING);

        if (stack == NULL)
            return NULL;
        template = stack->deployed.template;
    }
    answer = json_object();
    json_set_text(answer, "TemplateBody", template != NULL ? template->body : "");
    json_object_set_new(answer, "StagesAvailable", json_pack("[s, s]", "Original", "Processed"));
    return answer;
}

static json_t *parameters_answer(const Template *template, bool with_constraints)
{
    json_t *list = json_array();
    const char *key = NULL;
    json_t *definition = NULL;

    json_object_foreach(template->parameters, key, definition)
    {
        json_t *entry = json_object();
        json_t *fallback = json_object_get(definition, "Default");
        json_t *no_echo = json_object_get(definition, "NoEcho");
        g_autofree char *text = fallback != NULL ? scalar_text(fallback) : NULL;
        g_autofree char *hidden = no_echo != NULL ? scalar_text(no_echo) : NULL;

        json_set_text(entry, "ParameterKey", key);
        json_set_text(entry, "DefaultValue", text);
        json_set_flag(entry, "NoEcho", g_strcmp0(hidden, "true") == 0);
        json_set_text(entry, "Description", json_text_of(definition, "Description"));
        if (with_constraints) {
            json_t *constraints = json_object();
            json_t *allowed = json_object_get(definition, "AllowedValues");

            json_set_text(entry, "ParameterType", json_text_of(definition, "Type"));
            if (allowed != NULL)
                json_object_set(constraints, "AllowedValues", allowed);
            json_object_set_new(entry, "ParameterConstraints", constraints);
        }
        json_array_append_new(list, entry);
    }
    return list;
}

static void set_capabilities(json_t *answer, const Template *template)
{
    g_autofree char *types = NULL;
    const char *capability = template_capability(template, &types);

    if (capability == NULL)
        return;
    json_object_set_new(answer, "Capabilities", json_pack("[s]", capability));
    json_set_format(answer, "CapabilitiesReason",
                    "The following resource(s) require capabilities: [%s]", types);
}

json_t *cfn_get_template_summary(ApiCall *call)
{
    g_autoptr(Template) template = NULL;
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    json_t *answer = NULL, *types = NULL, *definition = NULL;
    const char *logical_id = NULL;

    if (api_text(call, "StackName") != NULL) {
        const Stack *stack = request_stack(call, false, STACK_WITH_ID_MISSING);

        if (stack == NULL)
            return NULL;
        template = template_ref(stack->deployed.template);
        if (template == NULL)
            return api_fail(call, 400, "ValidationError", "Stack %s has no template yet",
                            stack->name);
    } else {
        template = request_template(call, NULL);
        if (template == NULL)
            return NULL;
    }
    answer = json_object();
    types = json_array();
    json_object_set_new(answer, "Parameters", parameters_answer(template, true));
    json_set_text(answer, "Description", json_text_of(template->root, "Description"));
    set_capabilities(answer, template);
    json_object_set_new(answer, "ResourceTypes", types);
    json_set_text(answer, "Version", json_text_of(template->root, "AWSTemplateFormatVersion"));
    json_object_foreach(template->resources, logical_id, definition)
    {
        const char *type = json_text_of(definition, "Type");

        if (g_hash_table_add(seen, (char *)type))
            json_array_append_new(types, json_string(type));
    }
    return answer;
}

json_t *cfn_validate_template(ApiCall *call)
{
    g_autoptr(Template) template = request_template(call, NULL);
    json_t *answer = NULL;

    if (template == NULL)
        return NULL;
    answer = json_object();
    json_object_set_new(answer, "Parameters", parameters_answer(template, false));
    json_set_text(answer, "Description", json_text_of(template->root, "Description"));
    set_capabilities(answer, template);
    return answer;
}
