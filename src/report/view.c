/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view: see view.h.
 */
#include "report/view.h"

#include <string.h>

#include "base/each.h"
#include "base/procfs.h"
#include "report/wording.h"

const NslRowMore nsl_row_no_more;

/* What is being put together. */
typedef struct Builder {
	NslView *view;
	const NslSnapshot *snapshot;
	NslSelection *selection;
	GPtrArray *all;	    /* NslNamespace: the snapshot's, by type and inode */
	GHashTable *listed; /* set of those of them that are listed for their own sake */
	GHashTable *tasks;  /* set of NslNamespace that a --task is in; NULL: any will do */
} Builder;

static gint compare_namespaces(gconstpointer a, gconstpointer b)
{
	const NslNamespace *x = *(NslNamespace *const *)a;
	const NslNamespace *y = *(NslNamespace *const *)b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->inode > y->inode) - (x->inode < y->inode);
}

GPtrArray *nsl_view_sort_namespaces(GHashTable *set)
{
	GPtrArray *array = g_ptr_array_sized_new(g_hash_table_size(set));

	NSL_EACH_KEY (NslNamespace, ns, set)
		g_ptr_array_add(array, ns);
	g_ptr_array_sort(array, compare_namespaces);
	return array;
}

static bool passes_options(const Builder *builder, const NslNamespace *ns)
{
	return (builder->selection->types & NSL_NSTYPE_BIT(ns->type)) &&
	       !(builder->selection->persistent &&
		 !nsl_snapshot_is_unpopulated(builder->snapshot, ns)) &&
	       (!builder->tasks || g_hash_table_contains(builder->tasks, ns));
}

/* A process whose first thread has ended is where its other ones are. */
static void add_left_threads(Builder *builder, const NslProcess *process)
{
	NSL_EACH (NslNamespace, ns, builder->all)
		NSL_EACH_IN (const NslHolder, holder, ns->holders)
			if (holder->kind == NSL_HOLDER_THREAD && holder->pid == process->pid)
				g_hash_table_add(builder->tasks, ns);
}

static void find_tasks(Builder *builder)
{
	const GArray *pids = builder->selection->tasks;

	if (pids->len == 0)
		return;
	builder->tasks = g_hash_table_new(NULL, NULL);
	NSL_EACH_IN (const guint32, pid, pids) {
		const NslProcess *process = nsl_snapshot_get_process(builder->snapshot, *pid);
		const NslThread *thread = nsl_snapshot_get_thread(builder->snapshot, *pid);

		if (!thread && (!process || process->unreadable)) {
			const NslUnmatched unmatched = {
				.task = *pid,
				.hidden = process,
				.unseen = builder->snapshot->unseen != 0,
			};

			g_array_append_val(builder->view->unmatched, unmatched);
			continue;
		}
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
			NslNamespace *ns =
				thread ? nsl_snapshot_get(builder->snapshot, type, thread->ns[type])
				       : process->ns[type];

			if (ns)
				g_hash_table_add(builder->tasks, ns);
		}
		if (!thread && process->zombie)
			add_left_threads(builder, process);
	}
}

static void find_listed(Builder *builder)
{
	NSL_EACH (NslNamespace, ns, builder->all)
		if (nsl_selection_wants(builder->selection, ns) && passes_options(builder, ns))
			g_hash_table_add(builder->listed, ns);
}

/* Of a selected process, or of its threads, all rows are shown. */
static bool is_shown(const Builder *builder, const NslNamespace *ns, bool selected)
{
	return selected ? passes_options(builder, ns) : g_hash_table_contains(builder->listed, ns);
}

/* With what most rows do not have. */
static void add_row_of(NslView *view, NslRow row, NslRowMore more)
{
	NslRowMore *copy = g_new(NslRowMore, 1);

	*copy = more;
	copy->snapshot = view->snapshot;
	g_ptr_array_add(view->more, copy);
	row.more = copy;
	g_array_append_val(view->rows, row);
}

