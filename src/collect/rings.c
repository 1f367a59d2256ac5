/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's own lists: see rings.h. One program walks a ring, whatever type it is of: what
 * differs between the types is where in their structures something is, which are its arguments.
 */
#include "collect/rings.h"

#include <linux/magic.h>
#include <stddef.h>

#include "base/bpf.h"
#include "base/each.h"
#include "base/sys.h"
#include "collect/census.h"
#include "collect/collect.h"

#define MANY_REFS 0x80000000 /* a count that went below zero, or too high */
#define MAX_TRIES 8	     /* of walks over what changes */

/* Arguments of the program. But for the first three they are offsets from the ring's node. */
enum {
	ARG_TASK, /* in a task, of a pointer: to what has */
	ARG_SET,  /* there, a pointer to its namespace */
	ARG_NODE, /* in that, of the node */
	ARG_OPS,
	ARG_INODE,
	ARG_STAMP,
	ARG_OWNER,
	ARG_PARENT,
	ARG_PARENT_INODE, /* in the parent */
	ARG_UID,
	ARG_MOUNTS,
	ARG_COUNT,
	N_ARGS,
};
G_STATIC_ASSERT(N_ARGS <= NSL_BPF_ARGS);

/* The frame. */
enum {
	AT_A = NSL_BPF_OWN,
	AT_ARGS = AT_A + 8,
	AT_MNT_NS = AT_ARGS, /* of mounts, which have no arguments */
	AT_MAGIC = AT_ARGS + 8,
	AT_NUMBER = AT_ARGS + 16,
	AT_ROOT = AT_ARGS + 24,
};
#define AT_RING(member)	 (NSL_BPF_RECORD + (int)offsetof(NslRingRecord, member))
#define AT_MOUNT(member) (NSL_BPF_RECORD + (int)offsetof(MountRecord, member))
#define AT_ARG(arg)	 (AT_ARGS + 8 * (arg))
G_STATIC_ASSERT(AT_ARG(N_ARGS) <= NSL_BPF_RECORD);
G_STATIC_ASSERT(AT_RING(state) == NSL_BPF_FAILED);
G_STATIC_ASSERT(NSL_BPF_RECORD + sizeof(NslRingRecord) <= NSL_BPF_FRAME);

struct NslRings {
	NslBpfWalk *walk;
	NslBpfWalk *mounts; /* NULL: nobody has asked */
	NslNsTypes types;
	bool ids;     /* their stamps are the kernel's ids */
	NslLinks own; /* the caller's namespaces, where the walks begin */
	gint64 args[NSL_NSTYPE_COUNT][NSL_BPF_ARGS];
	GArray *entries; /* NslRingEntry */
	GHashTable *index;
	bool settled;
	int result; /* then */
};

/* The first of these members of any namespace that the kernel has; NULL: none. */
static const char *find_common(NslBtf *btf, const char *const *names, gsize size)
{
	while (*names && nsl_btf_find_member(btf, "ns_common", *names, size) < 0)
		names++;
	return *names;
}

/* Where the ring's node is, of all types; none: of net namespaces alone. */
static const char *const nodes[] = {"ns_list_node",		  /* Linux 6.18 */
				    "ns_tree_node.ns_list_entry", /* 6.19 */
				    NULL};

/* The count of references to any namespace; none: each type has its own (Linux 5.10). */
static const char *const counts[] = {
	"__ns_ref_active", /* Linux 6.19: those by which somebody can get to it */
	"__ns_ref", "count", NULL};

/* An offset; where there is no such member, one at which nothing is looked at. */
static int offset_or(NslBtf *btf, const char *structure, const char *member, guint size, int other)
{
	int found = nsl_btf_find_member(btf, structure, member, size);

	return found < 0 ? other : found;
}

