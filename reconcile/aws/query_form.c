#include "reconcile/aws/query_form.h"
#include "config/json_text.h"
#include "reconcile/aws/percent_encoding.h"

struct QueryForm {
    char *action;
    GString *text;
};

QueryForm *query_form_new(const char *action, const char *version)
{
    QueryForm *form = g_new0(QueryForm, 1);

    form->action = g_strdup(action);
    form->text = g_string_new(NULL);
    query_form_add(form, "Action", action);
    query_form_add(form, "Version", version);
    return form;
}

void query_form_free(QueryForm *form)
{
    if (!form)
        return;
    g_free(form->action);
    g_string_free(form->text, TRUE);
    g_free(form);
}

void query_form_add(QueryForm *form, const char *name, const char *value)
{
    if (!value)
        return;
    if (form->text->len)
        g_string_append_c(form->text, '&');
    percent_encode(form->text, name, NULL);
    g_string_append_c(form->text, '=');
    percent_encode(form->text, value, NULL);
}

void query_form_add_bool(QueryForm *form, const char *name, bool value)
{
    query_form_add(form, name, value ? "true" : "false");
}

void query_form_add_integer(QueryForm *form, const char *name, long long value)
{
    g_autofree char *text = g_strdup_printf("%lld", value);

    query_form_add(form, name, text);
}

static void add_scalar(QueryForm *form, const char *name, json_t *value)
{
    g_autofree char *number = NULL;

    if (json_is_string(value)) {
        query_form_add(form, name, json_string_value(value));
    } else if (json_is_boolean(value)) {
        query_form_add_bool(form, name, json_is_true(value));
    } else if (json_is_number(value)) {
        number = json_number_text(value);
        query_form_add(form, name, number);
    }
}

void query_form_add_value(QueryForm *form, const char *name, json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_array(value)) {
        if (json_array_size(value) == 0)
            query_form_add(form, name, "");
        json_array_foreach(value, i, item)
        {
            g_autofree char *member = g_strdup_printf("%s.member.%zu", name, i + 1);
            query_form_add_value(form, member, item);
        }
    } else if (json_is_object(value)) {
        json_object_foreach(value, key, item)
        {
            g_autofree char *member = g_strdup_printf("%s.%s", name, key);
            query_form_add_value(form, member, item);
        }
    } else {
        add_scalar(form, name, value);
    }
}

void query_form_add_list(QueryForm *form, const char *name, json_t *strings)
{
    if (json_is_array(strings))
        query_form_add_value(form, name, strings);
}

void query_form_add_pairs(QueryForm *form, const char *name, const char *key_name,
                          const char *value_name, json_t *pairs)
{
    unsigned n = 0;
    const char *key;
    json_t *value;

    if (json_is_object(pairs) && json_object_size(pairs) == 0)
        query_form_add(form, name, "");
    json_object_foreach(pairs, key, value)
    {
        g_autofree char *key_path = g_strdup_printf("%s.member.%u.%s", name, ++n, key_name);
        g_autofree char *value_path = g_strdup_printf("%s.member.%u.%s", name, n, value_name);

        query_form_add(form, key_path, key);
        add_scalar(form, value_path, value);
    }
}

const char *query_form_text(const QueryForm *form, size_t *ret_size)
{
    *ret_size = form->text->len;
    return form->text->str;
}

const char *query_form_action(const QueryForm *form)
{
    return form->action;
}
