/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over what namespaces say of themselves: parents and owners up to the top, whether
 * anybody is in them or not, who made the owner, the kernel's 64-bit id, and the caller's number
 * for a net namespace (netnsid).
 */
#include "collect/passes.h"

#include <errno.h>
#include <string.h>

#include "base/netlink.h"
#include "base/nsfs.h"
#include "base/sys.h"
#include "base/worker.h"
#include "collect/reach.h"

#define MAX_HEIGHT 64 /* that is climbed at once; what is above that is asked in the next round */

/* What a worker sends about a namespace, and about each above it that it came by. */
typedef struct Record {
	NslNsType type;
	guint64 inode;
	int result; /* -errno: it could not be opened */
	int failed; /* -errno: the first of the answers below that is missing for no good reason */
	guint64 nsid;
	NslKnowledge parent_known;
	guint64 parent;
	NslKnowledge owner_known;
	guint64 owner;
	NslKnowledge uid_known;
	guint32 uid;
	NslKnowledge netnsid_known;
	gint32 netnsid;
} Record;

typedef struct Pass {
	NslCollect *collect;
	GPtrArray *namespaces; /* NslNamespace that are asked now */
	GHashTable *sent;      /* set of guint64; in a worker: inodes above that are done */
} Pass;

static bool is_top(NslNsType type, guint64 inode)
{
	return inode == nsl_nstypes[type].initial_inode;
}

/* What is above the root namespaces is another system's, as it were: not looked at. */
static bool is_root(const Pass *pass, NslNsType type, guint64 inode)
{
	return inode == pass->collect->snapshot->root[type];
}

/* Why there is no answer. A kernel that does not know the question is none of the failures. */
static NslKnowledge take_failure(Record *record, int result)
{
	bool unknown = result == -ENOTTY || result == -EINVAL || result == -EOPNOTSUPP;

	if (!unknown && record->failed == 0)
		record->failed = result;
	return nsl_is_denied(result) ? NSL_DENIED : NSL_UNSUPPORTED;
}

/* A relation's answer: its file, or why there is none. Returns the file. */
static int take_relation(Record *record, int fd, bool top, NslKnowledge *known, guint64 *inode)
{
	NslNsFile file;
	int result = fd < 0 ? fd : nsl_nsfs_identify_fd(fd, &file);

	if (result == 0) {
		*known = NSL_KNOWN;
		*inode = file.inode;
	} else if (result == -EPERM && top) { /* the initial ones have none above them */
		*known = NSL_NONE;
	} else {
		*known = take_failure(record, result);
	}
	return fd;
}

static bool is_nested(NslNsType type)
{
	return type == NSL_NSTYPE_PID || type == NSL_NSTYPE_USER;
}

static void ask_uid(int user, Record *record)
{
	int result;

	if (user < 0) { /* what is missing is the owner */
		record->uid_known =
			record->owner_known == NSL_DENIED ? NSL_DENIED : NSL_UNSUPPORTED;
		return;
	}
	result = nsl_nsfs_owner_uid(user, &record->uid);
	record->uid_known = result < 0 ? take_failure(record, result) : NSL_KNOWN;
}

static void ask(Pass *pass, int fd, NslNsType type, guint64 inode, guint height, GByteArray *out);

/* What is above is asked too, once by each worker. */
static void climb(Pass *pass, int fd, NslNsType type, guint64 inode, guint height, GByteArray *out)
{
	if (fd < 0 || height >= MAX_HEIGHT || !g_hash_table_add(pass->sent, nsl_collect_key(inode)))
		return;
	ask(pass, fd, type, inode, height + 1, out);
}

static void ask(Pass *pass, int fd, NslNsType type, guint64 inode, guint height, GByteArray *out)
{
	Record record = {.type = type, .inode = inode, .parent_known = NSL_NONE};
	bool top = is_top(type, inode);
	bool root = is_root(pass, type, inode);
	g_auto(NslFd) owner = -1;
	g_auto(NslFd) parent = -1;

	if (nsl_nsfs_id(fd, &record.nsid) < 0)
		record.nsid = 0;
	if (root && type == NSL_NSTYPE_USER)
		record.owner_known = top ? NSL_NONE : NSL_DENIED;
	else
		owner = take_relation(&record, nsl_nsfs_open_owner(fd), top, &record.owner_known,
				      &record.owner);
	if (is_nested(type) && root)
		record.parent_known = top ? NSL_NONE : NSL_DENIED;
	else if (is_nested(type))
		parent = take_relation(&record, nsl_nsfs_open_parent(fd), top, &record.parent_known,
				       &record.parent);
	ask_uid(type == NSL_NSTYPE_USER ? fd : owner, &record);
	if (type == NSL_NSTYPE_NET) {
		int result = nsl_netlink_netnsid(fd, &record.netnsid);

		record.netnsid_known = result < 0	    ? take_failure(&record, result)
				       : record.netnsid < 0 ? NSL_NONE
							    : NSL_KNOWN;
	}
	g_byte_array_append(out, (const guint8 *)&record, sizeof(record));
	if (record.owner_known == NSL_KNOWN)
		climb(pass, owner, NSL_NSTYPE_USER, record.owner, height, out);
	if (record.parent_known == NSL_KNOWN)
		climb(pass, parent, type, record.parent, height, out);
}

