/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over relations: parents and owners up to the top, whether anybody is in them or not; who
 * made the owner; the kernel's 64-bit id; and the caller's number for a net namespace (netnsid).
 */
#include "collect/collect.h"

#include "base/each.h"
#include "base/sys.h"
#include "base/netlink.h"
#include "base/nsfs.h"

#define MAX_HEIGHT 64 /* that is climbed at once; what is above it is asked in the next round */

/* The answer to one question. */
typedef struct Answer {
	NslKnowledge knowledge;
	guint64 value; /* KNOWN: an inode, a UID or a number */
} Answer;

/* What a worker sends about a namespace, and about each above it that it comes by. */
typedef struct Record {
	NslNsType type;
	guint64 inode;
	int failed; /* -errno: it could not be opened, or what should have an answer has none */
	guint64 nsid;
	Answer parent;
	Answer owner;
	Answer owner_uid;
	Answer netnsid;
} Record;

typedef struct Pass {
	NslCollect *collect;
	GPtrArray *namespaces; /* NslNamespace: the items of this round */
	GHashTable *sent;      /* in each worker: set of the inodes above that it has sent */
	NslRings *rings;       /* what the kernel's own lists say; NULL: nothing */
	bool owned;	       /* this kernel has user namespaces */
	bool netnsids;	       /* each net namespace is asked for its netnsid */
} Pass;

static bool is_nested(NslNsType type)
{
	return type == NSL_NSTYPE_PID || type == NSL_NSTYPE_USER;
}

static Answer why_unknown(int result)
{
	return (Answer){nsl_is_denied(result) ? NSL_DENIED : NSL_UNSUPPORTED, 0};
}

/*
 * What needs no asking: nothing is above the initial namespaces, and what is above the root ones
 * counts as another system's.
 */
static void tell_above(const NslCollect *collect, Record *record)
{
	bool top = record->inode == nsl_nstypes[record->type].initial_inode;
	const Answer above = {top ? NSL_NONE : NSL_DENIED, 0};

	if (record->inode != collect->snapshot->root[record->type])
		return;
	if (record->type == NSL_NSTYPE_USER)
		record->owner = above;
	if (is_nested(record->type))
		record->parent = above;
}

/* `result`: -errno, and `value` is none. */
static Answer answer(Record *record, int result, guint64 value)
{
	/* A kernel that does not know the question is no failure. */
	bool unknown = result == -ENOTTY || result == -EINVAL || result == -EOPNOTSUPP;

	if (result < 0 && !unknown && record->failed == 0)
		record->failed = result;
	return result < 0 ? why_unknown(result) : (Answer){NSL_KNOWN, value};
}

/* The relation by its file, which is >= 0 or -errno. `top`: it may have none. */
static Answer answer_relation(Record *record, int fd, bool top)
{
	NslNsFile file = {0};
	int result = fd < 0 ? fd : nsl_nsfs_identify_fd(fd, &file);

	if (result == -EPERM && top)
		return (Answer){NSL_NONE, 0};
	return answer(record, result, file.inode);
}

/* `user`: the file of the user namespace, or < 0. */
static Answer answer_uid(Record *record, int user)
{
	guint32 uid = 0;
	int result;

	if (user < 0) /* what is missing is the owner */
		return why_unknown(record->owner.knowledge == NSL_DENIED ? -EPERM : -ENOENT);
	result = nsl_nsfs_owner_uid(user, &uid);
	return answer(record, result, uid);
}

static Answer answer_netnsid(Record *record, int fd)
{
	gint32 id = 0;
	int result = nsl_netlink_netnsid(fd, &id);

	if (result == 0 && id < 0)
		return (Answer){NSL_NONE, 0};
	return answer(record, result, (guint64)id);
}

