/* Which artifacts are needed, over random histories, against a model that keeps its own books. */
#include "controller/store/artifact_needs.h"
#include "reconcile/apply/artifact_prune.h"
#include "reconcile/apply/record.h"
#include "reconcile/aws/s3.h"

#include <criterion/criterion.h>

#define HISTORIES 60
#define STEPS 60
#define SERVICES 3
#define KEEP 3
#define SHARED "serverless/shop/dev/code/"
#define NOW_MS (INT64_C(1700000000) * 1000)

/* What the model remembers of a service. Digests are numbers from 1; 0: none. */
typedef struct {
    ServiceRow *row;
    Record *record;
    const char *prefix;
    unsigned live, current, held, pinned;
    GArray *deployed; /* unsigned, oldest first: every deployment that reached the stack */
} Model;

typedef struct {
    Store *store;
    GRand *random;
    Model services[SERVICES];
    GPtrArray *keys_of; /* by digest: GPtrArray of char* (its index 0 is unused) */
    GPtrArray *objects; /* S3ListedObject*: what lies on S3 */
    unsigned serial, deleted, spared_young;
} World;

static char *text_of(unsigned digest)
{
    return g_strdup_printf("%040x", digest);
}

static char *new_key(World *world, const char *prefix)
{
    return g_strdup_printf("%s%064x/hello.zip", prefix, ++world->serial);
}

static void put_object(World *world, const char *key)
{
    S3ListedObject *object = g_new0(S3ListedObject, 1);

    object->key = g_strdup(key);
    object->last_modified_ms =
        NOW_MS - g_rand_int_range(world->random, 0, 4) * PRUNE_MIN_AGE_MS / 2;
    g_ptr_array_add(world->objects, object);
}

static bool lies_there(const World *world, const char *key)
{
    for (guint i = 0; i < world->objects->len; i++)
        if (!strcmp(((S3ListedObject *)world->objects->pdata[i])->key, key))
            return true;
    return false;
}

/* New ones, and some that earlier requests of the same prefix named. */
static GPtrArray *choose_keys(World *world, const Model *service)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func(g_free);
    int count = g_rand_int_range(world->random, 1, 4);

    for (int i = 0; i < count; i++) {
        guint at = (guint)g_rand_int_range(world->random, 0, (gint32)world->keys_of->len);
        const GPtrArray *old = world->keys_of->pdata[at];
        const char *key = old && old->len ? old->pdata[0] : NULL;

        g_ptr_array_add(keys, key && g_str_has_prefix(key, service->prefix)
                                  ? g_strdup(key)
                                  : new_key(world, service->prefix));
    }
    for (guint i = 0; i < keys->len; i++)
        if (!lies_there(world, keys->pdata[i]))
            put_object(world, keys->pdata[i]);
    return keys;
}

static void set(char **text, unsigned digest)
{
    g_free(*text);
    *text = digest ? text_of(digest) : NULL;
}

static void save(World *world, Model *service)
{
    set(&service->row->request_digest, service->current);
    set(&service->row->held_digest, service->held);
    set(&service->row->pinned_revision, service->pinned);
    set(&service->record->deployed_digest, service->live);
    json_decref(service->row->record);
    service->row->record = record_to_json(service->record);
    cr_assert(store_save_service(world->store, service->row, NULL));
}

/* A deployment of `digest`, whose revision has the same text. */
static void deployment(World *world, Model *service, unsigned digest, const char *outcome)
{
    g_autofree char *text = text_of(digest);
    const Deployment begun = {.service = service->row->name,
                              .revision = text,
                              .request_digest = text,
                              .intent = (char *)"deploy"};
    int64_t id;

    cr_assert(store_begin_deployment(world->store, &begun, &id, NULL));
    if (outcome)
        cr_assert(store_finish_deployment(world->store, id, outcome, "", 1, NULL));
    service->current = digest;
    if (g_strcmp0(outcome, "deployed") == 0) {
        service->live = digest;
        service->held = 0;
        g_array_append_val(service->deployed, digest);
    } else if (g_strcmp0(outcome, "held") == 0) {
        service->held = digest;
    }
    save(world, service);
}

static void deploy(World *world, Model *service)
{
    static const char *const outcomes[] = {"deployed", "deployed", "deployed",
                                           "failed",   "held",     NULL};
    GPtrArray *keys = choose_keys(world, service);
    unsigned digest = world->keys_of->len;
    g_autofree char *text = text_of(digest);

    g_ptr_array_add(world->keys_of, keys);
    cr_assert(store_put_request(world->store, text, "{}", true, NULL));
    cr_assert(store_put_request_artifacts(world->store, text, keys, NULL));
    service->pinned = 0;
    deployment(world, service, digest,
               outcomes[g_rand_int_range(world->random, 0, G_N_ELEMENTS(outcomes))]);
}

/* The newest KEEP that differ, newest first. */
static GArray *targets(const Model *service)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(unsigned));

    for (guint i = service->deployed->len; i-- > 0 && found->len < KEEP;) {
        unsigned digest = g_array_index(service->deployed, unsigned, i);
        bool known = false;

        for (guint k = 0; k < found->len; k++)
            known |= g_array_index(found, unsigned, k) == digest;
        if (!known)
            g_array_append_val(found, digest);
    }
    return found;
}

