/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over open files: descriptors that refer to a namespace, and sockets and tun devices that
 * belong to another net namespace than their process. What a descriptor is, its inode says: the
 * path that its link shows is one of another mount namespace, where anything may be mounted
 * anywhere. No file system behind a descriptor is ever asked: a dead one would not answer.
 */
#include "collect/passes.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/nsfs.h"
#include "base/sys.h"
#include "base/worker.h"
#include "collect/tally.h"

/* Namespaces' inodes are at least this (PROC_NSFS_INIT_INO), and fit 32 bits. */
#define LOWEST_INODE  0xEFFFFFF8u
#define HIGHEST_INODE 0xFFFFFFFFu

#define STREAM_AT 8192 /* bytes of records that a worker keeps */
#define MAX_LOOKS 4    /* at a descriptor that is another file each time */

/* What a worker sends about a task, as often as there is something to tell. */
typedef struct Record {
	enum {
		RECORD_COMM,	       /* its name: so many bytes follow; before the first holder */
		RECORD_HOLDER,	       /* a descriptor that holds a namespace */
		RECORD_FAILED,	       /* -errno: not all of its open files could be looked at */
		RECORD_SOCKETS_FAILED, /* -errno: the net namespaces of some sockets are not known
					*/
		RECORD_CUT,	       /* there are more of one namespace than are listed */
	} what;
	gint32 number; /* the descriptor, the -errno, or how many bytes */
	NslHolderKind kind;
	NslNsType type;
	guint64 inode;
} Record;

typedef struct Pass {
	NslCollect *collect;
	GArray *tasks;	 /* NslTask; tid 0: the process */
	dev_t nsfs;	 /* the device number of nsfs; 0: not known */
	NslTally *tally; /* in each worker */
} Pass;

/* One task, while its open files are looked at. */
typedef struct Look {
	const Pass *pass;
	const NslTask *task;
	int process;
	int fds;
	int pidfd;   /* -1: not yet needed */
	guint64 net; /* the net namespace it is in; 0: not known */
	int result;  /* -errno: the first of what could not be looked at */
	int sockets_result;
	bool named; /* its name is sent */
	bool cut;
	GByteArray *out;
} Look;

static void send_record(const Look *look, const Record *record)
{
	g_byte_array_append(look->out, (const guint8 *)record, sizeof(*record));
}

static void send_comm(Look *look)
{
	char comm[80];
	Record record = {.what = RECORD_COMM};

	if (look->named || nsl_process_read_comm(look->process, comm, sizeof(comm)) < 0)
		return;
	look->named = true;
	record.number = (gint32)strlen(comm);
	send_record(look, &record);
	g_byte_array_append(look->out, (const guint8 *)comm, (guint)record.number);
}

static void send_holder(Look *look, NslHolderKind kind, guint32 number, NslNsType type,
			guint64 inode)
{
	Record record = {.what = RECORD_HOLDER,
			 .number = (gint32)number,
			 .kind = kind,
			 .type = type,
			 .inode = inode};

	if (!nsl_tally_add(look->pass->tally, kind, inode)) {
		look->cut = true;
		return;
	}
	send_comm(look);
	send_record(look, &record);
	if (look->out->len >= STREAM_AT)
		nsl_work_stream(look->out);
}

/* Remembers the first failure; what has gone is none. */
static void fail(int *first, int result)
{
	if (*first == 0 && result < 0 && !nsl_is_gone(result))
		*first = result;
}

/* The net namespace of one of its sockets or tun devices. 0, or -errno. */
static int ask_socket(Look *look, guint32 number, guint64 *ret_inode)
{
	g_auto(NslFd) copy = -1;
	g_auto(NslFd) net = -1;
	NslNsFile file;
	int result;

	if (look->pidfd < 0) {
		bool thread = look->task->tid != 0;

		look->pidfd = nsl_pidfd_open(look->process,
					     thread ? look->task->tid : look->task->pid, thread);
	}
	if (look->pidfd < 0)
		return look->pidfd;
	copy = nsl_pidfd_get(look->pidfd, (int)number);
	if (copy < 0)
		return copy;
	net = nsl_nsfs_open_of_socket(copy);
	result = net < 0 ? net : nsl_nsfs_identify_fd(net, &file);
	if (result == 0)
		*ret_inode = file.inode;
	return result;
}

/* False: by now it is another file. */
static bool look_at_socket(Look *look, guint32 number)
{
	guint64 net;
	int result;

	/* PIDs of another procfs are not the system calls'. */
	if (!look->pass->collect->procfs->local || look->net == 0)
		return true;
	result = ask_socket(look, number, &net);
	if (result == -ENOTSOCK)
		return false;
	if (result == 0 && net != look->net)
		send_holder(look, NSL_HOLDER_SOCKET, number, NSL_NSTYPE_NET, net);
	if (result != -EBADF) /* closed meanwhile, or open as a place only */
		fail(&look->sockets_result, result);
	return true;
}

