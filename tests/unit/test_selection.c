/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of model/selection.
 */
#include "model/selection.h"

#include "fixture.h"

static NslSelection *select_words(const char *const *words)
{
	NslSelection *selection = nsl_selection_new();

	for (; *words; words++)
		nsl_selection_add(selection, *words);
	return selection;
}

#define SELECT(...) select_words((const char *const[]){__VA_ARGS__, NULL})

TEST(words)
{
	static const struct {
		const char *word;
		guint64 number; /* the PID or the inode */
		NslSelectorKind kind;
		NslNsTypes types;
	} cases[] = {
		{"1", 1, NSL_SELECTOR_PID, 0},
		{"5151", 5151, NSL_SELECTOR_PID, 0},
		{"0", 0, NSL_SELECTOR_PID, 0},
		{"007", 7, NSL_SELECTOR_PID, 0},
		{"4194304", 4194304, NSL_SELECTOR_PID, 0},
		{"4194305", 4194305, NSL_SELECTOR_NAMESPACE, NSL_NSTYPES_ALL},
		{"4026532676", 4026532676, NSL_SELECTOR_NAMESPACE, NSL_NSTYPES_ALL},
		{"18446744073709551615", G_MAXUINT64, NSL_SELECTOR_NAMESPACE, NSL_NSTYPES_ALL},
		{"net:[4026532676]", 4026532676, NSL_SELECTOR_NAMESPACE,
		 NSL_NSTYPE_BIT(NSL_NSTYPE_NET)},
		{"net:4026532676", 4026532676, NSL_SELECTOR_NAMESPACE,
		 NSL_NSTYPE_BIT(NSL_NSTYPE_NET)},
		{"cgroup:[1]", 1, NSL_SELECTOR_NAMESPACE, NSL_NSTYPE_BIT(NSL_NSTYPE_CGROUP)},
		{"uts:1", 1, NSL_SELECTOR_NAMESPACE, NSL_NSTYPE_BIT(NSL_NSTYPE_UTS)},
		{"net:[18446744073709551615]", G_MAXUINT64, NSL_SELECTOR_NAMESPACE,
		 NSL_NSTYPE_BIT(NSL_NSTYPE_NET)},
		{"net:[18446744073709551616]", 0, NSL_SELECTOR_WORD, 0},
		{"nett:[1]", 0, NSL_SELECTOR_WORD, 0},
		{"NET:[1]", 0, NSL_SELECTOR_WORD, 0},
		{"net:[1", 0, NSL_SELECTOR_WORD, 0},
		{"net:1]", 0, NSL_SELECTOR_WORD, 0},
		{"net:[]", 0, NSL_SELECTOR_WORD, 0},
		{"net:[", 0, NSL_SELECTOR_WORD, 0},
		{"net:]", 0, NSL_SELECTOR_WORD, 0},
		{"net:", 0, NSL_SELECTOR_WORD, 0},
		{"net", 0, NSL_SELECTOR_WORD, 0},
		{":[1]", 0, NSL_SELECTOR_WORD, 0},
		{":", 0, NSL_SELECTOR_WORD, 0},
		{"net:[-1]", 0, NSL_SELECTOR_WORD, 0},
		{"net:[1]x", 0, NSL_SELECTOR_WORD, 0},
		{"", 0, NSL_SELECTOR_WORD, 0},
		{"-1", 0, NSL_SELECTOR_WORD, 0},
		{"+1", 0, NSL_SELECTOR_WORD, 0},
		{" 1", 0, NSL_SELECTOR_WORD, 0},
		{"1 ", 0, NSL_SELECTOR_WORD, 0},
		{"0x10", 0, NSL_SELECTOR_WORD, 0},
		{"1e3", 0, NSL_SELECTOR_WORD, 0},
		{"blue", 0, NSL_SELECTOR_WORD, 0},
		{"3f2a", 0, NSL_SELECTOR_WORD, 0},
		{"\xff\x1b", 0, NSL_SELECTOR_WORD, 0},
		{"/", 0, NSL_SELECTOR_PATH, 0},
		{"/run/netns/blue", 0, NSL_SELECTOR_PATH, 0},
		{"./blue", 0, NSL_SELECTOR_PATH, 0},
		{"7/ns/net", 0, NSL_SELECTOR_PATH, 0},
		{"net:[1]/", 0, NSL_SELECTOR_PATH, 0},
		{"peer:veth0", 0, NSL_SELECTOR_PEER, 0},
		{"peer:7", 0, NSL_SELECTOR_PEER, 0},
		{"peer:a/b", 0, NSL_SELECTOR_PEER, 0},
		{"peer:", 0, NSL_SELECTOR_WORD, 0},
		{"peer", 0, NSL_SELECTOR_WORD, 0},
		{"Peer:x", 0, NSL_SELECTOR_WORD, 0},
		{"./peer:x", 0, NSL_SELECTOR_PATH, 0},
		{"mount:/mnt/usb", 0, NSL_SELECTOR_MOUNT, 0},
		{"mount:8:17", 0, NSL_SELECTOR_MOUNT, 0},
		{"mount:usb", 0, NSL_SELECTOR_MOUNT, 0},
		{"mount:", 0, NSL_SELECTOR_WORD, 0},
		{"mount/x", 0, NSL_SELECTOR_PATH, 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(NslSelection) selection = SELECT(cases[i].word);
		const NslSelector *selector;

		g_assert_cmpuint(selection->selectors->len, ==, 1);
		selector = g_ptr_array_index(selection->selectors, 0);
		if (selector->kind != cases[i].kind)
			g_error("\"%s\" is of kind %d", cases[i].word, selector->kind);
		g_assert_cmpstr(selector->text, ==, cases[i].word);
		if (selector->kind == NSL_SELECTOR_PID)
			g_assert_cmpuint(selector->pid, ==, cases[i].number);
		if (selector->kind == NSL_SELECTOR_NAMESPACE) {
			g_assert_cmpuint(selector->inode, ==, cases[i].number);
			g_assert_cmpuint(selector->types, ==, cases[i].types);
		}
	}
}

/* More digits than any inode has: a namespace that there is not, and no PID by wrapping around. */
TEST(long_numbers)
{
	g_autofree char *thousand = g_strnfill(1000, '1');
	const char *const words[] = {"18446744073709551617", "99999999999999999999999", thousand};

	for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
		g_autoptr(NslSelection) selection = SELECT(words[i]);
		const NslSelector *selector = g_ptr_array_index(selection->selectors, 0);

		g_assert_cmpint(selector->kind, ==, NSL_SELECTOR_NAMESPACE);
		g_assert_cmpuint(selector->inode, >, NSL_NSTYPE_COUNT);
		g_assert_cmpuint(selector->inode, !=, 1);
		g_assert_false(nsl_selection_has_pid(selection, 1));
	}
}

