/* controller/loop/repository_unit.h
 *
 * Inside the loop: one repository's mirror, polled. After a fetch it resolves what each of its
 * services wants and holds their ReadSets against the new trees, so that a commit that changes
 * nothing for a service does not even wake it. */
#pragma once
#include "config/settings.h"
#include "controller/loop/loop.h"
#include "controller/loop/queue.h"

typedef struct RepositoryUnit RepositoryUnit;

/* `services`: ServiceUnit*, borrowed, those of this repository; may grow (globs) only through
 * repository_unit_work. */
RepositoryUnit *repository_unit_new(Loop *loop, const LoopOptions *options, Queue *queue,
                                    const RepositorySettings *settings);
void repository_unit_free(RepositoryUnit *repository);

int64_t repository_unit_work(void *data);
Unit *repository_unit_in_queue(RepositoryUnit *repository);

/* The mirror's folder, borrowed. */
const char *repository_unit_mirror(const RepositoryUnit *repository);
const char *repository_unit_name(const RepositoryUnit *repository);

/* Whether it was looked at once, whatever came of it. */
bool repository_unit_was_seen(RepositoryUnit *repository);
