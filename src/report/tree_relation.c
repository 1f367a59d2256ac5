/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trees by relation: user namespaces and what each owns; the nesting of pid and user
 * namespaces. What is above those that are listed stands there too, as far as it is known; what is
 * below something unknown is said to be.
 */
#include "base/text.h"
#include "report/detail.h"
#include "report/forest.h"
#include "report/format.h"
#include "report/wording.h"
#include "report/relation.h"

/* What a tree of its own hangs from. */
typedef struct Top {
	guint node;
	guint unknown[NSL_UNSUPPORTED + 1]; /* headings, by NslKnowledge */
	guint circle;			    /* likewise, of what is known and cannot be right */
} Top;

typedef struct Tree {
	const NslView *view;
	const NslStyle *style;
	NslRelationKind kind;
	GHashTable *listed; /* set of NslNamespace: the view's */
	GHashTable *nodes;  /* NslNamespace to the number of its node */
	NslForest *forest;
} Tree;

/* Who made a user namespace: "made by alice, ". */
static void write_maker(GString *text, const NslNamespace *ns, bool ascii_only)
{
	if (ns->type != NSL_NSTYPE_USER || ns->has_owner_uid != NSL_KNOWN)
		return;
	g_string_append(text, "made by ");
	if (ns->owner_name)
		nsl_text_escape(text, ns->owner_name, -1, ascii_only);
	else
		nsl_output_number(text, ns->owner_uid, 0);
	g_string_append(text, ", ");
}

static void write_namespace(GString *text, gconstpointer data, gconstpointer context)
{
	const NslNamespace *ns = data;
	const Tree *tree = context;
	bool denied = nsl_relation_of(ns, tree->kind)->knowledge == NSL_DENIED;

	nsl_label_namespace(text, ns, true);
	if (ns->root)
		g_string_append(text,
				denied ? " (root; what is above may not be read)" : " (root)");
	if (!g_hash_table_contains(tree->listed, ns)) {
		if (!ns->root) /* of those it is said already why they stand here */
			g_string_append(text, " (not selected)");
		return;
	}
	g_string_append(text, "  ");
	if (tree->style->details && ns->detail) {
		nsl_detail_append(text, ns, nsl_style_kind(tree->style));
		g_string_append(text, "  ");
	}
	write_maker(text, ns, nsl_style_kind(tree->style));
	nsl_label_summary(text, tree->view, ns, nsl_style_kind(tree->style));
}

/* Where a namespace that is below no other one belongs. */
static guint choose_place(const Tree *tree, const NslNamespace *ns, const Top *top)
{
	NslKnowledge knowledge = nsl_relation_of(ns, tree->kind)->knowledge;

	/* What is above the root ones was not looked for. */
	if (ns->root && (nsl_relation_types(NSL_RELATION_PARENT) & NSL_NSTYPE_BIT(ns->type)))
		return top->node;
	return nsl_relation_obstacle(knowledge) ? top->unknown[knowledge] : top->node;
}

static guint add_heading(const Tree *tree, const Top *top, const char *why)
{
	const char *what = tree->kind == NSL_RELATION_OWNER ? "owner" : "parent";

	return nsl_forest_add_heading(tree->forest, top->node,
				      g_strdup_printf("%s unknown: %s", what, why));
}

static void add_headings(const Tree *tree, Top *top)
{
	for (NslKnowledge knowledge = 0; knowledge <= NSL_UNSUPPORTED; knowledge++) {
		const char *obstacle = nsl_relation_obstacle(knowledge);

		if (obstacle)
			top->unknown[knowledge] = add_heading(tree, top, obstacle);
	}
	top->circle = add_heading(tree, top, "these are said to be above themselves");
}

static void add_nodes(Tree *tree, const GPtrArray *namespaces, bool users)
{
	for (guint i = 0; i < namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(namespaces, i);
		guint node;

		if ((ns->type == NSL_NSTYPE_USER) != users)
			continue;
		node = nsl_forest_add(tree->forest, NSL_FOREST_NONE, write_namespace, ns);
		g_hash_table_insert(tree->nodes, (gpointer)ns, GUINT_TO_POINTER(node));
	}
}

static guint node_of(const Tree *tree, const NslNamespace *ns)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(tree->nodes, ns));
}

static void place_nodes(Tree *tree, const GPtrArray *namespaces, const Top *others,
			const Top *users)
{
	for (guint i = 0; i < namespaces->len; i++) {
		const NslNamespace *ns = g_ptr_array_index(namespaces, i);
		const NslRelation *above = nsl_relation_of(ns, tree->kind);
		const Top *top = ns->type == NSL_NSTYPE_USER ? users : others;

		nsl_forest_move(tree->forest, node_of(tree, ns),
				above->knowledge == NSL_KNOWN ? node_of(tree, above->ns)
							      : choose_place(tree, ns, top));
	}
}

/* The order of nodes is that of lines: user namespaces come after what else their owner owns. */
static void build(Tree *tree, const GPtrArray *namespaces)
{
	Top others = {.node = NSL_FOREST_NONE};
	Top users = {.node = NSL_FOREST_NONE};
	guint first;
	guint first_user;

	if (tree->kind == NSL_RELATION_PARENT) {
		others.node =
			nsl_forest_add_heading(tree->forest, NSL_FOREST_NONE, g_strdup("pid"));
		users.node =
			nsl_forest_add_heading(tree->forest, NSL_FOREST_NONE, g_strdup("user"));
	}
	first = nsl_forest_size(tree->forest);
	add_nodes(tree, namespaces, false);
	first_user = nsl_forest_size(tree->forest);
	add_nodes(tree, namespaces, true);
	add_headings(tree, &others);
	if (tree->kind == NSL_RELATION_PARENT)
		add_headings(tree, &users);
	else
		users = others;
	place_nodes(tree, namespaces, &others, &users);
	nsl_forest_cut_circles(tree->forest, first_user, users.circle);
	nsl_forest_cut_circles(tree->forest, first, others.circle);
}

static void write_tree(NslRelationKind kind, const NslView *view, const NslStyle *style,
		       NslOutput *output)
{
	g_autoptr(GPtrArray) namespaces = nsl_relation_gather(view, kind);
	g_autoptr(GHashTable) listed = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL);
	g_autoptr(NslForest) forest = nsl_forest_new();
	Tree tree = {.view = view,
		     .style = style,
		     .kind = kind,
		     .listed = listed,
		     .nodes = nodes,
		     .forest = forest};

	for (guint i = 0; i < view->namespaces->len; i++)
		g_hash_table_add(listed, g_ptr_array_index(view->namespaces, i));
	build(&tree, namespaces);
	nsl_forest_draw(forest, style, &tree, output);
}

void nsl_tree_relation_write_owner(const NslView *view, const NslStyle *style, NslOutput *output)
{
	write_tree(NSL_RELATION_OWNER, view, style, output);
}

void nsl_tree_relation_write_parent(const NslView *view, const NslStyle *style, NslOutput *output)
{
	write_tree(NSL_RELATION_PARENT, view, style, output);
}