/* `bpf` fails where a member is missing. */
static void set_args(NslBpf *bpf, NslNsType type, const char *node, gint64 *args)
{
	const NslKernelNs *kernel = &nsl_kernel_ns[type];
	const char *structure = kernel->structure;
	const char *set = kernel->member ? kernel->member : kernel->for_children;
	int common = nsl_bpf_offset(bpf, structure, "ns", 0);
	const char *count = find_common(bpf->btf, counts, 4);
	int at = node ? common + nsl_bpf_offset(bpf, "ns_common", node, 16)
		      : nsl_bpf_offset(bpf, structure, "list", 16);

	args[ARG_TASK] = nsl_bpf_offset(bpf, "task_struct", set ? "nsproxy" : "real_cred", 8);
	args[ARG_SET] = set ? nsl_bpf_offset(bpf, "nsproxy", set, 8)
			    : nsl_bpf_offset(bpf, "cred", "user_ns", 8);
	args[ARG_NODE] = at;
	args[ARG_OPS] = common + nsl_bpf_offset(bpf, "ns_common", "ops", 8) - at;
	args[ARG_INODE] = common + nsl_bpf_offset(bpf, "ns_common", "inum", 4) - at;
	if (nsl_bpf_has(bpf, "ns_common", "ns_id", 8))
		args[ARG_STAMP] = common + nsl_bpf_offset(bpf, "ns_common", "ns_id", 8) - at;
	else
		args[ARG_STAMP] = offset_or(bpf->btf, structure, "net_cookie", 8, at) - at;
	args[ARG_OWNER] =
		nsl_bpf_offset(bpf, structure, type == NSL_NSTYPE_USER ? "parent" : "user_ns", 8) -
		at;
	args[ARG_PARENT] = offset_or(bpf->btf, structure, "parent", 8, at) - at;
	args[ARG_PARENT_INODE] = common + nsl_bpf_offset(bpf, "ns_common", "inum", 4);
	args[ARG_UID] = offset_or(bpf->btf, structure, "owner", 4, at) - at;
	args[ARG_MOUNTS] = offset_or(bpf->btf, structure, "nr_mounts", 4, at) - at;
	args[ARG_COUNT] = count ? common + nsl_bpf_offset(bpf, "ns_common", count, 4) - at
				: nsl_bpf_offset(bpf, structure, "count", 4) - at;
}

/* From the node, by an argument. */
static void read_by(NslBpf *step, int to, guint size, int arg)
{
	nsl_bpf_copy(step, AT_A, 8, NSL_BPF_AT);
	nsl_bpf_add(step, AT_A, AT_ARG(arg));
	nsl_bpf_read_surely(step, to, size, AT_A, 0, AT_RING(failed));
}

static NslBpf *make_ring_program(NslBtf *btf)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(btf);
	NslBpf *step;

	nsl_bpf_clear(bpf);
	for (int arg = 0; arg < N_ARGS; arg++)
		nsl_bpf_take_number(bpf, AT_ARG(arg), 8, arg * 8);
	nsl_bpf_take_task(bpf, AT_A);
	for (int arg = ARG_TASK; arg <= ARG_SET; arg++) {
		nsl_bpf_add(bpf, AT_A, AT_ARG(arg));
		nsl_bpf_read(bpf, AT_A, 8, AT_A, 0);
	}
	nsl_bpf_copy(bpf, NSL_BPF_AT, 8, AT_A);
	nsl_bpf_copy(bpf, NSL_BPF_END, 8, AT_A);
	nsl_bpf_add(bpf, NSL_BPF_AT, AT_ARG(ARG_NODE));
	nsl_bpf_add(bpf, NSL_BPF_END, AT_ARG(ARG_NODE));

	step = nsl_bpf_begin_step(bpf);
	nsl_bpf_set(step, AT_RING(state), 4, 0);
	nsl_bpf_set(step, AT_RING(failed), 4, 0);
	nsl_bpf_set(step, AT_RING(zero), 4, 0);
	nsl_bpf_copy(step, AT_RING(at), 8, NSL_BPF_AT);
	nsl_bpf_read_surely(step, NSL_BPF_NEXT, 8, NSL_BPF_AT, 0, AT_RING(state));
	read_by(step, AT_RING(ops), 8, ARG_OPS);
	read_by(step, AT_RING(inode), 4, ARG_INODE);
	read_by(step, AT_RING(stamp), 8, ARG_STAMP);
	read_by(step, AT_RING(owner), 8, ARG_OWNER);
	/* Above the top there is nothing to read. */
	nsl_bpf_take(step, AT_RING(owner_inode), 4, AT_RING(owner), "user_namespace", "ns.inum");
	nsl_bpf_take(step, AT_RING(owner_uid), 4, AT_RING(owner), "user_namespace", "owner");
	read_by(step, AT_RING(parent), 8, ARG_PARENT);
	nsl_bpf_copy(step, AT_A, 8, AT_RING(parent));
	nsl_bpf_add(step, AT_A, AT_ARG(ARG_PARENT_INODE));
	nsl_bpf_read(step, AT_RING(parent_inode), 4, AT_A, 0);
	read_by(step, AT_RING(uid), 4, ARG_UID);
	read_by(step, AT_RING(n_mounts), 4, ARG_MOUNTS);
	read_by(step, AT_RING(count), 4, ARG_COUNT);
	nsl_bpf_end_step(step, sizeof(NslRingRecord));
	return nsl_bpf_finish(g_steal_pointer(&bpf));
}

