/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/*
 * What the files of nsmake have in common: reading arguments, printing, and the modes. For nsmake
 * alone.
 */

#include "nsinfo.h"

/* The variable that tells a process which nsmake executed again what it is to be. */
#define NSL_NSMAKE_STAGE "NSMAKE_STAGE"

/* Ends nsmake with a hint at --help; text may be NULL. */
_Noreturn void nsl_nsmake_usage_error(const char *what, const char *text);

/*
 * A type, and types with commas between as a mask with a bit per type, of those in the mask
 * allowed. Anything else is a usage error.
 */
NslNsinfoType nsl_nsmake_parse_type(const char *text, unsigned int allowed);
unsigned int nsl_nsmake_parse_types(const char *text, unsigned int allowed);

/* Prints "key":{…}. */
void nsl_nsmake_print_ns(const char *key, const NslNsinfo *ns);

/* The modes, with the arguments after their name; they return the exit status. */
int nsl_nsmake_new(int argc, char **argv);
int nsl_nsmake_nested(int argc, char **argv);
int nsl_nsmake_children(int argc, char **argv);
int nsl_nsmake_thread(int argc, char **argv);
int nsl_nsmake_name(int argc, char **argv);
int nsl_nsmake_churn(int argc, char **argv);
int nsl_nsmake_fds(int argc, char **argv);
int nsl_nsmake_zombie(int argc, char **argv);

/* What mode name executes nsmake again for; stage is the value of NSL_NSMAKE_STAGE. */
_Noreturn void nsl_nsmake_name_stage(const char *stage);
