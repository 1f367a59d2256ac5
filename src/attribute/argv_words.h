/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Command lines as words, and options among them, whatever conventions the program has for those;
 * and what a row about a program is. For argv*.c alone. Pure.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#include "attribute/argv.h"

typedef struct NslWords {
	char *text;	     /* of all of them */
	GPtrArray *list;     /* const char *, into it */
	guint at;	     /* the next to be looked at */
	const char *cluster; /* letters that are left of "-abc"; NULL: none */
	char option[64];
} NslWords;

/* How a program's options look. Of those that are not listed none takes a value. */
typedef struct NslSyntax {
	const char *letters;	  /* that take a value: "-M x", "-Mx"; NULL: none */
	const char *const *names; /* that take a value: "--machine x"; ends with NULL; or NULL */
	bool go;		  /* "-id x" is "--id x", as Go's flag package has it */
} NslSyntax;

/*
 * Splits a command line with a NUL between the arguments, or after each. One that was cut short
 * (NSL_ARGV_MAX) is without its last argument, which may be a part of one.
 */
void nsl_words_init(NslWords *words, const char *bytes, gsize size);
void nsl_words_clear(NslWords *words);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(NslWords, nsl_words_clear)

/*
 * Some programs overwrite their arguments by one string: splits that where an option begins, so
 * that a program's path may have spaces.
 */
void nsl_words_split_title(NslWords *words);

/* The next word, or NULL at the end. */
const char *nsl_words_next(NslWords *words);

/*
 * The next option, without its dashes ("M", "machine"), and its value or NULL; the name lives until
 * the next call. False at the first word that is none; "--" is passed over.
 */
bool nsl_words_option(NslWords *words, const NslSyntax *syntax, const char **ret_name,
		      const char **ret_value);

/* Whether it is one of the names, which are separated by one space each. */
bool nsl_word_is_among(const char *word, const char *names);

/* A program whose arguments make a claim. */
typedef struct NslProgram NslProgram;
struct NslProgram {
	const char
		*name; /* the last part of what it calls itself; with a '*' at the end: a prefix */
	NslClaimKind kind;
	const char *runtime;
	/*
	 * Fills the claim, which has kind and runtime, from the words behind the program's name.
	 * False: it is none.
	 */
	bool (*parse)(const NslProgram *program, NslWords *words, NslClaim *claim);
	NslSyntax syntax;
};

/* Has a member of a claim be `value` (transfer full; may be NULL) in place of what it was. */
static inline void nsl_claim_put(char **string, char *value)
{
	g_free(*string);
	*string = value;
}
