/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree: type, namespace, and the processes in it as a process tree. A process stands below
 * its parent where that is in the same namespace.
 */
#include <string.h>

#include "report/color.h"
#include "report/detail.h"
#include "report/format.h"
#include "report/label.h"

#define MAX_INDENT 64 /* deeper ones stand as far right as this one */
#define NONE	   G_MAXUINT

typedef struct Lines {
	const char *middle;
	const char *last;
	const char *through;
	const char *blank;
} Lines;

static const Lines unicode_lines = {"├─", "└─", "│ ", "  "};
static const Lines ascii_lines = {"|-", "`-", "| ", "  "};

/* A process in one namespace; the others are indices into the same array. */
typedef struct Node {
	const NslRow *row;
	guint parent;
	guint first_child;
	guint last_child;
	guint next_sibling;
	enum { UNSEEN, ON_PATH, SETTLED } state;
} Node;

typedef struct Tree {
	const NslStyle *style;
	const Lines *lines;
	NslOutput *output;
	bool last[MAX_INDENT + 1]; /* per depth: no sibling follows on the way to this line */
} Tree;

/* Starts a line at this depth; to be ended by nsl_label_end_line() from the returned place. */
static gsize start_line(Tree *tree, guint depth, bool last)
{
	GString *text = tree->output->text;
	gsize start = text->len;

	depth = MIN(depth, MAX_INDENT);
	tree->last[depth] = last;
	for (guint i = 1; i < depth; i++)
		g_string_append(text, tree->last[i] ? tree->lines->blank : tree->lines->through);
	if (depth > 0)
		g_string_append(text, last ? tree->lines->last : tree->lines->middle);
	return start;
}

static void end_line(Tree *tree, gsize start)
{
	nsl_label_end_line(tree->output->text, start, tree->style->columns);
	nsl_output_flush(tree->output);
}

/* The node of a PID, or NONE; nodes are in ascending order of it. */
static guint find_node(const GArray *nodes, guint32 pid)
{
	guint low = 0;
	guint high = nodes->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;
		guint32 found = g_array_index(nodes, Node, middle).row->process->pid;

		if (found == pid)
			return middle;
		if (found < pid)
			low = middle + 1;
		else
			high = middle;
	}
	return NONE;
}

/*
 * Parents are read one after the other while processes come and go: where they form a circle, it
 * is cut.
 */
static void cut_circles(GArray *nodes)
{
	for (guint i = 0; i < nodes->len; i++) {
		guint at = i;

		while (at != NONE && g_array_index(nodes, Node, at).state == UNSEEN) {
			Node *node = &g_array_index(nodes, Node, at);

			node->state = ON_PATH;
			if (node->parent != NONE &&
			    g_array_index(nodes, Node, node->parent).state == ON_PATH)
				node->parent = NONE;
			at = node->parent;
		}
		for (at = i; at != NONE && g_array_index(nodes, Node, at).state == ON_PATH;
		     at = g_array_index(nodes, Node, at).parent)
			g_array_index(nodes, Node, at).state = SETTLED;
	}
}

static void append_child(GArray *nodes, guint parent, guint child)
{
	Node *node = &g_array_index(nodes, Node, parent);

	if (node->first_child == NONE)
		node->first_child = child;
	else
		g_array_index(nodes, Node, node->last_child).next_sibling = child;
	node->last_child = child;
}

/* Links the nodes; returns the first of those without a parent, NONE where there are none. */
static guint link_nodes(GArray *nodes)
{
	guint first = NONE;
	guint last = NONE;

	for (guint i = 0; i < nodes->len; i++) {
		Node *node = &g_array_index(nodes, Node, i);

		node->parent = find_node(nodes, node->row->process->ppid);
		/* Whose children alone are inside is itself outside: not part of the tree. */
		if (node->parent == i || node->row->for_children)
			node->parent = NONE;
	}
	cut_circles(nodes);
	for (guint i = 0; i < nodes->len; i++) {
		guint parent = g_array_index(nodes, Node, i).parent;

		if (parent != NONE) {
			append_child(nodes, parent, i);
			continue;
		}
		if (first == NONE)
			first = i;
		else
			g_array_index(nodes, Node, last).next_sibling = i;
		last = i;
	}
	return first;
}

