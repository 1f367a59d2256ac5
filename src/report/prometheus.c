/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Counts for Prometheus, in its text exposition format (version 0.0.4), as node_exporter's textfile
 * collector takes them. Labels have few values: no name, number or path is one. What is not known
 * is left out, never 0.
 */

#include "base/each.h"
#include "base/text.h"
#include "model/detail.h"
#include "report/format.h"

static bool is_looked_at(const NslSnapshot *snapshot, NslSource source)
{
	return snapshot->coverage[source] != NSL_COVERAGE_SKIPPED;
}

static void begin(GString *text, const char *name, const char *help)
{
	g_string_append_printf(text, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* A metric without labels. */
static void write_value(GString *text, const char *name, const char *help, guint64 value)
{
	begin(text, name, help);
	g_string_append_printf(text, "%s %" G_GUINT64_FORMAT "\n", name, value);
}

static void labelled(GString *text, const char *name, const char *label, const char *value,
		     guint64 number)
{
	g_autofree char *safe = nsl_text_escaped(value, NSL_TEXT_UTF8);

	g_string_append_printf(text, "%s{%s=\"", name, label);
	for (const char *at = safe; *at; at++) {
		if (*at == '\\' || *at == '"')
			g_string_append_c(text, '\\');
		g_string_append_c(text, *at);
	}
	g_string_append_printf(text, "\"} %" G_GUINT64_FORMAT "\n", number);
}

static void write_types(GString *text, NslNsTypes types, const char *name, const char *help,
			const guint *counts)
{
	if (types != 0)
		begin(text, name, help);
	NSL_EACH_TYPE (type, types)
		labelled(text, name, "type", nsl_nstypes[type].name, counts[type]);
}

/*
 * Of the types that were asked for, those of whose listed namespaces all members are known; or with
 * `whether`, just whether there are any.
 */
static NslNsTypes known_types(const NslView *view, bool whether)
{
	NslNsTypes known = view->types;

	NSL_EACH (const NslNamespace, ns, view->namespaces) {
		if (!nsl_snapshot_has_all_members(view->snapshot, ns) &&
		    !(whether && nsl_namespace_n_members(ns) > 0))
			known &= ~NSL_NSTYPE_BIT(ns->type);
	}
	return known;
}

static void write_namespaces(GString *text, const NslView *view)
{
	guint counts[NSL_NSTYPE_COUNT] = {0};
	guint processes[NSL_NSTYPE_COUNT] = {0};

	NSL_EACH (const NslNamespace, ns, view->namespaces)
		counts[ns->type]++;
	NSL_EACH_IN (const NslRow, row, view->rows)
		processes[row->ns->type] +=
			row->process && !row->more->for_children && !row->ns->root;
	write_types(text, view->types, "nslist_namespaces",
		    "Namespaces that nslist lists: without --all those beside the root ones.",
		    counts);
	write_types(text, known_types(view, false), "nslist_processes",
		    "Processes in a listed namespace that is not the root one, by its type.",
		    processes);
}

/* Where a namespace is held in several ways, each of them counts. */
static void count_holders(const NslNamespace *ns, guint *counts, guint *unexplained)
{
	bool seen[NSL_HOLDER_COUNT] = {false};

	*unexplained += ns->holders->len == 0;
	NSL_EACH_IN (const NslHolder, holder, ns->holders) {
		counts[holder->kind] += !seen[holder->kind];
		seen[holder->kind] = true;
	}
}

static void write_unpopulated(GString *text, const NslView *view)
{
	const char *name = "nslist_unpopulated_namespaces_by_holder";
	guint types[NSL_NSTYPE_COUNT] = {0};
	guint holders[NSL_HOLDER_COUNT] = {0};
	guint unexplained = 0;
	NslNsTypes known = known_types(view, true);

	NSL_EACH (const NslNamespace, ns, view->namespaces) {
		if (nsl_namespace_n_members(ns) > 0)
			continue;
		types[ns->type]++;
		count_holders(ns, holders, &unexplained);
	}
	write_types(text, known, "nslist_unpopulated_namespaces",
		    "Listed namespaces that no process is in.", types);
	if (known != view->types)
		return;
	begin(text, name,
	      "The same by what keeps them alive; one that is kept in several ways counts in "
	      "each.");
	for (NslHolderKind kind = 0; kind < NSL_HOLDER_COUNT; kind++)
		if (is_looked_at(view->snapshot, nsl_holders[kind].source))
			labelled(text, name, "holder", nsl_holders[kind].name, holders[kind]);
	labelled(text, name, "holder", "unknown", unexplained);
}

static void write_containers(GString *text, const NslView *view)
{
	const char *name = "nslist_containers";
	g_autoptr(GHashTable) counts = g_hash_table_new(nsl_text_hash, g_str_equal);
	g_autoptr(GList) runtimes = NULL;

	if (!is_looked_at(view->snapshot, NSL_SOURCE_CONTAINERS))
		return;
	NSL_EACH (const NslContainer, container, view->containers) {
		gpointer count = g_hash_table_lookup(counts, container->identity.runtime);

		g_hash_table_insert(counts, (gpointer)container->identity.runtime,
				    GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + 1));
	}
	begin(text, name, "Containers and sandboxes with a listed process, by what runs them.");
	runtimes = g_list_sort(g_hash_table_get_keys(counts), (GCompareFunc)strcmp);
	for (const GList *at = runtimes; at; at = at->next)
		labelled(text, name, "runtime", at->data,
			 GPOINTER_TO_UINT(g_hash_table_lookup(counts, at->data)));
}

/*
 * Of the types for which it is known of every container. Sandboxes share most types, so they are
 * left out. With --type a container may be left out just because it has no namespace of that type.
 */
static void write_shared(GString *text, const NslView *view)
{
	NslNsTypes known = view->types;
	guint counts[NSL_NSTYPE_COUNT] = {0};

	if (view->types != NSL_NSTYPES_ALL || !is_looked_at(view->snapshot, NSL_SOURCE_CONTAINERS))
		return;
	NSL_EACH (const NslContainer, container, view->containers) {
		if (nsl_container_is_sandbox(container))
			continue;
		known &= container->shared | container->own;
		NSL_EACH_TYPE (type, container->shared)
			counts[type]++;
	}
	write_types(
		text, known, "nslist_containers_sharing",
		"Listed containers with a process in the host's namespace, by type; no sandboxes.",
		counts);
}

/* What the details of all the listed namespaces come to. */
typedef struct Sums {
	NslNsTypes known; /* types all of whose namespaces are known */
	guint64 up;
	guint64 down;
	NslIpcDetail ipc;
	guint64 mounts;
} Sums;

static void add_detail(Sums *sums, const NslNamespace *ns)
{
	const NslDetail *detail = ns->detail;

	if (!detail || detail->partial) {
		sums->known &= ~NSL_NSTYPE_BIT(ns->type);
	} else if (ns->type == NSL_NSTYPE_NET) {
		sums->up += detail->net.n_up;
		sums->down += detail->net.n_interfaces - detail->net.n_up;
	} else if (ns->type == NSL_NSTYPE_IPC) {
		sums->ipc.shm += detail->ipc.shm;
		sums->ipc.sem += detail->ipc.sem;
		sums->ipc.msg += detail->ipc.msg;
	} else if (ns->type == NSL_NSTYPE_MNT) {
		sums->mounts += detail->mnt.n_mounts;
	}
}

static void write_details(GString *text, const NslView *view)
{
	Sums sums = {.known = view->types};

	NSL_EACH (NslNamespace, ns, view->namespaces)
		add_detail(&sums, ns);
	if (sums.known & NSL_NSTYPE_BIT(NSL_NSTYPE_NET)) {
		begin(text, "nslist_interfaces", "Network interfaces in the listed namespaces.");
		labelled(text, "nslist_interfaces", "state", "up", sums.up);
		labelled(text, "nslist_interfaces", "state", "down", sums.down);
	}
	if (sums.known & NSL_NSTYPE_BIT(NSL_NSTYPE_IPC)) {
		begin(text, "nslist_ipc_objects", "System V IPC in the listed namespaces.");
		labelled(text, "nslist_ipc_objects", "kind", "shm", sums.ipc.shm);
		labelled(text, "nslist_ipc_objects", "kind", "sem", sums.ipc.sem);
		labelled(text, "nslist_ipc_objects", "kind", "msg", sums.ipc.msg);
	}
	if (sums.known & NSL_NSTYPE_BIT(NSL_NSTYPE_MNT))
		write_value(text, "nslist_mounts", "Mounts in the listed namespaces.", sums.mounts);
}

static void write_kernel(GString *text, const NslSnapshot *snapshot)
{
	if (snapshot->kernel_source == NSL_KERNEL_NONE)
		return;
	write_value(text, "nslist_kernel_namespaces",
		    "Namespaces that the kernel lists, of the types that it has lists of.",
		    snapshot->kernel_known);
	write_value(text, "nslist_kernel_namespaces_explained",
		    "Those of them of which it is known what keeps them alive.",
		    snapshot->kernel_explained);
}

static void write_sources(GString *text, const NslSnapshot *snapshot)
{
	const char *name = "nslist_source_complete";
	guint issues[NSL_SOURCE_COUNT] = {0};

	begin(text, name, "Whether all of a source could be read (1) or not (0).");
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		if (is_looked_at(snapshot, source))
			labelled(text, name, "source", nsl_source_names[source],
				 snapshot->coverage[source] == NSL_COVERAGE_COMPLETE);
	NSL_EACH (const NslIssue, issue, snapshot->issues)
		issues[issue->source] += issue->count;
	name = "nslist_issues";
	begin(text, name, "Things that could not be read, by source.");
	for (NslSource source = 0; source < NSL_SOURCE_COUNT; source++)
		if (is_looked_at(snapshot, source))
			labelled(text, name, "source", nsl_source_names[source], issues[source]);
}

static void write_scan(GString *text, const NslSnapshot *snapshot)
{
	write_value(text, "nslist_scanned_processes", "Processes that were looked at.",
		    snapshot->n_looked_at);
	write_value(text, "nslist_unreadable_processes",
		    "Those of them whose namespaces could not be read.", snapshot->n_unreadable);
	if (snapshot->scan_time == 0)
		return;
	begin(text, "nslist_scan_duration_seconds", "How long it took to collect all this.");
	g_string_append_printf(text, "nslist_scan_duration_seconds %" G_GINT64_FORMAT ".%06u\n",
			       snapshot->scan_time / G_USEC_PER_SEC,
			       (guint)(snapshot->scan_time % G_USEC_PER_SEC));
}

void nsl_prometheus_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	write_namespaces(output->text, view);
	write_unpopulated(output->text, view);
	write_containers(output->text, view);
	write_shared(output->text, view);
	if (style->details)
		write_details(output->text, view);
	write_kernel(output->text, view->snapshot);
	write_scan(output->text, view->snapshot);
	write_sources(output->text, view->snapshot);
	nsl_output_flush(output);
}
