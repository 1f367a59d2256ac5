/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files below a root directory, which somebody may have put there to harm the reader: opened
 * without being led astray, without setting anything off, and read within bounds. Not for /proc:
 * that is procfs.h. All of it MAY BLOCK on a dead mount: for expendable workers only.
 *
 * A path is walked one directory at a time, each opened as a place only (O_PATH) and looked at
 * before the next. This is what openat2(2) does with RESOLVE_IN_ROOT and RESOLVE_NO_MAGICLINKS,
 * but works before Linux 5.6, and can tell whose directories and links those are:
 * - a directory has to be owned by root or by `uid`, and be none that anybody may write to, but for
 *   sticky ones like /tmp: else -EPERM;
 * - a symbolic link is followed only where root made it and nobody else could have: the directory
 *   that it is in is root's, and its group and others may not write there. So /var/run and a
 *   /var/lib/docker that was moved to another disk work; any other link is -ELOOP. Links lead, as
 *   ".." does, nowhere out of the root directory;
 * - what is on autofs is -EREMOTE: an O_PATH open without O_DIRECTORY mounts nothing there, and
 *   looking up a name in it, which could, is not done.
 * Directories stay open, so that many files in them cost little.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef struct NslFiles NslFiles;

/*
 * `root` is a descriptor of the root directory, which stays the caller's. Nothing is opened
 * before it is asked for. Never NULL. Transfer full.
 */
NslFiles *nsl_files_new(int root);
void nsl_files_free(NslFiles *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslFiles, nsl_files_free)

typedef struct NslFile {
	char *bytes; /* a NUL behind them */
	gsize size;
	guint32 owner;	/* 0, or `uid` */
	gint64 written; /* when last: microseconds since the epoch, by the clock of that time */
} NslFile;

void nsl_file_clear(NslFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslFile, nsl_file_clear)

/*
 * Reads the file `path` relative to the directory `dir`, which has to be absolute. Below `dir` no
 * link is followed and there is no "..". 0; -ELOOP: it is a link; -EISDIR, -EMEDIUMTYPE: it is no
 * regular file; -EPERM: it is of somebody else than root and `uid`, or everybody may write to it;
 * -EFBIG: there are more than `limit` bytes; -EAGAIN: it was being changed; -EREMOTE, or what else
 * fails. Then *ret_file is left alone.
 */
int nsl_files_read(NslFiles *files, const char *dir, const char *path, guint32 uid, gsize limit,
		   NslFile *ret_file);

/*
 * Appends the names (char *) of what is in the directory, at most `limit`, in no order, without
 * "." and "..". 0 or -errno.
 */
int nsl_files_list(NslFiles *files, const char *dir, guint32 uid, guint limit, GPtrArray *names);
