/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Programs that make sandboxes, and those that sandbox themselves, for argv.c. Pure.
 */
#pragma once

#include "attribute/argv_words.h"

/* Ends with a row without a name. */
extern const NslProgram nsl_argv_sandboxes[];

/*
 * What is told by an option, whatever the program is called: a browser's sandboxed processes.
 * `words` are at their beginning; there is one at least.
 */
bool nsl_argv_parse_browser(NslWords *words, NslClaim *claim);
