/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_options_parse(): the arguments, a NUL after each. What has to hold: there are options
 * or an error that says something; formats, columns and types are ones that there are; there are no
 * more selectors than arguments; the same arguments give the same once more.
 */
#include "fuzz.h"

#include "base/sys.h"
#include "options.h"

#define MAX_ARGUMENTS 64

static NslOptions *parse(const guint8 *data, gsize size, char **keep, GError **error)
{
	char *argv[MAX_ARGUMENTS + 2] = {(char *)"nslist"};
	int argc = 1;

	*keep = fuzz_bytes(data, size);
	for (gsize at = 0; at < size && argc <= MAX_ARGUMENTS; at += strlen(*keep + at) + 1)
		argv[argc++] = *keep + at;
	return nsl_options_parse(argc, argv, error);
}

static void check(const NslOptions *options, gsize size)
{
	g_assert_true(options->format >= 0 && options->format < NSL_FORMAT_COUNT);
	g_assert_true(options->color < NSL_WHEN_COUNT);
	g_assert_true(options->fold < NSL_WHEN_COUNT);
	g_assert_cmpuint(options->selection->selectors->len, <=, MAX_ARGUMENTS);
	g_assert_cmpuint(options->selection->selectors->len, <=, size);
	g_assert_cmpuint(options->selection->types & ~NSL_NSTYPES_ALL, ==, 0);
	g_assert_cmpuint(options->selection->types, !=, 0);
	for (guint i = 0; options->output && i < options->output->len; i++)
		g_assert_cmpint(g_array_index(options->output, NslColumn, i), <, NSL_COLUMN_COUNT);
	for (guint i = 0; i < options->selection->tasks->len; i++)
		g_assert_cmpuint(g_array_index(options->selection->tasks, guint32, i), >, 0);
}

void fuzz_one(const guint8 *data, gsize size)
{
	g_autofree char *words = NULL;
	g_autofree char *words_again = NULL;
	g_autoptr(GError) error = NULL;
	g_autoptr(GError) error_again = NULL;
	g_autoptr(NslOptions) options = parse(data, size, &words, &error);
	g_autoptr(NslOptions) again = parse(data, size, &words_again, &error_again);

	g_assert_true(!options == !again && !options == (error != NULL));
	if (!options) {
		g_assert_true(error->domain == NSL_ERROR && error->message[0] != '\0');
		g_assert_cmpstr(error->message, ==, error_again->message);
		return;
	}
	check(options, size);
	g_assert_true(options->format == again->format && options->raw == again->raw &&
		      options->no_cut == again->no_cut && options->strict == again->strict &&
		      options->selection->types == again->selection->types);
}
