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

typedef struct NslOptions {
	NslSelection *selection;
	NslFilter *filter; /* NULL: none */
	NslFormat format;
	GArray *output;	   /* NslColumn; NULL: the default ones */
	bool list_columns; /* and nothing else */
	bool details;	   /* also what each namespace is */
	const char *proc;  /* NULL: /proc; transfer none */
	guint32 reference; /* 0: not given */
	bool headings;
	bool cut; /* lines, to the width of a terminal */
	bool strict;
	bool quiet;
	bool help; /* the rest does not matter */
	bool version;
} NslOptions;

/* NULL with NSL_ERROR_USAGE or NSL_ERROR_SYNTAX where the command line is wrong. `argv` gets
 * reordered. */
NslOptions *nsl_options_parse(int argc, char **argv, GError **error);
void nsl_options_free(NslOptions *options);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslOptions, nsl_options_free)

/* What --help prints. */
extern const char nsl_options_help[];
