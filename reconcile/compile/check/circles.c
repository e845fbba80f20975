/* Circles of dependencies: CloudFormation makes a resource when all that it needs is there. */
#include "reconcile/compile/check/checking.h"
#include <string.h>

#define MAX_TOLD 12 /* members of a circle that are named */

typedef enum { UNSEEN, OPEN, DONE } Mark;

typedef struct {
    Checking *checking;
    guint count;      /* of resources */
    guint *first;     /* of each resource in `edges`, and the end */
    guint *edges;     /* resources that are needed */
    guint8 *marks;    /* Mark */
    GArray *path;     /* guint: the open resources, in the order in which they were entered */
    GArray *position; /* guint: how far each of them has been followed */
    const char **ids;
} Graph;

static void lay_out(Graph *graph, const GArray *dependencies)
{
    const Dependency *all = (const Dependency *)dependencies->data;

    /* Counted one behind, so that filling moves each start to where it belongs. */
    graph->first = g_new0(guint, graph->count + 2);
    graph->edges = g_new0(guint, dependencies->len + 1);
    for (guint i = 0; i < dependencies->len; i++)
        graph->first[all[i].from + 2]++;
    for (guint i = 2; i <= graph->count; i++)
        graph->first[i] += graph->first[i - 1];
    for (guint i = 0; i < dependencies->len; i++)
        graph->edges[graph->first[all[i].from + 1]++] = all[i].to;
}

/* Where `from` names `to`: a second walk, as the first kept no places. */
static char *find_reference(Graph *graph, guint from, guint to)
{
    Checking *checking = graph->checking;
    const char *id = graph->ids[from];
    char *found;

    checking->wanted = to;
    check_resource(checking, id, json_object_get(checking->resources, id), from);
    checking->wanted = NO_RESOURCE;
    found = checking->found;
    checking->found = NULL;
    return found;
}

/* "Properties.Role" of "/Resources/A/Properties/Role/Fn::GetAtt/0". */
static char *below_words(const char *pointer)
{
    const char *below = strchr(pointer + strlen("/Resources/"), '/');
    g_autofree char *outer = g_strdup(below ? below : "");
    char *function = strstr(outer, "/Fn::");

    if (function)
        *function = '\0';
    if (g_str_has_suffix(outer, "/Ref"))
        outer[strlen(outer) - strlen("/Ref")] = '\0';
    return pointer_to_words(outer);
}

/* "A (Properties.Role) → B (DependsOn) → A", from the member that comes first in the template. */
static void report(Graph *graph, const guint *circle, guint length)
{
    GString *told = g_string_new(NULL);
    guint start = 0;
    g_autofree char *place = NULL;

    for (guint i = 1; i < length; i++)
        if (circle[i] < circle[start])
            start = i;
    for (guint i = 0; i < length; i++) {
        guint from = circle[(start + i) % length], to = circle[(start + i + 1) % length];
        g_autofree char *pointer = i < MAX_TOLD ? find_reference(graph, from, to) : NULL;
        g_autofree char *words = pointer ? below_words(pointer) : NULL;

        if (i < MAX_TOLD)
            g_string_append_printf(told, "%s (%s) → ", graph->ids[from], words);
        else if (i == MAX_TOLD)
            g_string_append(told, "… → ");
        if (i == 0)
            place = g_steal_pointer(&pointer);
    }
    g_string_append(told, graph->ids[circle[start]]);
    check_problem_at(
        graph->checking, PROBLEM_ERROR, place ? place : "/Resources",
        length == 1 ? "a resource cannot need itself" : "take one of these references out",
        length == 1 ? "the resource needs itself: %s" : "resources need each other in a circle: %s",
        told->str);
    g_string_free(told, TRUE);
}

static void enter(Graph *graph, guint node)
{
    graph->marks[node] = OPEN;
    g_array_append_val(graph->path, node);
    g_array_append_val(graph->position, graph->first[node]);
}

static void leave(Graph *graph, guint node)
{
    graph->marks[node] = DONE;
    g_array_set_size(graph->path, graph->path->len - 1);
    g_array_set_size(graph->position, graph->position->len - 1);
}

/* The circle ends with the path's last; its members are done, so that each is told of once. */
static void close_circle(Graph *graph, guint node)
{
    guint start = graph->path->len;

    while (g_array_index(graph->path, guint, --start) != node)
        ;
    report(graph, &g_array_index(graph->path, guint, start), graph->path->len - start);
}

/* Depth first, with a stack of its own: a chain may be as long as the template. */
static void follow(Graph *graph, guint root)
{
    enter(graph, root);
    while (graph->path->len > 0) {
        guint node = g_array_index(graph->path, guint, graph->path->len - 1);
        guint *at = &g_array_index(graph->position, guint, graph->position->len - 1);
        guint next;

        if (*at == graph->first[node + 1]) {
            leave(graph, node);
            continue;
        }
        next = graph->edges[(*at)++];
        if (graph->marks[next] == UNSEEN)
            enter(graph, next);
        else if (graph->marks[next] == OPEN)
            close_circle(graph, next);
    }
}

void check_circles(Checking *checking)
{
    Graph graph = {.checking = checking, .count = g_hash_table_size(checking->numbers)};
    const char *id;
    json_t *resource;
    guint i = 0;

    lay_out(&graph, checking->dependencies);
    graph.marks = g_new0(guint8, graph.count);
    graph.ids = g_new0(const char *, graph.count);
    graph.path = g_array_new(FALSE, FALSE, sizeof(guint));
    graph.position = g_array_new(FALSE, FALSE, sizeof(guint));
    json_object_foreach(checking->resources, id, resource) graph.ids[i++] = id;
    for (i = 0; i < graph.count; i++)
        if (graph.marks[i] == UNSEEN)
            follow(&graph, i);
    g_free(graph.first);
    g_free(graph.edges);
    g_free(graph.marks);
    g_free(graph.ids);
    g_array_unref(graph.path);
    g_array_unref(graph.position);
}
