/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of holder: which are told of at once, how that is said, and by what path each is opened.
 */
#include "model/holder.h"

#include "fixture.h"
#include "report/wording.h"

#define OWN   7
#define OTHER 8
#define USERS 9

static NslNamespace *make_mnt(NslSnapshot *snapshot, guint64 inode, guint64 owner, guint32 uid)
{
	NslNamespace *mnt = nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, inode);

	mnt->owner.knowledge = NSL_KNOWN;
	mnt->owner.ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, owner);
	mnt->has_owner_uid = NSL_KNOWN;
	mnt->owner_uid = uid;
	return mnt;
}

static NslSnapshot *make_snapshot(void)
{
	NslSnapshot *snapshot = fixture_snapshot();

	snapshot->own_mnt = OWN;
	snapshot->proc = g_strdup("/host/proc");
	make_mnt(snapshot, OTHER, fixture_root(NSL_NSTYPE_USER), 0);
	make_mnt(snapshot, USERS, 1000, 0);
	return snapshot;
}

static void add_mount(NslNamespace *ns, const char *path, guint64 mnt_ns, NslMountState state,
		      bool named)
{
	nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_MOUNT,
						  .path = (char *)path,
						  .mnt_ns = mnt_ns,
						  .state = state,
						  .named = named,
						  .pid = mnt_ns == OWN ? 0 : 70,
						  .comm = (char *)"sh",
						  .at_root = true});
}

/* What is told of each, a line each. */
static void check_told(const NslSnapshot *snapshot, const NslNamespace *ns, const char *expected)
{
	g_autoptr(GString) text = g_string_new(NULL);
	const NslHolder *holder;
	guint at = 0;
	guint n;

	while ((holder = nsl_holders_next(ns, &at, &n))) {
		g_autofree char *why = nsl_explain_holder(snapshot, holder, n);

		g_string_append_printf(text, "%s\n", why);
	}
	g_assert_cmpstr(text->str, ==, expected);
}

TEST(mounts)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);

	add_mount(ns, "/b", OTHER, NSL_MOUNT_OPEN, false);
	add_mount(ns, "/a", USERS, NSL_MOUNT_OPEN, false);
	add_mount(ns, "/a", OWN, NSL_MOUNT_UNKNOWN, true);
	add_mount(ns, "/a", OWN, NSL_MOUNT_OPEN, false); /* the same, found once more */
	add_mount(ns, "/a", OTHER, NSL_MOUNT_COVERED, false);
	add_mount(ns, "/a", 10, NSL_MOUNT_OPEN, false);
	add_mount(ns, "/c", 10, NSL_MOUNT_OPEN, false);
	add_mount(ns, "/c", 11, NSL_MOUNT_UNKNOWN, false);
	add_mount(ns, "/d", OWN, NSL_MOUNT_COVERED, false);
	add_mount(ns, "/e", 0, NSL_MOUNT_UNKNOWN, false);
	nsl_snapshot_freeze(snapshot);
	g_assert_cmpuint(ns->holders->len, ==, 9);
	check_told(snapshot, ns,
		   "mounted at /a in 3 mount namespaces\n"
		   "mounted at /a in mnt:[8] of 70 sh (covered)\n"
		   "mounted at /b in mnt:[8] of 70 sh\n"
		   "mounted at /c in 2 other mount namespaces\n"
		   "mounted at /d (covered)\n"
		   "mounted at /e\n");
	/* The named one is the first of its kind, and knows what was found out of it elsewhere. */
	g_assert_true(g_array_index(ns->holders, NslHolder, 0).named);
	g_assert_cmpint(g_array_index(ns->holders, NslHolder, 0).state, ==, NSL_MOUNT_OPEN);
}

