/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What the cases of nshold are made of: processes that stay or do one thing, namespaces nobody is
 * in, and the account of them. See nshold.h.
 */

#define _GNU_SOURCE

#include "nshold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef NS_GET_ID
#define NS_GET_ID _IOR(NSIO, 13, uint64_t) /* Linux 6.18 */
#endif
#define GET_MNTNS_ID _IOR(NSIO, 5, uint64_t) /* Linux 6.11 */

/* Of a process that does something: where its report goes, and what it has to report. */
static int report_socket = -1;

/* An array with room for one element more. */
static void *grow(void *array, int n, size_t size)
{
	array = realloc(array, size * (size_t)(n + 1));
	if (array == NULL)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	return array;
}

/* ------------------------------------------------------------------------------------ processes */

void nsl_hold_forget_report(void)
{
	close(report_socket);
}

static void send_report(const NslHoldReport *report)
{
	if (nsl_nsinfo_send(report_socket, report, sizeof(*report), report->fd, report->n_fds) < 0)
		_exit(EXIT_FAILURE);
}

void nsl_hold_fail(const char *what)
{
	NslHoldReport report = {.error = errno};

	snprintf(report.what, sizeof(report.what), "%s", what);
	send_report(&report);
	_exit(EXIT_FAILURE);
}

static _Noreturn void child(NslHold *hold, NslHoldFunc *fn, void *data, bool stays)
{
	NslHoldReport report = {0};

	nsl_nsinfo_begin_child();
	close(hold->keep);
	hold->keep = -1;
	prctl(PR_SET_NAME, "holder");
	fn(hold, data, &report);
	send_report(&report);
	for (int i = 0; i < report.n_fds; i++)
		close(report.fd[i]);
	/* New credentials have turned it off. */
	nsl_nsinfo_die_with_parent();
	/* The last of what is not about the case: its end says that nothing changes any more. */
	nsl_hold_forget_report();
	if (stays)
		nsl_nsinfo_wait_eof(hold->life);
	_exit(EXIT_SUCCESS);
}

static pid_t begin(NslHold *hold, NslHoldFunc *fn, void *data, bool stays,
		   NslHoldReport *ret_report)
{
	NslHoldReport report;
	int fds[NSL_NSINFO_FDS];
	int sockets[2];
	bool said;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a socket");
	pid = fork();
	if (pid == 0) {
		close(sockets[0]);
		report_socket = sockets[1];
		child(hold, fn, data, stays);
	}
	if (pid < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot fork");
	close(sockets[1]);
	said = nsl_nsinfo_receive(sockets[0], &report, sizeof(report), fds) == report.n_fds;
	memcpy(report.fd, fds, sizeof(fds));
	nsl_nsinfo_wait_eof(sockets[0]);
	close(sockets[0]);
	if (!stays || !said || report.error != 0)
		waitpid(pid, NULL, 0);
	if (!said)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "a process ended before its report");
	if (report.error != 0)
		nsl_nsinfo_die(nsl_nsinfo_is_refusal(report.error) || report.error == ENOENT ||
					       report.error == ENODEV
				       ? NSL_NSINFO_SKIP
				       : EXIT_FAILURE,
			       report.error, "missing: %s", report.what);
	if (ret_report != NULL)
		*ret_report = report;
	return pid;
}

pid_t nsl_hold_stay(NslHold *hold, NslHoldFunc *fn, void *data, NslHoldReport *ret_report)
{
	pid_t pid = begin(hold, fn, data, true, ret_report);

	hold->pids = grow(hold->pids, hold->n_pids, sizeof(*hold->pids));
	hold->pids[hold->n_pids++] = pid;
	return pid;
}

void nsl_hold_do(NslHold *hold, NslHoldFunc *fn, void *data, NslHoldReport *ret_report)
{
	begin(hold, fn, data, false, ret_report);
}

/* ----------------------------------------------------------------------------------- namespaces */

