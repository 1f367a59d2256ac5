/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of options.
 */
#include "options.h"

#include "base/sys.h"
#include "fixture.h"

/* A command line, and what became of it. */
typedef struct Parsed {
	char **argv; /* as given: getopt reorders a copy */
	char **order;
	NslOptions *options;
	GError *error;
} Parsed;

static void parsed_clear(Parsed *parsed)
{
	g_clear_pointer(&parsed->options, nsl_options_free);
	g_clear_error(&parsed->error);
	g_strfreev(parsed->argv);
	g_free(parsed->order);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parsed, parsed_clear)

static Parsed parse_words(const char *const *words)
{
	Parsed parsed = {.argv = g_strdupv((char **)words)};
	guint n = g_strv_length(parsed.argv);

	parsed.order = g_new(char *, n + 1);
	memcpy(parsed.order, parsed.argv, (n + 1) * sizeof(char *));
	parsed.options = nsl_options_parse((int)n, parsed.order, &parsed.error);
	return parsed;
}

#define PARSE(...) parse_words((const char *const[]){"nslist", __VA_ARGS__, NULL})

/* What each command line must be refused with. */
static void check_refused(const char *const *words, const char *message)
{
	g_auto(Parsed) parsed = parse_words(words);

	if (parsed.options)
		g_error("%s %s is not refused", words[1], words[2] ? words[2] : "");
	g_assert_error(parsed.error, NSL_ERROR, NSL_ERROR_USAGE);
	g_assert_cmpstr(parsed.error->message, ==, message);
}

#define REFUSED(message, ...)                                                                      \
	check_refused((const char *const[]){"nslist", __VA_ARGS__, NULL}, message)

static void add(GString *text, bool is, const char *word)
{
	if (is)
		g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", word);
}

static void describe_selection(GString *text, const NslSelection *selection)
{
	add(text, selection->all, "all");
	add(text, selection->persistent, "persistent");
	add(text, selection->threads, "threads");
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		add(text,
		    selection->types != NSL_NSTYPES_ALL &&
			    (selection->types & NSL_NSTYPE_BIT(type)) != 0,
		    nsl_nstypes[type].name);
	for (guint i = 0; i < selection->tasks->len; i++) {
		g_autofree char *task =
			g_strdup_printf("task=%u", g_array_index(selection->tasks, guint32, i));

		add(text, true, task);
	}
	for (guint i = 0; i < selection->selectors->len; i++) {
		const NslSelector *selector = g_ptr_array_index(selection->selectors, i);
		g_autofree char *word = g_strdup_printf("[%s]", selector->text);

		add(text, true, word);
	}
}

/* The options that differ from the default: "json all net task=7 [SELECTOR]". Transfer full. */
static char *describe(const NslOptions *options)
{
	static const char *const ways[] = {"", "as-json", "as-csv"};
	static const char *const whens[] = {"auto", "always", "never"};
	const NslFormatInfo *format = &nsl_formats[options->format];
	g_autofree char *reference = g_strdup_printf("reference=%u", options->reference);
	g_autofree char *proc = g_strconcat("proc=", options->proc, NULL);
	g_autofree char *watch = g_strdup_printf("watch=%" G_GINT64_FORMAT, options->watch);
	GString *text = g_string_new(NULL);

	add(text, options->format != NSL_FORMAT_TABLE, format->name);
	add(text, options->format > NSL_FORMAT_TREE && format->group, format->group);
	add(text, options->writing != format->writing, ways[options->writing]);
	describe_selection(text, options->selection);
	add(text, options->raw, "raw");
	add(text, options->details, "details");
	add(text, options->list_columns, "list-columns");
	add(text, options->color != NSL_WHEN_AUTO, "color");
	add(text, options->color != NSL_WHEN_AUTO, whens[options->color]);
	add(text, options->fold != NSL_WHEN_AUTO, "fold");
	add(text, options->fold != NSL_WHEN_AUTO, whens[options->fold]);
	add(text, options->census == NSL_CENSUS_PROCFS, "procfs");
	add(text, options->census == NSL_CENSUS_BPF, "bpf");
	add(text, options->reference != 0, reference);
	add(text, options->proc != NULL, proc);
	add(text, options->no_headings, "noheadings");
	add(text, options->no_cut, "notruncate");
	add(text, options->watch != 0, watch);
	add(text, options->strict, "strict");
	add(text, options->quiet, "quiet");
	add(text, options->help, "help");
	add(text, options->version, "version");
	add(text, options->verbose, "verbose");
	add(text, options->filter->roots->len > 0, "filter");
	return g_string_free(text, FALSE);
}

