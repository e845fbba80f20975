#include "reconcile/package/search.h"

#include "reconcile/package/glob.h"
#include "reconcile/package/package.h"
#include "reconcile/package/search_pattern.h"

#include <string.h>

typedef struct {
    char *text;
    Glob *glob; /* NULL: the text itself */
    bool crosses;
} Segment;

typedef struct {
    char *text, *base;
    Glob *glob;
    GArray *segments; /* Segment */
    unsigned fixed;   /* segments before the first that crosses folders */
    bool crosses, is_dynamic;
} Inclusion;

typedef struct {
    Glob *glob;
    bool keeps_out;
} Exclusion;

struct SearchTask {
    char *base;
    GPtrArray *names;
    GPtrArray *inclusions; /* Inclusion*, borrowed */
    GPtrArray *own;        /* Exclusion*, borrowed: that stand among the inclusions' expansions */
    GPtrArray *later; /* Exclusion*, borrowed: the search's, of which those from `first` on count */
    guint first;
};

struct Search {
    GPtrArray *inclusions; /* Inclusion*: all there are */
    GPtrArray *exclusions; /* Exclusion*: those of the patterns, in order */
    GPtrArray *own;        /* Exclusion*: those that stand among the expansions of an inclusion */
    GPtrArray *tasks;      /* SearchTask* */
    unsigned expansions;
    size_t text_bytes; /* of the patterns and all that they stand for */
};

static void segment_clear(void *data)
{
    Segment *segment = data;

    g_free(segment->text);
    glob_free(segment->glob);
}

static void inclusion_free(void *data)
{
    Inclusion *inclusion = data;

    g_free(inclusion->text);
    g_free(inclusion->base);
    glob_free(inclusion->glob);
    g_array_unref(inclusion->segments);
    g_free(inclusion);
}

static void exclusion_free(void *data)
{
    Exclusion *exclusion = data;

    glob_free(exclusion->glob);
    g_free(exclusion);
}

static void task_free(void *data)
{
    SearchTask *task = data;

    g_free(task->base);
    g_ptr_array_unref(task->names);
    g_ptr_array_unref(task->inclusions);
    g_ptr_array_unref(task->own);
    g_free(task);
}

static bool is_negative(const char *pattern)
{
    return pattern[0] == '!' && pattern[1] != '(';
}

/* "a//b" → "a/b" */
static char *without_double_slashes(const char *pattern)
{
    GString *text = g_string_new(NULL);

    for (; *pattern; pattern++)
        if (*pattern != '/' || text->len < 2 || text->str[text->len - 1] != '/')
            g_string_append_c(text, *pattern);
    return g_string_free(text, FALSE);
}

static bool add_segments(Inclusion *inclusion, GError **error)
{
    g_autoptr(GPtrArray) texts = search_pattern_segments(inclusion->text);

    inclusion->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
    g_array_set_clear_func(inclusion->segments, segment_clear);
    for (guint i = 0; i < texts->len; i++) {
        const char *text = g_ptr_array_index(texts, i);
        Segment segment = {.text = g_strdup(text)};

        if (search_pattern_is_dynamic(text)) {
            segment.glob = glob_compile(text, GLOB_SEARCH, error);
            segment.crosses = strstr(text, "**") != NULL;
        }
        inclusion->fixed += !inclusion->crosses && !segment.crosses;
        inclusion->crosses |= segment.crosses;
        g_array_append_val(inclusion->segments, segment);
        if (search_pattern_is_dynamic(text) && !segment.glob)
            return false;
    }
    return true;
}

static Inclusion *inclusion_new(const char *text, GError **error)
{
    Inclusion *inclusion = g_new0(Inclusion, 1);

    inclusion->text = g_strdup(text);
    inclusion->base = search_pattern_base(text);
    inclusion->is_dynamic = search_pattern_is_dynamic(text);
    inclusion->glob = glob_compile(text, GLOB_SEARCH, error);
    if (add_segments(inclusion, inclusion->glob ? error : NULL) && inclusion->glob)
        return inclusion;
    inclusion_free(inclusion);
    return NULL;
}

static bool add_exclusion(GPtrArray *to, const char *pattern, GError **error)
{
    Exclusion *exclusion;
    Glob *glob;

    pattern += is_negative(pattern);
    if (*pattern == '/' || !*pattern) /* absolute: nothing in a tree is meant */
        return true;
    glob = glob_compile(pattern, GLOB_SEARCH, error);
    if (!glob)
        return false;
    exclusion = g_new0(Exclusion, 1);
    exclusion->glob = glob;
    exclusion->keeps_out = search_pattern_keeps_out(pattern);
    g_ptr_array_add(to, exclusion);
    return true;
}

