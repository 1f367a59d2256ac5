/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/output.
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

static void test_whole(void)
{
	g_auto(NslFd) fd = memfd_create("output", MFD_CLOEXEC);
	g_autoptr(GString) expected = g_string_new(NULL);
	g_autofree char *written = NULL;

	for (guint i = 0; i < LINES; i++)
		append_line(expected, i);
	g_assert_cmpint(write_lines(fd), ==, 0);
	written = g_malloc(expected->len + 1);
	g_assert_cmpint(pread(fd, written, expected->len + 1, 0), ==, (int)expected->len);
	g_assert_cmpmem(written, expected->len, expected->str, expected->len);
}

/* Nothing is written before there is much of it, or the end. */
static void test_pieces(void)
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

static void test_pipe(void)
{
	check_pipe(0);
	check_pipe(O_NONBLOCK);
}

static void test_closed_pipe(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
	close(ends[0]);
	g_assert_cmpint(write_lines(ends[1]), ==, -EPIPE);
	close(ends[1]);
	signal(SIGPIPE, SIG_DFL);
}

static void test_full(void)
{
	g_auto(NslFd) fd = nsl_fd_openat(AT_FDCWD, "/dev/full", O_WRONLY);

	g_assert_cmpint(write_lines(fd), ==, -ENOSPC);
	g_assert_cmpint(write_lines(-1), ==, -EBADF);
}

/* The first failure is what is told, and nothing is written after it: no line with a hole. */
static void test_first_failure(void)
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

static void test_number(void)
{
	static const guint64 numbers[] = {
		0,	    1,	     9,		  10,	      99,
		100,	    4194304, G_MAXUINT32, G_MAXINT64, 10000000000000000000u,
		G_MAXUINT64};

	for (gsize i = 0; i < G_N_ELEMENTS(numbers); i++)
		for (guint width = 0; width < 25; width++) {
			g_autoptr(GString) text = g_string_new("<");
			g_autofree char *expected =
				g_strdup_printf("<%*" G_GUINT64_FORMAT, (int)width, numbers[i]);

			nsl_output_number(text, numbers[i], width);
			g_assert_cmpstr(text->str, ==, expected);
		}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/output/whole", test_whole);
	g_test_add_func("/output/pieces", test_pieces);
	g_test_add_func("/output/pipe", test_pipe);
	g_test_add_func("/output/closed_pipe", test_closed_pipe);
	g_test_add_func("/output/full", test_full);
	g_test_add_func("/output/first_failure", test_first_failure);
	g_test_add_func("/output/number", test_number);
	return g_test_run();
}
