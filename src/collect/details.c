/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass that learns what the namespaces that will be listed are: host names, addresses, maps.
 * What /proc tells of a member is read there; for the rest a worker enters the namespace, in which
 * nothing changes by that. A worker does not go back before it enters the next one: where it comes
 * from makes no difference. It never enters a user or a pid namespace.
 */
#include "collect/details.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/utsname.h>

#include "base/sys.h"
#include "base/nsfs.h"
#include "collect/open_ns.h"

#define MAX_TRIES 8  /* members: the first may be gone */
#define MAX_DEPTH 64 /* pid namespaces nest 32 deep */

#define UNIFIED	      "0::" /* the hierarchy of version 2 */
#define MAX_MEMBERS   16
#define MAX_PROCESSES 4096 /* that are asked whether they are below it */

/* What a worker sends about a namespace; what nsl_detail_new() calls the rest follows. */
typedef struct Record {
	int result; /* -errno: nothing is known */
	NslDetail detail;
} Record;

typedef struct Pass {
	NslCollect *collect;
	GPtrArray *namespaces; /* NslNamespace: the items */
	/* In each worker: */
	bool begun;
	int own_cgroup; /* the cgroup namespace it came from */
	NslNetFiles net_files;
} Pass;

/* Before the worker enters anything. */
static void begin(Pass *pass)
{
	g_auto(NslFd) self = nsl_procfs_open_self(pass->collect->procfs);

	pass->begun = true;
	pass->own_cgroup = self < 0 ? self : nsl_process_open_ns(self, "cgroup");
	nsl_details_net_begin(pass->collect, &pass->net_files);
}

/* What one of its processes can be asked. 0 or -errno. */
typedef int AskFunc(int process, NslDetail *detail, GByteArray *rest);

/* Asks a process whose `link` names the namespace: before as after, it has not changed. */
static int ask_process(const Pass *pass, const NslNamespace *ns, guint32 pid, const char *link,
		       AskFunc *ask, NslDetail *detail, GByteArray *rest)
{
	g_auto(NslFd) process = nsl_procfs_open_process(pass->collect->procfs, pid);
	NslDetail found = *detail;
	guint before = rest->len;
	guint64 inode = 0;
	int result = process < 0 ? process : ask(process, &found, rest);

	if (result == 0)
		result = nsl_process_read_ns(process, link, nsl_nstypes[ns->type].name, &inode);
	if (result == 0 && inode == ns->inode) {
		*detail = found;
		return 0;
	}
	g_byte_array_set_size(rest, before);
	return result < 0 ? result : -ESRCH;
}

/* Asks members until one answers; -ENOENT: there is none. */
static int ask_members(const Pass *pass, const NslNamespace *ns, AskFunc *ask, NslDetail *detail,
		       GByteArray *rest)
{
	int result = -ENOENT;

	for (guint i = 0; i < MIN(ns->members->len, MAX_TRIES) && result != 0; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		result = ask_process(pass, ns, process->pid, nsl_nstypes[ns->type].link, ask,
				     detail, rest);
	}
	return result;
}

/* The path in a line that begins with this hierarchy ("0::"); transfer full, NULL: there is none.
 */
