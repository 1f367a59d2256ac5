/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/text.
 */
#include "base/text.h"

#include <json-c/json.h>
#include <string.h>

#include "test.h"

typedef struct Escape {
	const char *bytes;
	const char *shown;
	const char *ascii; /* NULL: the same */
} Escape;

static const Escape escapes[] = {
	{"", "", NULL},
	{"plain ~text~ !\"#$%&'()*+,-./:;<=>?@[]^_`{|}",
	 "plain ~text~ !\"#$%&'()*+,-./:;<=>?@[]^_`{|}", NULL},
	{"\x1b[31mred\x1b]0;title\x07", "\\x1b[31mred\\x1b]0;title\\x07", NULL},
	{"a\nb\tc\rd", "a\\nb\\tc\\rd", NULL},
	{"\x01\x08\x0b\x0c\x1f\x7f", "\\x01\\x08\\x0b\\x0c\\x1f\\x7f", NULL},
	/* UTF-8 of one script and another, precomposed, combining and wide. */
	{"Gr\u00fc\u00dfe", "Gr\u00fc\u00dfe", "Gr\\xc3\\xbc\\xc3\\x9fe"},
	{"\u65e5\u672c", "\u65e5\u672c", "\\xe6\\x97\\xa5\\xe6\\x9c\\xac"},
	{"e\u0301", "e\u0301", "e\\xcc\\x81"},
	{"\U0001f980", "\U0001f980", "\\xf0\\x9f\\xa6\\x80"},
	/* Blanks that are not the space: no-break, Ogham, em, ideographic; and what looks like one.
	 */
	{"a\u00a0\u1680\u2003\u3000z", "a\\xc2\\xa0\\xe1\\x9a\\x80\\xe2\\x80\\x83\\xe3\\x80\\x80z",
	 NULL},
	{"a\u2800\ufffcz", "a\\xe2\\xa0\\x80\\xef\\xbf\\xbcz", NULL},
	/* Invisible, though letters and marks by their type: Default_Ignorable_Code_Point. */
	{"a\u034f\u115f\u1160\u17b4z", "a\\xcd\\x8f\\xe1\\x85\\x9f\\xe1\\x85\\xa0\\xe1\\x9e\\xb4z",
	 NULL},
	{"a\u180b\u180f\u3164\uffa0z",
	 "a\\xe1\\xa0\\x8b\\xe1\\xa0\\x8f\\xe3\\x85\\xa4\\xef\\xbe\\xa0z", NULL},
	{"a\ufe00\ufe0f\U000e0100\U000e01efz",
	 "a\\xef\\xb8\\x80\\xef\\xb8\\x8f\\xf3\\xa0\\x84\\x80\\xf3\\xa0\\x87\\xafz", NULL},
	{"a\u180e\u2060\u2064\u206f\ufff0z",
	 "a\\xe1\\xa0\\x8e\\xe2\\x81\\xa0\\xe2\\x81\\xa4\\xe2\\x81\\xaf\\xef\\xbf\\xb0z", NULL},
	/* For private use: nobody knows what it looks like. */
	{"a\ue000\U000f0000z", "a\\xee\\x80\\x80\\xf3\\xb0\\x80\\x80z", NULL},
	/* Their neighbours are letters and signs like others. */
	{"\u115e\u17b3\u2801\u27ff\u3163\u3165\uff9f\uffa1\ufffd",
	 "\u115e\u17b3\u2801\u27ff\u3163\u3165\uff9f\uffa1\ufffd",
	 "\\xe1\\x85\\x9e\\xe1\\x9e\\xb3\\xe2\\xa0\\x81\\xe2\\x9f\\xbf\\xe3\\x85\\xa3"
	 "\\xe3\\x85\\xa5\\xef\\xbe\\x9f\\xef\\xbe\\xa1\\xef\\xbf\\xbd"},
	/* A mark with nothing to be drawn upon: at the start, after a blank, after an escape. */
	{"\u0301a", "\\xcc\\x81a", NULL},
	{"a \u0301\u0302b", "a \\xcc\\x81\\xcc\\x82b", NULL},
	{"\x01\u0301", "\\x01\\xcc\\x81", NULL},
	{"a\u3164\u20dd", "a\\xe3\\x85\\xa4\\xe2\\x83\\x9d", NULL},
	{"\u1161", "\\xe1\\x85\\xa1", NULL},
	{"\u1100\u1161", "\u1100\u1161", "\\xe1\\x84\\x80\\xe1\\x85\\xa1"},
	/* As many as a script stacks, and one more. */
	{"a\u0301\u0302\u0303\u0304", "a\u0301\u0302\u0303\u0304",
	 "a\\xcc\\x81\\xcc\\x82\\xcc\\x83\\xcc\\x84"},
	{"a\u0301\u0302\u0303\u0304\u0305\u0306b\u0301",
	 "a\u0301\u0302\u0303\u0304\\xcc\\x85\\xcc\\x86b\u0301",
	 "a\\xcc\\x81\\xcc\\x82\\xcc\\x83\\xcc\\x84\\xcc\\x85\\xcc\\x86b\\xcc\\x81"},
	/* Controls of C1: some terminals take them for ESC. */
	{"\xc2\x9b"
	 "31m",
	 "\\xc2\\x9b31m", NULL},
	{"\xc2\x85\xc2\x80\xc2\x9f", "\\xc2\\x85\\xc2\\x80\\xc2\\x9f", NULL},
	/* What turns the direction of text, or is invisible. */
	{"a\u202eb", "a\\xe2\\x80\\xaeb", NULL},
	{"a\u2066b\u2069", "a\\xe2\\x81\\xa6b\\xe2\\x81\\xa9", NULL},
	{"\u200b\u200d\u200e\u200f", "\\xe2\\x80\\x8b\\xe2\\x80\\x8d\\xe2\\x80\\x8e\\xe2\\x80\\x8f",
	 NULL},
	{"\u00ad\u061c\ufeff", "\\xc2\\xad\\xd8\\x9c\\xef\\xbb\\xbf", NULL},
	{"\U000e0041", "\\xf3\\xa0\\x81\\x81", NULL},
	/* Ends of lines of another kind. */
	{"a\u2028b\u2029c", "a\\xe2\\x80\\xa8b\\xe2\\x80\\xa9c", NULL},
	/* No characters at all. */
	{"\uffff\U0010ffff", "\\xef\\xbf\\xbf\\xf4\\x8f\\xbf\\xbf", NULL},
	/* No UTF-8: a byte alone, one too many, too few, too long a form, a surrogate, too large.
	 */
	{"a\x80z", "a\\x80z", NULL},
	{"\xff\xfe", "\\xff\\xfe", NULL},
	{"\xe6\x97", "\\xe6\\x97", NULL},
	{"\xe6\x97z", "\\xe6\\x97z", NULL},
	{"\xf0\x9f\xa6", "\\xf0\\x9f\\xa6", NULL},
	{"\xc3", "\\xc3", NULL},
	{"\xc0\xaf", "\\xc0\\xaf", NULL},
	{"\xe0\x80\xaf", "\\xe0\\x80\\xaf", NULL},
	{"\xc1\x9b[31m", "\\xc1\\x9b[31m", NULL},
	{"\xed\xa0\x80\xed\xb0\x80", "\\xed\\xa0\\x80\\xed\\xb0\\x80", NULL},
	{"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", NULL},
	/* What follows something invalid is looked at afresh. */
	{"\xe6\u00fc", "\\xe6\u00fc", "\\xe6\\xc3\\xbc"},
	{"\xf0\x9f\u65e5", "\\xf0\\x9f\u65e5", "\\xf0\\x9f\\xe6\\x97\\xa5"},
};

