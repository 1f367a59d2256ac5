/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/netlink: messages as the kernel sends them, cut off at every byte, and what the
 * net namespace that the test runs in says of its loopback interface.
 */
#include "base/netlink.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/each.h"
#include "fixture.h"

/* ------------------------------------------------------------------------------------- messages */

static void add_bytes(GByteArray *bytes, const void *data, gsize size)
{
	static const guint8 zeros[4];

	g_byte_array_append(bytes, data, (guint)size);
	g_byte_array_append(bytes, zeros, (4 - bytes->len % 4) % 4);
}

static void add_attribute(GByteArray *bytes, guint16 type, const void *value, gsize size)
{
	struct rtattr header = {.rta_len = (guint16)(sizeof(header) + size), .rta_type = type};

	g_byte_array_append(bytes, (const guint8 *)&header, sizeof(header));
	add_bytes(bytes, value, size);
}

static void add_number(GByteArray *bytes, guint16 type, gint32 value)
{
	add_attribute(bytes, type, &value, sizeof(value));
}

static void add_message(GByteArray *bytes, guint16 type, guint16 flags, guint32 seq,
			const void *payload, gsize size)
{
	struct nlmsghdr header = {.nlmsg_len = (guint32)(NLMSG_HDRLEN + size),
				  .nlmsg_type = type,
				  .nlmsg_flags = flags,
				  .nlmsg_seq = seq};

	g_byte_array_append(bytes, (const guint8 *)&header, sizeof(header));
	add_bytes(bytes, payload, size);
}

static GByteArray *new_link(const char *name, gint32 index, guint32 flags)
{
	struct ifinfomsg info = {.ifi_index = index, .ifi_flags = flags};
	GByteArray *bytes = g_byte_array_new();

	add_bytes(bytes, &info, sizeof(info));
	add_attribute(bytes, IFLA_IFNAME, name, strlen(name) + 1);
	return bytes;
}

static GByteArray *new_address(int family, guint8 prefix, guint32 index)
{
	struct ifaddrmsg info = {
		.ifa_family = (guint8)family, .ifa_prefixlen = prefix, .ifa_index = index};
	GByteArray *bytes = g_byte_array_new();

	add_bytes(bytes, &info, sizeof(info));
	return bytes;
}

/* In memory of just that size. Transfer full. */
static guint8 *copy_of(const guint8 *bytes, gsize size)
{
	guint8 *copy = g_malloc(size + (size == 0));

	memcpy(copy, bytes, size);
	return copy;
}

TEST(link)
{
	g_autoptr(GByteArray) bytes = new_link("eth0", 2, IFF_UP | IFF_RUNNING);
	g_autoptr(GByteArray) info = g_byte_array_new();
	NslLink link;

	add_attribute(info, IFLA_INFO_KIND, "veth", 4); /* without its NUL */
	add_number(bytes, IFLA_LINK, 7);
	add_attribute(bytes, IFLA_LINKINFO | NLA_F_NESTED, info->data, info->len);
	g_assert_true(nsl_netlink_parse_link(bytes->data, bytes->len, &link));
	g_assert_cmpstr(link.name, ==, "eth0");
	g_assert_cmpstr(link.kind, ==, "veth");
	g_assert_cmpuint(link.index, ==, 2);
	g_assert_cmpuint(link.link, ==, 7);
	g_assert_true(link.up);
	g_assert_false(link.elsewhere);
	add_number(bytes, IFLA_LINK_NETNSID, 3);
	g_assert_true(nsl_netlink_parse_link(bytes->data, bytes->len, &link));
	g_assert_true(link.elsewhere);
	g_assert_cmpint(link.netnsid, ==, 3);
}

TEST(odd_links)
{
	g_autoptr(GByteArray) down = new_link("a\xff\x1b", 5, 0);
	g_autoptr(GByteArray) nameless = new_link("", 5, 0);
	g_autoptr(GByteArray) negative = new_link("x", -1, 0);
	g_autofree char *text = g_strnfill(200, 'n');
	g_autoptr(GByteArray) wide = new_link(text, 6, IFF_UP);
	NslLink link;

	g_assert_true(nsl_netlink_parse_link(down->data, down->len, &link));
	g_assert_false(link.up);
	g_assert_cmpstr(link.name, ==, "a\xff\x1b");
	g_assert_cmpstr(link.kind, ==, "");
	g_assert_cmpuint(link.link, ==, 0);
	g_assert_false(nsl_netlink_parse_link(nameless->data, nameless->len, &link));
	g_assert_false(nsl_netlink_parse_link(negative->data, negative->len, &link));
	g_assert_true(nsl_netlink_parse_link(wide->data, wide->len, &link));
	g_assert_cmpuint(strlen(link.name), ==, sizeof(link.name) - 1);
}

