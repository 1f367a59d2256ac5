/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/mounts: lines of mountinfo, good and odd ones, and the mounts of this process's
 * mount namespace by both ways.
 */
#include "base/mounts.h"

#include "base/nsfs.h"
#include "fixture.h"

TEST(parse)
{
	static const struct {
		const char *line;
		const char *parts; /* root, path, type, source; NULL: it is refused */
	} cases[] = {
		{"38 24 0:4 net:[4026532676] /run/netns/blue rw shared:5 - nsfs nsfs rw",
		 "net:[4026532676] /run/netns/blue nsfs nsfs"},
		{"24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw", "/ / ext4 /dev/vda"},
		/* Spaces, tabs, newlines and backslashes are escaped (proc(5)). */
		{"38 24 0:4 net:[5] /a\\040b\\011c\\012d\\134e rw - ns\\040fs s\\040 rw",
		 "net:[5] /a b\tc\nd\\e ns fs s "},
		{"38 24 0:4 net:[5] /a\\04 rw - nsfs nsfs rw", "net:[5] /a\\04 nsfs nsfs"},
		{"38 24 0:4 net:[5] /a\\400 rw - nsfs nsfs rw", "net:[5] /a\\400 nsfs nsfs"},
		{"38 24 0:4 net:[5] /gone//deleted rw - nsfs nsfs rw",
		 "net:[5] /gone//deleted nsfs nsfs"},
		{"1 2 0:3 / /x rw - tmpfs", "/ /x tmpfs "},
		{"1 2 0:3 / /x rw - tmpfs x - nsfs nsfs rw", "/ /x tmpfs x"},
		{"", NULL},
		{" - ", NULL},
		{"38", NULL},
		{"38 24 0:4 net:[5] /x rw nsfs nsfs rw", NULL},
		{"38 24 0:4 net:[5] /x - nsfs nsfs rw", NULL},
		{"38 24 8 / /x rw - ext4 /dev/sda rw", NULL},
		{"38 x 8:1 / /x rw - ext4 /dev/sda rw", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = g_strdup(cases[i].line);
		g_autofree char *parts = NULL;
		NslMount mount;

		if (nsl_mounts_parse(text, &mount))
			parts = g_strjoin(" ", mount.root, mount.path, mount.type, mount.source,
					  NULL);
		g_assert_cmpstr(parts, ==, cases[i].parts);
	}
}

/* All that is mounted, but for what older kernels do not say by id. */
static void collect_all(gpointer data, const NslMount *mount)
{
	if (mount)
		g_ptr_array_add(
			data, g_strdup_printf("%u:%u %s", mount->major, mount->minor, mount->path));
}

static void collect(gpointer data, const NslMount *mount)
{
	gsize type_size;
	guint64 inode;

	if (mount && nsl_parse_ns_link(mount->root, strlen(mount->root), &type_size, &inode))
		g_ptr_array_add(data, g_strdup_printf("%s %s", mount->root, mount->path));
}

static NslNsMountWant want_all(gpointer data G_GNUC_UNUSED, guint64 inode G_GNUC_UNUSED)
{
	return NSL_MOUNT_PATH;
}

/* An open file with this text. */
static int file_of(const char *text)
{
	int fd = memfd_create("mountinfo", MFD_CLOEXEC);

	g_assert_cmpint(nsl_fd_write(fd, text, strlen(text)), ==, 0);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	return fd;
}

/* Lines longer than what is read at once, those of other mounts, and a last one without an end. */
TEST(read)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *name = g_strnfill(40000, 'x');
	g_auto(NslFd) fd = -1;

	for (guint i = 0; i < 1000; i++)
		g_string_append_printf(text, "%u 1 0:4 net:[%u] /m%u rw - nsfs nsfs rw\n", i,
				       4026532000u + i, i);
	g_string_append_printf(text, "9 1 0:4 net:[7] /%s rw - nsfs nsfs rw\n", name);
	g_string_append(text, "24 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
			      "what is this\n"
			      "38 24 0:4 /somewhere /x rw - nsfs nsfs rw\n"
			      "10 1 0:4 net:[8] /cut rw - nsfs nsfs");
	fd = file_of(text->str);
	g_assert_cmpint(nsl_mounts_read(fd, 0, collect, found), ==, 0);
	g_assert_cmpuint(found->len, ==, 1001);
	g_assert_cmpstr(g_ptr_array_index(found, 999), ==, "net:[4026532999] /m999");
	g_assert_cmpuint(strlen(g_ptr_array_index(found, 1000)), ==,
			 strlen("net:[7] /") + strlen(name));
	g_assert_cmpint(nsl_mounts_read(-1, 0, collect, found), ==, -EBADF);
	/* The time is over; and it is not. */
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	g_assert_cmpint(nsl_mounts_read(fd, 1, collect, found), ==, -ETIME);
	g_assert_cmpuint(found->len, ==, 1001);
	g_assert_cmpint(
		nsl_mounts_read(fd, nsl_cpu_time() + (gint64)60 * G_USEC_PER_SEC, collect, found),
		==, 0);
	g_assert_cmpuint(found->len, ==, 2002);
}

