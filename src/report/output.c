/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output: see output.h.
 */
#include "report/output.h"

#include <string.h>

#include "base/sys.h"

#define PIECE	  (gsize)65536
#define COLOR_END "\033[0m"

NslOutput *nsl_output_new(int fd)
{
	NslOutput *output = g_new0(NslOutput, 1);

	output->text = g_string_sized_new(2 * PIECE);
	output->fd = fd;
	output->write = nsl_fd_write;
	return output;
}

void nsl_output_free(NslOutput *output)
{
	if (!output)
		return;
	g_string_free(output->text, TRUE);
	g_free(output);
}

static void write_all(NslOutput *output)
{
	for (const char *at = output->text->str; (at = strchr(at, '\n')); at++)
		output->n_lines++;
	if (output->result == 0)
		output->result = output->write(output->fd, output->text->str, output->text->len);
	g_string_truncate(output->text, 0);
}

void nsl_output_flush(NslOutput *output)
{
	if (output->text->len >= PIECE)
		write_all(output);
}

int nsl_output_finish(NslOutput *output)
{
	if (output->write_kept)
		output->write_kept(output);
	output->write_kept = NULL;
	write_all(output);
	return output->result;
}

void nsl_output_pad(GString *text, guint used, guint width)
{
	gsize start = text->len;

	if (used >= width)
		return;
	g_string_set_size(text, start + width - used);
	memset(text->str + start, ' ', width - used);
}

void nsl_output_number(GString *text, guint64 number)
{
	/* printf() takes ten times as long, and a row has two of them. */
	char digits[20];
	guint n = 0;

	do
		digits[sizeof(digits) - ++n] = (char)('0' + number % 10);
	while (number /= 10);
	g_string_append_len(text, digits + sizeof(digits) - n, n);
}

/* ECMA-48's "select graphic rendition", of what every terminal can do. */
static const char *const color_starts[] = {
	[NSL_TONE_HEADING] = "\033[1m",
	[NSL_TONE_ASIDE] = "\033[2m",
	[NSL_TONE_NAME] = "\033[36m",
};

void nsl_color(GString *text, gsize start, gssize size, const NslStyle *style, NslTone tone)
{
	if (!style->color || tone == NSL_TONE_PLAIN)
		return;
	g_string_insert(text, size < 0 ? -1 : (gssize)start + size, COLOR_END);
	g_string_insert(text, (gssize)start, color_starts[tone]);
}

/* How many bytes fit `columns`: escape sequences, which are ours alone, take none. */
static gsize fit(const char *text, guint columns, guint *ret_width)
{
	const char *at = text;
	guint width = 0;

	for (;;) {
		gsize size = strcspn(at, "\033");
		guint more;
		gsize fits = nsl_text_measure(at, size, columns - width, &more);

		at += fits;
		width += more;
		if (fits < size || *at == '\0')
			break;
		at += strcspn(at, "m");
		at += *at == 'm';
	}
	*ret_width = width;
	return (gsize)(at - text);
}

static void end_color(GString *text, gsize start)
{
	if (memchr(text->str + start, '\033', text->len - start))
		g_string_append(text, COLOR_END);
}

guint nsl_color_append_cut(GString *line, const char *text, guint columns)
{
	gsize start = line->len;
	guint width;

	g_string_append_len(line, text, (gssize)fit(text, columns, &width));
	end_color(line, start);
	return width;
}

guint nsl_color_width(const char *text)
{
	guint width;

	fit(text, G_MAXUINT, &width);
	return width;
}

void nsl_output_end_line(NslOutput *output, guint columns)
{
	GString *text = output->text;
	const char *before = columns > 0 ? memrchr(text->str, '\n', text->len) : NULL;
	gsize start = before ? (gsize)(before + 1 - text->str) : 0;
	guint width;

	/* Each column takes a byte at least: most lines need no look at their characters. */
	if (columns > 0 && text->len - start > columns) {
		g_string_truncate(text, start + fit(text->str + start, columns, &width));
		end_color(text, start);
	}
	g_string_append_c(text, '\n');
	nsl_output_flush(output);
}

void nsl_output_heading(NslOutput *output, const NslStyle *style, const char *name)
{
	gsize start;

	if (output->n_hosts > 0)
		g_string_append_c(output->text, '\n');
	start = output->text->len;
	nsl_text_escape(output->text, name, -1, nsl_style_kind(style));
	nsl_color(output->text, start, -1, style, NSL_TONE_HEADING);
	nsl_output_end_line(output, style->columns);
}
