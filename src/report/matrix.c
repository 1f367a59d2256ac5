/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The matrix: who shares which namespaces with the host, and with whom. It has one row for each
 * process or thread, and one column for each type. Rows with the same namespaces stand together;
 * such groups are in the order of their first PIDs.
 */
#include <string.h>

#include "report/format.h"
#include "report/grid.h"
#include "report/wording.h"

#define ROOT	0 /* in place of an inode: that is never 0 */
#define UNKNOWN G_MAXUINT64

#define MIN_DIGITS 4 /* that are left of a shortened inode */
#define MIN_SAVED  3 /* or it is not worth it */
#define LAST_PART  3 /* of the line, for what follows the types */

/* A row. */
typedef struct Line {
	NslRow row; /* its process or thread, for the columns */
	guint64 inodes[NSL_NSTYPE_COUNT];
	guint group;
} Line;

typedef struct Matrix {
	const NslView *view;
	const NslStyle *style;
	GArray *lines;
	NslNsType types[NSL_NSTYPE_COUNT]; /* those that have a column */
	guint n_types;
	GArray *who;	 /* NslColumn: before those … */
	GArray *rest;	 /* … and after them */
	guint shortened; /* digits that are left out at the start of inodes */
} Matrix;

static guint64 cell_of(const Matrix *matrix, const NslNamespace *ns, NslNsType type)
{
	/* Which one is the root namespace may not be known: then all count as root (is_root). */
	if (ns)
		return ns->root && !(matrix->view->snapshot->rootless & NSL_NSTYPE_BIT(type))
			       ? ROOT
			       : ns->inode;
	/* A type that the kernel does not have is shared by all. */
	return matrix->view->snapshot->root[type] == 0 ? ROOT : UNKNOWN;
}

/* Of a thread, this sets the namespaces of its process; add_threads() sets those that differ. */
static void add_line(Matrix *matrix, const NslRow *row)
{
	Line line = {.row = *row};
	const NslProcess *process = row->process ? row->process : nsl_row_more(row)->owner;

	if (row->process) /* add_grid_row() says of which types its children will be elsewhere */
		line.row.more = NULL;
	/* A process that is not in the snapshot is only in root namespaces. */
	for (NslNsType type = 0; process && type < NSL_NSTYPE_COUNT; type++)
		line.inodes[type] = cell_of(matrix, process->ns[type], type);
	g_array_append_val(matrix->lines, line);
}

static bool is_same(const NslRow *a, const NslRow *b)
{
	if (nsl_row_more(a)->thread && nsl_row_more(b)->thread)
		return nsl_row_more(a)->thread->tid == nsl_row_more(b)->thread->tid;
	return !nsl_row_more(a)->thread && !nsl_row_more(b)->thread && a->process == b->process;
}

static void add_lines(Matrix *matrix)
{
	const NslRow *before = NULL;

	for (guint i = 0; i < matrix->view->rows->len; i++) {
		const NslRow *row = &g_array_index(matrix->view->rows, NslRow, i);

		if (!row->process && !nsl_row_more(row)->thread)
			continue;
		/* The rows of one follow each other. */
		if (!before || !is_same(before, row))
			add_line(matrix, row);
		before = row;
	}
}

static void add_thread(Matrix *matrix, GHashTable *by_tid, const NslNamespace *ns)
{
	for (guint i = 0; i < ns->holders->len; i++) {
		const NslHolder *holder = &g_array_index(ns->holders, NslHolder, i);
		gpointer index;

		if (holder->kind == NSL_HOLDER_THREAD &&
		    g_hash_table_lookup_extended(by_tid, GUINT_TO_POINTER(holder->tid), NULL,
						 &index))
			g_array_index(matrix->lines, Line, GPOINTER_TO_UINT(index))
				.inodes[ns->type] = cell_of(matrix, ns, ns->type);
	}
}

static void add_threads(Matrix *matrix)
{
	g_autoptr(GHashTable) by_tid = g_hash_table_new(NULL, NULL);
	GHashTableIter iter;
	gpointer ns;

	for (guint i = 0; i < matrix->lines->len; i++) {
		const NslHolder *thread =
			nsl_row_more(&g_array_index(matrix->lines, Line, i).row)->thread;

		if (thread)
			g_hash_table_insert(by_tid, GUINT_TO_POINTER(thread->tid),
					    GUINT_TO_POINTER(i));
	}
	if (g_hash_table_size(by_tid) == 0)
		return;
	g_hash_table_iter_init(&iter, matrix->view->snapshot->namespaces);
	while (g_hash_table_iter_next(&iter, &ns, NULL))
		add_thread(matrix, by_tid, ns);
}

