/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: see options.h.
 */
#include "options.h"

#include <getopt.h>
#include <stddef.h>
#include <string.h>

#include "base/procfs.h"
#include "base/sys.h"
#include "report/group.h"

static const char usage[] =
	"Usage: nslist [OPTION...] [SELECTOR...]\n"
	"List the namespaces beside the root ones, who is in them, and who else holds\n"
	"them. A SELECTOR is a PID, an inode, TYPE:[INODE], nsid:N, a path such as\n"
	"/run/netns/blue, peer:IFACE (the other end of that veth), mount:PATH (who has\n"
	"it mounted), or a name: of ip netns, a container, pod, machine or unit.\n"
	"\n";

enum {
	OPTION_REFERENCE = 256,
	OPTION_PROC,
	OPTION_FROM,
	OPTION_DIFF,
	OPTION_WATCH,
	OPTION_STRICT,
	OPTION_THREADS,
	OPTION_OUTPUT_ALL,
	OPTION_COLOR,
	OPTION_FOLD,
	OPTION_CENSUS,
	OPTION_VERBOSE,
};

/* The one table of options, in the order of --help; rows without a name are its headings. */
static const struct Known {
	int id; /* the letter, or one of those above where it has none */
	const char *name;
	const char *value; /* "=DIR"; "[=GROUP]": only the long option has one, perhaps; "": none */
	gsize flag;	   /* the bool of NslOptions that it sets; 0: see parse_one() */
	const char *help;
} known_options[] = {
#define FLAG(member) offsetof(NslOptions, member)
	{0, NULL, NULL, 0, "What to list:"},
	{'a', "all", "", 0, "the root namespaces too"},
	{'t', "type", "=TYPE,...", 0, "only cgroup, ipc, mnt, net, pid, time, user or uts"},
	{'p', "task", "=PID,...", 0, "only namespaces that one of these processes is in"},
	{'P', "persistent", "", 0, "only namespaces without a process"},
	{'Q', "filter", "=EXPR", 0,
	 "only rows for which this holds, as in scols-filter(5):\n'TYPE == \"net\" and NPROCS > "
	 "1'; given again: both"},
	{OPTION_THREADS, "threads", "", 0, "also threads in other namespaces than their process"},
	{OPTION_REFERENCE, "reference", "=PID", 0,
	 "count this process's namespaces as the root ones"},
	{OPTION_PROC, "proc", "=DIR", 0, "another procfs, such as /host/proc, or a recorded one"},
	{OPTION_FROM, "from", "=FILE", 0, "saved --json documents (-: stdin), not this system"},
	{OPTION_DIFF, "diff", "=FILE", 0, "only what has changed since this saved document"},
	{OPTION_WATCH, "watch", "[=SECONDS]", 0,
	 "go on: print each change as it is seen, every 2 s"},
	{OPTION_CENSUS, "census", "=HOW", 0, "count tasks by procfs, bpf or auto (the faster)"},
	{0, NULL, NULL, 0, "Which rows there are, at most one of:"},
	{'c', "containers", "", 0, "a row for each container, and each sandbox"},
	{'s', "summary", "", 0, "a row for each namespace"},
	{'m', "matrix", "", 0, "a row for each process, a column for each type"},
	{'T', "tree", "[=GROUP]", 0, "a tree; by namespace, owner, parent or container"},
	{0, NULL, NULL, 0, "How they are written, at most one of:"},
	{'J', "json", "", 0, "one JSON document"},
	{'L', "jsonl", "", 0, "the rows, a JSON object on each line"},
	{'F', "format", "=NAME", 0,
	 "json, jsonl, csv, dot (for Graphviz), prometheus; or\nrows: table, containers, "
	 "summary, matrix or tree"},
	{0, NULL, NULL, 0, "And what of it:"},
	{'o', "output", "=[+]COL,...", 0, "which columns; with +, after the usual ones"},
	{OPTION_OUTPUT_ALL, "output-all", "", 0, "all of them"},
	{'H', "list-columns", "", FLAG(list_columns), "which there are; with --json, as JSON"},
	{'d', "details", "", FLAG(details), "what each namespace is: host name, addresses ..."},
	{'n', "noheadings", "", FLAG(no_headings), "no header line"},
	{'r', "raw", "", FLAG(raw), "fields for programs: escaped, with one space between"},
	{'u', "notruncate", "", FLAG(no_cut), "do not cut lines to the terminal's width"},
	{'l', "list", "", 0, "the table, not a tree (as lsns)"},
	{'W', "nowrap", "", 0, "do not wrap lines (as lsns), which is always so"},
	{OPTION_FOLD, "fold", "[=WHEN]", 0, "alike processes share a line: auto, always or never"},
	{OPTION_COLOR, "color", "[=WHEN]", 0, "colours: auto, always or never"},
	{0, NULL, NULL, 0, "Otherwise:"},
	{OPTION_STRICT, "strict", "", FLAG(strict),
	 "exit with 3 where something could not be read"},
	{'q', "quiet", "", FLAG(quiet), "no warnings"},
	{'h', "help", "", FLAG(help), "this text"},
	{'V', "version", "", FLAG(version), "the version, and those of the libraries"},
	{OPTION_VERBOSE, "verbose", "", FLAG(verbose),
	 "with --version: also what of the kernel can be used"},
#undef FLAG
};

