/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * How the helpers that are FUSE servers of their own answer a request.
 */

#include <linux/fuse.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* error: a positive errno; where it is not 0, the body is not sent. */
static inline void nsl_fuse_answer(int device, uint64_t unique, int error, const void *body,
				   size_t size)
{
	unsigned char message[256];
	struct fuse_out_header header = {.unique = unique, .error = -error};

	header.len = (uint32_t)(sizeof(header) + (error == 0 ? size : 0));
	memcpy(message, &header, sizeof(header));
	if (error == 0 && size > 0)
		memcpy(message + sizeof(header), body, size);
	if (write(device, message, header.len) < 0)
		return; /* who asked does not wait any more */
}
