/* reconcile/plan/hazard_finders.h
 *
 * Inside the room only: one finder a subject. Each appends to `hazards` what a change of one
 * resource amounts to; before and after are the whole resources (NULL: not there). Pure. */
#pragma once
#include "reconcile/plan/plan.h"

void hazards_add(GPtrArray *hazards, HazardKind kind, const char *logical_id, const char *format,
                 ...) G_GNUC_PRINTF(4, 5);

/* IAM and resource policies that allow more than before. Of what is new only the unlimited is told.
 */
void hazards_add_permissions(const ResourceChange *change, json_t *before, json_t *after,
                             GPtrArray *hazards);

/* What becomes reachable without authentication. */
void hazards_add_openings(const ResourceChange *change, json_t *before, json_t *after,
                          GPtrArray *hazards);
