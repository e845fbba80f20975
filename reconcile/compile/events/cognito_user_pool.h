/* reconcile/compile/events/cognito_user_pool.h
 *
 * Inside events/ only: what pools of this service and pools of others have in common. */
#pragma once
#include "reconcile/compile/compilation.h"

/* Whether the pool is there already, so that a custom resource tells it about the function. */
bool cognito_is_existing(const EventCursor *cursor);

/* These get a message to encrypt and a version of the event beside the function. */
bool cognito_is_custom_sender(const char *trigger);

/* The key of a custom sender (borrowed); NULL, with an error, where there is none or another than
 * the `earlier` one (may be NULL) of the same pool. */
json_t *cognito_sender_key(Compilation *compilation, const EventCursor *cursor, json_t *earlier);

/* cognito_existing.c */
void cognito_existing_compile(Compilation *compilation);
