/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line: arguments in, one NslOptions out. Nothing is looked up here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "model/selection.h"
#include "report/column.h"
#include "report/filter.h"
#include "report/format.h"

typedef enum NslWhen {
	NSL_WHEN_AUTO, /* by what the output goes to */
	NSL_WHEN_ALWAYS,
	NSL_WHEN_NEVER,
	NSL_WHEN_COUNT,
} NslWhen;

typedef enum NslOutputWhich {
	NSL_OUTPUT_USUAL, /* those that the format has */
	NSL_OUTPUT_THESE,
	NSL_OUTPUT_MORE, /* after the usual ones */
	NSL_OUTPUT_ALL,
} NslOutputWhich;

typedef struct NslOptions {
	NslSelection *selection;
	NslFilter *filter;
	NslFormat format;   /* whose function writes it */
	NslFormat rows;	    /* which rows there are; COUNT: it was not asked for */
	NslFormat programs; /* how they are written for those; COUNT: likewise */
	NslWriting writing; /* of the rows */
	NslOutputWhich which;
	GArray *output; /* NslColumn: all that are shown; NULL: the format has none to choose, or is
			 * the table that scripts know */
	bool raw;	/* fields for programs */
	NslWhen color;
	NslWhen fold;	   /* rows that are alike share lines */
	bool list_columns; /* and nothing else */
	bool details;	   /* also what each namespace is */
	const char *proc;  /* NULL: /proc; transfer none */
	GPtrArray *from;   /* char *: saved documents, in place of this system; transfer none */
	const char *diff;  /* a saved document to compare with; NULL: none; transfer none */
	gint64 watch;	   /* microseconds from one round to the next; 0: there is but one */
	guint32 reference; /* 0: not given */
	NslCensusWhen census;
	bool no_headings;
	bool no_cut; /* lines are not cut to the width of a terminal */
	bool strict;
	bool quiet;
	bool help; /* the rest does not matter */
	bool version;
	bool verbose;  /* of the version */
	guint64 given; /* set of options, in which options.c knows each one's bit */
	guint64 bare;  /* likewise: those without their optional value */
} NslOptions;

/*
 * `argv`: with NULL at its end; must live as long. NULL with NSL_ERROR_USAGE or NSL_ERROR_SYNTAX
 * where the command line is wrong.
 */
NslOptions *nsl_options_parse(int argc, char **argv, GError **error);
void nsl_options_free(NslOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslOptions, nsl_options_free)

/* Whether rows that are alike may share lines in that format, with those columns. */
bool nsl_options_may_fold(const NslOptions *options);

/* Whether to say "run as root": whoever is not does not see more of a saved document by that. */
bool nsl_options_may_help(const NslOptions *options);

/* What to say of a selector, or a PID of --task, that stands for nothing: bytes, transfer full. */
char *nsl_options_explain_unmatched(const NslOptions *options, const NslUnmatched *unmatched);

/* An option that was given without its optional value, which this word may be; NULL: none. */
const char *nsl_options_find_bare(const NslOptions *options, const char *word);

/* What --help prints. Transfer full. */
char *nsl_options_help(void);

/* The rest is for the files of the command line alone. */

/* Sets NSL_ERROR_USAGE. False. */
bool nsl_usage_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The same: "OPTION and --FORMAT exclude each other". */
bool nsl_options_exclude(const char *option, NslFormat format, GError **error);

/* Sets the columns that are left to the format. False: an option does not go with it. */
bool nsl_options_check(NslOptions *options, GError **error);
