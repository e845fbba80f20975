#include "reconcile/compile/events/alexa.h"
#include "reconcile/compile/events/events.h"

void alexa_smart_home_compile(Compilation *compilation)
{
    static const AlexaService smart_home = {
        .type = "alexaSmartHome",
        .id_suffix = "LambdaPermissionAlexaSmartHome",
        .principal = "alexa-connectedhome.amazon.com",
    };

    alexa_compile(compilation, &smart_home);
}
