/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/output: what is written, where lines are cut, and what is coloured: nothing
 * without being asked for.
 */
#include "report/output.h"

#include <signal.h>
#include <stdlib.h>

#include "fixture.h"

#define LINES 40000

static void append_line(GString *text, guint i)
{
	g_string_append_printf(text, "line %u\n", i);
}

/* Writes LINES lines to `fd`, flushing after each; what nsl_output_finish() returns. */
static int write_lines(int fd)
{
	g_autoptr(NslOutput) output = nsl_output_new(fd);
	gsize most = 0;
	int result;

	for (guint i = 0; i < LINES; i++) {
		append_line(output->text, i);
		nsl_output_flush(output);
		most = MAX(most, output->text->len);
	}
	/* It does not gather all of it. */
	g_assert_cmpuint(most, <, 256 << 10);
	result = nsl_output_finish(output);
	g_assert_cmpint(nsl_output_finish(output), ==, result);
	return result;
}

/* Nothing is written before there is much of it, or the end. */
TEST(pieces)
{
	g_auto(NslFd) fd = memfd_create("output", MFD_CLOEXEC);
	g_autoptr(NslOutput) output = nsl_output_new(fd);

	g_string_append(output->text, "a line\n");
	nsl_output_flush(output);
	g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, 0);
	g_assert_cmpint(nsl_output_finish(output), ==, 0);
	g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, 7);
	nsl_output_free(NULL);
}

/* A pipe that takes little at a time, blocking or not, gets all in order. */
static void check_pipe(int flags)
{
	int ends[2];
	int status;
	pid_t pid;

	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	g_assert_cmpint(fcntl(ends[1], F_SETPIPE_SZ, 4096), >=, 0);
	g_assert_cmpint(fcntl(ends[1], F_SETFL, flags), ==, 0);
	pid = fork();
	if (pid == 0) {
		g_autoptr(GString) expected = g_string_new(NULL);
		g_autofree char *text = NULL;

		close(ends[1]);
		for (guint i = 0; i < LINES; i++)
			append_line(expected, i);
		text = g_malloc(expected->len + 1);
		if (nsl_fd_read(ends[0], text, expected->len + 1) != (ssize_t)expected->len)
			_exit(1);
		_exit(memcmp(text, expected->str, expected->len) != 0);
	}
	close(ends[0]);
	g_assert_cmpint(write_lines(ends[1]), ==, 0);
	close(ends[1]);
	g_assert_cmpint(waitpid(pid, &status, 0), ==, pid);
	g_assert_cmpint(status, ==, 0);
}

TEST(pipe)
{
	check_pipe(0);
	check_pipe(O_NONBLOCK);
}

/* The first failure is what is told, and nothing is written after it: no line with a hole. */
TEST(first_failure)
{
	g_auto(NslFd) full = nsl_fd_openat(AT_FDCWD, "/dev/full", O_WRONLY);
	g_auto(NslFd) file = memfd_create("output", MFD_CLOEXEC);
	g_autoptr(NslOutput) output = nsl_output_new(full);

	g_string_set_size(output->text, 100000);
	nsl_output_flush(output);
	g_assert_cmpint(output->result, ==, -ENOSPC);
	output->fd = file;
	g_string_append(output->text, "after");
	g_assert_cmpint(nsl_output_finish(output), ==, -ENOSPC);
	g_assert_cmpint(lseek(file, 0, SEEK_END), ==, 0);
}

TEST(number)
{
	static const guint64 numbers[] = {
		0,	    1,	     9,		  10,	      99,
		100,	    4194304, G_MAXUINT32, G_MAXINT64, 10000000000000000000u,
		G_MAXUINT64};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++) {
		g_autoptr(GString) text = g_string_new("<");
		g_autofree char *expected = g_strdup_printf("<%" G_GUINT64_FORMAT, numbers[i]);

		nsl_output_number(text, numbers[i]);
		g_assert_cmpstr(text->str, ==, expected);
	}
}

static void check_end(const char *line, guint columns, const char *expected)
{
	g_autoptr(NslOutput) output = nsl_output_new(-1);

	g_string_append_printf(output->text, "before\n%s", line);
	nsl_output_end_line(output, columns);
	g_assert_cmpstr(output->text->str + strlen("before\n"), ==, expected);
}

TEST(end_line)
{
	check_end("", 0, "\n");
	check_end("", 10, "\n");
	check_end("0123456789", 0, "0123456789\n");
	check_end("0123456789", 9, "012345678\n");
	check_end("0123456789", 10, "0123456789\n");
	check_end("0123456789", 11, "0123456789\n");
	check_end("\u65e5\u672c\u8a9e", 6, "\u65e5\u672c\u8a9e\n");
	check_end("\u65e5\u672c\u8a9e", 5, "\u65e5\u672c\n");
	check_end("\u65e5\u672c\u8a9e", 1, "\n");
	check_end("e\u0301e\u0301", 2, "e\u0301e\u0301\n");
	check_end("e\u0301e\u0301", 1, "e\u0301\n");
}

