/* SAM and CloudFormation templates: which properties name local files, as `aws cloudformation
 * package` knows them (AWS CLI 1.x, customizations/cloudformation/artifact_exporter.py). */
#include "reconcile/compile/javascript.h"
#include "reconcile/compile/template_reading.h"
#include <string.h>

#define MAX_FOR_EACH_DEPTH 8

typedef enum {
    PACK_ZIP = 1 << 0, /* a folder or file is zipped (Lambda); else a file is uploaded as it is */
    PACK_DEFAULT = 1 << 1, /* nothing written means the template's folder */
    PACK_NESTED = 1 << 2,  /* another template */
} PackFlags;

typedef struct {
    const char *type;
    const char *property; /* pointer below Properties */
    const char *bucket_member, *key_member, *version_member;
    unsigned flags;
} Exported;

// clang-format off
static const Exported exported[] = {
    {"AWS::Serverless::Function",                 "/CodeUri",                           NULL,       NULL,    NULL,              PACK_ZIP | PACK_DEFAULT},
    {"AWS::Serverless::LayerVersion",             "/ContentUri",                        NULL,       NULL,    NULL,              PACK_ZIP},
    {"AWS::Serverless::Api",                      "/DefinitionUri",                     NULL,       NULL,    NULL,              0},
    {"AWS::Serverless::HttpApi",                  "/DefinitionUri",                     NULL,       NULL,    NULL,              0},
    {"AWS::Serverless::StateMachine",             "/DefinitionUri",                     "Bucket",   "Key",   "Version",         0},
    {"AWS::Serverless::Application",              "/Location",                          NULL,       NULL,    NULL,              PACK_NESTED},
    {"AWS::Lambda::Function",                     "/Code",                              "S3Bucket", "S3Key", "S3ObjectVersion", PACK_ZIP},
    {"AWS::Lambda::LayerVersion",                 "/Content",                           "S3Bucket", "S3Key", "S3ObjectVersion", PACK_ZIP},
    {"AWS::ApiGateway::RestApi",                  "/BodyS3Location",                    "Bucket",   "Key",   "Version",         0},
    {"AWS::ApiGatewayV2::Api",                    "/BodyS3Location",                    "Bucket",   "Key",   "Version",         0},
    {"AWS::StepFunctions::StateMachine",          "/DefinitionS3Location",              "Bucket",   "Key",   "Version",         0},
    {"AWS::AppSync::GraphQLSchema",               "/DefinitionS3Location",              NULL,       NULL,    NULL,              0},
    {"AWS::AppSync::Resolver",                    "/RequestMappingTemplateS3Location",  NULL,       NULL,    NULL,              0},
    {"AWS::AppSync::Resolver",                    "/ResponseMappingTemplateS3Location", NULL,       NULL,    NULL,              0},
    {"AWS::AppSync::FunctionConfiguration",       "/RequestMappingTemplateS3Location",  NULL,       NULL,    NULL,              0},
    {"AWS::AppSync::FunctionConfiguration",       "/ResponseMappingTemplateS3Location", NULL,       NULL,    NULL,              0},
    {"AWS::ElasticBeanstalk::ApplicationVersion", "/SourceBundle",                      "S3Bucket", "S3Key", NULL,              PACK_ZIP},
    {"AWS::CloudFormation::Stack",                "/TemplateURL",                       NULL,       NULL,    NULL,              PACK_NESTED},
    {"AWS::Glue::Job",                            "/Command/ScriptLocation",            NULL,       NULL,    NULL,              0},
    {"AWS::CodeCommit::Repository",               "/Code/S3",                           "Bucket",   "Key",   "ObjectVersion",   PACK_ZIP},
};
// clang-format on

void template_reading_report(const TemplateReading *reading, const char *pointer, const char *hint,
                             const char *format, ...)
{
    g_autofree char *message = NULL;
    va_list arguments;

    va_start(arguments, format);
    message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    origins_problem(reading->origins, reading->problems, PROBLEM_ERROR, pointer, false, hint, "%s",
                    message);
}

static ArtifactSpec *same_spec(const Service *service, ArtifactKind kind, const char *root,
                               const char *file)
{
    for (guint i = 0; i < service->specs->len; i++) {
        ArtifactSpec *spec = service->specs->pdata[i];

        if (spec->kind == kind && g_strcmp0(spec->root, root) == 0 &&
            g_strcmp0(spec->file, file) == 0 && spec->patterns->len == 0)
            return spec;
    }
    return NULL;
}

