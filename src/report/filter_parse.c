/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsing filters by recursive descent. Lists of "and" and "or" are flat, so that the tree is as
 * deep as parentheses and "not" are, which is bounded.
 */
#include "report/filter_parse.h"

#include <string.h>

#include "base/text.h"

#define MAX_SIZE  65536 /* bytes of an expression */
#define MAX_DEPTH 200	/* of parentheses and "not" */

/*
 * Steps of one match from one place of the value. PCRE counts both; the second one bounds its
 * stack, and is the name for it that all its versions know.
 */
#define LIMITS "(*LIMIT_MATCH=1000000)(*LIMIT_RECURSION=5000)"

typedef struct Parser {
	NslFilterScanner scanner;
	GPtrArray *nodes;
	guint depth;
} Parser;

/* Functions that parse return NULL where something is wrong, which is then in the scanner's error.
 */
static NslFilterNode *wrong(const Parser *parser, const char *place, const char *message)
{
	nsl_filter_refuse(&parser->scanner, place, "%s", message);
	return NULL;
}

static bool is_match(NslFilterKind kind)
{
	return kind == NSL_FILTER_MATCH || kind == NSL_FILTER_MISMATCH;
}

static NslFilterNode *add_node(Parser *parser, NslFilterKind kind, NslFilterNode *first)
{
	NslFilterNode *node = g_new0(NslFilterNode, 1);

	node->kind = kind;
	node->first = first;
	g_ptr_array_add(parser->nodes, node);
	return node;
}

static NslFilterNode *parse_or(Parser *parser);

static NslFilterNode *parse_parentheses(Parser *parser)
{
	const char *open = parser->scanner.start;
	NslFilterNode *node;

	if (!nsl_filter_advance(&parser->scanner))
		return NULL;
	node = parse_or(parser);
	if (!node)
		return NULL;
	if (parser->scanner.kind == NSL_FILTER_END)
		return wrong(parser, open, "this parenthesis is not closed");
	if (parser->scanner.kind != NSL_FILTER_CLOSE)
		return wrong(parser, parser->scanner.start, "there has to be an operator here");
	return nsl_filter_advance(&parser->scanner) ? node : NULL;
}

static NslFilterNode *parse_operand(Parser *parser)
{
	NslFilterScanner *scanner = &parser->scanner;
	NslFilterNode *node;

	if (scanner->kind == NSL_FILTER_OPEN)
		return parse_parentheses(parser);
	if (scanner->kind != NSL_FILTER_COLUMN && scanner->kind != NSL_FILTER_LITERAL)
		return wrong(parser, scanner->start,
			     "there has to be a column, a value or a parenthesis here");
	node = add_node(parser, scanner->kind, NULL);
	node->column = scanner->column;
	node->value = scanner->value;
	node->text = g_steal_pointer(&scanner->text);
	return nsl_filter_advance(scanner) ? node : NULL;
}

/* An operand, and what negates it. Whatever nests comes through here. */
static NslFilterNode *parse_negated(Parser *parser)
{
	NslFilterNode *node = NULL;

	if (++parser->depth > MAX_DEPTH)
		return wrong(parser, parser->scanner.start, "this is nested too deeply");
	if (parser->scanner.kind != NSL_FILTER_NOT) {
		node = parse_operand(parser);
	} else if (nsl_filter_advance(&parser->scanner)) {
		node = parse_negated(parser);
		if (node)
			node = add_node(parser, NSL_FILTER_NOT, node);
	}
	parser->depth--;
	return node;
}

NslFilterType nsl_filter_column_type(NslColumn column)
{
	return nsl_column_is_number(column) ? NSL_FILTER_NUMBER : NSL_FILTER_TEXT;
}

static NslFilterType type_of(const NslFilterNode *node)
{
	if (node->kind == NSL_FILTER_COLUMN)
		return nsl_filter_column_type(node->column);
	return node->kind == NSL_FILTER_LITERAL ? node->value.type : NSL_FILTER_TRUTH;
}

/* As which type the two are compared: see filter.h. */
static NslFilterType common_type(const NslFilterNode *a, const NslFilterNode *b)
{
	NslFilterType a_type = type_of(a);
	NslFilterType b_type = type_of(b);
	NslFilterType type = a_type;

	if (a->kind == NSL_FILTER_COLUMN && b->kind != NSL_FILTER_COLUMN)
		type = b_type;
	if (type == NSL_FILTER_NUMBER && (a_type == NSL_FILTER_REAL || b_type == NSL_FILTER_REAL))
		type = NSL_FILTER_REAL;
	return type;
}

/* A literal is cast once, and its text made what columns' values are: see `plain` in column.h. */
static void settle(NslFilterNode *node, NslFilterType type)
{
	if (node->kind != NSL_FILTER_LITERAL)
		return;
	if (node->value.type == NSL_FILTER_TEXT) {
		GString *text = g_string_new(NULL);

		nsl_text_to_utf8(text, node->text, strlen(node->text));
		g_free(node->text);
		node->text = g_string_free(text, FALSE);
		node->value.text = node->text;
	}
	node->value = nsl_filter_value_cast(node->value, type);
}