static guint hash_inodes(gconstpointer data)
{
	const guint64 *inodes = data;
	guint hash = 0;

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		hash = 31 * hash + g_int64_hash(&inodes[type]);
	return hash;
}

static gboolean are_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(guint64[NSL_NSTYPE_COUNT])) == 0;
}

static gint compare_groups(gconstpointer a, gconstpointer b)
{
	const Line *x = a;
	const Line *y = b;

	return (x->group > y->group) - (x->group < y->group);
}

static void group_lines(Matrix *matrix)
{
	g_autoptr(GHashTable) groups = g_hash_table_new(hash_inodes, are_equal);

	for (guint i = 0; i < matrix->lines->len; i++) {
		Line *line = &g_array_index(matrix->lines, Line, i);
		gpointer group;

		/* Types without a column do not make groups. */
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			if (!(matrix->view->types & NSL_NSTYPE_BIT(type)))
				line->inodes[type] = ROOT;
		if (!g_hash_table_lookup_extended(groups, line->inodes, NULL, &group)) {
			group = GUINT_TO_POINTER(g_hash_table_size(groups));
			g_hash_table_insert(groups, line->inodes, group);
		}
		line->group = GPOINTER_TO_UINT(group);
	}
	g_array_sort(matrix->lines, compare_groups); /* which is stable */
}

/* How many digits all inodes have in common at their start; *ret_width: how many they have. */
static guint count_common(const Matrix *matrix, guint *ret_width)
{
	guint64 least = UNKNOWN;
	guint64 most = ROOT;
	g_autofree char *first = NULL;
	g_autofree char *last = NULL;
	guint common = 0;

	for (guint i = 0; i < matrix->lines->len; i++)
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
			guint64 inode = g_array_index(matrix->lines, Line, i).inodes[type];

			if (inode == ROOT || inode == UNKNOWN)
				continue;
			least = MIN(least, inode);
			most = MAX(most, inode);
		}
	first = g_strdup_printf("%" G_GUINT64_FORMAT, least);
	last = g_strdup_printf("%" G_GUINT64_FORMAT, most);
	*ret_width = (guint)strlen(first);
	if (strlen(last) != *ret_width || *ret_width <= MIN_DIGITS)
		return 0;
	/* Numbers of one length that lie between two share the digits that these share. */
	while (first[common] && first[common] == last[common])
		common++;
	return MIN(common, *ret_width - MIN_DIGITS);
}

/* On a narrow terminal, leaves out the digits that all inodes have in common. */
static void shorten(Matrix *matrix)
{
	guint width = 0;
	guint common = count_common(matrix, &width);
	guint room = matrix->style->columns - matrix->style->columns / LAST_PART;

	if (matrix->style->columns > 0 && common >= MIN_SAVED &&
	    (matrix->n_types + 1) * (width + 1) > room)
		matrix->shortened = common;
}

static void append_cell(const Matrix *matrix, GString *cell, guint64 inode)
{
	if (inode == ROOT)
		return; /* the grid has a sign for an empty cell */
	if (inode == UNKNOWN) {
		g_string_append_c(cell, '?');
		return;
	}
	nsl_output_number(cell, inode);
	if (matrix->shortened > 0) {
		g_string_erase(cell, 0, matrix->shortened);
		g_string_prepend(cell, matrix->style->ascii_only ? ".." : "…");
	}
}

/* The namespaces that the process's future children will be in, where they are not its own. */
static void append_children(const Matrix *matrix, GString *text, const NslProcess *process)
{
	for (guint i = 0; process && i < matrix->n_types; i++) {
		const NslNamespace *ns = nsl_process_for_children(process, matrix->types[i]);

		if (!ns)
			continue;
		g_string_append_c(text, '(');
		nsl_label_namespace(text, ns, false);
		g_string_append(text, " for children) ");
	}
}

/* The same for programs: as /proc/PID/ns has them, in columns of their own. */
static void add_children(NslGrid *grid, const Matrix *matrix, const NslProcess *process)
{
	for (guint i = 0; i < matrix->n_types; i++) {
		const NslNamespace *ns =
			process ? nsl_process_for_children(process, matrix->types[i]) : NULL;

		if (nsl_nstypes[matrix->types[i]].children_link)
			nsl_grid_add_number(grid, ns, ns ? ns->inode : 0, NULL, NSL_TONE_PLAIN);
	}
}

