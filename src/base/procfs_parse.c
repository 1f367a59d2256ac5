/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsers of what the files of /proc hold: see procfs_parse.h.
 */
#include "base/procfs_parse.h"

#include <string.h>

/* include/linux/sched.h; in field 9 of stat */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

#define NANOSECONDS 1000000000

bool nsl_parse_number(const char *text, gsize size, guint64 max, guint64 *ret_number)
{
	guint64 number = 0;

	if (size == 0)
		return false;
	for (gsize i = 0; i < size; i++) {
		guint digit = (guint)(text[i] - '0');

		if (digit > 9 || digit > max || number > (max - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	*ret_number = number;
	return true;
}

bool nsl_parse_seconds(const char *text, gint64 min, gint64 max, gint64 *ret_us)
{
	char *end;
	double us;

	if (text[0] == '\0' || text[strspn(text, "0123456789.")] != '\0')
		return false;
	us = g_ascii_strtod(text, &end) * G_USEC_PER_SEC;
	/* Half of one is more than the rounding of decimal places. */
	if (end == text || *end != '\0' || us < (double)min - 0.5 || us > (double)max + 0.5)
		return false;
	*ret_us = CLAMP((gint64)(us + 0.5), min, max);
	return true;
}

const char *nsl_parse_next_number(const char *text, guint64 max, guint64 *ret_number)
{
	const char *digits = text ? text + strspn(text, " \t") : "";
	gsize size = strspn(digits, "0123456789");

	return nsl_parse_number(digits, size, max, ret_number) ? digits + size : NULL;
}

const char *nsl_parse_find_key(const char *text, const char *key)
{
	const char *found = strstr(text, key);

	return found ? found + strlen(key) : NULL;
}

bool nsl_parse_ns_link(const char *text, gsize size, gsize *ret_type_size, guint64 *ret_inode)
{
	const char *colon = memchr(text, ':', size);
	gsize type_size = colon ? (gsize)(colon - text) : 0;

	if (type_size == 0 || size < type_size + 4 || colon[1] != '[' || text[size - 1] != ']' ||
	    !nsl_parse_number(colon + 2, size - type_size - 3, NSL_NS_INODE_MAX, ret_inode))
		return false;
	*ret_type_size = type_size;
	return true;
}

bool nsl_parse_fdinfo(const char *text, NslFdInfo *ret_info)
{
	const char *inode = nsl_parse_find_key(text, "\nino:\t");

	if (!g_str_has_prefix(text, "pos:\t"))
		return false;
	*ret_info = (NslFdInfo){.tun = strstr(text, "\niff:\t") != NULL};
	return !inode || nsl_parse_next_number(inode, G_MAXUINT64, &ret_info->inode);
}

/* `at` points at field 3. */
static bool field_number(const char *at, guint field, guint64 *ret_number)
{
	for (; at && field > 3; field--)
		at = nsl_parse_find_key(at, " ");
	return nsl_parse_next_number(at, G_MAXUINT64, ret_number) != NULL;
}

bool nsl_parse_stat(const char *text, gsize size, NslProcessStat *ret_stat)
{
	const char *open = memchr(text, '(', size);
	const char *close = memrchr(text, ')', size);
	guint64 ppid;
	guint64 flags;
	guint64 start;
	const char *state;
	gsize comm_size;

	/* The name may hold anything, ")" and newlines too: it ends at the last ")". */
	if (!open || !close || close < open || text + size - close < 4 || close[1] != ' ')
		return false;
	state = close + 2;
	if (!field_number(state, 4, &ppid) || !field_number(state, 9, &flags) ||
	    !field_number(state, 22, &start) || ppid > NSL_PID_MAX)
		return false;
	comm_size = MIN((gsize)(close - open - 1), sizeof(ret_stat->comm) - 1);
	memcpy(ret_stat->comm, open + 1, comm_size);
	ret_stat->comm[comm_size] = '\0';
	ret_stat->state = *state;
	ret_stat->ppid = (guint32)ppid;
	ret_stat->kthread = flags & PF_KTHREAD;
	ret_stat->ending = flags & PF_EXITING && *state != 'Z' && *state != 'X';
	ret_stat->start_ticks = start;
	return true;
}

bool nsl_parse_status(const char *text, NslProcessStatus *ret_status)
{
	/* Newlines in the name are escaped in this file: a key is always one. */
	const char *uids = nsl_parse_find_key(text, "\nUid:\t");
	const char *pids = nsl_parse_find_key(text, "\nNSpid:\t");
	NslProcessStatus status = {0};
	guint64 ruid;
	guint64 euid;
	guint64 pid;

	/* Real, effective, saved, file system. */
	uids = nsl_parse_next_number(uids, G_MAXUINT32, &ruid);
	if (!nsl_parse_next_number(uids, G_MAXUINT32, &euid))
		return false;
	status.ruid = (guint32)ruid;
	status.euid = (guint32)euid;
	if (nsl_parse_next_number(nsl_parse_find_key(text, "\nTgid:\t"), NSL_PID_MAX, &pid))
		status.tgid = (guint32)pid;
	while (status.n_nspid < NSL_PID_LEVELS &&
	       (pids = nsl_parse_next_number(pids, NSL_PID_MAX, &pid)) && pid != 0)
		status.nspid[status.n_nspid++] = (guint32)pid;
	*ret_status = status;
	return true;
}

bool nsl_parse_id_map(const char *text, GArray *ranges)
{
	while (*text) {
		guint64 numbers[3];
		NslIdRange range;

		for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
			text = nsl_parse_next_number(text, G_MAXUINT32, &numbers[i]);
		if (!text || *text != '\n' || ranges->len >= NSL_ID_RANGES)
			return false;
		text++;
		range = (NslIdRange){(guint32)numbers[0], (guint32)numbers[1], (guint32)numbers[2]};
		g_array_append_val(ranges, range);
	}
	return true;
}

/* "monotonic          -5  900000000": -4.1 s. What follows the line; NULL where it is none. */
static const char *take_offset(const char *text, const char *name, gint64 *ret_offset)
{
	guint64 seconds;
	guint64 rest;
	gint64 total;
	bool negative;

	if (!text || !g_str_has_prefix(text, name))
		return NULL;
	text += strlen(name);
	text += strspn(text, " ");
	negative = *text == '-';
	text = nsl_parse_next_number(text + negative, G_MAXINT64, &seconds);
	text = nsl_parse_next_number(text, NANOSECONDS - 1, &rest);
	if (!text || *text != '\n')
		return NULL;
	total = negative ? -(gint64)seconds : (gint64)seconds;
	if (__builtin_mul_overflow(total, NANOSECONDS, &total) ||
	    __builtin_add_overflow(total, (gint64)rest, &total))
		return NULL;
	*ret_offset = total;
	return text + 1;
}

bool nsl_parse_time_offsets(const char *text, NslTimeOffsets *ret_offsets)
{
	NslTimeOffsets offsets;

	text = take_offset(text, "monotonic ", &offsets.monotonic);
	text = take_offset(text, "boottime ", &offsets.boottime);
	if (text)
		*ret_offsets = offsets;
	return text != NULL;
}

bool nsl_parse_process_path(const char *path, guint32 *ret_pid, const char **ret_rest)
{
	const char *start = g_str_has_prefix(path, "/proc/") ? path + strlen("/proc/") : "";
	gsize size = strcspn(start, "/");
	guint64 pid;

	if (!nsl_parse_number(start, size, NSL_PID_MAX, &pid) || pid == 0)
		return false;
	*ret_pid = (guint32)pid;
	*ret_rest = start + size + strspn(start + size, "/");
	return true;
}

bool nsl_path_is_below(const char *path, const char *above)
{
	gsize size = strlen(above);

	return strncmp(path, above, size) == 0 && (path[size] == '/' || path[size] == '\0');
}
