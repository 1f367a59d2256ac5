/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes base/text: bytes of unknown origin made safe to print. What has to hold: the output is
 * UTF-8 without any control, invisible or unassigned character, and ASCII where that is asked for;
 * escaping it once more changes nothing; a field has no blanks, and gives its bytes back; text that
 * was made UTF-8 stays as it is.
 */
#include "fuzz.h"

#include "base/text.h"

/* By Unicode's own tables, not by the function under test. */
static void check_visible(const GString *text, bool ascii)
{
	g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
	for (const char *at = text->str; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		switch (g_unichar_type(c)) {
		case G_UNICODE_CONTROL:
		case G_UNICODE_FORMAT:
		case G_UNICODE_UNASSIGNED:
		case G_UNICODE_SURROGATE:
		case G_UNICODE_LINE_SEPARATOR:
		case G_UNICODE_PARAGRAPH_SEPARATOR:
			g_error("U+%04X is let through", c);
		default:
			g_assert_true(!ascii || c < 0x80);
		}
	}
}

static void check_escape(const char *bytes, gsize size, NslTextKind kind)
{
	g_autoptr(GString) once = g_string_new(NULL);
	g_autoptr(GString) twice = g_string_new(NULL);

	nsl_text_escape(once, bytes, (gssize)size, kind);
	check_visible(once, kind == NSL_TEXT_ASCII);
	nsl_text_escape(twice, once->str, -1, kind);
	g_assert_true(g_string_equal(once, twice));
}

/* Without the NUL before each byte that is to be escaped, and one at the end. */
static GString *without_marks(const char *bytes, gsize size)
{
	GString *plain = g_string_new(NULL);

	for (gsize i = 0; i < size; i++) {
		i += bytes[i] == '\0';
		if (i < size)
			g_string_append_c(plain, bytes[i]);
	}
	return plain;
}

static void check_field(const char *bytes, gsize size, NslTextKind kind)
{
	g_autoptr(GString) expected = without_marks(bytes, size);
	g_autoptr(GString) field = g_string_new(NULL);
	g_autoptr(GString) unescaped = g_string_new(NULL);

	nsl_text_escape_field(field, bytes, size, kind);
	check_visible(field, kind == NSL_TEXT_ASCII);
	for (const char *at = field->str; *at; at = g_utf8_next_char(at))
		g_assert_false(g_unichar_isspace(g_utf8_get_char(at)));
	for (const char *at = field->str; *at; at++) {
		if (*at != '\\') {
			g_string_append_c(unescaped, *at);
			continue;
		}
		g_assert_true(at[1] == 'x' && g_ascii_isxdigit(at[2]) && g_ascii_isxdigit(at[3]));
		g_string_append_c(unescaped, (char)(g_ascii_xdigit_value(at[2]) << 4 |
						    g_ascii_xdigit_value(at[3])));
		at += 3;
	}
	g_assert_true(g_string_equal(unescaped, expected));
}

static void check_utf8(const char *bytes, gsize size)
{
	g_autoptr(GString) once = g_string_new(NULL);
	g_autoptr(GString) twice = g_string_new(NULL);

	nsl_text_to_utf8(once, bytes, size);
	g_assert_true(g_utf8_validate(once->str, (gssize)once->len, NULL));
	nsl_text_to_utf8(twice, once->str, once->len);
	g_assert_true(g_string_equal(once, twice));
}

void fuzz_one(const guint8 *data, gsize size)
{
	const char *bytes = (const char *)data;
	g_autoptr(GString) same = g_string_new(NULL);

	for (NslTextKind kind = NSL_TEXT_UTF8; kind <= NSL_TEXT_ASCII; kind++) {
		check_escape(bytes, size, kind);
		check_field(bytes, size, kind);
	}
	nsl_text_escape(same, bytes, (gssize)size, NSL_TEXT_BYTES);
	g_assert_cmpmem(same->str, same->len, bytes, size);
	check_utf8(bytes, size);
}
