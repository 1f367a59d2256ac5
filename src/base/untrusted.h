/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files, and JSON in them, that somebody may have prepared to harm the reader: files are found and
 * read without following foreign links, waiting, or setting anything off, and within bounds; JSON
 * is taken whole or not at all, each member with its type checked; and what of that is accepted as
 * an id, a name or a path. Not for /proc: that is procfs.h. Everything with files MAY BLOCK on a
 * dead mount: for expendable workers only.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

/*
 * Files below a root directory. Paths are walked one part at a time; each part is opened as a
 * location only (O_PATH) and looked at before the next:
 * - a directory has to be owned by root or by `uid`, and not writable for everybody, unless it is
 *   sticky as /tmp is: else -EPERM;
 * - a symbolic link is followed only in a directory that belongs to root and is writable for nobody
 *   else: else -ELOOP. So /var/run, and a /var/lib/docker that was moved to another disk, work.
 *   Neither links nor ".." lead out of the root directory;
 * - autofs is -EREMOTE: nothing is mounted for the reader's sake.
 * openat2(2) can confine a path as well, but cannot tell who owns the directories and links on it.
 *
 * Directories stay open, so that many files in them cost little.
 */
typedef struct NslFiles NslFiles;

/*
 * `root` is a descriptor of the root directory, which stays the caller's. Nothing is opened before
 * it is asked for. Transfer full.
 */
NslFiles *nsl_files_new(int root);
void nsl_files_free(NslFiles *files);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslFiles, nsl_files_free)

typedef struct NslFile {
	char *bytes; /* a NUL behind them */
	gsize size;
	guint32 owner;	/* 0, or `uid` */
	gint64 written; /* last: microseconds since the epoch, by the clock of that time */
} NslFile;

void nsl_file_clear(NslFile *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslFile, nsl_file_clear)

/*
 * Reads the file `path` relative to the directory `dir`, which is an absolute path. Below `dir` no
 * link is followed and ".." is -EINVAL. 0; -ELOOP: it is a link; -EISDIR, -EMEDIUMTYPE: it is no
 * regular file; -EPERM: it is owned by another user than root and `uid`, or writable for everybody;
 * -EFBIG: it has more than `limit` bytes; -EAGAIN: it is being changed; or another -errno. Then
 * *ret_file is left alone.
 */
int nsl_files_read(NslFiles *files, const char *dir, const char *path, guint32 uid, gsize limit,
		   NslFile *ret_file);

/*
 * Appends the names (char *) of what is in the directory, at most `limit`, in no order, without "."
 * and "..". 0 or -errno, -E2BIG where there are more.
 */
int nsl_files_list(NslFiles *files, const char *dir, guint32 uid, guint limit, GPtrArray *names);

/*
 * From here on the process opens files with the rights of this user (not root) and group, and no
 * other groups. Real and saved UID stay 0, so the user cannot send a signal. The kernel resets
 * PR_SET_DUMPABLE and PR_SET_PDEATHSIG here; they are set again, so the user cannot trace the
 * process, and it still dies with its parent. 0; -EPERM: the caller may not do this and keeps the
 * rights that it had. For workers only: the supplementary groups do not come back.
 */
int nsl_rights_take(guint32 uid, guint32 gid);

/* Back to root's. */
void nsl_rights_give_back(void);

typedef json_object NslJson;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslJson, json_object_put)

/*
 * How much is parsed at all. An empty object of two bytes takes 800 in memory, so the values are
 * counted too, before the first one is made.
 */
#define NSL_JSON_MAX_SIZE   (1 << 20)
#define NSL_JSON_MAX_VALUES 65536
#define NSL_JSON_MAX_DEPTH  32

/*
 * Parses all of the bytes, an object or array as `type` says; every version of json-c gives the
 * same answer. A byte in a string that is not UTF-8, and an escaped NUL, make that string unusable
 * and no other. NULL: *result is -EBADMSG: they are malformed; -EFBIG: they exceed a limit; or
 * -ENOMEM. Transfer full.
 */
NslJson *nsl_json_parse(const char *bytes, gsize size, json_type type, int *result);

/*
 * Members. `path` is the member's key; "a.b" is member b of the object a; NULL is no member. What
 * is missing or null is NULL or 0. What is there with a wrong type or value is NULL or 0 too, and
 * sets *result to -EBADMSG; otherwise *result is left alone, so one check after several calls will
 * do. `object` may be NULL: it has no members. Transfer none.
 */
NslJson *nsl_json_member(NslJson *object, const char *path, json_type type, int *result);

/* A string of UTF-8 without NUL and U+FFFD: that stands for bytes that were something else. */
const char *nsl_json_string(NslJson *object, const char *path, int *result);

/* The same of a string itself, such as an element of an array; it may be NULL. */
const char *nsl_json_as_string(NslJson *string, int *result);

/* A whole number from 0 to `max`. */
gint64 nsl_json_number(NslJson *object, const char *path, gint64 max, int *result);

/* ASCII letters, digits and "_.+-:@", beginning with a letter, digit or '_'; 255 bytes. */
bool nsl_is_id(const char *text);

/* 255 bytes of UTF-8 without '/' and control characters; not "." or "..". */
bool nsl_is_name(const char *text);

/* Absolute, shorter than PATH_MAX, without control characters and without "..". */
bool nsl_is_path(const char *text);

/* A copy (transfer full) where it is one; else, and of NULL, NULL. */
char *nsl_validate_id(const char *text);
char *nsl_validate_name(const char *text);
char *nsl_validate_path(const char *text);

/* Likewise of the last part of a path ("/usr/bin/x/": "x"), as a name. */
char *nsl_validate_last_part(const char *path);
