#include "reconcile/package/dependencies.h"

#include "reconcile/package/package.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define DECLARATION_MAX_BYTES (1 << 20)
#define NAMED_MAX 5

static const char advice_node[] =
    "commit node_modules, or let a build write the archive and name it in package.artifact, or "
    "bundle the code and leave node_modules out with package.patterns: [\"!node_modules/**\"]";
static const char advice_python[] =
    "install them beside the code (pip install -r requirements.txt -t .) and commit them, or let a "
    "build write the archive and name it in package.artifact, or exclude requirements.txt with "
    "package.patterns when a layer brings them";

static char *below(const ArtifactSpec *spec, const char *path)
{
    return spec->root && *spec->root ? g_strconcat(spec->root, "/", path, NULL) : g_strdup(path);
}

/* *ret_text is NULL when there is no such file. */
static bool read_declaration(SourceTree *tree, const ArtifactSpec *spec, const char *name,
                             char **ret_text, GError **error)
{
    g_autofree char *path = below(spec, name);
    GError *cause = NULL;
    size_t size;

    *ret_text = NULL;
    if (source_tree_read(tree, path, DECLARATION_MAX_BYTES, ret_text, &size, &cause))
        return true;
    if (!g_error_matches(cause, SOURCE_ERROR, SOURCE_ERROR_NOT_FOUND))
        return selection_source_error(error, cause);
    g_error_free(cause);
    return true;
}

static bool is_there(SourceTree *tree, const ArtifactSpec *spec, const char *path)
{
    g_autofree char *full = below(spec, path);
    SourceEntry entry;

    return source_tree_entry(tree, full, true, &entry, NULL) && entry.kind != SOURCE_MISSING;
}

/* "a, b, c and 4 more" */
static char *name_some(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < names->len && i < NAMED_MAX; i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (char *)g_ptr_array_index(names, i));
    if (names->len > NAMED_MAX)
        g_string_append_printf(text, " and %u more", names->len - NAMED_MAX);
    return g_string_free(text, FALSE);
}

/* Up to nodejs16.x the runtime brought aws-sdk 2, from nodejs18.x on the packages of @aws-sdk
 * (docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html). */
static bool node_brings(const char *runtime, const char *name)
{
    const long version = strtol(runtime + strlen("nodejs"), NULL, 10);

    if (strcmp(name, "aws-sdk") == 0)
        return version > 0 && version <= 16;
    return (version >= 18 || version == 0) &&
           (g_str_has_prefix(name, "@aws-sdk/") || g_str_has_prefix(name, "@smithy/"));
}

static const char modules[] = "node_modules/", entry[] = "/index.js";

/* Makes a file of each package, and a name of what is left of them. */
static bool keep_shipped(SourceTree *tree, const ArtifactSpec *spec, GPtrArray *names,
                         GError **error)
{
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < names->len; i++)
        g_ptr_array_add(files, g_strconcat(modules, g_ptr_array_index(names, i), entry, NULL));
    g_ptr_array_set_size(names, 0);
    if (files->len && !selection_would_take(tree, spec, files, error))
        return false;
    for (guint i = 0; i < files->len; i++) {
        const char *name = (char *)g_ptr_array_index(files, i) + strlen(modules);

        g_ptr_array_add(names, g_strndup(name, strlen(name) - strlen(entry)));
    }
    return true;
}

static bool check_node(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = NULL, *names = NULL;
    const char *name;
    json_t *package, *version;

    if (!read_declaration(tree, spec, "package.json", &text, error))
        return false;
    if (!text)
        return true;
    package = json_loads(text, 0, NULL);
    json_object_foreach(json_object_get(package, "dependencies"), name, version)
    {
        g_autofree char *folder = g_strconcat(modules, name, NULL);

        if (!node_brings(spec->runtime, name) && !is_there(tree, spec, folder))
            g_ptr_array_add(missing, g_strdup(name));
    }
    json_decref(package);
    if (!keep_shipped(tree, spec, missing, error))
        return false;
    if (missing->len == 0)
        return true;
    names = name_some(missing);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_DEPENDENCIES,
                "package.json declares %s, which node_modules in the repository does not hold: the "
                "function would fail at its first call; %s",
                names, advice_node);
    return false;
}

