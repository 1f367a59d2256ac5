/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sandboxes PROCESSES SANDBOXES [TYPES]: a system with many processes in many namespaces, for the
 * benchmark. Each sandbox is one set of new namespaces; the processes are spread evenly over them
 * and do nothing. Prints "ready PROCESSES SANDBOXES" when all exist, and stays until end of file on
 * stdin, SIGTERM, SIGINT, SIGHUP or the death of its parent; then nothing of it is left. Exit
 * status: 0 done, 1 error, 2 wrong arguments, 77 the kernel refuses. Not for tests of what nslist
 * prints: nobody is told which inodes came to be.
 *
 * One process, the keeper, clones the first process of each sandbox straight into its namespaces
 * (unshare(2) would leave it outside of a new PID namespace). A first process forks the rest, and
 * then waits for end of file on the leash, a pipe whose only writing end is the keeper's: however
 * the keeper ends, the sandboxes end. The rest have their own first process's death as a signal.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436 /* Linux 5.9; glibc has a function from 2.34 on */
#endif

#define EXIT_USAGE    2
#define EXIT_SKIPPED  77
#define MAX_PROCESSES 4194304

static const struct {
	const char *name;
	unsigned long flag;
} types[] = {
	{"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"mnt", CLONE_NEWNS},
	{"net", CLONE_NEWNET},	     {"pid", CLONE_NEWPID}, {"user", CLONE_NEWUSER},
	{"uts", CLONE_NEWUTS},
};

/* The keeper's fds, and what it has made. */
typedef struct {
	int leash[2];
	int ready[2]; /* one byte from each process: 0, or the errno that kept it from being */
	int signals;
	sigset_t old_mask;
	pid_t *firsts;
	size_t firsts_count;
} Keeper;

/* 0 when the text is not a list of known types. */
static unsigned long parse_types(const char *text)
{
	unsigned long flags = 0;

	while (true) {
		const size_t length = strcspn(text, ",");
		unsigned long flag = 0;

		for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
			if (strlen(types[i].name) == length &&
			    memcmp(types[i].name, text, length) == 0)
				flag = types[i].flag;
		if (flag == 0)
			return 0;
		flags |= flag;
		if (text[length] == '\0')
			return flags;
		text += length + 1;
	}
}

/* 0 when the text is not a number from 1 to the maximum. */
static long parse_count(const char *text)
{
	char *end;

	errno = 0;
	const long count = strtol(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || count < 1 || count > MAX_PROCESSES)
		return 0;
	return count;
}

static void tell(int fd, int error)
{
	const unsigned char byte = (unsigned char)error;

	while (write(fd, &byte, 1) < 0 && errno == EINTR)
		continue;
}

/*
 * Never returns: reports, closes everything, so that it looks like a plain idle daemon with its
 * three fds, and waits for its death.
 */
static _Noreturn void idle(int ready)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* The first process lives at least until all have reported, unless it is being ended. */
	tell(ready, 0);
	syscall(SYS_close_range, 3, ~0U, 0);
	while (true)
		pause();
}

/* The first process of a sandbox: it is in the new namespaces already. Never returns. */
static _Noreturn void lead(Keeper *keeper, long others)
{
	const int leash = keeper->leash[0];
	const int ready = keeper->ready[1];
	pid_t *children = calloc((size_t)others + 1, sizeof *children);
	long made = 0;
	char byte;

	close(keeper->leash[1]);
	close(keeper->ready[0]);
	close(keeper->signals);
	sigprocmask(SIG_SETMASK, &keeper->old_mask, NULL);
	/* Whoever reads the keeper's output must not have to wait for 25,000 processes as well. */
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (children == NULL || null < 0) {
		tell(ready, errno);
		_exit(1);
	}
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);

	for (; made < others; made++) {
		children[made] = fork();
		if (children[made] == 0)
			idle(ready);
		if (children[made] < 0) {
			tell(ready, errno);
			break;
		}
	}
	if (made == others)
		tell(ready, 0);
	close(ready);
	while (read(leash, &byte, 1) < 0 && errno == EINTR)
		continue;
	for (long i = 0; i < made; i++)
		kill(children[i], SIGKILL);
	for (long i = 0; i < made; i++)
		while (waitpid(children[i], NULL, 0) < 0 && errno == EINTR)
			continue;
	_exit(0);
}

/* False, with errno set, when the kernel refuses. */
static bool make_sandbox(Keeper *keeper, unsigned long flags, long processes)
{
	const long pid = syscall(SYS_clone, flags | SIGCHLD, NULL, NULL, NULL, 0UL);

	if (pid < 0)
		return false;
	if (pid == 0)
		lead(keeper, processes - 1);
	keeper->firsts[keeper->firsts_count++] = (pid_t)pid;
	return true;
}

/* Looks without reaping: a child that the keeper's caller left to it is none of its business. */
static bool first_died(const Keeper *keeper)
{
	for (size_t i = 0; i < keeper->firsts_count; i++) {
		siginfo_t info = {0};

		if (waitid(P_PID, (id_t)keeper->firsts[i], &info, WEXITED | WNOHANG | WNOWAIT) <
			    0 ||
		    info.si_pid != 0)
			return true;
	}
	return false;
}

