/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The cases of nshold in which an open file or a thread is what holds a namespace. What is
 * mounted is in nshold_mounts.c, what owns others in nshold_above.c.
 */

#define _GNU_SOURCE

#include "nshold.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MANY_FDS 10000

/* Index of a new net namespace, and an own descriptor of it. */
static int make_net(NslHold *hold, int *ret_fd)
{
	*ret_fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	return nsl_hold_add(hold, NSL_NSINFO_NET, dup(*ret_fd));
}

void nsl_hold_fd(NslHold *hold)
{
	int fd;
	int held = nsl_hold_make_named(hold, &fd);

	nsl_hold_by_keeper(hold, held, fd);
}

/* Passes on a descriptor that is of a mount which is there no longer. */
NSL_HOLD_FUNC(open_mounted)
{
	const int *fd = data;
	char path[PATH_MAX];
	int opened;

	nsl_hold_enter_mnt(hold);
	nsl_hold_mount_at(hold, "ns", *fd);
	nsl_hold_path(hold, "ns", path);
	opened = open(path, O_RDONLY | O_CLOEXEC);
	if (opened < 0 || umount2(path, MNT_DETACH) < 0)
		nsl_hold_fail("a mounted namespace's file");
	report->fd[report->n_fds++] = opened;
}

void nsl_hold_fd_path(NslHold *hold)
{
	NslHoldReport report;
	int fd;
	int held = make_net(hold, &fd);

	nsl_hold_do(hold, open_mounted, &fd, &report);
	close(fd);
	nsl_hold_by_keeper(hold, held, report.fd[0]);
}

static void send_fd(int socket, int fd)
{
	if (nsl_nsinfo_send(socket, "", 1, &fd, 1) < 0)
		nsl_hold_fail("passing an open file");
}

NSL_HOLD_FUNC(pass)
{
	const int *sockets = data;

	nsl_hold_unshare(NSL_NSINFO_NET);
	send_fd(sockets[0], nsl_hold_open("net"));
}

NSL_HOLD_FUNC(take)
{
	const int *sockets = data;
	char byte;

	if (nsl_nsinfo_receive(sockets[1], &byte, 1, report->number) != 1)
		nsl_hold_fail("passing an open file");
	close(sockets[0]);
	close(sockets[1]);
	report->fd[report->n_fds++] = dup(report->number[0]);
}

void nsl_hold_fd_passed(NslHold *hold)
{
	NslHoldReport report;
	int sockets[2];
	pid_t pid;
	int held;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a socket");
	nsl_hold_do(hold, pass, sockets, NULL);
	pid = nsl_hold_stay(hold, take, sockets, &report);
	close(sockets[0]);
	close(sockets[1]);
	held = nsl_hold_add(hold, NSL_NSINFO_NET, report.fd[0]);
	nsl_hold_by_fd(hold, held, "fd", pid, 0, report.number[0]);
}

/* Open as a place in the file system only. */
NSL_HOLD_FUNC(open_place)
{
	nsl_hold_unshare(NSL_NSINFO_NET);
	report->fd[report->n_fds] = open("/proc/thread-self/ns/net", O_PATH | O_CLOEXEC);
	if (report->fd[report->n_fds++] < 0)
		nsl_hold_fail("a namespace's file");
	report->fd[report->n_fds++] = nsl_hold_open("net");
}

void nsl_hold_fd_place(NslHold *hold)
{
	NslHoldReport report;
	int held;

	nsl_hold_do(hold, open_place, NULL, &report);
	held = nsl_hold_add(hold, NSL_NSINFO_NET, report.fd[1]);
	nsl_hold_by_keeper(hold, held, report.fd[0]);
}

/* A watched file stays in memory, and with it what it is of. */
NSL_HOLD_FUNC(watch)
{
	const int *fd = data;
	char path[64];
	int watches = inotify_init1(IN_CLOEXEC);

	snprintf(path, sizeof(path), "/proc/thread-self/fd/%d", *fd);
	if (watches < 0 || inotify_add_watch(watches, path, IN_OPEN) < 0)
		nsl_hold_fail("inotify(7) on a namespace's file");
	close(*fd);
}

void nsl_hold_inotify(NslHold *hold)
{
	int fd;

	nsl_hold_make_named(hold, &fd);
	nsl_hold_stay(hold, watch, &fd, NULL);
	close(fd);
}

/* In flight: nobody has the descriptor, and somebody has the socket that it is queued in. */
NSL_HOLD_FUNC(fly)
{
	const int *fd = data;
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets) < 0)
		nsl_hold_fail("a socket");
	send_fd(sockets[0], *fd);
	close(*fd);
}

