/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tests of attribute/argv_words.
 */
#include "attribute/argv_words.h"

#include <string.h>

#include "attribute/argv.h"

static const char *const names[] = {"name", "id", NULL};
static const NslSyntax getopt_like = {"nM", names, false};
static const NslSyntax go_like = {NULL, names, true};

/* The options and the first word behind them: "n=x machine=y <word>". */
static char *scan(const char *bytes, gsize size, const NslSyntax *syntax)
{
	g_auto(NslWords) words = {0};
	g_autoptr(GString) out = g_string_new(NULL);
	const char *name;
	const char *value;

	nsl_words_init(&words, bytes, size);
	while (nsl_words_option(&words, syntax, &name, &value))
		g_string_append_printf(out, value ? "%s=%s " : "%s ", name, value);
	value = nsl_words_next(&words);
	g_string_append_printf(out, "<%s>", value ? value : "");
	return g_string_free(g_steal_pointer(&out), FALSE);
}

#define SCAN(bytes, syntax, expected)                                                              \
	G_STMT_START                                                                               \
	{                                                                                          \
		g_autofree char *found = scan(bytes, sizeof(bytes) - 1, syntax);                   \
		g_assert_cmpstr(found, ==, expected);                                              \
	}                                                                                          \
	G_STMT_END

static void test_getopt(void)
{
	SCAN("-n\0x\0--name\0y\0--name=z\0word\0-n\0q", &getopt_like, "n=x name=y name=z <word>");
	SCAN("-abnx\0-abn\0y\0-n-x\0w", &getopt_like, "a b n=x a b n=y n=-x <w>");
	SCAN("--flag\0--flag=v\0--name\0--\0-", &getopt_like, "flag flag=v name=-- <->");
	SCAN("-a\0--\0-n\0x", &getopt_like, "a <-n>");
	SCAN("--name=\0w", &getopt_like, "name= <w>");
}

static void test_go(void)
{
	SCAN("-id\0x\0--id\0y\0-id=z\0-debug\0word", &go_like, "id=x id=y id=z debug <word>");
}

/* What is missing or empty. */
static void test_ends(void)
{
	SCAN("", &getopt_like, "<>");
	SCAN("\0\0", &getopt_like, "<>");
	SCAN("-n", &getopt_like, "n <>");
	SCAN("--name\0", &getopt_like, "name <>");
	SCAN("-id", &go_like, "id <>");
	SCAN("--=x\0w", &getopt_like, "=x <w>");
}

static void test_long_names(void)
{
	g_autofree char *name = g_strnfill(100000, 'x');
	g_autofree char *option = g_strdup_printf("--%s=v", name);
	g_autofree char *found = scan(option, strlen(option), &getopt_like);

	g_assert_true(g_str_has_suffix(found, "=v <>"));
	g_assert_cmpuint(strlen(found), <, 100);
}

/* At the limit the last argument may be a part of one. */
static void test_cut(void)
{
	g_autofree char *bytes = g_strnfill(NSL_ARGV_MAX + 10, 'x');
	g_auto(NslWords) words = {0};
	g_auto(NslWords) whole = {0};

	bytes[4] = '\0';
	nsl_words_init(&words, bytes, NSL_ARGV_MAX + 10);
	g_assert_cmpuint(words.list->len, ==, 1);
	nsl_words_init(&whole, bytes, NSL_ARGV_MAX - 1);
	g_assert_cmpuint(whole.list->len, ==, 2);
}

static void test_title(void)
{
	static const char title[] = "/opt/My App/app --type=renderer --x=a b -y";
	g_auto(NslWords) words = {0};

	nsl_words_init(&words, title, sizeof(title) - 1);
	nsl_words_split_title(&words);
	g_assert_cmpstr(nsl_words_next(&words), ==, "/opt/My App/app");
	g_assert_cmpstr(nsl_words_next(&words), ==, "--type=renderer");
	g_assert_cmpstr(nsl_words_next(&words), ==, "--x=a b");
	g_assert_cmpstr(nsl_words_next(&words), ==, "-y");
	g_assert_null(nsl_words_next(&words));
}

static void test_among(void)
{
	g_assert_true(nsl_word_is_among("a", "a"));
	g_assert_true(nsl_word_is_among("b", "ab b c"));
	g_assert_true(nsl_word_is_among("c", "ab b c"));
	g_assert_false(nsl_word_is_among("a", "ab b c"));
	g_assert_false(nsl_word_is_among("", "ab b c"));
	g_assert_false(nsl_word_is_among("b c", "x"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/argv_words/getopt", test_getopt);
	g_test_add_func("/argv_words/go", test_go);
	g_test_add_func("/argv_words/ends", test_ends);
	g_test_add_func("/argv_words/long-names", test_long_names);
	g_test_add_func("/argv_words/cut", test_cut);
	g_test_add_func("/argv_words/title", test_title);
	g_test_add_func("/argv_words/among", test_among);
	return g_test_run();
}
