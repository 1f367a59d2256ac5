/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors: see error.h.
 */
#include "base/error.h"

#include <string.h>

GQuark nsl_error_quark(void)
{
	return g_quark_from_static_string("nsl-error-quark");
}

bool nsl_fail(GError **error, int result, const char *format, ...)
{
	g_autofree char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, NSL_ERROR, NSL_ERROR_SYSTEM, "%s: %s", what, nsl_errno_text(result));
	return false;
}

const char *nsl_errno_text(int result)
{
	switch (-result) {
	case ETIMEDOUT:
		return "it does not answer";
	case E2BIG:
		return "there are more than can be listed";
	default:
		return strerror(-result);
	}
}

const char *nsl_errno_name(int result)
{
	/* strerrorname_np() would do, but is not in glibc before 2.32, nor in musl. */
	static const struct {
		int code;
		const char *name;
	} names[] = {
		{EPERM, "EPERM"},	{ENOENT, "ENOENT"},
		{ESRCH, "ESRCH"},	{EINTR, "EINTR"},
		{EIO, "EIO"},		{EBADF, "EBADF"},
		{EAGAIN, "EAGAIN"},	{ENOMEM, "ENOMEM"},
		{EACCES, "EACCES"},	{ENOTDIR, "ENOTDIR"},
		{EISDIR, "EISDIR"},	{EINVAL, "EINVAL"},
		{ENFILE, "ENFILE"},	{EMFILE, "EMFILE"},
		{ENOSPC, "ENOSPC"},	{EPIPE, "EPIPE"},
		{ENOSYS, "ENOSYS"},	{ELOOP, "ELOOP"},
		{ENOTCONN, "ENOTCONN"}, {ETIMEDOUT, "ETIMEDOUT"},
		{ECHILD, "ECHILD"},	{ESTALE, "ESTALE"},
		{EUSERS, "EUSERS"},	{ENAMETOOLONG, "ENAMETOOLONG"},
		{EFBIG, "EFBIG"},	{EBADMSG, "EBADMSG"},
		{EREMOTE, "EREMOTE"},	{EMEDIUMTYPE, "EMEDIUMTYPE"},
		{E2BIG, "E2BIG"},
	};

	for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
		if (names[i].code == -result)
			return names[i].name;
	return "errno";
}
