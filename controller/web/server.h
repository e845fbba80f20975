/* controller/web/server.h
 *
 * The controller's HTTP side: health, metrics, the API that the CLI uses, the status page.
 * Everything shown is read from the Store; what is to be done goes through loop_command. Paths are
 * in this folder's README.
 *
 * Closed by default: reading is open on loopback, or with the token; everything that changes
 * something needs the token where one is set, and loopback where none is. A request from a
 * browser's page of another origin (Origin or Sec-Fetch-Site) changes nothing. */
#pragma once
#include "controller/loop/loop.h"

typedef struct {
    const Settings *settings; /* all borrowed; must outlive the server */
    Store *store;
    Loop *loop;
    Session *session;
    Metrics *metrics;
} WebOptions;

typedef struct WebServer WebServer;

/* Listens where settings->listen says ("127.0.0.1:0": any free port); fails where the address is
 * not loopback and no token is set. */
G_GNUC_WARN_UNUSED_RESULT
WebServer *web_server_start(const WebOptions *options, GError **error);
void web_server_free(WebServer *server); /* stops; NULL-safe */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(WebServer, web_server_free)

/* "http://127.0.0.1:8080" */
const char *web_server_address(const WebServer *server);

/* What GET /api/services answers, from `settings`, `store` and `loop` (may be NULL) alone:
 * {"services": […]}, a new reference. Errors: the store's. */
G_GNUC_WARN_UNUSED_RESULT
json_t *web_services(const WebOptions *options, GError **error);
