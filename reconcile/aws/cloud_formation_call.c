#include "reconcile/aws/cloud_formation_call.h"
#include "reconcile/aws/timestamp.h"

QueryForm *cloud_formation_form(const char *action)
{
    return query_form_new(action, "2010-05-15");
}

bool cloud_formation_call(AwsClient *client, const QueryForm *form, XmlDocument **ret,
                          GError **error)
{
    g_autoptr(XmlDocument) answer = NULL;

    if (!query_call(client, AWS_SERVICE_CLOUDFORMATION, form, &answer, error))
        return false;
    if (ret)
        *ret = g_steal_pointer(&answer);
    return true;
}

/* Reads a page's items; false when `keep` ended the list. */
static bool read_items(const CloudFormationPages *pages, const XmlNode *result, GPtrArray *items)
{
    const XmlNode *list = xml_find(result, pages->list);

    for (const XmlNode *node = list ? list->first_child : NULL; node; node = node->next) {
        void *item = pages->read(node);

        if (pages->keep && !pages->keep(item, pages->data)) {
            pages->item_free(item);
            return false;
        }
        g_ptr_array_add(items, item);
    }
    return true;
}

bool cloud_formation_pages(AwsClient *client, const CloudFormationPages *pages, GPtrArray **ret,
                           GError **error)
{
    g_autoptr(GPtrArray) items = g_ptr_array_new_with_free_func(pages->item_free);
    unsigned max_pages = pages->max_pages ? pages->max_pages : CLOUD_FORMATION_MAX_PAGES;
    g_autofree char *token = NULL;
    bool more = true;

    for (unsigned page = 0; more && page < max_pages; page++) {
        g_autoptr(QueryForm) form = cloud_formation_form(pages->action);
        g_autoptr(XmlDocument) answer = NULL;

        pages->fill(form, pages->data);
        query_form_add(form, "NextToken", token);
        if (!cloud_formation_call(client, form, &answer, error))
            return false;
        g_free(token);
        token = cloud_formation_text(query_result(answer), "NextToken");
        more = read_items(pages, query_result(answer), items) && token;
    }
    if (more && !pages->max_pages) {
        aws_error_set(error, AWS_ERROR_ANSWER, "UnreadableAnswer", 200, NULL, false, false,
                      "the list has more than " G_STRINGIFY(CLOUD_FORMATION_MAX_PAGES) " pages");
        return false;
    }
    *ret = g_steal_pointer(&items);
    return true;
}

char *cloud_formation_text(const XmlNode *node, const char *path)
{
    const char *text = xml_text(node, path);

    return text && *text ? g_strdup(text) : NULL;
}

bool cloud_formation_bool(const XmlNode *node, const char *path)
{
    const char *text = xml_text(node, path);

    return text && g_ascii_strcasecmp(text, "true") == 0;
}

int64_t cloud_formation_time(const XmlNode *node, const char *path)
{
    return timestamp_parse(xml_text(node, path));
}

json_t *cloud_formation_pairs(const XmlNode *list, const char *key, const char *value)
{
    json_t *pairs = json_object();

    for (const XmlNode *at = list ? list->first_child : NULL; at; at = at->next) {
        const char *name = xml_text(at, key), *text = xml_text(at, value);

        if (name)
            json_object_set_new(pairs, name, json_string(text ? text : ""));
    }
    return pairs;
}

json_t *cloud_formation_texts(const XmlNode *list)
{
    json_t *texts = json_array();

    for (const XmlNode *at = list ? list->first_child : NULL; at; at = at->next)
        json_array_append_new(texts, json_string(at->text));
    return texts;
}

json_t *cloud_formation_parameters(const XmlNode *list)
{
    json_t *parameters = json_object();

    for (const XmlNode *at = list ? list->first_child : NULL; at; at = at->next) {
        const char *name = xml_text(at, "ParameterKey"), *value = xml_text(at, "ParameterValue");
        const char *resolved = xml_text(at, "ResolvedValue");
        json_t *parameter;

        if (!name)
            continue;
        parameter = json_object();
        json_object_set_new(parameter, "value", json_string(value ? value : ""));
        if (resolved)
            json_object_set_new(parameter, "resolved", json_string(resolved));
        json_object_set_new(parameters, name, parameter);
    }
    return parameters;
}

json_t *cloud_formation_json(const char *text)
{
    return text && *text ? json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL) : NULL;
}
