/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forests: see forest.h.
 */
#include "report/forest.h"

#define NONE	   NSL_FOREST_TOP
#define MAX_INDENT 64 /* deeper nodes stand no further to the right */

NslForest *nsl_forest_new(void)
{
	NslForest *forest = g_new0(NslForest, 1);

	forest->nodes = g_array_new(FALSE, FALSE, sizeof(NslNode));
	forest->texts = g_string_chunk_new(256);
	return forest;
}

void nsl_forest_free(NslForest *forest)
{
	g_array_unref(forest->nodes);
	g_string_chunk_free(forest->texts);
	g_free(forest);
}

static NslNode *get(const NslForest *forest, guint node)
{
	return &g_array_index(forest->nodes, NslNode, node);
}

guint nsl_forest_add(NslForest *forest, guint parent, NslForestWrite write, gconstpointer data)
{
	NslNode node = {
		.write = write,
		.data = data,
		.parent = parent,
		.first_child = NONE,
	};

	g_array_append_val(forest->nodes, node);
	return forest->nodes->len - 1;
}

static void write_text(GString *text, gconstpointer data, gpointer context)
{
	(void)context;
	g_string_append(text, data);
}

guint nsl_forest_add_text(NslForest *forest, guint parent, const char *text)
{
	return nsl_forest_add(forest, parent, write_text,
			      g_string_chunk_insert(forest->texts, text));
}

guint nsl_forest_add_heading(NslForest *forest, guint parent, const char *text)
{
	guint node = nsl_forest_add_text(forest, parent, text);

	get(forest, node)->heading = true;
	return node;
}

void nsl_forest_move(NslForest *forest, guint node, guint parent, guint otherwise)
{
	get(forest, node)->parent = parent;
	get(forest, node)->otherwise = otherwise;
}

static void cut_circles(NslForest *forest)
{
	for (guint i = 0; i < forest->nodes->len; i++)
		for (guint at = i; at != NONE && get(forest, at)->seen == 0;
		     at = get(forest, at)->parent) {
			NslNode *node = get(forest, at);

			node->seen = i + 1;
			if (node->parent != NONE && get(forest, node->parent)->seen == i + 1)
				node->parent = node->otherwise;
		}
}

/* Finds out which nodes are drawn, and links those. The first one at the top. */
static guint link_nodes(NslForest *forest)
{
	guint first = NONE;

	for (guint i = 0; i < forest->nodes->len; i++)
		for (guint at = get(forest, i)->heading ? NONE : i;
		     at != NONE && !get(forest, at)->drawn; at = get(forest, at)->parent)
			get(forest, at)->drawn = true;
	for (guint i = forest->nodes->len; i-- > 0;) {
		NslNode *node = get(forest, i);
		guint *before =
			node->parent == NONE ? &first : &get(forest, node->parent)->first_child;

		if (!node->drawn)
			continue;
		node->next_sibling = *before;
		*before = i;
	}
	return first;
}

const NslNode *nsl_forest_next(NslForest *forest, const NslNode *before)
{
	guint depth = before ? before->depth + 1 : 0;
	guint next;

	if (!before) {
		cut_circles(forest);
		next = link_nodes(forest);
	} else {
		next = before->first_child;
	}
	/* Not recursive: a chain of processes may be as long as there are PIDs. */
	for (const NslNode *at = before; at && next == NONE; depth--) {
		next = at->next_sibling;
		at = at->parent != NONE ? get(forest, at->parent) : NULL;
	}
	if (next == NONE)
		return NULL;
	get(forest, next)->depth = depth;
	return get(forest, next);
}

void nsl_forest_draw(NslForest *forest, const NslStyle *style, gpointer context, NslOutput *output)
{
	const char *through = style->ascii_lines ? "| " : "│ ";
	const char *middle = style->ascii_lines ? "|-" : "├─";
	const char *end = style->ascii_lines ? "`-" : "└─";
	/* Per depth: no sibling follows on the way to this line. */
	bool last[MAX_INDENT + 1] = {false};
	GString *text = output->text;
	const NslNode *node = NULL;

	while (output->result == 0 && (node = nsl_forest_next(forest, node))) {
		guint depth = MIN(node->depth, MAX_INDENT);
		gsize start;

		last[depth] = node->next_sibling == NONE;
		for (guint i = 1; i < depth; i++)
			g_string_append(text, last[i] ? "  " : through);
		if (depth > 0)
			g_string_append(text, last[depth] ? end : middle);
		start = text->len;
		node->write(text, node->data, context);
		if (node->heading)
			nsl_color(text, start, -1, style, NSL_TONE_HEADING);
		nsl_output_end_line(output, style->columns);
	}
}
