/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The pass over open files: descriptors that refer to a namespace, and sockets and tun devices that
 * belong to another net namespace than their process. What a descriptor is, its inode says: the
 * path that its link shows is one of another mount namespace, where anything may be mounted
 * anywhere. No file system behind a descriptor is ever asked: a dead one would not answer.
 */
#include "collect/collect.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/nsfs.h"
#include "collect/census.h"

#define MAX_LOOKS 4 /* at a descriptor that is another file each time */

#define FEW 16 /* of each namespace, beyond the limit for all tasks */

/*
 * Limits for the descriptors of one task that refer to one and the same namespace, and for those of
 * all tasks: any user can have millions of them, at 8 bytes of the kernel's memory each. They are
 * counted for each namespace and kind of holder, so that no number of descriptors of one namespace
 * hides another.
 */
typedef struct Tally {
	const NslCollect *collect;
	/* Each: inode and kind, in one number, to how many there are. */
	GHashTable *of_task; /* the present one */
	GHashTable *beyond;  /* the limit for all tasks */
	NslWorkCounter *n;   /* of all tasks, by all workers */
} Tally;

/* What is left out of a process's. */
typedef struct Cut {
	guint32 pid;
	bool of_task;
	bool beyond;
} Cut;

static void tally_init(Tally *tally, const NslCollect *collect, NslWorkCounter *n)
{
	tally->collect = collect;
	tally->n = n;
	tally->of_task = g_hash_table_new(NULL, NULL);
	tally->beyond = g_hash_table_new(NULL, NULL);
}

static void tally_clear(Tally *tally)
{
	g_clear_pointer(&tally->of_task, g_hash_table_unref);
	g_clear_pointer(&tally->beyond, g_hash_table_unref);
}

static bool count_below(GHashTable *counts, const NslFileRecord *file, guint limit)
{
	gpointer key = GSIZE_TO_POINTER((guint64)file->inode << 1 | file->socket);
	guint n = GPOINTER_TO_UINT(g_hash_table_lookup(counts, key));

	if (n < limit)
		g_hash_table_insert(counts, key, GUINT_TO_POINTER(n + 1));
	return n < limit;
}

/* False: the descriptor is beyond a limit, and not to be listed. */
static bool tally_add(Tally *tally, const NslFileRecord *file, Cut *cut)
{
	if (!count_below(tally->of_task, file, tally->collect->same_fds)) {
		cut->of_task = true;
		return false;
	}
	if (atomic_load(tally->n) >= tally->collect->all_fds &&
	    !count_below(tally->beyond, file, FEW)) {
		cut->beyond = true;
		return false;
	}
	atomic_fetch_add(tally->n, 1);
	return true;
}

/*
 * What a worker sends about a task: an NslFileRecord for each descriptor that holds a namespace,
 * and where there is more to tell an empty one and then this.
 */
typedef struct End {
	int result;	    /* -errno: the first of what could not be looked at */
	int sockets_result; /* -errno: of some sockets the net namespace is not known */
	Cut cut;
} End;

typedef struct Pass {
	NslCollect *collect;
	GArray *tasks; /* NslTask; tid 0: the process */
	dev_t nsfs;    /* the device number of nsfs; 0: not known */
	Tally tally;   /* in each worker */
} Pass;

/* One task, while its open files are looked at. */
typedef struct Look {
	Pass *pass;
	NslFileRecord file; /* with what its descriptors have in common */
	int process;
	int fds;
	int pidfd;   /* -1: not yet needed */
	guint64 net; /* the net namespace it is in; 0: not known */
	End end;
	GByteArray *out;
} Look;

static void send_end(GByteArray *out, const End *end)
{
	const NslFileRecord empty = {0};

	nsl_work_send(out, &empty, sizeof(empty));
	nsl_work_send(out, end, sizeof(*end));
}

static void send_holder(Look *look, guint32 number, bool socket, NslNsType type, guint64 inode)
{
	NslFileRecord *file = &look->file;
	char comm[80];

	file->fd = number;
	file->socket = socket;
	file->flag = (guint32)nsl_nstypes[type].flag;
	file->inode = (guint32)inode;
	if (!tally_add(&look->pass->tally, file, &look->end.cut))
		return;
	if (file->comm[0] == '\0' && nsl_process_read_comm(look->process, comm, sizeof(comm)) == 0)
		g_strlcpy(file->comm, comm, sizeof(file->comm));
	nsl_work_send(look->out, file, sizeof(*file));
	nsl_collect_stream(look->out);
}

