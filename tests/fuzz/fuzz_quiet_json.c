/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_text_quiet_json(), on what json-c makes of any text, as nslist uses it. What has to
 * hold: the output is UTF-8 without any character that a terminal could take for a command or not
 * show, but line ends; it is JSON with the same text in it.
 */
#include "fuzz.h"

#include "base/untrusted.h"
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

static guint unit_at(const char *escape)
{
	return (guint)g_ascii_strtoull(((char[]){escape[2], escape[3], escape[4], escape[5], 0}),
				       NULL, 16);
}

/* With the escapes undone that json-c does not write. Not by json-c itself, which takes half of all
 * surrogate pairs for U+FFFD (0.16). */
static GString *without_escapes(const char *at)
{
	GString *plain = g_string_new(NULL);

	while (*at) {
		gunichar c = at[0] == '\\' && at[1] == 'u' ? unit_at(at) : 0;
		gsize size = at[0] != '\\' ? 1 : at[1] == 'u' ? 6 : 2;

		if (c < 0x7f) {
			g_string_append_len(plain, at, (gssize)size);
			at += size;
			continue;
		}
		at += size;
		if (c >= 0xd800 && c < 0xdc00) {
			g_assert_true(g_str_has_prefix(at, "\\u"));
			c = 0x10000 + ((c - 0xd800) << 10) + (unit_at(at) - 0xdc00);
			at += 6;
		}
		g_string_append_unichar(plain, c);
	}
	return plain;
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GString) quiet = g_string_new(NULL);
	g_autoptr(GString) any = g_string_new(NULL);
	g_autoptr(NslJson) object = json_object_new_object();
	g_autoptr(GString) plain = NULL;
	const char *json;

	nsl_text_to_utf8(text, (const char *)data, size);
	json_object_object_add(object, "text",
			       json_object_new_string_len(text->str, (int)text->len));
	json_object_object_add(object, text->str, json_object_new_int(7));
	json = json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY);
	nsl_text_quiet_json(quiet, json, strlen(json), NSL_TEXT_UTF8);
	check_quiet(quiet);
	plain = without_escapes(quiet->str);
	g_assert_cmpstr(plain->str, ==, json);
	/* What is no JSON has to be quiet, too. */
	nsl_text_quiet_json(any, (const char *)data, size, NSL_TEXT_UTF8);
	check_quiet(any);
}