TEST(tones)
{
	const NslStyle with = {.color = true};
	const NslStyle without = {0};
	g_autoptr(GString) text = g_string_new("abc");

	for (NslTone tone = NSL_TONE_PLAIN; tone <= NSL_TONE_NAME; tone++)
		nsl_color(text, 0, -1, &without, tone);
	nsl_color(text, 0, -1, &with, NSL_TONE_PLAIN);
	g_assert_cmpstr(text->str, ==, "abc");
	nsl_color(text, 1, 1, &with, NSL_TONE_ASIDE);
	g_assert_cmpstr(text->str, ==, "a\033[2mb\033[0mc");
	g_string_truncate(text, 0);
	nsl_color(text, 0, -1, &with, NSL_TONE_HEADING);
	g_assert_cmpstr(text->str, ==, "\033[1m\033[0m");
}

/* A row of a namespace, and one of a process in a container whose name is hostile. */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 7, "sleep 1");

	nsl_namespace_add_name(fixture_join(snapshot, process, NSL_NSTYPE_NET, 5000), "blue");
	nsl_process_add_to(
		process, fixture_container(snapshot, "1", "docker", NULL, "a] \033[m\xe6\xbc\xa2"));
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check(NslFormat format, const char *columns, NslStyle style, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	style.color = true;
	fixture_check(format, snapshot, NULL, columns, style, expected);
}

TEST(color_table)
{
	check(NSL_FORMAT_TABLE, NULL, (NslStyle){.headings = true},
	      "\033[1m       PID  Namespace             Thread/Command\033[0m\n"
	      "\033[2m        --  net:[5000]            created by ip netns add blue\033[0m\n"
	      "         7  net\033[2m:[5000]\033[0m**          \033[36m[docker:a\\x5d\\x20"
	      "\\x1b\\x5bm\xe6\xbc\xa2]\033[0m "
	      "sleep 1\n");
}

TEST(color_ascii)
{
	check(NSL_FORMAT_TABLE, NULL, (NslStyle){.ascii_only = true},
	      "\033[2m        --  net:[5000]            created by ip netns add blue\033[0m\n"
	      "         7  net\033[2m:[5000]\033[0m**          \033[36m[docker:a\\x5d\\x20"
	      "\\x1b\\x5bm\\xe6\\xbc\\xa2]\033[0m sleep 1\n");
}

/* As wide as without colours, and none goes on into the next line. */
TEST(color_cut)
{
	check(NSL_FORMAT_TABLE, NULL, (NslStyle){.columns = 40, .headings = true},
	      "\033[1m       PID  Namespace             Thread\033[0m\n"
	      "\033[2m        --  net:[5000]            create\033[0m\n"
	      "         7  net\033[2m:[5000]\033[0m**          \033[36m[docke\033[0m\n");
}

TEST(color_tree)
{
	check(NSL_FORMAT_TREE, NULL, (NslStyle){.ascii_lines = true},
	      "\033[1mnet\033[0m\n"
	      "`-net\033[2m:[5000]\033[0m**  created by ip netns add blue\n"
	      "  `-7 \033[36m[docker:a\\x5d\\x20\\x1b\\x5bm\xe6\xbc\xa2]\033[0m sleep 1\n");
}

/* Columns are as wide as what is seen. */
TEST(color_grid)
{
	check(NSL_FORMAT_TABLE, "command,pid", (NslStyle){0},
	      "\033[2mcreated by ip netns add blue\033[0m          \033[2m-\033[0m\n"
	      "\033[36m[docker:a\\x5d\\x20\\x1b\\x5bm\xe6\xbc\xa2]\033[0m sleep 1 7\n");
}

static void check_fit(const char *text, guint columns, const char *fits)
{
	g_autoptr(GString) line = g_string_new(NULL);
	g_autofree char *expected = g_strconcat(fits, "\033[0m", NULL);

	g_assert_cmpuint(nsl_color_append_cut(line, text, columns), <=, columns);
	g_assert_cmpstr(line->str, ==, expected);
}

/* Colours take no columns, and are not torn; the last one ends where the text is cut. */
TEST(color_widths)
{
	const char *text = "\033[1mab\033[0m\033[36m\u65e5\033[0mz";

	g_assert_cmpuint(nsl_color_width(text), ==, 5);
	check_fit(text, 0, "\033[1m");
	check_fit(text, 1, "\033[1ma");
	check_fit(text, 3, "\033[1mab\033[0m\033[36m");
	check_fit(text, 4, "\033[1mab\033[0m\033[36m\u65e5\033[0m");
	check_fit(text, 5, text);
	g_assert_cmpuint(nsl_color_width("\033[1"), ==, 0);
}
