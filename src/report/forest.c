/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forests: see forest.h.
 */
#include "report/forest.h"

#include "report/wording.h"

#define MAX_INDENT 64 /* deeper ones stand as far right as this one */
#define NONE	   NSL_FOREST_NONE

typedef struct Lines {
	const char *middle;
	const char *last;
	const char *through;
	const char *blank;
} Lines;

static const Lines unicode_lines = {"├─", "└─", "│ ", "  "};
static const Lines ascii_lines = {"|-", "`-", "| ", "  "};

/* The others are numbers of nodes. */
typedef struct Node {
	NslForestWrite write;
	gconstpointer data;
	guint parent;
	guint first_child;
	guint last_child;
	guint next_sibling;
	enum { UNSEEN, ON_PATH, SETTLED } state;
	bool heading;
	bool used; /* not a heading that nothing is below */
} Node;

typedef struct Drawing {
	const NslStyle *style;
	const Lines *lines;
	NslOutput *output;
	bool last[MAX_INDENT + 1]; /* per depth: no sibling follows on the way to this line */
} Drawing;

NslForest *nsl_forest_new(void)
{
	NslForest *forest = g_new0(NslForest, 1);

	forest->nodes = g_array_new(FALSE, FALSE, sizeof(Node));
	forest->texts = g_ptr_array_new_with_free_func(g_free);
	return forest;
}

void nsl_forest_free(NslForest *forest)
{
	if (!forest)
		return;
	g_array_unref(forest->nodes);
	g_ptr_array_unref(forest->texts);
	g_free(forest);
}

static Node *get(const NslForest *forest, guint node)
{
	return &g_array_index(forest->nodes, Node, node);
}

guint nsl_forest_size(const NslForest *forest)
{
	return forest->nodes->len;
}

guint nsl_forest_add(NslForest *forest, guint parent, NslForestWrite write, gconstpointer data)
{
	Node node = {
		.write = write,
		.data = data,
		.parent = parent,
		.first_child = NONE,
		.last_child = NONE,
		.next_sibling = NONE,
	};

	g_array_append_val(forest->nodes, node);
	return forest->nodes->len - 1;
}

static void write_text(GString *text, gconstpointer data, gconstpointer context)
{
	(void)context;
	g_string_append(text, data);
}

guint nsl_forest_add_text(NslForest *forest, guint parent, char *text)
{
	g_ptr_array_add(forest->texts, text);
	return nsl_forest_add(forest, parent, write_text, text);
}

guint nsl_forest_add_heading(NslForest *forest, guint parent, char *text)
{
	guint node = nsl_forest_add_text(forest, parent, text);

	get(forest, node)->heading = true;
	return node;
}

void nsl_forest_move(NslForest *forest, guint node, guint parent)
{
	get(forest, node)->parent = parent;
}

/* The place of a PID among processes in ascending order of it, or NONE. */
static guint find_process(const GPtrArray *processes, guint32 pid)
{
	guint low = 0;
	guint high = processes->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		const NslProcess *process = g_ptr_array_index(processes, middle);

		if (process->pid == pid)
			return middle;
		if (process->pid < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NONE;
}

void nsl_forest_nest_processes(NslForest *forest, guint first, const GPtrArray *processes)
{
	for (guint i = 0; i < processes->len; i++) {
		const NslProcess *process = g_ptr_array_index(processes, i);
		guint parent = find_process(processes, process->ppid);

		if (parent != NONE && parent != i)
			nsl_forest_move(forest, first + i, first + parent);
	}
}

/* Nodes before `first` are on no circle. */
static bool is_in_state(const NslForest *forest, guint first, guint node, int state)
{
	return node != NONE && node >= first && (int)get(forest, node)->state == state;
}

void nsl_forest_cut_circles(NslForest *forest, guint first, guint fallback)
{
	for (guint i = first; i < forest->nodes->len; i++) {
		guint at;

		for (at = i; is_in_state(forest, first, at, UNSEEN); at = get(forest, at)->parent) {
			Node *node = get(forest, at);

			node->state = ON_PATH;
			if (is_in_state(forest, first, node->parent, ON_PATH))
				node->parent = fallback;
		}
		for (at = i; is_in_state(forest, first, at, ON_PATH); at = get(forest, at)->parent)
			get(forest, at)->state = SETTLED;
	}
}

/* Makes lists of children; returns the first node at the top, NONE where there is nothing. */
static guint link_nodes(NslForest *forest)
{
	guint first = NONE;
	guint last = NONE;

	for (guint i = 0; i < forest->nodes->len; i++)
		for (guint at = get(forest, i)->heading ? NONE : i;
		     at != NONE && !get(forest, at)->used; at = get(forest, at)->parent)
			get(forest, at)->used = true;
	for (guint i = 0; i < forest->nodes->len; i++) {
		const Node *node = get(forest, i);
		Node *parent = node->parent != NONE ? get(forest, node->parent) : NULL;
		guint *list = parent ? &parent->first_child : &first;
		guint *end = parent ? &parent->last_child : &last;

		if (!node->used)
			continue;
		if (*list == NONE)
			*list = i;
		else
			get(forest, *end)->next_sibling = i;
		*end = i;
	}
	return first;
}

static void draw_node(Drawing *drawing, const Node *node, guint depth, gconstpointer context)
{
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
	node->write(text, node->data, context);
	if (node->heading)
		nsl_color_end(text, drawing->style, NSL_TONE_HEADING);
	nsl_label_end_line(text, start, drawing->style->columns);
	nsl_output_flush(drawing->output);
}

void nsl_forest_draw(NslForest *forest, const NslStyle *style, gconstpointer context,
		     NslOutput *output)
{
	Drawing drawing = {
		.style = style,
		.lines = style->ascii_lines ? &ascii_lines : &unicode_lines,
		.output = output,
	};
	guint at = link_nodes(forest);
	guint depth = 0;

	/* Not recursive: a chain of processes may be as long as there are PIDs. */
	while (at != NONE && output->result == 0) {
		const Node *node = get(forest, at);

		draw_node(&drawing, node, depth, context);
		if (node->first_child != NONE) {
			at = node->first_child;
			depth++;
			continue;
		}
		while (node->next_sibling == NONE && node->parent != NONE) {
			node = get(forest, node->parent);
			depth--;
		}
		at = node->next_sibling;
	}
}
