/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forests: nodes below nodes. The trees and the graph are made of them; what a node says, and why
 * it stands below another, is up to those (tree.c, dot.c).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "report/format.h"

#define NSL_FOREST_TOP G_MAXUINT /* the parent of a node that is below no other */

/* Appends what a node says, safe to print; `context` as given to who draws. */
typedef void (*NslForestWrite)(GString *text, gconstpointer data, gpointer context);

/* A node; parent, child and sibling are numbers of nodes. */
typedef struct NslNode {
	NslForestWrite write;
	gconstpointer data;
	bool heading;
	guint parent;
	guint otherwise;   /* its parent where it would be below itself */
	guint first_child; /* these are known once it is reached; NSL_FOREST_TOP: there is none */
	guint next_sibling;
	guint depth; /* 0: at the top */
	bool drawn;  /* not a heading that nothing is below */
	guint seen;  /* by which of the searches for circles; 0: by none */
} NslNode;

typedef struct NslForest {
	GArray *nodes;	     /* NslNode */
	GStringChunk *texts; /* that were copied */
} NslForest;

NslForest *nsl_forest_new(void);
void nsl_forest_free(NslForest *forest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(NslForest, nsl_forest_free)

/*
 * Adds a node as the last one below `parent`, and returns its number: 0, 1, 2 … `data` must live
 * as long as the forest.
 */
guint nsl_forest_add(NslForest *forest, guint parent, NslForestWrite write, gconstpointer data);

/* Adds a node that says just this, which is safe to print; it is copied. */
guint nsl_forest_add_text(NslForest *forest, guint parent, const char *text);

/* The same, but it is left out if nothing is below it. */
guint nsl_forest_add_heading(NslForest *forest, guint parent, const char *text);

/*
 * Puts a node below another, which may have been added later. Where nodes come to be below
 * themselves that way, one of each circle goes below `otherwise`, which is not moved itself.
 */
void nsl_forest_move(NslForest *forest, guint node, guint parent, guint otherwise);

/*
 * The node that follows `before`, NULL: the first one; each comes before those below it. NULL:
 * there are no more. One walk may be begun. Transfer none.
 */
const NslNode *nsl_forest_next(NslForest *forest, const NslNode *before);

/* Draws the forest as a tree with lines. May be called once. */
void nsl_forest_draw(NslForest *forest, const NslStyle *style, gpointer context, NslOutput *output);
