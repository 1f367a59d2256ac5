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

static void escape_hex(GString *out, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char escaped[] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};

	g_string_append_len(out, escaped, sizeof(escaped));
}

static void escape_byte(GString *out, unsigned char byte)
{
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
		escape_hex(out, byte);
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

/* What is kept, and how the rest is written. */
typedef struct Rules {
	bool (*is_plain)(unsigned char byte);
	bool (*is_printable)(gunichar c); /* beyond ASCII; NULL: nothing is */
	void (*escape_byte)(GString *out, unsigned char byte);
} Rules;

static void escape(GString *out, const char *bytes, const char *end, const Rules *rules)
{
	while (bytes < end) {
		const char *run = bytes;
		gsize length;
		gunichar c;

		while (bytes < end && rules->is_plain((unsigned char)*bytes))
			bytes++;
		g_string_append_len(out, run, bytes - run);
		if (bytes == end)
			break;
		length = character_at(bytes, end, &c);
		if (length > 1 && rules->is_printable && rules->is_printable(c)) {
			g_string_append_len(out, bytes, (gssize)length);
			bytes += length;
			continue;
		}
		length = MAX(length, 1);
		for (gsize i = 0; i < length; i++)
			rules->escape_byte(out, (unsigned char)bytes[i]);
		bytes += length;
	}
}

void nsl_text_escape(GString *out, const char *bytes, gssize size, NslTextKind kind)
{
	const Rules rules = {
		.is_plain = is_plain,
		.is_printable = kind == NSL_TEXT_ASCII ? NULL : is_printable,
		.escape_byte = escape_byte,
	};
	const char *end = bytes + (size < 0 ? strlen(bytes) : (gsize)size);

	if (kind == NSL_TEXT_BYTES)
		g_string_append_len(out, bytes, end - bytes);
	else
		escape(out, bytes, end, &rules);
}

static bool is_plain_in_field(unsigned char byte)
{
	return is_plain(byte) && byte != ' ' && byte != '\\';
}

/* Some programs split fields at other spaces than ASCII's too. */
static bool is_printable_in_field(gunichar c)
{
	return is_printable(c) && !g_unichar_isspace(c);
}

void nsl_text_escape_field(GString *out, const char *bytes, gsize size, NslTextKind kind)
{
	const Rules rules = {
		.is_plain = is_plain_in_field,
		.is_printable = kind == NSL_TEXT_ASCII ? NULL : is_printable_in_field,
		.escape_byte = escape_hex,
	};

	escape(out, bytes, bytes + size, &rules);
}

char *nsl_text_escaped(const char *bytes, NslTextKind kind)
{
	GString *out = g_string_new(NULL);

	nsl_text_escape(out, bytes, -1, kind);
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

/* The length of what changes the colour ("\033[1m"), 0 where there is none. */
static gsize color_at(const char *at)
{
	gsize length;

	if (at[0] != '\033' || at[1] != '[')
		return 0;
	length = 2 + strspn(at + 2, "0123456789;");
	return at[length] == 'm' ? length + 1 : 0;
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

			length = color_at(text);
			if (length > 0) {
				text += length;
				continue;
			}
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
