/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output: see output.h.
 */
#include "report/output.h"

#include "base/sys.h"

#define PIECE (gsize)65536

NslOutput *nsl_output_new(int fd)
{
	NslOutput *output = g_new0(NslOutput, 1);

	output->text = g_string_sized_new(2 * PIECE);
	output->fd = fd;
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
	if (output->result == 0)
		output->result = nsl_fd_write(output->fd, output->text->str, output->text->len);
	g_string_truncate(output->text, 0);
}

void nsl_output_flush(NslOutput *output)
{
	if (output->text->len >= PIECE)
		write_all(output);
}

int nsl_output_finish(NslOutput *output)
{
	write_all(output);
	return output->result;
}

void nsl_output_number(GString *text, guint64 number, guint width)
{
	/* printf() takes ten times as long, and a row has two of them. */
	char digits[20];
	guint n = 0;

	do
		digits[sizeof(digits) - ++n] = (char)('0' + number % 10);
	while (number /= 10);
	for (guint i = n; i < width; i++)
		g_string_append_c(text, ' ');
	g_string_append_len(text, digits + sizeof(digits) - n, n);
}