TEST(is_pids)
{
	g_autoptr(NslSelection) none = nsl_selection_new();
	g_autoptr(NslSelection) pids = SELECT("7", "9");
	g_autoptr(NslSelection) mixed = SELECT("7", "blue");
	g_autoptr(NslSelection) inode = SELECT("4026532676");
	g_autoptr(NslSelection) path = SELECT("/proc/7");

	g_assert_false(nsl_selection_is_pids(none));
	g_assert_true(nsl_selection_is_pids(pids));
	g_assert_false(nsl_selection_is_pids(mixed));
	g_assert_false(nsl_selection_is_pids(inode));
	g_assert_false(nsl_selection_is_pids(path));
	/* What a path stands for turns out later. */
	nsl_selection_set_pid(path, g_ptr_array_index(path->selectors, 0), 7);
	g_assert_true(nsl_selection_is_pids(path));
	g_assert_true(nsl_selection_has_pid(path, 7));
	nsl_selector_fail(g_ptr_array_index(mixed->selectors, 1), g_strdup("no"));
	g_assert_true(nsl_selection_is_pids(mixed));
}

/* What they stand for turns out during the scan; it may be a root namespace. */
TEST(objects)
{
	g_autoptr(NslSelection) selection = SELECT("peer:veth0", "mount:/mnt/usb");
	NslSelector *peer = g_ptr_array_index(selection->selectors, 0);
	NslSelector *mount = g_ptr_array_index(selection->selectors, 1);
	NslNamespace net = {.type = NSL_NSTYPE_NET, .inode = 5, .netnsid = -1};
	NslNamespace mnt = {.type = NSL_NSTYPE_MNT, .inode = 6};

	g_assert_true(nsl_selection_has_words(selection));
	g_assert_false(nsl_selection_is_pids(selection));
	g_assert_cmpstr(peer->object, ==, "veth0");
	g_assert_cmpstr(mount->object, ==, "/mnt/usb");
	/* A number that is not known is no namespace's. */
	net.has_netnsid = NSL_NONE;
	g_assert_false(nsl_selector_is(peer, &net));
	net.has_netnsid = NSL_KNOWN;
	net.netnsid = 3;
	g_assert_false(nsl_selector_is(peer, &net));
	peer->netnsid = 3;
	g_assert_true(nsl_selector_is(peer, &net));
	net.type = NSL_NSTYPE_UTS;
	g_assert_false(nsl_selector_is(peer, &net));
	g_assert_false(nsl_selector_is(mount, &mnt));
	g_hash_table_add(mount->mnt, GSIZE_TO_POINTER(6));
	g_assert_true(nsl_selector_is(mount, &mnt));
	mnt.type = NSL_NSTYPE_NET;
	g_assert_false(nsl_selector_is(mount, &mnt));
}

