/* What of the network a sandbox reaches: nothing, or what was granted. */
#define _GNU_SOURCE
#include "reconcile/package/sandbox_network.h"

#include "sandbox_case.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

Test(sandbox_network, no_network_is_reached_not_even_this_machine)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    g_autofree char *command = NULL, *said = NULL;
    Case test;

    cr_assert_eq(bind(server, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(server, 4), 0);
    cr_assert_eq(getsockname(server, (struct sockaddr *)&address, &size), 0);
    command = g_strdup_printf(
        "python3 -c '\nimport socket\n"
        "for to in (\"127.0.0.1\", %d), (\"169.254.169.254\", 80), (\"1.1.1.1\", 53):\n"
        " try:\n  socket.create_connection(to, 2)\n  print(\"reached\", to)\n"
        " except OSError as no:\n  print(\"no\", no)\n"
        "for family in 40, 17, 16, 31:\n"
        " try:\n  socket.socket(family, socket.SOCK_DGRAM)\n  print(\"family\", family)\n"
        " except OSError as no:\n  print(\"no\", no)\n'",
        ntohs(address.sin_port));
    prepare(&test, command);
    run(&test);
    said = g_strconcat(test.result.output.text, test.result.errors.text, NULL);
    clear(&test);
    close(server);
    cr_assert_not(strstr(said, "reached"), "%s", said);
    /* 16 is netlink, which sees the empty namespace only */
    cr_assert_not(strstr(said, "family 40") || strstr(said, "family 17") ||
                      strstr(said, "family 31"),
                  "%s", said);
    cr_assert(strstr(said, "no "), "%s", said);
}

/* Answers one connection with a word, from a thread of the test. */
static void *greet(void *data)
{
    int client = accept(*(int *)data, NULL, NULL);

    if (client >= 0) {
        cr_assert_eq(write(client, "hello from outside", 18), 18);
        close(client);
    }
    return NULL;
}

static char *asked_through_proxy(const char *host, const char *const *granted)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int server = socket(AF_INET, SOCK_STREAM, 0);
    g_autofree char *command = NULL;
    char *said;
    pthread_t thread;
    Case test;

    cr_assert_eq(bind(server, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(server, 4), 0);
    cr_assert_eq(getsockname(server, (struct sockaddr *)&address, &size), 0);
    pthread_create(&thread, NULL, greet, &server);
    command = g_strdup_printf(
        "python3 -c '\nimport socket, os\n"
        "proxy = os.environ[\"HTTPS_PROXY\"].split(\"//\")[1].split(\":\")\n"
        "s = socket.create_connection((proxy[0], int(proxy[1])), 5)\n"
        "s.sendall(b\"CONNECT %s:%d HTTP/1.1\\r\\n\\r\\n\")\ns.shutdown(socket.SHUT_WR)\n"
        "while True:\n got = s.recv(4096)\n if not got: break\n print(got.decode())\n'",
        host, ntohs(address.sin_port));
    prepare(&test, command);
    test.request.network = granted;
    run(&test);
    shutdown(server, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(server);
    said = g_strconcat(test.result.output.text, test.result.errors.text, NULL);
    clear(&test);
    return said;
}

Test(sandbox_network, a_granted_host_is_reached_through_the_proxy)
{
    const char *const granted[] = {"127.0.0.1", NULL};
    g_autofree char *said = asked_through_proxy("127.0.0.1", granted);

    cr_assert(strstr(said, "HTTP/1.1 200"), "%s", said);
    cr_assert(strstr(said, "hello from outside"), "%s", said);
}

Test(sandbox_network, network_for_all_the_world_reaches_neither_this_machine_nor_its_credentials)
{
    const char *const granted[] = {"*", NULL};
    static const char *const own[] = {
        "127.0.0.1",       "localhost", "[::1]",           "10.0.0.1",           "192.168.1.1",
        "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:127.0.0.1]", "0.0.0.0"};

    for (size_t i = 0; i < G_N_ELEMENTS(own); i++) {
        g_autofree char *said = asked_through_proxy(own[i], granted);

        cr_assert(strstr(said, "HTTP/1.1 403") || strstr(said, "HTTP/1.1 502 the host is unknown"),
                  "%s: %s", own[i], said);
    }
}

Test(sandbox_network, a_granted_name_leads_to_this_machine_only_where_it_says_so)
{
    const struct sockaddr_in own = {.sin_family = AF_INET,
                                    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr_in near = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a000001)};
    const char *const granted[] = {"registry.example.com", "localhost", NULL};

    cr_assert_not(
        sandbox_network_allows(granted, "registry.example.com", (const struct sockaddr *)&own));
    cr_assert(
        sandbox_network_allows(granted, "Registry.example.com", (const struct sockaddr *)&near));
    cr_assert(sandbox_network_allows(granted, "localhost", (const struct sockaddr *)&own));
    cr_assert_not(
        sandbox_network_allows(granted, "other.example.com", (const struct sockaddr *)&near));
}
