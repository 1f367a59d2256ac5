/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a format is good for: whether the options go with it, and which columns it has then. Called
 * when all of the command line is read. And what is said of selectors that stand for nothing.
 */
#include "options.h"

#include <unistd.h>

#include "base/each.h"
#include "base/procfs_parse.h"

/* A row of the format is no namespace's, and the column tells of one. */
static bool refuse_column(const char *option, NslColumn column, NslFormat format, GError **error)
{
	return nsl_usage_error(error, "%s: %s tells of a namespace, and the rows of --%s are %s",
			       option, nsl_columns[column].name, nsl_formats[format].name,
			       format == NSL_FORMAT_CONTAINERS ? "containers" : "processes");
}

static bool has_column(const NslFormatInfo *format, NslColumn column)
{
	return !format->of_processes || nsl_columns[column].of_process;
}

/* How columns were asked for; NULL: they were not. */
static const char *output_option(const NslOptions *options)
{
	if (options->which == NSL_OUTPUT_USUAL)
		return NULL;
	return options->which == NSL_OUTPUT_ALL ? "--output-all" : "--output";
}

/* What keeps the table from folding, by name; NULL: nothing. */
static const char *find_unfolded(const NslOptions *options)
{
	return options->which != NSL_OUTPUT_USUAL ? output_option(options)
	       : options->no_headings		  ? "--noheadings"
	       : options->raw			  ? "--raw"
	       : options->from->len > 1		  ? "several --from"
	       : options->details		  ? "--details"
						  : NULL;
}

bool nsl_options_may_fold(const NslOptions *options)
{
	return (options->format == NSL_FORMAT_TABLE && options->programs == NSL_FORMAT_COUNT &&
		!find_unfolded(options)) ||
	       options->format == NSL_FORMAT_TREE_CONTAINER;
}

static bool check_fold(const NslOptions *options, GError **error)
{
	if (options->fold != NSL_WHEN_ALWAYS || nsl_options_may_fold(options))
		return true;
	if (options->programs != NSL_FORMAT_COUNT)
		return nsl_options_exclude("--fold", options->programs, error);
	if (options->format != NSL_FORMAT_TABLE)
		return nsl_options_exclude("--fold", options->format, error);
	return nsl_usage_error(error, "--fold and %s exclude each other", find_unfolded(options));
}

/* Whether there may be such columns, or fields, in the format. */
static bool check_output(const NslOptions *options, GError **error)
{
	const NslFormatInfo *format = &nsl_formats[options->format];
	bool of_containers = options->format == NSL_FORMAT_CONTAINERS;

	if (options->raw && options->programs != NSL_FORMAT_COUNT)
		return nsl_options_exclude("--raw", options->programs, error);
	if (options->raw && format->n_columns == 0)
		return nsl_options_exclude("--raw", options->format, error);
	if (options->which != NSL_OUTPUT_USUAL && format->n_columns == 0)
		return nsl_options_exclude(output_option(options), options->format, error);
	NSL_EACH_IN (const NslColumn, column, options->output)
		if (!has_column(format, *column))
			return refuse_column("--output", *column, options->format, error);
	/* The matrix is made of the table's rows, which are filtered. */
	NSL_EACH (const NslFilterNode, node, options->filter->nodes)
		if (of_containers && node->kind == NSL_FILTER_COLUMN &&
		    !has_column(format, node->column))
			return refuse_column("--filter", node->column, options->format, error);
	return true;
}

/* Chosen columns get it too, once; where it is chosen by name, it is asked for. */
static void add_detail(NslOptions *options)
{
	const NslColumn detail = NSL_COLUMN_DETAIL;
	bool usual = options->which == NSL_OUTPUT_USUAL;

	NSL_EACH_IN (const NslColumn, column, options->output)
		if (*column == detail)
			return;
	/* A usual command is left at the end, which is open to the right. */
	g_array_insert_val(options->output, options->output->len - usual, detail);
}

