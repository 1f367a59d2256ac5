/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsing filters: the scanner makes tokens of the expression's bytes, and the parser, by recursive
 * descent, a tree of these.
 */
#include "report/filter.h"

#include <string.h>

#include "base/procfs_parse.h"
#include "base/sys.h"
#include "base/text.h"

#define MAX_SIZE  65536 /* bytes of an expression */
#define MAX_DEPTH 200	/* of parentheses and "not" */

/*
 * Steps of one match from one place of the value. PCRE counts both; the second one limits its
 * stack, and has the name that all versions of PCRE know.
 */
#define LIMITS "(*LIMIT_MATCH=1000000)(*LIMIT_RECURSION=5000)"

#define DIGITS "0123456789"

/* How many bytes of an expression a message shows before and after a place. */
#define SHOWN 35

/*
 * The parser has one token at a time. Its first error is kept; after it there are only END tokens,
 * so that all that is being parsed comes to its end.
 */
typedef struct Parser {
	NslFilter *filter;
	const char *expression;
	const char *start;   /* of the token */
	const char *at;	     /* behind the token */
	NslFilterNode token; /* one that has no operands yet */
	guint depth;	     /* of parentheses and "not" */
	GError *error;
} Parser;

/* A piece of the expression around the place, and a "^" under the place. */
static void append_place(GString *text, const char *expression, const char *place)
{
	const char *start = place - MIN(place - expression, SHOWN);
	const char *end = place + MIN(strlen(place), SHOWN);
	gsize line;
	guint indent;

	while (start < place && ((guchar)*start & 0xc0) == 0x80) /* within a character */
		start++;
	while (end > place && ((guchar)*end & 0xc0) == 0x80)
		end--;
	g_string_append(text, "\n  ");
	line = text->len;
	if (start > expression)
		g_string_append(text, "...");
	nsl_text_escape(text, start, place - start, NSL_TEXT_UTF8);
	indent = nsl_text_width(text->str + line);
	nsl_text_escape(text, place, end - place, NSL_TEXT_UTF8);
	if (*end)
		g_string_append(text, "...");
	g_string_append_printf(text, "\n  %*s^", (int)indent, "");
}

G_GNUC_PRINTF(3, 4)
static void refuse(Parser *parser, const char *place, const char *format, ...)
{
	if (!parser->error) {
		g_autoptr(GString) text = g_string_new("--filter: ");
		g_autofree char *message = NULL;
		va_list arguments;

		va_start(arguments, format);
		message = g_strdup_vprintf(format, arguments);
		va_end(arguments);
		nsl_text_escape(text, message, -1, NSL_TEXT_UTF8);
		append_place(text, parser->expression, place);
		parser->error = g_error_new_literal(NSL_ERROR, NSL_ERROR_SYNTAX, text->str);
	}
	parser->at = "";
	parser->token.kind = NSL_FILTER_END;
}

static const struct {
	const char *word; /* NULL: it has only a symbol */
	const char *symbol;
	NslFilterKind kind;
} operators[] = {
	/* Symbols that others begin with come after those. */
	{"or", "||", NSL_FILTER_OR},	{"and", "&&", NSL_FILTER_AND},
	{"eq", "==", NSL_FILTER_EQ},	{"ne", "!=", NSL_FILTER_NE},
	{"le", "<=", NSL_FILTER_LE},	{"ge", ">=", NSL_FILTER_GE},
	{NULL, "=~", NSL_FILTER_MATCH}, {NULL, "!~", NSL_FILTER_MISMATCH},
	{"lt", "<", NSL_FILTER_LT},	{"gt", ">", NSL_FILTER_GT},
	{"not", "!", NSL_FILTER_NOT},	{NULL, "(", NSL_FILTER_OPEN},
	{NULL, ")", NSL_FILTER_CLOSE},
};

static bool is_comparison(NslFilterKind kind)
{
	return kind >= NSL_FILTER_EQ && kind <= NSL_FILTER_MISMATCH;
}

/* The end of a name or number, or of what looks like one. */
static const char *skip_name(const char *at)
{
	while (g_ascii_isalnum(*at) || (*at && strchr("_.%:/-", *at)))
		at++;
	return at;
}

/* Makes the token a literal; the text is copied. */
static void set_literal(Parser *parser, NslFilterType type, const char *text)
{
	text = g_string_chunk_insert(parser->filter->texts, text);
	parser->token =
		(NslFilterNode){.kind = NSL_FILTER_LITERAL, .value = {.type = type, .text = text}};
}

