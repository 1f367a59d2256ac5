/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes: see changes.h.
 */
#include "report/changes.h"

#include "report/column.h"
#include "report/forest.h"
#include "report/format.h"
#include "report/json_value.h"
#include "report/wording.h"

static const char signs[NSL_CHANGE_SIGN_COUNT] = {
	[NSL_CHANGE_CAME] = '+', [NSL_CHANGE_WENT] = '-', [NSL_CHANGE_CHANGED] = '~'};

/* The view of the snapshot that the change's object is of. */
static const NslView *view_of(const NslChangesReport *report, const NslChange *change)
{
	return change->sign == NSL_CHANGE_WENT ? report->before : report->after;
}

/* One of those that came or went of a part of what is on both sides. */
static void append_item(GString *text, const NslView *view, NslField field, gconstpointer item,
			NslTextKind kind)
{
	g_autofree char *reason = NULL;

	switch (field) {
	case NSL_FIELD_NAME:
	case NSL_FIELD_SHARES:
	case NSL_FIELD_NAMES:
		nsl_text_escape(text, item, -1, kind);
		break;
	case NSL_FIELD_PROCESSES:
		nsl_label_process(text, item, kind);
		break;
	case NSL_FIELD_HELD_BY:
		reason = nsl_explain_holder(view->snapshot, item, 1);
		nsl_text_escape(text, reason, -1, kind);
		break;
	case NSL_FIELD_NAMESPACES:
		nsl_label_namespace(text, item, false);
		break;
	case NSL_FIELD_CONTAINER:
		nsl_label_container(text, item, kind);
		break;
	case NSL_FIELD_NONE:
	case NSL_FIELD_COUNT:
		break;
	}
}

/* "+ net; - user" */
static void append_items(GString *text, const NslView *view, const NslChange *change, char sign,
			 NslTextKind kind)
{
	const GPtrArray *items = sign == '+' ? change->came : change->went;

	for (guint i = 0; i < items->len; i++) {
		g_string_append(text, text->len > 0 && text->str[text->len - 1] != ' ' ? "; " : "");
		g_string_append_printf(text, "%c ", sign);
		append_item(text, view, change->field, g_ptr_array_index(items, i), kind);
	}
}

static void append_types(GString *text, const NslProcess *process, const NslView *view)
{
	const char *before = " in ";

	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (nsl_process_has_own(process, type) &&
		    view->selection->types & NSL_NSTYPE_BIT(type)) {
			g_string_append_printf(text, "%s%s", before, nsl_nstypes[type].name);
			before = ",";
		}
}

static void append_container(GString *text, const NslView *view, const NslContainer *container,
			     NslTextKind kind)
{
	const GPtrArray *members = container->members;
	NslNsTypes shared;
	NslNsTypes own;
	const char *before = "; shares ";

	g_string_append_printf(text, "%u process%s", members->len, members->len == 1 ? "" : "es");
	if (members->len > 0) {
		g_string_append(text, members->len > 1 ? ", the first " : ", ");
		nsl_label_process(text, g_ptr_array_index(members, 0), kind);
	}
	if (!nsl_processes_share(view->snapshot, (NslProcess *const *)members->pdata, members->len,
				 &shared, &own))
		return;
	for (NslNsType type = 0; type < NSL_NSTYPE_COUNT; type++)
		if (shared & NSL_NSTYPE_BIT(type)) {
			g_string_append_printf(text, "%s%s", before, nsl_nstypes[type].name);
			before = ", ";
		}
}

static void append_detail(GString *text, const NslChangesReport *report, const NslChange *change,
			  NslTextKind kind)
{
	const NslView *view = view_of(report, change);

	if (change->sign == NSL_CHANGE_CHANGED) {
		GString *items = g_string_new(NULL);

		append_items(items, report->before, change, '-', kind);
		append_items(items, report->after, change, '+', kind);
		if (change->field != NSL_FIELD_HELD_BY)
			g_string_append_printf(text, "%s: ", nsl_field_names[change->field]);
		g_string_append_len(text, items->str, (gssize)items->len);
		g_string_free(items, TRUE);
	} else if (change->subject == NSL_SUBJECT_CONTAINER) {
		append_container(text, view, change->container, kind);
	} else if (change->subject == NSL_SUBJECT_NAMESPACE) {
		nsl_label_summary(text, view, change->ns, kind);
	} else {
		const NslRow row = {.process = change->process};

		nsl_label_row(text, &row, kind);
		append_types(text, change->process, view);
	}
}

