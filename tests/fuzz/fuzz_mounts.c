/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the readers of mountinfo (proc(5)): nsl_mounts_parse() by line, nsl_mounts_read() and
 * nsl_mounts_sum_up() by file. What has to hold: whatever the kernel escapes, the same bytes come
 * out; a file gives what its lines give one by one, also where a line lies across the reader's
 * pieces; nothing is cut short without its NUL.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/mounts.h"
#include "base/sys.h"

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

static void check_words(const char *path, const char *source)
{
	g_autoptr(GString) text = g_string_new("36 35 0:4 net:[4026532008] ");
	NslMount mount;

	append_escaped(text, path);
	g_string_append(text, " rw shared:7 - nsfs ");
	append_escaped(text, source);
	g_string_append(text, " rw");
	g_assert_true(nsl_mounts_parse(text->str, &mount));
	g_assert_cmpuint(mount.minor, ==, 4);
	g_assert_cmpstr(mount.root, ==, "net:[4026532008]");
	g_assert_cmpstr(mount.path, ==, path);
	g_assert_cmpstr(mount.type, ==, "nsfs");
	g_assert_cmpstr(mount.source, ==, source);
}

/* Appends what a mount is to `data`, a GString. */
static void note(gpointer data, const NslMount *mount)
{
	if (mount)
		g_string_append_printf(data, "%u:%u %s %s %s %s %s\n", mount->major, mount->minor,
				       mount->root, mount->path, mount->type, mount->source,
				       mount->options);
	else
		g_string_append(data, "none\n");
}

/* What the file's reader makes of a line, in other words. */
static void add_line(const NslMount *mount, GString *found, NslMountSum *sum)
{
	note(found, mount);
	if (mount && g_str_equal(mount->path, "/")) {
		g_strlcpy(sum->type, mount->type, sizeof(sum->type));
		g_strlcpy(sum->source, mount->source, sizeof(sum->source));
	}
}

static void check_lines(const char *text, gsize size, GString *found, NslMountSum *sum)
{
	const char *end;

	for (; (end = memchr(text, '\n', size)); size -= (gsize)(end - text) + 1, text = end + 1) {
		g_autofree char *copy = fuzz_bytes((const guint8 *)text, (gsize)(end - text));
		NslMount mount;

		sum->n_mounts++;
		add_line(nsl_mounts_parse(copy, &mount) ? &mount : NULL, found, sum);
	}
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
	g_assert_cmpint(nsl_mounts_read(fd, 0, note, found), ==, 0);
	g_assert_cmpint(lseek(fd, 0, SEEK_SET), ==, 0);
	result = nsl_mounts_sum_up(fd, &sum);
	g_assert_true(g_string_equal(found, expected));
	g_assert_true(result == 0 ? expected_sum.type[0] != '\0' : result == -ENODATA);
	if (result != 0)
		return;
	g_assert_cmpuint(sum.n_mounts, ==, expected_sum.n_mounts);
	g_assert_cmpstr(sum.type, ==, expected_sum.type);
	g_assert_cmpstr(sum.source, ==, expected_sum.source);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *text = fuzz_text(data, size);

	check_words(text, "nsfs");
	check_words("/", text);
	check_file((const char *)data, size, 1);
	check_file((const char *)data, size, PIECE - MIN(size / 2, 4096));
}
