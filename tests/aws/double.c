#include "tests/aws/double.h"
#include "tests/aws/cloudformation/stack.h"
#include "tests/aws/resources/live.h"
#include "tests/aws/services/s3.h"
#include "tests/aws/wire/call_log.h"
#include "tests/aws/wire/faults.h"
#include <time.h>

const char ID_LOWER[] = "abcdefghijklmnopqrstuvwxyz0123456789";
const char ID_UPPER[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static void credential_free(void *data)
{
    Credential *credential = data;

    g_free(credential->access_key);
    g_free(credential->secret_key);
    g_free(credential->session_token);
    g_free(credential->account);
    g_free(credential->arn);
    g_free(credential->user_id);
    g_free(credential);
}

static void json_release(void *value)
{
    json_decref(value);
}

static Region *region_new(Account *account, const char *name)
{
    Region *region = g_new0(Region, 1);

    region->account = account;
    region->name = g_strdup(name);
    region->live_by_identifier =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)live_free);
    region->live_by_physical = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    region->queue_deleted_ms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    region->stacks_by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    region->stacks_by_id =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)stack_free);
    region->stacks = g_ptr_array_new();
    region->deleted_stacks = g_ptr_array_new();
    region->busy_stacks = g_ptr_array_new();
    region->change_sets =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)change_set_free);
    region->exports =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)export_free);
    region->detections = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, json_release);
    region->control_requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, json_release);
    return region;
}

static void region_free(void *data)
{
    Region *region = data;

    g_hash_table_unref(region->exports);
    g_hash_table_unref(region->change_sets);
    g_ptr_array_unref(region->busy_stacks);
    g_ptr_array_unref(region->deleted_stacks);
    g_ptr_array_unref(region->stacks);
    g_hash_table_unref(region->stacks_by_name);
    g_hash_table_unref(region->stacks_by_id);
    g_hash_table_unref(region->live_by_physical);
    g_hash_table_unref(region->live_by_identifier);
    g_hash_table_unref(region->queue_deleted_ms);
    g_hash_table_unref(region->detections);
    g_hash_table_unref(region->control_requests);
    g_free(region->name);
    g_free(region);
}

static void account_free(void *data)
{
    Account *account = data;

    g_hash_table_unref(account->regions);
    region_free(account->global);
    g_free(account->id);
    g_free(account);
}

static void double_fill(Double *aws)
{
    Credential *root = g_new0(Credential, 1);

    aws->credentials = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, credential_free);
    aws->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, account_free);
    aws->buckets =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)bucket_free);

    root->access_key = g_strdup(aws->options.access_key);
    root->secret_key = g_strdup(aws->options.secret_key);
    root->account = g_strdup(aws->options.account);
    root->arn = g_strdup_printf("arn:aws:iam::%s:user/%s", root->account, root->access_key);
    root->user_id = double_id_from(root->arn, ID_UPPER, 21);
    g_hash_table_insert(aws->credentials, root->access_key, root);
}

Double *double_new(const Options *options)
{
    Double *aws = g_new0(Double, 1);

    aws->options = *options;
    pthread_mutex_init(&aws->lock, NULL);
    aws->faults = faults_new();
    aws->calls = call_log_new();
    double_fill(aws);
    return aws;
}

static void double_empty(Double *aws)
{
    g_hash_table_unref(aws->accounts);
    g_hash_table_unref(aws->buckets);
    g_hash_table_unref(aws->credentials);
}

void double_clear(Double *aws)
{
    double_empty(aws);
    double_fill(aws);
}

void double_free(Double *aws)
{
    if (aws == NULL)
        return;
    double_empty(aws);
    faults_free(aws->faults);
    call_log_free(aws->calls);
    pthread_mutex_destroy(&aws->lock);
    g_free(aws);
}

Region *double_region(Double *aws, const char *account_id, const char *name)
{
    Account *account = g_hash_table_lookup(aws->accounts, account_id);
    Region *region = NULL;

    if (account == NULL) {
        account = g_new0(Account, 1);
        account->aws = aws;
        account->id = g_strdup(account_id);
        account->regions = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, region_free);
        account->global = region_new(account, "");
        g_hash_table_insert(aws->accounts, account->id, account);
    }
    region = g_hash_table_lookup(account->regions, name);
    if (region == NULL) {
        region = region_new(account, name);
        g_hash_table_insert(account->regions, region->name, region);
    }
    return region;
}

int64_t double_now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

char *double_id_from(const char *seed, const char *alphabet, size_t length)
{
    g_autoptr(GChecksum) hash = g_checksum_new(G_CHECKSUM_SHA256);
    guint8 digest[32];
    gsize size = sizeof digest;
    size_t letters = strlen(alphabet);
    char *id = g_malloc0(length + 1);

    g_assert(length <= sizeof digest);
    g_checksum_update(hash, (const guchar *)seed, -1);
    g_checksum_get_digest(hash, digest, &size);
    for (size_t i = 0; i < length; i++)
        id[i] = alphabet[digest[i] % letters];
    return id;
}

char *double_id(Double *aws, const char *alphabet, size_t length)
{
    g_autofree char *seed = g_strdup_printf("id %" G_GUINT64_FORMAT, ++aws->serial);

    return double_id_from(seed, alphabet, length);
}

char *double_uuid(Double *aws)
{
    g_autofree char *hex = double_id(aws, "0123456789abcdef", 32);

    return g_strdup_printf("%.8s-%.4s-4%.3s-a%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
                           hex + 20);
}
