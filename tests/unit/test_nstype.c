/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of model/nstype.
 */
#include "model/nstype.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

/* As include/uapi/linux/nsfs.h has them. */
static const struct {
	const char *name;
	int flag;
	guint64 initial;
} facts[] = {
	{"cgroup", CLONE_NEWCGROUP, 0xEFFFFFFB}, {"ipc", CLONE_NEWIPC, 0xEFFFFFFF},
	{"mnt", CLONE_NEWNS, 0xEFFFFFF8},	 {"net", CLONE_NEWNET, 0xEFFFFFF9},
	{"pid", CLONE_NEWPID, 0xEFFFFFFC},	 {"time", CLONE_NEWTIME, 0xEFFFFFFA},
	{"user", CLONE_NEWUSER, 0xEFFFFFFD},	 {"uts", CLONE_NEWUTS, 0xEFFFFFFE},
};

TEST(table)
{
	g_assert_cmpint(G_N_ELEMENTS(facts), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpuint(NSL_NSTYPES_ALL, ==, 0xff);
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		const NslNsTypeInfo *info = &nsl_nstypes[type];

		g_assert_cmpstr(info->name, ==, facts[type].name);
		g_assert_cmpint(info->flag, ==, facts[type].flag);
		g_assert_cmpuint(info->initial_inode, ==, facts[type].initial);
		g_assert_cmpint(nsl_nstype_by_flag(facts[type].flag), ==, type);
		if (type == NSL_NSTYPE_PID)
			g_assert_true(g_str_has_suffix(info->children_link, "pid_for_children"));
		else if (type == NSL_NSTYPE_TIME)
			g_assert_true(g_str_has_suffix(info->children_link, "time_for_children"));
		else
			g_assert_null(info->children_link);
	}
	g_assert_cmpint(nsl_nstype_by_flag(0), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpint(nsl_nstype_by_flag(CLONE_VM), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpint(nsl_nstype_by_flag(CLONE_NEWNET | CLONE_NEWPID), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpint(nsl_nstype_by_flag(-1), ==, NSL_NSTYPE_COUNT);
}

TEST(find)
{
	static const char *const wrong[] = {"",
					    "n",
					    "ne",
					    "nett",
					    "NET",
					    " net",
					    "net ",
					    "mount",
					    "cgroups",
					    "cgrou",
					    "pid_for_children"};
	guint64 inode;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		g_assert_cmpint(nsl_nstype_find(facts[type].name, strlen(facts[type].name)), ==,
				type);
	for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++)
		g_assert_cmpint(nsl_nstype_find(wrong[i], strlen(wrong[i])), ==, NSL_NSTYPE_COUNT);
	/* The size counts. */
	g_assert_cmpint(nsl_nstype_find("net:[1]", 3), ==, NSL_NSTYPE_NET);
	g_assert_cmpint(nsl_nstype_find("net", 2), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpint(nsl_nstype_parse_link("net:[4026532676]", &inode), ==, NSL_NSTYPE_NET);
	g_assert_cmpuint(inode, ==, 4026532676);
	g_assert_cmpint(nsl_nstype_parse_link("socket:[7]", &inode), ==, NSL_NSTYPE_COUNT);
	g_assert_cmpint(nsl_nstype_parse_link("net:[7", &inode), ==, NSL_NSTYPE_COUNT);
}

/* Of this process, of what is no process's directory, and of one without links. */
TEST(read)
{
	g_autofree char *target = g_file_read_link("/proc/self/ns/uts", NULL);
	g_autofree char *empty = g_dir_make_tmp(NULL, NULL);
	int self = open("/proc/self/ns", O_PATH | O_DIRECTORY);
	int none = open(empty, O_PATH | O_DIRECTORY);
	guint64 inode = 7;

	g_assert_cmpint(self, >=, 0);
	g_assert_cmpint(nsl_nstype_read(self, NSL_NSTYPE_UTS, &inode), ==, 0);
	g_assert_cmpuint(inode, ==, g_ascii_strtoull(target + strlen("uts:["), NULL, 10));
	g_assert_cmpint(nsl_nstype_read(none, NSL_NSTYPE_UTS, &inode), ==, 0);
	g_assert_cmpuint(inode, ==, 0);
	g_assert_cmpint(nsl_nstype_read(-1, NSL_NSTYPE_UTS, &inode), ==, -EBADF);
	/* Of types whose children are always where their parent is, and of those where they are
	 * now. */
	g_assert_cmpuint(nsl_nstype_read_for_children(self, NSL_NSTYPE_UTS, 1), ==, 0);
	g_assert_cmpint(nsl_nstype_read(self, NSL_NSTYPE_PID, &inode), ==, 0);
	g_assert_cmpuint(nsl_nstype_read_for_children(self, NSL_NSTYPE_PID, inode), ==, 0);
	g_assert_cmpuint(nsl_nstype_read_for_children(self, NSL_NSTYPE_PID, 1), ==, inode);
	g_assert_cmpuint(nsl_nstype_read_for_children(none, NSL_NSTYPE_PID, 1), ==, 0);
	close(self);
	close(none);
	rmdir(empty);
}

/* Each type of a set once, in order, as any other loop. */
TEST(each)
{
	const NslNsTypes set = NSL_NSTYPE_BIT(NSL_NSTYPE_CGROUP) | NSL_NSTYPE_BIT(NSL_NSTYPE_NET) |
			       NSL_NSTYPE_BIT(NSL_NSTYPE_PID) | NSL_NSTYPE_BIT(NSL_NSTYPE_UTS);
	g_autoptr(GString) seen = g_string_new(NULL);

	NSL_EACH_TYPE (type, set)
		g_string_append_printf(seen, "%s ", nsl_nstypes[type].name);
	NSL_EACH_TYPE (type, set) {
		if (type == NSL_NSTYPE_NET)
			continue;
		if (type == NSL_NSTYPE_UTS)
			break;
		g_string_append_printf(seen, "%s ", nsl_nstypes[type].name);
	}
	NSL_EACH_TYPE (type, 0)
		g_assert_not_reached();
	g_assert_cmpstr(seen->str, ==, "cgroup net pid uts cgroup pid ");
}
