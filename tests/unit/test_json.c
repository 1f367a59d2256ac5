/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/json: the document is parsed again, and its members compared with what the
 * snapshot was built from.
 */
#include "base/untrusted.h"
#include "fixture.h"
#include "model/detail.h"
#include "report/json_value.h"

/* Without line ends, and what lines begin with. Transfer full. */
static char *join_lines(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		g_strstrip(*line);
	return g_strjoinv(NULL, lines);
}

/*
 * Writes the document and parses it: the text has to be what json-c writes, but for white space.
 * Transfer full.
 */
static NslJson *write_document(const NslSnapshot *snapshot, NslSelection *selection)
{
	const NslStyle style = {.columns = 20}; /* JSON is never cut */
	g_autofree char *text = fixture_write_format(NSL_FORMAT_JSON, snapshot, selection, &style);
	struct json_object *document = json_tokener_parse(text);

	g_assert_true(g_str_has_suffix(text, "}\n"));
	g_assert_nonnull(document);
	/* What nslist escapes, and json-c leaves as it is: DEL, and what is not seen. */
	if (!strstr(text, "\\u007f") && !strstr(text, "\\u2")) {
		const char *whole = json_object_to_json_string_ext(
			document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
		g_autofree char *tokens = join_lines(text);
		g_autofree char *expected = join_lines(whole);

		g_assert_cmpstr(tokens, ==, expected);
	}
	return document;
}

/* The member of this name: it has to be there, null or not. */
static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	g_assert_true(json_object_is_type(object, json_type_object));
	if (!json_object_object_get_ex(object, key, &value))
		g_error("there is no \"%s\" in %s", key, json_object_to_json_string(object));
	return value;
}

static struct json_object *element(struct json_object *object, const char *key, gsize index)
{
	struct json_object *array = member(object, key);

	g_assert_true(json_object_is_type(array, json_type_array));
	g_assert_cmpuint(index, <, json_object_array_length(array));
	return json_object_array_get_idx(array, index);
}

/* That a value is what this JSON text is: "null", "5", "[1, 2]". */
static void check_value(struct json_object *value, const char *expected)
{
	enum json_tokener_error error;
	g_autoptr(NslJson) other = json_tokener_parse_verbose(expected, &error);

	g_assert_cmpint(error, ==, json_tokener_success);
	if (!json_object_equal(value, other))
		g_error("%s is not %s", json_object_to_json_string(value), expected);
}

static void check(struct json_object *object, const char *key, const char *expected)
{
	check_value(member(object, key), expected);
}

static gsize count(struct json_object *object, const char *key)
{
	return json_object_array_length(member(object, key));
}

static void check_keys(struct json_object *object, const char *const *keys)
{
	gsize n = 0;

	for (; *keys; keys++, n++)
		member(object, *keys);
	g_assert_cmpint(json_object_object_length(object), ==, (int)n);
}

#define KEYS(object, ...) check_keys(object, (const char *const[]){__VA_ARGS__, NULL})

TEST(empty)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslJson) document = write_document(snapshot, NULL);

	KEYS(document, "schema", "host", "time", "complete", "sources", "issues", "scope", "scan",
	     "reference", "kernel", "namespaces", "processes", "containers");
	check(document, "schema", "1");
	check(document, "time", "null");
	check(document, "complete", "true");
	check(document, "issues", "[]");
	check(document, "kernel", "null");
	check(document, "namespaces", "[]");
	check(document, "processes", "[]");
	check(document, "containers", "[]");
	check(document, "host",
	      "{\"hostname\":null,\"machine_id\":null,\"boot_id\":null,\"kernel\":null}");
	check(document, "sources",
	      "{\"processes\":\"skipped\",\"netns\":\"skipped\",\"threads\":\"skipped\","
	      "\"fds\":\"skipped\",\"mounts\":\"skipped\",\"relations\":\"skipped\","
	      "\"kernel\":\"skipped\",\"containers\":\"skipped\",\"users\":\"skipped\",\"details\":"
	      "\"skipped\"}");
}

