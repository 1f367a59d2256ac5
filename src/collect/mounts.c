/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over mounts: where namespaces are mounted, in every mount namespace there is, whether
 * somebody is in it or not. It starts from those that are known and goes on until nothing new
 * appears: a mount namespace may be known by a mount in another one alone.
 */
#include "collect/collect.h"

#include <fcntl.h>
#include <string.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/nsfs.h"

/* Bytes of paths. Whoever mounts more has his namespaces listed, but not at each of those paths. */
#define AGAIN_LIMIT (512u << 10) /* in a mount namespace, of what is mounted there already */
#define SHARED	    4		 /* beyond NSL_MOUNT_PATHS its fourth part, in equal shares */

/*
 * Microseconds of CPU for the mounts of a mount namespace: NSL_MOUNTS_US, until those that take
 * more than LEAST_US have taken SLOW_US in all; from then on each has LEAST_US.
 */
#define SLOW_US	 2000000
#define LEAST_US 100000

#define MAX_TASKS 16 /* by which the root of a mount namespace is sought */

/* Nobody needs many paths that are so long, which cost most: of those, each byte counts as more. */
#define LONG_PATH   1024
#define LONG_WEIGHT 32

#define MESSAGE_FAILED "the mounts of a mount namespace could not be listed"

/* What a worker sends, one after the other: a mount namespace, then the nsfs mounts in it. */
typedef struct Record {
	enum { RECORD_MNT_NS, RECORD_TASK, RECORD_MOUNT, RECORD_CUT, RECORD_ALL } kind;
	NslNsType type;	     /* MOUNT: of the namespace that is mounted */
	NslMountState state; /* MOUNT */
	NslTask task;	     /* TASK: somebody in the mount namespace */
	bool at_root;	     /* TASK: at its root */
	int result;	     /* MNT_NS: 0, or -errno; ALL: 0 where these were all that there are */
	bool partial;	     /* MNT_NS: only what one of its processes can see */
	guint64 inode;	     /* of the namespace */
	guint64 nsid;	     /* MNT_NS */
	guint32 path_size;   /* MOUNT: of the path that follows; 0: not known; TASK: of a name */
} Record;

typedef struct Pass {
	NslCollect *collect;
	GArray *inodes;	       /* guint64: of mount namespaces that are to be looked at now */
	const NslRings *rings; /* have all mount namespaces; NULL: they do not */
	GHashTable *known;     /* all mounts that there are (rings.h); NULL: not known */
	GHashTable *visited;   /* set of their inodes: looked at already */
	bool all;	       /* the kernel has told all of them */
	bool walk;	       /* the first item is to find all of them that the kernel has */
	NslWorkCounter *paths; /* bytes of paths so far */
	NslWorkCounter *slow;  /* microseconds of CPU so far: SLOW_US */
	gsize share;	       /* that many each mount namespace may have, whatever others have */
	/* In a worker: */
	int root;   /* the caller's root directory; -1: not open yet */
	dev_t nsfs; /* the device of namespace files; 0: not known */
} Pass;

/* The mounts of one mount namespace on their way. */
typedef struct Sender {
	const Pass *pass;
	GByteArray *out;
	GHashTable *sent;    /* set of the inodes of namespaces that are mounted in it */
	gint64 began;	     /* as nsl_cpu_time() counts */
	gint64 end;	     /* likewise: of the time for its mounts, of which half is for paths */
	guint n_asked;	     /* wants_mount() */
	bool late;	     /* the time for paths is over */
	gsize bytes;	     /* of paths */
	gsize again;	     /* of them, of those that were in `sent` already */
	bool cut;	     /* mounts, or paths of them, are left out */
	bool any;	     /* of its mounts are sent */
	guint64 inode;	     /* of the mount namespace */
	bool entered;	     /* or tried to be: */
	struct statx status; /* of its root directory */
	NslMountPlaces *places; /* seen from there; NULL: it could not be entered */
} Sender;

static void send(GByteArray *out, const Record *record, const char *path)
{
	nsl_work_send(out, record, sizeof(*record));
	nsl_work_send(out, path, record->path_size);
}