/* Where the text begins that --help has of an option. */
#define HELP_COLUMN 26

char *nsl_options_help(void)
{
	GString *help = g_string_new(usage);

	for (gsize i = 0; i < G_N_ELEMENTS(known_options); i++) {
		const struct Known *known = &known_options[i];
		g_autofree char *name = g_strconcat("--", known->name, known->value, NULL);
		g_auto(GStrv) lines = g_strsplit(known->help, "\n", -1);

		if (!known->name) {
			g_string_append_printf(help, "%s\n", known->help);
			continue;
		}
		if (known->id < OPTION_REFERENCE)
			g_string_append_printf(help, "  -%c, ", known->id);
		else
			g_string_append(help, "      ");
		g_string_append_printf(help, "%-*s", HELP_COLUMN - 6, name);
		for (guint j = 0; lines[j]; j++)
			g_string_append_printf(help, "%*s%s\n", j > 0 ? HELP_COLUMN : 0, "",
					       lines[j]);
	}
	return g_string_free(help, FALSE);
}

static const struct Known *find_option(int id, const char *name)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known_options); i++)
		if (known_options[i].name &&
		    (name ? strcmp(known_options[i].name, name) == 0 : known_options[i].id == id))
			return &known_options[i];
	return NULL;
}

bool nsl_usage_error(GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (error)
		*error = g_error_new_valist(NSL_ERROR, NSL_ERROR_USAGE, format, arguments);
	va_end(arguments);
	return false;
}

typedef bool ParseItem(NslOptions *options, const char *item, GError **error);

/* A list with commas. */
static bool parse_list(NslOptions *options, const char *option, const char *list,
		       ParseItem *parse_item, const char *example, GError **error)
{
	g_auto(GStrv) items = g_strsplit(list, ",", -1);

	if (!list[0])
		return nsl_usage_error(error, "%s: the list is empty; give one such as %s", option,
				       example);
	if (g_strv_contains((const char *const *)items, ""))
		return nsl_usage_error(error,
				       "%s: \"%s\" has an empty item; give a list such as %s",
				       option, list, example);
	for (char **item = items; *item; item++)
		if (!parse_item(options, *item, error))
			return false;
	return true;
}

static bool parse_type(NslOptions *options, const char *name, GError **error)
{
	NslNsType found = nsl_nstype_find(name, strlen(name));
	g_autoptr(GString) names = g_string_new(NULL);

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_string_append_printf(names, "%s%s", type > 0 ? ", " : "", nsl_nstypes[type].name);
	if (found == NSL_NSTYPE_COUNT)
		return nsl_usage_error(error, "--type: there is no type \"%s\"; there are %s", name,
				       names->str);
	options->selection->types |= NSL_NSTYPE_BIT(found);
	return true;
}