TEST(escape)
{
	for (gsize i = 0; i < G_N_ELEMENTS(escapes); i++) {
		const Escape *one = &escapes[i];
		g_autofree char *shown = nsl_text_escaped(one->bytes, NSL_TEXT_UTF8);
		g_autofree char *ascii = nsl_text_escaped(one->bytes, NSL_TEXT_ASCII);

		g_assert_cmpstr(shown, ==, one->shown);
		g_assert_cmpstr(ascii, ==, one->ascii ? one->ascii : one->shown);
	}
}

/* What Unicode 15 calls ignorable, written down from DerivedCoreProperties.txt. */
TEST(escape_ignorable)
{
	static const gunichar ranges[][2] = {
		{0xad, 0xad},	    {0x34f, 0x34f},   {0x61c, 0x61c},	  {0x115f, 0x1160},
		{0x17b4, 0x17b5},   {0x180b, 0x180f}, {0x200b, 0x200f},	  {0x202a, 0x202e},
		{0x2060, 0x206f},   {0x3164, 0x3164}, {0xfe00, 0xfe0f},	  {0xfeff, 0xfeff},
		{0xffa0, 0xffa0},   {0xfff0, 0xfff8}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
		{0xe0000, 0xe0fff},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
		for (gunichar c = ranges[i][0]; c <= ranges[i][1]; c++) {
			char bytes[8] = "a";
			g_autofree char *shown = NULL;

			bytes[1 + g_unichar_to_utf8(c, bytes + 1)] = '\0';
			shown = nsl_text_escaped(bytes, NSL_TEXT_UTF8);
			g_assert_cmpuint(strspn(shown + 1, "\\x0123456789abcdef"), ==,
					 4 * (strlen(bytes) - 1));
		}
}

TEST(blank)
{
	static const struct {
		const char *bytes;
		gsize size;
	} cases[] = {
		{"", 0},
		{"a", 0},
		{"[", 0},
		{"\\", 0},
		{" ", 1},
		{"  a", 2},
		{"\t\n a", 3},
		{"\x1b[", 1},
		{"\xff\x80z", 2},
		{"\u00e9", 0},
		{"\u0301a", 2},
		{" \u0301\u3164 a", 7},
		{"\u2800\u034f[", 5},
		{"\u202e\ue000", 6},
		{"\u1161", 3},
		{"\u65e5", 0},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpuint(nsl_text_blank(cases[i].bytes), ==, cases[i].size);
}

/* It is appended, and with a size neither a NUL nor what comes after it matters. */
TEST(escape_size)
{
	g_autoptr(GString) out = g_string_new("before ");

	nsl_text_escape(out, "a\0b\xc3\xbc", 4, NSL_TEXT_UTF8);
	g_assert_cmpstr(out->str, ==, "before a\\x00b\\xc3");
	nsl_text_escape(out, "", 0, NSL_TEXT_UTF8);
	nsl_text_escape(out, "ignored", 0, NSL_TEXT_UTF8);
	nsl_text_escape(out, " whole", -1, NSL_TEXT_UTF8);
	g_assert_cmpstr(out->str, ==, "before a\\x00b\\xc3 whole");
}

/* Whatever the byte, and whatever follows it: only what may be shown comes out. */
TEST(escape_all)
{
	for (guint first = 1; first < 256; first++)
		for (guint second = 1; second < 256; second++) {
			const char bytes[] = {(char)first, (char)second, '\0'};
			g_autofree char *shown = nsl_text_escaped(bytes, NSL_TEXT_UTF8);
			g_autofree char *ascii = nsl_text_escaped(bytes, NSL_TEXT_ASCII);

			g_assert_true(g_utf8_validate(shown, -1, NULL));
			for (const char *at = shown; *at; at = g_utf8_next_char(at))
				g_assert_true(g_unichar_isprint(g_utf8_get_char(at)));
			for (const char *at = ascii; *at; at++)
				g_assert_true(*at >= ' ' && *at <= '~');
		}
}

TEST(to_utf8)
{
	static const struct {
		const char *bytes;
		gsize size;
		const char *text;
	} cases[] = {
		{"", 0, ""},
		{"plain\n\x1b", 7, "plain\n\x1b"},
		{"\u65e5\u202e", 6, "\u65e5\u202e"},
		{"a\xff\x80z", 4, "a\\xff\\x80z"},
		{"\xe6\x97", 2, "\\xe6\\x97"},
		{"\xed\xa0\x80", 3, "\\xed\\xa0\\x80"},
		{"\xc0\x80", 2, "\\xc0\\x80"},
		{"\u00fc", 1, "\\xc3"},
		/* NUL bytes do not end it. */
		{"a\0b\0\xff", 5, "a b \\xff"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GString) out = g_string_new("<");

		nsl_text_to_utf8(out, cases[i].bytes, cases[i].size);
		g_assert_cmpint(out->str[0], ==, '<');
		g_assert_cmpstr(out->str + 1, ==, cases[i].text);
		g_assert_cmpuint(strlen(out->str), ==, out->len);
	}
}

/* The bytes of a live system, and what a saved document has in their place. */
TEST(utf8_equal)
{
	static const struct {
		const char *bytes;
		const char *other;
		bool equal;
	} cases[] = {
		{"", "", true},
		{"a", "ab", false},
		{"\u00fc", "\u00fc", true},
		{"\u00fc", "\u00fd", false},
		{"\u00fc", "u", false},
		{"a\xffz", "a\\xffz", true},
		{"a\xffz", "a\\xffy", false},
		{"\xc3", "\u00fc", false},
		{"\xc3z", "\xc3y", false},
		{"\xc3z", "\\xc3z", true},
		{"\\xc3\xbc", "\xc3\\xbc", true},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *one = cases[i].bytes;
		const char *other = cases[i].other;

		g_assert_cmpint(nsl_text_utf8_equal(one, other), ==, cases[i].equal);
		g_assert_cmpint(nsl_text_utf8_equal(other, one), ==, cases[i].equal);
		if (cases[i].equal)
			g_assert_cmpuint(nsl_text_utf8_hash(one), ==, nsl_text_utf8_hash(other));
	}
}

/* The same values after parsing, and nothing in the text that a terminal would act on. */
static void check_quiet(struct json_object *object, int flags)
{
	gsize size;
	const char *text = json_object_to_json_string_length(object, flags, &size);
	g_autoptr(GString) quiet = g_string_new(NULL);
	struct json_object *again;

	nsl_text_quiet_json(quiet, text, size, NSL_TEXT_UTF8);
	again = json_tokener_parse(quiet->str);
	g_assert_nonnull(again);
	g_assert_true(json_object_equal(object, again));
	json_object_put(again);
	g_assert_true(g_utf8_validate(quiet->str, (gssize)quiet->len, NULL));
	for (const char *at = quiet->str; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);

		if (c == '\n')
			continue;
		g_assert_true(g_unichar_isprint(c));
		g_assert_cmpuint(c, !=, 0x2028);
		g_assert_cmpuint(c, !=, 0x2029);
	}
}

TEST(quiet_json)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	const int flags[] = {JSON_C_TO_STRING_PLAIN, JSON_C_TO_STRING_PRETTY,
			     JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE};

	for (gsize i = 0; i < G_N_ELEMENTS(escapes); i++)
		if (g_utf8_validate(escapes[i].bytes, -1, NULL))
			json_object_array_add(array, json_object_new_string(escapes[i].bytes));
	json_object_array_add(array, json_object_new_string("\"\\/\\u202e\\\u202e"));
	json_object_array_add(array, json_object_new_uint64(G_MAXUINT64));
	json_object_array_add(array, NULL);
	json_object_object_add(object, "array", array);
	json_object_object_add(object,
			       "key \u202e\x1b"
			       "\U000e0041",
			       json_object_new_boolean(true));
	for (gsize i = 0; i < G_N_ELEMENTS(flags); i++)
		check_quiet(object, flags[i]);
	json_object_put(object);
}