/* A name that no other spec has: "Id.zip", "Id-2.zip", … */
static char *free_name(const Service *service, const char *id, const char *suffix)
{
    for (unsigned count = 1;; count++) {
        g_autofree char *name = count == 1 ? g_strconcat(id, suffix, NULL)
                                           : g_strdup_printf("%s-%u%s", id, count, suffix);
        bool taken = false;

        for (guint i = 0; i < service->specs->len; i++)
            taken = taken || strcmp(((ArtifactSpec *)service->specs->pdata[i])->name, name) == 0;
        if (!taken)
            return g_steal_pointer(&name);
    }
}

ArtifactSpec *template_reading_add_spec(TemplateReading *reading, ArtifactKind kind, const char *id,
                                        const char *suffix, const char *pointer)
{
    g_autofree char *name = free_name(reading->service, id, suffix);
    Position at = origins_locate(reading->origins, pointer, false);
    ArtifactSpec *spec = artifact_spec_new(name, kind);

    spec->declared_in = g_strdup_printf("%s:%u", at.file, at.line);
    g_ptr_array_add(reading->service->specs, spec);
    return spec;
}

static const char *runtime_of(TemplateReading *reading, const char *pointer)
{
    const char *slash = strrchr(pointer, '/');
    g_autofree char *parent = g_strndup(pointer, (gsize)(slash - pointer));
    json_t *own = json_object_get(pointer_get(reading->config, parent), "Runtime");

    if (json_is_string(own))
        return json_string_value(own);
    return json_string_value(pointer_get(reading->config, "/Globals/Function/Runtime"));
}

static ArtifactSpec *folder_spec(TemplateReading *reading, const char *id, const char *path,
                                 const char *pointer)
{
    const char *runtime = runtime_of(reading, pointer);
    ArtifactSpec *spec = same_spec(reading->service, ARTIFACT_ZIP, path, NULL);

    if (spec)
        return spec;
    spec = template_reading_add_spec(reading, ARTIFACT_ZIP, id, ".zip", pointer);
    spec->root = g_strdup(path);
    spec->runtime = g_strdup(runtime);
    spec->check_dependencies =
        runtime && (g_str_has_prefix(runtime, "nodejs") || g_str_has_prefix(runtime, "python"));
    return spec;
}

/* A single file where code is expected: an archive as it is, anything else alone in one. */
static ArtifactSpec *file_spec(TemplateReading *reading, const Exported *kind, const char *id,
                               const char *path, const char *pointer)
{
    g_autofree char *base = g_path_get_basename(path);
    const char *dot = strrchr(base, '.');
    ArtifactSpec *spec;

    if ((kind->flags & PACK_ZIP) && !g_str_has_suffix(base, ".zip") &&
        !g_str_has_suffix(base, ".jar")) {
        spec = template_reading_add_spec(reading, ARTIFACT_ZIP, id, ".zip", pointer);
        spec->root = g_path_get_dirname(path);
        if (strcmp(spec->root, ".") == 0)
            *spec->root = '\0';
        g_ptr_array_add(spec->patterns, g_strdup("!**"));
        g_ptr_array_add(spec->patterns, g_steal_pointer(&base));
        return spec;
    }
    spec = same_spec(reading->service, ARTIFACT_FILE, NULL, path);
    if (spec)
        return spec;
    spec = template_reading_add_spec(reading, ARTIFACT_FILE, id, dot ? dot : "", pointer);
    spec->file = g_strdup(path);
    return spec;
}

static ArtifactSpec *choose_spec(TemplateReading *reading, const Exported *kind, const char *id,
                                 const char *path, SourceKind found, const char *pointer)
{
    ArtifactSpec *nested = NULL;

    if (kind->flags & PACK_NESTED) {
        if (found == SOURCE_DIRECTORY) {
            template_reading_report(reading, pointer, "name the template's file", "%s is a folder",
                                    path);
            return NULL;
        }
        if (!template_nested_read(reading, id, path, pointer, &nested))
            return NULL;
        return nested ? nested : file_spec(reading, kind, id, path, pointer);
    }
    if (found != SOURCE_DIRECTORY)
        return file_spec(reading, kind, id, path, pointer);
    if (kind->flags & PACK_ZIP)
        return folder_spec(reading, id, path, pointer);
    template_reading_report(reading, pointer, "name a file", "%s is a folder", path);
    return NULL;
}