static char *find_path(const char *text, const char *hierarchy, gsize size)
{
	while (text) {
		if (strncmp(text, hierarchy, size) == 0) {
			const char *path = text + size;

			return g_strndup(path, strcspn(path, "\n"));
		}
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return NULL;
}

/* A path that leads out of the namespace's root: to a process that has been moved there. */
static bool leads_out(const char *path)
{
	return g_str_has_prefix(path, "/..") && (path[3] == '/' || path[3] == '\0');
}

/* What is before `inside` in `outside`; transfer full, NULL: the one does not end in the other. */
static char *root_of(const char *outside, const char *inside)
{
	gsize size = strlen(outside);

	if (inside[0] != '/' || leads_out(inside))
		return NULL;
	if (strcmp(inside, "/") == 0)
		return g_strdup(outside);
	if (!g_str_has_suffix(outside, inside))
		return NULL;
	size -= strlen(inside);
	return size > 0 ? g_strndup(outside, size) : g_strdup("/");
}

/* The root in the hierarchy that the line of `inside` at `line` is about; likewise. */
static char *root_in(const char *outside, const char *line)
{
	const char *colon = strchr(line, ':');
	const char *second = colon ? strchr(colon + 1, ':') : NULL;
	gsize size = second ? (gsize)(second - line) + 1 : 0;
	g_autofree char *out = second ? find_path(outside, line, size) : NULL;
	g_autofree char *in = out ? find_path(line, line, size) : NULL;

	return in ? root_of(out, in) : NULL;
}

/*
 * Of each hierarchy there is one. The unified one's counts; where nobody uses that (it is the top
 * of all) another one may tell more.
 */
char *nsl_cgroup_root(const char *outside, const char *inside)
{
	const char *unified =
		g_str_has_prefix(inside, UNIFIED) ? inside : strstr(inside, "\n" UNIFIED);
	g_autofree char *top = NULL;

	if (unified) {
		top = root_in(outside, unified + (*unified == '\n'));
		if (!top || strcmp(top, "/") != 0)
			return g_steal_pointer(&top);
	}
	for (const char *line = inside; line; line = strchr(line, '\n')) {
		g_autofree char *root = NULL;

		line += *line == '\n';
		root = root_in(outside, line);
		if (root && strcmp(root, "/") != 0)
			return g_steal_pointer(&root);
		if (root && !top)
			top = g_steal_pointer(&root);
	}
	return g_steal_pointer(&top);
}

/* The file of a process, as text; NULL where it cannot be read. Transfer full. */
static char *read_cgroups(int process)
{
	g_autoptr(GByteArray) text = g_byte_array_new();

	if (process < 0 || nsl_process_read_cgroup(process, text) < 0)
		return NULL;
	return g_strndup((const char *)text->data, text->len);
}

/* A process that may be below the root: members first, then this one, then any. */
static int open_candidate(const NslCollect *collect, const NslNamespace *ns, guint n)
{
	guint n_members = MIN(ns->members->len, MAX_MEMBERS);

	if (n < n_members)
		return nsl_procfs_open_process(
			collect->procfs,
			((const NslProcess *)g_ptr_array_index(ns->members, n))->pid);
	n -= n_members;
	if (n == 0)
		return nsl_procfs_open_self(collect->procfs);
	n--;
	return nsl_procfs_open_process(collect->procfs, g_array_index(collect->pids, guint32, n));
}

/* Whether any hierarchy's path leads further in, and not out. */
static bool is_below(const char *inside)
{
	g_autofree char *root = nsl_cgroup_root(inside, inside);

	return root != NULL;
}

/*
 * The cgroup that it takes for the root, as the worker's own cgroup namespace counts; the worker is
 * in that one afterwards. -ENODATA: no process is below it.
 */
static int describe_cgroup(const Pass *pass, const NslNamespace *ns, GByteArray *rest)
{
	const NslCollect *collect = pass->collect;
	int own = pass->own_cgroup;
	guint n = MIN(ns->members->len, MAX_MEMBERS) + 1 + MIN(collect->pids->len, MAX_PROCESSES);
	g_autofree char *inside = NULL;
	g_autofree char *outside = NULL;
	g_autofree char *root = NULL;
	g_auto(NslFd) process = -1;
	NslNsFile home = {0};
	bool elsewhere = own < 0 || nsl_nsfs_identify_fd(own, &home) < 0 || home.inode != ns->inode;
	int result = elsewhere ? nsl_enter_ns(collect, ns) : 0;

	if (result < 0)
		return result;
	for (guint i = 0; i < n && !inside; i++) {
		g_auto(NslFd) candidate = open_candidate(collect, ns, i);

		inside = read_cgroups(candidate);
		if (inside && is_below(inside))
			process = nsl_fd_steal(&candidate);
		else
			g_clear_pointer(&inside, g_free);
	}
	/* Back, also for those that come after. */
	if (elsewhere && setns(own, CLONE_NEWCGROUP) < 0)
		return -errno;
	outside = read_cgroups(process);
	root = inside && outside ? nsl_cgroup_root(outside, inside) : NULL;
	if (!root)
		return -ENODATA;
	nsl_collect_send(rest, root, strlen(root));
	return 0;
}

static int describe_uts(const Pass *pass, const NslNamespace *ns, NslDetail *detail)
{
	int result = nsl_enter_ns(pass->collect, ns);
	struct utsname names;

	if (result < 0)
		return result;
	if (uname(&names) < 0)
		return -errno;
	g_strlcpy(detail->uts.host, names.nodename, sizeof(detail->uts.host));
	/* What the kernel says where nobody ever set one. */
	if (strcmp(names.domainname, "(none)") != 0)
		g_strlcpy(detail->uts.domain, names.domainname, sizeof(detail->uts.domain));
	return 0;
}

union sem_argument {
	int value;
	struct seminfo *info;
};

static int describe_ipc(const Pass *pass, const NslNamespace *ns, NslDetail *detail)
{
	int result = nsl_enter_ns(pass->collect, ns);
	struct shm_info shm = {0};
	struct seminfo sem = {0};
	struct msginfo msg = {0};

	if (result < 0)
		return result;
	/* Of these commands the identifier is ignored. */
	if (shmctl(0, SHM_INFO, (struct shmid_ds *)(void *)&shm) < 0 ||
	    semctl(0, 0, SEM_INFO, (union sem_argument){.info = &sem}) < 0 ||
	    msgctl(0, MSG_INFO, (struct msqid_ds *)(void *)&msg) < 0)
		return -errno;
	detail->ipc.shm = (guint64)MAX(shm.used_ids, 0);
	detail->ipc.sem = (guint64)MAX(sem.semusz, 0);
	detail->ipc.msg = (guint64)MAX(msg.msgpool, 0);
	return 0;
}

static int ask_maps(int process, NslDetail *detail, GByteArray *rest)
{
	g_autoptr(GArray) uids = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autoptr(GArray) gids = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	int result = nsl_process_read_id_map(process, false, uids);

	if (result == 0)
		result = nsl_process_read_id_map(process, true, gids);
	if (result < 0)
		return result;
	detail->user.has_maps = true;
	detail->user.n_uids = uids->len;
	detail->user.n_gids = gids->len;
	nsl_collect_send(rest, uids->data, uids->len * sizeof(NslIdRange));
	nsl_collect_send(rest, gids->data, gids->len * sizeof(NslIdRange));
	return 0;
}

/* Only its processes have the maps; who made it is known without. */
static int describe_user(const Pass *pass, const NslNamespace *ns, NslDetail *detail,
			 GByteArray *rest)
{
	detail->partial = ask_members(pass, ns, ask_maps, detail, rest) < 0;
	return 0;
}

static int ask_offsets(int process, NslDetail *detail, GByteArray *rest)
{
	(void)rest;
	return nsl_process_read_time_offsets(process, &detail->time);
}

/* A process's file is of the namespace that its children will be in: it may be no member. */
static int describe_time(const Pass *pass, const NslNamespace *ns, NslDetail *detail,
			 GByteArray *rest)
{
	const char *link = nsl_nstypes[NSL_NSTYPE_TIME].children_link;
	g_auto(NslFd) self = -1;
	guint tries = 0;
	int result;

	for (guint i = 0; i < ns->members->len && tries < MAX_TRIES; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (nsl_process_for_children(process, NSL_NSTYPE_TIME))
			continue;
		tries++;
		if (ask_process(pass, ns, process->pid, link, ask_offsets, detail, rest) == 0)
			return 0;
	}
	for (guint i = 0; i < ns->holders->len && tries < 2 * MAX_TRIES; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);

		if (holder->kind != NSL_HOLDER_FOR_CHILDREN)
			continue;
		tries++;
		if (ask_process(pass, ns, holder->pid, link, ask_offsets, detail, rest) == 0)
			return 0;
	}
	result = nsl_enter_ns(pass->collect, ns);
	if (result == 0)
		self = nsl_procfs_open_self(pass->collect->procfs);
	if (result == 0 && self < 0)
		result = self;
	return result < 0 ? result : ask_offsets(self, detail, rest);
}

