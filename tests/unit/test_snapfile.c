/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of store/snapfile and store/reader: what was written is read back whole, and what is no
 * such document, or exceeds a limit, is refused with one line that says where.
 */
#include "fixture.h"
#include "model/detail.h"
#include "store/reader.h"
#include "store/snapfile.h"

/* The message is without the path, which is not the same each time. */
static NslSnapshot *read_text(const char *text, GError **error)
{
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *path = g_build_filename(dir, "saved", NULL);
	NslSnapshot *snapshot;

	fixture_file(dir, "saved", text, -1);
	snapshot = nsl_snapfile_read(path, error);
	if (*error) {
		g_autofree char *message = (*error)->message;

		g_assert_true(g_str_has_prefix(message, path));
		(*error)->message = g_strdup(message + strlen(path) + strlen(": "));
	}
	return snapshot;
}

static void check_refused(const char *text, const char *problem)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(NslSnapshot) snapshot = read_text(text, &error);

	g_assert_null(snapshot);
	g_assert_cmpstr(error->message, ==, problem);
}

static NslSnapshot *read_valid(const char *text)
{
	g_autoptr(GError) error = NULL;
	NslSnapshot *snapshot = read_text(text, &error);

	g_assert_no_error(error);
	return snapshot;
}

#define S "{\"schema\":1,"

#define DETAIL(type, fields, message)                                                              \
	{                                                                                          \
		S "\"namespaces\":[{\"type\":\"" type "\",\"ns\":1,\"detail\":{" fields "}}]}",    \
			"namespaces[0].detail." message                                            \
	}
#define INTERFACE(fields, message) DETAIL("net", "\"interfaces\":[{" fields "}]", message)

