/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that learns what the namespaces that will be listed are: host names, addresses, maps.
 * What /proc tells of a member is read there; for the rest a worker enters the namespace, in which
 * nothing changes by that. A worker does not go back before it enters the next one: where it comes
 * from makes no difference. It never enters a user or a pid namespace.
 */
#include "collect/details.h"

#include <sched.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/utsname.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/nsfs.h"

#define MAX_TRIES 8  /* members: the first may be gone */
#define MAX_DEPTH 64 /* pid namespaces nest 32 deep */

#define UNIFIED	      "0::" /* the hierarchy of version 2 */
#define MAX_MEMBERS   16
#define MAX_PROCESSES 4096 /* that are asked whether they are below it */
/*
 * That a worker asks in all, before it asks members alone: anyone can have thousands of cgroup
 * namespaces that nobody is below the root of.
 */
#define MAX_ASKED 50000

/* What a worker sends about a namespace; what nsl_detail_new() calls the rest follows. */
typedef struct Record {
	int result; /* -errno: nothing is known */
	NslDetail detail;
} Record;

/* What one of the namespace's processes can be asked. 0 or -errno. */
typedef int AskFunc(int process, NslDescription *this);

/* Asks a task whose link names the namespace: before as after, it has not changed. */
static int ask_task(NslDescription *this, guint32 pid, guint32 tid, AskFunc *ask)
{
	const NslNsTypeInfo *info = &nsl_nstypes[this->ns->type];
	/* The file with the offsets is of the namespace that its children will be in. */
	const char *link = this->ns->type == NSL_NSTYPE_TIME ? info->children_link : info->name;
	g_auto(NslFd) process = nsl_open_task(this->collect, pid, tid);
	guint64 inode = 0;
	int result = process < 0 ? process : ask(process, this);

	if (result == 0)
		result = nsl_process_read_ns(process, link, info->name, &inode);
	if (result == 0 && inode != this->ns->inode)
		result = -ESRCH;
	if (result < 0) {
		this->detail = (NslDetail){0};
		g_byte_array_set_size(this->rest, 0);
	}
	return result;
}

/* Asks members, and those whose children will be, until one answers; -ENOENT: there is none. */
static int ask_members(NslDescription *this, AskFunc *ask)
{
	const NslNamespace *ns = this->ns;
	int result = -ENOENT;
	guint tries = 0;

	for (guint i = 0; i < ns->members->len && tries < MAX_TRIES && result < 0; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (nsl_process_for_children(process, ns->type))
			continue;
		result = ask_task(this, process->pid, 0, ask);
		tries++;
	}
	for (guint i = 0; i < ns->holders->len && tries < 2 * MAX_TRIES && result < 0; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);

		if (holder->kind != NSL_HOLDER_FOR_CHILDREN)
			continue;
		result = ask_task(this, holder->pid, holder->tid, ask);
		tries++;
	}
	return result;
}

/* Asks the worker itself, which has entered the namespace. */
static int ask_self(NslDescription *this, AskFunc *ask)
{
	g_auto(NslFd) self = nsl_procfs_open_self(this->collect->procfs);

	return self < 0 ? self : ask(self, this);
}

/* What is before `inside` in `outside`; transfer full, NULL: the one does not end in the other. */
static char *root_of(const char *outside, const char *inside)
{
	gsize size = strlen(outside);

	/* It leads out of the namespace's root: to a process that has been moved there. */
	if (inside[0] != '/' || nsl_path_is_below(inside, "/.."))
		return NULL;
	if (strcmp(inside, "/") == 0)
		return g_strdup(outside);
	if (!g_str_has_suffix(outside, inside))
		return NULL;
	size -= strlen(inside);
	return size > 0 ? g_strndup(outside, size) : g_strdup("/");
}

/* The root in the hierarchy that the line `inside` is about ("0::/path"); likewise. */
static char *root_in(char *const *outside, const char *inside)
{
	const char *colon = strchr(inside, ':');
	const char *second = colon ? strchr(colon + 1, ':') : NULL;
	gsize size = second ? (gsize)(second + 1 - inside) : 0;

	for (; second && *outside; outside++)
		if (strncmp(*outside, inside, size) == 0)
			return root_of(*outside + size, inside + size);
	return NULL;
}

