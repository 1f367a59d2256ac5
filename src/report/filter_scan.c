/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Scanning filters: see filter_scan.h.
 */
#include "report/filter_scan.h"

#include <string.h>

#include "base/sys.h"
#include "base/text.h"

/* How much of a long expression is shown before and after the place: bytes. */
#define SHOWN 35

/* A piece of the expression, made safe to print. */
static void append_piece(GString *text, const char *start, const char *end)
{
	nsl_text_escape(text, start, end - start, false);
}

/* The piece of the expression around the place, and a "^" under it. */
static void append_place(GString *text, const char *expression, const char *place)
{
	gsize size = strlen(place);
	const char *start = place - MIN(place - expression, SHOWN);
	const char *end = place + MIN(size, SHOWN);
	gsize line;
	guint indent;

	while (start < place && ((guchar)*start & 0xc0) == 0x80) /* within a character */
		start++;
	while (end > place && ((guchar)*end & 0xc0) == 0x80)
		end--;
	g_string_append(text, "\n  ");
	line = text->len;
	if (start > expression)
		g_string_append(text, "…");
	append_piece(text, start, place);
	indent = nsl_text_width(text->str + line);
	append_piece(text, place, end);
	if (*end)
		g_string_append(text, "…");
	g_string_append_printf(text, "\n  %*s^", (int)indent, "");
}

bool nsl_filter_refuse(const NslFilterScanner *scanner, const char *place, const char *format, ...)
{
	g_autoptr(GString) text = g_string_new("--filter: ");
	g_autofree char *message = NULL;
	va_list arguments;

	va_start(arguments, format);
	message = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	nsl_text_escape(text, message, -1, false);
	append_place(text, scanner->expression, place);
	g_set_error_literal(scanner->error, NSL_ERROR, NSL_ERROR_SYNTAX, text->str);
	return false;
}

/* The end of a name, or of what looks like one. */
static const char *skip_name(const char *at)
{
	while (g_ascii_isalnum(*at) || (*at && strchr("_.%:/-", *at)))
		at++;
	return at;
}

static bool is_word(const char *start, gsize size, const char *word)
{
	return strlen(word) == size && g_ascii_strncasecmp(start, word, size) == 0;
}

static void set_literal(NslFilterScanner *scanner, NslFilterValue value, char *text)
{
	g_free(scanner->text);
	scanner->text = text;
	scanner->value = value;
	scanner->value.text = text;
	scanner->kind = NSL_FILTER_LITERAL;
}

static bool scan_column(NslFilterScanner *scanner, const char *start, gsize size)
{
	g_autofree char *name = g_strndup(start, size);
	bool compared = nsl_filter_is_comparison(scanner->kind); /* the word before */

	scanner->kind = NSL_FILTER_COLUMN;
	scanner->column = nsl_column_find(name);
	if (scanner->column < NSL_COLUMN_COUNT)
		return true;
	if (size > SHOWN)
		return nsl_filter_refuse(scanner, start, "there is no such column");
	if (compared)
		return nsl_filter_refuse(scanner, start,
					 "there is no column \"%s\"; text stands in quotes", name);
	return nsl_filter_refuse(scanner, start, "there is no column \"%s\"; is it %s?", name,
				 nsl_column_nearest(name));
}

static bool scan_name(NslFilterScanner *scanner)
{
	static const struct {
		const char *word;
		NslFilterKind kind;
	} operators[] = {
		{"or", NSL_FILTER_OR}, {"and", NSL_FILTER_AND}, {"not", NSL_FILTER_NOT},
		{"eq", NSL_FILTER_EQ}, {"ne", NSL_FILTER_NE},	{"lt", NSL_FILTER_LT},
		{"le", NSL_FILTER_LE}, {"gt", NSL_FILTER_GT},	{"ge", NSL_FILTER_GE},
	};
	const char *start = scanner->start;
	gsize size;

	scanner->at = skip_name(start);
	size = (gsize)(scanner->at - start);
	for (guint i = 0; i < G_N_ELEMENTS(operators); i++)
		if (is_word(start, size, operators[i].word)) {
			scanner->kind = operators[i].kind;
			return true;
		}
	for (int truth = 0; truth <= 1; truth++) {
		NslFilterValue value = nsl_filter_value_truth(truth);

		if (is_word(start, size, value.text)) {
			set_literal(scanner, value, g_strdup(value.text));
			return true;
		}
	}
	return scan_column(scanner, start, size);
}

