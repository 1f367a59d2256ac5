/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The matrix: who shares which namespaces with the host, and with whom. It has one row for each
 * process or thread, and one column for each type. Rows with the same namespaces stand together;
 * such groups are in the order of their first PIDs.
 */
#include <string.h>

#include "base/each.h"
#include "report/format.h"
#include "report/wording.h"

#define MIN_DIGITS 4 /* that are left of a shortened inode */
#define MIN_SAVED  3 /* or it is not worth it */
#define LAST_PART  3 /* of the line, for what follows the types */

/* A row: its process or thread, and what that is in. */
typedef struct Line {
	NslRow row;
	NslRowMore more;
	guint64 inodes[2 * NSL_NSTYPE_COUNT]; /* NslRowMore.inodes */
	guint group;
} Line;

typedef struct Matrix {
	const NslView *view;
	GArray *lines;
} Matrix;

static guint64 inode_of(const Matrix *matrix, const NslNamespace *ns, NslNsType type)
{
	const NslSnapshot *snapshot = matrix->view->snapshot;

	/* Which one is the root namespace may not be known: then all count as root (is_root). */
	if (ns)
		return ns->root && !(snapshot->rootless & NSL_NSTYPE_BIT(type)) ? 0 : ns->inode;
	/* A type that the kernel does not have is shared by all. */
	return snapshot->root[type] == 0 ? 0 : NSL_INODE_UNKNOWN;
}

/* Of a thread, this sets the namespaces of its process; add_threads() sets those that differ. */
static void add_line(Matrix *matrix, const NslRow *row)
{
	Line line = {.row = *row, .more = *row->more};
	const NslProcess *process = row->process ? row->process : line.more.owner;

	line.more.for_children = false; /* the mark says of which types they will be elsewhere */
	/* A process that is not in the snapshot is only in root namespaces. */
	NSL_EACH_TYPE (type, process ? matrix->view->types : 0) {
		const NslNamespace *children =
			row->process ? nsl_process_for_children(process, type) : NULL;

		line.inodes[type] = inode_of(matrix, process->ns[type], type);
		line.inodes[NSL_NSTYPE_COUNT + type] = children ? children->inode : 0;
	}
	g_array_append_val(matrix->lines, line);
}

static void add_lines(Matrix *matrix)
{
	guint64 before = 0; /* what is no task's */

	NSL_EACH_IN (const NslRow, row, matrix->view->rows) {
		guint64 task = nsl_row_task(row);

		if (task != before) /* the rows of one follow each other */
			add_line(matrix, row);
		before = task;
	}
}

static void add_thread(Matrix *matrix, GHashTable *by_tid, const NslNamespace *ns)
{
	if (!(matrix->view->types & NSL_NSTYPE_BIT(ns->type)))
		return;
	NSL_EACH_IN (const NslHolder, holder, ns->holders) {
		Line *line = g_hash_table_lookup(by_tid, GUINT_TO_POINTER(holder->tid));

		if (line && holder->kind == NSL_HOLDER_THREAD)
			line->inodes[ns->type] = inode_of(matrix, ns, ns->type);
	}
}

static void add_threads(Matrix *matrix)
{
	g_autoptr(GHashTable) by_tid = g_hash_table_new(NULL, NULL);

	NSL_EACH_IN (Line, line, matrix->lines)
		if (line->more.thread)
			g_hash_table_insert(by_tid, GUINT_TO_POINTER(line->more.thread->tid), line);
	if (g_hash_table_size(by_tid) == 0)
		return;
	NSL_EACH_KEY (const NslNamespace, ns, matrix->view->snapshot->namespaces)
		add_thread(matrix, by_tid, ns);
}

static gint compare_groups(gconstpointer a, gconstpointer b)
{
	const Line *x = a;
	const Line *y = b;

	return (x->group > y->group) - (x->group < y->group);
}

static void group_lines(Matrix *matrix)
{
	g_autoptr(GHashTable) groups = g_hash_table_new_full(nsl_inode_bytes_hash, g_bytes_equal,
							     (GDestroyNotify)g_bytes_unref, NULL);

	NSL_EACH_IN (Line, line, matrix->lines) {
		GBytes *inodes = g_bytes_new(line->inodes, sizeof(guint64[NSL_NSTYPE_COUNT]));
		gpointer group;

		if (!g_hash_table_lookup_extended(groups, inodes, NULL, &group))
			group = GUINT_TO_POINTER(g_hash_table_size(groups));
		g_hash_table_insert(groups, inodes, group);
		line->group = GPOINTER_TO_UINT(group);
	}
	g_array_sort(matrix->lines, compare_groups); /* which is stable */
}