static GPtrArray *expand(Search *search, const char *pattern, GError **error)
{
    GPtrArray *expansions = glob_expand_braces(pattern, error);

    if (!expansions)
        return NULL;
    for (guint i = 0; i < expansions->len; i++) {
        char *text = g_ptr_array_index(expansions, i);

        g_ptr_array_index(expansions, i) = without_double_slashes(text);
        search->text_bytes += strlen(text);
        g_free(text);
    }
    search->text_bytes += strlen(pattern);
    search->expansions += expansions->len;
    if (search->expansions <= SEARCH_EXPANSIONS_MAX && search->text_bytes <= SEARCH_TEXT_MAX_BYTES)
        return expansions;
    g_ptr_array_unref(expansions);
    g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN,
                "the patterns stand for more than %d patterns or %d bytes of them; write fewer or "
                "shorter ones",
                SEARCH_EXPANSIONS_MAX, SEARCH_TEXT_MAX_BYTES);
    return NULL;
}

static SearchTask *task_new(Search *search, const char *base, bool walks)
{
    SearchTask *task = g_new0(SearchTask, 1);

    task->base = walks ? g_strdup(strcmp(base, ".") == 0 ? "" : base) : NULL;
    task->names = g_ptr_array_new();
    task->inclusions = g_ptr_array_new();
    task->own = g_ptr_array_new();
    task->later = search->exclusions;
    task->first = search->exclusions->len;
    g_ptr_array_add(search->tasks, task);
    return task;
}

static bool leads_out(const Inclusion *inclusion)
{
    return g_str_has_prefix(inclusion->text, "..") || g_str_has_prefix(inclusion->text, "./..");
}

/* Inclusions that are searched for together: those that start in one folder; all within, if one of
 * them starts at the root. */
static void add_tasks(Search *search, const GPtrArray *inclusions, const GPtrArray *own, bool walk)
{
    g_autoptr(GHashTable) by_base = g_hash_table_new(g_str_hash, g_str_equal);
    SearchTask *whole = NULL;
    bool at_root = false;

    for (guint i = 0; i < inclusions->len; i++) {
        const Inclusion *inclusion = g_ptr_array_index(inclusions, i);

        at_root |= inclusion->is_dynamic == walk && !leads_out(inclusion) &&
                   strcmp(inclusion->base, ".") == 0;
    }
    for (guint i = 0; i < inclusions->len; i++) {
        Inclusion *inclusion = g_ptr_array_index(inclusions, i);
        SearchTask *task;

        if (inclusion->is_dynamic != walk || *inclusion->text == '/')
            continue;
        if (at_root && !leads_out(inclusion)) {
            task = whole = whole ? whole : task_new(search, ".", walk);
        } else {
            task = g_hash_table_lookup(by_base, inclusion->base);
            if (!task) {
                task = task_new(search, inclusion->base, walk);
                g_hash_table_insert(by_base, inclusion->base, task);
            }
        }
        if (task->inclusions->len == 0)
            for (guint j = 0; j < own->len; j++)
                g_ptr_array_add(task->own, g_ptr_array_index(own, j));
        g_ptr_array_add(task->inclusions, inclusion);
        if (!walk)
            g_ptr_array_add(task->names, inclusion->text);
    }
}

/* One run: `patterns` are its inclusions; what is excluded later is added by its caller. */
static bool add_run(Search *search, const GPtrArray *patterns, GError **error)
{
    g_autoptr(GPtrArray) inclusions = g_ptr_array_new(), own = g_ptr_array_new();

    for (guint i = 0; i < patterns->len; i++) {
        g_autoptr(GPtrArray) texts = expand(search, g_ptr_array_index(patterns, i), error);

        for (guint j = 0; texts && j < texts->len; j++) {
            const char *text = g_ptr_array_index(texts, j);
            const guint owned = search->own->len;
            Inclusion *inclusion;

            if (is_negative(text)) {
                if (!add_exclusion(search->own, text, error))
                    return false;
                if (search->own->len > owned)
                    g_ptr_array_add(own, g_ptr_array_index(search->own, owned));
                continue;
            }
            if (!*text)
                continue;
            inclusion = inclusion_new(text, error);
            if (!inclusion)
                return false;
            g_ptr_array_add(search->inclusions, inclusion);
            g_ptr_array_add(inclusions, inclusion);
        }
        if (!texts)
            return false;
    }
    add_tasks(search, inclusions, own, false);
    add_tasks(search, inclusions, own, true);
    return true;
}

static bool add_later_exclusion(Search *search, const char *pattern, GError **error)
{
    g_autoptr(GPtrArray) texts = expand(search, pattern, error);

    for (guint i = 0; texts && i < texts->len; i++)
        if (!add_exclusion(search->exclusions, g_ptr_array_index(texts, i), error))
            return false;
    return texts != NULL;
}

static bool add_pattern(Search *search, GPtrArray *run, const char *pattern, GError **error)
{
    if (!*pattern || strcmp(pattern, "!") == 0) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN,
                    "pattern \"%s\": names nothing; write a path behind it, or remove it", pattern);
        return false;
    }
    if (*pattern != '!') {
        g_ptr_array_add(run, (char *)pattern);
        return true;
    }
    if (run->len && !add_run(search, run, error))
        return false;
    g_ptr_array_set_size(run, 0);
    return add_later_exclusion(search, pattern + 1, error);
}

