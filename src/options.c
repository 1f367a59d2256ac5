/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: see options.h.
 */
#include "options.h"

#include <getopt.h>
#include <string.h>

#include "base/error.h"
#include "base/procfs.h"
#include "report/group.h"

const char nsl_options_help[] =
	"Usage: nslist [OPTION...] [SELECTOR...]\n"
	"List the namespaces of this system beside the root ones, who is in them, and\n"
	"who else holds them. A SELECTOR is a PID, an inode, TYPE:[INODE], nsid:N, a path\n"
	"such as /run/netns/blue, or a name: of ip netns, a container (or its id), pod,\n"
	"machine or unit. Several add up.\n"
	"\n"
	"What to list:\n"
	"  -a, --all               the root namespaces too\n"
	"  -t, --type=TYPE,...     only cgroup, ipc, mnt, net, pid, time, user or uts\n"
	"  -p, --task=PID,...      only namespaces that one of these processes is in\n"
	"  -P, --persistent        only namespaces without a process\n"
	"  -Q, --filter=EXPR       only rows for which this holds, as in scols-filter(5):\n"
	"                          'TYPE == \"net\" and NPROCS > 1'; given again: both\n"
	"      --threads           also threads in other namespaces than their process\n"
	"      --reference=PID     count this process's namespaces as the root ones\n"
	"      --proc=DIR          another procfs, such as /host/proc, or a recorded one\n"
	"How to show it, at most one of:\n"
	"  -s, --summary           a row for each namespace\n"
	"  -m, --matrix            a row for each process, a column for each type\n"
	"  -T, --tree[=GROUP]      a tree; by namespace, owner, parent or container\n"
	"  -J, --json              one JSON document\n"
	"  -L, --jsonl             the rows, a JSON object on each line\n"
	"  -F, --format=NAME       table, summary, matrix, tree, json, jsonl, dot\n"
	"                          (for Graphviz) or prometheus\n"
	"And what of it:\n"
	"  -o, --output=[+]COL,... which columns; with +, after the usual ones\n"
	"      --output-all        all of them\n"
	"  -H, --list-columns      which there are; with --json, as JSON\n"
	"  -d, --details           what each namespace is: host name, addresses ...\n"
	"  -n, --noheadings        no header line\n"
	"  -r, --raw               fields for programs: escaped, with one space between\n"
	"  -u, --notruncate        do not cut lines to the terminal's width\n"
	"      --color[=WHEN]      colours: auto, always or never\n"
	"Otherwise:\n"
	"      --strict            exit with 3 where something could not be read\n"
	"  -q, --quiet             no warnings\n"
	"  -h, --help              this text\n"
	"  -V, --version           the version\n";

enum {
	OPTION_REFERENCE = 256,
	OPTION_PROC,
	OPTION_STRICT,
	OPTION_THREADS,
	OPTION_OUTPUT_ALL,
	OPTION_COLOR,
};

static const struct option long_options[] = {
	{"all", no_argument, NULL, 'a'},
	{"type", required_argument, NULL, 't'},
	{"task", required_argument, NULL, 'p'},
	{"persistent", no_argument, NULL, 'P'},
	{"filter", required_argument, NULL, 'Q'},
	{"threads", no_argument, NULL, OPTION_THREADS},
	{"reference", required_argument, NULL, OPTION_REFERENCE},
	{"proc", required_argument, NULL, OPTION_PROC},
	{"summary", no_argument, NULL, 's'},
	{"matrix", no_argument, NULL, 'm'},
	{"tree", optional_argument, NULL, 'T'},
	{"json", no_argument, NULL, 'J'},
	{"jsonl", no_argument, NULL, 'L'},
	{"format", required_argument, NULL, 'F'},
	{"output", required_argument, NULL, 'o'},
	{"output-all", no_argument, NULL, OPTION_OUTPUT_ALL},
	{"list-columns", no_argument, NULL, 'H'},
	{"details", no_argument, NULL, 'd'},
	{"noheadings", no_argument, NULL, 'n'},
	{"raw", no_argument, NULL, 'r'},
	{"notruncate", no_argument, NULL, 'u'},
	{"color", optional_argument, NULL, OPTION_COLOR},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"quiet", no_argument, NULL, 'q'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

static bool usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool usage_error(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error)
		*error = g_error_new_valist(NSL_ERROR, NSL_ERROR_USAGE, format, arguments);
	va_end(arguments);
	return false;
}

