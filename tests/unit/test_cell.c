/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/cell: values of JSON lines and their types, and that they are what the columns'
 * list says; fields of CSV.
 */
#include "base/untrusted.h"
#include "fixture.h"

static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	NslProcess *process = fixture_process(snapshot, 7, "a\xff\x1b\xe6\xbc\xa2/\"\n");

	nsl_process_join(process, net);
	nsl_process_add_to(process, fixture_container(snapshot, "docker/1", "docker", "1", "web"));
	nsl_namespace_add_name(net, "blue");
	fixture_mounted(net, "/a,b", 7);
	fixture_mounted(net, "/c\xff", 7);
	net->nsid = G_GUINT64_CONSTANT(18446744073709551615);
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check(const char *columns, const char *expected)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	fixture_check(NSL_FORMAT_JSONL, snapshot, NULL, columns,
		      (NslStyle){.headings = true, .columns = 10, .color = true}, expected);
}

/* A row of the name, and one of the process. */
TEST(values)
{
	check("pid", "{\"pid\":null}\n{\"pid\":7}\n");
	check("pid,PID", "{\"pid\":null}\n{\"pid\":7}\n");
	check("nsid,root", "{\"nsid\":18446744073709551615,\"root\":false}\n"
			   "{\"nsid\":18446744073709551615,\"root\":false}\n");
	check("namespace,container-id", "{\"namespace\":\"net:[5000]\",\"container_id\":null}\n"
					"{\"namespace\":\"net:[5000]\",\"container_id\":\"1\"}\n");
	check("netns,nsfs", "{\"netns\":[\"blue\"],\"nsfs\":[\"/a,b\",\"/c\\\\xff\"]}\n"
			    "{\"netns\":[\"blue\"],\"nsfs\":[\"/a,b\",\"/c\\\\xff\"]}\n");
}

/* As in the whole document: bytes that are not UTF-8 as text, and nothing for a terminal. */
TEST(text)
{
	check("command", "{\"command\":\"created by ip netns add blue\"}\n"
			 "{\"command\":\"a\\\\xff\\u001b\xe6\xbc\xa2/\\\"\\n\"}\n");
}

/* What a list is empty of is no null, unless it is not known. */
TEST(empty_list)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	fixture_join(snapshot, fixture_process(snapshot, 1, "x"), NSL_NSTYPE_NET, 5);
	nsl_snapshot_freeze(snapshot);
	fixture_check(NSL_FORMAT_JSONL, snapshot, NULL, "held-by,netns,user,nspid", (NslStyle){0},
		      "{\"held_by\":[],\"netns\":[],\"user\":null,\"nspid\":null}\n");
}

/* What has to be quoted, and beside it what need not be. */
TEST(csv)
{
	static const struct {
		const char *value;
		const char *field;
	} cases[] = {
		{"", ""},
		{"a b;c'd\t\\e", "a b;c'd\t\\e"},
		{"a,b", "\"a,b\""},
		{"\"", "\"\"\"\""},
		{"say \"no\"", "\"say \"\"no\"\"\""},
		{"a\nb", "\"a\nb\""},
		{"a\rb", "\"a\rb\""},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) text = g_string_new("x,");

		nsl_csv_append(text, cases[i].value, &(NslStyle){0});
		g_assert_true(g_str_has_prefix(text->str, "x,"));
		g_assert_cmpstr(text->str + 2, ==, cases[i].field);
	}
}

/* Values whole, also where it goes to a terminal: but there nothing acts on it. */
TEST(csv_rows)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	NslStyle style = {.headings = true, .columns = 10, .color = true};

	fixture_check(NSL_FORMAT_CSV, snapshot, NULL, "pid,netns,nsfs,command", style,
		      "PID,NETNS,NSFS,COMMAND\r\n"
		      ",blue,\"/a\\x2cb,/c\\xff\",created by ip netns add blue\r\n"
		      "7,blue,\"/a\\x2cb,/c\\xff\",\"a\\xff\x1b\xe6\xbc\xa2/\"\"\n\"\r\n");
	style.terminal = true;
	style.headings = false;
	fixture_check(NSL_FORMAT_CSV, snapshot, NULL, "pid,netns,nsfs,command", style,
		      ",blue,\"/a\\x2cb,/c\\xff\",created by ip netns add blue\r\n"
		      "7,blue,\"/a\\x2cb,/c\\xff\",\"a\\xff\\x1b\xe6\xbc\xa2/\"\"\\n\"\r\n");
}

/* What stands between items is escaped in them, so nobody makes one of two, or two of one. */
TEST(separators)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	g_autofree char *csv = NULL;
	g_autofree char *raw = NULL;

	fixture_mounted(net, "/a; held by fd 7,/b;c", 7);
	fixture_mounted(net, "/d", 7);
	nsl_snapshot_freeze(snapshot);
	csv = fixture_write(NSL_FORMAT_CSV, snapshot, NULL, "nsfs,held-by", (NslStyle){0});
	g_assert_true(g_str_has_prefix(csv, "\"/a; held by fd 7\\x2c/b;c,/d\","
					    "\"mounted at /a\\x3b held by fd 7,/b\\x3bc"));
	raw = fixture_write(NSL_FORMAT_TABLE, snapshot, NULL, "nsfs,held-by",
			    (NslStyle){.raw = true});
	g_assert_true(g_str_has_prefix(raw, "/a;\\x20held\\x20by\\x20fd\\x207\\x2c/b;c,/d "
					    "mounted\\x20at\\x20/a\\x3b\\x20held"));
}

