/* reconcile/source/git2_library.h
 *
 * Inside the room only: libgit2, loaded at the first call of git2(), which gives its functions
 * without their prefix: git2()->commit_lookup(). A verb on a folder needs none of it, and with the
 * eleven libraries that it brings (TLS, Kerberos) it costs a process a millisecond before main. Set
 * up by mirror_library_start. Thread-safe. */
#pragma once
#include "config/late_library.h"
#include <git2.h>

// clang-format off
#define GIT2_FUNCTIONS(F)                   \
    F(git_, commit_author) \
    F(git_, commit_free) \
    F(git_, commit_id) \
    F(git_, commit_lookup) \
    F(git_, commit_summary) \
    F(git_, commit_time) \
    F(git_, commit_tree) \
    F(git_, credential_ssh_key_new) \
    F(git_, credential_username_new) \
    F(git_, credential_userpass_plaintext_new) \
    F(git_, error_last) \
    F(git_, error_set_str) \
    F(git_, fetch_options_init) \
    F(git_, graph_descendant_of) \
    F(git_, graph_reachable_from_any) \
    F(git_, libgit2_init) \
    F(git_, libgit2_opts) \
    F(git_, object_free) \
    F(git_, object_id) \
    F(git_, object_lookup) \
    F(git_, object_peel) \
    F(git_, odb_free) \
    F(git_, odb_object_data) \
    F(git_, odb_object_free) \
    F(git_, odb_object_size) \
    F(git_, odb_read) \
    F(git_, odb_read_header) \
    F(git_, oid_equal) \
    F(git_, oid_fromstr) \
    F(git_, oid_tostr) \
    F(git_, proxy_options_init) \
    F(git_, reference_create) \
    F(git_, reference_foreach) \
    F(git_, reference_free) \
    F(git_, reference_lookup) \
    F(git_, reference_name) \
    F(git_, reference_name_is_valid) \
    F(git_, reference_peel) \
    F(git_, reference_remove) \
    F(git_, reference_target) \
    F(git_, reference_type) \
    F(git_, remote_connect_ext) \
    F(git_, remote_create_anonymous) \
    F(git_, remote_download) \
    F(git_, remote_free) \
    F(git_, remote_init_callbacks) \
    F(git_, remote_ls) \
    F(git_, remote_stats) \
    F(git_, repository_free) \
    F(git_, repository_init_ext) \
    F(git_, repository_init_options_init) \
    F(git_, repository_odb) \
    F(git_, repository_open_ext) \
    F(git_, repository_path) \
    F(git_, revwalk_free) \
    F(git_, revwalk_hide_ref) \
    F(git_, revwalk_new) \
    F(git_, revwalk_next) \
    F(git_, revwalk_push) \
    F(git_, tree_entry_byindex) \
    F(git_, tree_entry_byname) \
    F(git_, tree_entry_filemode) \
    F(git_, tree_entry_id) \
    F(git_, tree_entry_name) \
    F(git_, tree_entrycount) \
    F(git_, tree_free) \
    F(git_, tree_id) \
    F(git_, tree_lookup)
// clang-format on

LATE_LIBRARY(Git2Library, git2, GIT2_FUNCTIONS);
