/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Comparing: see compare.h.
 */
#include "compare.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/text.h"
#include "report/filter.h"
#include "report/format.h"
#include "store/snapfile.h"
#include "take.h"

static bool is_part(const NslSelection *scope)
{
	return nsl_selection_is_part(scope) || scope->within;
}

static gboolean are_selectors_equal(gconstpointer a, gconstpointer b)
{
	return strcmp(((const NslSelector *)a)->text, ((const NslSelector *)b)->text) == 0;
}

static bool are_lists_equal(const GPtrArray *a, const GPtrArray *b, GEqualFunc equal)
{
	for (guint i = 0; a->len == b->len && i < a->len; i++)
		if (!equal(g_ptr_array_index(a, i), g_ptr_array_index(b, i)))
			return false;
	return a->len == b->len;
}

/* Whether they are about the same part. */
static bool are_parts_equal(const NslSelection *a, const NslSelection *b)
{
	return are_lists_equal(a->selectors, b->selectors, are_selectors_equal) &&
	       are_lists_equal(a->filters, b->filters, g_str_equal) &&
	       a->tasks->len == b->tasks->len &&
	       (a->tasks->len == 0 ||
		memcmp(a->tasks->data, b->tasks->data, a->tasks->len * sizeof(guint32)) == 0) &&
	       a->persistent == b->persistent && !a->within && !b->within;
}

static bool refuse(GError **error, const char *path, const char *why)
{
	g_set_error(error, NSL_ERROR, NSL_ERROR_USAGE, "%s: %s", path, why);
	return false;
}

/* Only what both are about is looked at; false: nothing. */
static bool narrow(NslSelection *selection, const NslSelection *scope)
{
	selection->types &= scope->types;
	selection->all = selection->all && scope->all;
	return selection->types != 0;
}

/*
 * Each process and namespace is compared with each of a document's selectors and with each part of
 * its filters, which somebody may have prepared.
 */
#define MAX_SELECTORS 8192
#define MAX_FILTERS   8192 /* bytes, of all of them */

static bool is_too_long(const NslSelection *scope)
{
	gsize size = 0;

	NSL_EACH (const char, filter, scope->filters)
		size += strlen(filter);
	return size > MAX_FILTERS || scope->selectors->len + scope->tasks->len > MAX_SELECTORS;
}

/* The document is about a part of its system, which becomes what is selected. */
static bool select_part(NslOptions *options, const NslSelection *scope, GError **error)
{
	NslSelection *part;

	if (is_too_long(scope))
		return refuse(error, options->diff, "its selectors or filters are too many");
	NSL_EACH (const NslSelector, selector, scope->selectors) {
		if (selector->kind == NSL_SELECTOR_PATH || selector->kind == NSL_SELECTOR_PEER ||
		    selector->kind == NSL_SELECTOR_MOUNT)
			return refuse(error, options->diff,
				      "it is about what a path, peer: or mount: stood for, which "
				      "it does not tell");
	}
	NSL_EACH (const char, filter, scope->filters)
		if (!nsl_filter_add(options->filter, filter, error))
			return false;
	part = nsl_selection_copy(scope);
	narrow(part, options->selection);
	nsl_selection_free(options->selection);
	options->selection = part;
	return true;
}

static const char about_nothing[] = "it is about none of these types";

static bool adopt_scope(NslOptions *options, const NslSelection *scope, GError **error)
{
	bool selects = nsl_selection_is_part(options->selection);

	if (!narrow(options->selection, scope))
		return refuse(error, options->diff, about_nothing);
	if (!is_part(scope))
		return true;
	if (scope->within)
		return refuse(error, options->diff,
			      "it is a part of another document: compare with that one");
	if (selects)
		return refuse(error, options->diff,
			      "it is about a part of its system: give no other selectors");
	return select_part(options, scope, error);
}

static NslSnapshot *get_later(const NslOptions *options, const NslSelection *scope, GError **error)
{
	g_autoptr(NslSnapshot) snapshot = NULL;
	const char *path;

	if (options->from->len == 0)
		return nsl_take_snapshot(options, nsl_formats[NSL_FORMAT_JSON].facts, NULL, error);
	path = g_ptr_array_index(options->from, 0);
	snapshot = nsl_snapfile_read(path, error);
	if (!snapshot)
		return NULL;
	if (is_part(snapshot->scope) && !are_parts_equal(snapshot->scope, scope))
		refuse(error, path, "it is not about the same part of its system");
	else if (!narrow(options->selection, snapshot->scope))
		refuse(error, path, about_nothing);
	else
		return g_steal_pointer(&snapshot);
	return NULL;
}

NslView *nsl_compare_select(const NslOptions *options, const NslSnapshot *snapshot)
{
	NslView *view = nsl_view_new(snapshot, options->selection);

	view->undecided = nsl_filter_apply(options->filter, view);
	return view;
}

static NslDiffSide side_of(const NslView *view)
{
	return (NslDiffSide){view->snapshot, view->namespaces, view->processes, view->containers};
}

