/* reconcile/source/source_tree.h
 *
 * A revision as a read-only tree, whatever it stands on: git objects (git_tree.h) or a directory
 * (directory_tree.h, whose files are hashed as git would, so that both give the same ids). Nothing
 * is ever checked out.
 *
 * Paths are relative to the tree's root, '/'-separated, without a leading slash; "" is the root.
 * "." and ".." segments are resolved textually first; a path that leaves the root is
 * SOURCE_ERROR_OUTSIDE. Symlinks are followed only inside the root (at most 40), one that leaves it
 * is SOURCE_ERROR_OUTSIDE with its target named.
 *
 * Every read goes through a ReadSet (read_set.h) when the tree is wrapped by one.
 * Threads: a tree belongs to one thread at a time. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SOURCE_ERROR source_error_quark()
GQuark source_error_quark(void);
typedef enum {
    SOURCE_ERROR_NOT_FOUND,  /* no such path, or not of the kind asked for */
    SOURCE_ERROR_OUTSIDE,    /* leads out of the root */
    SOURCE_ERROR_TOO_LARGE,  /* above the ceiling given */
    SOURCE_ERROR_BROKEN,     /* a missing or damaged object */
    SOURCE_ERROR_READ,       /* the disk */
    SOURCE_ERROR_REPOSITORY, /* not a repository, or of a kind that libgit2 1.5 cannot read
                                (SHA-256, shallow) */
    SOURCE_ERROR_REVISION,   /* no such branch, tag or reachable commit */
    SOURCE_ERROR_FETCH,      /* the server: refused, unreachable, bad key; message says which */
    SOURCE_ERROR_DEADLINE,   /* the fetch took too long and was stopped */
} SourceError;

typedef enum {
    SOURCE_MISSING,
    SOURCE_FILE,
    SOURCE_EXECUTABLE,
    SOURCE_DIRECTORY,
    SOURCE_SYMLINK,
    SOURCE_SUBMODULE,
} SourceKind;

#define SOURCE_ID_SIZE 41 /* 40 hex digits and NUL */

typedef struct {
    SourceKind kind;
    char id[SOURCE_ID_SIZE]; /* blob or tree id; of a directory in a directory_tree: "" (not
                                computed) */
    uint64_t size_bytes;     /* of blobs; 0 otherwise */
} SourceEntry;

typedef struct {
    char *name; /* owned by the list */
    SourceKind kind;
    char id[SOURCE_ID_SIZE]; /* "" in a directory tree where it would cost reading the file: ask
                                source_tree_entry */
} SourceListEntry;

typedef struct SourceTree SourceTree;

/* A file's content as its tree holds it, without a NUL behind it. */
typedef struct {
    const void *data;
    size_t size_bytes;
    void *held; /* what `release` gives back */
    void (*release)(void *held);
} SourceBlob;
void source_blob_clear(SourceBlob *blob);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(SourceBlob, source_blob_clear)

/* What a tree has to offer; implementations embed SourceTree as their first member. `path` arrives
 * normalised. */
typedef struct {
    bool (*entry)(SourceTree *tree, const char *path, bool follow, SourceEntry *ret,
                  GError **error);
    bool (*read)(SourceTree *tree, const char *path, uint64_t max_bytes, char **ret_data,
                 size_t *ret_size, GError **error);
    bool (*list)(SourceTree *tree, const char *path, GPtrArray **ret_entries, GError **error);
    bool (*read_link)(SourceTree *tree, const char *path, char **ret_target, GError **error);
    bool (*read_blob)(SourceTree *tree, const char *path, const char *id, uint64_t max_bytes,
                      SourceBlob *ret, GError **error); /* NULL: by `read` */
    SourceTree *(*reopen)(SourceTree *tree, GError **error);
    void (*free)(SourceTree *tree);
} SourceTreeOps;

struct SourceTree {
    const SourceTreeOps *ops;
};

/* What is at `path`; SOURCE_MISSING (and true) when nothing is. `follow` looks through symlinks. */
G_GNUC_WARN_UNUSED_RESULT
bool source_tree_entry(SourceTree *tree, const char *path, bool follow, SourceEntry *ret,
                       GError **error);

/* A file's content (transfer full, NUL-terminated past its size), symlinks followed. The size is
 * checked before the content is loaded. */
G_GNUC_WARN_UNUSED_RESULT
bool source_tree_read(SourceTree *tree, const char *path, uint64_t max_bytes, char **ret_data,
                      size_t *ret_size, GError **error);

/* As source_tree_read, without copying where the tree can: for reading thousands of files. `id` is
 * what a list or an entry told of `path`, which spares looking it up, or "". A file of a directory
 * that has another content by now is SOURCE_ERROR_READ: no content ever passes under a wrong id. */
G_GNUC_WARN_UNUSED_RESULT
bool source_tree_read_blob(SourceTree *tree, const char *path, const char *id, uint64_t max_bytes,
                           SourceBlob *ret, GError **error);

/* The same revision through handles of its own, for another thread, which shares nothing with
 * `tree` that changes. What `tree` stands on (a Repository, embedded files) must outlive both. A
 * ReadSet does not see what is read by it. (transfer full) */
G_GNUC_WARN_UNUSED_RESULT
SourceTree *source_tree_reopen(SourceTree *tree, GError **error);

/* A directory's entries (GPtrArray of SourceListEntry*, transfer full with a free function), sorted
 * by the bytes of their names; ".git" is never among them. */
G_GNUC_WARN_UNUSED_RESULT
bool source_tree_list(SourceTree *tree, const char *path, GPtrArray **ret_entries, GError **error);

/* Where the symlink at `path` leads (transfer full): relative to the link's own folder or, with a
 * leading '/', to the tree's root. */
G_GNUC_WARN_UNUSED_RESULT
bool source_tree_read_link(SourceTree *tree, const char *path, char **ret_target, GError **error);

/* The path behind all symlinks (transfer full), whether something is there or not. */
G_GNUC_WARN_UNUSED_RESULT
char *source_tree_real(SourceTree *tree, const char *path, GError **error);

void source_tree_free(SourceTree *tree);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SourceTree, source_tree_free)

/* Joins and normalises: ("services/a", "../b/./c") → "services/b/c". (transfer full); NULL with
 * SOURCE_ERROR_OUTSIDE when it climbs above the root; an absolute `path` too. */
G_GNUC_WARN_UNUSED_RESULT
char *source_path_resolve(const char *base, const char *path, GError **error);