TEST(refused)
{
	static const char *const cases[][2] = {
		{"", "is empty"},
		{" \n", "ends in the middle"},
		{"x", "is no document of nslist --json"},
		{"[]", "is no document of nslist --json"},
		{"{", "ends in the middle"},
		{"{\"schema\":1", "ends in the middle"},
		{"{\"schema\":1}{}", "goes on after the document, at byte 12"},
		{"{\"schema\" 1}", "is malformed JSON at byte 10"},
		{"{}", "is not of nslist --json: it has no \"schema\""},
		{"{\"pid\":1}", "is not of nslist --json: it has no \"schema\""},
		{"{\"schema\":2}", "schema is 2, and this version of nslist understands up to 1"},
		{"{\"schema\":0}", "schema is out of range"},
		{"{\"schema\":\"1\"}", "schema is of the wrong type"},
		{S "\"namespaces\":{}}", "namespaces is of the wrong type"},
		{S "\"namespaces\":[7]}", "namespaces[0] is of the wrong type"},
		{S "\"namespaces\":[null]}", "namespaces[0] is of the wrong type"},
		{S "\"namespaces\":[{\"ns\":1}]}", "namespaces[0].type is missing"},
		{S "\"namespaces\":[{\"type\":\"x\",\"ns\":1}]}",
		 "namespaces[0].type is a type unknown to this version"},
		{S "\"namespaces\":[{\"type\":\"net\"}]}", "namespaces[0].ns is missing"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":0}]}",
		 "namespaces[0].ns is out of range"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":4294967296}]}",
		 "namespaces[0].ns is out of range"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":1.5}]}",
		 "namespaces[0].ns is of the wrong type"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":1},{\"type\":\"net\",\"ns\":1}]}",
		 "namespaces[1] is listed twice"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":1,\"held_by\":[{\"kind\":\"x\"}]}]}",
		 "namespaces[0].held_by.kind is unknown to this version"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":1,\"held_by\":[{\"kind\":\"thread\","
		   "\"pid\":7}]}]}",
		 "namespaces[0].held_by.tid is missing"},
		{S "\"namespaces\":[{\"type\":\"net\",\"ns\":1,\"held_by\":[{\"kind\":\"fd\"}]}]}",
		 "namespaces[0].held_by.pid is missing"},
		{S "\"namespaces\":[{\"type\":\"uts\",\"ns\":1,\"detail\":{\"hostname\":7}}]}",
		 "namespaces[0].detail.hostname is of the wrong type"},
		/* What nslist always writes is never made up. */
		DETAIL("uts", "", "hostname is missing"),
		DETAIL("ipc", "", "shm_segments is missing"),
		DETAIL("ipc", "\"shm_segments\":0,\"sem_sets\":null", "sem_sets is missing"),
		DETAIL("mnt", "\"root_type\":\"\",\"root_source\":\"\"", "n_mounts is missing"),
		DETAIL("net", "", "interfaces is missing"),
		INTERFACE("\"index\":2,\"up\":true,\"addresses\":[]", "name is missing"),
		INTERFACE("\"name\":\"a\",\"up\":true,\"addresses\":[]", "index is missing"),
		INTERFACE("\"name\":\"a\",\"index\":2,\"addresses\":[]", "up is missing"),
		INTERFACE("\"name\":\"a\",\"index\":2,\"up\":true", "addresses is missing"),
		DETAIL("time", "\"monotonic_ns\":-1", "boottime_ns is missing"),
		DETAIL("user", "\"uid_map\":[{\"inside\":0}],\"gid_map\":[]", "count is missing"),
		{S "\"namespaces\":[{\"type\":\"pid\",\"ns\":1,\"parent\":2},"
		   "{\"type\":\"pid\",\"ns\":2,\"parent\":1}]}",
		 "namespaces are nested too deep, or within themselves"},
		{S "\"processes\":[{\"pid\":0}]}", "processes[0].pid is out of range"},
		{S "\"processes\":[{\"pid\":4194305}]}", "processes[0].pid is out of range"},
		{S "\"processes\":[{\"pid\":7,\"nspid\":[7,0]}]}",
		 "processes[0].nspid is out of range"},
		{S "\"processes\":[{\"pid\":7,\"nspid\":[4194305]}]}",
		 "processes[0].nspid is out of range"},
		{S "\"processes\":[{\"pid\":7},{\"pid\":7}]}",
		 "processes[1].pid is not in ascending order"},
		{S "\"processes\":[{\"pid\":7,\"container\":\"a\"}]}",
		 "processes refer to a container that is not there"},
		{S "\"threads\":[{\"pid\":7,\"tid\":8,\"container\":\"a\"}]}",
		 "threads refer to a container that is not there"},
		{S "\"processes\":[{\"pid\":7,\"start\":\"x\"}]}", "processes[0].start is no time"},
		{S "\"processes\":[{\"pid\":7,\"comm\":\"a\\u0000\"}]}",
		 "processes[0].comm is no text in UTF-8"},
		{S "\"processes\":[{\"pid\":7,\"comm\":\"a\xff\"}]}",
		 "processes[0].comm is no text in UTF-8"},
		{S "\"containers\":[{\"key\":\"a\",\"runtime\":\"x\",\"evidence\":\"argv\","
		   "\"parent\":\"a\"}]}",
		 "containers are within themselves"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		check_refused(cases[i][0], cases[i][1]);
}

/* One below the limit, and one above. */
/*
 * Beyond U+FFFF, wherever a piece of what is read ends: json-c 0.16 takes both halves of some for
 * the first one of a pair.
 */
TEST(surrogates)
{
	for (guint size = 65480; size < 65540; size++) {
		g_autofree char *before = g_strnfill(size, 'x');
		g_autofree char *expected = g_strconcat(
			before, "\U000fd800\U000dd939\\udb36\U0001f600\\\U0001d800", NULL);
		g_autofree char *text =
			g_strconcat(S "\"processes\":[{\"pid\":7,\"command\":\"", before,
				    "\\udbb6\\udc00\\udb36\\uDD39\\\\udb36\\ud83d\\ude00\\\\\\ud836"
				    "\\udc00\"}]}",
				    NULL);
		g_autoptr(NslSnapshot) snapshot = read_valid(text);

		g_assert_cmpstr(nsl_snapshot_get_process(snapshot, 7)->command, ==, expected);
	}
}

TEST(nested)
{
	for (guint depth = 64; depth <= 65; depth++) {
		g_autoptr(GString) text = g_string_new(S "\"namespaces\":[");

		for (guint i = 1; i <= depth; i++)
			g_string_append_printf(text, "{\"type\":\"pid\",\"ns\":%u,\"parent\":%u},",
					       i, i + 1);
		g_string_append_printf(text, "{\"type\":\"pid\",\"ns\":%u}]}", depth + 1);
		if (depth == 64)
			nsl_snapshot_free(read_valid(text->str));
		else
			check_refused(text->str,
				      "namespaces are nested too deep, or within themselves");
	}
}

static char *make_nested(guint depth, guint outermost_parent)
{
	GString *text = g_string_new(S "\"containers\":[");

	for (guint i = 1; i <= depth; i++) {
		g_string_append_printf(text,
				       "{\"key\":\"%08u\",\"runtime\":\"x\",\"evidence\":"
				       "\"argv\"",
				       i);
		if (i < depth || outermost_parent != 0)
			g_string_append_printf(text, ",\"parent\":\"%08u\"",
					       i < depth ? i + 1 : outermost_parent);
		g_string_append(text, i < depth ? "}," : "}]}");
	}
	return g_string_free(text, FALSE);
}

/* Users nest them; the kernel has no limit, as it has for namespaces. */
TEST(nested_containers)
{
	static const guint depths[] = {64, 65, 66, 20000};

	for (gsize i = 0; i < G_N_ELEMENTS(depths); i++) {
		g_autofree char *text = make_nested(depths[i], 0);
		g_autofree char *circle = make_nested(depths[i], depths[i] / 2);
		g_autoptr(NslSnapshot) snapshot = read_valid(text);
		const NslContainer *container = g_ptr_array_index(snapshot->containers, 0);
		guint depth = 0;

		for (; container; container = container->parent)
			depth++;
		g_assert_cmpuint(depth, ==, depths[i]);
		check_refused(circle, "containers are within themselves");
	}
}

TEST(deep)
{
	g_autoptr(GString) text = g_string_new(S "\"x\":");

	for (guint i = 0; i < 33; i++)
		g_string_append_c(text, '{');
	check_refused(text->str, "is malformed JSON at byte 17");
	g_string_assign(text, S "\"x\":");
	for (guint i = 0; i < 40; i++)
		g_string_append(text, "{\"a\":");
	check_refused(text->str, "is nested too deep at byte 176");
}

/* A member of one namespace that nobody knows: `n` times the same text. */
static char *make_member(guint n, const char *before, const char *each, const char *after)
{
	GString *text = g_string_new(S "\"namespaces\":[{\"type\":\"net\",\"ns\":1,\"x\":");

	g_string_append(text, before);
	for (guint i = 0; i < n; i++)
		g_string_append(text, each);
	g_string_append(text, after);
	g_string_append(text, "}]}");
	return g_string_free(text, FALSE);
}

static void check_member(guint n, const char *before, const char *each, const char *after,
			 bool fits)
{
	g_autofree char *text = make_member(n, before, each, after);
	g_autoptr(GError) error = NULL;
	g_autoptr(NslSnapshot) snapshot = read_text(text, &error);

	g_assert_true((snapshot != NULL) == fits);
	g_assert_true(fits || g_str_has_prefix(error->message, "has a value that is too large"));
}

/* Each value counts as what it takes in memory; in a string only the size does. */
TEST(values)
{
	static const struct {
		const char *each;
		guint weight;
	} cases[] = {{",0", 102}, {",[]", 903}};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint most = NSL_DOCUMENT_MAX_PIECE / cases[i].weight;

		check_member(most - 5000 / cases[i].weight, "[0", cases[i].each, "]", true);
		check_member(most + 1, "[0", cases[i].each, "]", false);
	}
	check_member(1 << 20, "\"", ",{[\\\"\\\\", "\"", true);
}

TEST(files)
{
	static const struct {
		const char *path;
		const char *problem;
	} cases[] = {
		{"/", "/: cannot be read: Is a directory"},
		{"/nothing", "/nothing: No such file or directory"},
		{"/dev/null", "/dev/null: is empty"},
		{"/dev/zero", "/dev/zero: is no document of nslist --json"},
	};
	g_auto(FixtureDir) dir = fixture_directory();
	g_autofree char *pipe = g_build_filename(dir, "pipe", NULL);
	g_autofree char *problem = g_strconcat(pipe, ": is empty", NULL);
	g_autofree char *large = g_build_filename(dir, "large", NULL);
	g_autoptr(GError) none = NULL;
	g_autoptr(GError) much = NULL;

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(nsl_snapfile_read(cases[i].path, &error));
		g_assert_cmpstr(error->message, ==, cases[i].problem);
	}
	g_assert_cmpint(mkfifo(pipe, 0600), ==, 0);
	g_assert_null(nsl_snapfile_read(pipe, &none));
	g_assert_cmpstr(none->message, ==, problem);
	fixture_file(dir, "large", "", 0);
	g_assert_cmpint(truncate(large, (off_t)NSL_DOCUMENT_MAX_SIZE + 1), ==, 0);
	g_assert_null(nsl_snapfile_read(large, &much));
	g_assert_true(g_str_has_suffix(much->message, ": is larger than 1 GiB"));
}

