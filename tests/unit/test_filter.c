/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/filter, and of what it parses: for which rows expressions hold, what is refused,
 * where, and that nothing takes for ever.
 */
#include "report/filter.h"

#include "base/sys.h"
#include "fixture.h"

#define NET   G_GUINT64_CONSTANT(4026532676)
#define UTS   G_GUINT64_CONSTANT(4026532677)
#define IPC   G_GUINT64_CONSTANT(4026532678)
#define MNT   G_GUINT64_CONSTANT(4026532679)
#define BYTES "awk\t\x1b[m\n\xe6\xbc\xa2 \xff"

static void set_status(NslProcess *process, guint32 ppid, guint32 uid, const char *user)
{
	process->has_stat = true;
	process->ppid = ppid;
	process->has_status = true;
	process->uid = uid;
	process->user = g_strdup(user);
}

/*
 * MNT is mounted at "/x y" and at "/z"; 10 and 20 are in NET, called "blue", 20 is in the container
 * "web"; 30, of which just its command is known, is in UTS, and 40, with odd bytes, in IPC.
 */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslContainer *container = fixture_container(snapshot, "1", "docker", "3f2a", "web");
	NslProcess *process = fixture_process(snapshot, 10, "nginx: worker");
	NslNamespace *ns = fixture_join(snapshot, process, NSL_NSTYPE_NET, NET);

	nsl_namespace_add_name(ns, "blue");
	set_status(process, 1, 33, "www-data");
	process = fixture_process(snapshot, 20, "sh -c \"true\"");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, NET);
	set_status(process, 10, 0, "root");
	process->command_truncated = true;
	nsl_process_add_to(process, container);
	process->n_nspid = 3;
	process->nspid = g_new(guint32, 3);
	process->nspid[0] = 20;
	process->nspid[1] = 7;
	process->nspid[2] = 1;
	process = fixture_process(snapshot, 30, "sleep 7");
	fixture_join(snapshot, process, NSL_NSTYPE_UTS, UTS);
	process = fixture_process(snapshot, 40, BYTES);
	fixture_join(snapshot, process, NSL_NSTYPE_IPC, IPC);
	set_status(process, 40, 1000, "1000");
	fixture_mounted(nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, MNT), "/x y", 7);
	fixture_mounted(nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, MNT), "/z", 7);
	snapshot->own_mnt = 7;
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

/* The PIDs of the view's rows, "blue" and "mnt" for those of namespaces. */
static char *list_rows(const NslView *view)
{
	GString *list = g_string_new(NULL);

	for (guint i = 0; i < view->rows->len; i++) {
		const NslRow *row = &g_array_index(view->rows, NslRow, i);

		if (i > 0)
			g_string_append_c(list, ' ');
		if (row->process)
			g_string_append_printf(list, "%u", row->process->pid);
		else
			g_string_append(list, row->ns->type == NSL_NSTYPE_NET ? "blue" : "mnt");
	}
	return g_string_free(list, FALSE);
}

static NslFilter *parse(const char *expression)
{
	g_autoptr(GError) error = NULL;
	NslFilter *filter = nsl_filter_new();

	if (!nsl_filter_add(filter, expression, &error))
		g_error("%s is refused: %s", expression, error->message);
	return filter;
}

static void check(const char *expression, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection);
	g_autoptr(NslFilter) filter = parse(expression);
	g_autofree char *warning = nsl_filter_apply(filter, view);
	g_autofree char *rows = list_rows(view);

	g_assert_null(warning);
	if (strcmp(rows, expected) != 0)
		g_error("%s holds for \"%s\", not for \"%s\"", expression, rows, expected);
}

#define ALL "blue mnt 10 20 30 40"

TEST(numbers)
{
	check("PID == 20", "20");
	check("PID != 20", "10 30 40");
	check("PID < 20", "10");
	check("PID <= 20", "10 20");
	check("PID > 20", "30 40");
	check("PID >= 20", "20 30 40");
	check("20 == PID", "20");
	check("20 > PID", "10");
	check("PID > 9", "10 20 30 40"); /* as numbers: not by their digits */
	check("PID == 020", "20");
	check("PID<20||PID>30", "10 40");
	check("NS == 4026532676", "blue 10 20");
	check("UID == 0", "20");
	check("UID < 1K", "10 20 40");
	check("UID < 1KiB", "10 20 40");
	check("18446744073709551615 > PID", "10 20 30 40");
	check("15E > 14EiB", ALL);
	check("0Y == 0", ALL);
	check("PID > 19.5", "20 30 40");
	check("PID == 20.0", "20");
	check("19.5 < 20", ALL);
	check("1.25 < 1.5", ALL);
	check("7 == '7'", ALL);
	check("7 == '\v7'", ""); /* GLib's reader of numbers takes that, and nothing else before */
}

