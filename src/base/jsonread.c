/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading JSON: see jsonread.h.
 */
#include "base/jsonread.h"

#include <errno.h>
#include <limits.h>

NslJson *nsl_json_parse(const char *bytes, gsize size, guint depth)
{
	struct json_tokener *tokener = NULL;
	NslJson *parsed = NULL;

	/* That much after it is no part of the value; json-c refuses it when strict. */
	while (size > 0 && g_ascii_isspace(bytes[size - 1]))
		size--;
	if (size == 0 || size > INT_MAX)
		return NULL;
	tokener = json_tokener_new_ex((int)depth);
	if (!tokener)
		return NULL;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	parsed = json_tokener_parse_ex(tokener, bytes, (int)size);
	/* A NUL ends what json-c looks at: there must be none before the end. */
	if (json_tokener_get_error(tokener) != json_tokener_success ||
	    json_tokener_get_parse_end(tokener) != size) {
		json_object_put(parsed);
		parsed = NULL;
	}
	json_tokener_free(tokener);
	return parsed;
}

NslJson *nsl_json_member(NslJson *object, const char *key, json_type type, int *result)
{
	NslJson *member;

	if (!object || !json_object_object_get_ex(object, key, &member) || !member)
		return NULL;
	if (json_object_is_type(member, type))
		return member;
	*result = -EBADMSG;
	return NULL;
}

const char *nsl_json_as_string(NslJson *string, int *result)
{
	const char *text;
	int size;

	if (!string)
		return NULL;
	if (!json_object_is_type(string, json_type_string)) {
		*result = -EBADMSG;
		return NULL;
	}
	text = json_object_get_string(string);
	size = json_object_get_string_len(string);
	/* GLib's check of a counted string refuses a NUL in it. */
	if (g_utf8_validate(text, size, NULL))
		return text;
	*result = -EBADMSG;
	return NULL;
}

const char *nsl_json_string(NslJson *object, const char *key, int *result)
{
	return nsl_json_as_string(nsl_json_member(object, key, json_type_string, result), result);
}

gint64 nsl_json_number(NslJson *object, const char *key, gint64 max, int *result)
{
	NslJson *member = nsl_json_member(object, key, json_type_int, result);
	gint64 number = member ? json_object_get_int64(member) : 0;

	if (number >= 0 && number <= max)
		return number;
	*result = -EBADMSG;
	return 0;
}