TEST(head)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslJson) document = NULL;

	snapshot->hostname = g_strdup("w\xff"
				      "eb/1\n");
	snapshot->machine_id = g_strdup("0123456789abcdef0123456789abcdef");
	snapshot->boot_id = g_strdup("1-2-3");
	snapshot->kernel = g_strdup("6.18.0");
	snapshot->time = 1769860800; /* date -u -d @1769860800 */
	snapshot->coverage[NSL_SOURCE_NETNS] = NSL_COVERAGE_COMPLETE;
	snapshot->root[NSL_NSTYPE_TIME] = 0;
	snapshot->reference = NSL_REFERENCE_KTHREADD;
	for (guint pid = 1; pid <= 30; pid++)
		nsl_snapshot_note(snapshot, NSL_SOURCE_PROCESSES, "EACCES", "denied \x1b", pid);
	nsl_snapshot_note(snapshot, NSL_SOURCE_USERS, "ETIMEDOUT", "late", 0);
	nsl_snapshot_freeze(snapshot);
	document = write_document(snapshot, NULL);
	check(document, "host",
	      "{\"hostname\":\"w\\\\xffeb/1\\n\",\"machine_id\":"
	      "\"0123456789abcdef0123456789abcdef\",\"boot_id\":\"1-2-3\",\"kernel\":\"6.18.0\"}");
	check(document, "time", "\"2026-01-31T12:00:00Z\"");
	check(document, "complete", "false");
	check(member(document, "sources"), "processes", "\"partial\"");
	check(member(document, "sources"), "netns", "\"complete\"");
	check(member(document, "sources"), "users", "\"partial\"");
	check(member(document, "sources"), "fds", "\"skipped\"");
	check(document, "reference",
	      "{\"source\":\"kthreadd\",\"namespaces\":{\"cgroup\":4026531834,\"ipc\":4026531835,"
	      "\"mnt\":4026531836,\"net\":4026531837,\"pid\":4026531838,\"time\":null,"
	      "\"user\":4026531840,\"uts\":4026531841}}");
	g_assert_cmpuint(count(document, "issues"), ==, 2);
	check_value(element(document, "issues", 0),
		    "{\"source\":\"processes\",\"code\":\"EACCES\",\"message\":\"denied \\u001b\","
		    "\"count\":30,\"pids\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]}");
	check_value(element(document, "issues", 1),
		    "{\"source\":\"users\",\"code\":\"ETIMEDOUT\",\"message\":\"late\",\"count\":1,"
		    "\"pids\":[]}");
}

TEST(namespaces)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, G_MAXUINT64);
	NslProcess *process = fixture_process(snapshot, 7, "a");
	g_autoptr(NslJson) document = NULL;
	struct json_object *object;

	nsl_namespace_add_name(net, "b");
	nsl_namespace_add_name(net, "a\xff");
	fixture_mounted(net, "/run/netns/b", 4026531832);
	fixture_mounted(net, "/x\xff", 0);
	nsl_process_join(process, net);
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 9);
	process = fixture_process(snapshot, 8, "b");
	nsl_process_join(process, net);
	nsl_snapshot_freeze(snapshot);
	document = write_document(snapshot, NULL);
	g_assert_cmpuint(count(document, "namespaces"), ==, 2);
	object = element(document, "namespaces", 0);
	KEYS(object, "type", "ns", "nsid", "root", "parent", "owner", "owner_uid", "owner_name",
	     "netnsid", "names", "given", "nprocs", "pids", "held_by", "unknown", "detail");
	check(object, "type", "\"net\"");
	g_assert_cmpuint(json_object_get_uint64(member(object, "ns")), ==, G_MAXUINT64);
	check(object, "root", "false");
	check(object, "nsid", "null");
	check(object, "names", "[\"a\\\\xff\",\"b\"]");
	check(object, "nprocs", "2");
	check(object, "pids", "[7,8]");
	check(object, "held_by",
	      "[{\"kind\":\"mount\",\"path\":\"/run/netns/b\",\"mnt_ns\":4026531832},"
	      "{\"kind\":\"mount\",\"path\":\"/x\\\\xff\",\"mnt_ns\":null}]");
	check(object, "unknown", "[]");
	object = element(document, "namespaces", 1);
	check(object, "type", "\"pid\"");
	check(object, "nprocs", "0");
	check(object, "pids", "[]");
	check(object, "held_by", "[{\"kind\":\"for-children\",\"pid\":7}]");
}