/* The namespace whose file is `fd`, and then those above it, each once by each worker. */
static void ask(Pass *pass, int fd, NslNsType type, guint64 inode, guint height, GByteArray *out)
{
	Record record = {.type = type, .inode = inode};
	bool top = inode == nsl_nstypes[type].initial_inode;
	g_auto(NslFd) owner = -1;
	g_auto(NslFd) parent = -1;

	if (nsl_nsfs_id(fd, &record.nsid) < 0)
		record.nsid = 0;
	tell_above(pass->collect, &record);
	if (record.owner.knowledge == NSL_SKIPPED && !pass->owned) {
		record.owner = why_unknown(-ENOTTY); /* what it says to the question is EPERM */
	} else if (record.owner.knowledge == NSL_SKIPPED) {
		owner = nsl_nsfs_open_owner(fd);
		record.owner = answer_relation(&record, owner, top && type == NSL_NSTYPE_USER);
	}
	if (is_nested(type) && record.parent.knowledge == NSL_SKIPPED) {
		parent = nsl_nsfs_open_parent(fd);
		record.parent = answer_relation(&record, parent, top);
	}
	record.owner_uid = answer_uid(&record, type == NSL_NSTYPE_USER ? fd : owner);
	if (type == NSL_NSTYPE_NET)
		record.netnsid = answer_netnsid(&record, fd);
	nsl_work_send(out, &record, sizeof(record));
	if (height >= MAX_HEIGHT)
		return;
	if (record.owner.knowledge == NSL_KNOWN &&
	    g_hash_table_add(pass->sent, GSIZE_TO_POINTER(record.owner.value)))
		ask(pass, owner, NSL_NSTYPE_USER, record.owner.value, height + 1, out);
	if (record.parent.knowledge == NSL_KNOWN &&
	    g_hash_table_add(pass->sent, GSIZE_TO_POINTER(record.parent.value)))
		ask(pass, parent, type, record.parent.value, height + 1, out);
}

static void read_relations(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	const NslNamespace *ns = g_ptr_array_index(pass->namespaces, item);
	Record record = {.type = ns->type, .inode = ns->inode};
	g_auto(NslFd) fd = -1;

	if (careful) /* there is no careful way to open it */
		return;
	fd = nsl_open_ns(pass->collect, ns);
	if (!pass->sent)
		pass->sent = g_hash_table_new(NULL, NULL);
	record.failed = fd;
	if (fd >= 0)
		ask(pass, fd, ns->type, ns->inode, 0, out);
	else
		nsl_work_send(out, &record, sizeof(record));
}

static void relate(NslSnapshot *snapshot, NslNamespace *ns, NslRelation *relation,
		   const Answer *answer, NslNsType type, NslHolderKind kind)
{
	relation->knowledge = answer->knowledge;
	if (answer->knowledge != NSL_KNOWN)
		return;
	relation->ns = nsl_snapshot_add(snapshot, type, answer->value);
	nsl_namespace_add_holder(relation->ns, &(NslHolder){.kind = kind, .ns = ns});
}

/* What the kernel's own lists say of it. False: it is not there. */
static bool answer_from_rings(const Pass *pass, Record *record)
{
	const NslRingEntry *entry =
		pass->rings ? nsl_rings_find(pass->rings, record->type, record->inode) : NULL;

	if (!entry)
		return false;
	record->nsid = entry->nsid;
	record->owner = (Answer){entry->owner ? NSL_KNOWN : NSL_NONE, entry->owner};
	record->owner_uid = (Answer){NSL_KNOWN, entry->owner_uid};
	record->parent = (Answer){entry->parent ? NSL_KNOWN : NSL_NONE, entry->parent};
	tell_above(pass->collect, record);
	return true;
}

