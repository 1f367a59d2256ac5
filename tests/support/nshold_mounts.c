/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The cases of nshold in which a bind mount is what holds a namespace, in the caller's mount
 * namespace, another process's, or one that nobody is in.
 */

#define _GNU_SOURCE

#include "nshold.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MANY_MOUNTS 1000

NSL_HOLD_FUNC(mount_here)
{
	const int *fd = data;

	nsl_hold_fill_dir(hold);
	nsl_hold_mount_at(hold, "ns", *fd);
}

void nsl_hold_mount(NslHold *hold)
{
	int fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1);

	nsl_hold_do(hold, mount_here, &fd, NULL);
	nsl_hold_by_mount(hold, nsl_hold_add(hold, NSL_NSINFO_NET, fd), "ns", -1);
}

/* Reports a descriptor of the new mount namespace. */
NSL_HOLD_FUNC(mount_apart)
{
	const int *fd = data;

	nsl_hold_enter_mnt(hold);
	nsl_hold_mount_at(hold, "ns", *fd);
	close(*fd);
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
}

NSL_HOLD_FUNC(mount_and_hide)
{
	char path[PATH_MAX];

	mount_apart(hold, data, report);
	nsl_hold_path(hold, "root", path);
	if (mkdir(path, 0700) < 0 || chroot(path) < 0 || chdir("/") < 0)
		nsl_hold_fail("the right to chroot");
}

static void with_member(NslHold *hold, NslHoldFunc *fn)
{
	int fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	int mnt = nsl_hold_add_mnt(hold, fn, &fd);

	nsl_hold_by_mount(hold, nsl_hold_add(hold, NSL_NSINFO_NET, fd), "ns", mnt);
}

void nsl_hold_mount_private(NslHold *hold)
{
	with_member(hold, mount_apart);
}

void nsl_hold_chrooted(NslHold *hold)
{
	with_member(hold, mount_and_hide);
}

void nsl_hold_mount_fd(NslHold *hold)
{
	int fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	NslHoldReport report;
	int mnt;

	nsl_hold_do(hold, mount_apart, &fd, &report);
	mnt = nsl_hold_add(hold, NSL_NSINFO_MNT, dup(report.fd[0]));
	nsl_hold_by_mount(hold, nsl_hold_add(hold, NSL_NSINFO_NET, fd), "ns", mnt);
	nsl_hold_by_keeper(hold, mnt, report.fd[0]);
}

/* ----------------------------------------------------------------------------------------- tree */

#ifndef SYS_open_tree
#define SYS_open_tree 428 /* Linux 5.2 */
#endif
#define TREE_CLONE     1
#define TREE_RECURSIVE 0x8000

/* A copy of a directory and what is mounted in it, that is nowhere but in a descriptor. */
NSL_HOLD_FUNC(clone_tree)
{
	const int *fd = data;

	nsl_hold_enter_mnt(hold);
	nsl_hold_mount_at(hold, "ns", *fd);
	report->fd[0] = (int)syscall(SYS_open_tree, AT_FDCWD, hold->dir,
				     TREE_CLONE | TREE_RECURSIVE | O_CLOEXEC);
	report->n_fds = 1;
	if (report->fd[0] < 0)
		nsl_hold_fail("open_tree(2)");
}

void nsl_hold_open_tree(NslHold *hold)
{
	NslHoldReport report;
	int fd;

	nsl_hold_make_named(hold, &fd);
	nsl_hold_do(hold, clone_tree, &fd, &report);
	close(fd);
	nsl_hold_keep(hold, report.fd[0]);
}

/* ---------------------------------------------------------------------------------------- chain */

NSL_HOLD_FUNC(make_mnt)
{
	nsl_hold_enter_mnt(hold);
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
}

typedef struct Chain {
	int outer;
	int inner;
} Chain;

NSL_HOLD_FUNC(mount_in)
{
	const Chain *chain = data;

	if (setns(chain->outer, CLONE_NEWNS) < 0)
		nsl_hold_fail("the right to enter a mount namespace");
	nsl_hold_mount_at(hold, "mnt", chain->inner);
}

