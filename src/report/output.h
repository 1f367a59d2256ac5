/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output: how it is to look, text on its way to a descriptor in large pieces, the ends of lines,
 * and colours. Colours are few; whatever is coloured can be understood without. They take no
 * columns, and end where a line is cut.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "base/text.h"

/* How rows are written. */
typedef enum NslWriting {
	NSL_WRITING_LINES, /* for people, or with NslStyle's raw */
	NSL_WRITING_JSON,  /* an object a line */
	NSL_WRITING_CSV,   /* RFC 4180 */
} NslWriting;

/* How it is to look. */
typedef struct NslStyle {
	guint format; /* NslFormat (format.h) */
	NslWriting writing;
	guint columns; /* lines are cut to this width; 0: not at all */
	bool fold;     /* rows that are alike share lines, which wrap at: */
	guint wrap;    /* 0: nowhere */
	guint rows;    /* of the terminal; 0: not known, or there is none */
	bool headings;
	bool raw;	      /* fields are escaped, with one space between them */
	bool color;	      /* for a terminal that has colours */
	bool ascii_lines;     /* draw trees with ASCII */
	bool terminal;	      /* that is where it goes: control characters are escaped in CSV too */
	bool ascii_only;      /* the terminal does not understand UTF-8: escape it */
	bool usual;	      /* the columns are those that the format has by itself */
	guint shortened;      /* so many digits at the start of the matrix's inodes are left out */
	const GArray *output; /* NslColumn; NULL: the table of listns.v3.py, or it has none */
	bool details;	      /* also what each namespace is */
	bool single;	      /* a namespace that alone was asked for is described first */
	bool hosts;	      /* there are several: what has no column says whose it is */
} NslStyle;

/* How text is written in that style. */
static inline NslTextKind nsl_style_kind(const NslStyle *style)
{
	return style->ascii_only ? NSL_TEXT_ASCII : NSL_TEXT_UTF8;
}

typedef struct NslOutput NslOutput;

struct NslOutput {
	GString *text; /* append to it, then nsl_output_end_line() or nsl_output_flush() */
	int fd;
	int (*write)(int fd, const void *text, gsize size); /* 0 or -errno */
	guint n_hosts; /* whose views a format has written before */
	/* What a format has kept of them, and writes at the end; NULL: nothing. */
	gpointer kept;
	void (*write_kept)(NslOutput *output);
	guint64 n_lines; /* that have been written */
	int result;	 /* 0, or the first -errno: from then on nothing is written */
};

/* It writes by nsl_fd_write(). */
NslOutput *nsl_output_new(int fd);
void nsl_output_free(NslOutput *output);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslOutput, nsl_output_free)

/* Writes the text where there is much of it. */
void nsl_output_flush(NslOutput *output);

/* Writes what is kept, and what is left. 0 or -errno, of this or an earlier write. */
int nsl_output_finish(NslOutput *output);

/* Appends as many blanks as what takes `used` columns lacks of `width`. */
void nsl_output_pad(GString *text, guint used, guint width);

/* Appends a number in decimal. */
void nsl_output_number(GString *text, guint64 number);

typedef enum NslTone {
	NSL_TONE_PLAIN,
	NSL_TONE_HEADING, /* the header line, and what groups others */
	NSL_TONE_ASIDE,	  /* what is not about a process, or the same as above */
	NSL_TONE_NAME,	  /* of what a process is in */
} NslTone;

/*
 * Colours `size` bytes (-1: all) of the text from `start` on; nothing where the style has no
 * colours. Tones do not stand within each other.
 */
void nsl_color(GString *text, gsize start, gssize size, const NslStyle *style, NslTone tone);

/*
 * Appends as much of a text with colours as fits `columns`, and ends its colour. How many columns
 * that takes.
 */
guint nsl_color_append_cut(GString *line, const char *text, guint columns);

/* Columns that a text takes in which there may be colours. */
guint nsl_color_width(const char *text);

/* Whose what follows is: a line with that name, after an empty one where another's came before. */
void nsl_output_heading(NslOutput *output, const NslStyle *style, const char *name);

/* Cuts the last line to `columns`, 0: not at all, ends it, and writes where there is much. */
void nsl_output_end_line(NslOutput *output, guint columns);