/* By how much room and time there is. */
static NslNsMountWant wants_mount(gpointer data, guint64 inode)
{
	Sender *sender = data;
	bool again = g_hash_table_contains(sender->sent, GSIZE_TO_POINTER(inode));
	bool room = atomic_load(sender->pass->paths) < sender->pass->collect->mount_paths ||
		    sender->bytes < sender->pass->share;

	if (++sender->n_asked % NSL_MOUNTS_EACH == 0)
		sender->late = nsl_cpu_time() > (sender->began + sender->end) / 2;
	if (room && !sender->late && (sender->again < AGAIN_LIMIT || !again))
		return NSL_MOUNT_PATH;
	sender->cut = true;
	return again ? NSL_MOUNT_NOT : NSL_MOUNT_ROOT;
}

/* Of a mount namespace, by what the kernel's own lists say; 0: they do not. */
static guint64 find_id(const Pass *pass, guint64 inode)
{
	const NslRingEntry *entry =
		pass->rings ? nsl_rings_find(pass->rings, NSL_NSTYPE_MNT, inode) : NULL;
	const GArray *known =
		pass->known ? g_hash_table_lookup(pass->known, GSIZE_TO_POINTER(inode)) : NULL;

	return entry ? entry->nsid : known ? g_array_index(known, NslNsfsMount, 0).mnt_ns_id : 0;
}

/* A process in it; >= 0 or -errno. */
static int open_member(const Pass *pass, guint64 inode)
{
	gpointer pid = g_hash_table_lookup(pass->collect->mnt_members, GSIZE_TO_POINTER(inode));

	return pid ? nsl_procfs_open_process(pass->collect->procfs, GPOINTER_TO_UINT(pid))
		   : -ENOENT;
}

/* `process`: as open_member() opened it. */
static int open_mnt(const Pass *pass, guint64 inode, int process)
{
	const NslCollect *collect = pass->collect;
	const NslNamespace *ns = nsl_snapshot_get(collect->snapshot, NSL_NSTYPE_MNT, inode);
	guint64 nsid = find_id(pass, inode);
	int fd = process < 0 ? process : nsl_process_open_ns(process, "mnt");

	/* The snapshot may not have it yet: the mount by which it is found may be in this round. */
	if (fd < 0 && nsid != 0)
		fd = nsl_nsfs_open_by_id(nsid, nsl_nstypes[NSL_NSTYPE_MNT].flag, inode);
	if (fd == -ESTALE) /* the id is no namespace's any more */
		fd = -ENOENT;
	return fd < 0 && ns ? nsl_open_ns(collect, ns) : fd;
}

/* Sends that a task, which is open, is in the mount namespace. Whether it is at its root, too. */
static bool send_task(const Sender *sender, int task, guint32 pid, guint32 tid)
{
	Record record = {.kind = RECORD_TASK, .task = {pid, tid}};
	struct statx root;
	char comm[64];

	if (task < 0 || nsl_process_stat_root(task, NSL_DIRECTORY_MASK, &root) < 0 ||
	    nsl_process_read_comm(task, comm, sizeof(comm)) < 0)
		return false;
	record.at_root = root.stx_mask & sender->status.stx_mask & STATX_MNT_ID &&
			 root.stx_mnt_id == sender->status.stx_mnt_id &&
			 root.stx_ino == sender->status.stx_ino;
	record.path_size = (guint32)strlen(comm);
	send(sender->out, &record, comm);
	return record.at_root;
}

/*
 * Somebody by whom the mounts of another mount namespace can be reached: `process`, as
 * open_member() opened it, or another task.
 */
