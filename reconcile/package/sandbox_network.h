/* reconcile/package/sandbox_network.h
 *
 * The one way out of a sandbox that is granted network: an HTTP proxy (CONNECT alone) that listens
 * inside the sandbox's own network and connects from here, to granted hosts. So a build reaches its
 * package registry, and neither this machine, its neighbours nor the address that hands out the
 * machine's credentials. For sandbox.c alone. */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <sys/types.h>

#define SANDBOX_PROXY_PORT 3128

typedef struct SandboxNetwork SandboxNetwork;

/* Listens in the network of the process `first` and serves until it is freed. `hosts` as in
 * SandboxRequest; borrowed. */
G_GNUC_WARN_UNUSED_RESULT
SandboxNetwork *sandbox_network_start(pid_t first, const char *const *hosts, GError **error);

/* Ends all connections and waits for their threads. NULL-safe. */
void sandbox_network_free(SandboxNetwork *network);

/* Whether a connection to the address (of a sockaddr) may be made for a host that was asked for by
 * this name. Pure. */
struct sockaddr;
bool sandbox_network_allows(const char *const *hosts, const char *name,
                            const struct sockaddr *address);
