/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/mounts: lines of mountinfo, good and odd ones, and the mounts of this process's
 * mount namespace by both ways.
 */
#include "base/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/nsfs.h"
#include "fixture.h"

static void check_line(const char *text, const char *root, const char *path)
{
	g_autofree char *line = g_strdup(text);
	NslNsMount mount;

	g_assert_true(nsl_mounts_parse(line, &mount));
	g_assert_cmpstr(mount.root, ==, root);
	g_assert_cmpuint(mount.root_size, ==, strlen(root));
	g_assert_cmpstr(mount.path, ==, path);
}

static void refuse_line(const char *text)
{
	g_autofree char *line = g_strdup(text);
	NslNsMount mount;

	g_assert_false(nsl_mounts_parse(line, &mount));
}

static void test_parse(void)
{
	check_line("38 24 0:4 net:[4026532676] /run/netns/blue rw shared:5 - nsfs nsfs rw",
		   "net:[4026532676]", "/run/netns/blue");
	check_line("38 24 0:4 mnt:[4026532676] /x rw - nsfs nsfs rw", "mnt:[4026532676]", "/x");
	/* Spaces, tabs, newlines and backslashes are escaped (proc(5)). */
	check_line("38 24 0:4 net:[5] /a\\040b\\011c\\012d\\134e rw - nsfs nsfs rw", "net:[5]",
		   "/a b\tc\nd\\e");
	check_line("38 24 0:4 net:[5] /a\\04 rw - nsfs nsfs rw", "net:[5]", "/a\\04");
	check_line("38 24 0:4 net:[5] /a\\400 rw - nsfs nsfs rw", "net:[5]", "/a\\400");
	check_line("38 24 0:4 net:[5] /gone//deleted rw - nsfs nsfs rw", "net:[5]",
		   "/gone//deleted");
}

static void test_refuse(void)
{
	refuse_line("");
	refuse_line("38");
	refuse_line("24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw");
	refuse_line("38 24 0:4 net:[5] /x rw - tmpfs nsfs rw");
	refuse_line("38 24 0:4 /somewhere /x rw - nsfs nsfs rw");
	refuse_line("38 24 0:4 net:[5] /x rw nsfs nsfs rw");
	/* A source that looks like the end of the fields. */
	refuse_line("38 24 0:4 net:[5] /x rw - tmpfs x - nsfs nsfs rw");
}

static void collect(gpointer data, const NslNsMount *mount)
{
	g_ptr_array_add(
		data, g_strdup_printf("%.*s %s", (int)mount->root_size, mount->root, mount->path));
}

/* Lines longer than what is read at once, and a last one without an end. */
static void test_read(void)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *name = NULL;
	g_autofree char *path = NULL;
	char *dir = fixture_directory();
	g_auto(NslFd) fd = -1;

	name = g_strnfill(40000, 'x');
	for (guint i = 0; i < 1000; i++)
		g_string_append_printf(text, "%u 1 0:4 net:[%u] /m%u rw - nsfs nsfs rw\n", i,
				       4026532000u + i, i);
	g_string_append_printf(text, "9 1 0:4 net:[7] /%s rw - nsfs nsfs rw\n", name);
	g_string_append(text, "10 1 0:4 net:[8] /cut rw - nsfs nsfs");
	path = g_build_filename(dir, "mountinfo", NULL);
	g_assert_true(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	g_assert_cmpint(nsl_mounts_read(fd, collect, found), ==, 0);
	g_assert_cmpuint(found->len, ==, 1001);
	g_assert_cmpstr(g_ptr_array_index(found, 999), ==, "net:[4026532999] /m999");
	g_assert_cmpuint(strlen(g_ptr_array_index(found, 1000)), ==,
			 strlen("net:[7] /") + strlen(name));
	fixture_remove(dir);
}

static NslMountSum sum_up(const char *text)
{
	NslMountSum sum = {0};
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line; line++)
		nsl_mounts_add_line(&sum, *line);
	return sum;
}

static void test_sum(void)
{
	g_autofree char *longest = g_strnfill(1000, 'x');
	g_autofree char *line = g_strdup_printf("1 0 8:1 / / rw - ext4 /dev/%s rw", longest);
	NslMountSum sum;

	/* The later one covers the earlier; what is below is no root. */
	sum = sum_up("1 0 0:1 / / rw - rootfs none rw\n"
		     "2 1 0:9 /a/b / rw shared:1 - overlay over\\040lay rw,x=y - z\n"
		     "3 2 0:4 / /proc rw - proc proc rw");
	g_assert_cmpuint(sum.n_mounts, ==, 3);
	g_assert_cmpstr(sum.type, ==, "overlay");
	g_assert_cmpstr(sum.source, ==, "over lay");
	sum = sum_up(line);
	g_assert_cmpuint(strlen(sum.source), ==, sizeof(sum.source) - 1);
	sum = sum_up("3 2 0:4 / /proc rw - proc proc rw\n \n - \n1 2 3 4 / - \n1 2 3 4 / x");
	g_assert_cmpstr(sum.type, ==, "");
}

/* That of this process's own namespace is what df shows of "/". */
static void test_sum_up(void)
{
	g_auto(NslFd) mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	g_auto(NslFd) empty = open("/dev/null", O_RDONLY | O_CLOEXEC);
	g_autofree char *text = NULL;
	NslMountSum sum;
	guint lines = 0;

	g_assert_true(g_file_get_contents("/proc/self/mountinfo", &text, NULL, NULL));
	for (const char *at = text; *at; at++)
		lines += *at == '\n';
	g_assert_cmpint(nsl_mounts_sum_up(mountinfo, &sum), ==, 0);
	g_assert_cmpuint(sum.n_mounts, ==, lines);
	g_assert_cmpint(nsl_mounts_sum_up(empty, &sum), ==, -ENODATA);
	g_assert_cmpint(nsl_mounts_sum_up(-1, &sum), ==, -EBADF);
}

/* What the kernel says by id is what mountinfo says. */
static void test_by_id(void)
{
	g_autoptr(GPtrArray) by_id = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) by_text = g_ptr_array_new_with_free_func(g_free);
	g_auto(NslFd) mnt = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	g_auto(NslFd) mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	guint64 id;
	int result = nsl_nsfs_id(mnt, &id);

	if (result < 0 || nsl_mounts_by_id(id, NULL, collect, by_id) < 0) {
		g_test_skip(
			"no listmount(2) of other mount namespaces (Linux 6.11), or no right to");
		return;
	}
	g_assert_cmpint(nsl_mounts_read(mountinfo, collect, by_text), ==, 0);
	g_assert_cmpuint(by_id->len, ==, by_text->len);
	for (guint i = 0; i < by_id->len; i++)
		g_assert_true(g_ptr_array_find_with_equal_func(by_text, g_ptr_array_index(by_id, i),
							       g_str_equal, NULL));
	g_assert_cmpint(nsl_mounts_by_id(G_MAXUINT64 - 1, NULL, collect, by_id), <, 0);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/mounts/parse", test_parse);
	g_test_add_func("/mounts/refuse", test_refuse);
	g_test_add_func("/mounts/read", test_read);
	g_test_add_func("/mounts/sum", test_sum);
	g_test_add_func("/mounts/sum-up", test_sum_up);
	g_test_add_func("/mounts/by-id", test_by_id);
	return g_test_run();
}
