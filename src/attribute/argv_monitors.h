/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shims and monitors of container engines, for argv.c: whose children are a container's first
 * processes. Pure.
 */
#pragma once

#include "attribute/argv_words.h"

/* Ends with a row without a name. */
extern const NslProgram nsl_argv_monitors[];

/* "[lxc monitor] PATH NAME": what LXC, LXD and Incus have in place of arguments. */
bool nsl_argv_parse_lxc_title(const char *title, NslClaim *claim);