TEST(quiet_json_text)
{
	g_autoptr(GString) out = g_string_new("before ");
	const char json[] = "{\n \"\u202e\x7f\u65e5\U000e0041\": 1\n}";
	const char marks[] = "[\"\u0301a\u0301\", \" \u0301\\n\u0301\u3164\u0301\", \"\u00a0\"]";

	nsl_text_quiet_json(out, json, strlen(json), NSL_TEXT_UTF8);
	g_assert_cmpstr(out->str, ==, "before {\n \"\\u202e\\u007f\u65e5\\udb40\\udc41\": 1\n}");
	g_string_truncate(out, 0);
	nsl_text_quiet_json(out, json, strlen(json), NSL_TEXT_ASCII);
	g_assert_cmpstr(out->str, ==, "{\n \"\\u202e\\u007f\\u65e5\\udb40\\udc41\": 1\n}");
	g_string_truncate(out, 0);
	nsl_text_quiet_json(out, marks, strlen(marks), NSL_TEXT_UTF8);
	g_assert_cmpstr(out->str, ==,
			"[\"\\u0301a\u0301\", \" \\u0301\\n\\u0301\\u3164\\u0301\", \"\\u00a0\"]");
}

TEST(width)
{
	static const struct {
		const char *text;
		guint width;
	} cases[] = {
		{"", 0},
		{"ascii", 5},
		{"Gr\u00fc\u00dfe", 5},
		{"\u65e5\u672c\u8a9e", 6},
		{"\uff21\u3042\uac00", 6}, /* full width Latin, kana, Hangul */
		{"\U0001f980", 2},
		{"e\u0301", 1},
		{"\u0939\u093f", 2}, /* a vowel sign that takes its place */
		{"\u00a0", 1},
		{"a\u65e5e\u0301", 4},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpuint(nsl_text_width(cases[i].text), ==, cases[i].width);
}

/* As much as fits, no more, and whole characters with what combines with them. */
TEST(fit)
{
	static const char *const texts[] = {
		"",
		"plain ascii text",
		"\u65e5\u672c\u8a9e",
		"a\u65e5b\u672cc",
		"e\u0301e\u0301e\u0301",
		"\u65e5\u0301\u0302x",
		"\U0001f980\U0001f980",
		"Gr\u00fc\u00dfe \u65e5 e\u0301\u0302\u0303 \U0001f980 end",
		"\u0301 begins with what combines",
	};

	for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
		const char *text = texts[i];

		for (guint columns = 0; columns < 40; columns++) {
			gsize size = nsl_text_fit(text, columns);
			g_autofree char *head = g_strndup(text, size);
			g_autofree char *more = NULL;

			g_assert_cmpuint(size, <=, strlen(text));
			g_assert_true(g_utf8_validate(head, -1, NULL));
			g_assert_cmpuint(nsl_text_width(head), <=, columns);
			if (text[size] == '\0')
				continue;
			more = g_strndup(text, (gsize)(g_utf8_next_char(text + size) - text));
			g_assert_cmpuint(nsl_text_width(more), >, columns);
		}
		g_assert_cmpuint(nsl_text_fit(text, G_MAXUINT), ==, strlen(text));
	}
	/* A wide one is not halved. */
	g_assert_cmpuint(nsl_text_fit("\u65e5\u672c", 3), ==, strlen("\u65e5"));
	g_assert_cmpuint(nsl_text_fit("e\u0301x", 1), ==, strlen("e\u0301"));
}

