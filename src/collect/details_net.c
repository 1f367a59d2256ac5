/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a net namespace is: its interfaces, with their addresses and peers.
 */
#include "collect/details.h"

#include <string.h>

#include "base/each.h"
#include "base/netlink.h"
#include "base/nsfs.h"

#define MAX_FILES  16	 /* that are kept open */
#define MAX_OPENED 50000 /* that are opened by one worker, to look for peers */

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

	NSL_EACH_IN (const NslNetFile, file, this->net_files)
		left -= left > 0 && try_file(file->fd, file->inode, others);
	NSL_EACH_KEY (const NslNamespace, ns, this->collect->snapshot->namespaces) {
		g_auto(NslFd) fd = -1;

		if (left == 0 || this->n_net_opened == MAX_OPENED)
			break;
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

/* The inode of the net namespace that an interface's other end is in; 0: it is not known. */
static guint64 find_peer(const NslDescription *this, const NslLink *link, GHashTable *others)
{
	return link->elsewhere ? GPOINTER_TO_SIZE(g_hash_table_lookup(
					 others, GINT_TO_POINTER(link->netnsid)))
			       : this->ns->inode;
}

/* Appends those of an interface; `all`: NslLinkAddress, by index. */
static void take_addresses(NslInterface *interface, const GArray *all, GArray *addresses)
{
	const NslLinkAddress *first = (const void *)all->data;
	const NslLinkAddress *at = nsl_pid_find(all, interface->index);

	if (!at) /* nor is there an array, where none has any */
		return;
	while (at > first && at[-1].index == interface->index)
		at--;
	for (; at < first + all->len && at->index == interface->index; at++) {
		g_array_append_val(addresses, at->address);
		interface->n_addresses++;
	}
}

int nsl_describe_net(NslDescription *this)
{
	g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(NslLink));
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(NslLinkAddress));
	g_autoptr(GArray) interfaces = g_array_new(FALSE, FALSE, sizeof(NslInterface));
	g_autoptr(GArray) addresses = g_array_new(FALSE, FALSE, sizeof(NslAddress));
	g_autoptr(GHashTable) others = g_hash_table_new(NULL, NULL);
	bool with_peers = this->collect->facts & NSL_FACT_DETAILS;
	NslNetDetail *net = &this->detail.net;
	int result = nsl_netlink_links(links);

	if (result == 0)
		result = nsl_netlink_addresses(all);
	if (result < 0)
		return result;
	g_array_sort(all, nsl_pid_compare);
	NSL_EACH_IN (const NslLink, link, links)
		if (nsl_link_has_peer(link) && link->elsewhere && link->netnsid >= 0)
			g_hash_table_insert(others, GINT_TO_POINTER(link->netnsid), NULL);
	if (with_peers)
		find_others(this, others);
	NSL_EACH_IN (const NslLink, link, links) {
		NslInterface interface = {.index = link->index, .up = link->up};

		memcpy(interface.name, link->name, sizeof(link->name));
		memcpy(interface.kind, link->kind, sizeof(interface.kind));
		if (nsl_link_has_peer(link)) {
			interface.peer_index = link->link;
			interface.peer_ns = with_peers ? find_peer(this, link, others) : 0;
			this->detail.partial |= with_peers && interface.peer_ns == 0;
		}
		take_addresses(&interface, all, addresses);
		net->n_up += link->up;
		g_array_append_val(interfaces, interface);
	}
	net->n_interfaces = interfaces->len;
	net->n_addresses = addresses->len;
	nsl_work_send(this->rest, interfaces->data, interfaces->len * sizeof(NslInterface));
	nsl_work_send(this->rest, addresses->data, addresses->len * sizeof(NslAddress));
	return 0;
}