/* A user namespace's parent is its owner; of a pid namespace the two are different ones. */
TEST(relations)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	NslNamespace *user = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 5);
	NslNamespace *pid = nsl_snapshot_add(snapshot, NSL_NSTYPE_PID, 6);
	NslNamespace *child = nsl_snapshot_add(snapshot, NSL_NSTYPE_USER, 20);
	NslNamespace *inner = nsl_snapshot_add(snapshot, NSL_NSTYPE_PID, 21);

	child->owner = child->parent = (NslRelation){NSL_KNOWN, user};
	inner->owner = (NslRelation){NSL_KNOWN, user};
	inner->parent = (NslRelation){NSL_KNOWN, pid};
	nsl_namespace_add_holder(user, &(NslHolder){.kind = NSL_HOLDER_OWNER_OF, .ns = child});
	nsl_namespace_add_holder(user, &(NslHolder){.kind = NSL_HOLDER_PARENT_OF, .ns = child});
	nsl_namespace_add_holder(user, &(NslHolder){.kind = NSL_HOLDER_OWNER_OF, .ns = inner});
	nsl_namespace_add_holder(pid, &(NslHolder){.kind = NSL_HOLDER_PARENT_OF, .ns = inner});
	nsl_snapshot_freeze(snapshot);
	check_told(snapshot, user, "owner of user:[20]\nowner of pid:[21]\n");
	check_told(snapshot, pid, "parent of pid:[21]\n");
}

#define NET	   NSL_NSTYPE_NET
#define MOUNT	   .kind = NSL_HOLDER_MOUNT, .path = (char *)"/a"
#define OPEN_MOUNT MOUNT, .state = NSL_MOUNT_OPEN

TEST(paths)
{
	static const struct {
		NslNsType type;
		NslHolder holder;
		const char *path;
	} cases[] = {
		{NET, {.kind = NSL_HOLDER_FD, .pid = 7, .fd = 3}, "/host/proc/7/fd/3"},
		{NET,
		 {.kind = NSL_HOLDER_FD, .pid = 7, .tid = 8, .fd = 3},
		 "/host/proc/7/task/8/fd/3"},
		{NSL_NSTYPE_MNT,
		 {.kind = NSL_HOLDER_THREAD, .pid = 7, .tid = 8},
		 "/host/proc/7/task/8/ns/mnt"},
		{NSL_NSTYPE_PID,
		 {.kind = NSL_HOLDER_FOR_CHILDREN, .pid = 7},
		 "/host/proc/7/ns/pid_for_children"},
		{NET, {.kind = NSL_HOLDER_SOCKET, .pid = 7, .fd = 3}, NULL},
		{NSL_NSTYPE_USER, {.kind = NSL_HOLDER_OWNER_OF}, NULL},
		{NET, {.kind = NSL_HOLDER_KERNEL}, NULL},
		{NET, {OPEN_MOUNT, .mnt_ns = OWN}, "/a"},
		{NET, {MOUNT, .mnt_ns = OWN, .state = NSL_MOUNT_COVERED}, NULL},
		{NET, {MOUNT, .mnt_ns = OWN}, NULL},
		{NET,
		 {OPEN_MOUNT, .mnt_ns = OTHER, .pid = 70, .at_root = true},
		 "/host/proc/70/root/a"},
		{NET,
		 {OPEN_MOUNT, .mnt_ns = OTHER, .pid = 70, .tid = 71, .at_root = true},
		 "/host/proc/70/task/71/root/a"},
		/* Its root is another directory; nobody is in it; its owner is not root; not known.
		 */
		{NET, {OPEN_MOUNT, .mnt_ns = OTHER, .pid = 70}, NULL},
		{NET, {OPEN_MOUNT, .mnt_ns = OTHER}, NULL},
		{NET, {OPEN_MOUNT, .mnt_ns = USERS, .pid = 70, .at_root = true}, NULL},
		{NET, {OPEN_MOUNT, .mnt_ns = 11, .pid = 70, .at_root = true}, NULL},
	};
	g_autoptr(NslSnapshot) snapshot = make_snapshot();

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const NslNamespace *ns = nsl_snapshot_add(snapshot, cases[i].type, 5);
		g_autofree char *path = nsl_holder_path(snapshot, ns, &cases[i].holder);

		g_assert_cmpstr(path, ==, cases[i].path);
	}
}

/* A recorded procfs has nothing to open. */
TEST(recorded)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslNamespace *ns = nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, 5);
	g_autofree char *path = NULL;

	nsl_process_join(fixture_process(snapshot, 9, "sh"), ns);
	nsl_namespace_add_holder(ns, &(NslHolder){.kind = NSL_HOLDER_FD, .pid = 7, .fd = 3});
	path = nsl_namespace_path(snapshot, ns);
	g_assert_null(path);
	snapshot->proc = g_strdup("/proc");
	path = nsl_namespace_path(snapshot, ns);
	g_assert_cmpstr(path, ==, "/proc/9/ns/net");
}