static void append_which(GString *text, const NslChange *change, NslTextKind kind)
{
	switch (change->subject) {
	case NSL_SUBJECT_CONTAINER:
		nsl_label_container(text, change->container, kind);
		break;
	case NSL_SUBJECT_NAMESPACE:
		nsl_label_namespace(text, change->ns, true);
		break;
	case NSL_SUBJECT_PROCESS:
		nsl_output_number(text, change->process->pid);
		break;
	case NSL_SUBJECT_COUNT:
		break;
	}
}

/* A change among those of a report. */
typedef struct Item {
	const NslChangesReport *report;
	const NslChange *change;
} Item;

static void set_string(NslCell *cell, const char *text)
{
	nsl_cell_begin(cell, NSL_CELL_STRING);
	nsl_cell_put_string(cell, text);
}

static void get_time(NslCell *cell, const Item *item)
{
	gint64 time = item->report->after->snapshot->time;

	nsl_cell_begin(cell, NSL_CELL_TIME);
	nsl_cell_put_number(cell, time != 0, (guint64)time);
}

static void get_change(NslCell *cell, const Item *item)
{
	set_string(cell, nsl_change_sign_names[item->change->sign]);
}

static void get_what(NslCell *cell, const Item *item)
{
	set_string(cell, nsl_subject_names[item->change->subject]);
}

static void get_command(NslCell *cell, const Item *item)
{
	const NslProcess *process = item->change->process;

	set_string(cell, process ? nsl_process_command(process) : NULL);
}

/* Of which it is, or which it is. */
static void get_container(NslCell *cell, const Item *item)
{
	const NslChange *change = item->change;
	const NslContainer *container = change->container;

	if (change->process)
		container = nsl_process_around(change->process);
	for (guint i = 0; change->ns && i < change->ns->members->len && !container; i++)
		container = nsl_process_around(g_ptr_array_index(change->ns->members, i));
	set_string(cell, container ? container->key : NULL);
}

static void get_name(NslCell *cell, const Item *item)
{
	const NslChange *change = item->change;
	const char *name = NULL;

	if (change->container)
		name = change->container->identity.name;
	else if (change->ns && change->ns->names->len > 0)
		name = g_ptr_array_index(change->ns->names, 0);
	set_string(cell, name);
}

static void get_field(NslCell *cell, const Item *item)
{
	set_string(cell, nsl_field_names[item->change->field]);
}

static void set_items(NslCell *cell, const NslView *view, NslField field, const GPtrArray *items)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_cell_begin(cell, NSL_CELL_LIST);
	for (guint i = 0; i < items->len; i++) {
		g_string_truncate(text, 0);
		append_item(text, view, field, g_ptr_array_index(items, i), NSL_TEXT_BYTES);
		nsl_cell_put_item(cell, text->str);
	}
}

static void get_came(NslCell *cell, const Item *item)
{
	set_items(cell, item->report->after, item->change->field, item->change->came);
}

static void get_went(NslCell *cell, const Item *item)
{
	set_items(cell, item->report->before, item->change->field, item->change->went);
}

static void get_detail(NslCell *cell, const Item *item)
{
	g_autoptr(GString) text = g_string_new(NULL);

	append_detail(text, item->report, item->change, NSL_TEXT_BYTES);
	set_string(cell, text->str);
}

static void get_implied(NslCell *cell, const Item *item)
{
	nsl_cell_begin(cell, NSL_CELL_BOOLEAN);
	nsl_cell_put_number(cell, true, item->change->under != NULL);
}

