/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members of objects: see reader.h.
 */
#include "store/reader.h"

#include <string.h>

#include "base/procfs_parse.h"
#include "base/sys.h"

void nsl_field_fail(NslReader *reader, const char *key, const char *problem)
{
	g_autoptr(GString) where = g_string_new(reader->list);

	if (reader->error)
		return;
	if (reader->index >= 0)
		g_string_append_printf(where, "[%" G_GSSIZE_FORMAT "]", reader->index);
	if (reader->part)
		g_string_append_printf(where, ".%s", reader->part);
	if (key)
		g_string_append_printf(where, ".%s", key);
	reader->error = g_error_new(NSL_ERROR, NSL_ERROR_SYSTEM, "%s %s", where->str, problem);
}

void nsl_reader_count(NslReader *reader)
{
	if (++reader->n_objects > NSL_DOCUMENT_MAX_OBJECTS)
		nsl_field_fail(reader, NULL, "are too many objects in one document");
}

struct json_object *nsl_field_get(NslReader *reader, struct json_object *object, const char *key,
				  json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	nsl_field_fail(reader, key, "is of the wrong type");
	return NULL;
}

static const char *text_of(NslReader *reader, struct json_object *value, const char *key)
{
	const char *text = NULL;

	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (text && g_utf8_validate(text, json_object_get_string_len(value), NULL))
		return text;
	nsl_field_fail(reader, key, "is no text in UTF-8");
	return NULL;
}

const char *nsl_field_get_text(NslReader *reader, struct json_object *object, const char *key)
{
	return text_of(reader, nsl_field_get(reader, object, key, json_type_string), key);
}

char *nsl_field_copy_text(NslReader *reader, struct json_object *object, const char *key)
{
	return g_strdup(nsl_field_get_text(reader, object, key));
}

const char *nsl_field_need_text(NslReader *reader, struct json_object *object, const char *key)
{
	const char *text = nsl_field_get_text(reader, object, key);

	if (!text)
		nsl_field_fail(reader, key, "is missing");
	return text ? text : "";
}

bool nsl_field_number_of(NslReader *reader, struct json_object *value, const char *key, guint64 min,
			 guint64 max, guint64 *ret_number)
{
	guint64 number = json_object_get_uint64(value); /* 0 for NULL */
	bool valid = json_object_is_type(value, json_type_int) &&
		     json_object_get_int64(value) >= 0 && number >= min && number <= max;

	if (valid)
		*ret_number = number;
	else
		nsl_field_fail(reader, key, "is out of range");
	return valid;
}

bool nsl_field_get_number(NslReader *reader, struct json_object *object, const char *key,
			  guint64 min, guint64 max, guint64 *ret_number)
{
	struct json_object *value = nsl_field_get(reader, object, key, json_type_int);

	*ret_number = 0;
	return value && nsl_field_number_of(reader, value, key, min, max, ret_number);
}

guint64 nsl_field_get_known(NslReader *reader, struct json_object *object, const char *key,
			    guint64 max)
{
	guint64 number;

	nsl_field_get_number(reader, object, key, 0, max, &number);
	return number;
}

guint64 nsl_field_need_number(NslReader *reader, struct json_object *object, const char *key,
			      guint64 min, guint64 max)
{
	guint64 number;

	if (!nsl_field_get_number(reader, object, key, min, max, &number))
		nsl_field_fail(reader, key, "is missing");
	return number;
}

guint32 nsl_field_need_pid(NslReader *reader, struct json_object *object)
{
	return (guint32)nsl_field_need_number(reader, object, "pid", 1, NSL_PID_MAX);
}

bool nsl_field_is(NslReader *reader, struct json_object *object, const char *key, bool that)
{
	struct json_object *value = nsl_field_get(reader, object, key, json_type_boolean);

	return value && json_object_get_boolean(value) == that;
}

guint nsl_field_length(struct json_object *list)
{
	return list ? (guint)json_object_array_length(list) : 0;
}

struct json_object *nsl_field_get_object(NslReader *reader, struct json_object *list,
					 const char *key, guint i)
{
	struct json_object *object = json_object_array_get_idx(list, i);

	nsl_reader_count(reader);
	if (json_object_is_type(object, json_type_object))
		return object;
	nsl_field_fail(reader, key, "is of the wrong type");
	return NULL;
}

bool nsl_field_is_unknown(NslReader *reader, const char *key)
{
	for (guint i = 0; i < nsl_field_length(reader->unknown); i++) {
		const char *unknown =
			text_of(reader, json_object_array_get_idx(reader->unknown, i), "unknown");

		if (unknown && strcmp(unknown, key) == 0)
			return true;
	}
	return false;
}

NslKnowledge nsl_field_know_number(NslReader *reader, struct json_object *object, const char *key,
				   guint64 min, guint64 max, guint64 *ret_number)
{
	if (nsl_field_get_number(reader, object, key, min, max, ret_number))
		return NSL_KNOWN;
	return nsl_field_is_unknown(reader, key) ? NSL_UNSUPPORTED : NSL_NONE;
}

guint nsl_field_need_choice(NslReader *reader, struct json_object *object, const char *key,
			    const char *const *names, guint n)
{
	const char *text = nsl_field_need_text(reader, object, key);

	for (guint i = 0; i < n; i++)
		if (g_strcmp0(names[i], text) == 0)
			return i;
	nsl_field_fail(reader, key, "is unknown to this version");
	return 0;
}

static NslNsType type_of(NslReader *reader, const char *name, const char *key)
{
	NslNsType type = nsl_nstype_find(name, strlen(name));

	if (type != NSL_NSTYPE_COUNT)
		return type;
	nsl_field_fail(reader, key, "is a type unknown to this version");
	return 0;
}

NslNsType nsl_field_need_type(NslReader *reader, struct json_object *object)
{
	return type_of(reader, nsl_field_need_text(reader, object, "type"), "type");
}

NslNsTypes nsl_field_get_types(NslReader *reader, struct json_object *object, const char *key)
{
	g_autoptr(GPtrArray) names = nsl_field_get_texts(reader, object, key);
	NslNsTypes types = 0;

	for (guint i = 0; i < names->len; i++)
		types |= NSL_NSTYPE_BIT(type_of(reader, g_ptr_array_index(names, i), key));
	return types;
}

void nsl_field_get_numbers(NslReader *reader, struct json_object *object, const char *key,
			   GArray *numbers)
{
	struct json_object *list = nsl_field_get(reader, object, key, json_type_array);

	for (guint i = 0; i < nsl_field_length(list); i++) {
		guint64 number = 0;
		guint32 pid;

		nsl_field_number_of(reader, json_object_array_get_idx(list, i), key, 0, G_MAXUINT32,
				    &number);
		pid = (guint32)number;
		g_array_append_val(numbers, pid);
	}
}

GPtrArray *nsl_field_get_texts(NslReader *reader, struct json_object *object, const char *key)
{
	struct json_object *list = nsl_field_get(reader, object, key, json_type_array);
	GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < nsl_field_length(list); i++) {
		const char *text = text_of(reader, json_object_array_get_idx(list, i), key);

		g_ptr_array_add(texts, g_strdup(text ? text : ""));
	}
	return texts;
}

gint64 nsl_field_time_of(NslReader *reader, struct json_object *value, const char *key)
{
	const char *text = text_of(reader, value, key);
	g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

	if (text && !time)
		nsl_field_fail(reader, key, "is no time");
	return time ? g_date_time_to_unix(time) : 0;
}