/* Something of everything that JSON has. */
static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();
	NslNamespace *net = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5000);
	NslNamespace *user = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 5001);
	NslProcess *process = fixture_process(snapshot, 7, "sh \xff");
	NslProcess *entered = fixture_process(snapshot, 8, NULL);
	NslContainer *web = fixture_container(snapshot, "docker/1", "docker", "1", "web");
	NslContainer *outer = fixture_container(snapshot, "lxc/a", "lxc", NULL, "a");
	NslIssue *issue;

	nsl_process_join(process, net);
	nsl_process_join(process, user);
	nsl_process_join(entered, net);
	fixture_join_roots(snapshot, process);
	fixture_for_children(snapshot, process, NSL_NSTYPE_PID, 5002);
	nsl_process_add_to(process, web);
	web->parent = outer;
	web->identity.pod = g_strdup("p");
	outer->unconfirmed = true;
	outer->evidence = NSL_EVIDENCE_ARGV;
	entered->entered = web;
	entered->unread = 1 << NSL_PART_STAT | 1 << NSL_PART_CGROUP;
	process->has_stat = process->has_status = true;
	process->ppid = 1;
	process->start_ticks = 700;
	process->unit = g_strdup("a.service");
	process->machine = g_strdup("m");
	nsl_namespace_add_name(net, "blue");
	nsl_namespace_give_name(net, "cni-1");
	fixture_mounted(net, "/x", 0);
	nsl_namespace_add_holder(net, &(NslHolder){.kind = NSL_HOLDER_MOUNT,
						   .path = (char *)"/run/netns/blue",
						   .mnt_ns = fixture_root(NSL_NSTYPE_MNT),
						   .named = true});
	nsl_namespace_add_holder(net, &(NslHolder){.kind = NSL_HOLDER_FD, .pid = 9, .fd = 3});
	nsl_namespace_add_holder(user, &(NslHolder){.kind = NSL_HOLDER_OWNER_OF, .ns = net});
	net->owner = (NslRelation){NSL_KNOWN, user};
	net->has_owner_uid = NSL_KNOWN;
	net->owner_name = g_strdup("root");
	net->nsid = G_GUINT64_CONSTANT(18446744073709551615);
	user->owner.knowledge = NSL_DENIED;
	net->has_detail = NSL_KNOWN;
	net->detail = g_new0(NslDetail, 1);
	net->detail->net.n_interfaces = 1;
	net->detail->interfaces = g_new0(NslInterface, 1);
	net->detail->interfaces[0].index = 2;
	g_strlcpy(net->detail->interfaces[0].name, "eth0\xff", 8);
	snapshot->hostname = g_strdup("web1");
	snapshot->time = 1769860800;
	snapshot->boot_time = 1769860000;
	snapshot->n_looked_at = 9;
	snapshot->unseen = NSL_UNSEEN_OUTSIDE;
	snapshot->own_mnt = fixture_root(NSL_NSTYPE_MNT);
	snapshot->kernel_source = NSL_KERNEL_BPF;
	snapshot->kernel_known = 3;
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		snapshot->coverage[source] = NSL_COVERAGE_COMPLETE;
	issue = nsl_snapshot_note(snapshot, NSL_SOURCE_FDS, "EACCES", "open files", 7);
	issue->count = 5;
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static char *write_json(const NslSnapshot *snapshot, const char *words)
{
	return fixture_write(NSL_FORMAT_JSON, snapshot, words, NULL, (NslStyle){.details = true});
}