TEST(text)
{
	check("TYPE == \"net\"", "blue 10 20");
	check("TYPE == 'net'", "blue 10 20");
	check("TYPE != 'net'", "mnt 30 40");
	check("TYPE == 'NET'", "");
	check("TYPE == 'ne'", "");
	check("TYPE < 'net'", "mnt 40");
	check("TYPE >= 'net'", "blue 10 20 30");
	check("COMMAND == 'sh -c \"true\"'", "20");
	check("COMMAND == \"it's\"", "");
	check("'a\\b' == \"a\\b\"", ALL); /* there are no escapes */
	check("'' == ''", ALL);
	check("NSFS == '/x y'", "mnt");
	check("USER == 'root'", "20");
	/* The value alone, without what tables put around it. */
	check("NAMESPACE == 'net:[4026532676]'", "blue 10 20");
	check("COMMAND =~ '^sh'", "20");
	check("COMMAND =~ 'docker|web'", "");
	check("CONTAINER == 'web'", "20");
}

/* A comparison with what is not there is false, whatever it asks. */
TEST(absent)
{
	check("PPID == 1", "10");
	check("PPID != 1", "20 40");
	check("PPID < 1", "");
	check("not (PPID == 1)", "blue mnt 20 30 40");
	check("NETNS == ''", "");
	check("NETNS != ''", "blue 10 20");
	check("NETNS != 'x'", "blue 10 20");
	check("NETNS =~ '.*'", "blue 10 20");
	check("NETNS !~ 'x'", "blue 10 20");
	check("PPID == UID", "");
	check("PPID != UID", "10 20 40");
	check("UID == NETNSID", "");
	check("UID != NETNSID", "");
	check("UID == true", "10 40");
	check("UID == false", "20");
}

/* On its own: whether there is something. */
TEST(bare)
{
	check("NETNS", "blue 10 20");
	check("!NETNS", "mnt 30 40");
	check("not NETNS", "mnt 30 40");
	check("not not NETNS", "blue 10 20");
	check("!!!NETNS", "mnt 30 40");
	check("PID", "10 20 30 40");
	check("UID", "10 40"); /* 0 is nothing */
	check("NPROCS", "blue 10 20 30 40");
	check("true", ALL);
	check("TRUE", ALL);
	check("false", "");
	check("not FALSE", ALL);
	check("1", ALL);
	check("0", "");
	check("0.5", ALL);
	check("0.0", "");
	check("'x'", ALL);
	check("''", "");
	check("(((PID)))", "10 20 30 40");
}

TEST(precedence)
{
	check("PID == 10 or PID == 20 and PID == 30", "10");
	check("PID == 30 and PID == 20 or PID == 10", "10");
	check("(PID == 10 or PID == 20) and UID == 0", "20");
	check("PID == 10 || PID == 20 || PID == 30", "10 20 30");
	check("PID > 10 && PID < 40 && UID == 0", "20");
	check("not NETNS and PID", "30 40");
	check("not (NETNS and PID)", "blue mnt 30 40");
	check("not (PID == 10) and NETNS", "blue 20");
	check("!(PID==10)&&!(PID==20)&&PID", "30 40");
	check("NETNS and (UID == 0 or (UID == 33 and (PPID == 1)))", "10 20");
	check("PID eq 10 or PID gt 30", "10 40");
	check("PID EQ 10 OR PID GE 30 AND NOT NETNS", "10 30 40");
	check("PID ne 10 and PID le 30 and PID lt 30", "20");
	check(" \t\nPID\n==\t10 ", "10");
	check("(PID == 10) == (UID == 33)", ALL);
	check("(PID == 10) != NETNS", "10"); /* "blue" is not true */
}

