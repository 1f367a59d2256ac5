/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forests: nodes below nodes, drawn with lines. All the trees are built of them and drawn here;
 * what stands in a line, and why it is below another, is their own business.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/format.h"

#define NSL_FOREST_NONE G_MAXUINT

/* Appends what stands in a node's line, safe to print; `context` as given to nsl_forest_draw(). */
typedef void (*NslForestWrite)(GString *text, gconstpointer data, gconstpointer context);

typedef struct NslForest {
	GArray *nodes;
	GPtrArray *texts; /* that it owns */
} NslForest;

NslForest *nsl_forest_new(void);
void nsl_forest_free(NslForest *forest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslForest, nsl_forest_free)

/* How many nodes there are: the number of the next one. */
guint nsl_forest_size(const NslForest *forest);

/*
 * A new node, the last one below `parent` (NSL_FOREST_NONE: at the top); its number. `data` must
 * live as long as the forest.
 */
guint nsl_forest_add(NslForest *forest, guint parent, NslForestWrite write, gconstpointer data);

/* One of this text, which is safe to print. Transfer full. */
guint nsl_forest_add_text(NslForest *forest, guint parent, char *text);

/* The same, which is only drawn where there is something below it. */
guint nsl_forest_add_heading(NslForest *forest, guint parent, char *text);

/* Puts a node below another, which may be a later one. Circles are to be cut after that. */
void nsl_forest_move(NslForest *forest, guint node, guint parent);

/*
 * Puts the nodes from `first` on, which stand for these processes (NslProcess, by PID), below the
 * one of their parent, where that is among them.
 */
void nsl_forest_nest_processes(NslForest *forest, guint first, const GPtrArray *processes);

/*
 * Where nodes from `first` on are below themselves, one of each circle goes below `fallback`: one
 * that is on none, or NSL_FOREST_NONE.
 */
void nsl_forest_cut_circles(NslForest *forest, guint first, guint fallback);

/* To be called once. */
void nsl_forest_draw(NslForest *forest, const NslStyle *style, gconstpointer context,
		     NslOutput *output);
