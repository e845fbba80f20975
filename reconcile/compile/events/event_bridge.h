/* reconcile/compile/events/event_bridge.h
 *
 * Inside this folder only: eventBridge events of older services with
 * `provider.eventBridge.useCloudFormation: false`, whose rules a function of the stack makes
 * (Custom::EventBridge). Rules: osls 3.77.1, lib/plugins/aws/package/compile/events/event-bridge.
 */
#pragma once
#include "reconcile/compile/compilation.h"

/* Whether the rules are not made by CloudFormation itself. */
bool event_bridge_is_custom(json_t *config);

/* Adds the resource of one event. `transformer` is its inputTransformer by CloudFormation's names,
 * or NULL. */
void event_bridge_custom_add(Compilation *compilation, const EventCursor *cursor, const char *rule,
                             json_t *transformer);

/* After all events: the function that makes the rules. */
void event_bridge_custom_finish(Compilation *compilation);