/* Command lines, with "; " between those that mean the same, and what they mean. */
static const struct {
	const char *lines;
	const char *expected;
} cases[] = {
	{"7", "[7]"},
	{"-a; --all; --al", "all"},
	{"-P; --persistent", "persistent"},
	{"--threads; --th", "threads"},
	{"-T; --tree; --tr; --tree=namespace; -Ftree; -Tprocess; --tree=process; -T --tree "
	 "--tree=namespace",
	 "tree"},
	{"--tree=owner; --tr=owner; -Towner; -T=owner", "tree owner"},
	{"--tree=parent", "tree parent"},
	{"--tree=container", "tree container"},
	{"-Fdot; --format=dot; --form=dot", "dot"},
	{"-Fprometheus; --format=prometheus", "prometheus"},
	{"-J; --json; --format=json; -lJ; -lJ --nowrap; -J --json -Fjson", "json"},
	{"-n; --noheadings; --noh", "noheadings"},
	{"-u; --notruncate; --not", "notruncate"},
	{"-s; --summary; --format=summary", "summary"},
	{"-m; --matrix; -Fmatrix", "matrix"},
	{"-L; --jsonl; --form=jsonl", "jsonl"},
	{"-Fcsv; --format=csv", "csv"},
	{"-c; --containers; -Fcontainers", "containers"},
	{"-sL; -Ls; -LFsummary", "summary as-json"},
	{"-mFcsv", "matrix as-csv"},
	{"-r; --raw; --ra", "raw"},
	{"-d; --details; --de", "details"},
	{"--tree --details", "tree details"},
	{"-H; --list-columns; --list-", "list-columns"},
	{"-HqJ --color=never", "json list-columns color never quiet"},
	{"--color; --color=always; --col", "color always"},
	{"--color=never", "color never"},
	{"--color=never --color=auto", ""},
	{"--fold; --fold=always", "fold always"},
	{"--fold=never", "fold never"},
	{"--census=procfs; --ce=procfs", "procfs"},
	{"--census=bpf", "bpf"},
	{"--watch; --watch=2; --wat=2.0", "watch=2000000"},
	{"--watch=0.5 --watch=.001", "watch=1000"},
	{"--watch=86400 -aq", "all watch=86400000000 quiet"},
	{"--watch -L; -lL --watch", "jsonl watch=2000000"},
	{"--watch -Fcsv -n", "csv noheadings watch=2000000"},
	{"--watch -Ftable", "watch=2000000"},
	{"--watch 5", "[5] watch=2000000"},
	{"--strict; --str; --st", "strict"},
	{"-q; --quiet; --qui", "quiet"},
	{"-h; --help; --hel", "help"},
	{"-V; --version; --vers", "version"},
	{"--version --verbose; -V --verb", "version verbose"},
	/* As lsns(8) has them: "--list" is no abbreviation of "--list-columns". */
	{"--list -W; -l; -W; --nowrap", ""},
	{"-tnet; -t net; --type net; --type=net; --ty=net", "net"},
	{"-tnet,mnt; -tmnt,net,mnt; -tnet -tmnt; --type=mnt -t net", "mnt net"},
	{"-tcgroup,ipc,mnt,net,pid,time,user,uts", ""},
	{"-p7; -p 7; --task 7", "task=7"},
	{"--task=7,9; -p7 --ta=9", "task=7 task=9"},
	{"-p9 --ta=7", "task=9 task=7"},
	{"-p1,4194304", "task=1 task=4194304"},
	{"--reference=4194304 --proc=/host/proc", "reference=4194304 proc=/host/proc"},
	{"--reference 7 --proc /host/proc", "reference=7 proc=/host/proc"},
	{"--proc=a --reference=7 --proc=b --reference=9", "reference=9 proc=b"},
	/* What follows -T in its word: a group, or further letters. */
	{"-Ta", "tree all"},
	{"-aTparent", "tree parent all"},
	{"-anuqTtnet", "tree all net noheadings notruncate quiet"},
	{"-qTqa 7", "tree all [7] quiet"},
	{"7 -Ta 8", "tree all [7] [8]"},
	/* An optional value is taken only after "=". */
	{"--tree 5151; -T 5151", "tree [5151]"},
	{"--tree namespace", "tree [namespace]"},
	{"-T owner", "tree [owner]"},
	{"--tree owner -a", "tree all [owner]"},
	/* Selectors and options in any order; after "--" all are selectors. */
	{"7 -a blue -tnet /run/netns/blue", "all net [7] [blue] [/run/netns/blue]"},
	{"-a -- -q --json 7", "all [-q] [--json] [7]"},
	/* Bytes are taken as they are. */
	{"-  \xff\x1b", "[-] [] [\xff\x1b]"},
	{"--proc=/\xff\xfe \xe6\x97", "[\xe6\x97] proc=/\xff\xfe"},
};

