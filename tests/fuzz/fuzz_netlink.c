/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes base/netlink: an answer of the kernel's as messages, and each payload as a link and as
 * an address. What has to hold: payloads lie within the answer, one after the other; names end; an
 * address is written as inet_pton(3) reads it, its prefix no longer than it is; two answers that
 * are taken one after the other are what they are in one.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>

#include "base/netlink.h"

typedef struct Answer {
	const guint8 *start;
	gsize size;
	const guint8 *last; /* where the payload before ends */
	guint n;
} Answer;

static void check_link(const guint8 *payload, gsize size)
{
	NslLink link;

	if (!nsl_netlink_parse_link(payload, size, &link))
		return;
	g_assert_true(link.index > 0 && link.index <= G_MAXINT32);
	g_assert_nonnull(memchr(link.name, '\0', sizeof(link.name)));
	g_assert_nonnull(memchr(link.kind, '\0', sizeof(link.kind)));
	g_assert_true(link.name[0] != '\0');
	g_assert_true(link.elsewhere || link.netnsid == -1);
}

static void check_address(const guint8 *payload, gsize size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint8 bytes[16];
	NslLinkAddress found;
	NslAddress address;
	char *slash;

	if (!nsl_netlink_parse_address(payload, size, &found))
		return;
	address = found.address;
	g_assert_true(address.size == 4 || address.size == 16);
	g_assert_cmpuint(address.prefix, <=, address.size == 4 ? 32 : 128);
	nsl_address_append(text, &address);
	slash = strchr(text->str, '/');
	g_assert_nonnull(slash);
	*slash = '\0';
	g_assert_cmpuint(g_ascii_strtoull(slash + 1, NULL, 10), ==, address.prefix);
	g_assert_cmpint(inet_pton(address.size == 4 ? AF_INET : AF_INET6, text->str, bytes), ==, 1);
	g_assert_cmpmem(bytes, address.size, address.bytes, address.size);
	if (nsl_address_is_link_local(&address))
		g_assert_true(g_str_has_prefix(text->str, "fe"));
}

static void take(gpointer data, int type, const guint8 *payload, gsize size)
{
	Answer *answer = data;

	g_assert_true(type >= 0 && type <= G_MAXUINT16);
	g_assert_true(payload >= answer->last + NLMSG_HDRLEN);
	g_assert_true(size <= answer->size && payload + size <= answer->start + answer->size);
	answer->last = payload + size;
	answer->n++;
	check_link(payload, size);
	check_address(payload, size);
}

static void count(gpointer data, int type, const guint8 *payload, gsize size)
{
	(void)type;
	(void)payload;
	(void)size;
	++*(guint *)data;
}

void fuzz_one(const guint8 *data, gsize size)
{
	Answer answer = {.start = data, .size = size, .last = data};
	int result = nsl_netlink_parse(data, size, 1, take, &answer);
	guint n = 0;

	g_assert_true(result <= 1 && result >= -4095);
	check_link(data, size);
	check_address(data, size);
	/* Of what ends where a message does, twice the bytes are twice the messages. */
	if (result == 0 && size % NLMSG_ALIGNTO == 0) {
		g_autofree guint8 *twice = g_malloc(2 * size + 1);

		memcpy(twice, data, size);
		memcpy(twice + size, data, size);
		g_assert_cmpint(nsl_netlink_parse(twice, 2 * size, 1, count, &n), ==, 0);
		g_assert_cmpuint(n, ==, answer.n + answer.n);
	}
}
