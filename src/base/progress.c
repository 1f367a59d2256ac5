/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Progress: see progress.h.
 */
#include "base/progress.h"

#include <string.h>
#include <sys/ioctl.h>

#include "base/sys.h"

#define DELAY_US    1000000
#define INTERVAL_US 100000
#define COLUMNS	    80 /* where the terminal does not tell */

void nsl_progress_start(NslProgress *progress, int fd, gint64 now)
{
	struct winsize size = {0};
	bool terminal = isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0;

	*progress = (NslProgress){.fd = terminal ? fd : -1,
				  .columns = size.ws_col ? size.ws_col : COLUMNS,
				  .next = now + DELAY_US};
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

/* Over what stands on the line, without control sequences: so any terminal will do. */
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

void nsl_progress_tell(NslProgress *progress, const char *what, guint done, guint total, gint64 now)
{
	g_autoptr(GString) text = NULL;
	pid_t foreground;

	if (!progress || progress->fd < 0 || now < progress->next)
		return;
	progress->next = now + INTERVAL_US;
	/* In the background it would stand in the way of who types there. */
	foreground = tcgetpgrp(progress->fd);
	if (foreground > 0 && foreground != getpgrp())
		return;
	text = g_string_new(NULL);
	g_string_printf(text, "nslist: reading %s ", what);
	append_count(text, done);
	g_string_append(text, " of ");
	append_count(text, total);
	show(progress, text->str);
}

void nsl_progress_clear(NslProgress *progress)
{
	if (progress->shown > 0)
		show(progress, "");
}
