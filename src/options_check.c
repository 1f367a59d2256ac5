/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a format is good for: whether the options go with it, and which columns it has then. Called
 * when all of the command line is read.
 */
#include "options.h"

#include "base/procfs_parse.h"
#include "report/column.h"
#include "report/filter.h"
#include "report/format.h"

NslWriting nsl_options_writing(const NslOptions *options)
{
	return options->programs == NSL_FORMAT_COUNT ? NSL_WRITING_LINES
						     : nsl_formats[options->programs].writing;
}

void nsl_options_start_output(NslOptions *options, NslOutputWhich which)
{
	if (!options->output)
		options->output = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	g_array_set_size(options->output, 0);
	options->which = which;
}

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

bool nsl_options_may_fold(const NslOptions *options)
{
	return (options->format == NSL_FORMAT_TABLE && !options->details &&
		options->from->len < 2 && options->programs == NSL_FORMAT_COUNT &&
		options->which == NSL_OUTPUT_USUAL && options->headings && !options->raw) ||
	       options->format == NSL_FORMAT_TREE_CONTAINER;
}

/* What keeps a table from folding, by name. */
static bool check_fold(const NslOptions *options, GError **error)
{
	const char *other = options->which == NSL_OUTPUT_ALL	 ? "--output-all"
			    : options->which != NSL_OUTPUT_USUAL ? "--output"
			    : !options->headings		 ? "--noheadings"
			    : options->raw			 ? "--raw"
			    : options->from->len > 1		 ? "several --from"
								 : "--details";

	if (options->fold != NSL_WHEN_ALWAYS || nsl_options_may_fold(options))
		return true;
	if (options->programs != NSL_FORMAT_COUNT)
		return nsl_options_exclude("--fold", options->programs, error);
	if (options->format != NSL_FORMAT_TABLE)
		return nsl_options_exclude("--fold", options->format, error);
	return nsl_usage_error(error, "--fold and %s exclude each other", other);
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
		return nsl_options_exclude(options->which == NSL_OUTPUT_ALL ? "--output-all"
									    : "--output",
					   options->format, error);
	for (guint i = 0; options->output && i < options->output->len; i++) {
		NslColumn column = g_array_index(options->output, NslColumn, i);

		if (!has_column(format, column))
			return refuse_column("--output", column, options->format, error);
	}
	/* The matrix is made of the table's rows, which are filtered. */
	for (NslColumn column = 0; of_containers && options->filter && column < NSL_COLUMN_COUNT;
	     column++)
		if (!has_column(format, column) && nsl_filter_has(options->filter, column))
			return refuse_column("--filter", column, options->format, error);
	return true;
}

/* Chosen columns get it too, once; where it is chosen by name, it is asked for. */
static void add_detail(NslOptions *options)
{
	const NslColumn detail = NSL_COLUMN_DETAIL;
	guint n = options->output->len;

	for (guint i = 0; i < n; i++)
		if (g_array_index(options->output, NslColumn, i) == detail)
			return;
	/* A usual command is left at the end, which is open to the right. */
	if (options->which == NSL_OUTPUT_USUAL)
		g_array_insert_val(options->output, n - 1, detail);
	else
		g_array_append_val(options->output, detail);
}

/* What people have in labels and marks before the command, programs have in columns. */
static void add_usual(NslOptions *options, const NslFormatInfo *format)
{
	static const NslColumn marks[] = {NSL_COLUMN_TID, NSL_COLUMN_RUNTIME, NSL_COLUMN_CONTAINER,
					  NSL_COLUMN_FOR_CHILDREN, NSL_COLUMN_ZOMBIE};
	guint at = format->n_columns - 1; /* the command's */

	g_array_prepend_vals(options->output, format->columns, format->n_columns);
	if (nsl_options_writing(options) == NSL_WRITING_LINES ||
	    format->columns[at] != NSL_COLUMN_COMMAND)
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
void nsl_options_complete(NslOptions *options)
{
	const NslFormatInfo *format = &nsl_formats[options->format];
	bool lines = nsl_options_writing(options) == NSL_WRITING_LINES;
	/* For people only where it is not the same in all rows. */
	bool hosts = options->from->len > (lines ? 1 : 0);
	bool classic = options->format == NSL_FORMAT_TABLE && !options->raw && lines && !hosts;
	const NslColumn host = NSL_COLUMN_HOST;

	if (format->n_columns == 0 || (options->which == NSL_OUTPUT_USUAL && classic))
		return;
	if (!options->output)
		nsl_options_start_output(options, options->which);
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
	const GPtrArray *selectors = options->selection->selectors;

	for (guint i = 0; (options->from->len > 0 || options->diff) && i < selectors->len; i++) {
		NslSelector *selector = g_ptr_array_index(selectors, i);
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
	static const NslFormat written[] = {NSL_FORMAT_JSON, NSL_FORMAT_JSONL, NSL_FORMAT_CSV,
					    NSL_FORMAT_COUNT};
	const char *option = options->diff ? "--diff" : "--watch";
	bool known = false;

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
	for (gsize i = 0; i < G_N_ELEMENTS(written); i++)
		known = known || options->programs == written[i];
	return known || nsl_options_exclude(option, options->programs, error);
}

bool nsl_options_check(const NslOptions *options, GError **error)
{
	return check_changes(options, error) && check_output(options, error) &&
	       check_fold(options, error) && check_hosts(options, error) &&
	       check_saved(options, error);
}