/* Values are compared as what stands in the expression is. */
TEST(types)
{
	check("PID == '20'", "20");
	check("PID < '3'", "10 20"); /* as text */
	check("PID == '020'", "");
	check("USER == 1000", "40");
	check("USER != 5", "40"); /* what is no number is not there */
	check("USER > 999.5", "40");
	check("TYPE == 0", "");
	check("ROOT == true", "");
	check("ROOT == false", ALL);
	check("PID == true", "10 20 30 40");
	check("USER == UID", "40"); /* as text */
	check("UID == USER", "40"); /* as numbers */
	check("PID == PPID", "40");
	check("(PID == 20) == true", "20");
	check("(PID == 20) == 1", "20");
	check("1 == (PID == 20)", "20");
	check("(PID == 20) == 'yes'", "20");
	check("'true' == (PID == 20)", "20");
	check("0.5 < (PID == 20)", "20");
	check("'5' == 5", ALL);
	check("5 == '5'", ALL);
	check("4K == '4096'", ALL);
	check("'x' == 5", "");
	check("5 == 'x'", "");
	check("5 != 'x'", "");
	check("1.5 != 'nan'", "");
	check("1.5 < 'inf'", "");
	check("1.5 < '1e9'", "");
}

TEST(booleans)
{
	check("ROOT", "");
	check("not ROOT", ALL);
	check("!ROOT and PID", "10 20 30 40");
	check("ROOT == 1", "");
	check("ROOT == 0", ALL);
	check("1 != ROOT", ALL);
	check("ROOT == false", ALL);
	check("ROOT == 'no'", ALL);
	check("'yes' == ROOT", "");
	check("ROOT < true", ALL);
	check("ROOT == (PID == 7)", ALL);
	check("ROOT == PID", "");
	check("ROOT =~ '^no$'", ALL);
	check("ROOT !~ 'no'", "");
}

/* One of the items, or for != and !~ none of them. */
TEST(lists)
{
	check("NSPID == 20", "20");
	check("NSPID == 7", "20");
	check("1 == NSPID", "20");
	check("NSPID == '7'", "20");
	check("NSPID == 2", "");
	check("NSPID != 7", "");
	check("NSPID != 2", "20");
	check("NSPID < 2", "20");
	check("NSPID > 19", "20");
	check("NSPID > 20", "");
	check("NSPID =~ '^7$'", "20");
	check("NSPID !~ '^7$'", "");
	check("NSPID !~ '^8$'", "20");
	check("NSPID", "20");
	check("NSPID == PID", "20");
	check("PID != NSPID", "");
	check("NSPID == true", "20");
	check("NSFS == '/z'", "mnt");
	check("NSFS == '/x y'", "mnt");
	check("NSFS == '/x y,/z'", "");
	check("NSFS != '/z'", "");
	check("NSFS != '/'", "mnt");
	check("NSFS =~ '^/z$'", "mnt");
	check("NSFS =~ ','", "");
	check("NSFS !~ 'z'", "");
	check("NSFS == NSFS", "mnt");
	check("NSFS != NETNS", "");
}

TEST(regex)
{
	check("COMMAND =~ 'nginx'", "10");
	check("COMMAND !~ 'nginx'", "blue mnt 20 30 40");
	check("COMMAND =~ '^(sleep|nginx)'", "10 30");
	check("COMMAND =~ 'NGINX'", "");
	check("COMMAND =~ '(?i)NGINX'", "10");
	check("COMMAND =~ '[[:digit:]]$'", "30");
	check("COMMAND =~ ('sleep')", "30");
	check("PID =~ '^[12]0$'", "10 20");
	check("'abc' =~ 'b'", ALL);
	check("15 =~ '^15$'", ALL);
	check("(PID == 10) =~ 'true'", "10");
	check("COMMAND =~ ''", ALL);
	check("TYPE=~'n'and PID!~'1'", "20");
}

/* Bytes are as they are; those that are not UTF-8 as in JSON. */
TEST(bytes)
{
	check("COMMAND == '" BYTES "'", "40");
	check("COMMAND =~ 'awk\\t\\x1b\\[m\\n'", "40");
	check("COMMAND =~ 'awk\t'", "40");
	check("COMMAND =~ '^awk.{5}\xe6\xbc\xa2 '", "40"); /* "." is a line's end, too */
	check("COMMAND =~ 'm\\s. '", "40");		   /* and a character, not a byte */
	check("COMMAND =~ '\\\\xff$'", "40");
	check("COMMAND =~ '\\t$'", "");
	check("COMMAND == 'awk\\t'", "");
}