static void write_process(Tree *tree, const NslRow *row, guint depth, bool last)
{
	gsize start = start_line(tree, depth, last);
	GString *text = tree->output->text;
	gsize label;

	nsl_output_number(text, row->process->pid, 0);
	g_string_append_c(text, ' ');
	label = text->len;
	nsl_label_row(text, row, tree->style->ascii_only ? NSL_TEXT_ASCII : NSL_TEXT_UTF8);
	nsl_color_container(text, label, tree->style, row);
	if (row->for_children)
		g_string_append(text, NSL_LABEL_FOR_CHILDREN);
	end_line(tree, start);
}

static void write_processes(Tree *tree, GArray *nodes)
{
	guint at = link_nodes(nodes);
	guint depth = 2;

	/* Not recursive: a chain of processes may be as long as there are PIDs. */
	while (at != NONE && tree->output->result == 0) {
		const Node *node = &g_array_index(nodes, Node, at);

		write_process(tree, node->row, depth, node->next_sibling == NONE);
		if (node->first_child != NONE) {
			at = node->first_child;
			depth++;
			continue;
		}
		while (node->next_sibling == NONE && node->parent != NONE) {
			node = &g_array_index(nodes, Node, node->parent);
			depth--;
		}
		at = node->next_sibling;
	}
}

static void write_namespace(Tree *tree, const NslNamespace *ns, const GPtrArray *rows, bool last)
{
	g_autoptr(GArray) nodes = g_array_new(FALSE, FALSE, sizeof(Node));
	gsize start = start_line(tree, 1, last);
	const char *before = "  ";

	nsl_label_namespace(tree->output->text, ns, true);
	if (tree->style->details && ns->detail) {
		g_string_append(tree->output->text, before);
		nsl_detail_append(tree->output->text, ns,
				  tree->style->ascii_only ? NSL_TEXT_ASCII : NSL_TEXT_UTF8);
	}
	for (guint i = 0; i < rows->len; i++) {
		const NslRow *row = g_ptr_array_index(rows, i);
		Node node = {
			.row = row,
			.parent = NONE,
			.first_child = NONE,
			.last_child = NONE,
			.next_sibling = NONE,
		};

		if (row->process) {
			g_array_append_val(nodes, node);
			continue;
		}
		if (row->thread)
			g_string_append_printf(tree->output->text, "%s%u ", before,
					       row->thread->tid);
		else
			g_string_append(tree->output->text, before);
		nsl_label_row(tree->output->text, row,
			      tree->style->ascii_only ? NSL_TEXT_ASCII : NSL_TEXT_UTF8);
		before = ", ";
	}
	end_line(tree, start);
	write_processes(tree, nodes);
}

/* The rows of each namespace: a GPtrArray of NslRow by NslNamespace. */
static GHashTable *group_rows(const NslView *view)
{
	GHashTable *groups =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);

	for (guint i = 0; i < view->rows->len; i++) {
		NslRow *row = &g_array_index(view->rows, NslRow, i);
		GPtrArray *rows = g_hash_table_lookup(groups, row->ns);

		if (!rows) {
			rows = g_ptr_array_new();
			g_hash_table_insert(groups, (gpointer)row->ns, rows);
		}
		g_ptr_array_add(rows, row);
	}
	return groups;
}

void nsl_tree_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GHashTable) groups = group_rows(view);
	Tree tree = {
		.style = style,
		.lines = style->ascii_lines ? &ascii_lines : &unicode_lines,
		.output = output,
	};
	const NslNamespace *before = NULL;

	for (guint i = 0; i < view->namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(view->namespaces, i);
		const NslNamespace *next = i + 1 < view->namespaces->len
						   ? g_ptr_array_index(view->namespaces, i + 1)
						   : NULL;

		if (!before || before->type != ns->type) {
			gsize start = start_line(&tree, 0, false);

			nsl_color_start(output->text, style, NSL_TONE_HEADING);
			g_string_append(output->text, nsl_nstypes[ns->type].name);
			nsl_color_end(output->text, style, NSL_TONE_HEADING);
			end_line(&tree, start);
		}
		write_namespace(&tree, ns, g_hash_table_lookup(groups, ns),
				!next || next->type != ns->type);
		before = ns;
	}
}