/* Of the values of columns. */
static const NslFilterType types[] = {
	[NSL_CELL_STRING] = NSL_FILTER_TEXT,	 [NSL_CELL_NUMBER] = NSL_FILTER_NUMBER,
	[NSL_CELL_DURATION] = NSL_FILTER_NUMBER, [NSL_CELL_BOOLEAN] = NSL_FILTER_TRUTH,
	[NSL_CELL_TIME] = NSL_FILTER_TEXT,	 [NSL_CELL_LIST] = NSL_FILTER_TEXT,
	[NSL_CELL_NUMBERS] = NSL_FILTER_NUMBER,
};

static void scan_column(Parser *parser, const char *name)
{
	bool compared = is_comparison(parser->token.kind); /* by the token before */
	NslColumn column = nsl_column_find(name);

	if (column < NSL_COLUMN_COUNT) {
		parser->token = (NslFilterNode){
			.kind = NSL_FILTER_COLUMN,
			.value.type = types[nsl_columns[column].type],
			.column = column,
		};
		parser->filter->facts |= nsl_columns[column].facts;
		return;
	}
	if (strlen(name) > SHOWN)
		refuse(parser, parser->start, "there is no such column");
	else if (compared)
		refuse(parser, parser->start, "there is no column \"%s\"; text stands in quotes",
		       name);
	else
		refuse(parser, parser->start, "there is no column \"%s\"; is it %s?", name,
		       nsl_column_nearest(name));
}

static void scan_name(Parser *parser)
{
	static const char *const truths[] = {"true", "false"};
	g_autofree char *name = NULL;

	parser->at = skip_name(parser->start);
	name = g_strndup(parser->start, (gsize)(parser->at - parser->start));
	for (guint i = 0; i < G_N_ELEMENTS(operators); i++)
		if (operators[i].word && g_ascii_strcasecmp(name, operators[i].word) == 0) {
			parser->token = (NslFilterNode){.kind = operators[i].kind};
			return;
		}
	for (guint i = 0; i < G_N_ELEMENTS(truths); i++)
		if (g_ascii_strcasecmp(name, truths[i]) == 0) {
			set_literal(parser, NSL_FILTER_TRUTH, truths[i]);
			return;
		}
	scan_column(parser, name);
}

/* By how many bits the suffix of a number shifts it; -1: it is no suffix. */
static int suffix_bits(const char *suffix)
{
	static const char letters[] = "KMGTPEZY";
	const char *letter = strchr(letters, suffix[0]);

	if (suffix[0] == '\0')
		return 0;
	if (!letter || (suffix[1] != '\0' && strcmp(suffix + 1, "iB") != 0))
		return -1;
	return ((int)(letter - letters) + 1) * 10;
}

static void scan_number(Parser *parser)
{
	gsize digits = strspn(parser->start, DIGITS);
	g_autofree char *text = NULL;
	g_autofree char *decimal = NULL;
	guint64 number = 0;
	int bits;

	parser->at = skip_name(parser->start);
	text = g_strndup(parser->start, (gsize)(parser->at - parser->start));
	bits = suffix_bits(text + digits);
	if (text[digits] == '.' && g_ascii_isdigit(text[digits + 1]) &&
	    text[digits + 1 + strspn(text + digits + 1, DIGITS)] == '\0') {
		set_literal(parser, NSL_FILTER_REAL, text);
	} else if (bits < 0) {
		refuse(parser, parser->start, "this is not a number");
	} else if (!nsl_parse_number(text, digits, G_MAXUINT64, &number) ||
		   (number > 0 && (bits >= 64 || number > G_MAXUINT64 >> bits))) {
		refuse(parser, parser->start, "this number is too large");
	} else {
		decimal = g_strdup_printf("%" G_GUINT64_FORMAT, bits < 64 ? number << bits : 0);
		set_literal(parser, NSL_FILTER_NUMBER, decimal);
	}
}

/* Text of the expression becomes UTF-8 as that of columns is. */
static void scan_text(Parser *parser)
{
	const char *start = parser->start + 1;
	const char *end = strchr(start, *parser->start);
	g_autoptr(GString) text = g_string_new(NULL);

	if (!end) {
		refuse(parser, parser->start, "this quote is not closed");
		return;
	}
	parser->at = end + 1;
	nsl_text_to_utf8(text, start, (gsize)(end - start));
	set_literal(parser, NSL_FILTER_TEXT, text->str);
}

