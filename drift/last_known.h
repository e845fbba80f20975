/* drift/last_known.h
 *
 * What a Ref and the attributes of a deleted resource were while it was there: from its physical
 * id, from outputs that showed them, and from the ARN formats of common types (Service
 * Authorization Reference). Pure. */
#pragma once
#include "drift/finding.h"

/* {logical id: {"Ref": …, attribute: …}} of the DELETED findings, a new reference. `outputs` are
 * the stack's ({key: value}), `stack_id` tells partition, region and account. What is not known is
 * not in it. */
json_t *last_known_values(json_t *template, const GPtrArray *findings, json_t *outputs,
                          const char *stack_id);