/* What people have in labels and marks before the command, programs have in columns. */
static void add_usual(NslOptions *options, const NslFormatInfo *format)
{
	static const NslColumn marks[] = {NSL_COLUMN_TID,	NSL_COLUMN_RUNTIME,
					  NSL_COLUMN_CONTAINER, NSL_COLUMN_FOR_CHILDREN,
					  NSL_COLUMN_ZOMBIE,	NSL_COLUMN_ENTERED};
	guint at = format->n_columns - 1; /* the command's */

	g_array_prepend_vals(options->output, format->columns, format->n_columns);
	if (options->writing == NSL_WRITING_LINES || format->columns[at] != NSL_COLUMN_COMMAND)
		return;
	for (gsize i = 0; i < G_N_ELEMENTS(marks); i++)
		/* The matrix has the TID where there are threads. */
		if (has_column(format, marks[i]) &&
		    !(format->of_processes && marks[i] == NSL_COLUMN_TID)) {
			g_array_insert_val(options->output, at, marks[i]);
			at++;
		}
}

/* What is left to the format: now it is known which that is. */
static void complete(NslOptions *options)
{
	const NslFormatInfo *format = &nsl_formats[options->format];
	bool lines = options->writing == NSL_WRITING_LINES;
	/* For people only where it is not the same in all rows. */
	bool hosts = options->from->len > (lines ? 1 : 0);
	bool classic = options->format == NSL_FORMAT_TABLE && !options->raw && lines && !hosts;
	const NslColumn host = NSL_COLUMN_HOST;

	if (format->n_columns == 0 || (options->which == NSL_OUTPUT_USUAL && classic)) {
		g_clear_pointer(&options->output, g_array_unref);
		return;
	}
	if (options->which == NSL_OUTPUT_USUAL || options->which == NSL_OUTPUT_MORE)
		add_usual(options, format);
	if (options->which == NSL_OUTPUT_USUAL && hosts)
		g_array_prepend_val(options->output, host);
	for (NslColumn column = 0; options->which == NSL_OUTPUT_ALL && column < NSL_COLUMN_COUNT;
	     column++)
		if (has_column(format, column))
			g_array_append_val(options->output, column);
	if (options->details)
		add_detail(options);
}

/* What is of one system has no place for another. */
static bool check_hosts(const NslOptions *options, GError **error)
{
	if (options->from->len < 2)
		return true;
	if (options->format == NSL_FORMAT_JSON)
		return nsl_usage_error(error, "--json is a document of one host: with several "
					      "--from use --jsonl");
	if (options->format == NSL_FORMAT_PROMETHEUS)
		return nsl_usage_error(error,
				       "--format=prometheus is of one host: give one --from");
	return true;
}

/* Selectors that only the system itself can tell of. A path /proc/PID is that process. */
static bool check_saved(const NslOptions *options, GError **error)
{
	if (options->from->len == 0 && !options->diff)
		return true;
	NSL_EACH (NslSelector, selector, options->selection->selectors) {
		const char *rest;
		guint32 pid;

		if (selector->kind == NSL_SELECTOR_PEER || selector->kind == NSL_SELECTOR_MOUNT)
			return nsl_usage_error(
				error, "--from: what %s stands for is not in a saved document",
				selector->text);
		if (selector->kind == NSL_SELECTOR_PATH &&
		    nsl_parse_process_path(selector->text, &pid, &rest) && rest[0] == '\0')
			nsl_selection_set_pid(options->selection, selector, pid);
	}
	return true;
}