/* A field has no blank in it, and can be undone: each backslash is one that was put there. */
TEST(escape_field)
{
	static const Escape cases[] = {
		{"", "", NULL},
		{"a-b_c", "a-b_c", NULL},
		{"a b\tc", "a\\x20b\\x09c", NULL},
		{"a\\x20b", "a\\x5cx20b", NULL},
		{"\n\r\x1b", "\\x0a\\x0d\\x1b", NULL},
		{"\u65e5", "\u65e5", "\\xe6\\x97\\xa5"},
		{"\u00a0\u2003\u3000", "\\xc2\\xa0\\xe2\\x80\\x83\\xe3\\x80\\x80", NULL},
		{"\xff", "\\xff", NULL},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		const Escape *this = &cases[i];
		g_autoptr(GString) out = g_string_new(NULL);
		g_autoptr(GString) ascii = g_string_new(NULL);

		nsl_text_escape_field(out, this->bytes, strlen(this->bytes), NSL_TEXT_UTF8);
		nsl_text_escape_field(ascii, this->bytes, strlen(this->bytes), NSL_TEXT_ASCII);
		g_assert_cmpstr(out->str, ==, this->shown);
		g_assert_cmpstr(ascii->str, ==, this->ascii ? this->ascii : this->shown);
	}
}

