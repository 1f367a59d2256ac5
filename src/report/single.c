/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A single namespace: see single.h.
 */
#include "report/single.h"

#include "base/text.h"
#include "report/detail.h"
#include "report/label.h"

#define KEY_WIDTH 11 /* "namespace: " */

/* A line: `key` is empty where it goes on from the one before. */
static void write_line(const NslStyle *style, NslOutput *output, const char *key, const char *value)
{
	gsize start = output->text->len;
	g_autofree char *label = g_strdup_printf("%s%s", key, key[0] ? ":" : "");

	g_string_append_printf(output->text, "%-*s%s", KEY_WIDTH, label, value);
	nsl_label_end_line(output->text, start, style->columns);
}

static const char *why_not(NslKnowledge knowledge)
{
	switch (knowledge) {
	case NSL_NONE:
		return "none";
	case NSL_DENIED:
		return "may not be asked";
	case NSL_SKIPPED:
	case NSL_KNOWN:
	case NSL_UNSUPPORTED:
		break;
	}
	return "not known";
}

static void append_relation(GString *text, const NslRelation *relation)
{
	if (relation->knowledge == NSL_KNOWN)
		nsl_label_namespace(text, relation->ns, false);
	else
		g_string_append(text, why_not(relation->knowledge));
}

static void write_owner(const NslNamespace *ns, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GString) text = g_string_new(NULL);

	append_relation(text, &ns->owner);
	if (ns->owner_name) {
		g_string_append(text, ", made by ");
		nsl_text_escape(text, ns->owner_name, -1, nsl_style_kind(style));
	} else if (ns->has_owner_uid == NSL_KNOWN) {
		g_string_append_printf(text, ", made by %u", ns->owner_uid);
	}
	write_line(style, output, "owner", text->str);
}

static void write_detail(const NslNamespace *ns, const NslStyle *style, NslOutput *output)
{
	g_autoptr(GPtrArray) parts =
		nsl_detail_parts(ns, NSL_DETAIL_INTERFACES, nsl_style_kind(style));

	if (parts->len == 0)
		write_line(style, output, "detail", why_not(ns->has_detail));
	for (guint i = 0; i < parts->len; i++)
		write_line(style, output, i == 0 ? "detail" : "", g_ptr_array_index(parts, i));
}

void nsl_single_write(const NslView *view, const NslStyle *style, NslOutput *output)
{
	const NslNamespace *ns = view->single;
	g_autoptr(GString) label = g_string_new(NULL);
	g_autoptr(GString) parent = g_string_new(NULL);
	g_autofree char *id = g_strdup_printf("%" G_GUINT64_FORMAT, ns->nsid);
	g_autofree char *members = g_strdup_printf("%u", ns->members->len);
	g_autofree char *holders = g_strdup_printf("%u", ns->holders->len);

	nsl_label_namespace(label, ns, true);
	write_line(style, output, "namespace", label->str);
	if (ns->nsid != 0)
		write_line(style, output, "id", id);
	write_detail(ns, style, output);
	if (ns->type == NSL_NSTYPE_PID || ns->type == NSL_NSTYPE_USER) {
		append_relation(parent, &ns->parent);
		write_line(style, output, "parent", parent->str);
	}
	write_owner(ns, style, output);
	write_line(style, output, "members", nsl_view_is_counted(view, ns) ? members : "not known");
	write_line(style, output, "holders", holders);
	g_string_append_c(output->text, '\n');
	nsl_output_flush(output);
}