/*
 * Of each hierarchy there is one. The unified one's counts; where nobody uses that (it is the top
 * of all) another one may tell more.
 */
char *nsl_cgroup_root(const char *outside, const char *inside)
{
	g_auto(GStrv) outside_lines = g_strsplit(outside, "\n", -1);
	g_auto(GStrv) inside_lines = g_strsplit(inside, "\n", -1);
	g_autofree char *best = NULL;

	for (char **line = inside_lines; *line; line++) {
		g_autofree char *root = root_in(outside_lines, *line);

		if (g_str_has_prefix(*line, UNIFIED) && g_strcmp0(root, "/") != 0)
			return g_steal_pointer(&root);
		if (root && (!best || strcmp(best, "/") == 0)) {
			g_free(best);
			best = g_steal_pointer(&root);
		}
	}
	return g_steal_pointer(&best);
}

/*
 * PIDs of processes that may be below the root: members first, then this one, the one that was
 * below the root of the namespace before, then any, unless too many have been asked.
 */
static GArray *list_candidates(const NslDescription *this)
{
	const GPtrArray *members = this->ns->members;
	const GArray *all = this->collect->pids;
	GArray *pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	guint32 self = nsl_procfs_self(this->collect->procfs);

	for (guint i = 0; i < MIN(members->len, MAX_MEMBERS); i++)
		g_array_append_val(pids, ((NslProcess *)g_ptr_array_index(members, i))->pid);
	g_array_append_val(pids, self);
	if (this->below != 0)
		g_array_append_val(pids, this->below);
	if (this->n_asked < MAX_ASKED)
		g_array_append_vals(pids, all->data, MIN(all->len, MAX_PROCESSES));
	return pids;
}

/*
 * A process of which any hierarchy's path leads further in, and not out: what it says of itself
 * from inside. Transfer full, both; NULL: there is none.
 */
static char *find_below(NslDescription *this, NslFd *ret_process)
{
	g_autoptr(GArray) pids = list_candidates(this);

	for (guint i = 0; i < pids->len; i++) {
		g_auto(NslFd) process = nsl_procfs_open_process(this->collect->procfs,
								g_array_index(pids, guint32, i));
		g_autofree char *inside = nsl_process_dup_cgroup(process);
		g_autofree char *root = inside ? nsl_cgroup_root(inside, inside) : NULL;

		this->n_asked++;
		if (!root)
			continue;
		this->below = g_array_index(pids, guint32, i);
		*ret_process = nsl_fd_steal(&process);
		return g_steal_pointer(&inside);
	}
	return NULL;
}

/* Whether there is a cgroup beside the root: where no hierarchy was ever mounted there is none. */
static bool has_cgroups(const NslDescription *this)
{
	const NslProcfs *procfs = this->collect->procfs;
	g_auto(NslFd) self = nsl_procfs_open_process(procfs, nsl_procfs_self(procfs));
	g_autofree char *own = nsl_process_dup_cgroup(self);

	return !own || *own != '\0';
}

/*
 * The cgroup that it takes for the root, as the worker's own cgroup namespace counts; the worker is
 * in that one afterwards. -ENODATA: no process is below it.
 */
static int describe_cgroup(NslDescription *this)
{
	int own = this->own_cgroup;
	NslNsFile home = {0};
	bool elsewhere =
		own < 0 || nsl_nsfs_identify_fd(own, &home) < 0 || home.inode != this->ns->inode;
	int result = elsewhere ? nsl_enter_ns(this->collect, this->ns) : 0;
	g_auto(NslFd) process = -1;
	g_autofree char *inside = result < 0 ? NULL : find_below(this, &process);
	g_autofree char *outside = NULL;
	g_autofree char *root = NULL;

	if (result < 0)
		return result;
	/* Back, also for those that come after. */
	if (elsewhere && setns(own, CLONE_NEWCGROUP) < 0)
		return -errno;
	outside = nsl_process_dup_cgroup(process);
	root = inside && outside ? nsl_cgroup_root(outside, inside) : NULL;
	if (!root && !has_cgroups(this))
		root = g_strdup("/");
	if (!root)
		return -ENODATA;
	nsl_work_send(this->rest, root, strlen(root));
	return 0;
}