/* In bytes as in text, where it is escaped once. */
TEST(escape_char)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GString) bytes = g_string_new("\u65e5 ");
	g_autoptr(GString) field = g_string_new(NULL);

	nsl_text_escape_char(text, '[', NSL_TEXT_UTF8);
	nsl_text_escape_char(text, ' ', NSL_TEXT_ASCII);
	g_assert_cmpstr(text->str, ==, "\\x5b\\x20");
	nsl_text_escape_char(bytes, '[', NSL_TEXT_BYTES);
	g_string_append(bytes, "[\n");
	nsl_text_escape_char(bytes, '(', NSL_TEXT_BYTES);
	nsl_text_escape_field(field, bytes->str, bytes->len, NSL_TEXT_UTF8);
	g_assert_cmpstr(field->str, ==, "\u65e5\\x20\\x5b[\\x0a\\x28");
	nsl_text_escape_field(field, "\0", 1, NSL_TEXT_UTF8);
	g_assert_cmpstr(field->str, ==, "\u65e5\\x20\\x5b[\\x0a\\x28");
}

TEST(escape_marked)
{
	g_autoptr(GString) text = g_string_new("a");

	nsl_text_escape_marked(text);
	g_assert_cmpstr(text->str, ==, "a");
	nsl_text_escape_char(text, '[', NSL_TEXT_BYTES);
	g_string_append(text, "b\xff");
	nsl_text_escape_char(text, ' ', NSL_TEXT_BYTES);
	nsl_text_escape_marked(text);
	g_assert_cmpstr(text->str, ==, "a\\x5bb\xff\\x20");
	nsl_text_escape_marked(text);
	g_assert_cmpstr(text->str, ==, "a\\x5bb\xff\\x20");
}