static void find_task(const Sender *sender, int process)
{
	const NslCollect *collect = sender->pass->collect;
	const NslNamespace *mnt =
		nsl_snapshot_get(collect->snapshot, NSL_NSTYPE_MNT, sender->inode);
	gpointer pid = g_hash_table_lookup(collect->mnt_members, GSIZE_TO_POINTER(sender->inode));
	bool found = send_task(sender, process, GPOINTER_TO_UINT(pid), 0);

	for (guint i = 0; mnt && i < MIN(mnt->members->len, MAX_TASKS) && !found; i++) {
		guint32 member = ((const NslProcess *)g_ptr_array_index(mnt->members, i))->pid;
		g_auto(NslFd) task = nsl_open_task(collect, member, 0);

		found = send_task(sender, task, member, 0);
	}
	for (guint i = 0; mnt && i < MIN(mnt->holders->len, MAX_TASKS) && !found; i++) {
		const NslHolder *holder = &g_array_index(mnt->holders, NslHolder, i);
		g_auto(NslFd) task = holder->kind == NSL_HOLDER_THREAD
					     ? nsl_open_task(collect, holder->pid, holder->tid)
					     : -ENOENT;

		found = send_task(sender, task, holder->pid, holder->tid);
	}
}

/* Its root, from which the paths are seen; and somebody who is there. */
static void enter(Sender *sender)
{
	const Pass *pass = sender->pass;
	g_auto(NslFd) process = -1;
	g_auto(NslFd) mnt = -1;

	sender->entered = true;
	if (sender->inode == pass->collect->snapshot->own_mnt) {
		if (pass->root >= 0)
			sender->places = nsl_mount_places_new(pass->root, pass->nsfs);
		return;
	}
	process = open_member(pass, sender->inode);
	mnt = open_mnt(pass, sender->inode, process);
	if (mnt >= 0 && nsl_enter_mnt_ns(mnt) == 0)
		sender->places = nsl_mount_places_new(AT_FDCWD, pass->nsfs);
	if (sender->places)
		nsl_directory_stat(AT_FDCWD, &sender->status);
	find_task(sender, process);
}

static void send_mount(gpointer data, const NslMount *mount)
{
	Sender *sender = data;
	Record record = {.kind = RECORD_MOUNT, .path_size = (guint32)strlen(mount->path)};

	record.type = nsl_nstype_parse_link(mount->root, &record.inode);
	if (record.type == NSL_NSTYPE_COUNT)
		return;
	if (!sender->entered)
		enter(sender);
	sender->any = true;
	if (sender->places)
		record.state = nsl_mount_places_find(sender->places, mount, record.inode);
	if (!g_hash_table_add(sender->sent, GSIZE_TO_POINTER(record.inode)))
		sender->again +=
			(gsize)record.path_size * (record.path_size > LONG_PATH ? LONG_WEIGHT : 1);
	sender->bytes += record.path_size;
	atomic_fetch_add(sender->pass->paths, record.path_size);
	send(sender->out, &record, mount->path);
	nsl_collect_stream(sender->out);
}

/* NslMountFunc, of all that is mounted: sends what is wanted of it. */
static void send_if_wanted(gpointer data, const NslMount *mount)
{
	NslNsMountWant want;
	NslMount wanted;
	guint64 inode;

	if (!mount || strcmp(mount->type, "nsfs") != 0 ||
	    nsl_nstype_parse_link(mount->root, &inode) == NSL_NSTYPE_COUNT)
		return;
	want = wants_mount(data, inode);
	if (want == NSL_MOUNT_NOT)
		return;
	wanted = *mount;
	if (want == NSL_MOUNT_ROOT)
		wanted.path = "";
	send_mount(data, &wanted);
}

static void sender_init(Sender *sender, const Pass *pass, guint64 inode, GByteArray *out)
{
	*sender = (Sender){.pass = pass, .out = out, .inode = inode, .began = nsl_cpu_time()};
	sender->end =
		sender->began + (atomic_load(pass->slow) < SLOW_US ? NSL_MOUNTS_US : LEAST_US);
	sender->sent = g_hash_table_new(NULL, NULL);
}

static void sender_finish(Sender *sender)
{
	gint64 took = nsl_cpu_time() - sender->began;

	if (took > LEAST_US)
		atomic_fetch_add(sender->pass->slow, (guint64)took);
	if (sender->cut)
		send(sender->out, &(Record){.kind = RECORD_CUT}, "");
	g_hash_table_unref(sender->sent);
	nsl_mount_places_free(sender->places);
}

