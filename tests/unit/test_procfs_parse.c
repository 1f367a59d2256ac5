/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/procfs_parse.
 */
#include "base/procfs_parse.h"

#include <string.h>

#include "test.h"

TEST(number)
{
	static const struct {
		const char *text;
		guint64 max;
		gint64 number; /* -1: none */
	} cases[] = {
		{"0", 10, 0},
		{"7", 10, 7},
		{"10", 10, 10},
		{"11", 10, -1},
		{"007", 10, 7},
		{"", 10, -1},
		{"-1", 10, -1},
		{"+1", 10, -1},
		{" 1", 10, -1},
		{"1 ", 10, -1},
		{"1a", 10, -1},
		{"0x1", 10, -1},
		{"1:", 10, -1},
		{"/", 10, -1},
		{"4194304", NSL_PID_MAX, 4194304},
		{"4194305", NSL_PID_MAX, -1},
		{"4294967295", G_MAXUINT32, G_MAXUINT32},
		{"4294967296", G_MAXUINT32, -1},
		{"9223372036854775807", G_MAXUINT64, G_MAXINT64},
		{"18446744073709551616", G_MAXUINT64, -1},
		{"18446744073709551620", G_MAXUINT64, -1},
		{"99999999999999999999", G_MAXUINT64, -1},
		{"340282366920938463463374607431768211456", G_MAXUINT64, -1}, /* 2^128 */
	};
	guint64 number;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		bool valid = nsl_parse_number(cases[i].text, strlen(cases[i].text), cases[i].max,
					      &number);

		if (valid != (cases[i].number >= 0))
			g_error("\"%s\" is %s number", cases[i].text, valid ? "a" : "no");
		if (valid)
			g_assert_cmpuint(number, ==, (guint64)cases[i].number);
	}
	g_assert_true(nsl_parse_number("18446744073709551615", 20, G_MAXUINT64, &number));
	g_assert_cmpuint(number, ==, G_MAXUINT64);
	/* The size counts, not the NUL. */
	g_assert_true(nsl_parse_number("123", 2, 100, &number));
	g_assert_cmpuint(number, ==, 12);
	g_assert_false(nsl_parse_number("12", 3, 1000, &number));
}

/* Against every limit below 100, every number below 1000. */
TEST(number_limits)
{
	for (guint64 max = 0; max < 100; max++)
		for (guint64 i = 0; i < 1000; i++) {
			g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, i);
			guint64 number = 0;
			bool valid = nsl_parse_number(text, strlen(text), max, &number);

			if (valid != (i <= max))
				g_error("%s of at most %u is %s", text, (guint)max,
					valid ? "valid" : "not");
			if (valid)
				g_assert_cmpuint(number, ==, i);
		}
}

TEST(seconds)
{
	static const struct {
		const char *text;
		gint64 us; /* -1: none */
	} cases[] = {
		{"2", 2000000},
		{"0.5", 500000},
		{".5", 500000},
		{"5.", 5000000},
		{"007", 7000000},
		{"0.001", 1000},
		{"0.0010", 1000},
		{"0.000999", -1},
		{"0.123456", 123456},
		{"0.1234564", 123456},
		{"0.1234565", 123457},
		{"9.999999", 9999999},
		{"10", 10000000},
		{"10.000001", -1},
		{"11", -1},
		{"0", -1},
		{"0.0", -1},
		{"", -1},
		{".", -1},
		{"1.2.3", -1},
		{"-1", -1},
		{"+1", -1},
		{" 1", -1},
		{"1 ", -1},
		{"1s", -1},
		{"1,5", -1},
		{"1e0", -1},
		{"1E0", -1},
		{"0x1", -1},
		{"nan", -1},
		{"inf", -1},
		{"infinity", -1},
		{"99999999999999999999999999999999999999", -1},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 us = -1;
		bool valid = nsl_parse_seconds(cases[i].text, 1000, 10000000, &us);

		if (us != cases[i].us || valid != (us >= 0))
			g_error("\"%s\" is %" G_GINT64_FORMAT, cases[i].text, us);
	}
}

