/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text for people: bytes of unknown origin made safe to print, and how many columns text takes
 * on a terminal. Not for JSON's own escapes: those are json-c's.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* Where text goes. */
typedef enum NslTextKind {
	NSL_TEXT_UTF8,	/* to a terminal or a file */
	NSL_TEXT_ASCII, /* to a terminal that does not understand UTF-8 */
	NSL_TEXT_BYTES, /* to nsl_text_escape_field(): a NUL marks a byte to be escaped */
} NslTextKind;

/*
 * Appends `size` bytes (-1: up to the NUL) so that they can be shown on one line of a terminal, and
 * all of them be seen. These become \xHH for each byte, or \n, \t, \r where C has a letter:
 * - what is not UTF-8;
 * - characters of Unicode's types Cc, Cf (as bidirectional controls and tags are), Cn, Co, Cs, Zl,
 *   Zp, and Zs but for the space itself;
 * - what else is invisible (Default_Ignorable_Code_Point) or looks like a blank (U+2800);
 * - a mark with no visible character before it, or with four marks before it on the same one.
 * For NSL_TEXT_ASCII so does everything beyond ASCII.
 */
void nsl_text_escape(GString *out, const char *bytes, gssize size, NslTextKind kind);

/* The same of a whole text, with each of these characters of ASCII escaped too. */
void nsl_text_escape_also(GString *out, const char *bytes, const char *chars, NslTextKind kind);

/* Appends a character of ASCII that could be mistaken: as \xHH, or marked in NSL_TEXT_BYTES. */
void nsl_text_escape_char(GString *out, char c, NslTextKind kind);

/*
 * Appends escaped text as an item of a list: what stands between the items is escaped where it is
 * in the item, so that items can be told apart.
 */
void nsl_text_append_item(GString *out, const GString *item, const char *separator,
			  NslTextKind kind);

/* Escapes the marked characters as \xHH: as a C string, the text would end at the first mark. */
void nsl_text_escape_marked(GString *text);

/*
 * Appends NSL_TEXT_BYTES as one of the fields of a line, from which the bytes can be told: as
 * nsl_text_escape(), but with blanks and backslashes escaped too, and all as \xHH.
 */
void nsl_text_escape_field(GString *out, const char *bytes, gsize size, NslTextKind kind);

/*
 * For hash tables of what others chose, text and numbers (guint64). The key of the hash differs in
 * each run, so nobody can choose many that have the same hash. Workers have their parent's key.
 */
guint nsl_text_hash(gconstpointer text);
guint nsl_number_hash(gconstpointer number);

/*
 * The same of `n` inodes of namespaces, which have 32 bits, and of a GBytes of them; at most
 * NSL_HASHED_INODES.
 */
#define NSL_HASHED_INODES 16
guint nsl_inodes_hash(const guint64 *inodes, gsize n);
guint nsl_inode_bytes_hash(gconstpointer bytes);

/* As nsl_text_escape(); newly allocated. */
char *nsl_text_escaped(const char *bytes, NslTextKind kind);

/* The size of what cannot be seen at the start: blanks, and what nsl_text_escape() escapes. */
gsize nsl_text_blank(const char *bytes);

/* Appends the bytes as UTF-8: \xHH for each byte that is not, a blank for a NUL. */
void nsl_text_to_utf8(GString *out, const char *bytes, gsize size);

/* By that: a saved document has the UTF-8 of what the live system has as bytes. */
guint nsl_text_utf8_hash(gconstpointer bytes);
gboolean nsl_text_utf8_equal(gconstpointer a, gconstpointer b);

/*
 * Appends JSON text with all that nsl_text_escape() would escape as \uXXXX: in valid JSON that
 * stands in strings alone.
 */
void nsl_text_quiet_json(GString *out, const char *json, gsize size, NslTextKind kind);

/* Appends the escape of a character in a JSON string: \uXXXX, or two of them beyond U+FFFF. */
void nsl_text_escape_json(GString *out, gunichar c);

/*
 * How many of these bytes of escaped text fit `columns`; never a part of a character.
 * *ret_width is how many columns those take: a wide character 2, a combining one 0.
 */
gsize nsl_text_measure(const char *text, gsize size, guint columns, guint *ret_width);

/* The same of a whole text: its columns; how many bytes fit. */
guint nsl_text_width(const char *text);
gsize nsl_text_fit(const char *text, guint columns);