static void read_comm(const Pass *pass, NslPidDetail *detail)
{
	g_auto(NslFd) process = nsl_procfs_open_process(pass->collect->procfs, detail->init);

	if (process < 0 || nsl_process_read_comm(process, detail->comm, sizeof(detail->comm)) < 0)
		detail->comm[0] = '\0';
}

/* The process that is PID 1 in there: a member, or one that only the kernel shows. */
static int describe_pid(const Pass *pass, const NslNamespace *ns, NslDetail *detail)
{
	NslPidDetail *pid = &detail->pid;
	g_auto(NslFd) fd = -1;
	int found;

	for (guint i = 0; i < ns->members->len && pid->init == 0; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (process->n_nspid > 0 && process->nspid[process->n_nspid - 1] == 1)
			pid->init = process->pid;
	}
	if (pid->init == 0 && pass->collect->procfs->local) {
		fd = nsl_open_ns(pass->collect, ns);
		found = fd < 0 ? fd : nsl_nsfs_pid_from(fd, 1);
		if (found > 0)
			pid->init = (guint32)found;
		/* Below the caller's own (whose parent may be asked) it sees all of them. */
		else if (found == -ESRCH && ns->parent.knowledge == NSL_KNOWN)
			pid->has_init = NSL_NONE;
	}
	if (pid->init != 0) {
		pid->has_init = NSL_KNOWN;
		read_comm(pass, pid);
	} else if (pid->has_init != NSL_NONE) {
		pid->has_init = nsl_snapshot_is_unpopulated(pass->collect->snapshot, ns)
					? NSL_NONE
					: NSL_UNSUPPORTED;
	}
	detail->partial = pid->has_init == NSL_UNSUPPORTED;
	return 0;
}

