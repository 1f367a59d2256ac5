/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What the helpers that are FUSE servers of their own have in common: a file system of a directory
 * with at most one file. What each never answers is what it is for.
 */

#include <linux/fuse.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct NslFuse {
	int device;		 /* /dev/fuse */
	const char *file;	 /* NULL: there is none */
	uint64_t node;		 /* of the file */
	uint32_t valid;		 /* seconds for which nothing that is known is asked for again */
	uint64_t unanswered;	 /* NSL_FUSE_BIT()s */
	const atomic_bool *dead; /* since it is set nothing is answered; may be NULL */
} NslFuse;

#define NSL_FUSE_BIT(opcode) (UINT64_C(1) << (opcode))
#define NSL_FUSE_SIZE	     4096 /* of the file */

/*
 * Waits for one request, unless the device does not block, and answers it. 0, or -1 and errno.
 * Files are cached that are opened for reading only, and the others are direct; opening alone
 * throws out no page.
 */
int nsl_fuse_serve(const NslFuse *fuse);
