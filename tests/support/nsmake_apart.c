/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Modes of nsmake in which a namespace and the process that it is looked up by come apart:
 * children, thread, fds and zombie.
 */

#define _GNU_SOURCE

#include "family.h"
#include "nsinfo.h"
#include "nsmake.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ------------------------------------------------------------------------------------- children */

static _Noreturn void children_outside(NslFamily *family, NslNsinfoType type, bool forked)
{
	NslReport inside = {.index = 1};
	NslReport outside = {.index = 0};
	int ready[2];
	char link[32];

	nsl_family_enter(family, nsl_nsinfo_needed_mask() | 1U << type);
	if (forked) {
		char byte;

		if (pipe2(ready, O_CLOEXEC) < 0)
			nsl_family_send_failure(family, -1, errno);
		if (nsl_family_fork(family) == 0) {
			nsl_family_send_self(family, &inside);
			close(ready[0]);
			close(ready[1]);
			nsl_family_stay(family);
		}
		/* Both have reported in order, and the child is complete, when this ends. */
		close(ready[1]);
		if (read(ready[0], &byte, 1) != 0)
			nsl_family_send_failure(family, -1, EIO);
		close(ready[0]);
	}
	snprintf(link, sizeof(link), "%s_for_children", nsl_nsinfo_name(type));
	outside.inode = nsl_nsinfo_inode(link);
	if (outside.inode == 0 && errno != ENOENT)
		nsl_family_send_failure(family, type, errno);
	nsl_family_send_self(family, &outside);
	nsl_family_stay(family);
}

int nsl_nsmake_children(int argc, char **argv)
{
	bool forked = argc == 2 && strcmp(argv[1], "--forked") == 0;
	NslNsinfoType type;
	NslReport outside = {0};
	pid_t pid = -1;
	pid_t child = -1;
	NslFamily family;

	if (argc != 1 && !forked)
		nsl_nsmake_usage_error("children: takes pid or time, and --forked", NULL);
	type = nsl_nsmake_parse_type(argv[0], 1U << NSL_NSINFO_PID | 1U << NSL_NSINFO_TIME);

	if (nsl_family_start(&family))
		children_outside(&family, type, forked);
	for (int i = 0; i < (forked ? 2 : 1); i++) {
		NslReport report;
		pid_t sender = nsl_family_receive(&family, &report);

		if (report.index == 1) {
			child = sender;
		} else {
			pid = sender;
			outside = report;
		}
	}
	printf("{\"pid\":%d,\"child\":", pid);
	if (child >= 0)
		printf("%d,", child);
	else
		printf("null,");
	nsl_nsmake_print_ns("ns", &outside.ns);
	printf(",\"for_children\":");
	if (outside.inode != 0)
		printf("%" PRIu64 "}", outside.inode);
	else
		printf("null}");
	return nsl_family_serve(&family);
}

/* --------------------------------------------------------------------------------------- thread */

typedef struct SecondThread {
	NslFamily *family;
	NslNsinfoType type;
} SecondThread;

static void *second_thread(void *data)
{
	const SecondThread *thread = data;
	NslReport report = {.index = 1};
	/*
	 * A mount namespace cannot be left by a thread that shares its root and working directory
	 * with others.
	 */
	int flags = nsl_nsinfo_flag(thread->type) | (thread->type == NSL_NSINFO_MNT ? CLONE_FS : 0);

	if (unshare(flags) < 0)
		nsl_family_send_failure(thread->family, thread->type, errno);
	nsl_family_send_self(thread->family, &report);
	nsl_family_close(&thread->family->report);
	nsl_nsinfo_wait_eof(thread->family->life);
	return NULL;
}

static _Noreturn void thread_process(NslFamily *family, NslNsinfoType type)
{
	SecondThread second = {.family = family, .type = type};
	NslReport report = {.index = 0};
	pthread_t id;

	/*
	 * Only a process of one thread may enter a user namespace, so this cannot wait for the
	 * thread.
	 */
	nsl_family_enter(family, nsl_nsinfo_needed_mask());
	nsl_family_send_self(family, &report);
	errno = pthread_create(&id, NULL, second_thread, &second);
	if (errno != 0)
		nsl_family_send_failure(family, -1, errno);
	nsl_nsinfo_wait_eof(family->life);
	_exit(EXIT_SUCCESS);
}