/* What programs get of each change. */
static const struct {
	const char *key;
	void (*get)(NslCell *cell, const Item *item);
	NslColumn column; /* without `get`: what it says of the namespace or process */
} columns[] = {
	{.key = "time", .get = get_time},	    {.key = "change", .get = get_change},
	{.key = "what", .get = get_what},	    {.key = "type", .column = NSL_COLUMN_TYPE},
	{.key = "ns", .column = NSL_COLUMN_NS},	    {.key = "nsid", .column = NSL_COLUMN_NSID},
	{.key = "pid", .column = NSL_COLUMN_PID},   {.key = "command", .get = get_command},
	{.key = "container", .get = get_container}, {.key = "name", .get = get_name},
	{.key = "field", .get = get_field},	    {.key = "came", .get = get_came},
	{.key = "went", .get = get_went},	    {.key = "implied", .get = get_implied},
	{.key = "detail", .get = get_detail},
};

static void get_cell(NslCell *cell, gsize column, const Item *item)
{
	const NslRow row = {.ns = item->change->ns, .process = item->change->process};

	if (columns[column].get)
		columns[column].get(cell, item);
	else
		nsl_cell_get(cell, columns[column].column, &row);
}

static struct json_object *change_object(const NslChangesReport *report, const NslChange *change)
{
	struct json_object *object = nsl_json_new_object();
	const Item item = {report, change};
	g_auto(NslCell) cell;

	nsl_cell_init(&cell, view_of(report, change));
	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
		get_cell(&cell, i, &item);
		nsl_json_add(object, columns[i].key, nsl_cell_json(&cell));
	}
	return object;
}

static void write_csv(const NslChangesReport *report, const NslChange *change,
		      const NslStyle *style, NslOutput *output)
{
	const Item item = {report, change};
	g_auto(NslCell) cell;

	nsl_cell_init(&cell, view_of(report, change));
	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++) {
		get_cell(&cell, i, &item);
		if (i > 0)
			g_string_append_c(output->text, ',');
		nsl_csv_append(output->text, nsl_cell_text(&cell), style);
	}
	g_string_append(output->text, "\r\n");
	nsl_output_flush(output);
}

static void write_csv_header(NslOutput *output)
{
	for (gsize i = 0; i < G_N_ELEMENTS(columns); i++)
		g_string_append_printf(output->text, "%s%s", i > 0 ? "," : "", columns[i].key);
	g_string_append(output->text, "\r\n");
}

/* How wide what the lines are about is. */
static guint which_width(const NslChangesReport *report, const NslStyle *style)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint width = 0;

	for (guint i = 0; i < report->changes->list->len; i++) {
		const NslChange *change = g_ptr_array_index(report->changes->list, i);

		g_string_truncate(text, 0);
		if (!change->under)
			append_which(text, change, nsl_style_kind(style));
		width = MAX(width, nsl_text_width(text->str));
	}
	/* Lines that are written later should be in line, too: "net:[4026532676]**" has its place.
	 */
	return report->timed ? CLAMP(width, 20, 40) : MIN(width, 40);
}

static void append_time(GString *text, const NslChangesReport *report)
{
	if (!report->timed)
		return;
	nsl_label_local_time(text, report->after->snapshot->time, report->ahead);
	g_string_append(text, "  ");
}

/* `width`: of what the lines are about. */
static void write_header(const NslChangesReport *report, guint width, const NslStyle *style,
			 NslOutput *output)
{
	g_autoptr(GString) time = g_string_new(NULL);
	gsize start = output->text->len;

	append_time(time, report);
	nsl_color_start(output->text, style, NSL_TONE_HEADING);
	g_string_append_printf(output->text, "%-*s%-11s  %-*s  %s", (int)time->len, "TIME",
			       "CHANGE", (int)width, "WHICH", "DETAIL");
	nsl_color_end(output->text, style, NSL_TONE_HEADING);
	nsl_label_end_line(output->text, start, style->columns);
}

typedef struct Lines {
	const NslChangesReport *report;
	const NslStyle *style;
} Lines;

/* `width`: of what it is about. */
static void append_line(GString *text, const NslChange *change, guint width, const Lines *lines)
{
	static const NslTone tones[NSL_CHANGE_SIGN_COUNT] = {
		[NSL_CHANGE_CAME] = NSL_TONE_NAME,
		[NSL_CHANGE_WENT] = NSL_TONE_ASIDE,
		[NSL_CHANGE_CHANGED] = NSL_TONE_HEADING,
	};
	NslTextKind kind = nsl_style_kind(lines->style);
	gsize at;

	append_time(text, lines->report);
	nsl_color_start(text, lines->style, tones[change->sign]);
	g_string_append_printf(text, "%c %-9s", signs[change->sign],
			       nsl_subject_names[change->subject]);
	nsl_color_end(text, lines->style, tones[change->sign]);
	g_string_append(text, "  ");
	at = text->len;
	append_which(text, change, kind);
	nsl_output_pad(text, nsl_text_width(text->str + at), width);
	g_string_append(text, "  ");
	append_detail(text, lines->report, change, kind);
}

