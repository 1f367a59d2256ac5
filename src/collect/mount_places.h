/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the paths of mounts lead, in one mount namespace. They are only looked up in the kernel's
 * cache, where all of a path has to be: no file system is asked, and nobody is waited for.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "base/mounts.h"
#include "model/holder.h"

typedef struct NslMountPlaces NslMountPlaces;

/*
 * `root`: the directory from which the paths are seen, or AT_FDCWD for that of the calling thread;
 * it must stay open. `nsfs`: the device of namespace files; 0: not known. Transfer full.
 */
NslMountPlaces *nsl_mount_places_new(int root, dev_t nsfs);
void nsl_mount_places_free(NslMountPlaces *places);

/* Whether the path of the mount leads to the namespace with this inode that is mounted there. */
NslMountState nsl_mount_places_find(NslMountPlaces *places, const NslMount *mount, guint64 inode);

/* What makes a directory one, in one mount. */
#define NSL_DIRECTORY_MASK (STATX_INO | STATX_MNT_ID)

/* Its inode and the id of its mount; no file system is asked. False: the kernel cannot tell. */
bool nsl_directory_stat(int fd, struct statx *ret_found);
