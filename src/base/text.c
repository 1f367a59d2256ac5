/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text for people: see text.h.
 */
#include "base/text.h"

#include <string.h>

static bool is_plain(unsigned char byte)
{
	return byte >= 0x20 && byte < 0x7f;
}

static bool is_printable(gunichar c)
{
	GUnicodeType type;

	if (!g_unichar_isprint(c)) /* controls, formatting, surrogates, unassigned */
		return false;
	type = g_unichar_type(c);
	return type != G_UNICODE_LINE_SEPARATOR && type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void escape_byte(GString *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	switch (byte) {
	case '\n':
		g_string_append(out, "\\n");
		break;
	case '\t':
		g_string_append(out, "\\t");
		break;
	case '\r':
		g_string_append(out, "\\r");
		break;
	default:
		g_string_append_len(out, escaped, sizeof(escaped));
	}
}

/* The length of the valid character at `at`, 0 where there is none; *ret_char is the character. */
static gsize character_at(const char *at, const char *end, gunichar *ret_char)
{
	gunichar c = g_utf8_get_char_validated(at, end - at);

	if (c == (gunichar)-1 || c == (gunichar)-2)
		return 0;
	*ret_char = c;
	return (gsize)(g_utf8_next_char(at) - at);
}

void nsl_text_escape(GString *out, const char *bytes, gssize size, bool ascii_only)
{
	const char *end = bytes + (size < 0 ? strlen(bytes) : (gsize)size);

	while (bytes < end) {
		const char *run = bytes;
		gsize length;
		gunichar c;

		while (bytes < end && is_plain((unsigned char)*bytes))
			bytes++;
		g_string_append_len(out, run, bytes - run);
		if (bytes == end)
			break;
		length = character_at(bytes, end, &c);
		if (length > 1 && !ascii_only && is_printable(c)) {
			g_string_append_len(out, bytes, (gssize)length);
			bytes += length;
			continue;
		}
		length = MAX(length, 1);
		for (gsize i = 0; i < length; i++)
			escape_byte(out, (unsigned char)bytes[i]);
		bytes += length;
	}
}

char *nsl_text_escaped(const char *bytes, bool ascii_only)
{
	GString *out = g_string_new(NULL);

	nsl_text_escape(out, bytes, -1, ascii_only);
	return g_string_free(out, FALSE);
}

void nsl_text_to_utf8(GString *out, const char *bytes, gsize size)
{
	const char *end = bytes + size;

	while (bytes < end) {
		const char *invalid;

		g_utf8_validate(bytes, end - bytes, &invalid);
		g_string_append_len(out, bytes, invalid - bytes);
		bytes = invalid;
		if (bytes < end && *bytes == '\0') /* valid in the middle, but not to GLib */
			g_string_append_c(out, ' ');
		else if (bytes < end)
			escape_byte(out, (unsigned char)*bytes);
		if (bytes < end)
			bytes++;
	}
}

void nsl_text_quiet_json(GString *out, const char *json, gsize size)
{
	const char *end = json + size;

	while (json < end) {
		const char *run = json;
		gunichar c = (unsigned char)*json;
		gsize length = 1;

		/* Line ends stand between the tokens. */
		while (json < end && (is_plain((unsigned char)*json) || *json == '\n'))
			json++;
		g_string_append_len(out, run, json - run);
		if (json == end)
			break;
		if ((unsigned char)*json >= 0x80)
			length = MAX(character_at(json, end, &c), 1);
		else
			c = (unsigned char)*json;
		if (length > 1 && is_printable(c))
			g_string_append_len(out, json, (gssize)length);
		else if (c > 0xffff)
			g_string_append_printf(out, "\\u%04x\\u%04x",
					       0xd800 + ((c - 0x10000) >> 10),
					       0xdc00 + ((c - 0x10000) & 0x3ff));
		else
			g_string_append_printf(out, "\\u%04x", c);
		json += length;
	}
}

static guint character_width(gunichar c)
{
	if (g_unichar_iszerowidth(c))
		return 0;
	return g_unichar_iswide(c) ? 2 : 1;
}

/* Walks over `text` while its width stays within `columns`. */
static const char *walk(const char *text, guint columns, guint *ret_width)
{
	const char *end = text + strlen(text);
	guint width = 0;

	while (text < end) {
		gsize length = 1;
		guint more = 1;

		if (!is_plain((unsigned char)*text)) {
			gunichar c = 0;

			length = character_at(text, end, &c);
			more = length > 0 ? character_width(c) : 1;
			length = MAX(length, 1);
		}
		if (more > columns - width)
			break;
		width += more;
		text += length;
	}
	*ret_width = width;
	return text;
}

guint nsl_text_width(const char *text)
{
	guint width;

	walk(text, G_MAXUINT, &width);
	return width;
}

gsize nsl_text_fit(const char *text, guint columns)
{
	guint width;

	return (gsize)(walk(text, columns, &width) - text);
}