/* By how many bits the suffix shifts, -1 where it is none; "" is one. */
static int suffix_bits(const char *suffix, gsize size)
{
	static const char letters[] = "KMGTPEZY";
	const char *letter;

	if (size == 0)
		return 0;
	letter = strchr(letters, suffix[0]);
	if (!letter || (size != 1 && (size != 3 || memcmp(suffix + 1, "iB", 2) != 0)))
		return -1;
	return ((int)(letter - letters) + 1) * 10;
}

static bool scan_real(NslFilterScanner *scanner, const char *start, gsize size)
{
	g_autofree char *text = g_strndup(start, size);
	NslFilterValue value = nsl_filter_value_cast(nsl_filter_value_text(text), NSL_FILTER_REAL);

	if (value.absent || !g_ascii_isdigit(text[size - 1]))
		return nsl_filter_refuse(scanner, start, "this is not a number");
	set_literal(scanner, value, g_steal_pointer(&text));
	return true;
}

static bool scan_number(NslFilterScanner *scanner)
{
	const char *start = scanner->start;
	gsize digits = strspn(start, "0123456789");
	NslFilterValue value = {.type = NSL_FILTER_NUMBER};
	g_autofree char *text = g_strndup(start, digits);
	gsize size;
	int bits;

	scanner->at = skip_name(start);
	size = (gsize)(scanner->at - start);
	if (start[digits] == '.')
		return scan_real(scanner, start, size);
	bits = suffix_bits(start + digits, size - digits);
	if (bits < 0)
		return nsl_filter_refuse(scanner, start, "this is not a number");
	if (!g_ascii_string_to_unsigned(text, 10, 0, G_MAXUINT64, &value.number, NULL) ||
	    (value.number > 0 && (bits >= 64 || value.number > G_MAXUINT64 >> bits)))
		return nsl_filter_refuse(scanner, start, "this number is too large");
	if (bits < 64)
		value.number <<= bits;
	set_literal(scanner, value, g_strdup_printf("%" G_GUINT64_FORMAT, value.number));
	return true;
}

static bool scan_text(NslFilterScanner *scanner)
{
	const char *start = scanner->start + 1;
	const char *end = strchr(start, *scanner->start);

	if (!end)
		return nsl_filter_refuse(scanner, scanner->start, "this quote is not closed");
	scanner->at = end + 1;
	set_literal(scanner, (NslFilterValue){.type = NSL_FILTER_TEXT},
		    g_strndup(start, (gsize)(end - start)));
	return true;
}

static bool refuse_character(const NslFilterScanner *scanner)
{
	static const struct {
		char character;
		const char *meant;
	} halves[] = {{'=', "=="}, {'&', "&&"}, {'|', "||"}, {'~', "=~"}};
	const char *start = scanner->start;

	for (guint i = 0; i < G_N_ELEMENTS(halves); i++)
		if (*start == halves[i].character)
			return nsl_filter_refuse(scanner, start,
						 "there is no operator %c; is it %s?", *start,
						 halves[i].meant);
	return nsl_filter_refuse(scanner, start, "there can be no such character here");
}

static bool scan_symbol(NslFilterScanner *scanner)
{
	static const struct {
		const char *spelling;
		NslFilterKind kind;
	} symbols[] = {
		/* The longer ones first. */
		{"||", NSL_FILTER_OR},	  {"&&", NSL_FILTER_AND},      {"==", NSL_FILTER_EQ},
		{"!=", NSL_FILTER_NE},	  {"<=", NSL_FILTER_LE},       {">=", NSL_FILTER_GE},
		{"=~", NSL_FILTER_MATCH}, {"!~", NSL_FILTER_MISMATCH}, {"<", NSL_FILTER_LT},
		{">", NSL_FILTER_GT},	  {"!", NSL_FILTER_NOT},       {"(", NSL_FILTER_OPEN},
		{")", NSL_FILTER_CLOSE},
	};

	for (guint i = 0; i < G_N_ELEMENTS(symbols); i++)
		if (g_str_has_prefix(scanner->start, symbols[i].spelling)) {
			scanner->at = scanner->start + strlen(symbols[i].spelling);
			scanner->kind = symbols[i].kind;
			return true;
		}
	return refuse_character(scanner);
}

bool nsl_filter_advance(NslFilterScanner *scanner)
{
	char first;

	scanner->at += strspn(scanner->at, " \t\n");
	scanner->start = scanner->at;
	first = *scanner->start;
	if (first == '\0') {
		scanner->kind = NSL_FILTER_END;
		return true;
	}
	if (g_ascii_isalpha(first))
		return scan_name(scanner);
	if (g_ascii_isdigit(first))
		return scan_number(scanner);
	if (first == '"' || first == '\'')
		return scan_text(scanner);
	return scan_symbol(scanner);
}