typedef struct Make {
	NslNsinfoType type;
	int user;
} Make;

int nsl_hold_open(const char *link)
{
	int fd = nsl_nsinfo_open(link);

	if (fd < 0)
		nsl_hold_fail("a namespace's file");
	return fd;
}

void nsl_hold_unshare(NslNsinfoType type)
{
	char what[64];

	snprintf(what, sizeof(what), "the right to make a %s namespace", nsl_nsinfo_name(type));
	if (nsl_nsinfo_unshare(type) < 0)
		nsl_hold_fail(what);
}

NSL_HOLD_FUNC(make)
{
	const Make *what = data;
	const char *link = nsl_nsinfo_name(what->type);

	if (what->user >= 0 && setns(what->user, CLONE_NEWUSER) < 0)
		nsl_hold_fail("the right to enter a user namespace");
	nsl_hold_unshare(what->type);
	if (what->type == NSL_NSINFO_TIME)
		link = "time_for_children";
	if (what->type == NSL_NSINFO_PID) {
		/* Before its first process it cannot be opened. */
		pid_t pid = fork();

		if (pid == 0)
			_exit(EXIT_SUCCESS);
		if (pid < 0 || waitpid(pid, NULL, 0) < 0)
			nsl_hold_fail("a first process");
		link = "pid_for_children";
	}
	report->fd[report->n_fds++] = nsl_hold_open(link);
}

int nsl_hold_make(NslHold *hold, NslNsinfoType type, int user)
{
	Make what = {.type = type, .user = user};
	NslHoldReport report;

	nsl_hold_do(hold, make, &what, &report);
	return report.fd[0];
}

int nsl_hold_make_named(NslHold *hold, int *ret_fd)
{
	int type = hold->argument == NULL ? NSL_NSINFO_NET : nsl_nsinfo_find(hold->argument);

	if (type < 0)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "no type: %s", hold->argument);
	*ret_fd = nsl_hold_make(hold, (NslNsinfoType)type, -1);
	return nsl_hold_add(hold, (NslNsinfoType)type, dup(*ret_fd));
}

NSL_HOLD_FUNC(keep)
{
	/* It just stays. */
}

pid_t nsl_hold_keep(NslHold *hold, int fd)
{
	pid_t pid = nsl_hold_stay(hold, keep, NULL, NULL);

	close(fd);
	return pid;
}

NSL_HOLD_FUNC(populate)
{
	const int *fd = data;

	if (setns(*fd, 0) < 0)
		nsl_hold_fail("the right to enter a namespace");
	close(*fd);
}

pid_t nsl_hold_populate(NslHold *hold, int fd)
{
	return nsl_hold_stay(hold, populate, &fd, NULL);
}

/* --------------------------------------------------------------------------------------- mounts */

void nsl_hold_path(const NslHold *hold, const char *name, char ret_path[PATH_MAX])
{
	snprintf(ret_path, PATH_MAX, "%s/%s", hold->dir, name);
}

void nsl_hold_mount_at(const NslHold *hold, const char *name, int fd)
{
	char path[PATH_MAX];
	char source[64];
	int file;

	nsl_hold_path(hold, name, path);
	file = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	if (file < 0)
		nsl_hold_fail("a file to mount at");
	close(file);
	snprintf(source, sizeof(source), "/proc/thread-self/fd/%d", fd);
	if (mount(source, path, NULL, MS_BIND, NULL) < 0)
		nsl_hold_fail("the right to mount a namespace");
}

void nsl_hold_fill_dir(const NslHold *hold)
{
	/* Private, so that what is mounted in it goes nowhere else. */
	if (mount("nshold", hold->dir, "tmpfs", 0, NULL) < 0 ||
	    mount(NULL, hold->dir, NULL, MS_PRIVATE, NULL) < 0)
		nsl_hold_fail("the right to mount a tmpfs");
}

