/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors: how a failed system call becomes a GError, and the two questions that may be asked of
 * its code. Not for printing: only main prints.
 *
 * Functions of base/ that wrap a system call return a value >= 0 or -errno; everything above
 * them reports through GError, converted once, with the path.
 */
#pragma once

#include <errno.h>
#include <glib.h>
#include <stdbool.h>

#define NSL_ERROR (nsl_error_quark())
GQuark nsl_error_quark(void);

typedef enum NslErrorCode {
	NSL_ERROR_USAGE,  /* the command line is wrong */
	NSL_ERROR_SYNTAX, /* likewise: a message of several lines, which are safe to print */
	NSL_ERROR_SYSTEM, /* a system call failed */
} NslErrorCode;

/* The process or file is not there, or not any more. `result` is a -errno. */
static inline bool nsl_is_gone(int result)
{
	return result == -ENOENT || result == -ESRCH;
}

/* The caller may not. `result` is a -errno. */
static inline bool nsl_is_denied(int result)
{
	return result == -EACCES || result == -EPERM;
}

/* Sets "WHAT: TEXT OF THE CODE"; `result` is a -errno. Returns false, for `return nsl_fail(…)`. */
bool nsl_fail(GError **error, int result, const char *format, ...) G_GNUC_PRINTF(3, 4);

/*
 * What a -errno says, in English whatever the locale; static, never NULL. -ETIMEDOUT is what no
 * answer came from. Not g_strerror(): that converts, and opens the C library's files for it.
 */
const char *nsl_errno_text(int result);

/* The symbolic name of a -errno ("EACCES"); static, never NULL. Unusual ones are "errno". */
const char *nsl_errno_name(int result);
