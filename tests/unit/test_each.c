/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of base/each: loops see each element once, in order, and are left and continued.
 */
#include "base/each.h"

#include "test.h"

TEST(elements)
{
	static const char *const words[] = {"a", "skip", "b", "stop", "c"};
	g_autoptr(GPtrArray) array = g_ptr_array_new();
	g_autoptr(GString) seen = g_string_new(NULL);

	NSL_EACH (const char, word, array)
		g_error("%s", word);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		g_ptr_array_add(array, (gpointer)words[i]);
	NSL_EACH (const char, outer, array) {
		NSL_EACH (const char, word, array) {
			if (g_str_equal(word, "skip"))
				continue;
			if (g_str_equal(word, "stop"))
				break;
			g_string_append(seen, word);
		}
		g_string_append_printf(seen, "(%s)", outer);
	}
	g_assert_cmpstr(seen->str, ==, "ab(a)ab(skip)ab(b)ab(stop)ab(c)");
}

TEST(places)
{
	g_autoptr(GArray) array = g_array_new(FALSE, FALSE, sizeof(guint64));
	guint64 sum = 0;

	NSL_EACH_IN (guint64, number, array)
		g_error("%" G_GUINT64_FORMAT, *number);
	for (guint64 i = 1; i <= 4; i++)
		g_array_append_val(array, i);
	NSL_EACH_IN (guint64, number, array)
		*number *= 10;
	NSL_EACH_IN (const guint64, number, array)
		sum += *number;
	g_assert_cmpuint(sum, ==, 100);
}

TEST(keys)
{
	static const char *const words[] = {"a", "b", "c"};
	g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	guint n = 0;

	NSL_EACH_KEY (const char, word, set)
		g_error("%s", word);
	for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
		g_hash_table_add(set, (gpointer)words[i]);
	NSL_EACH_KEY (char, word, set) {
		if (g_str_equal(word, "b"))
			continue;
		g_assert_true(g_hash_table_add(seen, word));
	}
	g_assert_cmpuint(g_hash_table_size(seen), ==, 2);
	NSL_EACH_KEY (const char, word, set) {
		g_assert_nonnull(word);
		n++;
		break;
	}
	g_assert_cmpuint(n, ==, 1);
}