static bool parse_types(const char *list, NslNsTypes *types, GError **error)
{
	g_auto(GStrv) names = g_strsplit(list, ",", -1);

	for (guint i = 0; i == 0 || names[i]; i++) {
		const char *name = names[i] ? names[i] : "";
		NslNsType type = nsl_nstype_find(name, strlen(name));

		if (type == NSL_NSTYPE_COUNT)
			return usage_error(error, "--type: there is no type \"%s\"; there are %s",
					   name, nsl_nstype_names());
		*types |= NSL_NSTYPE_BIT(type);
	}
	return true;
}

static bool parse_pid(const char *option, const char *word, guint32 *ret_pid, GError **error)
{
	guint64 pid;

	if (!nsl_parse_number(word, strlen(word), NSL_PID_MAX, &pid) || pid == 0)
		return usage_error(error, "%s: \"%s\" is not a PID", option, word);
	*ret_pid = (guint32)pid;
	return true;
}

static bool parse_tasks(const char *list, GArray *tasks, GError **error)
{
	g_auto(GStrv) words = g_strsplit(list, ",", -1);

	for (guint i = 0; i == 0 || words[i]; i++) {
		guint32 pid;

		if (!parse_pid("--task", words[i] ? words[i] : "", &pid, error))
			return false;
		g_array_append_val(tasks, pid);
	}
	return true;
}

/* How a format is asked for. Transfer full. */
static char *option_of(NslFormat format)
{
	const char *name = nsl_formats[format].name;

	for (const struct option *known = long_options; known->name; known++)
		if (strcmp(known->name, name) == 0)
			return g_strdup_printf("--%s", name);
	return g_strdup_printf("--format=%s", name);
}

static bool exclude(const char *option, NslFormat format, GError **error)
{
	g_autofree char *other = option_of(format);

	return usage_error(error, "%s and %s exclude each other", option, other);
}

static bool set_format(NslOptions *options, NslFormat format, GError **error)
{
	if (options->has_format &&
	    strcmp(nsl_formats[options->format].name, nsl_formats[format].name) != 0) {
		g_autofree char *first = option_of(options->format);

		return exclude(first, format, error);
	}
	options->format = format;
	options->has_format = true;
	return true;
}

static bool parse_group(NslOptions *options, const char *group, GError **error)
{
	NslFormat format = nsl_format_find("tree", group);

	if (format == NSL_FORMAT_COUNT)
		return usage_error(error,
				   "--tree: there is no group \"%s\"; there are namespace, owner, "
				   "parent and container",
				   group);
	return set_format(options, format, error);
}

static bool parse_format(NslOptions *options, const char *name, GError **error)
{
	NslFormat format = nsl_format_find(name, NULL);

	if (format == NSL_FORMAT_COUNT)
		return usage_error(error, "--format: there is no format \"%s\"; there are %s", name,
				   nsl_format_names());
	return set_format(options, format, error);
}

static bool parse_color(const char *when, NslColorWhen *ret_color, GError **error)
{
	static const char *const names[NSL_COLOR_COUNT] = {
		[NSL_COLOR_AUTO] = "auto",
		[NSL_COLOR_ALWAYS] = "always",
		[NSL_COLOR_NEVER] = "never",
	};

	for (NslColorWhen color = 0; color < NSL_COLOR_COUNT; color++)
		if (strcmp(when, names[color]) == 0) {
			*ret_color = color;
			return true;
		}
	return usage_error(error, "--color: \"%s\" is none of auto, always and never", when);
}

/* The long options that `name` may be short for, or the one that it is. */
static char *list_candidates(const char *name, gsize size)
{
	GString *list = g_string_new(NULL);

	for (const struct option *known = long_options; known->name; known++) {
		if (strncmp(known->name, name, size) != 0)
			continue;
		if (strlen(known->name) == size)
			g_string_truncate(list, 0);
		g_string_append_printf(list, "%s--%s", list->len > 0 ? " or " : "", known->name);
		if (strlen(known->name) == size)
			break;
	}
	return g_string_free(list, FALSE);
}

static bool is_known(int option)
{
	for (const struct option *known = long_options; known->name; known++)
		if (known->val == option)
			return true;
	return false;
}

