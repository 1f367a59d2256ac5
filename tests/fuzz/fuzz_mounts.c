/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the readers of mountinfo (proc(5)): nsl_mounts_parse() and nsl_mounts_add_line() by line,
 * nsl_mounts_read() and nsl_mounts_sum_up() by file. What has to hold: whatever path the kernel
 * escapes, the same bytes come out; a mount of nsfs has a namespace for its root; a file gives what
 * its lines give one by one, also where a line lies across the reader's pieces; nothing is cut
 * short without its NUL.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mounts.h"
#include "base/procfs_parse.h"

#define PIECE 32768 /* of the reader */

/* As the kernel does it (seq_path()): blank, tab, newline and backslash. */
static void append_escaped(GString *text, const char *path)
{
	for (; *path; path++)
		if (strchr(" \t\n\\", *path))
			g_string_append_printf(text, "\\%03o", (guint8)*path);
		else
			g_string_append_c(text, *path);
}

static void check_path(const char *path)
{
	g_autoptr(GString) line = g_string_new("36 35 0:4 net:[4026532008] ");
	NslNsMount mount;

	append_escaped(line, path);
	g_string_append(line, " rw shared:7 - nsfs nsfs rw");
	g_assert_true(nsl_mounts_parse(line->str, &mount));
	fuzz_assert_same(mount.path, path);
	g_assert_cmpuint(mount.root_size, ==, strlen("net:[4026532008]"));
}

static void check_source(const char *source)
{
	g_autoptr(GString) line = g_string_new("36 35 8:1 / / rw - ext4 ");
	NslMountSum sum = {0};

	append_escaped(line, source);
	g_string_append(line, " rw");
	nsl_mounts_add_line(&sum, line->str);
	fuzz_assert_same(sum.type, "ext4");
	g_assert_cmpuint(sum.n_mounts, ==, 1);
	g_assert_cmpuint(strlen(sum.source), ==, MIN(strlen(source), sizeof(sum.source) - 1));
	g_assert_true(g_str_has_prefix(source, sum.source));
}

/* Appends what a mount is to `data`, a GString. */
static void note(gpointer data, const NslNsMount *mount)
{
	const char *type;
	gsize type_size;
	guint64 inode;

	g_assert_true(nsl_parse_ns_link(mount->root, mount->root_size, &type, &type_size, &inode));
	g_string_append_len(data, mount->root, (gssize)mount->root_size);
	g_string_append_printf(data, " %s\n", mount->path);
}

static void check_lines(const char *text, gsize size, GString *found, NslMountSum *sum)
{
	const char *end;

	for (; (end = memchr(text, '\n', size)); size -= (gsize)(end - text) + 1, text = end + 1) {
		g_autofree char *line = fuzz_bytes((const guint8 *)text, (gsize)(end - text));
		g_autofree char *copy = fuzz_bytes((const guint8 *)text, (gsize)(end - text));
		NslNsMount mount;

		nsl_mounts_add_line(sum, copy);
		if (nsl_mounts_parse(line, &mount))
			note(found, &mount);
	}
	g_assert_nonnull(memchr(sum->type, '\0', sizeof(sum->type)));
	g_assert_nonnull(memchr(sum->source, '\0', sizeof(sum->source)));
}

/* The text in a file, behind a line so long that it lies across pieces from `before` on. */
static void check_file(const char *text, gsize size, gsize before)
{
	g_autoptr(GString) file = g_string_new(NULL);
	g_autoptr(GString) expected = g_string_new(NULL);
	g_autoptr(GString) found = g_string_new(NULL);
	g_auto(NslFd) fd = memfd_create("mountinfo", MFD_CLOEXEC);
	NslMountSum expected_sum = {0};
	NslMountSum sum = {0};
	int result;

	for (gsize i = 1; i < before; i++)
		g_string_append_c(file, 'x');
	g_string_append_c(file, '\n');
	g_string_append_len(file, text, (gssize)size);
	check_lines(file->str, file->len, expected, &expected_sum);
	g_assert_cmpint(write(fd, file->str, file->len), ==, (gssize)file->len);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	g_assert_cmpint(nsl_mounts_read(fd, note, found), ==, 0);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	result = nsl_mounts_sum_up(fd, &sum);
	g_assert_true(g_string_equal(found, expected));
	g_assert_true(result == 0 ? expected_sum.type[0] != '\0' : result == -ENODATA);
	if (result == 0)
		g_assert_cmpmem(&sum, sizeof(sum), &expected_sum, sizeof(expected_sum));
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);

	check_path(text);
	check_source(text);
	check_file((const char *)data, size, 1);
	check_file((const char *)data, size, PIECE - MIN(size / 2, 4096));
}
