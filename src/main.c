/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nslist: wires the steps together, prints what goes to stderr, and chooses the exit status. The
 * only file that prints, beside the formats, and that knows all the folders.
 */
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>

#include "base/each.h"
#include "base/sys.h"
#include "base/text.h"
#include "collect/census.h"
#include "collect/collect.h"
#include "compare.h"
#include "options.h"
#include "report/column.h"
#include "report/format.h"
#include "store/snapfile.h"
#include "take.h"

typedef enum Status {
	STATUS_DONE = 0,
	STATUS_NO_MATCH = 1, /* with --diff: something has changed */
	STATUS_ERROR = 2,
	STATUS_INCOMPLETE = 3,
} Status;

/*
 * By the locale's name (locale(7)). setlocale(3) opens half a dozen files to say the same, and
 * nothing else here depends on a locale.
 */
static bool has_utf8(void)
{
	static const char *const variables[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *name = NULL;
	const char *charset;

	for (gsize i = 0; i < G_N_ELEMENTS(variables) && !(name && name[0]); i++)
		name = g_getenv(variables[i]);
	charset = name ? strchr(name, '.') : NULL;
	return charset && (g_ascii_strncasecmp(charset, ".UTF-8", 6) == 0 ||
			   g_ascii_strncasecmp(charset, ".UTF8", 5) == 0);
}

/* One line, whatever is in it: names that others chose, among other things. */
G_GNUC_PRINTF(1, 2)
static void complain(const char *format, ...)
{
	g_autofree char *message = NULL;
	g_autofree char *line = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	line = nsl_text_escaped(message, isatty(STDERR_FILENO) && !has_utf8() ? NSL_TEXT_ASCII
									      : NSL_TEXT_UTF8);
	fprintf(stderr, "nslist: %s\n", line);
}

/* Of a syntax error there are several lines. */
static Status fail(const GError *error)
{
	bool lined = g_error_matches(error, NSL_ERROR, NSL_ERROR_SYNTAX);
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", lined ? -1 : 1);

	for (char **line = lines; *line; line++)
		complain("%s", *line);
	return STATUS_ERROR;
}

/* "process 7 (sh)" or "processes 7, 9, +3 more" */
static char *list_processes(const NslSnapshot *snapshot, const NslIssue *issue)
{
	GString *list = g_string_new(issue->count == 1 ? "process " : "processes ");
	guint shown = MIN(issue->pids->len, 5);

	for (guint i = 0; i < shown; i++)
		g_string_append_printf(list, "%s%u", i > 0 ? ", " : "",
				       g_array_index(issue->pids, guint32, i));
	if (issue->count > shown)
		g_string_append_printf(list, ", +%u more", issue->count - shown);
	if (issue->count == 1) {
		const NslProcess *process =
			nsl_snapshot_get_process(snapshot, g_array_index(issue->pids, guint32, 0));

		if (process && process->comm)
			g_string_append_printf(list, " (%s)", process->comm);
	}
	return g_string_free(list, FALSE);
}

/* The listing, and the messages that follow it. */
typedef struct Report {
	const NslOptions *options;
	NslStyle style;
	NslOutput *output;
	GPtrArray *messages; /* char * */
	GArray *unmatched;   /* NslUnmatched: on no host so far; NULL: there was no host */
	guint n_rows;
	bool has_containers;
	bool incomplete;
	bool nothing; /* nothing could be read of a host */
} Report;

/* Of a saved document, after whose it is. */
G_GNUC_PRINTF(3, 4)
static void say(GPtrArray *messages, const NslSnapshot *snapshot, const char *format, ...)
{
	const char *host = snapshot->scope ? nsl_snapshot_host(snapshot) : NULL;
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_ptr_array_add(messages, g_strconcat(host ? host : "", host ? ": " : "", message, NULL));
}

/* How many could not be read, for users who can do something about it: root is told which. */
static void warn_unreadable(GPtrArray *messages, const NslSnapshot *snapshot)
{
	guint n = snapshot->n_unreadable;

	/* The selected ones are named, one by one. */
	NSL_EACH (const NslProcess, process, snapshot->processes)
		n -= process->unreadable;
	if (n > 0)
		say(messages, snapshot, "%u %s could not be read; run as root to see all of them",
		    n, n == 1 ? "process" : "processes");
}

/* char *, transfer full. */
static GPtrArray *list_warnings(const NslOptions *options, const NslSnapshot *snapshot)
{
	GPtrArray *messages = g_ptr_array_new_with_free_func(g_free);
	bool may_help = nsl_options_may_help(options);

	if (options->quiet)
		return messages;
	if (may_help)
		warn_unreadable(messages, snapshot);
	NSL_EACH (const NslIssue, issue, snapshot->issues) {
		g_autofree char *who = NULL;

		/* Counted above, or told of already. */
		if (issue->implied || (issue->unreadable && may_help))
			continue;
		if (issue->pids->len > 0)
			who = list_processes(snapshot, issue);
		say(messages, snapshot, "%s%s%s%s", who ? who : "", who ? ": " : "", issue->message,
		    issue->needs_root && may_help ? "; run as root to see all of them" : "");
	}
	return messages;
}

/*
 * Whether, of a single namespace that is asked for, more than the rows is shown. Where these go to
 * a program, only if it is told to.
 */
static bool describes_single(const NslOptions *options)
{
	const GPtrArray *selectors = options->selection->selectors;

	if (options->format != NSL_FORMAT_TABLE || options->output || options->no_headings ||
	    selectors->len != 1)
		return false;
	return (options->details || isatty(STDOUT_FILENO)) &&
	       !nsl_selection_is_pids(options->selection);
}

/* A terminal for people, as far as that can be told. */
static bool has_terminal(void)
{
	const char *term = g_getenv("TERM");

	return isatty(STDOUT_FILENO) && term && term[0] && strcmp(term, "dumb") != 0;
}

static bool is_wanted(NslWhen when, bool automatic)
{
	return when == NSL_WHEN_AUTO ? automatic : when == NSL_WHEN_ALWAYS;
}

static NslStyle choose_style(const NslOptions *options)
{
	const char *no_color = g_getenv("NO_COLOR"); /* no-color.org */
	NslStyle style = {
		.format = options->format,
		.writing = options->writing,
		.headings = !options->no_headings,
		.raw = options->raw,
		.color = !options->raw &&
			 is_wanted(options->color, has_terminal() && !(no_color && no_color[0])),
		.output = options->output,
		.usual = options->which == NSL_OUTPUT_USUAL,
		.details = options->details,
		.single = describes_single(options),
		.hosts = options->from->len > 1,
	};
	bool utf8 = has_utf8();

	style.ascii_lines = !utf8;
	if (isatty(STDOUT_FILENO)) {
		const char *columns = g_getenv("COLUMNS");
		struct winsize size = {0};

		style.terminal = true;
		style.ascii_only = !utf8;
		if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
			size.ws_col =
				columns ? (unsigned short)MIN(strtoul(columns, NULL, 10), 65535)
					: 0;
		if (!options->no_cut && !options->raw && style.writing == NSL_WRITING_LINES)
			style.columns = size.ws_col > 0 ? size.ws_col : 80;
		style.wrap = size.ws_col;
		style.rows = size.ws_row;
	}
	style.fold = nsl_options_may_fold(options) &&
		     is_wanted(options->fold, style.wrap > 0 && has_terminal());
	return style;
}

/* A reader that has seen enough is no error. */
static Status finish_output(NslOutput *output)
{
	int result = nsl_output_finish(output);

	if (result == 0 || result == -EPIPE)
		return STATUS_DONE;
	complain("cannot write the output: %s", nsl_errno_text(result));
	return STATUS_ERROR;
}

static void append_ability(GString *text, const char *what, const char *problem)
{
	g_string_append_printf(text, "%s: %s%s\n", what, problem ? "no: " : "yes",
			       problem ? problem : "");
}

/* What of this kernel its caller can use, found out by using it. */
static bool append_abilities(GString *text, GError **error)
{
	gint64 waited = 0;
	g_autoptr(NslProcfs) procfs = nsl_collect_open(NULL, &waited, error);
	g_autoptr(NslBtf) btf = NULL;
	g_autoptr(NslCensus) census = NULL;
	g_autoptr(NslRings) rings = NULL;
	g_autoptr(GError) refused = NULL;
	int result;

	if (!procfs)
		return false;
	nsl_census_take(procfs, NSL_CENSUS_BPF, &btf, &census, &refused);
	append_ability(text, "tasks by BPF iterators", refused ? refused->message : NULL);
	result = nsl_btf_open(&btf);
	if (result == 0)
		result = nsl_rings_new(procfs, btf, 0, &rings);
	append_ability(text, "the kernel's own lists by BPF",
		       result < 0 ? nsl_errno_text(result) : NULL);
	result = nsl_collect_try_listns();
	append_ability(text, "listns(2)", result < 0 ? nsl_errno_text(result) : NULL);
	return true;
}

static Status print_version(bool verbose, NslOutput *output)
{
	g_autoptr(GError) error = NULL;

	g_string_append_printf(output->text, "nslist %s\nGLib %u.%u.%u, json-c %s\n", NSL_VERSION,
			       glib_major_version, glib_minor_version, glib_micro_version,
			       json_c_version());
	if (verbose && !append_abilities(output->text, &error))
		return fail(error);
	return finish_output(output);
}

/* No process could be read, or none of those that are selected. */
static bool is_nothing_readable(const NslView *view)
{
	const NslSnapshot *snapshot = view->snapshot;

	if (snapshot->n_unreadable > 0 && snapshot->n_unreadable == snapshot->n_looked_at)
		return true;
	NSL_EACH_IN (const NslUnmatched, unmatched, view->unmatched)
		if (unmatched->hidden)
			return view->rows->len == 0 && nsl_selection_is_pids(view->selection);
	return false;
}

static bool is_unmatched(const NslView *view, const NslUnmatched *wanted)
{
	NSL_EACH_IN (const NslUnmatched, one, view->unmatched)
		if (one->selector == wanted->selector && one->task == wanted->task)
			return true;
	return false;
}

/* Keeps of what was unmatched so far what is unmatched in the view, too. */
static void keep_unmatched(Report *report, const NslView *view)
{
	if (!report->unmatched)
		report->unmatched = g_array_ref(view->unmatched);
	for (guint i = report->unmatched->len; i-- > 0;)
		if (!is_unmatched(view, &g_array_index(report->unmatched, NslUnmatched, i)))
			g_array_remove_index(report->unmatched, i);
}

/* Writes what the snapshot holds, which is not needed after that. */
static void show(Report *report, const NslSnapshot *snapshot)
{
	const NslOptions *options = report->options;
	g_autoptr(NslView) view = nsl_view_new(snapshot, options->selection);

	report->nothing |= is_nothing_readable(view);
	if (options->format == NSL_FORMAT_CONTAINERS)
		nsl_view_list_containers(view);
	view->undecided = nsl_filter_apply(options->filter, view);
	nsl_formats[options->format].write(view, &report->style, report->output);
	report->output->n_hosts++;
	report->n_rows += view->rows->len;
	report->has_containers |= view->containers->len > 0;
	report->incomplete |= view->undecided || !nsl_snapshot_is_complete(snapshot);
	keep_unmatched(report, view);
	NSL_EACH (const NslThread, thread, view->threads)
		say(report->messages, snapshot, "%u is a thread of %u", thread->task.tid,
		    thread->task.pid);
	g_ptr_array_extend_and_steal(report->messages, list_warnings(options, snapshot));
	if (view->undecided)
		say(report->messages, snapshot, "%s", view->undecided);
}

/* `other`: NULL, or a view where only what stands for nothing there either is told of. */
static void complain_unmatched(const NslOptions *options, const GArray *all, const NslView *other)
{
	NSL_EACH_IN (const NslUnmatched, unmatched, all) {
		g_autofree char *message = nsl_options_explain_unmatched(options, unmatched);

		if (!other || is_unmatched(other, unmatched))
			complain("%s", message);
	}
}

/* What is to be said after the output, and the exit status. */
static Status finish(const Report *report)
{
	const NslOptions *options = report->options;
	const NslStyle *style = &report->style;
	guint n_unmatched = report->unmatched->len;

	if (finish_output(report->output) != STATUS_DONE)
		return STATUS_ERROR;
	if (options->format == NSL_FORMAT_CONTAINERS && style->terminal && !options->quiet &&
	    options->filter->roots->len == 0 && options->selection->selectors->len == 0 &&
	    report->n_rows == 0)
		complain("no container and no sandbox; nslist alone lists all namespaces");
	if (options->format == NSL_FORMAT_TABLE && style->rows > 0 &&
	    report->output->n_lines > style->rows && !options->quiet)
		/* The table is longer than the screen: how long, and what is shorter. */
		complain("%u rows; %snslist -s: a row a namespace", report->n_rows,
			 report->has_containers ? "nslist -c: a row a container, " : "");
	complain_unmatched(options, report->unmatched, NULL);
	if (!options->quiet)
		NSL_EACH (const char, message, report->messages)
			complain("%s", message);
	if (report->nothing && options->quiet && n_unmatched == 0) /* an error, not a warning */
		complain("nothing could be read");
	if (report->nothing)
		return STATUS_ERROR;
	if (options->strict && report->incomplete)
		return STATUS_INCOMPLETE;
	return n_unmatched > 0 ? STATUS_NO_MATCH : STATUS_DONE;
}

/* 0: nothing has changed, 1: something has. */
static Status compare(NslOptions *options, NslOutput *output)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(NslSnapshot) before = NULL;
	g_autoptr(NslSnapshot) after = NULL;
	bool selects = options->selection->selectors->len > 0; /* else the document may */

	if (!nsl_compare_read(options, &before, &after, &error))
		return fail(error);

	g_autoptr(NslView) earlier = nsl_compare_select(options, before);
	g_autoptr(NslView) later = nsl_compare_select(options, after);
	const char *undecided = later->undecided ? later->undecided : earlier->undecided;
	g_autoptr(NslChanges) changes = nsl_compare_views(earlier, later);
	NslStyle style = choose_style(options);
	const NslChangesReport report = {changes, earlier, later, .style = &style};

	if (options->format == NSL_FORMAT_JSON)
		nsl_changes_write_json(&report, output);
	else if (options->rows == NSL_FORMAT_TREE)
		nsl_changes_write_tree(&report, output);
	else
		nsl_changes_write(&report, output);
	if (finish_output(output) != STATUS_DONE)
		return STATUS_ERROR;
	if (selects) /* of a misspelt name nothing changes */
		complain_unmatched(options, later->unmatched, earlier);
	if (!options->quiet)
		NSL_EACH (const char, note, changes->notes)
			complain("%s", note);
	if (undecided && !options->quiet)
		complain("%s", undecided);
	if (options->strict &&
	    (undecided || !nsl_snapshot_is_complete(before) || !nsl_snapshot_is_complete(after)))
		return STATUS_ERROR;
	return changes->list->len > 0 ? STATUS_NO_MATCH : STATUS_DONE;
}