/* A namespace that is selected is shown with all its holders, one that is just listed with one. */
static void add_holder_rows(Builder *builder, const NslNamespace *ns)
{
	bool selected = nsl_selection_selects(builder->selection, ns);
	const NslHolder *holder;
	guint at = 0;
	guint n;

	while (selected && (holder = nsl_holders_next(ns, &at, &n))) {
		if (holder->named) { /* which has its row already, and is the first of them */
			holder++;
			n--;
		}
		if (n > 0)
			add_row_of(builder->view, (NslRow){.ns = ns},
				   (NslRowMore){.holder = holder, .n_holders = n});
	}
	if (ns->members->len == 0 && ns->names->len == 0 && !(selected && ns->holders->len > 0))
		add_row_of(builder->view, (NslRow){.ns = ns}, nsl_row_no_more);
}

/* By a selector that is a name of the container, or of what it is in. */
static bool is_selected(const Builder *builder, const NslContainer *container)
{
	NSL_EACH (const NslSelector, selector, builder->selection->selectors)
		if (nsl_selector_is_container(selector, container))
			return true;
	return false;
}

/* Which namespaces of the host's the container is in, by its processes. */
static void add_shared_rows(Builder *builder, const NslContainer *container)
{
	g_autoptr(GHashTable) shared = g_hash_table_new(NULL, NULL);
	g_autoptr(GPtrArray) sorted = NULL;

	NSL_EACH (const NslProcess, process, container->members)
		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
			if (process->ns[type] && process->ns[type]->root &&
			    passes_options(builder, process->ns[type]))
				g_hash_table_add(shared, process->ns[type]);
	sorted = nsl_view_sort_namespaces(shared);
	NSL_EACH (const NslNamespace, ns, sorted)
		add_row_of(builder->view, (NslRow){.ns = ns}, (NslRowMore){.container = container});
}

/* First those that have a name, by name, then those that nobody is in. */
static gint compare_named(gconstpointer a, gconstpointer b)
{
	return strcmp(((const NslRow *)a)->more->name, ((const NslRow *)b)->more->name);
}

static void add_namespace_rows(Builder *builder)
{
	NSL_EACH (const NslNamespace, ns, builder->all)
		if (is_shown(builder, ns, false))
			NSL_EACH (const char, name, ns->names)
				add_row_of(builder->view, (NslRow){.ns = ns},
					   (NslRowMore){.name = name});
	g_array_sort(builder->view->rows, compare_named);
	NSL_EACH (const NslNamespace, ns, builder->all)
		if (is_shown(builder, ns, false))
			add_holder_rows(builder, ns);
	NSL_EACH (const NslContainer, container, builder->snapshot->containers)
		if (is_selected(builder, container))
			add_shared_rows(builder, container);
}

/* By its PID, or by the name of something that it is in: then whatever it is in is shown. */
static bool is_process_selected(const Builder *builder, const NslProcess *process)
{
	NSL_EACH (const NslSelector, selector, builder->selection->selectors)
		if (nsl_selector_is_of(selector, process))
			return true;
	return nsl_selection_has_pid(builder->selection, process->pid);
}

/*
 * After the process's: of all threads, or else of those that tell what a selected process is in
 * whose first thread has ended.
 */
static void add_thread_rows(Builder *builder)
{
	NSL_EACH (const NslNamespace, ns, builder->all)
		NSL_EACH_IN (const NslHolder, holder, ns->holders) {
			const NslProcess *owner;
			bool selected;

			if (holder->kind != NSL_HOLDER_THREAD)
				continue;
			owner = nsl_snapshot_get_owner(builder->snapshot, holder);
			selected = owner && is_process_selected(builder, owner);
			if (!builder->selection->threads && !(selected && owner->zombie))
				continue;
			if (!is_shown(builder, ns, selected))
				continue;
			add_row_of(builder->view, (NslRow){.ns = ns},
				   (NslRowMore){.thread = holder, .owner = owner});
			builder->view->has_threads = true;
		}
}

