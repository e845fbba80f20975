/* Which hosts a sandbox with network may reach. */
#include "reconcile/package/sandbox_network.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

typedef enum { ADDRESS_PUBLIC, ADDRESS_PRIVATE, ADDRESS_OWN } AddressKind;

/* RFC 6890's special-purpose blocks that lead into somebody's own network, or nowhere. */
static const struct {
    uint32_t block, bits;
    AddressKind kind;
} blocks[] = {
    {0x00000000, 8, ADDRESS_OWN},      {0x7f000000, 8, ADDRESS_OWN},
    {0xa9fe0000, 16, ADDRESS_OWN}, /* link-local: the machine's credentials */
    {0xe0000000, 4, ADDRESS_OWN},      {0xf0000000, 4, ADDRESS_OWN},
    {0x0a000000, 8, ADDRESS_PRIVATE},  {0x64400000, 10, ADDRESS_PRIVATE},
    {0xac100000, 12, ADDRESS_PRIVATE}, {0xc0000000, 24, ADDRESS_PRIVATE},
    {0xc0a80000, 16, ADDRESS_PRIVATE}, {0xc6120000, 15, ADDRESS_PRIVATE},
};

static AddressKind kind_of_v4(uint32_t address)
{
    for (size_t i = 0; i < G_N_ELEMENTS(blocks); i++)
        if ((address ^ blocks[i].block) >> (32 - blocks[i].bits) == 0)
            return blocks[i].kind;
    return ADDRESS_PUBLIC;
}

static uint32_t v4_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static AddressKind kind_of_v6(const uint8_t *bytes)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t nothing[12] = {0};

    if (!memcmp(bytes, mapped, 12) || !memcmp(bytes, translated, 12))
        return kind_of_v4(v4_at(bytes + 12));
    if (!memcmp(bytes, nothing, 12)) /* ::, ::1 and what once was IPv4-compatible */
        return ADDRESS_OWN;
    if (bytes[0] == 0x20 && bytes[1] == 0x02)
        return kind_of_v4(v4_at(bytes + 2));
    if (bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80))
        return ADDRESS_OWN;
    /* fec0::/10 once was what fc00::/7 is; fd00:ec2::254 is where AWS hands out credentials */
    if ((bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0xc0))
        return ADDRESS_PRIVATE;
    return ADDRESS_PUBLIC;
}

static AddressKind kind_of(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET)
        return kind_of_v4(
            ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    if (address->sa_family == AF_INET6)
        return kind_of_v6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    return ADDRESS_OWN;
}

/* Who grants an address or localhost knows what lies there; a name's owner decides where it leads.
 */
static bool means_own(const char *host)
{
    uint8_t bytes[16];

    return !strcasecmp(host, "localhost") || inet_pton(AF_INET, host, bytes) == 1 ||
           inet_pton(AF_INET6, host, bytes) == 1;
}

bool sandbox_network_allows(const char *const *hosts, const char *name,
                            const struct sockaddr *address)
{
    AddressKind kind = kind_of(address);

    for (; *hosts; hosts++) {
        if (!strcmp(*hosts, "*") && kind == ADDRESS_PUBLIC)
            return true;
        if (!strcasecmp(*hosts, name) && (kind != ADDRESS_OWN || means_own(*hosts)))
            return true;
    }
    return false;
}