/* False: it is another object (the ring's head), not ready, or dying. */
static bool is_alive(const NslRingRecord *record, guint64 ops)
{
	return record->failed == 0 && record->ops == ops && record->inode >= NSL_NS_INODE_MIN &&
	       record->count > 0 && record->count < MANY_REFS;
}

/* Whether the inode is that of what the pointer leads to. */
static bool is_sound(guint64 pointer, guint32 inode)
{
	return pointer == 0 || inode >= NSL_NS_INODE_MIN;
}

int nsl_rings_decode(const NslRingRecord *records, guint n, NslNsType type, guint64 own, bool ids,
		     GArray *entries)
{
	bool nested = type == NSL_NSTYPE_PID || type == NSL_NSTYPE_USER;

	if (n == 0 || records[0].inode != own || !is_alive(&records[0], records[0].ops))
		return -EBADMSG;
	for (guint i = 0; i < n; i++) {
		const NslRingRecord *record = &records[i];
		NslRingEntry entry = {.type = type,
				      .inode = record->inode,
				      .at = record->at,
				      .stamp = record->stamp,
				      .nsid = ids ? record->stamp : 0,
				      .owner = record->owner ? record->owner_inode : 0,
				      .parent = nested && record->parent ? record->parent_inode : 0,
				      .owner_uid = type == NSL_NSTYPE_USER ? record->uid
									   : record->owner_uid,
				      .n_mounts = type == NSL_NSTYPE_MNT ? record->n_mounts : 0};

		if (is_alive(record, records[0].ops) &&
		    is_sound(record->owner, record->owner_inode) &&
		    (!nested || is_sound(record->parent, record->parent_inode)))
			g_array_append_val(entries, entry);
	}
	return 0;
}

/* All rings, one after the other. 0 or -errno. */
static int walk(NslRings *rings, GArray *entries)
{
	NSL_EACH_TYPE (type, rings->types) {
		const guint8 *records;
		int result = -ESTALE;

		for (guint i = 0; i < MAX_TRIES && result == -ESTALE; i++)
			result = nsl_bpf_walk_run(rings->walk, rings->args[type], &records);
		if (result >= 0)
			result = nsl_rings_decode((const void *)records, (guint)result, type,
						  rings->own.ns[type], rings->ids, entries);
		if (result < 0)
			return result;
	}
	return 0;
}

static guint hash_entry(gconstpointer key)
{
	return (guint)((const NslRingEntry *)key)->inode;
}

static gboolean same_name(gconstpointer a, gconstpointer b)
{
	const NslRingEntry *x = a;
	const NslRingEntry *y = b;

	return x->inode == y->inode && x->type == y->type;
}

static GHashTable *index_entries(const GArray *entries)
{
	GHashTable *index = g_hash_table_new(hash_entry, same_name);

	NSL_EACH_IN (NslRingEntry, entry, entries)
		g_hash_table_add(index, entry);
	return index;
}