TEST(next_number)
{
	static const struct {
		const char *text;
		const char *rest; /* NULL: there is none */
		guint64 number;
	} cases[] = {
		{"7", "", 7},	  {" \t 7 8", " 8", 7}, {"7x", "x", 7}, {"10\n", "\n", 10},
		{"11", NULL, 0},  {"", NULL, 0},	{" ", NULL, 0}, {"\n7", NULL, 0},
		{" -7", NULL, 0}, {"x7", NULL, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint64 number = 0;

		g_assert_cmpstr(nsl_parse_next_number(cases[i].text, 10, &number), ==,
				cases[i].rest);
		g_assert_cmpuint(number, ==, cases[i].number);
	}
}

TEST(ns_link)
{
	static const struct {
		const char *text;
		const char *type; /* NULL: no link */
		guint64 inode;
	} cases[] = {
		{"net:[4026531833]", "net", 4026531833},
		{"cgroup:[4026531835]", "cgroup", 4026531835},
		{"x:[1]", "x", 1},
		{"net:[0]", "net", 0},
		{"net:[18446744073709551615]", "net", G_MAXUINT64},
		{"net:[18446744073709551616]", NULL, 0},
		{"net:[99999999999999999999999999]", NULL, 0},
		{"net:[-1]", NULL, 0},
		{"net:[+1]", NULL, 0},
		{"net:[ 1]", NULL, 0},
		{"net:[1 ]", NULL, 0},
		{"net:[0x1]", NULL, 0},
		{"net:[]", NULL, 0},
		{"net:[", NULL, 0},
		{"net:", NULL, 0},
		{"net", NULL, 0},
		{"", NULL, 0},
		{":", NULL, 0},
		{":[1]", NULL, 0},
		{"net[1]", NULL, 0},
		{"net:1", NULL, 0},
		{"net:(1)", NULL, 0},
		{"net:[1", NULL, 0},
		{"net:1]", NULL, 0},
		{"net:[1]x", NULL, 0},
		{"net:[1]]", NULL, 0},
		{"net:[[1]", NULL, 0},
		{"net:[1] ", NULL, 0},
		{"net:[1]\n", NULL, 0},
		{"net:[1] (deleted)", NULL, 0},
		{"net:[1]:[2]", NULL, 0},
		{"socket:[abc]", NULL, 0},
		{"/dev/null", NULL, 0},
		{"anon_inode:[eventpoll]", NULL, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		/* Not NUL-terminated: readlink(2) does not. */
		gsize size = strlen(cases[i].text);
		g_autofree char *text = g_malloc(MAX(size, 1));
		const char *type = NULL;
		gsize type_size = 0;
		guint64 inode = 0;
		bool valid;

		memcpy(text, cases[i].text, size);
		valid = nsl_parse_ns_link(text, size, &type, &type_size, &inode);
		if (valid != (cases[i].type != NULL))
			g_error("\"%s\" is %s link", cases[i].text, valid ? "a" : "no");
		if (!valid)
			continue;
		g_assert_cmpmem(type, type_size, cases[i].type, strlen(cases[i].type));
		g_assert_true(type == text);
		g_assert_cmpuint(inode, ==, cases[i].inode);
	}
}

#define AFTER_FLAGS " 1 2 3 4 5 6 7 8 20 0 1 0 "

TEST(stat)
{
	static const struct {
		const char *text;
		const char *comm;
		guint64 start;
		guint32 ppid;
		char state;
		bool kthread;
		bool ending;
	} cases[] = {
		{"7 (sh) S 6 7 7 0 -1 4194560" AFTER_FLAGS "8123 1000 10\n", "sh", 8123, 6, 'S',
		 false, false},
		{"2 (kthreadd) S 0 0 0 0 -1 2129984" AFTER_FLAGS "18 0 0\n", "kthreadd", 18, 0, 'S',
		 true, false},
		{"35 (kworker/u4:2-events_unbound) I 2 0 0 0 -1 69238880" AFTER_FLAGS "20 0\n",
		 "kworker/u4:2-events_unbound", 20, 2, 'I', true, false},
		/* PF_EXITING; a zombie has ended. */
		{"9 (e) R 1 9 9 0 -1 4194372" AFTER_FLAGS "5 0\n", "e", 5, 1, 'R', false, true},
		{"9 (e) Z 1 9 9 0 -1 4194372" AFTER_FLAGS "5 0\n", "e", 5, 1, 'Z', false, false},
		{"9 (e) X 1 9 9 0 -1 4194372" AFTER_FLAGS "5 0\n", "e", 5, 1, 'X', false, false},
		/* The name may hold anything. */
		{"9 (a) b) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "a) b", 5, 1, 'R', false, false},
		{"9 ()) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", ")", 5, 1, 'R', false, false},
		{"9 (() R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "(", 5, 1, 'R', false, false},
		{"9 () R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "", 5, 1, 'R', false, false},
		{"9 (a\nb\tc) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "a\nb\tc", 5, 1, 'R', false,
		 false},
		{"9 (x) S 1 1 1 0) Z 4 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "x) S 1 1 1 0", 5, 4, 'Z',
		 false, false},
		{"9 (\xff\x1b) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "\xff\x1b", 5, 1, 'R', false,
		 false},
		/* Numbers at their limits. */
		{"4194304 (m) S 4194304 0 0 0 -1 4294967295" AFTER_FLAGS "18446744073709551615 0\n",
		 "m", G_MAXUINT64, 4194304, 'S', true, true},
		/* A kernel that ends with field 22. */
		{"9 (x) S 1 9 9 0 -1 64" AFTER_FLAGS "5", "x", 5, 1, 'S', false, false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		NslProcessStat stat;

		if (!nsl_parse_stat(cases[i].text, strlen(cases[i].text), &stat))
			g_error("not parsed: %s", cases[i].text);
		g_assert_cmpstr(stat.comm, ==, cases[i].comm);
		g_assert_cmpint(stat.state, ==, cases[i].state);
		g_assert_cmpuint(stat.ppid, ==, cases[i].ppid);
		g_assert_cmpint(stat.kthread, ==, cases[i].kthread);
		g_assert_cmpint(stat.ending, ==, cases[i].ending);
		g_assert_cmpuint(stat.start_ticks, ==, cases[i].start);
	}
}

TEST(stat_malformed)
{
	static const char *const texts[] = {
		"",
		"7",
		"7 (sh",
		"7 sh) S 6 7 7 0 -1 0" AFTER_FLAGS "1",
		")(",
		"7 (sh)",
		"7 (sh) ",
		"7 (sh) S",
		"7 (sh) S 6",
		"7 (sh) S 6 7 7 0 -1 4194560",
		"7 (sh) S 6 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0",
		"7 (sh) S 6 7 7 0 -1 4194560" AFTER_FLAGS,
		"7 (sh) S -6 7 7 0 -1 4194560" AFTER_FLAGS "1",
		"7 (sh) S 4194305 7 7 0 -1 4194560" AFTER_FLAGS "1",
		"7 (sh) S 6 7 7 0 -1 x" AFTER_FLAGS "1",
		"7 (sh) S 6 7 7 0 -1 0" AFTER_FLAGS "18446744073709551616",
		"7 (sh)S 6 7 7 0 -1 0" AFTER_FLAGS "1",
	};
	NslProcessStat stat;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (nsl_parse_stat(texts[i], strlen(texts[i]), &stat))
			g_error("parsed: %s", texts[i]);
}

/* A name that is longer than there is room for loses its end, not more. */
TEST(stat_long_name)
{
	g_autofree char *name = g_strnfill(200, 'n');
	g_autofree char *text = g_strdup_printf("7 (%s) S 6 7 7 0 -1 0" AFTER_FLAGS "8123\n", name);
	NslProcessStat stat;

	g_assert_true(nsl_parse_stat(text, strlen(text), &stat));
	g_assert_cmpuint(strlen(stat.comm), ==, sizeof(stat.comm) - 1);
	g_assert_true(g_str_has_prefix(name, stat.comm));
	g_assert_cmpuint(stat.start_ticks, ==, 8123);
}

TEST(status)
{
	static const struct {
		const char *text;
		guint32 ruid;
		guint32 euid;
		guint32 n_nspid;
		guint32 nspid[4];
	} cases[] = {
		{"Name:\tsh\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\nPPid:\t6\n"
		 "Uid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\nGroups:\t4 24 27\nNStgid:\t7\t1\n"
		 "NSpid:\t7\t1\nNSpgid:\t7\t1\n",
		 1000,
		 1001,
		 2,
		 {7, 1}},
		{"Name:\tsh\nUid:\t0\t0\t0\t0\nNSpid:\t9\n", 0, 0, 1, {9}},
		/* Before Linux 4.1. */
		{"Name:\tsh\nUid:\t0\t33\t0\t0\nGid:\t0\t0\t0\t0\n", 0, 33, 0, {0}},
		{"Name:\tsh\nUid:\t4294967295\t4294967294\t0\t0\nNSpid:\t4194304\t4194304\t1\n",
		 G_MAXUINT32,
		 G_MAXUINT32 - 1,
		 3,
		 {4194304, 4194304, 1}},
		/* The end of the file may be the end of the line. */
		{"Name:\tsh\nUid:\t1\t2\t3\t4\nNSpid:\t5\t6\t7", 1, 2, 3, {5, 6, 7}},
		/* Newlines in the name are escaped by the kernel, so this is but a name. */
		{"Name:\tNSpid:\t1\nUid:\t1\t2\t3\t4\nNSpid:\t5\n", 1, 2, 1, {5}},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		NslProcessStatus status;

		memset(&status, 0x55, sizeof(status));
		g_assert_true(nsl_parse_status(cases[i].text, &status));
		g_assert_cmpuint(status.euid, ==, cases[i].euid);
		g_assert_cmpuint(status.ruid, ==, cases[i].ruid);
		g_assert_cmpuint(status.n_nspid, ==, cases[i].n_nspid);
		for (guint j = 0; j < status.n_nspid; j++)
			g_assert_cmpuint(status.nspid[j], ==, cases[i].nspid[j]);
	}
}

TEST(status_malformed)
{
	static const char *const texts[] = {
		"",
		"Name:\tsh\n",
		"Name:\tsh\nUid:\t",
		"Name:\tsh\nUid:\t0\n",
		"Name:\tsh\nUid:\t0\t\n",
		"Name:\tsh\nUid:\t0\t-1\t0\t0\n",
		"Name:\tsh\nUid:\t0\t4294967296\t0\t0\n",
		"Name:\tsh\nUid: 0 0 0 0\n",
		"Uid:\t0\t0\t0\t0\n", /* the name comes first: this would be a part of it */
	};
	NslProcessStatus status;

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++)
		if (nsl_parse_status(texts[i], &status))
			g_error("parsed: %s", texts[i]);
}

/* As deep as PID namespaces go, and one more than there can be. */
TEST(status_levels)
{
	for (guint levels = 1; levels <= NSL_PID_LEVELS + 1; levels++) {
		g_autoptr(GString) text = g_string_new("Name:\tx\nUid:\t0\t0\t0\t0\nNSpid:");
		NslProcessStatus status;

		for (guint i = 0; i < levels; i++)
			g_string_append_printf(text, "\t%u", 1000 - i);
		g_string_append(text, "\nNSpgid:\t7\n");
		g_assert_true(nsl_parse_status(text->str, &status));
		g_assert_cmpuint(status.n_nspid, ==, MIN(levels, NSL_PID_LEVELS));
		for (guint i = 0; i < status.n_nspid; i++)
			g_assert_cmpuint(status.nspid[i], ==, 1000 - i);
	}
}

static GArray *new_ranges(void)
{
	return g_array_new(FALSE, FALSE, sizeof(NslIdRange));
}

TEST(map)
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

TEST(no_map)
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

TEST(offsets)
{
	check_offsets("monotonic           0         0\nboottime         3600         5\n", 0,
		      G_GINT64_CONSTANT(3600000000005));
	/* Half a second back: the nanoseconds count upwards. */
	check_offsets("monotonic          -1 500000000\nboottime            0         1\n",
		      -500000000, 1);
}

TEST(no_offsets)
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

TEST(process_path)
{
	static const struct {
		const char *path;
		guint32 pid; /* 0: none */
		const char *rest;
	} cases[] = {
		{"/proc/7", 7, ""},
		{"/proc/7/", 7, ""},
		{"/proc/7/ns/net", 7, "ns/net"},
		{"/proc/4194304", 4194304, ""},
		{"/proc/4194305", 0, NULL},
		{"/proc/0", 0, NULL},
		{"/proc/", 0, NULL},
		{"/proc/self", 0, NULL},
		{"/proc", 0, NULL},
		{"proc/7", 0, NULL},
		{"", 0, NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *rest = NULL;
		guint32 pid = 0;

		g_assert_cmpint(nsl_parse_process_path(cases[i].path, &pid, &rest), ==,
				cases[i].pid != 0);
		g_assert_cmpuint(pid, ==, cases[i].pid);
		g_assert_cmpstr(rest, ==, cases[i].rest);
	}
}
