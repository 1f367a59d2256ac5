/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_snapfile_read(): saved documents that somebody has prepared. What has to hold: a
 * snapshot or a message; a snapshot can be written in every format, with and without --all; its
 * JSON is a document again, which gives the same JSON.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "base/sys.h"
#include "report/format.h"
#include "store/snapfile.h"

static int new_file(void)
{
	int fd = memfd_create("document", MFD_CLOEXEC);

	g_assert_cmpint(fd, >=, 0);
	return fd;
}

static NslSnapshot *read_back(int fd)
{
	g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
	g_autoptr(GError) error = NULL;
	NslSnapshot *snapshot = nsl_snapfile_read(path, &error);

	g_assert_true((snapshot != NULL) == (error == NULL));
	if (error)
		g_assert_true(g_str_has_prefix(error->message, path));
	return snapshot;
}

/* Into a new file. */
static int write_as(NslFormat format, const NslSnapshot *snapshot, bool all)
{
	const NslFormatInfo *info = &nsl_formats[format];
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = NULL;
	g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	int fd = new_file();
	g_autoptr(NslOutput) output = nsl_output_new(fd);
	const NslColumn column = NSL_COLUMN_DETAIL;
	NslStyle style = {.format = format,
			  .writing = info->writing,
			  .headings = true,
			  .details = true,
			  .fold = all,
			  .wrap = 40,
			  .columns = all ? 40 : 0};

	selection->all = all;
	selection->threads = all;
	view = nsl_view_new(snapshot, selection);
	if (format == NSL_FORMAT_CONTAINERS)
		nsl_view_list_containers(view);
	if (info->n_columns > 0) {
		g_array_append_vals(columns, info->columns, info->n_columns);
		g_array_append_val(columns, column);
		style.output = columns;
	}
	info->write(view, &style, output);
	g_assert_cmpint(nsl_output_finish(output), ==, 0);
	return fd;
}

static char *text_of(int fd, gsize *ret_size)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = g_malloc((gsize)size + 1);

	g_assert_cmpint(pread(fd, text, (gsize)size, 0), ==, size);
	text[size] = '\0';
	*ret_size = (gsize)size;
	return text;
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_auto(NslFd) file = new_file();
	g_autoptr(NslSnapshot) snapshot = NULL;

	g_assert_cmpint(nsl_fd_write(file, (const char *)data, size), ==, 0);
	snapshot = read_back(file);
	for (NslFormat format = 0; snapshot && format < NSL_FORMAT_COUNT; format++) {
		nsl_fd_close(write_as(format, snapshot, false));
		nsl_fd_close(write_as(format, snapshot, true));
	}
	if (snapshot) {
		g_auto(NslFd) first = write_as(NSL_FORMAT_JSON, snapshot, false);
		g_autoptr(NslSnapshot) again = read_back(first);
		g_auto(NslFd) second = again ? write_as(NSL_FORMAT_JSON, again, false) : -1;
		gsize n;
		gsize m;
		g_autofree char *once = text_of(first, &n);
		g_autofree char *twice = NULL;

		if (!again)
			g_error("what was written is refused: %s", once);
		twice = text_of(second, &m);
		g_assert_cmpstr(once, ==, twice);
	}
}
