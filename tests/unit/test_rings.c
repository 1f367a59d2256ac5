/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of collect/rings: what a ring's records are worth, and, where the kernel lets the caller,
 * that its lists say what its files say, also while they change.
 */
#include "collect/rings.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include "base/bpf.h"
#include "base/nsfs.h"
#include "collect/collect.h"
#include "fixture.h"

#define OPS  0xffffffff81000000
#define OWN  4026531838
#define USER 4026531837
#define LEFT 12 /* of 500, each with two walks, under a sanitizer */

static const NslRingRecord good = {.at = 1,
				   .ops = OPS,
				   .stamp = 7,
				   .owner = 100,
				   .parent = 200,
				   .inode = OWN,
				   .owner_inode = USER,
				   .owner_uid = 5,
				   .parent_inode = USER,
				   .uid = 6,
				   .n_mounts = 9,
				   .count = 1};

/* A record is worth something where all of it is as it should be. */
TEST(decode)
{
	static const struct {
		guint64 ops;
		guint32 failed;
		guint32 inode;
		guint32 count;
		guint32 owner_inode;
		bool taken;
	} cases[] = {
		{OPS, 0, 4026532000, 1, USER, true},
		{OPS, 0, 0xEFFFFFF8, 0x7fffffff, 0xEFFFFFF8, true},
		{OPS + 8, 0, 4026532000, 1, USER, false},      /* the ring's head */
		{OPS, 14, 4026532000, 1, USER, false},	       /* a failed read */
		{OPS, 0, 0, 1, USER, false},		       /* it has no number yet */
		{OPS, 0, 0xEFFFFFF7, 1, USER, false},	       /* or none */
		{OPS, 0, 4026532000, 0, USER, false},	       /* it is dying */
		{OPS, 0, 4026532000, 0x80000000, USER, false}, /* it is not counted */
		{OPS, 0, 4026532000, 1, 5, false},	       /* its owner is none */
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));
		NslRingRecord records[] = {good, good};
		int result;

		records[1].ops = cases[i].ops;
		records[1].failed = cases[i].failed;
		records[1].inode = cases[i].inode;
		records[1].count = cases[i].count;
		records[1].owner_inode = cases[i].owner_inode;
		result = nsl_rings_decode(records, 2, NSL_NSTYPE_UTS, OWN, true, entries);
		g_assert_cmpint(result, ==, 0);
		g_assert_cmpuint(entries->len, ==, cases[i].taken ? 2 : 1);
	}
}

/* What an entry says depends on its type. */
TEST(types)
{
	static const struct {
		NslNsType type;
		bool ids;
		guint64 nsid;
		guint64 parent;
		guint32 owner_uid;
		guint32 n_mounts;
	} cases[] = {
		{NSL_NSTYPE_UTS, true, 7, 0, 5, 0},    {NSL_NSTYPE_NET, false, 0, 0, 5, 0},
		{NSL_NSTYPE_PID, true, 7, USER, 5, 0}, {NSL_NSTYPE_USER, true, 7, USER, 6, 0},
		{NSL_NSTYPE_MNT, true, 7, 0, 5, 9},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));
		const NslRingEntry *entry;

		g_assert_cmpint(
			nsl_rings_decode(&good, 1, cases[i].type, OWN, cases[i].ids, entries), ==,
			0);
		entry = &g_array_index(entries, NslRingEntry, 0);
		g_assert_cmpint(entry->type, ==, cases[i].type);
		g_assert_cmpuint(entry->stamp, ==, 7);
		g_assert_cmpuint(entry->owner, ==, USER);
		g_assert_cmpuint(entry->nsid, ==, cases[i].nsid);
		g_assert_cmpuint(entry->parent, ==, cases[i].parent);
		g_assert_cmpuint(entry->owner_uid, ==, cases[i].owner_uid);
		g_assert_cmpuint(entry->n_mounts, ==, cases[i].n_mounts);
	}
}