/* What the selector, a PID, stands for if it is a TID; NULL: it is none. */
static const NslThread *thread_of(const NslSnapshot *snapshot, const NslSelector *selector)
{
	return selector->kind == NSL_SELECTOR_PID ? nsl_snapshot_get_thread(snapshot, selector->pid)
						  : NULL;
}

/* The process that it stands for, or whose thread; NULL: it is not there. */
static const NslProcess *process_of(const NslSnapshot *snapshot, const NslSelector *selector)
{
	const NslThread *thread = thread_of(snapshot, selector);

	return nsl_snapshot_get_process(snapshot, thread ? thread->task.pid : selector->pid);
}

static gint compare_threads(gconstpointer a, gconstpointer b)
{
	return nsl_pid_compare(&(*(NslThread *const *)a)->task.tid,
			       &(*(NslThread *const *)b)->task.tid);
}

GPtrArray *nsl_view_find_threads(const NslSnapshot *snapshot, const NslSelection *selection)
{
	g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL);
	GPtrArray *threads = g_ptr_array_new();

	NSL_EACH (const NslSelector, selector, selection->selectors) {
		const NslThread *thread = thread_of(snapshot, selector);

		if (thread && g_hash_table_add(found, (gpointer)thread))
			g_ptr_array_add(threads, (gpointer)thread);
	}
	g_ptr_array_sort(threads, compare_threads);
	return threads;
}

/*
 * Of a thread that is selected by its TID all namespaces are shown, those of its process too. Some
 * of these rows are there already: sort_by_task() leaves one of each.
 */
static void add_selected_threads(Builder *builder)
{
	NSL_EACH (const NslThread, thread, builder->view->threads) {
		const NslProcess *owner = nsl_snapshot_get_owner(builder->snapshot, &thread->task);

		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
			const NslNamespace *ns =
				nsl_snapshot_get(builder->snapshot, type, thread->ns[type]);

			if (ns && passes_options(builder, ns))
				add_row_of(builder->view, (NslRow){.ns = ns},
					   (NslRowMore){.thread = &thread->task, .owner = owner});
		}
	}
}

guint32 nsl_row_pid(const NslRow *row)
{
	const NslHolder *thread = row->more->thread;

	return row->process ? row->process->pid : thread ? thread->pid : 0;
}

guint64 nsl_row_task(const NslRow *row)
{
	const NslHolder *thread = row->more->thread;

	return (guint64)nsl_row_pid(row) << 32 | (thread ? thread->tid : 0);
}

/* A process's rows stay as they are, and a thread's are by type. */
static gint compare_tasks(gconstpointer a, gconstpointer b)
{
	const NslRow *x = a;
	const NslRow *y = b;

	if (nsl_row_task(x) != nsl_row_task(y))
		return nsl_row_task(x) < nsl_row_task(y) ? -1 : 1;
	return x->more->thread ? (gint)x->ns->type - (gint)y->ns->type : 0;
}

/* Of the rows of one thread and one namespace it leaves the first. */
static void sort_by_task(GArray *rows)
{
	const NslRow *last = NULL;
	guint kept = 0;

	g_array_sort(rows, compare_tasks); /* which is stable */
	NSL_EACH_IN (const NslRow, row, rows) {
		if (last && row->more->thread && last->more->thread && row->ns == last->ns &&
		    nsl_row_task(row) == nsl_row_task(last))
			continue;
		g_array_index(rows, NslRow, kept) = *row;
		last = &g_array_index(rows, NslRow, kept++);
	}
	g_array_set_size(rows, kept);
}