static void roll_back(World *world, Model *service)
{
    g_autoptr(GArray) to = targets(service);

    if (!to->len)
        return;
    unsigned digest =
        g_array_index(to, unsigned, (guint)g_rand_int_range(world->random, 0, (gint32)to->len));
    const GPtrArray *keys = world->keys_of->pdata[digest];

    for (guint i = 0; i < keys->len; i++)
        cr_assert(lies_there(world, keys->pdata[i]), "a rollback finds its artifacts");
    service->pinned = digest;
    deployment(world, service, digest, g_rand_boolean(world->random) ? "deployed" : "failed");
}

static bool names(const World *world, unsigned digest, const char *key)
{
    const GPtrArray *keys = world->keys_of->pdata[digest];

    for (guint i = 0; keys && i < keys->len; i++)
        if (!strcmp(keys->pdata[i], key))
            return true;
    return false;
}

static bool is_needed(const World *world, const char *key)
{
    for (size_t i = 0; i < SERVICES; i++) {
        const Model *service = &world->services[i];
        g_autoptr(GArray) to = targets(service);

        if (names(world, service->live, key) || names(world, service->current, key) ||
            names(world, service->held, key) || names(world, service->pinned, key))
            return true;
        for (guint k = 0; k < to->len; k++)
            if (names(world, g_array_index(to, unsigned, k), key))
                return true;
    }
    return false;
}

static void delete_object(World *world, const char *key)
{
    for (guint i = 0; i < world->objects->len; i++)
        if (!strcmp(((S3ListedObject *)world->objects->pdata[i])->key, key)) {
            g_ptr_array_remove_index(world->objects, i);
            return;
        }
}

static void prune(World *world, const Model *service)
{
    g_auto(ArtifactNeeds) needs = {0};
    g_autoptr(GPtrArray) chosen = NULL, keys = g_ptr_array_new_with_free_func(g_free);

    cr_assert(artifact_needs_read(world->store, service->prefix, KEEP, &needs, NULL));
    chosen = prune_choose(world->objects, service->prefix, needs.keys, NOW_MS);
    for (guint i = 0; i < chosen->len; i++) {
        cr_assert(g_str_has_prefix(chosen->pdata[i], service->prefix));
        cr_assert_not(is_needed(world, chosen->pdata[i]), "%s", (char *)chosen->pdata[i]);
        g_ptr_array_add(keys, g_strdup(chosen->pdata[i]));
    }
    for (guint i = 0; i < world->objects->len; i++) {
        const S3ListedObject *object = world->objects->pdata[i];

        if (NOW_MS - object->last_modified_ms < PRUNE_MIN_AGE_MS && !is_needed(world, object->key))
            world->spared_young++;
    }
    cr_assert(store_forget_artifacts(world->store, keys, NULL));
    for (guint i = 0; i < keys->len; i++)
        delete_object(world, keys->pdata[i]);
    world->deleted += keys->len;
}

/* What is not whole is built anew by a rollback; what is must have all that it names. */
static void expect_whole_requests_to_be_whole(const World *world)
{
    for (unsigned digest = 1; digest < world->keys_of->len; digest++) {
        const GPtrArray *keys = world->keys_of->pdata[digest];
        g_autofree char *name = text_of(digest), *text = NULL;
        bool complete;

        cr_assert(store_get_request(world->store, name, &text, &complete, NULL));
        for (guint i = 0; complete && i < keys->len; i++)
            cr_assert(lies_there(world, keys->pdata[i]));
    }
}

static void world_init(World *world, guint32 seed)
{
    static const char *const prefixes[SERVICES] = {SHARED, SHARED, "serverless/other/dev/code/"};

    *world = (World){.store = store_open("", NULL), .random = g_rand_new_with_seed(seed)};
    world->keys_of = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    world->objects = g_ptr_array_new_with_free_func((GDestroyNotify)s3_listed_object_free);
    g_ptr_array_add(world->keys_of, g_ptr_array_new());
    for (size_t i = 0; i < SERVICES; i++) {
        g_autofree char *name = g_strdup_printf("service-%zu", i);

        world->services[i] = (Model){.row = service_row_new(name),
                                     .record = record_new(name),
                                     .prefix = prefixes[i],
                                     .deployed = g_array_new(FALSE, FALSE, sizeof(unsigned))};
    }
}

static void world_clear(World *world)
{
    for (size_t i = 0; i < SERVICES; i++) {
        service_row_free(world->services[i].row);
        record_free(world->services[i].record);
        g_array_unref(world->services[i].deployed);
    }
    g_ptr_array_unref(world->keys_of);
    g_ptr_array_unref(world->objects);
    g_rand_free(world->random);
    store_free(world->store);
}

Test(artifact_needs, nothing_that_may_be_needed_goes_over_random_histories)
{
    unsigned deleted = 0, spared_young = 0;

    for (guint32 seed = 1; seed <= HISTORIES; seed++) {
        World world;

        world_init(&world, seed);
        for (unsigned step = 0; step < STEPS; step++) {
            Model *service = &world.services[g_rand_int_range(world.random, 0, SERVICES)];
            int what = g_rand_int_range(world.random, 0, 10);

            if (what < 6)
                deploy(&world, service);
            else if (what < 8)
                roll_back(&world, service);
            else
                prune(&world, service);
        }
        expect_whole_requests_to_be_whole(&world);
        deleted += world.deleted;
        spared_young += world.spared_young;
        world_clear(&world);
    }
    cr_expect_gt(deleted, HISTORIES, "something goes, or nothing is shown");
    cr_expect_gt(spared_young, 0, "some are spared for their age alone");
}
