/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Watching: see watch.h.
 */
#include "watch.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/sys.h"
#include "compare.h"
#include "report/changes.h"
#include "report/format.h"
#include "take.h"

#define FORGET_ROUNDS 30 /* a warning that comes back later than this is told again */

/* A snapshot, and what of it is watched. */
typedef struct Round {
	NslSelection *selection; /* what its selectors stand for is found out each time */
	NslSnapshot *snapshot;
	NslView *view; /* NULL: there is none */
} Round;

typedef struct Watch {
	const NslOptions *options;
	const NslWatchCalls *calls;
	NslOutput *output;
	NslCollectKept kept;
	Round last;	  /* that there is a snapshot of */
	guint n_rounds;	  /* so far */
	GHashTable *told; /* warnings, without their numbers, to the round that had each last */
	bool has_header;
	guint64 header_at; /* lines that were written before it */
} Watch;

/*
 * Signals. They end the program at once, but not while lines are written: a round that nobody has
 * seen yet is no loss, and workers end with their parent.
 */

static const int endings[] = {SIGINT, SIGTERM};

static void end(int number)
{
	(void)number;
	_exit(0);
}

static void end_on_signals(void)
{
	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
		struct sigaction action;

		/* Who has it ignored (nohup(1), "&" in a script) does not want it to end. */
		if (sigaction(endings[i], NULL, &action) < 0 || action.sa_handler == SIG_IGN)
			continue;
		memset(&action, 0, sizeof(action));
		action.sa_handler = end;
		sigaction(endings[i], &action, NULL);
	}
}

/* NslOutput's: only what there is room for, which is waited for first. Ends at a line's end. */
static int write_lines(int fd, const char *text, gsize size)
{
	int result = 0;

	while (size > 0 && result == 0) {
		struct pollfd room = {.fd = fd, .events = POLLOUT};
		gsize piece = MIN(size, PIPE_BUF); /* pipe(7): as much goes in at once */
		const char *line_end = memrchr(text, '\n', piece);
		sigset_t held;
		sigset_t before;

		if (line_end)
			piece = (gsize)(line_end - text) + 1;
		poll(&room, 1, -1); /* what it says, the write says too */
		sigemptyset(&held);
		for (gsize i = 0; i < G_N_ELEMENTS(endings); i++)
			sigaddset(&held, endings[i]);
		sigprocmask(SIG_BLOCK, &held, &before);
		result = nsl_fd_write(fd, text, piece);
		sigprocmask(SIG_SETMASK, &before, NULL);
		text += piece;
		size -= piece;
	}
	return result;
}

/* False: nobody reads any more. */
static bool sleep_until(NslOutput *output, gint64 then)
{
	struct pollfd reader = {.fd = output->fd};
	gint64 left;

	while (left = then - g_get_monotonic_time(), left > 0) {
		const struct timespec time = {.tv_sec = left / G_USEC_PER_SEC,
					      .tv_nsec = left % G_USEC_PER_SEC * 1000};

		if (ppoll(&reader, 1, &time, NULL) > 0) {
			/* A terminal that has hung up is as a pipe that is closed. */
			output->result = reader.revents & POLLNVAL ? -EBADF : -EPIPE;
			return false;
		}
	}
	return true;
}

gint64 nsl_watch_next(gint64 last, gint64 interval, gint64 now)
{
	return last + (MAX(now - last, 0) / interval + 1) * interval;
}

/* `before`: NULL in the first round, which has a header alone. */
static void show(Watch *watch, const NslChanges *changes, const NslView *before,
		 const NslView *after)
{
	NslOutput *output = watch->output;
	NslStyle style = watch->calls->choose_style(watch->options);
	bool lines = style.writing == NSL_WRITING_LINES;
	NslChangesReport report = {.changes = changes, .before = before, .after = after};

	/* Once, and on a terminal where it has left the screen. */
	style.headings =
		!watch->options->no_headings &&
		(!watch->has_header ||
		 (lines && style.rows > 0 && output->n_lines - watch->header_at >= style.rows - 1));
	if (style.headings) {
		watch->has_header = true;
		watch->header_at = output->n_lines;
	}
	report.timed = true;
	report.ahead = lines ? nsl_system_ahead(after->snapshot->time) : 0;
	nsl_changes_write(&report, &style, output);
	nsl_output_finish(output);
}

