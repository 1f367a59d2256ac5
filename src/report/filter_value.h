/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The values that a filter compares: text, numbers and truths, and how one becomes the other, as
 * libsmartcols does it (scols-filter(5)). Where they come from is not known here.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

typedef enum NslFilterType {
	NSL_FILTER_TEXT,
	NSL_FILTER_NUMBER,
	NSL_FILTER_REAL,
	NSL_FILTER_TRUTH,
} NslFilterType;

typedef struct NslFilterValue {
	NslFilterType type;
	bool absent;	  /* there is none: the rest does not matter */
	const char *text; /* UTF-8, of whatever type: how it is written; transfer none */
	union {
		guint64 number;
		double real;
		bool truth;
	};
} NslFilterValue;

/* `text` must live as long as the value. What is made of "" is not absent. */
NslFilterValue nsl_filter_value_text(const char *text);
NslFilterValue nsl_filter_value_truth(bool truth);

/*
 * The same as another type. Text is a number where it is written as one in decimal, and true where
 * it is "1", "true", "yes" or "y"; a number is true where it is not 0. What cannot be one is
 * absent.
 */
NslFilterValue nsl_filter_value_cast(NslFilterValue value, NslFilterType type);

/* On its own: text that is not empty, a number other than 0. */
bool nsl_filter_value_is_true(const NslFilterValue *value);

/* < 0, 0 or > 0, of two of one type, neither of them absent; text by its bytes. */
int nsl_filter_value_order(const NslFilterValue *a, const NslFilterValue *b);