/* Whether the selector stands for a net namespace that is like this. */
static bool is(const NslSelection *selection, guint index, guint64 inode, GPtrArray *names)
{
	const NslNamespace ns = {.type = NSL_NSTYPE_NET, .inode = inode, .names = names};

	return nsl_selector_is(g_ptr_array_index(selection->selectors, index), &ns);
}

/* Whether a namespace is wanted that is like this; `names` is transfer none. */
static bool wants(const NslSelection *selection, NslNsType type, guint64 inode, bool root,
		  GPtrArray *names)
{
	const NslNamespace ns = {.type = type, .inode = inode, .root = root, .names = names};

	return nsl_selection_wants(selection, &ns);
}

TEST(wants_everything)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();

	g_assert_true(wants(selection, NSL_NSTYPE_NET, 5, false, NULL));
	g_assert_false(wants(selection, NSL_NSTYPE_NET, 5, true, NULL));
	selection->all = true;
	g_assert_true(wants(selection, NSL_NSTYPE_NET, 5, true, NULL));
	selection->types = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT) | NSL_NSTYPE_BIT(NSL_NSTYPE_PID);
	g_assert_false(wants(selection, NSL_NSTYPE_NET, 5, true, NULL));
	g_assert_false(wants(selection, NSL_NSTYPE_NET, 5, false, NULL));
	g_assert_true(wants(selection, NSL_NSTYPE_MNT, 5, true, NULL));
}

/* What is selected is wanted, root or not; nothing else is, with --all neither. */
TEST(wants_selected)
{
	g_autoptr(NslSelection) selection = SELECT("net:[5000000]", "6000000", "blue", "7");
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autoptr(GPtrArray) no_names = g_ptr_array_new();

	g_ptr_array_add(names, (gpointer) "red");
	g_ptr_array_add(names, (gpointer) "blue");
	for (int all = 0; all < 2; all++) {
		selection->all = all;
		g_assert_true(wants(selection, NSL_NSTYPE_NET, 5000000, true, NULL));
		g_assert_false(wants(selection, NSL_NSTYPE_MNT, 5000000, false, NULL));
		g_assert_true(wants(selection, NSL_NSTYPE_NET, 6000000, false, NULL));
		g_assert_true(wants(selection, NSL_NSTYPE_MNT, 6000000, true, NULL));
		g_assert_true(wants(selection, NSL_NSTYPE_NET, 8, false, names));
		g_assert_false(wants(selection, NSL_NSTYPE_NET, 8, false, no_names));
		g_assert_false(wants(selection, NSL_NSTYPE_NET, 8, false, NULL));
		/* A PID is no inode. */
		g_assert_false(wants(selection, NSL_NSTYPE_NET, 7, false, NULL));
	}
	selection->types = NSL_NSTYPE_BIT(NSL_NSTYPE_MNT);
	g_assert_false(wants(selection, NSL_NSTYPE_NET, 5000000, true, NULL));
	g_assert_false(wants(selection, NSL_NSTYPE_NET, 8, false, names));
}