/* Every prefix of a message, in memory of just that size, for the sanitizers. */
TEST(cut_off)
{
	g_autoptr(GByteArray) link = new_link("eth0", 2, IFF_UP);
	g_autoptr(GByteArray) address = new_address(AF_INET6, 64, 2);
	guint8 bytes[16] = {0xfe, 0x80};

	add_number(link, IFLA_LINK, 7);
	add_attribute(address, IFA_ADDRESS, bytes, sizeof(bytes));
	for (gsize size = 0; size <= link->len; size++) {
		g_autofree guint8 *copy = copy_of(link->data, size);
		NslLink found;
		bool whole = nsl_netlink_parse_link(copy, size, &found);

		g_assert_true(!whole || size >= sizeof(struct ifinfomsg) + 4 + 5);
	}
	for (gsize size = 0; size <= address->len; size++) {
		g_autofree guint8 *copy = copy_of(address->data, size);
		NslLinkAddress found;

		g_assert_true(nsl_netlink_parse_address(copy, size, &found) ==
			      (size == address->len));
	}
}

static void check_address(GByteArray *bytes, const char *expected)
{
	g_autoptr(GString) text = g_string_new(NULL);
	NslLinkAddress found;

	g_assert_true(nsl_netlink_parse_address(bytes->data, bytes->len, &found));
	g_assert_cmpuint(found.index, ==, 9);
	nsl_address_append(text, &found.address);
	g_assert_cmpstr(text->str, ==, expected);
}

TEST(address)
{
	static const guint8 own[4] = {10, 0, 0, 2};
	static const guint8 other[4] = {10, 0, 0, 1};
	static const guint8 six[16] = {0xfe, 0x80, [15] = 1};
	g_autoptr(GByteArray) v4 = new_address(AF_INET, 24, 9);
	g_autoptr(GByteArray) v6 = new_address(AF_INET6, 128, 9);
	g_autoptr(GByteArray) alien = new_address(AF_UNIX, 8, 9);
	g_autoptr(GByteArray) wide = new_address(AF_INET, 33, 9);
	NslLinkAddress found;

	add_attribute(v4, IFA_LOCAL, own, 4);
	add_attribute(v4, IFA_ADDRESS, other, 4); /* the other end's, whichever comes first */
	check_address(v4, "10.0.0.2/24");
	add_attribute(v6, IFA_ADDRESS, own, 4); /* of the wrong size */
	add_attribute(v6, IFA_ADDRESS, six, 16);
	check_address(v6, "fe80::1/128");
	g_assert_true(nsl_netlink_parse_address(v6->data, v6->len, &found));
	g_assert_true(nsl_address_is_link_local(&found.address));
	add_attribute(alien, IFA_LOCAL, own, 4);
	g_assert_false(nsl_netlink_parse_address(alien->data, alien->len, &found));
	add_attribute(wide, IFA_LOCAL, own, 4);
	g_assert_false(nsl_netlink_parse_address(wide->data, wide->len, &found));
}

/* -------------------------------------------------------------------------------------- answers */

static void count(gpointer data, int type, const guint8 *payload, gsize size)
{
	(void)payload;
	g_assert_cmpint(type, ==, RTM_NEWLINK);
	g_assert_cmpuint(size, ==, 4);
	(*(guint *)data)++;
}

static int parse(const GByteArray *bytes, guint *n)
{
	*n = 0;
	return nsl_netlink_parse(bytes->data, bytes->len, 1, count, n);
}

