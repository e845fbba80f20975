/* Templates nested in a SAM or CloudFormation template. One that names local code is uploaded with
 * what its code became, as `aws cloudformation package` does; that is known once the code is
 * identified, so its text is written between. */
#include "config/json_text.h"
#include "reconcile/compile/template_reading.h"
#include <string.h>

#define MAX_NESTED_BYTES (1u << 20) /* CloudFormation takes templates of at most 1 MB */

void nested_template_free(NestedTemplate *nested)
{
    if (!nested)
        return;
    g_free(nested->path);
    origins_free(nested->origins);
    g_ptr_array_unref(nested->references);
    g_free(nested);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NestedTemplate, nested_template_free)

static const NestedTemplate *find_known(const Service *service, const char *path)
{
    for (guint i = 0; i < service->nested->len; i++) {
        const NestedTemplate *nested = service->nested->pdata[i];

        if (strcmp(nested->path, path) == 0)
            return nested;
    }
    return NULL;
}

static bool check_ceilings(const TemplateReading *reading, const char *path, const char *pointer)
{
    unsigned depth = 0;

    for (const TemplateReading *at = reading; at; at = at->from, depth++)
        if (strcmp(at->file, path) == 0) {
            template_reading_report(reading, pointer, "name another template",
                                    "template %s is nested in itself", path);
            return false;
        }
    if (depth <= MAX_NESTING && reading->service->nested->len < MAX_NESTED_TEMPLATES)
        return true;
    template_reading_report(reading, pointer, "make services of their own of some of them",
                            "more than %d templates, or more than %d levels of them, are nested",
                            MAX_NESTED_TEMPLATES, MAX_NESTING);
    return false;
}

static Document *read_document(const TemplateReading *reading, const char *path,
                               const char *pointer)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;
    size_t size;

    if (source_tree_read(reading->tree, path, MAX_NESTED_BYTES, &text, &size, &error))
        return document_parse(path, text, size, document_format_of(path), reading->problems);
    template_reading_report(reading, pointer, NULL, "read nested template %s: %s", path,
                            error->message);
    return NULL;
}

bool template_nested_read(TemplateReading *reading, const char *id, const char *path,
                          const char *pointer, ArtifactSpec **ret)
{
    const NestedTemplate *known = find_known(reading->service, path);
    g_autoptr(NestedTemplate) nested = NULL;
    g_autofree char *folder = g_path_get_dirname(path);
    Document *document;

    if (known) {
        *ret = known->spec;
        return true;
    }
    if (!check_ceilings(reading, path, pointer))
        return false;
    document = read_document(reading, path, pointer);
    if (!document)
        return false;
    nested = g_new0(NestedTemplate, 1);
    nested->path = g_strdup(path);
    nested->origins = origins_new(document);
    nested->references = g_ptr_array_new_with_free_func(g_free);
    TemplateReading inner = {
        .service = reading->service,
        .tree = reading->tree,
        .problems = reading->problems,
        .config = document_root(document),
        .origins = nested->origins,
        .references = nested->references,
        .file = path,
        .folder = strcmp(folder, ".") == 0 ? "" : folder,
        .from = reading,
    };
    template_reading_collect(&inner);
    if (nested->references->len > 0)
        nested->spec = template_reading_add_spec(reading, ARTIFACT_TEXT, id, ".template", pointer);
    *ret = nested->spec;
    g_ptr_array_add(reading->service->nested, g_steal_pointer(&nested));
    return true;
}

void service_write_text(Service *service, guint index, const GPtrArray *artifacts)
{
    for (guint i = 0; i < service->nested->len; i++) {
        const NestedTemplate *nested = service->nested->pdata[i];
        json_t *rewritten;

        if (nested->spec != service->specs->pdata[index])
            continue;
        rewritten = json_deep_copy(document_root(origins_document(nested->origins)));
        template_name_uploads(rewritten, service, nested->references, artifacts);
        g_free(nested->spec->file);
        nested->spec->file = json_text(rewritten, JSON_TEXT_COMPACT);
        json_decref(rewritten);
    }
}