TEST(names)
{
	check("pid == 10", "10");
	check("Owner_Uid", "");
	check("held-by", "mnt");
	check("HELD_BY =~ 'x y'", "mnt");
}

TEST(facts)
{
	g_autoptr(NslFilter) filter = parse("PID == 1 and 'x' == 'y'");
	g_autoptr(GError) error = NULL;

	g_assert_cmpuint(filter->facts, ==, 0);
	g_assert_true(nsl_filter_add(filter, "TYPE == 'x' and (false or not (PPID == 1))", &error));
	g_assert_true(nsl_filter_add(filter, "USER =~ 'x'", &error));
	g_assert_cmpuint(filter->facts, ==, NSL_FACT_STAT | NSL_FACT_STATUS | NSL_FACT_USERS);
}

/* What it is refused with: the message, and how far to the right the caret stands. */
static void check_refused(const char *expression, const char *message, guint column)
{
	g_autoptr(NslFilter) filter = nsl_filter_new();
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;
	g_autofree char *whole = g_strconcat("--filter: ", message, NULL);

	if (nsl_filter_add(filter, expression, &error))
		g_error("%s is not refused", expression);
	g_assert_error(error, NSL_ERROR, NSL_ERROR_SYNTAX);
	lines = g_strsplit(error->message, "\n", -1);
	g_assert_cmpuint(g_strv_length(lines), ==, 3);
	g_assert_cmpstr(lines[0], ==, whole);
	g_assert_true(g_str_has_prefix(lines[1], "  "));
	g_assert_true(g_utf8_validate(lines[1], -1, NULL));
	g_assert_cmpuint(strspn(lines[2], " "), ==, column + 2);
	g_assert_cmpstr(lines[2] + column + 2, ==, "^");
}

#define MISSING	 "there has to be a column, a value or a parenthesis here"
#define OPERATOR "there has to be an operator here"
#define NUMBER	 "this is not a number"
#define LARGE	 "this number is too large"
#define QUOTED	 "there has to be a regular expression in quotes here"
#define NEGATES	 "put what this negates in parentheses"
#define CHAIN	 "comparisons do not chain; join them with \"and\""
#define STRANGE	 "there can be no such character here"

TEST(refused)
{
	check_refused("PIDD == 7", "there is no column \"PIDD\"; is it PID?", 0);
	check_refused("PID == 7 and comand == 'x'", "there is no column \"comand\"; is it COMMAND?",
		      13);
	check_refused("TYPE == net", "there is no column \"net\"; text stands in quotes", 8);
	check_refused("", MISSING, 0);
	check_refused(" ", MISSING, 1);
	check_refused("()", MISSING, 1);
	check_refused("PID ==", MISSING, 6);
	check_refused("== 7", MISSING, 0);
	check_refused("PID and", MISSING, 7);
	check_refused("PID or or PID", MISSING, 7);
	check_refused("not", MISSING, 3);
	check_refused("PID 7", OPERATOR, 4);
	check_refused("(PID 7)", OPERATOR, 5);
	check_refused("PID not 7", OPERATOR, 4);
	check_refused("(PID == 7", "this parenthesis is not closed", 0);
	check_refused("PID or (PID == (7)", "this parenthesis is not closed", 7);
	check_refused("PID == 7)", "there is no parenthesis that this closes", 8);
	check_refused("COMMAND == \"x'", "this quote is not closed", 11);
	check_refused("PID = 7", "there is no operator =; is it ==?", 4);
	check_refused("PID & 7", "there is no operator &; is it &&?", 4);
	check_refused("PID | 7", "there is no operator |; is it ||?", 4);
	check_refused("PID ~ '7'", "there is no operator ~; is it =~?", 4);
	check_refused("PID == -7", STRANGE, 7);
	check_refused("$PID", STRANGE, 0);
	check_refused("PID == 7x", NUMBER, 7);
	check_refused("PID == 0x7", NUMBER, 7);
	check_refused("PID == 7KB", NUMBER, 7);
	check_refused("PID == 7k", NUMBER, 7);
	check_refused("PID == 7.", NUMBER, 7);
	check_refused("PID == 7.5K", NUMBER, 7);
	check_refused("PID == 1.2.3", NUMBER, 7);
	check_refused("PID == 16E", LARGE, 7);
	check_refused("PID == 1Y", LARGE, 7);
	check_refused("PID == 18446744073709551616", LARGE, 7);
	check_refused("PID =~ 7", QUOTED, 7);
	check_refused("COMMAND =~ COMM", QUOTED, 11);
	check_refused("COMMAND =~ ('a' == 'b')", QUOTED, 11);
	check_refused("not TYPE == 'net'", NEGATES, 0);
	check_refused("PID and !TYPE == 'net'", NEGATES, 8);
	check_refused("1 < PID < 9", CHAIN, 8);
}