void nsl_hold_enter_mnt(NslHold *hold)
{
	nsl_hold_unshare(NSL_NSINFO_MNT);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		nsl_hold_fail("the right to make mounts private");
	nsl_hold_fill_dir(hold);
}

/* ---------------------------------------------------------------------------------- the account */

static uint64_t related(int fd, unsigned long request)
{
	struct stat st;
	int other = ioctl(fd, request);
	uint64_t inode = 0;

	if (other >= 0 && fstat(other, &st) == 0)
		inode = st.st_ino;
	if (other >= 0)
		close(other);
	return inode;
}

static int64_t owner_uid(NslNsinfoType type, int fd)
{
	int user = type == NSL_NSINFO_USER ? dup(fd) : ioctl(fd, NS_GET_USERNS);
	uid_t uid;
	int64_t found = -1;

	if (user >= 0 && ioctl(user, NS_GET_OWNER_UID, &uid) == 0)
		found = uid;
	if (user >= 0)
		close(user);
	return found;
}

int nsl_hold_add(NslHold *hold, NslNsinfoType type, int fd)
{
	NslHeld held = {.type = type};
	struct stat st;

	if (fstat(fd, &st) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot look at a namespace");
	held.inode = st.st_ino;
	held.owner = related(fd, NS_GET_USERNS);
	if (type == NSL_NSINFO_PID || type == NSL_NSINFO_USER)
		held.parent = related(fd, NS_GET_PARENT);
	held.owner_uid = owner_uid(type, fd);
	if (ioctl(fd, NS_GET_ID, &held.nsid) < 0 &&
	    (type != NSL_NSINFO_MNT || ioctl(fd, GET_MNTNS_ID, &held.nsid) < 0))
		held.nsid = 0;
	close(fd);
	hold->held = grow(hold->held, hold->n_held, sizeof(held));
	hold->held[hold->n_held] = held;
	return hold->n_held++;
}

int nsl_hold_add_mnt(NslHold *hold, NslHoldFunc *fn, void *data)
{
	NslHoldReport report;
	pid_t pid = nsl_hold_stay(hold, fn, data, &report);
	int mnt = nsl_hold_add(hold, NSL_NSINFO_MNT, report.fd[0]);

	hold->held[mnt].member = pid;
	return mnt;
}

static void add_holding(NslHold *hold, int held, NslHolding holding)
{
	NslHeld *ns = &hold->held[held];

	ns->holder = grow(ns->holder, ns->n_holders, sizeof(holding));
	ns->holder[ns->n_holders++] = holding;
}

void nsl_hold_by_fd(NslHold *hold, int held, const char *kind, pid_t pid, pid_t tid, int fd)
{
	add_holding(hold, held,
		    (NslHolding){.kind = kind, .pid = pid, .tid = tid, .fd = fd, .ns = -1});
}

void nsl_hold_by_keeper(NslHold *hold, int held, int fd)
{
	nsl_hold_by_fd(hold, held, "fd", nsl_hold_keep(hold, fd), 0, fd);
}

void nsl_hold_by_thread(NslHold *hold, int held, const char *kind, pid_t pid, pid_t tid)
{
	add_holding(hold, held,
		    (NslHolding){.kind = kind, .pid = pid, .tid = tid, .fd = -1, .ns = -1});
}

void nsl_hold_by_mount(NslHold *hold, int held, const char *name, int mnt)
{
	NslHolding holding = {.kind = "mount", .fd = -1, .ns = -1};

	holding.mnt_ns = mnt < 0 ? hold->mnt_ns : hold->held[mnt].inode;
	if (asprintf(&holding.path, "%s/%s", hold->dir, name) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	add_holding(hold, held, holding);
}

void nsl_hold_by_relation(NslHold *hold, int held, const char *kind, int other)
{
	add_holding(hold, held, (NslHolding){.kind = kind, .fd = -1, .ns = other});
}
