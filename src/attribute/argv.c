/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What arguments claim: see argv.h. Which program it is that they are of; each is in the table of
 * argv_monitors.c or argv_sandboxes.c.
 */
#include "attribute/argv.h"

#include <string.h>

#include "attribute/argv_monitors.h"
#include "attribute/argv_sandboxes.h"
#include "attribute/argv_words.h"

void nsl_claim_clear(NslClaim *claim)
{
	nsl_identity_clear(&claim->identity);
	g_free(claim->containerd_ns);
	g_free(claim->bundle);
	g_free(claim->root);
	g_free(claim->state);
	*claim = (NslClaim){0};
}

/* `pattern` as in NslProgram. */
static bool is_called(const char *name, const char *pattern)
{
	gsize size = strlen(pattern) - 1;

	return pattern[size] == '*' ? strncmp(name, pattern, size) == 0
				    : strcmp(name, pattern) == 0;
}

bool nsl_claim_is_of(const NslClaim *claim, const char *name)
{
	return claim->program && is_called(name, claim->program);
}

static const NslProgram *find_in(const NslProgram *table, const char *name)
{
	for (const NslProgram *program = table; program->name; program++)
		if (is_called(name, program->name))
			return program;
	return NULL;
}

static const NslProgram *find_program(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	const NslProgram *program = find_in(nsl_argv_monitors, name);

	return program ? program : find_in(nsl_argv_sandboxes, name);
}

/* Most command lines are nobody's: told without taking them apart. */
static bool is_worth_a_look(const char *bytes, gsize size)
{
	gsize start = MIN(size, 4096);
	g_autofree char *program = g_strndup(bytes, start);

	return find_program(program) || g_str_has_prefix(program, "[lxc monitor]") ||
	       memmem(bytes, start, "-type=", strlen("-type=")) ||
	       memmem(bytes, start, "-contentproc", strlen("-contentproc"));
}

void nsl_argv_parse(const char *bytes, gsize size, NslClaim *claim)
{
	g_auto(NslWords) words = {0};
	const NslProgram *program;
	const char *first;

	*claim = (NslClaim){0};
	if (size == 0 || !is_worth_a_look(bytes, size))
		return;
	nsl_words_init(&words, bytes, size);
	first = nsl_words_next(&words);
	if (!first || nsl_argv_parse_lxc_title(first, claim))
		return;
	program = find_program(first);
	if (!program) {
		nsl_argv_parse_browser(&words, claim);
		return;
	}
	claim->kind = program->kind;
	claim->identity.runtime = program->runtime;
	claim->program = program->name;
	if (!program->parse(program, &words, claim))
		nsl_claim_clear(claim);
}