/* `spec` is NULL for what lies on S3 already. */
static void note_reference(TemplateReading *reading, const Exported *kind, const char *pointer,
                           const ArtifactSpec *spec)
{
    CodeReference *reference = g_malloc0(sizeof *reference + strlen(pointer) + 1);

    reference->pointer = strcpy((char *)(reference + 1), pointer);
    reference->spec = spec;
    reference->bucket_member = kind->bucket_member;
    reference->key_member = kind->key_member;
    reference->version_member = kind->version_member;
    reference->url = kind->flags & PACK_NESTED;
    g_ptr_array_add(reading->references, reference);
}

static void add_reference(TemplateReading *reading, const Exported *kind, const char *id,
                          const char *written, const char *pointer)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *path = source_path_resolve(reading->folder, written, &error);
    SourceEntry entry = {.kind = SOURCE_MISSING};
    ArtifactSpec *spec;

    if (!path || !source_tree_entry(reading->tree, path, true, &entry, &error) ||
        entry.kind == SOURCE_MISSING) {
        const char *member = strrchr(kind->property, '/') + 1;

        if (error)
            template_reading_report(reading, pointer, NULL, "%s: %s", member, error->message);
        else
            template_reading_report(reading, pointer,
                                    "commit it, or give an s3:// URI that your build uploads to",
                                    "%s %s: no such file or folder", member, written);
        return;
    }
    spec = choose_spec(reading, kind, id, path, entry.kind, pointer);
    if (!spec)
        return;
    note_reference(reading, kind, pointer, spec);
}

/* s3://… where CloudFormation wants bucket and key apart. */
static bool is_object(const Exported *kind, const char *written)
{
    return kind->bucket_member && g_str_has_prefix(written, "s3://") &&
           strchr(written + strlen("s3://"), '/');
}

/* Functions that have no local code: inline, an image, or the path is given once for all under
 * Globals. */
static bool has_other_code(TemplateReading *reading, json_t *properties)
{
    const char *package = json_string_value(json_object_get(properties, "PackageType"));

    return json_object_get(properties, "InlineCode") || json_object_get(properties, "ImageUri") ||
           g_strcmp0(package, "Image") == 0 ||
           pointer_get(reading->config, "/Globals/Function/CodeUri") ||
           pointer_get(reading->config, "/Globals/Function/ImageUri");
}

static void check_image(TemplateReading *reading, const char *id, json_t *properties,
                        const char *pointer)
{
    json_t *uri = json_object_get(properties, "ImageUri");
    const char *package = json_string_value(json_object_get(properties, "PackageType"));
    bool built = json_is_string(uri) && !strstr(json_string_value(uri), ".dkr.ecr.");

    if (g_strcmp0(package, "Image") == 0 &&
        (built || (!uri && !json_object_get(properties, "Code"))))
        template_reading_report(
            reading, pointer,
            "push the image to ECR in a build and give its ImageUri with the digest (…@sha256:…)",
            "function %s: Driftless builds no container images", id);
}

static void collect_resource(TemplateReading *reading, const char *id, json_t *resource,
                             const char *pointer)
{
    const char *type = json_string_value(json_object_get(resource, "Type"));
    json_t *properties = json_object_get(resource, "Properties");

    if (g_strcmp0(type, "AWS::Serverless::Function") == 0)
        check_image(reading, id, properties, pointer);
    for (size_t i = 0; type && json_is_object(properties) && i < G_N_ELEMENTS(exported); i++) {
        const Exported *kind = &exported[i];
        json_t *value = pointer_get(properties, kind->property);
        g_autofree char *place = g_strconcat(pointer, "/Properties", kind->property, NULL);

        if (strcmp(type, kind->type) != 0)
            continue;
        if (!value && (kind->flags & PACK_DEFAULT) && !has_other_code(reading, properties))
            add_reference(reading, kind, id, ".", place);
        else if (json_is_string(value) && !strstr(json_string_value(value), "://"))
            add_reference(reading, kind, id, json_string_value(value), place);
        else if (json_is_string(value) && is_object(kind, json_string_value(value)))
            note_reference(reading, kind, place, NULL);
    }
}

static void collect(TemplateReading *reading, json_t *resources, const char *pointer,
                    unsigned depth)
{
    const char *id;
    json_t *resource;

    json_object_foreach(resources, id, resource)
    {
        g_autoptr(GString) place = g_string_new(pointer);

        pointer_append(place, id);
        if (g_str_has_prefix(id, "Fn::ForEach::") && json_is_array(resource) &&
            depth < MAX_FOR_EACH_DEPTH) {
            pointer_append_index(place, 2);
            collect(reading, json_array_get(resource, 2), place->str, depth + 1);
        } else if (json_is_object(resource)) {
            collect_resource(reading, id, resource, place->str);
        } else {
            template_reading_report(reading, place->str, "give it a Type and Properties",
                                    "resource %s is not a map", id);
        }
    }
}

