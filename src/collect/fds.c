/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over open files: descriptors that refer to a namespace, and sockets and tun devices that
 * belong to another net namespace than their process. What a descriptor is, its inode says: the
 * path that its link shows is one of another mount namespace, where anything may be mounted
 * anywhere. No file system behind a descriptor is ever asked: a dead one would not answer.
 */
#include "collect/collect.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/sys.h"
#include "base/nsfs.h"
#include "base/procfs.h"

/* Namespaces' inodes are at least this (PROC_NSFS_INIT_INO), and fit 32 bits. */
#define LOWEST_INODE  0xEFFFFFF8u
#define HIGHEST_INODE 0xFFFFFFFFu

#define MAX_LOOKS 4 /* at a descriptor that is another file each time */

/*
 * A limit for the descriptors of one task that refer to one and the same namespace: any user can
 * have hundreds of thousands of them. They are counted for each namespace and kind of holder, so
 * that no number of descriptors of one namespace hides another.
 */
typedef struct Tally {
	guint limit;
	GHashTable *counts; /* inode and kind, in one number, to how many there are */
} Tally;

static void tally_begin_task(Tally *tally, guint limit)
{
	tally->limit = limit;
	if (!tally->counts)
		tally->counts = g_hash_table_new(NULL, NULL);
	else if (g_hash_table_size(tally->counts) > 0)
		g_hash_table_remove_all(tally->counts);
}

/* False: the descriptor is beyond the limit, and not to be listed. */
static bool tally_add(Tally *tally, NslHolderKind kind, guint64 inode)
{
	gpointer key = GSIZE_TO_POINTER(inode << 1 | (kind == NSL_HOLDER_SOCKET));
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(tally->counts, key));

	if (n >= tally->limit)
		return false;
	g_hash_table_insert(tally->counts, key, GUINT_TO_POINTER(n + 1));
	return true;
}

static void tally_end(Tally *tally)
{
	g_clear_pointer(&tally->counts, g_hash_table_unref);
}

/* What a worker sends about a task, as often as there is something to tell. */
typedef struct Record {
	enum {
		RECORD_COMM,	       /* its name: so many bytes follow; before the first holder */
		RECORD_HOLDER,	       /* a descriptor that holds a namespace */
		RECORD_FAILED,	       /* -errno: not all of its open files could be looked at */
		RECORD_SOCKETS_FAILED, /* -errno: of some sockets the net namespace is not known */
		RECORD_CUT,	       /* there are more of one namespace than are listed */
	} what;
	gint32 number; /* the descriptor, the -errno, or how many bytes */
	NslHolderKind kind;
	NslNsType type;
	guint64 inode;
} Record;

typedef struct Pass {
	NslCollect *collect;
	GArray *tasks; /* NslTask; tid 0: the process */
	dev_t nsfs;    /* the device number of nsfs; 0: not known */
	Tally tally;   /* in each worker */
} Pass;

/* One task, while its open files are looked at. */
typedef struct Look {
	Pass *pass;
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

static void send(const Look *look, int what, gint32 number)
{
	const Record record = {.what = what, .number = number};

	nsl_collect_send(look->out, &record, sizeof(record));
}

static void send_comm(Look *look)
{
	char comm[80];

	if (look->named || nsl_process_read_comm(look->process, comm, sizeof(comm)) < 0)
		return;
	look->named = true;
	send(look, RECORD_COMM, (gint32)strlen(comm));
	nsl_collect_send(look->out, comm, strlen(comm));
}

static void send_holder(Look *look, NslHolderKind kind, guint32 number, NslNsType type,
			guint64 inode)
{
	Record record = {.what = RECORD_HOLDER,
			 .number = (gint32)number,
			 .kind = kind,
			 .type = type,
			 .inode = inode};

	if (!tally_add(&look->pass->tally, kind, inode)) {
		look->cut = true;
		return;
	}
	send_comm(look);
	nsl_collect_send(look->out, &record, sizeof(record));
	nsl_collect_stream(look->out);
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
	nsl_collect_fail(&look->sockets_result, result);
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
			nsl_collect_fail(&look->result, result);
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
		nsl_collect_fail(&look->result, result);
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
	nsl_collect_fail(&look->result, (int)size);
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
		nsl_collect_fail(&look->sockets_result, result);
	}
	nsl_collect_fail(&look->result, nsl_fds_list(look->fds, numbers));
	for (guint i = 0; i < numbers->len; i++) {
		guint32 number = g_array_index(numbers, guint32, i);
		guint looks = 0;

		while (!look_at_fd(look, number, careful))
			if (++looks == MAX_LOOKS) {
				nsl_collect_fail(&look->sockets_result, -EAGAIN);
				break;
			}
	}
	nsl_fd_close(look->pidfd);
}

