/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a net namespace is: its interfaces that are up, with their addresses and peers.
 */
#include "collect/details.h"

#include <errno.h>
#include <string.h>

#include "base/netlink.h"
#include "base/nsfs.h"
#include "collect/open_ns.h"

#define MAX_ATTEMPTS 10	   /* at a list of interfaces that changes while it is read */
#define MAX_FILES    16	   /* that are kept open */
#define MAX_OPENED   50000 /* that are opened by one worker, to look for peers */

typedef struct File {
	guint64 inode;
	int fd;
} File;

/* The net namespaces that interfaces' other ends are in. */
typedef struct Other {
	gint32 netnsid; /* as this one calls it */
	guint64 inode;	/* 0: not found yet */
} Other;

typedef struct Look {
	NslDetail *detail;
	GArray *interfaces; /* NslInterface */
	GArray *peers;	    /* for each of them: the netnsid, as NslLink has it; -2: none */
} Look;

#define HERE (-2)

static void keep_file(NslNetFiles *files, int fd)
{
	NslNsFile found;
	File file;

	if (fd < 0 || files->files->len >= MAX_FILES || nsl_nsfs_identify_fd(fd, &found) < 0) {
		nsl_fd_close(fd);
		return;
	}
	file.inode = found.inode;
	file.fd = fd;
	g_array_append_val(files->files, file);
}

void nsl_details_net_begin(const NslCollect *collect, NslNetFiles *files)
{
	g_auto(NslFd) self = nsl_procfs_open_self(collect->procfs);
	g_auto(NslFd) first = nsl_procfs_open_process(collect->procfs, 1);

	files->files = g_array_new(FALSE, FALSE, sizeof(File));
	keep_file(files, self < 0 ? self : nsl_process_open_ns(self, "net"));
	keep_file(files, first < 0 ? first : nsl_process_open_ns(first, "net"));
}

/* These kinds come in pairs; what others are tied to lies below them. */
static bool has_peer(const NslLink *link)
{
	return link->link != 0 &&
	       (strcmp(link->kind, "veth") == 0 || strcmp(link->kind, "netkit") == 0 ||
		strcmp(link->kind, "vxcan") == 0);
}

static void take_link(gpointer data, const NslLink *link)
{
	Look *look = data;
	NslNetDetail *net = &look->detail->net;
	NslInterface interface = {.index = link->index};
	gint32 peer = link->elsewhere ? link->netnsid : HERE;

	net->n_interfaces++;
	if (!link->up)
		return;
	net->n_up++;
	if (look->interfaces->len >= NSL_DETAIL_INTERFACES)
		return;
	memcpy(interface.name, link->name, sizeof(interface.name));
	memcpy(interface.kind, link->kind, sizeof(interface.kind));
	if (has_peer(link))
		interface.peer_index = link->link;
	g_array_append_val(look->interfaces, interface);
	g_array_append_val(look->peers, peer);
}

static void take_address(gpointer data, guint32 index, const NslAddress *address)
{
	const Look *look = data;

	for (guint i = 0; i < look->interfaces->len; i++) {
		NslInterface *interface = &g_array_index(look->interfaces, NslInterface, i);

		if (interface->index != index)
			continue;
		if (interface->n_addresses < NSL_DETAIL_ADDRESSES)
			interface->addresses[interface->n_addresses] = *address;
		interface->n_addresses++;
		break;
	}
}

static int list(Look *look)
{
	int result = -EINTR;

	for (guint i = 0; i < MAX_ATTEMPTS && result == -EINTR; i++) {
		look->detail->net = (NslNetDetail){0};
		g_array_set_size(look->interfaces, 0);
		g_array_set_size(look->peers, 0);
		result = nsl_netlink_links(take_link, look);
		if (result == 0)
			result = nsl_netlink_addresses(take_address, look);
	}
	look->detail->net.n_shown = look->interfaces->len;
	return result == -EINTR ? -EBUSY : result;
}