/* A ring that does not begin with the caller's namespace is none. */
TEST(foreign)
{
	g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));
	NslRingRecord dead = good;

	dead.count = 0;
	g_assert_cmpint(nsl_rings_decode(&good, 0, NSL_NSTYPE_UTS, OWN, true, entries), ==,
			-EBADMSG);
	g_assert_cmpint(nsl_rings_decode(&good, 1, NSL_NSTYPE_UTS, OWN + 1, true, entries), ==,
			-EBADMSG);
	g_assert_cmpint(nsl_rings_decode(&dead, 1, NSL_NSTYPE_UTS, OWN, true, entries), ==,
			-EBADMSG);
	g_assert_cmpuint(entries->len, ==, 0);
}

/* Only the same namespace, and no other one under its number, was there before. */
TEST(intersect)
{
	const NslRingEntry old[] = {{.type = NSL_NSTYPE_NET, .inode = 1, .at = 10, .stamp = 100},
				    {.type = NSL_NSTYPE_NET, .inode = 2, .at = 20, .stamp = 200},
				    {.type = NSL_NSTYPE_NET, .inode = 3, .at = 30, .stamp = 300},
				    {.type = NSL_NSTYPE_NET, .inode = 4, .at = 40, .stamp = 400},
				    {.type = NSL_NSTYPE_NET, .inode = 5, .at = 50, .stamp = 500}};
	const NslRingEntry new[] = {
		{.type = NSL_NSTYPE_NET, .inode = 1, .at = 10, .stamp = 100, .owner = 9},
		{.type = NSL_NSTYPE_NET, .inode = 2, .at = 21, .stamp = 200},
		{.type = NSL_NSTYPE_NET, .inode = 3, .at = 30, .stamp = 301},
		{.type = NSL_NSTYPE_UTS, .inode = 4, .at = 40, .stamp = 400},
		{.type = NSL_NSTYPE_NET, .inode = 6, .at = 60, .stamp = 600}};
	g_autoptr(GArray) before = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));
	g_autoptr(GArray) now = g_array_new(FALSE, FALSE, sizeof(NslRingEntry));

	g_array_append_vals(before, old, G_N_ELEMENTS(old));
	g_array_append_vals(now, new, G_N_ELEMENTS(new));
	nsl_rings_intersect(before, now);
	g_assert_cmpuint(now->len, ==, 1);
	g_assert_cmpuint(g_array_index(now, NslRingEntry, 0).inode, ==, 1);
	g_assert_cmpuint(g_array_index(now, NslRingEntry, 0).owner, ==, 9);
}

/* Of a kernel whose structures are not there, nothing is guessed. */
TEST(strange_kernel)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslBtf) btf = fixture_strange_btf();
	g_autoptr(NslRings) rings = NULL;
	int result;

	result = nsl_rings_new(procfs, btf, 1, &rings);
	g_assert_true(result == -EOPNOTSUPP || result == -EPERM); /* in a user namespace */
	g_assert_null(rings);
}

/* Skips where something forbids it. */
static NslBtf *open_btf(void)
{
	NslBtf *btf = NULL;

	if (!fixture_lacks_bpf())
		g_assert_cmpint(nsl_btf_open(&btf), ==, 0);
	return btf;
}

/* The owner of one's own namespaces, as their files tell it, and as the rings do. */
TEST(own)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslBtf) btf = open_btf();
	g_autoptr(NslRings) rings = NULL;

	if (!btf)
		return;
	g_assert_cmpint(nsl_rings_new(procfs, btf, 1, &rings), ==, 0);
	g_assert_cmpint(nsl_rings_settle(rings), ==, 0);
	g_assert_true(nsl_rings_types(rings) & NSL_NSTYPE_BIT(NSL_NSTYPE_NET));
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		g_autofree char *path = g_strdup_printf("/proc/self/ns/%s", nsl_nstypes[type].name);
		g_auto(NslFd) fd = open(path, O_RDONLY | O_CLOEXEC);
		g_auto(NslFd) owner = nsl_nsfs_open_owner(fd);
		const NslRingEntry *entry;
		NslNsFile file;
		guint64 id = 0;

		if (fd < 0 || !(nsl_rings_types(rings) & NSL_NSTYPE_BIT(type)))
			continue;
		g_assert_cmpint(nsl_nsfs_identify_fd(fd, &file), ==, 0);
		entry = nsl_rings_find(rings, type, file.inode);
		g_assert_nonnull(entry);
		if (entry->nsid != 0 && nsl_nsfs_id(fd, &id) == 0)
			g_assert_cmpuint(entry->nsid, ==, id);
		file.inode = 0; /* of what is at the top */
		g_assert_true(owner < 0 || nsl_nsfs_identify_fd(owner, &file) == 0);
		g_assert_cmpuint(entry->owner, ==, file.inode);
		g_assert_null(nsl_rings_find(rings, type, 1));
	}
}