/* Takes one signal. True when it means that all is to end. */
static bool signal_ends(const Keeper *keeper)
{
	struct signalfd_siginfo info;

	if (read(keeper->signals, &info, sizeof info) != (ssize_t)sizeof info)
		return false;
	return info.ssi_signo != SIGCHLD || first_died(keeper);
}

/*
 * Waits for the reports of all processes. 0, or the errno of the one that failed, or -1 when
 * a signal says that it is all over (also the death of a first process).
 */
static int await_ready(const Keeper *keeper, long processes)
{
	struct pollfd fds[] = {{.fd = keeper->ready[0], .events = POLLIN},
			       {.fd = keeper->signals, .events = POLLIN}};
	unsigned char reports[4096];

	while (processes > 0) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return errno;
		}
		if (fds[0].revents != 0) {
			const ssize_t length = read(keeper->ready[0], reports, sizeof reports);

			for (ssize_t i = 0; i < length; i++)
				if (reports[i] != 0)
					return reports[i];
			processes -= length > 0 ? length : 0;
		} else if (fds[1].revents != 0 && signal_ends(keeper)) {
			return -1;
		}
	}
	return 0;
}

/* Until end of file on stdin or a signal. What is written to stdin is read and forgotten. */
static void await_end(const Keeper *keeper)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			       {.fd = keeper->signals, .events = POLLIN}};
	char buffer[512];

	while (true) {
		if (poll(fds, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			return;
		}
		if (fds[1].revents != 0 && signal_ends(keeper))
			return;
		if (fds[0].revents != 0 && read(STDIN_FILENO, buffer, sizeof buffer) <= 0)
			return;
	}
}

/*
 * Drops the leash and waits for the first processes, each of which waits for its own. The rest of
 * one that died some other way has SIGKILL pending already, and is its reaper's to wait for. False
 * when there was such a one.
 */
static bool end_all(Keeper *keeper)
{
	bool in_order = true;

	close(keeper->ready[0]);
	close(keeper->leash[0]);
	close(keeper->leash[1]);
	for (size_t i = 0; i < keeper->firsts_count; i++) {
		int status = 0;

		while (waitpid(keeper->firsts[i], &status, 0) < 0 && errno == EINTR)
			continue;
		in_order = in_order && status == 0;
	}
	return in_order;
}

static bool prepare(Keeper *keeper, long sandboxes)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGHUP);
	sigaddset(&mask, SIGCHLD);
	/* A sandbox that reports to a keeper that has given up must still clean up. */
	signal(SIGPIPE, SIG_IGN);
	keeper->firsts = calloc((size_t)sandboxes, sizeof *keeper->firsts);
	if (keeper->firsts == NULL || sigprocmask(SIG_BLOCK, &mask, &keeper->old_mask) < 0)
		return false;
	keeper->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	return keeper->signals >= 0 && pipe2(keeper->leash, O_CLOEXEC) == 0 &&
	       pipe2(keeper->ready, O_CLOEXEC) == 0 && prctl(PR_SET_PDEATHSIG, SIGTERM) == 0;
}

static int run(Keeper *keeper, unsigned long flags, long processes, long sandboxes)
{
	int error = 0;

	for (long i = 0; i < sandboxes && error == 0; i++) {
		const long size = processes / sandboxes + (i < processes % sandboxes ? 1 : 0);

		if (!make_sandbox(keeper, flags, size))
			error = errno;
	}
	if (error == 0)
		error = await_ready(keeper, processes);
	if (error == 0) {
		printf("ready %ld %ld\n", processes, sandboxes);
		fflush(stdout);
		await_end(keeper);
	}
	const bool in_order = end_all(keeper);
	if (error > 0) {
		fprintf(stderr, "sandboxes: cannot make %ld processes in %ld sandboxes: %s\n",
			processes, sandboxes, strerror(error));
		return EXIT_SKIPPED;
	}
	if (error < 0 || !in_order) {
		fprintf(stderr, "sandboxes: %s\n",
			in_order ? "ended before all processes existed" : "a sandbox died early");
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const long processes = argc > 1 ? parse_count(argv[1]) : 0;
	const long sandboxes = argc > 2 ? parse_count(argv[2]) : 0;
	const unsigned long flags = parse_types(argc > 3 ? argv[3] : "mnt,uts,ipc,cgroup");
	const pid_t parent = getppid();
	static Keeper keeper; /* what it holds is still needed when a process exits */

	if (argc > 4 || sandboxes == 0 || processes < sandboxes || flags == 0) {
		fprintf(stderr, "usage: sandboxes PROCESSES SANDBOXES [TYPE,...]\n"
				"at least one process a sandbox; types: cgroup, ipc, mnt, net, "
				"pid, user, uts\n");
		return EXIT_USAGE;
	}
	if (!prepare(&keeper, sandboxes)) {
		fprintf(stderr, "sandboxes: %s\n", strerror(errno));
		return 1;
	}
	if (getppid() != parent)
		return 1;
	return run(&keeper, flags, processes, sandboxes);
}
