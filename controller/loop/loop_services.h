/* controller/loop/loop_services.h
 *
 * Inside the loop: the list of services, which grows when a glob finds a new one, and what other
 * units ask of it. The list is behind one mutex; units are never freed while the loop runs, so a
 * unit taken from it stays good. */
#pragma once
#include "controller/loop/service_unit.h"

/* The services of a repository: ServiceUnit*, (transfer container). */
GPtrArray *loop_services_of(Loop *loop, const RepositorySettings *repository);

/* Adds a unit for every new match of the repository's globs at the branches' tips. */
void loop_expand_globs(Loop *loop, const RepositorySettings *repository, Repository *mirror);

/* Tells services that have no revision yet why there is none. */
void loop_tell_trouble(Loop *loop, const RepositorySettings *repository, const char *trouble);

/* Notes that git or AWS could not be looked at, for loop_has_failures. */
void loop_note_blindness(Loop *loop);

/* Whether a service there has a stack to look at. */
bool loop_has_stacks(Loop *loop, const AccountSettings *account, const char *region);

/* Whether the stacks there are looked at anyway, a page at a time. */
bool loop_looks_at_stacks(Loop *loop, const AccountSettings *account, const char *region);

/* The services of an account: ServiceUnit*, (transfer container). */
GPtrArray *loop_services_at(Loop *loop, const AccountSettings *account);

/* Wakes the services whose stack is not as recorded, and those that read an output which is another
 * now. `by_name`: stack name → CloudFormationStack*. */
void loop_compare_stacks(Loop *loop, const AccountSettings *account, const char *region,
                         GHashTable *by_name);

/* A file descriptor, readable once the loop is to stop: nobody waits for a git server then. */
int loop_stop_event(const Loop *loop);
bool loop_is_stopping(const Loop *loop);

/* Says once, when every repository was looked at, which services of the store nobody declares any
 * more. */
void loop_report_orphans(Loop *loop);
