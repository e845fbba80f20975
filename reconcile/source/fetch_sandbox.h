/* reconcile/source/fetch_sandbox.h
 *
 * What the fetching child gives up before it talks to a server: new privileges, core dumps, most
 * memory, and every system call that fetching over file, https or ssh does not need (an allow-list
 * by libseccomp; the rest answers EPERM). It cannot run programs, trace others, mount, load code
 * into the kernel, listen or change its limits. It can still open files that its user may open, as
 * keys, certificates and local repositories lie anywhere. */
#pragma once
#include <glib.h>
#include <stdbool.h>

/* Called first of all: no other file descriptors than 0-2, dies with its parent, no core dumps. */
void fetch_sandbox_prepare(void);

/* For the rest of the process. Fails closed: on an error nothing may be fetched. */
G_GNUC_WARN_UNUSED_RESULT
bool fetch_sandbox_enter(GError **error);
