/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Namespace files: what the kernel tells about a namespace through a file that refers to it
 * (ioctl_ns(2), nsfs as a file system, and include/uapi/linux/nsfs.h of newer kernels).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/sys.h"

/* What a namespace file refers to. */
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

/* The same with `root` as the root directory of the path, and of links on it. */
int nsl_nsfs_identify_in_root(int root, const char *path, NslNsFile *ret_file);

/*
 * Opens what is open as a path only (O_PATH), where it is a namespace file, which is always
 * harmless: a descriptor for what follows, or -errno as above. `proc`: the caller's procfs.
 * statfs(2) may block.
 */
int nsl_nsfs_reopen(int proc, int path);

/* The device of all namespace files, by the caller's procfs. 0 or -errno. */
int nsl_nsfs_device(int proc, dev_t *ret_device);

/* The inode of the namespace whose file, on that device, `path` (O_PATH) is; 0: it is none. 0 or
 * -errno. No file system is asked. */
int nsl_nsfs_inode(dev_t nsfs, int path, guint64 *ret_inode);

/* The same of a descriptor that is known to be a namespace file. `mount` is left alone. */
int nsl_nsfs_identify_fd(int fd, NslNsFile *ret_file);

/*
 * A file of the user namespace that owns this one (NS_GET_USERNS), or of the parent of a pid or
 * user namespace (NS_GET_PARENT, both Linux 4.9): >= 0, or -errno. -EPERM: it lies outside the
 * caller's own, or there is none.
 */
int nsl_nsfs_open_owner(int fd);
int nsl_nsfs_open_parent(int fd);

/* Who made a user namespace, as the caller's one counts (NS_GET_OWNER_UID, Linux 4.11). */
int nsl_nsfs_owner_uid(int fd, guint32 *ret_uid);

/* The 64-bit id (NS_GET_ID, Linux 6.18; of mount namespaces NS_GET_MNTNS_ID, 6.11). 0 or -errno. */
int nsl_nsfs_id(int fd, guint64 *ret_id);

/*
 * A file of the namespace with this id (open_by_handle_at(2) on nsfs, Linux 6.18, which wants type
 * and inode too; from 6.19 they may be 0): >= 0, or -errno. -ESTALE: there is none, or it is
 * denied.
 */
int nsl_nsfs_open_by_id(guint64 id, int flag, guint64 inode);

/*
 * A file of the next or the previous mount namespace in the kernel's order (NS_MNT_GET_NEXT and
 * _PREV, Linux 6.12): >= 0; -ENOENT at the end; or another -errno.
 */
int nsl_nsfs_open_next_mnt(int fd, bool forward);

/*
 * A file of the net namespace that a socket or a tun(4) device belongs to (SIOCGSKNS): >= 0;
 * -ENOTSOCK: it is neither, and its file system was not asked; -ENOENT: it is opened with O_PATH;
 * or another -errno.
 */
int nsl_nsfs_open_of_socket(int fd);

/* Whether it is a tun(4) device, by its device number. Any path may lead to one. */
bool nsl_nsfs_is_tun(const struct statx *found);

/*
 * The caller's PID for PID `pid` of a pid namespace (NS_GET_TGID_FROM_PIDNS, Linux 6.11): > 0;
 * -ESRCH: there is no such process, or the caller does not see it; or another -errno.
 */
int nsl_nsfs_pid_from(int fd, guint32 pid);
