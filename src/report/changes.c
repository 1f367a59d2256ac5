/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Changes: see format.h.
 */
#include "base/each.h"
#include "report/cell.h"
#include "report/forest.h"
#include "report/format.h"
#include "report/wording.h"

/* As JSON names them. */
static const char *const sign_names[] = {
	[NSL_CHANGE_CAME] = "came", [NSL_CHANGE_WENT] = "went", [NSL_CHANGE_CHANGED] = "changed"};

static const char *const subject_names[] = {[NSL_SUBJECT_CONTAINER] = "container",
					    [NSL_SUBJECT_NAMESPACE] = "namespace",
					    [NSL_SUBJECT_PROCESS] = "process"};

static const char *const field_names[NSL_FIELD_COUNT] = {
	[NSL_FIELD_NAME] = "name",	     [NSL_FIELD_SHARES] = "shares",
	[NSL_FIELD_PROCESSES] = "processes", [NSL_FIELD_NAMES] = "names",
	[NSL_FIELD_HELD_BY] = "held_by",     [NSL_FIELD_NAMESPACES] = "namespaces",
	[NSL_FIELD_CONTAINER] = "container",
};

#define BETWEEN "; " /* what is told in one line */

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
	g_autoptr(GString) item = g_string_new(NULL);

	for (guint i = 0; i < items->len; i++) {
		g_string_append(text, text->len > 0 ? BETWEEN : "");
		g_string_append_printf(text, "%c ", sign);
		g_string_truncate(item, 0);
		append_item(item, view, change->field, g_ptr_array_index(items, i), kind);
		nsl_text_append_item(text, item, BETWEEN, kind);
	}
}

static void append_types(GString *text, NslNsTypes types, const char *before, const char *between)
{
	NSL_EACH_TYPE (type, types) {
		g_string_append_printf(text, "%s%s", before, nsl_nstypes[type].name);
		before = between;
	}
}

static void append_container(GString *text, const NslContainer *container, NslTextKind kind)
{
	const GPtrArray *members = container->members;
	g_autoptr(GString) first = g_string_new(NULL);

	g_string_append_printf(text, "%u process%s", members->len, members->len == 1 ? "" : "es");
	if (members->len > 0) {
		g_string_append(text, members->len > 1 ? ", the first " : ", ");
		nsl_label_process(first, g_ptr_array_index(members, 0), kind);
		nsl_text_append_item(text, first, BETWEEN, kind);
	}
	append_types(text, container->shared, BETWEEN "shares ", ", ");
}

