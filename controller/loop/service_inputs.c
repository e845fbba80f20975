#include "controller/loop/service_inputs.h"
#include "config/crypto_library.h"

#include "config/json_text.h"

#include <string.h>

/* An HMAC with the store's key, so that what is kept tells nothing of the value. */
static char *digest_of(const Store *store, json_t *value)
{
    g_autofree char *text = value ? json_text(value, JSON_TEXT_SORT_KEYS) : g_strdup("");
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    GString *hex = g_string_new(NULL);

    crypto()->HMAC(crypto()->EVP_sha256(), store_key(store), 32, (const unsigned char *)text,
                   strlen(text), digest, &size);
    for (unsigned i = 0; i < size; i++)
        g_string_append_printf(hex, "%02x", digest[i]);
    return g_string_free(hex, FALSE);
}

static bool was_asked_before(const GPtrArray *requests, guint index)
{
    for (guint i = 0; i < index; i++)
        if (input_request_equal(g_ptr_array_index(requests, i), g_ptr_array_index(requests, index)))
            return true;
    return false;
}

json_t *kept_inputs_new(const Store *store, const GPtrArray *requests, const Inputs *inputs)
{
    json_t *kept = json_array();

    for (guint i = 0; i < requests->len; i++) {
        const InputRequest *request = g_ptr_array_index(requests, i);
        g_autofree char *digest = NULL;
        json_t *value = NULL;
        bool secret;

        if (request->kind == INPUT_ACCOUNT_ID || was_asked_before(requests, i) ||
            !inputs_get(inputs, request, &value, &secret))
            continue;
        digest = digest_of(store, value);
        json_array_append_new(kept, json_pack("{s:i, s:s, s:s, s:b, s:b, s:s}", "kind",
                                              (int)request->kind, "address", request->address,
                                              "region", request->region, "raw", request->raw,
                                              "noDecrypt", request->no_decrypt, "digest", digest));
    }
    return kept;
}

static InputRequest request_of(json_t *one)
{
    return (InputRequest){
        .kind = (InputKind)json_integer_value(json_object_get(one, "kind")),
        .address = (char *)json_string_value(json_object_get(one, "address")),
        .region = (char *)json_string_value(json_object_get(one, "region")),
        .raw = json_is_true(json_object_get(one, "raw")),
        .no_decrypt = json_is_true(json_object_get(one, "noDecrypt")),
    };
}

void kept_inputs_append_requests(json_t *kept, GPtrArray *requests)
{
    json_t *one;
    size_t i;

    json_array_foreach(kept, i, one)
    {
        const InputRequest request = request_of(one);

        g_ptr_array_add(requests, input_request_copy(&request));
    }
}

bool kept_inputs_refresh(const Store *store, json_t *kept, const Inputs *inputs)
{
    bool changed = false;
    json_t *one;
    size_t i;

    json_array_foreach(kept, i, one)
    {
        const InputRequest request = request_of(one);
        g_autofree char *digest = NULL;
        json_t *value = NULL;
        bool secret;

        if (!inputs_get(inputs, &request, &value, &secret))
            continue;
        digest = digest_of(store, value);
        if (g_strcmp0(digest, json_string_value(json_object_get(one, "digest"))) == 0)
            continue;
        json_object_set_new(one, "digest", json_string(digest));
        changed = true;
    }
    return changed;
}
