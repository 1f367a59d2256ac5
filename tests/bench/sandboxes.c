/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A system with many processes in many namespaces, for the benchmark. Not for tests of what nslist
 * prints: nobody is told which inodes came to be.
 *
 * One process, the keeper, forks the first process of each sandbox, which makes the namespaces and
 * forks the rest. It then waits for the end of a pipe whose only writing end is the keeper's:
 * however the keeper ends, each first process ends its own, and nothing is left.
 */

#define _GNU_SOURCE

#include "../support/nsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9; glibc has a function from 2.34 on */
#endif

#define MAX_PROCESSES 4194304

static const char help[] =
	"Usage: sandboxes PROCESSES SANDBOXES\n"
	"Each sandbox has a mnt, uts, ipc and cgroup namespace of its own; the processes are\n"
	"spread evenly over them and do nothing. Prints \"ready PROCESSES SANDBOXES\" when all\n"
	"exist, and stays until its stdin ends or its parent dies; then nothing of it is left.\n"
	"Exit status: 0 done, 1 error, 77 the kernel refuses.\n";

static int leash[2];
static int ready[2]; /* one byte from each process: 0, or the errno that kept it from being */

static void tell(int error)
{
	const unsigned char byte = (unsigned char)error;

	while (write(ready[1], &byte, 1) < 0 && errno == EINTR)
		;
}

/* Reports, and looks like a plain idle daemon with its three descriptors. */
static _Noreturn void idle(void)
{
	nsl_nsinfo_die_with_parent();
	/* The first process lives at least until all have reported, unless it is being ended. */
	tell(0);
	syscall(SYS_close_range, 3, ~0U, 0);
	for (;;)
		pause();
}

/* The first process of a sandbox. */
static _Noreturn void lead(int others)
{
	nsl_nsinfo_begin_child();
	prctl(PR_SET_PDEATHSIG, 0); /* it has to end its own */
	/* Whoever reads the keeper's output must not have to wait for 25,000 processes as well. */
	dup2(STDIN_FILENO, STDERR_FILENO);
	close(leash[1]);
	close(ready[0]);
	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP) < 0)
		tell(errno);
	for (int i = 0; i < others; i++) {
		pid_t pid = fork();

		if (pid == 0)
			idle();
		if (pid < 0) {
			tell(errno);
			break;
		}
	}
	tell(0);
	close(ready[1]);
	nsl_nsinfo_wait_eof(leash[0]);
	nsl_nsinfo_end_children();
	_exit(EXIT_SUCCESS);
}

/* Waits for the reports of all processes. 0, or the errno of the one that failed. */
static int await_ready(int processes)
{
	unsigned char reports[4096];

	close(ready[1]);
	while (processes > 0) {
		ssize_t n = read(ready[0], reports, sizeof(reports));

		if (n <= 0)
			return n < 0 ? errno : ECHILD; /* a sandbox died early */
		for (ssize_t i = 0; i < n; i++)
			if (reports[i] != 0)
				return reports[i];
		processes -= (int)n;
	}
	return 0;
}

int main(int argc, char **argv)
{
	int processes;
	int sandboxes;
	int error = 0;

	nsl_nsinfo_help(argc, argv, help);
	if (argc != 3)
		nsl_nsinfo_die(EXIT_FAILURE, 0, "see sandboxes --help");
	processes = nsl_nsinfo_parse_number(argv[1], MAX_PROCESSES);
	sandboxes = nsl_nsinfo_parse_number(argv[2], processes);
	nsl_nsinfo_die_with_parent();
	if (pipe2(leash, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a pipe");
	for (int i = 0; i < sandboxes && error == 0; i++) {
		pid_t pid = fork();

		if (pid == 0)
			lead(processes / sandboxes + (i < processes % sandboxes) - 1);
		if (pid < 0)
			error = errno;
	}
	if (error == 0)
		error = await_ready(processes);
	if (error == 0) {
		printf("ready %d %d\n", processes, sandboxes);
		nsl_nsinfo_stay();
	}
	close(leash[1]);
	while (waitpid(-1, NULL, 0) >= 0 || errno == EINTR)
		;
	if (error != 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, error, "cannot make %d processes in %d sandboxes",
			       processes, sandboxes);
	return EXIT_SUCCESS;
}
