/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of compare: when rounds of --watch begin. All else takes a system that changes:
 * live/watch.
 */
#include "compare.h"

#include "test.h"

/* Rounds begin at multiples of the interval after the first, and none is made up for. */
TEST(next)
{
	static const struct {
		gint64 last;
		gint64 interval;
		gint64 now;
		gint64 expected;
	} cases[] = {
		{1000, 100, 1000, 1100}, /* it took no time */
		{1000, 100, 1001, 1100},
		{1000, 100, 1099, 1100},
		{1000, 100, 1100, 1200}, /* just as long: the next one is not late */
		{1000, 100, 1101, 1200},
		{1000, 100, 1850, 1900},
		{1000, 100, 1899, 1900},
		{1000, 100, 1900, 2000},
		{1000, 100, 999, 1100}, /* a clock that goes back would not stop it */
		{0, 1, 0, 1},
		{0, 1, 5, 6},
		{5, 7, 30, 33},
		{0, G_MAXINT32, 1, G_MAXINT32},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpint(nsl_watch_next(cases[i].last, cases[i].interval, cases[i].now), ==,
				cases[i].expected);
}