TEST(refused_regex)
{
	check_refused("COMM =~ 'a(b'", "the regular expression is wrong: missing terminating )",
		      12);
	check_refused("COMM =~ 'ab' or COMM =~ ( '[a' )",
		      "the regular expression is wrong: missing terminating ] for character class",
		      29);
	check_refused("COMM =~ 'ab\xff'", "the regular expression is not UTF-8", 11);
}

/* It stands under the place, whatever is shown before it. */
TEST(caret)
{
	check_refused("COMM == '\xe6\xbc\xa2\xe5\xad\x97' 7", OPERATOR, 15);
	check_refused("COMM == '\t\x1b\xff' 7", OPERATOR, 21);
	check_refused("COMM == '\xcc\x81"
		      "e' 7",
		      OPERATOR, 12);
	check_refused("\xe6\xbc\xa2 == 7", STRANGE, 0);
	check_refused("\xff == 7", STRANGE, 0);
	/* Of a long one just a piece, never half a character. */
	check_refused("PID == 1 or PID == 2 or PID == 3 or PID == 4 or PIDD == 5 or PID == 6 or "
		      "PID == 7 or PID == 8",
		      "there is no column \"PIDD\"; is it PID?", 38);
	check_refused(
		"COMM == '\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
		"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2' 7 '\xe6\xbc\xa2"
		"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2"
		"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2'",
		OPERATOR, 28);
}

static char *repeat(const char *text, guint n)
{
	GString *repeated = g_string_new(NULL);

	while (n-- > 0)
		g_string_append(repeated, text);
	return g_string_free(repeated, FALSE);
}

TEST(limits)
{
	g_autofree char *deep = repeat("(", 50000);
	g_autofree char *longer = repeat("(", 100000);
	g_autofree char *negated = repeat("not ", 10000);
	g_autofree char *nested = repeat("(", 150);
	g_autofree char *closed = repeat(")", 150);
	g_autofree char *list = repeat("PID == 10 or ", 5000);
	g_autofree char *name = repeat("x", 50000);
	g_autofree char *fine = g_strconcat(nested, "PID == 10", closed, NULL);
	g_autofree char *many = g_strconcat(list, "PID == 20", NULL);

	check_refused(deep, "this is nested too deeply", 38);
	check_refused(negated, "this is nested too deeply", 38);
	check_refused(longer, "the expression is too long", 38);
	check_refused(name, "there is no such column", 0);
	check(fine, "10");
	check(many, "10 20");
}

/* So many holders, of as many processes' namespace, that each with each would take minutes. */
TEST(many_holders)
{
	static const struct {
		const char *expression;
		guint kept;
	} cases[] = {
		{"HELD-BY =~ ' 7 '", 1},       {"HELD-BY !~ ' 7 '", 0},
		{"HELD-BY !~ ' 2 '", 1},       {"'x' == HELD-BY", 0},
		{"HELD-BY != NSFS", 0},	       {"HELD-BY and not NETNS", 1},
		{"HELD-BY =~ 'fd 30002 '", 1}, {"HELD-BY != 'x' && PID > 1", 1},
	};
	const guint n = 30000;
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, UTS);

	for (guint i = 0; i < n; i++) {
		fixture_join(snapshot, fixture_process(snapshot, 10 + i, "x"), ns->type, UTS);
		nsl_namespace_add_holder(
			ns,
			&(NslHolder){.kind = NSL_HOLDER_FD, .pid = 10 + i, .fd = (gint32)(3 + i)});
	}
	nsl_snapshot_freeze(snapshot);
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NslFilter) filter = parse(cases[i].expression);
		g_autoptr(NslView) view = nsl_view_new(snapshot, selection);

		g_assert_null(nsl_filter_apply(filter, view));
		g_assert_cmpuint(view->rows->len, ==, (guint64)cases[i].kept * n);
	}
}