static void scan_symbol(Parser *parser)
{
	const char *start = parser->start;

	for (guint i = 0; i < G_N_ELEMENTS(operators); i++)
		if (g_str_has_prefix(start, operators[i].symbol)) {
			parser->at = start + strlen(operators[i].symbol);
			parser->token = (NslFilterNode){.kind = operators[i].kind};
			return;
		}
	for (guint i = 0; i < G_N_ELEMENTS(operators); i++)
		if (*start == operators[i].symbol[1]) /* half of one */
			refuse(parser, start, "there is no operator %c; is it %s?", *start,
			       operators[i].symbol);
	refuse(parser, start, "there can be no such character here");
}

static void advance(Parser *parser)
{
	char first;

	parser->at += strspn(parser->at, " \t\n");
	parser->start = parser->at;
	first = *parser->start;
	if (first == '\0')
		parser->token = (NslFilterNode){.kind = NSL_FILTER_END};
	else if (g_ascii_isalpha(first))
		scan_name(parser);
	else if (g_ascii_isdigit(first))
		scan_number(parser);
	else if (first == '"' || first == '\'')
		scan_text(parser);
	else
		scan_symbol(parser);
}

static NslFilterNode *add_node(Parser *parser, NslFilterNode content)
{
	NslFilterNode *node = g_new(NslFilterNode, 1);

	*node = content;
	g_ptr_array_add(parser->filter->nodes, node);
	return node;
}

static NslFilterNode *parse_list(Parser *parser, NslFilterKind kind);

static NslFilterNode *parse_parentheses(Parser *parser)
{
	const char *open = parser->start;
	NslFilterNode *node;

	advance(parser);
	node = parse_list(parser, NSL_FILTER_OR);
	if (parser->token.kind == NSL_FILTER_END)
		refuse(parser, open, "this parenthesis is not closed");
	else if (parser->token.kind != NSL_FILTER_CLOSE)
		refuse(parser, parser->start, "there has to be an operator here");
	advance(parser);
	return node;
}

/* A column, a value or parentheses, perhaps negated. All that nests comes through here. */
static NslFilterNode *parse_operand(Parser *parser)
{
	NslFilterNode *node;

	if (++parser->depth > MAX_DEPTH)
		refuse(parser, parser->start, "this is nested too deeply");
	if (parser->token.kind == NSL_FILTER_NOT) {
		advance(parser);
		node = add_node(parser, (NslFilterNode){.kind = NSL_FILTER_NOT,
							.first = parse_operand(parser)});
	} else if (parser->token.kind == NSL_FILTER_OPEN) {
		node = parse_parentheses(parser);
	} else {
		if (parser->token.kind != NSL_FILTER_COLUMN &&
		    parser->token.kind != NSL_FILTER_LITERAL)
			refuse(parser, parser->start,
			       "there has to be a column, a value or a parenthesis here");
		node = add_node(parser, parser->token);
		advance(parser);
	}
	parser->depth--;
	return node;
}

/* The type that two operands are compared as: see filter.h. */
static NslFilterType common_type(const NslFilterNode *a, const NslFilterNode *b)
{
	NslFilterType type = a->value.type;

	if ((a->kind == NSL_FILTER_COLUMN && type == NSL_FILTER_TRUTH) ||
	    (b->kind == NSL_FILTER_COLUMN && b->value.type == NSL_FILTER_TRUTH))
		return NSL_FILTER_TRUTH;
	if (a->kind == NSL_FILTER_COLUMN && b->kind != NSL_FILTER_COLUMN)
		type = b->value.type;
	if (type == NSL_FILTER_NUMBER &&
	    (a->value.type == NSL_FILTER_REAL || b->value.type == NSL_FILTER_REAL))
		type = NSL_FILTER_REAL;
	return type;
}

/* Why a pattern is wrong, and at which byte of it: GRegex has the place only in its message. */
static const char *explain_regex(const GError *error, const char *pattern, gsize *ret_offset)
{
	static const char before[] = " at char ";
	const char *place = g_strrstr(error->message, before);
	gint64 character = 0;
	char *reason = error->message;

	if (place) {
		character = g_ascii_strtoll(place + strlen(before), &reason, 10);
		reason += strspn(reason, ": ");
	}
	character = CLAMP(character - (gint64)strlen(LIMITS), 0, g_utf8_strlen(pattern, -1));
	*ret_offset = (gsize)(g_utf8_offset_to_pointer(pattern, (glong)character) - pattern);
	return reason;
}