static Status watch(const NslOptions *options, NslOutput *output)
{
	static const NslWatchCalls calls = {choose_style, list_warnings, complain};
	g_autoptr(GError) error = NULL;

	return nsl_watch(options, &calls, output, &error) ? finish_output(output) : fail(error);
}

static Status list(const NslOptions *options, NslOutput *output)
{
	g_autoptr(GPtrArray) messages = g_ptr_array_new_with_free_func(g_free);
	Report report = {
		.options = options,
		.style = choose_style(options),
		.output = output,
		.messages = messages,
	};
	const GPtrArray *from = options->from;
	guint facts = describes_single(options) ? NSL_FACTS_DETAIL : 0;
	Status failed = STATUS_DONE;
	Status status = STATUS_DONE;

	/* One at a time. A document that cannot be read keeps no other from being shown. */
	for (guint i = 0; i < MAX(from->len, 1) && output->result == 0; i++) {
		g_autoptr(GError) error = NULL;
		g_autoptr(NslSnapshot) snapshot = NULL;

		if (from->len > 0)
			snapshot = nsl_snapfile_read(g_ptr_array_index(from, i), &error);
		else
			snapshot = nsl_take_snapshot(options, facts, NULL, &error);
		if (snapshot)
			show(&report, snapshot);
		else
			failed = fail(error);
	}
	/* No output at all where there is nothing to show. */
	if (report.unmatched)
		status = finish(&report);
	g_clear_pointer(&report.unmatched, g_array_unref);
	return failed == STATUS_DONE ? status : failed;
}

