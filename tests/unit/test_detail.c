/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of model/detail and report/detail: details out of a worker's record, whole and cut off, the
 * words and the JSON object of each type, and what is said where something is not known.
 */
#include "report/format.h"

#include "base/untrusted.h"
#include "fixture.h"
#include "model/detail.h"

/* A namespace that is this, in a snapshot. */
static NslNamespace *describe(NslSnapshot *snapshot, NslNsType type, const NslDetail *fixed,
			      gconstpointer rest, gsize size)
{
	NslNamespace *ns = nsl_snapshot_add(snapshot, type, 5000 + type);

	nsl_detail_free(ns->detail);
	ns->detail = nsl_detail_new(type, fixed, rest, size);
	g_assert_nonnull(ns->detail);
	ns->has_detail = NSL_KNOWN;
	return ns;
}

static void check(const NslNamespace *ns, NslTextKind kind, const char *expected)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_detail_append(text, ns, kind);
	g_assert_cmpstr(text->str, ==, expected);
}

/* `expected` has ' where JSON has ". */
static void check_json(const NslNamespace *ns, const char *expected)
{
	g_autoptr(NslOutput) output = nsl_output_new(-1);
	NslJsonWriter json = {.output = output, .plain = true};
	g_autofree char *text = g_strdup_printf("[%s]", expected);
	g_autoptr(NslJson) object = NULL;
	g_autoptr(NslJson) other = json_tokener_parse(g_strdelimit(text, "'", '"'));

	nsl_json_begin(&json, NULL, '[');
	nsl_detail_put_json(&json, NULL, ns);
	nsl_json_end(&json, ']');
	object = json_tokener_parse(output->text->str);
	g_assert_nonnull(other);
	if (!json_object_equal(object, other))
		g_error("%s is not %s", output->text->str, text);
}

TEST(record)
{
	NslDetail fixed = {.user = {.has_maps = true, .n_uids = 1, .n_gids = 2}};
	NslIdRange ranges[3] = {{0, 1, 2}, {3, 4, 5}, {6, 7, 8}};
	g_autoptr(NslDetail) detail = NULL;

	detail = nsl_detail_new(NSL_NSTYPE_USER, &fixed, (guint8 *)ranges, sizeof(ranges));
	g_assert_cmpuint(detail->uids[0].count, ==, 2);
	g_assert_cmpuint(detail->gids[1].inside, ==, 6);
	for (gsize size = 0; size < sizeof(ranges); size++)
		g_assert_null(nsl_detail_new(NSL_NSTYPE_USER, &fixed, (guint8 *)ranges, size));
	fixed.user.n_gids = 1;
	g_assert_null(nsl_detail_new(NSL_NSTYPE_USER, &fixed, (guint8 *)ranges, sizeof(ranges)));
	fixed = (NslDetail){.net = {.n_interfaces = G_MAXUINT32}};
	g_assert_null(nsl_detail_new(NSL_NSTYPE_NET, &fixed, (guint8 *)ranges, sizeof(ranges)));
	fixed = (NslDetail){.net = {.n_addresses = G_MAXUINT32}};
	g_assert_null(nsl_detail_new(NSL_NSTYPE_NET, &fixed, (guint8 *)ranges, sizeof(ranges)));
	g_assert_null(nsl_detail_new(NSL_NSTYPE_UTS, &fixed, (guint8 *)ranges, 1));
}

TEST(nothing)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();

	check(nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, 7), NSL_TEXT_UTF8, "");
}