/* What a listing has come to: 0 where it was cut off, which is told in another way. */
static int take_result(Sender *sender, int result)
{
	sender->cut = sender->cut || result == -ETIME;
	return result == -ETIME ? 0 : result;
}

/* Its mounts by its id, whoever is in it. False: this kernel cannot. */
static bool list_by_id(const Pass *pass, guint64 nsid, guint64 inode, GByteArray *out)
{
	Record record = {.kind = RECORD_MNT_NS, .inode = inode, .nsid = nsid};
	guint before = out->len;
	const GArray *known =
		pass->known ? g_hash_table_lookup(pass->known, GSIZE_TO_POINTER(inode)) : NULL;
	const NslRingEntry *entry =
		pass->rings ? nsl_rings_find(pass->rings, NSL_NSTYPE_MNT, inode) : NULL;
	Sender sender;
	int result;

	if (nsid == 0)
		return false;
	sender_init(&sender, pass, inode, out);
	send(out, &record, "");
	if (known)
		enter(&sender);
	result = nsl_mounts_by_id(nsid, sender.places ? known : NULL, entry ? entry->n_mounts : 0,
				  sender.end, wants_mount, send_mount, &sender);
	result = take_result(&sender, result);
	record.result = result;
	if (result < 0 && sender.any) /* some of them are sent */
		send(out, &record, "");
	else if (result < 0)
		g_byte_array_set_size(out, before);
	sender_finish(&sender);
	return result == 0 || sender.any;
}

/*
 * Its mounts by entering it, or else by what a member sees. `fd`: its file; `process`: the member;
 * each open, or -errno.
 */
static void list_by_text(const Pass *pass, int fd, int process, guint64 inode, GByteArray *out)
{
	Record record = {.kind = RECORD_MNT_NS, .inode = inode};
	g_auto(NslFd) mountinfo = -1;
	Sender sender;

	record.result = fd < 0 ? fd : nsl_enter_mnt_ns(fd);
	record.partial = record.result < 0 && process >= 0;
	if (record.partial)
		mountinfo = nsl_process_open_mountinfo(process);
	else if (record.result == 0)
		record.result = mountinfo =
			nsl_fd_openat(pass->collect->procfs->fd, "self/mountinfo", O_RDONLY);
	if (mountinfo >= 0) /* else why it cannot be entered: the member may be gone */
		record.result = 0;
	send(out, &record, "");
	if (mountinfo < 0)
		return;
	sender_init(&sender, pass, inode, out);
	record.result = take_result(
		&sender, nsl_mounts_read(mountinfo, sender.end, send_if_wanted, &sender));
	if (record.result < 0)
		send(out, &record, "");
	sender_finish(&sender);
}

/*
 * Finds all mount namespaces in the kernel's order, from the caller's own in both directions: those
 * without a process too.
 */
static void walk(const Pass *pass, GByteArray *out)
{
	Record end = {.kind = RECORD_ALL};
	g_auto(NslFd) self = nsl_procfs_open_self(pass->collect->procfs);
	g_auto(NslFd) own = self < 0 ? self : nsl_process_open_ns(self, "mnt");

	end.result = own < 0 ? own : 0;
	for (guint forward = 0; forward <= 1 && own >= 0; forward++) {
		g_auto(NslFd) at = nsl_nsfs_open_next_mnt(own, forward);

		while (at >= 0) {
			NslNsFile file;
			int next;

			if (nsl_nsfs_identify_fd(at, &file) == 0) {
				Record record = {.kind = RECORD_MNT_NS, .inode = file.inode};

				nsl_nsfs_id(at, &record.nsid);
				send(out, &record, "");
			}
			next = nsl_nsfs_open_next_mnt(at, forward);
			nsl_fd_close(nsl_fd_steal(&at));
			at = next;
		}
		if (at != -ENOENT) /* not the end, but as far as this kernel or caller can go */
			end.result = at;
	}
	send(out, &end, "");
}