/* Fn::Transform AWS::Include with a local Location, anywhere in the template. */
static void collect_includes(TemplateReading *reading, json_t *value, const char *pointer)
{
    static const Exported include = {.type = "AWS::Include", .property = "/Location"};
    const char *key;
    json_t *item;
    size_t i;

    json_object_foreach(value, key, item)
    {
        g_autoptr(GString) place = g_string_new(pointer);
        const char *name = json_string_value(json_object_get(item, "Name"));
        const char *location = json_string_value(pointer_get(item, "/Parameters/Location"));

        pointer_append(place, key);
        if (strcmp(key, "Fn::Transform") == 0 && g_strcmp0(name, "AWS::Include") == 0 && location &&
            !strstr(location, "://")) {
            g_string_append(place, "/Parameters/Location");
            add_reference(reading, &include, "Include", location, place->str);
        } else {
            collect_includes(reading, item, place->str);
        }
    }
    json_array_foreach(value, i, item)
    {
        g_autoptr(GString) place = g_string_new(pointer);

        pointer_append_index(place, i);
        collect_includes(reading, item, place->str);
    }
}

static void collect_globals(TemplateReading *reading)
{
    json_t *uri = pointer_get(reading->config, "/Globals/Function/CodeUri");

    if (json_is_string(uri) && !strstr(json_string_value(uri), "://"))
        add_reference(reading, &exported[0], "Globals", json_string_value(uri),
                      "/Globals/Function/CodeUri");
}

/* What an application is described with in the Serverless Application Repository. */
static void collect_metadata(TemplateReading *reading)
{
    static const Exported described[] = {
        {.type = "AWS::ServerlessRepo::Application", .property = "/ReadmeUrl"},
        {.type = "AWS::ServerlessRepo::Application", .property = "/LicenseUrl"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(described); i++) {
        g_autofree char *place =
            g_strconcat("/Metadata/", described[i].type, described[i].property, NULL);
        json_t *value = pointer_get(reading->config, place);

        if (json_is_string(value) && !strstr(json_string_value(value), "://"))
            add_reference(reading, &described[i], described[i].property + 1,
                          json_string_value(value), place);
    }
}

static bool is_sam(json_t *transform)
{
    json_t *item;
    size_t i;

    if (json_is_string(transform))
        return g_str_has_prefix(json_string_value(transform), "AWS::Serverless-");
    json_array_foreach(transform, i, item) if (is_sam(item)) return true;
    return false;
}

void template_reading_collect(TemplateReading *reading)
{
    collect_globals(reading);
    collect_metadata(reading);
    collect(reading, json_object_get(reading->config, "Resources"), "/Resources", 0);
    collect_includes(reading, reading->config, "");
}

static void report_missing_bucket(const TemplateReading *reading)
{
    for (guint i = 0; i < reading->references->len; i++) {
        const CodeReference *reference = reading->references->pdata[i];

        if (!reference->spec)
            continue;
        template_reading_report(reading, reference->pointer,
                                "give artifactBucket in driftless.yml, or --bucket NAME",
                                "a template with local code needs a bucket to upload it to");
        return;
    }
}

bool service_read_template(Service *service, SourceTree *tree, Problems *problems)
{
    json_t *resources = json_object_get(service->config, "Resources");
    g_autofree char *folder = g_path_get_dirname(service->file);
    TemplateReading reading = {
        .service = service,
        .tree = tree,
        .problems = problems,
        .config = service->config,
        .origins = service->origins,
        .references = service->references,
        .file = service->file,
        .folder = strcmp(folder, ".") == 0 ? "" : folder,
    };

    service->kind = is_sam(json_object_get(service->config, "Transform")) ? SERVICE_SAM
                                                                          : SERVICE_CLOUDFORMATION;
    if (!json_is_object(resources)) {
        template_reading_report(&reading, resources ? "/Resources" : "",
                                "a template is a map with Resources",
                                "the template has no map of Resources");
        return false;
    }
    template_reading_collect(&reading);
    if (!service->options.artifact_bucket)
        report_missing_bucket(&reading);
    return true;
}
