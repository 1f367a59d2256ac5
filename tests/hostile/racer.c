/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * What changes while a listing is made, for the tests of races. Processes come and go under PIDs
 * that are given out again and again; each says in its command line which PID, namespaces and
 * cgroup it has, so that a listing that pairs one's with another's shows. Or a process that forks
 * away: somebody is always in its namespaces, each for a moment and under a PID of his own.
 */

#define _GNU_SOURCE

#include "../support/nsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/sched.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define POOL	   96 /* PIDs that are used again and again */
#define ALIVE	   32 /* processes at a time */
#define N_CGROUPS  4
#define N_STEADY   3 /* processes with threads that come and go */
#define LAST_PID   "/proc/sys/kernel/ns_last_pid"
#define CLAIM_SIZE 512

static const char help[] =
	"Usage: racer churn DIRECTORY [CGROUP]...\n"
	"       racer fork MICROSECONDS\n"
	"       racer move\n"
	"churn: processes in new namespaces, with PIDs that are used again and again, each with\n"
	"  \"claim PID CGROUP cgroup:INODE … uts:INODE\" as its command line; CGROUP is the "
	"number\n"
	"  of one of the given directories of cgroups, or -. Some have threads called tINODE in "
	"uts\n"
	"  namespaces of their own, and mounts of their uts namespace at DIRECTORY/mINODE, in "
	"mount\n"
	"  namespaces of their own. Prints {\"base\":PID,\"size\":N} of those PIDs.\n"
	"fork: one that forks and ends after so long, for ever. Prints "
	"{\"net\":INODE,\"uts\":INODE}.\n"
	"  Whoever has ended is reaped at once.\n"
	"move: one that goes to a new uts namespace, for ever. Prints {\"pid\":PID}.\n"
	"Until stdin ends. Exit status: 0 done, 1 error, 77 this system does not allow it.\n";

static int life; /* the end of a pipe that reads nothing until the program ends */
static int keep; /* the other one, which is the program's alone */
static const char *directory;
static char **cgroups;
static int n_cgroups;
static pid_t base; /* of the PIDs */

static bool is_over(int milliseconds)
{
	struct pollfd fd = {.fd = life, .events = POLLIN};

	return poll(&fd, 1, milliseconds) > 0;
}

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return done;
}

static bool set_last_pid(pid_t pid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid - 1);
	return write_text(LAST_PID, text);
}

/* ------------------------------------------------------------------------------------------ fork
 */

static _Noreturn void fork_away(useconds_t pause)
{
	while (!is_over(0)) {
		if (fork() > 0)
			_exit(EXIT_SUCCESS);
		if (pause > 0)
			usleep(pause);
	}
	_exit(EXIT_SUCCESS);
}

static void start_forking(const char *word)
{
	unsigned int mask = 1U << NSL_NSINFO_NET | 1U << NSL_NSINFO_UTS;
	useconds_t pause = (useconds_t)strtoul(word, NULL, 10);
	NslNsinfo own;
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot make a pipe");
	pid = fork();
	if (pid == 0) {
		close(keep);
		close(ends[0]);
		nsl_nsinfo_enter(mask);
		if (nsl_nsinfo_read(&own) < 0 || write(ends[1], &own, sizeof(own)) != sizeof(own))
			nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot read the namespaces");
		close(ends[1]);
		fork_away(pause);
	}
	close(ends[1]);
	if (read(ends[0], &own, sizeof(own)) != sizeof(own)) {
		int status = 0;

		waitpid(pid, &status, 0);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE);
	}
	close(ends[0]);
	printf("{\"net\":%" PRIu64 ",\"uts\":%" PRIu64 "}\n", own.inode[NSL_NSINFO_NET],
	       own.inode[NSL_NSINFO_UTS]);
}

/* ------------------------------------------------------------------------------------------ move
 */

static void start_moving(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWUTS) < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno, "missing: root");
	pid = fork();
	if (pid == 0) {
		nsl_nsinfo_die_with_parent();
		while (!is_over(0))
			unshare(CLONE_NEWUTS);
		_exit(EXIT_SUCCESS);
	}
	printf("{\"pid\":%d}\n", pid);
}

/* ----------------------------------------------------------------------------------------- churn
 */

