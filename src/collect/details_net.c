/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a net namespace is: its interfaces, with their addresses and peers.
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

/* An address, and its interface. */
typedef struct Found {
	guint32 index;
	guint position; /* in `interfaces`, from 1 on; 0: it is not there */
	NslAddress address;
} Found;

typedef struct Look {
	NslDetail *detail;
	GArray *interfaces; /* NslInterface */
	GArray *peers;	    /* for each of them: the netnsid, as NslLink has it; HERE: none */
	GArray *found;	    /* Found */
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

static void take_link(gpointer data, const NslLink *link)
{
	Look *look = data;
	NslInterface interface = {.index = link->index, .up = link->up};
	gint32 peer = link->elsewhere ? link->netnsid : HERE;

	look->detail->net.n_interfaces++;
	look->detail->net.n_up += link->up;
	memcpy(interface.name, link->name, sizeof(link->name));
	memcpy(interface.kind, link->kind, sizeof(interface.kind));
	if (nsl_link_has_peer(link))
		interface.peer_index = link->link;
	g_array_append_val(look->interfaces, interface);
	g_array_append_val(look->peers, peer);
}

static void take_address(gpointer data, guint32 index, const NslAddress *address)
{
	const Look *look = data;
	Found found = {.index = index, .address = *address};

	g_array_append_val(look->found, found);
}

static int list(Look *look)
{
	int result = -EINTR;

	for (guint i = 0; i < MAX_ATTEMPTS && result == -EINTR; i++) {
		look->detail->net = (NslNetDetail){0};
		g_array_set_size(look->interfaces, 0);
		g_array_set_size(look->peers, 0);
		g_array_set_size(look->found, 0);
		result = nsl_netlink_links(take_link, look);
		if (result == 0)
			result = nsl_netlink_addresses(take_address, look);
	}
	return result == -EINTR ? -EBUSY : result;
}

static gint compare_found(gconstpointer a, gconstpointer b)
{
	const Found *x = a;
	const Found *y = b;

	return (x->position > y->position) - (x->position < y->position);
}

/* The addresses in the interfaces' order, which learn how many are theirs. Transfer full. */
static GArray *sort_addresses(const Look *look)
{
	GArray *sorted = g_array_new(FALSE, FALSE, sizeof(NslAddress));
	g_autoptr(GHashTable) positions = g_hash_table_new(NULL, NULL); /* by index, from 1 on */

	for (guint i = 0; i < look->interfaces->len; i++)
		g_hash_table_insert(
			positions,
			GUINT_TO_POINTER(g_array_index(look->interfaces, NslInterface, i).index),
			GUINT_TO_POINTER(i + 1));
	for (guint i = 0; i < look->found->len; i++) {
		Found *found = &g_array_index(look->found, Found, i);

		found->position = GPOINTER_TO_UINT(
			g_hash_table_lookup(positions, GUINT_TO_POINTER(found->index)));
	}
	g_array_sort(look->found, compare_found); /* which is stable */
	for (guint i = 0; i < look->found->len; i++) {
		const Found *found = &g_array_index(look->found, Found, i);

		if (found->position == 0) /* the interface is new */
			continue;
		g_array_append_val(sorted, found->address);
		g_array_index(look->interfaces, NslInterface, found->position - 1).n_addresses++;
	}
	look->detail->net.n_addresses = sorted->len;
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
static void find_others(const NslCollect *collect, NslNetFiles *files, GHashTable *others)
{
	guint left = g_hash_table_size(others);
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
	g_autoptr(GHashTable) others = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < look->interfaces->len; i++) {
		gint32 netnsid = g_array_index(look->peers, gint32, i);

		if (g_array_index(look->interfaces, NslInterface, i).peer_index != 0 &&
		    netnsid >= 0)
			g_hash_table_insert(others, GINT_TO_POINTER(netnsid), NULL);
	}
	find_others(collect, files, others);
	for (guint i = 0; i < look->interfaces->len; i++) {
		NslInterface *interface = &g_array_index(look->interfaces, NslInterface, i);
		gint32 netnsid = g_array_index(look->peers, gint32, i);

		if (interface->peer_index == 0)
			continue;
		interface->peer_ns = netnsid == HERE ? ns->inode
						     : GPOINTER_TO_SIZE(g_hash_table_lookup(
							       others, GINT_TO_POINTER(netnsid)));
		if (interface->peer_ns == 0)
			look->detail->partial = true;
	}
}

int nsl_details_net(const NslCollect *collect, NslNetFiles *files, const NslNamespace *ns,
		    NslDetail *detail, GByteArray *rest)
{
	g_autoptr(GArray) interfaces = g_array_new(FALSE, FALSE, sizeof(NslInterface));
	g_autoptr(GArray) peers = g_array_new(FALSE, FALSE, sizeof(gint32));
	g_autoptr(GArray) found = g_array_new(FALSE, FALSE, sizeof(Found));
	g_autoptr(GArray) addresses = NULL;
	Look look = {.detail = detail, .interfaces = interfaces, .peers = peers, .found = found};
	int result = list(&look);

	if (result < 0)
		return result;
	addresses = sort_addresses(&look);
	if (collect->facts & NSL_FACT_DETAILS)
		find_peers(collect, files, ns, &look);
	nsl_collect_send(rest, interfaces->data, interfaces->len * sizeof(NslInterface));
	nsl_collect_send(rest, addresses->data, addresses->len * sizeof(NslAddress));
	return 0;
}