static void read_mounts(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	const NslNamespace *known;
	guint64 inode = 0;
	guint64 nsid = 0;
	g_auto(NslFd) process = -1;
	g_auto(NslFd) fd = -1;

	if (careful)
		return;
	if (pass->root < 0) { /* which the worker may leave with an item */
		pass->root = nsl_fd_openat(AT_FDCWD, "/", O_PATH | O_DIRECTORY);
		nsl_nsfs_device(pass->collect->procfs->fd, &pass->nsfs);
	}
	if (pass->walk && item == 0) {
		walk(pass, out);
		return;
	}
	inode = g_array_index(pass->inodes, guint64, item - pass->walk);
	known = nsl_snapshot_get(pass->collect->snapshot, NSL_NSTYPE_MNT, inode);
	if (list_by_id(pass, known && known->nsid ? known->nsid : find_id(pass, inode), inode, out))
		return;
	process = open_member(pass, inode);
	fd = open_mnt(pass, inode, process);
	if (fd < 0 || nsl_nsfs_id(fd, &nsid) < 0 || !list_by_id(pass, nsid, inode, out))
		list_by_text(pass, fd, process, inode, out);
}

static void take_mnt_ns(Pass *pass, const Record *record)
{
	NslSnapshot *snapshot = pass->collect->snapshot;
	NslNamespace *ns;

	nsl_collect_note(pass->collect, NSL_SOURCE_MOUNTS, MESSAGE_FAILED, record->result, 0);
	if (record->result < 0)
		return;
	if (record->partial)
		snapshot->coverage[NSL_SOURCE_MOUNTS] = NSL_COVERAGE_PARTIAL;
	ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, record->inode);
	ns->nsid = record->nsid;
}

static void take_item(Pass *pass, NslWorkItem item)
{
	NslSnapshot *snapshot = pass->collect->snapshot;
	NslHolder mount = {.kind = NSL_HOLDER_MOUNT};
	g_autofree char *comm = NULL;
	Record record;

	nsl_collect_note(pass->collect, NSL_SOURCE_MOUNTS, MESSAGE_FAILED,
			 nsl_work_errno(item.state), 0);
	while (nsl_work_take(&item, &record, sizeof(record))) {
		g_autofree char *path = nsl_work_take_text(&item, record.path_size);

		switch (record.kind) {
		case RECORD_MNT_NS:
			mount = (NslHolder){
				.kind = NSL_HOLDER_MOUNT, .mnt_ns = record.inode, .times = 1};
			take_mnt_ns(pass, &record);
			break;
		case RECORD_TASK: /* one that is at the root comes last */
			mount.pid = record.task.pid;
			mount.tid = record.task.tid;
			mount.at_root = record.at_root;
			g_free(comm);
			comm = g_steal_pointer(&path);
			mount.comm = comm;
			break;
		case RECORD_MOUNT:
			mount.path = path;
			mount.state = record.state;
			if (path)
				nsl_namespace_add_holder(
					nsl_snapshot_add(snapshot, record.type, record.inode),
					&mount);
			break;
		case RECORD_CUT:
			nsl_snapshot_note(snapshot, NSL_SOURCE_MOUNTS, "limit",
					  "some mounts of namespaces, or their paths, are left "
					  "out: there are too many",
					  0);
			break;
		case RECORD_ALL:
			pass->all = record.result == 0;
			break;
		}
	}
}

/* A round: those of `inodes`. */
static void run(Pass *pass)
{
	guint n_items = pass->walk + pass->inodes->len;
	g_autoptr(NslWork) work = NULL;

	pass->share =
		pass->collect->mount_paths / SHARED / MAX(g_hash_table_size(pass->visited), 1);
	work = nsl_collect_work(pass->collect, n_items, read_mounts, NULL, pass,
				"mount namespaces");
	for (guint i = 0; i < n_items; i++)
		take_item(pass, nsl_work_get(work, i));
	pass->walk = false;
}

static void add_new(Pass *pass, guint64 inode)
{
	if (g_hash_table_add(pass->visited, GSIZE_TO_POINTER(inode)))
		g_array_append_val(pass->inodes, inode);
}