/* The command line that tells the truth about the process that is exec'ed with it. */
static void make_claim(char claim[CLAIM_SIZE], int cgroup)
{
	NslNsinfo own;
	int at;

	if (nsl_nsinfo_read(&own) < 0)
		_exit(EXIT_FAILURE);
	at = cgroup < 0 ? snprintf(claim, CLAIM_SIZE, "claim %d -", getpid())
			: snprintf(claim, CLAIM_SIZE, "claim %d %d", getpid(), cgroup);
	for (int type = 0; type < NSL_NSINFO_COUNT; type++)
		at += snprintf(claim + at, (size_t)(CLAIM_SIZE - at), " %s:%" PRIu64,
			       nsl_nsinfo_name((NslNsinfoType)type), own.inode[type]);
}

/* Becomes itself anew, as what it claims: `mode`, and for how long, come by the environment. */
static _Noreturn void exec_claim(int cgroup, const char *mode, unsigned int milliseconds)
{
	char claim[CLAIM_SIZE];
	char mode_text[64];
	char *arguments[] = {claim, NULL};
	char *environment[] = {mode_text, NULL};

	make_claim(claim, cgroup);
	snprintf(mode_text, sizeof(mode_text), "RACER=%s %u %d %d", mode, milliseconds, life, base);
	execve("/proc/self/exe", arguments, environment);
	_exit(EXIT_FAILURE);
}

static int enter_cgroup(unsigned int random)
{
	char path[512];
	char text[16];
	int n;

	if (n_cgroups == 0)
		return -1;
	n = (int)(random % (unsigned int)n_cgroups);
	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroups[n]);
	snprintf(text, sizeof(text), "%d", getpid());
	return write_text(path, text) ? n : -1;
}

/* In a mount namespace of its own: a mount of its uts namespace, at a place that names it. */
static void mount_own(void)
{
	char path[512];
	int fd;

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("racer", directory, "tmpfs", 0, NULL) < 0)
		return;
	snprintf(path, sizeof(path), "%s/m%" PRIu64, directory, nsl_nsinfo_inode("uts"));
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
	(void)!mount("/proc/self/ns/uts", path, NULL, MS_BIND, NULL);
}

static _Noreturn void become(unsigned int random, const char *mode)
{
	static const unsigned int masks[] = {
		1U << NSL_NSINFO_UTS,
		1U << NSL_NSINFO_UTS | 1U << NSL_NSINFO_IPC,
		1U << NSL_NSINFO_UTS | 1U << NSL_NSINFO_IPC | 1U << NSL_NSINFO_MNT,
		1U << NSL_NSINFO_UTS | 1U << NSL_NSINFO_CGROUP,
		1U << NSL_NSINFO_UTS | 1U << NSL_NSINFO_USER | 1U << NSL_NSINFO_MNT,
		1U << NSL_NSINFO_UTS | 1U << NSL_NSINFO_NET,
	};
	unsigned int mask = masks[random % (sizeof(masks) / sizeof(*masks))];
	NslNsinfoType refused = NSL_NSINFO_COUNT;
	int cgroup = enter_cgroup(random / 16);

	nsl_nsinfo_die_with_parent();
	if (nsl_nsinfo_unshare_mask(mask, &refused) < 0)
		_exit(EXIT_FAILURE);
	if (mask & 1U << NSL_NSINFO_MNT)
		mount_own();
	exec_claim(cgroup, mode, 1 + random / 64 % 24);
}

/* A thread in a uts namespace of its own, which has it in its name. */
static void *run_thread(void *data)
{
	struct timespec pause = {.tv_nsec = *(const long *)data * 1000000L};
	char name[16];

	if (unshare(CLONE_NEWUTS) == 0) {
		snprintf(name, sizeof(name), "t%" PRIu64, nsl_nsinfo_inode("uts"));
		prctl(PR_SET_NAME, name);
	}
	nanosleep(&pause, NULL);
	return NULL;
}

