/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over open files: descriptors that refer to a namespace, and sockets and tun devices that
 * belong to another net namespace than their process. No file system behind a descriptor is ever
 * asked: a dead one would not answer.
 */
#include "collect/passes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/error.h"
#include "base/nsfs.h"
#include "base/pidfd.h"
#include "base/worker.h"

/* Namespaces' inodes are at least this (PROC_NSFS_INIT_INO), and fit 32 bits. */
#define LOWEST_INODE  0xEFFFFFF8u
#define HIGHEST_INODE 0xFFFFFFFFu

#define MAX_ENTRIES 500000 /* of one process */

/* Stands before the entries that a worker sends about a process. */
typedef struct Head {
	int result;	    /* -errno: its open files could not be listed */
	int sockets_result; /* -errno: those of some of its sockets could not be learnt */
	char comm[80];
} Head;

typedef struct Entry {
	NslHolderKind kind;
	gint32 fd;
	NslNsType type;
	guint64 inode;
} Entry;

typedef struct Pass {
	NslCollect *collect;
	GArray *tasks; /* NslTask; tid 0: the process */
	dev_t nsfs;    /* the device number of nsfs; 0: not known */
	GHashTable
		*sockets; /* in each worker: net namespace's inode by the socket's, both guint64 */
} Pass;

/* One task, while its open files are looked at. */
typedef struct Look {
	const Pass *pass;
	const NslTask *task;
	int process;
	int fds;
	int pidfd;   /* -1: not yet needed */
	guint64 net; /* the net namespace it is in */
	Head head;
	GByteArray *out;
} Look;

static void add_entry(const Look *look, NslHolderKind kind, guint32 number, NslNsType type,
		      guint64 inode)
{
	Entry entry = {.kind = kind, .fd = (gint32)number, .type = type, .inode = inode};

	g_byte_array_append(look->out, (const guint8 *)&entry, sizeof(entry));
}

/* A copy of one of its sockets or tun devices. */
static int copy_fd(Look *look, guint32 number)
{
	bool thread = look->task->tid != 0;

	if (look->pidfd < 0) {
		look->pidfd = nsl_pidfd_open(thread ? look->task->tid : look->task->pid, thread);
		/* It is the same process: it was there before its number was used. */
		if (look->pidfd >= 0 && !nsl_process_exists(look->process))
			return -ESRCH;
	}
	return look->pidfd < 0 ? look->pidfd : nsl_pidfd_get(look->pidfd, (int)number);
}

/* The net namespace that it belongs to: 0 or -errno. */
static int ask_socket(Look *look, guint32 number, guint64 *ret_inode)
{
	g_auto(NslFd) copy = copy_fd(look, number);
	g_auto(NslFd) net = copy < 0 ? copy : nsl_nsfs_open_of_socket(copy);
	NslNsFile file;
	int result = net < 0 ? net : nsl_nsfs_identify_fd(net, &file);

	if (result == 0)
		*ret_inode = file.inode;
	return result;
}

/* `inode` is the socket's, by which it is known again; 0 for what has none. */
static void look_at_socket(Look *look, guint32 number, guint64 inode)
{
	const guint64 *known = g_hash_table_lookup(look->pass->sockets, &inode);
	guint64 net = known ? *known : 0;

	if (!look->pass->collect->procfs->local) /* its PIDs are not the system calls' */
		return;
	if (!known || inode == 0) {
		int result = ask_socket(look, number, &net);

		if (nsl_is_gone(result) || result == -EBADF) /* closed meanwhile */
			return;
		if (result < 0) {
			look->head.sockets_result = result;
			return;
		}
		g_hash_table_replace(look->pass->sockets, nsl_collect_key(inode),
				     nsl_collect_key(net));
	}
	if (net != look->net)
		add_entry(look, NSL_HOLDER_SOCKET, number, NSL_NSTYPE_NET, net);
}