static int describe_uts(NslDescription *this)
{
	NslUtsDetail *uts = &this->detail.uts;
	struct utsname names;

	if (uname(&names) < 0)
		return -errno;
	g_strlcpy(uts->host, names.nodename, sizeof(uts->host));
	/* What the kernel says where nobody ever set one. */
	if (strcmp(names.domainname, "(none)") != 0)
		g_strlcpy(uts->domain, names.domainname, sizeof(uts->domain));
	return 0;
}

union sem_argument {
	int value;
	struct seminfo *info;
};

static int describe_ipc(NslDescription *this)
{
	struct shm_info shm = {0};
	struct seminfo sem = {0};
	struct msginfo msg = {0};

	/* Of these commands the identifier is ignored. */
	if (shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&shm) < 0 ||
	    semctl(0, 0, SEM_INFO, (union sem_argument){.info = &sem}) < 0 ||
	    msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&msg) < 0)
		return -errno;
	this->detail.ipc.shm = (guint64)MAX(shm.used_ids, 0);
	this->detail.ipc.sem = (guint64)MAX(sem.semusz, 0);
	this->detail.ipc.msg = (guint64)MAX(msg.msgpool, 0);
	return 0;
}

static int ask_maps(int process, NslDescription *this)
{
	g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autoptr(GArray) gids = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	int result = nsl_process_read_id_map(process, false, uids);

	if (result == 0)
		result = nsl_process_read_id_map(process, true, gids);
	if (result < 0)
		return result;
	this->detail.user = (NslUserDetail){true, uids->len, gids->len};
	nsl_work_send(this->rest, uids->data, uids->len * sizeof(NslIdRange));
	nsl_work_send(this->rest, gids->data, gids->len * sizeof(NslIdRange));
	return 0;
}

/* Only its processes have the maps; who made it is known without. */
static int describe_user(NslDescription *this)
{
	this->detail.partial = ask_members(this, ask_maps) < 0;
	return 0;
}

static int ask_offsets(int process, NslDescription *this)
{
	return nsl_process_read_time_offsets(process, &this->detail.time);
}

static int describe_time(NslDescription *this)
{
	int result;

	if (ask_members(this, ask_offsets) == 0)
		return 0;
	result = nsl_enter_ns(this->collect, this->ns);
	return result < 0 ? result : ask_self(this, ask_offsets);
}

/* The process that is PID 1 in there: a member, or one that only the kernel shows. */
static int describe_pid(NslDescription *this)
{
	const NslCollect *collect = this->collect;
	const NslNamespace *ns = this->ns;
	NslPidDetail *pid = &this->detail.pid;
	g_auto(NslFd) init = -1;

	for (guint i = 0; i < ns->members->len && pid->init == 0; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (process->n_nspid > 0 && process->nspid[process->n_nspid - 1] == 1)
			pid->init = process->pid;
	}
	if (pid->init == 0 && collect->procfs->local) {
		g_auto(NslFd) fd = nsl_open_ns(collect, ns);
		int found = fd < 0 ? fd : nsl_nsfs_pid_from(fd, 1);

		if (found > 0)
			pid->init = (guint32)found;
		/* Below the caller's own (whose parent may be asked) it sees all of them. */
		else if (found == -ESRCH && ns->parent.knowledge == NSL_KNOWN)
			pid->has_init = NSL_NONE;
	}
	if (pid->init != 0) {
		pid->has_init = NSL_KNOWN;
		init = nsl_procfs_open_process(collect->procfs, pid->init);
		if (init >= 0)
			nsl_process_read_comm(init, pid->comm, sizeof(pid->comm));
	} else if (pid->has_init != NSL_NONE) {
		pid->has_init = nsl_snapshot_is_unpopulated(collect->snapshot, ns)
					? NSL_NONE
					: NSL_UNSUPPORTED;
	}
	this->detail.partial = pid->has_init == NSL_UNSUPPORTED;
	return 0;
}

static int ask_mounts(int process, NslDescription *this)
{
	g_auto(NslFd) mountinfo = nsl_process_open_mountinfo(process);

	return mountinfo < 0 ? mountinfo : nsl_mounts_sum_up(mountinfo, &this->detail.mnt);
}

