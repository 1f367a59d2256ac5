/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a net namespace is: its interfaces, with their addresses and peers.
 */
#include "collect/details.h"

#include <errno.h>
#include <string.h>

#include "base/each.h"
#include "base/netlink.h"
#include "base/nsfs.h"
#include "collect/open_ns.h"

#define MAX_ATTEMPTS 10	   /* at a list of interfaces that changes while it is read */
#define MAX_FILES    16	   /* that are kept open */
#define MAX_OPENED   50000 /* that are opened by one worker, to look for peers */

typedef struct Look {
	NslNetDetail *net;
	GArray *interfaces;    /* NslInterface */
	GArray *peers;	       /* for each of them: the netnsid, as NslLink has it; HERE: none */
	GHashTable *addresses; /* index of an interface to a GArray of NslAddress */
} Look;

#define HERE (-2)

void nsl_describe_net_keep(NslDescription *this, int fd)
{
	NslNsFile found;

	if (fd >= 0 && this->net_files->len < MAX_FILES && nsl_nsfs_identify_fd(fd, &found) == 0) {
		NslNetFile file = {found.inode, fd};

		g_array_append_val(this->net_files, file);
	} else {
		nsl_fd_close(fd);
	}
}

static void take_link(gpointer data, const NslLink *link)
{
	Look *look = data;
	NslInterface interface = {.index = link->index, .up = link->up};
	gint32 peer = link->elsewhere ? link->netnsid : HERE;

	look->net->n_interfaces++;
	look->net->n_up += link->up;
	memcpy(interface.name, link->name, sizeof(link->name));
	memcpy(interface.kind, link->kind, sizeof(interface.kind));
	if (nsl_link_has_peer(link))
		interface.peer_index = link->link;
	g_array_append_val(look->interfaces, interface);
	g_array_append_val(look->peers, peer);
}

static void take_address(gpointer data, guint32 index, const NslAddress *address)
{
	GHashTable *addresses = ((const Look *)data)->addresses;
	GArray *own = g_hash_table_lookup(addresses, GUINT_TO_POINTER(index));

	if (!own) {
		own = g_array_new(FALSE, FALSE, sizeof(NslAddress));
		g_hash_table_insert(addresses, GUINT_TO_POINTER(index), own);
	}
	g_array_append_vals(own, address, 1);
}

static int list(Look *look)
{
	int result = -EINTR;

	for (guint i = 0; i < MAX_ATTEMPTS && result == -EINTR; i++) {
		*look->net = (NslNetDetail){0};
		g_array_set_size(look->interfaces, 0);
		g_array_set_size(look->peers, 0);
		g_hash_table_remove_all(look->addresses);
		result = nsl_netlink_links(take_link, look);
		if (result == 0)
			result = nsl_netlink_addresses(take_address, look);
	}
	return result == -EINTR ? -EBUSY : result;
}

/*
 * The addresses (NslAddress) in the interfaces' order, which learn how many are theirs. Those of an
 * interface that is new are left out. Transfer full.
 */
static GArray *sort_addresses(const Look *look)
{
	GArray *sorted = g_array_new(FALSE, FALSE, sizeof(NslAddress));

	NSL_EACH_IN (NslInterface, interface, look->interfaces) {
		const GArray *own =
			g_hash_table_lookup(look->addresses, GUINT_TO_POINTER(interface->index));

		interface->n_addresses = own ? own->len : 0;
		if (own)
			g_array_append_vals(sorted, own->data, own->len);
	}
	look->net->n_addresses = sorted->len;
	return sorted;
}

/* Whether this file is of one of the others (inodes by netnsid, 0: not found yet). */
static bool try_file(int fd, guint64 inode, GHashTable *others)
{
	gpointer known;
	gint32 id;

	if (nsl_netlink_netnsid(fd, &id) < 0 || id < 0 ||
	    !g_hash_table_lookup_extended(others, GINT_TO_POINTER(id), NULL, &known) || known)
		return false;
	g_hash_table_insert(others, GINT_TO_POINTER(id), GSIZE_TO_POINTER(inode));
	return true;
}

static bool is_kept(const GArray *files, guint64 inode)
{
	NSL_EACH_IN (const NslNetFile, file, files)
		if (file->inode == inode)
			return true;
	return false;
}

/*
 * Who the others are: the kernel tells the number of a namespace whose file one has, and not the
 * other way round. Those that were somebody's peer are tried first: mostly it is the host's.
 */
static void find_others(NslDescription *this, GHashTable *others)
{
	guint left = g_hash_table_size(others);
	GHashTableIter iter;
	gpointer key;

	for (guint i = 0; i < this->net_files->len && left > 0; i++) {
		const NslNetFile *file = &g_array_index(this->net_files, NslNetFile, i);

		left -= try_file(file->fd, file->inode, others);
	}
	g_hash_table_iter_init(&iter, this->collect->snapshot->namespaces);
	while (left > 0 && this->n_net_opened < MAX_OPENED &&
	       g_hash_table_iter_next(&iter, &key, NULL)) {
		const NslNamespace *ns = key;
		g_auto(NslFd) fd = -1;

		if (ns->type != NSL_NSTYPE_NET || is_kept(this->net_files, ns->inode))
			continue;
		this->n_net_opened++;
		fd = nsl_open_ns(this->collect, ns);
		if (fd >= 0 && try_file(fd, ns->inode, others)) {
			left--;
			nsl_describe_net_keep(this, nsl_fd_steal(&fd));
		}
	}
}

/* The namespaces of the interfaces' other ends. */
static void find_peers(NslDescription *this, const Look *look)
{
	g_autoptr(GHashTable) others = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < look->interfaces->len; i++) {
		gint32 netnsid = g_array_index(look->peers, gint32, i);

		if (g_array_index(look->interfaces, NslInterface, i).peer_index != 0 &&
		    netnsid >= 0)
			g_hash_table_insert(others, GINT_TO_POINTER(netnsid), NULL);
	}
	find_others(this, others);
	for (guint i = 0; i < look->interfaces->len; i++) {
		NslInterface *interface = &g_array_index(look->interfaces, NslInterface, i);
		gint32 netnsid = g_array_index(look->peers, gint32, i);
		gpointer peer = g_hash_table_lookup(others, GINT_TO_POINTER(netnsid));

		if (interface->peer_index == 0)
			continue;
		interface->peer_ns = netnsid == HERE ? this->ns->inode : GPOINTER_TO_SIZE(peer);
		if (interface->peer_ns == 0)
			this->detail.partial = true;
	}
}

int nsl_describe_net(NslDescription *this)
{
	g_autoptr(GArray) interfaces = g_array_new(FALSE, FALSE, sizeof(NslInterface));
	g_autoptr(GArray) peers = g_array_new(FALSE, FALSE, sizeof(gint32));
	g_autoptr(GHashTable) by_index =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
	g_autoptr(GArray) addresses = NULL;
	Look look = {&this->detail.net, interfaces, peers, by_index};
	int result = list(&look);

	if (result < 0)
		return result;
	addresses = sort_addresses(&look);
	if (this->collect->facts & NSL_FACT_DETAILS)
		find_peers(this, &look);
	nsl_collect_send(this->rest, interfaces->data, interfaces->len * sizeof(NslInterface));
	nsl_collect_send(this->rest, addresses->data, addresses->len * sizeof(NslAddress));
	return 0;
}
