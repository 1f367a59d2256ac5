/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known before the passes: the procfs that is to be read, the root directory of its system,
 * and which namespaces are the root ones.
 */
#include "collect/collect.h"

#include <string.h>
#include <sys/socket.h>

#include "base/sys.h"

/*
 * What one process tells of the root namespaces, of each type for itself: 0 and an inode, 0 and 0
 * where it has none, or -errno. Its descriptor is closed by then: where descriptors are few, each
 * one that is asked needs its turn.
 */
typedef struct Witness {
	int result[NSL_NSTYPE_COUNT];
	guint64 inode[NSL_NSTYPE_COUNT];
} Witness;

/* The process, which is open, or -errno; it is closed. */
static Witness ask(NslFd process)
{
	g_auto(NslFd) open = process;
	Witness witness = {{0}, {0}};

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		witness.result[type] =
			open < 0 ? open : nsl_nstype_read(open, type, &witness.inode[type]);
	return witness;
}

/* Those that are asked where PID 1 does not tell. A process may let the caller wait. */
typedef struct Inquiry {
	const NslProcfs *procfs;
	gint64 *waited;
	GArray *pids;	 /* guint32; none: not yet listed */
	NslNsTypes seen; /* of which one of them is in the kernel's initial namespace */
	Witness first;	 /* the first of them that has namespaces, or else the last */
} Inquiry;

static void read_witness(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Inquiry *inquiry = data;
	guint32 pid = g_array_index(inquiry->pids, guint32, item);
	Witness witness;

	if (careful) /* there is no careful way to ask */
		return;
	witness = ask(nsl_procfs_open_process(inquiry->procfs, pid));
	nsl_work_send(out, &witness, sizeof(witness));
}

static void ask_listed(Inquiry *inquiry)
{
	const NslWorkSpec spec = {.n_items = inquiry->pids->len,
				  .run = read_witness,
				  .data = inquiry,
				  .keep = {inquiry->procfs->fd, -1},
				  .waited = inquiry->waited};
	/* A recorded procfs makes nobody wait: that was found out before (rehearse()). */
	g_autoptr(NslWork) work = inquiry->procfs->real ? nsl_work_run(&spec) : NULL;

	for (guint i = 0; i < inquiry->pids->len; i++) {
		guint32 pid = g_array_index(inquiry->pids, guint32, i);
		Witness witness = {{0}, {0}};

		if (work) {
			NslWorkItem item = nsl_work_get(work, i);
			bool told = nsl_work_take(&item, &witness, sizeof(witness));

			for (NslNsType type = 0; !told && type < NSL_NSTYPE_COUNT; type++)
				witness.result[type] = nsl_work_errno(item.state);
		} else {
			witness = ask(nsl_procfs_open_process(inquiry->procfs, pid));
		}
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			if (witness.inode[type] == nsl_nstypes[type].initial_inode)
				inquiry->seen |= NSL_NSTYPE_BIT(type);
		if (inquiry->first.inode[NSL_NSTYPE_MNT] == 0)
			inquiry->first = witness;
	}
}

/* Only where it comes to that: with thousands of processes it takes milliseconds. */
static void ask_once(Inquiry *inquiry)
{
	if (inquiry->pids->len > 0)
		return;
	nsl_procfs_list(inquiry->procfs, inquiry->pids);
	ask_listed(inquiry);
}

/* Whether any process is in the kernel's initial namespace of this type. */
static bool is_initial_seen(Inquiry *inquiry, NslNsType type)
{
	ask_once(inquiry);
	return inquiry->seen & NSL_NSTYPE_BIT(type);
}

/*
 * Whether the kernel's first namespace of this type is the root one though nobody is seen in it: an
 * ordinary user sees few processes, and may have put them all into others. It is where the first
 * PID namespace is seen, and its number is known. Those of net and mnt came with one kernel: who is
 * seen in either shows that both are.
 */
static bool is_initial_unseen(Inquiry *inquiry, NslNsType type)
{
	if (nsl_collect_pid_ns(inquiry->procfs) != nsl_nstypes[NSL_NSTYPE_PID].initial_inode)
		return false;
	if (type == NSL_NSTYPE_NET)
		return is_initial_seen(inquiry, NSL_NSTYPE_MNT);
	if (type == NSL_NSTYPE_MNT)
		return is_initial_seen(inquiry, NSL_NSTYPE_NET);
	return true;
}

/* A process that is as good as any to guess by: the caller, or the first that has namespaces. */
static Witness ask_guess(Inquiry *inquiry)
{
	NslFd self = nsl_procfs_open_self(inquiry->procfs);
	Witness witness = ask(self);

	if (self >= 0)
		return witness;
	ask_once(inquiry);
	return inquiry->pids->len > 0 ? inquiry->first : witness;
}

static void use(NslSnapshot *snapshot, NslNsType type, guint64 inode, NslReference how)
{
	snapshot->root[type] = inode;
	snapshot->reference = MAX(snapshot->reference, how);
}

