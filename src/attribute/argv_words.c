/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Command lines as words: see argv_words.h.
 */
#include "attribute/argv_words.h"

#include <string.h>

void nsl_words_init(NslWords *words, const char *bytes, gsize size)
{
	bool cut = size >= NSL_ARGV_MAX;
	gsize at = 0;

	*words = (NslWords){.list = g_ptr_array_new()};
	size = MIN(size, NSL_ARGV_MAX);
	words->text = g_malloc(size + 1);
	if (size > 0)
		memcpy(words->text, bytes, size);
	words->text[size] = '\0';
	while (at < size) {
		g_ptr_array_add(words->list, words->text + at);
		at += strlen(words->text + at) + 1;
	}
	/* The last one's NUL is the one that was put behind all of it. */
	if (cut && at > size && words->list->len > 0)
		g_ptr_array_set_size(words->list, (gint)words->list->len - 1);
}

void nsl_words_clear(NslWords *words)
{
	g_free(words->text);
	if (words->list)
		g_ptr_array_unref(words->list);
	*words = (NslWords){0};
}

void nsl_words_split_title(NslWords *words)
{
	char *at;

	if (words->list->len != 1)
		return;
	at = words->text;
	while ((at = strstr(at, " -"))) {
		*at++ = '\0';
		g_ptr_array_add(words->list, at);
	}
}

const char *nsl_words_next(NslWords *words)
{
	if (words->at >= words->list->len)
		return NULL;
	return g_ptr_array_index(words->list, words->at++);
}

static bool is_named(const NslSyntax *syntax, const char *name)
{
	return syntax->names && g_strv_contains(syntax->names, name);
}

/* "-abc": one letter a call, until one takes what is left, or the next word. */
static void take_letter(NslWords *words, const NslSyntax *syntax, const char **ret_value)
{
	char letter = *words->cluster++;

	words->option[0] = letter;
	words->option[1] = '\0';
	if (syntax->letters && strchr(syntax->letters, letter)) {
		*ret_value = *words->cluster ? words->cluster : nsl_words_next(words);
		words->cluster = NULL;
	} else if (*words->cluster == '\0') {
		words->cluster = NULL;
	}
}

static void take_name(NslWords *words, const NslSyntax *syntax, const char *name,
		      const char **ret_value)
{
	gsize size = strcspn(name, "=");

	/* One that is longer is none that anybody asks for, and takes no value. */
	g_strlcpy(words->option, name, MIN(size + 1, sizeof(words->option)));
	if (name[size] == '=')
		*ret_value = name + size + 1;
	else if (size < sizeof(words->option) && is_named(syntax, words->option))
		*ret_value = nsl_words_next(words);
}

bool nsl_words_option(NslWords *words, const NslSyntax *syntax, const char **ret_name,
		      const char **ret_value)
{
	const char *word;

	*ret_name = words->option;
	*ret_value = NULL;
	if (words->cluster) {
		take_letter(words, syntax, ret_value);
		return true;
	}
	if (words->at >= words->list->len)
		return false;
	word = g_ptr_array_index(words->list, words->at);
	if (word[0] != '-' || word[1] == '\0')
		return false;
	words->at++;
	if (strcmp(word, "--") == 0)
		return false;
	if (word[1] == '-' || syntax->go) {
		take_name(words, syntax, word + (word[1] == '-' ? 2 : 1), ret_value);
	} else {
		words->cluster = word + 1;
		take_letter(words, syntax, ret_value);
	}
	return true;
}

bool nsl_word_is_among(const char *word, const char *names)
{
	gsize size = strlen(word);
	const char *at = names;

	while (size > 0 && (at = strstr(at, word))) {
		if ((at == names || at[-1] == ' ') && (at[size] == ' ' || at[size] == '\0'))
			return true;
		at += size;
	}
	return false;
}