NslChanges *nsl_compare_views(const NslView *before, const NslView *after)
{
	const NslDiffSide sides[] = {side_of(before), side_of(after)};

	return nsl_diff(&sides[0], &sides[1], after->types);
}

bool nsl_compare_read(NslOptions *options, NslSnapshot **ret_before, NslSnapshot **ret_after,
		      GError **error)
{
	g_autoptr(NslSnapshot) before = nsl_snapfile_read(options->diff, error);
	NslSnapshot *after;

	if (!before || !adopt_scope(options, before->scope, error))
		return false;
	after = get_later(options, before->scope, error);
	if (!after)
		return false;
	*ret_before = g_steal_pointer(&before);
	*ret_after = after;
	return true;
}

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
	Round last;	  /* the last one with a snapshot */
	guint n_rounds;	  /* so far */
	GHashTable *told; /* warnings, without their numbers, to the round that had each last */
	bool has_header;
	guint64 header_at; /* lines that were written before it */
} Watch;

/*
 * Watching. Signals end the program at once: a round that nobody has seen yet is no loss, and
 * workers end with their parent. Lines that are being written are finished first, but not waited
 * for: a terminal says that it has room, and takes nothing while it is stopped.
 */

#define FINISH_SECONDS 1

static const int endings[] = {SIGINT, SIGTERM};

static volatile sig_atomic_t writing;
static volatile sig_atomic_t ended; /* while `writing` */

static void end(int number)
{
	if (!writing || number == SIGALRM)
		_exit(0);
	ended = true;
	signal(SIGALRM, end); /* from somebody else it ends the program as it does others */
	alarm(FINISH_SECONDS);
}

static void end_on_signals(void)
{
	const struct sigaction action = {.sa_handler = end};

	for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
		struct sigaction before;

		/* One that is ignored (nohup(1), "&" in a script) is not to end the program. */
		if (sigaction(endings[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
			sigaction(endings[i], &action, NULL);
	}
}

/* For NslOutput: waits for room, then writes as much as fits, up to the end of a line. */
static int write_lines(int fd, const void *lines, gsize size)
{
	const char *text = lines;
	int result = 0;

	while (size > 0 && result == 0) {
		struct pollfd room = {.fd = fd, .events = POLLOUT};
		gsize piece = MIN(size, PIPE_BUF); /* pipe(7): as much goes in at once */
		const char *line_end = memrchr(text, '\n', piece);

		if (line_end)
			piece = (gsize)(line_end - text) + 1;
		poll(&room, 1, -1); /* what it says, the write says too */
		writing = true;
		result = nsl_fd_write(fd, text, piece);
		writing = false;
		if (ended)
			_exit(0);
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
	NslChangesReport report = {
		.changes = changes, .before = before, .after = after, .style = &style};

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
	nsl_changes_write(&report, output);
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
		watch->calls->complain("%s", warning);
	g_hash_table_insert(watch->told, g_string_free(key, FALSE),
			    GUINT_TO_POINTER(watch->n_rounds));
}

static void round_clear(Round *round)
{
	g_clear_pointer(&round->view, nsl_view_free);
	g_clear_pointer(&round->snapshot, nsl_snapshot_free);
	g_clear_pointer(&round->selection, nsl_selection_free);
}

static void compare_round(Watch *watch, const Round *round)
{
	const NslOptions *options = watch->options;
	const NslView *before = watch->last.view;
	g_autoptr(NslChanges) changes =
		before ? nsl_compare_views(before, round->view) : nsl_changes_new();
	g_autoptr(GPtrArray) warnings = watch->calls->list_warnings(options, round->snapshot);

	/* What stands for nothing at first may come later. */
	if (!before)
		NSL_EACH_IN (const NslUnmatched, unmatched, round->view->unmatched)
			g_ptr_array_add(warnings,
					nsl_options_explain_unmatched(options, unmatched));
	if (!before || changes->list->len > 0)
		show(watch, changes, before, round->view);
	NSL_EACH (const char, warning, warnings)
		tell(watch, warning);
	if (options->quiet)
		return;
	NSL_EACH (const char, note, changes->notes)
		tell(watch, note);
	if (round->view->undecided)
		tell(watch, round->view->undecided);
}

/* False: no snapshot could be taken. */
static bool do_round(Watch *watch, GError **error)
{
	NslOptions options = *watch->options;
	Round round = {.selection = nsl_selection_copy(options.selection)};

	watch->n_rounds++;
	options.selection = round.selection;
	round.snapshot = nsl_take_snapshot(&options, nsl_formats[NSL_FORMAT_JSON].facts,
					   &watch->kept, error);
	/* Workers that were left behind, and have ended by now. */
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	if (!round.snapshot) {
		nsl_selection_free(round.selection);
		return false;
	}
	round.view = nsl_compare_select(&options, round.snapshot);
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
	watch.told = g_hash_table_new_full(nsl_text_hash, g_str_equal, g_free, NULL);
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