static const struct {
	NslNsType type;
	NslDetail detail;
	const char *text;
	const char *json;
} cases[] = {
	{NSL_NSTYPE_UTS,
	 {.uts = {.host = "web1\n\xff\xc3\xa4"}},
	 "web1\\n\\xff\u00e4",
	 "{'hostname':'web1\\n\\\\xff\u00e4','domainname':null}"},
	{NSL_NSTYPE_UTS,
	 {.uts = {.host = "web1", .domain = "example\x1b"}},
	 "web1 (domain example\\x1b)",
	 "{'hostname':'web1','domainname':'example\\u001b'}"},
	{NSL_NSTYPE_IPC,
	 {.ipc = {.shm = 3, .sem = 2, .msg = 1}},
	 "3 shm, 2 sem, 1 msg",
	 "{'shm_segments':3,'sem_sets':2,'msg_queues':1}"},
	{NSL_NSTYPE_MNT,
	 {.mnt = {.n_mounts = 32, .type = "ext4", .source = "/dev/vda1"}},
	 "ext4 /dev/vda1, 32 mounts",
	 "{'root_type':'ext4','root_source':'/dev/vda1','n_mounts':32}"},
	{NSL_NSTYPE_MNT,
	 {.mnt = {.n_mounts = 1, .type = "overlay", .source = "overlay"}},
	 "overlay, 1 mount",
	 "{'root_type':'overlay','root_source':'overlay','n_mounts':1}"},
	{NSL_NSTYPE_PID,
	 {.pid = {.has_init = NSL_KNOWN, .init = 12, .comm = "ba\nsh", .depth = 1}},
	 "init 12 (ba\\nsh), depth 1",
	 "{'init':12,'init_comm':'ba\\nsh','depth':1}"},
	{NSL_NSTYPE_PID,
	 {.pid = {.has_init = NSL_NONE, .depth = 2}},
	 "no init, depth 2",
	 "{'init':null,'init_comm':null,'depth':2}"},
	{NSL_NSTYPE_PID,
	 {.partial = true, .pid = {.has_init = NSL_UNSUPPORTED, .depth = -1}},
	 "",
	 "{'init':null,'init_comm':null,'depth':null}"},
	{NSL_NSTYPE_TIME,
	 {.time = {.boottime = G_GINT64_CONSTANT(3600000000000)}},
	 "boottime +3600 s, monotonic 0",
	 "{'monotonic_ns':0,'boottime_ns':3600000000000}"},
	{NSL_NSTYPE_TIME,
	 {.time = {.boottime = -500000000, .monotonic = 1000000001}},
	 "boottime -0.5 s, monotonic +1.000000001 s",
	 "{'monotonic_ns':1000000001,'boottime_ns':-500000000}"},
	{NSL_NSTYPE_TIME,
	 {.time = {.boottime = G_MININT64, .monotonic = G_MAXINT64}},
	 "boottime -9223372036.854775808 s, monotonic +9223372036.854775807 s",
	 "{'monotonic_ns':9223372036854775807,'boottime_ns':-9223372036854775808}"},
};

TEST(cases)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	const NslNamespace *cgroup =
		describe(snapshot, NSL_NSTYPE_CGROUP, &(NslDetail){0}, "/docker/\t", 9);

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslNamespace *ns =
			describe(snapshot, cases[i].type, &cases[i].detail, NULL, 0);

		check(ns, NSL_TEXT_UTF8, cases[i].text);
		check_json(ns, cases[i].json);
		g_assert_cmpint(nsl_detail_is_missing(ns), ==, cases[i].detail.partial);
	}
	check(cgroup, NSL_TEXT_UTF8, "/docker/\\t");
	check_json(cgroup, "{'root':'/docker/\\t'}");
	check(describe(snapshot, NSL_NSTYPE_UTS, &cases[0].detail, NULL, 0), NSL_TEXT_ASCII,
	      "web1\\n\\xff\\xc3\\xa4");
}

TEST(user)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail fixed = {.user = {.has_maps = true, .n_uids = 1, .n_gids = 1}};
	NslIdRange one[2] = {{0, 100000, 65536}, {0, NSL_ID_UNMAPPED, 1}};
	NslIdRange many[6] = {{0}};
	NslNamespace *ns = describe(snapshot, NSL_NSTYPE_USER, &fixed, one, sizeof(one));

	check(ns, NSL_TEXT_UTF8, "uid 0→100000 ×65536; gid 0→? ×1");
	check(ns, NSL_TEXT_ASCII, "uid 0->100000 x65536; gid 0->? x1");
	check_json(ns, "{'uid_map':[{'inside':0,'outside':100000,'count':65536}],"
		       "'gid_map':[{'inside':0,'outside':null,'count':1}],"
		       "'owner_uid':null,'owner':null}");
	ns->has_owner_uid = NSL_KNOWN;
	ns->owner_uid = 1000;
	fixed.user.n_uids = 6;
	fixed.user.n_gids = 0;
	ns = describe(snapshot, NSL_NSTYPE_USER, &fixed, many, sizeof(many));
	check(ns, NSL_TEXT_ASCII,
	      "uid 0->0 x0, 0->0 x0, 0->0 x0, 0->0 x0, +2 more; gid not mapped; owner 1000");
	ns->owner_name = g_strdup("al\x1b");
	g_assert_false(nsl_detail_is_missing(ns));
	fixed.user.n_uids = 0;
	check_json(describe(snapshot, NSL_NSTYPE_USER, &fixed, NULL, 0),
		   "{'uid_map':[],'gid_map':[],'owner_uid':1000,'owner':'al\\u001b'}");
	fixed.user = (NslUserDetail){0};
	ns = describe(snapshot, NSL_NSTYPE_USER, &fixed, NULL, 0);
	check(ns, NSL_TEXT_ASCII, "owner al\\x1b");
	check_json(ns, "{'uid_map':null,'gid_map':null,'owner_uid':1000,'owner':'al\\u001b'}");
}

