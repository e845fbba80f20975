/* controller/build/entry_point.h
 *
 * Whether the file that a function starts in is in its archive: one that is not makes a green
 * deploy of a function that fails at its first call. */
#pragma once
#include "config/problem.h"
#include "reconcile/compile/compile.h"
#include "reconcile/source/artifact.h"

/* Warns, at its place, of a function `id` (its resource in the template) whose Handler names a file
 * that `artifact` lacks. Silent where that cannot be told: of runtimes that are no interpreters,
 * archives that a bundler makes or that are given, code that a layer may bring, and where the
 * archive's list was not kept. */
void entry_point_check(const char *id, json_t *function, const ArtifactSpec *spec,
                       const Artifact *artifact, const Service *service, const Template *compiled,
                       Problems *problems);