/* Changes are lines, a tree where they are all there, or for programs. */
static bool check_changes(const NslOptions *options, GError **error)
{
	const char *option = options->diff ? "--diff" : "--watch";
	bool lines = options->writing == NSL_WRITING_LINES;

	if (!options->diff && options->watch == 0)
		return true;
	if (options->from->len > 1)
		return nsl_usage_error(error, "--diff compares with one --from, not with several");
	if (options->rows != NSL_FORMAT_COUNT && options->rows != NSL_FORMAT_TABLE &&
	    !(options->diff && options->rows == NSL_FORMAT_TREE))
		return nsl_options_exclude(option, options->rows, error);
	if (!options->diff && options->programs == NSL_FORMAT_JSON)
		return nsl_usage_error(error, "--json is one document, and --watch goes on: use "
					      "--jsonl");
	if (lines && options->programs != NSL_FORMAT_COUNT && options->programs != NSL_FORMAT_JSON)
		return nsl_options_exclude(option, options->programs, error);
	return true;
}

bool nsl_options_check(NslOptions *options, GError **error)
{
	if (!check_changes(options, error) || !check_output(options, error) ||
	    !check_fold(options, error) || !check_hosts(options, error) ||
	    !check_saved(options, error))
		return false;
	complete(options);
	return true;
}

bool nsl_options_may_help(const NslOptions *options)
{
	return geteuid() != 0 && options->from->len == 0;
}

/*
 * "no process 7", or what is known of one that is there. Of a saved document nobody can be asked
 * any more whether one out of sight was there.
 */
static char *explain_process(const NslOptions *options, const NslUnmatched *unmatched, guint32 pid,
			     const char *option)
{
	bool may_help = nsl_options_may_help(options);

	if (!unmatched->hidden)
		return g_strdup_printf(
			"no %sprocess %u%s",
			unmatched->unseen && options->from->len > 0 ? "visible " : "", pid, option);
	return g_strdup_printf("process %u is not visible%s%s", pid, option,
			       may_help ? "; run as root to see it" : "");
}

char *nsl_options_explain_unmatched(const NslOptions *options, const NslUnmatched *unmatched)
{
	const NslSelector *selector = unmatched->selector;
	NslNsType type = unmatched->type;
	const char *visible = unmatched->unseen ? "visible " : "";
	bool may_help = nsl_options_may_help(options);
	const char *hint = unmatched->unseen && may_help ? "; run as root to see all of them" : "";
	const char *bare = selector ? nsl_options_find_bare(options, selector->text) : NULL;
	g_autofree char *is_it =
		bare ? g_strdup_printf("; is it --%s=%s?", bare, selector->text) : g_strdup("");

	if (!selector)
		return explain_process(options, unmatched, unmatched->task, " (--task)");
	switch (selector->kind) {
	case NSL_SELECTOR_PID:
		if (bare && !unmatched->hidden)
			return g_strdup_printf("no process %u%s", selector->pid, is_it);
		return explain_process(options, unmatched, selector->pid, "");
	case NSL_SELECTOR_NAMESPACE:
		if (type < NSL_NSTYPE_COUNT && !(selector->types & NSL_NSTYPE_BIT(type)))
			return g_strdup_printf("no namespace %s: it is %s:[%" G_GUINT64_FORMAT "]",
					       selector->text, nsl_nstypes[type].name,
					       selector->inode);
		G_GNUC_FALLTHROUGH;
	case NSL_SELECTOR_NSID:
		return g_strdup_printf("no %snamespace %s", visible, selector->text);
	case NSL_SELECTOR_PEER:
		return g_strdup_printf("%s: the net namespace at its other end is not seen%s",
				       selector->text, hint);
	case NSL_SELECTOR_MOUNT:
		return g_strdup_printf("%s: no mount namespace that is seen has it mounted%s",
				       selector->text, hint);
	case NSL_SELECTOR_NOTHING:
		return g_strdup(selector->why);
	case NSL_SELECTOR_PATH:
		return g_strdup_printf("%s: which namespace that is, is not in the document",
				       selector->text);
	case NSL_SELECTOR_WORD:
		break;
	}
	if (selector->why)
		return g_strdup(selector->why);
	return g_strdup_printf("nothing %sis called \"%s\"%s", visible, selector->text, is_it);
}