TEST(cases)
{
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(GStrv) lines = g_strsplit(cases[i].lines, "; ", -1);

		for (char **line = lines; *line; line++) {
			g_autofree char *whole = g_strjoin(" ", "nslist", *line, NULL);
			g_auto(GStrv) words = g_strsplit(whole, " ", -1);
			g_auto(Parsed) parsed = parse_words((const char *const *)words);
			g_autofree char *found = NULL;

			g_assert_no_error(parsed.error);
			found = describe(parsed.options);
			if (strcmp(found, cases[i].expected) != 0)
				g_error("%s: \"%s\", not \"%s\"", whole, found, cases[i].expected);
		}
	}
}

#define GROUPS "; there are namespace, owner, parent and container"
#define FORMATS                                                                                    \
	"; there are table, containers, summary, matrix, tree, json, jsonl, csv, dot and "         \
	"prometheus"
#define SECONDS " is no number of seconds, 0.001 to 86400"
#define TYPES	"; there are cgroup, ipc, mnt, net, pid, time, user, uts"

TEST(wrong_values)
{
	REFUSED("--type: there is no type \"nett\"" TYPES, "-tnett");
	REFUSED("--type: there is no type \"NET\"" TYPES, "--type=NET");
	REFUSED("--type: the list is empty; give one such as net,pid", "--type=");
	REFUSED("--type: the list is empty; give one such as net,pid", "--type", "");
	REFUSED("--type: \"net,\" has an empty item; give a list such as net,pid", "-tnet,");
	REFUSED("--type: \",net\" has an empty item; give a list such as net,pid", "-t,net");
	REFUSED("--type: there is no type \"\xff\"" TYPES, "-t\xff");
	REFUSED("--type: there is no type \" net\"" TYPES, "-t", " net");
	REFUSED("--task: \"0\" is not a PID", "-p0");
	REFUSED("--task: \"4194305\" is not a PID", "-p4194305");
	REFUSED("--task: \"7,\" has an empty item; give a list such as 1,2", "-p7,");
	REFUSED("--task: \"7,,8\" has an empty item; give a list such as 1,2", "-p7,,8");
	REFUSED("--task: the list is empty; give one such as 1,2", "--task=");
	REFUSED("--task: \"x\" is not a PID", "--task=7,x");
	REFUSED("--task: \"-1\" is not a PID", "-p-1");
	REFUSED("--task: \"18446744073709551617\" is not a PID", "-p18446744073709551617");
	REFUSED("--reference: \"0\" is not a PID", "--reference=0");
	REFUSED("--reference: \"self\" is not a PID", "--reference", "self");
	REFUSED("--reference: \"7,8\" is not a PID", "--reference=7,8");
	REFUSED("--tree: there is no group \"x\"" GROUPS, "--tree=x");
	REFUSED("--tree: there is no group \"\"" GROUPS, "--tree=");
	REFUSED("--tree: there is no group \"\"" GROUPS, "-T=");
	REFUSED("--tree: there is no group \"-a\"" GROUPS, "-T-a");
	REFUSED("--tree: there is no group \"n\"" GROUPS, "-T=n");
	REFUSED("--watch: \"0\"" SECONDS, "--watch=0");
	REFUSED("--watch: \"0.0009\"" SECONDS, "--watch=0.0009");
	REFUSED("--watch: \"86400.1\"" SECONDS, "--watch=86400.1");
	REFUSED("--watch: \"-1\"" SECONDS, "--watch=-1");
	REFUSED("--watch: \"1e3\"" SECONDS, "--watch=1e3");
	REFUSED("--watch: \"nan\"" SECONDS, "--watch=nan");
	REFUSED("--watch: \"\"" SECONDS, "--watch=");
	REFUSED("--format: there is no format \"x\"" FORMATS, "--format=x");
	REFUSED("--format: there is no format \"\"" FORMATS, "-F", "");
	REFUSED("--format: there is no format \"owner\"" FORMATS, "-Fowner");
	REFUSED("--census: \"kernel\" is none of auto, procfs and bpf", "--census=kernel");
	REFUSED("--color: \"yes\" is none of auto, always and never", "--color=yes");
	REFUSED("--color: \"\" is none of auto, always and never", "--color=");
}

