#include "controller/build/delivery.h"

void delivery_clear(Delivery *delivery)
{
    desired_free(delivery->bootstrap);
    json_decref(delivery->artifacts);
    g_free(delivery->bucket);
    *delivery = (Delivery){0};
}

/* Prepares the step that makes a stack with nothing but its bucket in it; `*ret_needed` false when
 * the stack is there. */
static bool prepare_bootstrap(Delivery *delivery, bool *ret_needed, GError **error)
{
    g_autoptr(CloudFormationStack) stack = NULL;
    json_t *template;

    *ret_needed = delivery->bootstrap != NULL;
    if (delivery->bootstrap)
        return true;
    if (!cloud_formation_describe_stack(delivery->context->client, delivery->desired->stack_name,
                                        &stack, error))
        return false;
    if (stack && g_strcmp0(stack->status, "REVIEW_IN_PROGRESS") != 0)
        return true;
    template = template_bootstrap(delivery->build->compiled);
    if (!template)
        return true;
    delivery->bootstrap = desired_with_template(delivery->desired, template, NULL, error);
    json_decref(template);
    *ret_needed = true;
    return delivery->bootstrap != NULL;
}

/* The bucket inside the stack. *ret_bucket stays NULL while the stack is being made for it: `step`
 * then says how that goes. */
static bool find_stack_bucket(Delivery *delivery, char **ret_bucket, StepResult *step,
                              GError **error)
{
    bool needed;

    if (!prepare_bootstrap(delivery, &needed, error))
        return false;
    if (needed) {
        if (!apply_step(delivery->context, delivery->bootstrap, delivery->record, INTENT_DEPLOY,
                        step, error))
            return false;
        if (step->outcome != STEP_DONE)
            return true;
        g_clear_pointer(&delivery->bootstrap, desired_free);
    }
    return artifact_stack_bucket(delivery->context->client, delivery->desired->stack_name,
                                 ret_bucket, error);
}

static ArtifactItem *items_of(const Build *build)
{
    const GPtrArray *specs = service_artifacts(build->service);
    ArtifactItem *items = g_new0(ArtifactItem, specs->len);

    for (guint i = 0; i < specs->len; i++) {
        const ArtifactSpec *spec = g_ptr_array_index(specs, i);

        items[i] = (ArtifactItem){.spec = spec,
                                  .artifact = g_ptr_array_index(build->artifacts, i),
                                  .key = template_artifact_key(build->compiled, spec->name)};
    }
    return items;
}

/* Takes what is known now of the items, and frees them. */
static json_t *digests_of(ArtifactItem *items, guint count)
{
    json_t *digests = json_object();

    for (guint i = 0; i < count; i++) {
        if (items[i].done.sha256)
            json_object_set_new(digests, items[i].key, json_string(items[i].done.sha256));
        artifact_upload_clear(&items[i].done);
    }
    g_free(items);
    return digests;
}

static bool upload_all(Delivery *delivery, GError **error)
{
    const Build *build = delivery->build;
    const guint count = service_artifacts(build->service)->len;
    ProvenanceSource source = delivery->source;
    ArtifactItem *items;
    SourceTree *base = delivery->tree(delivery->context->data, error);
    g_autoptr(SourceTree) tree = base ? build_tree(build, base, error) : NULL;

    if (!tree)
        return false;
    source.builder = "driftless/" DRIFTLESS_VERSION;
    source.service = service_name(build->service);
    source.stage = service_stage(build->service);
    source.build_steps = (const char *const *)build->steps;
    source.bundler = json_string_value(json_object_get(service_bundle(build->service), "bundler"));
    source.installer = build->installed ? "pip" : NULL;
    const ArtifactRoute route = {
        .client = delivery->context->client,
        .tree = tree,
        .bucket = delivery->bucket,
        .spool_folder = delivery->spool_folder,
        .cache = delivery->cache,
        .source = &source,
        .known = delivery->known,
        .uploaded = delivery->uploaded,
        .data = delivery->context->data,
    };

    items = items_of(build);
    delivery->has_uploaded = artifacts_upload(&route, items, count, error);
    json_decref(delivery->artifacts);
    delivery->artifacts = digests_of(items, count);
    return delivery->has_uploaded;
}

static bool needs_upload(const Delivery *delivery)
{
    return !delivery->has_uploaded && delivery->build && delivery->intent != INTENT_REMOVE &&
           service_artifacts(delivery->build->service)->len &&
           g_strcmp0(delivery->record->deployed_digest, delivery->desired->digest) != 0;
}

bool delivery_step(Delivery *delivery, StepResult *ret, GError **error)
{
    if (needs_upload(delivery)) {
        if (!delivery->bucket)
            delivery->bucket = g_strdup(template_artifact_bucket(delivery->build->compiled));
        if (!delivery->bucket) {
            if (!find_stack_bucket(delivery, &delivery->bucket, ret, error))
                return false;
            if (!delivery->bucket)
                return true;
        }
        if (!upload_all(delivery, error))
            return false;
    }
    return apply_step(delivery->context, delivery->desired, delivery->record, delivery->intent, ret,
                      error);
}
