/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * floor [-j WORKERS] [--cmdline] [--via WAY] [--opath]: the bare system calls of a scan, and
 * nothing else: lists /proc and reads the ten namespace links of each process, in WORKERS forked
 * processes that claim PIDs in blocks from a shared counter. Prints how many links were read. What
 * nslist takes beyond this is its own doing. Not a scanner: no link's text is looked at, and a
 * process that goes away or may not be read only lowers the count.
 *
 * --via: ns (default, the fastest) opens /proc/PID/ns and reads "net" relative to it; pid opens
 * /proc/PID and reads "ns/net"; pidns opens /proc/PID, then "ns" relative to that, and reads "net";
 * path opens nothing and reads "/proc/PID/ns/net". --opath opens directories with O_PATH.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK	    32
#define MAX_PIDS    4194304
#define MAX_WORKERS 64

typedef enum { VIA_NS, VIA_PID, VIA_PIDNS, VIA_PATH, VIA_COUNT } Via;

static const char *const via_names[VIA_COUNT] = {"ns", "pid", "pidns", "path"};

static const char *const links[] = {
	"ns/cgroup", "ns/ipc",
	"ns/mnt",    "ns/net",
	"ns/pid",    "ns/pid_for_children",
	"ns/time",   "ns/time_for_children",
	"ns/user",   "ns/uts",
};

typedef struct {
	Via via;
	int dir_flags;
	bool cmdline;
	long workers;
} Options;

/* Shared by all workers; only these two counters are ever written after the fork. */
typedef struct {
	atomic_size_t next;
	atomic_ulong links_read;
	size_t count;
	int pids[];
} Shared;

static unsigned long read_links(int dir, const char *prefix, size_t skip)
{
	unsigned long count = 0;
	char path[64];
	char target[64];

	for (size_t i = 0; i < sizeof links / sizeof links[0]; i++) {
		const char *name = links[i] + skip;

		if (prefix != NULL) {
			snprintf(path, sizeof path, "%s%s", prefix, name);
			name = path;
		}
		if (readlinkat(dir, name, target, sizeof target) > 0)
			count++;
	}
	return count;
}

static void read_cmdline(int dir, const char *name)
{
	char buffer[4096];
	const int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (read(fd, buffer, sizeof buffer) == (ssize_t)sizeof buffer)
		continue;
	close(fd);
}

static unsigned long scan(const Options *options, int proc, int pid)
{
	char path[64];
	unsigned long count = 0;
	int dir = -1;

	if (options->via == VIA_PATH) {
		snprintf(path, sizeof path, "/proc/%d/", pid);
		count = read_links(AT_FDCWD, path, 0);
		if (options->cmdline) {
			snprintf(path, sizeof path, "/proc/%d/cmdline", pid);
			read_cmdline(AT_FDCWD, path);
		}
		return count;
	}

	snprintf(path, sizeof path, options->via == VIA_NS ? "%d/ns" : "%d", pid);
	dir = openat(proc, path, options->dir_flags);
	if (dir < 0)
		return 0;
	if (options->via == VIA_PIDNS) {
		const int ns = openat(dir, "ns", options->dir_flags);

		if (ns >= 0) {
			count = read_links(ns, NULL, strlen("ns/"));
			close(ns);
		}
	} else {
		count = read_links(dir, NULL, options->via == VIA_NS ? strlen("ns/") : 0);
	}
	if (options->cmdline)
		read_cmdline(dir, options->via == VIA_NS ? "../cmdline" : "cmdline");
	close(dir);
	return count;
}

static void work(const Options *options, int proc, Shared *shared)
{
	unsigned long count = 0;
	size_t first;

	while ((first = atomic_fetch_add(&shared->next, BLOCK)) < shared->count)
		for (size_t i = first; i < first + BLOCK && i < shared->count; i++)
			count += scan(options, proc, shared->pids[i]);
	atomic_fetch_add(&shared->links_read, count);
}

static bool list(int proc, Shared *shared)
{
	const int fd = openat(proc, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (dir == NULL)
		return false;
	while ((entry = readdir(dir)) != NULL && shared->count < MAX_PIDS)
		if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9')
			shared->pids[shared->count++] = atoi(entry->d_name);
	closedir(dir);
	return true;
}

static bool parse(int argc, char **argv, Options *ret)
{
	static const struct option names[] = {
		{"cmdline", no_argument, NULL, 'c'},
		{"via", required_argument, NULL, 'v'},
		{"opath", no_argument, NULL, 'p'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "j:", names, NULL)) >= 0) {
		if (option == 'c') {
			ret->cmdline = true;
		} else if (option == 'p') {
			ret->dir_flags |= O_PATH;
		} else if (option == 'j') {
			ret->workers = atol(optarg);
		} else if (option == 'v') {
			for (ret->via = 0; ret->via < VIA_COUNT; ret->via++)
				if (strcmp(optarg, via_names[ret->via]) == 0)
					break;
		} else {
			return false;
		}
	}
	return optind == argc && ret->workers >= 1 && ret->workers <= MAX_WORKERS &&
	       ret->via < VIA_COUNT;
}

int main(int argc, char **argv)
{
	Options options = {.dir_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .workers = 1};

	if (!parse(argc, argv, &options)) {
		fprintf(stderr,
			"usage: floor [-j 1..%d] [--cmdline] [--via ns|pid|pidns|path] "
			"[--opath]\n",
			MAX_WORKERS);
		return 2;
	}
	/* Address space for every PID there can be; only the pages that are written cost anything.
	 */
	Shared *shared =
		mmap(NULL, sizeof *shared + MAX_PIDS * sizeof shared->pids[0],
		     PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	const int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (shared == MAP_FAILED || proc < 0 || !list(proc, shared)) {
		fprintf(stderr, "floor: %s\n", strerror(errno));
		return 1;
	}
	/* The parent is a worker too: it would only wait. */
	for (long i = 1; i < options.workers; i++) {
		const pid_t pid = fork();

		if (pid == 0) {
			work(&options, proc, shared);
			_exit(0);
		}
		if (pid < 0) {
			fprintf(stderr, "floor: fork: %s\n", strerror(errno));
			break;
		}
	}
	work(&options, proc, shared);
	while (wait(NULL) >= 0 || errno == EINTR)
		continue;
	printf("%lu\n", atomic_load(&shared->links_read));
	return 0;
}