/* For the types that PID 1 does not tell. 0, or why the last one that was asked did not tell. */
static int find_without_init(NslSnapshot *snapshot, Inquiry *inquiry, NslNsTypes missing)
{
	const NslProcfs *procfs = inquiry->procfs;
	const Witness kthreadd = ask(nsl_collect_open_kthreadd(procfs));
	const Witness guess = ask_guess(inquiry);
	int result = 0;

	NSL_EACH_TYPE (type, missing) {
		guint64 initial = nsl_nstypes[type].initial_inode;

		/* Those two nearly always tell; asking every process is for the rest. */
		if (kthreadd.inode[type] == initial || guess.inode[type] == initial ||
		    is_initial_seen(inquiry, type) ||
		    (kthreadd.inode[type] == 0 && guess.inode[type] != 0 &&
		     is_initial_unseen(inquiry, type))) {
			use(snapshot, type, initial, NSL_REFERENCE_INITIAL);
		} else if (kthreadd.inode[type] != 0) {
			use(snapshot, type, kthreadd.inode[type], NSL_REFERENCE_KTHREADD);
		} else if (guess.inode[type] != 0) {
			use(snapshot, type, guess.inode[type], NSL_REFERENCE_GUESS);
		} else if (!procfs->real || guess.result[type] < 0) {
			snapshot->rootless |= NSL_NSTYPE_BIT(type);
			result = MIN(result, guess.result[type]);
		}
	}
	return result;
}

static bool find_by_pid(NslSnapshot *snapshot, Inquiry *inquiry, guint32 pid, GError **error)
{
	g_auto(NslFd) process = nsl_procfs_open_process(inquiry->procfs, pid);
	Witness found = {{0}, {0}};
	int result = process < 0 ? process : 0;

	if (process >= 0) {
		g_array_append_val(inquiry->pids, pid);
		ask_listed(inquiry);
		found = inquiry->first;
	}
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT && result == 0; type++)
		result = found.result[type];
	if (nsl_is_gone(process)) {
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM, "no process %u (--reference)", pid);
		return false;
	}
	if (result < 0)
		return nsl_fail(error, result, "the namespaces of process %u (--reference)", pid);
	if (found.inode[NSL_NSTYPE_MNT] == 0) { /* every kernel has those: a zombie */
		g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM,
			    "process %u (--reference) has ended and left its namespaces", pid);
		return false;
	}
	memcpy(snapshot->root, found.inode, sizeof(found.inode));
	snapshot->reference = NSL_REFERENCE_PID;
	return true;
}

bool nsl_roots_find(NslSnapshot *snapshot, const NslProcfs *procfs, guint32 pid, gint64 *waited,
		    GError **error)
{
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));
	Inquiry inquiry = {.procfs = procfs, .waited = waited, .pids = pids};
	NslNsTypes missing = 0;
	Witness init;
	int result;

	if (pid != 0)
		return find_by_pid(snapshot, &inquiry, pid, error);
	init = ask(nsl_procfs_open_process(procfs, 1));
	snapshot->reference = NSL_REFERENCE_PID1;
	/* Without a link the kernel has no such type; a recorded one may have been left out. */
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (init.result[type] == 0 && (init.inode[type] != 0 || procfs->real))
			use(snapshot, type, init.inode[type], NSL_REFERENCE_PID1);
		else
			missing |= NSL_NSTYPE_BIT(type);
	result = missing ? find_without_init(snapshot, &inquiry, missing) : 0;
	/* Where a recorded procfs has no process at all, others say so. */
	if (snapshot->rootless == NSL_NSTYPES_ALL && (procfs->real || !nsl_is_gone(result)))
		return nsl_fail(error, result, "%s: which namespaces are the root ones",
				procfs->path);
	return true;
}

/*
 * Opening the procfs that is to be read, and the root directory of its system. A worker walks the
 * paths, and passes the descriptors on: the paths are not walked again, since they might not answer
 * then. What is opened in a procfs afterwards is the kernel's. A recorded one is read once as far
 * as the caller will read it: where that gives no answer it is refused.
 */

typedef struct Attempt {
	const char *path;
	int socket; /* to the caller */
} Attempt;

/* A message of one descriptor. */
typedef union Control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
} Control;

static bool send_fd(int socket, int fd)
{
	char byte = 0;
	struct iovec piece = {.iov_base = &byte, .iov_len = 1};
	Control control = {.header = {.cmsg_len = CMSG_LEN(sizeof(int)),
				      .cmsg_level = SOL_SOCKET,
				      .cmsg_type = SCM_RIGHTS}};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL) == 1;
}

/* >= 0 or -errno. */
static int receive_fd(int socket)
{
	char byte;
	struct iovec piece = {.iov_base = &byte, .iov_len = 1};
	Control control;
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	const struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS || header->cmsg_len != CMSG_LEN(sizeof(int)))
		return -EBADMSG; /* there was no room for one more descriptor, for example */
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