/* A descriptor of a namespace that was opened where it is mounted: its link shows that path. */
static void look_at_path(Look *look, guint32 number, const char *path)
{
	g_autofree char *name = g_strdup_printf("%u", number);
	NslFdInfo info;
	struct statx found;
	NslNsFile file;
	NslNsType type;

	/* Devices are most of all that is open. They are where they seem to be, and no dead mount.
	 */
	if (!g_str_has_prefix(path, "/dev/") || g_str_has_prefix(path, "/dev/net/")) {
		if (nsl_fds_read_info(look->fds, number, &info) < 0)
			return;
		if (info.tun) {
			look_at_socket(look, number, 0);
			return;
		}
		/* Before Linux 5.14 it is not told. */
		if (info.inode != 0 && (info.inode < LOWEST_INODE || info.inode > HIGHEST_INODE))
			return;
	}
	/* Cached attributes tell. */
	if (look->pass->nsfs == 0)
		return;
	if (statx(look->fds, name, AT_STATX_DONT_SYNC, STATX_INO, &found) < 0 ||
	    makedev(found.stx_dev_major, found.stx_dev_minor) != look->pass->nsfs)
		return;
	g_auto(NslFd) place = nsl_fd_openat(look->fds, name, O_PATH);
	g_auto(NslFd) opened =
		place < 0 ? place : nsl_nsfs_reopen(look->pass->collect->procfs->fd, place);
	if (opened < 0 || nsl_nsfs_identify_fd(opened, &file) < 0)
		return;
	type = nsl_nstype_by_flag(file.flag);
	if (type < NSL_NSTYPE_COUNT)
		add_entry(look, NSL_HOLDER_FD, number, type, file.inode);
}

static void look_at_fd(Look *look, guint32 number, bool careful)
{
	char text[256];
	ssize_t size = nsl_fds_read_link(look->fds, number, text, sizeof(text) - 1);
	const char *name;
	gsize name_size;
	guint64 inode;
	NslNsType type;

	if (nsl_is_denied((int)size))
		look->head.result = (int)size; /* the right to list them alone is no use */
	if (size <= 0)
		return;
	text[size] = '\0';
	if (text[0] == '/') {
		if (!careful)
			look_at_path(look, number, text);
		return;
	}
	if (!nsl_parse_ns_link(text, (gsize)size, &name, &name_size, &inode))
		return;
	type = nsl_nstype_find(name, name_size);
	if (type < NSL_NSTYPE_COUNT)
		add_entry(look, NSL_HOLDER_FD, number, type, inode);
	else if (name_size == strlen("socket") && memcmp(name, "socket", name_size) == 0)
		look_at_socket(look, number, inode);
}

static void look_at_all(Look *look, bool careful)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
	const NslNsTypeInfo *net = &nsl_nstypes[NSL_NSTYPE_NET];
	guint before = look->out->len;

	look->head.result = nsl_fds_list(look->fds, numbers);
	if (nsl_process_read_ns(look->process, net->link, net->name, &look->net) < 0)
		look->net = 0;
	for (guint i = 0; i < numbers->len; i++)
		if (look->out->len - before < MAX_ENTRIES * sizeof(Entry))
			look_at_fd(look, g_array_index(numbers, guint32, i), careful);
	nsl_fd_close(look->pidfd);
	if (look->out->len > before)
		nsl_process_read_comm(look->process, look->head.comm, sizeof(look->head.comm));
}

static void read_fds(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	const NslTask *task = &g_array_index(pass->tasks, NslTask, item);
	g_auto(NslFd) first = nsl_procfs_open_process(pass->collect->procfs, task->pid);
	g_auto(NslFd) thread =
		first < 0 || task->tid == 0 ? -1 : nsl_process_open_thread(first, task->tid);
	int process = task->tid == 0 ? first : thread;
	g_auto(NslFd) fds = process < 0 ? -ENOENT : nsl_process_open_fds(process);
	Look look = {.pass = pass,
		     .task = task,
		     .process = process,
		     .fds = fds,
		     .pidfd = -1,
		     .out = out};
	guint at = out->len;

	if (!pass->sockets)
		pass->sockets = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	look.head.result = fds < 0 ? fds : 0;
	g_byte_array_append(out, (const guint8 *)&look.head, sizeof(look.head));
	if (fds >= 0)
		look_at_all(&look, careful);
	memcpy(out->data + at, &look.head, sizeof(look.head));
}

