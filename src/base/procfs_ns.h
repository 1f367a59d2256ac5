/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What /proc tells about a process's namespaces themselves: ID maps (user_namespaces(7)) and clock
 * offsets (time_namespaces(7)). `process` is a descriptor as procfs.h has them. The part of the
 * reader of /proc that only details need.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* As many lines as the kernel takes in a map (since Linux 4.15). */
#define NSL_ID_RANGES 340
/* It has no ID out there. */
#define NSL_ID_UNMAPPED G_MAXUINT32

/* A line of an ID map. */
typedef struct NslIdRange {
	guint32 inside;	 /* the first */
	guint32 outside; /* the first, as nsl_process_read_id_map() has it; or NSL_ID_UNMAPPED */
	guint32 count;
} NslIdRange;

/*
 * Appends the lines (NslIdRange) of its user namespace's map of UIDs, or GIDs. Outside IDs are
 * those of the reader's user namespace; of the reader's own those of the one above. 0 or -errno.
 */
int nsl_process_read_id_map(int process, bool gids, GArray *ranges);
bool nsl_parse_id_map(const char *text, GArray *ranges);

/* What is added to the clocks, in nanoseconds. */
typedef struct NslTimeOffsets {
	gint64 monotonic;
	gint64 boottime;
} NslTimeOffsets;

/* Those of the time namespace that the process's CHILDREN will be in. 0 or -errno. */
int nsl_process_read_time_offsets(int process, NslTimeOffsets *ret_offsets);
bool nsl_parse_time_offsets(const char *text, NslTimeOffsets *ret_offsets);