/* Whether this file is of one of the others; then that is known. */
static bool try_file(int fd, guint64 inode, GArray *others)
{
	gint32 id;

	if (nsl_netlink_netnsid(fd, &id) < 0 || id < 0)
		return false;
	for (guint i = 0; i < others->len; i++) {
		Other *other = &g_array_index(others, Other, i);

		if (other->netnsid == id && other->inode == 0) {
			other->inode = inode;
			return true;
		}
	}
	return false;
}

static bool is_kept(const NslNetFiles *files, guint64 inode)
{
	for (guint i = 0; i < files->files->len; i++)
		if (g_array_index(files->files, File, i).inode == inode)
			return true;
	return false;
}

/*
 * Who the others are: the kernel tells the number of a namespace whose file one has, and not the
 * other way round. Those that were somebody's peer are tried first: mostly it is the host's.
 */
static void find_others(const NslCollect *collect, NslNetFiles *files, GArray *others)
{
	guint left = others->len;
	GHashTableIter iter;
	gpointer key;

	for (guint i = 0; i < files->files->len && left > 0; i++) {
		const File *file = &g_array_index(files->files, File, i);

		left -= try_file(file->fd, file->inode, others);
	}
	g_hash_table_iter_init(&iter, collect->snapshot->namespaces);
	while (left > 0 && files->n_opened < MAX_OPENED &&
	       g_hash_table_iter_next(&iter, &key, NULL)) {
		const NslNamespace *ns = key;
		g_auto(NslFd) fd = -1;

		if (ns->type != NSL_NSTYPE_NET || is_kept(files, ns->inode))
			continue;
		files->n_opened++;
		fd = nsl_open_ns(collect, ns);
		if (fd >= 0 && try_file(fd, ns->inode, others)) {
			left--;
			keep_file(files, nsl_fd_steal(&fd));
		}
	}
}

/* The namespaces of the interfaces' other ends. */
static void find_peers(const NslCollect *collect, NslNetFiles *files, const NslNamespace *ns,
		       const Look *look)
{
	g_autoptr(GArray) others = g_array_new(FALSE, FALSE, sizeof(Other));
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < look->interfaces->len; i++) {
		Other other = {.netnsid = g_array_index(look->peers, gint32, i)};

		if (g_array_index(look->interfaces, NslInterface, i).peer_index != 0 &&
		    other.netnsid >= 0 && g_hash_table_add(seen, GINT_TO_POINTER(other.netnsid)))
			g_array_append_val(others, other);
	}
	if (others->len > 0)
		find_others(collect, files, others);
	for (guint i = 0; i < look->interfaces->len; i++) {
		NslInterface *interface = &g_array_index(look->interfaces, NslInterface, i);
		gint32 netnsid = g_array_index(look->peers, gint32, i);

		if (interface->peer_index == 0)
			continue;
		if (netnsid == HERE)
			interface->peer_ns = ns->inode;
		for (guint j = 0; j < others->len; j++)
			if (g_array_index(others, Other, j).netnsid == netnsid)
				interface->peer_ns = g_array_index(others, Other, j).inode;
		if (interface->peer_ns == 0)
			look->detail->partial = true;
	}
}

int nsl_details_net(const NslCollect *collect, NslNetFiles *files, const NslNamespace *ns,
		    NslDetail *detail, GByteArray *rest)
{
	g_autoptr(GArray) interfaces = g_array_new(FALSE, FALSE, sizeof(NslInterface));
	g_autoptr(GArray) peers = g_array_new(FALSE, FALSE, sizeof(gint32));
	Look look = {.detail = detail, .interfaces = interfaces, .peers = peers};
	int result = list(&look);

	if (result < 0)
		return result;
	find_peers(collect, files, ns, &look);
	nsl_collect_send(rest, interfaces->data, interfaces->len * sizeof(NslInterface));
	return 0;
}
