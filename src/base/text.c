/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Text for people: see text.h.
 */
#include "base/text.h"

#include <string.h>
#include <sys/auxv.h>

#define HASH_PRIME G_GUINT64_CONSTANT(4294967291) /* the greatest one of 32 bits */

/* From what the kernel gives each program (getauxval(3)): 2 or more, and less than the prime. */
static guint64 hash_key(void)
{
	static guint64 key;

	if (key == 0) {
		const void *random = GSIZE_TO_POINTER(getauxval(AT_RANDOM));

		if (random)
			memcpy(&key, random, sizeof(key));
		key = key % (HASH_PRIME - 2) + 2;
	}
	return key;
}

/* A polynomial at the key: two texts of n bytes have the same for less than n keys. */
guint nsl_text_hash(gconstpointer text)
{
	guint64 key = hash_key();
	guint64 hash = 0;

	for (const guchar *at = text; *at; at++)
		hash = (hash * key + *at) % HASH_PRIME;
	return (guint)hash;
}

guint nsl_number_hash(gconstpointer number)
{
	guint64 value = *(const guint64 *)number;

	return (guint)((value % HASH_PRIME * hash_key() + value / HASH_PRIME) % HASH_PRIME);
}

/* Different ones in each run: splitmix64 makes them of what the kernel gives. */
static const guint64 *inode_keys(void)
{
	static guint64 keys[NSL_HASHED_INODES];
	const guint8 *random;
	guint64 state = 0;

	if (keys[0] != 0)
		return keys;
	random = GSIZE_TO_POINTER(getauxval(AT_RANDOM));
	if (random) /* 16 bytes; hash_key() has the others */
		memcpy(&state, random + 8, sizeof(state));
	for (guint i = 0; i < NSL_HASHED_INODES; i++) {
		guint64 key = state += G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);

		key = (key ^ key >> 30) * G_GUINT64_CONSTANT(0xbf58476d1ce4e5b9);
		key = (key ^ key >> 27) * G_GUINT64_CONSTANT(0x94d049bb133111eb);
		keys[i] = key ^ key >> 31;
	}
	return keys;
}

/* The upper half of a sum of products: two sets have the same for one in 2^32 choices of keys. */
guint nsl_inodes_hash(const guint64 *inodes, gsize n)
{
	const guint64 *keys = inode_keys();
	guint64 sum = 0;

	for (gsize i = 0; i < n; i++)
		sum += keys[i] * inodes[i];
	return (guint)(sum >> 32);
}

guint nsl_inode_bytes_hash(gconstpointer bytes)
{
	gsize size;
	const guint64 *inodes = g_bytes_get_data((GBytes *)bytes, &size);

	return nsl_inodes_hash(inodes, size / sizeof(*inodes));
}

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

static void append_hex(GString *out, guint number, int n_digits)
{
	for (int shift = 4 * (n_digits - 1); shift >= 0; shift -= 4)
		g_string_append_c(out, "0123456789abcdef"[number >> shift & 15]);
}

static void escape_hex(GString *out, unsigned char byte)
{
	g_string_append(out, "\\x");
	append_hex(out, byte, 2);
}

static void escape_byte(GString *out, unsigned char byte)
{
	if (byte == '\n')
		g_string_append(out, "\\n");
	else if (byte == '\t')
		g_string_append(out, "\\t");
	else if (byte == '\r')
		g_string_append(out, "\\r");
	else
		escape_hex(out, byte);
}

void nsl_text_escape_json(GString *out, gunichar c)
{
	if (c > 0xffff) { /* UTF-16's surrogates */
		nsl_text_escape_json(out, 0xd7c0 + (c >> 10));
		c = 0xdc00 + (c & 0x3ff);
	}
	g_string_append(out, "\\u");
	append_hex(out, c, 4);
}

/* The size of the character at `at`. A byte that is not UTF-8 counts as one, of size 1. */
static gsize character_at(const char *at, const char *end, gunichar *ret_char)
{
	gunichar c = g_utf8_get_char_validated(at, end - at);
	bool valid = c != (gunichar)-1 && c != (gunichar)-2;

	*ret_char = valid ? c : (unsigned char)*at;
	return valid ? (gsize)(g_utf8_next_char(at) - at) : 1;
}

/* What the text is: that decides what of ASCII is kept, and how the rest is escaped. */
typedef enum Form {
	LINE,
	FIELD, /* of a line: blanks and backslashes are escaped */
	JSON,  /* whose line ends stand between the tokens */
} Form;

static bool is_kept(unsigned char byte, Form form)
{
	if (!is_plain(byte))
		return form == JSON && byte == '\n';
	return form != FIELD || (byte != ' ' && byte != '\\');
}

/* Whether the last byte of ASCII is a character for a mark to be drawn upon. */
static bool is_base(const char *first, const char *last, Form form)
{
	if (form != JSON)
		return *last != ' ';
	/* Neither a quotation mark nor the letter of an escape is. */
	return !strchr(" \n\"", *last) && !(last > first && last[-1] == '\\');
}

