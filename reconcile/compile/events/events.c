#include "reconcile/compile/events/events.h"

// clang-format off
const EventType event_types[] = {
    {"schedule",             schedule_compile},
    {"s3",                   s3_compile},
    {"http",                 http_compile},
    {"websocket",            NULL},
    {"sns",                  sns_compile},
    {"stream",               stream_compile},
    {"kafka",                NULL},
    {"activemq",             NULL},
    {"rabbitmq",             NULL},
    {"msk",                  NULL},
    {"alb",                  NULL},
    {"alexaSkill",           NULL},
    {"alexaSmartHome",       NULL},
    {"iot",                  NULL},
    {"iotFleetProvisioning", NULL},
    {"cloudwatchEvent",      NULL},
    {"cloudwatchLog",        NULL},
    {"cognitoUserPool",      NULL},
    {"eventBridge",          event_bridge_compile},
    {"sqs",                  sqs_compile},
    {"cloudFront",           NULL},
    {"httpApi",              http_api_compile},
    {NULL, NULL},
};
// clang-format on
