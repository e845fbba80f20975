#include "reconcile/compile/events/events.h"
#include "reconcile/compile/events/message_broker.h"

void activemq_compile(Compilation *compilation)
{
    message_broker_compile(compilation, "activemq", "ActiveMQ");
}
