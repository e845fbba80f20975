#define _GNU_SOURCE
#include "reconcile/package/sandbox_network.h"

#include "reconcile/package/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define HEADER_MAX 8192
#define HEADER_MS 10000
#define CONNECT_MS 15000
#define IDLE_MS 300000

struct SandboxNetwork {
    const char *const *hosts;
    int listener, stop; /* stop is readable from the end on */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned connections; /* under the lock */
};

typedef struct {
    SandboxNetwork *network;
    int client, server;
} Connection;

/* Waits for `events`; false at the time's end and when the sandbox has ended. */
static bool wait_for(const SandboxNetwork *network, int file, short events, int patience_ms)
{
    struct pollfd waiting[] = {{.fd = file, .events = events},
                               {.fd = network->stop, .events = POLLIN}};
    int ready;

    do
        ready = poll(waiting, 2, patience_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0 && waiting[0].revents && !waiting[1].revents;
}

static bool send_all(const SandboxNetwork *network, int file, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t some = send(file, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (some < 0 && (errno == EAGAIN || errno == EINTR)) {
            if (!wait_for(network, file, POLLOUT, IDLE_MS))
                return false;
            continue;
        }
        if (some <= 0)
            return false;
        data += some;
        size -= (size_t)some;
    }
    return true;
}

static void answer(const Connection *connection, const char *status)
{
    g_autofree char *text = g_strdup_printf("HTTP/1.1 %s\r\n\r\n", status);

    if (!send_all(connection->network, connection->client, text, strlen(text)))
        shutdown(connection->client, SHUT_RDWR);
}

/* "CONNECT HOST:PORT HTTP/1.1", read byte for byte where it ends, as what follows is the host's. */
static bool read_request(const Connection *connection, char **ret_host, char **ret_port)
{
    g_autofree char *text = g_malloc(HEADER_MAX + 1);
    char host[256], port[6];
    size_t used = 0;

    for (text[0] = '\0'; !g_str_has_suffix(text, "\r\n\r\n"); text[used] = '\0')
        if (used == HEADER_MAX ||
            !wait_for(connection->network, connection->client, POLLIN, HEADER_MS) ||
            recv(connection->client, text + used++, 1, 0) != 1)
            return false;
    if (sscanf(text, "CONNECT [%255[0-9a-fA-F:.]]:%5[0-9] HTTP/1.", host, port) != 2 &&
        sscanf(text, "CONNECT %255[^: ]:%5[0-9] HTTP/1.", host, port) != 2) {
        answer(connection, "405 only https leaves the sandbox: CONNECT");
        return false;
    }
    *ret_host = g_strdup(host);
    *ret_port = g_strdup(port);
    return true;
}

static int connect_to(const SandboxNetwork *network, const struct addrinfo *address)
{
    int file = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int failed = 0;
    socklen_t size = sizeof(failed);

    if (file < 0)
        return -1;
    if (connect(file, address->ai_addr, address->ai_addrlen) < 0 &&
        (errno != EINPROGRESS || !wait_for(network, file, POLLOUT, CONNECT_MS) ||
         getsockopt(file, SOL_SOCKET, SO_ERROR, &failed, &size) < 0 || failed)) {
        close(file);
        return -1;
    }
    return file;
}

/* The first granted address of the host that answers. */
static bool reach(Connection *connection, const char *host, const char *port)
{
    const struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    bool granted = false;

    if (getaddrinfo(host, port, &wanted, &found) != 0) {
        answer(connection, "502 the host is unknown");
        return false;
    }
    for (const struct addrinfo *at = found; at && connection->server < 0; at = at->ai_next) {
        if (!sandbox_network_allows(connection->network->hosts, host, at->ai_addr))
            continue;
        granted = true;
        connection->server = connect_to(connection->network, at);
    }
    freeaddrinfo(found);
    if (connection->server < 0)
        answer(connection, granted ? "502 the host does not answer"
                                   : "403 the host is not granted to this build");
    return connection->server >= 0;
}

/* One block from one side to the other; false once that side has no more. */
static bool pass(const SandboxNetwork *network, int from, int to, char *block, size_t size)
{
    ssize_t got = recv(from, block, size, MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got > 0)
        return send_all(network, to, block, (size_t)got);
    shutdown(to, SHUT_WR);
    return false;
}

static void relay(const Connection *connection)
{
    g_autofree char *block = g_malloc(65536);
    bool up = true, down = true;

    while (up || down) {
        struct pollfd waiting[] = {{.fd = up ? connection->client : -1, .events = POLLIN},
                                   {.fd = down ? connection->server : -1, .events = POLLIN},
                                   {.fd = connection->network->stop, .events = POLLIN}};

        if (poll(waiting, 3, IDLE_MS) <= 0 || waiting[2].revents)
            return;
        if (waiting[0].revents)
            up = pass(connection->network, connection->client, connection->server, block, 65536);
        if (waiting[1].revents)
            down = pass(connection->network, connection->server, connection->client, block, 65536);
    }
}

static void *serve(void *data)
{
    Connection *connection = data;
    SandboxNetwork *network = connection->network;
    g_autofree char *host = NULL, *port = NULL;

    if (read_request(connection, &host, &port) && reach(connection, host, port)) {
        answer(connection, "200 connected");
        relay(connection);
        close(connection->server);
    }
    close(connection->client);
    g_free(connection);
    pthread_mutex_lock(&network->lock);
    network->connections--;
    pthread_cond_broadcast(&network->changed);
    pthread_mutex_unlock(&network->lock);
    return NULL;
}

static void start_connection(SandboxNetwork *network, int client)
{
    Connection *connection = g_new0(Connection, 1);
    pthread_attr_t detached;
    pthread_t thread;

    *connection = (Connection){network, client, -1};
    pthread_mutex_lock(&network->lock);
    while (network->connections >= CONNECTIONS_MAX)
        pthread_cond_wait(&network->changed, &network->lock);
    network->connections++;
    pthread_mutex_unlock(&network->lock);
    pthread_attr_init(&detached);
    pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
    if (pthread_create(&thread, &detached, serve, connection) != 0) {
        close(client);
        g_free(connection);
        pthread_mutex_lock(&network->lock);
        network->connections--;
        pthread_mutex_unlock(&network->lock);
    }
    pthread_attr_destroy(&detached);
}

static void *accept_all(void *data)
{
    SandboxNetwork *network = data;

    while (wait_for(network, network->listener, POLLIN, -1)) {
        int client = accept4(network->listener, NULL, NULL, SOCK_CLOEXEC);

        if (client >= 0)
            start_connection(network, client);
    }
    return NULL;
}

static void send_file(int channel, int file)
{
    char byte = 0, space[CMSG_SPACE(sizeof(int))] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);

    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &file, sizeof(int));
    if (sendmsg(channel, &message, MSG_NOSIGNAL) < 0)
        _exit(errno);
}