/* Of mounts neither: what was walked before needs no types. */
TEST(strange_mounts)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslBtf) strange = fixture_strange_btf();
	g_autoptr(NslBtf) btf = open_btf();
	g_autoptr(NslRings) rings = NULL;
	GHashTable *mounts = NULL;

	if (!btf)
		return;
	g_assert_cmpint(nsl_rings_new(procfs, btf, 1, &rings), ==, 0);
	g_assert_cmpint(nsl_rings_mounts(rings, procfs, strange, 1, &mounts), ==, -EOPNOTSUPP);
	g_assert_null(mounts);
}

/* A namespace that was made after one scan is there in the next one, and gone in that after it. */
TEST(restart)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslBtf) btf = open_btf();
	g_autoptr(NslRings) rings = NULL;
	struct stat own;
	int ends[2];
	pid_t child;

	if (!btf)
		return;
	g_assert_cmpint(nsl_rings_new(procfs, btf, 1, &rings), ==, 0);
	g_assert_cmpint(nsl_rings_settle(rings), ==, 0);
	g_assert_cmpint(pipe(ends), ==, 0);
	child = fork();
	if (child == 0) {
		struct stat made = {0};

		if (unshare(CLONE_NEWNET) == 0)
			stat("/proc/self/ns/net", &made);
		_exit(write(ends[1], &made, sizeof(made)) < 0 || pause() != 0);
	}
	g_assert_cmpint(read(ends[0], &own, sizeof(own)), ==, sizeof(own));
	g_assert_cmpuint(own.st_ino, !=, 0);
	g_assert_null(nsl_rings_find(rings, NSL_NSTYPE_NET, own.st_ino));
	g_assert_cmpint(nsl_rings_restart(rings), ==, 0);
	g_assert_nonnull(nsl_rings_find(rings, NSL_NSTYPE_NET, own.st_ino));
	g_assert_cmpint(nsl_rings_settle(rings), ==, 0);
	g_assert_nonnull(nsl_rings_find(rings, NSL_NSTYPE_NET, own.st_ino));
	fixture_end(child);
	close(ends[0]);
	close(ends[1]);
	for (guint i = 0; i < 1000 && nsl_rings_find(rings, NSL_NSTYPE_NET, own.st_ino); i++) {
		g_usleep(10000); /* the kernel takes its time */
		g_assert_cmpint(nsl_rings_restart(rings), ==, 0);
		g_assert_cmpint(nsl_rings_settle(rings), ==, 0);
	}
	g_assert_null(nsl_rings_find(rings, NSL_NSTYPE_NET, own.st_ino));
}

/* Makes namespaces and drops them, for as long as the parent lives. */
static pid_t churn(int flags)
{
	pid_t child = fork();

	g_assert_cmpint(child, >=, 0);
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		pid_t one = fork();

		if (one == 0) {
			for (guint i = 0; i < 10; i++)
				unshare(flags);
			_exit(0);
		}
		waitpid(one, NULL, 0);
	}
}

static void assert_sound(const NslRings *rings)
{
	const GArray *entries = nsl_rings_entries(rings);

	for (guint i = 0; i < entries->len; i++) {
		const NslRingEntry *entry = &g_array_index(entries, NslRingEntry, i);
		bool top = entry->inode == nsl_nstypes[entry->type].initial_inode;

		g_assert_cmpuint(entry->inode, >=, 0xEFFFFFF8);
		g_assert_cmpuint(entry->inode, <=, G_MAXUINT32);
		g_assert_true(nsl_rings_find(rings, entry->type, entry->inode) == entry);
		g_assert_cmpuint(entry->at, >, (guint64)1 << 63);
		g_assert_true(entry->owner >= 0xEFFFFFF8 || (top && entry->owner == 0));
		g_assert_cmpuint(entry->owner_uid, <, 4000000000u);
	}
}