void nsl_hold_flight(NslHold *hold)
{
	int fd;

	nsl_hold_make_named(hold, &fd);
	nsl_hold_stay(hold, fly, &fd, NULL);
	close(fd);
}

/* ----------------------------------------------------------------------------- sockets and tuns */

/* Does something in the net namespace whose descriptor is given, and returns, without it. */
static int in_net(int net, int (*make)(void))
{
	int home = nsl_hold_open("net");
	int fd;

	if (setns(net, CLONE_NEWNET) < 0)
		nsl_hold_fail("the right to enter a net namespace");
	fd = make();
	if (setns(home, CLONE_NEWNET) < 0)
		nsl_hold_fail("the right to return from a net namespace");
	close(home);
	close(net);
	return fd;
}

static int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		nsl_hold_fail("a socket");
	return fd;
}

static int open_tun_bare(void)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		nsl_hold_fail("/dev/net/tun");
	return fd;
}

static int open_tun(void)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open_tun_bare();

	strcpy(request.ifr_name, "hold%d");
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		nsl_hold_fail("a tun device");
	return fd;
}

typedef struct Open {
	int net;
	int (*open)(void);
} Open;

NSL_HOLD_FUNC(hold_open)
{
	const Open *what = data;

	report->number[0] = in_net(what->net, what->open);
}

static void by_socket(NslHold *hold, int (*make)(void))
{
	Open what = {.open = make};
	NslHoldReport report;
	int held = make_net(hold, &what.net);
	pid_t pid = nsl_hold_stay(hold, hold_open, &what, &report);

	close(what.net);
	nsl_hold_by_fd(hold, held, "socket", pid, 0, report.number[0]);
}

void nsl_hold_socket(NslHold *hold)
{
	by_socket(hold, open_socket);
}

void nsl_hold_tun(NslHold *hold)
{
	by_socket(hold, open_tun);
}

void nsl_hold_tun_bare(NslHold *hold)
{
	by_socket(hold, open_tun_bare);
}

NSL_HOLD_FUNC(send_socket)
{
	const int *net = data;

	report->fd[report->n_fds++] = in_net(*net, open_socket);
}

void nsl_hold_socket_shared(NslHold *hold)
{
	NslHoldReport report;
	pid_t pids[2];
	int net;
	int held = make_net(hold, &net);

	nsl_hold_do(hold, send_socket, &net, &report);
	close(net);
	pids[0] = nsl_hold_keep(hold, -1);
	pids[1] = nsl_hold_keep(hold, report.fd[0]);
	for (int i = 0; i < 2; i++)
		nsl_hold_by_fd(hold, held, "socket", pids[i], 0, report.fd[0]);
}

/* -------------------------------------------------------------------------------------- threads */

typedef struct Thread {
	pthread_barrier_t ready;
	NslHold *hold;
	void (*run)(struct Thread *thread); /* in the thread */
	int fd;				    /* what it is to do that with, or has */
	int tid;
} Thread;

static void *run_thread(void *data)
{
	Thread *thread = data;

	thread->tid = (int)syscall(SYS_gettid);
	thread->run(thread);
	pthread_barrier_wait(&thread->ready);
	nsl_nsinfo_wait_eof(thread->hold->life);
	return NULL;
}

/* Returns when `run` has been done; the thread stays. */
static Thread *start_thread(NslHold *hold, void (*run)(Thread *thread), int fd)
{
	Thread *thread = calloc(1, sizeof(*thread));
	pthread_t handle;

	if (thread == NULL)
		nsl_hold_fail("memory");
	thread->hold = hold;
	thread->run = run;
	thread->fd = fd;
	errno = pthread_barrier_init(&thread->ready, NULL, 2);
	if (errno == 0)
		errno = pthread_create(&handle, NULL, run_thread, thread);
	if (errno != 0)
		nsl_hold_fail("a thread");
	pthread_barrier_wait(&thread->ready);
	return thread;
}

static void enter_net(Thread *thread)
{
	nsl_hold_unshare(NSL_NSINFO_NET);
	thread->fd = nsl_hold_open("net");
}

static void make_time_for_children(Thread *thread)
{
	nsl_hold_unshare(NSL_NSINFO_TIME);
	thread->fd = nsl_hold_open("time_for_children");
}

/* What a thread alone has, and how. */
typedef struct ThreadCase {
	void (*run)(Thread *thread);
	NslNsinfoType type;
	const char *kind; /* of holder */
} ThreadCase;

NSL_HOLD_FUNC(thread_alone)
{
	const ThreadCase *this = data;
	const Thread *thread = start_thread(hold, this->run, -1);

	report->number[0] = thread->tid;
	report->fd[report->n_fds++] = thread->fd;
}