static bool parse_pid(const char *option, const char *word, guint32 *ret_pid, GError **error)
{
	guint64 pid;

	if (!nsl_parse_number(word, strlen(word), NSL_PID_MAX, &pid) || pid == 0)
		return nsl_usage_error(error, "%s: \"%s\" is not a PID", option, word);
	*ret_pid = (guint32)pid;
	return true;
}

static bool parse_task(NslOptions *options, const char *word, GError **error)
{
	guint32 pid;

	if (!parse_pid("--task", word, &pid, error))
		return false;
	g_array_append_val(options->selection->tasks, pid);
	return true;
}

static bool parse_column(NslOptions *options, const char *name, GError **error)
{
	NslColumn column = nsl_column_find(name);

	if (column == NSL_COLUMN_COUNT)
		return nsl_usage_error(error,
				       "--output: there is no column \"%s\"; is it %s? See nslist "
				       "--list-columns",
				       name, nsl_column_nearest(name));
	g_array_append_val(options->output, column);
	return true;
}

static bool parse_output(NslOptions *options, const char *list, GError **error)
{
	bool more = list[0] == '+';

	options->which = more ? NSL_OUTPUT_MORE : NSL_OUTPUT_THESE;
	g_array_set_size(options->output, 0);
	return parse_list(options, "--output", list + more, parse_column, "pid,command", error);
}

/* How a format is asked for. Transfer full. */
static char *option_of(NslFormat format)
{
	const char *name = nsl_formats[format].name;

	return g_strconcat(find_option(0, name) ? "--" : "--format=", name, NULL);
}

bool nsl_options_exclude(const char *option, NslFormat format, GError **error)
{
	g_autofree char *other = option_of(format);

	return nsl_usage_error(error, "%s and %s exclude each other", option, other);
}

static bool exclude_formats(NslFormat one, NslFormat other, GError **error)
{
	g_autofree char *option = option_of(one);

	return nsl_options_exclude(option, other, error);
}

static bool set_format(NslOptions *options, NslFormat format, GError **error)
{
	NslFormat *kind = nsl_formats[format].for_programs ? &options->programs : &options->rows;

	if (*kind != NSL_FORMAT_COUNT &&
	    strcmp(nsl_formats[*kind].name, nsl_formats[format].name) != 0)
		return exclude_formats(*kind, format, error);
	*kind = format;
	return true;
}

/* Which function writes those rows in that way; JSON lines and CSV are for any with columns. */
static bool combine_formats(NslOptions *options, GError **error)
{
	NslFormat rows = options->rows;
	NslFormat programs = options->programs;

	if (rows == NSL_FORMAT_COUNT)
		rows = programs == NSL_FORMAT_COUNT ? NSL_FORMAT_TABLE : programs;
	else if (programs != NSL_FORMAT_COUNT &&
		 (nsl_formats[programs].writing == NSL_WRITING_LINES ||
		  nsl_formats[rows].n_columns == 0))
		return exclude_formats(rows, programs, error);
	options->format = rows;
	options->writing = nsl_formats[programs == NSL_FORMAT_COUNT ? rows : programs].writing;
	return true;
}

static bool parse_group(NslOptions *options, const char *group, GError **error)
{
	/* lsns(8) calls it after what hangs below the namespaces. */
	const char *name = g_strcmp0(group, "process") == 0 ? "namespace" : group;
	NslFormat format = nsl_format_find("tree", name);

	if (format == NSL_FORMAT_COUNT)
		return nsl_usage_error(
			error,
			"--tree: there is no group \"%s\"; there are namespace, owner, "
			"parent and container",
			group);
	return set_format(options, format, error);
}

static bool parse_format(NslOptions *options, const char *name, GError **error)
{
	NslFormat format = nsl_format_find(name, NULL);
	g_autofree char *names = nsl_format_names();

	if (format == NSL_FORMAT_COUNT)
		return nsl_usage_error(error, "--format: there is no format \"%s\"; there are %s",
				       name, names);
	return set_format(options, format, error);
}