TEST(sum)
{
	g_autofree char *longest = g_strnfill(1000, 'x');
	g_autofree char *cut = g_strdup_printf("1 ext4 %.255s", longest);
	g_autofree char *line = g_strdup_printf("1 0 8:1 / / rw - ext4 %s rw\n", longest);
	const struct {
		const char *text;
		const char *sum; /* mounts, type, source; NULL: there is none at the root */
	} cases[] = {
		/* The later one covers the earlier; what is below is no root. */
		{"1 0 0:1 / / rw - rootfs none rw\n"
		 "2 1 0:9 /a/b / rw shared:1 - overlay over\\040lay rw,x=y - z\n"
		 "3 2 0:4 / /proc rw - proc proc rw\n",
		 "3 overlay over lay"},
		{line, cut},
		{"3 2 0:4 / /proc rw - proc proc rw\n \n - \n1 2 3 4 / - \n1 2 3 4 / x\n", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(NslFd) fd = file_of(cases[i].text);
		g_autofree char *told = NULL;
		NslMountSum sum;
		int result = nsl_mounts_sum_up(fd, &sum);

		g_assert_cmpint(result, ==, cases[i].sum ? 0 : -ENODATA);
		if (result == 0)
			told = g_strdup_printf("%u %s %s", sum.n_mounts, sum.type, sum.source);
		g_assert_cmpstr(told, ==, cases[i].sum);
	}
}

#define ROOT "2 1 8:1 / / rw - ext4 /dev/sda1 rw\n"

/* Where a look into /run/netns can wait for nobody but the root's file system. */
TEST(near)
{
	static const struct {
		const char *text;
		bool near;
	} cases[] = {
		{ROOT, true},
		{"3 2 0:4 / /run rw - tmpfs tmpfs rw\n" ROOT, true}, /* in any order */
		{ROOT "3 2 8:1 /run/netns /run/netns rw - ext4 /dev/sda1 rw\n"
		      "4 3 0:3 net:[4026532676] /run/netns/a rw - nsfs nsfs rw\n",
		 true},
		{ROOT "3 2 0:4 / /run rw - tmpfs tmpfs rw\n"
		      "4 3 0:4 /netns /run/netns rw - tmpfs tmpfs rw\n",
		 true},
		/* Others' names begin alike. */
		{ROOT "3 2 0:9 / /run/net rw - nfs4 a:/b rw\n"
		      "4 2 0:9 / /run/netns2 rw - nfs4 a:/b rw\n"
		      "5 2 0:9 / /r rw - nfs4 a:/b rw\n",
		 true},
		{ROOT "3 2 0:9 / /run rw - nfs4 a:/b rw\n", false},
		{ROOT "3 2 0:9 / /run/netns rw - fuse a rw\n", false},
		{ROOT "3 2 0:4 / /run rw - tmpfs tmpfs rw\n"
		      "4 3 0:9 / /run/netns rw - autofs a rw\n",
		 false},
		{ROOT "3 2 0:9 / /run/netns/a rw - fuse a rw\n", false},
		{ROOT "3 2 8:1 /etc /run/netns/a rw - ext4 /dev/sda1 rw\n", false},
		/* Which one counts is not known; nor is anything. */
		{ROOT "3 2 0:9 / / rw - nfs4 a:/b rw\n", false},
		{ROOT "what is this\n", false},
		{"3 2 0:4 / /run rw - tmpfs tmpfs rw\n", false},
		{"", false},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_auto(NslFd) fd = file_of(cases[i].text);

		g_test_message("%s", cases[i].text);
		g_assert_cmpint(nsl_mounts_are_near(fd, "/run/netns"), ==, cases[i].near);
	}
	g_assert_false(nsl_mounts_are_near(-1, "/run/netns"));
}

/* That of this process's own namespace is what df shows of "/". */
TEST(sum_up)
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

TEST(device)
{
	static const char *const good[] = {"8:17", "0:4294967295", "4294967295:0"};
	static const char *const bad[] = {
		"0:4294967296", "8", "8:", ":8", "8:17:", "8:17 ", "-8:17", "/dev/sdb1", ""};
	guint32 major = 0;
	guint32 minor = 0;

	for (gsize i = 0; i < G_N_ELEMENTS(bad); i++)
		g_assert_false(nsl_mounts_parse_device(bad[i], &major, &minor));
	g_assert_true(major == 0 && minor == 0);
	for (gsize i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autofree char *told = NULL;

		g_assert_true(nsl_mounts_parse_device(good[i], &major, &minor));
		told = g_strdup_printf("%u:%u", major, minor);
		g_assert_cmpstr(told, ==, good[i]);
	}
}

/* What kernels answer that have no such call, or not for this caller. */
static bool may_not_list(int result)
{
	return result == -ENOSYS || result == -EINVAL || result == -ENOTTY || nsl_is_denied(result);
}

/* All that was found in the one way was found in the other one, too. */
static void check_among(const GPtrArray *some, GPtrArray *all)
{
	for (guint i = 0; i < some->len; i++)
		g_assert_true(g_ptr_array_find_with_equal_func(all, g_ptr_array_index(some, i),
							       g_str_equal, NULL));
}

/* What the kernel says by id is what mountinfo says: of namespaces, and of all mounts. */
TEST(by_id)
{
	g_autoptr(GPtrArray) by_id = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) by_text = g_ptr_array_new_with_free_func(g_free);
	g_auto(NslFd) mnt = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	g_auto(NslFd) mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	guint64 id;
	int result = nsl_nsfs_id(mnt, &id);

	if (result == 0)
		result = nsl_mounts_by_id(id, NULL, 0, 0, want_all, collect, by_id);
	if (may_not_list(result)) {
		g_test_skip("missing: listmount(2) of other mount namespaces (Linux 6.11)");
		return;
	}
	g_assert_cmpint(result, ==, 0);
	g_assert_cmpint(nsl_mounts_read(mountinfo, 0, collect, by_text), ==, 0);
	g_assert_cmpuint(by_id->len, ==, by_text->len);
	check_among(by_id, by_text);
	g_assert_cmpint(nsl_mounts_by_id(G_MAXUINT64 - 1, NULL, 0, 0, want_all, collect, by_id), <,
			0);
	g_ptr_array_set_size(by_id, 0);
	g_ptr_array_set_size(by_text, 0);
	g_assert_cmpint(lseek(mountinfo, 0, SEEK_SET), ==, 0);
	g_assert_cmpint(nsl_mounts_by_id(id, NULL, 0, 0, NULL, collect_all, by_id), ==, 0);
	g_assert_cmpint(nsl_mounts_read(mountinfo, 0, collect_all, by_text), ==, 0);
	check_among(by_text, by_id);
	g_assert_cmpint(nsl_mounts_by_id(G_MAXUINT64 - 1, NULL, 0, 0, NULL, collect_all, by_id), <,
			0);
}
