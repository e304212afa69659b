// Which addresses a web call must not reach unless it is allowed (RFC 6890, RFC 6598, RFC 4193, RFC 6052).
#include "handoff/platform/http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

static bool in_v4(uint32_t address, uint32_t network, int bits)
{
    return address >> (32 - bits) == network >> (32 - bits);
}

#define V4(a, b, c) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8)

static bool is_private_v4(uint32_t address)
{
    static const struct {
        uint32_t network;
        int bits;
    } blocks[] = {
        {V4(0, 0, 0), 8},      {V4(10, 0, 0), 8},    {V4(100, 64, 0), 10},   {V4(127, 0, 0), 8},
        {V4(169, 254, 0), 16}, {V4(172, 16, 0), 12}, {V4(192, 0, 0), 24},    {V4(192, 0, 2), 24},
        {V4(192, 168, 0), 16}, {V4(198, 18, 0), 15}, {V4(198, 51, 100), 24}, {V4(203, 0, 113), 24},
        {V4(224, 0, 0), 4},    {V4(240, 0, 0), 4},
    };
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (in_v4(address, blocks[i].network, blocks[i].bits))
            return true;
    return false;
}

static uint32_t v4_at(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_private_v6(const uint8_t *a)
{
    static const uint8_t zeros[12], mapped[12] = {[10] = 0xFF, [11] = 0xFF}, translated[12] = {0x00, 0x64, 0xFF, 0x9B};
    if (memcmp(a, mapped, 12) == 0 || memcmp(a, translated, 12) == 0)
        return is_private_v4(v4_at(a + 12));
    if (memcmp(a, zeros, 12) == 0)
        return true; // ::, ::1 and what once held IPv4
    if (a[0] == 0x20 && a[1] == 0x02)
        return is_private_v4(v4_at(a + 2)); // 6to4
    bool unique_local = (a[0] & 0xFE) == 0xFC, link_local = a[0] == 0xFE && (a[1] & 0xC0) == 0x80;
    bool site_local = a[0] == 0xFE && (a[1] & 0xC0) == 0xC0, multicast = a[0] == 0xFF;
    bool documentation = a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0D && a[3] == 0xB8;
    return unique_local || link_local || site_local || multicast || documentation;
}

bool ho_address_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return is_private_v4(ntohl(v4.sin_addr.s_addr));
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return is_private_v6(v6.sin6_addr.s6_addr);
    }
    return true; // no internet address at all
}