TEST(same)
{
	static const char *const words[] = {NULL, "7", "blue", "docker:web", "net:5000"};
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autofree char *once = write_json(snapshot, words[i]);
		g_autoptr(NslSnapshot) again = read_valid(once);
		g_autofree char *twice = write_json(again, NULL);

		g_assert_cmpstr(once, ==, twice);
	}
}

/* Bytes that are no UTF-8 are four each in the document: the longest details are read back. */
TEST(longest_details)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	g_autoptr(NslSnapshot) again = NULL;
	g_autofree char *text = NULL;
	const char *end = NULL;
	NslDetail *details[NSL_NSTYPE_COUNT] = {NULL};
	const NslMountSum *mnt;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		NslNamespace *ns = nsl_snapshot_add(snapshot, type, 5000 + type);

		ns->has_detail = NSL_KNOWN;
		ns->detail = details[type] = g_new0(NslDetail, 1);
	}
	memset(details[NSL_NSTYPE_UTS]->uts.host, 0xff, 64);
	memset(details[NSL_NSTYPE_UTS]->uts.domain, 0xff, 64);
	memset(details[NSL_NSTYPE_PID]->pid.comm, 0xff, 15);
	memset(details[NSL_NSTYPE_MNT]->mnt.type, 0xff, sizeof(mnt->type) - 1);
	memset(details[NSL_NSTYPE_MNT]->mnt.source, 0xff, sizeof(mnt->source) - 1);
	details[NSL_NSTYPE_NET]->net.n_interfaces = 1;
	details[NSL_NSTYPE_NET]->interfaces = g_new0(NslInterface, 1);
	details[NSL_NSTYPE_NET]->interfaces[0].index = 2;
	memset(details[NSL_NSTYPE_NET]->interfaces[0].name, 0xff, 15);
	nsl_snapshot_freeze(snapshot);
	text = write_json(snapshot, NULL);
	again = read_valid(text);
	mnt = &nsl_snapshot_get(again, NSL_NSTYPE_MNT, 5000 + NSL_NSTYPE_MNT)->detail->mnt;
	g_assert_true(g_str_has_prefix(mnt->source, "\\xff\\xff"));
	/* Never within a character. */
	nsl_snapshot_free(g_steal_pointer(&again));
	g_free(text);
	text = g_strdup_printf(S "\"namespaces\":[{\"type\":\"mnt\",\"ns\":5,\"detail\":{"
				 "\"root_type\":\"ext4\",\"n_mounts\":1,"
				 "\"root_source\":\"%0254d\u65e5\"}}]}",
			       0);
	again = read_valid(text);
	mnt = &nsl_snapshot_get(again, NSL_NSTYPE_MNT, 5)->detail->mnt;
	g_assert_true(g_utf8_validate(mnt->source, -1, &end));
	g_assert_cmpuint(strlen(mnt->source), ==, 254);
}