/* A descriptor of a namespace that was opened where it is mounted. */
static void look_at_namespace(Look *look, guint32 number)
{
	g_autofree char *name = g_strdup_printf("%u", number);
	g_auto(NslFd) place = nsl_fd_openat(look->fds, name, O_PATH);
	g_auto(NslFd) opened =
		place < 0 ? place : nsl_nsfs_reopen(look->pass->collect->procfs->fd, place);
	int result = opened;
	NslNsFile file;
	NslNsType type;

	if (opened >= 0)
		result = nsl_nsfs_identify_fd(opened, &file);
	if (result < 0) {
		if (result != -EMEDIUMTYPE) /* by now it is another file */
			fail(&look->result, result);
		return;
	}
	type = nsl_nstype_by_flag(file.flag);
	if (type < NSL_NSTYPE_COUNT)
		send_holder(look, NSL_HOLDER_FD, number, type, file.inode);
}

/*
 * What has a path. It may be a tun device or a namespace's file whatever that path is. False: by
 * now it is another file.
 */
static bool look_at_path(Look *look, guint32 number, bool likely_device)
{
	struct statx found;
	int result;

	/*
	 * Both ways tell the truth. fdinfo never waits for a file system, and takes three times as
	 * long: so it is for all but devices, which are most of all that is open, and do not lie on
	 * a file server.
	 */
	if (!likely_device) {
		NslFdInfo info;

		result = nsl_fds_read_info(look->fds, number, &info);
		if (result == 0 && info.tun)
			return look_at_socket(look, number);
		/* Before Linux 5.14 the inode is not told. */
		if (nsl_is_gone(result) ||
		    (result == 0 && info.inode != 0 &&
		     (info.inode < LOWEST_INODE || info.inode > HIGHEST_INODE)))
			return true;
	}
	result = nsl_fds_stat(look->fds, number, &found);
	if (result < 0) {
		if (likely_device)
			return look_at_path(look, number, false);
		fail(&look->result, result);
		return true;
	}
	if (nsl_nsfs_is_tun(&found))
		return look_at_socket(look, number);
	if (look->pass->nsfs != 0 &&
	    makedev(found.stx_dev_major, found.stx_dev_minor) == look->pass->nsfs)
		look_at_namespace(look, number);
	return true;
}

/* False: by now it is another file. */
static bool look_at_fd(Look *look, guint32 number, bool careful)
{
	char text[256];
	ssize_t size = nsl_fds_read_link(look->fds, number, text, sizeof(text) - 1);
	const char *name;
	gsize name_size;
	guint64 inode;
	NslNsType type;

	/* Only a path can be too long for the kernel to show. */
	if (size == -ENAMETOOLONG || (size > 0 && text[0] == '/')) {
		bool likely_device = size > 5 && memcmp(text, "/dev/", 5) == 0;

		return careful || look_at_path(look, number, likely_device);
	}
	/* The right to list them alone is no use. */
	fail(&look->result, (int)size);
	/* All else is the kernel's own text, and nobody else's. */
	if (size <= 0 || !nsl_parse_ns_link(text, (gsize)size, &name, &name_size, &inode))
		return true;
	type = nsl_nstype_find(name, name_size);
	if (type < NSL_NSTYPE_COUNT)
		send_holder(look, NSL_HOLDER_FD, number, type, inode);
	else if (name_size == strlen("socket") && memcmp(name, "socket", name_size) == 0)
		return look_at_socket(look, number);
	return true;
}

static void look_at_all(Look *look, bool careful)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
	int result = nsl_nstype_read(look->process, NSL_NSTYPE_NET, &look->net);

	if (result < 0) {
		look->net = 0;
		fail(&look->sockets_result, nsl_process_exists(look->process) ? result : -ESRCH);
	}
	fail(&look->result, nsl_fds_list(look->fds, numbers));
	for (guint i = 0; i < numbers->len; i++) {
		guint32 number = g_array_index(numbers, guint32, i);
		guint looks = 0;

		while (!look_at_fd(look, number, careful))
			if (++looks == MAX_LOOKS) {
				fail(&look->sockets_result, -EAGAIN);
				break;
			}
	}
	nsl_fd_close(look->pidfd);
}

