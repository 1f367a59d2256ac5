/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Namespace files: what the kernel tells about a namespace through a file that refers to it
 * (ioctl_ns(2), and nsfs as a file system).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* What a path refers to. */
typedef struct NslNsFile {
	int flag; /* its type: CLONE_NEWNET … */
	guint64 inode;
	bool mount; /* the file itself is an nsfs mount, and no link to one */
} NslNsFile;

/*
 * Finds out which namespace the file at `path` relative to `dir` refers to, following symbolic
 * links (NS_GET_NSTYPE, Linux 4.11). 0; -EMEDIUMTYPE: it refers to none; or -errno. It MAY BLOCK on
 * a dead mount: for expendable workers only.
 */
int nsl_nsfs_identify(int dir, const char *path, NslNsFile *ret_file);
