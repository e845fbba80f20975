#include "reconcile/compile/variables/variables.h"

/* What the caller fetched: the answers to InputRequests, by what was asked. */

typedef struct {
    json_t *value; /* owned; NULL: does not exist */
    bool secret;
} Input;

struct Inputs {
    GHashTable *answers; /* char* → Input* */
};

static void input_free(gpointer data)
{
    Input *input = data;

    json_decref(input->value);
    g_free(input);
}

/* The account is the same in every region. No address holds a newline that a region or a flag could
 * be taken for. */
static char *request_key(const InputRequest *request)
{
    return g_strdup_printf("%d %d %d %s\n%s", (int)request->kind, request->raw, request->no_decrypt,
                           request->kind == INPUT_ACCOUNT_ID ? "" : request->region,
                           request->address ? request->address : "");
}

Inputs *inputs_new(void)
{
    Inputs *inputs = g_new0(Inputs, 1);

    inputs->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, input_free);
    return inputs;
}

void inputs_free(Inputs *inputs)
{
    if (!inputs)
        return;
    g_hash_table_unref(inputs->answers);
    g_free(inputs);
}

void inputs_add(Inputs *inputs, const InputRequest *request, json_t *value, bool secret)
{
    Input *input = g_new0(Input, 1);

    input->value = value;
    input->secret = secret;
    g_hash_table_replace(inputs->answers, request_key(request), input);
}

bool inputs_get(const Inputs *inputs, const InputRequest *request, json_t **ret, bool *ret_secret)
{
    g_autofree char *key = request_key(request);
    const Input *input = inputs ? g_hash_table_lookup(inputs->answers, key) : NULL;

    if (!input)
        return false;
    *ret = input->value;
    *ret_secret = input->secret;
    return true;
}

void input_request_free(InputRequest *request)
{
    if (!request)
        return;
    g_free(request->address);
    g_free(request->region);
    g_free(request);
}

InputRequest *input_request_copy(const InputRequest *request)
{
    InputRequest *copy = g_new0(InputRequest, 1);

    *copy = *request;
    copy->address = g_strdup(request->address);
    copy->region = g_strdup(request->region);
    copy->at.file = g_intern_string(request->at.file);
    return copy;
}

bool input_request_equal(const InputRequest *a, const InputRequest *b)
{
    g_autofree char *key_a = request_key(a), *key_b = request_key(b);

    return g_str_equal(key_a, key_b);
}