TEST(processes)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslProcess *process = fixture_process(snapshot, 35, NULL);
	g_autoptr(NslJson) document = NULL;
	struct json_object *object;

	snapshot->boot_time = 1769860800;
	/* Of this one nothing is known but the names. */
	process->comm = g_strdup("k\xff");
	process->responsive = false;
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, 5);
	process = fixture_process(snapshot, 3429, "sh -c \x1b\u202e /");
	process->comm = g_strdup("sh");
	process->command_truncated = true;
	process->has_stat = true;
	process->ppid = 1;
	process->start_ticks = (guint64)sysconf(_SC_CLK_TCK) * 3600;
	process->has_status = true;
	process->uid = 4294967294;
	process->user = g_strdup("nobody");
	process->n_nspid = 2;
	process->nspid = g_new(guint32, 2);
	process->nspid[0] = 3429;
	process->nspid[1] = 1;
	fixture_join(snapshot, process, NSL_NSTYPE_MNT, 5);
	fixture_join_roots(snapshot, process);
	nsl_snapshot_freeze(snapshot);
	document = write_document(snapshot, NULL);
	g_assert_cmpuint(count(document, "processes"), ==, 2);
	object = element(document, "processes", 0);
	KEYS(object, "pid", "ppid", "nspid", "uid", "user", "comm", "command", "command_truncated",
	     "start", "start_ticks", "kthread", "zombie", "responsive", "container", "entered",
	     "unit", "machine", "ns", "unknown");
	check_value(object, "{\"pid\":35,\"ppid\":null,\"nspid\":null,\"uid\":null,\"user\":null,"
			    "\"comm\":\"k\\\\xff\",\"command\":null,\"command_truncated\":false,"
			    "\"start\":null,\"start_ticks\":null,\"kthread\":null,\"zombie\":false,"
			    "\"responsive\":false,\"container\":null,\"entered\":null,"
			    "\"unit\":null,\"machine\":null,\"ns\":{\"cgroup\":null,\"ipc\":null,"
			    "\"mnt\":5,\"net\":null,\"pid\":null,\"time\":null,\"user\":null,"
			    "\"uts\":null},\"unknown\":[]}");
	object = element(document, "processes", 1);
	check(object, "pid", "3429");
	check(object, "ppid", "1");
	check(object, "nspid", "[3429,1]");
	check(object, "uid", "4294967294");
	check(object, "user", "\"nobody\"");
	check(object, "command", "\"sh -c \\u001b\\u202e /\"");
	check(object, "command_truncated", "true");
	check(object, "start", "\"2026-01-31T13:00:00Z\"");
	check(object, "kthread", "false");
	check(object, "zombie", "false");
	check(object, "responsive", "true");
	check(member(object, "ns"), "mnt", "5");
	check(member(object, "ns"), "net", "4026531837");
}

/* What nobody counted is null and named as unknown, never a number that was made up. */
TEST(uncounted)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = fixture_select("2");
	NslProcess *process;
	g_autoptr(NslJson) document = NULL;

	for (guint pid = 1; pid <= 3; pid++) {
		process = fixture_process(snapshot, pid, "a");
		fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
		fixture_join_roots(snapshot, process);
	}
	snapshot->only_selected = true;
	nsl_snapshot_freeze(snapshot);
	document = write_document(snapshot, selection);
	g_assert_cmpuint(count(document, "namespaces"), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpuint(count(document, "processes"), ==, 1);
	for (gsize i = 0; i < NSL_NSTYPE_COUNT; i++) {
		struct json_object *object = element(document, "namespaces", i);

		check(object, "nprocs", "null");
		check(object, "pids", "[2]");
		check(object, "unknown", "[\"nprocs\",\"pids\"]");
		check(object, "root", i == NSL_NSTYPE_NET ? "false" : "true");
	}
}