/* What a worker sends of interfaces, with so many of `addresses` (may be NULL). */
static NslNamespace *describe_net(NslSnapshot *snapshot, const NslDetail *fixed,
				  const NslInterface *interfaces, const NslAddress *addresses)
{
	g_autoptr(GByteArray) rest = g_byte_array_new();

	g_byte_array_append(rest, (const guint8 *)interfaces,
			    fixed->net.n_interfaces * (guint)sizeof(*interfaces));
	if (addresses)
		g_byte_array_append(rest, (const guint8 *)addresses,
				    fixed->net.n_addresses * (guint)sizeof(*addresses));
	return describe(snapshot, NSL_NSTYPE_NET, fixed, rest->data, rest->len);
}

/* The counts of addresses add up, or nothing is believed. */
TEST(net_record)
{
	struct {
		NslInterface interfaces[2];
		NslAddress addresses[4];
	} record = {.interfaces = {{.n_addresses = 1}, {.n_addresses = 3}}};
	NslDetail fixed = {.net = {.n_interfaces = 2, .n_addresses = 4}};
	gsize size = 2 * sizeof(NslInterface) + 4 * sizeof(NslAddress);
	NslDetail *detail = nsl_detail_new(NSL_NSTYPE_NET, &fixed, (guint8 *)&record, size);

	g_assert_true(detail->interfaces[0].addresses == &detail->addresses[0]);
	g_assert_true(detail->interfaces[1].addresses == &detail->addresses[1]);
	nsl_detail_free(detail);
	for (guint32 wrong = 0; wrong < 6; wrong += 2) {
		record.interfaces[1].n_addresses = wrong;
		g_assert_null(nsl_detail_new(NSL_NSTYPE_NET, &fixed, (guint8 *)&record, size));
	}
	record.interfaces[0].n_addresses = G_MAXUINT32;
	g_assert_null(nsl_detail_new(NSL_NSTYPE_NET, &fixed, (guint8 *)&record, size));
}

static void check_whole(const NslNamespace *ns, const char *expected)
{
	g_autoptr(GPtrArray) parts = nsl_detail_parts(ns, NSL_DETAIL_ALL, NSL_TEXT_BYTES);
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < parts->len; i++)
		g_string_append_printf(text, "%s;", (char *)g_ptr_array_index(parts, i));
	g_assert_cmpstr(text->str, ==, expected);
}

TEST(net)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail fixed = {.net = {.n_interfaces = 3, .n_up = 2, .n_addresses = 8}};
	NslInterface all[3] = {
		{.name = "lo", .up = true, .index = 1, .n_addresses = 1},
		{.name = "e\x1b",
		 .kind = "veth",
		 .up = true,
		 .index = 2,
		 .peer_index = 7,
		 .peer_ns = 4026531833,
		 .n_addresses = 7},
		{.name = "off", .kind = "veth", .index = 3, .peer_index = 9},
	};
	NslAddress addresses[8] = {
		{.size = 4, .prefix = 8, .bytes = {127, 0, 0, 1}},
		{.size = 16, .prefix = 64, .bytes = {0xfe, 0x80, [15] = 1}},
	};

	for (guint8 i = 2; i < 8; i++)
		addresses[i] = (NslAddress){.size = 4, .prefix = 24, .bytes = {10, 0, 0, i}};
	check(describe_net(snapshot, &fixed, all, addresses), NSL_TEXT_UTF8,
	      "10.0.0.2/24 10.0.0.3/24 10.0.0.4/24 10.0.0.5/24 +2 more e\\x1b@if7 "
	      "peer in net:[4026531833]");
	check_whole(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, 5000 + NSL_NSTYPE_NET),
		    "127.0.0.1/8 lo;"
		    "fe80::1/64 10.0.0.2/24 10.0.0.3/24 10.0.0.4/24 10.0.0.5/24 10.0.0.6/24 "
		    "10.0.0.7/24 e\x1b@if7 peer in net:[4026531833];"
		    "off@if9 peer elsewhere down;");
	all[1].peer_ns = 0;
	all[1].n_addresses = 0;
	fixed.net.n_addresses = 1;
	check(describe_net(snapshot, &fixed, all, addresses), NSL_TEXT_UTF8,
	      "e\\x1b@if7 peer elsewhere");
	/* Where there is nothing better, an address of use on the link alone is shown. */
	all[1].n_addresses = 1;
	all[1].peer_index = 0;
	fixed.net.n_addresses = 2;
	check(describe_net(snapshot, &fixed, all, addresses), NSL_TEXT_UTF8, "fe80::1/64 e\\x1b");
	/* "lo" is of interest where it is alone. */
	fixed.net = (NslNetDetail){.n_interfaces = 1, .n_up = 1, .n_addresses = 1};
	check(describe_net(snapshot, &fixed, all, addresses), NSL_TEXT_UTF8, "127.0.0.1/8 lo");
}

