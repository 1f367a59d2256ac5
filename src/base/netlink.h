/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the kernel tells of the net namespace that the caller is in (rtnetlink(7)): its interfaces,
 * their addresses, and its numbers for other net namespaces. Nothing is changed, and nobody but
 * the kernel is listened to.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* An address: 4 bytes of IPv4, or 16 of IPv6. */
typedef struct NslAddress {
	guint8 size;
	guint8 prefix;
	guint8 bytes[16];
} NslAddress;

/* An interface. */
typedef struct NslLink {
	char name[16]; /* any bytes but NUL and "/" */
	char kind[16]; /* "veth", as ip -d link shows it; empty: hardware, or not known */
	guint32 index;
	bool up;
	guint32 link;	/* index of the one that it is tied to, a veth's peer; 0: none */
	bool elsewhere; /* that one is in another net namespace … */
	gint32 netnsid; /* … which this one knows by that number; -1: it has none */
} NslLink;

/* Whether it is one end of a pair. What other kinds are tied to lies below them. */
bool nsl_link_has_peer(const NslLink *link);

/* An address of the interface with this index, which comes first: for nsl_pid_compare(). */
typedef struct NslLinkAddress {
	guint32 index;
	NslAddress address;
} NslLinkAddress;

/*
 * Lists all interfaces (NslLink), or all addresses (NslLinkAddress), in the kernel's order. 0;
 * -EBUSY: they change faster than they can be listed; -E2BIG: there are more than anybody has; or
 * another -errno.
 */
int nsl_netlink_links(GArray *links);
int nsl_netlink_addresses(GArray *addresses);

/*
 * The number that it has for another net namespace (RTM_GETNSID), of which `fd` is a file: what
 * `ip link` shows as link-netnsid. 0, and *ret_id is -1 where there is none; or -errno.
 */
int nsl_netlink_netnsid(int fd, gint32 *ret_id);

/* 1: it has such numbers; 0: it has none, of any; or -errno. */
int nsl_netlink_has_netnsids(void);

/*
 * Takes the messages of an answer to request `seq` apart: `func` is called with the type and the
 * payload of each. 0: more will come; 1: that was the end; -EINTR: what it tells changed meanwhile;
 * -EBADMSG; or the kernel's -errno.
 */
typedef void NslMessageFunc(gpointer data, int type, const guint8 *payload, gsize size);
int nsl_netlink_parse(const guint8 *bytes, gsize size, guint32 seq, NslMessageFunc *func,
		      gpointer data);

/* Payloads of RTM_NEWLINK and RTM_NEWADDR. False: it is not whole, or of no use. */
bool nsl_netlink_parse_link(const guint8 *payload, gsize size, NslLink *ret_link);
bool nsl_netlink_parse_address(const guint8 *payload, gsize size, NslLinkAddress *ret_found);

/* Appends "10.0.0.2/24" or "fe80::1/64". */
void nsl_address_append(GString *text, const NslAddress *address);

/* The same read. False: it is no such address. */
bool nsl_address_parse(const char *text, NslAddress *ret_address);

/* Whether it is of use on its own link alone (fe80::/10). */
bool nsl_address_is_link_local(const NslAddress *address);