/* The net namespace of one of its sockets or tun devices. 0, or -errno. */
static int ask_socket(Look *look, guint32 number, guint64 *ret_inode)
{
	g_auto(NslFd) copy = -1;
	g_auto(NslFd) net = -1;
	NslNsFile file;
	int result;

	if (look->pidfd < 0)
		look->pidfd = nsl_pidfd_open(look->process, look->file.tid,
					     look->file.tid != look->file.pid);
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
		send_holder(look, number, true, NSL_NSTYPE_NET, net);
	nsl_collect_fail(&look->end.sockets_result, result);
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
			nsl_collect_fail(&look->end.result, result);
		return;
	}
	type = nsl_nstype_by_flag(file.flag);
	if (type < NSL_NSTYPE_COUNT)
		send_holder(look, number, false, type, file.inode);
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
		     (info.inode < NSL_NS_INODE_MIN || info.inode > NSL_NS_INODE_MAX)))
			return true;
	}
	result = nsl_fds_stat(look->fds, number, &found);
	if (result < 0) {
		if (likely_device)
			return look_at_path(look, number, false);
		nsl_collect_fail(&look->end.result, result);
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
	guint64 inode;
	NslNsType type;

	/* Only a path can be too long for the kernel to show. */
	if (size == -ENAMETOOLONG || (size > 0 && text[0] == '/')) {
		bool likely_device = size > 5 && memcmp(text, "/dev/", 5) == 0;

		return careful || look_at_path(look, number, likely_device);
	}
	/* The right to list them alone is no use. */
	nsl_collect_fail(&look->end.result, (int)size);
	if (size <= 0)
		return true;
	/* All else is the kernel's own text, and nobody else's. */
	text[size] = '\0';
	if (g_str_has_prefix(text, "socket:["))
		return look_at_socket(look, number);
	type = nsl_nstype_parse_link(text, &inode);
	if (type < NSL_NSTYPE_COUNT)
		send_holder(look, number, false, type, inode);
	return true;
}

static void look_at_all(Look *look, bool careful)
{
	g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint32));
	int result = nsl_nstype_read(look->process, NSL_NSTYPE_NET, &look->net);

	if (result < 0) {
		look->net = 0;
		nsl_collect_fail(&look->end.sockets_result, result);
	}
	nsl_collect_fail(&look->end.result, nsl_fds_list(look->fds, numbers));
	NSL_EACH_IN (const guint32, number, numbers) {
		guint looks = 0;

		while (!look_at_fd(look, *number, careful))
			if (++looks == MAX_LOOKS) {
				nsl_collect_fail(&look->end.sockets_result, -EAGAIN);
				break;
			}
	}
	nsl_fd_close(look->pidfd);
}

/*
 * What is known without a look: who may not read the links to a process's namespaces may not read
 * those to its open files either, and who waited for the ones would wait for the others. The kernel
 * asks the same for both (ptrace(2), PTRACE_MODE_READ_FSCREDS). False: nothing is.
 */
static bool tell_denied(gpointer data, guint item, GByteArray *out)
{
	const Pass *pass = data;
	guint32 pid = g_array_index(pass->tasks, NslTask, item).pid;
	const End end = {.result = GPOINTER_TO_INT(g_hash_table_lookup(pass->collect->unreadable,
								       GUINT_TO_POINTER(pid)))};

	if (!nsl_is_denied(end.result) && end.result != -ETIMEDOUT)
		return false;
	send_end(out, &end);
	return true;
}