static const char *const when_names[] = {"auto", "always", "never"}; /* NslWhen */
static const char *const census_names[] = {"auto", "procfs", "bpf"}; /* NslCensusWhen */

/* One of three words: which. */
static bool parse_choice(const char *option, const char *word, const char *const names[3],
			 guint *ret_choice, GError **error)
{
	for (guint i = 0; i < 3; i++)
		if (strcmp(word, names[i]) == 0) {
			*ret_choice = i;
			return true;
		}
	return nsl_usage_error(error, "%s: \"%s\" is none of %s, %s and %s", option, word, names[0],
			       names[1], names[2]);
}

/* Its bit in a set of options. */
static guint64 bit_of(const struct Known *known)
{
	return G_GUINT64_CONSTANT(1) << (known - known_options);
}

static bool is_given(const NslOptions *options, int id)
{
	return options->given & bit_of(find_option(id, NULL));
}

/* Lists nothing but columns, so that the other options mean nothing. */
static bool check_list_columns(const NslOptions *options, GError **error)
{
	static const int beside[] = {'H', 'J', 'F', 'q', OPTION_COLOR, OPTION_PROC};
	NslFormat format = options->rows == NSL_FORMAT_COUNT ? options->programs : options->rows;
	const GPtrArray *selectors = options->selection->selectors;
	guint64 others = options->given;

	if (format != NSL_FORMAT_COUNT && format != NSL_FORMAT_JSON)
		return nsl_options_exclude("--list-columns", format, error);
	for (gsize i = 0; i < G_N_ELEMENTS(beside); i++)
		others &= ~bit_of(find_option(beside[i], NULL));
	for (gsize i = 0; i < G_N_ELEMENTS(known_options); i++)
		if (others & bit_of(&known_options[i]))
			return nsl_usage_error(error, "--list-columns and --%s exclude each other",
					       known_options[i].name);
	if (selectors->len > 0)
		return nsl_usage_error(error, "--list-columns takes no selector, such as \"%s\"",
				       ((NslSelector *)g_ptr_array_index(selectors, 0))->text);
	return true;
}

