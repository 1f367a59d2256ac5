/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_text_quiet_json(), on what json-c makes of any text, as nslist uses it. What has to
 * hold: the output is UTF-8 without any character that a terminal could take for a command or not
 * show, but line ends; it is JSON with the same text in it.
 */
#include "fuzz.h"

#include "base/jsonread.h"
#include "base/text.h"

static void check_quiet(const GString *text)
{
	g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
	for (const char *at = text->str; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		GUnicodeType type = g_unichar_type(c);

		if (c != '\n' &&
		    (type <= G_UNICODE_UNASSIGNED || type == G_UNICODE_SURROGATE ||
		     type >= G_UNICODE_LINE_SEPARATOR) &&
		    c != ' ' && type != G_UNICODE_SPACE_SEPARATOR)
			g_error("U+%04X is let through", c);
	}
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GString) quiet = g_string_new(NULL);
	g_autoptr(GString) any = g_string_new(NULL);
	g_autoptr(NslJson) object = json_object_new_object();
	g_autoptr(NslJson) again = NULL;
	const char *json;

	nsl_text_to_utf8(text, (const char *)data, size);
	json_object_object_add(object, "text",
			       json_object_new_string_len(text->str, (int)text->len));
	json_object_object_add(object, text->str, json_object_new_int(7));
	json = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	nsl_text_quiet_json(quiet, json, strlen(json));
	check_quiet(quiet);
	/* With json-c alone: what nsl_json_parse() thinks of U+0000 is another matter. */
	again = json_tokener_parse(quiet->str);
	g_assert_nonnull(again);
	g_assert_true(json_object_equal(object, again));
	/* What is no JSON has to be quiet, too. */
	nsl_text_quiet_json(any, (const char *)data, size);
	check_quiet(any);
}