static void take_record(const Pass *pass, Record *record)
{
	NslCollect *collect = pass->collect;
	NslSnapshot *snapshot = collect->snapshot;
	NslNamespace *ns = nsl_snapshot_add(snapshot, record->type, record->inode);
	const Answer none = {NSL_NONE, 0};

	if (ns->owner.knowledge != NSL_SKIPPED) /* two workers came by it */
		return;
	nsl_collect_note(collect, NSL_SOURCE_RELATIONS,
			 "the relations of a namespace could not be read", record->failed, 0);
	if (record->owner.knowledge == NSL_SKIPPED) { /* nothing could be asked */
		record->netnsid = why_unknown(record->failed);
		if (!answer_from_rings(pass, record))
			record->owner = record->owner_uid = record->parent = record->netnsid;
	}
	if (!is_nested(ns->type))
		record->parent = none;
	if (ns->type != NSL_NSTYPE_NET)
		record->netnsid = none;
	if (record->nsid != 0)
		ns->nsid = record->nsid;
	relate(snapshot, ns, &ns->owner, &record->owner, NSL_NSTYPE_USER, NSL_HOLDER_OWNER_OF);
	relate(snapshot, ns, &ns->parent, &record->parent, ns->type, NSL_HOLDER_PARENT_OF);
	ns->has_owner_uid = record->owner_uid.knowledge;
	ns->owner_uid = (guint32)record->owner_uid.value;
	ns->has_netnsid = record->netnsid.knowledge;
	ns->netnsid = (gint32)record->netnsid.value;
}

/* As ask(), from the kernel's own lists. False: it is not there, or they do not say all. */
static bool take_from_rings(const Pass *pass, const NslNamespace *ns)
{
	Record record = {.type = ns->type, .inode = ns->inode};

	if ((ns->type == NSL_NSTYPE_NET && pass->netnsids) || !answer_from_rings(pass, &record))
		return false;
	if (pass->collect->facts & NSL_FACT_RELATIONS) /* the caller's has no such numbers */
		record.netnsid = (Answer){NSL_NONE, 0};
	take_record(pass, &record);
	return true;
}

/* Of what is not known yet, leaves what has to be asked for. False: all is known. */
static bool find_new(const Pass *pass, GPtrArray *namespaces)
{
	guint asked = 0;
	bool any;

	g_ptr_array_set_size(namespaces, 0);
	NSL_EACH_KEY (NslNamespace, ns, pass->collect->snapshot->namespaces)
		if (ns->owner.knowledge == NSL_SKIPPED)
			g_ptr_array_add(namespaces, ns);
	any = namespaces->len > 0;
	NSL_EACH (NslNamespace, ns, namespaces)
		if (!take_from_rings(pass, ns))
			g_ptr_array_index(namespaces, asked++) = ns;
	g_ptr_array_set_size(namespaces, (gint)asked);
	return any;
}

void nsl_collect_relations(NslCollect *collect)
{
	g_autoptr(GPtrArray) namespaces = g_ptr_array_new();
	Pass pass = {.collect = collect, .namespaces = namespaces};

	pass.owned = nsl_procfs_own_ns(collect->procfs, "user") != 0 ||
		     nsl_procfs_own_ns(collect->procfs, "mnt") == 0;
	nsl_collect_cover(collect, NSL_SOURCE_RELATIONS);
	if (collect->bpf.rings && nsl_collect_sees_all_pids(collect->procfs) &&
	    nsl_rings_settle(collect->bpf.rings) == 0)
		pass.rings = collect->bpf.rings;
	pass.netnsids = pass.rings && collect->facts & NSL_FACT_RELATIONS &&
			nsl_netlink_has_netnsids() != 0;
	while (find_new(&pass, namespaces)) {
		g_autoptr(NslWork) work = nsl_collect_work(collect, namespaces->len, read_relations,
							   NULL, &pass, "relations of namespaces");

		for (guint i = 0; i < namespaces->len; i++) {
			const NslNamespace *ns = g_ptr_array_index(namespaces, i);
			NslWorkItem item = nsl_work_get(work, i);
			Record record = {.type = ns->type,
					 .inode = ns->inode,
					 .failed = nsl_work_errno(item.state)};

			if (item.size < sizeof(record))
				take_record(&pass, &record);
			while (nsl_work_take(&item, &record, sizeof(record)))
				take_record(&pass, &record);
		}
	}
}