/* After the exec: stays for its time; or to the end, with threads that come and go. */
static int live(const char *how)
{
	unsigned int milliseconds;
	char mode[16];
	unsigned int random = (unsigned int)getpid();

	if (sscanf(how, "%15s %u %d %d", mode, &milliseconds, &life, &base) != 4)
		return EXIT_FAILURE;
	if (strcmp(mode, "steady") != 0) {
		is_over((int)milliseconds);
		return EXIT_SUCCESS;
	}
	while (!is_over(1)) {
		pthread_t threads[4];
		long lives[4]; /* milliseconds */
		int n;

		for (n = 0; n < 4; n++) {
			random = random * 1664525 + 1013904223;
			set_last_pid(base + (pid_t)(random >> 16) % POOL);
			lives[n] = 1 + (random >> 8) % 8;
			if (pthread_create(&threads[n], NULL, run_thread, &lives[n]) != 0)
				break;
		}
		while (n > 0)
			pthread_join(threads[--n], NULL);
	}
	return EXIT_SUCCESS;
}

/* With a PID of the pool that is free now, by whichever of the two ways. */
static pid_t fork_in_pool(unsigned int random)
{
	pid_t wanted = base + (pid_t)(random % POOL);
	struct clone_args arguments = {
		.exit_signal = SIGCHLD, .set_tid = (uint64_t)(uintptr_t)&wanted, .set_tid_size = 1};

	if (random & 1U << 30 && set_last_pid(wanted))
		return fork();
	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

static _Noreturn void churn(void)
{
	unsigned int random = 12345;
	int alive = 0;

	close(keep);
	for (int n = 0; n < N_STEADY; n++)
		if (fork() == 0)
			become((unsigned int)n + 1, "steady");
	while (!is_over(0)) {
		for (int tries = 0; alive < ALIVE && tries < 4 * POOL; tries++) {
			pid_t pid;

			random = random * 1664525 + 1013904223;
			pid = fork_in_pool(random >> 1);
			if (pid == 0)
				become(random >> 4, "short");
			if (pid > 0)
				alive++;
			else if (errno != EEXIST)
				break;
		}
		if (alive == 0)
			is_over(1);
		else if (waitpid(-1, NULL, 0) > 0)
			alive--;
		while (waitpid(-1, NULL, WNOHANG) > 0)
			alive--;
	}
	_exit(EXIT_SUCCESS);
}

static void start_churn(void)
{
	struct clone_args probe = {.exit_signal = SIGCHLD, .set_tid_size = 1};
	pid_t wanted;
	pid_t pid;

	if (access(LAST_PID, W_OK) < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno, "missing: " LAST_PID);
	/* Where nobody is near: beyond the PIDs that are in use now. */
	base = getpid() / 2 + 2000;
	wanted = base;
	probe.set_tid = (uint64_t)(uintptr_t)&wanted;
	while ((pid = (pid_t)syscall(SYS_clone3, &probe, sizeof(probe))) < 0 && errno == EEXIST)
		wanted = ++base;
	if (pid < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno, "missing: clone3(2) with set_tid");
	if (pid == 0)
		_exit(EXIT_SUCCESS);
	waitpid(pid, NULL, 0);
	if (fork() == 0) {
		nsl_nsinfo_die_with_parent();
		churn();
	}
	printf("{\"base\":%d,\"size\":%d}\n", base, POOL);
}

/* ------------------------------------------------------------------------------------------ main
 */

int main(int argc, char **argv)
{
	const char *how = getenv("RACER");
	int ends[2];

	if (how)
		_exit(live(how)); /* a sanitizer's search for leaks would be one more process */
	nsl_nsinfo_help(argc, argv, help);
	if (pipe(ends) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "cannot begin");
	nsl_nsinfo_die_with_parent();
	life = ends[0];
	keep = ends[1];
	fcntl(keep, F_SETFD, FD_CLOEXEC);
	if (argc == 3 && strcmp(argv[1], "fork") == 0) {
		signal(SIGCHLD, SIG_IGN);
		start_forking(argv[2]);
	} else if (argc == 2 && strcmp(argv[1], "move") == 0) {
		start_moving();
	} else if (argc >= 3 && strcmp(argv[1], "churn") == 0) {
		directory = argv[2];
		cgroups = argv + 3;
		n_cgroups = argc - 3;
		start_churn();
	} else {
		nsl_nsinfo_die(EXIT_FAILURE, 0, "see racer --help");
	}
	nsl_nsinfo_stay();
	close(keep);
	nsl_nsinfo_end_children();
	return EXIT_SUCCESS;
}
