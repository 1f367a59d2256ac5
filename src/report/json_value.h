/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON values: how numbers, bytes and what is absent are written, the same in all JSON. Inline,
 * since each is a line or two.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

#include "base/text.h"
#include "report/output.h"

/* Takes `value`; `key` is a literal. */
static inline void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add_ex(object, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_KEY_IS_CONSTANT);
}

static inline struct json_object *number(guint64 value)
{
	return json_object_new_uint64(value);
}

/* 0 is unknown. */
static inline struct json_object *known_number(guint64 value)
{
	return value != 0 ? number(value) : NULL;
}

static inline struct json_object *boolean(bool value)
{
	return json_object_new_boolean(value);
}

/* Bytes; NULL becomes null. */
static inline struct json_object *string(const char *bytes)
{
	gsize size = bytes ? strlen(bytes) : 0;
	g_autoptr(GString) text = NULL;

	if (!bytes)
		return NULL;
	if (g_utf8_validate(bytes, (gssize)size, NULL))
		return json_object_new_string_len(bytes, (int)size);
	text = g_string_sized_new(size + 16);
	nsl_text_to_utf8(text, bytes, size);
	return json_object_new_string_len(text->str, (int)text->len);
}

/* Writes a document of its own on a line of its own, safe to print. Takes `object`. */
static inline void put_object(struct json_object *object, int flags, NslOutput *output)
{
	gsize size;
	const char *text = json_object_to_json_string_length(
		object, flags | JSON_C_TO_STRING_NOSLASHESCAPE, &size);

	nsl_text_quiet_json(output->text, text, size);
	g_string_append_c(output->text, '\n');
	nsl_output_flush(output);
	json_object_put(object);
}