/* How many digits all inodes have in common at their start; *ret_width: how many they have. */
static guint count_common(const Matrix *matrix, guint *ret_width)
{
	guint64 least = G_MAXUINT64;
	guint64 most = 0;
	g_autofree char *first = NULL;
	g_autofree char *last = NULL;
	guint common = 0;

	NSL_EACH_IN (const Line, line, matrix->lines)
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
			guint64 inode = line->inodes[type];

			if (inode == 0 || inode == NSL_INODE_UNKNOWN)
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

/* On a narrow terminal the digits that all inodes have in common are left out. */
static guint count_shortened(const Matrix *matrix, const NslStyle *style)
{
	guint width = 0;
	guint common = count_common(matrix, &width);
	guint room = style->columns - style->columns / LAST_PART;
	guint taken = width + 1;

	NSL_EACH_TYPE (type, matrix->view->types)
		taken += width + 1;
	return style->columns > 0 && taken > room && common >= MIN_SAVED && !style->hosts ? common
											  : 0;
}

/* The namespaces that the process's future children will be in, where they are not its own. */
static void append_children(GString *text, const Line *line)
{
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
		if (line->inodes[NSL_NSTYPE_COUNT + type] == 0)
			continue;
		g_string_append_c(text, '(');
		nsl_label_namespace(text, nsl_process_for_children(line->row.process, type), false);
		g_string_append(text, " for children) ");
	}
}

/* The rows (NslRow) of the lines, which keep them. `marks` has their marks. */
static GArray *make_rows(const Matrix *matrix, GStringChunk *marks)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(NslRow));
	const Line *before = NULL;

	NSL_EACH_IN (Line, line, matrix->lines) {
		g_autoptr(GString) mark = g_string_new(NULL);

		append_children(mark, line);
		line->more.mark = g_string_chunk_insert(marks, mark->str);
		line->more.inodes = line->inodes;
		line->more.again = before && before->group == line->group;
		line->row.more = &line->more;
		g_array_append_val(rows, line->row);
		before = line;
	}
	return rows;
}

static void add_column(GArray *columns, NslColumn column)
{
	g_array_append_val(columns, column);
}

/* The host's column comes first, wherever the others are. Programs get what children are in. */
static GArray *choose_columns(const NslView *view, const NslStyle *style)
{
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(NslColumn));
	bool lines = style->writing == NSL_WRITING_LINES;
	guint n_host = style->output->len > 0 &&
		       g_array_index(style->output, NslColumn, 0) == NSL_COLUMN_HOST;

	g_array_append_vals(columns, style->output->data, n_host);
	add_column(columns, NSL_COLUMN_PID);
	if (view->has_threads)
		add_column(columns, NSL_COLUMN_TID);
	for (guint i = 0; i < (lines ? 1 : 2) * NSL_NSTYPE_COUNT; i++) {
		NslNsType type = i % NSL_NSTYPE_COUNT;

		if ((view->types & NSL_NSTYPE_BIT(type)) &&
		    (i < NSL_NSTYPE_COUNT || nsl_nstypes[type].children_link))
			add_column(columns, NSL_GRID_INODE + i);
	}
	g_array_append_vals(columns, style->output->data + n_host * sizeof(NslColumn),
			    style->output->len - n_host);
	return columns;
}

void nsl_matrix_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GArray) lines = g_array_new(FALSE, FALSE, sizeof(Line));
	g_autoptr(GStringChunk) marks = g_string_chunk_new(64);
	g_autoptr(GArray) columns = choose_columns(view, style);
	g_autoptr(GArray) rows = NULL;
	Matrix matrix = {.view = view, .lines = lines};
	NslStyle shown = *style;

	add_lines(&matrix);
	add_threads(&matrix);
	group_lines(&matrix);
	rows = make_rows(&matrix, marks);
	shown.shortened = count_shortened(&matrix, style);
	nsl_grid_write(view, rows, columns, &shown, output);
}
