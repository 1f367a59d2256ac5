/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * Makes a namespace, and does what its user can to keep others from seeing that: a net namespace
 * that only one descriptor holds, for the tests of what hides from a listing of open files; or one
 * with a process that has no name, or no first thread. What other descriptors hold is in
 * ../support/nshold_fds.c.
 */

#define _GNU_SOURCE

#include "../support/nsinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define DEEP	   20 /* directories, of names as long as may be: no path is as long as that */
#define NAME_SIZE  250
#define LOCKS	   200
#define SWAPPED_FD 100

static const char help[] =
	"Usage: hide tun NODE PATH|--deep [--locks]\n"
	"       hide fds COUNT\n"
	"       hide swap\n"
	"       hide name\n"
	"       hide first\n"
	"Prints {\"pid\":PID,\"net\":INODE,\"fd\":NUMBER,…} and keeps that until its stdin ends.\n"
	"\n"
	"  tun   the tun device NODE, bound over PATH (--deep: over a file whose path is\n"
	"        longer than any path may be) in a mount namespace of its own, opened and\n"
	"        left behind in a net namespace; --locks: with more file locks on it than\n"
	"        fdinfo's reader may have room for\n"
	"  fds   a namespace's file behind COUNT others of another net namespace (\"other\")\n"
	"  swap  a socket of the net namespace, and beside it a descriptor (\"swapped\") that is\n"
	"        now that socket, now one of the process's own namespace, now a terminal,\n"
	"        as fast as can be; \"child\" is a process with just the second of them\n"
	"  name  a process in an uts namespace that has neither a name nor arguments; \"uts\"\n"
	"        is printed in place of \"net\" and \"fd\"\n"
	"  first a process in a user and an uts namespace whose first thread has ended; likewise\n"
	"\n"
	"Exit status: 0 done, 1 error, 77 this system does not allow it.\n";

_Noreturn static void fail(const char *what)
{
	nsl_nsinfo_die(nsl_nsinfo_is_refusal(errno) ? NSL_NSINFO_SKIP : EXIT_FAILURE, errno, "%s",
		       what);
}

static void unshare_types(unsigned int mask)
{
	nsl_nsinfo_enter(mask | nsl_nsinfo_needed_mask());
}