static void append_detail(GString *text, const NslChangesReport *report, const NslChange *change,
			  NslTextKind kind)
{
	const NslView *view = change->sign == NSL_CHANGE_WENT ? report->before : report->after;

	if (change->sign == NSL_CHANGE_CHANGED) {
		g_autoptr(GString) items = g_string_new(NULL);

		append_items(items, report->before, change, '-', kind);
		append_items(items, report->after, change, '+', kind);
		if (change->field != NSL_FIELD_HELD_BY)
			g_string_append_printf(text, "%s: ", field_names[change->field]);
		g_string_append_len(text, items->str, (gssize)items->len);
	} else if (change->subject == NSL_SUBJECT_CONTAINER) {
		append_container(text, change->container, kind);
	} else if (change->subject == NSL_SUBJECT_NAMESPACE) {
		nsl_label_summary(text, view, change->ns, kind);
	} else {
		const NslRow row = {.process = change->process, .more = &nsl_row_no_more};
		NslProcess *process = (NslProcess *)change->process;
		NslNsTypes shared;
		NslNsTypes own;

		nsl_label_row(text, &row, kind);
		nsl_processes_share(view->snapshot, &process, 1, &shared, &own);
		append_types(text, own & view->selection->types, " in ", ",");
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

/* Of which it is, or which it is. */
static const NslContainer *container_of(const NslChange *change)
{
	const NslContainer *container = change->container;

	if (change->process)
		container = nsl_process_around(change->process);
	for (guint i = 0; change->ns && i < change->ns->members->len && !container; i++)
		container = nsl_process_around(g_ptr_array_index(change->ns->members, i));
	return container;
}

#define CSV_HEADER                                                                                 \
	"time,change,what,type,ns,nsid,pid,command,container,name,field,came,went,implied,detail"

/* What programs get of a change: an object, or a line of CSV. */
typedef struct Record {
	const NslChangesReport *report;
	NslOutput *output;
	NslJsonWriter json;
	bool csv;
	NslCell cell; /* the member that is being written; it is null where that is absent */
} Record;

static void put_cell(Record *record, const char *key)
{
	if (record->csv) {
		nsl_csv_append(record->output->text, nsl_cell_text(&record->cell),
			       record->report->style);
		g_string_append_c(record->output->text, ',');
	} else {
		nsl_cell_put_json(&record->cell, &record->json, key);
	}
}

static void put_string(Record *record, const char *key, const char *bytes)
{
	nsl_cell_begin(&record->cell, NSL_CELL_STRING);
	nsl_cell_put_string(&record->cell, bytes);
	put_cell(record, key);
}

static void put_number(Record *record, const char *key, guint64 number)
{
	nsl_cell_begin(&record->cell, NSL_CELL_NUMBER);
	nsl_cell_put_number(&record->cell, number != 0, number);
	put_cell(record, key);
}

static void put_items(Record *record, const char *key, const NslView *view, NslField field,
		      const GPtrArray *items)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_cell_begin(&record->cell, NSL_CELL_LIST);
	NSL_EACH (const void, item, items) {
		g_string_truncate(text, 0);
		append_item(text, view, field, item, NSL_TEXT_BYTES);
		nsl_text_escape_marked(text);
		nsl_cell_put_item(&record->cell, text->str);
	}
	put_cell(record, key);
}

/* CSV_HEADER has the members. */
static void put_members(Record *record, const NslChange *change)
{
	const NslChangesReport *report = record->report;
	const NslNamespace *ns = change->ns;
	const NslProcess *process = change->process;
	const NslContainer *container = container_of(change);
	const char *name = NULL;

	if (change->subject == NSL_SUBJECT_CONTAINER)
		name = change->container->identity.name;
	if (ns && ns->names->len > 0)
		name = g_ptr_array_index(ns->names, 0);
	nsl_cell_begin(&record->cell, NSL_CELL_STRING);
	nsl_label_time(record->cell.bytes, report->after->snapshot->time, 0);
	put_cell(record, "time");
	put_string(record, "change", sign_names[change->sign]);
	put_string(record, "what", subject_names[change->subject]);
	put_string(record, "type", ns ? nsl_nstypes[ns->type].name : NULL);
	put_number(record, "ns", ns ? ns->inode : 0);
	put_number(record, "nsid", ns ? ns->nsid : 0);
	put_number(record, "pid", process ? process->pid : 0);
	put_string(record, "command", process ? nsl_process_command(process) : NULL);
	put_string(record, "container", container ? container->key : NULL);
	put_string(record, "name", name);
	put_string(record, "field", field_names[change->field]);
	put_items(record, "came", report->after, change->field, change->came);
	put_items(record, "went", report->before, change->field, change->went);
	nsl_cell_begin(&record->cell, NSL_CELL_BOOLEAN);
	nsl_cell_put_number(&record->cell, true, change->under != NULL);
	put_cell(record, "implied");
	nsl_cell_begin(&record->cell, NSL_CELL_STRING);
	append_detail(record->cell.bytes, report, change, NSL_TEXT_BYTES);
	put_cell(record, "detail");
}

static void write_record(Record *record, const NslChange *change)
{
	GString *text = record->output->text;

	if (!record->csv)
		nsl_json_begin(&record->json, NULL, '{');
	put_members(record, change);
	if (!record->csv) {
		nsl_json_end(&record->json, '}');
	} else {
		g_string_truncate(text, text->len - 1); /* the last comma */
		g_string_append(text, "\r\n");
		nsl_output_flush(record->output);
	}
}

/* How wide what the lines are about is. */
static guint which_width(const NslChangesReport *report)
{
	g_autoptr(GString) text = g_string_new(NULL);
	guint width = 0;

	NSL_EACH (const NslChange, change, report->changes->list) {
		g_string_truncate(text, 0);
		if (!change->under)
			append_which(text, change, nsl_style_kind(report->style));
		width = MAX(width, nsl_text_width(text->str));
	}
	/* Lines that are written later line up too: "net:[4026532676]**" has its place. */
	return report->timed ? CLAMP(width, 20, 40) : MIN(width, 40);
}

static void append_time(GString *text, const NslChangesReport *report)
{
	if (!report->timed)
		return;
	nsl_label_time(text, report->after->snapshot->time, report->ahead);
	g_string_append(text, "  ");
}

/* `width`: of what the lines are about. */
static void write_header(const NslChangesReport *report, guint width, NslOutput *output)
{
	g_autoptr(GString) time = g_string_new(NULL);
	gsize start = output->text->len;

	append_time(time, report);
	g_string_append_printf(output->text, "%-*s%-11s  %-*s  %s", (int)time->len, "TIME",
			       "CHANGE", (int)width, "WHICH", "DETAIL");
	nsl_color(output->text, start, -1, report->style, NSL_TONE_HEADING);
	nsl_output_end_line(output, report->style->columns);
}

static void append_line(GString *text, const NslChange *change, guint width,
			const NslChangesReport *report)
{
	static const struct {
		char sign;
		NslTone tone;
	} looks[NSL_CHANGE_SIGN_COUNT] = {
		[NSL_CHANGE_CAME] = {'+', NSL_TONE_NAME},
		[NSL_CHANGE_WENT] = {'-', NSL_TONE_ASIDE},
		[NSL_CHANGE_CHANGED] = {'~', NSL_TONE_HEADING},
	};
	NslTextKind kind = nsl_style_kind(report->style);
	gsize at;

	append_time(text, report);
	at = text->len;
	g_string_append_printf(text, "%c %-9s", looks[change->sign].sign,
			       subject_names[change->subject]);
	nsl_color(text, at, -1, report->style, looks[change->sign].tone);
	g_string_append(text, "  ");
	at = text->len;
	append_which(text, change, kind);
	nsl_output_pad(text, nsl_text_width(text->str + at), width);
	g_string_append(text, "  ");
	append_detail(text, report, change, kind);
}

void nsl_changes_write(const NslChangesReport *report, NslOutput *output)
{
	const NslStyle *style = report->style;
	bool lines = style->writing == NSL_WRITING_LINES;
	guint width = lines ? which_width(report) : 0;
	Record record = {.report = report,
			 .output = output,
			 .json = {.output = output, .kind = nsl_style_kind(style), .plain = true},
			 .csv = style->writing == NSL_WRITING_CSV};

	if (record.csv && style->headings)
		g_string_append(output->text, CSV_HEADER "\r\n");
	if (lines && style->headings && report->timed)
		write_header(report, width, output);
	nsl_cell_init(&record.cell, report->after);
	for (guint i = 0; i < report->changes->list->len && output->result == 0; i++) {
		const NslChange *change = g_ptr_array_index(report->changes->list, i);

		if (!lines) {
			write_record(&record, change);
		} else if (!change->under) {
			append_line(output->text, change, width, report);
			nsl_output_end_line(output, style->columns);
		}
	}
	nsl_cell_clear(&record.cell);
}

static void append_node(GString *text, gconstpointer data, gpointer context)
{
	append_line(text, data, 0, context);
}

void nsl_changes_write_tree(const NslChangesReport *report, NslOutput *output)
{
	g_autoptr(NslForest) forest = nsl_forest_new();
	g_autoptr(GHashTable) nodes = g_hash_table_new(NULL, NULL);

	/* What implies a change comes before it. */
	NSL_EACH (NslChange, change, report->changes->list) {
		gpointer above = change->under ? g_hash_table_lookup(nodes, change->under)
					       : GUINT_TO_POINTER(NSL_FOREST_TOP);
		guint node = nsl_forest_add(forest, GPOINTER_TO_UINT(above), append_node, change);

		g_hash_table_insert(nodes, change, GUINT_TO_POINTER(node));
	}
	nsl_forest_draw(forest, report->style, (gpointer)report, output);
}

static void put_side(NslJsonWriter *json, const char *key, const NslView *view)
{
	nsl_json_begin(json, key, '{');
	nsl_json_put_host(json, view->snapshot);
	nsl_json_put_time(json, "time", view->snapshot->time);
	nsl_json_put_boolean(json, "complete", true, nsl_snapshot_is_complete(view->snapshot));
	nsl_json_end(json, '}');
}

void nsl_changes_write_json(const NslChangesReport *report, NslOutput *output)
{
	const NslChanges *changes = report->changes;
	Record record = {.report = report,
			 .output = output,
			 .json = {.output = output, .kind = nsl_style_kind(report->style)}};
	NslJsonWriter *json = &record.json;

	nsl_cell_init(&record.cell, report->after);
	nsl_json_begin(json, NULL, '{');
	nsl_json_put_number(json, "schema", true, 1);
	put_side(json, "before", report->before);
	put_side(json, "after", report->after);
	nsl_json_begin(json, "changes", '[');
	for (guint i = 0; i < changes->list->len && output->result == 0; i++)
		write_record(&record, g_ptr_array_index(changes->list, i));
	nsl_json_end(json, ']');
	nsl_json_put_strings(json, "notes", changes->notes);
	nsl_json_end(json, '}');
	nsl_cell_clear(&record.cell);
}