static void read_fds(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	const NslTask *task = &g_array_index(pass->tasks, NslTask, item);
	g_auto(NslFd) first = nsl_procfs_open_process(pass->collect->procfs, task->pid);
	g_auto(NslFd) thread =
		first < 0 || task->tid == 0 ? -1 : nsl_process_open_thread(first, task->tid);
	int process = task->tid == 0 ? first : thread;
	g_auto(NslFd) fds = process < 0 ? process : nsl_process_open_fds(process);
	Look look = {.pass = pass,
		     .task = task,
		     .process = process,
		     .fds = fds,
		     .pidfd = -1,
		     .out = out};

	if (!pass->tally)
		pass->tally = nsl_tally_new(pass->collect->same_fds);
	nsl_tally_restart(pass->tally);
	fail(&look.result, fds);
	if (fds >= 0)
		look_at_all(&look, careful);
	if (look.result < 0)
		send_record(&look, &(Record){.what = RECORD_FAILED, .number = look.result});
	else if (look.sockets_result < 0) /* what denies all denies these */
		send_record(&look, &(Record){.what = RECORD_SOCKETS_FAILED,
					     .number = look.sockets_result});
	if (look.cut)
		send_record(&look, &(Record){.what = RECORD_CUT});
}

static void note_cut(NslCollect *collect, guint32 pid)
{
	g_autofree char *message =
		g_strdup_printf("it has more than %u open files of one namespace: "
				"the others of them are left out",
				collect->same_fds);

	nsl_snapshot_note(collect->snapshot, NSL_SOURCE_FDS, "limit", message, pid);
}

static void take_record(NslCollect *collect, const NslTask *task, const Record *record, char *comm)
{
	NslHolder holder = {.kind = record->kind,
			    .pid = task->pid,
			    .tid = task->tid,
			    .fd = record->number,
			    .comm = comm};

	switch (record->what) {
	case RECORD_COMM:
		break;
	case RECORD_HOLDER:
		nsl_namespace_add_holder(
			nsl_snapshot_add(collect->snapshot, record->type, record->inode), &holder);
		break;
	case RECORD_FAILED: /* noted with what else may have kept it from being looked at */
		break;
	case RECORD_SOCKETS_FAILED:
		nsl_collect_note(collect, NSL_SOURCE_FDS,
				 "which net namespaces its sockets belong to is not known",
				 record->number, task->pid);
		break;
	case RECORD_CUT:
		note_cut(collect, task->pid);
		break;
	}
}

static void take_result(NslCollect *collect, const NslTask *task, NslWorkItem item)
{
	g_autofree char *comm = NULL;
	int result = nsl_work_errno(item.state);
	gsize at = 0;
	Record record;

	while (item.size - at >= sizeof(record)) {
		memcpy(&record, item.record + at, sizeof(record));
		at += sizeof(record);
		if (record.what == RECORD_COMM) {
			if (record.number < 0 || (gsize)record.number > item.size - at)
				break;
			g_free(comm);
			comm = g_strndup((const char *)item.record + at, (gsize)record.number);
			at += (gsize)record.number;
		}
		take_record(collect, task, &record, comm && comm[0] ? comm : NULL);
		if (record.what == RECORD_FAILED)
			result = record.number;
	}
	nsl_collect_note(collect, NSL_SOURCE_FDS, "its open files could not be looked at", result,
			 task->pid);
}

/* The device number of nsfs. Nothing of it stays open: nslist is no holder. 0 or -errno. */
static int find_nsfs(const NslProcfs *procfs, dev_t *ret_device)
{
	g_auto(NslFd) self = nsl_procfs_open_self(procfs);
	g_auto(NslFd) own = self < 0 ? self : nsl_process_open_ns(self, "mnt");
	struct stat nsfs;

	if (own < 0)
		return own;
	if (fstat(own, &nsfs) < 0)
		return -errno;
	*ret_device = nsfs.st_dev;
	return 0;
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

static void take_cut(gpointer data, guint32 pid)
{
	if (is_counted(data, pid))
		note_cut(data, pid);
}

/* The processes, and threads with a table of their own, that no census tells about. */
static void list_tasks(NslCollect *collect, GArray *tasks)
{
	const NslCensusFiles files = {take_file, take_cut, collect, collect->same_fds};
	bool counted =
		collect->census && nsl_census_files(collect->census, collect->procfs, &files) == 0;

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
	Pass pass = {.collect = collect, .tasks = tasks};
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
	nsl_collect_cover(collect, NSL_SOURCE_FDS);
	if (!collect->procfs->local) /* the sockets are left out */
		collect->snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_PARTIAL;
	if (tasks->len > 0)
		nsl_collect_note(collect, NSL_SOURCE_FDS,
				 "namespace files cannot be told from others",
				 find_nsfs(collect->procfs, &pass.nsfs), 0);
	work = nsl_work_run(&spec);
	for (guint i = 0; i < tasks->len; i++)
		take_result(collect, &g_array_index(tasks, NslTask, i), nsl_work_get(work, i));
	g_clear_pointer(&pass.tally, nsl_tally_free); /* where there was nobody to work */
	return true;
}