/* 1,000 walks over rings that change as fast as they can: no garbage, and nothing lost. */
TEST(churn)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslBtf) btf = open_btf();
	pid_t children[3];
	struct stat own;

	if (!btf)
		return;
	g_assert_cmpint(stat("/proc/self/ns/net", &own), ==, 0);
	children[0] = churn(CLONE_NEWUTS | CLONE_NEWIPC);
	children[1] = churn(CLONE_NEWNET);
	children[2] = churn(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET);
	for (guint i = FIXTURE_SANITIZED ? 500 - LEFT : 0; i < 500; i++) {
		g_autoptr(NslRings) rings = NULL;

		g_assert_cmpint(nsl_rings_new(procfs, btf, 1, &rings), ==, 0);
		assert_sound(rings);
		g_assert_cmpint(nsl_rings_settle(rings), ==, 0);
		assert_sound(rings);
		g_assert_nonnull(nsl_rings_find(rings, NSL_NSTYPE_NET, own.st_ino));
	}
	for (guint i = 0; i < G_N_ELEMENTS(children); i++)
		fixture_end(children[i]);
}

/*
 * 0 in a child with a mount namespace of its own, in which its uts namespace is mounted `n` times:
 * the first time below another mount.
 */
static int mount_and_count(guint n)
{
	g_autoptr(NslProcfs) procfs = nsl_procfs_open(NULL, NULL);
	g_autoptr(NslBtf) btf = NULL;
	g_autoptr(NslRings) rings = NULL;
	g_autoptr(GHashTable) before = NULL;
	g_autoptr(GHashTable) mounts = NULL;
	const GArray *own;
	struct stat mnt;
	struct stat uts;
	struct stat ipc;
	guint found = 0;
	guint bare = 0;

	if (unshare(CLONE_NEWNS) < 0 || mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("test", "/tmp", "tmpfs", 0, NULL) < 0)
		return 1;
	for (guint i = 0; i < n; i++) {
		g_autofree char *path = g_strdup_printf("/tmp/%u", i);
		g_auto(NslFd) file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

		if (file < 0 || mount(i % 2 ? "/proc/self/ns/ipc" : "/proc/self/ns/uts", path, NULL,
				      MS_BIND, NULL) < 0)
			return 2;
	}
	if (n > 0 && mount("/proc/self/ns/net", "/tmp/0", NULL, MS_BIND, NULL) < 0)
		return 2;
	if (stat("/proc/self/ns/mnt", &mnt) < 0 || stat("/proc/self/ns/uts", &uts) < 0 ||
	    stat("/proc/self/ns/ipc", &ipc) < 0 || nsl_btf_open(&btf) < 0)
		return 3;
	if (nsl_rings_new(procfs, btf, 1, &rings) < 0 ||
	    nsl_rings_mounts(rings, procfs, btf, 1, &before) < 0)
		return 4;
	/* By the same program, of which the types need not be there any more. */
	if (nsl_rings_mounts(rings, procfs, NULL, 1, &mounts) < 0)
		return 7;
	own = g_hash_table_lookup(mounts, GSIZE_TO_POINTER(mnt.st_ino));
	for (guint i = 0; own && i < own->len; i++) {
		const NslNsfsMount *at = &g_array_index(own, NslNsfsMount, i);

		if (i > 0 && at[-1].id >= at->id)
			return 5;
		if (at->inode != uts.st_ino && at->inode != ipc.st_ino)
			continue;
		found++;
		bare += at->bare;
	}
	return found == n && bare == MAX(n, 1) - 1 ? 0 : 6;
}

/* As many as fit at first, and more. */
TEST(mounts)
{
	g_autoptr(NslBtf) btf = open_btf();
	static const guint counts[] = {0, 1, 3000};

	if (!btf)
		return;
	if (nsl_btf_find_member(btf, "mount", "mnt_id_unique", 8) < 0) {
		g_test_skip("missing: unique ids of mounts, Linux 6.8");
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(counts); i++) {
		pid_t child = fork();

		if (child == 0)
			_exit(mount_and_count(counts[i]));
		fixture_wait(child, 0);
	}
}
