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

#define BIT(type) (1u << (type))

/* Of these types nothing is to be seen, or nobody can say what: as Python's str.isprintable() has
 * it. */
#define HIDDEN_TYPES                                                                               \
	(BIT(G_UNICODE_CONTROL) | BIT(G_UNICODE_FORMAT) | BIT(G_UNICODE_UNASSIGNED) |              \
	 BIT(G_UNICODE_PRIVATE_USE) | BIT(G_UNICODE_SURROGATE) | BIT(G_UNICODE_LINE_SEPARATOR) |   \
	 BIT(G_UNICODE_PARAGRAPH_SEPARATOR) | BIT(G_UNICODE_SPACE_SEPARATOR))

/*
 * Letters, marks and symbols by their type, but invisible or blank. First what is left of Unicode's
 * property Default_Ignorable_Code_Point beside those types, then what just looks like a blank.
 */
static const struct Range {
	gunichar first;
	gunichar last;
} hidden_ranges[] = {
	{0x034f, 0x034f},   /* combining grapheme joiner */
	{0x115f, 0x1160},   /* Hangul fillers */
	{0x17b4, 0x17b5},   /* Khmer inherent vowels */
	{0x180b, 0x180f},   /* Mongolian variation selectors and vowel separator */
	{0x3164, 0x3164},   /* Hangul filler */
	{0xfe00, 0xfe0f},   /* variation selectors */
	{0xffa0, 0xffa0},   /* half-width Hangul filler */
	{0xe0100, 0xe01ef}, /* variation selectors */
	{0x2800, 0x2800},   /* Braille pattern blank */
	{0xfffc, 0xfffc},   /* object replacement character */
	{0x13441, 0x13442}, /* Egyptian hieroglyph blanks */
	{0x16fe4, 0x16fe4}, /* Khitan filler */
	{0x1d159, 0x1d159}, /* musical null note head */
};

/* Beyond ASCII: whether it can be seen, and takes no other place than its own. */
static bool is_visible(gunichar c)
{
	if (BIT(g_unichar_type(c)) & HIDDEN_TYPES)
		return false;
	for (gsize i = 0; i < G_N_ELEMENTS(hidden_ranges); i++)
		if (c >= hidden_ranges[i].first && c <= hidden_ranges[i].last)
			return false;
	return true;
}

/* It is drawn upon the character before it. Hangul's medial and final letters are, too. */
static bool is_mark(gunichar c)
{
	return g_unichar_ismark(c) || g_unichar_iszerowidth(c);
}

#define MAX_MARKS 4 /* on a character: more than any script stacks would cover other lines */

/* What a mark would be drawn upon. */
typedef struct Base {
	bool visible; /* there is a character, and it is no blank */
	guint marks;  /* that it has already */
} Base;

/* Whether a character beyond ASCII may be shown after those before it. */
static bool takes(Base *base, gunichar c)
{
	bool shown = is_visible(c) && (!is_mark(c) || (base->visible && base->marks < MAX_MARKS));

	base->marks = shown && is_mark(c) ? base->marks + 1 : 0;
	base->visible = shown;
	return shown;
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
	bool ascii; /* nothing beyond it is kept */
	void (*escape_byte)(GString *out, unsigned char byte);
} Rules;

static void escape(GString *out, const char *bytes, const char *end, const Rules *rules)
{
	Base base = {false};

	while (bytes < end) {
		const char *run = bytes;
		gsize length;
		gunichar c;

		while (bytes < end && rules->is_plain((unsigned char)*bytes))
			bytes++;
		g_string_append_len(out, run, bytes - run);
		if (bytes > run)
			base = (Base){.visible = bytes[-1] != ' '};
		if (bytes == end)
			break;
		length = character_at(bytes, end, &c);
		if (length > 1 && !rules->ascii && takes(&base, c)) {
			g_string_append_len(out, bytes, (gssize)length);
			bytes += length;
			continue;
		}
		base = (Base){false};
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
		.ascii = kind == NSL_TEXT_ASCII,
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

void nsl_text_escape_field(GString *out, const char *bytes, gsize size, NslTextKind kind)
{
	const Rules rules = {
		.is_plain = is_plain_in_field,
		.ascii = kind == NSL_TEXT_ASCII,
		.escape_byte = escape_hex,
	};

	const char *end = bytes + size;

	while (bytes < end) {
		const char *mark = memchr(bytes, '\0', (gsize)(end - bytes));

		escape(out, bytes, mark ? mark : end, &rules);
		if (mark && mark + 1 < end)
			escape_hex(out, (unsigned char)mark[1]);
		bytes = mark && mark + 1 < end ? mark + 2 : end;
	}
}

void nsl_text_escape_char(GString *out, char c, NslTextKind kind)
{
	if (kind == NSL_TEXT_BYTES) {
		g_string_append_c(out, '\0');
		g_string_append_c(out, c);
	} else {
		escape_hex(out, (unsigned char)c);
	}
}

char *nsl_text_escaped(const char *bytes, NslTextKind kind)
{
	GString *out = g_string_new(NULL);

	nsl_text_escape(out, bytes, -1, kind);
	return g_string_free(out, FALSE);
}

gsize nsl_text_blank(const char *bytes)
{
	const char *end = bytes + strlen(bytes);
	const char *at = bytes;

	while (at < end) {
		gunichar c = 0;
		gsize length;

		if (is_plain((unsigned char)*at) && *at != ' ')
			break;
		length = character_at(at, end, &c);
		if (length > 1 && is_visible(c) && !is_mark(c))
			break;
		at += MAX(length, 1);
	}
	return (gsize)(at - bytes);
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
	Base base = {false};

	while (json < end) {
		const char *run = json;
		gunichar c = (unsigned char)*json;
		gsize length = 1;

		/* Line ends stand between the tokens. */
		while (json < end && (is_plain((unsigned char)*json) || *json == '\n'))
			json++;
		g_string_append_len(out, run, json - run);
		/* Neither a quotation mark nor the letter of an escape is what a mark is for. */
		if (json > run)
			base = (Base){.visible = !strchr(" \n\"", json[-1]) &&
						 !(json - run > 1 && json[-2] == '\\')};
		if (json == end)
			break;
		if ((unsigned char)*json >= 0x80)
			length = MAX(character_at(json, end, &c), 1);
		else
			c = (unsigned char)*json;
		if (length > 1 && takes(&base, c)) {
			g_string_append_len(out, json, (gssize)length);
			json += length;
			continue;
		}
		base = (Base){false};
		if (c > 0xffff)
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

gsize nsl_text_measure(const char *text, gsize size, guint columns, guint *ret_width)
{
	const char *end = text + size;
	const char *at = text;
	guint width = 0;

	while (at < end) {
		gsize length = 1;
		guint more = 1;

		if (!is_plain((unsigned char)*at)) {
			gunichar c = 0;

			length = character_at(at, end, &c);
			more = length > 0 ? character_width(c) : 1;
			length = MAX(length, 1);
		}
		if (more > columns - width)
			break;
		width += more;
		at += length;
	}
	*ret_width = width;
	return (gsize)(at - text);
}

guint nsl_text_width(const char *text)
{
	guint width;

	nsl_text_measure(text, strlen(text), G_MAXUINT, &width);
	return width;
}

gsize nsl_text_fit(const char *text, guint columns)
{
	guint width;

	return nsl_text_measure(text, strlen(text), columns, &width);
}
