/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_parse_id_map() and nsl_parse_time_offsets() (/proc/PID/uid_map, timens_offsets). What
 * has to hold: no more ranges than the kernel takes; written as the kernel writes it and parsed
 * again each is the same, however the clocks are set.
 */
#include "fuzz.h"

#include "base/procfs_parse.h"

#define NANOSECONDS 1000000000

static void check_ranges(const GArray *ranges)
{
	g_autoptr(GArray) again = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autoptr(GString) text = g_string_new(NULL);

	g_assert_cmpuint(ranges->len, <=, NSL_ID_RANGES);
	for (guint i = 0; i < ranges->len; i++) {
		const NslIdRange *range = &g_array_index(ranges, NslIdRange, i);

		g_string_append_printf(text, "%10u %10u %10u\n", range->inside, range->outside,
				       range->count);
	}
	g_assert_true(nsl_parse_id_map(text->str, again));
	g_assert_cmpmem(again->data, again->len * sizeof(NslIdRange), ranges->data,
			ranges->len * sizeof(NslIdRange));
}

/* Nanoseconds are not negative: -0.1 s is -1 s and 0.9 s (time_namespaces(7)). */
static void append_offset(GString *text, const char *name, gint64 offset)
{
	gint64 rest = offset % NANOSECONDS;
	gint64 seconds = offset / NANOSECONDS;

	if (rest < 0) {
		rest += NANOSECONDS;
		seconds--;
	}
	g_string_append_printf(text, "%-10s %10" G_GINT64_FORMAT " %9" G_GINT64_FORMAT "\n", name,
			       seconds, rest);
}

static void check_offsets(const NslTimeOffsets *offsets)
{
	g_autoptr(GString) text = g_string_new(NULL);
	NslTimeOffsets again;

	append_offset(text, "monotonic", offsets->monotonic);
	append_offset(text, "boottime", offsets->boottime);
	g_assert_true(nsl_parse_time_offsets(text->str, &again));
	g_assert_cmpint(again.monotonic, ==, offsets->monotonic);
	g_assert_cmpint(again.boottime, ==, offsets->boottime);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autofree char *text = fuzz_text(data, size);
	NslTimeOffsets offsets;

	if (nsl_parse_id_map(text, ranges))
		check_ranges(ranges);
	g_assert_cmpuint(ranges->len, <=, NSL_ID_RANGES);
	if (nsl_parse_time_offsets(text, &offsets))
		check_offsets(&offsets);
}