/* Of a process that tells nothing: all that is null is unknown. */
static void check_nulls(struct json_object *process)
{
	const char *unknown = json_object_to_json_string(member(process, "unknown"));

	json_object_object_foreach (process, key, value) {
		g_autofree char *quoted = g_strdup_printf("\"%s\"", key);

		if (!value && !strstr(unknown, quoted))
			g_error("%s is null, and not in %s", quoted, unknown);
	}
}

/* What was asked for and could not be read is null and named; what there is none of is just null.
 */
TEST(unread)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSelection) selection = nsl_selection_new();
	NslProcess *process = fixture_process(snapshot, 7, NULL);
	g_autoptr(NslJson) document = NULL;
	struct json_object *object;

	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	process->unread = 1u << NSL_PART_COMMAND | 1u << NSL_PART_STATUS;
	process->comm = g_strdup("sh");
	nsl_process_add_to(process, fixture_container(snapshot, "docker/a", "docker", "a", NULL));
	process = fixture_process(snapshot, 8, "x");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	process->unread = 1u << NSL_PART_CGROUP;
	process = fixture_process(snapshot, 9, "y");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 5);
	process->unreadable = true;
	snapshot->unseen = NSL_UNSEEN_OUTSIDE;
	snapshot->coverage[NSL_SOURCE_CONTAINERS] = NSL_COVERAGE_PARTIAL;
	g_ptr_array_add(selection->filters, g_strdup("PID > 1"));
	nsl_snapshot_freeze(snapshot);
	document = write_document(snapshot, selection);
	check(element(document, "processes", 0), "unknown",
	      "[\"nspid\",\"uid\",\"user\",\"command\"]");
	check(element(document, "processes", 1), "unknown",
	      "[\"container\",\"unit\",\"machine\",\"entered\"]");
	check_nulls(element(document, "processes", 2));
	check(element(document, "containers", 0), "unknown", "[\"name\",\"pod\",\"pids\"]");
	check(element(document, "namespaces", 0), "unknown", "[\"nprocs\",\"pids\",\"held_by\"]");
	object = json_object_object_get(document, "scope");
	check(object, "filters", "[\"PID > 1\"]");
	check(object, "persistent", "false");
	check(object, "tasks", "[]");
}

TEST(containers)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *outer = fixture_container(snapshot, "lxc/box", "lxc", NULL, "box");
	NslContainer *inner = fixture_container(snapshot, "docker/3f2a", "docker", "3f2a", "w\xff");
	NslContainer *unseen = fixture_container(snapshot, "podman/1", "podman", "1", NULL);
	NslProcess *process = fixture_process(snapshot, 7, "nginx");
	g_autoptr(NslJson) document = NULL;

	inner->parent = outer;
	inner->identity.pod_uid = g_strdup("a1-b2");
	inner->evidence = NSL_EVIDENCE_CGROUP;
	inner->unconfirmed = true;
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 4026532676);
	fixture_join(snapshot, process, NSL_NSTYPE_IPC, fixture_root(NSL_NSTYPE_IPC));
	nsl_process_add_to(process, inner);
	process->unit = g_strdup("docker-3f2a.scope");
	nsl_process_add_to(fixture_process(snapshot, 8, "outside"), unseen);
	process = fixture_process(snapshot, 9, "nsenter");
	fixture_join(snapshot, process, NSL_NSTYPE_NET, 4026532676);
	process->entered = inner;
	nsl_snapshot_freeze(snapshot);
	document = write_document(snapshot, NULL);
	check(element(document, "processes", 0), "container", "\"docker/3f2a\"");
	check(element(document, "processes", 0), "entered", "null");
	check(element(document, "processes", 0), "unit", "\"docker-3f2a.scope\"");
	check(element(document, "processes", 1), "container", "null");
	check(element(document, "processes", 1), "entered", "\"docker/3f2a\"");
	check(document, "containers",
	      "[{\"key\": \"docker/3f2a\", \"parent\": \"lxc/box\", \"runtime\": \"docker\","
	      "  \"id\": \"3f2a\", \"name\": \"w\\\\xff\","
	      "  \"pod\": {\"name\": null, \"namespace\": null, \"uid\": \"a1-b2\"},"
	      "  \"evidence\": \"cgroup\", \"claimed\": true, \"shares\": [\"ipc\"],"
	      "  \"pids\": [7], \"unknown\": []},"
	      " {\"key\": \"lxc/box\", \"parent\": null, \"runtime\": \"lxc\", \"id\": null,"
	      "  \"name\": \"box\", \"pod\": null, \"evidence\": \"state\","
	      "  \"claimed\": false, \"shares\": null, \"pids\": [],"
	      "  \"unknown\": [\"shares\"]}]");
}