int nsl_rings_new(const NslProcfs *procfs, NslBtf *btf, guint n, NslRings **ret_rings)
{
	g_autoptr(NslRings) rings = g_new0(NslRings, 1);
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_autoptr(NslBpf) bpf = make_ring_program(btf);
	const char *node = find_common(btf, nodes, 16);
	int result;

	rings->entries = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));
	result =
		self < 0 ? self : nsl_collect_read_links(self, NSL_NSTYPES_ALL, false, &rings->own);
	if (result < 0)
		return result;
	/* Another user namespace would not be told all of that, and has other UIDs. */
	if (rings->own.ns[NSL_NSTYPE_USER] != nsl_nstypes[NSL_NSTYPE_USER].initial_inode)
		return -EPERM;
	if (!bpf)
		return -EOPNOTSUPP;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (rings->own.ns[type] == 0 || (!node && type != NSL_NSTYPE_NET))
			continue;
		rings->types |= NSL_NSTYPE_BIT(type);
		set_args(bpf, type, node, rings->args[type]);
	}
	if (bpf->failed)
		return -EOPNOTSUPP;
	rings->ids = nsl_bpf_has(bpf, "ns_common", "ns_id", 8);
	result = nsl_bpf_walk_new(g_steal_pointer(&bpf), n, &rings->walk);
	if (result == 0)
		result = nsl_rings_restart(rings);
	if (result == 0)
		*ret_rings = g_steal_pointer(&rings);
	return result;
}

void nsl_rings_free(NslRings *rings)
{
	nsl_bpf_walk_free(rings->walk);
	nsl_bpf_walk_free(rings->mounts);
	g_array_unref(rings->entries);
	g_clear_pointer(&rings->index, g_hash_table_unref);
	g_free(rings);
}

void nsl_rings_intersect(const GArray *before, GArray *now)
{
	g_autoptr(GHashTable) index = index_entries(before);
	guint kept = 0;

	NSL_EACH_IN (const NslRingEntry, entry, now) {
		const NslRingEntry *old = g_hash_table_lookup(index, entry);

		if (old && old->at == entry->at && old->stamp == entry->stamp)
			g_array_index(now, NslRingEntry, kept++) = *entry;
	}
	g_array_set_size(now, kept);
}

int nsl_rings_settle(NslRings *rings)
{
	g_autoptr(GArray) now = NULL;

	if (rings->settled)
		return rings->result;
	now = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));
	rings->settled = true;
	rings->result = walk(rings, now);
	nsl_rings_intersect(rings->entries, now);
	g_hash_table_unref(rings->index);
	g_array_unref(rings->entries);
	rings->index = index_entries(now);
	rings->entries = g_steal_pointer(&now);
	return rings->result;
}

int nsl_rings_restart(NslRings *rings)
{
	int result;

	rings->settled = false;
	g_clear_pointer(&rings->index, g_hash_table_unref);
	g_array_set_size(rings->entries, 0);
	result = walk(rings, rings->entries);
	if (result < 0)
		g_array_set_size(rings->entries, 0);
	rings->index = index_entries(rings->entries);
	return result;
}

NslNsTypes nsl_rings_types(const NslRings *rings)
{
	return rings->types;
}

const NslRingEntry *nsl_rings_find(const NslRings *rings, NslNsType type, guint64 inode)
{
	return g_hash_table_lookup(rings->index,
				   &(const NslRingEntry){.type = type, .inode = inode});
}

const GArray *nsl_rings_entries(const NslRings *rings)
{
	return rings->entries;
}

/* The mounts of nsfs: its super block lists all of them. */

typedef struct MountRecord {
	guint32 state; /* 0: the next one was read */
	guint32 mnt_inode;
	guint64 id;
	guint64 inode;
	guint64 mnt_ns; /* pointers: at first, and at last */
	guint64 mnt_ns_after;
	guint64 mnt_ns_id;
	guint64 magic; /* of the file system */
	/* Of the file system it is on; 0: not read: the one before is of the same namespace. */
	guint64 on_magic;
	guint64 children; /* the head of the list of what is mounted on it, */
	guint64 child;	  /* and where that leads: back to it where there is none */
} MountRecord;
G_STATIC_ASSERT(AT_MOUNT(state) == NSL_BPF_FAILED);
G_STATIC_ASSERT(NSL_BPF_RECORD + sizeof(MountRecord) <= NSL_BPF_FRAME);