/* Makes a file that is too deep for the kernel to say where it is, and stays beside it. */
static const char *go_deep(void)
{
	char name[NAME_SIZE + 1];
	int file;

	memset(name, 'd', NAME_SIZE);
	name[NAME_SIZE] = '\0';
	if (mount("tmpfs", "/tmp", "tmpfs", 0, NULL) < 0 || chdir("/tmp") < 0)
		fail("a tmpfs");
	for (int i = 0; i < DEEP; i++)
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			fail("a deep directory");
	file = open("file", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (file < 0)
		fail("a file");
	close(file);
	return "file";
}

static void take_locks(int fd)
{
	for (int i = 0; i < LOCKS; i++) {
		struct flock lock = {.l_type = F_WRLCK, .l_start = 2L * i, .l_len = 1};

		if (fcntl(fd, F_SETLK, &lock) < 0)
			fail("a file lock");
	}
}

static void hide_tun(char **argv)
{
	const char *node = argv[0];
	const char *path = argv[1];
	uint64_t net;
	int fd;

	unshare_types(1U << NSL_NSINFO_MNT | 1U << NSL_NSINFO_NET);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("private mounts");
	fd = open(node, O_PATH | O_CLOEXEC); /* a tmpfs may cover it */
	if (fd < 0)
		fail(node);
	if (strcmp(path, "--deep") == 0)
		path = go_deep();
	{
		char source[64];

		snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
		if (mount(source, path, NULL, MS_BIND, NULL) < 0)
			fail("a tun device elsewhere");
		close(fd);
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fail("opening a tun device");
	if (argv[2] && strcmp(argv[2], "--locks") == 0)
		take_locks(fd);
	net = nsl_nsinfo_inode("net");
	if (unshare(CLONE_NEWNET) < 0)
		fail("a second net namespace");
	printf("{\"pid\":%d,\"net\":%" PRIu64 ",\"fd\":%d}\n", getpid(), net, fd);
	nsl_nsinfo_stay();
}

static void hide_fds(int count)
{
	struct rlimit limit = {(rlim_t)count + 64, (rlim_t)count + 64};
	struct rlimit now;
	uint64_t other;
	uint64_t net;
	int first;
	int fd;

	if (getrlimit(RLIMIT_NOFILE, &now) < 0 ||
	    (now.rlim_cur < limit.rlim_cur && setrlimit(RLIMIT_NOFILE, &limit) < 0))
		fail("the right to have that many open files");
	unshare_types(1U << NSL_NSINFO_NET);
	other = nsl_nsinfo_inode("net");
	first = nsl_nsinfo_open("net");
	for (int i = 1; i < count; i++)
		if (dup(first) < 0)
			fail("many open files");
	if (unshare(CLONE_NEWNET) < 0)
		fail("a second net namespace");
	net = nsl_nsinfo_inode("net");
	fd = nsl_nsinfo_open("net");
	if (fd < 0 || setns(first, CLONE_NEWNET) < 0)
		fail("a net namespace's file");
	printf("{\"pid\":%d,\"net\":%" PRIu64 ",\"fd\":%d,\"other\":%" PRIu64 ",\"count\":%d}\n",
	       getpid(), net, fd, other, count);
	nsl_nsinfo_stay();
}

/* A socket behind the descriptor that is swapped: it is seen there first. */
static int open_socket(void)
{
	int first = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int fd = first < 0 ? first : fcntl(first, F_DUPFD_CLOEXEC, SWAPPED_FD + 1);

	if (fd < 0)
		fail("a socket");
	close(first);
	return fd;
}

static void swap(int own, int other, int terminal)
{
	struct pollfd end = {.fd = STDIN_FILENO, .events = POLLIN};

	/* In turns of which each is over before a reader can have looked twice. */
	while (poll(&end, 1, 0) == 0)
		for (int i = 0; i < 1000; i++)
			if (dup2(own, SWAPPED_FD) < 0 || dup2(terminal, SWAPPED_FD) < 0 ||
			    dup2(other, SWAPPED_FD) < 0)
				_exit(1);
}

static void hide_swapped(void)
{
	uint64_t net;
	int home;
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int own;
	int other;
	int life[2];
	pid_t innocent;

	if (terminal < 0)
		fail("a terminal");
	unshare_types(1U << NSL_NSINFO_NET);
	home = nsl_nsinfo_open("net");
	own = open_socket();
	if (home < 0 || pipe2(life, O_CLOEXEC) < 0)
		fail("a socket");
	innocent = fork();
	if (innocent < 0)
		fail("a process");
	if (innocent == 0) {
		close(life[1]);
		close(home);
		close(terminal);
		nsl_nsinfo_wait_eof(life[0]);
		_exit(0);
	}
	close(life[0]);
	if (unshare(CLONE_NEWNET) < 0)
		fail("a second net namespace");
	net = nsl_nsinfo_inode("net");
	other = open_socket();
	if (setns(home, CLONE_NEWNET) < 0)
		fail("a socket");
	close(home);
	if (dup2(own, SWAPPED_FD) < 0)
		fail("a descriptor");
	printf("{\"pid\":%d,\"net\":%" PRIu64 ",\"fd\":%d,\"swapped\":%d,\"child\":%d}\n", getpid(),
	       net, other, SWAPPED_FD, innocent);
	fflush(stdout);
	swap(own, other, terminal);
	close(life[1]);
	waitpid(innocent, NULL, 0);
}

/* Where its arguments are, which its stack is right below. */
static char *arguments;

/* On another stack. */
_Noreturn static void live_without_name(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char byte;

	if (munmap(arguments - (uintptr_t)arguments % page, 2 * page) < 0 ||
	    prctl(PR_SET_NAME, "") < 0)
		fail("no name");
	if (write(STDOUT_FILENO, "\n", 1) == 1)
		while (read(STDIN_FILENO, &byte, 1) > 0)
			;
	_exit(EXIT_SUCCESS);
}

static void print_uts(const char *end)
{
	printf("{\"pid\":%d,\"uts\":%" PRIu64 "}%s", getpid(), nsl_nsinfo_inode("uts"), end);
	fflush(stdout);
}

static void hide_name(char *name)
{
	static char stack[65536];
	static ucontext_t before;
	static ucontext_t without;

	unshare_types(1U << NSL_NSINFO_UTS);
	print_uts("");
	arguments = name;
	getcontext(&without);
	without.uc_stack.ss_sp = stack;
	without.uc_stack.ss_size = sizeof(stack);
	makecontext(&without, live_without_name, 0);
	swapcontext(&before, &without);
}

static void *live_on(void *data)
{
	char state = '\0';

	(void)data;
	while (state != 'Z') { /* until the first thread has ended */
		FILE *file = fopen("/proc/self/stat", "r");

		if (!file || fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			fail("the first thread's state");
		fclose(file);
	}
	print_uts("\n");
	while (read(STDIN_FILENO, &state, 1) > 0)
		;
	_exit(EXIT_SUCCESS);
}

static void hide_first(void)
{
	pthread_t id;

	unshare_types(1U << NSL_NSINFO_USER | 1U << NSL_NSINFO_UTS);
	errno = pthread_create(&id, NULL, live_on, NULL);
	if (errno != 0)
		fail("a thread");
	pthread_exit(NULL);
}

int main(int argc, char **argv)
{
	nsl_nsinfo_die_with_parent();
	nsl_nsinfo_help(argc, argv, help);
	if (argc >= 4 && strcmp(argv[1], "tun") == 0)
		hide_tun(argv + 2);
	else if (argc == 3 && strcmp(argv[1], "fds") == 0)
		hide_fds(atoi(argv[2]));
	else if (argc == 2 && strcmp(argv[1], "swap") == 0)
		hide_swapped();
	else if (argc == 2 && strcmp(argv[1], "name") == 0)
		hide_name(argv[0]);
	else if (argc == 2 && strcmp(argv[1], "first") == 0)
		hide_first();
	else
		nsl_nsinfo_die(EXIT_FAILURE, 0, "see hide --help");
	return EXIT_SUCCESS;
}
