/* tests/aws/wire/server.h
 *
 * The HTTP server: a thread for each connection, keep-alive. Hands every complete request to
 * dispatch(). */
#pragma once
#include "tests/aws/double.h"

typedef struct Server Server;

/* Listens on 127.0.0.1, at `port` or a free one for 0. NULL when it cannot. */
Server *server_start(Double *aws, unsigned port);
unsigned server_port(const Server *server);
void server_stop(Server *server);
