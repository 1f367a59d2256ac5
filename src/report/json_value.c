/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON values: see json_value.h. json-c returns NULL where it has no memory, and aborts where NULL
 * is then used.
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

	nsl_label_time(text, seconds);
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

/* The same as json-c's. */
static void begin_line(GString *text, guint depth)
{
	static const char indented[] = "\n        ";

	G_STATIC_ASSERT(sizeof(indented) > 1 + 2 * NSL_JSON_DEPTH);
	g_string_append_len(text, indented, 1 + 2 * (gssize)depth);
}

static void begin_value(NslJsonWriter *json, const char *key)
{
	GString *text = json->output->text;

	if (!json->empty)
		g_string_append_c(text, ',');
	json->empty = false;
	begin_line(text, json->depth);
	if (key)
		g_string_append_printf(text, "\"%s\":", key);
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
	json_object_put(value);
}

void nsl_json_put_document(struct json_object *object, int flags, NslOutput *output)
{
	append(output->text, object, flags, 0);
	g_string_append_c(output->text, '\n');
	nsl_output_flush(output);
}

void nsl_json_begin(NslJsonWriter *json, const char *key, char bracket)
{
	GString *text = json->output->text;

	if (json->depth > 0)
		begin_value(json, key);
	g_string_append_c(text, bracket);
	json->closing[json->depth++] = bracket == '{' ? '}' : ']';
	json->empty = true;
}

void nsl_json_put(NslJsonWriter *json, const char *key, struct json_object *value)
{
	begin_value(json, key);
	append(json->output->text, value, JSON_C_TO_STRING_PRETTY, json->depth);
	nsl_output_flush(json->output);
}

void nsl_json_end(NslJsonWriter *json)
{
	GString *text = json->output->text;

	json->depth--;
	begin_line(text, json->depth);
	g_string_append_c(text, json->closing[json->depth]);
	json->empty = false;
	if (json->depth == 0)
		g_string_append_c(text, '\n');
}