static NslBpf *make_mount_program(NslBtf *btf)
{
	g_autoptr(NslBpf) bpf = nsl_bpf_new(btf);
	bool ring = nsl_bpf_has(bpf, "mount", "mnt_instance", 16); /* before Linux 6.18 */
	int node = ring ? nsl_bpf_offset(bpf, "mount", "mnt_instance", 16) : 0;
	int next = ring ? 0 : nsl_bpf_offset(bpf, "mount", "mnt_next_for_sb", 8);
	const char *id = nsl_bpf_has(bpf, "ns_common", "ns_id", 8) ? "ns.ns_id" : "seq";
	NslBpf *step;
	guint same;

	nsl_bpf_clear(bpf);
	/* The caller's own mount namespace has an open file, which leads to nsfs. */
	nsl_bpf_take_task(bpf, AT_A);
	nsl_bpf_follow(bpf, AT_A, AT_A, "task_struct", "nsproxy");
	nsl_bpf_follow(bpf, AT_A, AT_A, "nsproxy", "mnt_ns");
	nsl_bpf_follow(bpf, AT_A, AT_A, "mnt_namespace", "ns.stashed");
	nsl_bpf_follow(bpf, AT_A, AT_A, "dentry", "d_sb");
	nsl_bpf_follow(bpf, AT_MAGIC, AT_A, "super_block", "s_magic");
	nsl_bpf_follow(bpf, NSL_BPF_AT, AT_A, "super_block", ring ? "s_mounts.next" : "s_mounts");
	nsl_bpf_set(bpf, NSL_BPF_END, 8, 0);
	if (ring) {
		nsl_bpf_copy(bpf, NSL_BPF_END, 8, AT_A);
		nsl_bpf_set(bpf, AT_NUMBER, 8, nsl_bpf_offset(bpf, "super_block", "s_mounts", 16));
		nsl_bpf_add(bpf, NSL_BPF_END, AT_NUMBER);
	}

	nsl_bpf_set(bpf, AT_NUMBER, 8, nsl_bpf_offset(bpf, "mount", "mnt_mounts", 16) - node);

	step = nsl_bpf_begin_step(bpf);
	nsl_bpf_set(step, AT_MOUNT(state), 4, 0);
	nsl_bpf_copy(step, AT_MOUNT(magic), 8, AT_MAGIC);
	nsl_bpf_read_surely(step, NSL_BPF_NEXT, 8, NSL_BPF_AT, next, AT_MOUNT(state));
	nsl_bpf_read(step, AT_MNT_NS, 8, NSL_BPF_AT,
		     nsl_bpf_offset(step, "mount", "mnt_ns", 8) - node);
	/* Most are in the same mount namespace as the one before, or of the same one. */
	same = nsl_bpf_jump_if_same(step, AT_MOUNT(mnt_ns), AT_MNT_NS, 8);
	nsl_bpf_copy(step, AT_MOUNT(mnt_ns), 8, AT_MNT_NS);
	nsl_bpf_set(step, AT_ROOT, 8, 0);
	nsl_bpf_take(step, AT_MOUNT(mnt_inode), 4, AT_MNT_NS, "mnt_namespace", "ns.inum");
	nsl_bpf_take(step, AT_MOUNT(mnt_ns_id), 8, AT_MNT_NS, "mnt_namespace", id);
	nsl_bpf_land(step, same);
	nsl_bpf_read(step, AT_MOUNT(id), 8, NSL_BPF_AT,
		     nsl_bpf_offset(step, "mount", "mnt_id_unique", 8) - node);
	nsl_bpf_read(step, AT_A, 8, NSL_BPF_AT,
		     nsl_bpf_offset(step, "mount", "mnt.mnt_root", 8) - node);
	nsl_bpf_set(step, AT_MOUNT(on_magic), 8, 0);
	same = nsl_bpf_jump_if_same(step, AT_ROOT, AT_A, 8);
	nsl_bpf_copy(step, AT_ROOT, 8, AT_A);
	nsl_bpf_follow(step, AT_A, AT_A, "dentry", "d_inode");
	nsl_bpf_take(step, AT_MOUNT(inode), 8, AT_A, "inode", "i_ino");
	nsl_bpf_copy(step, AT_MOUNT(children), 8, NSL_BPF_AT);
	nsl_bpf_add(step, AT_MOUNT(children), AT_NUMBER);
	nsl_bpf_read(step, AT_MOUNT(child), 8, AT_MOUNT(children), 0);
	nsl_bpf_read(step, AT_A, 8, NSL_BPF_AT,
		     nsl_bpf_offset(step, "mount", "mnt_mountpoint", 8) - node);
	nsl_bpf_follow(step, AT_A, AT_A, "dentry", "d_sb");
	nsl_bpf_take(step, AT_MOUNT(on_magic), 8, AT_A, "super_block", "s_magic");
	nsl_bpf_land(step, same);
	nsl_bpf_read(step, AT_MOUNT(mnt_ns_after), 8, NSL_BPF_AT,
		     nsl_bpf_offset(step, "mount", "mnt_ns", 8) - node);
	nsl_bpf_end_step(step, sizeof(MountRecord));
	return nsl_bpf_finish(g_steal_pointer(&bpf));
}

