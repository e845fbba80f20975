#include "reconcile/compile/events/alexa.h"
#include "reconcile/compile/events/events.h"

void alexa_skill_compile(Compilation *compilation)
{
    static const AlexaService skill = {
        .type = "alexaSkill",
        .id_suffix = "LambdaPermissionAlexaSkill",
        .principal = "alexa-appkit.amazon.com",
    };

    alexa_compile(compilation, &skill);
}