static void hold_by_thread(NslHold *hold, ThreadCase this)
{
	NslHoldReport report;
	pid_t pid = nsl_hold_stay(hold, thread_alone, &this, &report);
	int held = nsl_hold_add(hold, this.type, report.fd[0]);

	nsl_hold_by_thread(hold, held, this.kind, pid, report.number[0]);
}

void nsl_hold_thread(NslHold *hold)
{
	hold_by_thread(hold, (ThreadCase){enter_net, NSL_NSINFO_NET, "thread"});
}

void nsl_hold_thread_children(NslHold *hold)
{
	hold_by_thread(hold, (ThreadCase){make_time_for_children, NSL_NSINFO_TIME, "for-children"});
}

static void have_own_files(Thread *thread)
{
	(void)thread;
	if (unshare(CLONE_FILES) < 0)
		nsl_hold_fail("open files of a thread's own");
	nsl_hold_forget_report();
}

NSL_HOLD_FUNC(thread_with_fd)
{
	const int *fd = data;

	report->number[0] = start_thread(hold, have_own_files, *fd)->tid;
	close(*fd); /* here: the thread still has it */
}

void nsl_hold_thread_fd(NslHold *hold)
{
	NslHoldReport report;
	int fd;
	int held = make_net(hold, &fd);
	pid_t pid = nsl_hold_stay(hold, thread_with_fd, &fd, &report);

	close(fd);
	nsl_hold_by_fd(hold, held, "fd", pid, report.number[0], fd);
}

NSL_HOLD_FUNC(thread_with_socket)
{
	const int *net = data;
	int fd = in_net(*net, open_socket);

	report->number[0] = start_thread(hold, have_own_files, fd)->tid;
	report->number[1] = fd;
	close(fd);
}

void nsl_hold_thread_socket(NslHold *hold)
{
	NslHoldReport report;
	int net;
	int held = make_net(hold, &net);
	pid_t pid = nsl_hold_stay(hold, thread_with_socket, &net, &report);

	close(net);
	nsl_hold_by_fd(hold, held, "socket", pid, report.number[0], report.number[1]);
}

static void enter_mnt(Thread *thread)
{
	/* Threads have a root and a working directory in common, unless they part. */
	if (unshare(CLONE_FS) < 0)
		nsl_hold_fail("a root of a thread's own");
	nsl_hold_enter_mnt(thread->hold);
	nsl_hold_mount_at(thread->hold, "ns", thread->fd);
	close(thread->fd);
	thread->fd = nsl_hold_open("mnt");
}

NSL_HOLD_FUNC(thread_mounts)
{
	const int *net = data;
	const Thread *thread = start_thread(hold, enter_mnt, *net);

	report->number[0] = thread->tid;
	report->fd[report->n_fds++] = thread->fd;
}

void nsl_hold_mount_thread(NslHold *hold)
{
	NslHoldReport report;
	int net;
	int held = make_net(hold, &net);
	pid_t pid = nsl_hold_stay(hold, thread_mounts, &net, &report);
	int mnt = nsl_hold_add(hold, NSL_NSINFO_MNT, report.fd[0]);

	close(net);
	nsl_hold_by_thread(hold, mnt, "thread", pid, report.number[0]);
	nsl_hold_by_mount(hold, held, "ns", mnt);
}

/* ----------------------------------------------------------------------------------------- many */

NSL_HOLD_FUNC(open_many)
{
	const int *count = data;
	struct rlimit limit;
	int pipes[2];
	int home = nsl_hold_open("net");

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		nsl_hold_fail("a limit of open files");
	limit.rlim_cur = (rlim_t)*count + 64;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		nsl_hold_fail("the right to have that many open files");
	if (pipe2(pipes, O_CLOEXEC) < 0)
		nsl_hold_fail("a pipe");
	for (int i = 0; i < *count; i++) {
		if (i != *count / 2) {
			if (dup(i % 2 == 0 ? pipes[0] : STDIN_FILENO) < 0)
				nsl_hold_fail("many open files");
			continue;
		}
		nsl_hold_unshare(NSL_NSINFO_NET);
		report->number[0] = nsl_hold_open("net");
		if (setns(home, CLONE_NEWNET) < 0)
			nsl_hold_fail("the right to return from a net namespace");
	}
	close(home);
	report->fd[report->n_fds++] = dup(report->number[0]);
}

void nsl_hold_many_fds(NslHold *hold)
{
	int count = nsl_hold_number(hold, MANY_FDS, 1000000);
	NslHoldReport report;
	pid_t pid = nsl_hold_stay(hold, open_many, &count, &report);
	int held = nsl_hold_add(hold, NSL_NSINFO_NET, report.fd[0]);

	nsl_hold_by_fd(hold, held, "fd", pid, 0, report.number[0]);
}
