/* reconcile/compile/events/event_source_mapping.h
 *
 * Inside events/ only: what the types share that Lambda polls for (sqs, stream, kafka, msk,
 * activemq, rabbitmq). */
#pragma once
#include "reconcile/compile/events/event_properties.h"

/* Adds AWS::Lambda::EventSourceMapping `id`, which depends on the function's role and alias.
 * FunctionName is set here; `properties_new` is stolen. Returns the resource. */
json_t *event_source_mapping_add(Compilation *compilation, const Function *function, const char *id,
                                 json_t *properties_new);

/* BatchSize, MaximumBatchingWindowInSeconds, Enabled and FilterCriteria of the brokers, which are
 * left out where unset. */
void event_source_mapping_set_batching(json_t *properties, json_t *event);

/* StartingPosition (TRIM_HORIZON by default) and its timestamp. False, with an error, when
 * AT_TIMESTAMP has none. */
bool event_source_mapping_set_position(Compilation *compilation, const EventCursor *cursor,
                                       const char *type, json_t *properties);

/* Lambda needs these to poll inside a VPC. A new reference. */
json_t *network_interface_statement(void);

/* {"Effect":"Allow","Action":[…],"Resource":[]}; `actions` are separated by spaces. A new
 * reference. */
json_t *allow_statement_new(const char *actions);

/* Adds `statement_new` to the default role unless its Resource is an empty array. */
void add_statement_in_use(Compilation *compilation, json_t *statement_new);

/* Notes that `resource` (borrowed) is acted on. */
void statement_append(json_t *statement, json_t *resource);
