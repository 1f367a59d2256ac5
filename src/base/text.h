/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text for people: bytes of unknown origin made safe to print, and how many columns text takes
 * on a terminal. Not for JSON's own escapes: those are json-c's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/*
 * Appends `size` bytes (-1: up to the NUL) so that they can be shown on one line of a terminal:
 * what is not UTF-8, not printable, a line or paragraph separator, or invisible formatting (as
 * bidirectional controls are) becomes \xHH for each byte, or \n, \t, \r where C has a letter.
 * With `ascii_only` so does everything beyond ASCII.
 */
void nsl_text_escape(GString *out, const char *bytes, gssize size, bool ascii_only);

/* The same; newly allocated. */
char *nsl_text_escaped(const char *bytes, bool ascii_only);

/* Appends the bytes as UTF-8: \xHH for each byte that is not, everything else as it is. */
void nsl_text_to_utf8(GString *out, const char *bytes, gsize size);

/*
 * Appends JSON text with everything in it that nsl_text_escape() would not let through to a
 * terminal as \uXXXX. In valid JSON such characters stand in strings alone.
 */
void nsl_text_quiet_json(GString *out, const char *json, gsize size);

/* Columns that escaped text takes: wide characters 2, combining ones 0. */
guint nsl_text_width(const char *text);

/* How many bytes of escaped text fit `columns`; never a part of a character. */
gsize nsl_text_fit(const char *text, guint columns);