static void add_process_rows(Builder *builder)
{
	static const NslRowMore children = {.for_children = true};

	NSL_EACH (const NslProcess, process, builder->snapshot->processes) {
		bool selected = is_process_selected(builder, process);

		for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++) {
			const NslNamespace *both[] = {process->ns[type],
						      nsl_process_for_children(process, type)};

			for (guint j = 0; j < G_N_ELEMENTS(both); j++) {
				const NslRow row = {both[j], process,
						    j == 1 ? &children : &nsl_row_no_more};

				if (both[j] && is_shown(builder, both[j], selected))
					g_array_append_val(builder->view->rows, row);
			}
		}
	}
}

static bool is_task_matched(const NslSnapshot *snapshot, const NslSelector *selector)
{
	const NslProcess *process = process_of(snapshot, selector);

	/* A saved document may tell of a thread alone. */
	return process ? !process->unreadable : snapshot->scope && thread_of(snapshot, selector);
}

static bool is_matched(const Builder *builder, const NslSelector *selector)
{
	switch (selector->kind) {
	case NSL_SELECTOR_PID:
		return is_task_matched(builder->snapshot, selector);
	case NSL_SELECTOR_NAMESPACE:
	case NSL_SELECTOR_PEER:
	case NSL_SELECTOR_MOUNT:
		/* What --type leaves out has not been looked for. */
		if (!(selector->types & builder->selection->types))
			return true;
		break;
	case NSL_SELECTOR_WORD:
		NSL_EACH (const NslProcess, each, builder->snapshot->processes)
			if (nsl_selector_is_of(selector, each))
				return true;
		break;
	case NSL_SELECTOR_NSID:
	case NSL_SELECTOR_PATH:
		break;
	case NSL_SELECTOR_NOTHING:
		return false;
	}
	NSL_EACH (const NslNamespace, ns, builder->all)
		if (nsl_selector_is(selector, ns))
			return true;
	return false;
}

/* The type of an inode that is known to be a namespace's, NSL_NSTYPE_COUNT where it is not. */
static NslNsType type_of(const NslSnapshot *snapshot, guint64 inode)
{
	const NslNamespace *ns = nsl_snapshot_find(snapshot, inode);
	NslNsType type;

	if (ns)
		return ns->type;
	for (type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (snapshot->root[type] == inode && inode != 0)
			break;
	return type;
}

static void match_selectors(Builder *builder)
{
	const GPtrArray *containers = builder->snapshot->containers;

	NSL_EACH (NslSelector, selector, builder->selection->selectors) {
		const NslUnmatched unmatched = {
			.selector = selector,
			.type = type_of(builder->snapshot, selector->inode),
			.hidden = selector->kind == NSL_SELECTOR_PID &&
				  process_of(builder->snapshot, selector),
			.unseen = builder->snapshot->unseen != 0,
		};

		/* An exact name comes before ids that begin with it. */
		nsl_selector_find_containers(selector, containers, true);
		if (is_matched(builder, selector))
			continue;
		nsl_selector_find_containers(selector, containers, false);
		if (!is_matched(builder, selector))
			g_array_append_val(builder->view->unmatched, unmatched);
	}
}

/* What the rows are about, and the containers around that. */
static void find_subjects(NslView *view)
{
	g_autoptr(GHashTable) namespaces = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) containers = g_hash_table_new(NULL, NULL);
	const NslProcess *before = NULL;

	g_ptr_array_set_size(view->processes, 0);
	g_ptr_array_set_size(view->containers, 0);
	NSL_EACH_IN (const NslRow, row, view->rows) {
		const NslProcess *process = row->process ? row->process : row->more->owner;
		NslContainer *container = process ? nsl_process_around(process) : NULL;

		if (row->ns)
			g_hash_table_add(namespaces, (gpointer)row->ns);
		if (row->process && row->process != before) { /* whose rows follow each other */
			before = row->process;
			g_ptr_array_add(view->processes, (gpointer)before);
		}
		while (container && g_hash_table_add(containers, container))
			container = container->parent;
	}
	NSL_EACH (NslContainer, container, view->snapshot->containers)
		if (g_hash_table_contains(containers, container))
			g_ptr_array_add(view->containers, container);
	g_clear_pointer(&view->namespaces, g_ptr_array_unref);
	view->namespaces = nsl_view_sort_namespaces(namespaces);
}

