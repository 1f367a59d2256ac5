/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/procfs_ns: ID maps and clock offsets as the kernel writes them, and odd ones.
 */
#include "base/procfs_ns.h"

#include <errno.h>

#include "fixture.h"

static GArray *new_ranges(void)
{
	return g_array_new(FALSE, FALSE, sizeof(NslIdRange));
}

static void test_map(void)
{
	g_autoptr(GArray) ranges = new_ranges();
	const NslIdRange *range;

	g_assert_true(nsl_parse_id_map("         0       1000          1\n"
				       "         1     100000      65536\n"
				       "4294967294 4294967295          1\n",
				       ranges));
	g_assert_cmpuint(ranges->len, ==, 3);
	range = &g_array_index(ranges, NslIdRange, 1);
	g_assert_cmpuint(range->inside, ==, 1);
	g_assert_cmpuint(range->outside, ==, 100000);
	g_assert_cmpuint(range->count, ==, 65536);
	g_assert_cmpuint(g_array_index(ranges, NslIdRange, 2).outside, ==, NSL_ID_UNMAPPED);
}

static void test_no_map(void)
{
	static const char *const odd[] = {
		"0",
		"0 1\n",
		"0 1 2",
		"a 1 2\n",
		"0 1 2 3\n",
		"-1 1 2\n",
		"4294967296 1 2\n",
		"0 1 2\nx",
		"0 1 2\n0 1\n",
		"\n",
	};
	g_autoptr(GArray) ranges = new_ranges();
	g_autoptr(GString) many = g_string_new(NULL);

	g_assert_true(nsl_parse_id_map("", ranges)); /* nobody has written one yet */
	g_assert_cmpuint(ranges->len, ==, 0);
	for (guint i = 0; i < G_N_ELEMENTS(odd); i++) {
		g_autoptr(GArray) some = new_ranges();

		g_assert_false(nsl_parse_id_map(odd[i], some));
	}
	for (guint i = 0; i <= NSL_ID_RANGES; i++)
		g_string_append(many, "0 0 1\n");
	g_assert_false(nsl_parse_id_map(many->str, ranges));
	g_assert_cmpuint(ranges->len, ==, NSL_ID_RANGES);
}

static void check_offsets(const char *text, gint64 monotonic, gint64 boottime)
{
	NslTimeOffsets offsets;

	g_assert_true(nsl_parse_time_offsets(text, &offsets));
	g_assert_cmpint(offsets.monotonic, ==, monotonic);
	g_assert_cmpint(offsets.boottime, ==, boottime);
}

static void test_offsets(void)
{
	check_offsets("monotonic           0         0\nboottime         3600         5\n", 0,
		      G_GINT64_CONSTANT(3600000000005));
	/* Half a second back: the nanoseconds count upwards. */
	check_offsets("monotonic          -1 500000000\nboottime            0         1\n",
		      -500000000, 1);
}

static void test_no_offsets(void)
{
	static const char *const odd[] = {
		"",
		"monotonic 0 0\n",
		"boottime 0 0\nmonotonic 0 0\n",
		"monotonic 0 0\nboottime 0 0",
		"monotonic 0\nboottime 0 0\n",
		"monotonic 0 1000000000\nboottime 0 0\n",
		"monotonic 9223372036854775807 0\nboottime 0 0\n",
		"monotonic --1 0\nboottime 0 0\n",
	};
	NslTimeOffsets offsets;

	for (guint i = 0; i < G_N_ELEMENTS(odd); i++)
		g_assert_false(nsl_parse_time_offsets(odd[i], &offsets));
}

static void test_files(void)
{
	char *dir = fixture_directory();
	g_autofree char *large = g_strnfill(20000, ' ');
	g_autoptr(GArray) uids = new_ranges();
	g_autoptr(GArray) gids = new_ranges();
	g_autoptr(NslProcfs) procfs = NULL;
	g_auto(NslFd) process = -1;
	NslTimeOffsets offsets;

	fixture_record(dir, 7, "sh", "sh", -1, NULL);
	fixture_file(dir, "7/uid_map", "0 5 6\n", -1);
	fixture_file(dir, "7/gid_map", large, -1);
	procfs = fixture_open(dir);
	process = nsl_procfs_open_process(procfs, 7);
	g_assert_cmpint(nsl_process_read_id_map(process, false, uids), ==, 0);
	g_assert_cmpuint(uids->len, ==, 1);
	g_assert_cmpint(nsl_process_read_id_map(process, true, gids), ==, -EFBIG);
	g_assert_cmpint(nsl_process_read_time_offsets(process, &offsets), ==, -ENOENT);
	fixture_file(dir, "7/timens_offsets", "who knows\n", -1);
	g_assert_cmpint(nsl_process_read_time_offsets(process, &offsets), ==, -EINVAL);
	fixture_remove(dir);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/procfs_ns/map", test_map);
	g_test_add_func("/procfs_ns/no-map", test_no_map);
	g_test_add_func("/procfs_ns/offsets", test_offsets);
	g_test_add_func("/procfs_ns/no-offsets", test_no_offsets);
	g_test_add_func("/procfs_ns/files", test_files);
	return g_test_run();
}