TEST(selector_is)
{
	g_autoptr(NslSelection) selection = SELECT("7", "/a/b", "blue", "net:[5]");
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	g_ptr_array_add(names, (gpointer) "7");
	g_ptr_array_add(names, (gpointer) "/a/b");
	/* A number is never a name, nor is a path. */
	g_assert_false(is(selection, 0, 7, names));
	g_assert_false(is(selection, 1, 7, names));
	g_assert_false(is(selection, 2, 7, names));
	g_assert_true(is(selection, 3, 5, names));
	nsl_selector_fail(g_ptr_array_index(selection->selectors, 3), g_strdup("why"));
	nsl_selector_fail(g_ptr_array_index(selection->selectors, 3), g_strdup("another"));
	g_assert_false(is(selection, 3, 5, names));
}

/* By what it is called as a whole or, where nothing is, by how its id begins. */
static bool is_of(const char *word, const NslProcess *process)
{
	g_autoptr(NslSelection) selection = SELECT(word);
	g_autoptr(GPtrArray) containers = g_ptr_array_new();
	NslSelector *selector = g_ptr_array_index(selection->selectors, 0);

	for (NslContainer *at = process->container; at; at = at->parent)
		g_ptr_array_insert(containers, 0, at);
	nsl_selector_find_containers(selector, containers, false);
	return nsl_selector_is_of(selector, process);
}

/* A member of a container that has all that it can be selected by. */
static NslProcess *add_member(NslSnapshot *snapshot, NslContainer **ret_container)
{
	NslContainer *container = nsl_snapshot_add_container(snapshot, "docker");
	NslProcess *process = nsl_snapshot_add_process(snapshot, 7);

	container->identity.id = g_strdup("3f2ab81c9e7d");
	container->identity.name = g_strdup("web");
	container->identity.pod = g_strdup("shop-0");
	container->identity.pod_uid = g_strdup("a1b2c3d4-e5f6");
	nsl_process_add_to(process, container);
	process->unit = g_strdup("nginx.service");
	process->machine = g_strdup("vm1");
	*ret_container = container;
	return process;
}

/* A word is whatever it fits: a container's name, its id, its pod, what is around it, a unit. */
TEST(is_of)
{
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	NslContainer *inner;
	NslProcess *process = add_member(snapshot, &inner);
	NslProcess *plain = nsl_snapshot_add_process(snapshot, 8);

	inner->parent = nsl_snapshot_add_container(snapshot, "lxc");
	inner->parent->identity.name = g_strdup("box");
	g_assert_true(is_of("web", process));
	g_assert_true(is_of("box", process));
	g_assert_true(is_of("shop-0", process));
	g_assert_true(is_of("a1b2c3d4-e5f6", process));
	g_assert_true(is_of("nginx.service", process));
	g_assert_true(is_of("nginx", process));
	g_assert_true(is_of("vm1", process));
	g_assert_true(is_of("3f2ab81c9e7d", process));
	g_assert_true(is_of("3f2a", process));
	g_assert_false(is_of("3f2", process)); /* a number is never a name, and three are too few */
	g_assert_false(is_of("3f2b", process));
	g_assert_false(is_of("we", process));
	g_assert_false(is_of("webs", process));
	g_assert_false(is_of("ngin", process));
	g_assert_false(is_of("nginx.serv", process));
	g_assert_false(is_of("", process));
	g_assert_false(is_of("web", plain));
	g_assert_false(is_of("7", process));
	g_assert_false(is_of("./web", process));
}

