/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * A file system of a directory with at most one file, see nsfuse.h.
 */

#define _GNU_SOURCE

#include "nsfuse.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/param.h>
#include <sys/stat.h>
#include <unistd.h>

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr attr = {.ino = node,
				 .nlink = 1,
				 .blksize = NSL_FUSE_SIZE,
				 .uid = geteuid(),
				 .gid = getegid()};

	if (node == FUSE_ROOT_ID) {
		attr.mode = S_IFDIR | 0755;
	} else {
		attr.mode = S_IFREG | 0644;
		attr.size = NSL_FUSE_SIZE;
		attr.blocks = NSL_FUSE_SIZE / 512;
	}
	return attr;
}

/* error: a positive errno; where it is not 0, the body is not sent. */
static void answer(const NslFuse *fuse, uint64_t unique, int error, const void *body, size_t size)
{
	unsigned char message[256];
	struct fuse_out_header header = {.unique = unique, .error = -error};

	header.len = (uint32_t)(sizeof(header) + (error == 0 ? size : 0));
	memcpy(message, &header, sizeof(header));
	if (error == 0 && size > 0)
		memcpy(message + sizeof(header), body, size);
	if (write(fuse->device, message, header.len) < 0)
		return; /* who asked does not wait any more */
}

int nsl_fuse_serve(const NslFuse *fuse)
{
	static _Alignas(uint64_t) char buffer[128 * 1024];
	struct fuse_in_header header;
	const void *body = buffer + sizeof(header);
	ssize_t n = read(fuse->device, buffer, sizeof(buffer) - 1);

	if (n < (ssize_t)sizeof(header))
		return n < 0 ? -1 : 0;
	buffer[n] = '\0';
	memcpy(&header, buffer, sizeof(header));
	if (fuse->unanswered & NSL_FUSE_BIT(header.opcode) || (fuse->dead && *fuse->dead))
		return 0;
	switch (header.opcode) {
	case FUSE_INIT: {
		const struct fuse_init_in *in = body;
		/* FUSE_ASYNC_READ: whoever causes the read need not wait for it. */
		struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
					    .minor = MIN(in->minor, FUSE_KERNEL_MINOR_VERSION),
					    .max_readahead = in->max_readahead,
					    .flags = in->flags & FUSE_ASYNC_READ,
					    .max_write = NSL_FUSE_SIZE,
					    .time_gran = 1};

		answer(fuse, header.unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_LOOKUP: {
		struct fuse_entry_out out = {.nodeid = fuse->node,
					     .entry_valid = fuse->valid,
					     .attr_valid = fuse->valid,
					     .attr = attributes(fuse->node)};
		bool found = fuse->file && strcmp(body, fuse->file) == 0;

		answer(fuse, header.unique, found ? 0 : ENOENT, &out, sizeof(out));
		break;
	}
	case FUSE_GETATTR: {
		struct fuse_attr_out out = {.attr_valid = fuse->valid,
					    .attr = attributes(header.nodeid)};

		answer(fuse, header.unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_STATFS: {
		struct fuse_statfs_out out = {.st = {.bsize = NSL_FUSE_SIZE, .namelen = 255}};

		answer(fuse, header.unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_OPEN:
	case FUSE_OPENDIR: {
		const struct fuse_open_in *in = body;
		struct fuse_open_out out = {.open_flags = FOPEN_KEEP_CACHE};

		if ((in->flags & O_ACCMODE) != O_RDONLY)
			out.open_flags |= FOPEN_DIRECT_IO;
		answer(fuse, header.unique, 0, &out, sizeof(out));
		break;
	}
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		break;
	default:
		answer(fuse, header.unique, ENOSYS, NULL, 0);
	}
	return 0;
}
