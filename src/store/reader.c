/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members of objects: see reader.h.
 */
#include "store/reader.h"

#include <string.h>

#include "base/procfs_parse.h"
#include "base/sys.h"

void nsl_field_fail(NslFields *fields, const char *key, const char *problem)
{
	g_autoptr(GString) where = g_string_new(fields->list);

	if (fields->error)
		return;
	if (fields->index >= 0)
		g_string_append_printf(where, "[%" G_GSSIZE_FORMAT "]", fields->index);
	if (fields->part)
		g_string_append_printf(where, ".%s", fields->part);
	if (key)
		g_string_append_printf(where, ".%s", key);
	fields->error = g_error_new(NSL_ERROR, NSL_ERROR_SYSTEM, "%s %s", where->str, problem);
}

struct json_object *nsl_field_get(NslFields *fields, struct json_object *object, const char *key,
				  json_type type)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(object, key, &value) || !value)
		return NULL;
	if (json_object_is_type(value, type))
		return value;
	nsl_field_fail(fields, key, "is of the wrong type");
	return NULL;
}

const char *nsl_field_text_of(NslFields *fields, struct json_object *value, const char *key)
{
	const char *text = NULL;

	if (!value)
		return NULL;
	if (json_object_is_type(value, json_type_string))
		text = json_object_get_string(value);
	if (text && g_utf8_validate(text, json_object_get_string_len(value), NULL))
		return text;
	nsl_field_fail(fields, key, "is no text in UTF-8");
	return NULL;
}

const char *nsl_field_get_text(NslFields *fields, struct json_object *object, const char *key)
{
	return nsl_field_text_of(fields, nsl_field_get(fields, object, key, json_type_string), key);
}

const char *nsl_field_need_text(NslFields *fields, struct json_object *object, const char *key)
{
	const char *text = nsl_field_get_text(fields, object, key);

	if (!text)
		nsl_field_fail(fields, key, "is missing");
	return text ? text : "";
}

bool nsl_field_number_of(NslFields *fields, struct json_object *value, const char *key, guint64 min,
			 guint64 max, guint64 *ret_number)
{
	bool negative = !value || json_object_get_int64(value) < 0;
	guint64 number = negative ? 0 : json_object_get_uint64(value);

	if (json_object_is_type(value, json_type_int) && !negative && number >= min &&
	    number <= max) {
		*ret_number = number;
		return true;
	}
	nsl_field_fail(fields, key, "is out of range");
	return false;
}

bool nsl_field_get_number(NslFields *fields, struct json_object *object, const char *key,
			  guint64 min, guint64 max, guint64 *ret_number)
{
	struct json_object *value = nsl_field_get(fields, object, key, json_type_int);

	*ret_number = 0;
	return value && nsl_field_number_of(fields, value, key, min, max, ret_number);
}

guint64 nsl_field_get_known(NslFields *fields, struct json_object *object, const char *key,
			    guint64 max)
{
	guint64 number;

	nsl_field_get_number(fields, object, key, 0, max, &number);
	return number;
}

guint64 nsl_field_need_number(NslFields *fields, struct json_object *object, const char *key,
			      guint64 min, guint64 max)
{
	guint64 number;

	if (!nsl_field_get_number(fields, object, key, min, max, &number))
		nsl_field_fail(fields, key, "is missing");
	return number;
}

guint32 nsl_field_need_pid(NslFields *fields, struct json_object *object)
{
	return (guint32)nsl_field_need_number(fields, object, "pid", 1, NSL_PID_MAX);
}

gint64 nsl_field_get_signed(NslFields *fields, struct json_object *object, const char *key)
{
	struct json_object *value = nsl_field_get(fields, object, key, json_type_int);

	return value ? json_object_get_int64(value) : 0;
}

bool nsl_field_is_true(NslFields *fields, struct json_object *object, const char *key)
{
	struct json_object *value = nsl_field_get(fields, object, key, json_type_boolean);

	return value && json_object_get_boolean(value);
}

bool nsl_field_is_false(NslFields *fields, struct json_object *object, const char *key)
{
	struct json_object *value = nsl_field_get(fields, object, key, json_type_boolean);

	return value && !json_object_get_boolean(value);
}