/* Found for all of them at once, whichever comes first; and again when it is asked again. */
TEST(find_containers)
{
	static const guint parents[] = {3, 0, 1, 5, 3, 5, 2}; /* of 0 to 6: 5 is in nothing */
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	g_autoptr(NslSelection) selection = SELECT("3f2ab");
	NslSelector *selector = g_ptr_array_index(selection->selectors, 0);
	const GPtrArray *all = snapshot->containers;

	for (guint i = 0; i < G_N_ELEMENTS(parents); i++)
		nsl_snapshot_add_container(snapshot, "lxc");
	for (guint i = 0; i < all->len; i++)
		if (parents[i] != i)
			((NslContainer *)all->pdata[i])->parent = all->pdata[parents[i]];
	((NslContainer *)all->pdata[1])->identity.id = g_strdup("3f2ab81c9e7d");
	((NslContainer *)all->pdata[4])->identity.name = g_strdup("3f2ab");
	for (int round = 0; round < 4; round++) {
		bool exact = round % 2;

		nsl_selector_find_containers(selector, all, exact);
		for (guint i = 0; i < all->len; i++)
			g_assert_true(nsl_selector_is_container(selector, all->pdata[i]) ==
				      (i == 4 || (!exact && (i == 1 || i == 2 || i == 6))));
	}
	g_assert_false(nsl_selector_is_container(selector, NULL));
}

/* What is only claimed has its names with a "?" behind them, what is certain has them without. */
TEST(claim)
{
	static const char *const words[] = {"web", "3f2ab81c9e7d", "3f2a", "shop-0", "a1b2c3d4"};
	g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
	NslContainer *container;
	NslProcess *process = add_member(snapshot, &container);

	for (int claimed = 0; claimed <= 1; claimed++) {
		container->unconfirmed = claimed;
		for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
			g_autofree char *marked = g_strconcat(words[i], "?", NULL);
			g_autofree char *twice = g_strconcat(words[i], "??", NULL);

			g_assert_cmpint(is_of(words[i], process), ==, !claimed);
			g_assert_cmpint(is_of(marked, process), ==, claimed);
			g_assert_false(is_of(twice, process));
		}
		g_assert_false(is_of("?", process));
		g_assert_false(is_of("3f2?", process));
		g_assert_true(is_of("nginx", process));
		g_assert_false(is_of("nginx?", process));
	}
}

/* Bytes that are not UTF-8: as they are, or as they are shown, of the live system and of a saved
 * document, which has the latter. */
TEST(bytes)
{
	static const char *const names[] = {"a\xff", "a\\xff"};
	static const char *const others[] = {"a", "a\xfe", "a\\xfe", "a\xff\xff", "A\xff"};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(NslSnapshot) snapshot = nsl_snapshot_new();
		g_autoptr(GPtrArray) netns = g_ptr_array_new();
		NslContainer *container;
		NslProcess *process = add_member(snapshot, &container);

		g_free(container->identity.name);
		container->identity.name = g_strdup(names[i]);
		g_ptr_array_add(netns, (gpointer)names[i]);
		for (gsize j = 0; j < G_N_ELEMENTS(names); j++) {
			g_autofree char *label = g_strconcat("docker:", names[j], NULL);
			g_autofree char *marked = g_strconcat(label, "?", NULL);
			g_autoptr(NslSelection) selection = SELECT(names[j], label);

			container->unconfirmed = false;
			g_assert_true(is_of(names[j], process));
			g_assert_true(is_of(label, process));
			g_assert_false(is_of(marked, process));
			container->unconfirmed = true;
			g_assert_false(is_of(label, process));
			g_assert_true(is_of(marked, process));
			g_assert_true(is(selection, 0, 7, netns));
			g_assert_false(is(selection, 1, 7, netns));
		}
		container->unconfirmed = false;
		for (gsize j = 0; j < G_N_ELEMENTS(others); j++) {
			g_autoptr(NslSelection) selection = SELECT(others[j]);

			g_assert_false(is_of(others[j], process));
			g_assert_false(is(selection, 0, 7, netns));
		}
	}
}

