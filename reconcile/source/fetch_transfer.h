/* reconcile/source/fetch_transfer.h
 *
 * One fetch by libgit2, without time-outs: connect, compare, receive, verify, move the mirror's
 * branches and tags. Runs in the fetching child. */
#pragma once
#include "reconcile/source/fetch_login.h"
#include "reconcile/source/git2_library.h"
#include "reconcile/source/repository.h"

/* Refs move only after every object that they need to name a history has arrived. `login` was
 * checked. */
G_GNUC_WARN_UNUSED_RESULT
bool fetch_transfer(git_repository *mirror, FetchLogin *login, FetchResult *ret, GError **error);