/* Compiles an operand that has to be a regular expression, and begins at `place`. */
static void compile(Parser *parser, NslFilterNode *operand, const char *place)
{
	const char *pattern = operand->value.text;
	g_autofree char *limited = NULL;
	g_autoptr(GError) error = NULL;
	const char *reason;
	const char *invalid;
	gsize offset;

	if (operand->kind != NSL_FILTER_LITERAL || operand->value.type != NSL_FILTER_TEXT) {
		refuse(parser, place, "there has to be a regular expression in quotes here");
		return;
	}
	place = strpbrk(place, "\"'"); /* parentheses may stand before the quote */
	if (!g_utf8_validate(place, strchr(place + 1, *place) - place, &invalid)) {
		refuse(parser, invalid, "the regular expression is not UTF-8");
		return;
	}
	/*
	 * As in POSIX: "." is any character, and "$" the end. Compiled to machine code it is not
	 * just faster: "\\s+$" on many blanks takes time in proportion to them, not to their
	 * square.
	 */
	limited = g_strconcat(LIMITS, pattern, NULL);
	operand->regex = g_regex_new(
		limited, G_REGEX_DOTALL | G_REGEX_DOLLAR_ENDONLY | G_REGEX_OPTIMIZE, 0, &error);
	if (operand->regex)
		return;
	reason = explain_regex(error, pattern, &offset);
	refuse(parser, place + 1 + offset, "the regular expression is wrong: %s", reason);
}

static NslFilterNode *parse_comparison(Parser *parser)
{
	const char *start = parser->start;
	bool negated = parser->token.kind == NSL_FILTER_NOT;
	NslFilterNode *first = parse_operand(parser);
	NslFilterNode *node;

	if (!is_comparison(parser->token.kind))
		return first;
	node = add_node(parser, (NslFilterNode){.kind = parser->token.kind, .first = first});
	if (negated)
		refuse(parser, start, "put what this negates in parentheses");
	advance(parser);
	start = parser->start;
	first->next = parse_operand(parser);
	if (node->kind == NSL_FILTER_MATCH || node->kind == NSL_FILTER_MISMATCH)
		compile(parser, first->next, start);
	else
		node->as = common_type(first, first->next);
	if (is_comparison(parser->token.kind))
		refuse(parser, parser->start, "comparisons do not chain; join them with \"and\"");
	return node;
}

static NslFilterNode *parse_item(Parser *parser, NslFilterKind kind)
{
	return kind == NSL_FILTER_OR ? parse_list(parser, NSL_FILTER_AND)
				     : parse_comparison(parser);
}

/*
 * What stands between "or", or between "and": one item, or a list of them. Lists are flat, so that
 * the tree is no deeper than parentheses and "not" are.
 */
static NslFilterNode *parse_list(Parser *parser, NslFilterKind kind)
{
	NslFilterNode *first = parse_item(parser, kind);
	NslFilterNode *last = first;

	if (parser->token.kind != kind)
		return first;
	while (parser->token.kind == kind) {
		advance(parser);
		last->next = parse_item(parser, kind);
		last = last->next;
	}
	return add_node(parser, (NslFilterNode){.kind = kind, .first = first});
}

static void free_node(gpointer data)
{
	NslFilterNode *node = data;

	g_clear_pointer(&node->regex, g_regex_unref);
	g_free(node);
}

NslFilter *nsl_filter_new(void)
{
	NslFilter *filter = g_new0(NslFilter, 1);

	filter->nodes = g_ptr_array_new_with_free_func(free_node);
	filter->roots = g_ptr_array_new();
	filter->texts = g_string_chunk_new(256);
	return filter;
}

void nsl_filter_free(NslFilter *filter)
{
	g_ptr_array_unref(filter->nodes);
	g_ptr_array_unref(filter->roots);
	g_string_chunk_free(filter->texts);
	g_free(filter);
}

bool nsl_filter_add(NslFilter *filter, const char *expression, GError **error)
{
	Parser parser = {.filter = filter, .expression = expression, .at = expression};
	NslFilterNode *root;

	if (strlen(expression) > MAX_SIZE)
		refuse(&parser, expression + MAX_SIZE, "the expression is too long");
	advance(&parser);
	root = parse_list(&parser, NSL_FILTER_OR);
	if (parser.token.kind != NSL_FILTER_END)
		refuse(&parser, parser.start,
		       parser.token.kind == NSL_FILTER_CLOSE
			       ? "there is no parenthesis that this closes"
			       : "there has to be an operator here");
	if (parser.error) {
		g_propagate_error(error, parser.error);
		return false;
	}
	g_ptr_array_add(filter->roots, root);
	return true;
}
