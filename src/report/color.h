/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Colours: few of them, and what each says. Whatever is coloured can be understood without. They
 * take no columns (base/text.h), and end where a line is cut (nsl_label_end_line()).
 */
#pragma once

#include <glib.h>

#include "report/format.h"

#define NSL_COLOR_END "\033[0m"

typedef enum NslTone {
	NSL_TONE_PLAIN,
	NSL_TONE_HEADING, /* the header line, and what groups others */
	NSL_TONE_ASIDE,	  /* what is not about a process, or the same as above */
	NSL_TONE_NAME,	  /* of what a process is in */
} NslTone;

/* Both append nothing where the style has no colours. Tones do not stand within each other. */
void nsl_color_start(GString *text, const NslStyle *style, NslTone tone);
void nsl_color_end(GString *text, const NslStyle *style, NslTone tone);

/* Colours what nsl_label_row() has put before the row's command, which begins at `start`. */
void nsl_color_container(GString *text, gsize start, const NslStyle *style, const NslRow *row);
