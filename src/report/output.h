/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output: text on its way to a descriptor, in large pieces, and what became of it.
 */
#pragma once

#include <glib.h>

typedef struct NslOutput {
	GString *text; /* append to it, then nsl_output_flush() where a line ends */
	int fd;
	int result; /* 0, or the first -errno: from then on nothing is written */
} NslOutput;

NslOutput *nsl_output_new(int fd);
void nsl_output_free(NslOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslOutput, nsl_output_free)

/* Writes the text where there is much of it. */
void nsl_output_flush(NslOutput *output);

/* Writes what is left. 0 or -errno, of this or an earlier write. */
int nsl_output_finish(NslOutput *output);

/* Appends a number in decimal, right-aligned to `width`. */
void nsl_output_number(GString *text, guint64 number, guint width);