/* The warning about a command line that the expression is tried on. */
static char *try_on(const char *expression, const char *command, guint n, char **ret_rows)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslFilter) filter = parse(expression);
	g_autoptr(NslView) view = NULL;
	char *warning;

	for (guint pid = 1; pid <= n; pid++) {
		NslProcess *process = fixture_process(snapshot, pid, command);

		fixture_join(snapshot, process, NSL_NSTYPE_UTS, UTS);
	}
	nsl_snapshot_freeze(snapshot);
	view = nsl_view_new(snapshot, selection);
	warning = nsl_filter_apply(filter, view);
	*ret_rows = list_rows(view);
	return warning;
}

static void check_costly(const char *expression, const char *command, guint n, const char *expected,
			 const char *message)
{
	g_autofree char *rows = NULL;
	g_autofree char *warning = try_on(expression, command, n, &rows);

	g_assert_cmpstr(warning, ==, message);
	g_assert_cmpstr(rows, ==, expected);
}

#define COSTLY "is too costly for process 1"

TEST(catastrophic)
{
	g_autofree char *letters = repeat("a", 5000);
	g_autofree char *hostile = g_strconcat(letters, "!", NULL);

	check_costly("COMMAND =~ '(a+)+$'", hostile, 1, "",
		     "--filter: \"(a+)+$\" " COSTLY "; that counts as false");
	check_costly("COMMAND !~ '(a+)+$'", hostile, 3, "",
		     "--filter: \"(a+)+$\" " COSTLY ", +2 more rows; that counts as false");
	check_costly("COMMAND =~ '(a+)+$' or PID == 2", hostile, 3, "2",
		     "--filter: \"(a+)+$\" " COSTLY ", +2 more rows; that counts as false");
	check_costly("PID == 2 or COMMAND =~ '(a+)+$'", "aaa!", 3, "2", NULL);
	check_costly("COMMAND =~ '(a|aa)+$'", hostile, 1, "",
		     "--filter: \"(a|aa)+$\" " COSTLY "; that counts as false");
	check_costly("COMMAND =~ 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(a+)+$'",
		     hostile, 1, "",
		     "--filter: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" " COSTLY
		     "; that counts as false");
}

/* All of them together, too: each of these takes some time, and none is over the limits. */
TEST(time)
{
	g_autofree char *hostile = repeat("a", 30000);
	g_autofree char *rows = NULL;
	g_autofree char *warning = try_on("COMMAND =~ '(?=(a+))(?<=b)'", hostile, 1000, &rows);

	g_assert_cmpstr(rows, ==, "");
	g_assert_true(g_str_has_suffix(warning, " more rows; that counts as false"));
}

/* Of a long value the first part is looked at. */
TEST(long)
{
	g_autofree char *blank = repeat(" ", NSL_FILTER_SUBJECT - 1);
	g_autofree char *fits = g_strconcat(blank, "x", NULL);
	g_autofree char *longer = g_strconcat("y", fits, NULL);
	g_autofree char *wide = g_strconcat(blank, "\xe6\xbc\xa2", NULL);

	check_costly("COMMAND =~ 'x$'", fits, 1, "1", NULL);
	check_costly("COMMAND !~ 'y'", fits, 1, "1", NULL);
	check_costly("COMMAND =~ 'y'", longer, 1, "1", NULL);
	check_costly("COMMAND !~ 'y'", longer, 1, "", NULL);
	check_costly("COMMAND =~ 'x'", longer, 1, "",
		     "--filter: \"x\" " COSTLY "; that counts as false");
	check_costly("COMMAND =~ '^y +$'", longer, 1, "",
		     "--filter: \"^y +$\" " COSTLY "; that counts as false");
	check_costly("COMMAND =~ '^ '", wide, 1, "1", NULL); /* cut within a character */
}