static void rehearse(const NslProcfs *procfs)
{
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(guint32));

	nsl_roots_find(snapshot, procfs, 0, NULL, NULL);
	nsl_procfs_list(procfs, pids);
	nsl_procfs_self(procfs);
}

/* Elsewhere the same directory may have other mounts in it. */
static bool is_own_root(const NslProcfs *procfs, int root, guint64 mnt)
{
	struct stat own;
	struct stat found;

	return mnt == nsl_procfs_own_ns(procfs, "mnt") && stat("/", &own) == 0 &&
	       fstat(root, &found) == 0 && own.st_dev == found.st_dev && own.st_ino == found.st_ino;
}

/*
 * The root directory of the system that a procfs is of, by PID 1, else by kthreadd, where those are
 * in the initial PID namespace. What is not found leaves what nsl_procfs_open() has found.
 */
static void find_root(NslProcfs *procfs)
{
	for (guint32 pid = 1; pid <= 2; pid++) {
		g_auto(NslFd) process = nsl_procfs_open_process(procfs, pid);
		g_auto(NslFd) root = -1;
		guint64 pid_ns = 0;
		guint64 mnt = 0;
		int result = process;

		if (process >= 0)
			result = nsl_nstype_read(process, NSL_NSTYPE_PID, &pid_ns);
		if (result >= 0 && pid_ns != nsl_nstypes[NSL_NSTYPE_PID].initial_inode)
			result = -EXDEV;
		if (result >= 0)
			result = root = nsl_process_open_root(process);
		procfs->root_error = MIN(result, 0);
		if (result == -EXDEV)
			return;
		if (root < 0 || nsl_nstype_read(process, NSL_NSTYPE_MNT, &mnt) < 0)
			continue;
		if (procfs->root >= 0 && is_own_root(procfs, root, mnt))
			return;
		nsl_fd_close(procfs->root);
		procfs->root = nsl_fd_steal(&root);
		procfs->root_pid = pid;
		procfs->root_mnt = mnt;
		return;
	}
}

/* The record is the NslProcfs, whose descriptors are sent; or where it failed the message. */
static void try_open(gpointer data, guint item, bool careful, GByteArray *out)
{
	const Attempt *attempt = data;
	g_autoptr(NslProcfs) procfs = NULL;
	g_autoptr(GError) error = NULL;
	NslProcfs sent = {.fd = -1};

	(void)item;
	if (careful) /* there is no careful way to walk a path */
		return;
	procfs = nsl_procfs_open(attempt->path, &error);
	if (procfs && procfs->real)
		find_root(procfs);
	else if (procfs)
		rehearse(procfs);
	if (procfs) {
		sent = *procfs;
		if (!send_fd(attempt->socket, procfs->fd) || procfs->root < 0 ||
		    !send_fd(attempt->socket, procfs->root))
			sent.root = -1;
	}
	nsl_work_send(out, &sent, sizeof(sent));
	if (error)
		nsl_work_send(out, error->message, strlen(error->message));
}

static NslProcfs *take_opened(const char *path, NslWorkItem item, int socket, GError **error)
{
	int result = nsl_work_errno(item.state);
	NslProcfs procfs = {0};
	NslProcfs *opened;

	if (result == 0 && !nsl_work_take(&item, &procfs, sizeof(procfs)))
		result = -EBADMSG;
	if (result == 0 && item.size > 0) {
		g_autofree char *message = nsl_work_take_text(&item, item.size);

		g_set_error_literal(error, NSL_ERROR, NSL_ERROR_SYSTEM, message);
		return NULL;
	}
	if (result == 0)
		result = procfs.fd = receive_fd(socket);
	if (result < 0) {
		nsl_fail(error, result, "%s", path);
		return NULL;
	}
	procfs.path = g_strdup(path);
	if (procfs.root >= 0)
		procfs.root = receive_fd(socket);
	if (procfs.root < -1) {
		procfs.root_error = procfs.root;
		procfs.root = -1;
	}
	opened = g_new(NslProcfs, 1);
	*opened = procfs;
	return opened;
}

NslProcfs *nsl_collect_open(const char *path, gint64 *waited, GError **error)
{
	int ends[2];
	Attempt attempt = {.path = path};
	NslWorkSpec spec = {.n_items = 1, .run = try_open, .data = &attempt, .waited = waited};
	g_autoptr(NslWork) work = NULL;
	NslProcfs *procfs;

	if (!path) {
		procfs = nsl_procfs_open(NULL, error);
		if (!procfs || procfs->local)
			return procfs;
		nsl_procfs_free(procfs);
		attempt.path = path = "/proc";
	}
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0) {
		nsl_fail(error, -errno, "%s", path);
		return NULL;
	}
	attempt.socket = ends[1];
	spec.keep[0] = ends[1];
	spec.keep[1] = -1;
	work = nsl_work_run(&spec);
	procfs = take_opened(path, nsl_work_get(work, 0), ends[0], error);
	nsl_fd_close(ends[0]);
	nsl_fd_close(ends[1]);
	return procfs;
}
