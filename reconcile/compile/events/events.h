/* reconcile/compile/events/events.h
 *
 * Inside the room only: one function an event type, each in a file of its own (rest_api/ for http).
 * Each walks over the events of its type of all functions, adds what they need to the compilation
 * and reports what is wrong with them; a type that nobody uses adds nothing. `event_types`
 * (events.c) lists them in the order in which the framework emits them, which is also the order of
 * the role's statements. Rules: osls 4.3.1, lib/plugins/aws/package/compile/events. */
#pragma once
#include "reconcile/compile/compilation.h"

void schedule_compile(Compilation *compilation);
void s3_compile(Compilation *compilation);
void http_compile(Compilation *compilation);
void websocket_compile(Compilation *compilation);
void sns_compile(Compilation *compilation);
void stream_compile(Compilation *compilation);
void kafka_compile(Compilation *compilation);
void activemq_compile(Compilation *compilation);
void rabbitmq_compile(Compilation *compilation);
void msk_compile(Compilation *compilation);
void alb_compile(Compilation *compilation);
void alexa_skill_compile(Compilation *compilation);
void alexa_smart_home_compile(Compilation *compilation);
void iot_compile(Compilation *compilation);
void iot_fleet_provisioning_compile(Compilation *compilation);
void cloudwatch_event_compile(Compilation *compilation);
void cloudwatch_log_compile(Compilation *compilation);
void cognito_user_pool_compile(Compilation *compilation);
void event_bridge_compile(Compilation *compilation);
void sqs_compile(Compilation *compilation);
void cloud_front_compile(Compilation *compilation);
void http_api_compile(Compilation *compilation);

/* s3_existing.c: a part of s3_compile. */
bool s3_is_existing(const EventCursor *cursor);
void s3_existing_compile(Compilation *compilation);

/* Part of events_prepare (compilation.h). */
void cloud_front_prepare(json_t *config);