/* Values of each kind, one after the other, and parts within parts, of which some are empty. */
TEST(writer)
{
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	NslJsonWriter json = {.output = output};
	g_autoptr(NslJson) document = NULL;

	nsl_json_begin(&json, NULL, '{');
	nsl_json_put_string(&json, "long", "the longest of all");
	nsl_json_put_string(&json, "short", "a\"/\\\n");
	nsl_json_put_string(&json, "empty", "");
	nsl_json_put_string(&json, "bytes", "\xff");
	nsl_json_put_string(&json, "none", NULL);
	nsl_json_put_number(&json, "most", true, G_MAXUINT64);
	nsl_json_put_number(&json, "zero", true, 0);
	nsl_json_put_number(&json, "unknown", false, 7);
	nsl_json_put_integer(&json, "least", true, G_MININT64);
	nsl_json_put_boolean(&json, "yes", true, true);
	nsl_json_put_boolean(&json, "no", true, false);
	nsl_json_put_boolean(&json, "neither", false, true);
	nsl_json_begin(&json, "deep", '[');
	for (guint i = 0; i < 25; i++)
		nsl_json_begin(&json, NULL, '[');
	for (guint i = 0; i < 25; i++)
		nsl_json_end(&json, ']');
	nsl_json_put_number(&json, NULL, true, 1);
	nsl_json_begin(&json, NULL, '{');
	nsl_json_end(&json, '}');
	nsl_json_end(&json, ']');
	nsl_json_end(&json, '}');
	document = json_tokener_parse(output->text->str);
	g_assert_nonnull(document);
	check(document, "long", "\"the longest of all\"");
	check(document, "short", "\"a\\\"/\\\\\\n\"");
	check(document, "empty", "\"\"");
	check(document, "bytes", "\"\\\\xff\"");
	check(document, "none", "null");
	check(document, "most", "18446744073709551615");
	check(document, "zero", "0");
	check(document, "unknown", "null");
	check(document, "least", "-9223372036854775808");
	check(document, "yes", "true");
	check(document, "no", "false");
	check(document, "neither", "null");
	g_assert_nonnull(strstr(output->text->str, "],\n    1,\n    {}\n  ]\n}\n"));
}

/* Each character of ASCII is read back as it was, and is safe to print. */
TEST(ascii)
{
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	NslJsonWriter json = {.output = output, .plain = true};
	g_autoptr(NslJson) document = NULL;

	nsl_json_begin(&json, NULL, '[');
	for (int c = 1; c <= 0x7f; c++) {
		nsl_json_put_string(&json, NULL, (char[]){(char)c, '\0'});
		nsl_json_put_string(&json, NULL, (char[]){'a', (char)c, 'b', '\0'});
	}
	nsl_json_end(&json, ']');
	for (gsize i = 0; i + 1 < output->text->len; i++) /* but the end of the line */
		g_assert_true(g_ascii_isprint(output->text->str[i]));
	document = json_tokener_parse(output->text->str);
	g_assert_cmpuint(json_object_array_length(document), ==, 254);
	for (int c = 1; c <= 0x7f; c++) {
		gsize at = 2 * (gsize)(c - 1);

		g_assert_cmpstr(json_object_get_string(json_object_array_get_idx(document, at)), ==,
				((char[]){(char)c, '\0'}));
		g_assert_cmpstr(json_object_get_string(json_object_array_get_idx(document, at + 1)),
				==, ((char[]){'a', (char)c, 'b', '\0'}));
	}
}