TEST(unknown)
{
	REFUSED("unknown option -x; see nslist --help", "-x");
	REFUSED("unknown option -5; see nslist --help", "-T5151");
	REFUSED("unknown option -?; see nslist --help", "-?");
	REFUSED("unknown option -:; see nslist --help", "-:");
	REFUSED("unknown option -\xff; see nslist --help", "-\xff");
	REFUSED("unknown option --bogus; see nslist --help", "--bogus");
	REFUSED("unknown option --bogus; see nslist --help", "--bogus=value");
	REFUSED("unknown option --bogus; see nslist --help", "7", "--bogus", "9");
	REFUSED("unknown option --treee; see nslist --help", "--treee");
	REFUSED("unknown option --\xff; see nslist --help", "--\xff");
	/* In a cluster getopt(3) is still within the word: it is not about the word before it. */
	REFUSED("unknown option -x; see nslist --help", "-nx");
	REFUSED("unknown option -x; see nslist --help", "-xa");
	REFUSED("unknown option -x; see nslist --help", "-q", "-axq");
	REFUSED("unknown option -x; see nslist --help", "--all", "-xa");
	REFUSED("unknown option -e; see nslist --help", "--quiet", "-Tea");
	/* A value too many, or too few; what may be one or the other. */
	REFUSED("option --all takes no value", "--all=1");
	REFUSED("option --json takes no value", "--json=");
	REFUSED("option --js may be --json or --jsonl", "--js=");
	REFUSED("option --quiet takes no value", "--quiet=yes");
	REFUSED("option -t needs a value; see nslist --help", "-t");
	REFUSED("option -p needs a value; see nslist --help", "-ap");
	REFUSED("option --type needs a value; see nslist --help", "--type");
	REFUSED("option --proc needs a value; see nslist --help", "--proc");
	REFUSED("option --reference needs a value; see nslist --help", "7", "--reference");
	REFUSED("option --census needs a value; see nslist --help", "--census");
	REFUSED("option -t needs a value; see nslist --help", "-Tt");
	REFUSED("option --no may be --noheadings or --notruncate or --nowrap", "--no");
	REFUSED("option --no may be --noheadings or --notruncate or --nowrap", "--no=1");
	REFUSED("option --lis may be --list-columns or --list", "--lis");
	REFUSED("option --t may be --type or --task or --threads or --tree", "--t");
}

