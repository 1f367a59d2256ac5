/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flood KIND COUNT: very many of one kind of thing, and beside them a namespace that must not be
 * lost among them. Says on one line of JSON what it made, and keeps it until end of file on stdin.
 * Not for tests of single things: nsmake and nshold make those.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../support/nsinfo.h"

#define STACK	  16384 /* of a thread that does nothing */
#define NAME_SIZE 250
#define DEPTH	  15 /* directories of such names above each mount: 3.8 KB */
#define SPARE_FDS 64

static int count;

static const char help[] =
	"usage: flood KIND COUNT\n"
	"threads    of one process; the last is in a UTS namespace of its own\n"
	"fds        descriptors of namespaces, in as many processes as their limit takes; the "
	"last\n"
	"           one holds a UTS namespace that nobody is in\n"
	"mounts     of one namespace, under a path of 3.8 KB; a UTS namespace is mounted beside\n"
	"stack      of file systems on one directory, and below it as many mounts of one "
	"namespace,\n"
	"           each in a directory of its own; a UTS namespace is mounted there last\n"
	"uts, net, cgroup\n"
	"           namespaces that only descriptors hold\n"
	"users      user namespaces, each in the one before\n"
	"processes  in one UTS namespace\n"
	"names      in /run/netns, in a mount namespace of its own, of sixteen net namespaces\n";

static void check(bool good, const char *what)
{
	int error = errno;
	/* EAGAIN: a limit of tasks, such as a container's */
	bool missing = nsl_nsinfo_is_refusal(error) || error == EAGAIN;

	if (good)
		return;
	nsl_nsinfo_end_children(); /* also those that have not yet asked to end with it */
	nsl_nsinfo_die(missing ? NSL_NSINFO_SKIP : EXIT_FAILURE, error, "%s", what);
}

static void unshare_type(NslNsinfoType type)
{
	unsigned int mask = 1U << type;

	if (type != NSL_NSINFO_USER)
		mask |= nsl_nsinfo_needed_mask();
	nsl_nsinfo_enter(mask);
}

/* One more descriptor of one of the caller's namespaces, and its inode. */
static uint64_t hold(const char *link)
{
	check(nsl_nsinfo_open(link) >= 0, "a namespace of its own");
	return nsl_nsinfo_inode(link);
}

