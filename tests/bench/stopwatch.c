/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * stopwatch SECONDS OUTPUT PROGRAM [ARGUMENT...]: runs a program once, with its stdout in the new
 * file OUTPUT, and prints one line: wall time, user time and system time in microseconds, the
 * latter two with its children's; its CPU time without its children's in microseconds (0: not
 * known); resident size of the largest process in KiB; wait status. After SECONDS it kills the
 * program (the wait status tells). It is in C because a child's resident size counts from that of
 * the process that spawns it, so that whatever Python spawned would seem to need as much as Python.
 * Not a profiler, and it repeats nothing: what is run how often is up to "run".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_end(int signal_number)
{
	ended = signal_number;
}

static long long microseconds(struct timeval time)
{
	return (long long)time.tv_sec * 1000000 + time.tv_usec;
}

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (long long)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* Of a zombie: its own threads' only, where wait4(2) adds what its children took. */
static long long own_microseconds(pid_t pid)
{
	char path[64];
	long long nanoseconds = 0;

	snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
	FILE *file = fopen(path, "re");
	if (file == NULL)
		return 0;
	if (fscanf(file, "%lld", &nanoseconds) != 1)
		nanoseconds = 0;
	fclose(file);
	return nanoseconds / 1000;
}

static void catch_ends(void)
{
	static const int signals[] = {SIGALRM, SIGTERM, SIGINT, SIGHUP};
	struct sigaction action = {.sa_handler = on_end};

	/* No SA_RESTART: waitid is to be interrupted. */
	for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
		sigaction(signals[i], &action, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static int fail(const char *what, int error)
{
	fprintf(stderr, "stopwatch: %s: %s\n", what, strerror(error));
	return 2;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage = {0};
	siginfo_t info;
	int status = 0;
	pid_t pid;

	if (argc < 4 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: stopwatch SECONDS OUTPUT PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	const int output = open(argv[2], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (output < 0)
		return fail(argv[2], errno);
	const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return fail("/dev/null", errno);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, null, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, null, STDERR_FILENO);

	catch_ends();
	alarm((unsigned int)atoi(argv[1]));
	const long long start = now();
	const int error = posix_spawn(&pid, argv[3], &actions, NULL, argv + 3, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		return fail(argv[3], error);
	/*
	 * A signal between the look at "ended" and waitid would be missed only until the caller
	 * sends another; the alarm comes seconds later, not in that gap.
	 */
	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		if (ended != 0)
			kill(pid, SIGKILL);
	const long long end = now();
	const long long own = own_microseconds(pid);
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		continue;

	printf("%lld %lld %lld %lld %ld %d\n", end - start, microseconds(usage.ru_utime),
	       microseconds(usage.ru_stime), own, usage.ru_maxrss, status);
	return ended != 0 && ended != SIGALRM ? 1 : 0;
}