/* getopt_long() has refused something; `word` is what it read last where that was a long option. */
static bool refuse(const char *word, int option, bool missing, GError **error)
{
	gsize size = strcspn(word, "=");
	g_autofree char *candidates = NULL;

	/* Within a cluster of short ones it has not moved on: the letter is all there is. */
	if (option != 0 && !is_known(option))
		return usage_error(error, "unknown option -%c; see nslist --help", option);
	if (!g_str_has_prefix(word, "--"))
		return usage_error(error, "option -%c needs a value; see nslist --help", option);
	if (missing)
		return usage_error(error, "option %s needs a value; see nslist --help", word);
	candidates = list_candidates(word + 2, size - 2);
	if (option != 0)
		return usage_error(error, "option %s takes no value",
				   candidates[0] ? candidates : word);
	if (candidates[0])
		return usage_error(error, "option %.*s may be %s", (int)size, word, candidates);
	return usage_error(error, "unknown option %.*s; see nslist --help", (int)size, word);
}

/* Each --output begins anew. */
static void start_output(NslOptions *options, NslOutputWhich which)
{
	if (!options->output)
		options->output = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	g_array_set_size(options->output, 0);
	options->which = which;
}

static bool parse_output(const char *list, NslOptions *options, GError **error)
{
	bool more = list[0] == '+';
	g_auto(GStrv) names = g_strsplit(list + more, ",", -1);

	start_output(options, more ? NSL_OUTPUT_MORE : NSL_OUTPUT_THESE);
	for (guint i = 0; i == 0 || names[i]; i++) {
		const char *name = names[i] ? names[i] : "";
		NslColumn column = nsl_column_find(name);

		if (column == NSL_COLUMN_COUNT)
			return usage_error(
				error,
				"--output: there is no column \"%s\"; is it %s? See nslist "
				"--list-columns",
				name, nsl_column_nearest(name));
		g_array_append_val(options->output, column);
	}
	return true;
}

static bool has_column(const NslFormatInfo *format, NslColumn column)
{
	return !format->of_processes || nsl_columns[column].of_process;
}