/* The name that a line of requirements.txt asks for, as PEP 503 compares them but with '_'; NULL
 * for options and blanks. */
static char *requirement_name(const char *line)
{
    const char *end;
    GString *name = g_string_new(NULL);

    line += strspn(line, " \t");
    end = line;
    while (g_ascii_isalnum(*end) || strchr("-_.", *end ? *end : ' '))
        end++;
    for (const char *at = line; at < end && *line != '-' && *line != '.'; at++)
        g_string_append_c(name, strchr("-_.", *at) ? '_' : g_ascii_tolower(*at));
    if (name->len)
        return g_string_free(name, FALSE);
    g_string_free(name, TRUE);
    return NULL;
}

/* What the Python runtimes bring along. */
static bool python_brings(const char *name)
{
    static const char *const brought[] = {"boto3",           "botocore", "s3transfer", "jmespath",
                                          "python_dateutil", "six",      "urllib3",    "pip",
                                          "setuptools",      NULL};

    return g_strv_contains(brought, name);
}

/* Whether a name beside the code is that of an installed distribution: its package, its module or
 * its metadata. */
static bool is_distribution(const char *listed, const char *name)
{
    g_autofree char *lower = g_ascii_strdown(listed, -1);
    const size_t length = strlen(name);

    if (g_str_has_suffix(lower, ".dist-info") || g_str_has_suffix(lower, ".egg-info"))
        return true;
    g_strdelimit(lower, "-", '_');
    return strncmp(lower, name, length) == 0 && (!lower[length] || lower[length] == '.');
}

static bool any_installed(SourceTree *tree, const ArtifactSpec *spec, const GPtrArray *names)
{
    g_autofree char *root = below(spec, "");
    g_autoptr(GPtrArray) entries = NULL;

    if (!source_tree_list(tree, root, &entries, NULL))
        return false;
    for (guint i = 0; i < entries->len; i++)
        for (guint j = 0; j < names->len; j++)
            if (is_distribution(((SourceListEntry *)g_ptr_array_index(entries, i))->name,
                                g_ptr_array_index(names, j)))
                return true;
    return false;
}

static bool check_python(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *text = NULL, *some = NULL;
    g_autoptr(GPtrArray) shipped = g_ptr_array_new_with_free_func(g_free);
    char **lines;

    if (!read_declaration(tree, spec, "requirements.txt", &text, error))
        return false;
    if (!text)
        return true;
    g_ptr_array_add(shipped, g_strdup("requirements.txt"));
    if (!selection_would_take(tree, spec, shipped, error))
        return false;
    if (shipped->len == 0)
        return true;
    lines = g_strsplit(text, "\n", -1);
    for (unsigned i = 0; lines[i]; i++) {
        char *name = requirement_name(lines[i]);

        if (name && !python_brings(name))
            g_ptr_array_add(names, name);
        else
            g_free(name);
    }
    g_strfreev(lines);
    if (names->len == 0 || any_installed(tree, spec, names))
        return true;
    some = name_some(names);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_DEPENDENCIES,
                "requirements.txt declares %s, none of which is beside the code in the repository: "
                "the function would fail at its first call; %s",
                some, advice_python);
    return false;
}

bool dependencies_check(SourceTree *tree, const ArtifactSpec *spec, GError **error)
{
    if (!spec->check_dependencies || !spec->runtime)
        return true;
    if (g_str_has_prefix(spec->runtime, "nodejs"))
        return check_node(tree, spec, error);
    return !g_str_has_prefix(spec->runtime, "python") || check_python(tree, spec, error);
}