/* From its root all can be seen; a member may see but a part. */
static int describe_mnt(NslDescription *this)
{
	bool real = this->collect->procfs->real;
	g_auto(NslFd) fd = real ? nsl_open_ns(this->collect, this->ns) : -ENOENT;
	int result = fd < 0 ? fd : nsl_enter_mnt_ns(fd);

	if (result == 0)
		result = ask_self(this, ask_mounts);
	if (result < 0 && ask_members(this, ask_mounts) == 0) {
		this->detail.partial = true;
		result = 0;
	}
	return result;
}

static const struct {
	int (*describe)(NslDescription *this); /* 0 or -errno */
	bool inside;			       /* the worker enters the namespace before */
} types[NSL_NSTYPE_COUNT] = {
	[NSL_NSTYPE_CGROUP] = {describe_cgroup, false}, [NSL_NSTYPE_IPC] = {describe_ipc, true},
	[NSL_NSTYPE_MNT] = {describe_mnt, false},	[NSL_NSTYPE_NET] = {nsl_describe_net, true},
	[NSL_NSTYPE_PID] = {describe_pid, false},	[NSL_NSTYPE_TIME] = {describe_time, false},
	[NSL_NSTYPE_USER] = {describe_user, false},	[NSL_NSTYPE_UTS] = {describe_uts, true},
};

/* Before the worker enters anything: opens what it cannot come back to without. */
static void begin(NslDescription *this)
{
	const NslProcfs *procfs = this->collect->procfs;
	/* In a recorded procfs there is nothing to enter, and its links may be anything. */
	g_auto(NslFd) self = procfs->real ? nsl_procfs_open_self(procfs) : -ENOENT;
	g_auto(NslFd) first = procfs->real ? nsl_procfs_open_process(procfs, 1) : -ENOENT;

	this->own_cgroup = self < 0 ? self : nsl_process_open_ns(self, "cgroup");
	this->net_files = g_array_new(FALSE, FALSE, sizeof(NslNetFile));
	nsl_describe_net_keep(this, self < 0 ? self : nsl_process_open_ns(self, "net"));
	nsl_describe_net_keep(this, first < 0 ? first : nsl_process_open_ns(first, "net"));
}

static void read_detail(gpointer data, guint item, bool careful, GByteArray *out)
{
	NslDescription *this = data;
	g_autoptr(GByteArray) rest = g_byte_array_new();
	Record record;

	if (careful) /* there is no careful way in */
		return;
	if (!this->net_files)
		begin(this);
	this->ns = g_ptr_array_index(this->namespaces, item);
	this->detail = (NslDetail){0};
	this->rest = rest;
	memset(&record, 0, sizeof(record));
	if (types[this->ns->type].inside)
		record.result = nsl_enter_ns(this->collect, this->ns);
	if (record.result == 0)
		record.result = types[this->ns->type].describe(this);
	record.detail = this->detail;
	nsl_work_send(out, &record, sizeof(record));
	if (record.result == 0)
		nsl_work_send(out, rest->data, rest->len);
}

static void note(NslCollect *collect, const NslNamespace *ns, int result)
{
	g_autofree char *what = g_strdup_printf("what a %s namespace is could not be learnt",
						nsl_nstypes[ns->type].name);

	/* Of all types at once: it is for the same reason. */
	if (nsl_is_denied(result))
		nsl_snapshot_note(collect->snapshot, NSL_SOURCE_DETAILS, nsl_errno_name(-EPERM),
				  "details are missing: a namespace may not be entered", 0)
			->needs_root = true;
	else
		nsl_collect_note(collect, NSL_SOURCE_DETAILS, what, result, 0);
}

/* -1: not known. */
static gint32 depth_of(const NslNamespace *ns)
{
	const NslNamespace *at = ns;

	for (gint32 depth = 0; at && depth < MAX_DEPTH; depth++) {
		if (at->root || at->parent.knowledge == NSL_NONE)
			return depth;
		at = at->parent.knowledge == NSL_KNOWN ? at->parent.ns : NULL;
	}
	/* A process's PIDs are those from the procfs's own namespace on. */
	NSL_EACH (const NslProcess, process, ns->members)
		if (process->n_nspid > 0)
			return (gint32)process->n_nspid - 1;
	return -1;
}

