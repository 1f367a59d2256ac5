/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Labels: see label.h.
 */
#include "report/label.h"

#include <string.h>
#include <string.h>

#include "base/text.h"
#include "report/color.h"
#include "report/explain.h"
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

void nsl_label_container(GString *text, const NslContainer *container, NslTextKind kind)
{
	g_autoptr(GString) name = g_string_new(NULL);

	nsl_explain_container(name, container);
	nsl_text_escape(text, name->str, (gssize)name->len, kind);
}

void nsl_label_pod(GString *text, const NslContainer *container, NslTextKind kind)
{
	const char *name = container->pod ? container->pod : container->pod_uid;

	if (!name)
		return;
	if (container->pod && container->pod_namespace) {
		nsl_text_escape(text, container->pod_namespace, -1, kind);
		g_string_append_c(text, '/');
	}
	nsl_text_escape(text, name, -1, kind);
}

void nsl_label_command(GString *text, const NslProcess *process, NslTextKind kind)
{
	nsl_text_escape(text, nsl_view_command(process), -1, kind);
	if (process->command && process->command_truncated)
		g_string_append(text, kind == NSL_TEXT_ASCII ? "..." : "…");
}

/* "[docker:web] " where it is in a container; what is in the brackets does not end them. */
static void append_container(GString *text, const NslProcess *process, NslTextKind kind)
{
	g_autoptr(GString) label = g_string_new(NULL);

	if (!process->container)
		return;
	nsl_label_container(label, process->container, kind);
	g_string_append_c(text, '[');
	for (const char *at = label->str; *at; at++)
		if (*at == ']')
			g_string_append(text, "\\x5d");
		else
			g_string_append_c(text, *at);
	g_string_append(text, "] ");
}

/* Whoever is in no container may call himself "[docker:web]": what is not a label is escaped. */
static bool is_like_container(const char *command)
{
	gsize size = command[0] == '[' ? strspn(command + 1, "abcdefghijklmnopqrstuvwxyz-") : 0;

	return size > 0 && (command[size + 1] == ':' || command[size + 1] == ']');
}

/* The process behind its container. */
static void append_process(GString *text, const NslProcess *process, NslTextKind kind)
{
	gsize start;

	append_container(text, process, kind);
	start = text->len;
	nsl_label_command(text, process, kind);
	if (!process->container && is_like_container(text->str + start)) {
		g_string_erase(text, (gssize)start, 1);
		g_string_insert(text, (gssize)start, "\\x5b");
	}
}

void nsl_label_bare_row(GString *text, const NslRow *row, NslTextKind kind)
{
	if (row->thread) {
		nsl_text_escape(text, row->thread->comm ? row->thread->comm : "", -1, kind);
		g_string_append_printf(text, " (thread of %u)", row->thread->pid);
		return;
	}
	if (!row->process) {
		nsl_text_escape(text, row->reason, -1, kind);
		return;
	}
	nsl_label_command(text, row->process, kind);
}

void nsl_label_row(GString *text, const NslRow *row, NslTextKind kind)
{
	if (row->process && !row->thread)
		append_process(text, row->process, kind);
	else
		nsl_label_bare_row(text, row, kind);
}

static void append_names(GString *text, const NslNamespace *ns, NslTextKind kind)
{
	for (guint i = 0; i < ns->names->len; i++) {
		g_string_append(text, i > 0 ? ", " : "created by ip netns add ");
		nsl_text_escape(text, g_ptr_array_index(ns->names, i), -1, kind);
	}
}

void nsl_label_summary(GString *text, const NslView *view, const NslNamespace *ns, NslTextKind kind)
{
	const NslProcess *first = ns->members->len > 0 ? g_ptr_array_index(ns->members, 0) : NULL;

	append_names(text, ns, kind);
	if (first) {
		g_string_append_printf(text, "%s%s%u process%s: ", ns->names->len > 0 ? ", " : "",
				       nsl_view_is_counted(view, ns) ? "" : "at least ",
				       ns->members->len, ns->members->len == 1 ? "" : "es");
		nsl_output_number(text, first->pid, 0);
		g_string_append_c(text, ' ');
		append_process(text, first, kind);
	} else if (ns->names->len == 0) {
		g_autofree char *reason = nsl_explain_namespace(view->snapshot, ns);

		nsl_text_escape(text, reason, -1, kind);
	}
}

void nsl_label_time(GString *text, gint64 seconds)
{
	/* gmtime_r(3) would open /etc/localtime. */
	g_autoptr(GDateTime) time = seconds != 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;

	if (time)
		g_string_append_printf(text, "%04d-%02d-%02dT%02d:%02d:%02dZ",
				       g_date_time_get_year(time), g_date_time_get_month(time),
				       g_date_time_get_day_of_month(time),
				       g_date_time_get_hour(time), g_date_time_get_minute(time),
				       g_date_time_get_second(time));
}

void nsl_label_end_line(GString *text, gsize start, guint columns)
{
	/* Each column takes a byte at least: most lines need no look at their characters. */
	if (columns > 0 && text->len - start > columns) {
		gsize size = nsl_text_fit(text->str + start, columns);

		g_string_truncate(text, start + size);
		if (memchr(text->str + start, '\033', size))
			g_string_append(text, NSL_COLOR_END);
	}
	g_string_append_c(text, '\n');
}