/* A line with the same namespaces as the one before stands back. */
static NslTone tone_of(const Matrix *matrix, guint at)
{
	bool again = at > 0 && g_array_index(matrix->lines, Line, at - 1).group ==
				       g_array_index(matrix->lines, Line, at).group;

	return again ? NSL_TONE_ASIDE : NSL_TONE_PLAIN;
}

static void add_grid_row(NslGrid *grid, guint at, gconstpointer data)
{
	const Matrix *matrix = data;
	const Line *line = &g_array_index(matrix->lines, Line, at);
	const guint64 *roots = matrix->view->snapshot->root;
	NslRow row = line->row;
	NslRowMore more = *nsl_row_more(&row);
	NslTone tone = tone_of(matrix, at);
	guint64 inode;
	g_autoptr(GString) cell = g_string_new(NULL);
	g_autoptr(GString) children = g_string_new(NULL);

	for (guint i = 0; i < matrix->who->len; i++)
		nsl_grid_add_cell(grid, g_array_index(matrix->who, NslColumn, i), &row,
				  NSL_TONE_PLAIN);
	for (guint i = 0; i < matrix->n_types; i++) {
		g_string_truncate(cell, 0);
		inode = line->inodes[matrix->types[i]];
		append_cell(matrix, cell, inode);
		/* Programs get each number, also that of a root namespace. */
		inode = inode == ROOT ? roots[matrix->types[i]] : inode;
		nsl_grid_add_number(grid, inode != 0 && inode != UNKNOWN, inode, cell, tone);
	}
	if (matrix->style->writing != NSL_WRITING_LINES)
		add_children(grid, matrix, row.process);
	append_children(matrix, children, row.process);
	more.mark = children->str;
	more.inodes = line->inodes;
	row.more = &more;
	nsl_grid_add_row(grid, matrix->rest, &row);
}

static void write_lines(const Matrix *matrix, NslOutput *output)
{
	g_autoptr(NslGrid) grid = nsl_grid_new(matrix->view, matrix->style);

	nsl_grid_add_columns(grid, matrix->who);
	for (guint i = 0; i < matrix->n_types; i++)
		nsl_grid_add_column(grid, nsl_nstypes[matrix->types[i]].name, true);
	for (guint i = 0; i < matrix->n_types && matrix->style->writing != NSL_WRITING_LINES; i++)
		if (nsl_nstypes[matrix->types[i]].children_link)
			nsl_grid_add_column(grid, nsl_nstypes[matrix->types[i]].children_link,
					    true);
	nsl_grid_add_columns(grid, matrix->rest);
	nsl_grid_write(grid, matrix->lines->len, add_grid_row, matrix, output);
}

/* The host's column comes first, wherever the others are. */
static void choose_columns(Matrix *matrix)
{
	static const NslColumn pid_and_tid[] = {NSL_COLUMN_PID, NSL_COLUMN_TID};
	const GArray *output = matrix->style->output;
	const NslColumn host = NSL_COLUMN_HOST;
	bool first = output->len > 0 && g_array_index(output, NslColumn, 0) == host;

	if (first)
		g_array_append_val(matrix->who, host);
	g_array_append_vals(matrix->who, pid_and_tid, matrix->view->has_threads ? 2 : 1);
	for (guint i = first ? 1 : 0; i < output->len; i++)
		g_array_append_val(matrix->rest, g_array_index(output, NslColumn, i));
}

void nsl_matrix_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	Matrix matrix = {
		.view = view,
		.style = style,
		.lines = g_array_new(FALSE, FALSE, sizeof(Line)),
		.who = g_array_new(FALSE, FALSE, sizeof(NslColumn)),
		.rest = g_array_new(FALSE, FALSE, sizeof(NslColumn)),
	};

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (view->types & NSL_NSTYPE_BIT(type))
			matrix.types[matrix.n_types++] = type;
	add_lines(&matrix);
	add_threads(&matrix);
	group_lines(&matrix);
	if (!style->hosts)
		shorten(&matrix);
	choose_columns(&matrix);
	write_lines(&matrix, output);
	g_array_unref(matrix.lines);
	g_array_unref(matrix.who);
	g_array_unref(matrix.rest);
}
