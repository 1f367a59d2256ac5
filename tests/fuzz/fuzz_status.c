/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_parse_status() (/proc/PID/status) and nsl_parse_fdinfo() (/proc/PID/fdinfo/N). What
 * has to hold: no more PIDs than there are levels, none above the largest; written again and parsed
 * again it is the same; what fails leaves the result alone.
 */
#include "fuzz.h"

#include "base/procfs_parse.h"

static void check_status(const NslProcessStatus *status)
{
	g_autoptr(GString) text = g_string_new("Name:\tx\n");
	NslProcessStatus again;

	g_assert_cmpuint(status->n_nspid, <=, NSL_PID_LEVELS);
	if (status->tgid != 0)
		g_string_append_printf(text, "Tgid:\t%u\n", status->tgid);
	g_string_append_printf(text, "Uid:\t%u\t%u\t8\t9\nNSpid:", status->ruid, status->euid);
	for (guint i = 0; i < status->n_nspid; i++) {
		g_assert_cmpuint(status->nspid[i], <=, NSL_PID_MAX);
		g_string_append_printf(text, "\t%u", status->nspid[i]);
	}
	g_string_append(text, "\nNSpgid:\t1\n");
	g_assert_true(nsl_parse_status(text->str, &again));
	g_assert_true(again.tgid == status->tgid && again.ruid == status->ruid &&
		      again.euid == status->euid);
	g_assert_cmpmem(again.nspid, again.n_nspid * sizeof(again.nspid[0]), status->nspid,
			status->n_nspid * sizeof(status->nspid[0]));
}

static void check_fdinfo(const char *text, const NslFdInfo *info)
{
	g_autofree char *written =
		g_strdup_printf("pos:\t0\nflags:\t02\nino:\t%" G_GUINT64_FORMAT "\n%s", info->inode,
				info->tun ? "iff:\ttun0\n" : "");
	NslFdInfo again;

	g_assert_true(g_str_has_prefix(text, "pos:\t"));
	g_assert_true(nsl_parse_fdinfo(written, &again));
	g_assert_true(again.inode == info->inode && again.tun == info->tun);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);
	NslProcessStatus status;
	NslProcessStatus before;
	NslFdInfo info;

	memset(&status, 0x5a, sizeof(status));
	before = status;
	if (nsl_parse_status(text, &status))
		check_status(&status);
	else
		g_assert_cmpmem(&status, sizeof(status), &before, sizeof(before));
	if (nsl_parse_fdinfo(text, &info))
		check_fdinfo(text, &info);
}