guint nsl_field_length(struct json_object *list)
{
	return list ? (guint)json_object_array_length(list) : 0;
}

struct json_object *nsl_field_get_list(NslFields *fields, struct json_object *object,
				       const char *key)
{
	return nsl_field_get(fields, object, key, json_type_array);
}

struct json_object *nsl_field_get_object(NslFields *fields, struct json_object *list,
					 const char *key, guint i)
{
	struct json_object *object = json_object_array_get_idx(list, i);

	if (++fields->n_objects > NSL_FIELDS_MAX_OBJECTS)
		nsl_field_fail(fields, NULL, "are too many objects in one document");
	if (json_object_is_type(object, json_type_object))
		return object;
	nsl_field_fail(fields, key, "is of the wrong type");
	return NULL;
}

bool nsl_field_is_unknown(NslFields *fields, const char *key)
{
	for (guint i = 0; i < nsl_field_length(fields->unknown); i++) {
		const char *unknown = nsl_field_text_of(
			fields, json_object_array_get_idx(fields->unknown, i), "unknown");

		if (unknown && strcmp(unknown, key) == 0)
			return true;
	}
	return false;
}

NslKnowledge nsl_field_knowledge(NslFields *fields, const char *key, bool known)
{
	if (known)
		return NSL_KNOWN;
	return nsl_field_is_unknown(fields, key) ? NSL_UNSUPPORTED : NSL_NONE;
}

guint nsl_field_need_choice(NslFields *fields, struct json_object *object, const char *key,
			    const char *const *names, guint n)
{
	const char *text = nsl_field_need_text(fields, object, key);

	for (guint i = 0; i < n; i++)
		if (g_strcmp0(names[i], text) == 0)
			return i;
	nsl_field_fail(fields, key, "is unknown to this version");
	return 0;
}

NslNsType nsl_field_type_of(NslFields *fields, const char *name, const char *key)
{
	NslNsType type = nsl_nstype_find(name, strlen(name));

	if (type != NSL_NSTYPE_COUNT)
		return type;
	nsl_field_fail(fields, key, "is a type unknown to this version");
	return 0;
}

NslNsTypes nsl_field_get_types(NslFields *fields, struct json_object *object, const char *key)
{
	struct json_object *list = nsl_field_get_list(fields, object, key);
	NslNsTypes types = 0;

	for (guint i = 0; i < nsl_field_length(list); i++) {
		const char *name =
			nsl_field_text_of(fields, json_object_array_get_idx(list, i), key);

		types |= NSL_NSTYPE_BIT(nsl_field_type_of(fields, name ? name : "", key));
	}
	return types;
}

void nsl_field_get_numbers(NslFields *fields, struct json_object *object, const char *key,
			   GArray *numbers)
{
	struct json_object *list = nsl_field_get_list(fields, object, key);

	for (guint i = 0; i < nsl_field_length(list); i++) {
		guint64 number = 0;
		guint32 pid;

		nsl_field_number_of(fields, json_object_array_get_idx(list, i), key, 0, G_MAXUINT32,
				    &number);
		pid = (guint32)number;
		g_array_append_val(numbers, pid);
	}
}

void nsl_field_get_texts(NslFields *fields, struct json_object *object, const char *key,
			 GPtrArray *texts)
{
	struct json_object *list = nsl_field_get_list(fields, object, key);

	for (guint i = 0; i < nsl_field_length(list); i++) {
		const char *text =
			nsl_field_text_of(fields, json_object_array_get_idx(list, i), key);

		g_ptr_array_add(texts, g_strdup(text ? text : ""));
	}
}

gint64 nsl_field_time_of(NslFields *fields, struct json_object *value, const char *key)
{
	const char *text = nsl_field_text_of(fields, value, key);
	g_autoptr(GDateTime) time = text ? g_date_time_new_from_iso8601(text, NULL) : NULL;

	if (text && !time)
		nsl_field_fail(fields, key, "is no time");
	return time ? g_date_time_to_unix(time) : 0;
}