/* What is missing is not known, and null is none. */
TEST(little_detail)
{
	static const struct {
		const char *detail;
		NslKnowledge has_init;
	} cases[] = {
		{"{}", NSL_UNSUPPORTED},
		{"{\"init\":null}", NSL_NONE},
		{"{\"init\":7}", NSL_KNOWN},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup_printf(
			S "\"namespaces\":[{\"type\":\"pid\",\"ns\":5,\"detail\":%s},"
			  "{\"type\":\"user\",\"ns\":6,\"detail\":{\"uid_map\":[]}}]}",
			cases[i].detail);
		g_autoptr(NslSnapshot) snapshot = read_valid(text);
		const NslNamespace *pid = nsl_snapshot_get(snapshot, NSL_NSTYPE_PID, 5);
		const NslNamespace *user = nsl_snapshot_get(snapshot, NSL_NSTYPE_USER, 6);

		g_assert_cmpint(pid->detail->pid.has_init, ==, cases[i].has_init);
		g_assert_cmpint(pid->detail->partial, ==, cases[i].has_init == NSL_UNSUPPORTED);
		g_assert_false(user->detail->user.has_maps);
	}
}

/* Members that are left out are counted, and of what is narrowed again the scope says so. */
TEST(narrowed)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autofree char *text = NULL;
	g_autofree char *narrowed = NULL;
	g_autoptr(NslSnapshot) again = NULL;
	const NslNamespace *ns;

	snapshot->unseen = 0;
	text = write_json(snapshot, "7");
	again = read_valid(text);
	ns = nsl_snapshot_get(again, NSL_NSTYPE_NET, 5000);
	g_assert_cmpuint(ns->members->len, ==, 1);
	g_assert_cmpuint(nsl_namespace_n_members(ns), ==, 2);
	g_assert_true(nsl_snapshot_has_all_members(again, ns));
	g_assert_false(nsl_snapshot_has_whole_containers(again));
	narrowed = write_json(again, "-tnet");
	g_assert_nonnull(strstr(narrowed, "\"within\":{"));
}

/* Only that which is not there, or null, is not known; unknown members are passed over. */
TEST(little)
{
	g_autoptr(NslSnapshot) snapshot = read_valid(
		S "\"new\":[{\"a\":[]}],\"kernel\":null,\"host\":{\"new\":{}},"
		  "\"processes\":[{\"pid\":7,\"ns\":{\"net\":5,\"new\":6}}],"
		  "\"namespaces\":[{\"type\":\"net\",\"ns\":5,\"root\":false,\"new\":7}]}");
	const NslNamespace *ns = nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 5);
	const NslProcess *process = nsl_snapshot_get_process(snapshot, 7);

	g_assert_true(process->ns[NSL_NSTYPE_NET] == ns);
	g_assert_cmpuint(ns->members->len, ==, 1);
	g_assert_true(ns->root); /* which one is, is not told: then none is listed as another one */
	g_assert_false(nsl_snapshot_has_all_members(snapshot, ns));
	g_assert_false(process->has_stat);
	g_assert_null(snapshot->hostname);
	g_assert_true(g_str_has_suffix(nsl_snapshot_host(snapshot), "/saved"));
}
