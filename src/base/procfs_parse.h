/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pure parsers of what the files of /proc hold (proc(5)), and what they make of it. Each returns
 * false where the text is something else, with its result untouched but for lists.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The largest PID that Linux gives out (PID_MAX_LIMIT). */
#define NSL_PID_MAX 4194304

/* Inodes that Linux gives namespaces (struct ns_common): the initial ones have the smallest. */
#define NSL_NS_INODE_MIN 0xEFFFFFF8
#define NSL_NS_INODE_MAX G_MAXUINT32

/* The last second of the year 9999, since the epoch: a later time cannot be written. */
#define NSL_TIME_MAX G_GINT64_CONSTANT(253402300799)

/* Parses "net:[4026531833]", which begins with the type. */
bool nsl_parse_ns_link(const char *text, gsize size, gsize *ret_type_size, guint64 *ret_inode);

/* A decimal number without sign, at most `max`; `size` bytes, all of them digits. */
bool nsl_parse_number(const char *text, gsize size, guint64 max, guint64 *ret_number);

/*
 * Seconds, perhaps with a decimal point and digits behind it, as microseconds: at least `min`, at
 * most `max` of these. No sign, exponent or blank.
 */
bool nsl_parse_seconds(const char *text, gint64 min, gint64 max, gint64 *ret_us);

/* Such a number after any blanks and tabs. What follows it; NULL: there is none, or no text. */
const char *nsl_parse_next_number(const char *text, guint64 max, guint64 *ret_number);

/* What follows the key; NULL: it is not there. */
const char *nsl_parse_find_key(const char *text, const char *key);

/* What /proc/PID/fdinfo tells of it without asking its file system. */
typedef struct NslFdInfo {
	guint64 inode; /* 0: the kernel does not say so (before Linux 5.14) */
	bool tun;      /* a tun(4) device */
} NslFdInfo;
bool nsl_parse_fdinfo(const char *text, NslFdInfo *ret_info);

/* What /proc/PID/stat tells. */
typedef struct NslProcessStat {
	char comm[80]; /* any bytes but NUL; kernel workers' are longer than 15 */
	char state;
	guint32 ppid;
	bool kthread;	     /* PF_KTHREAD */
	bool ending;	     /* PF_EXITING, and not yet a zombie */
	guint64 start_ticks; /* since boot, in clock ticks */
} NslProcessStat;

bool nsl_parse_stat(const char *text, gsize size, NslProcessStat *ret_stat);

/* What /proc/PID/status tells and stat does not. */
#define NSL_PID_LEVELS 33 /* the initial PID namespace, and 32 below it (MAX_PID_NS_LEVEL) */

typedef struct NslProcessStatus {
	guint32 tgid; /* the process that it is a thread of; 0: not known */
	guint32 ruid;
	guint32 euid;
	guint32 nspid[NSL_PID_LEVELS]; /* outermost (as the procfs counts) first */
	guint32 n_nspid;
} NslProcessStatus;

bool nsl_parse_status(const char *text, NslProcessStatus *ret_status);

#define NSL_ID_RANGES	340 /* lines that the kernel takes in an ID map (since Linux 4.15) */
#define NSL_ID_UNMAPPED G_MAXUINT32 /* there is no such ID outside */

/*
 * The process of a path such as "/proc/7/ns/net", and what follows in its directory: "ns/net", or
 * "". False: it is no such path.
 */
bool nsl_parse_process_path(const char *path, guint32 *ret_pid, const char **ret_rest);

/* Whether a path is that of `above`, or of something below it. */
bool nsl_path_is_below(const char *path, const char *above);

/* A line of an ID map (user_namespaces(7)). */
typedef struct NslIdRange {
	guint32 inside;	 /* the first */
	guint32 outside; /* the first, as nsl_process_read_id_map() has it; or NSL_ID_UNMAPPED */
	guint32 count;
} NslIdRange;

/* Appends the lines (NslIdRange). */
bool nsl_parse_id_map(const char *text, GArray *ranges);

/* What is added to the clocks (time_namespaces(7)), in nanoseconds. */
typedef struct NslTimeOffsets {
	gint64 monotonic;
	gint64 boottime;
} NslTimeOffsets;

bool nsl_parse_time_offsets(const char *text, NslTimeOffsets *ret_offsets);
