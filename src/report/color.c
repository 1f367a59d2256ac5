/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Colours: see color.h.
 */
#include "report/color.h"

#include <string.h>

/* ECMA-48's "select graphic rendition", of what every terminal can do. */
static const char *start_of(NslTone tone)
{
	switch (tone) {
	case NSL_TONE_PLAIN:
		break;
	case NSL_TONE_HEADING:
		return "\033[1m";
	case NSL_TONE_ASIDE:
		return "\033[2m";
	case NSL_TONE_NAME:
		return "\033[36m";
	}
	return "";
}

void nsl_color_start(GString *text, const NslStyle *style, NslTone tone)
{
	if (style->color)
		g_string_append(text, start_of(tone));
}

void nsl_color_end(GString *text, const NslStyle *style, NslTone tone)
{
	if (style->color && tone != NSL_TONE_PLAIN)
		g_string_append(text, NSL_COLOR_END);
}

/* The first bracket ends it: none within a label is left as it is. */
void nsl_color_container(GString *text, gsize start, const NslStyle *style, const NslRow *row)
{
	const char *end = NULL;

	if (style->color && row->process && row->process->container)
		end = strchr(text->str + start, ']');
	if (!end)
		return;
	g_string_insert(text, end + 1 - text->str, NSL_COLOR_END);
	g_string_insert(text, (gssize)start, start_of(NSL_TONE_NAME));
}
