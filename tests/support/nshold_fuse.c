/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * The case of nshold with a file system whose server has stopped to answer, as of a dead NFS
 * server: namespaces are mounted beside it and in it, and a process has one of its files open. Who
 * touches any of that sleeps until the server ends. It is its own FUSE server, of one file.
 */

#define _GNU_SOURCE

#include "nsfuse.h"
#include "nshold.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME "file"
#define FILE_NODE 0xF0000010U /* its inode number could be a namespace's */

typedef struct Fuse {
	int device;
	atomic_bool *dead; /* shared by all processes */
	int beside;	   /* descriptors of what is to be mounted */
	int inside;
} Fuse;

static void *run_server(void *data)
{
	const Fuse *fuse = data;
	/* Good for no time at all: it has to be asked for again. */
	const NslFuse server = {
		.device = fuse->device, .file = FILE_NAME, .node = FILE_NODE, .dead = fuse->dead};

	while (nsl_fuse_serve(&server) == 0 || errno != ENODEV)
		;
	return NULL;
}

NSL_HOLD_FUNC(start_server)
{
	Fuse *fuse = data;
	pthread_t thread;

	close(fuse->beside);
	close(fuse->inside);
	errno = pthread_create(&thread, NULL, run_server, fuse);
	if (errno != 0)
		nsl_hold_fail("a thread");
}

NSL_HOLD_FUNC(mount_all)
{
	const Fuse *fuse = data;
	char path[PATH_MAX];
	char options[128];
	char source[64];

	nsl_hold_enter_mnt(hold);
	nsl_hold_mount_at(hold, "a", fuse->beside);
	nsl_hold_path(hold, "fuse", path);
	snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=0,group_id=0",
		 fuse->device);
	if (mkdir(path, 0700) < 0 || mount("nshold", path, "fuse", 0, options) < 0)
		nsl_hold_fail("the right to mount a fuse file system");
	close(fuse->device);
	nsl_hold_path(hold, "fuse/" FILE_NAME, path);
	/* Stays open. */
	report->number[0] = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(source, sizeof(source), "/proc/thread-self/fd/%d", fuse->inside);
	if (report->number[0] < 0 || mount(source, path, NULL, MS_BIND, NULL) < 0)
		nsl_hold_fail("a mount in a fuse file system");
	close(fuse->beside);
	close(fuse->inside);
	report->fd[report->n_fds++] = nsl_hold_open("mnt");
	atomic_store(fuse->dead, true);
}

void nsl_hold_dead_fuse(NslHold *hold)
{
	Fuse fuse = {.device = open("/dev/fuse", O_RDWR | O_CLOEXEC)};
	int inside;
	int mnt;

	if (fuse.device < 0)
		nsl_nsinfo_die(NSL_NSINFO_SKIP, errno, "missing: /dev/fuse");
	fuse.dead = mmap(NULL, sizeof(*fuse.dead), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (fuse.dead == MAP_FAILED)
		nsl_nsinfo_die(EXIT_FAILURE, errno, "no memory");
	fuse.beside = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	fuse.inside = nsl_hold_make(hold, NSL_NSINFO_NET, -1);
	nsl_hold_stay(hold, start_server, &fuse, NULL);
	mnt = nsl_hold_add_mnt(hold, mount_all, &fuse);
	close(fuse.device);
	nsl_hold_by_mount(hold, nsl_hold_add(hold, NSL_NSINFO_NET, fuse.beside), "a", mnt);
	inside = nsl_hold_add(hold, NSL_NSINFO_NET, fuse.inside);
	hold->held[inside].covered = true;
	nsl_hold_by_mount(hold, inside, "fuse/" FILE_NAME, mnt);
}