static void take_entry(NslCollect *collect, const NslTask *task, const Head *head,
		       const Entry *entry)
{
	nsl_namespace_add_holder(nsl_snapshot_add(collect->snapshot, entry->type, entry->inode),
				 &(NslHolder){
					 .kind = entry->kind,
					 .pid = task->pid,
					 .tid = task->tid,
					 .fd = entry->fd,
					 .comm = head->comm[0] ? (char *)head->comm : NULL,
				 });
}

static void take_result(NslCollect *collect, const NslTask *task, NslWorkItem item)
{
	Head head = {.result = nsl_work_errno(item.state)};
	gsize at = sizeof(head);
	Entry entry;

	if (item.size >= sizeof(head))
		memcpy(&head, item.record, sizeof(head));
	if (head.result == 0)
		head.result = nsl_work_errno(item.state);
	nsl_collect_note(collect, NSL_SOURCE_FDS, "its open files could not be looked at",
			 head.result, task->pid);
	nsl_collect_note(collect, NSL_SOURCE_FDS,
			 "the network namespaces of its sockets could not be learnt",
			 head.sockets_result, task->pid);
	for (; at + sizeof(entry) <= item.size; at += sizeof(entry)) {
		memcpy(&entry, item.record + at, sizeof(entry));
		take_entry(collect, task, &head, &entry);
	}
}

/* The device number of nsfs; 0: not known. Nothing of it stays open: nslist is no holder. */
static dev_t find_nsfs(const NslProcfs *procfs)
{
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) own = self < 0 ? self : nsl_process_open_ns(self, "mnt");
	struct stat nsfs;

	return own >= 0 && fstat(own, &nsfs) == 0 ? nsfs.st_dev : 0;
}

static bool is_counted(const NslCollect *collect, guint32 pid)
{
	return collect->census && nsl_census_find(collect->census, pid);
}

static void take_file(gpointer data, NslNsType type, guint64 inode, const NslHolder *holder)
{
	const NslCollect *collect = data;

	if (is_counted(collect, holder->pid))
		nsl_namespace_add_holder(nsl_snapshot_add(collect->snapshot, type, inode), holder);
}

/* The processes, and threads with a table of their own, that no census tells about. */
static void list_tasks(const NslCollect *collect, GArray *tasks)
{
	bool counted = collect->census && nsl_census_files(collect->census, collect->procfs,
							   take_file, (gpointer)collect) == 0;

	for (guint i = 0; i < collect->pids->len; i++) {
		NslTask task = {.pid = g_array_index(collect->pids, guint32, i)};

		if (!counted || !is_counted(collect, task.pid))
			g_array_append_val(tasks, task);
	}
	for (guint i = 0; i < collect->own_fds->len; i++) {
		NslTask task = g_array_index(collect->own_fds, NslTask, i);

		if (!counted || !is_counted(collect, task.pid))
			g_array_append_val(tasks, task);
	}
}

bool nsl_collect_fds(NslCollect *collect, GError **error)
{
	g_autoptr(GArray) tasks = g_array_new(FALSE, FALSE, sizeof(NslTask));
	Pass pass = {.collect = collect, .tasks = tasks, .nsfs = find_nsfs(collect->procfs)};
	NslWorkSpec spec = {.run = read_fds,
			    .data = &pass,
			    .keep = {collect->procfs->fd, -1},
			    .waited = &collect->waited,
			    .progress = collect->progress,
			    .what = "open files of processes"};
	g_autoptr(NslWork) work = NULL;

	(void)error;
	list_tasks(collect, tasks);
	spec.n_items = tasks->len;
	collect->snapshot->coverage[NSL_SOURCE_FDS] =
		collect->procfs->local ? NSL_COVERAGE_COMPLETE : NSL_COVERAGE_PARTIAL;
	work = nsl_work_run(&spec);
	for (guint i = 0; i < tasks->len; i++)
		take_result(collect, &g_array_index(tasks, NslTask, i), nsl_work_get(work, i));
	return true;
}