static int ask_mounts(int process, NslDetail *detail, GByteArray *rest)
{
	g_auto(NslFd) mountinfo = nsl_process_open_mountinfo(process);

	(void)rest;
	return mountinfo < 0 ? mountinfo : nsl_mounts_sum_up(mountinfo, &detail->mnt);
}

/* From its root all can be seen; a member may see but a part. */
static int describe_mnt(const Pass *pass, const NslNamespace *ns, NslDetail *detail,
			GByteArray *rest)
{
	bool real = pass->collect->procfs->real;
	g_auto(NslFd) fd = real ? nsl_open_ns(pass->collect, ns) : -ENOENT;
	int result = fd < 0 ? fd : nsl_enter_mnt_ns(fd);
	g_auto(NslFd) self = result < 0 ? result : nsl_procfs_open_self(pass->collect->procfs);
	int members;

	if (result == 0)
		result = self < 0 ? self : ask_mounts(self, detail, rest);
	if (result == 0)
		return 0;
	members = ask_members(pass, ns, ask_mounts, detail, rest);
	detail->partial = members == 0;
	return members == 0 ? 0 : result;
}

static int describe(Pass *pass, const NslNamespace *ns, NslDetail *detail, GByteArray *rest)
{
	int result;

	switch (ns->type) {
	case NSL_NSTYPE_CGROUP:
		return describe_cgroup(pass, ns, rest);
	case NSL_NSTYPE_IPC:
		return describe_ipc(pass, ns, detail);
	case NSL_NSTYPE_MNT:
		return describe_mnt(pass, ns, detail, rest);
	case NSL_NSTYPE_NET:
		result = nsl_enter_ns(pass->collect, ns);
		return result < 0
			       ? result
			       : nsl_details_net(pass->collect, &pass->net_files, ns, detail, rest);
	case NSL_NSTYPE_PID:
		return describe_pid(pass, ns, detail);
	case NSL_NSTYPE_TIME:
		return describe_time(pass, ns, detail, rest);
	case NSL_NSTYPE_USER:
		return describe_user(pass, ns, detail, rest);
	case NSL_NSTYPE_UTS:
		return describe_uts(pass, ns, detail);
	case NSL_NSTYPE_COUNT:
		break;
	}
	return -EINVAL;
}