/* The path of a mount, as only a saved document is asked for it. */
TEST(path_bytes)
{
	g_autoptr(NslSelection) selection = SELECT("/a\xff", "/a\\xff", "/a");
	g_autoptr(GArray) holders = nsl_holders_new();
	const NslHolder mount = {.kind = NSL_HOLDER_MOUNT, .path = g_strdup("/a\\xff")};
	const NslNamespace ns = {.type = NSL_NSTYPE_NET, .inode = 7, .holders = holders};

	g_array_append_val(holders, mount);
	for (guint i = 0; i < selection->selectors->len; i++)
		g_assert_cmpint(nsl_selector_is(g_ptr_array_index(selection->selectors, i), &ns),
				==, i < 2);
}

/* As the labels show it: "docker:web", with what would end the label escaped. */
TEST(runtime)
{
	g_autoptr(NslSnapshot) snapshot = fixture_snapshot();
	NslContainer *container;
	NslProcess *process = add_member(snapshot, &container);

	g_free(container->identity.name);
	container->identity.name = g_strdup("my [web] 1");
	g_assert_true(is_of("docker:my [web] 1", process));
	g_assert_true(is_of("docker:my\\x20\\x5bweb\\x5d\\x201", process));
	g_assert_true(is_of("my\\x20\\x5bweb\\x5d\\x201", process));
	g_free(container->identity.name);
	container->identity.name = g_strdup("a\n\t\r\x1b");
	g_assert_true(is_of("docker:a\\n\\t\\r\\x1b", process));
	g_assert_false(is_of("docker:a\\n\\t\\r\\", process));
	g_free(container->identity.name);
	container->identity.name = g_strdup("my [web] 1");
	g_assert_true(is_of("docker:3f2a", process));
	g_assert_false(is_of("docker:3f2", process));
	g_assert_false(is_of("docker:", process));
	g_assert_false(is_of("docker", process));
	g_assert_false(is_of("podman:3f2a", process));
	g_assert_false(is_of("docker:my [web] 1?", process));
	g_assert_false(is_of("my\\x00", process));
	container->unconfirmed = true;
	g_assert_true(is_of("docker:my\\x20[web] 1?", process));
	g_assert_false(is_of("docker:my [web] 1", process));
	container->unconfirmed = false;
	/* Users choose their units', pods' and containers' names: these are no label. */
	g_free(process->unit);
	process->unit = g_strdup("podman:web.service");
	g_free(process->machine);
	process->machine = g_strdup("podman:web");
	g_free(container->identity.pod);
	container->identity.pod = g_strdup("podman:web");
	g_assert_false(is_of("podman:web", process));
	g_assert_false(is_of("podman:web.service", process));
	g_free(container->identity.name);
	container->identity.name = g_strdup("podman:web");
	g_assert_false(is_of("podman:web", process));
	g_assert_true(is_of("docker:podman:web", process));
	g_free(container->identity.id);
	container->identity.id = g_strdup("podman:webs");
	g_assert_false(is_of("podman:web", process));
	g_free(process->unit);
	process->unit = g_strdup("dbus-:1.2-x@0.service");
	g_assert_true(is_of("dbus-:1.2-x@0", process));
	g_free(container->identity.name);
	container->identity.name = g_strdup("my [web] 1");
	/* A label alone is no name, and is one behind its runtime. */
	container->evidence = NSL_EVIDENCE_NAMESPACES;
	g_assert_false(is_of("my [web] 1", process));
	g_assert_true(is_of("docker:my [web] 1", process));
}