static void read_fds(gpointer data, guint item, bool careful, GByteArray *out)
{
	Pass *pass = data;
	NslTask task = g_array_index(pass->tasks, NslTask, item);
	g_auto(NslFd) process = -1;
	g_auto(NslFd) fds = -1;
	Look look = {.pass = pass,
		     .file = {.pid = task.pid, .tid = task.tid ? task.tid : task.pid},
		     .pidfd = -1};

	if (tell_denied(data, item, out))
		return;
	process = nsl_open_task(pass->collect, task.pid, task.tid);
	fds = process < 0 ? process : nsl_process_open_fds(process);
	nsl_collect_fail(&look.end.result, fds);
	look.process = process;
	look.fds = fds;
	g_hash_table_remove_all(pass->tally.of_task);
	look.out = out;
	if (fds >= 0)
		look_at_all(&look, careful);
	if (look.end.result < 0 || look.end.sockets_result < 0 || look.end.cut.of_task ||
	    look.end.cut.beyond)
		send_end(out, &look.end);
}

static void note_cut(NslCollect *collect, const Cut *cut)
{
	g_autofree char *of_task =
		g_strdup_printf("it has more than %u open files of one namespace: "
				"the others of them are left out",
				collect->same_fds);
	g_autofree char *beyond =
		g_strdup_printf("some of its open files of namespaces are left out: "
				"all processes together have more than %u",
				collect->all_fds);

	if (cut->of_task)
		nsl_snapshot_note(collect->snapshot, NSL_SOURCE_FDS, "limit", of_task, cut->pid);
	if (cut->beyond)
		nsl_snapshot_note(collect->snapshot, NSL_SOURCE_FDS, "limit", beyond, cut->pid);
}

static void add_holder(NslCollect *collect, const NslFileRecord *file)
{
	NslNsType type = nsl_nstype_by_flag((int)file->flag);
	const NslHolder holder = {.kind = file->socket ? NSL_HOLDER_SOCKET : NSL_HOLDER_FD,
				  .pid = file->pid,
				  .tid = file->tid == file->pid ? 0 : file->tid,
				  .fd = (gint32)file->fd,
				  .comm = file->comm[0] ? (char *)file->comm : NULL};

	nsl_namespace_add_holder(nsl_snapshot_add(collect->snapshot, type, file->inode), &holder);
}

static void take_item(NslCollect *collect, guint32 pid, NslWorkItem item)
{
	End end = {0};
	NslFileRecord file;

	while (nsl_work_take(&item, &file, sizeof(file)) && file.inode != 0)
		add_holder(collect, &file);
	nsl_work_take(&item, &end, sizeof(end));
	if (end.result == 0) /* what denies all denies the sockets */
		nsl_collect_note(collect, NSL_SOURCE_FDS,
				 "which net namespaces the sockets belong to is not known",
				 end.sockets_result, pid);
	end.cut.pid = pid;
	note_cut(collect, &end.cut);
	nsl_collect_note(collect, NSL_SOURCE_FDS, "the open files could not be looked at",
			 end.result < 0 ? end.result : nsl_work_errno(item.state), pid);
}

/* What the census tells of open files: nothing of it counts unless the census is whole. */
typedef struct Counted {
	GHashTable *own; /* set of the TIDs of threads with tables of their own */
	GArray *files;	 /* NslFileRecord */
	GArray *cut;	 /* Cut */
	Tally tally;
	guint32 last; /* TID of the task that the last one was of */
	int probe;    /* an open file of the caller's, which has to be told */
	guint64 probe_inode;
	bool probe_found;
} Counted;

/* Those of a process come one after the other. */
static void add_cut(GArray *all, const Cut *cut)
{
	Cut *last = all->len > 0 ? &g_array_index(all, Cut, all->len - 1) : NULL;

	if (!last || last->pid != cut->pid) {
		g_array_append_vals(all, cut, 1);
		return;
	}
	last->of_task = last->of_task || cut->of_task;
	last->beyond = last->beyond || cut->beyond;
}

static void count_file(gpointer data, const guint8 *bytes)
{
	Counted *counted = data;
	NslFileRecord file;
	Cut cut = {0};

	memcpy(&file, bytes, sizeof(file));
	file.comm[sizeof(file.comm) - 1] = '\0';
	if (file.pid == (guint32)getpid() && file.fd == (guint32)counted->probe) {
		counted->probe_found =
			file.inode == counted->probe_inode && file.flag == CLONE_NEWNS;
		return;
	}
	/* Before Linux 5.11 each thread is asked for what is its process's. */
	if (file.inode == 0 || nsl_nstype_by_flag((int)file.flag) == NSL_NSTYPE_COUNT ||
	    (file.pid != file.tid &&
	     !g_hash_table_contains(counted->own, GUINT_TO_POINTER(file.tid))))
		return;
	if (file.tid != counted->last)
		g_hash_table_remove_all(counted->tally.of_task);
	counted->last = file.tid;
	cut.pid = file.pid;
	if (tally_add(&counted->tally, &file, &cut))
		g_array_append_val(counted->files, file);
	else
		add_cut(counted->cut, &cut);
}

