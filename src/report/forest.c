/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forests: see forest.h.
 */
#include "report/forest.h"

#include "report/wording.h"

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
	if (!forest)
		return;
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
		.home = parent,
		.first_child = NONE,
		.last_child = NONE,
		.next_sibling = NONE,
	};

	g_array_append_val(forest->nodes, node);
	return forest->nodes->len - 1;
}

static void write_text(GString *text, gconstpointer data, gpointer context)
{
	(void)context;
	g_string_append(text, data);
}

guint nsl_forest_add_heading(NslForest *forest, guint parent, const char *text)
{
	guint node = nsl_forest_add(forest, parent, write_text,
				    g_string_chunk_insert(forest->texts, text));

	get(forest, node)->heading = true;
	nsl_forest_put_last(forest, node);
	return node;
}

void nsl_forest_put_last(NslForest *forest, guint node)
{
	get(forest, node)->last = true;
}

void nsl_forest_move(NslForest *forest, guint node, guint parent)
{
	get(forest, node)->parent = parent;
}

static bool is_in_state(const NslForest *forest, guint node, int state)
{
	return node != NONE && (int)get(forest, node)->state == state;
}

static void cut_circles(NslForest *forest)
{
	for (guint i = 0; i < forest->nodes->len; i++) {
		guint at;

		for (at = i; is_in_state(forest, at, NSL_NODE_UNSEEN);
		     at = get(forest, at)->parent) {
			NslNode *node = get(forest, at);

			node->state = NSL_NODE_ON_PATH;
			if (is_in_state(forest, node->parent, NSL_NODE_ON_PATH))
				node->parent = node->home;
		}
		for (at = i; is_in_state(forest, at, NSL_NODE_ON_PATH);
		     at = get(forest, at)->parent)
			get(forest, at)->state = NSL_NODE_SETTLED;
	}
}

/* Appends to the lists of children the nodes that are drawn last, or the others. */
static void link_nodes(NslForest *forest, NslNode *top, bool last)
{
	for (guint i = 0; i < forest->nodes->len; i++) {
		const NslNode *node = get(forest, i);
		NslNode *parent = node->parent != NONE ? get(forest, node->parent) : top;

		if (!node->drawn || node->last != last)
			continue;
		if (parent->first_child == NONE)
			parent->first_child = i;
		else
			get(forest, parent->last_child)->next_sibling = i;
		parent->last_child = i;
	}
}

void nsl_forest_walk(NslForest *forest,
		     bool (*enter)(const NslNode *node, guint depth, gpointer data),
		     void (*leave)(const NslNode *node, guint depth, gpointer data), gpointer data)
{
	NslNode top = {.first_child = NONE};
	guint depth = 0;
	guint at;

	cut_circles(forest);
	for (guint i = 0; i < forest->nodes->len; i++)
		for (at = get(forest, i)->heading ? NONE : i; at != NONE && !get(forest, at)->drawn;
		     at = get(forest, at)->parent)
			get(forest, at)->drawn = true;
	link_nodes(forest, &top, false);
	link_nodes(forest, &top, true);
	/* Not recursive: a chain of processes may be as long as there are PIDs. */
	at = top.first_child;
	while (at != NONE) {
		const NslNode *node = get(forest, at);

		if (!enter(node, depth, data))
			return;
		at = node->first_child;
		depth++;
		while (at == NONE && node) {
			depth--;
			if (leave)
				leave(node, depth, data);
			at = node->next_sibling;
			node = node->parent != NONE ? get(forest, node->parent) : NULL;
		}
	}
}

typedef struct Lines {
	const char *middle;
	const char *last;
	const char *through;
	const char *blank;
} Lines;

typedef struct Drawing {
	const NslStyle *style;
	const Lines *lines;
	NslOutput *output;
	gpointer context;
	bool last[MAX_INDENT + 1]; /* per depth: no sibling follows on the way to this line */
} Drawing;

static bool draw_node(const NslNode *node, guint depth, gpointer data)
{
	Drawing *drawing = data;
	GString *text = drawing->output->text;
	gsize start = text->len;

	depth = MIN(depth, MAX_INDENT);
	drawing->last[depth] = node->next_sibling == NONE;
	for (guint i = 1; i < depth; i++)
		g_string_append(text,
				drawing->last[i] ? drawing->lines->blank : drawing->lines->through);
	if (depth > 0)
		g_string_append(text, drawing->last[depth] ? drawing->lines->last
							   : drawing->lines->middle);
	if (node->heading)
		nsl_color_start(text, drawing->style, NSL_TONE_HEADING);
	node->write(text, node->data, drawing->context);
	if (node->heading)
		nsl_color_end(text, drawing->style, NSL_TONE_HEADING);
	nsl_label_end_line(text, start, drawing->style->columns);
	nsl_output_flush(drawing->output);
	return drawing->output->result == 0;
}

void nsl_forest_draw(NslForest *forest, const NslStyle *style, gpointer context, NslOutput *output)
{
	static const Lines unicode = {"├─", "└─", "│ ", "  "};
	static const Lines ascii = {"|-", "`-", "| ", "  "};
	Drawing drawing = {
		.style = style,
		.lines = style->ascii_lines ? &ascii : &unicode,
		.output = output,
		.context = context,
	};

	nsl_forest_walk(forest, draw_node, NULL, &drawing);
}
