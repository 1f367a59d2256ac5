/* SPDX-License-Identifier: GPL-3.0-or-later */

/*
 * To be preloaded (LD_PRELOAD) where process 1 may not be looked at, as in sandboxes: whoever opens
 * it gets kthreadd, which is in the same namespaces and holds nothing. For what an unchanged nslist
 * says only where it has looked at everybody.
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_ARGUMENTS 6

long syscall(long number, ...)
{
	long (*real)(long number, ...) = NULL;
	void *arguments[N_ARGUMENTS]; /* as large as any number */
	va_list list;

	va_start(list, number);
	for (int i = 0; i < N_ARGUMENTS; i++)
		arguments[i] = va_arg(list, void *);
	va_end(list);
	if (number == SYS_openat2 && strcmp(arguments[1], "1/ns") == 0)
		arguments[1] = (void *)"2/ns";
	*(void **)&real = dlsym(RTLD_NEXT, "syscall");
	return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4],
		    arguments[5]);
}