/* Whether there may be such columns, or fields, in the format. */
static bool check_output(const NslOptions *options, GError **error)
{
	const NslFormatInfo *format = &nsl_formats[options->format];

	if (options->raw && !format->lined_up)
		return exclude("--raw", options->format, error);
	if (options->details && format->of_processes)
		return exclude("--details", options->format, error);
	if (options->which != NSL_OUTPUT_USUAL && format->n_columns == 0)
		return exclude(options->which == NSL_OUTPUT_ALL ? "--output-all" : "--output",
			       options->format, error);
	for (guint i = 0; options->output && i < options->output->len; i++) {
		NslColumn column = g_array_index(options->output, NslColumn, i);

		if (!has_column(format, column))
			return usage_error(error,
					   "--output: %s tells of a namespace, and the rows of "
					   "--%s are processes",
					   nsl_columns[column].name, format->name);
	}
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

/* What is left to the format: now it is known which that is. */
static void complete_output(NslOptions *options)
{
	const NslFormatInfo *format = &nsl_formats[options->format];
	bool classic = options->format == NSL_FORMAT_TABLE && !options->raw;

	if (format->n_columns == 0 || (options->which == NSL_OUTPUT_USUAL && classic))
		return;
	if (!options->output)
		start_output(options, options->which);
	if (options->which == NSL_OUTPUT_USUAL || options->which == NSL_OUTPUT_MORE)
		g_array_prepend_vals(options->output, format->columns, format->n_columns);
	for (NslColumn column = 0; options->which == NSL_OUTPUT_ALL && column < NSL_COLUMN_COUNT;
	     column++)
		if (has_column(format, column))
			g_array_append_val(options->output, column);
	if (options->details)
		add_detail(options);
}

static bool parse_one(NslOptions *options, int option, const char *value, GError **error)
{
	switch (option) {
	case 'a':
		options->selection->all = true;
		return true;
	case 't':
		return parse_types(value, &options->selection->types, error);
	case 'p':
		return parse_tasks(value, options->selection->tasks, error);
	case 'P':
		options->selection->persistent = true;
		return true;
	case 'Q':
		if (!options->filter)
			options->filter = nsl_filter_new();
		return nsl_filter_add(options->filter, value, error);
	case OPTION_THREADS:
		options->selection->threads = true;
		return true;
	case OPTION_REFERENCE:
		return parse_pid("--reference", value, &options->reference, error);
	case OPTION_PROC:
		options->proc = value;
		return true;
	case 's':
		return set_format(options, NSL_FORMAT_SUMMARY, error);
	case 'm':
		return set_format(options, NSL_FORMAT_MATRIX, error);
	case 'T':
		return parse_group(options, value, error);
	case 'J':
		return set_format(options, NSL_FORMAT_JSON, error);
	case 'L':
		return set_format(options, NSL_FORMAT_JSONL, error);
	case 'F':
		return parse_format(options, value, error);
	case 'o':
		return parse_output(value, options, error);
	case OPTION_OUTPUT_ALL:
		start_output(options, NSL_OUTPUT_ALL);
		return true;
	case 'H':
		options->list_columns = true;
		return true;
	case 'd':
		options->details = true;
		return true;
	case 'n':
		options->headings = false;
		return true;
	case 'r':
		options->raw = true;
		return true;
	case OPTION_COLOR:
		return parse_color(value ? value : "always", &options->color, error);
	case 'u':
		options->cut = false;
		return true;
	case OPTION_STRICT:
		options->strict = true;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	case 'h':
		options->help = true;
		return true;
	case 'V':
		options->version = true;
		return true;
	default:
		return usage_error(error, "unknown option; see nslist --help");
	}
}

NslOptions *nsl_options_parse(int argc, char **argv, GError **error)
{
	g_autoptr(NslOptions) options = g_new0(NslOptions, 1);
	int option;

	options->selection = nsl_selection_new();
	options->selection->types = 0;
	options->headings = true;
	options->cut = true;
	optind = 0; /* from the start, in tests too */
	opterr = 0;
	/* -T has no value of its own: "-Ta" is -T -a. */
	while ((option = getopt_long(argc, argv, ":at:p:PQ:smTJLF:o:HdnruqhV", long_options,
				     NULL)) != -1) {
		if (option == '?' || option == ':') {
			refuse(argv[optind - 1], optopt, option == ':', error);
			return NULL;
		}
		if (!parse_one(options, option, optarg, error))
			return NULL;
	}
	if (!check_output(options, error))
		return NULL;
	if (options->details && options->format == NSL_FORMAT_PROMETHEUS) {
		usage_error(error, "--details and --format=prometheus exclude each other");
		return NULL;
	}
	complete_output(options);
	if (options->selection->types == 0)
		options->selection->types = NSL_NSTYPES_ALL;
	if (options->format == NSL_FORMAT_TREE_PARENT &&
	    !(options->selection->types & nsl_relations[NSL_RELATION_PARENT].types)) {
		usage_error(error, "--tree=parent is about pid and user, which --type leaves out");
		return NULL;
	}
	for (; optind < argc; optind++)
		nsl_selection_add(options->selection, argv[optind]);
	return g_steal_pointer(&options);
}

char *nsl_options_explain_unmatched(const NslUnmatched *unmatched)
{
	const NslSelector *selector = unmatched->selector;
	NslNsType type = unmatched->type;

	if (!selector)
		return g_strdup_printf("no process %u (--task)", unmatched->task);
	switch (selector->kind) {
	case NSL_SELECTOR_PID:
		return g_strdup_printf("no process %u", selector->pid);
	case NSL_SELECTOR_NAMESPACE:
		if (type < NSL_NSTYPE_COUNT && !(selector->types & NSL_NSTYPE_BIT(type)))
			return g_strdup_printf("no namespace %s: it is %s:[%" G_GUINT64_FORMAT "]",
					       selector->text, nsl_nstypes[type].name,
					       selector->inode);
		return g_strdup_printf("no namespace %s", selector->text);
	case NSL_SELECTOR_NSID:
		return g_strdup_printf("no namespace %s", selector->text);
	case NSL_SELECTOR_NOTHING:
		return g_strdup(selector->why);
	case NSL_SELECTOR_PATH:
	case NSL_SELECTOR_WORD:
		break;
	}
	return g_strdup_printf("nothing is called \"%s\"", selector->text);
}

void nsl_options_free(NslOptions *options)
{
	if (!options)
		return;
	nsl_selection_free(options->selection);
	nsl_filter_free(options->filter);
	g_clear_pointer(&options->output, g_array_unref);
	g_free(options);
}