Search *search_new(const GPtrArray *patterns, GError **error)
{
    g_autoptr(Search) search = g_new0(Search, 1);
    g_autoptr(GPtrArray) run = g_ptr_array_new();

    search->inclusions = g_ptr_array_new_with_free_func(inclusion_free);
    search->exclusions = g_ptr_array_new_with_free_func(exclusion_free);
    search->own = g_ptr_array_new_with_free_func(exclusion_free);
    search->tasks = g_ptr_array_new_with_free_func(task_free);
    if (patterns->len > SEARCH_PATTERNS_MAX) {
        g_set_error(error, PACKAGE_ERROR, PACKAGE_ERROR_PATTERN, "%u patterns; at most %d are read",
                    patterns->len, SEARCH_PATTERNS_MAX);
        return NULL;
    }
    g_ptr_array_add(run, (char *)"**");
    for (guint i = 0; i < patterns->len; i++)
        if (!add_pattern(search, run, g_ptr_array_index(patterns, i), error))
            return NULL;
    if (run->len && !add_run(search, run, error))
        return NULL;
    return g_steal_pointer(&search);
}

void search_free(Search *search)
{
    if (!search)
        return;
    g_ptr_array_unref(search->tasks);
    g_ptr_array_unref(search->inclusions);
    g_ptr_array_unref(search->exclusions);
    g_ptr_array_unref(search->own);
    g_free(search);
}

const GPtrArray *search_tasks(const Search *search)
{
    return search->tasks;
}

const char *search_task_base(const SearchTask *task)
{
    return task->base;
}

const GPtrArray *search_task_names(const SearchTask *task)
{
    return task->names;
}

static bool segment_matches(const Segment *segment, const char *name)
{
    return segment->glob ? glob_matches(segment->glob, name) : strcmp(segment->text, name) == 0;
}

/* The framework looks into a folder when its path may be the beginning of what the pattern names,
 * segment by segment. */
static bool may_lead_to(const Inclusion *inclusion, char **names, guint levels)
{
    if (!inclusion->crosses && inclusion->segments->len <= levels)
        return false;
    if (inclusion->crosses && levels > inclusion->fixed)
        return true;
    for (guint i = 0; i < levels; i++)
        if (!segment_matches(&g_array_index(inclusion->segments, Segment, i), names[i]))
            return false;
    return true;
}

static const char *without_dot(const char *path)
{
    return g_str_has_prefix(path, "./") ? path + 2 : path;
}

/* The task's next exclusion, its own ones first; NULL behind the last. */
static const Exclusion *exclusion_at(const SearchTask *task, guint i)
{
    if (i < task->own->len)
        return g_ptr_array_index(task->own, i);
    i += task->first - task->own->len;
    return i < task->later->len ? g_ptr_array_index(task->later, i) : NULL;
}

/* The folder that a walk starts in is kept out only where nothing in it could be found. */
static bool is_kept_out(const SearchTask *task, const char *folder, bool is_base)
{
    const Exclusion *exclusion;

    for (guint i = 0; (exclusion = exclusion_at(task, i)); i++)
        if ((exclusion->keeps_out && !is_base && glob_matches(exclusion->glob, folder)) ||
            glob_below(exclusion->glob, folder) == GLOB_ALL_BELOW)
            return true;
    return false;
}

bool search_task_enters(SearchTask *task, const char *folder)
{
    const char *path = without_dot(folder);
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    const bool is_base = strcmp(folder, task->base) == 0;
    bool leads = false;

    for (guint i = 0; i < task->inclusions->len && !leads; i++) {
        const Inclusion *inclusion = g_ptr_array_index(task->inclusions, i);

        leads = (is_base || may_lead_to(inclusion, names, g_strv_length(names))) &&
                glob_below(inclusion->glob, path) != GLOB_NONE_BELOW;
    }
    return leads && !is_kept_out(task, path, is_base);
}

bool search_task_finds(SearchTask *task, const char *path)
{
    const Exclusion *exclusion;
    bool found = false;

    path = without_dot(path);
    for (guint i = 0; i < task->inclusions->len && !found; i++)
        found = glob_matches(((Inclusion *)g_ptr_array_index(task->inclusions, i))->glob, path);
    for (guint i = 0; found && (exclusion = exclusion_at(task, i)); i++)
        found = !glob_matches(exclusion->glob, path);
    return found;
}

uint64_t search_steps(const Search *search)
{
    uint64_t steps = 0;

    for (guint i = 0; i < search->inclusions->len; i++)
        steps += glob_steps(((Inclusion *)g_ptr_array_index(search->inclusions, i))->glob);
    for (guint i = 0; i < search->exclusions->len; i++)
        steps += glob_steps(((Exclusion *)g_ptr_array_index(search->exclusions, i))->glob);
    return steps;
}
