/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/procfs_parse.
 */
#include "base/procfs_parse.h"

#include <string.h>

#include "test.h"

/* A text, and what is made of it, in words; NULL: it is refused. */
typedef struct Case {
	const char *text;
	const char *told;
} Case;

/* `tell` is transfer full. */
static void check(const Case *cases, gsize n_cases, char *(*tell)(const char *text))
{
	for (gsize i = 0; i < n_cases; i++) {
		g_autofree char *told = tell(cases[i].text);

		if (g_strcmp0(told, cases[i].told) != 0)
			g_error("\"%s\" is \"%s\"", cases[i].text, told);
	}
}

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

static char *tell_ns_link(const char *link)
{
	/* Not NUL-terminated: readlink(2) does not. */
	gsize size = strlen(link);
	g_autofree char *text = g_realloc(g_strdup(link), MAX(size, 1));
	gsize type_size = 0;
	guint64 inode = 0;

	if (!nsl_parse_ns_link(text, size, &type_size, &inode))
		return NULL;
	return g_strdup_printf("%.*s %" G_GUINT64_FORMAT, (int)type_size, text, inode);
}

TEST(ns_link)
{
	static const Case cases[] = {
		{"net:[4026531833]", "net 4026531833"},
		{"cgroup:[4026531835]", "cgroup 4026531835"},
		{"x:[1]", "x 1"},
		{"net:[0]", "net 0"},
		{"net:[4294967295]", "net 4294967295"},
		{"net:[4294967296]", NULL},
		{"net:[18446744073709551615]", NULL},
		{"net:[99999999999999999999999999]", NULL},
		{"net:[-1]", NULL},
		{"net:[+1]", NULL},
		{"net:[ 1]", NULL},
		{"net:[1 ]", NULL},
		{"net:[0x1]", NULL},
		{"net:[]", NULL},
		{"net:[", NULL},
		{"net:", NULL},
		{"net", NULL},
		{"", NULL},
		{":", NULL},
		{":[1]", NULL},
		{"net[1]", NULL},
		{"net:1", NULL},
		{"net:(1)", NULL},
		{"net:[1", NULL},
		{"net:1]", NULL},
		{"net:[1]x", NULL},
		{"net:[1]]", NULL},
		{"net:[[1]", NULL},
		{"net:[1] ", NULL},
		{"net:[1]\n", NULL},
		{"net:[1] (deleted)", NULL},
		{"net:[1]:[2]", NULL},
		{"socket:[abc]", NULL},
		{"/dev/null", NULL},
		{"anon_inode:[eventpoll]", NULL},
	};

	check(cases, G_N_ELEMENTS(cases), tell_ns_link);
}

#define AFTER_FLAGS " 1 2 3 4 5 6 7 8 20 0 1 0 "

static char *tell_stat(const char *text)
{
	NslProcessStat stat;

	if (!nsl_parse_stat(text, strlen(text), &stat))
		return NULL;
	return g_strdup_printf("%s|%c %u %" G_GUINT64_FORMAT "%s%s", stat.comm, stat.state,
			       stat.ppid, stat.start_ticks, stat.kthread ? " kthread" : "",
			       stat.ending ? " ending" : "");
}

