/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/progress: on a terminal of its own, with a clock that the test turns.
 */
#include "base/progress.h"

#include <pty.h>
#include <termios.h>

#include "fixture.h"

#define SECOND G_GINT64_CONSTANT(1000000)

typedef struct Terminal {
	int master;
	int slave;
	NslProgress progress;
} Terminal;

static Terminal open_terminal(unsigned short columns)
{
	Terminal terminal;
	struct winsize size = {.ws_row = 25, .ws_col = columns};
	struct termios raw;

	g_assert_cmpint(openpty(&terminal.master, &terminal.slave, NULL, NULL, &size), ==, 0);
	g_assert_cmpint(tcgetattr(terminal.slave, &raw), ==, 0);
	cfmakeraw(&raw);
	g_assert_cmpint(tcsetattr(terminal.slave, TCSANOW, &raw), ==, 0);
	nsl_progress_start(&terminal.progress, terminal.slave, 0);
	return terminal;
}

static void close_terminal(Terminal *terminal)
{
	close(terminal->master);
	close(terminal->slave);
}

/* What the terminal has got since; a mark is sent behind it, to wait for. */
static void check(Terminal *terminal, const char *expected)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char byte;

	g_assert_cmpint(write(terminal->slave, "#", 1), ==, 1);
	while (read(terminal->master, &byte, 1) == 1 && byte != '#')
		g_string_append_c(text, byte);
	g_assert_cmpstr(text->str, ==, expected);
}

#define LINE "\rnslist: reading processes 1,200 of 25,000"

TEST(line)
{
	Terminal terminal = open_terminal(80);
	NslProgress *progress = &terminal.progress;

	nsl_progress_tell(progress, "processes", 1000, 25000, SECOND - 1);
	check(&terminal, "");
	nsl_progress_tell(progress, "processes", 1200, 25000, SECOND);
	check(&terminal, LINE);
	nsl_progress_tell(progress, "processes", 1300, 25000, SECOND + SECOND / 20);
	check(&terminal, "");
	/* A shorter one leaves nothing of the longer. */
	nsl_progress_tell(progress, "mounts", 7, 9, 2 * SECOND);
	check(&terminal, "\rnslist: reading mounts 7 of 9            "
			 "\rnslist: reading mounts 7 of 9");
	nsl_progress_clear(progress);
	check(&terminal, "\r                             \r");
	nsl_progress_clear(progress);
	check(&terminal, "");
	close_terminal(&terminal);
}

/* What has not been shown is not erased either. */
TEST(fast)
{
	Terminal terminal = open_terminal(80);

	nsl_progress_tell(&terminal.progress, "processes", 1, 2, 10);
	nsl_progress_clear(&terminal.progress);
	check(&terminal, "");
	close_terminal(&terminal);
}

/* A line that went over the edge could not be erased. */
TEST(narrow)
{
	Terminal terminal = open_terminal(20);

	nsl_progress_tell(&terminal.progress, "processes", 1200, 25000, SECOND);
	check(&terminal, "\rnslist: reading pro");
	close_terminal(&terminal);
}

TEST(counts)
{
	Terminal terminal = open_terminal(80);

	nsl_progress_tell(&terminal.progress, "x", 0, 4194304, SECOND);
	check(&terminal, "\rnslist: reading x 0 of 4,194,304");
	close_terminal(&terminal);
}

TEST(no_terminal)
{
	g_auto(NslFd) fd = memfd_create("no terminal", MFD_CLOEXEC);
	NslProgress progress;

	nsl_progress_start(&progress, fd, 0);
	nsl_progress_tell(&progress, "processes", 1, 2, 5 * SECOND);
	nsl_progress_clear(&progress);
	g_assert_cmpint(lseek(fd, 0, SEEK_END), ==, 0);
	nsl_progress_start(&progress, -1, 0);
	nsl_progress_tell(&progress, "processes", 1, 2, 5 * SECOND);
	nsl_progress_clear(&progress);
	nsl_progress_tell(NULL, "processes", 1, 2, 5 * SECOND);
}