/* Those that are known and have not been looked at become the items of the next round. */
static bool find_new(Pass *pass)
{
	g_array_set_size(pass->inodes, 0);
	if (pass->known) { /* nothing is mounted in others */
		NSL_EACH_KEY (const void, inode, pass->known)
			add_new(pass, GPOINTER_TO_SIZE(inode));
		return pass->inodes->len > 0;
	}
	if (pass->rings) {
		NSL_EACH_IN (const NslRingEntry, entry, nsl_rings_entries(pass->rings))
			if (entry->type == NSL_NSTYPE_MNT)
				add_new(pass, entry->inode);
	}
	NSL_EACH_KEY (const void, inode, pass->collect->mnt_members)
		add_new(pass, GPOINTER_TO_SIZE(inode));
	NSL_EACH_KEY (const NslNamespace, ns, pass->collect->snapshot->namespaces)
		if (ns->type == NSL_NSTYPE_MNT)
			add_new(pass, ns->inode);
	return pass->inodes->len > 0;
}

/* Mounts of all file systems, from which on it does not pay to ask for each. */
#define MANY_MOUNTS 500
#define MAX_GUESS   100000 /* as many may be in a mount namespace */

/* Mount namespaces without a mount of nsfs need no look. To be told so is to wait for nobody. */
static void pass_over_bare(const Pass *pass)
{
	const GArray *entries = nsl_rings_entries(pass->rings);

	NSL_EACH_IN (const NslRingEntry, entry, entries)
		if (entry->type == NSL_NSTYPE_MNT && entry->nsid != 0 &&
		    nsl_mounts_have_nsfs(entry->nsid, entry->n_mounts) == 0)
			g_hash_table_add(pass->visited, GSIZE_TO_POINTER(entry->inode));
}

/*
 * What the kernel's own lists say: which mount namespaces there are, whether somebody is in them or
 * not; and, where that is less than to ask for each mount, which mounts.
 */
static void take_rings(Pass *pass)
{
	const NslCollect *collect = pass->collect;
	const GArray *entries = nsl_rings_entries(collect->bpf.rings);
	bool all = nsl_rings_types(collect->bpf.rings) & NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	guint64 n_mounts = 0;

	NSL_EACH_IN (const NslRingEntry, entry, entries)
		n_mounts += entry->n_mounts;
	pass->rings = all ? collect->bpf.rings : NULL;
	if (all ? n_mounts >= MANY_MOUNTS : collect->bpf.census != NULL)
		nsl_rings_mounts(collect->bpf.rings, collect->procfs, collect->bpf.btf,
				 (guint)CLAMP(n_mounts, MANY_MOUNTS, MAX_GUESS), &pass->known);
	else if (all)
		pass_over_bare(pass);
	pass->all = all || pass->known;
	pass->walk = !all;
}

void nsl_collect_mounts(NslCollect *collect)
{
	g_autoptr(GArray) inodes = g_array_new(FALSE, FALSE, sizeof(guint64));
	g_autoptr(GHashTable) visited = g_hash_table_new(NULL, NULL);
	g_autoptr(NslWorkCounter) paths = nsl_work_counter_new();
	g_autoptr(NslWorkCounter) slow = nsl_work_counter_new();
	Pass pass = {.collect = collect,
		     .inodes = inodes,
		     .visited = visited,
		     .paths = paths,
		     .slow = slow,
		     .root = -1};

	collect->snapshot->coverage[NSL_SOURCE_MOUNTS] = NSL_COVERAGE_COMPLETE;
	/*
	 * From within a PID namespace of its own (a privileged container) a process may walk over
	 * all mount namespaces, but would take those of processes outside for nobody's.
	 */
	pass.walk = nsl_collect_sees_all_pids(collect->procfs);
	if (pass.walk && collect->bpf.rings)
		take_rings(&pass);
	if (find_new(&pass) || pass.walk)
		run(&pass);
	/* Else those of processes that cannot be read are not known. */
	if (!pass.all && collect->snapshot->n_unreadable > 0)
		collect->snapshot->coverage[NSL_SOURCE_MOUNTS] = NSL_COVERAGE_PARTIAL;
	while (find_new(&pass))
		run(&pass);
	g_clear_pointer(&pass.known, g_hash_table_unref);
	nsl_fd_close(pass.root); /* which is open here where no worker could be had */
}