/* From then on; how many that are. */
static int allow_many_fds(void)
{
	struct rlimit limit;

	check(getrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
	limit.rlim_cur = limit.rlim_max;
	check(setrlimit(RLIMIT_NOFILE, &limit) == 0, "RLIMIT_NOFILE");
	return (int)limit.rlim_cur - SPARE_FDS;
}

static pthread_barrier_t all_there;
static uint64_t thread_uts;

static void *be_thread(void *last)
{
	if (last) {
		check(unshare(CLONE_NEWUTS) == 0, "a UTS namespace for a thread");
		thread_uts = nsl_nsinfo_inode("uts");
		pthread_barrier_wait(&all_there);
	}
	for (;;)
		pause();
	return NULL;
}

static void make_threads(void)
{
	pthread_attr_t small;
	pthread_t thread;

	unshare_type(NSL_NSINFO_UTS);
	pthread_attr_init(&small);
	check(pthread_attr_setstacksize(&small, STACK) == 0, "a small stack");
	pthread_barrier_init(&all_there, NULL, 2);
	for (int i = 1; i <= count; i++) {
		errno = pthread_create(&thread, &small, be_thread, i == count ? &count : NULL);
		check(errno == 0, "a thread");
	}
	pthread_barrier_wait(&all_there);
	printf("{\"pid\":%d,\"uts\":%" PRIu64 "}\n", getpid(), thread_uts);
}

/* In a child: `n` descriptors of its net namespace, and with `last` one of a UTS namespace. */
static void hold_fds(int n, bool last, int ready)
{
	uint64_t uts = 0;

	for (int i = 0; i < n; i++)
		hold("net");
	if (last) {
		unshare_type(NSL_NSINFO_UTS);
		uts = hold("uts");
		unshare_type(NSL_NSINFO_UTS);
	}
	check(write(ready, &uts, sizeof(uts)) == sizeof(uts), "a pipe");
	for (;;)
		pause();
}

static void make_fds(void)
{
	uint64_t uts = 0;
	uint64_t net;
	int pipes[2];
	int each = allow_many_fds();
	int processes = 0;

	unshare_type(NSL_NSINFO_NET);
	net = nsl_nsinfo_inode("net");
	check(pipe(pipes) == 0, "a pipe");
	for (int left = count; left > 0; left -= each, processes++) {
		pid_t pid = fork();

		check(pid >= 0, "a process");
		if (pid == 0) {
			nsl_nsinfo_die_with_parent();
			hold_fds(left < each ? left : each, left <= each, pipes[1]);
		}
	}
	for (int i = 0; i < processes; i++) {
		uint64_t one;

		check(read(pipes[0], &one, sizeof(one)) == sizeof(one), "a pipe");
		uts |= one;
	}
	printf("{\"pid\":%d,\"net\":%" PRIu64 ",\"uts\":%" PRIu64 "}\n", getpid(), net, uts);
}

/* Mounts the own namespace of that type at a file, which it makes. Returns its inode. */
static uint64_t mount_ns(const char *type, const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	char ns[32];

	check(fd >= 0, "a file");
	close(fd);
	snprintf(ns, sizeof(ns), "/proc/self/ns/%s", type);
	check(mount(ns, path, NULL, MS_BIND, NULL) == 0, "a mount");
	return nsl_nsinfo_inode(type);
}

static void make_mounts(void)
{
	uint64_t uts;

	unshare_type(NSL_NSINFO_MNT);
	unshare_type(NSL_NSINFO_UTS);
	check(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	check(mount("flood", "/mnt", "tmpfs", 0, NULL) == 0, "a tmpfs");
	check(chdir("/mnt") == 0, "/mnt");
	for (int i = 0; i < DEPTH; i++) {
		char name[NAME_SIZE + 1];

		memset(name, 'a' + i, NAME_SIZE);
		name[NAME_SIZE] = '\0';
		check(mkdir(name, 0755) == 0 && chdir(name) == 0, "a directory");
	}
	for (int i = 0; i < count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "%d", i);
		mount_ns("net", name);
	}
	/* The last that is mounted, and nothing else holds it. */
	uts = mount_ns("uts", "/mnt/uts");
	unshare_type(NSL_NSINFO_UTS);
	printf("{\"pid\":%d,\"uts\":%" PRIu64 ",\"net\":%" PRIu64 ",\"mnt\":%" PRIu64 "}\n",
	       getpid(), uts, nsl_nsinfo_inode("net"), nsl_nsinfo_inode("mnt"));
}

static void make_stack(void)
{
	uint64_t uts;

	unshare_type(NSL_NSINFO_MNT);
	unshare_type(NSL_NSINFO_UTS);
	check(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	for (int i = 0; i < count; i++)
		check(mount("flood", "/mnt", "tmpfs", 0, NULL) == 0, "a tmpfs");
	check(chdir("/mnt") == 0, "/mnt");
	for (int i = 0; i < count; i++) {
		char name[32];

		snprintf(name, sizeof(name), "%d", i);
		check(mkdir(name, 0755) == 0, "a directory");
		snprintf(name, sizeof(name), "%d/net", i);
		mount_ns("net", name);
	}
	uts = mount_ns("uts", "uts");
	unshare_type(NSL_NSINFO_UTS);
	printf("{\"pid\":%d,\"uts\":%" PRIu64 ",\"mnt\":%" PRIu64 "}\n", getpid(), uts,
	       nsl_nsinfo_inode("mnt"));
}

static void make_held(NslNsinfoType type)
{
	printf("{\"pid\":%d,\"held\":[", getpid());
	for (int i = 0; i < count; i++) {
		unshare_type(type);
		printf("%s%" PRIu64, i > 0 ? "," : "", hold(nsl_nsinfo_name(type)));
	}
	unshare_type(type);
	printf("]}\n");
}

static void make_users(void)
{
	printf("{\"pid\":%d,\"users\":[", getpid());
	for (int i = 0; i < count; i++) {
		unshare_type(NSL_NSINFO_USER);
		printf("%s%" PRIu64, i > 0 ? "," : "", nsl_nsinfo_inode("user"));
	}
	printf("]}\n");
}

static void make_processes(void)
{
	unshare_type(NSL_NSINFO_UTS);
	for (int i = 0; i < count; i++) {
		pid_t pid = fork();

		check(pid >= 0, "a process");
		if (pid == 0) {
			nsl_nsinfo_die_with_parent();
			for (;;)
				pause();
		}
	}
	printf("{\"pid\":%d,\"uts\":%" PRIu64 "}\n", getpid(), nsl_nsinfo_inode("uts"));
}

static void make_names(void)
{
	uint64_t inodes[16];

	unshare_type(NSL_NSINFO_MNT);
	check(mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0, "private mounts");
	if (mkdir("/run/netns", 0755) < 0 && errno != EEXIST)
		check(false, "/run/netns");
	check(mount("flood", "/run/netns", "tmpfs", 0, NULL) == 0, "a tmpfs");
	for (int i = 0; i < count; i++) {
		char path[64];

		if (i < 16) {
			unshare_type(NSL_NSINFO_NET);
			inodes[i] = nsl_nsinfo_inode("net");
		}
		snprintf(path, sizeof(path), "/run/netns/flood%d", i);
		mount_ns("net", path);
	}
	printf("{\"pid\":%d,\"nets\":[", getpid());
	for (int i = 0; i < 16 && i < count; i++)
		printf("%s%" PRIu64, i > 0 ? "," : "", inodes[i]);
	printf("]}\n");
}

int main(int argc, char **argv)
{
	const char *kind = argc == 3 ? argv[1] : "";

	if (argc != 3) {
		fputs(help, argc == 2 ? stdout : stderr);
		return argc == 2 ? EXIT_SUCCESS : EXIT_FAILURE;
	}
	count = atoi(argv[2]);
	nsl_nsinfo_die_with_parent();
	allow_many_fds();
	if (strcmp(kind, "threads") == 0)
		make_threads();
	else if (strcmp(kind, "fds") == 0)
		make_fds();
	else if (strcmp(kind, "mounts") == 0)
		make_mounts();
	else if (strcmp(kind, "stack") == 0)
		make_stack();
	else if (strcmp(kind, "users") == 0)
		make_users();
	else if (strcmp(kind, "processes") == 0)
		make_processes();
	else if (strcmp(kind, "names") == 0)
		make_names();
	else if (nsl_nsinfo_find(kind) >= 0)
		make_held((NslNsinfoType)nsl_nsinfo_find(kind));
	else
		nsl_nsinfo_die(EXIT_FAILURE, 0, "no such kind: %s", kind);
	nsl_nsinfo_stay();
	return EXIT_SUCCESS;
}