static void read_lineage(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	const NslNamespace *ns = g_ptr_array_index(pass->namespaces, item);
	Record record = {.type = ns->type, .inode = ns->inode};
	g_auto(NslFd) fd = -1;

	if (careful) /* there is no careful way to reach it */
		return;
	fd = nsl_reach(pass->collect, ns);
	if (!pass->sent)
		pass->sent = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	if (fd >= 0) {
		ask(pass, fd, ns->type, ns->inode, 0, out);
		return;
	}
	record.result = fd;
	g_byte_array_append(out, (const guint8 *)&record, sizeof(record));
}

static void relate(Pass *pass, NslNamespace *ns, NslRelation *relation, NslKnowledge known,
		   NslNsType type, guint64 inode, NslHolderKind kind)
{
	relation->knowledge = known;
	if (known != NSL_KNOWN)
		return;
	relation->ns = nsl_snapshot_add(pass->collect->snapshot, type, inode);
	nsl_namespace_add_holder(relation->ns, &(NslHolder){.kind = kind, .ns = ns});
}

static void take_record(Pass *pass, const Record *record)
{
	NslNamespace *ns = nsl_snapshot_add(pass->collect->snapshot, record->type, record->inode);

	if (ns->owner.knowledge != NSL_SKIPPED) /* two workers came by it */
		return;
	nsl_collect_note(pass->collect, NSL_SOURCE_RELATIONS,
			 "the relations of a namespace could not be read",
			 record->result < 0 ? record->result : record->failed, 0);
	if (record->result < 0) {
		NslKnowledge why = nsl_is_denied(record->result) ? NSL_DENIED : NSL_UNSUPPORTED;

		ns->owner.knowledge = why;
		ns->parent.knowledge = is_nested(ns->type) ? why : NSL_NONE;
		ns->has_owner_uid = why;
		ns->has_netnsid = ns->type == NSL_NSTYPE_NET ? why : NSL_NONE;
		return;
	}
	if (record->nsid != 0)
		ns->nsid = record->nsid;
	relate(pass, ns, &ns->owner, record->owner_known, NSL_NSTYPE_USER, record->owner,
	       NSL_HOLDER_OWNER_OF);
	relate(pass, ns, &ns->parent, record->parent_known, ns->type, record->parent,
	       NSL_HOLDER_PARENT_OF);
	ns->has_owner_uid = record->uid_known;
	ns->owner_uid = record->uid;
	ns->has_netnsid = ns->type == NSL_NSTYPE_NET ? record->netnsid_known : NSL_NONE;
	ns->netnsid = record->netnsid;
}

/* Those that have not been asked. */
static void find_new(Pass *pass)
{
	GHashTableIter iter;
	gpointer key;

	g_ptr_array_set_size(pass->namespaces, 0);
	g_hash_table_iter_init(&iter, pass->collect->snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (((const NslNamespace *)key)->owner.knowledge == NSL_SKIPPED)
			g_ptr_array_add(pass->namespaces, key);
}

bool nsl_collect_lineage(NslCollect *collect, GError **error)
{
	g_autoptr(GPtrArray) namespaces = g_ptr_array_new();
	Pass pass = {.collect = collect, .namespaces = namespaces};
	NslWorkSpec spec = {.run = read_lineage,
			    .data = &pass,
			    .keep = {collect->procfs->fd, -1},
			    .waited = &collect->waited,
			    .progress = collect->progress,
			    .what = "relations of namespaces"};

	(void)error;
	nsl_collect_cover(collect, NSL_SOURCE_RELATIONS);
	for (find_new(&pass); namespaces->len > 0; find_new(&pass)) {
		g_autoptr(NslWork) work = NULL;

		spec.n_items = namespaces->len;
		work = nsl_work_run(&spec);
		for (guint i = 0; i < spec.n_items; i++) {
			const NslNamespace *ns = g_ptr_array_index(namespaces, i);
			NslWorkItem item = nsl_work_get(work, i);
			Record record = {.type = ns->type,
					 .inode = ns->inode,
					 .result = nsl_work_errno(item.state)};

			if (item.size < sizeof(record))
				take_record(&pass, &record);
			for (gsize at = 0; item.size - at >= sizeof(record); at += sizeof(record)) {
				memcpy(&record, item.record + at, sizeof(record));
				take_record(&pass, &record);
			}
		}
	}
	return true;
}