static void take_record(NslCollect *collect, NslNamespace *ns, NslWorkItem item)
{
	Record record = {.result = nsl_work_errno(item.state)};

	if (!nsl_work_take(&item, &record, sizeof(record)) && record.result == 0)
		record.result = -ENODATA;
	if (record.result == 0)
		ns->detail = nsl_detail_new(ns->type, &record.detail, item.record, item.size);
	if (ns->detail && ns->type == NSL_NSTYPE_PID) {
		ns->detail->pid.depth = depth_of(ns);
		ns->detail->partial = ns->detail->partial || ns->detail->pid.depth < 0;
	}
	ns->has_detail = ns->detail			? NSL_KNOWN
			 : nsl_is_denied(record.result) ? NSL_DENIED
							: NSL_UNSUPPORTED;
	note(collect, ns, record.result);
}

/* Whether one of its processes, or whose children or threads are, passes. */
static bool is_of(const NslNamespace *ns, const NslSelection *selection,
		  bool (*passes)(const NslSelection *selection, guint32 pid))
{
	NSL_EACH (const NslProcess, process, ns->members)
		if (passes(selection, process->pid))
			return true;
	NSL_EACH_IN (const NslHolder, holder, ns->holders) {
		if ((holder->kind == NSL_HOLDER_FOR_CHILDREN ||
		     holder->kind == NSL_HOLDER_THREAD) &&
		    passes(selection, holder->pid))
			return true;
	}
	return false;
}

/* Whether a thread is in it whose TID selects it, or is named by --task. */
static bool is_of_thread(const NslSnapshot *snapshot, const NslNamespace *ns)
{
	NSL_EACH_KEY (void, tid, snapshot->threads)
		if (nsl_snapshot_get_thread(snapshot, GPOINTER_TO_UINT(tid))->ns[ns->type] ==
		    ns->inode)
			return true;
	return false;
}

/*
 * Whether it is wanted. Whether it will be listed is known only in part: names of containers are
 * yet to come.
 */
static bool is_wanted(const NslCollect *collect, const NslNamespace *ns)
{
	const NslSelection *selection = collect->selection;

	if (!(collect->facts & NSL_FACT_DETAILS))
		return ns->type == NSL_NSTYPE_NET && !ns->root && ns->members->len > 0;
	if (!(selection->types & NSL_NSTYPE_BIT(ns->type)) ||
	    (selection->persistent && !nsl_snapshot_is_unpopulated(collect->snapshot, ns)))
		return false;
	/* Which containers will be listed is not known either. */
	if (collect->facts & NSL_FACT_MEMBERS && !ns->root && ns->members->len > 0)
		return true;
	/* Nor is it which processes. */
	if (collect->facts & NSL_FACT_ALL_DETAILS && !ns->root)
		return true;
	if (selection->tasks->len > 0 && !is_of(ns, selection, nsl_selection_names_pid) &&
	    !is_of_thread(collect->snapshot, ns))
		return false;
	return nsl_selection_wants(selection, ns) || nsl_selection_has_words(selection) ||
	       is_of(ns, selection, nsl_selection_has_pid) || is_of_thread(collect->snapshot, ns);
}

void nsl_collect_details(NslCollect *collect)
{
	g_autoptr(GPtrArray) namespaces = g_ptr_array_new();
	NslDescription description = {.collect = collect, .namespaces = namespaces};
	g_autoptr(NslWork) work = NULL;

	NSL_EACH_KEY (NslNamespace, ns, collect->snapshot->namespaces)
		if (is_wanted(collect, ns))
			g_ptr_array_add(namespaces, ns);
	collect->snapshot->coverage[NSL_SOURCE_DETAILS] = NSL_COVERAGE_COMPLETE;
	work = nsl_collect_work(collect, namespaces->len, read_detail, NULL, &description, NULL);
	for (guint i = 0; i < namespaces->len; i++)
		take_record(collect, g_ptr_array_index(namespaces, i), nsl_work_get(work, i));
}
