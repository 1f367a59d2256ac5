/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsers of what the files of /proc hold: see procfs_parse.h.
 */
#include "base/procfs_parse.h"

#include <string.h>

/* include/linux/sched.h; in field 9 of stat */
#define PF_EXITING 0x00000004
#define PF_KTHREAD 0x00200000

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

bool nsl_parse_ns_link(const char *text, gsize size, const char **ret_type, gsize *ret_type_size,
		       guint64 *ret_inode)
{
	const char *colon = memchr(text, ':', size);
	gsize type_size;

	if (!colon || colon == text)
		return false;
	type_size = (gsize)(colon - text);
	if (size < type_size + 4 || colon[1] != '[' || text[size - 1] != ']')
		return false;
	if (!nsl_parse_number(colon + 2, size - type_size - 3, G_MAXUINT64, ret_inode))
		return false;
	*ret_type = text;
	*ret_type_size = type_size;
	return true;
}

const char *nsl_parse_skip(const char *text, guint n)
{
	while (n-- > 0) {
		text = strchr(text, ' ');
		if (!text)
			return NULL;
		text++;
	}
	return text;
}

bool nsl_parse_fdinfo(const char *text, NslFdInfo *ret_info)
{
	const char *inode = strstr(text, "\nino:\t");

	if (!g_str_has_prefix(text, "pos:\t"))
		return false;
	*ret_info = (NslFdInfo){.tun = strstr(text, "\niff:\t") != NULL};
	if (inode) {
		inode += strlen("\nino:\t");
		if (!nsl_parse_number(inode, strspn(inode, "0123456789"), G_MAXUINT64,
				      &ret_info->inode))
			return false;
	}
	return true;
}

/* `state` points at field 3. */
static bool field_number(const char *state, guint field, guint64 *ret_number)
{
	const char *at = nsl_parse_skip(state, field - 3);

	return at && nsl_parse_number(at, strspn(at, "0123456789"), G_MAXUINT64, ret_number);
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

/* The values of a line of status, such as "Uid:", or NULL. */
static const char *status_line(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? at + strlen(key) : NULL;
}

bool nsl_parse_status(const char *text, NslProcessStatus *ret_status)
{
	/* Newlines in the name are escaped in this file: a key is always one. */
	const char *uids = status_line(text, "\nUid:\t");
	const char *pids = status_line(text, "\nNSpid:\t");
	NslProcessStatus status = {0};
	guint64 number;

	/* Real, effective, saved, file system. */
	if (!uids || !nsl_parse_number(uids, strspn(uids, "0123456789"), G_MAXUINT32, &number))
		return false;
	status.ruid = (guint32)number;
	uids = strchr(uids, '\t');
	if (!uids ||
	    !nsl_parse_number(uids + 1, strspn(uids + 1, "0123456789"), G_MAXUINT32, &number))
		return false;
	status.euid = (guint32)number;
	while (pids && status.n_nspid < NSL_PID_LEVELS) {
		gsize size = strspn(pids, "0123456789");

		if (!nsl_parse_number(pids, size, NSL_PID_MAX, &number))
			break;
		status.nspid[status.n_nspid++] = (guint32)number;
		pids += size;
		if (*pids++ != '\t')
			break;
	}
	*ret_status = status;
	return true;
}