/* Else of two namespaces the later one may have the lower id: each CPU has ids of its own. */
static void stay_on_one_cpu(void)
{
	cpu_set_t set;
	int cpu = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(cpu < 0 ? 0 : (unsigned int)cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

void nsl_hold_chain_mounts(NslHold *hold)
{
	Chain chain;
	NslHoldReport report;
	int outer;
	int inner;
	int fd;

	/* A mount namespace can only be mounted in one with a lower id. */
	stay_on_one_cpu();
	nsl_hold_do(hold, make_mnt, NULL, &report);
	chain.outer = report.fd[0];
	fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	nsl_hold_do(hold, mount_apart, &fd, &report);
	chain.inner = report.fd[0];
	nsl_hold_do(hold, mount_in, &chain, NULL);

	outer = nsl_hold_add(hold, NSL_NSINFO_MNT, dup(chain.outer));
	inner = nsl_hold_add(hold, NSL_NSINFO_MNT, chain.inner);
	nsl_hold_by_mount(hold, nsl_hold_add(hold, NSL_NSINFO_NET, fd), "ns", inner);
	nsl_hold_by_mount(hold, inner, "mnt", outer);
	nsl_hold_by_keeper(hold, outer, chain.outer);
}

/* ----------------------------------------------------------------------------------------- many */

/* The name of the Nth mount. */
typedef char Name[16];

static const char *number(Name name, int n)
{
	snprintf(name, sizeof(Name), "%d", n);
	return name;
}

typedef struct Many {
	int count;
	uint64_t *inodes; /* shared by all processes */
} Many;

NSL_HOLD_FUNC(mount_many)
{
	const Many *many = data;
	int home = nsl_hold_open("uts");

	nsl_hold_enter_mnt(hold);
	for (int i = 0; i < many->count; i++) {
		int fd;

		nsl_hold_unshare(NSL_NSINFO_UTS);
		many->inodes[i] = nsl_nsinfo_inode("uts");
		fd = nsl_hold_open("uts");
		nsl_hold_mount_at(hold, number((Name){0}, i), fd);
		close(fd);
	}
	if (setns(home, CLONE_NEWUTS) < 0)
		nsl_hold_fail("the right to return from a uts namespace");
	close(home);
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
}

void nsl_hold_many_mounts(NslHold *hold)
{
	Many many = {.count = nsl_hold_number(hold, MANY_MOUNTS, 100000)};
	size_t size = (size_t)many.count * sizeof(*many.inodes);
	int mnt;

	many.inodes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (many.inodes == MAP_FAILED)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	mnt = nsl_hold_add_mnt(hold, mount_many, &many);
	hold->held = realloc(hold->held, sizeof(*hold->held) * (size_t)(many.count + 1));
	for (int i = 0; i < many.count && hold->held != NULL; i++) {
		hold->held[hold->n_held++] =
			(NslHeld){.type = NSL_NSINFO_UTS, .inode = many.inodes[i], .owner_uid = -1};
		nsl_hold_by_mount(hold, hold->n_held - 1, number((Name){0}, i), mnt);
	}
}

typedef struct Often {
	int fd;
	int count;
} Often;

NSL_HOLD_FUNC(mount_often)
{
	const Often *often = data;

	nsl_hold_enter_mnt(hold);
	for (int i = 0; i < often->count; i++)
		nsl_hold_mount_at(hold, number((Name){0}, i), often->fd);
	close(often->fd);
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
}

void nsl_hold_mount_often(NslHold *hold)
{
	Often often = {.fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1),
		       .count = nsl_hold_number(hold, MANY_MOUNTS, 99000)};
	int mnt = nsl_hold_add_mnt(hold, mount_often, &often);
	int held = nsl_hold_add(hold, NSL_NSINFO_NET, often.fd);

	for (int i = 0; i < often.count; i++)
		nsl_hold_by_mount(hold, held, number((Name){0}, i), mnt);
}

/* ------------------------------------------------------------------------------------ long path */

#define LONG_NAME  250
#define LONG_DEPTH 40

/* Much longer than what a system call takes: every part of it is mounted at from where it is. */
NSL_HOLD_FUNC(mount_deep)
{
	const int *fd = data;
	char name[LONG_NAME + 1];
	char source[64];
	int file;

	nsl_hold_enter_mnt(hold);
	memset(name, 'x', LONG_NAME);
	name[LONG_NAME] = '\0';
	if (chdir(hold->dir) < 0)
		nsl_hold_fail("a directory");
	for (int i = 0; i < LONG_DEPTH; i++)
		if (mkdir(name, 0700) < 0 || chdir(name) < 0)
			nsl_hold_fail("a deep directory");
	file = open("ns", O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	snprintf(source, sizeof(source), "/proc/thread-self/fd/%d", *fd);
	if (file < 0 || mount(source, "ns", NULL, MS_BIND, NULL) < 0 || chdir("/") < 0)
		nsl_hold_fail("a mount in a deep directory");
	close(file);
	close(*fd);
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
}

void nsl_hold_long_path(NslHold *hold)
{
	int fd = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	char name[(size_t)LONG_DEPTH * (LONG_NAME + 1) + sizeof("ns")];
	int mnt = nsl_hold_add_mnt(hold, mount_deep, &fd);
	int held = nsl_hold_add(hold, NSL_NSINFO_NET, fd);

	hold->held[held].covered = true;
	memset(name, 'x', sizeof(name));
	for (int i = 1; i <= LONG_DEPTH; i++)
		name[i * (LONG_NAME + 1) - 1] = '/';
	memcpy(name + sizeof(name) - sizeof("ns"), "ns", sizeof("ns"));
	nsl_hold_by_mount(hold, held, name, mnt);
}

/* ------------------------------------------------------------------------------------ odd paths */

static const struct {
	const char *made;    /* where it is mounted */
	const char *seen;    /* what the kernel then calls that place; NULL: the same */
	const char *covered; /* a directory that is overmounted then, or NULL */
	const char *renamed; /* what becomes of the directory "from", or NULL */
} odd[] = {
	{.made = "with some  spaces "},
	{.made = "with\na newline\tand a tab"},
	{.made = "back\\slash\\040"},
	{.made = "ends in (deleted)"},
	{.made = "dir//deleted", .seen = "dir/deleted"},
	{.made = "h\303\244sh#mark\"quote"},
	{.made = "link/ns", .seen = "target/ns"},
	{.made = "over/ns", .covered = "over"},
	{.made = "from/ns", .seen = "to/ns", .renamed = "to"},
};

#define N_ODD ((int)(sizeof(odd) / sizeof(odd[0])))

static void make_odd_dirs(const NslHold *hold)
{
	static const char *const dirs[] = {"dir", "target", "over", "from"};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		nsl_hold_path(hold, dirs[i], path);
		if (mkdir(path, 0700) < 0)
			nsl_hold_fail("a directory");
	}
	nsl_hold_path(hold, "link", path);
	if (symlink("target", path) < 0)
		nsl_hold_fail("a symbolic link");
}

/* What is done to a path after it has been mounted at. */
static void disguise(const NslHold *hold, int index)
{
	char path[PATH_MAX];
	char other[PATH_MAX];

	if (odd[index].covered != NULL) {
		nsl_hold_path(hold, odd[index].covered, path);
		if (mount("nshold", path, "tmpfs", 0, NULL) < 0)
			nsl_hold_fail("the right to mount a tmpfs");
	}
	if (odd[index].renamed != NULL) {
		nsl_hold_path(hold, "from", path);
		nsl_hold_path(hold, odd[index].renamed, other);
		/* Who follows the old name comes out elsewhere. */
		if (rename(path, other) < 0 || symlink("/proc/self", path) < 0)
			nsl_hold_fail("renaming a directory");
	}
}

NSL_HOLD_FUNC(mount_odd)
{
	const int *fds = data;

	nsl_hold_enter_mnt(hold);
	make_odd_dirs(hold);
	for (int i = 0; i < N_ODD; i++) {
		nsl_hold_mount_at(hold, odd[i].made, fds[i]);
		disguise(hold, i);
		close(fds[i]);
	}
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
}

void nsl_hold_odd_path(NslHold *hold)
{
	int fds[N_ODD];
	int mnt;

	for (int i = 0; i < N_ODD; i++)
		fds[i] = nsl_hold_make(hold, NSL_NSINFO_UTS, -1);
	mnt = nsl_hold_add_mnt(hold, mount_odd, fds);
	for (int i = 0; i < N_ODD; i++) {
		int held = nsl_hold_add(hold, NSL_NSINFO_UTS, fds[i]);

		hold->held[held].covered = odd[i].covered != NULL;
		nsl_hold_by_mount(hold, held, odd[i].seen ? odd[i].seen : odd[i].made, mnt);
	}
}
