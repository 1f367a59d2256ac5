/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_text_width() and nsl_text_fit(). What has to hold, of any bytes at all: what fits has
 * at most that many columns, and one character more has more; it ends where a character ends; the
 * widths of two parts are the width of the whole; colours have none.
 */
#include "fuzz.h"

#include "base/text.h"
#include "report/output.h"

static void check(const char *text, guint columns)
{
	gsize size = nsl_text_fit(text, columns);
	g_autofree char *fits = NULL;
	g_autofree char *colored = NULL;
	guint width = nsl_text_width(text);

	g_assert_cmpuint(size, <=, strlen(text));
	fits = g_strndup(text, size);
	g_assert_cmpuint(nsl_text_width(fits), <=, columns);
	g_assert_cmpuint(nsl_text_width(fits) + nsl_text_width(text + size), ==, width);
	g_assert_true((width <= columns) == (text[size] == '\0'));
	/* A wide character is the most that may be missing. */
	if (text[size])
		g_assert_cmpuint(nsl_text_width(fits) + 1, >=, columns);
	if (g_utf8_validate(text, -1, NULL))
		g_assert_true(g_utf8_validate(fits, -1, NULL));
	colored = g_strconcat("\033[1;31m", fits, "\033[0m", text + size, NULL);
	if (!strchr(text, '\033')) /* escaped text has none */
		g_assert_cmpuint(nsl_color_width(colored), ==, width);
}

void fuzz_one(const guint8 *data, gsize size)
{
	FuzzInput input = {data, size};
	guint columns = fuzz_byte(&input);
	g_autofree char *text = fuzz_text(input.at, input.left);

	check(text, columns);
	check(text, 0);
	check(text, G_MAXUINT);
}