/* The reason, and where in the pattern it is, which GRegex has in its message alone. */
static const char *explain(const GError *error, const char *pattern, gsize *ret_offset)
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

/* `place` is where the pattern stands in the expression. */
static bool compile(const Parser *parser, NslFilterNode *node, const char *place)
{
	g_autofree char *bounded = g_strconcat(LIMITS, node->text, NULL);
	g_autoptr(GError) error = NULL;
	const char *invalid;
	const char *reason;
	gsize offset;

	if (!g_utf8_validate(node->text, -1, &invalid))
		return nsl_filter_refuse(&parser->scanner, place + (invalid - node->text),
					 "the regular expression is not UTF-8");
	/*
	 * As in POSIX: "." is any character, and "$" the end. Compiled to machine code it is not
	 * just faster: "\\s+$" on many blanks takes as long as there are, not their square.
	 */
	node->regex = g_regex_new(
		bounded, G_REGEX_DOTALL | G_REGEX_DOLLAR_ENDONLY | G_REGEX_OPTIMIZE, 0, &error);
	if (node->regex)
		return true;
	reason = explain(error, node->text, &offset);
	return nsl_filter_refuse(&parser->scanner, place + offset,
				 "the regular expression is wrong: %s", reason);
}

static bool compile_operand(const Parser *parser, NslFilterNode *operand, const char *place)
{
	if (operand->kind != NSL_FILTER_LITERAL || operand->value.type != NSL_FILTER_TEXT)
		return nsl_filter_refuse(&parser->scanner, place,
					 "there has to be a regular expression in quotes here");
	/* Behind its quote, which may be in parentheses. */
	return compile(parser, operand, strpbrk(place, "\"'") + 1);
}

/* The comparison has its first operand, the scanner is at its operator. */
static bool complete(Parser *parser, NslFilterNode *comparison)
{
	NslFilterNode *first = comparison->first;
	NslFilterNode *second;
	const char *place;

	if (!nsl_filter_advance(&parser->scanner))
		return false;
	place = parser->scanner.start;
	second = parse_negated(parser);
	if (!second)
		return false;
	first->next = second;
	if (is_match(comparison->kind)) {
		comparison->as = NSL_FILTER_TEXT;
		settle(first, comparison->as);
		return compile_operand(parser, second, place);
	}
	comparison->as = common_type(first, second);
	settle(first, comparison->as);
	settle(second, comparison->as);
	return true;
}

static NslFilterNode *parse_comparison(Parser *parser)
{
	const char *start = parser->scanner.start;
	bool negated = parser->scanner.kind == NSL_FILTER_NOT;
	NslFilterNode *node = parse_negated(parser);

	if (!node || !nsl_filter_is_comparison(parser->scanner.kind))
		return node;
	if (negated)
		return wrong(parser, start, "put what this negates in parentheses");
	node = add_node(parser, parser->scanner.kind, node);
	if (!complete(parser, node))
		return NULL;
	if (nsl_filter_is_comparison(parser->scanner.kind))
		return wrong(parser, parser->scanner.start,
			     "comparisons do not chain; join them with \"and\"");
	return node;
}

/* One operand, or a list of them. */
static NslFilterNode *parse_list(Parser *parser, NslFilterKind kind,
				 NslFilterNode *(*parse)(Parser *parser))
{
	NslFilterNode *last = parse(parser);
	NslFilterNode *node = last;

	if (!node || parser->scanner.kind != kind)
		return node;
	node = add_node(parser, kind, last);
	while (parser->scanner.kind == kind) {
		if (!nsl_filter_advance(&parser->scanner))
			return NULL;
		last->next = parse(parser);
		if (!last->next)
			return NULL;
		last = last->next;
	}
	return node;
}

static NslFilterNode *parse_and(Parser *parser)
{
	return parse_list(parser, NSL_FILTER_AND, parse_comparison);
}

static NslFilterNode *parse_or(Parser *parser)
{
	return parse_list(parser, NSL_FILTER_OR, parse_and);
}

static NslFilterNode *parse_all(Parser *parser)
{
	const char *expression = parser->scanner.expression;
	NslFilterNode *node;

	if (strlen(expression) > MAX_SIZE)
		return wrong(parser, expression + MAX_SIZE, "the expression is too long");
	if (!nsl_filter_advance(&parser->scanner))
		return NULL;
	node = parse_or(parser);
	if (!node || parser->scanner.kind == NSL_FILTER_END)
		return node;
	return wrong(parser, parser->scanner.start,
		     parser->scanner.kind == NSL_FILTER_CLOSE
			     ? "there is no parenthesis that this closes"
			     : "there has to be an operator here");
}

NslFilterNode *nsl_filter_parse(const char *expression, GPtrArray *nodes, GError **error)
{
	Parser parser = {
		.scanner = {.expression = expression, .at = expression, .error = error},
		.nodes = nodes,
	};
	NslFilterNode *root = parse_all(&parser);

	g_free(parser.scanner.text);
	return root;
}

static void free_node(gpointer data)
{
	NslFilterNode *node = data;

	g_clear_pointer(&node->regex, g_regex_unref);
	g_free(node->text);
	g_free(node);
}

GPtrArray *nsl_filter_nodes_new(void)
{
	return g_ptr_array_new_with_free_func(free_node);
}