TEST(append_item)
{
	g_autoptr(GString) list = g_string_new("a; ");
	g_autoptr(GString) item = g_string_new("b; c;; d;");

	nsl_text_append_item(list, item, "; ", NSL_TEXT_UTF8);
	g_assert_cmpstr(list->str, ==, "a; b\\x3b c;\\x3b d;");
	/* Marks stay marks. */
	g_string_truncate(list, 0);
	g_string_truncate(item, 1);
	nsl_text_escape_char(item, '[', NSL_TEXT_BYTES);
	g_string_append(item, "; ");
	nsl_text_append_item(list, item, "; ", NSL_TEXT_BYTES);
	nsl_text_escape_marked(list);
	g_assert_cmpstr(list->str, ==, "b\\x5b\\x3b ");
}

TEST(escape_bytes)
{
	g_autofree char *text = nsl_text_escaped("\x1b\xff\n\u65e5", NSL_TEXT_BYTES);

	g_assert_cmpstr(text, ==, "\x1b\xff\n\u65e5");
}

/* With g_str_hash() and g_int64_hash() all of these have the same. */
TEST(hash)
{
	g_autoptr(GHashTable) texts = g_hash_table_new(NULL, NULL);
	g_autoptr(GHashTable) numbers = g_hash_table_new(NULL, NULL);
	char text[2 * 12 + 1] = "";

	for (guint64 i = 0; i < 1 << 12; i++) {
		guint64 number = i << 32 | i;

		for (gsize bit = 0; bit < 12; bit++) {
			text[2 * bit] = i >> bit & 1 ? 'F' : 'E';
			text[2 * bit + 1] = i >> bit & 1 ? 'Y' : 'z';
		}
		g_assert_cmpuint(g_str_hash(text), ==, g_str_hash("EzEzEzEzEzEzEzEzEzEzEzEz"));
		g_hash_table_add(texts, GUINT_TO_POINTER(nsl_text_hash(text)));
		g_hash_table_add(numbers, GUINT_TO_POINTER(nsl_number_hash(&number)));
		g_assert_cmpuint(nsl_text_hash(text), ==, nsl_text_hash(text));
		g_assert_cmpuint(nsl_number_hash(&number), ==, nsl_number_hash(&number));
	}
	g_assert_cmpuint(g_hash_table_size(texts), >, (1 << 12) - 10);
	g_assert_cmpuint(g_hash_table_size(numbers), >, (1 << 12) - 10);
	nsl_text_hash("");
}

/* With g_bytes_hash() all of these have the same, as with a sum of the bytes by powers of 33. */
TEST(hash_of_inodes)
{
	g_autoptr(GHashTable) hashes = g_hash_table_new(NULL, NULL);
	guint first = 0;

	for (guint i = 0; i < 1 << 12; i++) {
		guint64 inodes[4];
		g_autoptr(GBytes) bytes = NULL;

		for (guint at = 0; at < 4; at++) {
			guint step = i >> 3 * at & 7;

			inodes[at] = 0xf0000010 + step + ((0x7f - 33 * step) & 0xff) * 0x100;
		}
		bytes = g_bytes_new(inodes, sizeof(inodes));
		if (i == 0)
			first = g_bytes_hash(bytes);
		g_assert_cmpuint(g_bytes_hash(bytes), ==, first);
		g_hash_table_add(hashes, GUINT_TO_POINTER(nsl_inode_bytes_hash(bytes)));
		g_assert_cmpuint(nsl_inode_bytes_hash(bytes), ==, nsl_inodes_hash(inodes, 4));
	}
	g_assert_cmpuint(g_hash_table_size(hashes), >, (1 << 12) - 10);
}
