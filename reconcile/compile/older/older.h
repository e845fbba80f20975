/* reconcile/compile/older/older.h
 *
 * Inside the room only: services that were written for the framework's version 3 and before. Which
 * rules a service is compiled by is Service.older:
 *
 * - `frameworkVersion` leaves no version from 4 on: those of osls 3.77.1;
 * - `frameworkVersion` leaves no version before 4: those of osls 4.3.1;
 * - otherwise (both, none, or no range): those of 3 when the service says something that 3 took and
 *   4 refuses (package.exclude, a retired runtime, …; older.c has the list), else those of 4.
 *
 * A misspelt property alone chooses nothing: it stays the error that it is in 4.
 * Each kind of older saying is told once, at its first place. */
#pragma once
#include "reconcile/compile/service.h"

/* After variables and merged lists, before the schema: chooses the rules, tells what is said in an
 * older way. What only version 4 knows is taken out of an older service, with a warning.
 * `extensions` is what plugins add to the schema (plugins_schema). */
void older_choose(Service *service, json_t *extensions, Problems *problems);

/* What the schema of osls 3 has beside that of 4 (chunk → extension); NULL for a service that is
 * not older. A new reference. */
json_t *older_schema(const Service *service);

/* Whether ids of versions are made by the framework's first way of hashing (lambdaHashingVersion
 * 20200924). */
bool older_hashes_first_way(const Service *service);

/* Warns of functions whose runtime AWS no longer takes, in any service. Before the schema. */
void older_warn_of_runtimes(const Service *service, Problems *problems);

/* Parts that are files of their own. */

/* Whether AWS has retired the runtime: ret_* (may be NULL) get from when on it creates no function
 * with it, from when on it updates none, and what came after it (constants). */
bool retired_runtime(const char *name, const char **ret_creation, const char **ret_update,
                     const char **ret_successor);
/* All of them, as a list of texts. A new reference. */
json_t *retired_runtimes(void);

/* Pointers (char*) of all values that a pattern finds in `config`, in its order: in
 * "/functions/<any>/runtime" `*` stands for any key or index. `accepts` NULL: all but null.
 * (transfer full) */
typedef bool (*ConfigurationTest)(const json_t *value);
GPtrArray *configuration_find(json_t *config, const char *pattern, ConfigurationTest accepts);
