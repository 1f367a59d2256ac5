/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_parse_stat() (/proc/PID/stat). What has to hold: the name is what stands between the
 * first "(" and the last ")", cut to its room; numbers are within their limits; written again and
 * parsed again it is the same; what fails leaves the result alone.
 */
#include "fuzz.h"

#include "base/procfs_parse.h"

static void check(const char *text, gsize size, const NslProcessStat *stat)
{
	const char *open = memchr(text, '(', size);
	const char *close = memrchr(text, ')', size);
	g_autofree char *name = NULL;
	g_autofree char *written = NULL;
	NslProcessStat again;

	g_assert_true(open && close && open < close);
	name = g_strndup(open + 1, MIN((gsize)(close - open - 1), sizeof(stat->comm) - 1));
	g_assert_nonnull(memchr(stat->comm, '\0', sizeof(stat->comm)));
	g_assert_cmpstr(stat->comm, ==, name);
	g_assert_cmpuint(stat->ppid, <=, NSL_PID_MAX);
	written = g_strdup_printf(
		"1 (%s) %c %u 0 0 0 0 %u 0 0 0 0 0 0 0 0 0 0 0 0 %" G_GUINT64_FORMAT " 0\n",
		stat->comm, stat->state, stat->ppid,
		(stat->kthread ? 0x00200000u : 0u) | (stat->ending ? 4u : 0u), stat->start_ticks);
	/* These are what the fields are counted by, or end the text. */
	if (stat->state == ' ' || stat->state == ')' || stat->state == '\0')
		return;
	g_assert_true(nsl_parse_stat(written, strlen(written), &again));
	g_assert_cmpstr(again.comm, ==, stat->comm);
	g_assert_true(again.state == stat->state && again.ppid == stat->ppid &&
		      again.kthread == stat->kthread && again.ending == stat->ending &&
		      again.start_ticks == stat->start_ticks);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_bytes(data, size);
	NslProcessStat stat;
	NslProcessStat before;

	memset(&stat, 0x5a, sizeof(stat));
	before = stat;
	if (nsl_parse_stat(text, size, &stat))
		check(text, size, &stat);
	else
		g_assert_cmpmem(&stat, sizeof(stat), &before, sizeof(before));
}
