/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes nsl_parse_ns_link() and nsl_parse_number(). What has to hold: a link is its type, its
 * inode and nothing else, the type without ':'; GLib's own reader agrees about numbers, for every
 * maximum; what fails leaves the result alone.
 */
#include "fuzz.h"

#include "base/procfs_parse.h"

static void check_number(const char *text, gsize size, guint64 max)
{
	g_autofree char *copy = g_strndup(text, size);
	bool digits = strspn(copy, "0123456789") == size; /* GLib lets a vertical tab go before */
	guint64 number = 42;
	guint64 expected = 42;
	bool valid = nsl_parse_number(text, size, max, &number);

	g_assert_true(valid ==
		      (digits && g_ascii_string_to_unsigned(copy, 10, 0, max, &expected, NULL)));
	g_assert_cmpuint(number, ==, valid ? expected : 42);
}

void fuzz_one(const guint8 *data, gsize size)
{
	static const guint64 limits[] = {0, 9, NSL_PID_MAX, G_MAXUINT32, G_MAXINT64, G_MAXUINT64};
	const char *text = (const char *)data;
	gsize type_size = 0;
	guint64 inode = 42;

	for (gsize i = 0; i < G_N_ELEMENTS(limits); i++)
		check_number(text, size, limits[i]);
	if (nsl_parse_ns_link(text, size, &type_size, &inode)) {
		guint64 again;

		g_assert_true(type_size > 0 && type_size + 4 <= size);
		g_assert_null(memchr(text, ':', type_size));
		g_assert_true(memcmp(text + type_size, ":[", 2) == 0 && text[size - 1] == ']');
		g_assert_true(nsl_parse_number(text + type_size + 2, size - type_size - 3,
					       G_MAXUINT64, &again));
		g_assert_cmpuint(again, ==, inode);
	} else {
		g_assert_true(type_size == 0 && inode == 42);
	}
}