static void escape_character(GString *out, const char *bytes, gsize size, gunichar c, Form form)
{
	if (form == JSON)
		nsl_text_escape_json(out, c);
	else
		for (gsize i = 0; i < size; i++)
			(form == FIELD ? escape_hex : escape_byte)(out, (unsigned char)bytes[i]);
}

static void escape(GString *out, const char *bytes, const char *end, Form form, bool ascii)
{
	Base base = {false};

	while (bytes < end) {
		const char *run = bytes;
		gsize size;
		gunichar c;

		while (bytes < end && is_kept((unsigned char)*bytes, form))
			bytes++;
		g_string_append_len(out, run, bytes - run);
		if (bytes > run)
			base = (Base){.visible = is_base(run, bytes - 1, form)};
		if (bytes == end)
			break;
		size = character_at(bytes, end, &c);
		if (size > 1 && !ascii && takes(&base, c)) {
			g_string_append_len(out, bytes, (gssize)size);
		} else {
			base = (Base){false};
			escape_character(out, bytes, size, c, form);
		}
		bytes += size;
	}
}

void nsl_text_escape(GString *out, const char *bytes, gssize size, NslTextKind kind)
{
	const char *end = bytes + (size < 0 ? strlen(bytes) : (gsize)size);

	if (kind == NSL_TEXT_BYTES)
		g_string_append_len(out, bytes, end - bytes);
	else
		escape(out, bytes, end, LINE, kind == NSL_TEXT_ASCII);
}

void nsl_text_escape_field(GString *out, const char *bytes, gsize size, NslTextKind kind)
{
	const char *end = bytes + size;

	while (bytes < end) {
		const char *mark = memchr(bytes, '\0', (gsize)(end - bytes));

		escape(out, bytes, mark ? mark : end, FIELD, kind == NSL_TEXT_ASCII);
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

void nsl_text_escape_also(GString *out, const char *bytes, const char *chars, NslTextKind kind)
{
	gsize plain;

	while (plain = strcspn(bytes, chars), bytes[plain] != '\0') {
		nsl_text_escape(out, bytes, (gssize)plain, kind);
		nsl_text_escape_char(out, bytes[plain], kind);
		bytes += plain + 1;
	}
	nsl_text_escape(out, bytes, -1, kind);
}

void nsl_text_append_item(GString *out, const GString *item, const char *separator,
			  NslTextKind kind)
{
	const char *at = item->str;
	const char *end = item->str + item->len;
	const char *found;

	while ((found = memmem(at, (gsize)(end - at), separator, strlen(separator)))) {
		g_string_append_len(out, at, found - at);
		nsl_text_escape_char(out, *found, kind);
		at = found + 1;
	}
	g_string_append_len(out, at, end - at);
}

void nsl_text_escape_marked(GString *text)
{
	g_autoptr(GString) marked = g_string_new_len(text->str, (gssize)text->len);

	if (!memchr(text->str, '\0', text->len))
		return;
	g_string_truncate(text, 0);
	for (const char *at = marked->str; at < marked->str + marked->len; at++)
		if (*at == '\0')
			escape_hex(text, (unsigned char)*++at);
		else
			g_string_append_c(text, *at);
}

char *nsl_text_escaped(const char *bytes, NslTextKind kind)
{
	GString *out = g_string_new(NULL);

	nsl_text_escape(out, bytes, -1, kind);
	return g_string_free(out, FALSE);
}

void nsl_text_quiet_json(GString *out, const char *json, gsize size, NslTextKind kind)
{
	escape(out, json, json + size, JSON, kind == NSL_TEXT_ASCII);
}

gsize nsl_text_blank(const char *bytes)
{
	const char *end = bytes + strlen(bytes);
	const char *at = bytes;

	while (at < end) {
		gunichar c;
		gsize size = character_at(at, end, &c);

		if (size > 1 ? is_visible(c) && !is_mark(c)
			     : is_plain((unsigned char)*at) && c != ' ')
			break;
		at += size;
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

static char *to_utf8(const char *bytes)
{
	GString *text = g_string_new(NULL);

	nsl_text_to_utf8(text, bytes, strlen(bytes));
	return g_string_free(text, FALSE);
}

guint nsl_text_utf8_hash(gconstpointer bytes)
{
	g_autofree char *text = g_utf8_validate(bytes, -1, NULL) ? NULL : to_utf8(bytes);

	return nsl_text_hash(text ? text : bytes);
}

gboolean nsl_text_utf8_equal(gconstpointer a, gconstpointer b)
{
	g_autofree char *x = NULL;
	g_autofree char *y = NULL;
	const guchar *one = a;
	const guchar *other = b;

	for (; *one == *other && *one != '\0'; one++)
		other++;
	/* What first differs in ASCII does so in UTF-8, too. */
	if (*one == *other || (*one < 0x80 && *other < 0x80))
		return *one == *other;
	if (g_utf8_validate(a, -1, NULL) && g_utf8_validate(b, -1, NULL))
		return FALSE;
	x = to_utf8(a);
	y = to_utf8(b);
	return strcmp(x, y) == 0;
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
			gunichar c;

			length = character_at(at, end, &c);
			more = g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
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
