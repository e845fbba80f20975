/* reconcile/source/read_set.h
 *
 * What somebody looked at in a tree: paths read (with their ids), paths looked for and not found,
 * directories listed (with the digest of their entries: names, kinds and the ids of files, not of
 * the directories in them). A later revision in which all of that is the same gives the same
 * result, so a commit that changes nothing in a service's ReadSet costs nothing and says nothing.
 *
 * A ReadSet belongs to one thread. */
#pragma once
#include "reconcile/source/source_tree.h"
#include <jansson.h>

typedef struct ReadSet ReadSet;

ReadSet *read_set_new(void);
void read_set_free(ReadSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReadSet, read_set_free)

/* A tree that passes everything on to `inner` (borrowed, must outlive it) and notes it in `set`
 * (borrowed). Looking into a directory tree by its id (a git tree whose id is known) notes the one
 * id in place of all below: read_set_note_tree. */
SourceTree *read_set_tree(SourceTree *inner, ReadSet *set);

/* Notes that the whole of `path` (a directory's tree id) was used. */
void read_set_note_tree(ReadSet *set, const char *path, const char *id);

/* Whether all that was noted is the same in `tree`. False, with the first path that differs
 * (transfer full) in ret_changed (may be NULL), otherwise. An error counts as changed.
 * `unchanged` (may be NULL) is a folder that has the tree id under which the set held before: what
 * was noted below it is looked at only where a symlink may lead out of it. */
bool read_set_holds(const ReadSet *set, SourceTree *tree, const char *unchanged,
                    char **ret_changed);

/* For the store:
 * {"files":{path:id},"links":{path:id},"missing":[…],"lists":{path:digest},"trees":{path:id},
 * "linked":bool}; links are symlinks that were looked at without following them, `linked` says
 * whether any was followed. A new reference. */
json_t *read_set_to_json(const ReadSet *set);
ReadSet *read_set_from_json(const json_t *json);
