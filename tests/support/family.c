/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * How nsmake is tied to the processes it starts, see family.h.
 */

#define _GNU_SOURCE

#include "family.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLONE_STACK_SIZE ((size_t)64 * 1024)

void nsl_family_open(NslFamily *ret_family)
{
	int sockets[2];
	int life[2];
	int yes = 1;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0 ||
	    pipe2(life, O_CLOEXEC) < 0 ||
	    setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make pipes");
	/* A process whose parent has gone comes to us, to be ended in the end. */
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	*ret_family = (NslFamily){
		.reports = sockets[0], .report = sockets[1], .keep = life[1], .life = life[0]};
}

void nsl_family_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void nsl_family_started(NslFamily *family)
{
	/* From here on a socket without a sender reads as ended. */
	nsl_family_close(&family->report);
	nsl_family_close(&family->life);
}

void nsl_family_end(NslFamily *family)
{
	nsl_family_close(&family->keep);
	nsl_nsinfo_end_children();
}

void nsl_family_begin_child(NslFamily *family)
{
	nsl_nsinfo_begin_child();
	nsl_family_close(&family->reports);
	nsl_family_close(&family->keep);
}

_Noreturn void nsl_family_stay(NslFamily *family)
{
	nsl_family_close(&family->report);
	nsl_nsinfo_wait_eof(family->life);
	_exit(EXIT_SUCCESS);
}

pid_t nsl_family_fork(NslFamily *family)
{
	pid_t pid = fork();

	if (pid < 0)
		nsl_family_send_failure(family, -1, errno);
	if (pid == 0)
		nsl_family_begin_child(family);
	return pid;
}

void nsl_family_enter(const NslFamily *family, unsigned int mask)
{
	NslNsinfoType refused;

	if (nsl_nsinfo_unshare_mask(mask, &refused) < 0)
		nsl_family_send_failure(family, refused, errno);
	nsl_nsinfo_die_with_parent();
}

bool nsl_family_start(NslFamily *ret_family)
{
	pid_t pid;

	nsl_family_open(ret_family);
	pid = fork();
	if (pid < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot fork");
	if (pid == 0)
		nsl_family_begin_child(ret_family);
	else
		nsl_family_started(ret_family);
	return pid == 0;
}

pid_t nsl_family_fork_with_flags(int flags, int (*fn)(void *), void *data)
{
	char *stack = malloc(CLONE_STACK_SIZE);
	pid_t pid = stack ? clone(fn, stack + CLONE_STACK_SIZE, flags | SIGCHLD, data) : -1;

	free(stack); /* leaves errno as it is */
	return pid;
}

void nsl_family_send(const NslFamily *family, const NslReport *report)
{
	if (send(family->report, report, sizeof(*report), MSG_NOSIGNAL) < 0)
		_exit(EXIT_FAILURE);
}

_Noreturn void nsl_family_send_failure(const NslFamily *family, int refused, int error)
{
	NslReport report = {.error = error, .refused = refused};

	nsl_family_send(family, &report);
	_exit(EXIT_FAILURE);
}

/*
 * NSpid of /proc/self/status: the PID in each namespace, from that of the mounted procfs inwards.
 */
static int read_nspid(NslReport *report)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[1024];

	char *at = line + strlen("NSpid:");

	if (file == NULL)
		return -1;
	while (fgets(line, sizeof(line), file) && strncmp(line, "NSpid:", strlen("NSpid:")) != 0)
		;
	fclose(file);
	while (report->n_nspid < NSL_FAMILY_DEPTH_MAX) {
		char *start = at;

		report->nspid[report->n_nspid] = (int)strtol(start, &at, 10);
		if (at == start)
			break;
		report->n_nspid++;
	}
	errno = ENODATA;
	return report->n_nspid > 0 ? 0 : -1;
}

void nsl_family_send_self(const NslFamily *family, NslReport *report)
{
	report->tid = (int)syscall(SYS_gettid);
	if (nsl_nsinfo_read(&report->ns) < 0 || read_nspid(report) < 0)
		nsl_family_send_failure(family, -1, errno);
	nsl_family_send(family, report);
}

pid_t nsl_family_receive(NslFamily *family, NslReport *ret_report)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr align;
	} control;
	struct iovec iov = {.iov_base = ret_report, .iov_len = sizeof(*ret_report)};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header;
	struct ucred credentials;
	ssize_t n;

	do {
		n = recvmsg(family->reports, &message, 0);
	} while (n < 0 && errno == EINTR);
	header = CMSG_FIRSTHDR(&message);
	if (n != sizeof(*ret_report) || header == NULL || header->cmsg_type != SCM_CREDENTIALS) {
		nsl_family_end(family);
		nsl_nsinfo_die(EXIT_FAILURE, 0, "a process ended before its report");
	}
	if (ret_report->error != 0) {
		nsl_family_end(family);
		if (ret_report->refused >= 0)
			nsl_nsinfo_die_refused((NslNsinfoType)ret_report->refused,
					       ret_report->error);
		nsl_nsinfo_die(EXIT_FAILURE, ret_report->error, "a process could not be prepared");
	}
	memcpy(&credentials, CMSG_DATA(header), sizeof(credentials));
	return credentials.pid;
}

int nsl_family_serve(NslFamily *family)
{
	putchar('\n');
	nsl_nsinfo_stay();
	nsl_family_end(family);
	return EXIT_SUCCESS;
}