NslView *nsl_view_new(const NslSnapshot *snapshot, NslSelection *selection)
{
	NslView *view = g_new0(NslView, 1);
	Builder builder = {.view = view, .snapshot = snapshot, .selection = selection};

	view->snapshot = snapshot;
	view->selection = selection;
	view->types = selection->types;
	view->rows = g_array_new(FALSE, FALSE, sizeof(NslRow));
	view->more = g_ptr_array_new_with_free_func(g_free);
	view->processes = g_ptr_array_new();
	view->threads = nsl_view_find_threads(snapshot, selection);
	view->has_threads = selection->threads || view->threads->len > 0;
	view->containers = g_ptr_array_new();
	view->unmatched = g_array_new(FALSE, FALSE, sizeof(NslUnmatched));
	builder.all = nsl_view_sort_namespaces(snapshot->namespaces);
	builder.listed = g_hash_table_new(NULL, NULL);
	find_tasks(&builder);
	match_selectors(&builder);
	find_listed(&builder);
	add_namespace_rows(&builder);
	add_process_rows(&builder);
	add_thread_rows(&builder);
	add_selected_threads(&builder);
	if (view->has_threads)
		sort_by_task(view->rows);
	find_subjects(view);
	if (selection->selectors->len == 1 && view->namespaces->len == 1 &&
	    nsl_selection_selects(selection, g_ptr_array_index(view->namespaces, 0)))
		view->single = g_ptr_array_index(view->namespaces, 0);
	g_ptr_array_unref(builder.all);
	g_hash_table_unref(builder.listed);
	g_clear_pointer(&builder.tasks, g_hash_table_unref);
	return view;
}

void nsl_view_keep(NslView *view, bool (*keep)(const NslRow *row, gpointer data), gpointer data)
{
	guint kept = 0;

	NSL_EACH_IN (const NslRow, row, view->rows)
		if (keep(row, data))
			g_array_index(view->rows, NslRow, kept++) = *row;
	g_array_set_size(view->rows, kept);
	find_subjects(view);
}

static gint compare_containers(gconstpointer a, gconstpointer b)
{
	const NslContainer *x = *(NslContainer *const *)a;
	const NslContainer *y = *(NslContainer *const *)b;
	g_autofree char *x_name = nsl_explain_which(x);
	g_autofree char *y_name = nsl_explain_which(y);
	gint order = nsl_container_is_sandbox(x) - nsl_container_is_sandbox(y);

	if (order == 0)
		order = g_strcmp0(x_name, y_name);
	return order == 0 ? strcmp(x->key, y->key) : order;
}

void nsl_view_list_containers(NslView *view)
{
	g_autoptr(GPtrArray) containers = g_ptr_array_copy(view->containers, NULL, NULL);

	g_ptr_array_sort(containers, compare_containers);
	g_array_set_size(view->rows, 0);
	NSL_EACH (const NslContainer, container, containers) {
		const NslRow row = {
			.process = container->members->len > 0
					   ? g_ptr_array_index(container->members, 0)
					   : NULL,
		};

		add_row_of(view, row, (NslRowMore){.container = container});
	}
}

void nsl_view_free(NslView *view)
{
	if (!view)
		return;
	g_array_unref(view->rows);
	g_ptr_array_unref(view->more);
	g_ptr_array_unref(view->namespaces);
	g_ptr_array_unref(view->processes);
	g_ptr_array_unref(view->threads);
	g_ptr_array_unref(view->containers);
	g_array_unref(view->unmatched);
	g_free(view->undecided);
	g_free(view);
}
