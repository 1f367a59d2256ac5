/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON values: see json_value.h. A process has thirty members, nearly all of them numbers and names
 * of letters and digits: those are written without json-c, which would take three times as long.
 */
#include "report/json_value.h"

#include <json-c/json.h>
#include <string.h>

#include "base/each.h"
#include "base/text.h"
#include "report/wording.h"

static void begin_line(GString *text, guint depth)
{
	g_string_append_c(text, '\n');
	nsl_output_pad(text, 0, 2 * depth);
}

static void begin_value(NslJsonWriter *json, const char *key)
{
	GString *text = json->output->text;

	if (!json->empty)
		g_string_append_c(text, ',');
	json->empty = false;
	if (!json->plain)
		begin_line(text, json->depth);
	if (key) {
		g_string_append_c(text, '"');
		g_string_append(text, key);
		g_string_append(text, "\":");
	}
}

static void end_value(NslJsonWriter *json)
{
	if (!json->plain) /* else where the line ends */
		nsl_output_flush(json->output);
}

void nsl_json_begin(NslJsonWriter *json, const char *key, char bracket)
{
	if (json->depth > 0)
		begin_value(json, key);
	g_string_append_c(json->output->text, bracket);
	json->depth++;
	json->empty = true;
}

void nsl_json_end(NslJsonWriter *json, char bracket)
{
	GString *text = json->output->text;

	json->depth--;
	if (!json->empty && !json->plain)
		begin_line(text, json->depth);
	g_string_append_c(text, bracket);
	json->empty = false;
	if (json->depth == 0)
		nsl_output_end_line(json->output, 0);
}

static void put_token(NslJsonWriter *json, const char *key, const char *token)
{
	begin_value(json, key);
	g_string_append(json->output->text, token);
	end_value(json);
}

void nsl_json_put_null(NslJsonWriter *json, const char *key)
{
	put_token(json, key, "null");
}

void nsl_json_put_number(NslJsonWriter *json, const char *key, bool known, guint64 value)
{
	begin_value(json, key);
	if (known)
		nsl_output_number(json->output->text, value);
	else
		g_string_append(json->output->text, "null");
	end_value(json);
}

void nsl_json_put_integer(NslJsonWriter *json, const char *key, bool known, gint64 value)
{
	g_autofree char *negative =
		known && value < 0 ? g_strdup_printf("%" G_GINT64_FORMAT, value) : NULL;

	if (negative)
		put_token(json, key, negative);
	else
		nsl_json_put_number(json, key, known, (guint64)value);
}

void nsl_json_put_boolean(NslJsonWriter *json, const char *key, bool known, bool value)
{
	put_token(json, key, !known ? "null" : value ? "true" : "false");
}

/* How many bytes at the start are ASCII that JSON gives no meaning to: they stay as they are. */
static gsize count_plain(const char *bytes)
{
	const char *at = bytes;

	while (*at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
		at++;
	return (gsize)(at - bytes);
}

/* Appends bytes that are not all plain: what json-c makes of them, safe to print. */
static void append_string(GString *text, const char *bytes, NslTextKind kind)
{
	g_autoptr(GString) utf8 = g_string_new(NULL);
	struct json_object *string;
	const char *json = NULL;
	gsize size;

	nsl_text_to_utf8(utf8, bytes, strlen(bytes));
	string = json_object_new_string_len(utf8->str, (int)utf8->len);
	if (string)
		json = json_object_to_json_string_length(string, JSON_C_TO_STRING_NOSLASHESCAPE,
							 &size);
	if (!json) /* it has no other reason, and GLib ends the program for this one, too */
		g_error("json-c has no memory left");
	nsl_text_quiet_json(text, json, size, kind);
	json_object_put(string);
}

void nsl_json_put_string(NslJsonWriter *json, const char *key, const char *bytes)
{
	GString *text = json->output->text;
	gsize plain;

	if (!bytes) {
		nsl_json_put_null(json, key);
		return;
	}
	plain = count_plain(bytes);
	begin_value(json, key);
	if (bytes[plain] == '\0') {
		g_string_append_c(text, '"');
		g_string_append_len(text, bytes, (gssize)plain);
		g_string_append_c(text, '"');
	} else {
		append_string(text, bytes, json->kind);
	}
	end_value(json);
}

void nsl_json_put_strings(NslJsonWriter *json, const char *key, const GPtrArray *strings)
{
	nsl_json_begin(json, key, '[');
	NSL_EACH (const char, string, strings)
		nsl_json_put_string(json, NULL, string);
	nsl_json_end(json, ']');
}

void nsl_json_put_time(NslJsonWriter *json, const char *key, gint64 seconds)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_label_time(text, seconds, 0);
	nsl_json_put_string(json, key, text->len > 0 ? text->str : NULL);
}