static int receive_file(int channel)
{
    char byte, space[CMSG_SPACE(sizeof(int))];
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof(space)};
    struct cmsghdr *header;
    int file = -1;

    if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1)
        return -1;
    header = CMSG_FIRSTHDR(&message);
    if (header && header->cmsg_type == SCM_RIGHTS)
        memcpy(&file, CMSG_DATA(header), sizeof(int));
    return file;
}

/* In a child, which may change its namespaces as it has one thread. A socket stays in the network
 * that it was made in. */
G_NORETURN static void child_listen(int user, int network, int channel)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_port = htons(SANDBOX_PROXY_PORT)};
    int listener;

    if (setns(user, CLONE_NEWUSER) < 0 || setns(network, CLONE_NEWNET) < 0)
        _exit(errno);
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(listener, CONNECTIONS_MAX) < 0)
        _exit(errno);
    send_file(channel, listener);
    _exit(0);
}

static int network_of(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", (int)pid);

    return open(path, O_RDONLY | O_CLOEXEC);
}

static int listen_inside(pid_t first, GError **error)
{
    /* the network's owner and not the process's own: bubblewrap goes on into a user namespace that
     * rules nothing, sooner or later than this */
    int network = network_of(first), user = network >= 0 ? ioctl(network, NS_GET_USERNS) : -1;
    int ends[2] = {-1, -1}, listener = -1, status = 0;
    pid_t pid = -1;

    if (user >= 0 && network >= 0 &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 && (pid = fork()) == 0)
        child_listen(user, network, ends[1]);
    if (ends[1] >= 0)
        close(ends[1]);
    if (pid > 0) {
        listener = receive_file(ends[0]);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
    }
    if (listener < 0)
        g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_FAILED,
                    "start the sandbox: listen in its network: %s", g_strerror(errno));
    if (user >= 0)
        close(user);
    if (network >= 0)
        close(network);
    if (ends[0] >= 0)
        close(ends[0]);
    return listener;
}

SandboxNetwork *sandbox_network_start(pid_t first, const char *const *hosts, GError **error)
{
    int listener = listen_inside(first, error);
    SandboxNetwork *network;

    if (listener < 0)
        return NULL;
    network = g_new0(SandboxNetwork, 1);
    network->hosts = hosts;
    network->listener = listener;
    network->stop = eventfd(0, EFD_CLOEXEC);
    pthread_mutex_init(&network->lock, NULL);
    pthread_cond_init(&network->changed, NULL);
    if (network->stop >= 0 && pthread_create(&network->thread, NULL, accept_all, network) == 0)
        return network;
    g_set_error(error, SANDBOX_ERROR, SANDBOX_ERROR_FAILED,
                "start the sandbox: a thread for its network: %s", g_strerror(errno));
    close(network->listener);
    if (network->stop >= 0)
        close(network->stop);
    g_free(network);
    return NULL;
}

void sandbox_network_free(SandboxNetwork *network)
{
    const uint64_t one = 1;

    if (!network)
        return;
    if (write(network->stop, &one, sizeof(one)) < 0)
        g_warn_if_reached();
    pthread_join(network->thread, NULL);
    pthread_mutex_lock(&network->lock);
    while (network->connections)
        pthread_cond_wait(&network->changed, &network->lock);
    pthread_mutex_unlock(&network->lock);
    close(network->listener);
    close(network->stop);
    pthread_cond_destroy(&network->changed);
    pthread_mutex_destroy(&network->lock);
    g_free(network);
}
