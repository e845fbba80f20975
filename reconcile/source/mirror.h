/* reconcile/source/mirror.h
 *
 * The bare git repository behind a Repository, as this room's files share it. */
#pragma once
#include "reconcile/source/git2_library.h"
#include "reconcile/source/repository.h"

struct Repository {
    git_repository *git;
    char *folder;
};

/* Starts libgit2 once in a process and sets its limits: caches and mapped packs are small (mapped
 * packs count as resident memory), nobody's ~/.gitconfig is read, mirrors may belong to another
 * user. Thread-safe. */
void mirror_library_start(void);

/* The branches and tags of a repository: full name → git_oid* of what it points to, not peeled
 * (transfer full). */
G_GNUC_WARN_UNUSED_RESULT
GHashTable *mirror_refs(git_repository *git, GError **error);

static inline bool mirror_ref_is_branch(const char *name)
{
    return g_str_has_prefix(name, "refs/heads/");
}

static inline bool mirror_ref_is_mirrored(const char *name)
{
    return mirror_ref_is_branch(name) || g_str_has_prefix(name, "refs/tags/");
}
