#include "tests/aws/template/template.h"
#include "config/document.h"
#include "config/resource_types.h"
#include "tests/aws/template/check.h"
#include "tests/aws/wire/api_call.h"
#include <string.h>

static json_t *read_json(const char *body, size_t size, GError **error)
{
    json_error_t where;
    json_t *root = json_loadb(body, size, 0, &where);

    if (root == NULL)
        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: JSON not well-formed. (line %d, column %d)", where.line,
                    where.column);
    return root;
}

static json_t *read_yaml(const char *body, size_t size, GError **error)
{
    g_autoptr(Problems) problems = problems_new();
    g_autoptr(Document) document = document_parse("template", body, size, DOCUMENT_YAML, problems);

    if (document == NULL) {
        const Problem *first = problems_get(problems, 0);

        g_set_error(error, DOUBLE_ERROR, 400,
                    "Template format error: YAML not well-formed. (line %u, column %u)",
                    first != NULL ? first->line : 0, first != NULL ? first->column : 0);
        return NULL;
    }
    return json_deep_copy(document_root(document));
}

static json_t *section(Template *template, const char *name)
{
    json_t *value = json_object_get(template->root, name);

    return json_is_object(value) ? value : template->empty;
}

Template *template_new(const char *body, size_t size, GError **error)
{
    g_autoptr(Template) template = g_new0(Template, 1);
    size_t start = 0;

    while (start < size && g_ascii_isspace(body[start]))
        start++;
    template->references = 1;
    template->empty = json_object();
    template->body = g_strndup(body, size);
    template->root = start < size &&body[start] == '{' ? read_json(body, size, error)
                                                       : read_yaml(body, size, error);
    if (template->root == NULL)
        return NULL;
    if (!json_is_object(template->root)) {
        g_set_error(error, DOUBLE_ERROR, 400, "Template format error: unsupported structure.");
        return NULL;
    }
    template->parameters = section(template, "Parameters");
    template->mappings = section(template, "Mappings");
    template->conditions = section(template, "Conditions");
    template->resources = section(template, "Resources");
    template->outputs = section(template, "Outputs");
    if (!template_check(template, error))
        return NULL;
    return g_steal_pointer(&template);
}

Template *template_ref(Template *template)
{
    if (template != NULL)
        template->references++;
    return template;
}

void template_free(Template *template)
{
    if (template == NULL || --template->references > 0)
        return;
    g_free(template->body);
    json_decref(template->root);
    json_decref(template->empty);
    g_free(template);
}

const char *template_capability(const Template *template, char **ret_types)
{
    static const char *const iam[] = {"AWS::IAM::AccessKey",
                                      "AWS::IAM::Group",
                                      "AWS::IAM::InstanceProfile",
                                      "AWS::IAM::ManagedPolicy",
                                      "AWS::IAM::Policy",
                                      "AWS::IAM::Role",
                                      "AWS::IAM::User",
                                      "AWS::IAM::UserToGroupAddition",
                                      NULL};
    static const char *const names[] = {"RoleName",          "GroupName",           "UserName",
                                        "ManagedPolicyName", "InstanceProfileName", NULL};
    g_autoptr(GString) types = g_string_new(NULL);
    bool needed = false, named = false;
    const char *logical_id = NULL;
    json_t *definition = NULL;

    json_object_foreach(template->resources, logical_id, definition)
    {
        const char *type = json_text_of(definition, "Type");
        json_t *properties = json_object_get(definition, "Properties");

        if (type == NULL || !g_strv_contains(iam, type))
            continue;
        needed = true;
        for (size_t i = 0; names[i] != NULL; i++)
            named = named || json_object_get(properties, names[i]) != NULL;
        if (strstr(types->str, type) == NULL)
            g_string_append_printf(types, "%s%s", types->len > 0 ? ", " : "", type);
    }
    if (ret_types != NULL)
        *ret_types = g_strdup(types->str);
    return named ? "CAPABILITY_NAMED_IAM" : needed ? "CAPABILITY_IAM" : NULL;
}