TEST(conflicts)
{
	REFUSED("--tree and --json exclude each other", "-T", "-J");
	REFUSED("--tree and --json exclude each other", "-J", "--tree=namespace");
	REFUSED("--tree and --json exclude each other", "-JaT", "7");
	REFUSED("--summary and --matrix exclude each other", "-sm");
	REFUSED("--containers and --summary exclude each other", "-cs");
	REFUSED("--containers and --json exclude each other", "-cJ");
	REFUSED("--output: NETNS tells of a namespace, and the rows of --containers are containers",
		"-c", "-oNAME,NETNS");
	REFUSED("--filter: TYPE tells of a namespace, and the rows of --containers are containers",
		"-c", "-QTYPE == 'net'");
	REFUSED("--fold and --containers exclude each other", "-c", "--fold");
	REFUSED("--jsonl and --format=csv exclude each other", "-L", "-Fcsv");
	REFUSED("--format=csv and --json exclude each other", "-Fcsv", "-sJ");
	REFUSED("--tree and --jsonl exclude each other", "-L", "--tree=container");
	REFUSED("--tree and --format=csv exclude each other", "-TFcsv");
	REFUSED("--matrix and --format=dot exclude each other", "-Fdot", "--format=matrix");
	REFUSED("--format=table and --json exclude each other", "-Ftable", "-J");
	REFUSED("--format=table and --json exclude each other", "-J", "-Ftable");
	REFUSED("--output and --json exclude each other", "-J", "-oPID");
	REFUSED("--output and --tree exclude each other", "-o+PID", "-T");
	REFUSED("--output-all and --json exclude each other", "--output-all", "-J");
	REFUSED("--raw and --json exclude each other", "-rJ");
	REFUSED("--raw and --jsonl exclude each other", "-rL");
	REFUSED("--raw and --format=csv exclude each other", "-sr", "-Fcsv");
	REFUSED("--raw and --tree exclude each other", "-T", "-r");
	REFUSED("--output: NETNS tells of a namespace, and the rows of --matrix are processes",
		"-oPID,netns", "-m");
	REFUSED("--tree and --format=dot exclude each other", "-Fdot", "--tree=owner");
	REFUSED("--json and --format=prometheus exclude each other", "-J", "-F", "prometheus");
	REFUSED("--output and --tree exclude each other", "-oPID", "--tree=container");
	REFUSED("--output and --format=dot exclude each other", "-oPID", "-Fdot");
	REFUSED("--output and --format=prometheus exclude each other", "-oPID", "-Fprometheus");
	REFUSED("--tree=parent is about pid and user, which --type leaves out", "--tree=parent",
		"-tnet,mnt");
	REFUSED("--output and --output-all exclude each other", "-oPID", "--output-all");
	REFUSED("--output and --output-all exclude each other", "--output-all", "-o+PID");
	REFUSED("--watch and --containers exclude each other", "--watch", "-c");
	REFUSED("--watch and --summary exclude each other", "-sL", "--watch");
	REFUSED("--watch and --matrix exclude each other", "--watch", "-m");
	REFUSED("--watch and --tree exclude each other", "--watch", "-T");
	REFUSED("--watch and --tree exclude each other", "--watch=1", "--tree=container");
	REFUSED("--watch and --format=dot exclude each other", "--watch", "-Fdot");
	REFUSED("--watch and --format=prometheus exclude each other", "--watch", "-Fprometheus");
	REFUSED("--json is one document, and --watch goes on: use --jsonl", "--watch", "-J");
	REFUSED("--watch and --from exclude each other", "--watch", "--from=x");
	REFUSED("--watch and --diff exclude each other", "--diff=x", "--watch");
	REFUSED("--watch and --strict exclude each other", "--watch", "--strict");
	REFUSED("--watch and --output exclude each other", "--watch", "-oPID");
	REFUSED("--watch and --output-all exclude each other", "--watch", "--output-all");
	REFUSED("--watch and --raw exclude each other", "--watch", "-r");
	REFUSED("--watch and --details exclude each other", "--watch", "-d");
	REFUSED("--watch and --threads exclude each other", "--watch", "--threads");
	REFUSED("--watch and --fold exclude each other", "--watch", "--fold");
	REFUSED("--list-columns and --watch exclude each other", "-H", "--watch");
	REFUSED("--list and --tree exclude each other", "-lT");
	REFUSED("--list and --tree exclude each other", "-Ftree", "--list");
	REFUSED("--list-columns and --summary exclude each other", "-Hs");
	REFUSED("--list-columns and --jsonl exclude each other", "-L", "-H");
	REFUSED("--list-columns and --output exclude each other", "-H", "-oPID");
	REFUSED("--list-columns and --output-all exclude each other", "--output-all", "-HJ");
	REFUSED("--list-columns and --type exclude each other", "-H", "-tnet");
	REFUSED("--list-columns takes no selector, such as \"7\"", "-H", "7");
}

