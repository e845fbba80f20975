/* drift/ignore.h
 *
 * The ignore rules of driftless.yml (`drift: ignore:`) over findings. A rule without a path covers
 * everything of the resources it names, deletion and code too; one with a path covers the
 * differences at it and below. Pure. */
#pragma once
#include "config/settings.h"
#include "drift/finding.h"

/* Marks what the rules (DriftIgnore*, may be NULL) cover. */
void findings_ignore(GPtrArray *findings, const GPtrArray *rules);
