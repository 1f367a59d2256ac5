/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Progress: see progress.h.
 */
#include "base/progress.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/sys.h"

#define DELAY_US    1000000
#define INTERVAL_US 100000
#define COLUMNS	    80 /* where the terminal does not tell */

void nsl_progress_start(NslProgress *progress, int fd, gint64 now)
{
	struct winsize size = {0};

	*progress = (NslProgress){.fd = isatty(fd) ? fd : -1, .started = now};
	if (progress->fd >= 0 && ioctl(fd, TIOCGWINSZ, &size) == 0)
		progress->columns = size.ws_col;
	if (progress->columns == 0)
		progress->columns = COLUMNS;
}

/* "1,200" */
static void append_count(GString *text, guint count)
{
	if (count >= 1000) {
		append_count(text, count / 1000);
		g_string_append_printf(text, ",%03u", count % 1000);
	} else {
		g_string_append_printf(text, "%u", count);
	}
}

/* From the start of the line, over what stands there. Without control sequences: all terminals do.
 */
static void show(NslProgress *progress, const char *text)
{
	g_autoptr(GString) line = g_string_new("\r");
	/* In the last column the cursor might go on to the next line. */
	guint width = MIN((guint)strlen(text), progress->columns - 1);

	g_string_append_len(line, text, width);
	for (guint i = width; i < progress->shown; i++)
		g_string_append_c(line, ' ');
	if (width < progress->shown) {
		g_string_append_c(line, '\r');
		g_string_append_len(line, text, width);
	}
	nsl_fd_write(progress->fd, line->str, line->len); /* nobody is told if it cannot be */
	progress->shown = width;
}

/* Else it would stand in the way of who types there. */
static bool is_in_foreground(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group <= 0 || group == getpgrp();
}

void nsl_progress_tell(NslProgress *progress, const char *what, guint done, guint total, gint64 now)
{
	g_autoptr(GString) text = NULL;

	if (!progress || progress->fd < 0 || now - progress->started < DELAY_US ||
	    (progress->last != 0 && now - progress->last < INTERVAL_US))
		return;
	progress->last = now;
	if (!is_in_foreground(progress->fd))
		return;
	text = g_string_new("nslist: reading ");
	g_string_append_printf(text, "%s ", what);
	append_count(text, done);
	g_string_append(text, " of ");
	append_count(text, total);
	show(progress, text->str);
}

void nsl_progress_clear(NslProgress *progress)
{
	if (progress->fd >= 0 && progress->shown > 0)
		show(progress, "");
}