/* False: the census is not whole. */
static bool count_files(const NslCensus *census, Counted *counted)
{
	g_auto(NslFd) self = nsl_procfs_open_self(census->procfs);
	g_auto(NslFd) probe = self < 0 ? self : nsl_process_open_ns(self, "mnt");

	NSL_EACH_IN (const NslCensusTask, thread, census->threads)
		if (nsl_census_has_own_files(census, thread))
			g_hash_table_add(counted->own, GUINT_TO_POINTER(thread->tid));
	counted->probe = probe;
	counted->probe_inode = nsl_procfs_own_ns(census->procfs, "mnt");
	return nsl_bpf_run(census->file_program, census->file_function, sizeof(NslFileRecord),
			   count_file, counted) == 0 &&
	       counted->probe_found;
}

/* Takes the open files of all tasks in the census. False: it has none, and nothing was taken. */
static bool take_census(NslCollect *collect, NslWorkCounter *n)
{
	g_autoptr(GHashTable) own = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(NslFileRecord));
	g_autoptr(GArray) cut = g_array_new(FALSE, FALSE, sizeof(Cut));
	Counted counted = {.own = own, .files = files, .cut = cut};
	bool whole;

	if (!collect->bpf.census)
		return false;
	tally_init(&counted.tally, collect, n);
	whole = count_files(collect->bpf.census, &counted);
	tally_clear(&counted.tally);
	if (!whole) {
		atomic_store(n, 0);
		return false;
	}
	NSL_EACH_IN (const NslFileRecord, file, files)
		if (nsl_census_find(collect->bpf.census, file->pid))
			add_holder(collect, file);
	NSL_EACH_IN (const Cut, each, cut)
		if (nsl_census_find(collect->bpf.census, each->pid))
			note_cut(collect, each);
	return true;
}

/* Adds the task, unless the census has told of its open files. */
static void add_task(const NslCollect *collect, bool counted, NslTask task, GArray *tasks)
{
	if (!counted || !nsl_census_find(collect->bpf.census, task.pid))
		g_array_append_val(tasks, task);
}

void nsl_collect_fds(NslCollect *collect)
{
	g_autoptr(GArray) tasks = g_array_new(FALSE, FALSE, sizeof(NslTask));
	g_autoptr(NslWorkCounter) n = nsl_work_counter_new();
	Pass pass = {.collect = collect, .tasks = tasks};
	bool counted = take_census(collect, n);
	g_autoptr(NslWork) work = NULL;

	NSL_EACH_IN (const guint32, pid, collect->pids)
		add_task(collect, counted, (NslTask){*pid, 0}, tasks);
	NSL_EACH_IN (const NslTask, task, collect->own_fds)
		add_task(collect, counted, *task, tasks);
	if (collect->bpf.census) /* this is the last pass that asks it */
		nsl_census_forget(collect->bpf.census);
	nsl_collect_cover(collect, NSL_SOURCE_FDS);
	if (!collect->procfs->local) /* the sockets are left out */
		collect->snapshot->coverage[NSL_SOURCE_FDS] = NSL_COVERAGE_PARTIAL;
	if (tasks->len > 0)
		nsl_collect_note(collect, NSL_SOURCE_FDS,
				 "namespace files cannot be told from others",
				 nsl_nsfs_device(collect->procfs->fd, &pass.nsfs), 0);
	tally_init(&pass.tally, collect, n);
	work = nsl_collect_work(collect, tasks->len, read_fds, tell_denied, &pass,
				"open files of processes");
	tally_clear(&pass.tally);
	for (guint i = 0; i < tasks->len; i++)
		take_item(collect, g_array_index(tasks, NslTask, i).pid, nsl_work_get(work, i));
}