static void read_detail(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	g_autoptr(GByteArray) rest = g_byte_array_new();
	Record record;

	if (careful) /* there is no careful way in */
		return;
	if (!pass->begun)
		begin(pass);
	memset(&record, 0, sizeof(record));
	record.result =
		describe(pass, g_ptr_array_index(pass->namespaces, item), &record.detail, rest);
	nsl_collect_send(out, &record, sizeof(record));
	if (record.result == 0)
		nsl_collect_send(out, rest->data, rest->len);
}

static void note(NslCollect *collect, const NslNamespace *ns, int result)
{
	g_autofree char *what = g_strdup_printf("what a %s namespace is could not be learnt",
						nsl_nstypes[ns->type].name);

	/* Of all types at once: it is for the same reason. */
	if (nsl_is_denied(result))
		nsl_snapshot_note(
			collect->snapshot, NSL_SOURCE_DETAILS, nsl_errno_name(-EPERM),
			"details are missing: a namespace may not be entered; run as root "
			"to see all of them",
			0);
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
	for (guint i = 0; i < ns->members->len; i++) {
		const NslProcess *process = g_ptr_array_index(ns->members, i);

		if (process->n_nspid > 0)
			return (gint32)process->n_nspid - 1;
	}
	return -1;
}

static void take_record(NslCollect *collect, NslNamespace *ns, NslWorkItem item)
{
	Record record = {.result = nsl_work_errno(item.state)};

	if (!nsl_collect_take(&item, &record, sizeof(record)) && record.result == 0)
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
	for (guint i = 0; i < ns->members->len; i++)
		if (passes(selection, ((NslProcess *)g_ptr_array_index(ns->members, i))->pid))
			return true;
	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);

		if ((holder->kind == NSL_HOLDER_FOR_CHILDREN ||
		     holder->kind == NSL_HOLDER_THREAD) &&
		    passes(selection, holder->pid))
			return true;
	}
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
	if (selection->tasks->len > 0 && !is_of(ns, selection, nsl_selection_names_pid))
		return false;
	return nsl_selection_wants(selection, ns) || nsl_selection_has_words(selection) ||
	       is_of(ns, selection, nsl_selection_has_pid);
}

void nsl_collect_details(NslCollect *collect)
{
	g_autoptr(GPtrArray) namespaces = g_ptr_array_new();
	Pass pass = {.collect = collect, .namespaces = namespaces};
	g_autoptr(NslWork) work = NULL;
	GHashTableIter iter;
	gpointer key;

	g_hash_table_iter_init(&iter, collect->snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (is_wanted(collect, key))
			g_ptr_array_add(namespaces, key);
	collect->snapshot->coverage[NSL_SOURCE_DETAILS] = NSL_COVERAGE_COMPLETE;
	work = nsl_collect_work(collect, namespaces->len, read_detail, NULL, &pass, NULL);
	for (guint i = 0; i < namespaces->len; i++)
		take_record(collect, g_ptr_array_index(namespaces, i), nsl_work_get(work, i));
}
