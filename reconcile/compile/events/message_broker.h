/* reconcile/compile/events/message_broker.h
 *
 * Inside events/ only: Amazon MQ, whose two brokers differ in names and in RabbitMQ's virtual host.
 */
#pragma once
#include "reconcile/compile/compilation.h"

/* `type` is "activemq" or "rabbitmq", `id_part` "ActiveMQ" or "RabbitMQ". */
void message_broker_compile(Compilation *compilation, const char *type, const char *id_part);
