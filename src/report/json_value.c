/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON values: see json_value.h. json-c returns NULL where it has no memory, and aborts where NULL
 * is then used.
 *
 * A process has thirty members, nearly all of them numbers and names of letters and digits: those
 * are written without json-c, which would take three times as long.
 */
#include "report/json_value.h"

#include <string.h>

#include "base/text.h"
#include "report/wording.h"

static _Noreturn void fail(void)
{
	g_error("json-c has no memory left");
}

static struct json_object *checked(struct json_object *object)
{
	if (!object)
		fail();
	return object;
}

struct json_object *nsl_json_new_object(void)
{
	return checked(json_object_new_object());
}

struct json_object *nsl_json_new_array(guint size)
{
	return checked(json_object_new_array_ext((int)size));
}

struct json_object *nsl_json_new_number(guint64 value)
{
	return checked(json_object_new_uint64(value));
}

struct json_object *nsl_json_new_integer(gint64 value)
{
	return checked(json_object_new_int64(value));
}

struct json_object *nsl_json_new_boolean(bool value)
{
	return checked(json_object_new_boolean(value));
}

struct json_object *nsl_json_new_string(const char *bytes)
{
	gsize size = bytes ? strlen(bytes) : 0;
	g_autoptr(GString) text = NULL;

	if (!bytes)
		return NULL;
	if (g_utf8_validate(bytes, (gssize)size, NULL))
		return checked(json_object_new_string_len(bytes, (int)size));
	text = g_string_sized_new(size + 16);
	nsl_text_to_utf8(text, bytes, size);
	return checked(json_object_new_string_len(text->str, (int)text->len));
}

struct json_object *nsl_json_new_time(gint64 seconds)
{
	g_autoptr(GString) text = g_string_new(NULL);

	nsl_label_time(text, seconds, 0);
	return text->len > 0 ? nsl_json_new_string(text->str) : NULL;
}

void nsl_json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add_ex(object, key, value,
				      JSON_C_OBJECT_ADD_KEY_IS_NEW |
					      JSON_C_OBJECT_KEY_IS_CONSTANT) != 0)
		fail();
}

void nsl_json_add_number(struct json_object *object, const char *key, bool known, guint64 value)
{
	nsl_json_add(object, key, known ? nsl_json_new_number(value) : NULL);
}

void nsl_json_add_boolean(struct json_object *object, const char *key, bool known, bool value)
{
	nsl_json_add(object, key, known ? nsl_json_new_boolean(value) : NULL);
}

void nsl_json_add_string(struct json_object *object, const char *key, const char *bytes)
{
	nsl_json_add(object, key, nsl_json_new_string(bytes));
}

void nsl_json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value) != 0)
		fail();
}

/* As json-c's. */
static void begin_line(GString *text, guint depth)
{
	g_string_append_c(text, '\n');
	nsl_output_pad(text, 0, 2 * depth);
}

void nsl_json_clear(NslJsonWriter *json)
{
	json_object_put(json->string);
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

/* Appends what json-c makes of it, safe to print, with further lines `depth` levels in. */
static void append(GString *text, struct json_object *value, int flags, guint depth)
{
	gsize size;
	const char *line = json_object_to_json_string_length(
		value, flags | JSON_C_TO_STRING_NOSLASHESCAPE, &size);
	const char *end = line ? line + size : NULL;

	if (!line)
		fail();
	for (;;) { /* in JSON line ends stand between the tokens only */
		const char *next = memchr(line, '\n', (gsize)(end - line));

		nsl_text_quiet_json(text, line, (gsize)((next ? next : end) - line));
		if (!next)
			break;
		begin_line(text, depth);
		line = next + 1;
	}
}

void nsl_json_put_document(struct json_object *object, int flags, NslOutput *output)
{
	append(output->text, object, flags, 0);
	g_string_append_c(output->text, '\n');
	json_object_put(object);
	nsl_output_flush(output);
}

static void end_value(NslJsonWriter *json)
{
	if (!json->plain) /* else where the line ends */
		nsl_output_flush(json->output);
}

/* `value` stays the caller's. */
static void put(NslJsonWriter *json, const char *key, struct json_object *value)
{
	begin_value(json, key);
	append(json->output->text, value,
	       json->plain ? JSON_C_TO_STRING_PLAIN : JSON_C_TO_STRING_PRETTY, json->depth);
	end_value(json);
}

void nsl_json_begin(NslJsonWriter *json, const char *key, char bracket)
{
	if (json->depth > 0)
		begin_value(json, key);
	g_string_append_c(json->output->text, bracket);
	json->depth++;
	json->empty = true;
}

void nsl_json_put(NslJsonWriter *json, const char *key, struct json_object *value)
{
	put(json, key, value);
	json_object_put(value);
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
	if (value >= 0)
		nsl_json_put_number(json, key, known, (guint64)value);
	else
		nsl_json_put(json, key, known ? nsl_json_new_integer(value) : NULL);
}

void nsl_json_put_boolean(NslJsonWriter *json, const char *key, bool known, bool value)
{
	begin_value(json, key);
	g_string_append(json->output->text, !known ? "null" : value ? "true" : "false");
	end_value(json);
}

/* Printable ASCII that JSON gives no meaning to: it is written as it is. */
static bool needs_no_escape(const char *bytes, gsize *ret_size)
{
	const char *at = bytes;

	while (*at >= ' ' && *at <= '~' && *at != '"' && *at != '\\')
		at++;
	*ret_size = (gsize)(at - bytes);
	return *at == '\0';
}

void nsl_json_put_string(NslJsonWriter *json, const char *key, const char *bytes)
{
	GString *text = json->output->text;
	gsize size;

	if (bytes && needs_no_escape(bytes, &size)) {
		begin_value(json, key);
		g_string_append_c(text, '"');
		g_string_append_len(text, bytes, (gssize)size);
		g_string_append_c(text, '"');
		end_value(json);
	} else if (!bytes || !g_utf8_validate(bytes, -1, NULL)) {
		nsl_json_put(json, key, nsl_json_new_string(bytes));
	} else { /* not empty: json-c 0.16 would lose memory where a long one was before */
		if (!json->string)
			json->string = nsl_json_new_string("");
		if (!json_object_set_string(json->string, bytes))
			fail();
		put(json, key, json->string);
	}
}

void nsl_json_end(NslJsonWriter *json, char bracket)
{
	GString *text = json->output->text;

	json->depth--;
	if (!json->empty && !json->plain)
		begin_line(text, json->depth);
	g_string_append_c(text, bracket);
	json->empty = false;
	if (json->depth > 0)
		return;
	g_string_append_c(text, '\n');
	nsl_output_flush(json->output);
}