/*
 * What is known without a look: who may not read the links to a process's namespaces may not read
 * those to its open files either. The kernel asks the same for both (ptrace(2),
 * PTRACE_MODE_READ_FSCREDS). False: nothing is.
 */
static bool tell_denied(gpointer data, guint item, GByteArray *out)
{
	const Pass *pass = data;
	const NslTask *task = &g_array_index(pass->tasks, NslTask, item);
	const Look look = {.out = out};
	int result = GPOINTER_TO_INT(
		g_hash_table_lookup(pass->collect->unreadable, GUINT_TO_POINTER(task->pid)));

	if (!nsl_is_denied(result))
		return false;
	send(&look, RECORD_FAILED, result);
	return true;
}

static void look_at_task(Pass *pass, const NslTask *task, bool careful, GByteArray *out)
{
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

	tally_begin_task(&pass->tally, pass->collect->same_fds);
	nsl_collect_fail(&look.result, fds);
	if (fds >= 0)
		look_at_all(&look, careful);
	if (look.result < 0)
		send(&look, RECORD_FAILED, look.result);
	else if (look.sockets_result < 0) /* what denies all denies these */
		send(&look, RECORD_SOCKETS_FAILED, look.sockets_result);
	if (look.cut)
		send(&look, RECORD_CUT, 0);
}

static void read_fds(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;

	if (!tell_denied(pass, item, out))
		look_at_task(pass, &g_array_index(pass->tasks, NslTask, item), careful, out);
}

static void note_cut(NslCollect *collect, guint32 pid)
{
	g_autofree char *message =
		g_strdup_printf("it has more than %u open files of one namespace: "
				"the others of them are left out",
				collect->same_fds);

	nsl_snapshot_note(collect->snapshot, NSL_SOURCE_FDS, "limit", message, pid);
}

static void add_holder(NslCollect *collect, NslNsType type, guint64 inode, const NslHolder *holder)
{
	nsl_namespace_add_holder(nsl_snapshot_add(collect->snapshot, type, inode), holder);
}

