/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the JSON of base/untrusted. What has to hold: what is parsed, written and parsed again is
 * the same, and no deeper than it may be; strings are UTF-8 without NUL, numbers within their
 * limits; what is wrong is noted, and none is both given and noted.
 */
#include "fuzz.h"

#include <errno.h>

#include "base/untrusted.h"

static void check_value(NslJson *value, guint depth);

static void check_member(NslJson *object, const char *key)
{
	int result = 0;
	const char *text = nsl_json_string(object, key, &result);
	gint64 number;

	g_assert_true(result == 0 || (result == -EBADMSG && !text));
	if (text)
		g_assert_true(g_utf8_validate(text, -1, NULL));
	result = 0;
	number = nsl_json_number(object, key, 1000, &result);
	g_assert_true(number >= 0 && number <= 1000);
	g_assert_true(result == 0 || (result == -EBADMSG && number == 0));
}

static void check_array(NslJson *array, guint depth)
{
	for (gsize i = 0; i < json_object_array_length(array); i++)
		check_value(json_object_array_get_idx(array, i), depth + 1);
}

static void check_value(NslJson *value, guint depth)
{
	g_assert_cmpuint(depth, <=, NSL_JSON_MAX_DEPTH);
	if (json_object_is_type(value, json_type_array)) {
		check_array(value, depth);
	} else if (json_object_is_type(value, json_type_object)) {
		struct json_object_iterator at = json_object_iter_begin(value);
		struct json_object_iterator end = json_object_iter_end(value);

		for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
			check_member(value, json_object_iter_peek_name(&at));
			check_value(json_object_iter_peek_value(&at), depth + 1);
		}
	}
}

void fuzz_one(const guint8 *data, gsize size)
{
	int result = 42;
	g_autoptr(NslJson) value =
		nsl_json_parse((const char *)data, size, json_type_object, &result);
	g_autoptr(NslJson) again = NULL;
	g_autofree char *written = NULL;

	if (!value)
		value = nsl_json_parse((const char *)data, size, json_type_array, &result);
	g_assert_true(value ? result == 0 : result == -EBADMSG || result == -EFBIG);
	if (!value)
		return;
	check_value(value, 0);
	written = g_strdup(json_object_to_json_string(value));
	again = nsl_json_parse(written, strlen(written), json_object_get_type(value), &result);
	g_assert_nonnull(again);
	g_assert_cmpstr(json_object_to_json_string(again), ==, written);
}
