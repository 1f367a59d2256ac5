/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of report/json_detail and report/json_value: the object of each type, and what is said
 * where something is not known.
 */
#include "report/json_detail.h"

#include <json-c/json.h>

#include "fixture.h"
#include "model/detail.h"

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

static void check(const NslNamespace *ns, const char *expected)
{
	struct json_object *object = nsl_json_detail(ns);
	struct json_object *other = json_tokener_parse(expected);

	g_assert_nonnull(other);
	if (!json_object_equal(object, other))
		g_error("%s is not %s", json_object_to_json_string(object), expected);
	json_object_put(object);
	json_object_put(other);
}

static void test_nothing(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 7);

	g_assert_null(nsl_json_detail(ns));
	g_assert_false(nsl_json_detail_is_missing(ns)); /* nobody asked */
	ns->has_detail = NSL_DENIED;
	g_assert_null(nsl_json_detail(ns));
	g_assert_true(nsl_json_detail_is_missing(ns));
}

static void test_small(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail uts = {.uts = {.host = "w\xff"}};
	NslDetail ipc = {.ipc = {.shm = 3, .sem = 2, .msg = 1}};
	NslDetail mnt = {.mnt = {.n_mounts = 32, .type = "ext4", .source = "/dev/vda1"}};
	NslDetail time = {.time = {.monotonic = -5, .boottime = G_MAXINT64}};
	NslDetail pid = {.pid = {.has_init = NSL_KNOWN, .init = 12, .comm = "sh", .depth = 1}};
	NslNamespace *ns;

	check(describe(snapshot, NSL_NSTYPE_UTS, &uts, NULL, 0),
	      "{\"hostname\":\"w\\\\xff\",\"domainname\":null}");
	check(describe(snapshot, NSL_NSTYPE_IPC, &ipc, NULL, 0),
	      "{\"shm_segments\":3,\"sem_sets\":2,\"msg_queues\":1}");
	check(describe(snapshot, NSL_NSTYPE_MNT, &mnt, NULL, 0),
	      "{\"root_type\":\"ext4\",\"root_source\":\"/dev/vda1\",\"n_mounts\":32}");
	check(describe(snapshot, NSL_NSTYPE_TIME, &time, NULL, 0),
	      "{\"monotonic_ns\":-5,\"boottime_ns\":9223372036854775807}");
	check(describe(snapshot, NSL_NSTYPE_CGROUP, &ipc, "/a\n", 3), "{\"root\":\"/a\\n\"}");
	check(describe(snapshot, NSL_NSTYPE_PID, &pid, NULL, 0),
	      "{\"init\":12,\"init_comm\":\"sh\",\"depth\":1}");
	pid = (NslDetail){.partial = true, .pid = {.has_init = NSL_UNSUPPORTED, .depth = -1}};
	ns = describe(snapshot, NSL_NSTYPE_PID, &pid, NULL, 0);
	check(ns, "{\"init\":null,\"init_comm\":null,\"depth\":null}");
	g_assert_true(nsl_json_detail_is_missing(ns));
}

static void test_user(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail fixed = {.user = {.has_maps = true, .n_uids = 2}};
	NslIdRange ranges[2] = {{0, 100000, 65536}, {65536, NSL_ID_UNMAPPED, 1}};
	NslNamespace *ns = describe(snapshot, NSL_NSTYPE_USER, &fixed, ranges, sizeof(ranges));

	ns->has_owner_uid = NSL_KNOWN;
	ns->owner_uid = 0;
	ns->owner_name = g_strdup("root");
	check(ns, "{\"uid_map\":[{\"inside\":0,\"outside\":100000,\"count\":65536},"
		  "{\"inside\":65536,\"outside\":null,\"count\":1}],\"gid_map\":[],"
		  "\"owner_uid\":0,\"owner\":\"root\"}");
	g_assert_false(nsl_json_detail_is_missing(ns));
	ns->has_owner_uid = NSL_DENIED;
	g_clear_pointer(&ns->owner_name, g_free);
	fixed.user = (NslUserDetail){0};
	check(describe(snapshot, NSL_NSTYPE_USER, &fixed, NULL, 0),
	      "{\"uid_map\":null,\"gid_map\":null,\"owner_uid\":null,\"owner\":null}");
}

static void test_net(void)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslDetail fixed = {.net = {.n_interfaces = 100, .n_up = 3, .n_shown = 2}};
	NslInterface two[2] = {
		{.name = "lo\xff", .index = 1},
		{.name = "eth0",
		 .kind = "veth",
		 .index = 2,
		 .peer_index = 7,
		 .peer_ns = 4026531833,
		 .n_addresses = 1,
		 .addresses = {{.size = 4, .prefix = 24, .bytes = {10, 0, 0, 2}}}},
	};

	check(describe(snapshot, NSL_NSTYPE_NET, &fixed, two, sizeof(two)),
	      "{\"interfaces\":["
	      "{\"name\":\"lo\\\\xff\",\"index\":1,\"kind\":null,\"addresses\":[],"
	      "\"n_addresses\":0,\"peer\":null},"
	      "{\"name\":\"eth0\",\"index\":2,\"kind\":\"veth\",\"addresses\":[\"10.0.0.2/24\"],"
	      "\"n_addresses\":1,\"peer\":{\"index\":7,\"ns\":4026531833}}],"
	      "\"n_interfaces\":100,\"n_up\":3}");
	two[1].peer_ns = 0;
	two[1].n_addresses = 0;
	fixed.net.n_shown = 1;
	check(describe(snapshot, NSL_NSTYPE_NET, &fixed, &two[1], sizeof(two[1])),
	      "{\"interfaces\":["
	      "{\"name\":\"eth0\",\"index\":2,\"kind\":\"veth\",\"addresses\":[],"
	      "\"n_addresses\":0,\"peer\":{\"index\":7,\"ns\":null}}],"
	      "\"n_interfaces\":100,\"n_up\":3}");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/json_detail/nothing", test_nothing);
	g_test_add_func("/json_detail/small", test_small);
	g_test_add_func("/json_detail/user", test_user);
	g_test_add_func("/json_detail/net", test_net);
	return g_test_run();
}
