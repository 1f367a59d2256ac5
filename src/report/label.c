/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Labels: see label.h.
 */
#include "report/label.h"

#include <time.h>

#include "base/text.h"
#include "report/output.h"

void nsl_label_namespace(GString *text, const NslNamespace *ns, bool mark)
{
	g_string_append(text, nsl_nstypes[ns->type].name);
	g_string_append(text, ":[");
	nsl_output_number(text, ns->inode, 0);
	g_string_append_c(text, ']');
	if (mark && ns->names->len > 0)
		g_string_append(text, "**");
}

void nsl_label_container(GString *text, const NslContainer *container, bool ascii_only)
{
	g_autoptr(GString) name = g_string_new(NULL);

	nsl_view_name_container(name, container);
	nsl_text_escape(text, name->str, (gssize)name->len, ascii_only);
}

void nsl_label_pod(GString *text, const NslContainer *container, bool ascii_only)
{
	const char *name = container->pod ? container->pod : container->pod_uid;

	if (!name)
		return;
	if (container->pod && container->pod_namespace) {
		nsl_text_escape(text, container->pod_namespace, -1, ascii_only);
		g_string_append_c(text, '/');
	}
	nsl_text_escape(text, name, -1, ascii_only);
}

void nsl_label_command(GString *text, const NslProcess *process, bool ascii_only)
{
	nsl_text_escape(text, nsl_view_command(process), -1, ascii_only);
	if (process->command && process->command_truncated)
		g_string_append(text, ascii_only ? "..." : "…");
}

/* With the container that it is in. */
static void append_process(GString *text, const NslProcess *process, bool ascii_only)
{
	if (process->container) {
		g_string_append_c(text, '[');
		nsl_label_container(text, process->container, ascii_only);
		g_string_append(text, "] ");
	}
	nsl_label_command(text, process, ascii_only);
}

void nsl_label_row(GString *text, const NslRow *row, bool ascii_only)
{
	if (row->thread) {
		nsl_text_escape(text, row->thread->comm ? row->thread->comm : "", -1, ascii_only);
		g_string_append_printf(text, " (thread of %u)", row->thread->pid);
		return;
	}
	if (!row->process) {
		nsl_text_escape(text, row->reason, -1, ascii_only);
		return;
	}
	append_process(text, row->process, ascii_only);
}

static void append_names(GString *text, const NslNamespace *ns, bool ascii_only)
{
	for (guint i = 0; i < ns->names->len; i++) {
		g_string_append(text, i > 0 ? ", " : "created by ip netns add ");
		nsl_text_escape(text, g_ptr_array_index(ns->names, i), -1, ascii_only);
	}
}

void nsl_label_summary(GString *text, const NslView *view, const NslNamespace *ns, bool ascii_only)
{
	const NslProcess *first = ns->members->len > 0 ? g_ptr_array_index(ns->members, 0) : NULL;

	append_names(text, ns, ascii_only);
	if (first) {
		g_string_append_printf(text, "%s%s%u process%s: ", ns->names->len > 0 ? ", " : "",
				       nsl_view_is_counted(view, ns) ? "" : "at least ",
				       ns->members->len, ns->members->len == 1 ? "" : "es");
		nsl_output_number(text, first->pid, 0);
		g_string_append_c(text, ' ');
		append_process(text, first, ascii_only);
	} else if (ns->names->len == 0) {
		g_autofree char *reason = nsl_view_explain(view->snapshot, ns);

		nsl_text_escape(text, reason, -1, ascii_only);
	}
}

void nsl_label_time(GString *text, gint64 seconds)
{
	time_t value = (time_t)seconds;
	struct tm parts;
	char formatted[64];

	if (seconds != 0 && gmtime_r(&value, &parts))
		g_string_append_len(text, formatted,
				    (gssize)strftime(formatted, sizeof(formatted),
						     "%Y-%m-%dT%H:%M:%SZ", &parts));
}

void nsl_label_end_line(GString *text, gsize start, guint columns)
{
	/* Each column takes a byte at least: most lines need no look at their characters. */
	if (columns > 0 && text->len - start > columns)
		g_string_truncate(text, start + nsl_text_fit(text->str + start, columns));
	g_string_append_c(text, '\n');
}
