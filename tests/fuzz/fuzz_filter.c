/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes report/filter: an expression is scanned, parsed, and applied to a few rows. What has to
 * hold: what is refused is said in three lines of UTF-8, the last of them a "^"; what holds for a
 * row does not hold negated, and one of the two does, unless it was too costly to tell; applied
 * once more it keeps all rows.
 */
#include "fuzz.h"

#include "base/sys.h"
#include "report/filter.h"

#define NET G_GUINT64_CONSTANT(4026532676)

static NslSnapshot *make_snapshot(void)
{
	static const char *const commands[] = {"nginx: worker", "sh -c \"true\"", "7",
					       "awk\t\x1b[m \xe6\xbc\xa2 \xff"};
	NslSnapshot *snapshot = nsl_snapshot_new();

	snapshot->reference = NSL_REFERENCE_PID1;
	for (guint32 i = 0; i < G_N_ELEMENTS(commands); i++) {
		NslProcess *process = nsl_snapshot_add_process(snapshot, 10 * (i + 1));

		process->command = g_strdup(commands[i]);
		process->has_status = i % 2;
		process->uid = i;
		process->user = i == 1 ? g_strdup("www-data") : NULL;
		nsl_process_join(process, nsl_snapshot_add(snapshot, NSL_NSTYPE_NET, NET));
		nsl_process_join(process, nsl_snapshot_add(snapshot, NSL_NSTYPE_UTS, NET + 1 + i));
	}
	nsl_namespace_add_name(nsl_snapshot_get(snapshot, NSL_NSTYPE_NET, NET), "blue");
	nsl_snapshot_add(snapshot, NSL_NSTYPE_MNT, NET + 9);
	nsl_snapshot_freeze(snapshot);
	return snapshot;
}

static void check_refusal(const GError *error)
{
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
	g_autofree char *place = NULL;

	g_assert_true(g_error_matches(error, NSL_ERROR, NSL_ERROR_SYNTAX));
	g_assert_true(g_utf8_validate(error->message, -1, NULL));
	g_assert_cmpuint(g_strv_length(lines), ==, 3);
	place = g_strstrip(g_strdup(lines[2]));
	g_assert_cmpstr(place, ==, "^");
}

/* How many rows are left; `ret_sure`: that could be told of all of them. */
static guint apply(const NslSnapshot *snapshot, const NslFilter *filter, bool *ret_sure)
{
	g_autoptr(NslSelection) selection = nsl_selection_new();
	g_autoptr(NslView) view = nsl_view_new(snapshot, selection);
	g_autofree char *warning = nsl_filter_apply(filter, view);
	guint n = view->rows->len;

	*ret_sure = !warning;
	if (!warning) {
		g_autofree char *again = nsl_filter_apply(filter, view);

		g_assert_true(again || view->rows->len == n);
	}
	return n;
}

static void check(const char *expression, const NslFilter *filter)
{
	g_autoptr(NslSnapshot) snapshot = make_snapshot();
	g_autofree char *negated = g_strdup_printf("!(%s)", expression);
	g_autoptr(NslFilter) everything = nsl_filter_new();
	g_autoptr(NslFilter) opposite = nsl_filter_new();
	bool sure;
	bool opposite_sure;
	guint all = apply(snapshot, everything, &sure);
	guint n = apply(snapshot, filter, &sure);

	g_assert_cmpuint(n, <=, all);
	/* It may be too long, or nested too deeply, by that. */
	if (sure && nsl_filter_add(opposite, negated, NULL)) {
		guint rest = apply(snapshot, opposite, &opposite_sure);

		g_assert_true(!opposite_sure || n + rest == all);
	}
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *expression = fuzz_text(data, size);
	g_autoptr(NslFilter) filter = nsl_filter_new();
	g_autoptr(GError) error = NULL;

	if (nsl_filter_add(filter, expression, &error)) {
		g_assert_no_error(error);
		check(expression, filter);
	} else {
		check_refusal(error);
	}
}
