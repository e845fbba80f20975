/* reconcile/apply/artifact_prune.h
 *
 * Which objects of a service's prefix may be deleted: of our own making by their keys, needed by
 * nothing, and over an hour old (an upload lies there before anything names it). Pure. */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdint.h>

#define PRUNE_MIN_AGE_MS ((int64_t)3600 * 1000)

/* "serverless/orders/dev/code/", in which all artifacts of the service of that key lie; NULL for a
 * key of another form. (transfer full) */
char *prune_prefix(const char *key);

/* Adds every key below `prefix` that a template names, alone or in an address, to `keys`, a set
 * that owns its keys. */
void prune_collect(json_t *template, const char *prefix, GHashTable *keys);

/* Of `objects` (S3ListedObject*), the keys that may go (char*, borrowed from objects): those of the
 * form PREFIX<manifest id>/NAME that are not in `needed`, and provenance beside what goes or is
 * gone. */
GPtrArray *prune_choose(const GPtrArray *objects, const char *prefix, GHashTable *needed,
                        int64_t now_ms);