/* A mount that is in no mount namespace, or leaves one, is not there. */
static bool is_mounted(const MountRecord *record)
{
	return record->mnt_ns != 0 && record->mnt_ns == record->mnt_ns_after &&
	       record->mnt_inode >= NSL_NS_INODE_MIN && record->inode >= NSL_NS_INODE_MIN;
}

/* Other file systems may be asked even for a name that is in the cache. */
static bool is_bare(const MountRecord *record)
{
	return record->child == record->children &&
	       (record->on_magic == TMPFS_MAGIC || record->on_magic == EXT4_SUPER_MAGIC);
}

/* By the inode of the mount namespace they are in. */
static GHashTable *sort_mounts(const MountRecord *records, guint n)
{
	GHashTable *mounts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
	GArray *last = NULL;
	guint64 last_ns = 0;

	/* The newest is the first, but before Linux 6.18. */
	for (guint i = n; i-- > 0;) {
		const MountRecord *record = &records[i];
		const NslNsfsMount mount = {.mnt_ns_id = record->mnt_ns_id,
					    .id = record->id,
					    .inode = record->inode,
					    .bare = is_bare(record)};
		gpointer key = GSIZE_TO_POINTER(record->mnt_inode);

		if (!is_mounted(record))
			continue;
		if (record->mnt_inode != last_ns)
			last = g_hash_table_lookup(mounts, key);
		if (!last) {
			last = g_array_new(FALSE, FALSE, sizeof(mount));
			g_hash_table_insert(mounts, key, last);
		}
		last_ns = record->mnt_inode;
		g_array_append_val(last, mount);
	}
	return mounts;
}

static gint compare_ids(gconstpointer a, gconstpointer b)
{
	guint64 x = ((const NslNsfsMount *)a)->id;
	guint64 y = ((const NslNsfsMount *)b)->id;

	return x < y ? -1 : x > y;
}

/* By id, where they are not in that order. */
static void order_mounts(gpointer key, gpointer value, gpointer data)
{
	GArray *mounts = value;
	const NslNsfsMount *at = (const void *)mounts->data;
	bool ordered = true;

	(void)key;
	(void)data;
	for (guint i = 1; i < mounts->len && ordered; i++)
		ordered = at[i - 1].id < at[i].id;
	if (!ordered)
		g_array_sort(mounts, compare_ids);
}

/* 0 or -errno. */
static int load_mounts(NslRings *rings, NslBtf *btf, guint n)
{
	NslBpf *bpf;

	if (rings->mounts)
		return 0;
	bpf = make_mount_program(btf);
	return bpf ? nsl_bpf_walk_new(bpf, n, &rings->mounts) : -EOPNOTSUPP;
}

int nsl_rings_mounts(NslRings *rings, const NslProcfs *procfs, NslBtf *btf, guint n,
		     GHashTable **ret_mounts)
{
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) own = self < 0 ? self : nsl_process_open_ns(self, "mnt");
	const gint64 no_args[NSL_BPF_ARGS] = {0};
	const guint8 *bytes = NULL;
	const MountRecord *records;
	int found = own < 0 ? own : load_mounts(rings, btf, n);

	if (found == 0)
		found = -ESTALE;
	for (guint i = 0; i < MAX_TRIES && found == -ESTALE; i++)
		found = nsl_bpf_walk_run(rings->mounts, no_args, &bytes);
	records = (const void *)bytes;
	/* There is one at least, which the kernel itself has. */
	if (found > 0 && (!records || records[0].magic != NSFS_MAGIC))
		found = -EBADMSG;
	if (found < 0)
		return found;
	*ret_mounts = sort_mounts(records, (guint)found);
	g_hash_table_foreach(*ret_mounts, order_mounts, NULL);
	return 0;
}