/*
 * Where the program has rights that its caller lacks (file capabilities, set-user-ID), only those
 * variables of the environment stay whose values are just compared with known words. GLib has read
 * G_DEBUG before main(): what that set is set back.
 */
static void distrust_caller(void)
{
	static const char *const kept[] = {
		"TERM=", "COLUMNS=", "NO_COLOR=", "LC_ALL=", "LC_CTYPE=", "LANG="};
	char **to = environ;

	if (!getauxval(AT_SECURE))
		return;
	g_log_set_always_fatal(G_LOG_FATAL_MASK);
	for (char **from = environ; *from; from++)
		for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
			if (g_str_has_prefix(*from, kept[i])) {
				*to++ = *from;
				break;
			}
	*to = NULL;
}

/*
 * Ignored and blocked signals are inherited. Only those stay ignored that users ignore to keep a
 * program running without its terminal (nohup(1)). With SIGCHLD ignored workers would end unseen.
 * A write into a closed pipe, or beyond the limit on a file's size, fails and does not kill.
 */
static void reset_signals(void)
{
	static const int ignored[] = {SIGPIPE, SIGXFSZ};
	static const int kept[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
	sigset_t none;

	for (int number = 1; number < SIGRTMIN; number++) {
		bool keep = false;

		for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
			keep = keep || kept[i] == number;
		if (!keep)
			signal(number, SIG_DFL);
	}
	for (gsize i = 0; i < G_N_ELEMENTS(ignored); i++)
		signal(ignored[i], SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void fail_memory(void)
{
	static const char line[] = "nslist: out of memory\n";

	nsl_fd_write(STDERR_FILENO, line, sizeof(line) - 1);
	_exit(STATUS_ERROR);
}

/* By a path that the caller might not be able to read. */
static bool names_document(const NslOptions *options)
{
	bool named = options->diff && strcmp(options->diff, "-") != 0;

	NSL_EACH (const char, path, options->from)
		named = named || strcmp(path, "-") != 0;
	return named;
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(NslOptions) options = NULL;
	g_autoptr(NslOutput) output = NULL;

	if (!nsl_fd_fill_standard())
		return STATUS_ERROR; /* what it said might end up in any file */
	distrust_caller();
	reset_signals();
	nsl_memory_on_failure(fail_memory);
	options = nsl_options_parse(argc, argv, &error);
	if (!options)
		return fail(error);
	output = nsl_output_new(STDOUT_FILENO);
	if (options->help) {
		g_autofree char *help = nsl_options_help();

		g_string_append(output->text, help);
		return finish_output(output);
	}
	if (options->version)
		return print_version(options->verbose, output);
	if (options->list_columns) {
		(options->format == NSL_FORMAT_JSON ? nsl_column_list_json
						    : nsl_column_list)(output);
		return finish_output(output);
	}
	if (getauxval(AT_SECURE) && names_document(options)) {
		complain("--from, --diff: who runs it with more rights than their own may only "
			 "give -");
		return STATUS_ERROR;
	}
	if (options->diff)
		return compare(options, output);
	if (options->watch != 0)
		return watch(options, output);
	return list(options, output);
}
