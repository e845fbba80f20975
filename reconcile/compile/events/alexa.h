/* reconcile/compile/events/alexa.h
 *
 * Inside events/ only: skills and smart home differ in names alone. */
#pragma once
#include "reconcile/compile/compilation.h"

typedef struct {
    const char *type;      /* "alexaSkill" */
    const char *id_suffix; /* "LambdaPermissionAlexaSkill" */
    const char *principal;
} AlexaService;

/* One permission an event, for the skill with the event's id; `enabled: false` takes the right
 * away. */
void alexa_compile(Compilation *compilation, const AlexaService *service);