static void check_start(const NslSnapshot *snapshot, NslFormat format, NslStyle style,
			const char *expected)
{
	g_autofree char *text = fixture_write(format, snapshot, NULL, "netns,nsfs,held-by", style);

	text[MIN(strlen(text), strlen(expected))] = '\0';
	g_assert_cmpstr(text, ==, expected);
}

/* A namespace may have thousands of holders: on a terminal some are seen, and how many more. */
TEST(limit)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSnapshot) more = fixture_snapshot();
	NslNamespace *eight = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	NslNamespace *nine = nsl_snapshot_add(more, NSL_NSTYPE_NET, 5000);
	NslHolder fd = {.kind = NSL_HOLDER_FD, .pid = 7, .comm = (char *)"x"};

	nsl_namespace_add_name(nine, "+3 more");
	for (char path[] = "/1"; path[1] <= '9'; path[1]++, fd.fd++) {
		if (path[1] < '9')
			fixture_mounted(eight, path, 7);
		fixture_mounted(nine, path, 7);
		nsl_namespace_add_holder(nine, &fd);
	}
	nsl_snapshot_freeze(snapshot);
	nsl_snapshot_freeze(more);
	check_start(snapshot, NSL_FORMAT_TABLE, (NslStyle){.columns = 500},
		    "- /1,/2,/3,/4,/5,/6,/7,/8 ");
	check_start(more, NSL_FORMAT_TABLE, (NslStyle){.columns = 500},
		    "\\x2b3 more /1,/2,/3,/4,/5,/6,/7,/8,+1 more "
		    "mounted at /1 in mnt:[7]; mounted at /2 in mnt:[7]; "
		    "mounted at /3 in mnt:[7]; mounted at /4 in mnt:[7]; "
		    "mounted at /5 in mnt:[7]; mounted at /6 in mnt:[7]; "
		    "mounted at /7 in mnt:[7]; mounted at /8 in mnt:[7]; +10 more\n");
	check_start(more, NSL_FORMAT_TABLE, (NslStyle){0}, "+3 more /1,/2,/3,/4,/5,/6,/7,/8,/9 ");
	check_start(more, NSL_FORMAT_TABLE, (NslStyle){.raw = true},
		    "+3\\x20more /1,/2,/3,/4,/5,/6,/7,/8,/9 ");
	check_start(more, NSL_FORMAT_CSV, (NslStyle){0}, "+3 more,\"/1,/2,/3,/4,/5,/6,/7,/8,/9\",");
	check_start(more, NSL_FORMAT_JSONL, (NslStyle){0},
		    "{\"netns\":[\"+3 more\"],\"nsfs\":[\"/1\",\"/2\",\"/3\",\"/4\",\"/5\",\"/6\","
		    "\"/7\",\"/8\",\"/9\"],");
}

static enum json_type type_of(const char *name)
{
	if (strcmp(name, "number") == 0)
		return json_type_int;
	if (strcmp(name, "boolean") == 0)
		return json_type_boolean;
	if (strcmp(name, "array") == 0)
		return json_type_array;
	g_assert_true(strcmp(name, "string") == 0 || strcmp(name, "time") == 0);
	return json_type_string;
}

/* The list of the columns says what type each value has. */
TEST(types)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	g_autoptr(GString) all = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;
	g_autofree char *text = NULL;
	g_autoptr(NslJson) columns = NULL;
	g_autoptr(NslJson) row = NULL;

	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++)
		g_string_append_printf(all, "%s%s", column > 0 ? "," : "",
				       nsl_columns[column].name);
	nsl_column_list_json(output);
	columns = json_tokener_parse(output->text->str);
	g_assert_cmpuint(json_object_array_length(columns), ==, NSL_COLUMN_COUNT);
	text = fixture_write(NSL_FORMAT_JSONL, snapshot, NULL, all->str, (NslStyle){0});
	lines = g_strsplit(text, "\n", -1);
	row = json_tokener_parse(lines[1]);
	g_assert_cmpint(json_object_object_length(row), ==, NSL_COLUMN_COUNT);
	for (NslColumn column = 0; column < NSL_COLUMN_COUNT; column++) {
		struct json_object *info = json_object_array_get_idx(columns, column);
		g_autofree char *key = nsl_column_key(column);
		struct json_object *value;
		const char *type = json_object_get_string(json_object_object_get(info, "type"));

		g_assert_true(json_object_object_get_ex(row, key, &value));
		if (value)
			g_assert_cmpint(json_object_get_type(value), ==, type_of(type));
	}
}
