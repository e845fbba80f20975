#include "controller/loop/service_inputs.h"

#include <criterion/criterion.h>
#include <string.h>

#include "tests/reconcile/source/temporary_folder.h"

static char *folder;
static Store *store;

static void open_store(void)
{
    g_autofree char *file = NULL;

    folder = temporary_folder_make();
    file = g_build_filename(folder, "store.db", NULL);
    store = store_open(file, NULL);
    cr_assert_not_null(store);
}

static void close_store(void)
{
    store_free(store);
    temporary_folder_remove(folder);
}

TestSuite(service_inputs, .init = open_store, .fini = close_store);

static GPtrArray *requests_of(const InputRequest *requests, size_t count)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);

    for (size_t i = 0; i < count; i++)
        g_ptr_array_add(all, input_request_copy(&requests[i]));
    return all;
}

static const InputRequest asked[] = {
    {.kind = INPUT_SSM, .address = (char *)"/a", .region = (char *)"us-east-1"},
    {.kind = INPUT_SSM, .address = (char *)"/a", .region = (char *)"us-east-1", .raw = true},
    {.kind = INPUT_SSM, .address = (char *)"/a", .region = (char *)"us-east-1"},
    {.kind = INPUT_STACK_OUTPUT, .address = (char *)"net.Vpc", .region = (char *)"eu-west-1"},
    {.kind = INPUT_ACCOUNT_ID, .address = (char *)"", .region = (char *)"us-east-1"},
};

static Inputs *answers(const char *parameter, const char *output)
{
    Inputs *inputs = inputs_new();

    inputs_add(inputs, &asked[0], json_string(parameter), true);
    inputs_add(inputs, &asked[1], json_string(parameter), true);
    inputs_add(inputs, &asked[3], output ? json_string(output) : NULL, false);
    inputs_add(inputs, &asked[4], json_string("111122223333"), false);
    return inputs;
}

Test(service_inputs, keep_a_digest_of_each_thing_that_was_read_and_never_its_value)
{
    g_autoptr(GPtrArray) requests = requests_of(asked, G_N_ELEMENTS(asked));
    g_autoptr(GPtrArray) again = g_ptr_array_new_with_free_func((GDestroyNotify)input_request_free);
    g_autoptr(Inputs) inputs = answers("hidden", NULL);
    json_t *kept = kept_inputs_new(store, requests, inputs);
    char *text = json_dumps(kept, 0);

    cr_expect_eq(json_array_size(kept), 3);
    cr_expect_null(strstr(text, "hidden"));
    kept_inputs_append_requests(kept, again);
    cr_assert_eq(again->len, 3);
    cr_expect(input_request_equal(again->pdata[0], &asked[0]));
    cr_expect(input_request_equal(again->pdata[1], &asked[1]));
    cr_expect(input_request_equal(again->pdata[2], &asked[3]));
    free(text);
    json_decref(kept);
}

Test(service_inputs, a_change_is_noticed_once_and_what_was_not_read_is_none)
{
    g_autoptr(GPtrArray) requests = requests_of(asked, G_N_ELEMENTS(asked));
    g_autoptr(Inputs) before = answers("one", NULL), after = answers("two", NULL);
    g_autoptr(Inputs) appeared = answers("two", "vpc-1"), none = inputs_new();
    json_t *kept = kept_inputs_new(store, requests, before);

    cr_expect_not(kept_inputs_refresh(store, kept, before));
    cr_expect_not(kept_inputs_refresh(store, kept, none));
    cr_expect(kept_inputs_refresh(store, kept, after));
    cr_expect_not(kept_inputs_refresh(store, kept, after));
    cr_expect(kept_inputs_refresh(store, kept, appeared));
    cr_expect(kept_inputs_refresh(store, kept, after), "it is gone again");
    json_decref(kept);
}