TEST(answer)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	gint32 zero = 0;
	guint n;

	add_message(bytes, RTM_NEWLINK, NLM_F_MULTI, 1, &zero, 4);
	add_message(bytes, RTM_NEWLINK, NLM_F_MULTI, 2, &zero, 4); /* to another request */
	add_message(bytes, RTM_NEWLINK, NLM_F_MULTI, 1, &zero, 4);
	g_assert_cmpint(parse(bytes, &n), ==, 0);
	g_assert_cmpuint(n, ==, 2);
	add_message(bytes, NLMSG_DONE, NLM_F_MULTI, 1, &zero, 4);
	g_assert_cmpint(parse(bytes, &n), ==, 1);
	g_assert_cmpuint(n, ==, 2);
	for (guint size = 1; size < bytes->len; size++) {
		g_autofree guint8 *copy = copy_of(bytes->data, size);
		int result = nsl_netlink_parse(copy, size, 1, count, &n);

		g_assert_true(result == (size % 20 == 0 ? 0 : -EBADMSG));
	}
}

static void check_result(guint16 type, guint16 flags, gint32 payload, gsize size, int expected)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	guint n;

	add_message(bytes, type, flags, 1, &payload, size);
	g_assert_cmpint(parse(bytes, &n), ==, expected);
}

TEST(ends)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct nlmsghdr header = {.nlmsg_len = 3, .nlmsg_seq = 1};
	guint n;

	check_result(NLMSG_DONE, 0, 0, 0, 1);
	check_result(NLMSG_DONE, 0, -ENOMEM, 4, -ENOMEM);
	check_result(NLMSG_ERROR, 0, -EPERM, 4, -EPERM);
	check_result(NLMSG_ERROR, 0, 0, 2, -EBADMSG);
	check_result(NLMSG_ERROR, 0, 5, 4, -EBADMSG); /* no errno: it would pass for success */
	check_result(NLMSG_DONE, NLM_F_DUMP_INTR, 0, 4, -EINTR);
	check_result(RTM_NEWLINK, NLM_F_MULTI | NLM_F_DUMP_INTR, 0, 4, -EINTR);
	g_byte_array_append(bytes, (const guint8 *)&header, sizeof(header));
	g_assert_cmpint(parse(bytes, &n), ==, -EBADMSG);
}

/* ------------------------------------------------------------------------------------- for real */

TEST(own)
{
	static const guint8 loopback[4] = {127, 0, 0, 1};
	g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(NslLink));
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(NslLinkAddress));
	guint before = fixture_count_fds();
	bool has_loopback = false;
	guint32 lo = 0;

	g_assert_cmpint(nsl_netlink_links(links), ==, 0);
	NSL_EACH_IN (const NslLink, link, links)
		if (strcmp(link->name, "lo") == 0)
			lo = link->index;
	g_assert_cmpuint(lo, ==, if_nametoindex("lo"));
	g_assert_cmpint(nsl_netlink_addresses(addresses), ==, 0);
	NSL_EACH_IN (const NslLinkAddress, found, addresses)
		if (found->index == lo && found->address.size == 4 &&
		    memcmp(found->address.bytes, loopback, 4) == 0)
			has_loopback = found->address.prefix == 8;
	if (!has_loopback)
		g_test_message("lo is not up here");
	g_assert_cmpuint(fixture_count_fds(), ==, before);
}

/* A namespace has no number for itself, unless it was given one. With another: live/holders. */
TEST(netnsid)
{
	g_auto(NslFd) own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	g_auto(NslFd) other = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	gint32 id = 5;

	g_assert_cmpint(nsl_netlink_netnsid(other, &id), <, 0);
	g_assert_cmpint(nsl_netlink_netnsid(-1, &id), <, 0);
	g_assert_cmpint(id, ==, 5);
	g_assert_cmpint(nsl_netlink_netnsid(own, &id), ==, 0);
	g_assert_cmpint(id, >=, -1);
}

/* What nsl_address_append() has written. */
TEST(address_parse)
{
	static const char *const good[] = {"10.0.0.2/24", "0.0.0.0/0",	     "10.0.0.1/32",
					   "fe80::1/64",  "2001:db8::1/128", "::1/128"};
	static const char *const bad[] = {"",	       "10.0.0.2",    "10.0.0.2/33",
					  "10.0.0/24", "fe80::1/129", "fe80::g/64",
					  "/24",       "10.0.0.2/",   "10.0.0.2/-1"};

	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		NslAddress address;

		g_assert_true(nsl_address_parse(good[i], &address));
		nsl_address_append(text, &address);
		g_assert_cmpstr(text->str, ==, good[i]);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
		NslAddress address;

		g_assert_false(nsl_address_parse(bad[i], &address));
	}
}