/* Nobody makes two fields of one by what he calls it; as bytes it is what it is. */
TEST(names)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail uts = {.uts = {.host = "a (domain b); net c, d", .domain = "e)"}};
	NslDetail mnt = {.mnt = {.type = "tmpfs", .source = "x, 9 mounts", .n_mounts = 2}};
	NslDetail net = {.net = {.n_interfaces = 1}};
	NslInterface interface = {.name = "a@if7;b", .up = true};
	const NslNamespace *ns = describe(snapshot, NSL_NSTYPE_UTS, &uts, NULL, 0);

	check(ns, NSL_TEXT_UTF8, "a \\x28domain b\\x29\\x3b net c\\x2c d (domain e\\x29)");
	check_whole(ns, "a (domain b); net c, d (domain e));");
	check(describe(snapshot, NSL_NSTYPE_MNT, &mnt, NULL, 0), NSL_TEXT_ASCII,
	      "tmpfs x\\x2c 9 mounts, 2 mounts");
	check(describe_net(snapshot, &net, &interface, NULL), NSL_TEXT_UTF8, "a\\x40if7\\x3bb");
}

TEST(many_interfaces)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail fixed = {.net = {.n_interfaces = 100, .n_up = 90}};
	g_autofree NslInterface *all = g_new0(NslInterface, 100);
	g_autoptr(GPtrArray) parts = NULL;
	const NslNamespace *ns;

	for (guint i = 0; i < 100; i++) {
		all[i].name[0] = 'a';
		all[i].up = i >= 10;
	}
	ns = describe_net(snapshot, &fixed, all, NULL);
	check(ns, NSL_TEXT_UTF8, "a; a; a; a; +86 more");
	parts = nsl_detail_parts(ns, 90, NSL_TEXT_UTF8);
	g_assert_cmpuint(parts->len, ==, 90);
	g_ptr_array_unref(parts);
	parts = nsl_detail_parts(ns, 89, NSL_TEXT_UTF8);
	g_assert_cmpuint(parts->len, ==, 90);
	g_assert_cmpstr(g_ptr_array_index(parts, 89), ==, "+1 more");
	g_ptr_array_unref(parts);
	parts = nsl_detail_parts(ns, NSL_DETAIL_ALL, NSL_TEXT_UTF8);
	g_assert_cmpuint(parts->len, ==, 100);
	fixed.net = (NslNetDetail){.n_interfaces = 1};
	check(describe_net(snapshot, &fixed, all, NULL), NSL_TEXT_UTF8, "no interface up, 1 down");
	fixed.net = (NslNetDetail){0};
	check(describe_net(snapshot, &fixed, all, NULL), NSL_TEXT_UTF8, "no interface");
}

TEST(json_nothing)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 7);

	check_json(ns, "null");
	g_assert_false(nsl_detail_is_missing(ns)); /* nobody asked */
	ns->has_detail = NSL_DENIED;
	check_json(ns, "null");
	g_assert_true(nsl_detail_is_missing(ns));
}

TEST(json_net)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail fixed = {.net = {.n_interfaces = 2, .n_up = 1, .n_addresses = 1}};
	NslInterface two[2] = {
		{.name = "lo\xff", .index = 1},
		{.name = "eth0",
		 .kind = "veth",
		 .up = true,
		 .index = 2,
		 .peer_index = 7,
		 .peer_ns = 4026531833,
		 .n_addresses = 1},
	};
	NslAddress address = {.size = 4, .prefix = 24, .bytes = {10, 0, 0, 2}};

	check_json(describe_net(snapshot, &fixed, two, &address),
		   "{'interfaces':["
		   "{'name':'lo\\\\xff','index':1,'up':false,'kind':null,"
		   "'addresses':[],'n_addresses':0,'peer':null},"
		   "{'name':'eth0','index':2,'up':true,'kind':'veth',"
		   "'addresses':['10.0.0.2/24'],"
		   "'n_addresses':1,'peer':{'index':7,'ns':4026531833}}],"
		   "'n_interfaces':2,'n_up':1}");
	two[1].peer_ns = 0;
	two[1].n_addresses = 0;
	fixed.net = (NslNetDetail){.n_interfaces = 1, .n_up = 1};
	check_json(describe_net(snapshot, &fixed, &two[1], NULL),
		   "{'interfaces':["
		   "{'name':'eth0','index':2,'up':true,'kind':'veth','addresses':[],"
		   "'n_addresses':0,'peer':{'index':7,'ns':null}}],"
		   "'n_interfaces':1,'n_up':1}");
}
