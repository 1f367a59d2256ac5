/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes attribute/argv_words: command lines as words and options. The first byte chooses the
 * program's conventions. What has to hold: the words, with a NUL after each, are the bytes; each
 * call takes something, so that it ends; an option's value is a piece of the command line.
 */
#include "fuzz.h"

#include "attribute/argv_words.h"

static const char *const names[] = {"id", "machine", "root", "a", NULL};

static const NslSyntax syntaxes[] = {
	{NULL, NULL, false}, {"Mabc", names, false}, {"M", names, true}, {NULL, names, true}};

static void check_split(const NslWords *words, const char *bytes, gsize size)
{
	g_autoptr(GString) together = g_string_new(NULL);

	for (guint i = 0; i < words->list->len; i++) {
		g_string_append(together, g_ptr_array_index(words->list, i));
		g_string_append_c(together, '\0');
	}
	if (size > 0 && bytes[size - 1] != '\0')
		size++; /* the last one's NUL was not there */
	g_assert_cmpuint(together->len, ==, size);
	if (size > 0)
		g_assert_cmpmem(together->str, size - 1, bytes, size - 1);
}

static void check_options(NslWords *words, const NslSyntax *syntax, gsize size)
{
	const char *end = words->text + size;
	const char *name;
	const char *value;
	gsize n = 0;

	do {
		while (nsl_words_option(words, syntax, &name, &value)) {
			g_assert_cmpuint(++n, <=, size + 1);
			g_assert_cmpuint(strlen(name), <, sizeof(words->option));
			if (value)
				g_assert_true(value >= words->text && value <= end);
		}
	} while (nsl_words_next(words));
	g_assert_cmpuint(words->at, ==, words->list->len);
}

void fuzz_one(const guint8 *data, gsize size)
{
	FuzzInput input = {data, size};
	guint8 kind = fuzz_byte(&input);
	const NslSyntax *syntax = &syntaxes[kind % G_N_ELEMENTS(syntaxes)];
	const char *bytes = (const char *)input.at;
	g_auto(NslWords) words = {0};

	nsl_words_init(&words, bytes, input.left);
	check_split(&words, bytes, input.left);
	if (kind & 0x80)
		nsl_words_split_title(&words);
	check_options(&words, syntax, input.left);
}
