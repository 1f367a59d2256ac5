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

static struct fuse_attr attributes(uint64_t node)
{
	return (struct fuse_attr){.ino = node,
				  .nlink = 1,
				  .blksize = 4096,
				  .mode = node == FUSE_ROOT_ID ? S_IFDIR | 0755 : S_IFREG | 0644};
}

static void serve(const Fuse *fuse, const struct fuse_in_header *header, const char *body)
{
	struct fuse_init_out init = {.major = FUSE_KERNEL_VERSION, .minor = 31};
	struct fuse_entry_out entry = {.nodeid = FILE_NODE, .attr = attributes(FILE_NODE)};
	struct fuse_attr_out attr = {.attr = attributes(header->nodeid)};
	struct fuse_open_out opened = {0};

	switch (header->opcode) {
	case FUSE_INIT:
		init.max_write = 4096;
		nsl_fuse_answer(fuse->device, header->unique, 0, &init, sizeof(init));
		break;
	case FUSE_LOOKUP: /* good for no time at all: it has to be asked for again */
		nsl_fuse_answer(fuse->device, header->unique,
				strcmp(body, FILE_NAME) == 0 ? 0 : ENOENT, &entry, sizeof(entry));
		break;
	case FUSE_GETATTR:
		nsl_fuse_answer(fuse->device, header->unique, 0, &attr, sizeof(attr));
		break;
	case FUSE_OPEN:
		nsl_fuse_answer(fuse->device, header->unique, 0, &opened, sizeof(opened));
		break;
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		nsl_fuse_answer(fuse->device, header->unique, ENOSYS, NULL, 0);
	}
}

static void *run_server(void *data)
{
	static _Alignas(uint64_t) char buffer[128 * 1024];
	const Fuse *fuse = data;
	struct fuse_in_header header;

	for (;;) {
		ssize_t n = read(fuse->device, buffer, sizeof(buffer) - 1);

		if (n < 0 && errno == ENODEV)
			return NULL;
		if (n < (ssize_t)sizeof(header) || atomic_load(fuse->dead))
			continue;
		buffer[n] = '\0';
		memcpy(&header, buffer, sizeof(header));
		serve(fuse, &header, buffer + sizeof(header));
	}
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
