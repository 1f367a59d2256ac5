/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values of filters: see filter_value.h.
 */
#include "report/filter_value.h"

#include <string.h>

#include "base/procfs_parse.h"

NslFilterValue nsl_filter_value_text(const char *text)
{
	return (NslFilterValue){.type = NSL_FILTER_TEXT, .text = text};
}

NslFilterValue nsl_filter_value_truth(bool truth)
{
	return (NslFilterValue){
		.type = NSL_FILTER_TRUTH,
		.text = truth ? "true" : "false",
		.truth = truth,
	};
}

/* Neither signs nor exponents: the language has none. */
static bool read_real(const char *text, double *ret_real)
{
	char *end;

	if (!g_ascii_isdigit(text[0]) || text[strspn(text, "0123456789.")] != '\0')
		return false;
	*ret_real = g_ascii_strtod(text, &end);
	return *end == '\0';
}

static bool is_yes(const char *text)
{
	static const char *const yes[] = {"1", "true", "yes", "y"};

	for (guint i = 0; i < G_N_ELEMENTS(yes); i++)
		if (g_ascii_strcasecmp(text, yes[i]) == 0)
			return true;
	return false;
}

static NslFilterValue to_number(NslFilterValue value)
{
	if (value.type == NSL_FILTER_TRUTH)
		value.number = value.truth ? 1 : 0;
	else if (value.type != NSL_FILTER_TEXT ||
		 !nsl_parse_number(value.text, strlen(value.text), G_MAXUINT64, &value.number))
		value.absent = true;
	return value;
}

static NslFilterValue to_real(NslFilterValue value)
{
	if (value.type == NSL_FILTER_TRUTH)
		value.real = value.truth ? 1 : 0;
	else if (value.type == NSL_FILTER_NUMBER)
		value.real = (double)value.number;
	else if (!read_real(value.text, &value.real))
		value.absent = true;
	return value;
}

NslFilterValue nsl_filter_value_cast(NslFilterValue value, NslFilterType type)
{
	if (value.absent || value.type == type)
		return value;
	switch (type) {
	case NSL_FILTER_TEXT:
		break;
	case NSL_FILTER_NUMBER:
		value = to_number(value);
		break;
	case NSL_FILTER_REAL:
		value = to_real(value);
		break;
	case NSL_FILTER_TRUTH:
		return nsl_filter_value_truth(value.type == NSL_FILTER_TEXT
						      ? is_yes(value.text)
						      : nsl_filter_value_is_true(&value));
	}
	value.type = type;
	return value;
}

bool nsl_filter_value_is_true(const NslFilterValue *value)
{
	if (value->absent)
		return false;
	switch (value->type) {
	case NSL_FILTER_TEXT:
		return value->text[0] != '\0';
	case NSL_FILTER_NUMBER:
		return value->number != 0;
	case NSL_FILTER_REAL:
		return value->real > 0;
	case NSL_FILTER_TRUTH:
		return value->truth;
	}
	return false;
}

int nsl_filter_value_order(const NslFilterValue *a, const NslFilterValue *b)
{
	switch (a->type) {
	case NSL_FILTER_TEXT:
		return strcmp(a->text, b->text);
	case NSL_FILTER_NUMBER:
		return (a->number > b->number) - (a->number < b->number);
	case NSL_FILTER_REAL:
		return (a->real > b->real) - (a->real < b->real);
	case NSL_FILTER_TRUTH:
		return a->truth - b->truth;
	}
	return 0;
}