int nsl_nsmake_thread(int argc, char **argv)
{
	NslReport main_report;
	NslReport thread_report;
	NslNsinfoType type;
	NslFamily family;
	pid_t pid;

	if (argc != 1)
		nsl_nsmake_usage_error("thread: takes a type", NULL);
	type = nsl_nsmake_parse_type(argv[0], 1U << NSL_NSINFO_CGROUP | 1U << NSL_NSINFO_IPC |
						      1U << NSL_NSINFO_MNT | 1U << NSL_NSINFO_NET |
						      1U << NSL_NSINFO_UTS);

	if (nsl_family_start(&family))
		thread_process(&family, type);
	pid = nsl_family_receive(&family, &main_report);
	nsl_family_receive(&family, &thread_report);
	printf("{\"pid\":%d,\"tid\":%d,", pid, thread_report.tid);
	nsl_nsmake_print_ns("ns", &main_report.ns);
	putchar(',');
	nsl_nsmake_print_ns("thread_ns", &thread_report.ns);
	putchar('}');
	return nsl_family_serve(&family);
}

/* ------------------------------------------------------------------------------------------ fds */

/*
 * Becomes, or for pid and time has a child become, a member for as long as it takes to open the
 * namespace.
 */
static _Noreturn void fds_member(NslFamily *family, NslNsinfoType type, int socket)
{
	int fd;

	nsl_family_enter(family, 1U << type | nsl_nsinfo_needed_mask());
	if (type == NSL_NSINFO_PID || type == NSL_NSINFO_TIME) {
		pid_t pid = nsl_family_fork(family);

		if (pid > 0) {
			waitpid(pid, NULL, 0);
			_exit(EXIT_SUCCESS);
		}
	}
	fd = nsl_nsinfo_open(nsl_nsinfo_name(type));
	if (fd < 0)
		nsl_family_send_failure(family, type, errno);
	_exit(nsl_nsinfo_send(socket, "", 1, &fd, 1) < 0);
}

static _Noreturn void fds_process(NslFamily *family, NslNsinfoType type)
{
	NslReport report = {.index = 0};
	struct stat st;
	int sockets[2];
	int fds[NSL_NSINFO_FDS];
	char byte;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		nsl_family_send_failure(family, -1, errno);
	pid = nsl_family_fork(family);
	if (pid == 0)
		fds_member(family, type, sockets[1]);
	close(sockets[1]);
	/* The member has told why. */
	if (nsl_nsinfo_receive(sockets[0], &byte, 1, fds) != 1 || fstat(fds[0], &st) < 0)
		_exit(EXIT_FAILURE);
	close(sockets[0]);
	waitpid(pid, NULL, 0);
	report.fd = fds[0];
	report.inode = st.st_ino;
	nsl_family_send_self(family, &report);
	nsl_family_stay(family);
}

int nsl_nsmake_fds(int argc, char **argv)
{
	NslNsinfoType type;
	NslReport report;
	NslFamily family;
	pid_t pid;

	if (argc != 1)
		nsl_nsmake_usage_error("fds: takes a type", NULL);
	type = nsl_nsmake_parse_type(argv[0], UINT_MAX);
	if (nsl_family_start(&family))
		fds_process(&family, type);
	pid = nsl_family_receive(&family, &report);
	printf("{\"pid\":%d,\"fd\":%d,\"ino\":%" PRIu64 "}", pid, report.fd, report.inode);
	return nsl_family_serve(&family);
}

/* --------------------------------------------------------------------------------------- zombie */

static _Noreturn void zombie_parent(NslFamily *family)
{
	NslReport dead = {.index = 1};
	NslReport parent = {.index = 0};
	siginfo_t info;
	pid_t pid = nsl_family_fork(family);

	if (pid == 0) {
		nsl_family_enter(family, 1U << NSL_NSINFO_UTS | nsl_nsinfo_needed_mask());
		nsl_family_send_self(family, &dead);
		_exit(EXIT_SUCCESS);
	}
	/* Waits for its end, but leaves it to be waited for. */
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		nsl_family_send_failure(family, -1, errno);
	nsl_family_send_self(family, &parent);
	nsl_family_stay(family);
}

int nsl_nsmake_zombie(int argc, char **argv)
{
	NslReport reports[2];
	pid_t pids[2];
	NslFamily family;

	if (argc != 0)
		nsl_nsmake_usage_error("zombie: takes no argument", argv[0]);
	if (nsl_family_start(&family))
		zombie_parent(&family);
	for (int i = 0; i < 2; i++)
		pids[i] = nsl_family_receive(&family, &reports[i]);
	printf("{\"pid\":%d,\"parent\":%d,\"uts\":%" PRIu64 "}", pids[0], pids[1],
	       reports[0].ns.inode[NSL_NSINFO_UTS]);
	return nsl_family_serve(&family);
}
