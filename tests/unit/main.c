/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main() of each unit test: runs what the module's file has added by TEST().
 */
#include "test.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static GSList *tests;
static const char *root_reason;

static gint compare_lines(gconstpointer a, gconstpointer b)
{
	return (gint)((const UnitTest *)a)->line - (gint)((const UnitTest *)b)->line;
}

/* Constructors run in whatever order the compiler likes. */
void unit_add(const UnitTest *test)
{
	tests = g_slist_insert_sorted(tests, (gpointer)test, compare_lines);
}

void unit_need_root(const char *what)
{
	root_reason = what;
}

int main(int argc, char **argv)
{
	g_autofree char *module = NULL;

	umask(022);
	g_test_init(&argc, &argv, NULL);
	if (root_reason && geteuid() != 0) {
		g_print("1..0 # SKIP %s\n", root_reason);
		return 77;
	}
	module = g_path_get_basename(g_get_prgname());
	if (!tests || !g_str_has_prefix(module, "test_"))
		g_error("%s: there is no test", module);
	for (const GSList *item = tests; item; item = item->next) {
		const UnitTest *test = item->data;
		g_autofree char *path =
			g_strdup_printf("/%s/%s", module + strlen("test_"), test->name);

		g_test_add_func(path, test->run);
	}
	g_slist_free(g_steal_pointer(&tests));
	return g_test_run();
}
