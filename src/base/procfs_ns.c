/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What /proc tells about namespaces: see procfs_ns.h.
 */
#include "base/procfs_ns.h"

#include <errno.h>
#include <string.h>

#include "base/procfs.h"
#include "base/sys.h"

/* From the descriptor of a process (see procfs.h) to its other files. */
#define PROCESS "../"

#define NANOSECONDS 1000000000

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* A number up to `max`, after blanks; NULL where there is none. */
static const char *take_number(const char *at, guint64 max, guint64 *ret_number)
{
	gsize size;

	at = skip_blanks(at);
	size = strspn(at, "0123456789");
	return nsl_parse_number(at, size, max, ret_number) ? at + size : NULL;
}

/* A whole file as text. 0; -EFBIG; or another -errno. */
static int read_text(int process, const char *path, char *text, gsize size)
{
	ssize_t got = nsl_fd_read_file(process, path, text, size);

	if (got < 0)
		return (int)got;
	if ((gsize)got == size)
		return -EFBIG;
	text[got] = '\0';
	return 0;
}

bool nsl_parse_id_map(const char *text, GArray *ranges)
{
	while (*text) {
		guint64 inside;
		guint64 outside;
		guint64 count;
		NslIdRange range;

		text = take_number(text, G_MAXUINT32, &inside);
		text = text ? take_number(text, G_MAXUINT32, &outside) : NULL;
		text = text ? take_number(text, G_MAXUINT32, &count) : NULL;
		if (!text || *text != '\n' || ranges->len >= NSL_ID_RANGES)
			return false;
		text++;
		range.inside = (guint32)inside;
		range.outside = (guint32)outside;
		range.count = (guint32)count;
		g_array_append_val(ranges, range);
	}
	return true;
}

int nsl_process_read_id_map(int process, bool gids, GArray *ranges)
{
	char text[16384]; /* a line takes 33 bytes */
	int result = read_text(process, gids ? PROCESS "gid_map" : PROCESS "uid_map", text,
			       sizeof(text));

	if (result < 0)
		return result;
	return nsl_parse_id_map(text, ranges) ? 0 : -EINVAL;
}

/* "monotonic          -5  900000000": -4.1 s. What follows the line; NULL where it is none. */
static const char *take_offset(const char *text, const char *name, gint64 *ret_offset)
{
	guint64 seconds;
	guint64 rest;
	gint64 total;
	bool negative;

	if (!g_str_has_prefix(text, name))
		return NULL;
	text = skip_blanks(text + strlen(name));
	negative = *text == '-';
	text = take_number(text + negative, G_MAXINT64, &seconds);
	text = text ? take_number(text, NANOSECONDS - 1, &rest) : NULL;
	if (!text || *text != '\n')
		return NULL;
	total = negative ? -(gint64)seconds : (gint64)seconds;
	if (__builtin_mul_overflow(total, NANOSECONDS, &total) ||
	    __builtin_add_overflow(total, (gint64)rest, &total))
		return NULL;
	*ret_offset = total;
	return text + 1;
}

bool nsl_parse_time_offsets(const char *text, NslTimeOffsets *ret_offsets)
{
	NslTimeOffsets offsets;

	text = take_offset(text, "monotonic ", &offsets.monotonic);
	text = text ? take_offset(text, "boottime ", &offsets.boottime) : NULL;
	if (!text)
		return false;
	*ret_offsets = offsets;
	return true;
}

int nsl_process_read_time_offsets(int process, NslTimeOffsets *ret_offsets)
{
	char text[256];
	int result = read_text(process, PROCESS "timens_offsets", text, sizeof(text));

	if (result < 0)
		return result;
	return nsl_parse_time_offsets(text, ret_offsets) ? 0 : -EINVAL;
}