TEST(stat)
{
	static const Case cases[] = {
		{"7 (sh) S 6 7 7 0 -1 4194560" AFTER_FLAGS "8123 1000 10\n", "sh|S 6 8123"},
		{"2 (kthreadd) S 0 0 0 0 -1 2129984" AFTER_FLAGS "18 0 0\n",
		 "kthreadd|S 0 18 kthread"},
		{"35 (kworker/u4:2-events_unbound) I 2 0 0 0 -1 69238880" AFTER_FLAGS "20 0\n",
		 "kworker/u4:2-events_unbound|I 2 20 kthread"},
		/* PF_EXITING; a zombie has ended. */
		{"9 (e) R 1 9 9 0 -1 4194372" AFTER_FLAGS "5 0\n", "e|R 1 5 ending"},
		{"9 (e) Z 1 9 9 0 -1 4194372" AFTER_FLAGS "5 0\n", "e|Z 1 5"},
		{"9 (e) X 1 9 9 0 -1 4194372" AFTER_FLAGS "5 0\n", "e|X 1 5"},
		/* The name may hold anything. */
		{"9 (a) b) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "a) b|R 1 5"},
		{"9 ()) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", ")|R 1 5"},
		{"9 (() R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "(|R 1 5"},
		{"9 () R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "|R 1 5"},
		{"9 (a\nb\tc) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "a\nb\tc|R 1 5"},
		{"9 (x) S 1 1 1 0) Z 4 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "x) S 1 1 1 0|Z 4 5"},
		{"9 (\xff\x1b) R 1 9 9 0 -1 64" AFTER_FLAGS "5 0\n", "\xff\x1b|R 1 5"},
		/* Numbers at their limits. */
		{"4194304 (m) S 4194304 0 0 0 -1 4294967295" AFTER_FLAGS "18446744073709551615 0\n",
		 "m|S 4194304 18446744073709551615 kthread ending"},
		/* A kernel that ends with field 22. */
		{"9 (x) S 1 9 9 0 -1 64" AFTER_FLAGS "5", "x|S 1 5"},
		/* Malformed. */
		{"", NULL},
		{"7", NULL},
		{"7 (sh", NULL},
		{"7 sh) S 6 7 7 0 -1 0" AFTER_FLAGS "1", NULL},
		{")(", NULL},
		{"7 (sh)", NULL},
		{"7 (sh) ", NULL},
		{"7 (sh) S", NULL},
		{"7 (sh) S 6", NULL},
		{"7 (sh) S 6 7 7 0 -1 4194560", NULL},
		{"7 (sh) S 6 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0", NULL},
		{"7 (sh) S 6 7 7 0 -1 4194560" AFTER_FLAGS, NULL},
		{"7 (sh) S -6 7 7 0 -1 4194560" AFTER_FLAGS "1", NULL},
		{"7 (sh) S 4194305 7 7 0 -1 4194560" AFTER_FLAGS "1", NULL},
		{"7 (sh) S 6 7 7 0 -1 x" AFTER_FLAGS "1", NULL},
		{"7 (sh) S 6 7 7 0 -1 0" AFTER_FLAGS "18446744073709551616", NULL},
		{"7 (sh)S 6 7 7 0 -1 0" AFTER_FLAGS "1", NULL},
	};

	check(cases, G_N_ELEMENTS(cases), tell_stat);
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

static char *tell_status(const char *text)
{
	g_autoptr(GString) told = g_string_new(NULL);
	NslProcessStatus status;

	memset(&status, 0x55, sizeof(status));
	if (!nsl_parse_status(text, &status))
		return NULL;
	g_string_printf(told, "ruid %u euid %u nspid", status.ruid, status.euid);
	for (guint i = 0; i < status.n_nspid; i++)
		g_string_append_printf(told, " %u", status.nspid[i]);
	return g_string_free(g_steal_pointer(&told), FALSE);
}

TEST(status)
{
	static const Case cases[] = {
		{"Name:\tsh\nUmask:\t0022\nState:\tS (sleeping)\nTgid:\t7\nPid:\t7\nPPid:\t6\n"
		 "Uid:\t1000\t1001\t1002\t1003\nGid:\t5\t6\t7\t8\nGroups:\t4 24 27\nNStgid:\t7\t1\n"
		 "NSpid:\t7\t1\nNSpgid:\t7\t1\n",
		 "ruid 1000 euid 1001 nspid 7 1"},
		{"Name:\tsh\nUid:\t0\t0\t0\t0\nNSpid:\t9\n", "ruid 0 euid 0 nspid 9"},
		/* Before Linux 4.1. */
		{"Name:\tsh\nUid:\t0\t33\t0\t0\nGid:\t0\t0\t0\t0\n", "ruid 0 euid 33 nspid"},
		{"Name:\tsh\nUid:\t4294967295\t4294967294\t0\t0\nNSpid:\t4194304\t4194304\t1\n",
		 "ruid 4294967295 euid 4294967294 nspid 4194304 4194304 1"},
		/* The end of the file may be the end of the line. */
		{"Name:\tsh\nUid:\t1\t2\t3\t4\nNSpid:\t5\t6\t7", "ruid 1 euid 2 nspid 5 6 7"},
		{"Name:\tsh\nUid:\t1\t2\t3\t4\nNSpid:\t5\t0\t7", "ruid 1 euid 2 nspid 5"},
		/* Newlines in the name are escaped by the kernel, so this is but a name. */
		{"Name:\tNSpid:\t1\nUid:\t1\t2\t3\t4\nNSpid:\t5\n", "ruid 1 euid 2 nspid 5"},
		/* Malformed. */
		{"", NULL},
		{"Name:\tsh\n", NULL},
		{"Name:\tsh\nUid:\t", NULL},
		{"Name:\tsh\nUid:\t0\n", NULL},
		{"Name:\tsh\nUid:\t0\t\n", NULL},
		{"Name:\tsh\nUid:\t0\t-1\t0\t0\n", NULL},
		{"Name:\tsh\nUid:\t0\t4294967296\t0\t0\n", NULL},
		{"Name:\tsh\nUid: 0 0 0 0\n", NULL},
		{"Uid:\t0\t0\t0\t0\n", NULL}, /* the name comes first: this would be a part of it */
	};

	check(cases, G_N_ELEMENTS(cases), tell_status);
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

static char *tell_map(const char *text)
{
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autoptr(GString) told = g_string_new(NULL);

	if (!nsl_parse_id_map(text, ranges))
		return NULL;
	for (guint i = 0; i < ranges->len; i++) {
		const NslIdRange *range = &g_array_index(ranges, NslIdRange, i);

		g_string_append_printf(told, "%u>%u*%u ", range->inside, range->outside,
				       range->count);
	}
	return g_string_free(g_steal_pointer(&told), FALSE);
}

TEST(map)
{
	static const Case cases[] = {
		{"         0       1000          1\n"
		 "         1     100000      65536\n"
		 "4294967294 4294967295          1\n",
		 "0>1000*1 1>100000*65536 4294967294>4294967295*1 "},
		{"", ""}, /* nobody has written one yet */
		{"0", NULL},
		{"0 1\n", NULL},
		{"0 1 2", NULL},
		{"a 1 2\n", NULL},
		{"0 1 2 3\n", NULL},
		{"-1 1 2\n", NULL},
		{"4294967296 1 2\n", NULL},
		{"0 1 2\nx", NULL},
		{"0 1 2\n0 1\n", NULL},
		{"\n", NULL},
	};

	g_assert_cmpuint(NSL_ID_UNMAPPED, ==, 4294967295);
	check(cases, G_N_ELEMENTS(cases), tell_map);
}

/* As many lines as the kernel takes, and one more. */
TEST(map_limit)
{
	g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(NslIdRange));
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < NSL_ID_RANGES; i++)
		g_string_append(text, "0 0 1\n");
	g_assert_true(nsl_parse_id_map(text->str, ranges));
	g_assert_cmpuint(ranges->len, ==, NSL_ID_RANGES);
	g_string_append(text, "0 0 1\n");
	g_array_set_size(ranges, 0);
	g_assert_false(nsl_parse_id_map(text->str, ranges));
	g_assert_cmpuint(ranges->len, ==, NSL_ID_RANGES);
}

static char *tell_offsets(const char *text)
{
	NslTimeOffsets offsets;

	if (!nsl_parse_time_offsets(text, &offsets))
		return NULL;
	return g_strdup_printf("%" G_GINT64_FORMAT " %" G_GINT64_FORMAT, offsets.monotonic,
			       offsets.boottime);
}

TEST(offsets)
{
	static const Case cases[] = {
		{"monotonic           0         0\nboottime         3600         5\n",
		 "0 3600000000005"},
		/* Half a second back: the nanoseconds count upwards. */
		{"monotonic          -1 500000000\nboottime            0         1\n",
		 "-500000000 1"},
		{"", NULL},
		{"monotonic 0 0\n", NULL},
		{"boottime 0 0\nmonotonic 0 0\n", NULL},
		{"monotonic 0 0\nboottime 0 0", NULL},
		{"monotonic 0\nboottime 0 0\n", NULL},
		{"monotonic 0 1000000000\nboottime 0 0\n", NULL},
		{"monotonic 9223372036854775807 0\nboottime 0 0\n", NULL},
		{"monotonic --1 0\nboottime 0 0\n", NULL},
	};

	check(cases, G_N_ELEMENTS(cases), tell_offsets);
}

static char *tell_process_path(const char *path)
{
	const char *rest = NULL;
	guint32 pid = 0;

	if (nsl_parse_process_path(path, &pid, &rest))
		return g_strdup_printf("%u %s", pid, rest);
	g_assert_true(pid == 0 && !rest);
	return NULL;
}

TEST(process_path)
{
	static const Case cases[] = {
		{"/proc/7", "7 "},
		{"/proc/7/", "7 "},
		{"/proc/7/ns/net", "7 ns/net"},
		{"/proc/4194304", "4194304 "},
		{"/proc/4194305", NULL},
		{"/proc/0", NULL},
		{"/proc/", NULL},
		{"/proc/self", NULL},
		{"/proc", NULL},
		{"proc/7", NULL},
		{"", NULL},
	};

	check(cases, G_N_ELEMENTS(cases), tell_process_path);
}