/* What is said of the first selector, where it stands for nothing. */
#define HINT(expected, ...)                                                                        \
	G_STMT_START                                                                               \
	{                                                                                          \
		g_auto(Parsed) parsed = PARSE(__VA_ARGS__);                                        \
		const GPtrArray *selectors = parsed.options->selection->selectors;                 \
		const NslUnmatched unmatched = {.selector = g_ptr_array_index(selectors, 0)};      \
		g_autofree char *hint = nsl_options_explain_unmatched(parsed.options, &unmatched); \
		g_assert_cmpstr(hint, ==, expected);                                               \
	}                                                                                          \
	G_STMT_END

/* An optional value is taken behind a "=" only. */
TEST(hint)
{
	HINT("nothing is called \"owner\"; is it --tree=owner?", "--tree", "owner");
	HINT("nothing is called \"process\"; is it --tree=process?", "-T", "process");
	HINT("nothing is called \"never\"; is it --color=never?", "--color", "never");
	HINT("nothing is called \"never\"", "--tree", "never");
	HINT("nothing is called \"owner\"", "owner");
	HINT("nothing is called \"owner\"", "--tree=parent", "owner");
	HINT("nothing is called \"0.5\"; is it --watch=0.5?", "--watch", "0.5");
	HINT("no process 5; is it --watch=5?", "--watch", "5");
	HINT("no process 86401", "--watch", "86401");
}

static void check_columns(const NslOptions *options, const char *expected)
{
	g_autoptr(GString) names = g_string_new(NULL);

	for (guint i = 0; options->output && i < options->output->len; i++)
		g_string_append_printf(
			names, "%s%s", i > 0 ? "," : "",
			nsl_columns[g_array_index(options->output, NslColumn, i)].name);
	g_assert_cmpstr(names->str, ==, expected);
}

#define COLUMNS(expected, ...)                                                                     \
	G_STMT_START                                                                               \
	{                                                                                          \
		g_auto(Parsed) parsed = PARSE(__VA_ARGS__);                                        \
		g_assert_no_error(parsed.error);                                                   \
		check_columns(parsed.options, expected);                                           \
	}                                                                                          \
	G_STMT_END

