#include "reconcile/compile/events/events.h"

// clang-format off
const EventType event_types[] = {
    {"schedule",             schedule_compile},
    {"s3",                   s3_compile},
    {"http",                 http_compile},
    {"websocket",            websocket_compile},
    {"sns",                  sns_compile},
    {"stream",               stream_compile},
    {"kafka",                kafka_compile},
    {"activemq",             activemq_compile},
    {"rabbitmq",             rabbitmq_compile},
    {"msk",                  msk_compile},
    {"alb",                  alb_compile},
    {"alexaSkill",           alexa_skill_compile},
    {"alexaSmartHome",       alexa_smart_home_compile},
    {"iot",                  iot_compile},
    {"iotFleetProvisioning", iot_fleet_provisioning_compile},
    {"cloudwatchEvent",      cloudwatch_event_compile},
    {"cloudwatchLog",        cloudwatch_log_compile},
    {"cognitoUserPool",      cognito_user_pool_compile},
    {"eventBridge",          event_bridge_compile},
    {"sqs",                  sqs_compile},
    {"cloudFront",           cloud_front_compile},
    {"httpApi",              http_api_compile},
    {NULL, NULL},
};
// clang-format on

void events_prepare(json_t *config)
{
    cloud_front_prepare(config);
}
