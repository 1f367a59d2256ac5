/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mounts, those of namespace files above all: where nsfs is mounted in a mount namespace, by
 * listmount(2) and statmount(2) where the kernel lists other mount namespaces (Linux 6.11), else by
 * the text of mountinfo (proc(5)).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * A mount, as the kernel tells of it in either way. Text is bytes, alive as long as the call that
 * it is told to, and "" where it was not asked for or cannot be had.
 */
typedef struct NslMount {
	guint64 parent; /* mount id (STATX_MNT_ID) of the mount it is on */
	guint32 major;	/* of the file system: what mountinfo shows */
	guint32 minor;
	const char *root; /* in the file system: "/", "net:[4026532676]" */
	const char *path; /* from the mount namespace's root; "": it cannot be reached from there */
	const char *type; /* of the file system */
	const char *source;  /* what was mounted: a device, or any word */
	const char *options; /* of the file system, as the kernel escapes them */
	bool bare;	     /* as NslNsfsMount says */
} NslMount;

typedef void NslMountFunc(gpointer data, const NslMount *mount);

/* What of a mount is worth asking for, before it is asked: the namespace with this inode. */
typedef enum NslNsMountWant {
	NSL_MOUNT_NOT,	/* it is left out */
	NSL_MOUNT_ROOT, /* its path is empty */
	NSL_MOUNT_PATH,
} NslNsMountWant;

typedef NslNsMountWant NslNsMountWants(gpointer data, guint64 inode);

/* A mount of a namespace of which another source knows. */
typedef struct NslNsfsMount {
	guint64 mnt_ns_id; /* in which mount namespace (nsl_nsfs_id()) */
	guint64 id;	   /* the mount's own (statmount(2)) */
	guint64 inode;	   /* of the namespace that is mounted */
	/*
	 * Nothing is mounted over it, and no file system is asked for its name in the directory
	 * that it is in: who comes to that directory, in the same mount, comes to this mount.
	 */
	bool bare;
} NslNsfsMount;

/*
 * Lists the nsfs mounts of the mount namespace with this id (nsl_nsfs_id()), whoever is in it, as
 * far as `wants` wants them; NULL: all mounts of all file systems, with device, path, and from
 * Linux 6.14 on the source. `known`: all of nsfs (NslNsfsMount, by id), where the caller is in the
 * mount namespace: then statmount(2) tells paths from the caller's root, and nothing has to be
 * listed; NULL: each mount is asked what it is. `n_mounts`: how many mounts of any file system are
 * in the mount namespace; 0: not known. `end`: as nsl_mounts_read(). 0; -ENOSYS or -EINVAL: the
 * kernel has no such call; -EPERM; or another -errno.
 */
int nsl_mounts_by_id(guint64 mnt_ns_id, const GArray *known, guint n_mounts, gint64 end,
		     NslNsMountWants *wants, NslMountFunc *func, gpointer data);

/* Whether there is one: 1, 0 or -errno, likewise. */
int nsl_mounts_have_nsfs(guint64 mnt_ns_id, guint n_mounts);

#define NSL_MOUNTS_US 1000000 /* of CPU: far more than the mounts of an honest namespace take */

/* The time is asked for after each so many mounts: that is a system call. */
#define NSL_MOUNTS_EACH 16

/*
 * Lists those in a mountinfo file, which is open; NULL: a line that is none of mountinfo. Only what
 * its process can see is in it. `end`: when it has taken too long, as nsl_cpu_time() counts, or 0:
 * through a stack of mounts the kernel takes a step for each, for every mount below it. 0; -ETIME:
 * there was no time for all of them; or another -errno.
 */
int nsl_mounts_read(int mountinfo, gint64 end, NslMountFunc *func, gpointer data);

/* "8:17". False: it is none. */
bool nsl_mounts_parse_device(const char *text, guint32 *ret_major, guint32 *ret_minor);

/* Takes apart a line without its newline, which is changed. False: it is none of mountinfo. */
bool nsl_mounts_parse(char *line, NslMount *ret_mount);

/*
 * The options of the file system that `fd` is in, by a mountinfo file, which is open: as proc(5)
 * has them. NULL: it is not mounted there, or an error. Transfer full.
 */
char *nsl_mounts_options(int mountinfo, int fd);

/*
 * Whether to look into a directory, by its path, is to ask nobody but the root's file system, as
 * every program does from its start: it and all above it are on that or in memory, and what is
 * mounted below are namespaces. By a mountinfo file, which is open. False: they are not, or an
 * error.
 */
bool nsl_mounts_are_near(int mountinfo, const char *directory);

/* A mount namespace in few words, by what mountinfo shows of it. */
typedef struct NslMountSum {
	guint32 n_mounts;
	char type[64];	  /* of the file system at its root; bytes, cut where too long */
	char source[256]; /* what was mounted there: a device, or any word; likewise */
} NslMountSum;

/* Sums up a mountinfo file, which is open. 0; -ENODATA: nothing is mounted at its root; -errno. */
int nsl_mounts_sum_up(int mountinfo, NslMountSum *ret_sum);