static gboolean is_forgotten(gpointer key, gpointer value, gpointer data)
{
	const Watch *watch = data;

	(void)key;
	return watch->n_rounds - GPOINTER_TO_UINT(value) > FORGET_ROUNDS;
}

/* Tells what has not been told lately. Other numbers in it are nothing new. */
static void tell(Watch *watch, const char *warning)
{
	GString *key = g_string_new(NULL);

	for (const char *at = warning; *at; at++)
		if (!g_ascii_isdigit(*at))
			g_string_append_c(key, *at);
	if (!g_hash_table_contains(watch->told, key->str))
		watch->calls->complain(warning);
	g_hash_table_insert(watch->told, g_string_free(key, FALSE),
			    GUINT_TO_POINTER(watch->n_rounds));
}

static void round_clear(Round *round)
{
	g_clear_pointer(&round->view, nsl_view_free);
	g_clear_pointer(&round->snapshot, nsl_snapshot_free);
	g_clear_pointer(&round->selection, nsl_selection_free);
}

/* Whether there is a snapshot. */
static bool take_round(Watch *watch, Round *round, GError **error)
{
	NslOptions options = *watch->options;

	round->selection = options.selection = nsl_selection_copy(watch->options->selection);
	round->snapshot = nsl_take_snapshot(&options, nsl_formats[NSL_FORMAT_JSON].facts,
					    &watch->kept, error);
	/* Workers that were left behind, and have ended by now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (round->snapshot)
		round->view = nsl_compare_select(&options, round->snapshot);
	return round->snapshot != NULL;
}

static void compare_round(Watch *watch, const Round *round)
{
	const NslOptions *options = watch->options;
	const NslView *before = watch->last.view;
	g_autoptr(NslChanges) changes =
		before ? nsl_compare_views(before, round->view) : nsl_changes_new();
	g_autoptr(GPtrArray) warnings = watch->calls->list_warnings(options, round->snapshot);

	/* What stands for nothing at first may come later. */
	for (guint i = 0; !before && i < round->view->unmatched->len; i++)
		g_ptr_array_add(warnings, nsl_options_explain_unmatched(
						  options, &g_array_index(round->view->unmatched,
									  NslUnmatched, i)));
	if (!before || changes->list->len > 0)
		show(watch, changes, before, round->view);
	for (guint i = 0; i < warnings->len; i++)
		tell(watch, g_ptr_array_index(warnings, i));
	for (guint i = 0; i < changes->notes->len && !options->quiet; i++)
		tell(watch, g_ptr_array_index(changes->notes, i));
}

/* False: no snapshot could be taken. */
static bool do_round(Watch *watch, GError **error)
{
	Round round = {0};

	watch->n_rounds++;
	if (!take_round(watch, &round, error)) {
		round_clear(&round);
		return false;
	}
	compare_round(watch, &round);
	round_clear(&watch->last);
	watch->last = round;
	return true;
}

bool nsl_watch(const NslOptions *options, const NslWatchCalls *calls, NslOutput *output,
	       GError **error)
{
	Watch watch = {.options = options, .calls = calls, .output = output};
	gint64 begin = g_get_monotonic_time();
	bool started;

	end_on_signals();
	output->write = write_lines;
	watch.told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	started = do_round(&watch, error);
	while (started && output->result == 0) {
		g_autoptr(GError) failure = NULL;

		begin = nsl_watch_next(begin, options->watch, g_get_monotonic_time());
		if (sleep_until(output, begin) && !do_round(&watch, &failure)) {
			g_autofree char *warning =
				g_strdup_printf("%s; will try again", failure->message);

			tell(&watch, warning);
		}
		g_hash_table_foreach_remove(watch.told, is_forgotten, &watch);
	}
	round_clear(&watch.last);
	g_hash_table_unref(watch.told);
	nsl_collect_kept_clear(&watch.kept);
	return started;
}
