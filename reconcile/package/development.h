/* reconcile/package/development.h
 *
 * Packages that npm installed for development only, read off package-lock.json (lockfileVersion 2
 * and 3): what the framework learns by running npm. Without a lock file nothing is known and
 * everything ships. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Adds the paths (folders of packages, and their links in .bin) that `lock` marks as for
 * development only to `paths` (a set of char*), each behind `folder` (the lock file's; "" for the
 * root). A text that is no lock file adds nothing. */
void development_add(GHashTable *paths, const char *folder, const char *lock, size_t size);