void nsl_changes_write(const NslChangesReport *report, const NslStyle *style, NslOutput *output)
{
	guint width = style->writing == NSL_WRITING_LINES ? which_width(report, style) : 0;
	Lines lines = {.report = report, .style = style};

	if (style->writing == NSL_WRITING_CSV && style->headings)
		write_csv_header(output);
	if (style->writing == NSL_WRITING_LINES && style->headings && report->timed)
		write_header(report, width, style, output);
	for (guint i = 0; i < report->changes->list->len && output->result == 0; i++) {
		const NslChange *change = g_ptr_array_index(report->changes->list, i);
		gsize start = output->text->len;

		switch (style->writing) {
		case NSL_WRITING_LINES:
			if (change->under)
				break;
			append_line(output->text, change, width, &lines);
			nsl_label_end_line(output->text, start, style->columns);
			nsl_output_flush(output);
			break;
		case NSL_WRITING_JSON:
			nsl_json_put_document(change_object(report, change), JSON_C_TO_STRING_PLAIN,
					      output);
			break;
		case NSL_WRITING_CSV:
			write_csv(report, change, style, output);
			break;
		}
	}
}

/* `data`: an NslChange; `context`: what append_line() needs. */
static void append_node(GString *text, gconstpointer data, gpointer context)
{
	append_line(text, data, 0, context);
}

/* The number of its node, below that of the change which implies it. */
static guint add_node(NslForest *forest, GHashTable *nodes, const NslChange *change)
{
	gpointer node;
	guint parent = change->under ? add_node(forest, nodes, change->under) : NSL_FOREST_TOP;

	if (g_hash_table_lookup_extended(nodes, change, NULL, &node))
		return GPOINTER_TO_UINT(node);
	node = GUINT_TO_POINTER(nsl_forest_add(forest, parent, append_node, change));
	g_hash_table_insert(nodes, (gpointer)change, node);
	return GPOINTER_TO_UINT(node);
}

void nsl_changes_write_tree(const NslChangesReport *report, const NslStyle *style,
			    NslOutput *output)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL);
	Lines lines = {.report = report, .style = style};

	for (guint i = 0; i < report->changes->list->len; i++)
		add_node(forest, nodes, g_ptr_array_index(report->changes->list, i));
	nsl_forest_draw(forest, style, &lines, output);
}

static struct json_object *side_object(const NslView *view)
{
	const NslSnapshot *snapshot = view->snapshot;
	struct json_object *object = nsl_json_host(snapshot);

	nsl_json_add(object, "time", nsl_json_new_time(snapshot->time));
	nsl_json_add_boolean(object, "complete", true, nsl_snapshot_is_complete(snapshot));
	return object;
}

void nsl_changes_write_json(const NslChangesReport *report, NslOutput *output)
{
	const NslChanges *changes = report->changes;
	NslJsonWriter json = {.output = output};

	nsl_json_begin(&json, NULL, '{');
	nsl_json_put(&json, "schema", nsl_json_new_number(1));
	nsl_json_put(&json, "before", side_object(report->before));
	nsl_json_put(&json, "after", side_object(report->after));
	nsl_json_begin(&json, "changes", '[');
	for (guint i = 0; i < changes->list->len && output->result == 0; i++)
		nsl_json_put(&json, NULL,
			     change_object(report, g_ptr_array_index(changes->list, i)));
	nsl_json_end(&json, ']');
	nsl_json_begin(&json, "notes", '[');
	for (guint i = 0; i < changes->notes->len; i++)
		nsl_json_put(&json, NULL,
			     nsl_json_new_string(g_ptr_array_index(changes->notes, i)));
	nsl_json_end(&json, ']');
	nsl_json_end(&json, '}');
}