/* Each format has columns of its own, wherever it stands among the options. */
TEST(output)
{
	COLUMNS("", "-a");
	COLUMNS("", "-d");
	COLUMNS("", "-J");
	COLUMNS("PID,NAMESPACE,COMMAND", "-r");
	COLUMNS("PID,NAMESPACE,TID,RUNTIME,CONTAINER,FOR-CHILDREN,ZOMBIE,ENTERED,COMMAND", "-L");
	COLUMNS("NAMESPACE,NPROCS,PID,USER,COMMAND", "-s");
	COLUMNS("COMMAND", "-m");
	COLUMNS("PID,NAMESPACE,TID,RUNTIME,CONTAINER,FOR-CHILDREN,ZOMBIE,ENTERED,DETAIL,COMMAND",
		"-dL");
	COLUMNS("NAMESPACE,NPROCS,PID,USER,DETAIL,COMMAND", "-s", "--details");
	COLUMNS("DETAIL,COMMAND", "-dm");
	COLUMNS("NAME,RUNTIME,POD,PROCS,PID,SHARES,ADDRESS,DETAIL,UP", "-cd");
	COLUMNS("", "-dFprometheus");
	/* Chosen columns get it too, at the end, and once. */
	COLUMNS("PID,COMMAND,DETAIL", "-d", "-oPID,COMMAND");
	COLUMNS("DETAIL,PID", "-odetail,pid", "-d");
	COLUMNS("PID,HELD-BY", "-opid,held_by");
	COLUMNS("PID,NAMESPACE,COMMAND,UNIT", "-o+unit");
	COLUMNS("NAMESPACE,NPROCS,PID,USER,COMMAND,UNIT", "-o+unit", "-s");
	COLUMNS("COMMAND,UNIT", "-m", "--output=+unit");
	COLUMNS("UNIT", "-o+PID", "-ounit"); /* the last one counts */
	COLUMNS("PID,TID,NSPID,PPID,UID,USER,COMMAND,ZOMBIE,COMM,START,CONTAINER,CONTAINER-ID,"
		"RUNTIME,POD,ENTERED,UNIT,SHARES,OWN,DETAIL,NAME,PROCS,ADDRESS,UP,HOST",
		"--output-all", "-m");
	COLUMNS("NAME,RUNTIME,POD,PROCS,PID,SHARES,ADDRESS,UP", "-c");
	COLUMNS("NAME,RUNTIME,POD,PROCS,PID,SHARES,ADDRESS,UP", "-c", "-Fcsv");
	COLUMNS("NAME,OWN", "-c", "-oNAME,OWN");
	{
		g_auto(Parsed) all = PARSE("--output-all", "-L");

		g_assert_cmpuint(all.options->output->len, ==, NSL_COLUMN_COUNT);
	}
	REFUSED("--output: there is no column \"comand\"; is it COMMAND? See nslist --list-columns",
		"-o+PID,comand");
	REFUSED("--output: \"PID,\" has an empty item; give a list such as pid,command", "-oPID,");
	REFUSED("--output: \",\" has an empty item; give a list such as pid,command", "-o+,");
	REFUSED("--output: the list is empty; give one such as pid,command", "-o", "");
	REFUSED("--output: the list is empty; give one such as pid,command", "-o+");
}

/* The error may be of no interest. */
TEST(no_error)
{
	char *argv[] = {(char *)"nslist", (char *)"--bogus", NULL};

	g_assert_null(nsl_options_parse(2, argv, NULL));
}

/* All the types are in it, and it fits a screen of 80 columns. */
TEST(help)
{
	g_autofree char *help = nsl_options_help();
	g_auto(GStrv) lines = g_strsplit(help, "\n", -1);

	for (char **line = lines; *line; line++)
		g_assert_cmpuint(strlen(*line), <=, 80);
	g_assert_cmpuint(g_strv_length(lines), <, 50);
	g_assert_true(g_str_has_suffix(help, "\n"));
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_nonnull(strstr(help, nsl_nstypes[type].name));
}