/* Whether the options go together, whatever else the format is good for. */
static bool check_together(const NslOptions *options, GError **error)
{
	/* The first one of a row and the others in it exclude each other. */
	static const int exclusions[][11] = {
		{OPTION_FROM, OPTION_PROC, OPTION_CENSUS, OPTION_REFERENCE},
		{OPTION_DIFF, 'o', OPTION_OUTPUT_ALL, 'r', 'd', OPTION_THREADS, OPTION_FOLD},
		{OPTION_WATCH, OPTION_FROM, OPTION_DIFF, OPTION_STRICT, 'o', OPTION_OUTPUT_ALL, 'r',
		 'd', OPTION_THREADS, OPTION_FOLD},
		{'o', OPTION_OUTPUT_ALL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(exclusions); i++)
		for (const int *other = &exclusions[i][1]; *other; other++)
			if (is_given(options, exclusions[i][0]) && is_given(options, *other))
				return nsl_usage_error(error, "--%s and --%s exclude each other",
						       find_option(exclusions[i][0], NULL)->name,
						       find_option(*other, NULL)->name);
	if (is_given(options, 'l') && strcmp(nsl_formats[options->format].name, "tree") == 0)
		return nsl_options_exclude("--list", options->format, error);
	return !options->list_columns || check_list_columns(options, error);
}

/* `value`: NULL where it has none. */
static bool parse_one(NslOptions *options, const struct Known *known, const char *value,
		      GError **error)
{
	options->given |= bit_of(known);
	if (known->value[0] == '[' && !value)
		options->bare |= bit_of(known);
	if (known->flag != 0) {
		G_STRUCT_MEMBER(bool, options, known->flag) = true;
		return true;
	}
	switch (known->id) {
	case 'l':
	case 'W':
		return true;
	case 'a':
		options->selection->all = true;
		return true;
	case 't':
		return parse_list(options, "--type", value, parse_type, "net,pid", error);
	case 'p':
		return parse_list(options, "--task", value, parse_task, "1,2", error);
	case 'P':
		options->selection->persistent = true;
		return true;
	case 'Q':
		g_ptr_array_add(options->selection->filters, g_strdup(value));
		return nsl_filter_add(options->filter, value, error);
	case OPTION_THREADS:
		options->selection->threads = true;
		return true;
	case OPTION_REFERENCE:
		return parse_pid("--reference", value, &options->reference, error);
	case OPTION_PROC:
		options->proc = value;
		return true;
	case OPTION_FROM:
		g_ptr_array_add(options->from, (gpointer)value);
		return true;
	case OPTION_DIFF:
		options->diff = value;
		return true;
	case OPTION_WATCH:
		return nsl_parse_seconds(value ? value : "2", G_USEC_PER_SEC / 1000,
					 (gint64)86400 * G_USEC_PER_SEC, &options->watch) ||
		       nsl_usage_error(error,
				       "--watch: \"%s\" is no number of seconds, 0.001 to 86400",
				       value);
	case OPTION_CENSUS:
		return parse_choice("--census", value, census_names, &options->census, error);
	case 'T':
		return parse_group(options, value, error);
	case 'F':
		return parse_format(options, value, error);
	case 'o':
		return parse_output(options, value, error);
	case OPTION_OUTPUT_ALL:
		options->which = NSL_OUTPUT_ALL;
		return true;
	case OPTION_COLOR:
		return parse_choice("--color", value ? value : "always", when_names,
				    &options->color, error);
	case OPTION_FOLD:
		return parse_choice("--fold", value ? value : "always", when_names, &options->fold,
				    error);
	}
	/* The others are called as their formats. */
	return parse_format(options, known->name, error);
}

/* Whether the word could be the value of an option whose value is optional. */
static bool is_value_of(const struct Known *known, const char *word)
{
	g_autoptr(NslSelection) none = nsl_selection_new();
	NslOptions scratch = {
		.selection = none, .rows = NSL_FORMAT_COUNT, .programs = NSL_FORMAT_COUNT};

	return known->value[0] == '[' && parse_one(&scratch, known, word, NULL);
}

const char *nsl_options_find_bare(const NslOptions *options, const char *word)
{
	for (gsize i = 0; i < G_N_ELEMENTS(known_options); i++)
		if ((options->bare & bit_of(&known_options[i])) &&
		    is_value_of(&known_options[i], word))
			return known_options[i].name;
	return NULL;
}

/* For getopt_long(3): each long option with its id, and the letters. */
static struct option *list_options(GString *letters)
{
	struct option *list = g_new0(struct option, G_N_ELEMENTS(known_options) + 1);
	struct option *next = list;

	for (gsize i = 0; i < G_N_ELEMENTS(known_options); i++) {
		const struct Known *known = &known_options[i];

		if (!known->name)
			continue;
		*next++ = (struct option){
			.name = known->name,
			.has_arg = known->value[0] == '='   ? required_argument
				   : known->value[0] == '[' ? optional_argument
							    : no_argument,
			.val = known->id,
		};
		if (known->id < OPTION_REFERENCE)
			g_string_append_printf(letters, "%c%s", known->id,
					       known->value[0] == '='	? ":"
					       : known->value[0] == '[' ? "::"
									: "");
	}
	return list;
}

/* The long options that `name` may be short for, or the one that it is. */
static char *list_candidates(const char *name, gsize size)
{
	GString *list = g_string_new(NULL);

	for (gsize i = 0; i < G_N_ELEMENTS(known_options); i++) {
		const char *known = known_options[i].name;

		if (!known || strncmp(known, name, size) != 0)
			continue;
		if (strlen(known) == size)
			g_string_truncate(list, 0);
		g_string_append_printf(list, "%s--%s", list->len > 0 ? " or " : "", known);
		if (strlen(known) == size)
			break;
	}
	return g_string_free(list, FALSE);
}

/* getopt_long() has refused something; `word` is what it read last where that was a long option. */
static bool refuse(const char *word, int option, bool missing, GError **error)
{
	gsize size = strcspn(word, "=");
	g_autofree char *candidates = NULL;

	/* Within a cluster of short ones it has not moved on: the letter is all there is. */
	if (option != 0 && !find_option(option, NULL))
		return nsl_usage_error(error, "unknown option -%c; see nslist --help", option);
	if (!g_str_has_prefix(word, "--"))
		return nsl_usage_error(error, "option -%c needs a value; see nslist --help",
				       option);
	if (missing)
		return nsl_usage_error(error, "option %s needs a value; see nslist --help", word);
	candidates = list_candidates(word + 2, size - 2);
	if (option != 0)
		return nsl_usage_error(error, "option %s takes no value",
				       candidates[0] ? candidates : word);
	if (candidates[0])
		return nsl_usage_error(error, "option %.*s may be %s", (int)size, word, candidates);
	return nsl_usage_error(error, "unknown option %.*s; see nslist --help", (int)size, word);
}

/*
 * What follows a letter in its word is its optional value only as "=VALUE", or where it is one
 * ("-Towner"). Else these are further letters, which getopt_long() is given once more.
 */
static char *take_optional(const struct Known *known, char **argv)
{
	char *value = optarg;

	if (!value || g_str_has_prefix(argv[optind - 1], "--"))
		return value;
	if (value[0] == '=')
		return value + 1;
	if (value[0] == '-' || is_value_of(known, value))
		return value;
	*--value = '-';
	argv[--optind] = value;
	return NULL;
}

/* Options and selectors, in any order. */
static bool parse_words(NslOptions *options, int argc, char **argv, GError **error)
{
	g_autoptr(GString) letters = g_string_new(":");
	g_autofree struct option *list = list_options(letters);
	int option;

	optind = 0; /* from the start, in tests too */
	opterr = 0;
	while ((option = getopt_long(argc, argv, letters->str, list, NULL)) != -1) {
		const struct Known *known = find_option(option, NULL);

		if (option == '?' || option == ':')
			return refuse(argv[optind - 1], optopt, option == ':', error);
		if (known->value[0] == '[')
			optarg = take_optional(known, argv);
		if (!parse_one(options, known, optarg, error))
			return false;
	}
	for (; optind < argc; optind++)
		nsl_selection_add(options->selection, argv[optind]);
	return true;
}

/* What follows from all of them together. */
static bool settle(NslOptions *options, GError **error)
{
	if (options->verbose && !options->version)
		return nsl_usage_error(error, "--verbose goes with --version");
	if (!combine_formats(options, error) || !check_together(options, error) ||
	    !nsl_options_check(options, error))
		return false;
	if (options->selection->types == 0)
		options->selection->types = NSL_NSTYPES_ALL;
	if (options->format == NSL_FORMAT_TREE_PARENT &&
	    !(options->selection->types & nsl_relations[NSL_RELATION_PARENT].types))
		return nsl_usage_error(
			error, "--tree=parent is about pid and user, which --type leaves out");
	return true;
}

NslOptions *nsl_options_parse(int argc, char **argv, GError **error)
{
	g_autoptr(NslOptions) options = g_new0(NslOptions, 1);

	options->selection = nsl_selection_new();
	options->selection->types = 0;
	options->filter = nsl_filter_new();
	options->output = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	options->from = g_ptr_array_new();
	options->rows = NSL_FORMAT_COUNT;
	options->programs = NSL_FORMAT_COUNT;
	if (!parse_words(options, argc, argv, error) || !settle(options, error))
		return NULL;
	return g_steal_pointer(&options);
}

void nsl_options_free(NslOptions *options)
{
	nsl_selection_free(options->selection);
	nsl_filter_free(options->filter);
	g_clear_pointer(&options->output, g_array_unref);
	g_ptr_array_unref(options->from);
	g_free(options);
}
