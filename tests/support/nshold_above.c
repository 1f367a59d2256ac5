/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The cases of nshold in which a namespace is held by being above others: as their owner or their
 * parent.
 */

#define _GNU_SOURCE

#include "nshold.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* A uts namespace that belongs to this user namespace; a process keeps an fd of it. */
static void add_owned(NslHold *hold, int user, int user_fd)
{
	int fd = nsl_hold_make(hold, NSL_NSINFO_UTS, user_fd);
	int held = nsl_hold_add(hold, NSL_NSINFO_UTS, dup(fd));

	close(user_fd);
	nsl_hold_by_relation(hold, user, "owner-of", held);
	nsl_hold_by_keeper(hold, held, fd);
}

void nsl_hold_owner(NslHold *hold)
{
	int fd = nsl_hold_make(hold, NSL_NSINFO_USER, -1);

	add_owned(hold, nsl_hold_add(hold, NSL_NSINFO_USER, dup(fd)), fd);
}

/* One user namespace in another: its index. Both descriptors stay open. */
static int add_below(NslHold *hold, int above, int above_fd, int *ret_fd)
{
	int held;

	*ret_fd = nsl_hold_make(hold, NSL_NSINFO_USER, above_fd);
	held = nsl_hold_add(hold, NSL_NSINFO_USER, dup(*ret_fd));
	if (above >= 0) {
		nsl_hold_by_relation(hold, above, "owner-of", held);
		nsl_hold_by_relation(hold, above, "parent-of", held);
	}
	return held;
}

void nsl_hold_chain_owners(NslHold *hold)
{
	int fd[3];
	int outer = add_below(hold, -1, -1, &fd[0]);
	int middle = add_below(hold, outer, fd[0], &fd[1]);
	int inner = add_below(hold, middle, fd[1], &fd[2]);

	close(fd[0]);
	close(fd[1]);
	add_owned(hold, inner, fd[2]);
}

NSL_HOLD_FUNC(enter_last)
{
	int *fd = data;

	if (setns(fd[2], CLONE_NEWUSER) < 0)
		nsl_hold_fail("the right to enter a user namespace");
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

void nsl_hold_usertree(NslHold *hold)
{
	int fd[3];
	int outer = add_below(hold, -1, -1, &fd[0]);
	int middle;
	int inner;

	/* Before the others are there to be inherited. */
	hold->held[outer].member = nsl_hold_populate(hold, fd[0]);
	middle = add_below(hold, outer, fd[0], &fd[1]);
	inner = add_below(hold, middle, fd[1], &fd[2]);
	hold->held[inner].member = nsl_hold_stay(hold, enter_last, fd, NULL);
	for (int i = 0; i < 3; i++)
		close(fd[i]);
}

/* The first process of a pid namespace makes another one in it; of both the descriptors. */
NSL_HOLD_FUNC(nest_pids)
{
	int status;
	pid_t pid;

	nsl_hold_unshare(NSL_NSINFO_PID);
	pid = fork();
	if (pid < 0)
		nsl_hold_fail("a first process");
	if (pid > 0) {
		/* The child reports, and ends; who is in no pid namespace of its own waits. */
		if (waitpid(pid, &status, 0) < 0 || status != 0)
			_exit(EXIT_FAILURE);
		_exit(EXIT_SUCCESS);
	}
	nsl_hold_unshare(NSL_NSINFO_PID);
	pid = fork();
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	if (pid < 0 || waitpid(pid, NULL, 0) < 0)
		nsl_hold_fail("a first process");
	report->fd[report->n_fds++] = nsl_hold_open("pid");
	report->fd[report->n_fds++] = nsl_hold_open("pid_for_children");
}

void nsl_hold_parent_pid(NslHold *hold)
{
	NslHoldReport report;
	int outer;
	int inner;

	/* With a process in it the outer one would have one as well: its first one, or nothing. */
	nsl_hold_do(hold, nest_pids, NULL, &report);
	outer = nsl_hold_add(hold, NSL_NSINFO_PID, report.fd[0]);
	inner = nsl_hold_add(hold, NSL_NSINFO_PID, dup(report.fd[1]));
	nsl_hold_by_relation(hold, outer, "parent-of", inner);
	nsl_hold_by_keeper(hold, inner, report.fd[1]);
}

NSL_HOLD_FUNC(make_as_nobody)
{
	const uid_t uid = 65534;

	if (setresgid(uid, uid, uid) < 0 || setresuid(uid, uid, uid) < 0)
		nsl_hold_fail("the right to be another user");
	/* Else its files in /proc would stay root's. */
	prctl(PR_SET_DUMPABLE, 1);
	nsl_hold_unshare(NSL_NSINFO_USER);
	nsl_hold_unshare(NSL_NSINFO_NET);
	report->fd[report->n_fds++] = nsl_hold_open("user");
	report->fd[report->n_fds++] = nsl_hold_open("net");
}

void nsl_hold_uid65534(NslHold *hold)
{
	NslHoldReport report;
	int user;
	int net;

	nsl_hold_do(hold, make_as_nobody, NULL, &report);
	user = nsl_hold_add(hold, NSL_NSINFO_USER, report.fd[0]);
	net = nsl_hold_add(hold, NSL_NSINFO_NET, dup(report.fd[1]));
	nsl_hold_by_relation(hold, user, "owner-of", net);
	nsl_hold_by_keeper(hold, net, report.fd[1]);
}

/* What a process keeps changing: at one number a namespace's file, then one that is none. */
typedef struct Swap {
	int namespace;
	int other;
} Swap;

#define SWAPPED	  200 /* the first number */
#define N_SWAPPED 4

static void *swap_for_ever(void *data)
{
	const Swap *swap = data;

	for (;;)
		for (int i = 0; i < 2 * N_SWAPPED; i++)
			dup2(i < N_SWAPPED ? swap->namespace : swap->other,
			     SWAPPED + i % N_SWAPPED);
	return NULL;
}

NSL_HOLD_FUNC(swap_as_nobody)
{
	static Swap swap;
	pthread_t thread;
	char path[PATH_MAX];

	nsl_hold_path(hold, "fifo", path);
	make_as_nobody(hold, data, report);
	swap.namespace = dup(report->fd[1]);
	/* To have it open like that takes no right to read or write it. */
	swap.other = open(path, O_PATH | O_CLOEXEC);
	if (swap.other < 0)
		nsl_hold_fail("a file that is not to be opened");
	errno = pthread_create(&thread, NULL, swap_for_ever, &swap);
	if (errno != 0)
		nsl_hold_fail("a thread");
}

NSL_HOLD_FUNC(make_fifo)
{
	char path[PATH_MAX];

	nsl_hold_fill_dir(hold);
	nsl_hold_path(hold, "fifo", path);
	if (chmod(hold->dir, 0711) < 0 || mkfifo(path, 0) < 0)
		nsl_hold_fail("a fifo");
}

void nsl_hold_swapped(NslHold *hold)
{
	NslHoldReport report;

	nsl_hold_do(hold, make_fifo, NULL, NULL);
	nsl_hold_stay(hold, swap_as_nobody, NULL, &report);
	nsl_hold_add(hold, NSL_NSINFO_USER, report.fd[0]);
	nsl_hold_add(hold, NSL_NSINFO_NET, report.fd[1]);
}