static void take_item(NslCollect *collect, const NslTask *task, NslWorkItem item)
{
	NslHolder holder = {.pid = task->pid, .tid = task->tid};
	g_autofree char *comm = NULL;
	int result = nsl_work_errno(item.state);
	Record record;

	while (nsl_collect_take(&item, &record, sizeof(record)))
		switch (record.what) {
		case RECORD_COMM:
			g_free(comm);
			comm = nsl_collect_take_text(&item, (gsize)record.number);
			holder.comm = comm && comm[0] ? comm : NULL;
			break;
		case RECORD_HOLDER:
			holder.kind = record.kind;
			holder.fd = record.number;
			add_holder(collect, record.type, record.inode, &holder);
			break;
		case RECORD_FAILED:
			result = record.number;
			break;
		case RECORD_SOCKETS_FAILED:
			nsl_collect_note(collect, NSL_SOURCE_FDS,
					 "which net namespaces the sockets belong to is not known",
					 record.number, task->pid);
			break;
		case RECORD_CUT:
			note_cut(collect, task->pid);
			break;
		}
	nsl_collect_note(collect, NSL_SOURCE_FDS, "the open files could not be looked at", result,
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

/* What the census tells of open files: nothing of it counts unless the census is whole. */
typedef struct Counted {
	GArray *files; /* NslCensusFile */
	GArray *cut;   /* guint32: the PID for each task that has too many */
	Tally tally;
	guint limit;
	guint32 tid; /* of the last one */
	bool is_cut; /* it is in `cut` */
} Counted;

static void count_file(gpointer data, const NslCensusFile *file)
{
	Counted *counted = data;

	if (file->tid != counted->tid || !counted->tally.counts) {
		tally_begin_task(&counted->tally, counted->limit);
		counted->is_cut = false;
	}
	counted->tid = file->tid;
	if (tally_add(&counted->tally, file->kind, file->inode)) {
		g_array_append_val(counted->files, *file);
	} else if (!counted->is_cut) {
		counted->is_cut = true;
		g_array_append_val(counted->cut, file->pid);
	}
}

/* Takes the open files of all tasks in the census. False: it has none, and nothing was taken. */
static bool take_census(NslCollect *collect)
{
	g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(NslCensusFile));
	g_autoptr(GArray) cut = g_array_new(FALSE, FALSE, sizeof(guint32));
	Counted counted = {.files = files, .cut = cut, .limit = collect->same_fds};
	bool whole =
		collect->census && nsl_census_files(collect->census, count_file, &counted) == 0;

	tally_end(&counted.tally);
	for (guint i = 0; whole && i < files->len; i++) {
		NslCensusFile *file = &g_array_index(files, NslCensusFile, i);

		if (nsl_census_find(collect->census, file->pid))
			add_holder(collect, file->type, file->inode,
				   &(NslHolder){.kind = file->kind,
						.pid = file->pid,
						.tid = file->tid == file->pid ? 0 : file->tid,
						.fd = file->fd,
						.comm = file->comm[0] ? file->comm : NULL});
	}
	for (guint i = 0; whole && i < cut->len; i++)
		if (nsl_census_find(collect->census, g_array_index(cut, guint32, i)))
			note_cut(collect, g_array_index(cut, guint32, i));
	return whole;
}

/* Adds the task, unless the census has told of its open files. */
static void add_task(const NslCollect *collect, bool counted, NslTask task, GArray *tasks)
{
	if (!counted || !nsl_census_find(collect->census, task.pid))
		g_array_append_val(tasks, task);
}

void nsl_collect_fds(NslCollect *collect)
{
	g_autoptr(GArray) tasks = g_array_new(FALSE, FALSE, sizeof(NslTask));
	Pass pass = {.collect = collect, .tasks = tasks};
	bool counted = take_census(collect);
	g_autoptr(NslWork) work = NULL;

	for (guint i = 0; i < collect->pids->len; i++)
		add_task(collect, counted, (NslTask){g_array_index(collect->pids, guint32, i), 0},
			 tasks);
	for (guint i = 0; i < collect->own_fds->len; i++)
		add_task(collect, counted, g_array_index(collect->own_fds, NslTask, i), tasks);
	if (collect->census) /* this is the last pass that asks it */
		nsl_census_forget(collect->census);
	nsl_collect_cover(collect, NSL_SOURCE_FDS);
	if (!collect->procfs->local) /* the sockets are left out */
		collect->snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_PARTIAL;
	if (tasks->len > 0)
		nsl_collect_note(collect, NSL_SOURCE_FDS,
				 "namespace files cannot be told from others",
				 find_nsfs(collect->procfs, &pass.nsfs), 0);
	work = nsl_collect_work(collect, tasks->len, read_fds, tell_denied, &pass,
				"open files of processes");
	for (guint i = 0; i < tasks->len; i++)
		take_item(collect, &g_array_index(tasks, NslTask, i), nsl_work_get(work, i));
	tally_end(&pass.tally); /* where it was done in this process, for want of another */
}
